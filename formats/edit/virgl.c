/* SPDX-License-Identifier: MIT */
/* Sub contexts, and which function takes which command. */
#include "virgl.h"

/* Sub contexts, and resources made in a stream */

static bool set_sub(const struct virgl *v)
{
	struct edit_sub *sub = map_find(&v->ctx->subs, virgl_dword(v, 0));

	/* The host passes over one that is not there. */
	if (!sub)
		return true;
	virgl_need(v, sub->node);
	edit_set(v->e, &v->ctx->current_node);
	virgl_done(v);
	v->ctx->current = sub;
	return true;
}

static bool create_sub(const struct virgl *v)
{
	struct edit_sub *sub;

	if (!virgl_dword(v, 0))
		return false;
	if (map_find(&v->ctx->subs, virgl_dword(v, 0)))
		return true;
	sub = edit_sub_new(v->e, v->ctx, virgl_dword(v, 0));
	if (!sub)
		return false;
	edit_set(v->e, &sub->node);
	return virgl_done(v);
}

static bool destroy_sub(const struct virgl *v)
{
	struct edit_sub *sub = map_find(&v->ctx->subs, virgl_dword(v, 0));
	node_t node;

	if (!virgl_dword(v, 0))
		return false;
	if (!sub)
		return true;
	if (v->e->graph.marking || sub == v->ctx->current)
		virgl_need(v, sub->node);
	if (sub == v->ctx->current) {
		edit_set(v->e, &v->ctx->current_node);
		v->ctx->current = map_find(&v->ctx->subs, 0);
	}
	node = edit_end(v->e, v->cmd->offset);
	graph_also(&v->e->graph, sub->node, node);
	graph_drop(&v->e->graph, node);
	map_take(&v->ctx->subs, sub->id);
	edit_sub_free(v->e, sub);
	return true;
}

static bool make_resource(const struct virgl *v)
{
	virgl_need(v, v->ctx->blobs);
	edit_set(v->e, &v->ctx->blobs);
	return virgl_done(v);
}

static bool write_resource(const struct virgl *v)
{
	struct edit_resource *r = virgl_resource(v, virgl_dword(v, 0));

	if (!r)
		return false;
	edit_write(v->e, r, NULL, r->planes, false);
	if (!r->in_memory)
		edit_write_backing(v->e, r, 0, UINT64_MAX);
	return virgl_done(v);
}

/* What holds for the whole context, and comes rarely. */
static bool set_context(const struct virgl *v)
{
	virgl_need(v, v->ctx->chain);
	edit_set(v->e, &v->ctx->chain);
	return virgl_done(v);
}

