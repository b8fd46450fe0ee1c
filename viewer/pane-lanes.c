/* SPDX-License-Identifier: MIT */
/*
 * Lanes over time. Close by, every command is a bar from being queued to being answered, in rows
 * when several are in flight; from afar, a column is as high as there are commands in it, in the
 * colour of the one that took longest. Fenced commands are filled, unfenced ones hollow or pale.
 */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MAX   512u /* bars that began before the span */
#define LABEL_ROOM 72.0 /* pixels from one label to the next */

static double x_of(const struct view *v, uint64_t time_ns)
{
	return view_layout_x(&v->layout.track, v->from_ns, v->to_ns, time_ns);
}

/* A round step of time for lines about 110 pixels apart. */
static uint64_t step_for(double ns_per_pixel)
{
	static const uint64_t digits[] = { 1, 2, 5 };
	uint64_t unit = 1;
	unsigned int i;

	for (;;) {
		for (i = 0; i < 3; i++) {
			if ((double)(digits[i] * unit) >= ns_per_pixel * 110)
				return digits[i] * unit;
		}
		if (unit > UINT64_MAX / 100)
			return unit;
		unit *= 10;
	}
}

static void time_text(char text[48], uint64_t ns, uint64_t step)
{
	int digits = 0;

	/* As many digits as tell two lines apart. */
	while (digits < 9 && step < 1000000000u) {
		step *= 10;
		digits++;
	}
	snprintf(text, 48, "%.*f s", digits, (double)ns / 1e9);
}

static void ruler(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track, *r = &v->layout.ruler;
	uint64_t span = v->to_ns - v->from_ns, step = step_for((double)span / t->width), time;
	uint64_t first = view_zero_ns(v);
	char text[48];
	double x;

	time = v->from_ns > first ? (v->from_ns - first + step - 1) / step * step : 0;
	for (; first + time < v->to_ns; time += step) {
		x = floor(x_of(v, first + time)) + 0.5;
		pen_line(p, x, r->y + 18, x, t->y + t->height, COLOR_GRID, 1);
		time_text(text, time, step);
		if (x > t->x + 30 && x < t->x + t->width - 30)
			pen_text(p, x, r->y + 10, 0, ALIGN_CENTER, FONT_SMALL, COLOR_FAINT, text);
	}
	pen_title(p, v->layout.pane[VIEW_PANE_LANES].x + 12, r->y + 11, "Timeline");
}

static void column(const struct view_lane *lane, const struct view_summary *s, double height,
		   struct pen_column *out)
{
	uint32_t all = s->count[0] + s->count[1], part;

	for (part = 0; part < 2 && all; part++) {
		/* Fenced ones are the first part. */
		if (!s->count[!part])
			continue;
		out->height[part] = height * s->count[!part] / all;
		out->color[part] = pen_type_color(
			view_model_type(lane->m, view_lane_item(lane, s->argument[!part])));
	}
}

/* With a filter only what it means counts; fenced and not share it as they share the column. */
static void scale_counts(struct view_summary *s, uint32_t count)
{
	uint64_t all = (uint64_t)s->count[0] + s->count[1];

	s->count[1] = (uint32_t)(s->count[1] * (uint64_t)count / all);
	s->count[0] = count - s->count[1];
	if (s->argument[0] == VIEW_NONE || s->argument[1] == VIEW_NONE) {
		unsigned int there = s->argument[0] == VIEW_NONE;

		s->count[there] = count;
		s->count[!there] = 0;
	}
}

