/* SPDX-License-Identifier: MIT */
/* --save-range: frames of a trace as one of their own, which begins with what resources hold there. */
#ifndef VGPU_REPLAY_RANGE_H
#define VGPU_REPLAY_RANGE_H

#include "replay.h"

/* Replay the trace up to the range, and write it. 0 or the exit status. */
int range_save(struct replay *p, const struct vgpu_device_about *about);

/* A whole run with it; then what was written is replayed, and compared. Returns the exit status. */
int range_run(struct replay_options *options);

#endif
