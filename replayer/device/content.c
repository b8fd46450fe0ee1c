/* SPDX-License-Identifier: MIT */
/* What a resource holds: one level and layer of it. */
#include "internal.h"

#include <errno.h>
#include <string.h>

/* No level of a texture is larger; bounds what hostile shapes make us allocate. */
#define CONTENT_MAX (1ull << 30)

static uint32_t content_layers(const struct resource *r, uint32_t level)
{
	switch (r->target) {
	case VGPU_PIPE_TEXTURE_3D:
		return vgpu_transfer_level_size(r->depth, level);
	case VGPU_PIPE_TEXTURE_CUBE:
		return 6;
	case VGPU_PIPE_TEXTURE_1D_ARRAY:
	case VGPU_PIPE_TEXTURE_2D_ARRAY:
	case VGPU_PIPE_TEXTURE_CUBE_ARRAY:
		return r->array_size;
	default:
		return 1;
	}
}

bool content_shape(const struct resource *r, uint32_t level, uint32_t layer,
		   struct vgpu_device_content *out, struct vgpu_block *block)
{
	uint64_t stride, rows;

	*out = (struct vgpu_device_content) { .format = r->format };
	*block = (struct vgpu_block) { 1, 1, 1, 0 };
	if (r->blob_mem) {
		out->format = 0;
		out->width = r->blob_size > UINT32_MAX ? 0 : (uint32_t)r->blob_size;
		out->height = 1;
	} else {
		out->width = vgpu_transfer_level_size(r->width, level);
		out->height = r->target == VGPU_PIPE_BUFFER
				      ? 1
				      : vgpu_transfer_level_size(r->height, level);
		if (r->target == VGPU_PIPE_BUFFER)
			out->format = 0;
		else
			*block = vgpu_format_block(r->format);
	}
	out->levels = r->blob_mem ? 1 : r->last_level + 1;
	out->layers = content_layers(r, level);
	if (level >= out->levels || layer >= out->layers || !block->width || !out->width)
		return false;
	/* The renderer reads none of the samples, and does not say so. */
	if (r->nr_samples > 1)
		return false;
	stride = (uint64_t)vgpu_transfer_blocks(out->width, block->width) * block->bytes;
	rows = vgpu_transfer_blocks(out->height, block->height);
	if (stride > UINT32_MAX || stride * rows > CONTENT_MAX)
		return false;
	out->stride = (uint32_t)stride;
	out->size = (size_t)(stride * rows);
	return true;
}

int vgpu_device_read_content(struct vgpu_device *d, uint32_t resource_id, uint32_t level,
			     uint32_t layer, struct vgpu_device_content *out)
{
	struct resource *r = resource_find(d, resource_id);
	struct vgpu_block block;
	uint64_t all;

	*out = (struct vgpu_device_content) { 0 };
	if (!r)
		return -ENOENT;
	if (!content_shape(r, level, layer, out, &block))
		return -ENOTSUP;
	all = (uint64_t)out->size * out->layers;
	if (device_room(&d->raw, &d->raw_room, all > CONTENT_MAX ? out->size : (size_t)all))
		return -ENOMEM;
	memset(d->raw, 0, out->size);
	out->bytes = d->raw;
	if (r->blob_mem == VGPU_BLOB_MEM_GUEST) {
		memory_vec_read(r->backing.iov, r->backing.count, 0, d->raw, out->size);
		return 0;
	}
	if (!d->backend->read_content || r->blob_mem)
		return -ENOTSUP;
	if (d->backend->begin)
		d->backend->begin(d);
	return d->backend->read_content(d, r, level, layer, out, d->raw, d->raw_room) ? -EIO : 0;
}

int vgpu_device_content_picture(struct vgpu_device *d, const struct vgpu_device_content *content,
				struct vgpu_device_picture *out)
{
	size_t pixels = (size_t)content->width * content->height;
	uint32_t pixel = picture_pixel_size(content->format);

	if (!pixel || content->stride != content->width * pixel || content->bytes != d->raw)
		return -ENOTSUP;
	if (device_room(&d->rgba, &d->rgba_room, pixels * 4))
		return -ENOMEM;
	picture_convert(content->format, d->raw, d->rgba, pixels);
	*out = (struct vgpu_device_picture) {
		.rgba = d->rgba,
		.width = content->width,
		.height = content->height,
		.size = pixels * 4,
	};
	return 0;
}
