/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pair.h"

#define SPAN_MIN_NS   1000u
/* Free space at both ends, part of the trace's length. */
#define END_PART      64u
/* Measured at a time: some hundred microseconds. */
#define STEP_COMMANDS 2048u
/* More are not begun with for a picture: while the span moves they would be begun in vain. */
#define MANY_COMMANDS 16384u
#define FOREVER       UINT_MAX
/* Looked at for what is under the pointer. */
#define NEAR_MAX      4096u

/* Lanes that there are to draw. */
static uint32_t lanes_of(const struct view_model *m)
{
	uint32_t n = 0, i;

	for (i = 0; i < VIEW_LANES_MAX; i++)
		n += view_model_has_lane(m, i);
	return n;
}

static void note_seen(struct view *v)
{
	v->seen_commands = v->m->command_count;
	v->seen_lanes = lanes_of(v->m);
	v->seen_permille = v->m->permille;
}

/* Live: the newest frame that there is a picture of, or the newest one. */
static void choose_newest(struct view *v)
{
	const struct view_model *m = v->m;
	const struct view_shown *shown = &m->shown[m->main_scanout];
	uint32_t frame = view_pictures_newest(v->pictures, m->main_scanout);

	if (frame == VIEW_NONE && shown->count)
		frame = view_shown_item(shown, shown->count - 1);
	if (frame != VIEW_NONE && frame != v->frame)
		view_choose_frame(v, frame);
	v->default_frame = true;
}

/* The last frame; while it is not known which that is, the first one. */
static void choose_default(struct view *v)
{
	const struct view_model *m = v->m;
	const struct view_shown *shown = &m->shown[m->main_scanout];

	if (m->live) {
		choose_newest(v);
		return;
	}
	if (m->frame_count && m->loading == VIEW_LOADED)
		view_choose_frame(v, view_shown_item(shown, shown->count - 1));
	else if (m->frame_count && v->frame == VIEW_NONE)
		view_choose_frame(v, view_shown_item(shown, 0));
	else if (m->all.count && v->command == VIEW_NONE)
		v->command = view_lane_item(&m->all, 0);
	v->default_frame = true;
}

void view_init(struct view *v, const struct view_model *m, double width, double height)
{
	*v = (struct view) {
		.m = m,
		.name = "",
		.command = VIEW_NONE,
		.frame = VIEW_NONE,
		.budget_ns = VIEW_BUDGET_NS,
		.scale = 1,
		.first_scale = 1,
	};
	view_resize(v, width, height);
	view_fit(v);
	choose_default(v);
	note_seen(v);
}

bool view_grow_with_model(struct view *v)
{
	const struct view_model *m = v->m;
	bool fitted = v->fitted, news = false;
	uint32_t frame;

	if (m->live && v->default_frame && v->frame != VIEW_NONE) {
		frame = v->frame;
		choose_newest(v);
		news = v->frame != frame;
	}
	if (v->seen_commands == m->command_count && v->seen_permille == m->permille)
		return news;
	if (v->seen_lanes != lanes_of(m))
		view_resize(v, v->width, v->height);
	if (v->default_frame)
		choose_default(v);
	if (fitted)
		view_fit(v);
	note_seen(v);
	return true;
}

static void stop_measuring(struct view *v)
{
	view_latency_end(v->job);
	v->job = NULL;
}

void view_finish(struct view *v)
{
	stop_measuring(v);
	view_stages_destroy(v->stages);
	view_findings_destroy(v->findings);
	view_resources_destroy(v->resources);
	view_find_destroy(v->search);
	view_find_destroy(v->filter);
	view_notes_finish(&v->notes);
	free(v->longest.ns);
}

static void limits(const struct view *v, uint64_t *low, uint64_t *high)
{
	const struct view_model *m = v->m;
	uint64_t length = m->last_ns - m->first_ns, end;

	if (v->other && v->other->m->last_ns - v->other->m->first_ns > length)
		length = v->other->m->last_ns - v->other->m->first_ns;
	end = length / END_PART + SPAN_MIN_NS;

	*low = m->first_ns > end ? m->first_ns - end : 0;
	*high = length + end < UINT64_MAX - m->first_ns ? m->first_ns + length + end : UINT64_MAX;
}

void view_show(struct view *v, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t low, high, span = to_ns > from_ns ? to_ns - from_ns : 0;

	limits(v, &low, &high);
	if (span < SPAN_MIN_NS)
		span = SPAN_MIN_NS;
	if (span > high - low)
		span = high - low;
	if (from_ns < low)
		from_ns = low;
	if (from_ns > high - span)
		from_ns = high - span;
	v->fitted = false;
	v->from_ns = from_ns;
	v->to_ns = from_ns + span;
}

