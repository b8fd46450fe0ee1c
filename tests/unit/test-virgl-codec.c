/* SPDX-License-Identifier: MIT */
/* virgl commands as structs: hand-made bytes, every layout there and back, shaders in pieces. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/virgl-codec.h>

#include "under-valgrind.h"

static uint8_t room[4 + 65536 * 4], again[4 + 65536 * 4];

static uint32_t random32(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static struct vgpu_virgl_cmd first(const void *data, size_t size)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&walk, data, size);
	vgpu_virgl_walk_next(&walk, &cmd);
	return cmd;
}

static void draw(void **state)
{
	static const uint8_t bytes[] = {
		8,    0,    12,   0,                /* header */
		1,    2,    0,    0,                /* start */
		36,   0,    0,    0,                /* count */
		4,    0,    0,    0,                /* mode */
		1,    0,    0,    0,                /* indexed */
		1,    0,    0,    0,                /* instance_count */
		0xfe, 0xff, 0xff, 0xff,             /* index_bias */
		0,    0,    0,    0,    0, 0, 0, 0, /* start_instance, primitive_restart */
		0,    0,    0,    0,    0, 0, 0, 0, /* restart_index, min_index */
		0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, /* max_index, count_from_so */
	};
	struct vgpu_virgl_cmd cmd = first(bytes, sizeof(bytes));
	struct vgpu_virgl_draw_vbo d;

	(void)state;
	assert_int_equal(vgpu_virgl_layout(&cmd), VGPU_VIRGL_LAYOUT_DRAW_VBO);
	assert_int_equal(vgpu_virgl_decode_draw_vbo(&cmd, &d), 0);
	assert_int_equal(d.head.omitted, 8);
	assert_int_equal(d.start, 0x201);
	assert_int_equal(d.count, 36);
	assert_int_equal(d.mode, VGPU_PRIM_TRIANGLES);
	assert_int_equal(d.index_bias, -2);
	assert_int_equal(d.max_index, UINT32_MAX);
	assert_int_equal(d.vertices_per_patch, 0);
	assert_int_equal(vgpu_virgl_encode_draw_vbo(&d, room, sizeof(bytes)), sizeof(bytes));
	assert_memory_equal(room, bytes, sizeof(bytes));

	d.head.omitted = 0;
	assert_int_equal(vgpu_virgl_encode_draw_vbo(&d, room, sizeof(room)), 84);
	assert_int_equal(room[2], 20);
}

/* Values that do not fit their bits must not reach their neighbours. */
static void bit_fields(void **state)
{
	struct vgpu_virgl_dsa d = { .depth_func = VGPU_COMPARE_LEQUAL,
				    .depth_writemask = 2, /* no bit of it is its own */
				    .stencil[1] = { .writemask = 0x1a5, .rest = 1u << 29 },
				    .alpha_ref_value = 0.5f };
	struct vgpu_virgl_cmd cmd;
	uint8_t wire[24];

	(void)state;
	assert_int_equal(vgpu_virgl_encode_dsa(&d, wire, sizeof(wire)), 24);
	cmd = first(wire, sizeof(wire));
	assert_int_equal(cmd.opcode, VGPU_VIRGL_CREATE_OBJECT);
	assert_int_equal(cmd.object, VGPU_VIRGL_OBJECT_DSA);
	assert_int_equal(vgpu_virgl_dword(&cmd, 1), 3 << 2);
	assert_int_equal(vgpu_virgl_dword(&cmd, 2), 0);
	assert_int_equal(vgpu_virgl_dword(&cmd, 3), 0xa5u << 21 | 1u << 29);
	assert_int_equal(vgpu_virgl_dword(&cmd, 4), 0x3f000000);
	assert_int_equal(vgpu_virgl_decode_dsa(&cmd, &d), 0);
	assert_int_equal(d.depth_writemask, 0);
	assert_int_equal(d.stencil[1].writemask, 0xa5);
	assert_true(d.alpha_ref_value == 0.5f);
}

