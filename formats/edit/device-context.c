/* SPDX-License-Identifier: MIT */
/* Commands that make and end contexts, attach resources to them, and their streams. */
#include <errno.h>
#include <stdlib.h>

#include <vgpu/codec.h>

#include "device.h"

void device_attachment_free(struct edit_state *e, struct edit_attachment *a)
{
	if (!a)
		return;
	graph_drop(&e->graph, a->node);
	edit_resource_drop(e, a->resource);
	graph_refund(&e->graph, sizeof(*a) + 2 * sizeof(struct map_slot));
	free(a);
}

void device_context_clear(struct edit_state *e, struct edit_context *ctx)
{
	struct edit_attachment *a;

	for (size_t i = 0; (a = map_each(&ctx->attachments, &i));)
		device_attachment_free(e, a);
	map_finish(&ctx->attachments);
	edit_context_free(e, ctx);
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
	device_begin(e, q);
	edit_set(e, &ctx->create);
	device_done(e);
	ctx->current = edit_sub_new(e, ctx, 0);
}

static void ctx_destroy(struct edit_state *e, const struct edit_request *q)
{
	struct edit_context *ctx = map_take(&q->device->contexts, q->hdr.ctx_id);

	if (!ctx)
		return;
	device_begin(e, q);
	device_done_with(e, ctx->create);
	graph_refund(&e->graph, 2 * sizeof(struct map_slot));
	device_context_clear(e, ctx);
}

static void ctx_resource(struct edit_state *e, const struct edit_request *q, bool attach)
{
	struct edit_context *ctx = map_find(&q->device->contexts, q->hdr.ctx_id);
	struct vgpu_ctx_resource c;
	struct edit_attachment *a;
	struct edit_resource *r;

	if (vgpu_decode_ctx_resource(q->bytes, q->size, &c))
		return;
	r = device_resource(q, c.resource_id);
	if (!r || !ctx)
		return;
	device_begin(e, q);
	if (!attach) {
		a = map_take(&ctx->attachments, c.resource_id);
		if (a)
			device_done_with(e, a->node);
		device_attachment_free(e, a);
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
	device_done(e);
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
	device_begin(e, q);
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
		device_done(e);
		return;
	}
	node = edit_end(e, NODE_JOIN);
	edit_submit(e, ctx, stream, c.size, node);
	graph_drop(&e->graph, node);
}

void device_contexts(struct edit_state *e, const struct edit_request *q)
{
	switch (q->hdr.type) {
	case VGPU_CMD_CTX_CREATE:
		ctx_create(e, q);
		break;
	case VGPU_CMD_CTX_DESTROY:
		ctx_destroy(e, q);
		break;
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
	case VGPU_CMD_CTX_DETACH_RESOURCE:
		ctx_resource(e, q, q->hdr.type == VGPU_CMD_CTX_ATTACH_RESOURCE);
		break;
	case VGPU_CMD_SUBMIT_3D:
		submit(e, q);
		break;
	}
}
