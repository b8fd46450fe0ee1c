/* SPDX-License-Identifier: MIT */
/* Latency of the span: a histogram, and percentiles per type of command. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW 18.0

/* The decades that hold something: bins first … last - 1. */
static bool used_bins(const struct view_latency *l, uint32_t *first, uint32_t *last)
{
	uint32_t i;

	*first = VIEW_BINS;
	*last = 0;
	for (i = 0; i < VIEW_BINS; i++) {
		if (!l->bins[0][i] && !l->bins[1][i])
			continue;
		if (*first == VIEW_BINS)
			*first = i;
		*last = i + 1;
	}
	if (!*last)
		return false;
	*first = *first / VIEW_BINS_DECADE * VIEW_BINS_DECADE;
	*last = (*last + VIEW_BINS_DECADE - 1) / VIEW_BINS_DECADE * VIEW_BINS_DECADE;
	return true;
}

static uint64_t bin_ns(uint32_t bin)
{
	return (uint64_t)llround(pow(10, VIEW_BINS_FIRST + (double)bin / VIEW_BINS_DECADE));
}

/* One of all answered commands, over the whole width; by logarithm up too, for the rare ones. */
static void histogram(struct pen *p, const struct view_latency *l, const struct view_rect *r,
		      uint32_t first, uint32_t last)
{
	double w = r->width / (last - first), x, h, base, top = 1, all;
	uint32_t i, m;
	char text[24];

	for (i = first; i < last; i++)
		top = fmax(top, (double)l->bins[0][i] + l->bins[1][i]);
	for (i = first; i <= last; i += VIEW_BINS_DECADE) {
		x = floor(r->x + (i - first) * w) + 0.5;
		pen_line(p, x, r->y, x, r->y + r->height + 3, COLOR_GRID, 1);
		pen_text(p, x, r->y + r->height + 10, 0,
			 i == first  ? ALIGN_LEFT
			 : i == last ? ALIGN_RIGHT
				     : ALIGN_CENTER,
			 FONT_SMALL, COLOR_FAINT, pen_duration(text, bin_ns(i)));
	}
	for (i = first; i < last; i++) {
		all = (double)l->bins[0][i] + l->bins[1][i];
		if (all <= 0)
			continue;
		h = fmax(2, log1p(all) / log1p(top) * r->height);
		base = r->y + r->height;
		x = r->x + (i - first) * w;
		for (m = 2; m--;) {
			double part = h * l->bins[m][i] / all;

			if (!l->bins[m][i])
				continue;
			pen_fill(p, x + 0.5, base - part, w - 1, part, COLOR_TRANSFER,
				 m ? 0.95 : 0.35);
			base -= part;
		}
	}
	pen_line(p, r->x, r->y + r->height + 0.5, r->x + r->width, r->y + r->height + 0.5,
		 COLOR_FAINT, 0.7);
}

/* Where a row's commands lie, and its three percentiles. */
static void strip(struct pen *p, const uint32_t *bins, const struct vgpu_stats_series *s,
		  enum color color, const struct view_rect *r, uint32_t first, uint32_t last)
{
	double w = r->width / (last - first), x;
	const uint64_t marks[] = { s->p50, s->p90, s->p99 };
	uint32_t i, top = 1;

	for (i = first; i < last; i++)
		top = bins[i] > top ? bins[i] : top;
	pen_fill(p, r->x, r->y, r->width, r->height, COLOR_SHADE, 1);
	for (i = first; i < last; i++) {
		if (bins[i])
			pen_fill(p, r->x + (i - first) * w, r->y, w + 0.3, r->height, color,
				 0.2 + 0.8 * log1p(bins[i]) / log1p(top));
	}
	for (i = 0; i < 3; i++) {
		x = log10(fmax((double)marks[i], 1)) - VIEW_BINS_FIRST;
		x = floor(r->x + (x * VIEW_BINS_DECADE - first) * w);
		x = fmin(fmax(x, r->x), r->x + r->width - 2);
		pen_fill(p, x, r->y - 2, 2, r->height + 4, COLOR_CHOSEN, i == 0 ? 1 : 0.75);
	}
}

