/* SPDX-License-Identifier: MIT */
#include "bound.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/virgl.h>

#define BOUND_STAGES  6u  /* VGPU_SHADER_… */
#define BOUND_SLOTS   32u /* the host takes no more */
#define BOUND_COLORS  8u
#define BOUND_OUTPUTS 16u
#define BOUND_SUBS    256u /* of a context: a hostile one makes 2^32 */

/* A surface or a sampler view; of the others their handle says all. */
struct bound_object {
	struct table_node node;
	uint32_t resource, level, layers;
};

struct bound_sub {
	struct bound_sub *next;
	uint32_t id;
	struct table objects;
	uint32_t blend, rasterizer, dsa, vertex_elements, index_buffer, condition;
	uint32_t shaders[BOUND_STAGES];
	uint32_t depth, colors[BOUND_COLORS];
	uint32_t views[BOUND_STAGES][BOUND_SLOTS], samplers[BOUND_STAGES][BOUND_SLOTS];
	uint32_t uniforms[BOUND_STAGES][BOUND_SLOTS];
	uint32_t vertex_buffers[BOUND_SLOTS], outputs[BOUND_OUTPUTS];
};

struct bound_context {
	struct table_node node;
	struct bound_sub *subs, *current;
	uint32_t count;
};

static void sub_free(struct bound_sub *s)
{
	struct table_node *n;
	uint32_t from = 0;

	while ((n = table_pop(&s->objects, &from)))
		free(n);
	table_finish(&s->objects);
	free(s);
}

static void context_free(struct bound_context *c)
{
	struct bound_sub *s, *next;

	for (s = c->subs; s; s = next) {
		next = s->next;
		sub_free(s);
	}
	free(c);
}

static struct bound_sub *sub_find(const struct bound_context *c, uint32_t id)
{
	struct bound_sub *s = c->subs;

	while (s && s->id != id)
		s = s->next;
	return s;
}

static struct bound_sub *sub_new(struct bound_context *c, uint32_t id)
{
	struct bound_sub **at = &c->subs, *s;

	if (sub_find(c, id) || c->count == BOUND_SUBS)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id;
	while (*at)
		at = &(*at)->next;
	*at = s;
	c->count++;
	return s;
}

static void sub_destroy(struct bound_context *c, uint32_t id)
{
	struct bound_sub **at = &c->subs, *s;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	s = *at;
	if (!s || !id)
		return;
	*at = s->next;
	c->count--;
	if (c->current == s)
		c->current = c->subs;
	sub_free(s);
}

static void context_create(struct bound *b, uint32_t id)
{
	struct bound_context *c;

	if (!id || table_find(&b->contexts, id))
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	c->node.id = id;
	c->current = sub_new(c, 0);
	if (!c->current || table_insert(&b->contexts, &c->node))
		context_free(c);
}

static uint32_t dword(const struct vgpu_virgl_cmd *cmd, uint32_t index)
{
	return vgpu_virgl_dword(cmd, index);
}

static void object_create(struct bound_sub *s, const struct vgpu_virgl_cmd *cmd)
{
	struct bound_object *o;

	free(table_remove(&s->objects, dword(cmd, 0)));
	if (cmd->object != VGPU_VIRGL_OBJECT_SURFACE &&
	    cmd->object != VGPU_VIRGL_OBJECT_MSAA_SURFACE &&
	    cmd->object != VGPU_VIRGL_OBJECT_SAMPLER_VIEW)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		return;
	o->node.id = dword(cmd, 0);
	o->resource = dword(cmd, 1);
	o->level = dword(cmd, 3);
	o->layers = dword(cmd, 4);
	if (table_insert(&s->objects, &o->node))
		free(o);
}

static void object_bind(struct bound_sub *s, const struct vgpu_virgl_cmd *cmd)
{
	switch (cmd->object) {
	case VGPU_VIRGL_OBJECT_BLEND:
		s->blend = dword(cmd, 0);
		break;
	case VGPU_VIRGL_OBJECT_RASTERIZER:
		s->rasterizer = dword(cmd, 0);
		break;
	case VGPU_VIRGL_OBJECT_DSA:
		s->dsa = dword(cmd, 0);
		break;
	case VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS:
		s->vertex_elements = dword(cmd, 0);
		break;
	}
}

