/* SPDX-License-Identifier: MIT */
/* The view's place in a window of some size. */
#include "pair.h"
#include "view.h"

static void place_lanes(struct view *v)
{
	view_layout_make(&v->layout, v->m, v->width, v->height, v->lanes_above);
	/* In a window that grew, no room is left empty while there are lanes above. */
	while (v->lanes_above && !v->layout.lanes_hidden) {
		view_layout_make(&v->layout, v->m, v->width, v->height, v->lanes_above - 1);
		if (!v->layout.lanes_hidden) {
			v->lanes_above--;
			continue;
		}
		view_layout_make(&v->layout, v->m, v->width, v->height, v->lanes_above);
		break;
	}
}

void view_resize(struct view *v, double width, double height)
{
	v->width = width;
	v->height = height;
	if (v->other)
		view_pair_layout(v);
	else
		place_lanes(v);
}

void view_scroll_lanes(struct view *v, int64_t lanes)
{
	for (; lanes < 0 && v->lanes_above; lanes++)
		v->lanes_above--;
	for (; lanes > 0 && v->layout.lanes_hidden && !v->other; lanes--) {
		v->lanes_above++;
		place_lanes(v);
	}
	view_resize(v, v->width, v->height);
}
