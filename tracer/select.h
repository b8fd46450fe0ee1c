/* SPDX-License-Identifier: MIT */
/*
 * A trace's records, each with whether a filter chose the command that it belongs to. What is known
 * with a command's answer only is waited for: records wait, and leave in order.
 */
#ifndef TRACER_SELECT_H
#define TRACER_SELECT_H

#include <stdbool.h>

#include <vgpu/follow.h>
#include <vgpu/trace.h>

/* One record. All pointers are good during the call only. */
struct select_item {
	const struct vgpu_trace_record *record;
	bool chosen; /* also records of no command, when there is no filter */
	/* Of a COMMAND: */
	const struct vgpu_trace_record
		*answer;      /* with `join`: its RESPONSE; NULL: none came in time */
	uint32_t capset;      /* of its context, or VGPU_CAPSET_UNKNOWN */
	uint32_t drm_context; /* VGPU_DRM_CONTEXT_ of the device, or 0 */
	char process[16];     /* that queued it; "" when not known */
};

/* Commands that the filter chose, by the low bits of their number. */
#define SELECT_CHOSEN  4096

#define SELECT_WAITING 1024

struct select_held;

struct select {
	/* To be set: */
	const struct vgpu_filter *filter; /* NULL: all are chosen */
	bool join;      /* a RESPONSE comes with its command; alone only when it came too late */
	bool all;       /* hand out what is not chosen too */
	uint64_t types; /* bit n: records of type n are handed out; 63: also those above */
	int (*take)(void *data, const struct select_item *item); /* 0, or negative: ends it */
	void *data;
	/* Private: */
	struct vgpu_follow *follow;
	struct select_held *first, **last;
	struct select_held *waiting[SELECT_WAITING]; /* by the low bits of what they wait for */
	unsigned int count;
	size_t bytes;
	int err;
	uint64_t chosen[SELECT_CHOSEN];
};

static inline uint64_t select_type(uint16_t type)
{
	return (uint64_t)1 << (type < 63 ? type : 63);
}

/* After the settings. 0 or -ENOMEM. */
int select_begin(struct select *s);
/* The next record. 0, -ENOMEM, or what `take` returned. */
int select_record(struct select *s, const struct vgpu_trace_record *r);
/* Hands out what still waits, unless an error was met; frees. The same result. */
int select_finish(struct select *s);

#endif
