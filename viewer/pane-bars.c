/* SPDX-License-Identifier: MIT */
/* The frames' times as bars, one per frame; where there is no room, the worst of several. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MIN  12.0 /* pixels from one label to the next */
#define BUDGET_MIN 5.0  /* pixels from the ground to the budget, at least */
#define TICK_MIN   16.0 /* from one label to the next */

static const struct view_shown *shown_of(const struct view *v)
{
	uint32_t scanout = v->m->main_scanout;

	if (v->frame != VIEW_NONE)
		scanout = view_model_frame(v->m, v->frame).scanout;
	return &v->m->shown[scanout];
}

static int by_length(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* What nine in ten columns are not higher than. */
static double most_of(const uint64_t *ns, uint32_t n)
{
	uint64_t *sorted = malloc(n * sizeof(*sorted));
	double most = 0;

	if (!sorted)
		return 0;
	memcpy(sorted, ns, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_length);
	most = (double)sorted[(uint64_t)(n - 1) * 9 / 10];
	free(sorted);
	return most;
}

/*
 * What the chart's top stands for: the worst, unless that would press all others flat; then most of
 * them are whole. The budget stays far enough from the ground to be told from it.
 */
static double top_of(const struct view *v, const struct view_shown *shown)
{
	double budget = (double)v->budget_ns, top;
	struct view_summary worst;

	view_index_summary(&shown->index, 0, shown->count, &worst);
	top = fmin((double)worst.longest[0] * 1.1, fmax(budget * 4, v->longest.most_ns * 1.1));
	top = fmin(top, budget * fmax(v->layout.chart.height / BUDGET_MIN, 4));
	if (top > budget * 0.3)
		top = fmax(top, budget * 1.25);
	return fmax(top, 1000);
}

static enum color color_of(const struct view *v, uint64_t ns)
{
	if (ns <= v->budget_ns)
		return COLOR_TRANSFER;
	return ns <= 2 * v->budget_ns ? COLOR_WARN : COLOR_BAD;
}

/* Multiples of the budget, as many as there is room for. */
static void axis(struct pen *p, const struct view *v, double top)
{
	static const unsigned int steps[] = { 1, 2, 5, 10, 20, 50, 100 };
	const struct view_rect *c = &v->layout.chart;
	double budget = (double)v->budget_ns, one = budget / top * c->height, y;
	unsigned int i, step = 0;
	char text[24];

	pen_line(p, c->x, c->y + c->height + 0.5, c->x + c->width, c->y + c->height + 0.5,
		 COLOR_GRID, 1);
	if (top < budget) {
		pen_text(p, c->x - 6, c->y + 4, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT,
			 pen_duration(text, (uint64_t)top));
		return;
	}
	while (step + 1 < sizeof(steps) / sizeof(*steps) && steps[step] * one < TICK_MIN)
		step++;
	for (i = steps[step]; i * budget <= top; i += steps[step]) {
		y = floor(c->y + c->height - i * one) + 0.5;
		if (i > 1)
			pen_line(p, c->x, y, c->x + c->width, y, COLOR_GRID, 1);
		/* The budget's own comes below. */
		if (!step || (i - 1) * one >= LABEL_MIN)
			pen_text(p, c->x - 6, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT,
				 pen_duration(text, i * v->budget_ns));
	}
	y = floor(c->y + c->height - one) + 0.5;
	if (step)
		pen_text(p, c->x - 6, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_DIM,
			 pen_duration(text, v->budget_ns));
}

/* Over the bars: what is above it took too long. */
static void budget_line(struct pen *p, const struct view *v, double top)
{
	const struct view_rect *c = &v->layout.chart;
	double y = floor(c->y + c->height - (double)v->budget_ns / top * c->height) + 0.5;

	if (top >= (double)v->budget_ns)
		pen_line(p, c->x - 3, y, c->x + c->width, y, COLOR_TEXT, 0.6);
}

static void title(struct pen *p, const struct view *v, double x)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_BARS];
	const struct vgpu_stats_series *s = &v->latency.interval;
	char a[24], b[24], c[24], d[24];

	if (!s->count)
		return;
	pen_format(p, x + 14, r->y + 13, r->width - (x - r->x) - 26, ALIGN_LEFT, FONT_NORMAL,
		   COLOR_FAINT,
		   "%s: %" PRIu64 " intervals   mean %s (%.1f/s)   p50 %s   p99 %s   max %s",
		   v->marked ? "marked" : "in sight", s->count, pen_duration(a, s->mean),
		   s->mean ? 1e9 / (double)s->mean : 0, pen_duration(b, s->p50),
		   pen_duration(c, s->p99), pen_duration(d, s->max));
}

static uint64_t time_of(const struct view_shown *shown, uint32_t place)
{
	return view_model_frame(shown->m, view_shown_item(shown, place)).time_ns;
}

/* A match is in a frame when it was queued behind the frame before, and not behind this one. */
static bool found_in(const struct view *v, const struct view_shown *shown, uint32_t first,
		     uint32_t last)
{
	const struct view_index *all = &v->m->all.index;
	uint64_t from_ns = 0, to_ns;

	if (!v->search)
		return false;
	if (first)
		from_ns = view_model_frame(v->m, view_shown_item(shown, first - 1)).time_ns + 1;
	to_ns = view_model_frame(v->m, view_shown_item(shown, last - 1)).time_ns + 1;
	return view_find_count(v->search, view_index_lower(all, from_ns),
			       view_index_lower(all, to_ns));
}

