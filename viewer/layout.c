/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <math.h>
#include <string.h>

#define MARGIN      8.0
#define GAP         8.0
#define HEADER      34.0
#define TITLE       24.0
#define RULER       30.0
#define LABEL       132.0
#define QUEUE_LANE  38.0
#define RING_LANE   32.0 /* of a context */
#define CURSOR_LANE 20.0
#define FENCE_LANE  26.0
#define LANE_GAP    3.0
#define AXIS        52.0

static double clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

static struct view_rect inset(struct view_rect r, double left, double top, double right,
			      double bottom)
{
	r.x += left;
	r.y += top;
	r.width = fmax(r.width - left - right, 0);
	r.height = fmax(r.height - top - bottom, 0);
	return r;
}

static double lane_height(uint32_t lane)
{
	if (lane >= VIEW_LANE_FENCES)
		return FENCE_LANE;
	return lane > 1 ? RING_LANE : lane ? CURSOR_LANE : QUEUE_LANE;
}

static void stack_lane(struct view_layout *l, uint32_t lane, double *y, double room)
{
	double h = lane_height(lane);

	if (*y + h + LANE_GAP > room) {
		l->lanes_hidden++;
		return;
	}
	l->lane[l->lane_count] = (struct view_rect) { .y = *y, .height = h };
	l->lane_of[l->lane_count++] = lane;
	*y += h + LANE_GAP;
}

/* Stack the lanes that have commands; returns the height of ruler and lanes, at most `room`. */
static double stack_lanes(struct view_layout *l, const struct view_model *m, double room,
			  uint32_t above)
{
	double y = RULER;
	uint32_t i;

	stack_lane(l, 0, &y, room);
	if (view_model_has_lane(m, VIEW_LANE_DEPTH))
		stack_lane(l, VIEW_LANE_DEPTH, &y, room);
	if (view_model_has_lane(m, 1))
		stack_lane(l, 1, &y, room);
	/* Contexts may be many: what is of all of them comes before. */
	for (i = VIEW_LANE_FENCES; i <= VIEW_LANE_WAITS; i++) {
		if (view_model_has_lane(m, i))
			stack_lane(l, i, &y, room);
	}
	for (i = 2; i < m->lane_count; i++) {
		if (!view_model_has_lane(m, i))
			continue;
		if (l->lanes_above < above)
			l->lanes_above++;
		else
			stack_lane(l, i, &y, room);
	}
	return y + 5;
}

static void split(struct view_rect row, double share, struct view_rect *left,
		  struct view_rect *right)
{
	*left = row;
	*right = row;
	left->width = floor((row.width - GAP) * share);
	right->x = row.x + left->width + GAP;
	right->width = row.width - GAP - left->width;
}

/* What lies within the panes. */
static void place_inner(struct view_layout *l)
{
	const struct view_rect *lanes = &l->pane[VIEW_PANE_LANES];
	uint32_t i;

	l->chart = inset(l->pane[VIEW_PANE_BARS], AXIS, TITLE, 10, 8);
	l->track = inset(*lanes, LABEL, RULER, 10, 5);
	l->ruler = l->track;
	l->ruler.y = lanes->y;
	l->ruler.height = RULER;
	for (i = 0; i < l->lane_count; i++) {
		l->lane[i].x = l->track.x;
		l->lane[i].y += lanes->y;
		l->lane[i].width = l->track.width;
	}
}

void view_layout_make(struct view_layout *l, const struct view_model *m, double width,
		      double height, uint32_t above)
{
	struct view_rect row = { .x = MARGIN };
	double bars, lanes_height, bottom, middle;

	memset(l, 0, sizeof(*l));
	width = floor(clamp(width, VIEW_WIDTH_MIN, VIEW_SIZE_MAX));
	height = floor(clamp(height, VIEW_HEIGHT_MIN, VIEW_SIZE_MAX));
	row.width = width - 2 * MARGIN;
	bars = floor(clamp(height * 0.14, 72, 130));
	lanes_height = stack_lanes(l, m, fmax(height * 0.3, RULER + QUEUE_LANE + LANE_GAP), above);
	bottom = floor(clamp(height * 0.24 - (height < 800 ? 20 : 0), 0, 420));
	middle = height - HEADER - bars - lanes_height - bottom - 3 * GAP - MARGIN;
	/* What tells least goes first when there is no room: the list, then the pictures. */
	if (middle < 150) {
		middle += bottom + GAP;
		bottom = 0;
	}
	if (middle < 110) {
		bars += middle + GAP;
		middle = 0;
	}

	l->pane[VIEW_PANE_HEADER] = (struct view_rect) { 0, 0, width, HEADER };
	row.y = HEADER;
	row.height = bars;
	l->pane[VIEW_PANE_BARS] = row;
	row.y += bars + GAP;
	if (middle > 0) {
		row.height = middle;
		split(row, width < 900 ? 0.4 : 0.42, &l->pane[VIEW_PANE_SCANOUT],
		      &l->pane[VIEW_PANE_LATENCY]);
		row.y += middle + GAP;
	}
	row.height = lanes_height;
	l->pane[VIEW_PANE_LANES] = row;
	row.y += lanes_height + GAP;
	if (bottom > 0) {
		row.height = height - MARGIN - row.y;
		split(row, 0.55, &l->pane[VIEW_PANE_LIST], &l->pane[VIEW_PANE_DETAIL]);
	}

	place_inner(l);
}

