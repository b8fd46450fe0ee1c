/* SPDX-License-Identifier: MIT */
/* What lint finds, errors first; a click goes to the command. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>

#define ROW 18.0

static enum color color_of(enum vgpu_severity severity)
{
	switch (severity) {
	case VGPU_SEVERITY_ERROR:
		return COLOR_BAD;
	case VGPU_SEVERITY_WARNING:
		return COLOR_WARN;
	default:
		return COLOR_CONTEXT;
	}
}

/* Row `n` of the list. */
static bool finding_of(const struct view_findings *f, uint32_t n, struct vgpu_finding *out)
{
	uint32_t severity, there;

	for (severity = VIEW_SEVERITIES; severity--; n -= there) {
		there = view_findings_count(f, (enum vgpu_severity)severity);
		there = there < VIEW_FINDINGS_MAX ? there : VIEW_FINDINGS_MAX;
		if (n < there)
			return view_findings_get(f, (enum vgpu_severity)severity, n, out);
	}
	return false;
}

static void row(struct pen *p, struct view *v, const struct vgpu_finding *f,
		const struct view_rect *r)
{
	const struct vgpu_lint_rule *rule = vgpu_lint_rule(f->code);
	double y = r->y + r->height / 2, x = r->x + 78;

	if (v->command != VIEW_NONE && f->number &&
	    view_model_command(v->m, v->command).id == f->number)
		pen_fill(p, r->x - 6, r->y, r->width + 12, r->height, COLOR_TRANSFER, 0.25);
	pen_fill(p, r->x, y - 4, 8, 8, color_of(f->severity), 1);
	if (f->number)
		pen_format(p, r->x + 66, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_DIM, "%" PRIu64,
			   f->number);
	x += pen_text(p, x, y, r->width - 78, ALIGN_LEFT, FONT_SMALL, COLOR_TEXT, rule->name) + 10;
	if (r->x + r->width - x > 30)
		pen_format(p, x, y, r->x + r->width - x, ALIGN_LEFT, FONT_SMALL, COLOR_DIM,
			   "%s: %s", rule->text, f->text);
	view_link(v, r, VIEW_LINK_COMMAND, f->number);
}

void pane_findings(struct pen *p, struct view *v, const struct view_rect *r)
{
	struct view_rect place = { r->x, r->y + 20, r->width, ROW };
	int error;
	bool done = view_findings_done(v->findings, &error);
	uint32_t n[VIEW_SEVERITIES], all = 0, fit, i, from = v->scroll[VIEW_PANE_LATENCY];
	struct vgpu_finding f;
	double x;

	for (i = 0; i < VIEW_SEVERITIES; i++) {
		n[i] = view_findings_count(v->findings, (enum vgpu_severity)i);
		all += n[i] < VIEW_FINDINGS_MAX ? n[i] : VIEW_FINDINGS_MAX;
	}
	for (i = VIEW_SEVERITIES, x = r->x; i--;)
		x += pen_format(p, x, r->y + 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
				"%" PRIu32 " %s%s", n[i], vgpu_severity_name((enum vgpu_severity)i),
				n[i] == 1 ? "" : "s") +
		     14;
	if (!done)
		pen_text(p, x, r->y + 8, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT, "…");
	pen_line(p, r->x, floor(r->y + 17) + 0.5, r->x + r->width, floor(r->y + 17) + 0.5,
		 COLOR_GRID, 1);
	fit = (uint32_t)fmax(floor((r->height - 22) / ROW), 1);
	from = all <= fit ? 0 : from > all - fit ? all - fit : from;
	v->scroll[VIEW_PANE_LATENCY] = from;
	for (i = from; i - from < fit && finding_of(v->findings, i, &f); i++) {
		row(p, v, &f, &place);
		place.y += ROW;
	}
	if (!all && done)
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT,
			 error ? "the trace cannot be read again"
			       : "nothing to be found fault with");
}