/* Dwords `at`, `at` + step, … into the slots from `first` on; `rest`: those behind are emptied. */
static void set_slots(uint32_t *slots, uint32_t room, uint32_t first,
		      const struct vgpu_virgl_cmd *cmd, uint32_t at, uint32_t step, bool rest)
{
	uint32_t i;

	for (i = first; i < room && (at < cmd->length || rest); i++, at += step)
		slots[i] = at < cmd->length ? dword(cmd, at) : 0;
}

static void in_sub(struct bound_sub *s, const struct vgpu_virgl_cmd *cmd)
{
	uint32_t stage = dword(cmd, 0), slot = dword(cmd, 1);

	switch (cmd->opcode) {
	case VGPU_VIRGL_CREATE_OBJECT:
		object_create(s, cmd);
		break;
	case VGPU_VIRGL_DESTROY_OBJECT:
		free(table_remove(&s->objects, dword(cmd, 0)));
		break;
	case VGPU_VIRGL_BIND_OBJECT:
		object_bind(s, cmd);
		break;
	case VGPU_VIRGL_BIND_SHADER:
		if (slot < BOUND_STAGES)
			s->shaders[slot] = dword(cmd, 0);
		break;
	case VGPU_VIRGL_SET_FRAMEBUFFER_STATE:
		s->depth = dword(cmd, 1);
		set_slots(s->colors, BOUND_COLORS, 0, cmd, 2, 1, true);
		break;
	case VGPU_VIRGL_SET_SAMPLER_VIEWS:
		if (stage < BOUND_STAGES)
			set_slots(s->views[stage], BOUND_SLOTS, slot, cmd, 2, 1, true);
		break;
	case VGPU_VIRGL_BIND_SAMPLER_STATES:
		if (stage < BOUND_STAGES)
			set_slots(s->samplers[stage], BOUND_SLOTS, slot, cmd, 2, 1, false);
		break;
	case VGPU_VIRGL_SET_UNIFORM_BUFFER:
		if (stage < BOUND_STAGES && slot < BOUND_SLOTS)
			s->uniforms[stage][slot] = dword(cmd, 4);
		break;
	case VGPU_VIRGL_SET_VERTEX_BUFFERS:
		set_slots(s->vertex_buffers, BOUND_SLOTS, 0, cmd, 2, 3, true);
		break;
	case VGPU_VIRGL_SET_INDEX_BUFFER:
		s->index_buffer = dword(cmd, 0);
		break;
	case VGPU_VIRGL_SET_STREAMOUT_TARGETS:
		set_slots(s->outputs, BOUND_OUTPUTS, 0, cmd, 1, 1, true);
		break;
	case VGPU_VIRGL_SET_RENDER_CONDITION:
		s->condition = dword(cmd, 0);
		break;
	}
}

static void stream(struct bound_context *c, const uint8_t *bytes, size_t size)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct bound_sub *s;

	vgpu_virgl_walk_init(&walk, bytes, size);
	while (vgpu_virgl_walk_next(&walk, &cmd) > 0) {
		switch (cmd.opcode) {
		case VGPU_VIRGL_SET_SUB_CTX:
			s = sub_find(c, dword(&cmd, 0));
			c->current = s ? s : c->current;
			break;
		case VGPU_VIRGL_CREATE_SUB_CTX:
			sub_new(c, dword(&cmd, 0));
			break;
		case VGPU_VIRGL_DESTROY_SUB_CTX:
			sub_destroy(c, dword(&cmd, 0));
			break;
		default:
			in_sub(c->current, &cmd);
		}
	}
}

void bound_request(struct bound *b, const uint8_t *request, size_t size)
{
	struct bound_context *c;
	struct vgpu_ctx_create create;
	struct vgpu_cmd_submit submit;
	struct vgpu_ctrl_hdr hdr;
	uint32_t capset;

	if (vgpu_decode_ctrl_hdr(request, size, &hdr))
		return;
	c = (struct bound_context *)table_find(&b->contexts, hdr.ctx_id);
	switch (hdr.type) {
	case VGPU_CMD_CTX_CREATE:
		if (vgpu_decode_ctx_create(request, size, &create))
			break;
		capset = create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
		if (!capset || capset == VGPU_CAPSET_VIRGL || capset == VGPU_CAPSET_VIRGL2)
			context_create(b, hdr.ctx_id);
		break;
	case VGPU_CMD_CTX_DESTROY:
		table_remove(&b->contexts, hdr.ctx_id);
		if (c)
			context_free(c);
		break;
	case VGPU_CMD_SUBMIT_3D:
		if (c && !vgpu_decode_cmd_submit(request, size, &submit) &&
		    submit.size <= size - VGPU_CMD_SUBMIT_SIZE)
			stream(c, request + VGPU_CMD_SUBMIT_SIZE, submit.size);
		break;
	}
}

