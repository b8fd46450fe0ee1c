/* SPDX-License-Identifier: MIT */
/* What the commands of the device do to its state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "state.h"

/* A command and what it goes to. */
struct edit_request {
	const struct vgpu_trace_command *command;
	const uint8_t *bytes;
	size_t size;
	struct vgpu_ctrl_hdr hdr;
	struct edit_device *device;
};

static void set_out(struct edit_state *e, const struct edit_request *q)
{
	node_t *process = map_find(&e->processes, q->command->pid);
	node_t *name = q->hdr.ctx_id ? map_find(&e->names, q->hdr.ctx_id) : NULL;

	edit_begin(e);
	edit_need(e, process ? *process : 0);
	edit_need(e, name ? *name : 0);
}

/* The node of a whole command that is of use only through what was set or written. */
static void done(struct edit_state *e)
{
	graph_drop(&e->graph, edit_end(e, e->whole_node));
}

/* The node of a command that ends what `begun` began: the two are kept together. */
static void done_with(struct edit_state *e, node_t begun)
{
	node_t node;

	/* In the range it must find what it ends. */
	if (e->graph.marking)
		edit_need(e, begun);
	node = edit_end(e, e->whole_node);
	graph_also(&e->graph, begun, node);
	graph_drop(&e->graph, node);
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

static void attachment_free(struct edit_state *e, struct edit_attachment *a)
{
	if (!a)
		return;
	graph_drop(&e->graph, a->node);
	edit_resource_drop(e, a->resource);
	graph_refund(&e->graph, sizeof(*a) + 2 * sizeof(struct map_slot));
	free(a);
}

static void context_clear(struct edit_state *e, struct edit_context *ctx)
{
	struct edit_attachment *a;

	for (size_t i = 0; (a = map_each(&ctx->attachments, &i));)
		attachment_free(e, a);
	map_finish(&ctx->attachments);
	edit_context_free(e, ctx);
}

void edit_device_clear(struct edit_state *e, struct edit_device *d)
{
	struct edit_context *ctx;
	struct edit_resource *r;
	node_t *asked;

	for (size_t i = 0; (ctx = map_each(&d->contexts, &i));)
		context_clear(e, ctx);
	map_finish(&d->contexts);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		graph_set(&e->graph, &d->scanouts[i].node, 0);
		edit_resource_set(e, &d->scanouts[i].resource, NULL);
		graph_set(&e->graph, &d->cursors[i], 0);
		graph_set(&e->graph, &d->moves[i], 0);
	}
	for (size_t i = 0; (r = map_each(&d->resources, &i));)
		edit_resource_drop(e, r);
	map_finish(&d->resources);
	for (size_t i = 0; (asked = map_each(&d->asked, &i));) {
		graph_drop(&e->graph, *asked);
		free(asked);
	}
	map_finish(&d->asked);
}

static struct edit_device *device(struct edit_state *e, uint32_t index)
{
	if (index >= EDIT_DEVICES) {
		e->graph.error = VGPU_ERR_TOO_LARGE;
		return NULL;
	}
	if (!e->devices[index]) {
		e->devices[index] = calloc(1, sizeof(*e->devices[index]));
		if (!e->devices[index])
			e->graph.error = -ENOMEM;
	}
	return e->devices[index];
}

static struct edit_resource *resource(const struct edit_request *q, uint32_t id)
{
	return map_find(&q->device->resources, id);
}

/* The create command's node, and the resource by its id. */
static void resource_add(struct edit_state *e, const struct edit_request *q,
			 struct edit_resource *r, uint32_t id)
{
	r->id = id;
	edit_set(e, &r->create);
	done(e);
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
	if (!c->resource_id || resource(q, c->resource_id))
		return;
	r = edit_resource_new(e);
	if (!r)
		return;
	edit_resource_shape(r, c);
	r->is_2d = is_2d;
	set_out(e, q);
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
	    resource(q, c.resource_id))
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
	set_out(e, q);
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
	set_out(e, q);
	done_with(e, r->create);
	scanouts_forget(e, q->device, r);
	for (size_t i = 0; (ctx = map_each(&q->device->contexts, &i));)
		attachment_free(e, map_take(&ctx->attachments, c.resource_id));
	edit_resource_drop(e, r);
}

