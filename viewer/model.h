/* SPDX-License-Identifier: MIT */
/*
 * What the viewer knows of a trace: its commands, frames and losses, without their bytes. Nothing
 * in here draws, and nothing changes once it is loaded.
 */
#ifndef VGPU_VIEW_MODEL_H
#define VGPU_VIEW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgpu/protocol.h>
#include <vgpu/stats.h>
#include <vgpu/trace.h>

#include "index.h"

#define VIEW_ROWS     4u  /* commands in flight that are drawn apart; more share the last row */
#define VIEW_CONTEXTS 64u /* lanes; more contexts share the last one */

enum {
	VIEW_FENCED = 1,
	VIEW_ANSWERED = 2,
	VIEW_FAILED = 4,   /* answered with an error */
	VIEW_EXPECTED = 8, /* has room for an answer */
};

struct view_command {
	uint64_t id; /* as in the trace */
	uint64_t queue_ns, response_ns;
	uint32_t type; /* the header's; 0 when the request is too short for one */
	uint32_t size; /* of the request, bytes; UINT32_MAX: as much or more */
	uint8_t flags, queue;
	uint8_t lane;             /* of its context; 0: it has none */
	uint8_t row, context_row; /* lowest one free when it was queued, in both its lanes */
	uint8_t reserved[3];
};
_Static_assert(sizeof(struct view_command) <= 48, "ten million of them shall fit into memory");

/* The command's latency; 0 when it was not answered. */
static inline uint64_t view_command_latency(const struct view_command *c)
{
	return c->response_ns > c->queue_ns ? c->response_ns - c->queue_ns : 0;
}

struct view_frame {
	uint64_t time_ns;     /* when its flush was queued */
	uint64_t interval_ns; /* since the frame before it on this scanout; 0: it is the first */
	uint32_t command;     /* number in the model */
	uint32_t resource_id;
	uint32_t scanout;
	uint32_t place; /* among the frames of its scanout */
};

/* Commands in the order of their times. */
struct view_lane {
	const struct view_command *commands; /* the model's */
	uint32_t *items;                     /* numbers of commands */
	uint32_t count;
	uint32_t ctx_id; /* context lanes */
	char label[40];
	struct view_index index; /* marked: fenced */
};

/* The frames of one scanout, in order. */
struct view_shown {
	const struct view_frame *frames; /* the model's */
	uint32_t *items;                 /* numbers of frames */
	uint32_t count;
	struct view_index index; /* from the frame before to this one: the longest is the worst */
};

struct view_context {
	uint32_t ctx_id, capset;
	char name[40];
};

struct view_model {
	struct view_command *commands; /* in the order of the trace */
	uint32_t command_count;
	struct view_frame *frames; /* in the order of the trace; numbers shown are one more */
	uint32_t frame_count;
	struct vgpu_trace_lost *losses;
	uint32_t loss_count;
	struct view_context contexts[VIEW_CONTEXTS];
	uint32_t context_count;
	uint32_t drm_context; /* of contexts of capset DRM: VGPU_DRM_CONTEXT_; 0: not known */
	struct view_lane all;
	struct view_lane *lanes; /* control queue, cursor queue, then a lane per context */
	uint32_t lane_count;
	struct view_shown shown[VGPU_MAX_SCANOUTS];
	uint32_t main_scanout;      /* the one with the most frames */
	uint64_t first_ns, last_ns; /* of what there is to see; last > first */
	bool needs_3d;              /* a renderer is needed to make the pictures */
	bool cut;
	uint64_t lost;   /* sum of the losses' counts */
	char about[128]; /* recorded where */
	struct vgpu_stats_totals totals;
};

/*
 * Read a trace to its end. 0, -errno or a VGPU_ERR_ of the reader's; a trace that is cut or damaged
 * is read as far as it goes. *out is NULL after an error.
 */
int view_model_load(struct view_model **out, const char *path);
void view_model_destroy(struct view_model *m); /* NULL is fine */

/* "RESOURCE_FLUSH", or the number. `buffer` is used when there is no name. */
const char *view_type_name(uint32_t type, char *buffer, size_t size);

/* The context with that id, or NULL. */
const struct view_context *view_model_context(const struct view_model *m, uint32_t ctx_id);

/* The last frame, of any scanout, at `time_ns` or before; the first one when none is, or VIEW_NONE. */
uint32_t view_model_frame_at(const struct view_model *m, uint64_t time_ns);

/* The command `step` places after (before) number `from` in time; stops at the ends. */
uint32_t view_model_step(const struct view_model *m, uint32_t from, int64_t step);

#endif
