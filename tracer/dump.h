/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace dump. */
#ifndef TRACER_DUMP_H
#define TRACER_DUMP_H

#include <stdbool.h>

#include <vgpu/follow.h>
#include <vgpu/trace.h>

#include "filter-options.h"
#include "output.h"

/* What is known of a command beside its record. */
struct dump_owner {
	uint32_t capset; /* of its context; VGPU_CAPSET_UNKNOWN when nothing told */
	char process[16];
};

/* A record that is to be printed. Records and owner are good during the call only. */
struct dump_item {
	const struct vgpu_trace_record *record;
	const struct vgpu_trace_record *answer; /* text: the response to a command, or NULL */
	struct dump_owner owner;                /* of a COMMAND */
};

struct dump;

/* Records that wait, in order, until it is known whether and how they are printed. */
struct dump_queue {
	struct held *first, **last;
	unsigned int count;
	size_t bytes;
};

/* Commands that the filter chose, by the low bits of their number. */
#define CHOSEN_SIZE 4096

struct dump {
	const char *path, *output;
	enum output_color color;
	bool json, verbose, hex, raw, force, quiet, colors;
	struct filter_options filter;
	struct vgpu_follow *follow;
	struct dump_queue queue;
	uint64_t start_ns;
	bool started;
	uint64_t chosen[CHOSEN_SIZE];
};

/*
 * A record at the end of the queue, whose print comes when all before it are printed. `id`: it waits
 * for what is known of this command, 0: for nothing. `shown`: print it, as far as is known now.
 * 0 or -ENOMEM.
 */
int dump_queue_add(struct dump *d, const struct dump_item *item, uint64_t id, bool shown);
/*
 * All is known of command `id`: what waits for it is shown or not. `answer`, unless NULL, is kept
 * with the command. 1: the command was held; 0: it was not; -ENOMEM.
 */
int dump_queue_decide(struct dump *d, uint64_t id, bool shown,
		      const struct vgpu_trace_record *answer);
/* Is something held until more is known of command `id`? */
bool dump_queue_waits(const struct dump *d, uint64_t id);
/* Print what still waits, and free all. */
void dump_queue_finish(struct dump *d);

/* Print one record: as JSON, on a line of its own, or as text. */
void dump_json(const struct dump *d, const struct dump_item *item);
void dump_text(const struct dump *d, const struct dump_item *item);

#endif
