/* SPDX-License-Identifier: MIT */
/*
 * What the viewer knows of a trace: its commands, frames and losses, without their bytes. A thread
 * reads the trace and adds to it; nothing in here draws. Of ten million commands each takes about
 * 20 bytes.
 *
 * Everything in a model may be read between view_model_lock() and view_model_unlock(), and without
 * them once it is loaded. It only grows: numbers of commands and frames stay, places in lanes may
 * move while it loads.
 */
#ifndef VGPU_VIEW_MODEL_H
#define VGPU_VIEW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgpu/dialect.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "index.h"
#include "list.h"

#define VIEW_ROWS        4u  /* commands in flight that are drawn apart; more share the last row */
#define VIEW_CONTEXTS    64u /* lanes; more contexts share the last one */
/* Lanes behind those: of fenced commands until their signal, of waits, of depth; these two have no commands. */
#define VIEW_LANE_FENCES (VIEW_CONTEXTS + 2u)
#define VIEW_LANE_WAITS  (VIEW_CONTEXTS + 3u)
#define VIEW_LANE_DEPTH  (VIEW_CONTEXTS + 4u) /* of the control queue */
#define VIEW_WAITS_MAX   (1u << 20)           /* more are counted */
#define VIEW_TYPES       255u                 /* kinds of commands told apart; there are 40 */
/* Of every so many commands the number of one's record is kept. */
#define VIEW_PLACES      256u

enum {
	VIEW_FENCED = 1,
	VIEW_ANSWERED = 2,
	VIEW_FAILED = 4,   /* answered with an error */
	VIEW_EXPECTED = 8, /* has room for an answer */
};

struct view_command {
	uint64_t id; /* as in the trace */
	uint64_t queue_ns, response_ns;
	uint64_t signal_ns; /* of its fence, to a part in a thousand of the time since the answer */
	uint32_t type; /* the header's; 0 when the request is too short for one; UINT32_MAX: other */
	uint8_t flags, queue;
	uint8_t lane;             /* of its context and ring; 0: it has none */
	uint8_t row, context_row; /* lowest one free when it was queued, in both its lanes */
};

/* As kept; see view_model_command(). */
struct view_packed {
	uint64_t time;   /* 56 bits: ns from the first command's, signed; 8: number of the type */
	uint64_t answer; /* 48 bits: ns until the answer; 4 flags, queue, rows (2 × 2 bits), lane */
};

/* The command's latency; 0 when it was not answered. */
static inline uint64_t view_command_latency(const struct view_command *c)
{
	return c->response_ns > c->queue_ns ? c->response_ns - c->queue_ns : 0;
}

/* A length of time, as kept: steps of 64 ns, up to four minutes; 0: not known. */
static inline uint32_t view_packed_length(uint64_t ns)
{
	return ns / 64 < UINT32_MAX - 1 ? (uint32_t)(ns / 64) + 1 : UINT32_MAX;
}

static inline uint64_t view_unpacked_length(uint32_t length)
{
	return length ? (uint64_t)(length - 1) * 64 : 0;
}

/* A thread waited in the kernel for a command's fence. */
struct view_wait {
	uint64_t begin_ns;
	uint32_t command, tid; /* tid 0: not known */
	uint32_t length;       /* packed; 0: its end is not in the trace */
	uint8_t row;
};

static inline uint64_t view_wait_ns(const struct view_wait *w)
{
	return view_unpacked_length(w->length);
}

struct view_frame {
	uint64_t time_ns;     /* when its flush was queued */
	uint64_t interval_ns; /* since the frame before it on this scanout; 0: it is the first */
	uint32_t command;     /* number in the model */
	uint32_t resource_id;
	uint32_t scanout;
	uint32_t place; /* among the frames of its scanout */
};

/* As kept. */
struct view_flush {
	uint32_t command, resource_id;
	uint32_t scanout : 4, place : 28;
};

/* Ids of commands count up by one, but for some. */
struct view_ids {
	uint32_t command; /* from this one on … */
	uint64_t id;      /* … they count from here */
};

/* Commands in the order of their times. */
struct view_lane {
	const struct view_model *m;
	struct view_list list; /* numbers of commands */
	uint32_t count;
	uint32_t device, ctx_id, ring; /* context lanes */
	char label[52];
	struct view_index index; /* marked: fenced */
};

/* The frames of one scanout, in the order of the trace. */
struct view_shown {
	const struct view_model *m;
	struct view_list list; /* numbers of frames */
	uint32_t count;
	bool unsorted;           /* a frame is earlier than the one before it */
	struct view_index index; /* from the frame before to this one: the longest is the worst */
};

/* A context has as many as rings that its commands name. */
struct view_context {
	uint32_t device, ctx_id, capset, ring;
	char name[40];
};

enum view_loading {
	VIEW_LOADING, /* more may come */
	VIEW_LOADED,  /* all is there, or what could be read: `error` */
};

