/* SPDX-License-Identifier: MIT */
/* The chosen frame as it was shown, close by, and what is different in it. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct view_rect pane_picture(struct pen *p, const struct view_picture *picture,
			      const struct view_rect *r, bool enlarge)
{
	double scale = fmin(r->width / picture->width, r->height / picture->height);
	struct view_rect at;
	cairo_surface_t *s;

	if (!enlarge)
		scale = fmin(scale, 1);
	at.width = picture->width * scale;
	at.height = picture->height * scale;
	at.x = floor(r->x + (r->width - at.width) / 2);
	at.y = floor(r->y + (r->height - at.height) / 2);
	s = cairo_image_surface_create_for_data((unsigned char *)picture->pixels,
						CAIRO_FORMAT_RGB24, (int)picture->width,
						(int)picture->height, (int)picture->width * 4);
	cairo_save(p->cr);
	cairo_translate(p->cr, at.x, at.y);
	cairo_scale(p->cr, scale, scale);
	cairo_set_source_surface(p->cr, s, 0, 0);
	/* Pixels stay pixels when they are made larger. */
	cairo_pattern_set_filter(cairo_get_source(p->cr),
				 scale > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
	cairo_rectangle(p->cr, 0, 0, picture->width, picture->height);
	cairo_fill(p->cr);
	cairo_restore(p->cr);
	cairo_surface_destroy(s);
	return at;
}

/* How the picture lies in its room: fitted, or at v->picture_zoom with a point of it in the middle. */
static struct view_rect lie(const struct view *v, const struct view_picture *picture,
			    const struct view_rect *room)
{
	double scale = fmin(room->width / picture->width, room->height / picture->height);
	struct view_rect at;

	if (v->picture_zoom > 0)
		scale = v->picture_zoom;
	at.width = picture->width * scale;
	at.height = picture->height * scale;
	at.x = floor(room->x + (room->width - at.width) / 2);
	at.y = floor(room->y + (room->height - at.height) / 2);
	if (v->picture_zoom > 0) {
		at.x = floor(room->x + room->width / 2 - v->picture_x * scale);
		at.y = floor(room->y + room->height / 2 - v->picture_y * scale);
	}
	return at;
}

