/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include <linux/virtio_gpu.h>

#include <vgpu/protocol.h>

/* Checked against virglrenderer's and Mesa's tables by hand; one of each kind. */
static const struct {
	uint32_t format;
	const char *name;
	struct vgpu_block block;
} cases[] = {
	{ 0, "NONE", { 0, 0, 0, 0 } },
	{ 1, "B8G8R8A8_UNORM", { 1, 1, 4, 0 } },
	{ 7, "B5G6R5_UNORM", { 1, 1, 2, 0 } },
	{ 10, "A8_UNORM", { 1, 1, 1, 0 } },
	{ 16, "Z16_UNORM", { 1, 1, 2, 0 } },
	{ 19, "Z24_UNORM_S8_UINT", { 1, 1, 4, 0 } },
	{ 27, "R64G64B64A64_FLOAT", { 1, 1, 32, 0 } },
	{ 66, "R8G8B8_UNORM", { 1, 1, 3, 0 } },
	{ 93, "R16G16B16_FLOAT", { 1, 1, 6, 0 } },
	{ 105, "DXT1_RGB", { 4, 4, 8, 0 } },
	{ 108, "DXT5_RGBA", { 4, 4, 16, 0 } },
	{ 124, "R11G11B10_FLOAT", { 1, 1, 4, 0 } },
	{ 126, "Z32_FLOAT_S8X24_UINT", { 1, 1, 8, 0 } },
	{ 127, "R1_UNORM", { 8, 1, 1, 0 } },
	{ 226, "ETC1_RGB8", { 4, 4, 8, 0 } },
	{ 255, "BPTC_RGBA_UNORM", { 4, 4, 16, 0 } },
	{ 288, "ASTC_10x6", { 10, 6, 16, 0 } },
	{ 292, "ASTC_12x12", { 12, 12, 16, 0 } },
	{ 480, "Y12X4_U12X4_V12X4_444_UNORM", { 0, 0, 0, 0 } },
	{ 73, NULL, { 0, 0, 0, 0 } },
	{ 481, NULL, { 0, 0, 0, 0 } },
	{ UINT32_MAX, NULL, { 0, 0, 0, 0 } },
};

static void known_formats(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vgpu_block b = vgpu_format_block(cases[i].format);
		const char *name = vgpu_format_name(cases[i].format);

		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_null(name);
		assert_memory_equal(&b, &cases[i].block, sizeof(b));
	}
}

static void table_is_sane(void **state)
{
	const struct vgpu_block *blocks;
	size_t count, named = 0;

	(void)state;
	blocks = vgpu_format_blocks(&count);
	assert_int_equal(count, 481);
	for (uint32_t i = 0; i < count; i++) {
		const struct vgpu_block *b = &blocks[i];
		const char *name = vgpu_format_name(i);
		uint32_t number = UINT32_MAX;

		/* All of a block or none of it. */
		assert_true(!b->width == !b->height && !b->width == !b->bytes);
		assert_int_equal(b->reserved, 0);
		if (!name) {
			assert_int_equal(b->width, 0);
			continue;
		}
		named++;
		assert_int_equal(vgpu_value_number(VGPU_SET_FORMAT, name, &number), 0);
		assert_int_equal(number, i);
	}
	assert_int_equal(named, 468);
}

/* Four channels of eight bits are four bytes, whatever their order: read the names. */
static void names_agree_with_sizes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < VGPU_FORMAT_COUNT; i++) {
		struct vgpu_block b = vgpu_format_block(i);
		const char *p = vgpu_format_name(i);
		unsigned int bits = 0;

		if (!p || b.width != 1)
			continue;
		for (; *p && *p != '_'; p++) {
			unsigned int n = 0;

			if (*p < 'A' || *p > 'Z')
				break;
			while (p[1] >= '0' && p[1] <= '9')
				n = n * 10 + (unsigned int)(*++p - '0');
			if (!n)
				break; /* not a channel list */
			bits += n;
		}
		if (*p == '_' && bits && !strchr(p + 1, '_') && strcmp(p, "_FLOAT"))
			assert_int_equal(bits, b.bytes * 8);
	}
}

/* The kernel's enum virtio_gpu_formats, all of it and nothing else. */
static void formats_of_the_2d_commands(void **state)
{
	static const uint32_t kernel[] = {
		VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
		VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM, VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM,
		VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM, VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM,
		VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM, VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM,
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++)
		assert_true(vgpu_format_is_2d(kernel[i]));
	for (uint32_t i = 0; i <= VGPU_FORMAT_COUNT; i++)
		found += vgpu_format_is_2d(i);
	assert_int_equal(found, sizeof(kernel) / sizeof(kernel[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_formats),
		cmocka_unit_test(table_is_sane),
		cmocka_unit_test(names_agree_with_sizes),
		cmocka_unit_test(formats_of_the_2d_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
