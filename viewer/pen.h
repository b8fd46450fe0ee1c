/* SPDX-License-Identifier: MIT */
/* Colours, text and shapes that all panes are drawn with. */
#ifndef VGPU_VIEW_PEN_H
#define VGPU_VIEW_PEN_H

#include <cairo.h>
#include <pango/pangocairo.h>

#include "view.h"

/*
 * Kinds of commands have the colours of Okabe and Ito, which people with any common colour
 * blindness tell apart; the two of alarm are used for nothing else.
 */
enum color {
	COLOR_BACK,
	COLOR_PANE,
	COLOR_EDGE,
	COLOR_GRID,
	COLOR_SHADE, /* lanes, rows */
	COLOR_TEXT,
	COLOR_DIM,
	COLOR_FAINT,
	COLOR_CHOSEN,
	COLOR_SUBMIT,
	COLOR_TRANSFER,
	COLOR_DISPLAY,
	COLOR_RESOURCE,
	COLOR_CONTEXT,
	COLOR_CURSOR,
	COLOR_QUERY,
	COLOR_WARN,
	COLOR_BAD,
	COLOR_FOUND, /* matches, markers, bookmarks */
	COLORS
};

enum font {
	FONT_SMALL,
	FONT_NORMAL,
	FONT_BOLD,
	FONT_TITLE,
	FONT_MONO,
	FONTS
};

enum align {
	ALIGN_LEFT,
	ALIGN_RIGHT,
	ALIGN_CENTER
};

/* Rectangles of one look, drawn together: cairo takes long for each fill, not for each rectangle. */
#define PEN_BATCH 256u
struct batch {
	struct view_rect rects[PEN_BATCH];
	unsigned int count;
};

/*
 * Texts that were laid out, for the next picture on a surface of the same kind. Between begin and end
 * is a picture.
 */
struct pen_texts;
struct pen_texts *pen_texts_create(void);
void pen_texts_destroy(struct pen_texts *t); /* NULL is fine */
void pen_texts_begin(struct pen_texts *t, cairo_t *cr);
void pen_texts_end(struct pen_texts *t);

struct pen {
	cairo_t *cr;
	bool light;
	const char *side; /* which of two traces is being drawn: "A", "B"; NULL: there is one */
	struct pen_texts *texts;
	struct batch strong[COLORS], pale[COLORS];
};

void pen_init(struct pen *p, cairo_t *cr, bool light, struct pen_texts *texts);
void pen_finish(struct pen *p);

void pen_color(struct pen *p, enum color color, double alpha);
void pen_fill(struct pen *p, double x, double y, double width, double height, enum color color,
	      double alpha);
/*
 * The same, put off until the next pen_flush() (which draws them in no order), in full or `pale`.
 */
void pen_later(struct pen *p, double x, double y, double width, double height, enum color color,
	       bool pale);
void pen_flush(struct pen *p);

/* Part of a column; the first one stands on the ground, the second one on it and is pale. */
struct pen_column {
	double height[2]; /* 0: there is none */
	enum color color[2];
};
/* n columns side by side, a pixel wide each, at the bottom of `r`. */
void pen_columns(struct pen *p, const struct view_rect *r, const struct pen_column *columns,
		 uint32_t n);
/* An outline that lies within the rectangle. */
void pen_frame(struct pen *p, double x, double y, double width, double height, enum color color,
	       double alpha);
void pen_line(struct pen *p, double x0, double y0, double x1, double y1, enum color color,
	      double alpha);
void pen_round(struct pen *p, const struct view_rect *r, double radius);
/* Slanted lines over a rectangle. */
void pen_hatch(struct pen *p, const struct view_rect *r, enum color color, double alpha);

/*
 * One line of text whose middle is at y, begun, ended or centred at x; cut with … at `room` pixels
 * (0: no limit). Returns its width.
 */
double pen_text(struct pen *p, double x, double y, double room, enum align align, enum font font,
		enum color color, const char *text);
double pen_format(struct pen *p, double x, double y, double room, enum align align, enum font font,
		  enum color color, const char *format, ...) __attribute__((format(printf, 8, 9)));
/* How wide a text is. */
double pen_width(struct pen *p, enum font font, const char *text);
/* The same as pen_text(), but what does not fit is cut at the begin. Returns the width. */
double pen_tail(struct pen *p, double x, double y, double room, enum font font, enum color color,
		const char *text);
/* Several lines from the top left corner, clipped to the rectangle. */
void pen_lines(struct pen *p, const struct view_rect *r, enum font font, enum color color,
	       const char *text);

/* The ground of what lies over the panes. */
void pen_box(struct pen *p, const struct view_rect *r);

/* A title alone, its middle at y, and */
double pen_title(struct pen *p, double x, double y, const char *title);
/* a pane's ground and its title; returns the x behind the title. */
double pen_pane(struct pen *p, const struct view_rect *r, const char *title);

/* "16.7 ms": three digits. */
const char *pen_duration(char buffer[24], uint64_t ns);

/* "3.91 MiB": the same. */
const char *pen_bytes(char buffer[24], uint64_t bytes);

/* What kind of command it is, as its colour; and the kinds' names. */
enum color pen_type_color(uint32_t type);
const char *pen_kind_name(enum color kind);
/* Of a moment in a command's life: VGPU_TRACE_STAGE_, VIEW_QUEUED, VIEW_ANSWER. */
enum color pen_stage_color(uint32_t stage);

#endif
