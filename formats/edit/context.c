/* SPDX-License-Identifier: MIT */
/* Contexts, their sub contexts and objects: life, and the walk over a stream. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

struct edit_attachment *edit_attached(const struct edit_context *ctx, uint32_t resource_id)
{
	return map_find(&ctx->attachments, resource_id);
}

void edit_object_free(struct edit_state *e, struct edit_object *o)
{
	if (!o)
		return;
	graph_drop(&e->graph, o->node);
	graph_drop(&e->graph, o->state);
	edit_resource_drop(e, o->resource);
	graph_refund(&e->graph, sizeof(*o) + 2 * sizeof(struct map_slot));
	free(o);
}

struct edit_sub *edit_sub_new(struct edit_state *e, struct edit_context *ctx, uint32_t id)
{
	struct edit_sub *sub = calloc(1, sizeof(*sub));

	if (!sub || map_put(&ctx->subs, id, sub)) {
		free(sub);
		e->graph.error = -ENOMEM;
		return NULL;
	}
	graph_charge(&e->graph, sizeof(*sub));
	sub->id = id;
	return sub;
}

void edit_sub_free(struct edit_state *e, struct edit_sub *sub)
{
	struct edit_object *o;

	graph_drop(&e->graph, sub->node);
	for (int i = 0; i < SLOT_COUNT; i++)
		graph_drop(&e->graph, sub->slots[i]);
	for (int i = 0; i < SLOT_COUNT - SLOT_UNIFORMS; i++)
		edit_resource_drop(e, sub->bound[i]);
	for (int i = 0; i < EDIT_SHADERS * EDIT_VIEWS; i++) {
		struct edit_view *view = &sub->views[i / EDIT_VIEWS][i % EDIT_VIEWS];

		graph_drop(&e->graph, view->node);
		edit_resource_drop(e, view->resource);
	}
	for (int i = 0; i < EDIT_BUFFERS; i++)
		edit_resource_drop(e, sub->vertex[i]);
	for (int i = 0; i < EDIT_TARGETS; i++)
		edit_resource_drop(e, sub->color[i].resource);
	for (int i = 0; i < EDIT_STREAMOUT; i++)
		edit_resource_drop(e, sub->streamout[i]);
	edit_resource_drop(e, sub->zs.resource);
	edit_resource_drop(e, sub->index);
	map_finish(&sub->active);
	for (size_t i = 0; (o = map_each(&sub->objects, &i));)
		edit_object_free(e, o);
	map_finish(&sub->objects);
	graph_refund(&e->graph, sizeof(*sub));
	free(sub);
}

void edit_context_free(struct edit_state *e, struct edit_context *ctx)
{
	struct edit_sub *sub;

	for (size_t i = 0; (sub = map_each(&ctx->subs, &i));)
		edit_sub_free(e, sub);
	map_finish(&ctx->subs);
	graph_drop(&e->graph, ctx->create);
	graph_drop(&e->graph, ctx->chain);
	graph_drop(&e->graph, ctx->blobs);
	graph_drop(&e->graph, ctx->current_node);
	graph_refund(&e->graph, sizeof(*ctx));
	free(ctx);
}

void edit_context_give_up(struct edit_state *e, const struct edit_context *ctx)
{
	uint32_t room = ctx->instance + 64;
	uint8_t *bigger;

	if (ctx->instance >= e->n_opaque) {
		bigger = realloc(e->opaque, room);
		if (!bigger) {
			e->graph.error = -ENOMEM;
			return;
		}
		memset(bigger + e->n_opaque, 0, room - e->n_opaque);
		e->opaque = bigger;
		e->n_opaque = room;
	}
	if (e->opaque[ctx->instance])
		return;
	e->opaque[ctx->instance] = 1;
	e->found = true;
}

void edit_submit(struct edit_state *e, struct edit_context *ctx, const uint8_t *stream, size_t size,
		 node_t node)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	int n;

	vgpu_virgl_walk_init(&walk, stream, size);
	while ((n = vgpu_virgl_walk_next(&walk, &cmd)) == 1 && !e->graph.error) {
		if (!edit_virgl(e, ctx, &cmd, node))
			break;
	}
	if (n)
		edit_context_give_up(e, ctx);
}
