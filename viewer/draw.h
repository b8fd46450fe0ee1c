/* SPDX-License-Identifier: MIT */
/* The picture, in cairo: the same for the window, PNG, SVG and PDF. No SDL. */
#ifndef VGPU_VIEW_DRAW_H
#define VGPU_VIEW_DRAW_H

#include <cairo.h>

#include "view.h"

/*
 * Draw the whole view, v->width × v->height logical pixels from the origin. Call view_prepare()
 * before, else numbers and texts are those of the time before. Asks v->pictures for what it lacks.
 */
void view_draw(struct view *v, cairo_t *cr);

/* One pane of it alone, at its place. */
void view_draw_pane(struct view *v, cairo_t *cr, enum view_pane pane);

#endif