static void elements(void **state)
{
	const struct vgpu_virgl_viewport in[2] = { { { 1, 2, 3 }, { 4, 5, 6 } },
						   { { 7, 8, 9 }, { 10, 11, 12 } } };
	struct vgpu_virgl_set_viewport_state s = { .start_slot = 3 }, out;
	struct vgpu_virgl_viewport v;
	struct vgpu_virgl_cmd cmd;
	uint8_t tail[48], wire[56];

	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(vgpu_virgl_encode_viewport(&in[i], tail + 24 * i, 24), 0);
	s.head.tail = tail;
	s.head.tail_size = sizeof(tail);
	assert_int_equal(vgpu_virgl_encode_set_viewport_state(&s, wire, sizeof(wire)), 56);
	cmd = first(wire, sizeof(wire));
	assert_int_equal(vgpu_virgl_check_length(&cmd), 0);
	assert_int_equal(vgpu_virgl_decode_set_viewport_state(&cmd, &out), 0);
	assert_int_equal(out.start_slot, 3);
	assert_int_equal(out.head.tail_size, 48);
	assert_ptr_equal(out.head.tail, wire + 8);
	assert_int_equal(vgpu_virgl_decode_viewport(out.head.tail + 24, 24, &v), 0);
	assert_memory_equal(&v, &in[1], sizeof(v));
	assert_int_equal(vgpu_virgl_decode_viewport(out.head.tail, 23, &v), VGPU_ERR_TRUNCATED);
	assert_true(v.scale[0] == 0);
	assert_int_equal(vgpu_virgl_encode_viewport(&v, wire, 23), VGPU_ERR_NO_SPACE);
	assert_int_equal(vgpu_virgl_element_decode(VGPU_VIRGL_LAYOUT_CLEAR, wire, 56, &v),
			 VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_virgl_element_encode(VGPU_VIRGL_LAYOUT_COUNT, &v, wire, 56),
			 VGPU_ERR_UNKNOWN);
}

static void refusals(void **state)
{
	struct vgpu_virgl_clear c = { .head.omitted = 9 };
	struct vgpu_virgl_nop nop = { .head = { .tail = room, .tail_size = 65535 * 4 } };
	struct vgpu_virgl_cmd cmd = first("\x07\0\x08\0\x01\0\0\0", 8);
	union vgpu_virgl_any any;

	(void)state;
	assert_int_equal(vgpu_virgl_encode_clear(&c, room, sizeof(room)), VGPU_ERR_INVALID);
	c.head.omitted = 1;
	c.head.tail_size = 1;
	c.head.tail = room;
	assert_int_equal(vgpu_virgl_encode_clear(&c, room, sizeof(room)), VGPU_ERR_INVALID);
	c.head.omitted = 0;
	/* One byte of tail is a whole dword, the rest of it zeros. */
	memset(room, 0xff, 64);
	assert_int_equal(vgpu_virgl_encode_clear(&c, room + 64, sizeof(room) - 64), 40);
	assert_memory_equal(room + 64 + 36, "\xff\0\0\0", 4);
	assert_int_equal(vgpu_virgl_encode_clear(&c, room, 39), VGPU_ERR_NO_SPACE);
	assert_int_equal(vgpu_virgl_encode_nop(&nop, again, sizeof(again)), 4 + 65535 * 4);
	nop.head.tail_size++;
	assert_int_equal(vgpu_virgl_encode_nop(&nop, again, sizeof(again)), VGPU_ERR_TOO_LARGE);
	c.head.tail_size = 65535 * 4;
	assert_int_equal(vgpu_virgl_encode_clear(&c, again, sizeof(again)), VGPU_ERR_TOO_LARGE);
	nop.head.tail_size = SIZE_MAX;
	assert_int_equal(vgpu_virgl_encode_nop(&nop, again, sizeof(again)), VGPU_ERR_TOO_LARGE);
	assert_int_equal(vgpu_virgl_encode(VGPU_VIRGL_LAYOUT_VIEWPORT, &any, room, 100),
			 VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_virgl_encode(VGPU_VIRGL_LAYOUT_COUNT, &any, room, 100),
			 VGPU_ERR_UNKNOWN);
	/* CLEAR that says 8 dwords and has one */
	assert_int_equal(vgpu_virgl_decode_clear(&cmd, &c), VGPU_ERR_OVERRUN);
	assert_int_equal(c.buffers, 1);
	assert_int_equal(c.head.omitted, 7);
	assert_int_equal(vgpu_virgl_decode(VGPU_VIRGL_LAYOUT_BLEND, &cmd, &any), VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_virgl_decode(VGPU_VIRGL_LAYOUT_COUNT, &cmd, &any), VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_virgl_decode(VGPU_VIRGL_LAYOUT_REGION, &cmd, &any), VGPU_ERR_UNKNOWN);
	assert_null(vgpu_virgl_layout_name(VGPU_VIRGL_LAYOUT_COUNT));
	assert_string_equal(vgpu_virgl_layout_name(VGPU_VIRGL_LAYOUT_CLEAR), "clear");
}

