/* SPDX-License-Identifier: MIT */
/*
 * What a virgl command needs and changes. The functions are given the command with its node begun,
 * and finish it; false means that the host would refuse the command or that its effects are not
 * modelled: then the whole context is treated as one.
 * Source: virglrenderer src/vrend_decode.c, src/vrend_renderer.c (0.10.4).
 */
#ifndef FORMATS_EDIT_VIRGL_H
#define FORMATS_EDIT_VIRGL_H

#include <vgpu/virgl-codec.h>

#include "state.h"

struct virgl {
	struct edit_state *e;
	struct edit_context *ctx;
	struct edit_sub *sub;
	const struct vgpu_virgl_cmd *cmd;
};

static inline uint32_t virgl_dword(const struct virgl *v, uint32_t index)
{
	return vgpu_virgl_dword(v->cmd, index);
}

static inline void virgl_need(const struct virgl *v, node_t node)
{
	edit_need(v->e, node);
}

static inline void virgl_set_slot(const struct virgl *v, uint32_t slot)
{
	edit_set(v->e, &v->sub->slots[slot]);
}

static inline bool virgl_done(const struct virgl *v)
{
	graph_drop(&v->e->graph, edit_end(v->e, v->cmd->offset));
	return true;
}

/* State that one command sets and that nothing else looks at. */
static inline bool virgl_plain(const struct virgl *v, uint32_t slot)
{
	virgl_set_slot(v, slot);
	return virgl_done(v);
}

static inline bool virgl_plain_list(const struct virgl *v, uint32_t slot, uint32_t size,
				    uint32_t limit)
{
	uint32_t first = virgl_dword(v, 0), count = (v->cmd->length - 1u) / size;

	if (first > limit || count > limit - first)
		return false;
	for (uint32_t i = first; i < first + count; i++)
		virgl_set_slot(v, slot + i);
	return virgl_done(v);
}

static inline struct edit_object *virgl_object(const struct virgl *v, uint32_t handle)
{
	return map_find(&v->sub->objects, handle);
}

/* A resource by the id that a stream names; NULL: the context does not have it. */
static inline struct edit_resource *virgl_resource(const struct virgl *v, uint32_t id)
{
	struct edit_attachment *a = edit_attached(v->ctx, id);

	if (!a)
		return NULL;
	virgl_need(v, a->node);
	virgl_need(v, a->resource->create);
	return a->resource;
}

/* virgl-state.c: objects, and what is bound */
bool virgl_create_object(const struct virgl *v);
bool virgl_destroy_object(const struct virgl *v);
bool virgl_bind_object(const struct virgl *v);
bool virgl_bind_shader(const struct virgl *v);
bool virgl_link_shader(const struct virgl *v);
bool virgl_set_framebuffer(const struct virgl *v);
bool virgl_set_vertex_buffers(const struct virgl *v);
bool virgl_set_index_buffer(const struct virgl *v);
bool virgl_set_uniform_buffer(const struct virgl *v);
bool virgl_set_bound_stage(const struct virgl *v, uint32_t slot, uint32_t size);
bool virgl_set_bound(const struct virgl *v, uint32_t slot, uint32_t first, uint32_t at,
		     uint32_t size);
bool virgl_set_sampler_views(const struct virgl *v);
bool virgl_bind_sampler_states(const struct virgl *v);
bool virgl_set_streamout(const struct virgl *v);
bool virgl_memory_barrier(const struct virgl *v);

/* virgl-draw.c: queries, drawing, moving pixels */
bool virgl_begin_query(const struct virgl *v);
bool virgl_end_query(const struct virgl *v);
bool virgl_query_result(const struct virgl *v, bool to_buffer);
bool virgl_set_condition(const struct virgl *v);
bool virgl_draw_vbo(const struct virgl *v);
bool virgl_launch_grid(const struct virgl *v);
bool virgl_clear(const struct virgl *v);
bool virgl_clear_texture(const struct virgl *v);
bool virgl_clear_surface(const struct virgl *v);
bool virgl_blit(const struct virgl *v);
bool virgl_copy_region(const struct virgl *v);
bool virgl_inline_write(const struct virgl *v);
bool virgl_transfer(const struct virgl *v);

#endif
