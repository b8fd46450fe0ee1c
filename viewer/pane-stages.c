/* SPDX-License-Identifier: MIT */
/* Where the time of each kind of command went, stage by stage, one bar a kind. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vgpu/trace.h>

#define ROW        20.0
#define KINDS_MAX  64u
#define STAGES_MAX 16u

/* A stage of a kind; the mean distance from being queued, before it below 0. */
struct part {
	uint32_t stage;
	uint64_t count;
	double mean_ns;
};

struct kind {
	uint32_t type, count;
	bool fenced;
	double before, after; /* ns, the farthest of both sides */
	struct part parts[STAGES_MAX];
};

static bool is_before(uint32_t stage)
{
	return stage == VGPU_TRACE_STAGE_IOCTL_ENTER || stage == VGPU_TRACE_STAGE_RING_FULL;
}

static int by_mean(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->mean_ns < y->mean_ns ? -1 : x->mean_ns > y->mean_ns;
}

/* Rows of a kind stand together. */
static uint32_t gather(const struct view *v, struct kind *kinds)
{
	struct vgpu_profile_row row;
	struct kind *k = NULL;
	struct part *p;
	uint32_t n = 0;
	size_t i;

	for (i = 0; view_stages_row(v->stages, i, &row); i++) {
		if (row.others || !row.latency.count)
			continue;
		if (!k || k->type != row.type || k->fenced != row.fenced) {
			if (n == KINDS_MAX)
				break;
			k = &kinds[n++];
			*k = (struct kind) { .type = row.type, .fenced = row.fenced };
		}
		if (k->count == STAGES_MAX)
			continue;
		p = &k->parts[k->count++];
		p->stage = row.stage == VGPU_PROFILE_RESPONSE ? VIEW_ANSWER : row.stage;
		p->count = row.latency.count;
		p->mean_ns = (double)row.latency.mean * (is_before(row.stage) ? -1 : 1);
		k->before = fmax(k->before, -p->mean_ns);
		k->after = fmax(k->after, p->mean_ns);
	}
	for (i = 0; i < n; i++)
		qsort(kinds[i].parts, kinds[i].count, sizeof(*kinds[i].parts), by_mean);
	return n;
}

static void bar(struct pen *p, const struct kind *k, double zero, double y, double per_ns)
{
	const struct part *part;
	double from = 0, to;
	uint32_t i;

	/* Before being queued from the farthest on, behind it from the nearest. */
	for (i = 0; i < k->count; i++) {
		part = &k->parts[i];
		if (part->mean_ns < 0) {
			to = i + 1 < k->count && k->parts[i + 1].mean_ns < 0
				     ? k->parts[i + 1].mean_ns
				     : 0;
			pen_fill(p, zero + part->mean_ns * per_ns, y - 6,
				 fmax((to - part->mean_ns) * per_ns, 1), 12,
				 pen_stage_color(part->stage), 0.9);
			continue;
		}
		pen_fill(p, zero + from * per_ns, y - 6, fmax((part->mean_ns - from) * per_ns, 1),
			 12, pen_stage_color(part->stage), 0.9);
		from = part->mean_ns;
	}
	pen_fill(p, zero - 0.5, y - 8, 1, 16, COLOR_TEXT, 0.8);
}

/* Only the stages that there are. */
static void legend(struct pen *p, const struct kind *kinds, uint32_t n, const struct view_rect *r)
{
	double x = r->x, y = r->y + 8, width;
	uint64_t seen = 0;
	uint32_t i, j, stage, bit;

	for (i = 0; i < n; i++) {
		for (j = 0; j < kinds[i].count; j++) {
			stage = kinds[i].parts[j].stage;
			/* No stage has the number 0. */
			bit = stage == VIEW_ANSWER ? 0 : stage & 63;
			if (seen >> bit & 1)
				continue;
			seen |= (uint64_t)1 << bit;
			width = pen_width(p, FONT_SMALL, view_moment_name(stage)) + 26;
			if (x + width > r->x + r->width)
				return;
			pen_fill(p, x, y - 4, 8, 8, pen_stage_color(stage), 1);
			pen_text(p, x + 12, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_DIM,
				 view_moment_name(stage));
			x += width;
		}
	}
}

void pane_stages(struct pen *p, struct view *v, const struct view_rect *r)
{
	struct kind kinds[KINDS_MAX];
	uint32_t n, i, fit = (uint32_t)fmax((r->height - 22) / ROW, 1), from;
	double before = 0, after = 1, left = r->x + 168, width = r->x + r->width - left - 60, y;
	char name[16], text[24];

	if (!view_stages_done(v->stages)) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "reading …");
		return;
	}
	n = gather(v, kinds);
	for (i = 0; i < n; i++) {
		before = fmax(before, kinds[i].before);
		after = fmax(after, kinds[i].after);
	}
	legend(p, kinds, n, r);
	from = v->scroll[VIEW_PANE_LATENCY];
	from = n <= fit ? 0 : from > n - fit ? n - fit : from;
	v->scroll[VIEW_PANE_LATENCY] = from;
	y = r->y + 22 + ROW / 2;
	for (i = from; i < n && i - from < fit; i++, y += ROW) {
		if (kinds[i].fenced)
			pen_fill(p, r->x, y - 4, 9, 9, pen_type_color(kinds[i].type), 1);
		else
			pen_frame(p, r->x, y - 4, 9, 9, pen_type_color(kinds[i].type), 1);
		pen_text(p, r->x + 16, y, 146, ALIGN_LEFT, FONT_NORMAL, COLOR_TEXT,
			 view_type_name(v->m, kinds[i].type, name, sizeof(name)));
		bar(p, &kinds[i], left + before / (before + after) * width, y,
		    width / (before + after));
		pen_text(p, r->x + r->width, y, 0, ALIGN_RIGHT, FONT_NORMAL, COLOR_TEXT,
			 pen_duration(text, (uint64_t)(kinds[i].before + kinds[i].after)));
	}
	if (!n)
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "no command was answered here");
}