/* Every opcode, every object type, lengths that the host takes and others, random bytes. */
static void there_and_back(void **state)
{
	unsigned int seen[VGPU_VIRGL_LAYOUT_COUNT] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < or_under_valgrind(400000, 80000); i++) {
		unsigned int opcode = i % 64, object = i / 64 % 14, length = random32() % 40;
		union vgpu_virgl_any any;
		enum vgpu_virgl_layout layout;
		struct vgpu_virgl_cmd cmd;
		size_t size;
		int n;

		if (i % 3 == 0)
			opcode = VGPU_VIRGL_CREATE_OBJECT;
		size = 4 + 4 * (size_t)length;
		put32(room, opcode | object << 8 | length << 16);
		for (unsigned int k = 0; k < length; k++)
			put32(room + 4 + 4 * k,
			      i % 5 ? random32()
				    : random32() & random32() & random32() & 0x07070707);
		cmd = first(room, size);
		layout = vgpu_virgl_layout(&cmd);
		assert_true(layout < VGPU_VIRGL_LAYOUT_COUNT);
		assert_int_equal(vgpu_virgl_decode(layout, &cmd, &any), 0);
		memset(again, 0xaa, size);
		n = vgpu_virgl_encode(layout, &any, again, size);
		assert_int_equal(n, size);
		assert_memory_equal(again, room, size);
		seen[layout]++;
	}
	for (unsigned int i = 0; i < VGPU_VIRGL_LAYOUT_COUNT; i++) {
		union vgpu_virgl_any any;

		/* Elements are seen inside others. */
		if (vgpu_virgl_element_decode((enum vgpu_virgl_layout)i, room, 0, &any) ==
		    VGPU_ERR_UNKNOWN)
			assert_true(seen[i] > 0);
	}
}

/* A shader's packet into room; its size. */
static size_t shader(uint32_t handle, uint32_t type, uint32_t offlen, uint32_t outputs,
		     const char *text, size_t size)
{
	struct vgpu_virgl_shader s = { .handle = handle,
				       .shader_type = type,
				       .length_or_offset = offlen & 0x7fffffff,
				       .continuation = offlen >> 31,
				       .num_outputs = outputs };
	uint8_t tail[256] = { 0 };
	size_t so = outputs ? 16 + 8 * (size_t)outputs : 0;
	int n;

	memcpy(tail + so, text, size);
	s.head.tail = tail;
	s.head.tail_size = so + size;
	n = vgpu_virgl_encode_shader(&s, room, sizeof(room));
	assert_true(n > 0);
	return (size_t)n;
}

#define CONT 0x80000000u

static int add(struct vgpu_virgl_shader_text *t, size_t size)
{
	struct vgpu_virgl_cmd cmd = first(room, size);

	return vgpu_virgl_shader_text_add(t, &cmd);
}

