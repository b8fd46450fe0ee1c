/* SPDX-License-Identifier: MIT */
/* Two traces: their numbers beside each other, and by how much they differ. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW     18.0
/* Differences below are noise, and not coloured. */
#define PERCENT 5.0

struct columns {
	double name, n[2], p50[2], d50, p99[2], d99;
};

static struct columns columns_of(const struct view_rect *r)
{
	double number = fmin(fmax((r->width - 150) / 8, 40), 66);
	struct columns c = { .name = r->x };

	c.d99 = r->x + r->width;
	c.p99[1] = c.d99 - number;
	c.p99[0] = c.p99[1] - number;
	c.d50 = c.p99[0] - number - 4;
	c.p50[1] = c.d50 - number;
	c.p50[0] = c.p50[1] - number;
	c.n[1] = c.p50[0] - number;
	c.n[0] = c.n[1] - number * 0.75;
	return c;
}

/* Up is worse: told by the sign and the arrow, and by the colour. */
static void difference(struct pen *p, double x, double y, uint64_t a, uint64_t b)
{
	double percent = a ? ((double)b - (double)a) / (double)a * 100 : 0;
	enum color color = fabs(percent) < PERCENT ? COLOR_FAINT
			   : percent > 0           ? COLOR_BAD
						   : COLOR_DISPLAY;

	if (!a || !b)
		pen_text(p, x, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_FAINT, "–");
	else if (percent > 999)
		pen_format(p, x, y, 0, ALIGN_RIGHT, FONT_NORMAL, color, "▲ ×%.0f",
			   (double)b / (double)a);
	else
		pen_format(p, x, y, 0, ALIGN_RIGHT, FONT_NORMAL, color, "%s %+.0f %%",
			   fabs(percent) < PERCENT ? ""
			   : percent > 0           ? "▲"
						   : "▼",
			   percent);
}

static void numbers(struct pen *p, const struct columns *c, double y,
		    const struct vgpu_stats_series *a, const struct vgpu_stats_series *b)
{
	const struct vgpu_stats_series *s[2] = { a, b };
	char text[24];
	int i;

	for (i = 0; i < 2; i++) {
		enum color color = i ? COLOR_TEXT : COLOR_DIM;

		pen_format(p, c->n[i], y, 0, ALIGN_RIGHT, FONT_NORMAL, color, "%" PRIu64,
			   s[i]->count);
		if (!s[i]->count)
			continue;
		pen_text(p, c->p50[i], y, 0, ALIGN_RIGHT, FONT_NORMAL, color,
			 pen_duration(text, s[i]->p50));
		pen_text(p, c->p99[i], y, 0, ALIGN_RIGHT, FONT_NORMAL, color,
			 pen_duration(text, s[i]->p99));
	}
	difference(p, c->d50, y, a->count ? a->p50 : 0, b->count ? b->p50 : 0);
	difference(p, c->d99, y, a->count ? a->p99 : 0, b->count ? b->p99 : 0);
}

static const struct view_latency_row *row_of(const struct view_latency *l, uint32_t queue,
					     uint32_t type)
{
	uint32_t i;

	for (i = 0; i < l->row_count; i++) {
		if (l->rows[i].stats.queue == queue && l->rows[i].stats.type == type)
			return &l->rows[i];
	}
	return NULL;
}

static void heads(struct pen *p, const struct columns *c, const struct view_rect *r, double y)
{
	static const char *const names[2] = { "A", "B" };
	int i;

	for (i = 0; i < 2; i++) {
		pen_format(p, c->n[i], y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "n %s",
			   names[i]);
		pen_format(p, c->p50[i], y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "p50 %s",
			   names[i]);
		pen_format(p, c->p99[i], y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "p99 %s",
			   names[i]);
	}
	pen_line(p, r->x, floor(y + 9) + 0.5, r->x + r->width, floor(y + 9) + 0.5, COLOR_GRID, 1);
}

/* A kind of command, fenced or not; false when neither trace has an answer to one. */
static bool kind_row(struct pen *p, const struct view_model *m, const struct columns *c, double y,
		     uint32_t type, bool fenced, const struct view_latency_row *a,
		     const struct view_latency_row *b)
{
	static const struct vgpu_stats_series none;
	const struct vgpu_stats_series *sa = !a       ? &none
					     : fenced ? &a->stats.fenced_latency
						      : &a->stats.unfenced_latency;
	const struct vgpu_stats_series *sb = !b       ? &none
					     : fenced ? &b->stats.fenced_latency
						      : &b->stats.unfenced_latency;
	char name[16];

	if (!sa->count && !sb->count)
		return false;
	if (fenced)
		pen_fill(p, c->name, y - 4, 9, 9, pen_type_color(type), 1);
	else
		pen_frame(p, c->name, y - 4, 9, 9, pen_type_color(type), 1);
	pen_text(p, c->name + 16, y, c->n[0] - 40 - c->name - 16, ALIGN_LEFT, FONT_NORMAL,
		 COLOR_TEXT, view_type_name(m, type, name, sizeof(name)));
	numbers(p, c, y, sa, sb);
	return true;
}

void pane_pair(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LATENCY];
	struct view_rect room = { r->x + 14, r->y + 26, r->width - 28, r->height - 30 };
	const struct view_latency *a = &v->latency, *b = &v->other->latency, *l;
	struct columns c = columns_of(&room);
	const char *side = p->side;
	double x, y = room.y + 8;
	const struct vgpu_stats_command *s;
	char text[24];
	uint32_t i, fenced, of;

	p->side = NULL;
	x = pen_pane(p, r, "Compared");
	p->side = side;
	pen_format(p, x + 14, r->y + 13, r->width - (x - r->x) - 24, ALIGN_LEFT, FONT_NORMAL,
		   v->marked ? COLOR_TRANSFER : COLOR_FAINT, "%s, %s: A %s, B %s",
		   v->marked ? "marked" : "in sight", pen_duration(text, a->to_ns - a->from_ns),
		   v->name, v->other->name);
	heads(p, &c, &room, y);
	y += ROW + 1;
	pen_text(p, c.name + 16, y, 0, ALIGN_LEFT, FONT_BOLD, COLOR_TEXT, "frame time");
	numbers(p, &c, y, &a->interval, &b->interval);
	for (of = 0; of < 2; of++) {
		l = of ? b : a;
		for (i = 0; i < l->row_count; i++) {
			s = &l->rows[i].stats;
			/* What both have stands with the first one's. */
			if (of && row_of(a, s->queue, s->type))
				continue;
			for (fenced = 2; fenced--;) {
				if (y + ROW > room.y + room.height - ROW / 2)
					return;
				if (kind_row(p, v->m, &c, y + ROW, s->type, fenced,
					     row_of(a, s->queue, s->type),
					     row_of(b, s->queue, s->type)))
					y += ROW;
			}
		}
	}
}
