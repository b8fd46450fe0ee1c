/* SPDX-License-Identifier: MIT */
/* Objects of a sub context, and the state that drawing uses. */
#include <errno.h>
#include <stdlib.h>

#include "virgl.h"

static bool create_on_resource(const struct virgl *v, struct edit_object *o)
{
	bool query = o->type == VGPU_VIRGL_OBJECT_QUERY;
	struct edit_resource *r = virgl_resource(v, virgl_dword(v, query ? 3 : 1));

	if (!r)
		return false;
	o->resource = edit_resource_hold(r);
	if (o->type == VGPU_VIRGL_OBJECT_SURFACE || o->type == VGPU_VIRGL_OBJECT_MSAA_SURFACE) {
		o->level = virgl_dword(v, 3);
		o->first_layer = virgl_dword(v, 4) & 0xffff;
		o->last_layer = virgl_dword(v, 4) >> 16;
		return r->target == VGPU_TARGET_BUFFER ||
		       (o->level < r->levels && o->first_layer <= o->last_layer);
	}
	return true;
}

static void create_dsa(const struct virgl *v, struct edit_object *o)
{
	struct vgpu_virgl_dsa dsa;

	/* What is not decoded is taken to do everything. */
	o->depth = o->stencil = true;
	if (vgpu_virgl_decode_dsa(v->cmd, &dsa))
		return;
	o->depth = dsa.depth_enabled || dsa.depth_writemask;
	o->stencil = dsa.stencil[0].enabled || dsa.stencil[1].enabled;
}

/* The rest of a long shader goes to the object that its first packet made. */
static bool continue_shader(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));

	if (!o || o->type != VGPU_VIRGL_OBJECT_SHADER)
		return false;
	virgl_need(v, o->node);
	edit_set(v->e, &o->node);
	return virgl_done(v);
}

bool virgl_create_object(const struct virgl *v)
{
	uint32_t handle = virgl_dword(v, 0);
	struct edit_object *o;

	if (!handle)
		return false;
	if (v->cmd->object == VGPU_VIRGL_OBJECT_SHADER && virgl_dword(v, 2) >> 31)
		return continue_shader(v);
	o = calloc(1, sizeof(*o));
	if (!o) {
		v->e->graph.error = -ENOMEM;
		return false;
	}
	graph_charge(&v->e->graph, sizeof(*o) + 2 * sizeof(struct map_slot));
	o->handle = handle;
	o->serial = ++v->e->serial;
	o->type = v->cmd->object;
	switch (o->type) {
	case VGPU_VIRGL_OBJECT_DSA:
		create_dsa(v, o);
		break;
	case VGPU_VIRGL_OBJECT_SAMPLER_VIEW:
	case VGPU_VIRGL_OBJECT_SURFACE:
	case VGPU_VIRGL_OBJECT_MSAA_SURFACE:
	case VGPU_VIRGL_OBJECT_QUERY:
	case VGPU_VIRGL_OBJECT_STREAMOUT_TARGET:
		if (!create_on_resource(v, o)) {
			edit_object_free(v->e, o);
			return false;
		}
		break;
	}
	edit_set(v->e, &o->node);
	virgl_done(v);
	map_take(&v->sub->active, handle);
	edit_object_free(v->e, map_take(&v->sub->objects, handle));
	if (map_put(&v->sub->objects, handle, o)) {
		v->e->graph.error = -ENOMEM;
		edit_object_free(v->e, o);
		return false;
	}
	return true;
}

bool virgl_destroy_object(const struct virgl *v)
{
	struct edit_object *o = map_take(&v->sub->objects, virgl_dword(v, 0));
	node_t node;

	if (!o)
		return true;
	if (v->e->graph.marking)
		virgl_need(v, o->node);
	node = edit_end(v->e, v->cmd->offset);
	graph_also(&v->e->graph, o->node, node);
	graph_drop(&v->e->graph, node);
	map_take(&v->sub->active, o->handle);
	edit_object_free(v->e, o);
	return true;
}

