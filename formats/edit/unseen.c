/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "request.h"
#include "unseen.h"

#define IDS_MAX 65536 /* what comes later is not told apart */

static int take_resource(void *data, const struct vgpu_field *f)
{
	if (strcmp(f->path, "resource_id") != 0)
		return 0;
	*(uint32_t *)data = (uint32_t)f->value;
	return VGPU_ERR_INVALID; /* enough */
}

/* The resource that the request wants to be there; 0: none. */
static uint32_t named_resource(const struct vgpu_trace_command *c, uint32_t type)
{
	uint32_t id = 0;

	switch (type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
	case VGPU_CMD_RESOURCE_CREATE_3D:
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
	case VGPU_CMD_SUBMIT_3D:
		return 0;
	}
	vgpu_request_visit(c->request, c->request_size, take_resource, &id);
	return id;
}

static int note(struct map *met, struct vgpu_trim_unseen *out, uint32_t device, uint32_t id)
{
	uint64_t key = (uint64_t)device << 32 | id;

	if (map_find(met, key) || met->count == IDS_MAX)
		return 0;
	if (out->count < VGPU_TRIM_UNSEEN_IDS)
		out->ids[out->count] = id;
	out->count++;
	return map_put(met, key, met);
}

int unseen_take(struct unseen *u, const struct edit_state *e, const struct vgpu_trace_command *c,
		struct vgpu_trim_report *report)
{
	const struct edit_device *d = c->device < EDIT_DEVICES ? e->devices[c->device] : NULL;
	struct vgpu_ctrl_hdr hdr = request_head(c->request, c->request_size);
	uint32_t ctx_id = hdr.type == VGPU_CMD_CTX_CREATE ? 0 : hdr.ctx_id;
	uint32_t resource = named_resource(c, hdr.type);
	int err = 0;

	if (d && map_find(&d->contexts, ctx_id))
		ctx_id = 0;
	if (d && map_find(&d->resources, resource))
		resource = 0;
	report->unseen_commands += ctx_id || resource;
	if (ctx_id)
		err = note(&u->contexts, &report->unseen_contexts, c->device, ctx_id);
	if (resource && !err)
		err = note(&u->resources, &report->unseen_resources, c->device, resource);
	return err;
}

void unseen_finish(struct unseen *u)
{
	map_finish(&u->contexts);
	map_finish(&u->resources);
	memset(u, 0, sizeof(*u));
}
