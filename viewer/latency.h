/* SPDX-License-Identifier: MIT */
/*
 * Latency over a span of time. The numbers are vgpu/stats.h's, which is given the span's commands
 * again; so they are the same as `vgpu-trace` tells for the same commands.
 */
#ifndef VGPU_VIEW_LATENCY_H
#define VGPU_VIEW_LATENCY_H

#include <vgpu/stats.h>

#include "find.h"
#include "model.h"

/* Bins of the histogram: 16 to a decade, from 100 ns to 100 s; the outer ones take the rest. */
#define VIEW_BINS_DECADE 16u
#define VIEW_BINS_FIRST  2 /* 10^2 ns */
#define VIEW_BINS        (9u * VIEW_BINS_DECADE)
#define VIEW_LATENCY_MAX 64u /* rows; there are 26 commands on two queues */

struct view_latency_row {
	struct vgpu_stats_command stats;
	uint32_t bins[2][VIEW_BINS]; /* unfenced, fenced */
};

struct view_latency {
	uint64_t from_ns, to_ns; /* commands queued from … until before … */
	uint64_t commands, frames;
	struct vgpu_stats_series interval; /* of the frames of `scanout` within the span */
	uint32_t scanout;
	struct view_latency_row rows[VIEW_LATENCY_MAX]; /* most commands first */
	uint32_t row_count;
	uint32_t bins[2][VIEW_BINS]; /* of all */
};

/*
 * Fill *out for a span: of the commands that `only` means, NULL: of all. 0 or -ENOMEM; then it is
 * empty.
 */
int view_latency_measure(struct view_latency *out, const struct view_model *m, uint64_t from_ns,
			 uint64_t to_ns, uint32_t scanout, struct view_find *only);

/* The same piece by piece, for spans of millions of commands. */
struct view_latency_job;

/* Of the commands that the model has now, and `only` means. NULL: out of memory. */
struct view_latency_job *view_latency_begin(const struct view_model *m, uint64_t from_ns,
					    uint64_t to_ns, uint32_t scanout,
					    struct view_find *only);
/* Take up to `commands` more of them, or as many frames. 1: all is measured; 0: go on; -ENOMEM. */
int view_latency_step(struct view_latency_job *job, uint32_t commands);
/* What view_latency_step() has said 1 of; good until the end of the job. */
const struct view_latency *view_latency_result(const struct view_latency_job *job);
void view_latency_end(struct view_latency_job *job); /* NULL is fine */

/* The bin of a latency. */
uint32_t view_latency_bin(uint64_t ns);

#endif
