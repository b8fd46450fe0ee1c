/* SPDX-License-Identifier: MIT */
/* Building nodes, and the records that are not commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "state.h"

void edit_begin(struct edit_state *e)
{
	graph_begin(&e->graph);
	e->n_writes = 0;
	e->n_cells = 0;
}

void edit_need(struct edit_state *e, node_t node)
{
	graph_need(&e->graph, node);
}

/* Room for one more; false and an error when there is none. */
static bool room(struct edit_state *e, void *array, uint32_t count, uint32_t *have, size_t size)
{
	uint32_t more = *have ? *have * 2 : 16;
	void *old, *bigger;

	if (count < *have)
		return true;
	memcpy(&old, array, sizeof(old));
	bigger = e->graph.error ? NULL : realloc(old, more * size);
	if (!bigger) {
		if (!e->graph.error)
			e->graph.error = -ENOMEM;
		return false;
	}
	graph_charge(&e->graph, (more - *have) * size);
	memcpy(array, &bigger, sizeof(bigger));
	*have = more;
	return true;
}

void edit_set(struct edit_state *e, node_t *cell)
{
	if (room(e, &e->cells, e->n_cells, &e->cells_room, sizeof(cell)))
		e->cells[e->n_cells++] = cell;
}

void edit_queue(struct edit_state *e, const struct edit_write *write)
{
	if (room(e, &e->writes, e->n_writes, &e->writes_room, sizeof(*write)))
		e->writes[e->n_writes++] = *write;
}

node_t edit_end(struct edit_state *e, uint32_t offset)
{
	struct graph *g = &e->graph;
	node_t node = graph_end(g, e->record, offset);

	if (e->keep && node)
		edit_keep(e, node, offset);
	for (uint32_t i = 0; i < e->n_writes; i++) {
		const struct edit_write *w = &e->writes[i];

		if (!w->resource)
			pages_write(g, &e->memory, w->begin, w->end - w->begin, node);
		else if (w->resource->target == VGPU_TARGET_BUFFER)
			spans_write(g, &w->resource->bytes, w->begin, w->end, node);
		else
			pieces_write(g, &w->resource->texels, &w->box, w->planes, node);
	}
	for (uint32_t i = 0; i < e->n_cells; i++)
		graph_set(g, e->cells[i], node);
	return node;
}

void edit_state_init(struct edit_state *e, size_t memory_max)
{
	memset(e, 0, sizeof(*e));
	graph_init(&e->graph, memory_max);
}

static void cells_clear(struct edit_state *e, struct map *m)
{
	node_t *cell;

	for (size_t i = 0; (cell = map_each(m, &i));) {
		graph_drop(&e->graph, *cell);
		graph_refund(&e->graph, sizeof(*cell));
		free(cell);
	}
	map_finish(m);
}

void edit_state_clear(struct edit_state *e)
{
	for (int i = 0; i < EDIT_DEVICES; i++) {
		if (!e->devices[i])
			continue;
		edit_device_clear(e, e->devices[i]);
		free(e->devices[i]);
		e->devices[i] = NULL;
	}
	pages_finish(&e->graph, &e->memory);
	cells_clear(e, &e->processes);
	cells_clear(e, &e->names);
}

void edit_state_restart(struct edit_state *e)
{
	size_t memory_max = e->graph.memory_max;

	edit_state_clear(e);
	graph_finish(&e->graph);
	graph_init(&e->graph, memory_max);
	free(e->writes);
	free(e->cells);
	e->writes = NULL;
	e->cells = NULL;
	e->n_writes = e->writes_room = e->n_cells = e->cells_room = 0;
	e->serial = e->instances = 0;
	e->found = false;
	memset(e->recent, 0, sizeof(e->recent));
}

void edit_state_finish(struct edit_state *e)
{
	edit_state_restart(e);
	graph_finish(&e->graph);
	free(e->opaque);
	e->opaque = NULL;
}

/* A cell by key, made when it is not there; NULL: no memory, the graph says so. */
static node_t *cell(struct edit_state *e, struct map *m, uint64_t key)
{
	node_t *p = map_find(m, key);

	if (p || e->graph.error)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p || map_put(m, key, p)) {
		free(p);
		e->graph.error = -ENOMEM;
		return NULL;
	}
	graph_charge(&e->graph, sizeof(*p) + 2 * sizeof(struct map_slot));
	return p;
}