static void shader_in_pieces(void **state)
{
	char text[16];
	struct vgpu_virgl_shader_text t = { .text = text, .room = sizeof(text) };
	struct vgpu_virgl_shader_packet p;
	struct vgpu_virgl_cmd cmd;

	(void)state;
	/* "FRAG\nEND\n" and a NUL are 10 bytes: 12 with what fills the last dword. */
	assert_int_equal(add(&t, shader(7, 1, 10, 1, "FRAG", 4)), 0);
	assert_int_equal(t.total, 12);
	cmd = first(room, 200);
	assert_int_equal(vgpu_virgl_cmd_shader(&cmd, &p), 1);
	assert_int_equal(p.handle, 7);
	assert_int_equal(p.total, 10);
	assert_int_equal(p.output_count, 1);
	assert_ptr_equal(p.strides, room + 24);
	assert_ptr_equal(p.outputs, room + 40);
	assert_int_equal(p.text_size, 4);
	/* Another type's packet is not ours. */
	assert_int_equal(add(&t, shader(8, 0, 4, 0, "VER", 4)), 0);
	assert_int_equal(t.current, 4);
	assert_int_equal(add(&t, shader(7, 1, 4 | CONT, 0, "\nEND\n", 6)), 1);
	assert_memory_equal(text, "FRAG\nEND\n\0\0\0", 12);
	/* The next whole one. */
	assert_int_equal(add(&t, shader(9, 1, 3, 0, "ab", 3)), 1);
	assert_string_equal(text, "ab");
	assert_int_equal(t.handle, 9);

	assert_int_equal(add(&t, shader(1, 1, 17, 0, "x", 1)), VGPU_ERR_NO_SPACE);
	assert_int_equal(add(&t, shader(1, 1, 4, 0, "12345", 5)), VGPU_ERR_INVALID); /* too much */
	assert_int_equal(add(&t, shader(1, 1, 0 | CONT, 0, "x", 1)),
			 VGPU_ERR_INVALID); /* no start */
	assert_int_equal(add(&t, shader(1, 1, 8, 0, "abcd", 4)), 0);
	assert_int_equal(add(&t, shader(2, 1, 4 | CONT, 0, "x", 1)), VGPU_ERR_INVALID); /* handle */
	assert_int_equal(add(&t, shader(1, 1, 8, 0, "abcd", 4)), 0);
	assert_int_equal(add(&t, shader(1, 1, 8 | CONT, 0, "x", 1)), VGPU_ERR_INVALID); /* offset */
	assert_int_equal(add(&t, shader(1, 1, 8, 0, "abcd", 4)), 0);
	assert_int_equal(add(&t, shader(1, 1, 4, 0, "abcd", 4)), VGPU_ERR_INVALID); /* unfinished */
	assert_int_equal(add(&t, shader(1, 1, 8, 0, "abcd", 4)), 0);
	assert_int_equal(add(&t, shader(1, 1, 4 | CONT, 0, "12345", 5)), VGPU_ERR_INVALID);
	assert_int_equal(t.total, 0);
	/* A packet that the stream does not hold, after one that it does. */
	assert_int_equal(add(&t, shader(1, 1, 8, 0, "abcd", 4)), 0);
	shader(1, 1, 4 | CONT, 0, "abcd", 4);
	assert_int_equal(add(&t, 24), VGPU_ERR_INVALID);
	assert_int_equal(t.total, 0);
	cmd = first("\x02\x01\x01\0\x01\0\0\0", 8);
	assert_int_equal(vgpu_virgl_shader_text_add(&t, &cmd), 0);
	assert_int_equal(vgpu_virgl_cmd_shader(&cmd, &p), 0);
}

/* Packets that are cut anywhere, with any number of stream outputs: pointers stay inside. */
static void shader_packets_stay_inside(void **state)
{
	(void)state;
	for (uint32_t outputs = 0; outputs < 5; outputs++)
		for (size_t size = 4; size < 120; size += 4) {
			size_t whole = shader(1, 0, 40, outputs, "0123456789", 10);
			uint8_t *copy = malloc(size);
			struct vgpu_virgl_shader_packet p;
			struct vgpu_virgl_cmd cmd;

			assert_non_null(copy);
			memcpy(copy, room, size < whole ? size : whole);
			if (size > whole)
				memset(copy + whole, 0, size - whole);
			cmd = first(copy, size);
			assert_int_equal(vgpu_virgl_cmd_shader(&cmd, &p), 1);
			if (p.text)
				assert_true(p.text + p.text_size <= copy + size);
			if (p.outputs)
				assert_true(p.outputs + 8 * p.output_count <= copy + size);
			if (p.strides)
				assert_true(p.strides + 16 <= copy + size);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draw),
		cmocka_unit_test(bit_fields),
		cmocka_unit_test(elements),
		cmocka_unit_test(refusals),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(shader_in_pieces),
		cmocka_unit_test(shader_packets_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
