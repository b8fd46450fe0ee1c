/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/codec.h>

/* Header of the literal messages: type 0x0205, FENCE | RING_IDX, fence, context 7, ring 5. */
#define HDR(lo, hi) lo, hi, 0, 0, 3, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 7, 0, 0, 0, 5, 0xa, 0xb, 0xc

static void check_hdr(const struct vgpu_ctrl_hdr *h, uint32_t type)
{
	assert_int_equal(h->type, type);
	assert_int_equal(h->flags, VGPU_FLAG_FENCE | VGPU_FLAG_INFO_RING_IDX);
	assert_true(h->fence_id == 0x0102030405060708);
	assert_int_equal(h->ctx_id, 7);
	assert_int_equal(h->ring_idx, 5);
	assert_memory_equal(h->padding, "\x0a\x0b\x0c", 3);
}

/* Bytes laid out by hand from the specification, so that both directions cannot be wrong alike. */
static void literal_transfer_3d(void **state)
{
	/* clang-format off */
	static const uint8_t wire[] = {
		HDR(0x05, 0x02),
		1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0,          /* box x y z */
		4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0x80,       /* w h d */
		0, 0, 0, 0, 0, 0, 0, 0xff,                   /* offset */
		0x11, 0x22, 0x33, 0x44,                      /* resource_id */
		9, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x80, 0x3e, 0, /* level, stride, layer_stride */
	};
	/* clang-format on */
	struct vgpu_transfer_host_3d t;
	uint8_t back[sizeof(wire)];

	(void)state;
	assert_int_equal(sizeof(wire), VGPU_TRANSFER_HOST_3D_SIZE);
	assert_int_equal(vgpu_decode_transfer_host_3d(wire, sizeof(wire), &t), 0);
	check_hdr(&t.hdr, VGPU_CMD_TRANSFER_TO_HOST_3D);
	assert_int_equal(t.box.x, 1);
	assert_int_equal(t.box.y, 2);
	assert_int_equal(t.box.z, 3);
	assert_int_equal(t.box.w, 4);
	assert_int_equal(t.box.h, 5);
	assert_int_equal(t.box.d, 0x80000006);
	assert_true(t.offset == 0xff00000000000000);
	assert_int_equal(t.resource_id, 0x44332211);
	assert_int_equal(t.level, 9);
	assert_int_equal(t.stride, 5120);
	assert_int_equal(t.layer_stride, 4096000);
	assert_int_equal(vgpu_encode_transfer_host_3d(&t, back, sizeof(back)), 0);
	assert_memory_equal(back, wire, sizeof(wire));
}

static void literal_arrays(void **state)
{
	uint8_t wire[96] = { HDR(0x0d, 0x01) }, back[96];
	struct vgpu_set_scanout_blob b;

	(void)state;
	wire[32] = 0x80; /* r.width, low byte */
	wire[33] = 0x07;
	wire[60] = 0xaa; /* padding */
	wire[64] = 0x01; /* strides[0] */
	wire[76] = 0x04; /* strides[3] */
	wire[80] = 0x05; /* offsets[0] */
	wire[95] = 0x08; /* offsets[3], high byte */
	assert_int_equal(vgpu_decode_set_scanout_blob(wire, sizeof(wire), &b), 0);
	check_hdr(&b.hdr, VGPU_CMD_SET_SCANOUT_BLOB);
	assert_int_equal(b.r.width, 1920);
	assert_int_equal(b.padding[0], 0xaa);
	assert_int_equal(b.strides[0], 1);
	assert_int_equal(b.strides[3], 4);
	assert_int_equal(b.offsets[0], 5);
	assert_int_equal(b.offsets[3], 0x08000000);
	assert_int_equal(vgpu_encode_set_scanout_blob(&b, back, sizeof(back)), 0);
	assert_memory_equal(back, wire, sizeof(wire));
}

