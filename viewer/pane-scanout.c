/* SPDX-License-Identifier: MIT */
/* The chosen frame, as it was shown. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>

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

void pane_scanout(struct pen *p, struct view *v)
{
	const struct view_rect *r = &v->layout.pane[VIEW_PANE_SCANOUT];
	struct view_rect room = { r->x + 10, r->y + 26, r->width - 20, r->height - 36 }, at;
	const struct view_picture *picture, *thumb = NULL;
	struct view_frame f;
	const char *about = view_pictures_about(v->pictures);
	double x = pen_pane(p, r, "Scanout");
	char a[24], b[24];

	if (v->frame == VIEW_NONE) {
		pen_text(p, r->x + r->width / 2, r->y + r->height / 2, 0, ALIGN_CENTER, FONT_NORMAL,
			 COLOR_FAINT, "no frame was shown");
		return;
	}
	f = view_model_frame(v->m, v->frame);
	picture = view_pictures_full(v->pictures, v->frame);
	x += pen_format(p, x + 14, r->y + 13, r->x + r->width - x - 22, ALIGN_LEFT, FONT_BOLD,
			COLOR_TEXT, "frame %" PRIu32 " of %" PRIu32, v->frame + 1,
			v->m->frame_count);
	if (r->x + r->width - x > 90)
		pen_format(p, x + 26, r->y + 13, r->x + r->width - x - 38, ALIGN_LEFT, FONT_NORMAL,
			   COLOR_FAINT, "%s   at %s   scanout %" PRIu32,
			   f.interval_ns ? pen_duration(a, f.interval_ns) : "first",
			   pen_duration(b, f.time_ns - v->m->first_ns), f.scanout);
	if (picture) {
		at = pane_picture(p, picture, &room, true);
		pen_frame(p, at.x - 1, at.y - 1, at.width + 2, at.height + 2, COLOR_EDGE, 1);
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
				   : "this frame cannot be read"
			 : "rendering …");
}
