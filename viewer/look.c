/* SPDX-License-Identifier: MIT */
/* Ways to look at a frame's picture. */
#include <math.h>
#include <vgpu/codec.h>

#include "view.h"

#define ZOOM_MAX 64.0

void view_zoom_picture(struct view *v, double factor, double x, double y)
{
	const struct view_rect *at = &v->picture_at;
	const struct view_rect *pane = &v->layout.pane[VIEW_PANE_SCANOUT];
	double fitted, scale, zoom, middle_x, middle_y, px, py;

	if (at->width <= 0 || !v->picture_width)
		return;
	scale = at->width / v->picture_width;
	fitted = fmin((pane->width - 20) / v->picture_width,
		      (pane->height - 64) / v->picture_height);
	px = (x - at->x) / scale;
	py = (y - at->y) / scale;
	zoom = fmin(scale * factor, ZOOM_MAX);
	/* Whole steps above 1, so that all pixels are alike. */
	if (zoom > 1)
		zoom = factor > 1 ? ceil(zoom) : floor(zoom);
	if (zoom <= fitted) {
		v->picture_zoom = 0;
		return;
	}
	middle_x = pane->x + pane->width / 2;
	middle_y = pane->y + 26 + (pane->height - 64) / 2;
	v->picture_zoom = zoom;
	v->picture_x = fmin(fmax(px + (middle_x - x) / zoom, 0), v->picture_width);
	v->picture_y = fmin(fmax(py + (middle_y - y) / zoom, 0), v->picture_height);
}

void view_move_picture(struct view *v, double dx, double dy)
{
	if (v->picture_zoom <= 0)
		return;
	v->picture_x = fmin(fmax(v->picture_x - dx / v->picture_zoom, 0), v->picture_width);
	v->picture_y = fmin(fmax(v->picture_y - dy / v->picture_zoom, 0), v->picture_height);
}

bool view_pixel_at(const struct view *v, double x, double y, uint32_t *px, uint32_t *py)
{
	const struct view_rect *at = &v->picture_at, *pane = &v->layout.pane[VIEW_PANE_SCANOUT];

	if (at->width <= 0 || !view_rect_has(at, x, y) || !view_rect_has(pane, x, y) ||
	    y >= pane->y + pane->height - 38)
		return false;
	*px = (uint32_t)((x - at->x) / at->width * v->picture_width);
	*py = (uint32_t)((y - at->y) / at->height * v->picture_height);
	return *px < v->picture_width && *py < v->picture_height;
}

uint32_t view_frame_before(const struct view *v)
{
	struct view_frame f;

	if (v->frame == VIEW_NONE)
		return VIEW_NONE;
	f = view_model_frame(v->m, v->frame);
	return f.place ? view_shown_item(&v->m->shown[f.scanout], f.place - 1) : VIEW_NONE;
}

/* The place of the last frame at a time or before it; 0 when there is none. */
static uint32_t place_at(const struct view *v, const struct view_shown *shown, uint64_t time_ns)
{
	uint32_t low = 0, high = shown->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (view_model_frame(v->m, view_shown_item(shown, middle)).time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : 0;
}

void view_next_scanout(struct view *v)
{
	const struct view_shown *shown;
	struct view_frame f;
	uint32_t i;

	if (v->frame == VIEW_NONE)
		return;
	f = view_model_frame(v->m, v->frame);
	for (i = 1; i < VGPU_MAX_SCANOUTS; i++) {
		shown = &v->m->shown[(f.scanout + i) % VGPU_MAX_SCANOUTS];
		if (!shown->count)
			continue;
		view_choose_frame(v, view_shown_item(shown, place_at(v, shown, f.time_ns)));
		return;
	}
}

void view_scrub(struct view *v, double x)
{
	const struct view_shown *shown;
	double part;

	if (v->frame == VIEW_NONE || v->scrubber.width <= 0)
		return;
	shown = &v->m->shown[view_model_frame(v->m, v->frame).scanout];
	part = fmin(fmax((x - v->scrubber.x) / v->scrubber.width, 0), 1);
	view_choose_frame(v, view_shown_item(shown, (uint32_t)lround(part * (shown->count - 1))));
}

bool view_damage(const struct view *v, struct view_rect *out)
{
	struct vgpu_resource_flush flush;
	const uint8_t *bytes;
	size_t size;

	if (v->frame == VIEW_NONE)
		return false;
	bytes = view_detail_bytes(v->detail, view_model_frame(v->m, v->frame).command, false,
				  &size);
	if (!bytes || vgpu_decode_resource_flush(bytes, size, &flush))
		return false;
	*out = (struct view_rect) { flush.r.x, flush.r.y, flush.r.width, flush.r.height };
	return true;
}
