/* SPDX-License-Identifier: MIT */
/* A compiled filter: a tree in arrays. */
#ifndef FORMATS_FILTER_PROGRAM_H
#define FORMATS_FILTER_PROGRAM_H

#include <vgpu/filter.h>

#define FILTER_NONE      UINT32_MAX /* no node */
#define FILTER_TEXT_MAX  65536u
#define FILTER_DEPTH_MAX 64u /* of parentheses and negations: matching recurses as deep */

enum filter_op {
	FILTER_TEST,
	FILTER_AND,
	FILTER_OR,
};

struct filter_node {
	uint8_t op;
	uint8_t field;   /* TEST */
	bool negate;     /* the whole node */
	bool differs;    /* TEST: no value may fit */
	uint32_t child;  /* AND, OR: the first of at least two */
	uint32_t next;   /* child of the same parent, or FILTER_NONE */
	uint32_t values; /* TEST: the first, and how many; 0 for a flag */
	uint32_t count;
};

struct filter_value {
	uint64_t from, to; /* NAME: `from` is where the pattern begins in names[] */
};

struct vgpu_filter {
	struct filter_node *nodes;
	struct filter_value *values;
	char *names; /* patterns, each ending in a NUL */
	uint32_t node_count, value_count, name_size;
	uint32_t node_room, value_room, name_room;
	uint32_t root; /* FILTER_NONE: matches all */
	bool needs_answer;
};

/* Fill an empty filter. As vgpu_filter_create(); `error` is not NULL. */
int filter_parse(struct vgpu_filter *f, const char *text, struct vgpu_filter_error *error);

#endif
