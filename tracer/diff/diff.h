/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace diff. */
#ifndef TRACER_DIFF_H
#define TRACER_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <vgpu/describe.h>
#include <vgpu/filter.h>
#include <vgpu/trace.h>
#include <vgpu/virgl.h>

#define DIFF_SIDE_MAX (256u << 20) /* bytes that one side may hold */

/* diff-load.c: a side, read once. */

struct diff_command {
	uint64_t hash; /* of what it says: ids, fences, addresses left out */
	uint64_t number;
	uint32_t type;
	uint32_t response; /* its type; 0: none */
	uint32_t first_id; /* in the side's ids */
	uint32_t id_count;
};

/* What one agent does in order: a context, the display, the cursor, who makes resources, … */
struct diff_stream {
	char name[112]; /* "context 1 kmscube": the same on both sides, whatever the id is */
	uint32_t device;
	struct diff_command *commands;
	size_t count, room;
};

struct diff_side {
	const char *path;
	FILE *spool; /* standard input, kept for the second reading */
	const struct vgpu_filter *filter;
	struct diff_stream *streams;
	size_t n_streams;
	uint64_t *ids; /* diff_id(), in the order of the fields */
	size_t n_ids, room_ids;
	size_t used; /* bytes */
	uint64_t commands, first_ns, last_ns;
	bool whole; /* neither cut nor damaged */
};

/* Kinds of ids. */
enum {
	DIFF_CONTEXT_ID = 1,
	DIFF_RESOURCE_ID,
	DIFF_BLOB_ID,
	DIFF_HANDLE_ID,     /* of an object of a virgl context */
	DIFF_NEW_ID = 0x80, /* or-ed to it: the command gives the id to something new */
};

/* `stream`: of handles, whose; of the others the device. */
static inline uint64_t diff_id(unsigned int kind, size_t stream, uint64_t value)
{
	return ((uint64_t)stream << 8 | kind) << 32 | (uint32_t)value;
}

/* 0, or a message was printed. */
int diff_load(struct diff_side *side);
void diff_unload(struct diff_side *side);

/* Open a side once more. */
struct vgpu_trace_reader *diff_open(struct diff_side *side);

/* What is compared of a field, and how. */
enum diff_field {
	DIFF_VALUE,
	DIFF_SKIP,   /* differs between any two recordings */
	DIFF_LENGTH, /* of a piece of memory: their sum counts */
	DIFF_ID,
};

/* `cmd`: the virgl command that the field is of, or NULL. */
enum diff_field diff_field_of(const struct vgpu_field *f, const struct vgpu_virgl_cmd *cmd,
			      uint32_t type, unsigned int *id_kind);
bool diff_speaks_virgl(uint32_t capset);

/* diff-align.c */

/*
 * match[i] = 1 + the element of b that a[i] is, or 0: the longest common subsequence (Myers, "An
 * O(ND) Difference Algorithm"). 0, -ENOMEM, or 1 when there are too many differences to go on: what
 * lies in the middle has no match then.
 */
int diff_align(const uint64_t *a, size_t n, const uint64_t *b, size_t m, uint32_t *match);

/* diff-compare.c */

enum diff_kind {
	DIFF_CHANGED,
	DIFF_IDS,      /* the same, but with another resource or context than the others have */
	DIFF_RESPONSE, /* the same, answered otherwise */
	DIFF_ONLY_FIRST,
	DIFF_ONLY_SECOND,
};

struct diff_entry {
	enum diff_kind kind;
	uint64_t order; /* number in the first trace: its own, or of the one before it */
	const struct diff_stream *streams[2]; /* NULL: the side has none */
	size_t index[2];                      /* in them; of a missing one: where it would be */
};

struct diff_result {
	struct diff_entry *entries; /* in order */
	size_t count, room;
	size_t renamed;  /* ids that differ, consistently */
	size_t given_up; /* streams that differ too much to be aligned */
	struct diff_map *map;
};

int diff_compare(const struct diff_side *first, const struct diff_side *second,
		 struct diff_result *out); /* 0 or -ENOMEM */
void diff_result_finish(struct diff_result *r);

/* The id (without DIFF_NEW_ID) of the second trace that stands for one of the first; 0: none does. */
uint64_t diff_mapped(const struct diff_result *r, uint64_t id);

/* diff-show.c */

struct diff_show_options {
	bool json, color;
	unsigned int max;     /* differences that are shown */
	unsigned int context; /* commands before and after */
};

/* 0, or a message was printed. */
int diff_show(struct diff_side sides[2], const struct diff_result *r,
	      const struct diff_show_options *options);

#endif
