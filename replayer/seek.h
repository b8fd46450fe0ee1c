/* SPDX-License-Identifier: MIT */
/*
 * Going back in the window, and ahead over what was replayed before: from the nearest checkpoint, in
 * the same process. Where that cannot be, another replay begins.
 */
#ifndef VGPU_REPLAY_SEEK_H
#define VGPU_REPLAY_SEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

struct replay;
struct vgpu_trace_record;

struct seek {
	uint64_t seen;         /* records before this number were executed before */
	uint64_t origin;       /* frames before the first one of the trace */
	bool gone;             /* somewhere, before */
	struct report *report; /* for what is executed again, and was told of; NULL: not yet */
};

/* Before the first record, with a window. 0 or the exit status. */
int seek_begin(struct replay *p);
void seek_finish(struct replay *p);

/* Is there a checkpoint ahead, nearer to where the window wants to be? */
bool seek_is_short(const struct replay *p, uint64_t record);
/* Before each record. */
void seek_record(struct replay *p, const struct vgpu_trace_record *r);
/* Behind each command that was executed: keep a checkpoint if it is time to. */
void seek_keep(struct replay *p);

/*
 * To where the window wants to be: p->progress->again. 0: go on from there; SHOW_AGAIN: that is for
 * another replay.
 */
int seek_go(struct replay *p);
/*
 * The trace is through, and told of. Wait for what the window wants next. 0: it is closed;
 * SHOW_AGAIN: p->progress->again.
 */
int seek_wait(struct replay *p);

#endif
