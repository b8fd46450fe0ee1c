/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

#include "graph.h"

void graph_init(struct graph *g, size_t memory_max)
{
	memset(g, 0, sizeof(*g));
	g->memory_max = memory_max;
}

void graph_finish(struct graph *g)
{
	for (uint32_t i = 1; i < g->n_nodes; i++) {
		free(g->nodes[i].needs);
		free(g->nodes[i].bytes);
		if (g->nodes[i].token && g->released)
			g->released(g->data, g->nodes[i].token);
	}
	free(g->nodes);
	free(g->needs);
	free(g->stack);
	memset(g, 0, sizeof(*g));
}

void graph_charge(struct graph *g, size_t bytes)
{
	g->memory += bytes;
	if (g->memory > g->memory_peak)
		g->memory_peak = g->memory;
	if (g->memory > g->memory_max && !g->error)
		g->error = VGPU_ERR_TOO_LARGE;
}

void graph_refund(struct graph *g, size_t bytes)
{
	g->memory -= bytes;
}

/* Room for one more of what `array` holds. */
static bool room(struct graph *g, void *array, uint32_t count, uint32_t *have, size_t size)
{
	uint32_t more = *have ? *have * 2 : 8;
	void *old, *bigger;

	if (count < *have)
		return true;
	memcpy(&old, array, sizeof(old));
	bigger = more > *have && !g->error ? realloc(old, more * size) : NULL;
	if (!bigger) {
		if (!g->error)
			g->error = -ENOMEM;
		return false;
	}
	graph_charge(g, (more - *have) * size);
	memcpy(array, &bigger, sizeof(bigger));
	*have = more;
	return true;
}

static void push(struct graph *g, node_t node)
{
	if (room(g, &g->stack, g->n_stack, &g->stack_room, sizeof(node)))
		g->stack[g->n_stack++] = node;
}

/* With a hold of its own: what is marked stays. */
static void mark(struct graph *g, node_t node)
{
	push(g, node);
	while (g->n_stack) {
		struct node *n = &g->nodes[g->stack[--g->n_stack]];

		if (n->marked)
			continue;
		n->marked = true;
		n->refs++;
		for (uint32_t i = 0; i < n->n_needs; i++) {
			if (!g->nodes[n->needs[i]].marked)
				push(g, n->needs[i]);
		}
	}
}

void graph_begin(struct graph *g)
{
	/* What a node that was given up needed. */
	while (g->n_needs)
		graph_drop(g, g->needs[--g->n_needs]);
	if (++g->stamp)
		return;
	/* Once in four thousand million: old stamps must not look new. */
	for (uint32_t i = 1; i < g->n_nodes; i++) {
		if (g->nodes[i].refs)
			g->nodes[i].stamp = 0;
	}
	g->stamp = 1;
}

void graph_need(struct graph *g, node_t node)
{
	if (!node || g->nodes[node].stamp == g->stamp)
		return;
	g->nodes[node].stamp = g->stamp;
	if (g->marking) {
		mark(g, node);
	} else if (room(g, &g->needs, g->n_needs, &g->needs_room, sizeof(node))) {
		g->needs[g->n_needs++] = node;
		graph_hold(g, node);
	}
}

static node_t fresh(struct graph *g)
{
	node_t node = g->free;

	if (node) {
		g->free = g->nodes[node].stamp;
		return node;
	}
	if (!g->n_nodes)
		g->n_nodes = 1;
	if (!room(g, &g->nodes, g->n_nodes, &g->room, sizeof(*g->nodes)))
		return 0;
	return g->n_nodes++;
}

node_t graph_end(struct graph *g, uint64_t record, uint32_t offset)
{
	struct node *n;
	node_t node;

	if (g->marking || g->error)
		return 0;
	node = fresh(g);
	if (!node)
		return 0;
	n = &g->nodes[node];
	*n = (struct node) {
		.record = record,
		.offset = offset,
		.refs = 1,
		.n_needs = g->n_needs,
		.room = g->n_needs,
		.stamp = g->stamp,
	};
	if (!g->n_needs)
		return node;
	n->needs = malloc(g->n_needs * sizeof(*n->needs));
	if (!n->needs) {
		n->n_needs = n->room = 0;
		g->error = -ENOMEM;
		return node;
	}
	graph_charge(g, g->n_needs * sizeof(*n->needs));
	memcpy(n->needs, g->needs, g->n_needs * sizeof(*n->needs));
	g->n_needs = 0; /* their holds are the node's now */
	return node;
}

