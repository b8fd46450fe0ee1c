/* SPDX-License-Identifier: MIT */
/* The lane of waits: a bar for each time that a thread waited for a command's fence. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OPEN_MAX 512u /* bars that began before the span */

static double x_of(const struct view *v, uint64_t time_ns)
{
	return view_layout_x(&v->layout.track, v->from_ns, v->to_ns, time_ns);
}

static void bar(struct pen *p, const struct view *v, const struct view_wait *w,
		const struct view_rect *r)
{
	double h = floor(r->height / VIEW_ROWS), y = floor(r->y + w->row * r->height / VIEW_ROWS);
	double x0 = fmax(x_of(v, w->begin_ns), r->x - 2), x1, width;
	bool meant = !v->filter || view_find_has(v->filter, w->command);
	enum color color = pen_stage_color(VGPU_TRACE_STAGE_WAIT_BEGIN);

	x1 = fmin(x_of(v, w->begin_ns + view_wait_ns(w)), r->x + r->width + 2);
	width = fmax(x1 - x0, 2);
	pen_fill(p, x0, y, width, h - 1, color, meant ? 0.55 : 0.1);
	/* Where the wait ended, so that two in a row are two. */
	if (width > 4)
		pen_fill(p, x1 - 1, y, 1, h - 1, COLOR_PANE, 0.7);
	if (v->search && view_find_has(v->search, w->command))
		pen_frame(p, x0 - 1, y - 1, width + 2, h + 1, COLOR_FOUND, 1);
	if (w->command == v->command)
		pen_frame(p, x0 - 1, y - 1, width + 2, h + 1, COLOR_CHOSEN, 1);
}

/* As high as there are waits that began in a column. */
static void columns(struct pen *p, const struct view *v, const struct view_rect *r)
{
	uint32_t n = (uint32_t)r->width, i, top = 1, all;
	struct view_summary *s = malloc(n * sizeof(*s));
	struct pen_column *drawn = calloc(n, sizeof(*drawn));

	if (!s || !drawn)
		goto out;
	view_index_columns(&v->m->wait_index, v->from_ns, v->to_ns, n, s);
	for (i = 0; i < n; i++) {
		all = s[i].count[0] + s[i].count[1];
		top = all > top ? all : top;
	}
	for (i = 0; i < n; i++) {
		all = s[i].count[0] + s[i].count[1];
		if (all)
			drawn[i] = (struct pen_column) {
				.height = { fmax(4, sqrt((double)all / top) * r->height), 0 },
				.color = { pen_stage_color(VGPU_TRACE_STAGE_WAIT_BEGIN), 0 },
			};
	}
	pen_columns(p, r, drawn, n);
out:
	free(drawn);
	free(s);
}

void waits_draw(struct pen *p, const struct view *v, const struct view_rect *r)
{
	const struct view_index *x = &v->m->wait_index;
	uint32_t first = view_index_lower(x, v->from_ns), last = view_index_lower(x, v->to_ns);
	uint32_t i, n = 0;

	if (last - first > r->width / 2) {
		columns(p, v, r);
		return;
	}
	i = view_index_open(x, 0, first, v->from_ns);
	while (i < first && n++ < OPEN_MAX) {
		bar(p, v, &v->m->waits[i], r);
		i = view_index_open(x, i + 1, first, v->from_ns);
	}
	for (i = first; i < last; i++)
		bar(p, v, &v->m->waits[i], r);
}
