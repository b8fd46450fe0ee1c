/* SPDX-License-Identifier: MIT */
/* What is shown: scanouts, flushes, cursors. */
#include <vgpu/codec.h>

#include "device.h"

static void set_scanout(struct edit_state *e, const struct edit_request *q, uint32_t index,
			uint32_t id, bool empty)
{
	struct edit_resource *r = id && !empty ? device_resource(q, id) : NULL;
	struct edit_scanout *s;

	if (index >= EDIT_SCANOUTS)
		return;
	s = &q->device->scanouts[index];
	device_begin(e, q);
	if (r) {
		edit_need(e, r->create);
		edit_need(e, r->attach);
	}
	edit_set(e, &s->node);
	device_done(e);
	edit_resource_set(e, &s->resource, r);
}

static void shows(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_set_scanout_blob blob;
	struct vgpu_set_scanout c;

	if (q->hdr.type == VGPU_CMD_SET_SCANOUT) {
		if (!vgpu_decode_set_scanout(q->bytes, q->size, &c))
			set_scanout(e, q, c.scanout_id, c.resource_id, !c.r.width || !c.r.height);
	} else if (!vgpu_decode_set_scanout_blob(q->bytes, q->size, &blob)) {
		set_scanout(e, q, blob.scanout_id, blob.resource_id, false);
	}
}

uint32_t edit_shows(struct edit_state *e, const struct vgpu_trace_command *command)
{
	const struct edit_device *d = command->device < EDIT_DEVICES ? e->devices[command->device]
								     : NULL;
	const struct edit_resource *r;
	struct vgpu_resource_flush c;
	uint32_t shows = 0;

	if (!d || vgpu_decode_resource_flush(command->request, command->request_size, &c) ||
	    c.hdr.type != VGPU_CMD_RESOURCE_FLUSH)
		return 0;
	r = map_find(&d->resources, c.resource_id);
	for (int i = 0; r && i < EDIT_SCANOUTS; i++)
		shows += d->scanouts[i].resource == r;
	return shows;
}

static void flush(struct edit_state *e, const struct edit_request *q)
{
	struct vgpu_resource_flush c;
	struct edit_resource *r;

	if (vgpu_decode_resource_flush(q->bytes, q->size, &c))
		return;
	r = device_resource(q, c.resource_id);
	if (!r)
		return;
	e->shown = edit_shows(e, q->command);
	/* It changes nothing, so that nothing keeps it; in the range it shows what there is. */
	device_begin(e, q);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		if (q->device->scanouts[i].resource == r)
			edit_need(e, q->device->scanouts[i].node);
	}
	edit_read(e, r, NULL);
	device_done(e);
}

static void cursor(struct edit_state *e, const struct edit_request *q, bool move)
{
	struct vgpu_update_cursor c;
	struct edit_resource *r;
	node_t *update;

	if (vgpu_decode_update_cursor(q->bytes, q->size, &c) || c.pos.scanout_id >= EDIT_SCANOUTS)
		return;
	update = &q->device->cursors[c.pos.scanout_id];
	device_begin(e, q);
	if (move) {
		edit_need(e, *update);
		edit_set(e, &q->device->moves[c.pos.scanout_id]);
		device_done(e);
		return;
	}
	r = c.resource_id ? device_resource(q, c.resource_id) : NULL;
	if (r)
		edit_read(e, r, NULL);
	edit_set(e, update);
	device_done(e);
	graph_set(&e->graph, &q->device->moves[c.pos.scanout_id], 0);
}

void device_scanouts(struct edit_state *e, const struct edit_request *q)
{
	switch (q->hdr.type) {
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_SET_SCANOUT_BLOB:
		shows(e, q);
		break;
	case VGPU_CMD_RESOURCE_FLUSH:
		flush(e, q);
		break;
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		cursor(e, q, q->hdr.type == VGPU_CMD_MOVE_CURSOR);
		break;
	}
}
