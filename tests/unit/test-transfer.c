/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <vgpu/protocol.h>
#include <vgpu/transfer.h>

#define RGBA               \
	{                  \
		1, 1, 4, 0 \
	}
#define DXT1               \
	{                  \
		4, 4, 8, 0 \
	}
#define MAX UINT32_MAX

/* Ends are worked out by hand from virglrenderer's rule: whole layers, whole rows, one last row. */
static const struct {
	const char *what;
	struct vgpu_shape shape;
	struct vgpu_transfer t; /* resource, level, stride, layer stride, x y z w h d, offset */
	uint64_t begin, end;
	bool exact;
} cases[] = {
	{ "a whole packed image",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 64, 32, 1, 0 },
	  0,
	  64 * 32 * 4,
	  true },
	{ "nothing is wide",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 0, 3, 1, 7 },
	  7,
	  7,
	  true },
	{ "nothing is high",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 3, 0, 1, 7 },
	  7,
	  7,
	  true },
	{ "a format that is not known",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, { 0, 0, 0, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, 3, 3, 1, 7 },
	  7,
	  UINT64_MAX,
	  false },
	{ "layers that pass 64 bits",
	  { VGPU_PIPE_TEXTURE_3D, 64, 32, RGBA },
	  { 1, 0, 0, MAX, 0, 0, 0, 1, 1, MAX, 7 },
	  7,
	  UINT64_MAX,
	  false },
	{ "rows that pass 64 bits",
	  { VGPU_PIPE_TEXTURE_2D, MAX, 1, { 1, 1, 255, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, 1, MAX, 1, 7 },
	  7,
	  UINT64_MAX,
	  false },
	{ "a rectangle, rows as long as the image's",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 8, 4, 0, 10, 3, 1, 1000 },
	  1000,
	  1000 + 2 * 256 + 40,
	  true },
	{ "a rectangle with a stride",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 40, 0, 8, 4, 0, 10, 3, 1, 1000 },
	  1000,
	  1000 + 2 * 40 + 40,
	  true },
	{ "one row takes no stride",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 99999, 0, 0, 0, 0, 10, 1, 1, 16 },
	  16,
	  16 + 40,
	  true },
	{ "a level is half as wide",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 2, 0, 0, 0, 0, 0, 16, 8, 1, 0 },
	  0,
	  16 * 8 * 4,
	  true },
	{ "the last level is one pixel",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 40, 0, 0, 0, 0, 0, 1, 2, 1, 0 },
	  0,
	  8,
	  true },
	{ "layers as high as the level",
	  { VGPU_PIPE_TEXTURE_3D, 8, 8, RGBA },
	  { 1, 1, 0, 0, 0, 0, 0, 2, 2, 3, 0 },
	  0,
	  2 * 64 + 16 + 8,
	  true },
	{ "layers with a stride",
	  { VGPU_PIPE_TEXTURE_2D_ARRAY, 8, 8, RGBA },
	  { 1, 0, 0, 4096, 0, 0, 5, 8, 8, 2, 0 },
	  0,
	  4096 + 256,
	  true },
	{ "compressed: 5 pixels are 2 blocks",
	  { VGPU_PIPE_TEXTURE_2D, 16, 16, DXT1 },
	  { 1, 0, 0, 0, 0, 0, 0, 5, 5, 1, 0 },
	  0,
	  32 + 16,
	  true },
	{ "compressed layers",
	  { VGPU_PIPE_TEXTURE_2D_ARRAY, 10, 10, DXT1 },
	  { 1, 0, 0, 0, 0, 0, 0, 10, 10, 2, 0 },
	  0,
	  72 + 72,
	  true },
	{ "a buffer's width is bytes",
	  { VGPU_PIPE_BUFFER, 4096, 1, { 1, 1, 4, 0 } },
	  { 1, 0, 0, 0, 100, 0, 0, 50, 1, 1, 100 },
	  100,
	  150,
	  true },
	{ "a buffer's height does not count",
	  { VGPU_PIPE_BUFFER, 4096, 1, { 1, 1, 1, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, 50, 0, 0, 0 },
	  0,
	  50,
	  true },
	{ "a buffer needs no format",
	  { VGPU_PIPE_BUFFER, 4096, 1, { 0, 0, 0, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, 50, 1, 1, 0 },
	  0,
	  50,
	  true },
	{ "no width",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 0, 32, 1, 8 },
	  8,
	  8,
	  true },
	{ "no height",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 64, 0, 1, 8 },
	  8,
	  8,
	  true },
	{ "no depth is one",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 64, 1, 0, 8 },
	  8,
	  8 + 256,
	  true },
	{ "a format that is not known",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, { 0, 0, 0, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, 64, 32, 1, 8 },
	  8,
	  UINT64_MAX,
	  false },
	{ "the end saturates",
	  { VGPU_PIPE_TEXTURE_2D, 64, 32, RGBA },
	  { 1, 0, 0, 0, 0, 0, 0, 64, 1, 1, UINT64_MAX - 10 },
	  UINT64_MAX - 10,
	  UINT64_MAX,
	  true },
	{ "all largest",
	  { VGPU_PIPE_TEXTURE_3D, MAX, MAX, { 1, 1, 255, 0 } },
	  { 1, 0, 0, 0, 0, 0, 0, MAX, MAX, MAX, 0 },
	  0,
	  UINT64_MAX,
	  false },
	{ "all largest, strides given",
	  { VGPU_PIPE_TEXTURE_3D, MAX, MAX, { 1, 1, 255, 0 } },
	  { 1, 0, MAX, MAX, 0, 0, 0, MAX, MAX, MAX, 0 },
	  0,
	  UINT64_MAX,
	  false },
};

static void extents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vgpu_extent e;

		print_message("%s\n", cases[i].what);
		assert_int_equal(vgpu_transfer_extent(&cases[i].shape, &cases[i].t, &e),
				 cases[i].exact);
		assert_true(e.begin == cases[i].begin);
		assert_true(e.end == cases[i].end);
	}
}

static const struct {
	uint32_t width, height, x, y, w, h;
	uint64_t offset, end;
} cases_2d[] = {
	{ 64, 32, 0, 0, 64, 32, 0, 64 * 32 * 4 },
	{ 64, 32, 8, 4, 10, 3, 1056, 1056 + 2 * 256 + 40 },
	{ 64, 32, 0, 0, 64, 3, 0, 64 * 32 * 4 }, /* QEMU 7.2 takes all */
	{ 64, 32, 0, 4, 64, 3, 1024, 1024 + 3 * 256 },
	{ 64, 32, 0, 0, 63, 3, 0, 2 * 256 + 252 },
	{ 64, 32, 0, 0, 0, 3, 0, 0 },
	{ 64, 32, 0, 0, 1, 1, UINT64_MAX, UINT64_MAX },
	{ MAX, MAX, 0, 0, MAX, MAX, 1, UINT64_MAX },
};

static void extents_2d(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases_2d) / sizeof(cases_2d[0]); i++) {
		struct vgpu_extent e;

		vgpu_transfer_extent_2d(cases_2d[i].width, cases_2d[i].height, cases_2d[i].x,
					cases_2d[i].y, cases_2d[i].w, cases_2d[i].h,
					cases_2d[i].offset, &e);
		assert_true(e.begin == cases_2d[i].offset);
		assert_true(e.end == cases_2d[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extents),
		cmocka_unit_test(extents_2d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
