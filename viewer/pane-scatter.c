/* SPDX-License-Identifier: MIT */
/* Latency over time, a point a command; of very many the longest of each column. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define POINTS_MAX 20000u

struct axes {
	struct view_rect r;
	uint64_t from_ns, to_ns;
	double low, high; /* decades */
};

static void point(struct pen *p, const struct axes *a, const struct view_command *c)
{
	double x, y;

	if (!(c->flags & VIEW_ANSWERED))
		return;
	x = view_layout_x(&a->r, a->from_ns, a->to_ns, c->queue_ns);
	y = (log10(fmax((double)view_command_latency(c), 1)) - a->low) / (a->high - a->low);
	y = a->r.y + a->r.height * (1 - fmin(fmax(y, 0), 1));
	pen_later(p, floor(x) - 1, floor(y) - 1, 3, 3,
		  c->flags & VIEW_FAILED ? COLOR_BAD : pen_type_color(c->type),
		  !(c->flags & VIEW_FENCED));
}

static void all_points(struct pen *p, const struct view *v, const struct axes *a, uint32_t first,
		       uint32_t last)
{
	struct view_command c;
	uint32_t i, n;

	for (i = first; i < last; i++) {
		n = view_lane_item(&v->m->all, i);
		if (v->filter && !view_find_has(v->filter, n))
			continue;
		c = view_model_command(v->m, n);
		point(p, a, &c);
	}
}

/* Of each queue's commands in a column the longest fenced one and the longest other. */
static void longest_points(struct pen *p, const struct view *v, const struct axes *a)
{
	uint32_t columns = (uint32_t)a->r.width, lane, i, k;
	struct view_summary *s = malloc(columns * sizeof(*s));
	const struct view_lane *l;
	struct view_command c;

	for (lane = 0; s && lane < 2; lane++) {
		l = &v->m->lanes[lane];
		view_index_columns(&l->index, a->from_ns, a->to_ns, columns, s);
		for (i = 0; i < 2 * columns; i++) {
			k = s[i / 2].argument[i % 2];
			if (k == VIEW_NONE)
				continue;
			c = view_model_command(v->m, view_lane_item(l, k));
			point(p, a, &c);
		}
	}
	free(s);
}

static void grid(struct pen *p, const struct axes *a)
{
	const struct view_rect *r = &a->r;
	char text[24];
	double decade, y;

	for (decade = a->low; decade <= a->high; decade++) {
		y = floor(r->y + r->height * (1 - (decade - a->low) / (a->high - a->low))) + 0.5;
		pen_line(p, r->x, y, r->x + r->width, y, COLOR_GRID, 1);
		pen_text(p, r->x - 6, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT,
			 pen_duration(text, (uint64_t)llround(pow(10, decade))));
	}
}

void pane_scatter(struct pen *p, struct view *v, const struct view_rect *r, uint32_t first_bin,
		  uint32_t last_bin)
{
	struct axes a = { .r = { r->x + 46, r->y + 4, r->width - 50, r->height - 22 } };
	uint32_t first, last;

	view_span(v, &a.from_ns, &a.to_ns);
	a.low = VIEW_BINS_FIRST + first_bin / VIEW_BINS_DECADE;
	a.high = VIEW_BINS_FIRST + last_bin / VIEW_BINS_DECADE;
	grid(p, &a);
	first = view_index_lower(&v->m->all.index, a.from_ns);
	last = view_index_lower(&v->m->all.index, a.to_ns);
	if (last - first <= POINTS_MAX || v->filter)
		all_points(p, v, &a, first, last);
	else
		longest_points(p, v, &a);
	pen_flush(p);
	pen_text(p, a.r.x, r->y + r->height - 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
		 last - first <= POINTS_MAX || v->filter
			 ? "each answered command"
			 : "of very many commands, the longest at each time");
}
