/* SPDX-License-Identifier: MIT */
/*
 * What is shown, and what a user can do to it. No SDL and no drawing: the window, --export and the
 * tests all work on this.
 */
#ifndef VGPU_VIEW_VIEW_H
#define VGPU_VIEW_VIEW_H

#include <stdio.h>

#include "detail.h"
#include "latency.h"
#include "layout.h"
#include "pictures.h"

#define VIEW_BUDGET_NS 16666667u /* a frame at 60 a second */

struct view {
	const struct view_model *m;
	struct view_pictures *pictures; /* NULL: none are made */
	struct view_detail *detail;     /* NULL: commands have no text */
	const char *name;               /* of the trace, as shown */
	double width, height;           /* logical pixels */
	struct view_layout layout;
	uint64_t from_ns, to_ns;           /* the span of time in the lanes */
	bool marked;                       /* a part of it is marked: */
	uint64_t mark_from_ns, mark_to_ns; /* from … until before; to > from */
	uint32_t command, frame;           /* chosen ones, or VIEW_NONE */
	uint64_t budget_ns;
	bool light, help, playing;
	uint32_t scroll[VIEW_PANES]; /* lines, in LATENCY and DETAIL */
	bool pointed;                /* the pointer is in the window: */
	double pointer_x, pointer_y;
	struct view_latency latency; /* as measured last */
	bool measured;
};

/* The whole trace; its last frame, or else its first command, chosen. All pointers must outlive the view. */
void view_init(struct view *v, const struct view_model *m, double width, double height);

void view_resize(struct view *v, double width, double height);

/* Show a span; it is kept within the trace and not shorter than a microsecond. */
void view_show(struct view *v, uint64_t from_ns, uint64_t to_ns);
void view_fit(struct view *v);
/* factor < 1 goes closer; what is at x stays there. */
void view_zoom(struct view *v, double factor, double x);
/* By a part of what is shown: 0.5 is half of it, to the right. */
void view_pan(struct view *v, double part);

void view_choose_command(struct view *v, uint32_t command);
void view_choose_frame(struct view *v, uint32_t frame);
/* To the next (+1) or the one before (-1). */
void view_step_command(struct view *v, int64_t step);
void view_step_frame(struct view *v, int64_t step);
/* Play: to the frame that is shown `ns` after the chosen one; stops at the last. */
void view_play(struct view *v, uint64_t ns);

void view_mark(struct view *v, uint64_t from_ns, uint64_t to_ns);
void view_unmark(struct view *v);

/* Lines of a table or a text, down (> 0) or up. */
void view_scroll(struct view *v, enum view_pane pane, int64_t lines);

/* A click: chooses what is there. */
void view_click(struct view *v, double x, double y);
/* The command under a point of the lanes, or VIEW_NONE. */
uint32_t view_command_at(const struct view *v, double x, double y);
/* The frame under a point of the bars (the worst of its column), or VIEW_NONE. */
uint32_t view_frame_at(const struct view *v, double x, double y);

/* The span that the numbers are about: the marked one, else the one shown. */
void view_span(const struct view *v, uint64_t *from_ns, uint64_t *to_ns);

/* Bring the numbers and the command's text up to date before drawing. 0 or -ENOMEM. */
int view_prepare(struct view *v);

/* What is shown, as one JSON object; measures first. 0, -ENOMEM or -EIO. */
int view_write_state(struct view *v, FILE *out);

#endif
