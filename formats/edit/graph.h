/* SPDX-License-Identifier: MIT */
/*
 * What depends on what: a node for each record, or command within a SUBMIT_3D, whose effect may
 * still be needed, with the nodes that it needs in turn. Nodes that nothing refers to any more are
 * freed at once, so that what is held grows with the state of the device, not with the trace.
 *
 * A node is built between graph_begin() and graph_end(). Once `marking` is set no nodes are made
 * any more: what would have been a node's needs are marked, with all that they need.
 */
#ifndef FORMATS_EDIT_GRAPH_H
#define FORMATS_EDIT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t node_t; /* 0: none */

/* In the order in which they are executed, where they are of one record. */
#define NODE_RECORD (UINT32_MAX - 3) /* a record that is no command */
#define NODE_JOIN   (UINT32_MAX - 2) /* no record: stands for all that it needs */
#define NODE_WHOLE  (UINT32_MAX - 1) /* a command as it is */
#define NODE_GIVEN  UINT32_MAX       /* what a device held behind the record */

struct node {
	uint64_t record; /* its number in the trace */
	uint32_t offset; /* of a command in the stream of SUBMIT_3D, bytes; or NODE_… */
	uint32_t refs;
	uint32_t n_needs, room;
	uint32_t stamp; /* build in which it was needed last; the next free node */
	bool marked;
	uint16_t type; /* of `bytes`: VGPU_TRACE_… */
	node_t *needs;
	uint8_t *bytes; /* body of the record that does this again; NULL: nobody keeps it */
	size_t n_bytes;
	uint64_t token; /* NODE_GIVEN without bytes: what the giver knows it by; 0: none */
};

/* A record, or a command in its stream, that is to be kept. */
struct kept {
	uint64_t record;
	uint32_t offset;
};

struct graph {
	struct node *nodes;
	uint32_t n_nodes, room; /* nodes[0] is never used */
	node_t free;
	uint32_t stamp;
	node_t *needs; /* of the node being built */
	uint32_t n_needs, needs_room;
	node_t *stack;
	uint32_t n_stack, stack_room;
	bool marking;
	void (*released)(void *data,
			 uint64_t token); /* no node has it any more; NULL: nobody asks */
	void *data;
	size_t memory, memory_max, memory_peak; /* bytes */
	int error; /* VGPU_ERR_TOO_LARGE: memory_max is reached; -ENOMEM; nothing is right then */
};

void graph_init(struct graph *g, size_t memory_max);
/* A node that needs nothing and is given from outside; held once for the caller. */
node_t graph_given(struct graph *g, uint64_t record, uint64_t token);
void graph_finish(struct graph *g);

void graph_begin(struct graph *g);
void graph_need(struct graph *g, node_t node);
/* The node, held once for the caller; 0 while marking. */
node_t graph_end(struct graph *g, uint64_t record, uint32_t offset);

void graph_hold(struct graph *g, node_t node);
void graph_drop(struct graph *g, node_t node);
/* What *cell held is dropped, and `node` is held there. */
void graph_set(struct graph *g, node_t *cell, node_t node);

/* Whoever keeps `node` keeps `later` too: what ends a thing is kept with what began it. */
void graph_also(struct graph *g, node_t node, node_t later);

/* The memory of other tables counts, too. */
void graph_charge(struct graph *g, size_t bytes);
void graph_refund(struct graph *g, size_t bytes);

/* Let the node have bytes, a copy of head and rest. The graph must not be marking. */
void graph_keep(struct graph *g, node_t node, uint16_t type, const void *head, size_t head_size,
		const void *rest, size_t rest_size);

/*
 * Instead of graph_end(): what was needed, and all that it needs in turn, by record and offset, held
 * for the caller, who frees the list. 0 or -ENOMEM.
 */
int graph_closure(struct graph *g, node_t **out, size_t *count);

/* All that is marked and is of a record, by record and offset. 0 or -ENOMEM; the caller frees. */
int graph_kept(const struct graph *g, struct kept **out, size_t *count);

#endif
