/* SPDX-License-Identifier: MIT */
#include "pen.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#define PALE 0.45

static const uint32_t dark_colors[COLORS] = {
	[COLOR_BACK] = 0x14161a,     [COLOR_PANE] = 0x1c1f25,     [COLOR_EDGE] = 0x2c313a,
	[COLOR_GRID] = 0x30353f,     [COLOR_SHADE] = 0x242830,    [COLOR_TEXT] = 0xe8eaee,
	[COLOR_DIM] = 0xa3aab6,      [COLOR_FAINT] = 0x858d9a,    [COLOR_CHOSEN] = 0xffffff,
	[COLOR_SUBMIT] = 0xe69f00,   [COLOR_TRANSFER] = 0x56b4e9, [COLOR_DISPLAY] = 0x1fb58a,
	[COLOR_RESOURCE] = 0xcc79a7, [COLOR_CONTEXT] = 0x5b8fd6,  [COLOR_CURSOR] = 0xf0e442,
	[COLOR_QUERY] = 0x9aa3af,    [COLOR_WARN] = 0xe69f00,     [COLOR_BAD] = 0xff6a2b,
	[COLOR_FOUND] = 0xffe08a,
};

static const uint32_t light_colors[COLORS] = {
	[COLOR_BACK] = 0xeceef1,     [COLOR_PANE] = 0xffffff,     [COLOR_EDGE] = 0xd5d9e0,
	[COLOR_GRID] = 0xe3e6eb,     [COLOR_SHADE] = 0xf1f3f6,    [COLOR_TEXT] = 0x1a1d23,
	[COLOR_DIM] = 0x505865,      [COLOR_FAINT] = 0x69717d,    [COLOR_CHOSEN] = 0x000000,
	[COLOR_SUBMIT] = 0xd98f00,   [COLOR_TRANSFER] = 0x3b9bd8, [COLOR_DISPLAY] = 0x009e73,
	[COLOR_RESOURCE] = 0xb95f91, [COLOR_CONTEXT] = 0x0072b2,  [COLOR_CURSOR] = 0xb5a800,
	[COLOR_QUERY] = 0x7c8591,    [COLOR_WARN] = 0xd98f00,     [COLOR_BAD] = 0xd55e00,
	[COLOR_FOUND] = 0x7a4fa3,
};

void pen_init(struct pen *p, cairo_t *cr, bool light, struct pen_texts *texts)
{
	memset(p, 0, sizeof(*p));
	p->cr = cr;
	p->light = light;
	p->texts = texts;
	pen_texts_begin(texts, cr);
	cairo_set_line_width(cr, 1);
}

void pen_finish(struct pen *p)
{
	pen_texts_end(p->texts);
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

static uint32_t pixel(const struct pen *p, enum color color, double alpha)
{
	uint32_t c = (p->light ? light_colors : dark_colors)[color], out, shift;

	out = (uint32_t)(alpha * 255 + 0.5) << 24;
	for (shift = 0; shift < 24; shift += 8)
		out |= (uint32_t)((c >> shift & 255) * alpha + 0.5) << shift;
	return out;
}

/* Where a part of a column begins and ends, counted up from the ground. */
static void part_of(const struct pen_column *c, unsigned int part, uint32_t *low, uint32_t *high)
{
	double ground = part ? c->height[0] : 0;

	*low = (uint32_t)ceil(ground);
	*high = c->height[part] > 0 ? (uint32_t)ceil(ground + c->height[part]) : *low;
}

/* Thousands of rectangles take cairo long; as a picture they take next to nothing. */
static bool columns_as_pixels(struct pen *p, const struct view_rect *r,
			      const struct pen_column *columns, uint32_t n)
{
	uint32_t height = (uint32_t)r->height, i, part, y, low, high, stride, color;
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)n, (int)height);
	uint32_t *pixels = (uint32_t *)cairo_image_surface_get_data(s);

	if (!pixels) {
		cairo_surface_destroy(s);
		return false;
	}
	stride = (uint32_t)cairo_image_surface_get_stride(s) / 4;
	for (i = 0; i < n; i++) {
		for (part = 0; part < 2; part++) {
			part_of(&columns[i], part, &low, &high);
			color = pixel(p, columns[i].color[part], part ? PALE : 1);
			for (y = low; y < high && y < height; y++)
				pixels[(size_t)(height - 1 - y) * stride + i] = color;
		}
	}
	cairo_surface_mark_dirty(s);
	cairo_save(p->cr);
	cairo_set_source_surface(p->cr, s, r->x, r->y);
	cairo_pattern_set_filter(cairo_get_source(p->cr), CAIRO_FILTER_NEAREST);
	cairo_rectangle(p->cr, r->x, r->y, n, height);
	cairo_fill(p->cr);
	cairo_restore(p->cr);
	cairo_surface_destroy(s);
	return true;
}

void pen_columns(struct pen *p, const struct view_rect *r, const struct pen_column *columns,
		 uint32_t n)
{
	uint32_t i, part, low, high;

	/* In a file that is enlarged they stay sharp. */
	if (cairo_surface_get_type(cairo_get_target(p->cr)) == CAIRO_SURFACE_TYPE_IMAGE &&
	    columns_as_pixels(p, r, columns, n))
		return;
	for (i = 0; i < n; i++) {
		for (part = 0; part < 2; part++) {
			part_of(&columns[i], part, &low, &high);
			if (high > low)
				pen_later(p, r->x + i, r->y + floor(r->height) - high, 1,
					  high - low, columns[i].color[part], part);
		}
	}
	pen_flush(p);
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

const char *pen_bytes(char buffer[24], uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes / 1024;
	unsigned int i = 0;

	if (bytes < 1024) {
		snprintf(buffer, 24, "%" PRIu64 " B", bytes);
		return buffer;
	}
	for (; value >= 999.5; i++)
		value /= 1024;
	snprintf(buffer, 24, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[i]);
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
