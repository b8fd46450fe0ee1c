/* SPDX-License-Identifier: MIT */
#include "pen.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#define PALE 0.45

static const uint32_t dark_colors[COLORS] = {
	[COLOR_BACK] = 0x14161a,     [COLOR_PANE] = 0x1c1f25,     [COLOR_EDGE] = 0x2c313a,
	[COLOR_GRID] = 0x30353f,     [COLOR_SHADE] = 0x242830,    [COLOR_TEXT] = 0xe8eaee,
	[COLOR_DIM] = 0xa3aab6,      [COLOR_FAINT] = 0x727a87,    [COLOR_CHOSEN] = 0xffffff,
	[COLOR_SUBMIT] = 0xe69f00,   [COLOR_TRANSFER] = 0x56b4e9, [COLOR_DISPLAY] = 0x1fb58a,
	[COLOR_RESOURCE] = 0xcc79a7, [COLOR_CONTEXT] = 0x5b8fd6,  [COLOR_CURSOR] = 0xf0e442,
	[COLOR_QUERY] = 0x9aa3af,    [COLOR_WARN] = 0xe69f00,     [COLOR_BAD] = 0xff6a2b,
	[COLOR_FOUND] = 0xffe08a,
};

static const uint32_t light_colors[COLORS] = {
	[COLOR_BACK] = 0xeceef1,     [COLOR_PANE] = 0xffffff,     [COLOR_EDGE] = 0xd5d9e0,
	[COLOR_GRID] = 0xe3e6eb,     [COLOR_SHADE] = 0xf1f3f6,    [COLOR_TEXT] = 0x1a1d23,
	[COLOR_DIM] = 0x505865,      [COLOR_FAINT] = 0x858d99,    [COLOR_CHOSEN] = 0x000000,
	[COLOR_SUBMIT] = 0xd98f00,   [COLOR_TRANSFER] = 0x3b9bd8, [COLOR_DISPLAY] = 0x009e73,
	[COLOR_RESOURCE] = 0xb95f91, [COLOR_CONTEXT] = 0x0072b2,  [COLOR_CURSOR] = 0xb5a800,
	[COLOR_QUERY] = 0x7c8591,    [COLOR_WARN] = 0xd98f00,     [COLOR_BAD] = 0xd55e00,
	[COLOR_FOUND] = 0x7a4fa3,
};

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

void pen_init(struct pen *p, cairo_t *cr, bool light)
{
	cairo_font_options_t *options = cairo_font_options_create();
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->cr = cr;
	p->light = light;
	/* The same letters on every screen and in every file. */
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	p->layout = pango_cairo_create_layout(cr);
	pango_cairo_context_set_font_options(pango_layout_get_context(p->layout), options);
	pango_cairo_context_set_resolution(pango_layout_get_context(p->layout), 96);
	pango_layout_context_changed(p->layout);
	cairo_font_options_destroy(options);
	for (i = 0; i < FONTS; i++) {
		p->fonts[i] = pango_font_description_new();
		pango_font_description_set_family(p->fonts[i], font_table[i].family);
		pango_font_description_set_weight(p->fonts[i], font_table[i].weight);
		pango_font_description_set_absolute_size(p->fonts[i],
							 font_table[i].size * PANGO_SCALE);
	}
	cairo_set_line_width(cr, 1);
}

void pen_finish(struct pen *p)
{
	unsigned int i;

	for (i = 0; i < FONTS; i++)
		pango_font_description_free(p->fonts[i]);
	g_object_unref(p->layout);
}

void pen_color(struct pen *p, enum color color, double alpha)
{
	uint32_t c = (p->light ? light_colors : dark_colors)[color];

	cairo_set_source_rgba(p->cr, (c >> 16) / 255.0, (c >> 8 & 255) / 255.0, (c & 255) / 255.0,
			      alpha);
}

void pen_fill(struct pen *p, double x, double y, double width, double height, enum color color,
	      double alpha)
{
	pen_color(p, color, alpha);
	cairo_rectangle(p->cr, x, y, width, height);
	cairo_fill(p->cr);
}

static void flush_batch(struct pen *p, struct batch *b, enum color color, double alpha)
{
	unsigned int i;

	if (!b->count)
		return;
	pen_color(p, color, alpha);
	for (i = 0; i < b->count; i++)
		cairo_rectangle(p->cr, b->rects[i].x, b->rects[i].y, b->rects[i].width,
				b->rects[i].height);
	cairo_fill(p->cr);
	b->count = 0;
}

void pen_flush(struct pen *p)
{
	unsigned int i;

	for (i = 0; i < COLORS; i++) {
		flush_batch(p, &p->strong[i], (enum color)i, 1);
		flush_batch(p, &p->pale[i], (enum color)i, PALE);
	}
}

