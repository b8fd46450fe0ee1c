/* SPDX-License-Identifier: MIT */
/* Commands that make, back and end resources. */
#include <errno.h>
#include <stdlib.h>

#include <vgpu/codec.h>

#include "device.h"

/* The create command's node, and the resource by its id. */
static void resource_add(struct edit_state *e, const struct edit_request *q,
			 struct edit_resource *r, uint32_t id)
{
	r->id = id;
	edit_set(e, &r->create);
	device_done(e);
	if (map_put(&q->device->resources, id, r)) {
		e->graph.error = -ENOMEM;
		edit_resource_drop(e, r);
		return;
	}
	graph_charge(&e->graph, 2 * sizeof(struct map_slot));
}

static void resource_create(struct edit_state *e, const struct edit_request *q,
			    const struct vgpu_resource_create_3d *c, bool is_2d)
{
	struct edit_resource *r;

	/* Every device refuses an id that is taken. */
	if (!c->resource_id || device_resource(q, c->resource_id))
		return;
	r = edit_resource_new(e);
	if (!r)
		return;
	edit_resource_shape(r, c);
	r->is_2d = is_2d;
	device_begin(e, q);
	resource_add(e, q, r, c->resource_id);
}

static void create_2d(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_create_2d c;

	if (vgpu_decode_resource_create_2d(q->bytes, q->size, &c))
		return;
	resource_create(e, q,
			&(struct vgpu_resource_create_3d) {
				.resource_id = c.resource_id,
				.target = VGPU_PIPE_TEXTURE_2D,
				.format = c.format,
				.width = c.width,
				.height = c.height,
				.depth = 1,
				.array_size = 1,
			},
			true);
}

static void create_3d(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_create_3d c;

	if (!vgpu_decode_resource_create_3d(q->bytes, q->size, &c))
		resource_create(e, q, &c, false);
}

/* The memory entries of a request, from `offset` on. False when they are not all there. */
static bool take_entries(struct edit_state *e, const struct edit_request *q, size_t offset,
			 uint32_t count, struct edit_resource *r)
{
	struct vgpu_mem_entry entry;
	struct edit_range *list;

	if (offset > q->size || count > (q->size - offset) / VGPU_MEM_ENTRY_SIZE)
		return false;
	list = calloc(count ? count : 1, sizeof(*list));
	if (!list) {
		e->graph.error = -ENOMEM;
		return false;
	}
	graph_refund(&e->graph, r->n_backing * sizeof(*list));
	free(r->backing);
	r->backing = list;
	r->n_backing = count;
	r->backing_size = 0;
	graph_charge(&e->graph, count * sizeof(*list));
	for (uint32_t i = 0; i < count; i++) {
		vgpu_decode_mem_entry(q->bytes + offset + (size_t)i * VGPU_MEM_ENTRY_SIZE,
				      VGPU_MEM_ENTRY_SIZE, &entry);
		list[i] = (struct edit_range) { entry.addr, entry.length };
		r->backing_size += entry.length;
	}
	r->attached = count > 0;
	return true;
}

static void create_blob(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_create_blob c;
	struct edit_context *ctx;
	struct edit_resource *r;

	if (vgpu_decode_resource_create_blob(q->bytes, q->size, &c) || !c.resource_id ||
	    device_resource(q, c.resource_id))
		return;
	r = edit_resource_new(e);
	if (!r)
		return;
	/* Its layout is not known here: one piece, written and read as a whole. */
	r->blob = true;
	r->target = VGPU_PIPE_TEXTURE_2D;
	r->width = r->height = UINT32_MAX;
	r->layers = r->levels = 1;
	r->planes = PLANE_COLOR;
	r->in_memory = c.blob_mem != VGPU_BLOB_MEM_HOST3D;
	if (r->in_memory && !take_entries(e, q, VGPU_RESOURCE_CREATE_BLOB_SIZE, c.nr_entries, r)) {
		edit_resource_drop(e, r);
		return;
	}
	device_begin(e, q);
	ctx = map_find(&q->device->contexts, c.hdr.ctx_id);
	if (c.hdr.ctx_id && ctx) {
		edit_need(e, ctx->create);
		edit_need(e, ctx->opaque ? ctx->chain : ctx->blobs);
		if (ctx->opaque)
			edit_set(e, &ctx->chain);
	}
	edit_set(e, &r->attach);
	resource_add(e, q, r, c.resource_id);
}

