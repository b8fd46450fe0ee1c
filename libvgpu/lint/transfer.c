/* SPDX-License-Identifier: MIT */
/* Findings about boxes: transfers, flushes, scanouts, cursors. */
#include "state.h"

#define CURSOR_PIXELS  64u
#define SCANOUT_PIXELS 16u /* QEMU takes no smaller one */

/* begin + size <= limit, without wrapping */
static bool within(uint32_t begin, uint32_t size, uint32_t limit)
{
	return (uint64_t)begin + size <= limit;
}

static uint32_t level_size(uint32_t size, uint32_t level)
{
	return vgpu_transfer_level_size(size, level);
}

static bool box_within(const struct vgpu_track_resource *r, const struct vgpu_transfer *t)
{
	uint32_t layers = r->target == VGPU_PIPE_TEXTURE_3D ? level_size(r->depth, t->level)
							    : r->array_size;

	if (r->target == VGPU_PIPE_BUFFER)
		return within(t->x, t->w, r->width);
	return within(t->x, t->w, level_size(r->width, t->level)) &&
	       within(t->y, t->h, level_size(r->height, t->level)) && within(t->z, t->d, layers);
}

static void check_extent(struct vgpu_lint *l, const struct vgpu_shape *shape,
			 const struct vgpu_track_resource *r, const struct vgpu_transfer *t,
			 size_t offset)
{
	struct vgpu_extent extent;
	uint64_t row;

	if (r->kind == VGPU_TRACK_BLOB && !r->backed)
		return; /* host memory */
	if (!r->backed) {
		lint_report(l, VGPU_LINT_TRANSFER_NO_BACKING, offset, "resource %u has no backing",
			    r->id);
		return;
	}
	if (shape->target != VGPU_TARGET_BUFFER && shape->block.width && t->stride) {
		row = (uint64_t)vgpu_transfer_blocks(t->w, shape->block.width) * shape->block.bytes;
		if (t->stride < row)
			lint_report(l, VGPU_LINT_STRIDE_SMALL, offset,
				    "stride is %u, a row of the box has %U bytes", t->stride, row);
	}
	if (vgpu_transfer_extent(shape, t, &extent) && extent.end > extent.begin &&
	    extent.end > r->backing_bytes)
		lint_report(l, VGPU_LINT_BEYOND_BACKING, offset,
			    "bytes %U to %U of resource %u, whose backing has %U", extent.begin,
			    extent.end, r->id, r->backing_bytes);
}

void lint_transfer(struct vgpu_lint *l, const struct vgpu_track_resource *shape,
		   const struct vgpu_track_resource *r, const struct vgpu_transfer *t,
		   size_t offset)
{
	struct vgpu_shape s;

	if (!vgpu_track_shape(shape, &s))
		return;
	if (t->level > shape->last_level)
		lint_report(l, VGPU_LINT_LEVEL_RANGE, offset, "level %u, the last one is %u",
			    t->level, shape->last_level);
	else if (!box_within(shape, t))
		lint_report(l, VGPU_LINT_BOX_OUTSIDE, offset,
			    "%u,%u,%u + %u x %u x %u is not inside resource %u (%u x %u, level %u)",
			    t->x, t->y, t->z, t->w, t->h, t->d, shape->id, shape->width,
			    shape->height, t->level);
	else if (lint_sure(l, r->created))
		check_extent(l, &s, r, t, offset);
}

static void transfer_2d(struct vgpu_lint *l)
{
	struct vgpu_transfer_to_host_2d c;
	const struct vgpu_track_resource *r;
	struct vgpu_transfer t = { 0 };

	vgpu_decode_transfer_to_host_2d(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(transfer_to_host_2d, resource_id));
	if (!r)
		return;
	t.resource_id = c.resource_id;
	t.x = c.r.x;
	t.y = c.r.y;
	t.w = c.r.width;
	t.h = c.r.height;
	t.d = 1;
	t.offset = c.offset;
	lint_transfer(l, r, r, &t, FIELD(transfer_to_host_2d, r));
}

