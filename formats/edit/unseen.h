/* SPDX-License-Identifier: MIT */
/* What commands name although no record made it: recording began in the middle of a program. */
#ifndef FORMATS_EDIT_UNSEEN_H
#define FORMATS_EDIT_UNSEEN_H

#include <vgpu/edit.h>

#include "state.h"

/* All zero to begin with. Ids that were met, by device and id. */
struct unseen {
	struct map contexts, resources;
};

/* Put what the command names, and the state before it lacks, into the report. 0 or -ENOMEM. */
int unseen_take(struct unseen *u, const struct edit_state *e, const struct vgpu_trace_command *c,
		struct vgpu_trim_report *report);
void unseen_finish(struct unseen *u); /* all zero again */

#endif