/* The first column that has a frame at a time or later. */
static uint32_t column_at(const struct view_shown *shown, const struct view_bars *bars,
			  uint64_t time_ns)
{
	uint32_t low = 0, high = bars->columns, middle, first, last;

	while (low < high) {
		middle = low + (high - low) / 2;
		view_bars_column(bars, middle, &first, &last);
		if (time_of(shown, last - 1) < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Frames in the lanes' span: the part of the trace that is seen below. */
static void in_sight(struct pen *p, const struct view *v, const struct view_shown *shown,
		     const struct view_bars *bars)
{
	const struct view_rect *c = &v->layout.chart;
	uint32_t low = column_at(shown, bars, v->from_ns), high = column_at(shown, bars, v->to_ns);
	uint32_t first, last;

	/* The column that the span's end is in has frames before it, too. */
	if (high < bars->columns) {
		view_bars_column(bars, high, &first, &last);
		high += time_of(shown, first) < v->to_ns;
	}
	if (high > low && (low || high < bars->columns))
		pen_fill(p, c->x + low * bars->bar, c->y - 3, fmax((high - low) * bars->bar, 2),
			 c->height + 6, COLOR_TEXT, 0.09);
}

/* The longest frame of each column: kept, as nothing but more frames changes it. */
static const uint64_t *longest_of(struct view *v, const struct view_shown *shown,
				  const struct view_bars *bars)
{
	struct view_longest *l = &v->longest;
	struct view_summary worst;
	uint32_t i, first, last;
	uint64_t *ns;

	if (l->ns && l->shown == shown && l->count == shown->count && l->columns == bars->columns)
		return l->ns;
	ns = realloc(l->ns, bars->columns * sizeof(*ns));
	if (!ns)
		return NULL;
	*l = (struct view_longest) { shown, shown->count, bars->columns, ns, 0 };
	for (i = 0; i < bars->columns; i++) {
		view_bars_column(bars, i, &first, &last);
		view_index_summary(&shown->index, first, last, &worst);
		ns[i] = worst.longest[0];
	}
	l->most_ns = most_of(ns, bars->columns);
	return ns;
}

void pane_bars(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_BARS], *c = &v->layout.chart;
	const struct view_shown *shown = shown_of(v);
	double x = pen_pane(p, r, "Frame times"), top, h, width, mark = 0, mark_width = 0;
	uint32_t i, first, last, place = 0;
	struct view_bars bars;
	const uint64_t *ns;
	bool chosen;

	if (!shown->count) {
		pen_text(p, c->x + c->width / 2, c->y + c->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "no frame was shown");
		return;
	}
	title(p, v, x);
	view_bars_make(&bars, c, shown->count);
	ns = longest_of(v, shown, &bars);
	if (!ns)
		return;
	top = top_of(v, shown);
	in_sight(p, v, shown, &bars);
	axis(p, v, top);
	if (v->frame != VIEW_NONE)
		place = view_model_frame(v->m, v->frame).place;
	for (i = 0; i < bars.columns; i++) {
		view_bars_column(&bars, i, &first, &last);
		h = fmin((double)ns[i] / top, 1) * c->height;
		chosen = v->frame != VIEW_NONE && place >= first && place < last;
		h = fmax(h, ns[i] ? 1 : 0);
		/* On whole pixels, so that all bars are sharp. */
		x = floor(c->x + i * bars.bar);
		width = floor(c->x + (i + 1) * bars.bar) - x - (bars.bar > 2);
		pen_later(p, x, floor(c->y + c->height - h), width, ceil(h), color_of(v, ns[i]),
			  false);
		/* Cut at the top: say so. */
		if ((double)ns[i] > top)
			pen_later(p, x, c->y - 3, width, 2, COLOR_BAD, false);
		if (found_in(v, shown, first, last))
			pen_later(p, x, c->y + c->height + 2, fmax(width, 2), 4, COLOR_FOUND,
				  false);
		if (chosen) {
			mark = x - 2;
			mark_width = width + 4;
		}
	}
	pen_flush(p);
	budget_line(p, v, top);
	if (mark_width > 0)
		pen_frame(p, mark, c->y - 4, mark_width, c->height + 8, COLOR_CHOSEN, 0.9);
}

void pane_bars_hover(struct pen *p, struct view *v)
{
	uint32_t n = view_frame_at(v, v->pointer_x, v->pointer_y);
	const struct view_rect *pane = &v->layout.pane[VIEW_PANE_BARS];
	const struct view_picture *picture;
	struct view_frame f;
	struct view_rect r = { .width = VIEW_THUMB_WIDTH + 16, .height = 44 }, place;
	char text[24];

	if (n == VIEW_NONE)
		return;
	f = view_model_frame(v->m, n);
	picture = view_pictures_thumb(v->pictures, n);
	if (picture)
		r.height += picture->height + 6;
	r.x = floor(fmin(fmax(v->pointer_x - r.width / 2, 4), v->width - r.width - 4));
	r.y = pane->y + pane->height + 4;
	pen_box(p, &r);
	pen_format(p, r.x + 8, r.y + 14, 0, ALIGN_LEFT, FONT_BOLD, COLOR_TEXT, "Frame %" PRIu32,
		   n + 1);
	pen_text(p, r.x + r.width - 8, r.y + 14, 0, ALIGN_RIGHT, FONT_BOLD,
		 color_of(v, f.interval_ns),
		 f.interval_ns ? pen_duration(text, f.interval_ns) : "first");
	pen_format(p, r.x + 8, r.y + 31, r.width - 16, ALIGN_LEFT, FONT_SMALL, COLOR_DIM,
		   "at %s · resource %" PRIu32, pen_duration(text, view_since(v, f.time_ns)),
		   f.resource_id);
	if (!picture)
		return;
	place = (struct view_rect) { r.x + 8, r.y + 42, VIEW_THUMB_WIDTH, picture->height };
	pane_picture(p, picture, &place, false);
}
