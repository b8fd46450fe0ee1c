/* SPDX-License-Identifier: MIT */
/* The picture, in cairo: the same for the window, PNG, SVG and PDF. No SDL. */
#ifndef VGPU_VIEW_DRAW_H
#define VGPU_VIEW_DRAW_H

#include <cairo.h>

#include "view.h"

struct pen_texts; /* pen.h */

/*
 * Draw the whole view, v->width × v->height logical pixels from the origin. Call view_prepare()
 * before, else numbers and texts are those of the time before. Asks v->pictures for what it lacks.
 * `texts` are those of the pictures before, on surfaces of the same kind; NULL: there were none.
 */
void view_draw(struct view *v, cairo_t *cr, struct pen_texts *texts);

/* One pane of it alone, at its place. */
void view_draw_pane(struct view *v, cairo_t *cr, enum view_pane pane);

#endif
