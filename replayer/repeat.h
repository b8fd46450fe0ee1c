/* SPDX-License-Identifier: MIT */
/* The same trace again and again: a frame that is not always equal cannot be verified by its hash. */
#ifndef VGPU_REPLAY_REPEAT_H
#define VGPU_REPLAY_REPEAT_H

#include "options.h"

/* Runs `options->repeat` times, each in a child. Returns the exit status. */
int repeat_run(struct replay_options *options);

#endif
