/* SPDX-License-Identifier: MIT */
/* Private to rows*.c. */
#ifndef EXPORT_ROWS_PRIVATE_H
#define EXPORT_ROWS_PRIVATE_H

#include <string.h>

#include <vgpu/track.h>

#include "devices.h"
#include "rows.h"

#define WAITING_MAX  16384 /* commands; rings are far smaller */
#define PROCESS_SIZE 1024  /* names, by the low bits of the pid */
#define OWNER_SIZE   1024  /* of contexts, by the low bits of the id */

/* A command whose row waits for its response. */
struct waiting {
	uint64_t id;
	bool done;
	struct cell cells[commands_COLUMNS]; /* texts are static, but for comm */
	char comm[16];
};

struct rows {
	unsigned int tables;
	enum vgpu_dialect dialect;
	rows_sink sink;
	void *data;
	uint64_t trace; /* from 1 */
	uint64_t time_ns;

	struct waiting *waiting; /* a ring: `first` is the oldest of `count` */
	unsigned int first, count;
	uint32_t *place; /* in the ring, by the low bits of the id */

	struct vgpu_track *track;
	struct devices devices;
	struct {
		uint64_t frames, last_ns;
	} shown[DEVICES_APART][VGPU_MAX_SCANOUTS];
	struct {
		uint32_t pid;
		char comm[16];
	} processes[PROCESS_SIZE];
	struct {
		uint32_t ctx_id, pid;
	} owners[OWNER_SIZE];
};

static inline void put_number(struct cell *cell, uint64_t number)
{
	cell->type = CELL_INTEGER;
	cell->number = number;
}

static inline void put_chars(struct cell *cell, const char *text, size_t size)
{
	cell->type = CELL_TEXT;
	cell->text = text;
	cell->size = size;
}

/* NULL stays NULL. */
static inline void put_string(struct cell *cell, const char *text)
{
	if (text)
		put_chars(cell, text, strlen(text));
}

static inline bool rows_want(const struct rows *r, enum rows_table table)
{
	return r->tables & 1u << table;
}

/* rows-state.c: what commands do to resources, contexts and scanouts. */

/* Before the tracker takes the request: rows of what it destroys. */
int rows_before(struct rows *r, const struct vgpu_trace_command *c);
/* A frame for each scanout that the request puts one on. */
int rows_frames(struct rows *r, const struct vgpu_trace_command *c);
/* What still exists, at a reset or at the end. */
int rows_rest(struct rows *r);

#endif
