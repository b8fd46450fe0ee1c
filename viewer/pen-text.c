/* SPDX-License-Identifier: MIT */
/* Text. To lay it out takes longer than to draw it, and most of it is the same in the next picture. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pen.h"

/* Texts kept; when there are more, those go that the last picture did not have. */
#define KEPT_MAX    600u
#define MANY_LINES  -1
#define SIZE_FACTOR ((double)PANGO_SCALE)

static const struct {
	const char *family;
	double size; /* logical pixels */
	PangoWeight weight;
} font_table[FONTS] = {
	[FONT_SMALL] = { "DejaVu Sans, sans-serif", 10, PANGO_WEIGHT_NORMAL },
	[FONT_NORMAL] = { "DejaVu Sans, sans-serif", 11, PANGO_WEIGHT_NORMAL },
	[FONT_BOLD] = { "DejaVu Sans, sans-serif", 11, PANGO_WEIGHT_BOLD },
	[FONT_TITLE] = { "DejaVu Sans, sans-serif", 13, PANGO_WEIGHT_BOLD },
	[FONT_MONO] = { "DejaVu Sans Mono, monospace", 10.5, PANGO_WEIGHT_NORMAL },
};

/* One text as it is asked for. */
struct laid {
	char *text;
	enum font font;
	int room; /* in Pango's units; 0: no limit; MANY_LINES */
	PangoLayout *layout;
	double width, height;
	uint32_t drawing; /* that had it last */
};

struct pen_texts {
	GHashTable *laid; /* of struct laid, which are their own keys */
	PangoContext *context;
	PangoFontDescription *fonts[FONTS];
	double scale; /* of the surface that they were laid out for */
	uint32_t drawing;
};

static guint laid_hash(gconstpointer data)
{
	const struct laid *l = data;

	return g_str_hash(l->text) + (guint)l->font * 31 + (guint)l->room;
}

static gboolean laid_equal(gconstpointer a, gconstpointer b)
{
	const struct laid *x = a, *y = b;

	return x->font == y->font && x->room == y->room && !strcmp(x->text, y->text);
}

static void laid_free(gpointer data)
{
	struct laid *l = data;

	g_object_unref(l->layout);
	g_free(l->text);
	g_free(l);
}

struct pen_texts *pen_texts_create(void)
{
	struct pen_texts *t = g_new0(struct pen_texts, 1);
	unsigned int i;

	t->laid = g_hash_table_new_full(laid_hash, laid_equal, NULL, laid_free);
	for (i = 0; i < FONTS; i++) {
		t->fonts[i] = pango_font_description_new();
		pango_font_description_set_family(t->fonts[i], font_table[i].family);
		pango_font_description_set_weight(t->fonts[i], font_table[i].weight);
		pango_font_description_set_absolute_size(t->fonts[i],
							 font_table[i].size * SIZE_FACTOR);
	}
	return t;
}

void pen_texts_destroy(struct pen_texts *t)
{
	unsigned int i;

	if (!t)
		return;
	g_hash_table_destroy(t->laid);
	for (i = 0; i < FONTS; i++)
		pango_font_description_free(t->fonts[i]);
	if (t->context)
		g_object_unref(t->context);
	g_free(t);
}

/* The same letters on every screen and in every file. */
static void make_context(struct pen_texts *t, cairo_t *cr)
{
	cairo_font_options_t *options = cairo_font_options_create();

	g_hash_table_remove_all(t->laid);
	if (t->context)
		g_object_unref(t->context);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	t->context = pango_cairo_create_context(cr);
	pango_cairo_context_set_font_options(t->context, options);
	pango_cairo_context_set_resolution(t->context, 96);
	cairo_font_options_destroy(options);
}

void pen_texts_begin(struct pen_texts *t, cairo_t *cr)
{
	cairo_matrix_t m;

	cairo_get_matrix(cr, &m);
	if (!t->context || m.xx != t->scale)
		make_context(t, cr);
	t->scale = m.xx;
}