static void literal_nested_arrays(void **state)
{
	uint8_t wire[408] = { HDR(0x01, 0x11) };
	struct vgpu_resp_display_info d;

	(void)state;
	wire[24 + 15 * 24 + 8] = 0x34; /* pmodes[15].r.width */
	wire[24 + 15 * 24 + 16] = 1;   /* enabled */
	wire[407] = 0x20;              /* flags, high byte */
	assert_int_equal(vgpu_decode_resp_display_info(wire, sizeof(wire), &d), 0);
	check_hdr(&d.hdr, VGPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(d.pmodes[0].enabled, 0);
	assert_int_equal(d.pmodes[15].r.width, 0x34);
	assert_int_equal(d.pmodes[15].enabled, 1);
	assert_int_equal(d.pmodes[15].flags, 0x20000000);
}

/* Any bytes of any struct, at any alignment: decode and encode give them back. */
static void round_trip(void **state)
{
	static uint8_t wire[sizeof(union vgpu_any) + 64], back[sizeof(union vgpu_any) + 64];
	static union vgpu_any out;

	(void)state;
	srand(1);
	for (unsigned int id = 0; id < VGPU_STRUCT_COUNT; id++) {
		size_t size = vgpu_struct_size((enum vgpu_struct_id)id);

		assert_true(size && size + 1 < sizeof(wire) && size <= sizeof(out));
		for (unsigned int n = 0; n < 200; n++) {
			for (size_t i = 0; i < sizeof(wire); i++)
				wire[i] = (uint8_t)rand();
			memset(back, 0xee, sizeof(back));
			assert_int_equal(vgpu_struct_decode((enum vgpu_struct_id)id, wire + n % 2,
							    sizeof(wire) - 1, &out),
					 0);
			assert_int_equal(
				vgpu_struct_encode((enum vgpu_struct_id)id, &out, back, size), 0);
			assert_memory_equal(back, wire + n % 2, size);
			assert_int_equal(back[size], 0xee);
		}
	}
}

/* Every length short of the whole; exact allocations, so that a sanitizer sees a read too far. */
static void truncations(void **state)
{
	static union vgpu_any out, zero;

	(void)state;
	for (unsigned int i = 0; i < VGPU_STRUCT_COUNT; i++) {
		enum vgpu_struct_id id = (enum vgpu_struct_id)i;
		size_t whole = vgpu_struct_size(id);

		for (size_t size = 0; size < whole; size++) {
			uint8_t *wire = malloc(size ? size : 1);

			assert_non_null(wire);
			memset(wire, 0xff, size ? size : 1);
			memset(&out, 0xff, sizeof(out));
			assert_int_equal(vgpu_struct_decode(id, wire, size, &out),
					 VGPU_ERR_TRUNCATED);
			assert_memory_equal(&out, &zero, whole);
			assert_int_equal(vgpu_struct_encode(id, &zero, wire, size),
					 VGPU_ERR_NO_SPACE);
			free(wire);
		}
		assert_int_equal(vgpu_struct_decode(id, NULL, 0, &out), VGPU_ERR_TRUNCATED);
	}
	assert_int_equal(vgpu_struct_decode(VGPU_STRUCT_COUNT, &out, sizeof(out), &zero),
			 VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_struct_encode(VGPU_STRUCT_COUNT, &out, &zero, sizeof(zero)),
			 VGPU_ERR_UNKNOWN);
}

#define N UINT32_MAX

/* ATTACH_BACKING and SUBMIT_3D: nr_entries and size are the dwords at 28 and 24. */
static const struct {
	uint32_t type, at, declared;
	size_t there; /* bytes after the fixed 32 */
	int result;
	enum vgpu_tail_kind kind;
	uint32_t count;
	size_t size;
} tails[] = {
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, 2, 32, 0, VGPU_TAIL_ENTRIES, 2, 32 },
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, 2, 40, 0, VGPU_TAIL_ENTRIES, 2, 32 },
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, 0, 32, 0, VGPU_TAIL_ENTRIES, 0, 0 },
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, 3, 47, VGPU_ERR_TRUNCATED, VGPU_TAIL_ENTRIES, 2,
	  32 },
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, N, 16, VGPU_ERR_TRUNCATED, VGPU_TAIL_ENTRIES, 1,
	  16 },
	{ VGPU_CMD_RESOURCE_ATTACH_BACKING, 28, 0x10000001, 16, VGPU_ERR_TRUNCATED,
	  VGPU_TAIL_ENTRIES, 1, 16 },
	{ VGPU_CMD_SUBMIT_3D, 24, 12, 12, 0, VGPU_TAIL_BYTES, 12, 12 },
	{ VGPU_CMD_SUBMIT_3D, 24, 12, 20, 0, VGPU_TAIL_BYTES, 12, 12 },
	{ VGPU_CMD_SUBMIT_3D, 24, 12, 11, VGPU_ERR_TRUNCATED, VGPU_TAIL_BYTES, 11, 11 },
	{ VGPU_CMD_SUBMIT_3D, 24, N, 0, VGPU_ERR_TRUNCATED, VGPU_TAIL_BYTES, 0, 0 },
	{ VGPU_CMD_RESOURCE_UNREF, 24, 7, 64, 0, VGPU_TAIL_NONE, 0, 0 },
	{ 0x99f, 24, 7, 64, VGPU_ERR_UNKNOWN, VGPU_TAIL_NONE, 0, 0 },
};