static void paint(struct pen *p, const uint32_t *pixels, const struct view_picture *picture,
		  const struct view_rect *at, const struct view_rect *room)
{
	double scale = at->width / picture->width;
	cairo_surface_t *s = cairo_image_surface_create_for_data(
		(unsigned char *)pixels, CAIRO_FORMAT_RGB24, (int)picture->width,
		(int)picture->height, (int)picture->width * 4);

	cairo_save(p->cr);
	cairo_rectangle(p->cr, room->x, room->y, room->width, room->height);
	cairo_clip(p->cr);
	cairo_translate(p->cr, at->x, at->y);
	cairo_scale(p->cr, scale, scale);
	cairo_set_source_surface(p->cr, s, 0, 0);
	/* Pixels stay pixels when they are made larger. */
	cairo_pattern_set_filter(cairo_get_source(p->cr),
				 scale > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
	cairo_rectangle(p->cr, 0, 0, picture->width, picture->height);
	cairo_fill(p->cr);
	cairo_restore(p->cr);
	cairo_surface_destroy(s);
}

/*
 * What is as it was before is grey and dark, so that what changed stands out. NULL while the picture
 * before is not there; to be freed.
 */
static uint32_t *difference(struct view *v, const struct view_picture *picture)
{
	uint32_t frame = view_frame_before(v), *out, grey, a, b;
	const struct view_picture *other;
	size_t i, n = (size_t)picture->width * picture->height;

	other = frame == VIEW_NONE ? NULL : view_pictures_full(v->pictures, frame);
	if (!other || other->width != picture->width || other->height != picture->height)
		return NULL;
	out = malloc(n * sizeof(*out));
	v->differing = 0;
	for (i = 0; out && i < n; i++) {
		a = picture->pixels[i];
		b = other->pixels[i];
		grey = ((a >> 16 & 255) + 2 * (a >> 8 & 255) + (a & 255)) / 16;
		out[i] = (a ^ b) & 0xffffff ? a : 0xff000000u | grey << 16 | grey << 8 | grey;
		v->differing += (a ^ b) & 0xffffff ? 1 : 0;
	}
	return out;
}

/*
 * The part that the flush named, where its bytes are at hand. It is told in the resource's pixels,
 * and so shown only as long as the scanout shows the resource from its corner.
 */
static void damage(struct pen *p, const struct view *v, const struct view_picture *picture,
		   const struct view_rect *at)
{
	double scale = at->width / picture->width;
	struct view_rect r;

	if (!v->show_damage || !view_damage(v, &r))
		return;
	r.width = fmin(r.width, picture->width - r.x);
	r.height = fmin(r.height, picture->height - r.y);
	if (r.width > 0 && r.height > 0)
		pen_frame(p, at->x + r.x * scale, at->y + r.y * scale, r.width * scale,
			  r.height * scale, COLOR_FOUND, 1);
}

/* The device lays it over the picture, which has it not. */
static void cursor(struct pen *p, const struct view *v, const struct view_picture *picture)
{
	const struct view_cursor *c = view_pictures_cursor(v->pictures, v->frame);
	double scale = v->picture_at.width / picture->width;
	cairo_surface_t *s;

	if (!c || v->no_cursor)
		return;
	s = cairo_image_surface_create_for_data((unsigned char *)c->pixels, CAIRO_FORMAT_ARGB32,
						(int)c->width, (int)c->height, (int)c->width * 4);
	cairo_save(p->cr);
	cairo_rectangle(p->cr, v->picture_at.x, v->picture_at.y, v->picture_at.width,
			v->picture_at.height);
	cairo_clip(p->cr);
	cairo_translate(p->cr, v->picture_at.x + c->x * scale, v->picture_at.y + c->y * scale);
	cairo_scale(p->cr, scale, scale);
	cairo_set_source_surface(p->cr, s, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(p->cr),
				 scale > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
	cairo_paint(p->cr);
	cairo_restore(p->cr);
	cairo_surface_destroy(s);
}

/* The pixel under the pointer, with its place and value. */
static void pixel(struct pen *p, struct view *v, const struct view_picture *picture,
		  const struct view_rect *room)
{
	double scale = v->picture_at.width / picture->width, y = room->y + room->height + 10;
	struct view_rect swatch = { room->x, y - 6, 12, 12 };
	uint32_t value;

	if (!view_pixel_at(v, v->pointer_x, v->pointer_y, &v->pixel_x, &v->pixel_y) || !v->pointed)
		return;
	value = picture->pixels[(size_t)v->pixel_y * picture->width + v->pixel_x];
	cairo_rectangle(p->cr, swatch.x, swatch.y, swatch.width, swatch.height);
	cairo_set_source_rgb(p->cr, (value >> 16 & 255) / 255.0, (value >> 8 & 255) / 255.0,
			     (value & 255) / 255.0);
	cairo_fill(p->cr);
	pen_frame(p, swatch.x, swatch.y, swatch.width, swatch.height, COLOR_FAINT, 1);
	pen_format(p, room->x + 18, y, 0, ALIGN_LEFT, FONT_MONO, COLOR_TEXT,
		   "%" PRIu32 ", %" PRIu32 "  #%06" PRIx32 "  %" PRIu32 " %" PRIu32 " %" PRIu32,
		   v->pixel_x, v->pixel_y, value & 0xffffff, value >> 16 & 255, value >> 8 & 255,
		   value & 255);
	if (scale >= 6)
		pen_frame(p, v->picture_at.x + v->pixel_x * scale - 1,
			  v->picture_at.y + v->pixel_y * scale - 1, scale + 2, scale + 2,
			  COLOR_CHOSEN, 1);
}

/* Under the picture: where in the scanout's frames this one is. */
static void scrubber(struct pen *p, struct view *v, const struct view_rect *r)
{
	struct view_frame f = view_model_frame(v->m, v->frame);
	uint32_t count = v->m->shown[f.scanout].count;
	double x = r->x, y = r->y + r->height / 2;

	v->scrubber = *r;
	x += count > 1 ? (double)f.place / (count - 1) * r->width : r->width;
	pen_fill(p, r->x, y - 1.5, r->width, 3, COLOR_EDGE, 1);
	pen_fill(p, r->x, y - 1.5, x - r->x, 3, COLOR_TRANSFER, 0.8);
	cairo_arc(p->cr, x, y, 5, 0, 2 * M_PI);
	pen_color(p, COLOR_CHOSEN, 1);
	cairo_fill(p->cr);
}

static void title(struct pen *p, struct view *v, double x)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_SCANOUT];
	struct view_frame f = view_model_frame(v->m, v->frame);
	double right = r->x + r->width;
	char a[24], b[24];

	x += pen_format(p, x + 14, r->y + 13, right - x - 22, ALIGN_LEFT, FONT_BOLD, COLOR_TEXT,
			"frame %" PRIu32 " of %" PRIu32, v->frame + 1, v->m->frame_count);
	if (right - x > 90)
		pen_format(p, x + 26, r->y + 13, right - x - 38, ALIGN_LEFT, FONT_NORMAL,
			   COLOR_FAINT, "%s   at %s   scanout %" PRIu32,
			   f.interval_ns ? pen_duration(a, f.interval_ns) : "first",
			   pen_duration(b, view_since(v, f.time_ns)), f.scanout);
}