static void attach_backing(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_attach_backing c;
	struct edit_resource *r;

	if (vgpu_decode_resource_attach_backing(q->bytes, q->size, &c))
		return;
	r = resource(q, c.resource_id);
	if (!r || r->attached || r->blob ||
	    !take_entries(e, q, VGPU_RESOURCE_ATTACH_BACKING_SIZE, c.nr_entries, r))
		return;
	r->attached = true;
	set_out(e, q);
	edit_need(e, r->create);
	edit_set(e, &r->attach);
	/* vrend copies the contents of BIND_CUSTOM out to a new backing. */
	if (r->in_memory)
		edit_write(e, r, NULL, r->planes, false);
	done(e);
}

static void detach_backing(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_detach_backing c;
	struct edit_resource *r;

	if (vgpu_decode_resource_detach_backing(q->bytes, q->size, &c))
		return;
	r = resource(q, c.resource_id);
	if (!r || !r->attached || r->blob)
		return;
	set_out(e, q);
	/* … and back in when it goes. */
	if (r->in_memory) {
		edit_write(e, r, NULL, r->planes, false);
		done(e);
	} else {
		done_with(e, r->attach);
	}
	graph_set(&e->graph, &r->attach, 0);
	graph_refund(&e->graph, r->n_backing * sizeof(*r->backing));
	free(r->backing);
	r->backing = NULL;
	r->n_backing = 0;
	r->backing_size = 0;
	r->attached = false;
}

static void set_scanout(struct edit_state *e, const struct edit_request *q, uint32_t index,
			uint32_t id, bool empty)
{
	struct edit_resource *r = id && !empty ? resource(q, id) : NULL;
	struct edit_scanout *s;

	if (index >= EDIT_SCANOUTS)
		return;
	s = &q->device->scanouts[index];
	set_out(e, q);
	if (r) {
		edit_need(e, r->create);
		edit_need(e, r->attach);
	}
	edit_set(e, &s->node);
	done(e);
	edit_resource_set(e, &s->resource, r);
}

uint32_t edit_shows(struct edit_state *e, const struct vgpu_trace_command *command)
{
	const struct edit_device *d = command->device < EDIT_DEVICES ? e->devices[command->device]
								     : NULL;
	const struct edit_resource *r;
	struct vgpu_resource_flush c;
	uint32_t shows = 0;

	if (!d || vgpu_decode_resource_flush(command->request, command->request_size, &c) ||
	    c.hdr.type != VGPU_CMD_RESOURCE_FLUSH)
		return 0;
	r = map_find(&d->resources, c.resource_id);
	for (int i = 0; r && i < EDIT_SCANOUTS; i++)
		shows += d->scanouts[i].resource == r;
	return shows;
}

static void flush(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_flush c;
	struct edit_resource *r;

	if (vgpu_decode_resource_flush(q->bytes, q->size, &c))
		return;
	r = resource(q, c.resource_id);
	if (!r)
		return;
	e->shown = edit_shows(e, q->command);
	/* It changes nothing, so that nothing keeps it; in the range it shows what there is. */
	set_out(e, q);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		if (q->device->scanouts[i].resource == r)
			edit_need(e, q->device->scanouts[i].node);
	}
	edit_read(e, r, NULL);
	done(e);
}

static void transfer_2d(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_transfer_to_host_2d c;
	struct edit_resource *r;
	struct vgpu_extent extent;
	struct box box;
	bool inside;

	if (vgpu_decode_transfer_to_host_2d(q->bytes, q->size, &c))
		return;
	r = resource(q, c.resource_id);
	if (!r)
		return;
	inside = edit_box(r, 0,
			  &(struct vgpu_box) {
				  .x = c.r.x, .y = c.r.y, .w = c.r.width, .h = c.r.height, .d = 1 },
			  &box);
	vgpu_transfer_extent_2d(r->width, r->height, c.r.x, c.r.y, c.r.width, c.r.height, c.offset,
				&extent);
	set_out(e, q);
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
	done(e);
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
	set_out(e, q);
	if (!c.hdr.ctx_id) {
		r = resource(q, c.resource_id);
	} else {
		r = through_context(e, q, c.resource_id, &ctx);
		/* The host's context takes it amiss. */
		if (!r && ctx && resource(q, c.resource_id))
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
	done(e);
}

static void ctx_create(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_ctx_create c;
	struct edit_context *ctx;
	uint32_t capset;

	if (vgpu_decode_ctx_create(q->bytes, q->size, &c) || !c.hdr.ctx_id ||
	    map_find(&q->device->contexts, c.hdr.ctx_id))
		return;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx || map_put(&q->device->contexts, c.hdr.ctx_id, ctx)) {
		free(ctx);
		e->graph.error = -ENOMEM;
		return;
	}
	graph_charge(&e->graph, sizeof(*ctx) + 2 * sizeof(struct map_slot));
	capset = c.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
	ctx->id = c.hdr.ctx_id;
	ctx->instance = e->instances++;
	ctx->opaque = e->whole ||
		      (capset && capset != VGPU_CAPSET_VIRGL && capset != VGPU_CAPSET_VIRGL2) ||
		      (ctx->instance < e->n_opaque && e->opaque[ctx->instance]);
	set_out(e, q);
	edit_set(e, &ctx->create);
	done(e);
	ctx->current = edit_sub_new(e, ctx, 0);
}