void bound_clear(struct bound *b)
{
	struct table_node *n;
	uint32_t from = 0;

	while ((n = table_pop(&b->contexts, &from)))
		context_free((struct bound_context *)n);
	table_finish(&b->contexts);
}

static void put_object(FILE *out, const struct bound_sub *s, uint32_t handle, bool surface)
{
	const struct bound_object *o = (const struct bound_object *)table_find(&s->objects, handle);

	if (!handle) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"object\":%" PRIu32 ",\"resource\":%" PRIu32, handle, o ? o->resource : 0);
	if (surface && o)
		fprintf(out,
			",\"level\":%" PRIu32 ",\"first_layer\":%" PRIu32
			",\"last_layer\":%" PRIu32,
			o->level, o->layers & 0xffff, o->layers >> 16);
	putc('}', out);
}

enum kind {
	NUMBERS,
	VIEWS,
	SURFACES
};

static void put_list(FILE *out, const struct bound_sub *s, const uint32_t *slots, uint32_t count,
		     enum kind kind)
{
	uint32_t i;

	while (count && !slots[count - 1])
		count--;
	putc('[', out);
	for (i = 0; i < count; i++) {
		if (i)
			putc(',', out);
		if (kind == NUMBERS)
			fprintf(out, "%" PRIu32, slots[i]);
		else
			put_object(out, s, slots[i], kind == SURFACES);
	}
	putc(']', out);
}

static void put_stages(FILE *out, const char *name, const struct bound_sub *s,
		       const uint32_t slots[BOUND_STAGES][BOUND_SLOTS], enum kind kind)
{
	uint32_t i;

	fprintf(out, ",\"%s\":[", name);
	for (i = 0; i < BOUND_STAGES; i++) {
		if (i)
			putc(',', out);
		put_list(out, s, slots[i], BOUND_SLOTS, kind);
	}
	putc(']', out);
}

static void put_sub(FILE *out, const struct bound_context *c, const struct bound_sub *s)
{
	fprintf(out,
		"\n{\"ctx\":%" PRIu32 ",\"sub\":%" PRIu32 ",\"current\":%s,\"blend\":%" PRIu32
		",\"rasterizer\":%" PRIu32 ",\"dsa\":%" PRIu32 ",\"vertex_elements\":%" PRIu32
		",\"shaders\":",
		c->node.id, s->id, s == c->current ? "true" : "false", s->blend, s->rasterizer,
		s->dsa, s->vertex_elements);
	put_list(out, s, s->shaders, BOUND_STAGES, NUMBERS);
	fputs(",\"depth\":", out);
	put_object(out, s, s->depth, true);
	fputs(",\"colors\":", out);
	put_list(out, s, s->colors, BOUND_COLORS, SURFACES);
	put_stages(out, "views", s, s->views, VIEWS);
	put_stages(out, "samplers", s, s->samplers, NUMBERS);
	put_stages(out, "uniforms", s, s->uniforms, NUMBERS);
	fputs(",\"vertex_buffers\":", out);
	put_list(out, s, s->vertex_buffers, BOUND_SLOTS, NUMBERS);
	fprintf(out, ",\"index_buffer\":%" PRIu32 ",\"stream_outputs\":", s->index_buffer);
	put_list(out, s, s->outputs, BOUND_OUTPUTS, NUMBERS);
	fprintf(out, ",\"condition\":%" PRIu32 "}", s->condition);
}

void bound_json(const struct bound *b, FILE *out)
{
	const struct table_node *n;
	const struct bound_sub *s;
	bool some = false;
	uint32_t i;

	putc('[', out);
	for (i = 0; b->contexts.buckets && i <= b->contexts.mask; i++) {
		for (n = b->contexts.buckets[i]; n; n = n->next) {
			for (s = ((const struct bound_context *)n)->subs; s; s = s->next) {
				if (some)
					putc(',', out);
				some = true;
				put_sub(out, (const struct bound_context *)n, s);
			}
		}
	}
	putc(']', out);
}
