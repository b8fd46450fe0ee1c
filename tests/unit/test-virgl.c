/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/error.h>
#include <vgpu/virgl.h>

/* A command of `length` payload dwords, all zero but for the first `count` given. */
static struct vgpu_virgl_cmd make(uint8_t *room, unsigned int opcode, unsigned int object,
				  unsigned int length, const uint32_t *dwords, unsigned int count)
{
	struct vgpu_virgl_cmd cmd = { .opcode = (uint8_t)opcode,
				      .object = (uint8_t)object,
				      .length = (uint16_t)length,
				      .available = length,
				      .payload = room };

	memset(room, 0, length * 4);
	for (unsigned int i = 0; i < count && i < length; i++)
		for (unsigned int b = 0; b < 4; b++)
			room[i * 4 + b] = (uint8_t)(dwords[i] >> 8 * b);
	return cmd;
}

static uint8_t room[65536 * 4];

/* Which lengths the host takes, from vrend_decode.c; -1 ends a list. */
static const struct {
	unsigned int opcode, object;
	uint32_t first; /* payload dword 0 */
	int good[8];
	int bad[8];
} lengths[] = {
	{ VGPU_VIRGL_NOP, 0, 0, { 0, 1, 65535, -1 }, { -1 } },
	{ VGPU_VIRGL_BIND_OBJECT, 1, 0, { 1, -1 }, { 0, 2, -1 } },
	{ VGPU_VIRGL_SET_VIEWPORT_STATE, 0, 0, { 1, 7, 97, -1 }, { 0, 2, 6, 8, 12, 103, -1 } },
	{ VGPU_VIRGL_SET_FRAMEBUFFER_STATE, 0, 0, { 2, -1 }, { 0, 1, 3, -1 } },
	{ VGPU_VIRGL_SET_FRAMEBUFFER_STATE, 0, 8, { 10, -1 }, { 2, 9, 11, -1 } },
	{ VGPU_VIRGL_SET_FRAMEBUFFER_STATE, 0, 9, { -1 }, { 10, 11, -1 } },
	{ VGPU_VIRGL_SET_FRAMEBUFFER_STATE, 0, UINT32_MAX, { -1 }, { 1, 2, 3, -1 } },
	{ VGPU_VIRGL_SET_VERTEX_BUFFERS, 0, 0, { 0, 3, 96, -1 }, { 1, 2, 4, 99, -1 } },
	{ VGPU_VIRGL_CLEAR, 0, 0, { 8, -1 }, { 0, 7, 9, -1 } },
	{ VGPU_VIRGL_DRAW_VBO, 0, 0, { 12, 14, 20, -1 }, { 0, 11, 13, 15, 19, 21, -1 } },
	{ VGPU_VIRGL_RESOURCE_INLINE_WRITE, 0, 0, { 12, 65535, -1 }, { 0, 11, -1 } },
	{ VGPU_VIRGL_SET_INDEX_BUFFER, 0, 0, { 1, 3, -1 }, { 0, 2, 4, -1 } },
	{ VGPU_VIRGL_SET_SCISSOR_STATE, 0, 0, { 1, 3, 33, -1 }, { 0, 2, 4, 35, -1 } },
	{ VGPU_VIRGL_SET_SAMPLER_VIEWS, 0, 0, { 2, 130, -1 }, { 0, 1, 131, -1 } },
	{ VGPU_VIRGL_SET_SHADER_BUFFERS, 0, 0, { 2, 5, 100, -1 }, { 1, 101, -1 } },
	{ VGPU_VIRGL_SET_SHADER_IMAGES, 0, 0, { 2, 7, 166, -1 }, { 1, 167, -1 } },
	{ VGPU_VIRGL_SET_ATOMIC_BUFFERS, 0, 0, { 2, 4, 99, -1 }, { 1, 100, -1 } },
	{ VGPU_VIRGL_SET_STREAMOUT_TARGETS, 0, 0, { 1, 17, -1 }, { 0, 18, -1 } },
	{ VGPU_VIRGL_TRANSFER3D, 0, 0, { 13, 14, -1 }, { 0, 12, -1 } },
	{ VGPU_VIRGL_END_TRANSFERS, 0, 0, { 0, 1, 1023, 65535, -1 }, { -1 } },
	{ VGPU_VIRGL_COPY_TRANSFER3D, 0, 0, { 14, -1 }, { 13, 15, -1 } },
	{ VGPU_VIRGL_PIPE_RESOURCE_SET_TYPE, 0, 0, { 10, 12, 14, 16, -1 }, { 8, 9, 11, 18, -1 } },
	{ VGPU_VIRGL_CREATE_OBJECT, VGPU_VIRGL_OBJECT_BLEND, 0, { 11, -1 }, { 10, 12, -1 } },
	{ VGPU_VIRGL_CREATE_OBJECT,
	  VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS,
	  0,
	  { 1, 5, 129, -1 },
	  { 0, 2, 4, 133, -1 } },
	{ VGPU_VIRGL_CREATE_OBJECT, VGPU_VIRGL_OBJECT_SHADER, 0, { 5, 6, 1000, -1 }, { 0, 4, -1 } },
	{ VGPU_VIRGL_CREATE_OBJECT, VGPU_VIRGL_OBJECT_MSAA_SURFACE, 0, { 6, -1 }, { 5, 7, -1 } },
};

