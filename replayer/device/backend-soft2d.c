/* SPDX-License-Identifier: MIT */
/*
 * 2D without any graphics library, as QEMU's virtio-gpu-pci does it with pixman: a resource is
 * rows of 32-bit pixels, and a transfer copies backing bytes into them.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static int soft2d_resource_create(struct vgpu_device *d, struct resource *r)
{
	uint64_t size;
	void *pixels;

	if (!vgpu_format_is_2d(r->format) || !r->width || !r->height || r->width > UINT32_MAX / 4)
		return EINVAL;
	r->stride = r->width * 4;
	if (r->height > UINT64_MAX / 8 / r->stride)
		return ENOMEM;
	size = (uint64_t)r->stride * r->height;
	if (size > d->profile.max_hostmem || d->hostmem > d->profile.max_hostmem - size)
		return ENOMEM;
	/* Pages that no transfer touches cost nothing. */
	pixels = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pixels == MAP_FAILED)
		return ENOMEM;
	r->pixels = pixels;
	r->hostmem = size;
	d->hostmem += size;
	return 0;
}

static int soft2d_blob_create(struct vgpu_device *d, struct resource *r,
			      const struct vgpu_resource_create_blob *args)
{
	(void)d;
	(void)args;
	return r->blob_mem == VGPU_BLOB_MEM_GUEST ? 0 : EINVAL;
}

static void soft2d_resource_destroy(struct vgpu_device *d, struct resource *r)
{
	if (r->pixels)
		munmap(r->pixels, r->hostmem);
	d->hostmem -= r->hostmem;
	r->pixels = NULL;
	r->hostmem = 0;
}

/* Rows in the backing are as far apart as in the resource, whatever the rectangle. */
static int soft2d_transfer_2d(struct vgpu_device *d, struct resource *r,
			      const struct vgpu_rect *rect, uint64_t offset)
{
	size_t row = (size_t)rect->width * 4;
	uint8_t *to;
	uint32_t y;

	(void)d;
	if (!r->pixels)
		return EINVAL;
	to = r->pixels + (size_t)rect->y * r->stride + (size_t)rect->x * 4;
	if (rect->x == 0 && rect->width == r->width) {
		memory_vec_read(r->backing.iov, r->backing.count, offset, to,
				(size_t)r->stride * rect->height);
		return 0;
	}
	for (y = 0; y < rect->height; y++) {
		memory_vec_read(r->backing.iov, r->backing.count, offset, to, row);
		if (offset > UINT64_MAX - r->stride)
			break;
		offset += r->stride;
		to += r->stride;
	}
	return 0;
}

static int soft2d_read(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
		       uint8_t *out, uint32_t stride)
{
	const uint8_t *from;
	uint32_t y;

	(void)d;
	if (!r->pixels)
		return EINVAL;
	from = r->pixels + (size_t)rect->y * r->stride + (size_t)rect->x * 4;
	for (y = 0; y < rect->height; y++)
		memcpy(out + (size_t)y * stride, from + (size_t)y * r->stride,
		       (size_t)rect->width * 4);
	return 0;
}

static int soft2d_read_content(struct vgpu_device *d, struct resource *r, uint32_t level,
			       uint32_t layer, const struct vgpu_device_content *content,
			       uint8_t *out, size_t room)
{
	(void)d;
	(void)room;
	(void)level;
	(void)layer;
	if (!r->pixels)
		return EINVAL;
	memcpy(out, r->pixels, content->size);
	return 0;
}

static int soft2d_write_content(struct vgpu_device *d, struct resource *r, uint32_t level,
				uint32_t layer, const struct vgpu_device_content *content,
				const uint8_t *bytes)
{
	(void)d;
	(void)level;
	(void)layer;
	if (!r->pixels)
		return EINVAL;
	memcpy(r->pixels, bytes, content->size);
	return 0;
}

const struct backend backend_soft2d = {
	.name = "soft2d",
	.profile = "qemu-2d",
	.pictures = true,
	.resource_create = soft2d_resource_create,
	.blob_create = soft2d_blob_create,
	.resource_destroy = soft2d_resource_destroy,
	.transfer_2d = soft2d_transfer_2d,
	.read = soft2d_read,
	.read_content = soft2d_read_content,
	.write_content = soft2d_write_content,
};