static void ctx_destroy(struct edit_state *e, const struct edit_request *q)
{
	struct edit_context *ctx = map_take(&q->device->contexts, q->hdr.ctx_id);

	if (!ctx)
		return;
	set_out(e, q);
	done_with(e, ctx->create);
	graph_refund(&e->graph, 2 * sizeof(struct map_slot));
	context_clear(e, ctx);
}

static void ctx_resource(struct edit_state *e, const struct edit_request *q, bool attach)
{
	struct edit_context *ctx = map_find(&q->device->contexts, q->hdr.ctx_id);
	struct vgpu_ctx_resource c;
	struct edit_attachment *a;
	struct edit_resource *r;

	if (vgpu_decode_ctx_resource(q->bytes, q->size, &c))
		return;
	r = resource(q, c.resource_id);
	if (!r || !ctx)
		return;
	set_out(e, q);
	if (!attach) {
		a = map_take(&ctx->attachments, c.resource_id);
		if (a)
			done_with(e, a->node);
		attachment_free(e, a);
		return;
	}
	if (edit_attached(ctx, c.resource_id))
		return;
	a = calloc(1, sizeof(*a));
	if (!a || map_put(&ctx->attachments, c.resource_id, a)) {
		free(a);
		e->graph.error = -ENOMEM;
		return;
	}
	graph_charge(&e->graph, sizeof(*a) + 2 * sizeof(struct map_slot));
	a->resource = edit_resource_hold(r);
	edit_need(e, r->create);
	edit_need(e, ctx->create);
	edit_set(e, &a->node);
	done(e);
}

static void submit(struct edit_state *e, const struct edit_request *q)
{
	struct edit_context *ctx = map_find(&q->device->contexts, q->hdr.ctx_id);
	const uint8_t *stream = q->bytes + VGPU_CMD_SUBMIT_SIZE;
	uint64_t id = q->command->id;
	struct vgpu_cmd_submit c;
	node_t node;

	if (!ctx)
		return;
	e->recent[id % EDIT_RECENT].id = id;
	e->recent[id % EDIT_RECENT].instance = ctx->instance;
	if (vgpu_decode_cmd_submit(q->bytes, q->size, &c))
		return;
	if (c.size > q->size - VGPU_CMD_SUBMIT_SIZE) {
		edit_context_give_up(e, ctx);
		return;
	}
	set_out(e, q);
	edit_need(e, ctx->create);
	if (ctx->opaque) {
		struct edit_attachment *a;

		edit_need(e, ctx->chain);
		for (size_t i = 0; (a = map_each(&ctx->attachments, &i));) {
			edit_need(e, a->node);
			edit_write(e, a->resource, NULL, a->resource->planes, false);
			if (a->resource->attached && !a->resource->in_memory)
				edit_write_backing(e, a->resource, 0, UINT64_MAX);
		}
		edit_set(e, &ctx->chain);
		done(e);
		return;
	}
	node = edit_end(e, NODE_JOIN);
	edit_submit(e, ctx, stream, c.size, node);
	graph_drop(&e->graph, node);
}

/* What maps and names a resource is kept with it. */
static void with_resource(struct edit_state *e, const struct edit_request *q, uint32_t id)
{
	struct edit_resource *r = resource(q, id);

	if (!r)
		return;
	set_out(e, q);
	done_with(e, r->create);
}