void pen_later(struct pen *p, double x, double y, double width, double height, enum color color,
	       bool pale)
{
	struct batch *b = pale ? &p->pale[color] : &p->strong[color];

	if (b->count == PEN_BATCH)
		flush_batch(p, b, color, pale ? PALE : 1);
	b->rects[b->count++] = (struct view_rect) { x, y, width, height };
}

void pen_frame(struct pen *p, double x, double y, double width, double height, enum color color,
	       double alpha)
{
	pen_color(p, color, alpha);
	cairo_rectangle(p->cr, x + 0.5, y + 0.5, fmax(width - 1, 0), fmax(height - 1, 0));
	cairo_stroke(p->cr);
}

void pen_line(struct pen *p, double x0, double y0, double x1, double y1, enum color color,
	      double alpha)
{
	pen_color(p, color, alpha);
	cairo_move_to(p->cr, x0, y0);
	cairo_line_to(p->cr, x1, y1);
	cairo_stroke(p->cr);
}

void pen_round(struct pen *p, const struct view_rect *r, double radius)
{
	cairo_new_sub_path(p->cr);
	cairo_arc(p->cr, r->x + r->width - radius, r->y + radius, radius, -M_PI / 2, 0);
	cairo_arc(p->cr, r->x + r->width - radius, r->y + r->height - radius, radius, 0, M_PI / 2);
	cairo_arc(p->cr, r->x + radius, r->y + r->height - radius, radius, M_PI / 2, M_PI);
	cairo_arc(p->cr, r->x + radius, r->y + radius, radius, M_PI, 3 * M_PI / 2);
	cairo_close_path(p->cr);
}

void pen_hatch(struct pen *p, const struct view_rect *r, enum color color, double alpha)
{
	double x;

	cairo_save(p->cr);
	cairo_rectangle(p->cr, r->x, r->y, r->width, r->height);
	cairo_clip(p->cr);
	pen_color(p, color, alpha);
	for (x = r->x - r->height; x < r->x + r->width; x += 6) {
		cairo_move_to(p->cr, x, r->y + r->height);
		cairo_line_to(p->cr, x + r->height, r->y);
	}
	cairo_stroke(p->cr);
	cairo_restore(p->cr);
}

/* Names in a trace may be any bytes. */
static void set_text(struct pen *p, const char *text)
{
	char *valid;

	if (g_utf8_validate(text, -1, NULL)) {
		pango_layout_set_text(p->layout, text, -1);
		return;
	}
	valid = g_utf8_make_valid(text, -1);
	pango_layout_set_text(p->layout, valid, -1);
	g_free(valid);
}

double pen_text(struct pen *p, double x, double y, double room, enum align align, enum font font,
		enum color color, const char *text)
{
	PangoRectangle r;

	pango_layout_set_font_description(p->layout, p->fonts[font]);
	pango_layout_set_single_paragraph_mode(p->layout, TRUE);
	pango_layout_set_width(p->layout, -1);
	pango_layout_set_height(p->layout, 0);
	set_text(p, text);
	pango_layout_get_extents(p->layout, NULL, &r);
	if (room > 0 && r.width > room * PANGO_SCALE) {
		pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_END);
		pango_layout_set_width(p->layout, (int)(room * PANGO_SCALE));
		pango_layout_get_extents(p->layout, NULL, &r);
	} else {
		pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_NONE);
	}
	if (align == ALIGN_RIGHT)
		x -= (double)r.width / PANGO_SCALE;
	else if (align == ALIGN_CENTER)
		x -= (double)r.width / PANGO_SCALE / 2;
	pen_color(p, color, 1);
	cairo_move_to(p->cr, x, y - (double)r.height / PANGO_SCALE / 2);
	pango_cairo_show_layout(p->cr, p->layout);
	return (double)r.width / PANGO_SCALE;
}

double pen_width(struct pen *p, enum font font, const char *text)
{
	PangoRectangle r;

	pango_layout_set_font_description(p->layout, p->fonts[font]);
	pango_layout_set_single_paragraph_mode(p->layout, TRUE);
	pango_layout_set_width(p->layout, -1);
	set_text(p, text);
	pango_layout_get_extents(p->layout, NULL, &r);
	return (double)r.width / PANGO_SCALE;
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
	pango_layout_set_font_description(p->layout, p->fonts[font]);
	pango_layout_set_single_paragraph_mode(p->layout, FALSE);
	pango_layout_set_width(p->layout, -1);
	pango_layout_set_ellipsize(p->layout, PANGO_ELLIPSIZE_NONE);
	pango_layout_set_height(p->layout, -1);
	set_text(p, text);
	pen_color(p, color, 1);
	cairo_move_to(p->cr, r->x, r->y);
	pango_cairo_show_layout(p->cr, p->layout);
	cairo_restore(p->cr);
}

