/* SPDX-License-Identifier: MIT */
/* The cursors: where they are, and their pictures as they were when they were set. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void cursor_hide(struct cursor *c)
{
	free(c->rgba);
	c->rgba = NULL;
	c->resource_id = 0;
}

void cursor_clear(struct vgpu_device *d)
{
	uint32_t i;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		cursor_hide(&d->cursors[i]);
		d->cursors[i] = (struct cursor) { 0 };
	}
}

/* 0: the picture is in *c. */
static int cursor_read(struct vgpu_device *d, struct cursor *c, struct resource *r)
{
	struct vgpu_rect rect = { .width = r->width, .height = r->height };
	uint32_t pixel = picture_pixel_size(r->format);
	size_t pixels = (size_t)r->width * r->height, i;
	int alpha, ret;

	if (!d->backend->pictures || !pixel || !pixels || r->width > VGPU_DEVICE_CURSOR_MAX ||
	    r->height > VGPU_DEVICE_CURSOR_MAX)
		return -ENOTSUP;
	if (device_room(&d->raw, &d->raw_room, pixels * pixel))
		return -ENOMEM;
	ret = scanout_read_resource(d, r, &rect, d->raw, r->width * pixel);
	if (ret)
		return -EIO;
	c->rgba = malloc(pixels * 4);
	if (!c->rgba)
		return -ENOMEM;
	picture_convert(r->format, d->raw, c->rgba, pixels);
	alpha = picture_alpha_byte(r->format);
	for (i = 0; alpha >= 0 && i < pixels; i++)
		c->rgba[i * 4 + 3] = d->raw[i * 4 + (size_t)alpha];
	c->width = r->width;
	c->height = r->height;
	return 0;
}

/* The scanout's cursor, moved; NULL: the outcome is set, or there is nothing to do. */
static struct cursor *cursor_place(struct vgpu_device *d, const struct request *rq,
				   struct vgpu_update_cursor *out)
{
	struct cursor *c;

	if (vgpu_decode_update_cursor(rq->bytes, rq->size, out)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return NULL;
	}
	/* To QEMU, a cursor on a scanout that is not there is nothing to complain about. */
	if (out->pos.scanout_id >= d->scanout_count) {
		if (d->profile.cursor_corner)
			device_error(d, VGPU_RESP_ERR_INVALID_SCANOUT_ID, "there is no scanout %u",
				     out->pos.scanout_id);
		return NULL;
	}
	c = &d->cursors[out->pos.scanout_id];
	c->x = out->pos.x;
	c->y = out->pos.y;
	return c;
}

void cursor_update(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_update_cursor u;
	struct cursor *c = cursor_place(d, rq, &u);
	struct resource *r;

	if (!c)
		return;
	cursor_hide(c);
	d->result.resource_id = u.resource_id;
	c->resource_id = u.resource_id;
	c->hot_x = u.hot_x;
	c->hot_y = u.hot_y;
	if (!u.resource_id)
		return;
	r = resource_find(d, u.resource_id);
	if (r) {
		if (d->keep_cursors)
			cursor_read(d, c, r);
		return;
	}
	d->result.unknown = !id_set_has(&d->seen_resources, u.resource_id);
	if (d->profile.cursor_corner)
		device_error(d, VGPU_RESP_ERR_INVALID_RESOURCE_ID, "resource %u does not exist",
			     u.resource_id);
	else
		device_refuse(d, ENOENT, VGPU_RESP_OK_NODATA, "resource %u does not exist",
			      u.resource_id);
}

void cursor_move(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_update_cursor u;

	cursor_place(d, rq, &u);
}

bool vgpu_device_cursor(const struct vgpu_device *d, uint32_t index, struct vgpu_device_cursor *out)
{
	const struct cursor *c = &d->cursors[index < d->scanout_count ? index : 0];

	if (index >= d->scanout_count)
		return false;
	*out = (struct vgpu_device_cursor) {
		.resource_id = c->resource_id,
		.x = (int32_t)(c->x - (d->profile.cursor_corner ? 0 : c->hot_x)),
		.y = (int32_t)(c->y - (d->profile.cursor_corner ? 0 : c->hot_y)),
		.rgba = c->rgba,
		.width = c->width,
		.height = c->height,
	};
	return true;
}