static gboolean not_of_this(gpointer key, gpointer value, gpointer data)
{
	const struct laid *l = value;
	const struct pen_texts *t = data;

	(void)key;
	return l->drawing != t->drawing;
}

void pen_texts_end(struct pen_texts *t)
{
	if (g_hash_table_size(t->laid) > KEPT_MAX)
		g_hash_table_foreach_remove(t->laid, not_of_this, t);
	t->drawing++;
}

/* Names in a trace may be any bytes. */
static void set_text(PangoLayout *layout, const char *text)
{
	char *valid;

	if (g_utf8_validate(text, -1, NULL)) {
		pango_layout_set_text(layout, text, -1);
		return;
	}
	valid = g_utf8_make_valid(text, -1);
	pango_layout_set_text(layout, valid, -1);
	g_free(valid);
}

static void lay_out(struct pen_texts *t, struct laid *l)
{
	PangoRectangle r;

	l->layout = pango_layout_new(t->context);
	pango_layout_set_font_description(l->layout, t->fonts[l->font]);
	pango_layout_set_single_paragraph_mode(l->layout, l->room != MANY_LINES);
	set_text(l->layout, l->text);
	pango_layout_get_extents(l->layout, NULL, &r);
	if (l->room > 0 && r.width > l->room) {
		pango_layout_set_ellipsize(l->layout, PANGO_ELLIPSIZE_END);
		pango_layout_set_width(l->layout, l->room);
		pango_layout_get_extents(l->layout, NULL, &r);
	}
	l->width = r.width / SIZE_FACTOR;
	l->height = r.height / SIZE_FACTOR;
}

static const struct laid *laid_of(struct pen *p, enum font font, int room, const char *text)
{
	struct laid key = { .text = (char *)text, .font = font, .room = room };
	struct laid *l = g_hash_table_lookup(p->texts->laid, &key);

	if (!l) {
		l = g_memdup2(&key, sizeof(key));
		l->text = g_strdup(text);
		lay_out(p->texts, l);
		g_hash_table_add(p->texts->laid, l);
	}
	l->drawing = p->texts->drawing;
	return l;
}

double pen_text(struct pen *p, double x, double y, double room, enum align align, enum font font,
		enum color color, const char *text)
{
	const struct laid *l =
		laid_of(p, font, room > 0 ? (int)(fmin(room, 1e5) * SIZE_FACTOR) : 0, text);

	if (align == ALIGN_RIGHT)
		x -= l->width;
	else if (align == ALIGN_CENTER)
		x -= l->width / 2;
	pen_color(p, color, 1);
	cairo_move_to(p->cr, x, y - l->height / 2);
	pango_cairo_show_layout(p->cr, l->layout);
	return l->width;
}

double pen_width(struct pen *p, enum font font, const char *text)
{
	return laid_of(p, font, 0, text)->width;
}

double pen_tail(struct pen *p, double x, double y, double room, enum font font, enum color color,
		const char *text)
{
	while (*text && pen_width(p, font, text) > room) {
		do {
			text++;
		} while (((unsigned char)*text & 0xc0) == 0x80);
	}
	return pen_text(p, x, y, 0, ALIGN_LEFT, font, color, text);
}

double pen_format(struct pen *p, double x, double y, double room, enum align align, enum font font,
		  enum color color, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return pen_text(p, x, y, room, align, font, color, text);
}

void pen_lines(struct pen *p, const struct view_rect *r, enum font font, enum color color,
	       const char *text)
{
	cairo_save(p->cr);
	cairo_rectangle(p->cr, r->x, r->y, r->width, r->height);
	cairo_clip(p->cr);
	pen_color(p, color, 1);
	cairo_move_to(p->cr, r->x, r->y);
	pango_cairo_show_layout(p->cr, laid_of(p, font, MANY_LINES, text)->layout);
	cairo_restore(p->cr);
}