/* The column's height tells how many, beside the fullest one in sight. */
static void columns(struct pen *p, const struct view *v, uint32_t which, const struct view_rect *r)
{
	const struct view_lane *lane = &v->m->lanes[which];
	uint32_t i, n = (uint32_t)r->width, top = 1, *counts = NULL;
	struct view_summary *s = malloc(n * sizeof(*s));
	struct pen_column *drawn = calloc(n, sizeof(*drawn));

	if (v->filter)
		counts = found_columns(v, v->filter, which, n);
	if (!s || !drawn || (v->filter && !counts))
		goto out;
	view_index_columns(&lane->index, v->from_ns, v->to_ns, n, s);
	for (i = 0; i < n; i++) {
		if (counts && !counts[i])
			s[i].count[0] = s[i].count[1] = 0;
		else if (counts && s[i].latest_end)
			scale_counts(&s[i], counts[i]);
		top = s[i].count[0] + s[i].count[1] > top ? s[i].count[0] + s[i].count[1] : top;
	}
	for (i = 0; i < n; i++)
		column(lane, &s[i],
		       fmax(4, sqrt((double)(s[i].count[0] + s[i].count[1]) / top) * r->height),
		       &drawn[i]);
	pen_columns(p, r, drawn, n);
out:
	free(drawn);
	free(counts);
	free(s);
}

/* From its answer on a command only waits for its fence to signal. */
static void signal_bar(struct pen *p, const struct view *v, const struct view_command *c,
		       const struct view_rect *r, double y, double h, double alpha)
{
	double x0 = fmax(x_of(v, c->response_ns), r->x - 2);
	double x1 = fmin(x_of(v, c->signal_ns), r->x + r->width + 2);

	if (c->flags & VIEW_ANSWERED && x1 - x0 >= 1)
		pen_fill(p, x0, y, x1 - x0, h, pen_stage_color(VGPU_TRACE_STAGE_FENCE_SIGNAL),
			 alpha);
}

static void bar(struct pen *p, const struct view *v, uint32_t n, const struct view_rect *r,
		uint32_t lane)
{
	struct view_command command = view_model_command(v->m, n), *c = &command;
	unsigned int row = view_lane_row(c, lane);
	double out = v->filter && !view_find_has(v->filter, n) ? 0.15 : 1;
	double h = floor(r->height / VIEW_ROWS), x0 = x_of(v, c->queue_ns), x1;
	double y = floor(r->y + row * r->height / VIEW_ROWS), right = r->x + r->width;
	enum color color = c->flags & VIEW_FAILED ? COLOR_BAD : pen_type_color(c->type);

	x1 = lane == VIEW_LANE_FENCES   ? x_of(v, c->signal_ns)
	     : c->flags & VIEW_ANSWERED ? x_of(v, c->response_ns)
					: x0;
	x0 = fmax(x0, r->x - 2);
	x1 = fmin(x1, right + 2);
	if (x1 - x0 < 2) {
		/* Too short for a bar, or never answered: a mark where it was queued. */
		pen_fill(p, x0, y, 2, h - 1, color, (c->flags & VIEW_FENCED ? 1 : 0.6) * out);
	} else if (c->flags & VIEW_FENCED) {
		pen_fill(p, x0, y, x1 - x0, h - 1, color, 0.9 * out);
		pen_fill(p, x0, y, 1, h - 1, COLOR_PANE, 0.5);
		if (lane == VIEW_LANE_FENCES)
			signal_bar(p, v, c, r, y, h - 1, out);
	} else {
		pen_fill(p, x0, y, x1 - x0, h - 1, color, 0.28 * out);
		if (x1 - x0 > 4)
			pen_frame(p, x0, y, x1 - x0, h - 1, color, 0.9 * out);
	}
	if (v->search && view_find_has(v->search, n))
		pen_frame(p, x0 - 1, y - 1, fmax(x1 - x0, 2) + 2, h + 1, COLOR_FOUND, 1);
	if (n == v->command)
		pen_frame(p, x0 - 2, y - 2, fmax(x1 - x0, 2) + 4, h + 3, COLOR_CHOSEN, 1);
}

static void bars(struct pen *p, const struct view *v, uint32_t which, const struct view_rect *r)
{
	const struct view_lane *lane = &v->m->lanes[which];
	uint32_t first = view_index_lower(&lane->index, v->from_ns), i, n = 0;
	uint32_t last = view_index_lower(&lane->index, v->to_ns);

	i = view_index_open(&lane->index, 0, first, v->from_ns);
	while (i < first && n++ < OPEN_MAX) {
		bar(p, v, view_lane_item(lane, i), r, which);
		i = view_index_open(&lane->index, i + 1, first, v->from_ns);
	}
	for (i = first; i < last; i++)
		bar(p, v, view_lane_item(lane, i), r, which);
}

