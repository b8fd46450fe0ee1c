/* SPDX-License-Identifier: MIT */
/*
 * Transfers of every kind, one case after the other, against what they must leave behind: worked
 * out here from the bytes of guest memory alone, pixel by pixel.
 */
#include "device-requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <vgpu/format.h>

#define ADDRESS 0x40000u
#define MEMORY  (256u << 10)

static uint8_t memory[MEMORY];
static unsigned int cases;

const char *__asan_default_options(void);
/* The GL driver keeps what it allocates until the process ends; under ASan that is its affair. */
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* Bytes that repeat nowhere near, and are finite as floats of 16 and 32 bits. */
static void fill(struct vgpu_device *d, uint32_t seed)
{
	uint32_t i, x = seed * 2654435761u + 1;

	for (i = 0; i < MEMORY; i++) {
		x = x * 1103515245u + 12345;
		memory[i] = (uint8_t)(x >> 16) & 0x3f;
	}
	assert_int_equal(vgpu_device_write_memory(d, ADDRESS, memory, MEMORY), 0);
}

struct shape_2d {
	uint32_t width, height;
	struct vgpu_rect rect;
	uint64_t offset;
};

static const struct shape_2d shapes_2d[] = {
	{ 1, 1, { 0, 0, 1, 1 }, 0 },           { 1, 1, { 0, 0, 1, 1 }, 12 },
	{ 3, 5, { 0, 0, 3, 5 }, 0 },           { 3, 5, { 1, 2, 2, 3 }, 28 },
	{ 17, 9, { 0, 0, 17, 9 }, 4 },         { 17, 9, { 16, 8, 1, 1 }, 0 },
	{ 17, 9, { 5, 0, 7, 9 }, 20 },         { 64, 31, { 0, 30, 64, 1 }, 64 * 4 * 30 },
	{ 64, 31, { 0, 0, 64, 30 }, 0 },       { 64, 31, { 13, 11, 50, 7 }, 1000 },
	{ 255, 3, { 0, 0, 255, 3 }, 255 * 4 }, { 2, 200, { 1, 0, 1, 200 }, 0 },
};

static const struct {
	uint32_t format;
	int unused; /* the byte of a pixel that means nothing; -1: all do */
	bool gl;    /* GL has it too */
} formats_2d[] = {
	{ VGPU_FORMAT_B8G8R8A8_UNORM, -1, true },  { VGPU_FORMAT_B8G8R8X8_UNORM, 3, true },
	{ VGPU_FORMAT_A8R8G8B8_UNORM, -1, false }, { VGPU_FORMAT_X8R8G8B8_UNORM, 0, false },
	{ VGPU_FORMAT_R8G8B8A8_UNORM, -1, true },  { VGPU_FORMAT_X8B8G8R8_UNORM, 0, false },
	{ VGPU_FORMAT_A8B8G8R8_UNORM, -1, false }, { VGPU_FORMAT_R8G8B8X8_UNORM, 3, true },
};

/* Two transfers: all of it from 0 with one memory, then the case's rectangle with another. */
static void one_2d(struct vgpu_device *d, uint32_t format, int unused, const struct shape_2d *s)
{
	struct vgpu_rect all = { 0, 0, s->width, s->height };
	uint32_t size = s->width * s->height * 4, x, y, b;
	struct vgpu_device_content c;
	uint8_t *expected = malloc(size);
	uint64_t from;

	assert_non_null(expected);
	assert_int_equal(create_2d(d, 5, format, s->width, s->height), VGPU_RESP_OK_NODATA);
	assert_int_equal(attach(d, 5, ADDRESS, MEMORY), VGPU_RESP_OK_NODATA);
	fill(d, 1);
	assert_int_equal(to_host_2d(d, 5, all, 0), VGPU_RESP_OK_NODATA);
	memcpy(expected, memory, size);
	fill(d, 2);
	assert_int_equal(to_host_2d(d, 5, s->rect, s->offset), VGPU_RESP_OK_NODATA);
	assert_int_equal(result.verdict, 0);
	for (y = 0; y < s->rect.height; y++) {
		for (x = 0; x < s->rect.width * 4; x++) {
			from = s->offset + (uint64_t)y * s->width * 4 + x;
			expected[((s->rect.y + y) * s->width + s->rect.x) * 4 + x] = memory[from];
		}
	}
	assert_int_equal(vgpu_device_read_content(d, 5, 0, 0, &c), 0);
	assert_int_equal(c.size, size);
	for (b = 0; b < size; b++) {
		if ((int)(b % 4) != unused && c.bytes[b] != expected[b])
			fail_msg("%s %ux%u: byte %u is 0x%02x, not 0x%02x",
				 vgpu_format_name(format), s->width, s->height, b, c.bytes[b],
				 expected[b]);
	}
	assert_int_equal(unref(d, 5), VGPU_RESP_OK_NODATA);
	free(expected);
	cases++;
}