static void cursor(struct edit_state *e, const struct edit_request *q, bool move)
{
	struct vgpu_update_cursor c;
	struct edit_resource *r;
	node_t *update;

	if (vgpu_decode_update_cursor(q->bytes, q->size, &c) || c.pos.scanout_id >= EDIT_SCANOUTS)
		return;
	update = &q->device->cursors[c.pos.scanout_id];
	set_out(e, q);
	if (move) {
		edit_need(e, *update);
		edit_set(e, &q->device->moves[c.pos.scanout_id]);
		done(e);
		return;
	}
	r = c.resource_id ? resource(q, c.resource_id) : NULL;
	if (r)
		edit_read(e, r, NULL);
	edit_set(e, update);
	done(e);
	graph_set(&e->graph, &q->device->moves[c.pos.scanout_id], 0);
}

/* Questions change nothing, but their last answers tell what the device is. */
static void question(struct edit_state *e, const struct edit_request *q)
{
	uint64_t key = (uint64_t)q->hdr.type << 32;
	uint32_t about = 0;
	node_t *p;

	if (q->size >= VGPU_CTRL_HDR_SIZE + sizeof(about))
		memcpy(&about, q->bytes + VGPU_CTRL_HDR_SIZE, sizeof(about));
	key |= about;
	p = map_find(&q->device->asked, key);
	if (!p) {
		/* There are a handful; more are a guest's joke. */
		if (q->device->asked.count > 256)
			return;
		p = calloc(1, sizeof(*p));
		if (!p || map_put(&q->device->asked, key, p)) {
			free(p);
			e->graph.error = -ENOMEM;
			return;
		}
	}
	set_out(e, q);
	edit_set(e, p);
	done(e);
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

static void shows(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_set_scanout_blob blob;
	struct vgpu_set_scanout c;

	if (q->hdr.type == VGPU_CMD_SET_SCANOUT) {
		if (!vgpu_decode_set_scanout(q->bytes, q->size, &c))
			set_scanout(e, q, c.scanout_id, c.resource_id, !c.r.width || !c.r.height);
	} else if (!vgpu_decode_set_scanout_blob(q->bytes, q->size, &blob)) {
		set_scanout(e, q, blob.scanout_id, blob.resource_id, false);
	}
}

void edit_command(struct edit_state *e, const struct vgpu_trace_command *command)
{
	struct edit_request q = {
		.command = command,
		.bytes = command->request,
		.size = command->request_size,
		.device = device(e, command->device),
	};

	e->command = command;
	if (!q.device || vgpu_decode_ctrl_hdr(q.bytes, q.size, &q.hdr))
		return;
	switch (q.hdr.type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
		create_2d(e, &q);
		break;
	case VGPU_CMD_RESOURCE_CREATE_3D:
		create_3d(e, &q);
		break;
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		create_blob(e, &q);
		break;
	case VGPU_CMD_RESOURCE_UNREF:
		unref(e, &q);
		break;
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
		attach_backing(e, &q);
		break;
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		detach_backing(e, &q);
		break;
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_SET_SCANOUT_BLOB:
		shows(e, &q);
		break;
	case VGPU_CMD_RESOURCE_FLUSH:
		flush(e, &q);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		transfer_2d(e, &q);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		transfer_3d(e, &q);
		break;
	case VGPU_CMD_CTX_CREATE:
		ctx_create(e, &q);
		break;
	case VGPU_CMD_CTX_DESTROY:
		ctx_destroy(e, &q);
		break;
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
	case VGPU_CMD_CTX_DETACH_RESOURCE:
		ctx_resource(e, &q, q.hdr.type == VGPU_CMD_CTX_ATTACH_RESOURCE);
		break;
	case VGPU_CMD_SUBMIT_3D:
		submit(e, &q);
		break;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
	case VGPU_CMD_RESOURCE_UNMAP_BLOB:
	case VGPU_CMD_RESOURCE_ASSIGN_UUID:
		with_named(e, &q);
		break;
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		cursor(e, &q, q.hdr.type == VGPU_CMD_MOVE_CURSOR);
		break;
	case VGPU_CMD_GET_DISPLAY_INFO:
	case VGPU_CMD_GET_EDID:
	case VGPU_CMD_GET_CAPSET_INFO:
	case VGPU_CMD_GET_CAPSET:
		question(e, &q);
		break;
	}
}
