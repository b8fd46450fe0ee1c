/* SPDX-License-Identifier: MIT */
/* Transfers between resources and their backing. */
#include <vgpu/codec.h>

#include "device.h"

static void transfer_2d(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_transfer_to_host_2d c;
	struct edit_resource *r;
	struct vgpu_extent extent;
	struct box box;
	bool inside;

	if (vgpu_decode_transfer_to_host_2d(q->bytes, q->size, &c))
		return;
	r = device_resource(q, c.resource_id);
	if (!r)
		return;
	inside = edit_box(r, 0,
			  &(struct vgpu_box) {
				  .x = c.r.x, .y = c.r.y, .w = c.r.width, .h = c.r.height, .d = 1 },
			  &box);
	vgpu_transfer_extent_2d(r->width, r->height, c.r.x, c.r.y, c.r.width, c.r.height, c.offset,
				&extent);
	device_begin(e, q);
	if (e->keep) {
		edit_need(e, r->create);
		edit_need(e, r->attach);
		edit_set(e, &r->noted);
	}
	edit_read_backing(e, r, extent.begin, extent.end);
	/* The extent is reckoned with 4 bytes a pixel, which QEMU's 2D device has alone. */
	if (!r->is_2d)
		edit_read_backing(e, r, 0, UINT64_MAX);
	edit_write(e, r, inside ? &box : NULL, r->planes,
		   inside && r->plain && r->is_2d && r->attached &&
			   c.r.height * (uint64_t)r->width * 4 <= r->backing_size &&
			   c.offset <= r->backing_size - c.r.height * (uint64_t)r->width * 4);
	device_done(e);
}

/* The context that a stream or transfer names, and the resource as the context knows it. */
static struct edit_resource *through_context(struct edit_state *e, const struct edit_request *q,
					     uint32_t id, struct edit_context **out)
{
	struct edit_attachment *a;
	struct edit_context *ctx;

	*out = ctx = map_find(&q->device->contexts, q->hdr.ctx_id);
	a = ctx ? edit_attached(ctx, id) : NULL;
	if (!a)
		return NULL;
	edit_need(e, ctx->create);
	edit_need(e, a->node);
	return a->resource;
}

static void transfer_3d(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_transfer_host_3d c;
	struct edit_context *ctx;
	struct edit_resource *r;

	if (vgpu_decode_transfer_host_3d(q->bytes, q->size, &c))
		return;
	device_begin(e, q);
	if (!c.hdr.ctx_id) {
		r = device_resource(q, c.resource_id);
	} else {
		r = through_context(e, q, c.resource_id, &ctx);
		/* The host's context takes it amiss. */
		if (!r && ctx && device_resource(q, c.resource_id))
			edit_context_give_up(e, ctx);
	}
	if (!r)
		return;
	edit_transfer(e, r, r,
		      &(struct vgpu_transfer) {
			      .resource_id = c.resource_id,
			      .level = c.level,
			      .stride = c.stride,
			      .layer_stride = c.layer_stride,
			      .x = c.box.x,
			      .y = c.box.y,
			      .z = c.box.z,
			      .w = c.box.w,
			      .h = c.box.h,
			      .d = c.box.d,
			      .offset = c.offset,
		      },
		      c.hdr.type == VGPU_CMD_TRANSFER_TO_HOST_3D);
	device_done(e);
}

void device_transfers(struct edit_state *e, const struct edit_request *q)
{
	switch (q->hdr.type) {
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		transfer_2d(e, q);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		transfer_3d(e, q);
		break;
	}
}
