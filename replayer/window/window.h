/* SPDX-License-Identifier: MIT */
/*
 * The window of a replay, in a process of its own: neither the one that executes the trace nor the
 * one that watches over it ever has a display server's library in it. Closing the window ends the
 * replay; a window that cannot be opened is a message, and no more.
 */
#ifndef VGPU_REPLAY_WINDOW_H
#define VGPU_REPLAY_WINDOW_H

#include <sys/types.h>

#include <vgpu/dialect.h>

#include "wire.h"

struct window_options {
	const char *name; /* of the trace, for the title */
	double speed;     /* times as fast as recorded; 0: as fast as possible */
	bool paused;      /* at first */
	const char
		*keys; /* names with a blank between, each pressed when nothing moves; NULL: none */
	enum vgpu_dialect dialect; /* whose names commands have */
};

struct window {
	int socket; /* the replay's side */
	pid_t pid;
};

/* 0; else -1, and *why holds a line that says why there is no window. */
int window_open(struct window *w, const struct window_options *o, char *why, size_t size);
/* The replay is through, or broke off. */
void window_end(struct window *w, const char *text);
/* After that: wait for an order, which another replay is to begin with. 0; -EPIPE: it was closed. */
int window_wait(struct window *w, struct window_order *again);
/* Wait until it is closed, too. */
void window_finish(struct window *w);

/* ui.c: the window's process; returns when it is closed. */
void window_ui(int socket, const struct window_options *o);

#endif
