/* SPDX-License-Identifier: MIT */
/* What the commands of the device do to its state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "device.h"

void device_begin(struct edit_state *e, const struct edit_request *q)
{
	node_t *process = map_find(&e->processes, q->command->pid);
	node_t *name = q->hdr.ctx_id ? map_find(&e->names, q->hdr.ctx_id) : NULL;

	edit_begin(e);
	edit_need(e, process ? *process : 0);
	edit_need(e, name ? *name : 0);
}

/* The node of a whole command that is of use only through what was set or written. */
void device_done(struct edit_state *e)
{
	graph_drop(&e->graph, edit_end(e, e->whole_node));
}

/* The node of a command that ends what `begun` began: the two are kept together. */
void device_done_with(struct edit_state *e, node_t begun)
{
	node_t node;

	/* In the range it must find what it ends. */
	if (e->graph.marking)
		edit_need(e, begun);
	node = edit_end(e, e->whole_node);
	graph_also(&e->graph, begun, node);
	graph_drop(&e->graph, node);
}

void edit_device_clear(struct edit_state *e, struct edit_device *d)
{
	struct edit_context *ctx;
	struct edit_resource *r;
	node_t *asked;

	for (size_t i = 0; (ctx = map_each(&d->contexts, &i));)
		device_context_clear(e, ctx);
	map_finish(&d->contexts);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		graph_set(&e->graph, &d->scanouts[i].node, 0);
		edit_resource_set(e, &d->scanouts[i].resource, NULL);
		graph_set(&e->graph, &d->cursors[i], 0);
		graph_set(&e->graph, &d->moves[i], 0);
	}
	for (size_t i = 0; (r = map_each(&d->resources, &i));)
		edit_resource_drop(e, r);
	map_finish(&d->resources);
	for (size_t i = 0; (asked = map_each(&d->asked, &i));) {
		graph_drop(&e->graph, *asked);
		free(asked);
	}
	map_finish(&d->asked);
}

static struct edit_device *device(struct edit_state *e, uint32_t index)
{
	if (index >= EDIT_DEVICES) {
		e->graph.error = VGPU_ERR_TOO_LARGE;
		return NULL;
	}
	if (!e->devices[index]) {
		e->devices[index] = calloc(1, sizeof(*e->devices[index]));
		if (!e->devices[index])
			e->graph.error = -ENOMEM;
	}
	return e->devices[index];
}

struct edit_resource *device_resource(const struct edit_request *q, uint32_t id)
{
	return map_find(&q->device->resources, id);
}

/* Questions change nothing, but their last answers tell what the device is. */
static void question(struct edit_state *e, const struct edit_request *q)
{
	uint64_t key = (uint64_t)q->hdr.type << 32;
	uint32_t about = 0;
	node_t *p;

	if (q->size >= VGPU_CTRL_HDR_SIZE + sizeof(about))
		memcpy(&about, q->bytes + VGPU_CTRL_HDR_SIZE, sizeof(about));
	key |= about;
	p = map_find(&q->device->asked, key);
	if (!p) {
		/* There are a handful; more are a guest's joke. */
		if (q->device->asked.count > 256)
			return;
		p = calloc(1, sizeof(*p));
		if (!p || map_put(&q->device->asked, key, p)) {
			free(p);
			e->graph.error = -ENOMEM;
			return;
		}
	}
	device_begin(e, q);
	edit_set(e, p);
	device_done(e);
}

void edit_command(struct edit_state *e, const struct vgpu_trace_command *command)
{
	struct edit_request q = {
		.command = command,
		.bytes = command->request,
		.size = command->request_size,
		.device = device(e, command->device),
	};

	e->command = command;
	if (!q.device || vgpu_decode_ctrl_hdr(q.bytes, q.size, &q.hdr))
		return;
	switch (q.hdr.type) {
	case VGPU_CMD_GET_DISPLAY_INFO:
	case VGPU_CMD_GET_EDID:
	case VGPU_CMD_GET_CAPSET_INFO:
	case VGPU_CMD_GET_CAPSET:
		question(e, &q);
		break;
	}
	device_resources(e, &q);
	device_contexts(e, &q);
	device_scanouts(e, &q);
	device_transfers(e, &q);
}
