/* SPDX-License-Identifier: MIT */
/* Scanouts and cursors: what is shown where, and reading it. */
#include "internal.h"

#include <errno.h>
#include <string.h>

/* No display is larger; keeps the sizes below within 32 bits. */
#define SCANOUT_PIXELS_MAX (1u << 28)

const struct vgpu_device_scanout *vgpu_device_scanout(const struct vgpu_device *d, uint32_t index)
{
	return index < d->scanout_count ? &d->scanouts[index].shown : NULL;
}

void scanout_forget(struct vgpu_device *d, uint32_t resource_id)
{
	uint32_t i;

	for (i = 0; i < d->scanout_count; i++) {
		if (d->scanouts[i].shown.resource_id == resource_id)
			d->scanouts[i] = (struct scanout) { 0 };
	}
}

void scanout_clear(struct vgpu_device *d)
{
	memset(d->scanouts, 0, sizeof(d->scanouts));
}

static bool scanout_index(struct vgpu_device *d, uint32_t index)
{
	if (index < d->scanout_count)
		return true;
	device_error(d, VGPU_RESP_ERR_INVALID_SCANOUT_ID, "there is no scanout %u", index);
	return false;
}

/* The rectangle is inside a picture of this size, and as large as the profile wants. */
static bool scanout_fits(struct vgpu_device *d, const struct vgpu_rect *r, uint32_t width,
			 uint32_t height)
{
	bool inside = r->x <= width && r->width <= width - r->x && r->y <= height &&
		      r->height <= height - r->y;

	if ((inside || d->profile.scanout_corner) && r->width >= d->profile.scanout_min &&
	    r->height >= d->profile.scanout_min &&
	    (uint64_t)r->width * r->height <= SCANOUT_PIXELS_MAX)
		return true;
	device_refuse(d, EINVAL, VGPU_RESP_ERR_INVALID_PARAMETER,
		      "%ux%u+%u+%u does not fit the picture of %ux%u", r->width, r->height, r->x,
		      r->y, width, height);
	return false;
}

void scanout_set(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_set_scanout c;
	struct resource *r;

	if (vgpu_decode_set_scanout(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (!scanout_index(d, c.scanout_id))
		return;
	/* QEMU's virgl device takes an empty rectangle as off. */
	if (d->profile.scanout_corner) {
		c.r.x = 0;
		c.r.y = 0;
	}
	/* hvisor's way of switching one off is to refuse that. */
	if (!d->profile.minimal &&
	    (!c.resource_id || (!d->profile.scanout_min && (!c.r.width || !c.r.height)))) {
		d->scanouts[c.scanout_id] = (struct scanout) { 0 };
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r)
		goto off;
	if (d->profile.wants_backing && !r->attached) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "resource %u has no backing", c.resource_id);
		return;
	}
	if (!scanout_fits(d, &c.r, r->width, r->height))
		goto off;
	if (d->profile.defers_transfers && r->pixels)
		memset(r->pixels, 0, r->hostmem);
	d->scanouts[c.scanout_id] = (struct scanout){
		.shown = {
			.resource_id = c.resource_id,
			.x = c.r.x,
			.y = c.r.y,
			.width = c.r.width,
			.height = c.r.height,
			.format = r->format,
		},
	};
	return;
off:
	/* Answered with OK, the scanout no longer shows the old picture either. */
	if (d->result.response_type < VGPU_RESP_ERR_UNSPEC)
		d->scanouts[c.scanout_id] = (struct scanout) { 0 };
}

void scanout_set_blob(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_set_scanout_blob c;
	struct resource *r;
	uint32_t pixel;
	uint64_t end;

	if (vgpu_decode_set_scanout_blob(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (!scanout_index(d, c.scanout_id))
		return;
	if (!c.resource_id) {
		d->scanouts[c.scanout_id] = (struct scanout) { 0 };
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r || !scanout_fits(d, &c.r, c.width, c.height))
		return;
	pixel = picture_pixel_size(c.format);
	if (!pixel || !c.r.width || !c.r.height) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER,
			     "a picture of %ux%u, format %u cannot be shown", c.r.width, c.r.height,
			     c.format);
		return;
	}
	end = (uint64_t)c.offsets[0] + (uint64_t)c.strides[0] * (c.r.y + c.r.height - 1ull) +
	      (uint64_t)pixel * (c.r.x + c.r.width);
	if (end > r->blob_size) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER,
			     "the picture ends at byte %llu of a blob of %llu",
			     (unsigned long long)end, (unsigned long long)r->blob_size);
		return;
	}
	d->scanouts[c.scanout_id] = (struct scanout){
		.shown = {
			.resource_id = c.resource_id,
			.x = c.r.x,
			.y = c.r.y,
			.width = c.r.width,
			.height = c.r.height,
			.format = c.format,
		},
		.blob = true,
		.stride = c.strides[0],
		.offset = c.offsets[0],
	};
}

