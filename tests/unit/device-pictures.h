/* SPDX-License-Identifier: MIT */
/* A picture uploaded with the 2D commands, and what it must look like. */
#ifndef TESTS_DEVICE_PICTURES_H
#define TESTS_DEVICE_PICTURES_H

#include "device-requests.h"

#define WIDTH  64u
#define HEIGHT 32u

static const struct vgpu_rect whole = { 0, 0, WIDTH, HEIGHT };

/* Byte `i` of the picture that the tests upload. */
static inline uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13);
}

static inline void fill_memory(struct vgpu_device *d, uint64_t address)
{
	uint8_t bytes[WIDTH * HEIGHT * 4];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	assert_int_equal(vgpu_device_write_memory(d, address, bytes, sizeof(bytes)), 0);
}

/* Upload and show: the whole, then a part again from elsewhere in the backing. */
static inline void draw(struct vgpu_device *d, uint32_t format, struct vgpu_device_picture *picture)
{
	struct vgpu_rect part = { 8, 4, 16, 8 };

	fill_memory(d, 0x4000);
	assert_int_equal(create_2d(d, 5, format, WIDTH, HEIGHT), VGPU_RESP_OK_NODATA);
	assert_int_equal(attach(d, 5, 0x4000, WIDTH * HEIGHT * 4), VGPU_RESP_OK_NODATA);
	assert_int_equal(to_host_2d(d, 5, whole, 0), VGPU_RESP_OK_NODATA);
	assert_int_equal(to_host_2d(d, 5, part, WIDTH * 4 * 20), VGPU_RESP_OK_NODATA);
	assert_int_equal(set_scanout(d, 1, 5, whole), VGPU_RESP_OK_NODATA);
	assert_int_equal(flush(d, 5, whole), VGPU_RESP_OK_NODATA);
	assert_int_equal(result.shown, 1 << 1);
	assert_int_equal(result.verdict, 0);
	assert_int_equal(vgpu_device_read(d, 1, picture), 0);
	assert_int_equal(picture->width, WIDTH);
	assert_int_equal(picture->height, HEIGHT);
	assert_int_equal(picture->size, WIDTH * HEIGHT * 4);
}

static inline void check(const struct vgpu_device_picture *picture, const uint8_t order[3])
{
	uint32_t x, y;
	size_t from, i;

	for (y = 0; y < HEIGHT; y++) {
		for (x = 0; x < WIDTH; x++) {
			from = (y * WIDTH + x) * 4;
			if (x >= 8 && x < 24 && y >= 4 && y < 12)
				from = ((20 + y - 4) * WIDTH + x - 8) * 4;
			for (i = 0; i < 3; i++)
				assert_int_equal(picture->rgba[(y * WIDTH + x) * 4 + i],
						 pattern(from + order[i]));
			assert_int_equal(picture->rgba[(y * WIDTH + x) * 4 + 3], 255);
		}
	}
}

static const struct {
	uint32_t format;
	uint8_t order[3]; /* where R, G and B stand in a pixel */
} formats[] = {
	{ VGPU_FORMAT_B8G8R8A8_UNORM, { 2, 1, 0 } }, { VGPU_FORMAT_B8G8R8X8_UNORM, { 2, 1, 0 } },
	{ VGPU_FORMAT_A8R8G8B8_UNORM, { 1, 2, 3 } }, { VGPU_FORMAT_X8R8G8B8_UNORM, { 1, 2, 3 } },
	{ VGPU_FORMAT_R8G8B8A8_UNORM, { 0, 1, 2 } }, { VGPU_FORMAT_X8B8G8R8_UNORM, { 3, 2, 1 } },
	{ VGPU_FORMAT_A8B8G8R8_UNORM, { 3, 2, 1 } }, { VGPU_FORMAT_R8G8B8X8_UNORM, { 0, 1, 2 } },
};

/* A scanout that shows a part of its resource. */
static inline void check_part(struct vgpu_device *d)
{
	struct vgpu_rect part = { 3, 5, 20, 17 };
	struct vgpu_device_picture picture;
	size_t from;

	draw(d, VGPU_FORMAT_B8G8R8A8_UNORM, &picture);
	assert_int_equal(set_scanout(d, 0, 5, part), VGPU_RESP_OK_NODATA);
	assert_int_equal(flush(d, 5, whole), VGPU_RESP_OK_NODATA);
	assert_int_equal(result.shown, 3);
	assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
	assert_int_equal(picture.width, 20);
	assert_int_equal(picture.height, 17);
	from = ((5 + 16) * WIDTH + 3 + 19) * 4; /* its last pixel */
	assert_int_equal(picture.rgba[picture.size - 4], pattern(from + 2));
	assert_int_equal(picture.rgba[picture.size - 2], pattern(from));
}

/* Entries that lie, and every command, cut at every length, with fields that are all ones. */
static inline void check_hostile(struct vgpu_device *d)
{
	struct vgpu_mem_entry entries[2] = { { .addr = 0x1000, .length = 16 },
					     { .addr = UINT64_MAX - 4, .length = 16 } };
	uint8_t wire[128];
	uint32_t type, size;

	create_2d(d, 5, 1, WIDTH, HEIGHT);
	assert_int_equal(attach_claimed(d, 5, entries, 2, 2), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(attach_claimed(d, 5, entries, 1, 2), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(attach_claimed(d, 5, entries, 1, UINT32_MAX), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(attach_claimed(d, 5, entries, 1, 1), VGPU_RESP_OK_NODATA);
	for (type = 0xff; type < 0x310; type++) {
		for (size = 0; size <= sizeof(wire); size += 4) {
			memset(wire, 0xff, sizeof(wire));
			memcpy(wire, &type, 4);
			memset(wire + 4, 0, 4);
			put(d, wire, size);
			assert_non_null(result.response);
			assert_true(result.response_size >= VGPU_CTRL_HDR_SIZE);
			if (size < VGPU_CTRL_HDR_SIZE)
				assert_int_equal(result.response_type, VGPU_RESP_ERR_UNSPEC);
		}
	}
}

#endif
