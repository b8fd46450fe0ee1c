/* SPDX-License-Identifier: MIT */
/*
 * What --script reads: input for the window, a step a line. # begins a comment.
 *
 *	key [Ctrl+][Shift+]NAME		press and release; "Left", "Space", "[", "W"
 *	type TEXT			letters, up to the end of the line
 *	move AT, click AT [Shift|Ctrl]	AT is X Y in pixels, or a pane and two parts of it: lanes 0.5 0.1
 *	drag AT AT [Shift|Ctrl]
 *	wheel AT NOTCHES [Shift|Ctrl]	up is positive
 *	size W H			of the window
 *	wait MS | picture | search	or until the pictures in sight are there, or all was looked through
 *	state FILE			what is shown, as JSON; - is standard output
 *	shot FILE			the window as a PNG
 */
#ifndef VGPU_VIEW_SCRIPT_H
#define VGPU_VIEW_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

enum view_step_kind {
	VIEW_STEP_KEY,
	VIEW_STEP_TYPE,
	VIEW_STEP_MOVE,
	VIEW_STEP_CLICK,
	VIEW_STEP_DRAG,
	VIEW_STEP_WHEEL,
	VIEW_STEP_SIZE,
	VIEW_STEP_WAIT,
	VIEW_STEP_STATE,
	VIEW_STEP_SHOT,
};

/* What is waited for; below 0 */
#define VIEW_WAIT_PICTURE (-1)
#define VIEW_WAIT_SEARCH  (-2)

/* A point; in a pane, x and y are parts of its width and height. */
struct view_at {
	enum view_pane pane; /* VIEW_PANE_NONE: in pixels of the window */
	double x, y;
};

struct view_step {
	enum view_step_kind kind;
	unsigned int line, mods;
	struct view_at at, to;
	double number;    /* WAIT: ms, or a VIEW_WAIT_; WHEEL: notches */
	const char *text; /* KEY, TYPE, STATE, SHOT; the script's */
};

struct view_script {
	struct view_step *steps;
	size_t count;
	char *text;
};

/*
 * Read a script; "-" is standard input. 0; -errno; -EINVAL for what is no step, and *line (from 1)
 * tells where. Empty after an error.
 */
int view_script_read(struct view_script *out, const char *path, unsigned int *line);
void view_script_finish(struct view_script *s);

/* Where that is in a window now. */
void view_script_point(const struct view_layout *l, const struct view_at *at, double *x, double *y);

#endif