struct columns {
	double name, n, p50, p90, p99, max, strip, strip_width;
};

static struct columns columns_of(const struct view_rect *r)
{
	double right = r->x + r->width, number = r->width < 560 ? 54 : 62;
	struct columns c = { .name = r->x };
	bool narrow = r->width < 420;

	c.strip_width = r->width > 640 ? r->width * 0.24 : 0;
	c.strip = right - c.strip_width;
	right -= c.strip_width ? c.strip_width + 14 : 0;
	c.max = right;
	c.p99 = c.max - number;
	c.p90 = narrow ? c.p99 : c.p99 - number;
	c.p50 = c.p90 - number;
	c.n = c.p50 - number;
	return c;
}

static void row(struct pen *p, const struct view_model *m, const struct view_latency_row *l,
		bool fenced, const struct columns *c, double y, uint32_t first, uint32_t last)
{
	const struct vgpu_stats_series *s = fenced ? &l->stats.fenced_latency
						   : &l->stats.unfenced_latency;
	enum color color = pen_type_color(l->stats.type);
	struct view_rect strip_rect = { c->strip, y - 5, c->strip_width, 10 };
	char name[16], text[24];

	if (fenced)
		pen_fill(p, c->name, y - 4, 9, 9, color, 1);
	else
		pen_frame(p, c->name, y - 4, 9, 9, color, 1);
	pen_text(p, c->name + 16, y, c->n - 50 - c->name - 16, ALIGN_LEFT, FONT_NORMAL, COLOR_TEXT,
		 view_type_name(m, l->stats.type, name, sizeof(name)));
	pen_format(p, c->n, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_DIM, "%" PRIu64, s->count);
	pen_text(p, c->p50, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_TEXT, pen_duration(text, s->p50));
	if (c->p90 < c->p99)
		pen_text(p, c->p90, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_DIM,
			 pen_duration(text, s->p90));
	pen_text(p, c->p99, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_TEXT, pen_duration(text, s->p99));
	pen_text(p, c->max, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_DIM, pen_duration(text, s->max));
	if (c->strip_width)
		strip(p, l->bins[fenced], s, color, &strip_rect, first, last);
}

struct series {
	const struct view_latency_row *row;
	bool fenced;
	uint64_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return y->fenced - x->fenced;
}

/* Fenced and unfenced commands of a type are two things; those with most answers come first. */
static uint32_t list_series(const struct view_latency *l, struct series *out)
{
	uint32_t i, n = 0;

	for (i = 0; i < l->row_count; i++) {
		const struct vgpu_stats_command *c = &l->rows[i].stats;

		if (c->fenced_latency.count)
			out[n++] = (struct series) { &l->rows[i], true, c->fenced_latency.count };
		if (c->unfenced_latency.count)
			out[n++] =
				(struct series) { &l->rows[i], false, c->unfenced_latency.count };
	}
	qsort(out, n, sizeof(*out), by_count);
	return n;
}

