/* SPDX-License-Identifier: MIT */
#include "roots.h"

static void need_contents(struct edit_state *e, const struct edit_resource *r)
{
	struct box whole = edit_whole(r);

	if (r->target == VGPU_TARGET_BUFFER)
		spans_need(&e->graph, &r->bytes, 0, UINT64_MAX);
	else
		pieces_need(&e->graph, &r->texels, &whole, UINT8_MAX);
}

/* One that was given up, but is still in use, has no id by which it could be read. */
static void need_used(struct edit_state *e, const struct edit_device *d,
		      const struct edit_resource *r)
{
	if (!r || map_find(&d->resources, r->id) == r)
		return;
	edit_need(e, r->create);
	edit_need(e, r->attach);
	edit_need(e, r->params);
	need_contents(e, r);
}

static void need_sub(struct edit_state *e, const struct edit_device *d, const struct edit_sub *sub)
{
	const struct edit_object *o;

	edit_need(e, sub->node);
	for (int i = 0; i < SLOT_COUNT; i++)
		edit_need(e, sub->slots[i]);
	for (int i = 0; i < SLOT_COUNT - SLOT_UNIFORMS; i++)
		need_used(e, d, sub->bound[i]);
	for (int i = 0; i < EDIT_SHADERS * EDIT_VIEWS; i++) {
		const struct edit_view *view = &sub->views[i / EDIT_VIEWS][i % EDIT_VIEWS];

		edit_need(e, view->node);
		need_used(e, d, view->resource);
	}
	for (int i = 0; i < EDIT_BUFFERS; i++)
		need_used(e, d, sub->vertex[i]);
	for (int i = 0; i < EDIT_TARGETS; i++)
		need_used(e, d, sub->color[i].resource);
	for (int i = 0; i < EDIT_STREAMOUT; i++)
		need_used(e, d, sub->streamout[i]);
	need_used(e, d, sub->zs.resource);
	need_used(e, d, sub->index);
	for (size_t i = 0; (o = map_each(&sub->objects, &i));) {
		edit_need(e, o->node);
		edit_need(e, o->state);
		need_used(e, d, o->resource);
	}
}

static void need_context(struct edit_state *e, const struct edit_device *d,
			 const struct edit_context *ctx)
{
	const struct edit_attachment *a;
	const struct edit_sub *sub;

	edit_need(e, ctx->create);
	edit_need(e, ctx->chain);
	edit_need(e, ctx->blobs);
	edit_need(e, ctx->current_node);
	for (size_t i = 0; (a = map_each(&ctx->attachments, &i));)
		edit_need(e, a->node);
	for (size_t i = 0; (sub = map_each(&ctx->subs, &i));)
		need_sub(e, d, sub);
}

/* Nothing was done to it since it was given. */
static bool is_given(const struct edit_state *e, const struct edit_resource *r)
{
	node_t node = 0;

	if (r->target == VGPU_TARGET_BUFFER && r->bytes.count == 1)
		node = r->bytes.list[0].node;
	else if (r->target != VGPU_TARGET_BUFFER && r->texels.count == 1)
		node = r->texels.list[0].node;
	return node && e->graph.nodes[node].token;
}

void roots_give(struct edit_state *e, struct edit_resource *r, node_t node)
{
	struct box whole = edit_whole(r);

	/* The planes of a depth buffer go together. */
	if (r->target == VGPU_TARGET_BUFFER)
		spans_write(&e->graph, &r->bytes, 0, r->width, node);
	else
		pieces_write(&e->graph, &r->texels, &whole, UINT8_MAX, node);
}

void roots_take(struct edit_state *e, struct edit_device *d,
		uint64_t (*take)(void *data, uint32_t resource_id), void *data)
{
	struct graph *g = &e->graph;
	struct edit_resource *r;
	uint64_t token;
	node_t node;

	for (size_t i = 0; (r = map_each(&d->resources, &i));) {
		/* Of these it is memory. */
		if ((r->in_memory && r->attached) || is_given(e, r))
			continue;
		token = take(data, r->id);
		if (!token)
			continue;
		node = graph_given(g, e->record, token);
		roots_give(e, r, node);
		if (!node && g->released)
			g->released(g->data, token);
		graph_drop(g, node);
	}
}

void roots_need(struct edit_state *e, struct edit_device *d)
{
	const struct edit_context *ctx;
	struct edit_resource *r;

	for (size_t i = 0; (r = map_each(&d->resources, &i));) {
		edit_need(e, r->create);
		edit_need(e, r->attach);
		edit_need(e, r->params);
		edit_need(e, r->noted);
		if (!r->in_memory || !r->attached)
			need_contents(e, r);
	}
	for (size_t i = 0; (ctx = map_each(&d->contexts, &i));)
		need_context(e, d, ctx);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		edit_need(e, d->scanouts[i].node);
		edit_need(e, d->cursors[i]);
		edit_need(e, d->moves[i]);
	}
}