static void length_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (unsigned int bad = 0; bad < 2; bad++)
			for (const int *n = bad ? lengths[i].bad : lengths[i].good; *n >= 0; n++) {
				struct vgpu_virgl_cmd cmd =
					make(room, lengths[i].opcode, lengths[i].object,
					     (unsigned int)*n, &lengths[i].first, 1);

				assert_int_equal(vgpu_virgl_check_length(&cmd),
						 bad ? VGPU_ERR_INVALID : 0);
			}
}

/* Stream output makes a shader's header longer, but not a compute shader's. */
static void shader_lengths(void **state)
{
	static const struct {
		uint32_t type, outputs;
		unsigned int length;
		int result;
	} cases[] = {
		{ 0, 1, 10, VGPU_ERR_INVALID },
		{ 0, 1, 11, 0 },
		{ 0, 64, 137, 0 },
		{ 0, 65, 1000, VGPU_ERR_INVALID },
		{ 0, UINT32_MAX, 1000, VGPU_ERR_INVALID },
		{ 5, UINT32_MAX, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint32_t dwords[] = { 1, cases[i].type, 0, 0, cases[i].outputs };
		struct vgpu_virgl_cmd cmd = make(room, VGPU_VIRGL_CREATE_OBJECT,
						 VGPU_VIRGL_OBJECT_SHADER, cases[i].length, dwords,
						 5);

		assert_int_equal(vgpu_virgl_check_length(&cmd), cases[i].result);
	}
}

static void names(void **state)
{
	struct vgpu_virgl_cmd cmd = { .opcode = 64 };

	(void)state;
	assert_int_equal(VGPU_VIRGL_OPCODE_COUNT, 64);
	assert_int_equal(VGPU_VIRGL_OBJECT_COUNT, 12);
	for (unsigned int i = 0; i < 64; i++)
		assert_non_null(vgpu_virgl_cmd_name(i));
	assert_string_equal(vgpu_virgl_cmd_name(8), "DRAW_VBO");
	assert_string_equal(vgpu_virgl_cmd_name(45), "COPY_TRANSFER3D");
	assert_string_equal(vgpu_virgl_cmd_name(63), "GET_PIPE_RESOURCE_LAYOUT");
	assert_null(vgpu_virgl_cmd_name(64));
	assert_null(vgpu_virgl_object_name(0));
	assert_string_equal(vgpu_virgl_object_name(4), "SHADER");
	assert_null(vgpu_virgl_object_name(12));
	assert_int_equal(vgpu_virgl_check_length(&cmd), VGPU_ERR_UNKNOWN);
	cmd = make(room, VGPU_VIRGL_CREATE_OBJECT, 12, 5, NULL, 0);
	assert_int_equal(vgpu_virgl_check_length(&cmd), VGPU_ERR_UNKNOWN);
}

static void walk(void **state)
{
	/* One byte off any alignment. CLEAR's payload is cut: 2 of 8 dwords are there. */
	static const uint8_t bytes[] = {
		0xff,                                  /* header, payload; */
		1,    4, 1, 0, 0xdd, 0xcc, 0xbb, 0xaa, /* CREATE SHADER, 1 */
		44,   0, 0, 0,                         /* END_TRANSFERS, 0 */
		7,    0, 8, 0, 1,    0,    0,    0,    2, 0, 0, 0
	};
	struct vgpu_virgl_cmd cmd;
	struct vgpu_virgl_walk w;

	(void)state;
	vgpu_virgl_walk_init(&w, bytes + 1, sizeof(bytes) - 1);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 1);
	assert_int_equal(cmd.opcode, VGPU_VIRGL_CREATE_OBJECT);
	assert_int_equal(cmd.object, VGPU_VIRGL_OBJECT_SHADER);
	assert_int_equal(cmd.offset, 0);
	assert_int_equal(cmd.length, 1);
	assert_int_equal(vgpu_virgl_dword(&cmd, 0), 0xaabbccdd);
	assert_int_equal(vgpu_virgl_dword(&cmd, 1), 0);
	assert_int_equal(vgpu_virgl_dword(&cmd, UINT32_MAX), 0);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 1);
	assert_int_equal(cmd.opcode, VGPU_VIRGL_END_TRANSFERS);
	assert_int_equal(cmd.offset, 8);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), VGPU_ERR_OVERRUN);
	assert_int_equal(cmd.opcode, VGPU_VIRGL_CLEAR);
	assert_int_equal(cmd.length, 8);
	assert_int_equal(cmd.available, 2);
	assert_int_equal(vgpu_virgl_dword(&cmd, 1), 2);
	assert_int_equal(vgpu_virgl_dword(&cmd, 2), 0);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 0);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 0);

	for (size_t left = 1; left < 4; left++) {
		vgpu_virgl_walk_init(&w, bytes + 9, 4 + left);
		assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 1);
		assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), VGPU_ERR_TRUNCATED);
		assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 0);
	}
	vgpu_virgl_walk_init(&w, NULL, 0);
	assert_int_equal(vgpu_virgl_walk_next(&w, &cmd), 0);
}