static void all_2d(struct vgpu_device *d, bool gl)
{
	size_t i, j;

	for (i = 0; i < sizeof(formats_2d) / sizeof(*formats_2d); i++) {
		for (j = 0; j < sizeof(shapes_2d) / sizeof(*shapes_2d) && (!gl || formats_2d[i].gl);
		     j++)
			one_2d(d, formats_2d[i].format, formats_2d[i].unused, &shapes_2d[j]);
	}
}

static void test_2d_soft(void **state)
{
	struct vgpu_device *d = start("soft2d");

	(void)state;
	cases = 0;
	all_2d(d, false);
	assert_int_equal(cases, 96);
	vgpu_device_destroy(d);
}

struct shape_3d {
	uint32_t target, width, height, depth, array_size, last_level;
	uint32_t level;
	struct vgpu_box box;
	uint32_t stride, layer_stride; /* bytes; 0: packed */
	uint64_t offset;
};

/* virglrenderer wants layers that are whole rows: layer_stride is a multiple of stride. */
static const struct shape_3d shapes_3d[] = {
	{ VGPU_PIPE_TEXTURE_2D, 33, 17, 1, 1, 0, 0, { 0, 0, 0, 33, 17, 1 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_2D, 33, 17, 1, 1, 0, 0, { 7, 3, 0, 20, 9, 1 }, 640, 0, 64 },
	{ VGPU_PIPE_TEXTURE_2D, 64, 32, 1, 1, 4, 2, { 0, 0, 0, 16, 8, 1 }, 0, 0, 128 },
	{ VGPU_PIPE_TEXTURE_2D, 64, 32, 1, 1, 4, 1, { 5, 6, 0, 11, 10, 1 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_2D, 5, 3, 1, 1, 2, 2, { 0, 0, 0, 1, 1, 1 }, 0, 0, 16 },
	{ VGPU_PIPE_TEXTURE_RECT, 19, 7, 1, 1, 0, 0, { 1, 1, 0, 18, 6, 1 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_2D_ARRAY, 16, 8, 1, 5, 0, 0, { 0, 0, 1, 16, 8, 3 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_2D_ARRAY, 16, 8, 1, 3, 2, 1, { 2, 1, 2, 5, 2, 1 }, 256, 4096, 512 },
	{ VGPU_PIPE_TEXTURE_3D, 16, 8, 6, 1, 0, 0, { 0, 0, 0, 16, 8, 6 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_3D, 16, 8, 6, 1, 1, 1, { 1, 1, 1, 7, 3, 2 }, 0, 0, 256 },
	{ VGPU_PIPE_TEXTURE_3D, 9, 9, 4, 1, 0, 0, { 2, 2, 1, 4, 5, 2 }, 192, 3840, 32 },
	{ VGPU_PIPE_TEXTURE_CUBE, 16, 16, 1, 6, 0, 0, { 0, 0, 4, 16, 16, 1 }, 0, 0, 0 },
	{ VGPU_PIPE_TEXTURE_CUBE, 16, 16, 1, 6, 1, 1, { 1, 2, 5, 6, 5, 1 }, 128, 0, 64 },
};

static const uint32_t formats_3d[] = {
	VGPU_FORMAT_B8G8R8A8_UNORM,     VGPU_FORMAT_R8G8B8A8_UNORM, VGPU_FORMAT_R8_UNORM,
	VGPU_FORMAT_R8G8_UNORM,         VGPU_FORMAT_R16_UNORM,      VGPU_FORMAT_R32_FLOAT,
	VGPU_FORMAT_R32G32B32A32_FLOAT,
};

/* Where pixel x, y, z of the box stands in the backing. */
static uint64_t place(const struct shape_3d *s, uint32_t pixel, uint32_t x, uint32_t y, uint32_t z)
{
	uint32_t width = s->width >> s->level ? s->width >> s->level : 1;
	uint32_t height = s->height >> s->level ? s->height >> s->level : 1;
	uint64_t stride = s->stride ? s->stride : width * pixel;
	uint64_t layer = s->layer_stride ? s->layer_stride : stride * height;

	return s->offset + z * layer + y * stride + (uint64_t)x * pixel;
}

static void transfer(struct vgpu_device *d, uint32_t type, const struct shape_3d *s)
{
	assert_int_equal(PUT(d, transfer_host_3d, TRANSFER_HOST_3D,
			     { .hdr.type = type,
			       .box = s->box,
			       .offset = s->offset,
			       .resource_id = 5,
			       .level = s->level,
			       .stride = s->stride,
			       .layer_stride = s->layer_stride }),
			 VGPU_RESP_OK_NODATA);
	assert_int_equal(result.verdict, 0);
}

/* Nothing, then the case's box of it. */
static void one_3d(struct vgpu_device *d, uint32_t format, const struct shape_3d *s)
{
	uint32_t pixel = vgpu_format_block(format).bytes, x, y, z;
	struct vgpu_device_content c;
	const uint8_t *got;

	PUT(d, resource_create_3d, RESOURCE_CREATE_3D,
	    { .hdr.type = VGPU_CMD_RESOURCE_CREATE_3D,
	      .resource_id = 5,
	      .target = s->target,
	      .format = format,
	      .bind = VGPU_BIND_SAMPLER_VIEW,
	      .width = s->width,
	      .height = s->height,
	      .depth = s->depth,
	      .array_size = s->array_size,
	      .last_level = s->last_level });
	assert_int_equal(result.verdict, 0);
	assert_int_equal(attach(d, 5, ADDRESS, MEMORY), VGPU_RESP_OK_NODATA);
	fill(d, format + s->width);
	transfer(d, VGPU_CMD_TRANSFER_TO_HOST_3D, s);
	for (z = 0; z < s->box.d; z++) {
		assert_int_equal(vgpu_device_read_content(d, 5, s->level, s->box.z + z, &c), 0);
		for (y = 0; y < s->box.h; y++) {
			for (x = 0; x < s->box.w; x++) {
				got = c.bytes + (s->box.y + y) * (size_t)c.stride +
				      (s->box.x + x) * (size_t)pixel;
				if (memcmp(got, memory + place(s, pixel, x, y, z), pixel))
					fail_msg("%s, target %u, %ux%u, level %u: pixel %u,%u,%u",
						 vgpu_format_name(format), s->target, s->width,
						 s->height, s->level, x, y, z);
			}
		}
	}
	unref(d, 5);
	cases++;
}

static void test_virgl(void **state)
{
	struct vgpu_device *d = start("virgl");
	size_t i, j;

	(void)state;
	if (!d)
		skip();
	cases = 0;
	all_2d(d, true);
	assert_int_equal(cases, 48);
	for (i = 0; i < sizeof(formats_3d) / sizeof(*formats_3d); i++) {
		for (j = 0; j < sizeof(shapes_3d) / sizeof(*shapes_3d); j++)
			one_3d(d, formats_3d[i], &shapes_3d[j]);
	}
	assert_int_equal(cases, 48 + 7 * 13);
	vgpu_device_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2d_soft),
		cmocka_unit_test(test_virgl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
