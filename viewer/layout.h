/* SPDX-License-Identifier: MIT */
/* Where the panes are, and which point of time stands where. No drawing. */
#ifndef VGPU_VIEW_LAYOUT_H
#define VGPU_VIEW_LAYOUT_H

#include "model.h"

#define VIEW_WIDTH_MIN  480
#define VIEW_HEIGHT_MIN 320
#define VIEW_SIZE_MAX   16384
/* In LIST: the first row begins so far below the pane, and how high rows are. */
#define VIEW_LIST_TOP   37.5
#define VIEW_LIST_ROW   17.0
#define VIEW_LANES_MAX  (VIEW_CONTEXTS + 5u)

/* Logical pixels. A pane without height is not shown. */
struct view_rect {
	double x, y, width, height;
};

enum view_pane {
	VIEW_PANE_HEADER,
	VIEW_PANE_BARS,
	VIEW_PANE_SCANOUT,
	VIEW_PANE_LATENCY,
	VIEW_PANE_LANES,
	VIEW_PANE_LIST,
	VIEW_PANE_DETAIL,
	VIEW_PANES,
	VIEW_PANE_NONE = VIEW_PANES
};

struct view_layout {
	struct view_rect pane[VIEW_PANES];
	struct view_rect chart; /* in BARS: without title and axis */
	struct view_rect ruler; /* in LANES: above the lanes */
	struct view_rect track; /* in LANES: where time runs, all lanes */
	struct view_rect lane[VIEW_LANES_MAX];
	uint32_t lane_of[VIEW_LANES_MAX]; /* the model's lane, or VIEW_LANE_WAITS, _DEPTH */
	uint32_t lane_count;              /* lanes shown */
	uint32_t lanes_hidden;            /* that have commands, but no room, below */
	uint32_t lanes_above;             /* of contexts, scrolled away */
};

/*
 * `width` and `height` are taken as at least the minimum. The first `above` lanes of contexts are left
 * out, so that others have room.
 */
void view_layout_make(struct view_layout *out, const struct view_model *m, double width,
		      double height, uint32_t above);

/*
 * The same for two traces: both have bars, lanes and a list, and scanouts beside each other; the
 * first one's LATENCY is where they are compared, and HEADER is of both.
 */
void view_layout_pair(struct view_layout *a, const struct view_model *ma, struct view_layout *b,
		      const struct view_model *mb, double width, double height);

bool view_rect_has(const struct view_rect *r, double x, double y);
enum view_pane view_layout_hit(const struct view_layout *l, double x, double y);

/* Time to x and back within `track`, for the span from_ns … to_ns. Times outside go outside. */
double view_layout_x(const struct view_rect *track, uint64_t from_ns, uint64_t to_ns,
		     uint64_t time_ns);
uint64_t view_layout_time(const struct view_rect *track, uint64_t from_ns, uint64_t to_ns,
			  double x);

/*
 * The frame-time bars of `count` frames: which frames stand in column `column`, first … last - 1.
 * Columns are *bar* wide from the chart's left. Several frames share one when there are many.
 */
struct view_bars {
	double bar; /* width of a column */
	uint32_t columns, count;
};
void view_bars_make(struct view_bars *out, const struct view_rect *chart, uint32_t count);
void view_bars_column(const struct view_bars *b, uint32_t column, uint32_t *first, uint32_t *last);
/* The column at x, or columns when there is none. */
uint32_t view_bars_at(const struct view_bars *b, const struct view_rect *chart, double x);

#endif
