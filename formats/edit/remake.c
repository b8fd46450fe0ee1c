/* SPDX-License-Identifier: MIT */
/* vgpu_remake: the editor's state with the bytes of its records, and moments of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>
#include <vgpu/remake.h>

#include "roots.h"
#include "wire.h"

#define MEMORY_MAX ((size_t)1 << 30)

/* Points hold nodes of the state that they were made of, also when another one is begun. */
struct generation {
	struct edit_state state;
	uint32_t refs;
};

struct vgpu_remake {
	struct vgpu_remake_source source;
	struct generation *now;
	size_t memory_max;
};

struct vgpu_remake_point {
	struct generation *of;
	node_t *nodes; /* held, in order */
	size_t count;
};

static struct generation *generation_new(const struct vgpu_remake *m)
{
	struct generation *g = malloc(sizeof(*g));

	if (!g)
		return NULL;
	edit_state_init(&g->state, m->memory_max);
	g->state.keep = true;
	g->state.graph.released = m->source.release;
	g->state.graph.data = m->source.data;
	g->refs = 1;
	return g;
}

static void generation_drop(struct generation *g)
{
	if (!g || --g->refs)
		return;
	edit_state_finish(&g->state);
	free(g);
}

int vgpu_remake_create(struct vgpu_remake **out, const struct vgpu_remake_source *source,
		       size_t memory_max)
{
	struct vgpu_remake *m = malloc(sizeof(*m));

	*out = m;
	if (!m)
		return -ENOMEM;
	m->source = *source;
	m->memory_max = memory_max ? memory_max : MEMORY_MAX;
	m->now = generation_new(m);
	if (m->now)
		return 0;
	free(m);
	*out = NULL;
	return -ENOMEM;
}

void vgpu_remake_destroy(struct vgpu_remake *m)
{
	if (!m)
		return;
	generation_drop(m->now);
	free(m);
}

/* Another beginning, with what was found of the contexts. */
static int remake_again(struct vgpu_remake *m)
{
	struct generation *g = generation_new(m);
	struct edit_state *old = &m->now->state;

	if (!g)
		return old->graph.error = -ENOMEM;
	g->state.opaque = old->opaque;
	g->state.n_opaque = old->n_opaque;
	old->opaque = NULL;
	old->n_opaque = 0;
	generation_drop(m->now);
	m->now = g;
	return 1;
}

int vgpu_remake_add(struct vgpu_remake *m, const struct vgpu_trace_record *r)
{
	struct edit_state *e = &m->now->state;

	if (e->graph.error)
		return e->graph.error;
	if (r->type != VGPU_TRACE_RESPONSE)
		edit_state_add(e, r);
	if (e->graph.error)
		return e->graph.error;
	return e->found ? remake_again(m) : 0;
}

int vgpu_remake_refused(struct vgpu_remake *m, uint32_t device, uint32_t ctx_id)
{
	struct edit_state *e = &m->now->state;
	struct edit_context *ctx = NULL;

	if (device < EDIT_DEVICES && e->devices[device])
		ctx = map_find(&e->devices[device]->contexts, ctx_id);
	if (ctx)
		edit_context_give_up(e, ctx);
	return e->found ? remake_again(m) : 0;
}

size_t vgpu_remake_size(const struct vgpu_remake *m)
{
	return m->now->state.graph.memory;
}

/* Memory that the device wrote itself is what it holds now. */
static int take_memory(struct edit_state *e, const struct vgpu_remake_source *source)
{
	struct graph *g = &e->graph;
	uint8_t bytes[4096];
	struct spans *s;
	node_t node;
	int err;

	for (size_t i = 0; (s = map_each(&e->memory, &i));) {
		for (uint32_t k = 0; k < s->count; k++) {
			struct span *span = &s->list[k];
			uint8_t head[16] = { 0 };
			size_t size = (size_t)(span->end - span->begin);

			if (g->nodes[span->node].type == VGPU_TRACE_MEMORY || size > sizeof(bytes))
				continue;
			err = source->memory(source->data, span->begin, bytes, size);
			if (err)
				return err;
			put64(head + 8, span->begin);
			node = graph_given(g, e->record, 0);
			graph_keep(g, node, VGPU_TRACE_MEMORY, head, sizeof(head), bytes, size);
			graph_set(g, &span->node, node);
			graph_drop(g, node);
		}
	}
	return g->error;
}

