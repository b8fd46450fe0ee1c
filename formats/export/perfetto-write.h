/* SPDX-License-Identifier: MIT */
/* Packets of a Perfetto trace: tracks, slices, instants, counters. Private to the exporter. */
#ifndef EXPORT_PERFETTO_WRITE_H
#define EXPORT_PERFETTO_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum pf_category {
	PF_COMMAND,
	PF_CONTEXT,
	PF_FENCE,
	PF_FRAME,
	PF_STAGE,
	PF_QUEUED,
	PF_LOSS,
	PF_CATEGORIES
};

enum pf_arg {
	PF_ARG_COMMAND,
	PF_ARG_CTX_ID,
	PF_ARG_RESOURCE_ID,
	PF_ARG_FENCE_ID,
	PF_ARG_SIZE,
	PF_ARG_PID,
	PF_ARG_SEQNO,
	PF_ARG_RESPONSE,
	PF_ARG_COUNT,
	PF_ARG_BYTES,
	PF_ARGS
};

enum pf_type {
	PF_BEGIN = 1,
	PF_END = 2,
	PF_INSTANT = 3,
};

struct pf_event {
	enum pf_type type;
	uint64_t time_ns, track;
	enum pf_category category;
	const char *name; /* NULL for an end */
	uint64_t flow;    /* 0: none */
	bool flow_ends;
	unsigned int has; /* bits of enum pf_arg; RESPONSE is a text */
	uint64_t args[PF_ARGS];
	const char *response;
};

struct pf_writer;

int pf_create(struct pf_writer **out, FILE *file); /* 0 or -ENOMEM */
void pf_destroy(struct pf_writer *w);

/* The first error so far: 0 or -errno. */
int pf_error(const struct pf_writer *w);

/* The same moment on both clocks. */
void pf_clocks(struct pf_writer *w, uint64_t monotonic_ns, uint64_t realtime_ns);

/* Tracks; `parent` 0: none. Texts may be any bytes. */
void pf_track(struct pf_writer *w, uint64_t uuid, uint64_t parent, const char *name);
void pf_counter_track(struct pf_writer *w, uint64_t uuid, uint64_t parent, const char *name);
void pf_process_track(struct pf_writer *w, uint64_t uuid, uint32_t pid, const char *name);
void pf_thread_track(struct pf_writer *w, uint64_t uuid, uint32_t pid, uint32_t tid,
		     const char *name);

void pf_event(struct pf_writer *w, const struct pf_event *e);
void pf_counter(struct pf_writer *w, uint64_t time_ns, uint64_t track, int64_t value);

#endif