node_t graph_given(struct graph *g, uint64_t record, uint64_t token)
{
	node_t node;

	graph_begin(g);
	node = graph_end(g, record, NODE_GIVEN);
	if (node)
		g->nodes[node].token = token;
	return node;
}

void graph_hold(struct graph *g, node_t node)
{
	if (node)
		g->nodes[node].refs++;
}

void graph_drop(struct graph *g, node_t node)
{
	if (!node || --g->nodes[node].refs)
		return;
	push(g, node);
	while (g->n_stack) {
		node_t dead = g->stack[--g->n_stack];
		struct node *n = &g->nodes[dead];

		for (uint32_t i = 0; i < n->n_needs; i++) {
			if (!--g->nodes[n->needs[i]].refs)
				push(g, n->needs[i]);
		}
		graph_refund(g, n->room * sizeof(*n->needs) + n->n_bytes);
		free(n->needs);
		free(n->bytes);
		if (n->token && g->released)
			g->released(g->data, n->token);
		n->token = 0;
		n->bytes = NULL;
		n->n_bytes = 0;
		n->needs = NULL;
		n->n_needs = n->room = 0;
		n->stamp = g->free;
		g->free = dead;
	}
}

void graph_set(struct graph *g, node_t *cell, node_t node)
{
	node_t old = *cell;

	graph_hold(g, node);
	*cell = node;
	graph_drop(g, old);
}

void graph_also(struct graph *g, node_t node, node_t later)
{
	struct node *n;

	if (!node || !later || node == later)
		return;
	n = &g->nodes[node];
	if (!room(g, &n->needs, n->n_needs, &n->room, sizeof(later)))
		return;
	n->needs[n->n_needs++] = later;
	graph_hold(g, later);
}

void graph_keep(struct graph *g, node_t node, uint16_t type, const void *head, size_t head_size,
		const void *rest, size_t rest_size)
{
	struct node *n = &g->nodes[node];

	if (!node)
		return;
	n->bytes = malloc(head_size + rest_size + !(head_size + rest_size));
	if (!n->bytes) {
		g->error = -ENOMEM;
		return;
	}
	n->type = type;
	n->n_bytes = head_size + rest_size;
	memcpy(n->bytes, head, head_size);
	memcpy(n->bytes + head_size, rest, rest_size);
	graph_charge(g, n->n_bytes);
}

/* qsort() has no room for the graph. */
static int compare_nodes(const void *a, const void *b, void *data)
{
	const struct graph *g = data;
	const struct node *x = &g->nodes[*(const node_t *)a], *y = &g->nodes[*(const node_t *)b];

	if (x->record != y->record)
		return x->record < y->record ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

int graph_closure(struct graph *g, node_t **out, size_t *count)
{
	/* The list grows while it is walked; each of its nodes is held. */
	for (uint32_t i = 0; i < g->n_needs; i++) {
		for (uint32_t k = 0; k < g->nodes[g->needs[i]].n_needs; k++)
			graph_need(g, g->nodes[g->needs[i]].needs[k]);
	}
	*count = 0;
	*out = malloc((g->n_needs ? g->n_needs : 1) * sizeof(**out));
	if (!*out || g->error) {
		free(*out);
		*out = NULL;
		graph_begin(g);
		return g->error ? g->error : -ENOMEM;
	}
	memcpy(*out, g->needs, g->n_needs * sizeof(**out));
	*count = g->n_needs;
	g->n_needs = 0; /* their holds are the caller's now */
	qsort_r(*out, *count, sizeof(**out), compare_nodes, g);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->record != y->record)
		return x->record < y->record ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool is_record(const struct node *n)
{
	return n->offset != NODE_JOIN && n->offset != NODE_GIVEN;
}

int graph_kept(const struct graph *g, struct kept **out, size_t *count)
{
	struct kept *kept;
	size_t n = 0;

	for (uint32_t i = 1; i < g->n_nodes; i++)
		n += g->nodes[i].marked && is_record(&g->nodes[i]);
	*count = n;
	*out = kept = malloc((n ? n : 1) * sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 1; i < g->n_nodes; i++) {
		const struct node *node = &g->nodes[i];

		if (node->marked && is_record(node))
			kept[n++] = (struct kept) { node->record, node->offset };
	}
	qsort(kept, n, sizeof(*kept), compare);
	return 0;
}
