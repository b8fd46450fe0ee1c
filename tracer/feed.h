/* SPDX-License-Identifier: MIT */
/* A trace's records, given to lints and so to their trackers: one for each device. */
#ifndef TRACER_FEED_H
#define TRACER_FEED_H

#include <vgpu/lint.h>
#include <vgpu/trace.h>

#define FEED_DEVICES 64 /* as many as merge takes; what names others goes to the last */

struct feed_device;

/* Begins as zero; `negotiated` is the user's to set before feed_begin(). */
struct feed {
	struct vgpu_negotiated negotiated; /* each device's to begin with */
	struct vgpu_lint_options options;
	struct feed_device *devices[FEED_DEVICES]; /* NULL: nothing came of it */
	unsigned int n;                            /* none from here on */
	uint64_t lost;                             /* things, as LOST records count them */
	int error;                                 /* sticky: VGPU_ERR_TOO_LARGE */
};

/*
 * `options` as for each lint; the dialect is the negotiated one. `device`, below FEED_DEVICES, is there
 * from the beginning, whether the trace tells of it or not. feed_finish also after an error.
 */
int feed_begin(struct feed *f, const struct vgpu_lint_options *options, uint32_t device);
void feed_finish(struct feed *f);

/* 0 or f->error. */
int feed_record(struct feed *f, const struct vgpu_trace_record *r);
/* The end; `cut`: answers may lie in what is missing. Reports what can only be told then. */
void feed_end(struct feed *f, bool cut);

/* The state of a device that is there. */
const struct vgpu_track *feed_track(const struct feed *f, uint32_t device);
/* Did the trace tell of it? */
bool feed_met(const struct feed *f, uint32_t device);
/* Commands of all devices, and how many of them were refused. */
void feed_counts(const struct feed *f, uint64_t *commands, uint64_t *refused);

#endif
