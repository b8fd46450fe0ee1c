/* SPDX-License-Identifier: MIT */
/* From the formats that a display shows to R, G, B, A bytes. */
#include "internal.h"

#include <string.h>

/* 32-bit little-endian pixels, by where their channels begin. */
struct layout {
	uint8_t r, g, b;
};

/* The byte order in memory is the name's; sRGB is a matter of blending, not of the bytes. */
static bool picture_layout(uint32_t format, struct layout *l)
{
	switch (format) {
	case VGPU_FORMAT_B8G8R8A8_UNORM:
	case VGPU_FORMAT_B8G8R8X8_UNORM:
	case VGPU_FORMAT_B8G8R8A8_SRGB:
	case VGPU_FORMAT_B8G8R8X8_SRGB:
		*l = (struct layout) { 16, 8, 0 };
		return true;
	case VGPU_FORMAT_A8R8G8B8_UNORM:
	case VGPU_FORMAT_X8R8G8B8_UNORM:
		*l = (struct layout) { 8, 16, 24 };
		return true;
	case VGPU_FORMAT_R8G8B8A8_UNORM:
	case VGPU_FORMAT_R8G8B8X8_UNORM:
	case VGPU_FORMAT_R8G8B8A8_SRGB:
		*l = (struct layout) { 0, 8, 16 };
		return true;
	case VGPU_FORMAT_A8B8G8R8_UNORM:
	case VGPU_FORMAT_X8B8G8R8_UNORM:
		*l = (struct layout) { 24, 16, 8 };
		return true;
	default:
		return false;
	}
}

uint32_t picture_pixel_size(uint32_t format)
{
	struct layout l;

	if (picture_layout(format, &l))
		return 4;
	switch (format) {
	case VGPU_FORMAT_R10G10B10A2_UNORM:
	case VGPU_FORMAT_B10G10R10A2_UNORM:
		return 4;
	case VGPU_FORMAT_B5G6R5_UNORM:
		return 2;
	default:
		return 0;
	}
}

int picture_alpha_byte(uint32_t format)
{
	switch (format) {
	case VGPU_FORMAT_B8G8R8A8_UNORM:
	case VGPU_FORMAT_B8G8R8A8_SRGB:
	case VGPU_FORMAT_R8G8B8A8_UNORM:
	case VGPU_FORMAT_R8G8B8A8_SRGB:
		return 3;
	case VGPU_FORMAT_A8R8G8B8_UNORM:
	case VGPU_FORMAT_A8B8G8R8_UNORM:
		return 0;
	default:
		return -1;
	}
}

static void picture_store(uint8_t *out, uint32_t r, uint32_t g, uint32_t b)
{
	out[0] = (uint8_t)r;
	out[1] = (uint8_t)g;
	out[2] = (uint8_t)b;
	out[3] = 255;
}

/* The common case by itself, with constant shifts: compilers make vectors of it. */
static void picture_convert_bgr(const uint8_t *in, uint8_t *out, size_t count)
{
	uint32_t p;
	size_t i;

	for (i = 0; i < count; i++) {
		memcpy(&p, in + i * 4, 4);
		p = 0xff000000u | (p & 0xff00u) | (p >> 16 & 0xffu) | (p & 0xffu) << 16;
		memcpy(out + i * 4, &p, 4);
	}
}

static void picture_convert_565(const uint8_t *in, uint8_t *out, size_t count)
{
	uint32_t p, r, g, b;
	size_t i;

	for (i = 0; i < count; i++) {
		p = (uint32_t)(in[i * 2] | in[i * 2 + 1] << 8);
		r = p >> 11;
		g = p >> 5 & 63;
		b = p & 31;
		picture_store(out + i * 4, r << 3 | r >> 2, g << 2 | g >> 4, b << 3 | b >> 2);
	}
}

static void picture_convert_1010102(const uint8_t *in, uint8_t *out, size_t count, bool bgr)
{
	uint32_t p, low, high;
	size_t i;

	for (i = 0; i < count; i++) {
		memcpy(&p, in + i * 4, 4);
		low = p >> 2 & 255;
		high = p >> 22 & 255;
		picture_store(out + i * 4, bgr ? high : low, p >> 12 & 255, bgr ? low : high);
	}
}

void picture_convert(uint32_t format, const uint8_t *in, uint8_t *out, size_t count)
{
	struct layout l;
	uint32_t p;
	size_t i;

	if (format == VGPU_FORMAT_B5G6R5_UNORM) {
		picture_convert_565(in, out, count);
		return;
	}
	if (!picture_layout(format, &l)) {
		picture_convert_1010102(in, out, count, format == VGPU_FORMAT_B10G10R10A2_UNORM);
		return;
	}
	if (l.b == 0) {
		picture_convert_bgr(in, out, count);
		return;
	}
	for (i = 0; i < count; i++) {
		memcpy(&p, in + i * 4, 4);
		picture_store(out + i * 4, p >> l.r, p >> l.g, p >> l.b);
	}
}