/* There is room for two lines beside it. */
static bool tall(const struct view_rect *r)
{
	return r->height > 30;
}

/* Commands of a lane, close by or from afar. */
static void commands(struct pen *p, const struct view *v, uint32_t which, const struct view_rect *r)
{
	const struct view_index *x = &v->m->lanes[which].index;
	uint32_t n = view_index_lower(x, v->to_ns) - view_index_lower(x, v->from_ns);

	if (n > r->width / 2)
		columns(p, v, which, r);
	else
		bars(p, v, which, r);
}

/* Beside a low lane's name: how many there are in sight, or how deep the queue is at most. */
static void lane_count(struct pen *p, const struct view *v, uint32_t which,
		       const struct view_rect *r, uint32_t most)
{
	const struct view_index *x = which == VIEW_LANE_WAITS   ? &v->m->wait_index
				     : which == VIEW_LANE_DEPTH ? &v->m->lanes[0].index
								: &v->m->lanes[which].index;
	uint32_t n = view_index_lower(x, v->to_ns) - view_index_lower(x, v->from_ns);
	double left = v->layout.pane[VIEW_PANE_LANES].x + 12, y = r->y + r->height / 2;

	if (tall(r) && v->m->device_count > 1 && which > 1)
		pen_format(p, left, y + 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
			   "%" PRIu32 " · device %" PRIu32, n, v->m->lanes[which].device);
	else if (tall(r))
		pen_format(p, left, y + 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
			   "%" PRIu32 " in sight", n);
	else
		pen_format(p, r->x - 8, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "%" PRIu32 "%s",
			   which == VIEW_LANE_DEPTH ? most : n,
			   which == VIEW_LANE_WAITS && v->m->waits_left_out ? "+" : "");
}

static void lane_draw(struct pen *p, const struct view *v, uint32_t i)
{
	const struct view_rect *r = &v->layout.lane[i];
	struct view_rect inner = { r->x, r->y + 2, r->width, r->height - 3 };
	uint32_t which = v->layout.lane_of[i], most = 0;
	double left = v->layout.pane[VIEW_PANE_LANES].x + 12;

	if (which == VIEW_LANE_DEPTH)
		most = view_depth_most(v->m, v->from_ns, v->to_ns);
	pen_fill(p, r->x, r->y, r->width, r->height, COLOR_SHADE, 0.75);
	pen_text(p, left, r->y + r->height / 2 - (tall(r) ? 7 : 0), r->x - left - 6, ALIGN_LEFT,
		 FONT_NORMAL, COLOR_TEXT, view_lane_label(v->m, which));
	lane_count(p, v, which, r, most);
	cairo_save(p->cr);
	cairo_rectangle(p->cr, r->x, r->y, r->width, r->height);
	cairo_clip(p->cr);
	if (which == VIEW_LANE_WAITS) {
		waits_draw(p, v, &inner);
	} else if (which == VIEW_LANE_DEPTH) {
		depth_draw(p, v, &inner, most);
	} else {
		commands(p, v, which, &inner);
		found_ticks(p, v, which, r);
	}
	cairo_restore(p->cr);
}

/* How many were lost in what is hatched from here on: losses that lie close are counted together. */
static void lost_label(struct pen *p, const struct view *v, uint32_t i, double x)
{
	const struct view_rect *t = &v->layout.track;
	struct view_rect r = { x + 3, t->y + t->height - 17, 0, 14 };
	uint64_t count = 0;
	char text[40];

	for (; i < v->m->loss_count && x_of(v, v->m->losses[i].first_ns) < x + LABEL_ROOM; i++)
		count += v->m->losses[i].count;
	snprintf(text, sizeof(text), "%" PRIu64 " lost", count);
	r.width = pen_width(p, FONT_SMALL, text) + 8;
	r.x = fmin(r.x, t->x + t->width - r.width);
	pen_fill(p, r.x, r.y, r.width, r.height, COLOR_BAD, 1);
	pen_text(p, r.x + 4, r.y + 7, 0, ALIGN_LEFT, FONT_SMALL, COLOR_BACK, text);
}