static void transfer_3d(struct vgpu_lint *l)
{
	struct vgpu_transfer_host_3d c;
	const struct vgpu_track_resource *r;
	const struct vgpu_track_context *ctx = NULL;
	struct vgpu_transfer t;

	vgpu_decode_transfer_host_3d(l->m->wire, l->m->size, &c);
	if (c.hdr.ctx_id)
		ctx = lint_context(l, c.hdr.ctx_id);
	r = lint_resource(l, c.resource_id, FIELD(transfer_host_3d, resource_id));
	if (!r)
		return;
	if (ctx && lint_sure(l, ctx->created) && lint_sure(l, r->created) &&
	    !vgpu_track_is_attached(l->t, ctx->id, r->id))
		lint_report(l, VGPU_LINT_NOT_ATTACHED, FIELD(transfer_host_3d, resource_id),
			    "resource %u is not attached to context %u", r->id, ctx->id);
	t.resource_id = c.resource_id;
	t.level = c.level;
	t.stride = c.stride;
	t.layer_stride = c.layer_stride;
	t.x = c.box.x;
	t.y = c.box.y;
	t.z = c.box.z;
	t.w = c.box.w;
	t.h = c.box.h;
	t.d = c.box.d;
	t.offset = c.offset;
	lint_transfer(l, r, r, &t, FIELD(transfer_host_3d, box));
}

static void flush(struct vgpu_lint *l)
{
	struct vgpu_resource_flush c;
	const struct vgpu_track_resource *r;

	vgpu_decode_resource_flush(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(resource_flush, resource_id));
	if (!r || r->kind == VGPU_TRACK_BLOB)
		return;
	if (!within(c.r.x, c.r.width, r->width) || !within(c.r.y, c.r.height, r->height))
		lint_report(l, VGPU_LINT_BOX_OUTSIDE, FIELD(resource_flush, r),
			    "%u,%u + %u x %u is not inside resource %u (%u x %u)", c.r.x, c.r.y,
			    c.r.width, c.r.height, r->id, r->width, r->height);
}

void lint_transfers(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	switch (hdr->type) {
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		transfer_2d(l);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		transfer_3d(l);
		break;
	case VGPU_CMD_RESOURCE_FLUSH:
		flush(l);
		break;
	}
}

/* Scanouts, cursors */

static void check_scanout_id(struct vgpu_lint *l, uint32_t id, size_t offset)
{
	uint32_t limit = l->options.num_scanouts ? l->options.num_scanouts : VGPU_MAX_SCANOUTS;

	if (id >= limit)
		lint_report(l, VGPU_LINT_SCANOUT_RANGE, offset, "scanout %u of %u", id, limit);
}

static void check_scanout_rect(struct vgpu_lint *l, const struct vgpu_rect *r, uint32_t width,
			       uint32_t height, size_t offset)
{
	if (!within(r->x, r->width, width) || !within(r->y, r->height, height))
		lint_report(l, VGPU_LINT_SCANOUT_OUTSIDE, offset,
			    "%u,%u + %u x %u is not inside %u x %u", r->x, r->y, r->width,
			    r->height, width, height);
	else if (r->width < SCANOUT_PIXELS || r->height < SCANOUT_PIXELS)
		lint_report(l, VGPU_LINT_SCANOUT_SMALL, offset, "%u x %u", r->width, r->height);
}

static void set_scanout(struct vgpu_lint *l)
{
	struct vgpu_set_scanout c;
	const struct vgpu_track_resource *r;

	vgpu_decode_set_scanout(l->m->wire, l->m->size, &c);
	check_scanout_id(l, c.scanout_id, FIELD(set_scanout, scanout_id));
	if (!c.resource_id)
		return;
	r = lint_resource(l, c.resource_id, FIELD(set_scanout, resource_id));
	if (!r || r->kind == VGPU_TRACK_BLOB)
		return;
	check_scanout_rect(l, &c.r, r->width, r->height, FIELD(set_scanout, r));
	if (r->kind == VGPU_TRACK_2D && !r->backed && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_SCANOUT_NO_BACKING, FIELD(set_scanout, resource_id),
			    "resource %u has no backing", r->id);
}

