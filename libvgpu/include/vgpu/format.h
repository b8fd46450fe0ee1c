/* SPDX-License-Identifier: MIT */
/*
 * Pixel formats: gallium's numbers as virgl froze them. The eight formats of the 2D commands are
 * a subset with the same numbers. Source: virglrenderer src/virgl_hw.h.
 */
#ifndef VGPU_FORMAT_H
#define VGPU_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/transfer.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* VGPU_FORMAT_<name> */
enum vgpu_format {
#define VGPU_FORMAT(number, name, width, height, bytes) VGPU_FORMAT_##name = (number),
#include <vgpu/format.def>
#undef VGPU_FORMAT
	VGPU_FORMAT_COUNT /* one past the largest number */
};

/* "B8G8R8A8_UNORM"; NULL for a number that has no name. Static strings. */
const char *vgpu_format_name(uint32_t format);

/*
 * Whether the 2D commands take it (enum virtio_gpu_formats of <linux/virtio_gpu.h>, spec 5.7.6.8):
 * eight formats, all of 4 bytes a pixel. Others are for RESOURCE_CREATE_3D alone.
 */
bool vgpu_format_is_2d(uint32_t format);

/*
 * The format's block: 1x1 pixels for all but compressed and subsampled formats. All zero for a
 * number without a format, NONE, and formats whose planes differ.
 */
struct vgpu_block vgpu_format_block(uint32_t format);

/* The same as a static array indexed by number, *count long. */
const struct vgpu_block *vgpu_format_blocks(size_t *count);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
