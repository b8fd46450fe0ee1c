/* SPDX-License-Identifier: MIT */
/* The replay's side of its window: carries out orders, and shows what comes of them. */
#ifndef VGPU_REPLAY_WINDOW_SHOW_H
#define VGPU_REPLAY_WINDOW_SHOW_H

#include <vgpu/trace.h>

#include "device.h"
#include "target.h"
#include "wire.h"

/* What a replay ends with when it was asked to go back: another one is to begin with that order. */
#define SHOW_AGAIN 100

struct show_picture {
	uint8_t *map; /* NULL: none yet */
	size_t room;
	int fd;
	bool on; /* it was shown */
};

struct show {
	int socket; /* to the window; -1: there is none */
	struct vgpu_device *device;
	uint64_t *begun_ns;
	struct window_order order; /* that is carried out */
	struct window_event at;    /* where the replay is */
	uint32_t lit;              /* bit per scanout: it shows something */
	uint32_t stale;            /* and: what is shown is not what the window has */
	bool stop;                 /* the order is carried out: wait in front of the next command */
	bool moved;                /* a cursor changed */
	bool quit;                 /* the window was closed */
	bool leaves;               /* the order is known: back, from within a stream */
	uint64_t looked_ns;        /* when orders were last looked for */
	uint64_t shown_command;    /* that showed the frame */
	uint64_t shown_ns;
	struct show_picture pictures[WINDOW_PICTURES], cursors[VGPU_DEVICE_SCANOUTS];
	struct target target;
	uint64_t break_draw;
	uint32_t draw_ctx; /* whose draw was shown last */
	uint8_t *piece;    /* of a command: a part of its stream */
	size_t piece_room;
	char reason[160]; /* of a piece that failed */
};

/*
 * `begun_ns` is what a watchdog looks at: a time while the renderer works, 0 while it does not.
 * `begin` is the first order; NULL: the window has it. `break_draw` is a draw to stop behind, from 1;
 * 0: none.
 */
void show_init(struct show *s, int socket, struct vgpu_device *device, uint64_t *begun_ns,
	       const struct window_order *begin, uint64_t break_draw);
void show_finish(struct show *s);

/*
 * In front of a command. 0: execute it. SHOW_AGAIN: end, *again is for the next replay. -EPIPE: the
 * window was closed, end.
 */
int show_before(struct show *s, struct window_order *again);

/* Execute a command; inside a stream the window may ask for draws one by one. */
void show_execute(struct show *s, const struct vgpu_trace_command *c,
		  struct vgpu_device_result *result);
/* It was executed; `frames` were shown so far. `why` not NULL: the replay is to stop for that. */
void show_command(struct show *s, const struct vgpu_trace_command *c, uint64_t time_ns,
		  const struct vgpu_device_result *result, uint64_t frames, const char *why);
/* Stop in front of the next command, for that reason. */
void show_stop(struct show *s, const char *why);
/* A recorded answer came by. */
void show_response(struct show *s, uint64_t command, uint64_t time_ns);
/* The replay is elsewhere, to carry out that order: so many frames, commands, draws are before it. */
void show_go(struct show *s, const struct window_order *order, uint64_t frames, uint64_t command,
	     uint64_t draws);
/* A request was executed on the way there. */
void show_restored(struct show *s, const uint8_t *request, size_t size);
/* All is told. Wait until the window wants to see something again. SHOW_AGAIN; 0: it was closed. */
int show_over(struct show *s, struct window_order *again);
/* The ids start over. */
void show_reset(struct show *s);
/* Nothing more comes: the window gets what it does not have yet. */
void show_end(struct show *s);

#endif
