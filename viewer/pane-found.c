/* SPDX-License-Identifier: MIT */
/* In the timeline: matches, markers, bookmarks. */
#include "panes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* So many are gone through one by one for a picture; of more a part of each column is looked at. */
#define MATCHES_MAX 20000u
#define SAMPLES     64u

static double x_of(const struct view *v, uint64_t time_ns)
{
	return view_layout_x(&v->layout.track, v->from_ns, v->to_ns, time_ns);
}

static bool in_lane(const struct view_command *c, uint32_t lane)
{
	if (lane == VIEW_LANE_FENCES)
		return c->signal_ns;
	return lane < 2 ? c->queue == lane : c->lane && c->lane + 1u == lane;
}

/* Every match in sight. */
static void count_all(const struct view *v, struct view_find *f, uint32_t lane, uint32_t *counts,
		      uint32_t n)
{
	const struct view_lane *all = &v->m->all;
	uint32_t last = view_index_lower(&all->index, v->to_ns);
	uint32_t place = view_index_lower(&all->index, v->from_ns) - 1;
	struct view_command c;
	double x;

	while ((place = view_find_next(f, place, 1)) < last) {
		c = view_model_command(v->m, view_lane_item(all, place));
		x = x_of(v, c.queue_ns) - v->layout.track.x;
		if (in_lane(&c, lane) && x >= 0 && x < n)
			counts[(uint32_t)x]++;
	}
}

static void count_samples(const struct view *v, struct view_find *f, uint32_t lane,
			  uint32_t *counts, uint32_t n)
{
	const struct view_lane *l = &v->m->lanes[lane];
	uint32_t first = view_index_lower(&l->index, v->from_ns), last, i, j, step;
	double span = (double)(v->to_ns - v->from_ns);

	for (i = 0; i < n; i++, first = last) {
		last = view_index_lower(&l->index, v->from_ns + (uint64_t)(span * (i + 1) / n));
		step = last > first ? (last - first + SAMPLES - 1) / SAMPLES : 1;
		for (j = first; j < last; j += step)
			counts[i] += view_find_has(f, view_lane_item(l, j)) ? step : 0;
	}
}

uint32_t *found_columns(const struct view *v, struct view_find *f, uint32_t lane, uint32_t n)
{
	uint32_t *counts = calloc(n + 1, sizeof(*counts));
	uint32_t first = view_index_lower(&v->m->all.index, v->from_ns);
	uint32_t last = view_index_lower(&v->m->all.index, v->to_ns);

	if (!counts)
		return NULL;
	if (view_find_count(f, first, last) <= MATCHES_MAX)
		count_all(v, f, lane, counts, n);
	else
		count_samples(v, f, lane, counts, n);
	return counts;
}

void found_ticks(struct pen *p, const struct view *v, uint32_t lane, const struct view_rect *r)
{
	uint32_t n = (uint32_t)r->width, i, *counts;

	if (!v->search)
		return;
	counts = found_columns(v, v->search, lane, n);
	for (i = 0; counts && i < n; i++) {
		if (counts[i])
			pen_later(p, r->x + i - 1, r->y, 3, 4, COLOR_FOUND, false);
	}
	pen_flush(p);
	free(counts);
}

static void diamond(struct pen *p, double x, double y)
{
	cairo_move_to(p->cr, x, y - 5);
	cairo_line_to(p->cr, x + 4, y);
	cairo_line_to(p->cr, x, y + 5);
	cairo_line_to(p->cr, x - 4, y);
	cairo_close_path(p->cr);
	pen_color(p, COLOR_FOUND, 1);
	cairo_fill(p->cr);
}

static void bookmarks(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	uint64_t time_ns;
	uint32_t i, n;

	for (i = 0; i < v->notes.count; i++) {
		n = view_model_find(v->m, v->notes.notes[i].id);
		if (n == VIEW_NONE)
			continue;
		time_ns = view_model_command(v->m, n).queue_ns;
		if (time_ns >= v->from_ns && time_ns < v->to_ns)
			diamond(p, floor(x_of(v, time_ns)) + 0.5, t->y - 6);
	}
}

static void marker(struct pen *p, const struct view *v, unsigned int i)
{
	const struct view_rect *t = &v->layout.track;
	double x = floor(x_of(v, v->m->start_ns + v->notes.marker_ns[i])) + 0.5;
	struct view_rect flag = { x + 0.5, t->y - 15, 13, 13 };
	const double dashes[] = { 4, 3 };

	if (!v->notes.marker_set[i] || x < t->x || x > t->x + t->width)
		return;
	cairo_set_dash(p->cr, dashes, 2, 0);
	pen_line(p, x, t->y - 15, x, t->y + t->height, COLOR_FOUND, 1);
	cairo_set_dash(p->cr, NULL, 0, 0);
	pen_fill(p, flag.x, flag.y, flag.width, flag.height, COLOR_FOUND, 1);
	pen_text(p, flag.x + 6.5, flag.y + 6.5, 0, ALIGN_CENTER, FONT_SMALL, COLOR_BACK,
		 i ? "2" : "1");
}

/* How far they are apart stands between them, or where that is in sight. */
static void distance(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	const struct view_notes *n = &v->notes;
	uint64_t low = n->marker_ns[0], high = n->marker_ns[1], swap;
	double x0, x1, width;
	char a[24], text[40];

	if (!n->marker_set[0] || !n->marker_set[1])
		return;
	if (low > high) {
		swap = low;
		low = high;
		high = swap;
	}
	x0 = fmax(x_of(v, v->m->start_ns + low), t->x);
	x1 = fmin(x_of(v, v->m->start_ns + high), t->x + t->width);
	if (x1 < x0)
		return;
	snprintf(text, sizeof(text), "Δ %s", pen_duration(a, high - low));
	width = pen_width(p, FONT_BOLD, text) + 12;
	pen_line(p, x0, t->y + t->height - 8.5, x1, t->y + t->height - 8.5, COLOR_FOUND, 1);
	x0 = fmin(fmax((x0 + x1 - width) / 2, t->x), t->x + t->width - width);
	pen_fill(p, x0, t->y + t->height - 17, width, 17, COLOR_PANE, 0.92);
	pen_text(p, x0 + width / 2, t->y + t->height - 8, 0, ALIGN_CENTER, FONT_BOLD, COLOR_FOUND,
		 text);
}

/* The chosen command's way, where it is wide enough to be seen. */
static void moments(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	struct view_moment m[VIEW_MOMENTS];
	uint32_t n, i;
	double x, before = -1e9;
	bool here;

	n = v->command == VIEW_NONE ? 0 : view_detail_moments(v->detail, v->command, m);
	if (n < 3 && !v->followed)
		return;
	for (i = 0; i < n; i++) {
		here = v->followed && v->moment == i;
		x = floor(x_of(v, m[i].time_ns)) + 0.5;
		if (x < t->x || x > t->x + t->width || (x - before < 3 && !here))
			continue;
		before = x;
		pen_line(p, x, t->y, x, t->y + t->height, pen_stage_color(m[i].stage),
			 here ? 0.9 : 0.35);
		pen_fill(p, x - 3, t->y - 4, 6, 4, pen_stage_color(m[i].stage), 1);
		if (here)
			pen_text(p, x + 5, t->y + t->height - 9, 0, ALIGN_LEFT, FONT_SMALL,
				 COLOR_TEXT, view_moment_name(m[i].stage));
	}
}

void found_marks(struct pen *p, const struct view *v)
{
	moments(p, v);
	bookmarks(p, v);
	marker(p, v, 0);
	marker(p, v, 1);
	distance(p, v);
}