static void losses(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	const struct vgpu_trace_lost *l;
	double x0, x1, shown = -1, label = -1;
	uint32_t i;

	for (i = 0; i < v->m->loss_count; i++) {
		l = &v->m->losses[i];
		if (l->last_ns < v->from_ns || l->first_ns >= v->to_ns)
			continue;
		x0 = fmax(x_of(v, l->first_ns), t->x);
		x1 = fmin(fmax(x_of(v, l->last_ns), x0 + 4), t->x + t->width);
		/* Thousands of losses in one pixel are one hatch. */
		if (x1 <= shown)
			continue;
		shown = x1;
		pen_fill(p, x0, t->y, x1 - x0, t->height, COLOR_BAD, 0.18);
		pen_hatch(p, &(struct view_rect) { x0, t->y, x1 - x0, t->height }, COLOR_BAD, 0.9);
		if (x0 >= label) {
			lost_label(p, v, i, x0);
			label = x0 + LABEL_ROOM;
		}
	}
}

/* "frame 12", on a ground that what is below it does not show through. */
static void frame_label(struct pen *p, const struct view *v, uint32_t frame, double x)
{
	const struct view_rect *t = &v->layout.track;
	char text[24];
	double width;

	snprintf(text, sizeof(text), "frame %" PRIu32, frame + 1);
	width = pen_width(p, FONT_SMALL, text) + 6;
	if (x + width > t->x + t->width)
		return;
	pen_fill(p, x + 0.5, t->y - 12, width, 11, COLOR_PANE, 1);
	pen_text(p, x + 3.5, t->y - 6, 0, ALIGN_LEFT, FONT_SMALL, COLOR_DISPLAY, text);
}

/* Where frames were shown, as long as they stand apart; the chosen one always. */
static void frames(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	const struct view_shown *shown;
	struct view_frame f;
	uint32_t first, last, i;
	double x, before = -8, label = -LABEL_ROOM;
	bool near;

	if (v->frame == VIEW_NONE)
		return;
	f = view_model_frame(v->m, v->frame);
	shown = &v->m->shown[f.scanout];
	/* The index holds the intervals: they begin a frame earlier. */
	first = view_index_lower(&shown->index, v->from_ns);
	last = view_index_lower(&shown->index, v->to_ns);
	for (i = first; i < last && last - first < t->width; i++) {
		x = floor(x_of(v, view_model_frame(v->m, view_shown_item(shown, i)).time_ns)) + 0.5;
		if (x > t->x + t->width)
			continue;
		near = x - before < 8;
		before = x;
		if (near)
			continue;
		pen_line(p, x, t->y - 4, x, t->y + t->height, COLOR_DISPLAY, 0.35);
		if (x - label < LABEL_ROOM)
			continue;
		label = x;
		frame_label(p, v, view_shown_item(shown, i), x);
	}
	x = floor(x_of(v, f.time_ns)) + 0.5;
	if (x < t->x || x > t->x + t->width)
		return;
	pen_line(p, x, t->y - 6, x, t->y + t->height, COLOR_CHOSEN, 0.8);
	cairo_move_to(p->cr, x - 4, t->y - 8);
	cairo_line_to(p->cr, x + 4, t->y - 8);
	cairo_line_to(p->cr, x, t->y - 1);
	cairo_close_path(p->cr);
	pen_color(p, COLOR_CHOSEN, 0.9);
	cairo_fill(p->cr);
}

static void mark(struct pen *p, const struct view *v)
{
	const struct view_rect *t = &v->layout.track;
	double x0, x1;
	char text[24];

	if (!v->marked)
		return;
	x0 = fmin(fmax(x_of(v, v->mark_from_ns), t->x), t->x + t->width);
	x1 = fmin(fmax(x_of(v, v->mark_to_ns), t->x), t->x + t->width);
	pen_fill(p, x0, t->y, x1 - x0, t->height, COLOR_TRANSFER, 0.16);
	pen_line(p, x0 + 0.5, t->y - 4, x0 + 0.5, t->y + t->height, COLOR_TRANSFER, 1);
	pen_line(p, x1 - 0.5, t->y - 4, x1 - 0.5, t->y + t->height, COLOR_TRANSFER, 1);
	if (x1 - x0 > 40)
		pen_text(p, (x0 + x1) / 2, t->y + 8, x1 - x0, ALIGN_CENTER, FONT_BOLD, COLOR_TEXT,
			 pen_duration(text, v->mark_to_ns - v->mark_from_ns));
}

