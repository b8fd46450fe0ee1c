/* SPDX-License-Identifier: MIT */
/* Queries, drawing, moving pixels. */
#include <errno.h>

#include "virgl.h"

#define CLEAR_DEPTH_BIT   (1u << 0) /* PIPE_CLEAR_…, gallium p_defines.h */
#define CLEAR_STENCIL_BIT (1u << 1)
#define CLEAR_COLOR_SHIFT 2

/* Queries */

bool virgl_begin_query(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));

	if (!o || o->type != VGPU_VIRGL_OBJECT_QUERY)
		return false;
	virgl_need(v, o->node);
	edit_set(v->e, &o->state);
	virgl_done(v);
	if (map_put(&v->sub->active, o->handle, o))
		v->e->graph.error = -ENOMEM;
	return true;
}

bool virgl_end_query(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));

	if (!o || o->type != VGPU_VIRGL_OBJECT_QUERY)
		return false;
	virgl_need(v, o->node);
	virgl_need(v, o->state);
	edit_set(v->e, &o->state);
	virgl_done(v);
	map_take(&v->sub->active, o->handle);
	return true;
}

/* The answer goes to the query's resource, or to another. */
bool virgl_query_result(const struct virgl *v, bool to_buffer)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));
	struct edit_resource *r;

	if (!o || o->type != VGPU_VIRGL_OBJECT_QUERY)
		return false;
	r = to_buffer ? virgl_resource(v, virgl_dword(v, 1)) : o->resource;
	if (!r)
		return false;
	virgl_need(v, o->node);
	virgl_need(v, o->state);
	edit_write(v->e, r, NULL, r->planes, false);
	if (!to_buffer && !r->in_memory)
		edit_write_backing(v->e, r, 0, UINT64_MAX);
	return virgl_done(v);
}

static void need_condition(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, v->sub->condition);

	virgl_need(v, v->sub->slots[SLOT_CONDITION]);
	virgl_need(v, o ? o->state : 0);
}

bool virgl_set_condition(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));

	if (virgl_dword(v, 0) && (!o || o->type != VGPU_VIRGL_OBJECT_QUERY))
		return false;
	virgl_need(v, o ? o->node : 0);
	v->sub->condition = virgl_dword(v, 0);
	return virgl_plain(v, SLOT_CONDITION);
}

/* Drawing */

static void need_all_state(const struct virgl *v)
{
	struct edit_sub *sub = v->sub;

	virgl_need(v, v->ctx->chain);
	for (int i = 0; i < SLOT_COUNT; i++)
		virgl_need(v, sub->slots[i]);
	need_condition(v);
	for (int i = 0; i < EDIT_SHADERS * EDIT_VIEWS; i++) {
		struct edit_view *view = &sub->views[i / EDIT_VIEWS][i % EDIT_VIEWS];

		virgl_need(v, view->node);
		if (!view->resource)
			continue;
		virgl_need(v, view->resource->params);
		edit_read(v->e, view->resource, NULL);
	}
	for (int i = 0; i < SLOT_COUNT - SLOT_UNIFORMS; i++) {
		struct edit_resource *r = sub->bound[i];

		if (r && i + SLOT_UNIFORMS < SLOT_STORAGE)
			edit_read(v->e, r, NULL);
		else if (r) /* shaders may write to all the others */
			edit_write(v->e, r, NULL, r->planes, false);
	}
}

static void draw_to(const struct virgl *v, const struct edit_surface *s, uint8_t planes)
{
	struct box box;

	if (!s->resource || !planes)
		return;
	box = edit_layers(s->resource, s->level, s->first_layer, s->last_layer);
	edit_write(v->e, s->resource, &box, planes, false);
}

/* What a draw or dispatch counts in the queries that have begun: of use to the query alone. */
static void count_in_queries(const struct virgl *v, node_t node)
{
	struct edit_object *o;

	for (size_t i = 0; (o = map_each(&v->sub->active, &i));) {
		edit_begin(v->e);
		virgl_need(v, o->state);
		virgl_need(v, node);
		edit_set(v->e, &o->state);
		graph_drop(&v->e->graph, edit_end(v->e, NODE_JOIN));
	}
}

static bool drawn(const struct virgl *v)
{
	node_t node = edit_end(v->e, v->cmd->offset);

	count_in_queries(v, node);
	graph_drop(&v->e->graph, node);
	return true;
}

