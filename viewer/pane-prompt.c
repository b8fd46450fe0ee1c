/* SPDX-License-Identifier: MIT */
/* The line that is typed into, and what was done last. */
#include "panes.h"

#include <math.h>
#include <stdio.h>

#define HEIGHT 34.0

static void hint(struct pen *p, const struct view *v, const struct view_rect *r)
{
	const struct view_prompt *prompt = &v->prompt;
	double y = r->y + HEIGHT + 8;

	if (prompt->error.text[0])
		pen_format(p, r->x + 14, y, r->width - 28, ALIGN_LEFT, FONT_NORMAL, COLOR_BAD,
			   "column %zu: %s", prompt->error.column + 1, prompt->error.text);
	else
		pen_text(p, r->x + 14, y, r->width - 28, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
			 prompt->kind == VIEW_PROMPT_NOTE
				 ? "Enter keeps it, Esc does not"
				 : "SUBMIT_3D && latency > 1ms   ctx 2   resource 7   error   "
				   "process kworker/*   frame 10..20");
}

void pane_prompt(struct pen *p, struct view *v)
{
	static const char *const names[] = { "", "search", "filter", "note" };
	const struct view_prompt *prompt = &v->prompt;
	struct view_rect r = { .y = 36, .height = HEIGHT + 22 };
	double x;

	if (prompt->kind == VIEW_PROMPT_NONE)
		return;
	r.width = fmin(760, v->width - 32);
	r.x = floor((v->width - r.width) / 2);
	pen_box(p, &r);
	x = r.x + 14;
	x += pen_text(p, x, r.y + HEIGHT / 2 + 1, 0, ALIGN_LEFT, FONT_BOLD, COLOR_DIM,
		      names[prompt->kind]) +
	     12;
	x += pen_tail(p, x, r.y + HEIGHT / 2 + 1, r.x + r.width - x - 18, FONT_MONO, COLOR_TEXT,
		      prompt->text);
	pen_fill(p, floor(x) + 1, r.y + 9, 2, HEIGHT - 17, COLOR_CHOSEN, 0.9);
	pen_line(p, r.x + 10, r.y + HEIGHT - 2.5, r.x + r.width - 10, r.y + HEIGHT - 2.5,
		 prompt->error.text[0] ? COLOR_BAD : COLOR_EDGE, 1);
	hint(p, v, &r);
}

void pane_message(struct pen *p, struct view *v)
{
	struct view_rect r = { .height = 28 };

	if (!v->message[0])
		return;
	r.width = fmin(pen_width(p, FONT_NORMAL, v->message) + 28, v->width - 32);
	r.x = floor((v->width - r.width) / 2);
	r.y = v->height - r.height - 14;
	pen_box(p, &r);
	pen_text(p, r.x + r.width / 2, r.y + r.height / 2, r.width - 20, ALIGN_CENTER, FONT_NORMAL,
		 COLOR_TEXT, v->message);
}