static void scanouts_forget(struct edit_state *e, struct edit_device *d,
			    const struct edit_resource *r)
{
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		if (d->scanouts[i].resource != r)
			continue;
		graph_set(&e->graph, &d->scanouts[i].node, 0);
		edit_resource_set(e, &d->scanouts[i].resource, NULL);
	}
}

static void unref(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_unref c;
	struct edit_context *ctx;
	struct edit_resource *r;

	if (vgpu_decode_resource_unref(q->bytes, q->size, &c))
		return;
	r = map_take(&q->device->resources, c.resource_id);
	if (!r)
		return;
	graph_refund(&e->graph, 2 * sizeof(struct map_slot));
	device_begin(e, q);
	device_done_with(e, r->create);
	scanouts_forget(e, q->device, r);
	for (size_t i = 0; (ctx = map_each(&q->device->contexts, &i));)
		device_attachment_free(e, map_take(&ctx->attachments, c.resource_id));
	edit_resource_drop(e, r);
}

static void attach_backing(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_attach_backing c;
	struct edit_resource *r;

	if (vgpu_decode_resource_attach_backing(q->bytes, q->size, &c))
		return;
	r = device_resource(q, c.resource_id);
	if (!r || r->attached || r->blob ||
	    !take_entries(e, q, VGPU_RESOURCE_ATTACH_BACKING_SIZE, c.nr_entries, r))
		return;
	r->attached = true;
	device_begin(e, q);
	edit_need(e, r->create);
	edit_set(e, &r->attach);
	/* vrend copies the contents of BIND_CUSTOM out to a new backing. */
	if (r->in_memory)
		edit_write(e, r, NULL, r->planes, false);
	device_done(e);
}

static void detach_backing(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_detach_backing c;
	struct edit_resource *r;

	if (vgpu_decode_resource_detach_backing(q->bytes, q->size, &c))
		return;
	r = device_resource(q, c.resource_id);
	if (!r || !r->attached || r->blob)
		return;
	device_begin(e, q);
	/* … and back in when it goes. */
	if (r->in_memory) {
		edit_write(e, r, NULL, r->planes, false);
		device_done(e);
	} else {
		device_done_with(e, r->attach);
	}
	graph_set(&e->graph, &r->attach, 0);
	graph_refund(&e->graph, r->n_backing * sizeof(*r->backing));
	free(r->backing);
	r->backing = NULL;
	r->n_backing = 0;
	r->backing_size = 0;
	r->attached = false;
}

/* What maps and names a resource is kept with it. */
static void with_resource(struct edit_state *e, const struct edit_request *q, uint32_t id)
{
	struct edit_resource *r = device_resource(q, id);

	if (!r)
		return;
	device_begin(e, q);
	device_done_with(e, r->create);
}

static void with_named(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_assign_uuid uuid;
	struct vgpu_resource_unmap_blob unmap;
	struct vgpu_resource_map_blob map;

	if (q->hdr.type == VGPU_CMD_RESOURCE_ASSIGN_UUID &&
	    !vgpu_decode_resource_assign_uuid(q->bytes, q->size, &uuid))
		with_resource(e, q, uuid.resource_id);
	if (q->hdr.type == VGPU_CMD_RESOURCE_MAP_BLOB &&
	    !vgpu_decode_resource_map_blob(q->bytes, q->size, &map))
		with_resource(e, q, map.resource_id);
	if (q->hdr.type == VGPU_CMD_RESOURCE_UNMAP_BLOB &&
	    !vgpu_decode_resource_unmap_blob(q->bytes, q->size, &unmap))
		with_resource(e, q, unmap.resource_id);
}

void device_resources(struct edit_state *e, const struct edit_request *q)
{
	switch (q->hdr.type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
		create_2d(e, q);
		break;
	case VGPU_CMD_RESOURCE_CREATE_3D:
		create_3d(e, q);
		break;
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		create_blob(e, q);
		break;
	case VGPU_CMD_RESOURCE_UNREF:
		unref(e, q);
		break;
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
		attach_backing(e, q);
		break;
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		detach_backing(e, q);
		break;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
	case VGPU_CMD_RESOURCE_UNMAP_BLOB:
	case VGPU_CMD_RESOURCE_ASSIGN_UUID:
		with_named(e, q);
		break;
	}
}