void pen_box(struct pen *p, const struct view_rect *r)
{
	pen_round(p, r, 5);
	pen_color(p, COLOR_BACK, 0.97);
	cairo_fill_preserve(p->cr);
	pen_color(p, COLOR_FAINT, 1);
	cairo_stroke(p->cr);
}

double pen_title(struct pen *p, double x, double y, const char *title)
{
	if (p->side && title[0])
		x += pen_text(p, x, y, 0, ALIGN_LEFT, FONT_BOLD, COLOR_FOUND, p->side) + 8;
	return x + pen_text(p, x, y, 0, ALIGN_LEFT, FONT_BOLD, COLOR_DIM, title);
}

double pen_pane(struct pen *p, const struct view_rect *r, const char *title)
{
	pen_round(p, r, 5);
	pen_color(p, COLOR_PANE, 1);
	cairo_fill_preserve(p->cr);
	pen_color(p, COLOR_EDGE, 1);
	cairo_stroke(p->cr);
	return pen_title(p, r->x + 12, r->y + 13, title);
}

const char *pen_duration(char buffer[24], uint64_t ns)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" }, { 1, "ns" } };
	double value = (double)ns;
	unsigned int i = 0;

	if (ns < 1000) {
		snprintf(buffer, 24, "%" PRIu64 " ns", ns);
		return buffer;
	}
	/* 999.96 µs rounds to 1000: better 1.00 ms. */
	while (value < units[i].ns * 0.9995)
		i++;
	value /= units[i].ns;
	snprintf(buffer, 24, "%.*f %s",
		 value < 9.995   ? 2
		 : value < 99.95 ? 1
				 : 0,
		 value, units[i].unit);
	return buffer;
}

enum color pen_type_color(uint32_t type)
{
	switch (type) {
	case VGPU_CMD_SUBMIT_3D:
		return COLOR_SUBMIT;
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		return COLOR_TRANSFER;
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_SET_SCANOUT_BLOB:
	case VGPU_CMD_RESOURCE_FLUSH:
		return COLOR_DISPLAY;
	case VGPU_CMD_CTX_CREATE:
	case VGPU_CMD_CTX_DESTROY:
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
	case VGPU_CMD_CTX_DETACH_RESOURCE:
		return COLOR_CONTEXT;
	case VGPU_CMD_GET_DISPLAY_INFO:
	case VGPU_CMD_GET_CAPSET_INFO:
	case VGPU_CMD_GET_CAPSET:
	case VGPU_CMD_GET_EDID:
		return COLOR_QUERY;
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		return COLOR_CURSOR;
	default:
		return vgpu_cmd_name(type) ? COLOR_RESOURCE : COLOR_QUERY;
	}
}

const char *pen_kind_name(enum color kind)
{
	switch (kind) {
	case COLOR_SUBMIT:
		return "submit";
	case COLOR_TRANSFER:
		return "transfer";
	case COLOR_DISPLAY:
		return "scanout, flush";
	case COLOR_RESOURCE:
		return "resource";
	case COLOR_CONTEXT:
		return "context";
	case COLOR_CURSOR:
		return "cursor";
	default:
		return "query";
	}
}

enum color pen_stage_color(uint32_t stage)
{
	switch (stage) {
	case VIEW_QUEUED:
		return COLOR_TEXT;
	case VIEW_ANSWER:
		return COLOR_TRANSFER;
	case VGPU_TRACE_STAGE_FENCE_SIGNAL:
		return COLOR_DISPLAY;
	case VGPU_TRACE_STAGE_INTERRUPT:
		return COLOR_RESOURCE;
	case VGPU_TRACE_STAGE_WAIT_BEGIN:
	case VGPU_TRACE_STAGE_WAIT_END:
	case VGPU_TRACE_STAGE_WAIT_IOCTL_ENTER:
	case VGPU_TRACE_STAGE_WAIT_IOCTL_EXIT:
		return COLOR_SUBMIT;
	case VGPU_TRACE_STAGE_KICK:
	case VGPU_TRACE_STAGE_KICK_END:
		return COLOR_CURSOR;
	case VGPU_TRACE_STAGE_RING_FULL:
		return COLOR_BAD;
	case VGPU_TRACE_STAGE_DEQUEUE:
		return COLOR_QUERY;
	default:
		return COLOR_CONTEXT;
	}
}