void pane_lanes(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LANES], *t = &v->layout.track;
	uint32_t i;
	char more[48] = "";

	pen_pane(p, r, "");
	ruler(p, v);
	for (i = 0; i < v->layout.lane_count; i++)
		lane_draw(p, v, i);
	losses(p, v);
	cairo_save(p->cr);
	cairo_rectangle(p->cr, t->x, r->y, t->width, r->height);
	cairo_clip(p->cr);
	frames(p, v);
	mark(p, v);
	found_marks(p, v);
	cairo_restore(p->cr);
	if (v->layout.lanes_above)
		snprintf(more, sizeof(more), "+%" PRIu32 " above, %" PRIu32 " below",
			 v->layout.lanes_above, v->layout.lanes_hidden);
	else if (v->layout.lanes_hidden)
		snprintf(more, sizeof(more), "+%" PRIu32 " below", v->layout.lanes_hidden);
	pen_text(p, r->x + (p->side ? 104 : 84), r->y + 11, 0, ALIGN_LEFT, FONT_SMALL, COLOR_WARN,
		 more);
}

/* Under the lanes of fences and waits: how long that took. */
static void hover_line(const struct view_under *u, const struct view_command *c, char *text,
		       size_t size)
{
	char a[24], b[24];

	if (u->wait != VIEW_NONE && u->waited.length)
		snprintf(text, size, "thread %" PRIu32 " waited %s for its fence", u->waited.tid,
			 pen_duration(a, view_wait_ns(&u->waited)));
	else if (u->wait != VIEW_NONE)
		snprintf(text, size, "thread %" PRIu32 " waited for its fence, to no known end",
			 u->waited.tid);
	else if (c->flags & VIEW_ANSWERED && c->signal_ns >= c->response_ns)
		snprintf(text, size, "fence signalled after %s, %s after the answer",
			 pen_duration(a, c->signal_ns - c->queue_ns),
			 pen_duration(b, c->signal_ns - c->response_ns));
	else
		snprintf(text, size, "fence signalled after %s",
			 pen_duration(a, c->signal_ns - c->queue_ns));
}

void pane_lanes_hover(struct pen *p, struct view *v)
{
	struct view_rect r = { .width = 330, .height = 44 };
	struct view_command c;
	struct view_under u;
	char name[16], a[24], b[24], text[120];
	const char *line;
	bool fence;

	if (!view_under(v, v->pointer_x, v->pointer_y, &u))
		return;
	fence = u.lane >= VIEW_LANE_FENCES;
	c = view_model_command(v->m, u.command);
	r.height += fence ? 16 : 0;
	r.x = floor(fmin(fmax(v->pointer_x + 14, 4), v->width - r.width - 4));
	r.y = v->pointer_y - r.height - 10;
	pen_box(p, &r);
	line = view_detail_line(v->detail, u.command);
	pen_text(p, r.x + 10, r.y + 14, r.width - 20, ALIGN_LEFT, FONT_BOLD, pen_type_color(c.type),
		 line ? line : view_type_name(v->m, c.type, name, sizeof(name)));
	pen_format(p, r.x + 10, r.y + 31, r.width - 20, ALIGN_LEFT, FONT_SMALL, COLOR_DIM,
		   "#%" PRIu64 " at %s · %s%s%s", c.id, pen_duration(a, view_since(v, c.queue_ns)),
		   c.flags & VIEW_FENCED ? "fenced · " : "unfenced · ",
		   c.flags & VIEW_ANSWERED ? pen_duration(b, view_command_latency(&c))
					   : "no answer",
		   c.flags & VIEW_FAILED ? " · failed" : "");
	if (!fence)
		return;
	hover_line(&u, &c, text, sizeof(text));
	pen_text(p, r.x + 10, r.y + 47, r.width - 20, ALIGN_LEFT, FONT_SMALL, COLOR_TEXT, text);
}