static void table(struct pen *p, struct view *v, const struct view_rect *r, uint32_t first,
		  uint32_t last)
{
	const struct view_latency *l = &v->latency;
	struct columns c = columns_of(r);
	double y = r->y + 8;
	struct series series[2 * VIEW_LATENCY_MAX];
	uint32_t i, n = list_series(l, series), from = v->scroll[VIEW_PANE_LATENCY];
	uint32_t fit = (uint32_t)fmax(floor((r->height - 17) / ROW), 1);

	if (c.strip_width) {
		pen_fill(p, c.strip, y - 4, 8, 8, COLOR_DIM, 1);
		pen_text(p, c.strip + 12, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT, "fenced");
		pen_frame(p, c.strip + 62, y - 4, 8, 8, COLOR_DIM, 1);
		pen_text(p, c.strip + 74, y, c.strip_width - 74, ALIGN_LEFT, FONT_SMALL,
			 COLOR_FAINT, "unfenced");
	}
	pen_text(p, c.n, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "answers");
	pen_text(p, c.p50, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "p50");
	if (c.p90 < c.p99)
		pen_text(p, c.p90, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "p90");
	pen_text(p, c.p99, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "p99");
	pen_text(p, c.max, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "max");
	pen_line(p, r->x, floor(y + 9) + 0.5, r->x + r->width, floor(y + 9) + 0.5, COLOR_GRID, 1);
	y += ROW + 1;
	from = n <= fit ? 0 : from > n - fit ? n - fit : from;
	v->scroll[VIEW_PANE_LATENCY] = from;
	for (i = from; i < n && i - from < fit; i++) {
		row(p, v->m, series[i].row, series[i].fenced, &c, y, first, last);
		y += ROW;
	}
	if (fit < n)
		pen_format(p, r->x, r->y + 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
			   "%" PRIu32 " – %" PRIu32 " of %" PRIu32, from + 1, from + fit, n);
}

/* The histogram, and below it the percentiles. */
static void numbers(struct pen *p, struct view *v, const struct view_rect *r, uint32_t first,
		    uint32_t last)
{
	struct view_rect chart = *r, rest = *r;

	chart.height = floor(fmin(fmax(r->height * 0.27, 40), 110));
	histogram(p, &v->latency, &chart, first, last);
	rest.y += chart.height + 24;
	rest.height -= chart.height + 24;
	if (rest.height > 2 * ROW)
		table(p, v, &rest, first, last);
}

/* What the numbers are about; where there is little room, how many commands. */
static void what_of(struct pen *p, const struct view *v, double x, double y, double room)
{
	const struct view_latency *l = &v->latency;
	char span[24], text[96];

	snprintf(text, sizeof(text), "%s, %s: %" PRIu64 " commands",
		 v->marked ? "marked" : "in sight", pen_duration(span, l->to_ns - l->from_ns),
		 l->commands);
	if (pen_width(p, FONT_NORMAL, text) > room)
		snprintf(text, sizeof(text), "%" PRIu64 " commands", l->commands);
	pen_text(p, x, y, room, ALIGN_LEFT, FONT_NORMAL, v->marked ? COLOR_TRANSFER : COLOR_FAINT,
		 text);
}

void pane_latency(struct pen *p, struct view *v)
{
	static const char *const names[] = { "Numbers",  "Over time", "By stage",
					     "Findings", "Resources", NULL };
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_LATENCY];
	struct view_rect room = { r->x + 14, r->y + 30, r->width - 28, r->height - 34 };
	double x = pen_pane(p, r,
			    v->latency_tab < VIEW_TAB_FINDINGS ? "Latency" : names[v->latency_tab]),
	       right;
	uint32_t first, last;

	right = pane_tabs(p, v, r, names, v->latency_tab, VIEW_LINK_LATENCY_TAB);
	if (v->latency_tab == VIEW_TAB_FINDINGS) {
		view_want_findings(v);
		pane_findings(p, v, &room);
		return;
	}
	if (v->latency_tab == VIEW_TAB_RESOURCES) {
		view_want_resources(v);
		pane_resources(p, v, &room);
		return;
	}
	what_of(p, v, x + 14, r->y + 13, right - x - 24);
	if (!used_bins(&v->latency, &first, &last)) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "no command was answered here");
		return;
	}
	switch (v->latency_tab) {
	case VIEW_TAB_SCATTER:
		pane_scatter(p, v, &room, first, last);
		return;
	case VIEW_TAB_BY_STAGE:
		view_want_stages(v);
		pane_stages(p, v, &room);
		return;
	default:
		numbers(p, v, &room, first, last);
		return;
	}
}
