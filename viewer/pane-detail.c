/* SPDX-License-Identifier: MIT */
/* The chosen command: field by field, through its stages, byte by byte. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW       18.0
#define HEX_BYTES 16u
#define HEX_LINES 4096u

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

static void lines(struct pen *p, struct view *v, const struct view_rect *room, char *text)
{
	const char *from = text;
	uint32_t line;

	for (line = 0; line < v->scroll[VIEW_PANE_DETAIL] && strchr(from, '\n'); line++)
		from = strchr(from, '\n') + 1;
	v->scroll[VIEW_PANE_DETAIL] = line;
	end_text(text, from, room->height);
	pen_lines(p, room, FONT_MONO, COLOR_TEXT, from);
}

static void fields(struct pen *p, struct view *v, const struct view_rect *room)
{
	char text[32768];

	if (view_detail_text(v->detail, v->command, text, sizeof(text)))
		lines(p, v, room, text);
	else
		pen_lines(p, room, FONT_MONO, COLOR_FAINT, "…");
}

static void shaders(struct pen *p, struct view *v, const struct view_rect *room)
{
	char text[65536];

	if (view_detail_shaders(v->detail, v->command, text, sizeof(text)))
		lines(p, v, room, text);
	else
		pen_text(p, room->x + room->width / 2, room->y + room->height / 2 - 10, room->width,
			 ALIGN_CENTER, FONT_NORMAL, COLOR_FAINT, "this command brings no shader");
}

static size_t hex_lines(char *text, size_t size, const char *name, const uint8_t *bytes, size_t n)
{
	size_t used = (size_t)snprintf(text, size, "%s, %zu bytes\n", name, n), i, j;

	for (i = 0; i < n && used + 100 < size; i += HEX_BYTES) {
		used += (size_t)snprintf(text + used, size - used, "%06zx ", i);
		for (j = 0; j < HEX_BYTES; j++)
			used += (size_t)snprintf(text + used, size - used,
						 i + j < n ? "%s%02x" : "%s  ", j % 4 ? " " : "  ",
						 i + j < n ? bytes[i + j] : 0);
		used += (size_t)snprintf(text + used, size - used, "   ");
		for (j = i; j < i + HEX_BYTES && j < n; j++)
			text[used++] = (char)(bytes[j] >= ' ' && bytes[j] < 127 ? bytes[j] : '.');
		text[used++] = '\n';
		text[used] = '\0';
	}
	return used;
}

/* The part from the line that is scrolled to; more than fits is not written. */
static void hex(struct pen *p, struct view *v, const struct view_rect *room)
{
	static const char *const names[] = { "request", "response" };
	size_t used = 0, size, skip;
	const uint8_t *bytes;
	char text[16384];
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < 2; i++) {
		bytes = view_detail_bytes(v->detail, v->command, !i, &size);
		if (!bytes)
			continue;
		/* A request may be long: lines before the first one in sight are left out. */
		skip = 0;
		if (i && v->scroll[VIEW_PANE_DETAIL] * HEX_BYTES < size)
			skip = (size_t)v->scroll[VIEW_PANE_DETAIL] * HEX_BYTES;
		else if (i)
			skip = size > HEX_BYTES ? (size - HEX_BYTES) / HEX_BYTES * HEX_BYTES : 0;
		if (i)
			v->scroll[VIEW_PANE_DETAIL] = (uint32_t)(skip / HEX_BYTES);
		used += hex_lines(text + used, sizeof(text) - used, names[!i], bytes + skip,
				  size - skip);
		if (used + 2 < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "\n");
	}
	pen_lines(p, room, FONT_MONO, COLOR_TEXT, text);
}

/* One moment a row: how long it took from the one before, and where that lies in the whole. */
static void moment_row(struct pen *p, const struct view_moment *m, uint32_t i, uint32_t n,
		       const struct view_rect *r, double y, bool chosen)
{
	double bar = r->x + 262, width = r->x + r->width - bar - 6;
	double whole = fmax((double)(m[n - 1].time_ns - m[0].time_ns), 1), x0, x1;
	uint64_t queued = m[i].time_ns, before = i ? m[i - 1].time_ns : m[i].time_ns;
	char a[24], b[24];
	uint32_t k;

	for (k = 0; k < n; k++)
		queued = m[k].stage == VIEW_QUEUED ? m[k].time_ns : queued;
	if (chosen)
		pen_fill(p, r->x - 4, y - ROW / 2, r->width + 4, ROW, COLOR_TRANSFER, 0.25);
	pen_fill(p, r->x + 2, y - 4, 8, 8, pen_stage_color(m[i].stage), 1);
	pen_text(p, r->x + 18, y, 96, ALIGN_LEFT, FONT_NORMAL, COLOR_TEXT,
		 view_moment_name(m[i].stage));
	pen_format(p, r->x + 178, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_DIM, "%s%s",
		   m[i].time_ns == queued  ? ""
		   : m[i].time_ns > queued ? "+"
					   : "−",
		   m[i].time_ns > queued ? pen_duration(a, m[i].time_ns - queued)
					 : pen_duration(a, queued - m[i].time_ns));
	pen_text(p, r->x + 250, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT,
		 i ? pen_duration(b, m[i].time_ns - before) : "");
	if (width < 40)
		return;
	x0 = bar + (double)(before - m[0].time_ns) / whole * width;
	x1 = bar + (double)(m[i].time_ns - m[0].time_ns) / whole * width;
	pen_fill(p, bar, y - 1, width, 1, COLOR_GRID, 1);
	pen_fill(p, x0, y - 4, fmax(x1 - x0, 2), 8, pen_stage_color(m[i].stage), 0.85);
}

