/* SPDX-License-Identifier: MIT */
/*
 * Who wrote what last: bytes of the guest's memory and of buffers as spans, texels of textures as
 * boxes. What was written over is forgotten, and with it the nodes of those who wrote it.
 */
#ifndef FORMATS_EDIT_CONTENT_H
#define FORMATS_EDIT_CONTENT_H

#include "graph.h"
#include "map.h"

struct span {
	uint64_t begin, end; /* bytes begin .. end - 1 */
	node_t node;
};

/* In order, not overlapping. */
struct spans {
	struct span *list;
	uint32_t count, room;
};

void spans_need(struct graph *g, const struct spans *s, uint64_t begin, uint64_t end);
/* node 0: written, but by nothing that is of interest. */
void spans_write(struct graph *g, struct spans *s, uint64_t begin, uint64_t end, node_t node);
void spans_finish(struct graph *g, struct spans *s);

/* The guest's address space, by pages. */
void pages_need(struct graph *g, const struct map *pages, uint64_t address, uint64_t size);
void pages_write(struct graph *g, struct map *pages, uint64_t address, uint64_t size, node_t node);
void pages_finish(struct graph *g, struct map *pages);

/* Depth and stencil of a texture are written apart. */
enum {
	PLANE_COLOR = 1,
	PLANE_DEPTH = 1,
	PLANE_STENCIL = 2,
};

/* Texels low .. high - 1 of each dimension: mip level, layer or depth, row, column. */
struct box {
	uint32_t low[4], high[4];
};

struct piece {
	struct box box;
	uint8_t planes;
	node_t node;
};

struct pieces {
	struct piece *list;
	uint32_t count, room;
};

void pieces_need(struct graph *g, const struct pieces *p, const struct box *box, uint8_t planes);
/*
 * `node` wrote there. The caller has seen to it that it needs whatever of the box it left as it was.
 */
void pieces_write(struct graph *g, struct pieces *p, const struct box *box, uint8_t planes,
		  node_t node);
void pieces_finish(struct graph *g, struct pieces *p);

#endif