static int take_state(const struct vgpu_remake *m, uint32_t device, struct vgpu_remake_point *p)
{
	struct edit_state *e = &m->now->state;
	struct edit_device *d = device < EDIT_DEVICES ? e->devices[device] : NULL;
	int err = take_memory(e, &m->source);

	if (err)
		return err;
	if (d)
		roots_take(e, d, m->source.take, m->source.data);
	edit_begin(e);
	pages_need(&e->graph, &e->memory, 0, UINT64_MAX);
	if (d)
		roots_need(e, d);
	return graph_closure(&e->graph, &p->nodes, &p->count);
}

int vgpu_remake_point_create(struct vgpu_remake *m, uint32_t device, struct vgpu_remake_point **out)
{
	struct vgpu_remake_point *p;
	int err;

	*out = NULL;
	if (m->now->state.graph.error)
		return m->now->state.graph.error;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->of = m->now;
	p->of->refs++;
	err = take_state(m, device, p);
	if (err)
		vgpu_remake_point_destroy(p);
	else
		*out = p;
	return err;
}

void vgpu_remake_point_destroy(struct vgpu_remake_point *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++)
		graph_drop(&p->of->state.graph, p->nodes[i]);
	free(p->nodes);
	generation_drop(p->of);
	free(p);
}

/* A part of a stream, put behind those of the same one. */
static int join_part(uint8_t **body, size_t *size, const struct node *n)
{
	const size_t head = 8 + VGPU_CMD_SUBMIT_SIZE;
	size_t skip = *size ? head : 0;
	uint8_t *bigger = realloc(*body, *size + n->n_bytes - skip);

	if (!bigger)
		return -ENOMEM;
	memcpy(bigger + *size, n->bytes + skip, n->n_bytes - skip);
	*body = bigger;
	*size += n->n_bytes - skip;
	/* struct virtio_gpu_cmd_submit: the size follows the header. */
	put32(bigger + 8 + VGPU_CTRL_HDR_SIZE, (uint32_t)(*size - head));
	return 0;
}

/* Nodes `i` and, where they are parts of one stream, those behind it. Returns the last one. */
static size_t play_node(const struct vgpu_remake_point *p, size_t i,
			const struct vgpu_remake_sink *sink, int *err)
{
	const struct graph *g = &p->of->state.graph;
	const struct node *n = &g->nodes[p->nodes[i]], *next = n;
	struct vgpu_trace_record r = { .type = n->type, .body = n->bytes, .body_size = n->n_bytes };
	uint8_t *stream = NULL;
	size_t size = 0;

	if (n->token)
		*err = sink->give(sink->data, n->token);
	if (!n->bytes)
		return i;
	if (n->offset >= NODE_RECORD) {
		*err = sink->record(sink->data, &r);
		return i;
	}
	for (;;) {
		*err = join_part(&stream, &size, next);
		if (*err || i + 1 == p->count)
			break;
		next = &g->nodes[p->nodes[i + 1]];
		if (next->record != n->record || next->offset >= NODE_RECORD)
			break;
		i++;
	}
	r.body = stream;
	r.body_size = size;
	if (!*err)
		*err = sink->record(sink->data, &r);
	free(stream);
	return i;
}

int vgpu_remake_point_play(const struct vgpu_remake_point *p, const struct vgpu_remake_sink *sink)
{
	int err = 0;

	for (size_t i = 0; i < p->count && !err; i++)
		i = play_node(p, i, sink, &err);
	return err;
}