void view_layout_pair(struct view_layout *a, const struct view_model *ma, struct view_layout *b,
		      const struct view_model *mb, double width, double height)
{
	struct view_rect row = { .x = MARGIN }, rest;
	struct view_layout *l[2] = { a, b };
	const struct view_model *m[2] = { ma, mb };
	double bars, lanes[2], bottom, middle;
	int i;

	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	width = floor(clamp(width, VIEW_WIDTH_MIN, VIEW_SIZE_MAX));
	height = floor(clamp(height, VIEW_HEIGHT_MIN, VIEW_SIZE_MAX));
	row.width = width - 2 * MARGIN;
	bars = floor(clamp(height * 0.1, 60, 110));
	for (i = 0; i < 2; i++)
		lanes[i] = stack_lanes(l[i], m[i],
				       fmax(height * 0.17, RULER + QUEUE_LANE + LANE_GAP), 0);
	bottom = floor(clamp(height * 0.16, 0, 300));
	middle = height - HEADER - 2 * bars - lanes[0] - lanes[1] - bottom - 5 * GAP - MARGIN;
	if (middle < 150) {
		middle += bottom + GAP;
		bottom = 0;
	}
	/* In a small window the frame times are what is compared. */
	if (middle < 110) {
		bars += (middle + GAP) / 2;
		middle = 0;
	}
	if (bars < 60)
		bars = 60;
	a->pane[VIEW_PANE_HEADER] = (struct view_rect) { 0, 0, width, HEADER };
	row.y = HEADER;
	for (i = 0; i < 2; i++) {
		row.height = bars;
		l[i]->pane[VIEW_PANE_BARS] = row;
		row.y += bars + GAP;
	}
	if (middle > 0) {
		row.height = middle;
		split(row, 0.5, &rest, &a->pane[VIEW_PANE_LATENCY]);
		split(rest, 0.5, &a->pane[VIEW_PANE_SCANOUT], &b->pane[VIEW_PANE_SCANOUT]);
		row.y += middle + GAP;
	}
	for (i = 0; i < 2; i++) {
		row.height = lanes[i];
		l[i]->pane[VIEW_PANE_LANES] = row;
		row.y += lanes[i] + GAP;
	}
	if (bottom > 0) {
		row.height = height - MARGIN - row.y;
		split(row, 0.5, &a->pane[VIEW_PANE_LIST], &b->pane[VIEW_PANE_LIST]);
	}
	place_inner(a);
	place_inner(b);
}

bool view_rect_has(const struct view_rect *r, double x, double y)
{
	return x >= r->x && x < r->x + r->width && y >= r->y && y < r->y + r->height;
}

enum view_pane view_layout_hit(const struct view_layout *l, double x, double y)
{
	int i;

	for (i = 0; i < VIEW_PANES; i++) {
		if (view_rect_has(&l->pane[i], x, y))
			return (enum view_pane)i;
	}
	return VIEW_PANE_NONE;
}

double view_layout_x(const struct view_rect *track, uint64_t from_ns, uint64_t to_ns,
		     uint64_t time_ns)
{
	double span = (double)(to_ns - from_ns);
	double offset = time_ns >= from_ns ? (double)(time_ns - from_ns)
					   : -(double)(from_ns - time_ns);

	return track->x + offset / span * track->width;
}

uint64_t view_layout_time(const struct view_rect *track, uint64_t from_ns, uint64_t to_ns, double x)
{
	double offset = (x - track->x) / track->width * (double)(to_ns - from_ns);

	if (offset >= 0)
		return offset < (double)(UINT64_MAX - from_ns) ? from_ns + (uint64_t)offset
							       : UINT64_MAX;
	return -offset < (double)from_ns ? from_ns - (uint64_t)-offset : 0;
}

void view_bars_make(struct view_bars *b, const struct view_rect *chart, uint32_t count)
{
	double room = fmax(floor(chart->width), 1);

	b->count = count;
	if (count <= room / 2) {
		b->columns = count;
		b->bar = count ? fmin(room / count, 20) : 1;
		return;
	}
	/* No gaps any more: two pixels a column, and as many frames in it as must. */
	b->bar = 2;
	b->columns = (uint32_t)(room / 2);
}

void view_bars_column(const struct view_bars *b, uint32_t column, uint32_t *first, uint32_t *last)
{
	*first = (uint32_t)((uint64_t)column * b->count / b->columns);
	*last = (uint32_t)((uint64_t)(column + 1) * b->count / b->columns);
}

uint32_t view_bars_at(const struct view_bars *b, const struct view_rect *chart, double x)
{
	double column = floor((x - chart->x) / b->bar);

	return column >= 0 && column < b->columns ? (uint32_t)column : b->columns;
}
