/* SPDX-License-Identifier: MIT */
/* What golden files cannot show of the streams: every truncation, every byte, every stop. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/venus.h>

/* The kernel's own structs, where its headers are installed. */
#if __has_include(<libdrm/msm_drm.h>) && __has_include(<libdrm/i915_drm.h>) && \
	__has_include(<libdrm/amdgpu_drm.h>) && __has_include(<libdrm/amdgpu.h>)
#define HAVE_LIBDRM 1
#include <libdrm/amdgpu_drm.h>
#include <libdrm/i915_drm.h>
#include <libdrm/msm_drm.h>
#include <libdrm/amdgpu.h>

#define SAME(ours, field, theirs, member)                                                        \
	_Static_assert(offsetof(struct vgpu_##ours, field) == offsetof(struct theirs, member) && \
			       sizeof(((struct vgpu_##ours *)0)->field) ==                       \
				       sizeof(((struct theirs *)0)->member),                     \
		       #ours "." #field)
#define SAME_AS(ours, field, theirs) SAME(ours, field, theirs, field)
_Static_assert(sizeof(struct drm_msm_gem_submit_bo) == VGPU_MSM_SUBMIT_BO_SIZE, "bo");
_Static_assert(sizeof(struct drm_msm_gem_submit_cmd) == VGPU_MSM_SUBMIT_CMD_SIZE, "cmd");
_Static_assert(sizeof(struct drm_i915_gem_exec_object2) == VGPU_I915_EXEC_OBJECT_SIZE, "object");
_Static_assert(sizeof(struct drm_i915_gem_relocation_entry) == VGPU_I915_RELOCATION_SIZE, "reloc");
SAME_AS(msm_submit_bo, flags, drm_msm_gem_submit_bo);
SAME_AS(msm_submit_bo, handle, drm_msm_gem_submit_bo);
SAME_AS(msm_submit_bo, presumed, drm_msm_gem_submit_bo);
SAME_AS(msm_submit_cmd, type, drm_msm_gem_submit_cmd);
SAME_AS(msm_submit_cmd, submit_idx, drm_msm_gem_submit_cmd);
SAME_AS(msm_submit_cmd, submit_offset, drm_msm_gem_submit_cmd);
SAME_AS(msm_submit_cmd, size, drm_msm_gem_submit_cmd);
SAME_AS(msm_submit_cmd, nr_relocs, drm_msm_gem_submit_cmd);
SAME_AS(msm_submit_cmd, relocs, drm_msm_gem_submit_cmd);
SAME_AS(i915_exec_object, handle, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, relocation_count, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, relocs_ptr, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, alignment, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, offset, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, flags, drm_i915_gem_exec_object2);
SAME_AS(i915_exec_object, pad_to_size, drm_i915_gem_exec_object2);
SAME_AS(i915_relocation, target_handle, drm_i915_gem_relocation_entry);
SAME_AS(i915_relocation, delta, drm_i915_gem_relocation_entry);
SAME_AS(i915_relocation, offset, drm_i915_gem_relocation_entry);
SAME_AS(i915_relocation, presumed_offset, drm_i915_gem_relocation_entry);
SAME_AS(i915_relocation, read_domains, drm_i915_gem_relocation_entry);
SAME_AS(i915_relocation, write_domain, drm_i915_gem_relocation_entry);

/* Behind a header of 16 bytes: the ioctl's struct. */
struct info {
	uint32_t header[4];
	struct drm_amdgpu_info i;
};
_Static_assert(sizeof(struct info) == VGPU_AMDGPU_QUERY_INFO_SIZE, "info");
SAME(amdgpu_query_info, return_pointer, info, i.return_pointer);
SAME(amdgpu_query_info, return_size, info, i.return_size);
SAME(amdgpu_query_info, query, info, i.query);

/* drm_hw.h's capset, with libdrm's structs in it. */
struct amdgpu_capset {
	uint32_t head[6];
	uint32_t address32_hi, bits;
	struct amdgpu_buffer_size_alignments alignments;
	struct amdgpu_gpu_info gpu_info;
	char marketing_name[128];
};
_Static_assert(sizeof(struct amdgpu_capset) == VGPU_CAPSET_DRM_AMDGPU_SIZE, "capset");
SAME(capset_drm_amdgpu, size_remote, amdgpu_capset, alignments.size_remote);
SAME(capset_drm_amdgpu, asic_id, amdgpu_capset, gpu_info.asic_id);
SAME(capset_drm_amdgpu, ids_flags, amdgpu_capset, gpu_info.ids_flags);
SAME(capset_drm_amdgpu, max_memory_clk, amdgpu_capset, gpu_info.max_memory_clk);
SAME(capset_drm_amdgpu, gpu_counter_freq, amdgpu_capset, gpu_info.gpu_counter_freq);
SAME(capset_drm_amdgpu, backend_disable, amdgpu_capset, gpu_info.backend_disable);
SAME(capset_drm_amdgpu, gb_tile_mode, amdgpu_capset, gpu_info.gb_tile_mode);
SAME(capset_drm_amdgpu, pa_sc_raster_cfg1, amdgpu_capset, gpu_info.pa_sc_raster_cfg1);
SAME(capset_drm_amdgpu, cu_bitmap, amdgpu_capset, gpu_info.cu_bitmap);
SAME(capset_drm_amdgpu, pci_rev_id, amdgpu_capset, gpu_info.pci_rev_id);
SAME(capset_drm_amdgpu, marketing_name, amdgpu_capset, marketing_name);
#endif

static void kernel_structs(void **state)
{
	(void)state;
#ifndef HAVE_LIBDRM
	print_message("libdrm's headers are not installed (libdrm-dev)\n");
	skip();
#endif
}

static const struct {
	enum vgpu_stream stream;
	uint32_t opcode;
	enum vgpu_struct_id request;
} rows[] = {
#define VGPU_STREAM_CMD(stream, number, name, request, response) \
	{ VGPU_STREAM_##stream, number, VGPU_STRUCT_##request },
#define VGPU_STREAM_VARIANT(stream, number, name, request) \
	{ VGPU_STREAM_##stream, number, VGPU_STRUCT_##request },
#include <vgpu/stream.def>
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void put(uint8_t *p, unsigned int width, uint64_t value)
{
	for (; width--; value >>= 8)
		*p++ = (uint8_t)value;
}

/* A command whose fields are `fill` all over and whose header says `size` bytes. */
static void make(uint8_t *wire, size_t row, size_t size, uint8_t fill)
{
	memset(wire, fill, size);
	switch (rows[row].stream) {
	case VGPU_STREAM_GFXSTREAM:
		put(wire, 4, rows[row].opcode);
		break;
	case VGPU_STREAM_CROSS_DOMAIN:
		put(wire, 1, rows[row].opcode);
		put(wire + 2, 2, size);
		break;
	default:
		put(wire, 4, rows[row].opcode);
		put(wire + 4, 4, size);
		break;
	}
}

struct seen {
	const struct vgpu_stream_cmd *cmd;
	uint8_t bytes[1024];
	int depth, steps, stop;
};

static int see(void *data, const struct vgpu_field *f)
{
	struct seen *s = data;

	if (++s->steps == s->stop)
		return 42;
	s->depth += f->event == VGPU_FIELD_BEGIN;
	s->depth -= f->event == VGPU_FIELD_END;
	assert_true(s->depth >= 0);
	assert_true(f->offset >= s->cmd->offset);
	assert_true(f->offset + f->size <= s->cmd->offset + s->cmd->available);
	assert_true(!f->size || f->data == s->cmd->data + (f->offset - s->cmd->offset));
	if (f->event == VGPU_FIELD_VALUE)
		for (size_t i = 0; i < f->size && f->offset + i < sizeof(s->bytes); i++)
			s->bytes[f->offset + i]++;
	return 0;
}

static int one(enum vgpu_stream stream, const uint8_t *wire, size_t size,
	       struct vgpu_stream_cmd *cmd)
{
	struct vgpu_stream_walk walk;

	vgpu_stream_walk_init(&walk, stream, wire, size);
	return vgpu_stream_walk_next(&walk, cmd);
}

/* Every byte of every command belongs to one field; arrays that have a count have none here. */
static void every_byte_once(void **state)
{
	(void)state;
	for (size_t row = 0; row < ROWS; row++) {
		size_t size = vgpu_struct_size(rows[row].request);
		struct vgpu_stream_cmd cmd;
		struct seen s = { .cmd = &cmd };
		uint8_t wire[512];

		make(wire, row, size, 0);
		assert_int_equal(one(rows[row].stream, wire, size, &cmd), 1);
		assert_true(cmd.sized);
		assert_int_equal(cmd.size, size);
		assert_int_equal(cmd.opcode, rows[row].opcode);
		assert_int_equal(vgpu_stream_visit(&cmd, see, &s), 0);
		assert_int_equal(s.depth, 0);
		for (size_t i = 0; i < size; i++)
			if (rows[row].request != VGPU_STRUCT_CROSS_DOMAIN_SEND_RECEIVE || i < 16)
				assert_int_equal(s.bytes[i], 1);
		assert_int_equal(s.bytes[size], 0);
		assert_non_null(vgpu_stream_cmd_name(cmd.stream, cmd.opcode));
	}
}

/* What a stream cut anywhere says; `size` bytes make one whole command. */
static void cut_anywhere(enum vgpu_stream stream, const uint8_t *whole, size_t size, size_t header)
{
	for (size_t n = 0; n <= size; n++) {
		uint8_t *wire = malloc(n ? n : 1);
		struct vgpu_stream_cmd cmd;
		struct seen s = { .cmd = &cmd };
		int got, check;

		assert_non_null(wire);
		memcpy(wire, whole, n);
		got = one(stream, wire, n, &cmd);
		if (!n) {
			assert_int_equal(got, 0);
		} else if (n < header) {
			assert_int_equal(got, VGPU_ERR_TRUNCATED);
			assert_int_equal(cmd.available, n);
		} else {
			assert_int_equal(got, n < size ? VGPU_ERR_OVERRUN : 1);
			assert_int_equal(cmd.available, n);
			check = vgpu_stream_visit(&cmd, see, &s);
			assert_int_equal(s.depth, 0);
			if (n < size)
				assert_int_equal(check, VGPU_ERR_OVERRUN);
			assert_int_equal(vgpu_stream_check(&cmd), check);
		}
		free(wire);
	}
}

static void truncations(void **state)
{
	static const uint8_t fills[] = { 0, 1, 0xff };

	(void)state;
	for (size_t row = 0; row < ROWS; row++)
		for (size_t f = 0; f < sizeof(fills); f++) {
			size_t size = vgpu_struct_size(rows[row].request);
			uint8_t wire[512];

			if (rows[row].stream != VGPU_STREAM_GFXSTREAM)
				size += 64; /* what its tails may take */
			if (rows[row].request == VGPU_STRUCT_CROSS_DOMAIN_INIT_LEGACY ||
			    rows[row].request == VGPU_STRUCT_CROSS_DOMAIN_INIT_V1)
				continue;
			size = (size + 7) & ~(size_t)7;
			make(wire, row, size, fills[f]);
			if (rows[row].stream == VGPU_STREAM_GFXSTREAM)
				size = vgpu_struct_size(rows[row].request);
			cut_anywhere(rows[row].stream, wire, size,
				     rows[row].stream == VGPU_STREAM_GFXSTREAM      ? 4
				     : rows[row].stream == VGPU_STREAM_CROSS_DOMAIN ? 8
										    : 16);
		}
}

/* Whatever step it is, the visitor's answer comes back at once. */
static void visitor_stops(void **state)
{
	(void)state;
	for (size_t row = 0; row < ROWS; row++) {
		size_t size = vgpu_struct_size(rows[row].request);
		struct vgpu_stream_cmd cmd;
		uint8_t wire[1024];

		make(wire, row, sizeof(wire), 1);
		if (rows[row].request == VGPU_STRUCT_CROSS_DOMAIN_INIT)
			make(wire, row, size, 1);
		assert_int_equal(one(rows[row].stream, wire, sizeof(wire), &cmd), 1);
		for (int steps = 1;; steps++) {
			struct seen s = { .cmd = &cmd, .stop = steps };

			if (vgpu_stream_visit(&cmd, see, &s) != 42) {
				assert_true(s.steps < steps);
				break;
			}
			assert_int_equal(s.steps, steps);
		}
	}
}

/* vkCreateRingMESA with a chain, and commands with each kind of argument. */
static size_t make_venus(uint8_t *wire, unsigned int which)
{
	uint8_t *p = wire;

#define P(width, value) (put(p, width, value), p += (width))
	P(4, which == 0   ? VGPU_VENUS_vkCreateRingMESA
	     : which == 1 ? VGPU_VENUS_vkExecuteCommandStreamsMESA
	     : which == 2 ? VGPU_VENUS_vkCmdPushConstants
			  : VGPU_VENUS_vkResetFences);
	P(4, 1);
	switch (which) {
	case 0:
		P(8, 0x55), P(8, 1), P(4, 1000384000), P(8, 1), P(4, 1000384006), P(8, 1);
		P(4, 1000384007), P(8, 0), P(4, 7), P(4, 8), P(4, 0), P(4, 9);
		for (unsigned int i = 0; i < 10; i++)
			P(8, i);
		break;
	case 1:
		P(4, 1), P(8, 1), P(4, 2), P(8, 3), P(8, 4), P(8, 2), P(8, 5), P(8, 6);
		P(4, 1), P(8, 1), P(4, 7), P(4, 8), P(4, 9);
		break;
	case 2:
		P(8, 1), P(8, 2), P(4, 3), P(4, 4), P(4, 5), P(8, 5), P(8, 0x0504030201);
		break;
	default:
		P(8, 1), P(4, 2), P(8, 2), P(8, 3), P(8, 4);
		break;
	}
#undef P
	return (size_t)(p - wire);
}

static void venus(void **state)
{
	uint8_t wire[256] = { 0 };

	(void)state;
	for (unsigned int which = 0; which < 4; which++) {
		size_t size = make_venus(wire, which);
		struct vgpu_stream_cmd cmd;

		for (size_t n = 1; n <= size; n++) {
			uint8_t *copy = malloc(n);
			struct seen s = { .cmd = &cmd };
			int got;

			assert_non_null(copy);
			memcpy(copy, wire, n);
			got = one(VGPU_STREAM_VENUS, copy, n, &cmd);
			assert_int_equal(got, n < 8      ? VGPU_ERR_TRUNCATED
					      : n < size ? VGPU_ERR_OVERRUN
							 : 1);
			if (n >= 8) {
				got = vgpu_stream_visit(&cmd, see, &s);
				assert_int_equal(got, n < size ? VGPU_ERR_OVERRUN : 0);
				assert_int_equal(s.depth, 0);
			}
			free(copy);
		}
		assert_int_equal(cmd.size, size);
		for (int steps = 1;; steps++) {
			struct seen s = { .cmd = &cmd, .stop = steps };

			one(VGPU_STREAM_VENUS, wire, size, &cmd);
			if (vgpu_stream_visit(&cmd, see, &s) != 42)
				break;
			assert_int_equal(s.steps, steps);
		}
	}
}

/* A pNext chain that leads on and on is refused, not followed. */
static void venus_chain(void **state)
{
	static uint8_t wire[16384];
	struct vgpu_stream_cmd cmd;
	struct seen s = { .cmd = &cmd };
	uint8_t *p = wire;

	(void)state;
	put(p, 4, VGPU_VENUS_vkCreateRingMESA);
	put(p + 16, 8, 1);
	put(p + 24, 4, 1000384000);
	for (p += 28; p + 12 <= wire + sizeof(wire); p += 12) {
		put(p, 8, 1);
		put(p + 8, 4, 1000384006);
	}
	assert_int_equal(one(VGPU_STREAM_VENUS, wire, sizeof(wire), &cmd), VGPU_ERR_INVALID);
	assert_int_equal(vgpu_stream_visit(&cmd, see, &s), VGPU_ERR_INVALID);
	assert_int_equal(s.depth, 0);
}

/* Numbers and offsets, typed here once more, against the codec of the structs. */
static void structs(void **state)
{
	static const uint8_t gem_new[40] = { 3, 0, 0, 0,    40, 0, 0, 0, 7, 0, 0, 0,    0x18, 0,
					     0, 0, 0, 0x20, 0,  0, 1, 0, 0, 0, 0, 0x40, 0,    0,
					     0, 0, 0, 0,    2,  0, 2, 0, 9, 0, 0, 0 };
	struct vgpu_msm_gem_new g;
	uint8_t back[40];

	(void)state;
	assert_int_equal(vgpu_struct_decode(VGPU_STRUCT_MSM_GEM_NEW, gem_new, 40, &g), 0);
	assert_int_equal(g.hdr.cmd, VGPU_DRM_MSM_GEM_NEW);
	assert_int_equal(g.hdr.rsp_off, 0x18);
	assert_true(g.iova == 0x100002000 && g.size == 0x4000);
	assert_int_equal(g.flags, VGPU_MSM_BO_GPU_READONLY | VGPU_MSM_BO_WC);
	assert_int_equal(g.blob_id, 9);
	assert_int_equal(vgpu_struct_encode(VGPU_STRUCT_MSM_GEM_NEW, &g, back, 40), 0);
	assert_memory_equal(back, gem_new, 40);
}

static void names(void **state)
{
	enum vgpu_stream stream;

	(void)state;
	for (unsigned int i = 0; i <= VGPU_STREAM_UNKNOWN; i++) {
		const char *name = vgpu_stream_name((enum vgpu_stream)i);

		assert_int_equal(vgpu_stream_by_name(name, &stream), 0);
		assert_int_equal(stream, i);
		assert_null(vgpu_stream_cmd_name(stream, 0x12345));
	}
	assert_int_equal(vgpu_stream_by_name("nonsense", &stream), VGPU_ERR_UNKNOWN);
	for (uint32_t i = 0; i < 5; i++) {
		static const char *const drivers[] = { "drm-msm", "drm-amdgpu", "drm-i915",
						       "drm-asahi", "drm-panfrost" };

		stream = vgpu_stream_of(VGPU_CAPSET_DRM, i + 1);
		assert_string_equal(vgpu_stream_name(stream), drivers[i]);
	}
	assert_int_equal(vgpu_stream_of(VGPU_CAPSET_DRM, 6), VGPU_STREAM_DRM);
	assert_int_equal(vgpu_stream_of(VGPU_CAPSET_VENUS, 1), VGPU_STREAM_VENUS);
	assert_int_equal(vgpu_stream_of(VGPU_CAPSET_UNKNOWN, 0), VGPU_STREAM_UNKNOWN);
	assert_int_equal(vgpu_stream_response(VGPU_STREAM_DRM_MSM, 2),
			 VGPU_STRUCT_MSM_IOCTL_SIMPLE_RSP);
	assert_int_equal(vgpu_stream_response(VGPU_STREAM_DRM_MSM, 3), VGPU_STRUCT_NONE);
	assert_int_equal(vgpu_stream_response(VGPU_STREAM_VENUS, 3), VGPU_STRUCT_NONE);
	assert_int_equal(vgpu_capset_struct(VGPU_CAPSET_DRM, 2), VGPU_STRUCT_CAPSET_DRM_AMDGPU);
	assert_int_equal(vgpu_capset_struct(VGPU_CAPSET_DRM, 4), VGPU_STRUCT_CAPSET_DRM);
	assert_int_equal(vgpu_capset_struct(VGPU_CAPSET_VIRGL2, 0), VGPU_STRUCT_NONE);
	assert_string_equal(vgpu_stream_cmd_name(VGPU_STREAM_VENUS, 0), "vkCreateInstance");
	assert_null(vgpu_stream_cmd_name(VGPU_STREAM_VENUS, 195));
}

/* Languages that are not walked here have no commands. */
static void others(void **state)
{
	static const uint8_t wire[64];
	struct vgpu_stream_cmd cmd;

	(void)state;
	assert_int_equal(one(VGPU_STREAM_VIRGL, wire, sizeof(wire), &cmd), 0);
	assert_int_equal(one(VGPU_STREAM_UNKNOWN, wire, sizeof(wire), &cmd), 0);
	/* len 0: shorter than the header */
	assert_int_equal(one(VGPU_STREAM_DRM_MSM, wire, sizeof(wire), &cmd), VGPU_ERR_INVALID);
	assert_int_equal(cmd.available, sizeof(wire));
	assert_int_equal(one(VGPU_STREAM_CROSS_DOMAIN, wire, sizeof(wire), &cmd), VGPU_ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_structs), cmocka_unit_test(every_byte_once),
		cmocka_unit_test(truncations),    cmocka_unit_test(visitor_stops),
		cmocka_unit_test(venus),          cmocka_unit_test(venus_chain),
		cmocka_unit_test(structs),        cmocka_unit_test(names),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