static bool read_indirect(const struct virgl *v, uint32_t id)
{
	struct edit_resource *r = id ? virgl_resource(v, id) : NULL;

	if (r)
		edit_read(v->e, r, NULL);
	return !id || r;
}

bool virgl_draw_vbo(const struct virgl *v)
{
	struct edit_sub *sub = v->sub;
	struct vgpu_virgl_draw_vbo draw;
	struct edit_object *o;
	uint8_t planes;

	if (vgpu_virgl_decode_draw_vbo(v->cmd, &draw))
		return false;
	need_all_state(v);
	for (int i = 0; i < EDIT_BUFFERS; i++) {
		if (sub->vertex[i])
			edit_read(v->e, sub->vertex[i], NULL);
	}
	if (draw.indexed && sub->index)
		edit_read(v->e, sub->index, NULL);
	o = virgl_object(v, draw.count_from_so);
	virgl_need(v, o ? o->node : 0);
	if (!read_indirect(v, draw.indirect_resource_id) ||
	    !read_indirect(v, draw.indirect_draw_count_resource_id))
		return false;
	for (int i = 0; i < EDIT_STREAMOUT; i++) {
		if (!sub->streamout[i])
			continue;
		edit_write(v->e, sub->streamout[i], NULL, sub->streamout[i]->planes, false);
		virgl_set_slot(v, SLOT_STREAMOUT);
	}
	for (int i = 0; i < EDIT_TARGETS; i++)
		draw_to(v, &sub->color[i],
			sub->color[i].resource ? sub->color[i].resource->planes : 0);
	planes = (uint8_t)((sub->depth ? PLANE_DEPTH : 0) | (sub->stencil ? PLANE_STENCIL : 0));
	if (sub->zs.resource)
		draw_to(v, &sub->zs, planes & sub->zs.resource->planes);
	return drawn(v);
}

bool virgl_launch_grid(const struct virgl *v)
{
	need_all_state(v);
	return read_indirect(v, virgl_dword(v, 6)) && drawn(v);
}

/* A surface is as large as the first one: the host clears what all of them have in common. */
static bool same_size(const struct edit_surface *s, struct box *first, bool *any)
{
	struct box box;

	if (!s->resource)
		return true;
	if (s->resource->target == VGPU_TARGET_BUFFER)
		return false;
	box = edit_layers(s->resource, s->level, s->first_layer, s->last_layer);
	if (!*any) {
		*any = true;
		*first = box;
	}
	return box.high[3] == first->high[3] && box.high[2] == first->high[2] &&
	       box.high[1] - box.low[1] == first->high[1] - first->low[1];
}

bool virgl_clear(const struct virgl *v)
{
	static const uint32_t slots[] = {
		SLOT_FRAMEBUFFER, SLOT_FRAMEBUFFER_SIZE, SLOT_BLEND,   SLOT_RASTERIZER,
		SLOT_DSA,         SLOT_STENCIL_REF,      SLOT_SCISSOR, SLOT_VIEWPORT,
	};
	struct edit_sub *sub = v->sub;
	uint32_t buffers = virgl_dword(v, 0);
	struct edit_resource *zs = sub->zs.resource;
	bool any = false, over = !sub->condition;
	struct box first, box;
	uint8_t planes;

	virgl_need(v, v->ctx->chain);
	need_condition(v);
	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
		virgl_need(v, sub->slots[slots[i]]);
	over = over && same_size(&sub->zs, &first, &any);
	for (int i = 0; i < EDIT_TARGETS; i++)
		over = over && same_size(&sub->color[i], &first, &any);
	for (int i = 0; i < EDIT_TARGETS; i++) {
		const struct edit_surface *s = &sub->color[i];

		if (!s->resource || !(buffers >> CLEAR_COLOR_SHIFT >> i & 1))
			continue;
		box = edit_layers(s->resource, s->level, s->first_layer, s->last_layer);
		edit_write(v->e, s->resource, &box, s->resource->planes, over);
	}
	planes = (uint8_t)((buffers & CLEAR_DEPTH_BIT ? PLANE_DEPTH : 0) |
			   (buffers & CLEAR_STENCIL_BIT ? PLANE_STENCIL : 0));
	if (zs && planes & zs->planes) {
		box = edit_layers(zs, sub->zs.level, sub->zs.first_layer, sub->zs.last_layer);
		edit_write(v->e, zs, &box, planes & zs->planes, over);
	}
	return drawn(v);
}

