/* SPDX-License-Identifier: MIT */
/* The commands around the chosen one, and the chosen one field by field. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW 17.0

static void list_row(struct pen *p, const struct view *v, uint32_t n, const struct view_rect *r,
		     double y)
{
	struct view_command c = view_model_command(v->m, n);
	const char *line = view_detail_line(v->detail, n);
	char name[16], text[24];
	double x = r->x + 12;
	bool chosen = n == v->command;

	if (chosen)
		pen_fill(p, r->x + 4, y - ROW / 2, r->width - 8, ROW, COLOR_TRANSFER, 0.25);
	pen_format(p, x + 52, y, 0, ALIGN_RIGHT, FONT_SMALL, chosen ? COLOR_TEXT : COLOR_FAINT,
		   "%" PRIu64, c.id);
	pen_format(p, x + 132, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_DIM, "%.6f",
		   (double)(c.queue_ns - v->m->first_ns) / 1e9);
	pen_text(p, x + 200, y, 0, ALIGN_RIGHT, FONT_SMALL,
		 c.flags & VIEW_ANSWERED ? COLOR_TEXT : COLOR_FAINT,
		 c.flags & VIEW_ANSWERED ? pen_duration(text, view_command_latency(&c)) : "–");
	if (c.flags & VIEW_FENCED)
		pen_fill(p, x + 212, y - 4, 8, 8, pen_type_color(c.type), 1);
	else
		pen_frame(p, x + 212, y - 4, 8, 8, pen_type_color(c.type), 1);
	pen_text(p, x + 228, y, r->width - 250, ALIGN_LEFT, FONT_SMALL,
		 c.flags & VIEW_FAILED ? COLOR_BAD
		 : chosen              ? COLOR_TEXT
				       : COLOR_DIM,
		 line ? line : view_type_name(c.type, name, sizeof(name)));
}

void pane_list(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LIST];
	const struct view_lane *all = &v->m->all;
	uint32_t rows = (uint32_t)fmax(floor((r->height - 46) / ROW), 0), place, first, i;
	double y = r->y + 29;

	pen_pane(p, r, "Commands");
	if (!all->count)
		return;
	pen_text(p, r->x + 64, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "number");
	pen_text(p, r->x + 144, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "time, s");
	pen_text(p, r->x + 212, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "latency");
	/* Around the chosen one; without one, from the first in sight. */
	if (v->command != VIEW_NONE) {
		place = view_lane_find(all, v->command);
		first = place > rows / 2 ? place - rows / 2 : 0;
	} else {
		first = view_index_lower(&all->index, v->from_ns);
	}
	if (first + rows > all->count)
		first = all->count > rows ? all->count - rows : 0;
	for (i = first; i < all->count && i - first < rows; i++) {
		y += ROW;
		list_row(p, v, view_lane_item(all, i), r, y);
	}
}

/* Cut a text where it is out of sight: a stream has thousands of lines. */
static void end_text(char *text, const char *from, double height)
{
	char *p = text + (from - text);
	double y;

	for (y = 0; p && y < height; y += 8) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	if (p)
		*p = '\0';
}

void pane_detail(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_DETAIL];
	struct view_rect room = { r->x + 12, r->y + 26, r->width - 20, r->height - 32 };
	double x = pen_pane(p, r, "Command");
	struct view_command c;
	char text[32768], a[24];
	const char *from = text;
	uint32_t line;

	if (v->command == VIEW_NONE) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, r->width - 24, ALIGN_CENTER,
			 FONT_NORMAL, COLOR_FAINT, "click a command, or step with  ,  and  .");
		return;
	}
	c = view_model_command(v->m, v->command);
	pen_format(p, x + 14, r->y + 13, r->width - (x - r->x) - 24, ALIGN_LEFT, FONT_NORMAL,
		   COLOR_FAINT, "#%" PRIu64 "   %s queue   %zu bytes   %s%s", c.id,
		   c.queue ? "cursor" : "control", view_detail_size(v->detail, v->command),
		   c.flags & VIEW_ANSWERED ? "answered after " : "not answered",
		   c.flags & VIEW_ANSWERED ? pen_duration(a, view_command_latency(&c)) : "");
	if (!view_detail_text(v->detail, v->command, text, sizeof(text))) {
		pen_lines(p, &room, FONT_MONO, COLOR_FAINT, "…");
		return;
	}
	for (line = 0; line < v->scroll[VIEW_PANE_DETAIL] && strchr(from, '\n'); line++)
		from = strchr(from, '\n') + 1;
	v->scroll[VIEW_PANE_DETAIL] = line;
	end_text(text, from, room.height);
	pen_lines(p, &room, FONT_MONO, COLOR_TEXT, from);
}
