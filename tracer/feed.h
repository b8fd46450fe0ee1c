/* SPDX-License-Identifier: MIT */
/* A trace's records, given to a lint and so to its tracker. */
#ifndef TRACER_FEED_H
#define TRACER_FEED_H

#include <vgpu/lint.h>
#include <vgpu/trace.h>

/* The first two are the user's to set, the rest begins as zero. */
struct feed {
	struct vgpu_negotiated negotiated; /* the lint's; learns features from the trace */
	struct vgpu_lint *lint;
	bool started; /* a command was seen in this epoch */
	bool told_start;
	uint64_t cut_id; /* command whose request is not whole */
	uint64_t lost;   /* things, as LOST records count them */
};

void feed_record(struct feed *f, const struct vgpu_trace_record *r);

#endif
