/* SPDX-License-Identifier: MIT */
#include "given.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "roots.h"
#include "wire.h"

/* Backing for what is put back. No guest has memory there: processors have fewer address bits. */
#define SCRATCH      (1ull << 60)
/* A MEMORY record holds so much at most. */
#define SCRATCH_STEP (4u << 20)

static struct given_part *given_add(struct given *g)
{
	size_t room = g->room ? g->room * 2 : 64;
	struct given_part *list;

	if (g->count == g->room) {
		list = realloc(g->list, room * sizeof(*list));
		if (!list)
			return NULL;
		g->list = list;
		g->room = room;
	}
	g->list[g->count] = (struct given_part) { 0 };
	return &g->list[g->count++];
}

static int cut_resource(struct given *g, struct edit_state *e, uint32_t device,
			struct edit_resource *r)
{
	struct given_part *p = given_add(g);

	if (!p)
		return -ENOMEM;
	p->device = device;
	p->resource_id = r->id;
	p->is_2d = r->is_2d;
	p->width = r->width;
	p->height = r->height;
	if (r->attached) {
		p->backing = calloc(r->n_backing ? r->n_backing : 1, sizeof(*p->backing));
		if (!p->backing)
			return -ENOMEM;
		memcpy(p->backing, r->backing, r->n_backing * sizeof(*p->backing));
		p->n_backing = r->n_backing;
		p->attach = r->attach;
		graph_hold(&e->graph, p->attach);
	}
	p->node = graph_given(&e->graph, e->record, 0);
	roots_give(e, r, p->node);
	return e->graph.error;
}

/* What came out of the device, and is nowhere in the trace. */
static int cut_memory(struct given *g, struct edit_state *e)
{
	struct given_part *p;
	struct spans *s;

	for (size_t i = 0; (s = map_each(&e->memory, &i));) {
		for (uint32_t k = 0; k < s->count; k++) {
			struct span *span = &s->list[k];

			if (e->graph.nodes[span->node].offset == NODE_RECORD)
				continue;
			p = given_add(g);
			if (!p)
				return -ENOMEM;
			p->address = span->begin;
			p->size = (size_t)(span->end - span->begin);
			p->node = graph_given(&e->graph, e->record, 0);
			graph_set(&e->graph, &span->node, p->node);
		}
	}
	return e->graph.error;
}

int given_cut(struct given *g, struct edit_state *e, const struct vgpu_trim_source *source)
{
	struct edit_resource *r;
	int err = cut_memory(g, e);

	/* The source is one device. */
	for (uint32_t d = 0; d < EDIT_DEVICES && !err; d++) {
		if (!e->devices[d])
			continue;
		for (size_t i = 0; !err && (r = map_each(&e->devices[d]->resources, &i));) {
			if (!(r->in_memory && r->attached) && source->gives(source->data, r->id))
				err = cut_resource(g, e, d, r);
		}
		break;
	}
	return err;
}

void given_finish(struct given *g, struct edit_state *e)
{
	for (size_t i = 0; i < g->count; i++) {
		graph_drop(&e->graph, g->list[i].node);
		graph_drop(&e->graph, g->list[i].attach);
		free(g->list[i].backing);
	}
	free(g->list);
	free(g->body);
	*g = (struct given) { 0 };
}

struct writing {
	struct given *g;
	const struct vgpu_trim_source *source;
	struct vgpu_trace_writer *w;
	uint64_t time_ns;
	const struct given_part *p;
};

/* Room for `size` bytes of a body. */
static uint8_t *body(struct given *g, size_t size)
{
	uint8_t *bigger;

	if (size > g->body_room) {
		bigger = realloc(g->body, size);
		if (!bigger)
			return NULL;
		g->body = bigger;
		g->body_room = size;
	}
	return g->body;
}

static int snapshot(const struct writing *to, const void *request, size_t size)
{
	struct vgpu_trace_snapshot s = { .device = to->p->device,
					 .request = request,
					 .request_size = size };

	return vgpu_trace_write_snapshot(to->w, to->time_ns, &s);
}

static int memory(const struct writing *to, uint64_t address, const uint8_t *bytes, size_t size)
{
	struct vgpu_trace_memory m = { .address = address, .bytes = bytes };
	int err = 0;

	for (size_t at = 0; at < size && !err; at += m.size, m.address += m.size) {
		m.bytes = bytes + at;
		m.size = size - at < SCRATCH_STEP ? size - at : SCRATCH_STEP;
		err = vgpu_trace_write_memory(to->w, to->time_ns, &m);
	}
	return err;
}

static int attach(const struct writing *to, const struct edit_range *ranges, uint32_t count)
{
	struct vgpu_resource_attach_backing c = { .hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
						  .resource_id = to->p->resource_id,
						  .nr_entries = count };
	size_t size = VGPU_RESOURCE_ATTACH_BACKING_SIZE + (size_t)count * VGPU_MEM_ENTRY_SIZE, at;
	uint8_t *wire = body(to->g, size);

	if (!wire)
		return -ENOMEM;
	vgpu_encode_resource_attach_backing(&c, wire, size);
	at = VGPU_RESOURCE_ATTACH_BACKING_SIZE;
	for (uint32_t i = 0; i < count; i++, at += VGPU_MEM_ENTRY_SIZE) {
		struct vgpu_mem_entry entry = { .addr = ranges[i].address,
						.length = (uint32_t)ranges[i].size };

		vgpu_encode_mem_entry(&entry, wire + at, VGPU_MEM_ENTRY_SIZE);
	}
	return snapshot(to, wire, size);
}