#define TO_HOST   1
#define FROM_HOST 2

static const struct {
	unsigned int opcode, length;
	uint32_t tail[3]; /* after the eleven that both share */
	int result;
	uint32_t resource, shape;
	uint64_t offset;
	bool to_host, synchronized;
} transfers[] = {
	{ VGPU_VIRGL_TRANSFER3D, 13, { 4096, TO_HOST }, 1, 77, 77, 4096, true, false },
	{ VGPU_VIRGL_TRANSFER3D, 13, { 0, FROM_HOST }, 1, 77, 77, 0, false, false },
	{ VGPU_VIRGL_TRANSFER3D, 13, { 0, 0 }, VGPU_ERR_INVALID, 0, 0, 0, false, false },
	{ VGPU_VIRGL_TRANSFER3D, 13, { 0, 3 }, VGPU_ERR_INVALID, 0, 0, 0, false, false },
	{ VGPU_VIRGL_TRANSFER3D, 12, { 0, 0 }, VGPU_ERR_INVALID, 0, 0, 0, false, false },
	{ VGPU_VIRGL_COPY_TRANSFER3D, 14, { 9, 4096, 0 }, 1, 9, 77, 4096, true, false },
	{ VGPU_VIRGL_COPY_TRANSFER3D, 14, { 9, 4096, 1 }, 1, 9, 77, 4096, true, true },
	{ VGPU_VIRGL_COPY_TRANSFER3D, 14, { 9, 4096, 2 }, 1, 9, 77, 4096, false, false },
	{ VGPU_VIRGL_COPY_TRANSFER3D, 13, { 9, 4096, 0 }, VGPU_ERR_INVALID, 0, 0, 0, false, false },
	{ VGPU_VIRGL_RESOURCE_INLINE_WRITE, 14, { 0 }, 0, 0, 0, 0, false, false },
	{ VGPU_VIRGL_END_TRANSFERS, 14, { 0 }, 0, 0, 0, 0, false, false },
};

static void transfers_in_a_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
		/* resource level usage stride layer_stride x y z w h d */
		uint32_t dwords[14] = { 77, 1, 0xff, 256, 8192, 2, 3, 4, 5, 6, 7 };
		struct vgpu_virgl_transfer t;
		struct vgpu_virgl_cmd cmd;

		memcpy(dwords + 11, transfers[i].tail, sizeof(transfers[i].tail));
		cmd = make(room, transfers[i].opcode, 0, transfers[i].length, dwords, 14);
		assert_int_equal(vgpu_virgl_cmd_transfer(&cmd, &t), transfers[i].result);
		if (transfers[i].result != 1)
			continue;
		assert_int_equal(t.transfer.resource_id, transfers[i].resource);
		assert_int_equal(t.shape_resource_id, transfers[i].shape);
		assert_int_equal(t.transfer.level, 1);
		assert_int_equal(t.transfer.stride, 256);
		assert_int_equal(t.transfer.layer_stride, 8192);
		assert_int_equal(t.transfer.x, 2);
		assert_int_equal(t.transfer.y, 3);
		assert_int_equal(t.transfer.z, 4);
		assert_int_equal(t.transfer.w, 5);
		assert_int_equal(t.transfer.h, 6);
		assert_int_equal(t.transfer.d, 7);
		assert_int_equal(t.transfer.offset, transfers[i].offset);
		assert_int_equal(t.to_host, transfers[i].to_host);
		assert_int_equal(t.synchronized, transfers[i].synchronized);
		cmd.available--;
		assert_int_equal(vgpu_virgl_cmd_transfer(&cmd, &t), VGPU_ERR_OVERRUN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_rules),
		cmocka_unit_test(shader_lengths),
		cmocka_unit_test(names),
		cmocka_unit_test(walk),
		cmocka_unit_test(transfers_in_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