void view_fit(struct view *v)
{
	uint64_t low, high;

	limits(v, &low, &high);
	view_show(v, low, high);
	v->fitted = true;
}

void view_zoom(struct view *v, double factor, double x)
{
	const struct view_rect *track = &v->layout.track;
	double span = (double)(v->to_ns - v->from_ns), part, new_span, from;

	part = (x - track->x) / track->width;
	part = part < 0 ? 0 : part > 1 ? 1 : part;
	new_span = fmin(fmax(span * factor, SPAN_MIN_NS), 9e18);
	from = (double)v->from_ns + part * (span - new_span);
	if (from < 0)
		from = 0;
	/* Through the difference: doubles do not hold every nanosecond of a long uptime. */
	if (new_span < span)
		view_show(v, v->from_ns + (uint64_t)(part * (span - new_span)),
			  v->from_ns + (uint64_t)(part * (span - new_span) + new_span));
	else
		view_show(v, (uint64_t)from, (uint64_t)fmin(from + new_span, 1.8e19));
}

void view_pan(struct view *v, double part)
{
	uint64_t span = v->to_ns - v->from_ns;
	uint64_t by = (uint64_t)(fmin(fabs(part), 1e3) * (double)span);

	if (part < 0)
		by = by < v->from_ns ? by : v->from_ns;
	else
		by = by < UINT64_MAX - v->to_ns ? by : UINT64_MAX - v->to_ns;
	if (part < 0)
		view_show(v, v->from_ns - by, v->to_ns - by);
	else
		view_show(v, v->from_ns + by, v->to_ns + by);
}

void view_reveal(struct view *v, uint64_t time_ns)
{
	uint64_t span = v->to_ns - v->from_ns, from;

	if (time_ns >= v->from_ns && time_ns < v->to_ns)
		return;
	from = time_ns > span / 2 ? time_ns - span / 2 : 0;
	view_show(v, from, from + span);
}

void view_choose_command(struct view *v, uint32_t command)
{
	struct view_command c;
	uint32_t frame;

	if (command >= v->m->command_count)
		return;
	c = view_model_command(v->m, command);
	v->default_frame = false;
	v->command = command;
	v->followed = false;
	v->scroll[VIEW_PANE_DETAIL] = 0;
	view_reveal(v, c.queue_ns);
	/* The picture that was shown then. */
	frame = view_model_frame_at(v->m, c.queue_ns);
	if (frame != VIEW_NONE)
		v->frame = frame;
}

void view_choose_frame(struct view *v, uint32_t frame)
{
	struct view_frame f;

	if (frame >= v->m->frame_count)
		return;
	v->default_frame = false;
	v->frame = frame;
	f = view_model_frame(v->m, frame);
	v->command = f.command;
	v->scroll[VIEW_PANE_DETAIL] = 0;
	view_reveal(v, f.time_ns);
}

void view_step_command(struct view *v, int64_t step)
{
	uint32_t place;

	/* Nothing chosen: begin at the first one in sight. */
	if (v->command == VIEW_NONE && v->m->all.count) {
		place = view_index_lower(&v->m->all.index, v->from_ns);
		if (place == v->m->all.count)
			place--;
		view_choose_command(v, view_lane_item(&v->m->all, place));
		return;
	}
	if (!v->filter) {
		view_choose_command(v, view_model_step(v->m, v->command, step));
		return;
	}
	place = view_lane_find(&v->m->all, v->command);
	for (; step; step += step > 0 ? -1 : 1) {
		uint32_t next = view_find_next(v->filter, place, step > 0 ? 1 : -1);

		if (next == VIEW_NONE)
			break;
		place = next;
	}
	view_choose_command(v, view_lane_item(&v->m->all, place));
}

void view_step_frame(struct view *v, int64_t step)
{
	const struct view_shown *shown;
	struct view_frame f;
	int64_t place;

	if (v->frame == VIEW_NONE)
		return;
	f = view_model_frame(v->m, v->frame);
	shown = &v->m->shown[f.scanout];
	place = (int64_t)f.place + step;
	if (place < 0)
		place = 0;
	if (place >= (int64_t)shown->count)
		place = (int64_t)shown->count - 1;
	view_choose_frame(v, view_shown_item(shown, (uint32_t)place));
}

void view_last_frame(struct view *v)
{
	if (!v->m->live) {
		view_step_frame(v, INT32_MAX);
		return;
	}
	choose_newest(v);
	view_fit(v);
}

