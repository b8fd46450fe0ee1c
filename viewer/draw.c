/* SPDX-License-Identifier: MIT */
#include "draw.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "input.h"
#include "pair.h"
#include "panes.h"

static const char *group(char buffer[32], uint64_t number)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, number), i, at = 0;

	for (i = 0; i < n; i++) {
		if (i && !((n - i) % 3))
			buffer[at++] = ' ';
		buffer[at++] = digits[i];
	}
	buffer[at] = '\0';
	return buffer;
}

static double badge(struct pen *p, double x, double y, enum color color, const char *text)
{
	struct view_rect r = { x, y - 9, 0, 18 };

	/* The ground is as wide as the text: measured by writing it under the ground. */
	r.width = pen_text(p, x + 7, y, 0, ALIGN_LEFT, FONT_BOLD, color, text) + 14;
	pen_round(p, &r, 4);
	pen_color(p, color, 1);
	cairo_fill(p->cr);
	pen_text(p, x + 7, y, 0, ALIGN_LEFT, FONT_BOLD, COLOR_BACK, text);
	return r.width;
}

void pane_header(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_HEADER];
	const struct view_model *m = v->m;
	char a[32], b[32], c[24], text[256];
	double x = r->x + 12, y = r->y + r->height / 2, right = r->x + r->width - 12;
	int n;

	if (m->loading == VIEW_LOADING) {
		if (m->live)
			snprintf(text, sizeof(text), "live");
		else
			snprintf(text, sizeof(text), "loading %" PRIu32 " %%", m->permille / 10);
		right -= 100;
		badge(p, right, y, COLOR_WARN, text);
		right -= 10;
	}
	if (m->lost) {
		n = snprintf(text, sizeof(text), "%s lost", group(a, m->lost));
		right -= n * 7.0 + 14;
		badge(p, right, y, COLOR_BAD, text);
		right -= 10;
	}
	if (m->cut) {
		right -= 74;
		badge(p, right, y, COLOR_BAD, "file cut");
		right -= 10;
	}
	snprintf(text, sizeof(text), "%s commands   %s frames   %s", group(a, m->command_count),
		 group(b, m->frame_count), pen_duration(c, m->last_ns - m->first_ns));
	right -= pen_text(p, right, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_DIM, text) + 24;
	x += pen_text(p, x, y, fmax(right - x, 40), ALIGN_LEFT, FONT_TITLE, COLOR_TEXT, v->name) +
	     16;
	if (v->other)
		x += pen_format(p, x, y, fmax(right - x, 40), ALIGN_LEFT, FONT_TITLE, COLOR_DIM,
				"↔  %s", v->other->name) +
		     16;
	if (right - x > 60)
		pen_text(p, x, y + 0.5, right - x, ALIGN_LEFT, FONT_NORMAL, COLOR_FAINT, m->about);
}

double pane_tabs(struct pen *p, struct view *v, const struct view_rect *r, const char *const *names,
		 unsigned int chosen, enum view_link_kind kind)
{
	double right = r->x + r->width - 10, width;
	unsigned int i, n;
	struct view_rect tab;

	for (n = 0; names[n]; n++)
		;
	for (i = n; i--;) {
		width = pen_width(p, FONT_NORMAL, names[i]) + 16;
		right -= width;
		tab = (struct view_rect) { floor(right), r->y + 4, width, 19 };
		if (i == chosen) {
			pen_round(p, &tab, 4);
			pen_color(p, COLOR_EDGE, 1);
			cairo_fill(p->cr);
		}
		pen_text(p, tab.x + width / 2, r->y + 13.5, 0, ALIGN_CENTER, FONT_NORMAL,
			 i == chosen ? COLOR_TEXT : COLOR_FAINT, names[i]);
		view_link(v, &tab, kind, i);
	}
	return right;
}

#define HELP_ROW 21.0

/* Two columns of keys. */
void pane_help(struct pen *p, struct view *v)
{
	struct view_rect r = { .width = fmin(820, v->width - 16) };
	double column = (r.width - 24) / 2, x, y;
	const char *key, *what;
	unsigned int i, n, half;

	for (n = 0; view_key(n, &key, &what); n++)
		;
	half = (n + 1) / 2;
	r.height = 62 + half * HELP_ROW;
	r.x = floor((v->width - r.width) / 2);
	r.y = floor(fmax((v->height - r.height) / 2, 4));
	pen_fill(p, 0, 0, v->width, v->height, COLOR_BACK, 0.6);
	pen_pane(p, &r, "");
	pen_text(p, r.x + 22, r.y + 24, 0, ALIGN_LEFT, FONT_TITLE, COLOR_TEXT, "Keys and mouse");
	for (i = 0; view_key(i, &key, &what); i++) {
		x = floor(r.x + 12 + (i / half) * column);
		y = r.y + 58 + (i % half) * HELP_ROW;
		pen_text(p, x + 100, y, 0, ALIGN_RIGHT, FONT_BOLD, COLOR_TEXT, key);
		pen_text(p, x + 114, y, column - 120, ALIGN_LEFT, FONT_NORMAL, COLOR_DIM, what);
	}
}

static void draw_pane(struct pen *p, struct view *v, enum view_pane pane)
{
	static void (*const draw[VIEW_PANES])(struct pen *, struct view *) = {
		[VIEW_PANE_HEADER] = pane_header,   [VIEW_PANE_BARS] = pane_bars,
		[VIEW_PANE_SCANOUT] = pane_scanout, [VIEW_PANE_LATENCY] = pane_latency,
		[VIEW_PANE_LANES] = pane_lanes,     [VIEW_PANE_LIST] = pane_list,
		[VIEW_PANE_DETAIL] = pane_detail,
	};

	if (v->layout.pane[pane].height <= 0)
		return;
	cairo_save(p->cr);
	if (pane == VIEW_PANE_LATENCY && v->other)
		pane_pair(p, v);
	else
		draw[pane](p, v);
	cairo_restore(p->cr);
}

static void draw_panes(struct pen *p, struct view *v)
{
	int i;

	v->link_count = 0;
	for (i = 0; i < VIEW_PANES; i++)
		draw_pane(p, v, (enum view_pane)i);
}

void view_draw_pane(struct view *v, cairo_t *cr, enum view_pane pane)
{
	struct pen_texts *texts = pen_texts_create();
	struct pen pen;

	cairo_save(cr);
	pen_init(&pen, cr, v->light, texts);
	draw_pane(&pen, v, pane);
	pen_finish(&pen);
	pen_texts_destroy(texts);
	cairo_restore(cr);
}

static void draw_hover(struct pen *p, struct view *v)
{
	if (!v->pointed || v->help)
		return;
	pane_bars_hover(p, v);
	pane_lanes_hover(p, v);
	pane_resources_hover(p, v);
}

void view_draw(struct view *v, cairo_t *cr, struct pen_texts *texts)
{
	struct pen_texts *own = texts ? NULL : pen_texts_create();
	struct pen pen;

	cairo_save(cr);
	pen_init(&pen, cr, v->light, texts ? texts : own);
	pen_fill(&pen, 0, 0, v->width, v->height, COLOR_BACK, 1);
	if (v->other) {
		view_pair_follow(v);
		pen.side = "B";
		draw_panes(&pen, v->other);
		draw_hover(&pen, v->other);
		pen.side = "A";
	}
	draw_panes(&pen, v);
	draw_hover(&pen, v);
	pane_message(&pen, v);
	pane_prompt(&pen, v);
	if (v->help)
		pane_help(&pen, v);
	pen_finish(&pen);
	pen_texts_destroy(own);
	cairo_restore(cr);
}