bool virgl_bind_object(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));
	uint32_t slot;

	switch (v->cmd->object) {
	case VGPU_VIRGL_OBJECT_BLEND:
		slot = SLOT_BLEND;
		break;
	case VGPU_VIRGL_OBJECT_RASTERIZER:
		slot = SLOT_RASTERIZER;
		break;
	case VGPU_VIRGL_OBJECT_DSA:
		slot = SLOT_DSA;
		break;
	case VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS:
		slot = SLOT_VERTEX_ELEMENTS;
		break;
	default:
		return false;
	}
	if (virgl_dword(v, 0) && (!o || o->type != v->cmd->object))
		return false;
	virgl_need(v, o ? o->node : 0);
	if (slot == SLOT_DSA) {
		v->sub->depth = o && o->depth;
		v->sub->stencil = o && o->stencil;
	}
	return virgl_plain(v, slot);
}

bool virgl_bind_shader(const struct virgl *v)
{
	struct edit_object *o = virgl_object(v, virgl_dword(v, 0));
	uint32_t stage = virgl_dword(v, 1);

	if (stage >= EDIT_SHADERS)
		return true;
	/* The host passes over a handle that is none. */
	if (virgl_dword(v, 0) && (!o || o->type != VGPU_VIRGL_OBJECT_SHADER))
		return true;
	virgl_need(v, o ? o->node : 0);
	return virgl_plain(v, SLOT_SHADER + stage);
}

/* Compiles ahead and puts everything back: of use only where it stands. */
bool virgl_link_shader(const struct virgl *v)
{
	for (uint32_t i = 0; i < EDIT_SHADERS; i++) {
		struct edit_object *o = virgl_object(v, virgl_dword(v, i));

		virgl_need(v, o ? o->node : 0);
	}
	return virgl_done(v);
}

/* Bound state with resources */

static bool take_surface(const struct virgl *v, uint32_t handle, struct edit_surface *s)
{
	struct edit_object *o = virgl_object(v, handle);

	if (handle && (!o || (o->type != VGPU_VIRGL_OBJECT_SURFACE &&
			      o->type != VGPU_VIRGL_OBJECT_MSAA_SURFACE)))
		return false;
	edit_resource_set(v->e, &s->resource, o ? o->resource : NULL);
	if (o) {
		virgl_need(v, o->node);
		s->level = o->level;
		s->first_layer = o->first_layer;
		s->last_layer = o->last_layer;
	}
	return true;
}

bool virgl_set_framebuffer(const struct virgl *v)
{
	uint32_t count = virgl_dword(v, 0);

	if (count > EDIT_TARGETS || count + 2 > v->cmd->length)
		return false;
	if (!take_surface(v, virgl_dword(v, 1), &v->sub->zs))
		return false;
	for (uint32_t i = 0; i < EDIT_TARGETS; i++) {
		if (!take_surface(v, i < count ? virgl_dword(v, 2 + i) : 0, &v->sub->color[i]))
			return false;
	}
	return virgl_plain(v, SLOT_FRAMEBUFFER);
}

/* A resource that may be 0 into *cell. */
static bool take_resource(const struct virgl *v, uint32_t id, struct edit_resource **cell)
{
	struct edit_resource *r = id ? virgl_resource(v, id) : NULL;

	if (id && !r)
		return false;
	edit_resource_set(v->e, cell, r);
	return true;
}

bool virgl_set_vertex_buffers(const struct virgl *v)
{
	uint32_t count = v->cmd->length / 3;

	if (count > EDIT_BUFFERS)
		return false;
	for (uint32_t i = 0; i < EDIT_BUFFERS; i++) {
		if (!take_resource(v, i < count ? virgl_dword(v, i * 3 + 2) : 0,
				   &v->sub->vertex[i]))
			return false;
	}
	return virgl_plain(v, SLOT_VERTEX_BUFFERS);
}

bool virgl_set_index_buffer(const struct virgl *v)
{
	return take_resource(v, virgl_dword(v, 0), &v->sub->index) &&
	       virgl_plain(v, SLOT_INDEX_BUFFER);
}

bool virgl_set_uniform_buffer(const struct virgl *v)
{
	uint32_t stage = virgl_dword(v, 0), index = virgl_dword(v, 1), slot;

	if (stage >= EDIT_SHADERS || index >= EDIT_BUFFERS)
		return false;
	slot = SLOT_UNIFORMS + stage * EDIT_BUFFERS + index;
	return take_resource(v, virgl_dword(v, 4), &v->sub->bound[slot - SLOT_UNIFORMS]) &&
	       virgl_plain(v, slot);
}