void view_play(struct view *v, uint64_t ns)
{
	const struct view_shown *shown;
	uint32_t place, next;
	struct view_frame f;
	uint64_t until;

	if (v->frame == VIEW_NONE)
		return;
	f = view_model_frame(v->m, v->frame);
	shown = &v->m->shown[f.scanout];
	until = f.time_ns + ns;
	for (place = f.place; place + 1 < shown->count; place++) {
		next = view_shown_item(shown, place + 1);
		if (view_model_frame(v->m, next).time_ns > until)
			break;
	}
	if (place != f.place)
		view_choose_frame(v, view_shown_item(shown, place));
	if (place + 1 == shown->count)
		v->playing = false;
}

void view_mark(struct view *v, uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns > to_ns) {
		view_mark(v, to_ns, from_ns);
		return;
	}
	v->marked = to_ns > from_ns;
	v->mark_from_ns = from_ns;
	v->mark_to_ns = to_ns;
}

void view_unmark(struct view *v)
{
	v->marked = false;
}

void view_scroll(struct view *v, enum view_pane pane, int64_t lines)
{
	int64_t to = (int64_t)v->scroll[pane] + lines;

	/* Drawing keeps it within what there is. */
	v->scroll[pane] = to < 0 ? 0 : to > 100000 ? 100000 : (uint32_t)to;
}

/* In one lane: the command at a time, or the next one before or after, whichever is in reach. */
static uint32_t command_near(const struct view_model *m, uint32_t which, uint64_t time,
			     uint64_t reach, unsigned int row)
{
	const struct view_lane *lane = &m->lanes[which];
	uint32_t last = view_index_lower(&lane->index, time + reach), best = VIEW_NONE, i, n = 0;
	struct view_command c;
	uint64_t from = time > reach ? time - reach : 0;

	/* Those under the point; the one in the same row is meant, else the latest. */
	i = view_index_open(&lane->index, 0, last, from ? from - 1 : 0);
	while (i < last && n++ < NEAR_MAX) {
		best = view_lane_item(lane, i);
		c = view_model_command(m, best);
		if (view_lane_row(&c, which) == row)
			break;
		i = view_index_open(&lane->index, i + 1, last, from ? from - 1 : 0);
	}
	return best;
}

/* The same among waits. */
static uint32_t wait_near(const struct view_model *m, uint64_t time, uint64_t reach,
			  unsigned int row)
{
	const struct view_index *x = &m->wait_index;
	uint32_t last = view_index_lower(x, time + reach), best = VIEW_NONE, i, n = 0;
	uint64_t from = time > reach ? time - reach : 0;

	i = view_index_open(x, 0, last, from ? from - 1 : 0);
	while (i < last && n++ < NEAR_MAX) {
		best = i;
		if (m->waits[i].row == row)
			break;
		i = view_index_open(x, i + 1, last, from ? from - 1 : 0);
	}
	return best;
}

bool view_under(const struct view *v, double x, double y, struct view_under *out)
{
	const struct view_layout *l = &v->layout;
	uint64_t time, reach;
	unsigned int row;
	uint32_t i;

	*out = (struct view_under) { .command = VIEW_NONE, .wait = VIEW_NONE };
	for (i = 0; i < l->lane_count; i++) {
		if (!view_rect_has(&l->lane[i], x, y))
			continue;
		time = view_layout_time(&l->track, v->from_ns, v->to_ns, x);
		reach = (uint64_t)((double)(v->to_ns - v->from_ns) / l->track.width * 3) + 1;
		row = (unsigned int)((y - l->lane[i].y) / l->lane[i].height * VIEW_ROWS);
		out->lane = l->lane_of[i];
		if (out->lane == VIEW_LANE_DEPTH)
			break;
		if (out->lane != VIEW_LANE_WAITS) {
			out->command = command_near(v->m, out->lane, time, reach, row);
			break;
		}
		out->wait = wait_near(v->m, time, reach, row);
		if (out->wait == VIEW_NONE)
			break;
		out->waited = v->m->waits[out->wait];
		out->command = out->waited.command;
		break;
	}
	return out->command != VIEW_NONE;
}

uint32_t view_frame_at(const struct view *v, double x, double y)
{
	const struct view_shown *shown;
	struct view_summary worst;
	struct view_bars bars;
	uint32_t column, first, last;

	if (v->frame == VIEW_NONE || !view_rect_has(&v->layout.pane[VIEW_PANE_BARS], x, y))
		return VIEW_NONE;
	shown = &v->m->shown[view_model_frame(v->m, v->frame).scanout];
	view_bars_make(&bars, &v->layout.chart, shown->count);
	column = view_bars_at(&bars, &v->layout.chart, x);
	if (column == bars.columns)
		return VIEW_NONE;
	view_bars_column(&bars, column, &first, &last);
	view_index_summary(&shown->index, first, last, &worst);
	return worst.argument[0] == VIEW_NONE ? VIEW_NONE
					      : view_shown_item(shown, worst.argument[0]);
}

