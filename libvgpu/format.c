/* SPDX-License-Identifier: MIT */
#include <vgpu/format.h>

static const char *const names[VGPU_FORMAT_COUNT] = {
#define VGPU_FORMAT(number, name, width, height, bytes) [number] = #name,
#include <vgpu/format.def>
#undef VGPU_FORMAT
};

static const struct vgpu_block blocks[VGPU_FORMAT_COUNT] = {
#define VGPU_FORMAT(number, name, width, height, bytes) [number] = { width, height, bytes, 0 },
#include <vgpu/format.def>
#undef VGPU_FORMAT
};

const char *vgpu_format_name(uint32_t format)
{
	return format < VGPU_FORMAT_COUNT ? names[format] : NULL;
}

bool vgpu_format_is_2d(uint32_t format)
{
	switch (format) {
	case VGPU_FORMAT_B8G8R8A8_UNORM:
	case VGPU_FORMAT_B8G8R8X8_UNORM:
	case VGPU_FORMAT_A8R8G8B8_UNORM:
	case VGPU_FORMAT_X8R8G8B8_UNORM:
	case VGPU_FORMAT_R8G8B8A8_UNORM:
	case VGPU_FORMAT_X8B8G8R8_UNORM:
	case VGPU_FORMAT_A8B8G8R8_UNORM:
	case VGPU_FORMAT_R8G8B8X8_UNORM:
		return true;
	default:
		return false;
	}
}

struct vgpu_block vgpu_format_block(uint32_t format)
{
	return format < VGPU_FORMAT_COUNT ? blocks[format] : (struct vgpu_block) { 0, 0, 0, 0 };
}

const struct vgpu_block *vgpu_format_blocks(size_t *count)
{
	*count = VGPU_FORMAT_COUNT;
	return blocks;
}