/* Lists of `size` dwords an element from dword `at` on, the resource its last. */
bool virgl_set_bound(const struct virgl *v, uint32_t slot, uint32_t first, uint32_t at,
		     uint32_t size)
{
	uint32_t count = (v->cmd->length - at) / size;

	if (first > EDIT_BUFFERS || count > EDIT_BUFFERS - first)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t s = slot + first + i;

		if (!take_resource(v, virgl_dword(v, at + i * size + size - 1),
				   &v->sub->bound[s - SLOT_UNIFORMS]))
			return false;
		virgl_set_slot(v, s);
	}
	return virgl_done(v);
}

bool virgl_set_bound_stage(const struct virgl *v, uint32_t slot, uint32_t size)
{
	if (virgl_dword(v, 0) >= EDIT_SHADERS)
		return false;
	return virgl_set_bound(v, slot + virgl_dword(v, 0) * EDIT_BUFFERS, virgl_dword(v, 1), 2,
			       size);
}

/*
 * The host passes over a view that is bound to the slot already; one that is not leaves its marks on
 * the texture, which other views of it see.
 */
bool virgl_set_sampler_views(const struct virgl *v)
{
	uint32_t stage = virgl_dword(v, 0), first = virgl_dword(v, 1), count = v->cmd->length - 2u;

	if (stage >= EDIT_SHADERS || first > EDIT_VIEWS || count > EDIT_VIEWS - first)
		return false;
	for (uint32_t i = first; i < EDIT_VIEWS; i++) {
		struct edit_view *view = &v->sub->views[stage][i];
		uint32_t handle = i < first + count ? virgl_dword(v, 2 + i - first) : 0;
		struct edit_object *o = virgl_object(v, handle);

		if (i >= first + count && !view->serial)
			continue;
		if (handle && (!o || o->type != VGPU_VIRGL_OBJECT_SAMPLER_VIEW))
			return false;
		if (o && o->serial == view->serial) {
			virgl_need(v, view->node);
			continue;
		}
		view->serial = o ? o->serial : 0;
		edit_resource_set(v->e, &view->resource, o ? o->resource : NULL);
		edit_set(v->e, &view->node);
		if (o) {
			virgl_need(v, o->node);
			edit_set(v->e, &o->resource->params);
		}
	}
	return virgl_plain(v, SLOT_VIEW_COUNT + stage);
}

bool virgl_bind_sampler_states(const struct virgl *v)
{
	uint32_t stage = virgl_dword(v, 0), first = virgl_dword(v, 1), count = v->cmd->length - 2u;

	if (stage >= EDIT_SHADERS || first > EDIT_VIEWS || count > EDIT_VIEWS - first)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct edit_object *o = virgl_object(v, virgl_dword(v, 2 + i));

		virgl_need(v, o ? o->node : 0);
		virgl_set_slot(v, SLOT_SAMPLERS + stage * EDIT_BUFFERS + first + i);
	}
	return virgl_plain(v, SLOT_SAMPLER_COUNT + stage);
}

bool virgl_set_streamout(const struct virgl *v)
{
	uint32_t count = v->cmd->length - 1u;

	if (count > EDIT_STREAMOUT)
		return false;
	v->sub->streamed |= count > 0;
	if (v->sub->streamed)
		virgl_need(v, v->sub->slots[SLOT_STREAMOUT]);
	for (uint32_t i = 0; i < EDIT_STREAMOUT; i++) {
		uint32_t handle = i < count ? virgl_dword(v, 1 + i) : 0;
		struct edit_object *o = virgl_object(v, handle);

		if (handle && (!o || o->type != VGPU_VIRGL_OBJECT_STREAMOUT_TARGET))
			return false;
		virgl_need(v, o ? o->node : 0);
		edit_resource_set(v->e, &v->sub->streamout[i], o ? o->resource : NULL);
	}
	return virgl_plain(v, SLOT_STREAMOUT);
}

bool virgl_memory_barrier(const struct virgl *v)
{
	for (uint32_t i = 0; i < 32; i++) {
		if (virgl_dword(v, 0) >> i & 1)
			virgl_set_slot(v, SLOT_BARRIER + i);
	}
	return virgl_done(v);
}