static int detach(const struct writing *to)
{
	struct vgpu_resource_detach_backing c = { .hdr.type = VGPU_CMD_RESOURCE_DETACH_BACKING,
						  .resource_id = to->p->resource_id };
	uint8_t wire[VGPU_RESOURCE_DETACH_BACKING_SIZE];

	vgpu_encode_resource_detach_backing(&c, wire, sizeof(wire));
	return snapshot(to, wire, sizeof(wire));
}

/* A device that only notes transfers executes the last one at the flush. */
static int transfer_2d(const struct writing *to)
{
	struct vgpu_rect all = { .width = to->p->width, .height = to->p->height };
	struct vgpu_transfer_to_host_2d c = { .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
					      .r = all,
					      .resource_id = to->p->resource_id };
	struct vgpu_resource_flush f = { .hdr.type = VGPU_CMD_RESOURCE_FLUSH,
					 .r = all,
					 .resource_id = to->p->resource_id };
	uint8_t wire[VGPU_TRANSFER_TO_HOST_2D_SIZE], show[VGPU_RESOURCE_FLUSH_SIZE];
	int err;

	vgpu_encode_transfer_to_host_2d(&c, wire, sizeof(wire));
	vgpu_encode_resource_flush(&f, show, sizeof(show));
	err = snapshot(to, wire, sizeof(wire));
	return err ? err : snapshot(to, show, sizeof(show));
}

static int transfer_3d(const struct writing *to, uint32_t level, uint32_t layer,
		       const struct vgpu_trim_part *part)
{
	struct vgpu_transfer_host_3d c = {
		.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_3D,
		.box = { .z = layer, .w = part->width, .h = part->height, .d = 1 },
		.resource_id = to->p->resource_id,
		.level = level,
		.stride = part->stride
	};
	uint8_t wire[VGPU_TRANSFER_HOST_3D_SIZE];

	vgpu_encode_transfer_host_3d(&c, wire, sizeof(wire));
	return snapshot(to, wire, sizeof(wire));
}

static int write_part(const struct writing *to, uint32_t level, uint32_t layer,
		      const struct vgpu_trim_part *part)
{
	struct edit_range scratch = { SCRATCH, part->size };
	int err = attach(to, &scratch, 1);

	if (!err)
		err = memory(to, SCRATCH, part->bytes, part->size);
	if (!err)
		err = to->p->is_2d ? transfer_2d(to) : transfer_3d(to, level, layer, part);
	return err ? err : detach(to);
}

/* Through a backing of its own, after which it has its old one again. */
static int write_resource(const struct writing *to, bool attached, uint64_t *bytes)
{
	struct vgpu_trim_part part = { .levels = 1 };
	uint32_t level = 0, layer = 0;
	int err = attached ? detach(to) : 0;

	while (!err && level < part.levels) {
		err = to->source->read(to->source->data, to->p->resource_id, level, layer, &part);
		if (!err)
			err = write_part(to, level, layer, &part);
		*bytes += part.size;
		if (++layer >= part.layers) {
			layer = 0;
			level++;
		}
	}
	return !err && attached ? attach(to, to->p->backing, to->p->n_backing) : err;
}

static int write_memory(const struct writing *to)
{
	uint8_t *bytes = body(to->g, to->p->size);
	int err;

	if (!bytes)
		return -ENOMEM;
	err = to->source->memory(to->source->data, to->p->address, bytes, to->p->size);
	return err ? err : memory(to, to->p->address, bytes, to->p->size);
}

uint64_t given_needed(const struct given *g, const struct edit_state *e)
{
	uint64_t n = 0;

	for (size_t i = 0; i < g->count; i++)
		n += g->list[i].resource_id && e->graph.nodes[g->list[i].node].marked;
	return n;
}

int given_write(struct given *g, const struct edit_state *e, const struct vgpu_trim_source *source,
		struct vgpu_trace_writer *w, uint64_t time_ns, struct vgpu_trim_report *report)
{
	const struct node *nodes = e->graph.nodes;
	struct writing to = { .g = g, .source = source, .w = w, .time_ns = time_ns };
	int err = 0;

	for (int resources = 1; resources >= 0; resources--) {
		for (size_t i = 0; i < g->count && !err; i++) {
			const struct given_part *p = &g->list[i];

			if (!nodes[p->node].marked || (p->resource_id != 0) != (resources != 0))
				continue;
			to.p = p;
			if (!resources) {
				err = write_memory(&to);
				report->given_bytes += p->size;
				continue;
			}
			err = write_resource(&to, p->attach && nodes[p->attach].marked,
					     &report->given_bytes);
		}
	}
	return err;
}