void view_link(struct view *v, const struct view_rect *r, enum view_link_kind kind, uint64_t arg)
{
	if (v->link_count < VIEW_LINKS)
		v->links[v->link_count++] = (struct view_link) { *r, kind, arg };
}

void view_click(struct view *v, double x, double y)
{
	struct view_under under;
	uint32_t n;

	for (n = v->link_count; n--;) {
		if (!view_rect_has(&v->links[n].r, x, y))
			continue;
		view_use_link(v, v->links[n].kind, v->links[n].arg);
		return;
	}
	if (v->other && view_layout_hit(&v->other->layout, x, y) != VIEW_PANE_NONE) {
		n = v->other->frame;
		view_click(v->other, x, y);
		if (v->other->frame != n) {
			view_pair_choose(v, v->other);
			v->other_frame = v->frame;
		}
		return;
	}
	switch (view_layout_hit(&v->layout, x, y)) {
	case VIEW_PANE_BARS:
		n = view_frame_at(v, x, y);
		if (n != VIEW_NONE)
			view_choose_frame(v, n);
		return;
	case VIEW_PANE_LANES:
		if (view_under(v, x, y, &under))
			view_choose_command(v, under.command);
		return;
	case VIEW_PANE_LIST:
		n = (uint32_t)((y - v->layout.pane[VIEW_PANE_LIST].y - VIEW_LIST_TOP) /
			       VIEW_LIST_ROW);
		if (y >= v->layout.pane[VIEW_PANE_LIST].y + VIEW_LIST_TOP && n < v->rows)
			view_choose_command(v, v->row_command[n]);
		return;
	default:
		return;
	}
}

void view_span(const struct view *v, uint64_t *from_ns, uint64_t *to_ns)
{
	*from_ns = v->marked ? v->mark_from_ns : v->from_ns;
	*to_ns = v->marked ? v->mark_to_ns : v->to_ns;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool is_of_span(const struct view *v, const struct view_latency *l, uint32_t scanout)
{
	uint64_t from_ns, to_ns;

	view_span(v, &from_ns, &to_ns);
	return l->from_ns == from_ns && l->to_ns == to_ns && l->scanout == scanout;
}

/* Go on with the numbers of the span. 1: they are not there yet. */
static int measure(struct view *v, unsigned int ms)
{
	uint64_t until = now_ms() + ms, from_ns, to_ns;
	uint32_t scanout = v->m->main_scanout;
	int ret;

	if (v->frame != VIEW_NONE)
		scanout = view_model_frame(v->m, v->frame).scanout;
	if (v->job && (v->job_filter != v->filter ||
		       (!v->fitted && !is_of_span(v, view_latency_result(v->job), scanout))))
		stop_measuring(v);
	if (!v->job) {
		if (v->measured && is_of_span(v, &v->latency, scanout) &&
		    v->measured_commands == v->m->all.count &&
		    v->measured_news == view_find_news(v->filter))
			return 0;
		view_span(v, &from_ns, &to_ns);
		v->job = view_latency_begin(v->m, from_ns, to_ns, scanout, v->filter);
		v->job_filter = v->filter;
		v->job_news = view_find_news(v->filter);
		v->job_commands = v->m->all.count;
		if (v->job && ms != FOREVER &&
		    view_latency_result(v->job)->commands > MANY_COMMANDS)
			return 1;
	}
	do {
		ret = v->job ? view_latency_step(v->job, STEP_COMMANDS) : -ENOMEM;
	} while (!ret && (ms == FOREVER || now_ms() < until));
	if (!ret)
		return 1;
	if (ret > 0)
		v->latency = *view_latency_result(v->job);
	v->measured = ret > 0;
	v->measured_commands = v->job_commands;
	v->measured_news = v->job_news;
	stop_measuring(v);
	if (ret < 0)
		return ret;
	/* The trace may have grown in the meantime. */
	return !is_of_span(v, &v->latency, scanout) || v->measured_commands != v->m->all.count ||
	       v->measured_news != view_find_news(v->filter);
}

int view_prepare_within(struct view *v, unsigned int ms)
{
	if (v->detail && v->command != VIEW_NONE)
		view_detail_fetch(v->detail, v->command);
	return measure(v, ms);
}

int view_prepare(struct view *v)
{
	int ret = view_prepare_within(v, FOREVER);

	/* What was being measured may have been of another span. */
	return ret > 0 ? view_prepare_within(v, FOREVER) : ret;
}
