/* SPDX-License-Identifier: MIT */
/*
 * Breaks: commands behind which somebody wants to look at what there is. With a window the replay
 * pauses there; without one it says so, writes what there is to FILE_BREAK, where that is asked for
 * ("command-000012.json", which is as --state writes it; "command-000012.png",
 * "command-000012-s1.png"), and goes on.
 */
#ifndef VGPU_REPLAY_BREAK_H
#define VGPU_REPLAY_BREAK_H

#include <stdbool.h>
#include <stdint.h>

#include <vgpu/filter.h>
#include <vgpu/trace.h>

#include "device.h"

struct break_options {
	struct vgpu_filter *filter; /* NULL: none */
	bool answers;               /* it asks for what only the answer tells */
	bool failure;               /* commands that fail here, whatever was recorded */
	uint64_t draw;              /* the draw of that number, from 1, in the window; 0: none */
};

struct replay;

/* Nobody asked for breaks. */
bool break_none(const struct break_options *o);

/*
 * Is that command one to break at? `facts` may be NULL; `result` NULL: it was executed before, and is
 * answered now. What for, in a few words; NULL: no.
 */
const char *break_why(const struct break_options *o, const struct vgpu_facts *facts,
		      const struct vgpu_device_result *result);

/* Say so, and write what there is, with the command where it is at hand. 0 or REPLAY_FAILED. */
int break_tell(struct replay *p, const struct vgpu_trace_command *c, const char *why);

#endif