/* Moving pixels */

static bool box_at(const struct virgl *v, uint32_t at, struct vgpu_box *out)
{
	*out = (struct vgpu_box) { .x = virgl_dword(v, at),
				   .y = virgl_dword(v, at + 1),
				   .z = virgl_dword(v, at + 2),
				   .w = virgl_dword(v, at + 3),
				   .h = virgl_dword(v, at + 4),
				   .d = virgl_dword(v, at + 5) };
	return out->w && out->h && out->d;
}

bool virgl_clear_texture(const struct virgl *v)
{
	struct edit_resource *r = virgl_resource(v, virgl_dword(v, 0));
	struct vgpu_box at;
	struct box box;
	bool inside;

	if (!r)
		return false;
	inside = box_at(v, 2, &at) && edit_box(r, virgl_dword(v, 1), &at, &box);
	edit_write(v->e, r, inside ? &box : NULL, r->planes, inside && r->plain && !r->blob);
	return virgl_done(v);
}

bool virgl_clear_surface(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 1));

	if (!o ||
	    (o->type != VGPU_VIRGL_OBJECT_SURFACE && o->type != VGPU_VIRGL_OBJECT_MSAA_SURFACE))
		return false;
	virgl_need(v, o->node);
	need_condition(v);
	edit_write(v->e, o->resource, NULL, o->resource->planes, false);
	return drawn(v);
}

bool virgl_blit(const struct virgl *v)
{
	struct edit_resource *to = virgl_resource(v, virgl_dword(v, 3)),
			     *from = virgl_resource(v, virgl_dword(v, 12));

	if (!to || !from)
		return false;
	virgl_need(v, v->ctx->chain);
	need_condition(v);
	edit_read(v->e, from, NULL);
	edit_write(v->e, to, NULL, to->planes, false);
	return drawn(v);
}

bool virgl_copy_region(const struct virgl *v)
{
	struct edit_resource *to = virgl_resource(v, virgl_dword(v, 0)),
			     *from = virgl_resource(v, virgl_dword(v, 5));
	struct vgpu_box at;
	struct box box, source;
	bool inside;

	if (!to || !from)
		return false;
	inside = box_at(v, 7, &at) && edit_box(from, virgl_dword(v, 6), &at, &source);
	at.x = virgl_dword(v, 2);
	at.y = virgl_dword(v, 3);
	at.z = virgl_dword(v, 4);
	inside = inside && edit_box(to, virgl_dword(v, 1), &at, &box);
	edit_read(v->e, from, inside ? &source : NULL);
	edit_write(v->e, to, inside ? &box : NULL, to->planes,
		   inside && to->plain && from->plain && !to->blob && !from->blob &&
			   to->shape.block.bytes == from->shape.block.bytes);
	return virgl_done(v);
}

bool virgl_inline_write(const struct virgl *v)
{
	struct edit_resource *r = virgl_resource(v, virgl_dword(v, 0));
	struct vgpu_extent extent;
	struct vgpu_box at;
	struct box box;
	bool inside, exact;

	if (!r)
		return false;
	inside = box_at(v, 5, &at) && edit_box(r, virgl_dword(v, 1), &at, &box);
	exact = vgpu_transfer_extent(&r->shape,
				     &(struct vgpu_transfer) { .level = virgl_dword(v, 1),
							       .stride = virgl_dword(v, 3),
							       .layer_stride = virgl_dword(v, 4),
							       .w = at.w,
							       .h = at.h,
							       .d = at.d },
				     &extent);
	edit_write(v->e, r, inside ? &box : NULL, r->planes,
		   inside && exact && r->plain && !r->blob &&
			   extent.end <= (v->cmd->length - 11u) * (uint64_t)4);
	return virgl_done(v);
}

bool virgl_transfer(const struct virgl *v)
{
	struct edit_resource *r, *backing;
	struct vgpu_virgl_transfer t;

	if (vgpu_virgl_cmd_transfer(v->cmd, &t) != 1)
		return false;
	r = virgl_resource(v, t.shape_resource_id);
	backing = virgl_resource(v, t.transfer.resource_id);
	if (!r || !backing)
		return false;
	edit_transfer(v->e, r, backing, &t.transfer, t.to_host);
	return virgl_done(v);
}
