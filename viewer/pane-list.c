/* SPDX-License-Identifier: MIT */
/* The commands around the chosen one. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW VIEW_LIST_ROW

static void list_row(struct pen *p, const struct view *v, uint32_t n, const struct view_rect *r,
		     double y)
{
	struct view_command c = view_model_command(v->m, n);
	const char *line = view_detail_line(v->detail, n);
	char name[16], text[24];
	double x = r->x + 12;
	bool chosen = n == v->command;

	const struct view_note *note = view_notes_find(&v->notes, c.id);
	double room = r->width - 250;

	if (chosen)
		pen_fill(p, r->x + 4, y - ROW / 2, r->width - 8, ROW, COLOR_TRANSFER, 0.25);
	if (v->search && view_find_has(v->search, n))
		pen_fill(p, r->x + 4, y - ROW / 2 + 1, 3, ROW - 2, COLOR_FOUND, 1);
	if (note)
		room -= pen_format(p, r->x + r->width - 12, y, room * 0.6, ALIGN_RIGHT, FONT_SMALL,
				   COLOR_FOUND, "◆ %s", note->text) +
			8;
	pen_format(p, x + 52, y, 0, ALIGN_RIGHT, FONT_SMALL, chosen ? COLOR_TEXT : COLOR_FAINT,
		   "%" PRIu64, c.id);
	pen_format(p, x + 132, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_DIM, "%.6f",
		   (double)view_since(v, c.queue_ns) / 1e9);
	pen_text(p, x + 200, y, 0, ALIGN_RIGHT, FONT_SMALL,
		 c.flags & VIEW_ANSWERED ? COLOR_TEXT : COLOR_FAINT,
		 c.flags & VIEW_ANSWERED ? pen_duration(text, view_command_latency(&c)) : "–");
	if (c.flags & VIEW_FENCED)
		pen_fill(p, x + 212, y - 4, 8, 8, pen_type_color(c.type), 1);
	else
		pen_frame(p, x + 212, y - 4, 8, 8, pen_type_color(c.type), 1);
	pen_text(p, x + 228, y, room, ALIGN_LEFT, FONT_SMALL,
		 c.flags & VIEW_FAILED ? COLOR_BAD
		 : chosen              ? COLOR_TEXT
				       : COLOR_DIM,
		 line ? line : view_type_name(v->m, c.type, name, sizeof(name)));
}

/* The place of the row `step` rows after one; VIEW_NONE past the ends. */
static uint32_t row_after(const struct view *v, uint32_t place, int step)
{
	if (v->filter)
		return view_find_next(v->filter, place, step);
	if (step > 0)
		return place + 1 < v->m->all.count ? place + 1 : VIEW_NONE;
	return place && place != VIEW_NONE ? place - 1 : VIEW_NONE;
}

/* The first row: so that the chosen one is in the middle; without one, from the first in sight. */
static uint32_t first_row(const struct view *v, uint32_t rows)
{
	const struct view_lane *all = &v->m->all;
	uint32_t place, back = rows / 2, before, i;

	if (v->command != VIEW_NONE)
		place = view_lane_find(all, v->command);
	else
		place = view_index_lower(&all->index, v->from_ns);
	if (place >= all->count)
		place = all->count - 1;
	if (v->filter && !view_find_has(v->filter, view_lane_item(all, place))) {
		before = row_after(v, place, 1);
		place = before != VIEW_NONE ? before : row_after(v, place, -1);
	}
	/* At the end the list is full, too. */
	for (i = 0, before = place; before != VIEW_NONE && i + 1 < rows - back; i++) {
		before = row_after(v, before, 1);
		back += before == VIEW_NONE ? rows - back - i - 1 : 0;
	}
	while (place != VIEW_NONE && back--) {
		before = row_after(v, place, -1);
		if (before == VIEW_NONE)
			break;
		place = before;
	}
	return place;
}

static void list_title(struct pen *p, struct view *v, double x)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LIST];
	double room = r->x + r->width - x - 26;

	if (v->filter)
		x += pen_format(p, x + 14, r->y + 13, room, ALIGN_LEFT, FONT_NORMAL, COLOR_FOUND,
				"filter %s: %" PRIu32 "%s", view_find_expression(v->filter),
				view_find_count(v->filter, 0, UINT32_MAX),
				view_find_done(v->filter, NULL) ? "" : " …") +
		     14;
	room = r->x + r->width - x - 26;
	if (v->search && room > 60)
		pen_format(p, x + 14, r->y + 13, room, ALIGN_LEFT, FONT_NORMAL, COLOR_FOUND,
			   "search %s: %" PRIu32 "%s", view_find_expression(v->search),
			   view_find_count(v->search, 0, UINT32_MAX),
			   view_find_done(v->search, NULL) ? "" : " …");
}

void pane_list(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LIST];
	const struct view_lane *all = &v->m->all;
	uint32_t rows = (uint32_t)fmax(floor((r->height - 46) / ROW), 0), place, i;
	double y = r->y + VIEW_LIST_TOP - ROW / 2;

	list_title(p, v, pen_pane(p, r, "Commands"));
	if (!all->count || !rows)
		return;
	pen_text(p, r->x + 64, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "number");
	pen_text(p, r->x + 144, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "time, s");
	pen_text(p, r->x + 212, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "latency");
	place = first_row(v, rows);
	for (i = 0; place != VIEW_NONE && i < rows; i++) {
		y += ROW;
		list_row(p, v, view_lane_item(all, place), r, y);
		if (i < VIEW_LIST_ROWS)
			v->row_command[i] = view_lane_item(all, place);
		place = row_after(v, place, 1);
	}
	v->rows = i < VIEW_LIST_ROWS ? i : VIEW_LIST_ROWS;
}
