/* SPDX-License-Identifier: MIT */
/*
 * Which bytes of a resource's backing a transfer reads or writes: shared by the recorder (also
 * inside its BPF programs), the replayer and the lint, so header-only and freestanding.
 * Source: virglrenderer src/vrend/vrend_renderer.c (check_transfer_iov_bounds and the transfer
 * functions), QEMU hw/display/virtio-gpu.c (2D).
 */
#ifndef VGPU_TRANSFER_H
#define VGPU_TRANSFER_H

/* BPF programs have these types from vmlinux.h. */
#ifndef VGPU_BPF
#include <stdbool.h>
#include <stdint.h>
#endif

#define VGPU_TARGET_BUFFER 0 /* PIPE_BUFFER; every other target is a texture */

/* Size of one block of a pixel format; 1×1 pixels for all but compressed formats. */
struct vgpu_block {
	uint8_t width;  /* pixels; 0: format not known */
	uint8_t height; /* pixels */
	uint8_t bytes;
	uint8_t reserved;
};

/* What the extent needs to know of a resource. */
struct vgpu_shape {
	uint32_t target;
	uint32_t width;  /* pixels; bytes for a buffer */
	uint32_t height; /* pixels */
	struct vgpu_block block;
};

/* One transfer, from the device command or from inside a virgl stream. */
struct vgpu_transfer {
	uint32_t resource_id; /* the resource whose backing is read or written */
	uint32_t level;
	uint32_t stride;       /* bytes; 0: rows are packed */
	uint32_t layer_stride; /* bytes; 0: layers are packed */
	uint32_t x, y, z, w, h, d;
	uint64_t offset; /* bytes into the backing */
};

/* Bytes begin .. end - 1 of the backing; empty when begin == end. */
struct vgpu_extent {
	uint64_t begin;
	uint64_t end;
};

static inline uint32_t vgpu_transfer_blocks(uint32_t pixels, uint32_t block)
{
	return (uint32_t)(((uint64_t)pixels + block - 1) / block);
}

static inline uint32_t vgpu_transfer_level_size(uint32_t size, uint32_t level)
{
	size = level < 32 ? size >> level : 0;
	return size ? size : 1;
}

/*
 * For transfers to the host; the host's way back ignores layer_stride and block height in its layer
 * stride. Fills *out with the smallest range that holds every byte of the transfer; gaps between rows are
 * inside it. Returns true when the range is exact; false when the format is not known, where *out
 * runs from the offset to the end of the address space and the caller clips it to the backing.
 * Never overflows: sizes that do not fit 64 bits saturate.
 */
static inline bool vgpu_transfer_extent(const struct vgpu_shape *shape,
					const struct vgpu_transfer *t, struct vgpu_extent *out)
{
	uint64_t row, stride, layer, size;
	uint32_t rows, depth;

	out->begin = t->offset;
	out->end = t->offset;
	if (!t->w)
		return true;
	if (shape->target == VGPU_TARGET_BUFFER) {
		/* The host looks at the width only, whatever height and depth are. */
		size = t->w;
	} else if (!t->h) {
		return true;
	} else if (!shape->block.width || !shape->block.height) {
		out->end = UINT64_MAX;
		return false;
	} else {
		row = (uint64_t)vgpu_transfer_blocks(t->w, shape->block.width) * shape->block.bytes;
		rows = vgpu_transfer_blocks(t->h, shape->block.height);
		stride = t->stride;
		if (!stride)
			stride = (uint64_t)vgpu_transfer_blocks(
					 vgpu_transfer_level_size(shape->width, t->level),
					 shape->block.width) *
				 shape->block.bytes;
		layer = t->layer_stride;
		if (!layer)
			layer = stride * vgpu_transfer_blocks(
						 vgpu_transfer_level_size(shape->height, t->level),
						 shape->block.height);
		/* 32-bit counts times 40-bit strides: only the layer product can pass 64 bits. */
		depth = t->d ? t->d : 1; /* a 2D texture is read even with a depth of 0 */
		if (layer && (uint64_t)(depth - 1) > (UINT64_MAX >> 1) / layer) {
			out->end = UINT64_MAX;
			return false;
		}
		size = (depth - 1) * layer;
		if (stride > (UINT64_MAX >> 2) / rows) {
			out->end = UINT64_MAX;
			return false;
		}
		size += (rows - 1) * stride + row;
	}
	out->end = size > UINT64_MAX - t->offset ? UINT64_MAX : t->offset + size;
	return true;
}

/*
 * The same for TRANSFER_TO_HOST_2D of a `width` x `height` resource: 4 bytes a pixel, rows as long
 * as the resource's. QEMU 7.2 takes the whole image from offset 0 when the rectangle starts
 * there and is as wide as the resource, however low it is; so does this, for a superset.
 */
static inline void vgpu_transfer_extent_2d(uint32_t width, uint32_t height, uint32_t x, uint32_t y,
					   uint32_t w, uint32_t h, uint64_t offset,
					   struct vgpu_extent *out)
{
	uint64_t stride = (uint64_t)width * 4, size = 0;

	if (!offset && !x && !y && w == width && h < height)
		h = height;
	if (w && h && stride && h - 1 > (UINT64_MAX >> 1) / stride)
		size = UINT64_MAX;
	else if (w && h)
		size = (h - 1) * stride + (uint64_t)w * 4;
	out->begin = offset;
	out->end = size > UINT64_MAX - offset ? UINT64_MAX : offset + size;
}

#endif
