/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdlib.h>
#include <string.h>

void target_finish(struct target *t)
{
	free(t->surfaces);
	*t = (struct target) { 0 };
}

void target_forget(struct target *t, uint32_t ctx_id)
{
	uint32_t i;

	for (i = 0; i < TARGET_CONTEXTS; i++) {
		if (t->contexts[i].ctx_id == ctx_id)
			t->contexts[i] = (struct target_context) { 0 };
	}
	for (i = 0; t->surfaces && i < TARGET_SURFACES; i++) {
		if (t->surfaces[i].ctx_id == ctx_id)
			t->surfaces[i].handle = 0;
	}
}

static struct target_context *target_context(struct target *t, uint32_t ctx_id, uint32_t sub)
{
	struct target_context *c;
	uint32_t i;

	for (i = 0; i < TARGET_CONTEXTS; i++) {
		c = &t->contexts[i];
		if (c->ctx_id == ctx_id && c->sub == sub)
			return c;
	}
	c = &t->contexts[t->next_context++ % TARGET_CONTEXTS];
	*c = (struct target_context) { .ctx_id = ctx_id, .sub = sub };
	return c;
}

/* A context begins in sub-context 0. */
static struct target_context *target_current(struct target *t, uint32_t ctx_id)
{
	struct target_context *c;
	uint32_t i;

	for (i = 0; i < TARGET_CONTEXTS; i++) {
		if (t->contexts[i].ctx_id == ctx_id && t->contexts[i].current)
			return &t->contexts[i];
	}
	c = target_context(t, ctx_id, 0);
	c->current = true;
	return c;
}

static void target_choose(struct target *t, uint32_t ctx_id, uint32_t sub)
{
	target_current(t, ctx_id)->current = false;
	target_context(t, ctx_id, sub)->current = true;
}

/* The newest of that handle. */
static struct target_surface *target_surface(const struct target *t, uint32_t ctx_id, uint32_t sub,
					     uint32_t handle)
{
	struct target_surface *s;
	uint32_t i;

	for (i = 0; t->surfaces && handle && i < TARGET_SURFACES; i++) {
		s = &t->surfaces[(t->next_surface - 1 - i) % TARGET_SURFACES];
		if (s->handle == handle && s->ctx_id == ctx_id && s->sub == sub)
			return s;
	}
	return NULL;
}

static void target_make(struct target *t, const struct target_context *c,
			const struct vgpu_virgl_cmd *cmd)
{
	if (!t->surfaces)
		t->surfaces = calloc(TARGET_SURFACES, sizeof(*t->surfaces));
	if (!t->surfaces)
		return;
	/* SURFACE and MSAA_SURFACE begin alike. */
	t->surfaces[t->next_surface++ % TARGET_SURFACES] = (struct target_surface) {
		.ctx_id = c->ctx_id,
		.sub = c->sub,
		.handle = vgpu_virgl_dword(cmd, 0),
		.resource_id = vgpu_virgl_dword(cmd, 1),
		.level = vgpu_virgl_dword(cmd, 3),
		.layer = vgpu_virgl_dword(cmd, 4) & 0xffff,
	};
}

void target_command(struct target *t, uint32_t ctx_id, const struct vgpu_virgl_cmd *cmd)
{
	struct target_context *c;
	struct target_surface *s;

	if (!ctx_id)
		return;
	c = target_current(t, ctx_id);
	switch (cmd->opcode) {
	case VGPU_VIRGL_SET_SUB_CTX:
		target_choose(t, ctx_id, vgpu_virgl_dword(cmd, 0));
		break;
	case VGPU_VIRGL_CREATE_OBJECT:
		if (cmd->object == VGPU_VIRGL_OBJECT_SURFACE ||
		    cmd->object == VGPU_VIRGL_OBJECT_MSAA_SURFACE)
			target_make(t, c, cmd);
		break;
	case VGPU_VIRGL_DESTROY_OBJECT:
		s = target_surface(t, ctx_id, c->sub, vgpu_virgl_dword(cmd, 0));
		if (s && (cmd->object == VGPU_VIRGL_OBJECT_SURFACE ||
			  cmd->object == VGPU_VIRGL_OBJECT_MSAA_SURFACE))
			s->handle = 0;
		break;
	case VGPU_VIRGL_SET_FRAMEBUFFER_STATE:
		c->color = vgpu_virgl_dword(cmd, 0) ? vgpu_virgl_dword(cmd, 2) : 0;
		break;
	default:
		break;
	}
}

const struct target_surface *target_find(const struct target *t, uint32_t ctx_id)
{
	const struct target_context *c;
	uint32_t i;

	for (i = 0; i < TARGET_CONTEXTS && ctx_id; i++) {
		c = &t->contexts[i];
		if (c->ctx_id == ctx_id && c->current)
			return target_surface(t, ctx_id, c->sub, c->color);
	}
	return NULL;
}
