/* SPDX-License-Identifier: MIT */
/*
 * What a replay and its window tell each other, on a socket that keeps messages apart. Pixels are
 * in memory that both see: the replay makes it, and sends its descriptor with the first event that
 * speaks of it. The replay executes a stranger's trace, so the window believes nothing unchecked.
 *
 * The replay waits for an order before its first command, carries it out, tells where it is (AT),
 * and waits again. Only STOP may come while it runs: AT follows soon, or the end.
 */
#ifndef VGPU_REPLAY_WINDOW_WIRE_H
#define VGPU_REPLAY_WINDOW_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

/* Scanouts, and behind them the picture that the last draw went to. */
#define WINDOW_PICTURES   (VGPU_DEVICE_SCANOUTS + 1u)
#define WINDOW_TARGET     VGPU_DEVICE_SCANOUTS
/* Larger pictures, in pixels each way, are not shown: no display is. */
#define WINDOW_PIXELS_MAX 16384u

enum window_event_kind {
	WINDOW_OPEN,    /* the window is; or `text` says why not */
	WINDOW_PICTURE, /* `index` shows width × height pixels; 0 × 0: nothing any more */
	WINDOW_CURSOR,  /* on scanout `index`, its corner at x, y; 0 × 0: there is none */
	WINDOW_DUE,     /* pictures follow, to be shown at this recorded time */
	WINDOW_PASSING, /* the replay is here, and goes on */
	WINDOW_AT,      /* it is here, and waits for an order; `text` says what stopped it, if so */
	WINDOW_END,     /* it is through; `text` says how it ended */
};

struct window_event {
	uint32_t kind; /* enum window_event_kind */
	uint32_t index, width, height;
	int32_t x, y;
	/* Where: the last frame shown, the last command executed, the last draw. 0: none yet. */
	uint64_t frame, command, draw;
	uint32_t type;       /* VGPU_CMD_ of that command */
	uint32_t shown;      /* frames that were shown at once, with the last one */
	uint64_t time_ns;    /* recorded, of that command */
	uint64_t latency_ns; /* recorded, of the command that showed the frame; 0: not known yet */
	char text[160];
};

enum window_order_kind {
	WINDOW_MOMENT,       /* to the next change of what is seen */
	WINDOW_FAST,         /* to the end, as fast as possible */
	WINDOW_FRAME,        /* to the next frame */
	WINDOW_COMMAND,      /* one command */
	WINDOW_DRAW,         /* to the next draw, inside its stream */
	WINDOW_SEEK_FRAME,   /* behind the frame of number `value` */
	WINDOW_SEEK_COMMAND, /* behind the command of number `value`; 0: the beginning */
	WINDOW_STOP,         /* where it is */
};

struct window_order {
	uint32_t kind; /* enum window_order_kind */
	uint64_t value;
};

/* 0 or -errno; `fd` -1: none goes along. */
int window_send_event(int socket, const struct window_event *e, int fd);
/*
 * The next event; *fd is -1 where none came along, else the caller's to close. 0; -EAGAIN: there is
 * none, without `wait`; -EPIPE: there will be none; -errno.
 */
int window_receive_event(int socket, bool wait, struct window_event *e, int *fd);

int window_send_order(int socket, const struct window_order *o);
int window_receive_order(int socket, bool wait, struct window_order *o);

/*
 * Memory for `size` bytes that cannot shrink under who maps it: a descriptor, and where it is mapped
 * here. 0 or -errno.
 */
int window_memory_create(size_t size, int *fd, uint8_t **map);
/* Map what the other side sent, to be read. 0, -EINVAL: it is not what it should be, or -errno. */
int window_memory_map(int fd, size_t size, const uint8_t **map);

#endif