struct view_model {
	struct view_packed *commands; /* in the order of the trace */
	uint32_t command_count;
	uint64_t base_ns;          /* that their times are counted from */
	struct view_flush *frames; /* in the order of the trace; numbers shown are one more */
	uint32_t frame_count;
	struct view_ids *ids;
	uint32_t id_runs;
	uint64_t *places; /* number of the record of every VIEW_PLACES-th command */
	uint32_t types[VIEW_TYPES];
	uint32_t type_count;
	struct vgpu_trace_lost *losses;
	uint32_t loss_count;
	struct view_context contexts[VIEW_CONTEXTS];
	uint32_t context_count;
	uint32_t drm_context; /* of contexts of capset DRM: VGPU_DRM_CONTEXT_; 0: not known */
	struct view_lane all; /* its index has no summaries */
	struct view_lane lanes[VIEW_LANE_FENCES + 1]; /* control, cursor queue, contexts', fences */
	uint32_t lane_count;                          /* but for the fences' */
	uint32_t device_count;
	uint8_t *depths, *depth_tops; /* depth.c's */
	uint16_t *signals;            /* when the commands' fences did: packed_signal() */
	uint32_t signal_count;        /* commands that there is one of */
	struct view_wait *waits;      /* by their begin */
	uint32_t wait_count, waits_left_out;
	struct view_index wait_index; /* marked: those whose end is known */
	struct view_shown shown[VGPU_MAX_SCANOUTS];
	uint32_t main_scanout;      /* the one with the most frames */
	uint64_t start_ns;          /* of the trace, its first record's */
	uint64_t first_ns, last_ns; /* of what there is to see; last > first */
	bool needs_3d;              /* a renderer is needed to make the pictures */
	bool cut;
	uint64_t lost;             /* sum of the losses' counts */
	char about[128];           /* recorded where */
	enum vgpu_dialect dialect; /* whose messages they are; the caller sets it */

	enum view_loading loading;
	int error;         /* of the reader's, when it ended the loading; else 0 */
	uint32_t permille; /* of the file that is read; 1000 only when all is */
	bool live;         /* it comes through a spool, and may not have ended */
	struct view_loading_thread *thread;
};

/*
 * Begin to read a trace. What a whole file's summary tells is known at once: span, and whether a renderer is
 * needed. 0, -errno or a VGPU_ERR_ of the reader's, and *out is NULL.
 */
int view_model_open(struct view_model **out, const char *path);

struct view_spool; /* spool.h */

/*
 * The same of what comes through a spool, which must outlive the model; what there is comes at once.
 * That it is no trace is told by `error` when it has come.
 */
int view_model_open_live(struct view_model **out, const struct view_spool *spool);

/*
 * Wait until all is read. 0 or the error that ended it; a trace that is cut or damaged is read as far
 * as it goes, without one.
 */
int view_model_wait(struct view_model *m);

/* Both; with an error *out is NULL. */
int view_model_load(struct view_model **out, const char *path);

/* Stops the reading. NULL is fine. */
void view_model_destroy(struct view_model *m);

/* Not to be nested. */
void view_model_lock(const struct view_model *m);
void view_model_unlock(const struct view_model *m);

/* Command i < command_count, frame i < frame_count. */
struct view_command view_model_command(const struct view_model *m, uint32_t i);
/* Its type alone. */
uint32_t view_model_type(const struct view_model *m, uint32_t i);
struct view_frame view_model_frame(const struct view_model *m, uint32_t i);

/* The number of the first command with that id, or VIEW_NONE. */
uint32_t view_model_find(const struct view_model *m, uint64_t id);

/* The number of the command, or frame, at a place < count. */
static inline uint32_t view_lane_item(const struct view_lane *lane, uint32_t place)
{
	return view_list_get(&lane->list, place);
}
static inline uint32_t view_shown_item(const struct view_shown *shown, uint32_t place)
{
	return view_list_get(&shown->list, place);
}

/*
 * How many commands of the control queue, of those that were answered, were in flight at a time; the
 * most from … until before a time. 255 is that or more.
 */
uint32_t view_depth_at(const struct view_model *m, uint64_t time_ns);
uint32_t view_depth_most(const struct view_model *m, uint64_t from_ns, uint64_t to_ns);
/* The same for each of n equal parts of the time; 0 or -ENOMEM. */
int view_depth_columns(const struct view_model *m, uint64_t from_ns, uint64_t to_ns, uint32_t n,
		       uint32_t *most);

/* The command's row in a lane. */
static inline unsigned int view_lane_row(const struct view_command *c, uint32_t lane)
{
	return lane > 1 && lane < VIEW_LANE_FENCES ? c->context_row : c->row;
}

/* The lane is drawn: it has commands, or waits. */
bool view_model_has_lane(const struct view_model *m, uint32_t lane);
const char *view_lane_label(const struct view_model *m, uint32_t lane);

/* The command's place in a lane that has it, or the lane's count. */
uint32_t view_lane_find(const struct view_lane *lane, uint32_t command);

/* "RESOURCE_FLUSH", or the number. `buffer` is used when there is no name. */
const char *view_type_name(const struct view_model *m, uint32_t type, char *buffer, size_t size);

/* The last frame, of any scanout, at `time_ns` or before; the first one when none is, or VIEW_NONE. */
uint32_t view_model_frame_at(const struct view_model *m, uint64_t time_ns);

/* The command `step` places after (before) number `from` in time; stops at the ends. */
uint32_t view_model_step(const struct view_model *m, uint32_t from, int64_t step);

#endif