static void check_layout(struct vgpu_lint *l, const struct vgpu_set_scanout_blob *c,
			 const struct vgpu_track_resource *r)
{
	uint64_t row = (uint64_t)c->width * 4, end; /* all eight formats have 4 bytes a pixel */

	if (!vgpu_format_is_2d(c->format)) {
		lint_report(l, VGPU_LINT_FORMAT_NOT_2D, FIELD(set_scanout_blob, format),
			    "format %u", c->format);
		return;
	}
	if (c->strides[0] < row)
		lint_report(l, VGPU_LINT_STRIDE_SMALL, FIELD(set_scanout_blob, strides),
			    "stride is %u, a row has %U bytes", c->strides[0], row);
	if (!c->width || !c->height)
		return;
	end = c->offsets[0] + (uint64_t)c->strides[0] * (c->height - 1) + row;
	if (end > r->blob_size)
		lint_report(l, VGPU_LINT_SCANOUT_BEYOND_BLOB, FIELD(set_scanout_blob, offsets),
			    "the picture ends at byte %U, resource %u has %U", end, r->id,
			    r->blob_size);
}

static void set_scanout_blob(struct vgpu_lint *l)
{
	struct vgpu_set_scanout_blob c;
	const struct vgpu_track_resource *r;

	vgpu_decode_set_scanout_blob(l->m->wire, l->m->size, &c);
	check_scanout_id(l, c.scanout_id, FIELD(set_scanout_blob, scanout_id));
	if (!c.resource_id)
		return;
	r = lint_resource(l, c.resource_id, FIELD(set_scanout_blob, resource_id));
	check_scanout_rect(l, &c.r, c.width, c.height, FIELD(set_scanout_blob, r));
	if (r && r->kind == VGPU_TRACK_BLOB)
		check_layout(l, &c, r);
	else if (r)
		lint_report(l, VGPU_LINT_SCANOUT_NOT_BLOB, FIELD(set_scanout_blob, resource_id),
			    "resource %u is no blob", r->id);
}

static bool is_filling(const struct vgpu_track_pending *p, uint32_t id)
{
	return p->resource_id == id && !p->completed &&
	       (p->hdr.type == VGPU_CMD_TRANSFER_TO_HOST_2D ||
		p->hdr.type == VGPU_CMD_TRANSFER_TO_HOST_3D);
}

static void cursor(struct vgpu_lint *l)
{
	const struct vgpu_track_pending *p = NULL;
	struct vgpu_update_cursor c;
	const struct vgpu_track_resource *r;
	size_t at = FIELD(update_cursor, resource_id);

	vgpu_decode_update_cursor(l->m->wire, l->m->size, &c);
	check_scanout_id(l, c.pos.scanout_id, FIELD(update_cursor, pos));
	if (c.hdr.type == VGPU_CMD_MOVE_CURSOR || !c.resource_id)
		return;
	r = lint_resource(l, c.resource_id, at);
	if (!r)
		return;
	if (r->kind != VGPU_TRACK_BLOB && (r->width != CURSOR_PIXELS || r->height != CURSOR_PIXELS))
		lint_report(l, VGPU_LINT_CURSOR_SIZE, at, "resource %u is %u x %u", r->id, r->width,
			    r->height);
	while (!l->lost_answers && (p = vgpu_track_pending_next(l->t, p))) {
		if (!is_filling(p, r->id))
			continue;
		lint_report(l, VGPU_LINT_CURSOR_NOT_READY, at,
			    "command %U still transfers into resource %u", p->number, r->id);
		break;
	}
}

void lint_scanouts(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	struct vgpu_cmd_get_edid edid;

	switch (hdr->type) {
	case VGPU_CMD_SET_SCANOUT:
		set_scanout(l);
		break;
	case VGPU_CMD_SET_SCANOUT_BLOB:
		set_scanout_blob(l);
		break;
	case VGPU_CMD_GET_EDID:
		vgpu_decode_cmd_get_edid(l->m->wire, l->m->size, &edid);
		check_scanout_id(l, edid.scanout, FIELD(cmd_get_edid, scanout));
		break;
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		cursor(l);
		break;
	}
}