static void tails_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		size_t size = 32 + tails[i].there;
		uint8_t *wire = calloc(1, size);
		struct vgpu_mem_entry e;
		struct vgpu_tail tail;

		assert_non_null(wire);
		wire[0] = (uint8_t)tails[i].type;
		wire[1] = (uint8_t)(tails[i].type >> 8);
		for (unsigned int b = 0; b < 4; b++)
			wire[tails[i].at + b] = (uint8_t)(tails[i].declared >> 8 * b);
		assert_int_equal(vgpu_request_tail(wire, size, &tail), tails[i].result);
		assert_int_equal(tail.kind, tails[i].kind);
		assert_int_equal(tail.count, tails[i].count);
		assert_int_equal(tail.size, tails[i].size);
		if (tail.kind != VGPU_TAIL_NONE)
			assert_int_equal(tail.declared, tails[i].declared);
		if (tail.size)
			assert_ptr_equal(tail.data, wire + 32);
		assert_int_equal(vgpu_tail_entry(&tail, tail.count, &e), VGPU_ERR_TRUNCATED);
		free(wire);
	}
}

static void entries(void **state)
{
	/* clang-format off */
	static const uint8_t wire[] = {
		HDR(0x06, 0x01), 3, 0, 0, 0, 2, 0, 0, 0,
		0x00, 0x50, 0x34, 0x12, 0, 0, 0, 0, 0x00, 0x10, 0, 0, 0, 0, 0, 0,
		0x00, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0, 0, 0x77, 0, 0, 0,
	};
	/* clang-format on */
	struct vgpu_mem_entry e;
	struct vgpu_tail tail;

	(void)state;
	assert_int_equal(vgpu_request_tail(wire, sizeof(wire), &tail), 0);
	assert_int_equal(vgpu_tail_entry(&tail, 0, &e), 0);
	assert_true(e.addr == 0x12345000 && e.length == 4096);
	assert_int_equal(vgpu_tail_entry(&tail, 1, &e), 0);
	assert_true(e.addr == 0xfffffffffffff000 && e.length == 1 && e.padding[0] == 0x77);
}

static void capset_tail(void **state)
{
	static const uint8_t wire[24 + 5] = { 3, 0x11 };
	struct vgpu_tail tail;

	(void)state;
	assert_int_equal(vgpu_struct_tail(VGPU_STRUCT_RESP_CAPSET, wire, sizeof(wire), &tail), 0);
	assert_int_equal(tail.kind, VGPU_TAIL_BYTES);
	assert_int_equal(tail.size, 5);
	assert_int_equal(tail.declared, 5);
	assert_ptr_equal(tail.data, wire + 24);
	assert_int_equal(vgpu_struct_tail(VGPU_STRUCT_RESP_CAPSET, wire, 23, &tail),
			 VGPU_ERR_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal_transfer_3d),
		cmocka_unit_test(literal_arrays),
		cmocka_unit_test(literal_nested_arrays),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(truncations),
		cmocka_unit_test(tails_are_bounded),
		cmocka_unit_test(entries),
		cmocka_unit_test(capset_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