static bool in_sub(const struct virgl *v)
{
	uint32_t stage = virgl_dword(v, 0);

	switch (v->cmd->opcode) {
	case VGPU_VIRGL_CREATE_OBJECT:
		return virgl_create_object(v);
	case VGPU_VIRGL_BIND_OBJECT:
		return virgl_bind_object(v);
	case VGPU_VIRGL_DESTROY_OBJECT:
		return virgl_destroy_object(v);
	case VGPU_VIRGL_SET_VIEWPORT_STATE:
		return virgl_plain_list(v, SLOT_VIEWPORT, 6, 16);
	case VGPU_VIRGL_SET_FRAMEBUFFER_STATE:
		return virgl_set_framebuffer(v);
	case VGPU_VIRGL_SET_VERTEX_BUFFERS:
		return virgl_set_vertex_buffers(v);
	case VGPU_VIRGL_CLEAR:
		return virgl_clear(v);
	case VGPU_VIRGL_DRAW_VBO:
		return virgl_draw_vbo(v);
	case VGPU_VIRGL_RESOURCE_INLINE_WRITE:
		return virgl_inline_write(v);
	case VGPU_VIRGL_SET_SAMPLER_VIEWS:
		return virgl_set_sampler_views(v);
	case VGPU_VIRGL_SET_INDEX_BUFFER:
		return virgl_set_index_buffer(v);
	case VGPU_VIRGL_SET_CONSTANT_BUFFER:
		return stage < EDIT_SHADERS && virgl_plain(v, SLOT_CONSTANTS + stage);
	case VGPU_VIRGL_SET_STENCIL_REF:
		return virgl_plain(v, SLOT_STENCIL_REF);
	case VGPU_VIRGL_SET_BLEND_COLOR:
		return virgl_plain(v, SLOT_BLEND_COLOR);
	case VGPU_VIRGL_SET_SCISSOR_STATE:
		return virgl_plain_list(v, SLOT_SCISSOR, 2, 16);
	case VGPU_VIRGL_BLIT:
		return virgl_blit(v);
	case VGPU_VIRGL_RESOURCE_COPY_REGION:
		return virgl_copy_region(v);
	case VGPU_VIRGL_BIND_SAMPLER_STATES:
		return virgl_bind_sampler_states(v);
	case VGPU_VIRGL_BEGIN_QUERY:
		return virgl_begin_query(v);
	case VGPU_VIRGL_END_QUERY:
		return virgl_end_query(v);
	case VGPU_VIRGL_GET_QUERY_RESULT:
		return virgl_query_result(v, false);
	case VGPU_VIRGL_GET_QUERY_RESULT_QBO:
		return virgl_query_result(v, true);
	case VGPU_VIRGL_SET_POLYGON_STIPPLE:
		return virgl_plain(v, SLOT_STIPPLE);
	case VGPU_VIRGL_SET_CLIP_STATE:
		return virgl_plain(v, SLOT_CLIP);
	case VGPU_VIRGL_SET_SAMPLE_MASK:
		return virgl_plain(v, SLOT_SAMPLE_MASK);
	case VGPU_VIRGL_SET_MIN_SAMPLES:
		return virgl_plain(v, SLOT_MIN_SAMPLES);
	case VGPU_VIRGL_SET_STREAMOUT_TARGETS:
		return virgl_set_streamout(v);
	case VGPU_VIRGL_SET_RENDER_CONDITION:
		return virgl_set_condition(v);
	case VGPU_VIRGL_SET_UNIFORM_BUFFER:
		return virgl_set_uniform_buffer(v);
	case VGPU_VIRGL_BIND_SHADER:
		return virgl_bind_shader(v);
	case VGPU_VIRGL_LINK_SHADER:
		return virgl_link_shader(v);
	case VGPU_VIRGL_SET_TESS_STATE:
		return virgl_plain(v, SLOT_TESS);
	case VGPU_VIRGL_SET_SHADER_BUFFERS:
		return virgl_set_bound_stage(v, SLOT_STORAGE, 3);
	case VGPU_VIRGL_SET_SHADER_IMAGES:
		return virgl_set_bound_stage(v, SLOT_IMAGES, 5);
	case VGPU_VIRGL_SET_ATOMIC_BUFFERS:
		return virgl_set_bound(v, SLOT_ATOMICS, virgl_dword(v, 0), 1, 3);
	case VGPU_VIRGL_MEMORY_BARRIER:
		return virgl_memory_barrier(v);
	case VGPU_VIRGL_TEXTURE_BARRIER:
		return virgl_plain(v, SLOT_TEXTURE_BARRIER);
	case VGPU_VIRGL_LAUNCH_GRID:
		return virgl_launch_grid(v);
	case VGPU_VIRGL_SET_FRAMEBUFFER_STATE_NO_ATTACH:
		return virgl_plain(v, SLOT_FRAMEBUFFER_SIZE);
	case VGPU_VIRGL_SET_DEBUG_FLAGS:
	case VGPU_VIRGL_SET_TWEAKS:
		return set_context(v);
	case VGPU_VIRGL_TRANSFER3D:
	case VGPU_VIRGL_COPY_TRANSFER3D:
		return virgl_transfer(v);
	case VGPU_VIRGL_CLEAR_TEXTURE:
		return virgl_clear_texture(v);
	case VGPU_VIRGL_CLEAR_SURFACE:
		return virgl_clear_surface(v);
	case VGPU_VIRGL_PIPE_RESOURCE_CREATE:
		return make_resource(v);
	case VGPU_VIRGL_PIPE_RESOURCE_SET_TYPE:
	case VGPU_VIRGL_GET_MEMORY_INFO:
		return write_resource(v);
	}
	return false;
}

bool edit_virgl(struct edit_state *e, struct edit_context *ctx, const struct vgpu_virgl_cmd *cmd,
		node_t submit)
{
	struct virgl v = { .e = e, .ctx = ctx, .sub = ctx->current, .cmd = cmd };

	if (!v.sub || vgpu_virgl_check_length(cmd))
		return false;
	e->part = cmd;
	edit_begin(e);
	edit_need(e, submit);
	switch (cmd->opcode) {
	case VGPU_VIRGL_NOP:
	case VGPU_VIRGL_END_TRANSFERS:
	case VGPU_VIRGL_SEND_STRING_MARKER:
		return true;
	case VGPU_VIRGL_SET_SUB_CTX:
		return set_sub(&v);
	case VGPU_VIRGL_CREATE_SUB_CTX:
		return create_sub(&v);
	case VGPU_VIRGL_DESTROY_SUB_CTX:
		return destroy_sub(&v);
	}
	edit_need(e, ctx->current_node);
	edit_need(e, v.sub->node);
	return in_sub(&v);
}