static void picture_of(struct pen *p, struct view *v, const struct view_picture *picture,
		       const struct view_rect *room)
{
	double right = room->x + room->width, y = room->y + room->height + 10;
	uint32_t *changed = v->show_difference ? difference(v, picture) : NULL;

	v->picture_at = lie(v, picture, room);
	v->picture_width = picture->width;
	v->picture_height = picture->height;
	paint(p, changed ? changed : picture->pixels, picture, &v->picture_at, room);
	cairo_save(p->cr);
	cairo_rectangle(p->cr, room->x - 1, room->y - 1, room->width + 2, room->height + 2);
	cairo_clip(p->cr);
	pen_frame(p, v->picture_at.x - 1, v->picture_at.y - 1, v->picture_at.width + 2,
		  v->picture_at.height + 2, COLOR_EDGE, 1);
	if (!changed)
		cursor(p, v, picture);
	damage(p, v, picture, &v->picture_at);
	cairo_restore(p->cr);
	pixel(p, v, picture, room);
	if (changed)
		pen_format(p, right, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FOUND,
			   "%" PRIu32 " pixels differ from the frame before", v->differing);
	else if (v->show_difference)
		pen_text(p, right, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT,
			 view_frame_before(v) == VIEW_NONE ? "there is no frame before"
							   : "the frame before …");
	else if (v->picture_zoom > 0)
		pen_format(p, right, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_FAINT, "×%g",
			   v->picture_zoom);
	free(changed);
}

void pane_scanout(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_SCANOUT];
	struct view_rect room = { r->x + 10, r->y + 26, r->width - 20, r->height - 64 };
	struct view_rect scrub = { r->x + 16, r->y + r->height - 18, r->width - 32, 14 };
	const struct view_picture *picture, *thumb = NULL;
	const char *about = view_pictures_about(v->pictures);
	double x = pen_pane(p, r, "Scanout");

	v->picture_at = (struct view_rect) { 0 };
	v->scrubber = v->picture_at;
	if (v->frame == VIEW_NONE) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "no frame was shown");
		return;
	}
	title(p, v, x);
	scrubber(p, v, &scrub);
	picture = view_pictures_full(v->pictures, v->frame);
	if (picture) {
		picture_of(p, v, picture, &room);
		return;
	}
	/* Until it comes, its thumbnail or the one before tells what to expect. */
	if (!view_pictures_missing(v->pictures, v->frame))
		thumb = view_pictures_thumb(v->pictures, v->frame);
	if (thumb) {
		pane_picture(p, thumb, &room, true);
		return;
	}
	pen_frame(p, room.x, room.y, room.width, room.height, COLOR_EDGE, 1);
	pen_text(p, r->x + r->width / 2, r->y + r->height / 2, room.width, ALIGN_CENTER,
		 FONT_NORMAL, COLOR_FAINT,
		 !v->pictures ? "no pictures are made"
		 : view_pictures_missing(v->pictures, v->frame)
			 ? view_pictures_state(v->pictures) == VIEW_PICTURES_FAILED && about[0]
				   ? about
			   : v->m->device_count > 1
				   ? "of another device than the first, or not to be read"
				   : "this frame cannot be read"
			 : "rendering …");
}