static void keep_record(struct edit_state *e, struct map *m, uint64_t key)
{
	node_t *p = cell(e, m, key);

	if (!p)
		return;
	edit_begin(e);
	edit_set(e, p);
	graph_drop(&e->graph, edit_end(e, NODE_RECORD));
}

static void take_memory(struct edit_state *e, const struct vgpu_trace_memory *m)
{
	node_t node;

	/* Other spaces hold what nothing here tells the use of: all of it is kept by the writer. */
	if (m->space || !m->size)
		return;
	edit_begin(e);
	node = edit_end(e, NODE_RECORD);
	pages_write(&e->graph, &e->memory, m->address, m->size, node);
	graph_drop(&e->graph, node);
}

static void take_response(struct edit_state *e, const struct vgpu_trace_response *r)
{
	struct vgpu_ctrl_hdr hdr;
	struct edit_context unfit;

	if (!r->id || e->recent[r->id % EDIT_RECENT].id != r->id)
		return;
	unfit.instance = e->recent[r->id % EDIT_RECENT].instance;
	/* A refused stream leaves the host's context in a state that it does not tell. */
	if (!vgpu_decode_ctrl_hdr(r->response, r->response_size, &hdr) &&
	    hdr.type >= VGPU_RESP_ERR_UNSPEC)
		edit_context_give_up(e, &unfit);
}

uint32_t edit_state_shows(struct edit_state *e, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;

	return vgpu_trace_parse_command(r, &command) ? 0 : edit_shows(e, &command);
}

void edit_state_add(struct edit_state *e, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct vgpu_trace_process process;
	struct vgpu_trace_context context;
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_command command;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_epoch epoch;

	e->record = r->number;
	e->at = r;
	e->shown = 0;
	e->whole_node = NODE_WHOLE;
	switch (r->type) {
	case VGPU_TRACE_HEADER:
		edit_state_clear(e);
		break;
	case VGPU_TRACE_EPOCH:
		if (!vgpu_trace_parse_epoch(r, &epoch) && epoch.device < EDIT_DEVICES &&
		    e->devices[epoch.device])
			edit_device_clear(e, e->devices[epoch.device]);
		break;
	case VGPU_TRACE_PROCESS:
		if (!vgpu_trace_parse_process(r, &process))
			keep_record(e, &e->processes, process.pid);
		break;
	case VGPU_TRACE_CONTEXT:
		if (!vgpu_trace_parse_context(r, &context))
			keep_record(e, &e->names, context.ctx_id);
		break;
	case VGPU_TRACE_MEMORY:
		if (!vgpu_trace_parse_memory(r, &memory))
			take_memory(e, &memory);
		break;
	case VGPU_TRACE_COMMAND:
		if (!vgpu_trace_parse_command(r, &command))
			edit_command(e, &command);
		break;
	case VGPU_TRACE_SNAPSHOT:
		/* Has the effect of its request, but is no command and shows nothing. */
		if (vgpu_trace_parse_snapshot(r, &snapshot))
			break;
		command = (struct vgpu_trace_command) {
			.device = snapshot.device,
			.request = snapshot.request,
			.request_size = snapshot.request_size,
		};
		e->whole_node = NODE_RECORD;
		edit_command(e, &command);
		e->shown = 0;
		break;
	case VGPU_TRACE_RESPONSE:
		if (!vgpu_trace_parse_response(r, &response))
			take_response(e, &response);
		break;
	}
}

/* What stands at the range's beginning although no command of the range may ask for it. */
static void mark_device(struct edit_state *e, struct edit_device *d)
{
	node_t *asked;

	for (size_t i = 0; (asked = map_each(&d->asked, &i));)
		edit_need(e, *asked);
	for (int i = 0; i < EDIT_SCANOUTS; i++) {
		edit_need(e, d->cursors[i]);
		edit_need(e, d->moves[i]);
	}
}

void edit_state_mark(struct edit_state *e)
{
	e->graph.marking = true;
	edit_begin(e);
	for (int i = 0; i < EDIT_DEVICES; i++) {
		if (e->devices[i])
			mark_device(e, e->devices[i]);
	}
}
