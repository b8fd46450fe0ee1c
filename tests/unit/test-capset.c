/* SPDX-License-Identifier: MIT */
/* The contents of virgl's capsets: where fields are, and that every known length ends with one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/capset.h>
#include <vgpu/error.h>
#include <vgpu/protocol.h>

/* Bytes of the structs in virglrenderer's virgl_hw.h over the years, and the field that was last. */
static const struct {
	uint32_t capset, size;
	const char *last;
} lengths[] = {
	{ VGPU_CAPSET_VIRGL, 308, "max_texture_gather_components" },
	{ VGPU_CAPSET_VIRGL2, 308, "max_texture_gather_components" },
	{ VGPU_CAPSET_VIRGL2, 1376, "max_uniform_block_size" },
	{ VGPU_CAPSET_VIRGL2, 1384, "max_tes_outputs" },
	{ VGPU_CAPSET_VIRGL2, 1408, "max_shader_storage_blocks" },
};

/* As a compiler lays out the same header's structs (of 2026). */
static const struct {
	const char *name;
	uint32_t offset, size;
	enum vgpu_capset_type type;
} places[] = {
	{ "max_version", 0, 4, VGPU_CAPSET_U32 },
	{ "sampler", 4, 64, VGPU_CAPSET_FORMATS },
	{ "bset", 260, 4, VGPU_CAPSET_FLAGS_BSET },
	{ "glsl_level", 264, 4, VGPU_CAPSET_U32 },
	{ "max_viewports", 300, 4, VGPU_CAPSET_U32 },
	{ "min_aliased_point_size", 308, 4, VGPU_CAPSET_F32 },
	{ "capability_bits", 392, 4, VGPU_CAPSET_FLAGS_CAP },
	{ "scanout", 624, 64, VGPU_CAPSET_FORMATS },
	{ "capability_bits_v2", 688, 4, VGPU_CAPSET_FLAGS_CAP_V2 },
	{ "renderer", 696, 64, VGPU_CAPSET_TEXT },
	{ "max_anisotropy", 760, 4, VGPU_CAPSET_F32 },
	{ "num_video_caps", 856, 4, VGPU_CAPSET_U32 },
	{ "video_caps", 860, 512, VGPU_CAPSET_U32 },
};

static void fields_follow_one_another(void **state)
{
	struct vgpu_capset_field f;

	(void)state;
	for (uint32_t capset = VGPU_CAPSET_VIRGL; capset <= VGPU_CAPSET_VIRGL2; capset++) {
		uint32_t at = 0;

		for (size_t i = 0; !vgpu_capset_field(capset, i, &f); i++) {
			assert_int_equal(f.offset, at);
			assert_int_equal(f.size,
					 f.type == VGPU_CAPSET_TEXT ? f.count : f.count * 4);
			assert_true(f.name && f.count);
			at += f.size;
		}
		assert_int_equal(at, capset == VGPU_CAPSET_VIRGL ? VGPU_CAPSET_VIRGL_SIZE : 1408);
	}
	assert_int_equal(vgpu_capset_field(VGPU_CAPSET_VENUS, 0, &f), VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_capset_field(VGPU_CAPSET_VIRGL2, 1000, &f), VGPU_ERR_UNKNOWN);
}

static void known_lengths(void **state)
{
	struct vgpu_capset_field f;

	(void)state;
	for (size_t n = 0; n < sizeof(lengths) / sizeof(lengths[0]); n++) {
		const char *last = NULL;

		for (size_t i = 0; !vgpu_capset_field(lengths[n].capset, i, &f); i++)
			if (f.offset + f.size == lengths[n].size)
				last = f.name;
		assert_non_null(last);
		assert_string_equal(last, lengths[n].last);
	}
}

static void places_by_hand(void **state)
{
	struct vgpu_capset_field f;

	(void)state;
	for (size_t n = 0; n < sizeof(places) / sizeof(places[0]); n++) {
		size_t i = 0;

		while (!vgpu_capset_field(VGPU_CAPSET_VIRGL2, i, &f) &&
		       strcmp(f.name, places[n].name))
			i++;
		assert_string_equal(f.name, places[n].name);
		assert_int_equal(f.offset, places[n].offset);
		assert_int_equal(f.size, places[n].size);
		assert_int_equal(f.type, places[n].type);
	}
}

static void flag_names(void **state)
{
	(void)state;
	assert_string_equal(vgpu_capset_flag_name(VGPU_CAPSET_FLAGS_CAP, 26), "COPY_TRANSFER");
	assert_string_equal(vgpu_capset_flag_name(VGPU_CAPSET_FLAGS_BSET, 0), "indep_blend_enable");
	assert_string_equal(vgpu_capset_flag_name(VGPU_CAPSET_FLAGS_CAP_V2, 18), "RESOURCE_LAYOUT");
	assert_null(vgpu_capset_flag_name(VGPU_CAPSET_FLAGS_CAP_V2, 31));
	assert_null(vgpu_capset_flag_name(VGPU_CAPSET_U32, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_follow_one_another),
		cmocka_unit_test(known_lengths),
		cmocka_unit_test(places_by_hand),
		cmocka_unit_test(flag_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
