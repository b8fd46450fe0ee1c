/* SPDX-License-Identifier: MIT */
/* Reading a trace into a model: what is only needed meanwhile. */
#ifndef VGPU_VIEW_LOAD_H
#define VGPU_VIEW_LOAD_H

#include <vgpu/scanouts.h>

#include "model.h"

/* The last commands, and whether they wait for their answer, by the low bits of their id; as in vgpu/stats.h. */
#define VIEW_PENDING 16384u

struct view_pending {
	uint64_t id; /* 0: free */
	uint32_t command;
	uint32_t place, context_place; /* in its lanes when it was added; they may have moved */
	bool answered;
	bool asks_drm; /* which kernel driver DRM native contexts speak to */
};

/* Which rows of a lane are taken, and since when. */
struct view_rows {
	uint8_t taken; /* a bit per row */
	uint64_t since_ns[VIEW_ROWS];
	uint32_t command[VIEW_ROWS];
};
_Static_assert(VIEW_ROWS <= 8, "a row is a bit of `taken`");

/* A thread that waits. */
struct view_open_wait {
	uint64_t id; /* of the command */
	uint32_t tid, place;
};
#define VIEW_OPEN_WAITS 64u

/* As many as `vgpu-trace merge` puts together. */
#define VIEW_TRACES     16u

struct view_loader {
	struct view_model *m;
	size_t command_room, frame_room, loss_room, id_room, place_room, signal_room, wait_room;
	size_t depth_room, depth_top_room;
	bool started;
	uint64_t newest_ns; /* of the commands so far */
	uint64_t last_ns;   /* of them and their answers */
	bool strays;        /* commands too far back in time for their lanes: placed at the end */
	uint32_t device_of[VIEW_TRACES]; /* the first one of each trace that was merged */
	bool chosen;           /* the device whose frames are shown: the first that is used */
	uint32_t device_index; /* its index */
	struct vgpu_scanouts scanouts;
	struct view_rows queue_rows[2], context_rows[VIEW_CONTEXTS];
	struct view_pending pending[VIEW_PENDING];
	struct view_open_wait open_waits[VIEW_OPEN_WAITS]; /* those that began first come first */
	uint32_t wait_count;
};

/* For a model that is all zero. */
void view_loader_init(struct view_loader *l, struct view_model *m);

/* Take one record. 0, -ENOMEM, or -EFBIG when there are more commands than can be numbered. */
int view_loader_add(struct view_loader *l, const struct vgpu_trace_record *r);

/* After the last record; takes the model's lock itself. 0 or -ENOMEM. */
int view_loader_end(struct view_loader *l);

/* The model's span reaches so far. */
void view_loader_seen(struct view_loader *l, uint64_t time_ns);

/* depth.c */
int view_depth_add(struct view_loader *l);
void view_depth_answered(struct view_model *m, uint32_t command);

/* fences.c */
void view_fences_init(struct view_model *m);
void view_fences_finish(struct view_model *m);
/* A STAGE. 0 or -ENOMEM. */
int view_fences_add(struct view_loader *l, const struct vgpu_trace_record *r);

/* lanes.c */
void view_lanes_init(struct view_model *m);
void view_lanes_finish(struct view_model *m);
/* A lane more, or another name. */
void view_lanes_name(struct view_model *m, uint32_t context);
/* The last command; its places go into *p. 0 or -ENOMEM. */
int view_lanes_add(struct view_loader *l, struct view_pending *p);
/* The command that *p tells of was answered. */
void view_lanes_answered(struct view_model *m, const struct view_pending *p);
/* When the command's fence signalled became known. 0 or -ENOMEM. */
int view_lanes_signalled(struct view_loader *l, uint32_t command);
/* The last frame. 0 or -ENOMEM. */
int view_lanes_add_frame(struct view_model *m);
/* All commands anew, in the order of their times. Takes the model's lock itself. 0 or -ENOMEM. */
int view_lanes_sort(struct view_model *m);

#endif
