/* SPDX-License-Identifier: MIT */
/* Reading a trace into a model: what is only needed meanwhile. */
#ifndef VGPU_VIEW_LOAD_H
#define VGPU_VIEW_LOAD_H

#include <vgpu/scanouts.h>

#include "model.h"

/* Commands that wait for their answer, by the low bits of their id; as in vgpu/stats.h. */
#define VIEW_PENDING 16384u

struct view_pending {
	uint64_t id; /* 0: free */
	uint32_t command;
	bool asks_drm; /* which kernel driver DRM native contexts speak to */
};

/* Which rows of a lane are taken, and since when. */
struct view_rows {
	uint8_t taken; /* a bit per row */
	uint64_t since_ns[VIEW_ROWS];
	uint32_t command[VIEW_ROWS];
};
_Static_assert(VIEW_ROWS <= 8, "a row is a bit of `taken`");

struct view_loader {
	struct view_model *m;
	struct vgpu_stats *stats;
	size_t command_room, frame_room, loss_room;
	struct vgpu_scanouts scanouts;
	struct view_rows queue_rows[2], context_rows[VIEW_CONTEXTS];
	struct view_pending pending[VIEW_PENDING];
};

/* Take one record. 0, -ENOMEM, or -EFBIG when there are more commands than can be numbered. */
int view_loader_add(struct view_loader *l, const struct vgpu_trace_record *r);

/* After the last record: order, lanes, indexes. 0 or -ENOMEM. */
int view_loader_end(struct view_loader *l);

#endif