static void stages(struct pen *p, struct view *v, const struct view_rect *r)
{
	struct view_moment m[VIEW_MOMENTS];
	uint32_t n = view_detail_moments(v->detail, v->command, m), i;
	struct view_rect row = { r->x, 0, r->width, ROW };
	double y = r->y + 8;

	pen_text(p, r->x + 178, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "from queued");
	pen_text(p, r->x + 250, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "this step");
	for (i = 0; i < n && y + ROW < r->y + r->height; i++) {
		y += ROW;
		moment_row(p, m, i, n, r, y, v->followed && v->moment == i);
		row.y = y - ROW / 2;
		view_link(v, &row, VIEW_LINK_MOMENT, i);
	}
	if (n <= 2 && y + 2 * ROW < r->y + r->height)
		pen_text(p, r->x + 18, y + ROW + 6, r->width - 20, ALIGN_LEFT, FONT_SMALL,
			 COLOR_FAINT, "no more stages in the trace: vgpu-trace record --stages");
}

/* What else is about the same thing: a click searches for it. */
static double link_to(struct pen *p, struct view *v, double x, double y, enum view_link_kind kind,
		      const char *name, uint64_t id)
{
	struct view_rect r = { x, y - 9, 0, 18 };

	if (!id)
		return x;
	r.width = pen_format(p, x, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_TRANSFER, "%s %" PRIu64,
			     name, id);
	pen_line(p, x, y + 6.5, x + r.width, y + 6.5, COLOR_TRANSFER, 0.5);
	view_link(v, &r, kind, id);
	return x + r.width + 14;
}

static void links(struct pen *p, struct view *v, double x, double y)
{
	struct view_about about;

	if (!view_detail_about(v->detail, v->command, &about))
		return;
	x = link_to(p, v, x, y, VIEW_LINK_RESOURCE, "resource", about.resource_id);
	x = link_to(p, v, x, y, VIEW_LINK_CTX, "ctx", about.ctx_id);
	if (about.fenced)
		x = link_to(p, v, x, y, VIEW_LINK_FENCE, "fence", about.fence_id);
	link_to(p, v, x, y, VIEW_LINK_PID, "pid", about.pid);
}

void pane_detail(struct pen *p, struct view *v)
{
	static const char *const names[] = { "Fields", "Stages", "Shader", "Hex", NULL };
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_DETAIL];
	struct view_rect room = { r->x + 12, r->y + 44, r->width - 20, r->height - 48 };
	double x = pen_pane(p, r, "Command"), right;
	struct view_command c;
	char a[24];

	if (v->command == VIEW_NONE) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, r->width - 24, ALIGN_CENTER,
			 FONT_NORMAL, COLOR_FAINT, "click a command, or step with  ,  and  .");
		return;
	}
	right = pane_tabs(p, v, r, names, v->detail_tab, VIEW_LINK_DETAIL_TAB);
	c = view_model_command(v->m, v->command);
	pen_format(p, x + 14, r->y + 13, right - x - 24, ALIGN_LEFT, FONT_NORMAL, COLOR_FAINT,
		   "#%" PRIu64 "   %s   %zu bytes   %s queue", c.id,
		   c.flags & VIEW_ANSWERED ? pen_duration(a, view_command_latency(&c))
					   : "no answer",
		   view_detail_size(v->detail, v->command), c.queue ? "cursor" : "control");
	links(p, v, r->x + 12, r->y + 31);
	if (v->detail_tab == VIEW_TAB_STAGES)
		stages(p, v, &room);
	else if (v->detail_tab == VIEW_TAB_SHADERS)
		shaders(p, v, &room);
	else if (v->detail_tab == VIEW_TAB_HEX)
		hex(p, v, &room);
	else
		fields(p, v, &room);
}