void scanout_flush(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_flush c;
	struct resource *r;
	uint32_t i;
	int ret;

	if (vgpu_decode_resource_flush(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	/* crosvm has nothing to flush then. */
	if (!c.resource_id && d->profile.scanout_corner)
		return;
	r = resource_need(d, c.resource_id);
	if (!r)
		return;
	if (d->profile.minimal && !r->attached) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "resource %u has no backing", c.resource_id);
		return;
	}
	if (d->profile.checks_ids && !d->profile.scanout_corner && !r->blob_mem &&
	    (c.r.x > r->width || c.r.width > r->width - c.r.x || c.r.y > r->height ||
	     c.r.height > r->height - c.r.y)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER,
			     "%ux%u+%u+%u is not inside resource %u", c.r.width, c.r.height, c.r.x,
			     c.r.y, c.resource_id);
		return;
	}
	ret = transfer_pending(d, r);
	if (ret)
		device_refuse(d, ret, VGPU_RESP_ERR_UNSPEC, "the renderer refused the transfer");
	for (i = 0; i < d->scanout_count; i++) {
		if (d->scanouts[i].shown.resource_id == c.resource_id)
			d->result.shown |= 1u << i;
	}
}

int scanout_read_resource(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
			  uint8_t *out, uint32_t stride)
{
	if (d->backend->begin)
		d->backend->begin(d);
	return d->backend->read(d, r, rect, out, stride);
}

/* The picture of a blob in guest memory: no renderer is asked. */
static void scanout_read_guest(const struct scanout *s, const struct resource *r, uint8_t *out,
			       uint32_t pixel)
{
	size_t row = (size_t)s->shown.width * pixel;
	uint64_t from;
	uint32_t y;

	for (y = 0; y < s->shown.height; y++) {
		from = s->offset + (uint64_t)s->stride * (s->shown.y + y) +
		       (uint64_t)pixel * s->shown.x;
		memory_vec_read(r->backing.iov, r->backing.count, from, out + y * row, row);
	}
}

int vgpu_device_read(struct vgpu_device *d, uint32_t index, struct vgpu_device_picture *out)
{
	const struct vgpu_device_scanout *s = vgpu_device_scanout(d, index);
	struct vgpu_rect rect;
	struct resource *r;
	uint32_t pixel;
	size_t pixels;
	int ret = 0;

	r = s && s->resource_id ? resource_find(d, s->resource_id) : NULL;
	if (!r || !s->width || !s->height)
		return -ENOENT;
	pixel = picture_pixel_size(s->format);
	if (!pixel || !d->backend->pictures)
		return -ENOTSUP;
	pixels = (size_t)s->width * s->height;
	if (device_room(&d->raw, &d->raw_room, pixels * pixel) ||
	    device_room(&d->rgba, &d->rgba_room, pixels * 4))
		return -ENOMEM;
	if (d->scanouts[index].blob && r->blob_mem == VGPU_BLOB_MEM_GUEST) {
		scanout_read_guest(&d->scanouts[index], r, d->raw, pixel);
	} else {
		rect = (struct vgpu_rect) {
			.x = s->x, .y = s->y, .width = s->width, .height = s->height
		};
		/* A profile without checks may show more than there is. */
		if (!r->blob_mem && (rect.x + (uint64_t)rect.width > r->width ||
				     rect.y + (uint64_t)rect.height > r->height))
			return -EIO;
		ret = scanout_read_resource(d, r, &rect, d->raw, s->width * pixel);
	}
	if (ret)
		return -EIO;
	picture_convert(s->format, d->raw, d->rgba, pixels);
	*out = (struct vgpu_device_picture) {
		.rgba = d->rgba,
		.width = s->width,
		.height = s->height,
		.size = pixels * 4,
	};
	return 0;
}
