/* SPDX-License-Identifier: MIT */
/* The resources that exist at the chosen command, a card each: what it holds, what it is, who uses it. */
#include "panes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vgpu/format.h>

#define CARD_WIDTH   330.0
#define CARD_HEIGHT  46.0
#define LINE         13.0
#define CARD_GAP     6.0
#define PICTURE      64.0 /* width of a card's */
#define HEADER       20.0
#define SCROLL_LINES 3u /* for a row of cards, as the wheel counts */

/* Where the cards are. */
struct cards {
	struct view_rect room;
	uint32_t columns, rows; /* that fit */
	uint32_t first, count;  /* cards */
	double width;
};

static struct cards place_cards(const struct view *v, uint32_t count)
{
	const struct view_rect *pane = &v->layout.pane[VIEW_PANE_LATENCY];
	struct cards c = { .room = { pane->x + 14, pane->y + 30 + HEADER, pane->width - 28,
				     pane->height - 34 - HEADER } };
	uint32_t all, row;

	c.columns = (uint32_t)fmax(floor((c.room.width + CARD_GAP) / (CARD_WIDTH + CARD_GAP)), 1);
	c.rows = (uint32_t)fmax(floor((c.room.height + CARD_GAP) / (CARD_HEIGHT + CARD_GAP)), 1);
	c.width = floor((c.room.width - (c.columns - 1) * CARD_GAP) / c.columns);
	c.count = count;
	all = (count + c.columns - 1) / c.columns;
	row = v->scroll[VIEW_PANE_LATENCY] / SCROLL_LINES;
	if (row + c.rows > all)
		row = all > c.rows ? all - c.rows : 0;
	c.first = row * c.columns;
	return c;
}

static struct view_rect card_at(const struct cards *c, uint32_t i)
{
	return (struct view_rect) {
		c->room.x + ((i - c->first) % c->columns) * (c->width + CARD_GAP),
		c->room.y + ((i - c->first) / c->columns) * (CARD_HEIGHT + CARD_GAP),
		c->width,
		CARD_HEIGHT,
	};
}

static bool is_shown(const struct cards *c, uint32_t i)
{
	return i < c->count && i - c->first < c->rows * c->columns;
}

/* "RENDER_TARGET SAMPLER_VIEW SCANOUT"; of a blob what memory it has. */
static void use_text(const struct view_resource *r, char *text, size_t size)
{
	const char *name;
	uint32_t bit;
	size_t used = 0;

	text[0] = '\0';
	if (r->is.kind == VGPU_TRACK_BLOB) {
		name = vgpu_value_name(VGPU_SET_BLOB_MEM, r->is.blob_mem);
		snprintf(text, size, "%s%s", name ? name : "?", r->is.mapped ? " mapped" : "");
		return;
	}
	for (bit = 0; bit < 32 && used < size; bit++) {
		name = vgpu_value_name(VGPU_SET_BIND, 1u << bit);
		if (r->is.bind >> bit & 1)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
						 name ? name : "?");
	}
}

static const char *kind_of(const struct view_resource *r)
{
	switch (r->is.kind) {
	case VGPU_TRACK_2D:
		return "2D";
	case VGPU_TRACK_3D:
		return r->is.target == VGPU_PIPE_BUFFER ? "buffer" : "3D";
	default:
		return "blob";
	}
}

/* "1280 × 800", with what there is of depth, layers and samples; "" of bytes. */
static void size_text(const struct view_resource *r, char *text, size_t size)
{
	size_t n;

	text[0] = '\0';
	if (r->is.kind == VGPU_TRACK_BLOB || r->is.target == VGPU_PIPE_BUFFER)
		return;
	n = (size_t)snprintf(text, size, "%" PRIu32 " × %" PRIu32, r->is.width, r->is.height);
	if (r->is.depth > 1)
		n += (size_t)snprintf(text + n, size - n, " × %" PRIu32, r->is.depth);
	if (r->is.array_size > 1)
		n += (size_t)snprintf(text + n, size - n, ", %" PRIu32 " layers", r->is.array_size);
	if (r->is.last_level)
		n += (size_t)snprintf(text + n, size - n, ", %" PRIu64 " levels",
				      (uint64_t)r->is.last_level + 1);
	if (r->is.nr_samples > 1)
		snprintf(text + n, size - n, ", %" PRIu32 " samples", r->is.nr_samples);
}

/* What it holds, or held when it was looked at last; a ground where nothing can be shown. */
static void picture(struct pen *p, struct view *v, const struct view_resource *r, uint32_t command,
		    const struct view_rect *place)
{
	const struct view_picture *picture = NULL;
	bool exact = false;

	if (view_resource_has_picture(r))
		picture = view_pictures_content(v->pictures, command, r->is.id, &exact);
	pen_fill(p, place->x, place->y, place->width, place->height, COLOR_BACK, 1);
	if (picture && picture->pixels) {
		pane_picture(p, picture, place, true);
		if (!exact)
			pen_fill(p, place->x, place->y, place->width, place->height, COLOR_BACK,
				 0.4);
	} else if (!view_resource_has_picture(r) || exact || !v->pictures) {
		pen_text(p, place->x + place->width / 2, place->y + place->height / 2, 0,
			 ALIGN_CENTER, FONT_SMALL, COLOR_FAINT,
			 view_resource_has_picture(r) ? "no picture" : kind_of(r));
	}
	pen_frame(p, place->x, place->y, place->width, place->height, COLOR_EDGE, 1);
}

static double command_link(struct pen *p, struct view *v, double x, double y, const char *what,
			   uint64_t id)
{
	struct view_rect link = { x, y - 8, 0, 16 };

	link.width = pen_format(p, x, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_TRANSFER, "%s #%" PRIu64,
				what, id);
	view_link(v, &link, VIEW_LINK_COMMAND, id);
	return x + link.width;
}

/* Who uses it: its context, the commands that made it and named it last. */
static void third_line(struct pen *p, struct view *v, const struct view_resource *r, double x,
		       double y, double right)
{
	char text[80];

	if (r->ctx_id) {
		snprintf(text, sizeof(text), "ctx %" PRIu32 "%s%s", r->ctx_id,
			 r->ctx_name[0] ? " " : "", r->ctx_name);
		if (r->contexts > 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " +%" PRIu32,
				 r->contexts - 1);
		x += pen_text(p, x, y, fmax((right - x) * 0.45, 30), ALIGN_LEFT, FONT_SMALL,
			      COLOR_DIM, text) +
		     10;
	}
	if (!r->is.created)
		x += pen_text(p, x, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT, "from before") + 10;
	else
		x = command_link(p, v, x, y, "made", r->is.created) + 10;
	if (r->last && r->last != r->is.created && right - x > 60)
		command_link(p, v, x, y, "last", r->last);
}

static void card(struct pen *p, struct view *v, const struct view_resource *r,
		 const struct view_rect *at, uint32_t command, uint32_t named)
{
	struct view_rect place = { at->x + 4, at->y + 4, PICTURE, CARD_HEIGHT - 8 };
	double x = place.x + PICTURE + 10, right = at->x + at->width - 8, y = at->y + 10.5, end;
	char text[160], bytes[24];
	const char *format = vgpu_format_name(r->is.format);

	pen_round(p, at, 4);
	pen_color(p, r->is.id == v->picked ? COLOR_EDGE : COLOR_SHADE, 1);
	cairo_fill_preserve(p->cr);
	pen_color(p, r->is.id == named ? COLOR_TRANSFER : COLOR_EDGE, 1);
	cairo_stroke(p->cr);
	if (r->is.created)
		view_link(v, at, VIEW_LINK_COMMAND, r->is.created);
	picture(p, v, r, command, &place);

	end = right -
	      pen_text(p, right, y, 0, ALIGN_RIGHT, FONT_SMALL, COLOR_DIM,
		       pen_bytes(bytes, r->bytes)) -
	      8;
	x += pen_format(p, x, y, 0, ALIGN_LEFT, FONT_BOLD, COLOR_TEXT, "%" PRIu32, r->is.id) + 8;
	if (r->is.scanouts)
		x += pen_text(p, x, y, 0, ALIGN_LEFT, FONT_SMALL, COLOR_DISPLAY, "on scanout") + 8;
	size_text(r, text, sizeof(text));
	if (end - x > 30)
		pen_text(p, x, y, end - x, ALIGN_LEFT, FONT_SMALL, COLOR_TEXT,
			 text[0] ? text : kind_of(r));

	x = place.x + PICTURE + 10;
	y += LINE;
	if (r->is.kind == VGPU_TRACK_3D && r->is.target == VGPU_PIPE_BUFFER)
		format = NULL;
	if (format)
		x += pen_text(p, x, y, right - x, ALIGN_LEFT, FONT_SMALL, COLOR_DIM, format) + 8;
	use_text(r, text, sizeof(text));
	if (right - x > 30)
		pen_text(p, x, y, right - x, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT, text);
	third_line(p, v, r, place.x + PICTURE + 10, y + LINE, right);
}

/* Ask for those that are in sight, and not for what has no picture. */
static void want(struct view *v, const struct cards *c, uint32_t command)
{
	uint32_t ids[VIEW_CONTENTS_WANTED], n = 0, i;
	struct view_resource r;

	for (i = c->first; is_shown(c, i) && n < VIEW_CONTENTS_WANTED; i++) {
		if (view_resources_get(v->resources, i, &r) && view_resource_has_picture(&r))
			ids[n++] = r.is.id;
	}
	view_pictures_want_contents(v->pictures, command, ids, n);
}

static void title(struct pen *p, const struct view *v, const struct view_rect *r,
		  const struct view_resources_about *about, const struct cards *c)
{
	char bytes[24], rows[64] = "";
	uint32_t last = c->first + c->rows * c->columns;

	if (c->count > c->rows * c->columns)
		snprintf(rows, sizeof(rows), "   %" PRIu32 " – %" PRIu32, c->first + 1,
			 last < c->count ? last : c->count);
	pen_format(p, r->x, r->y + 8, r->width, ALIGN_LEFT, FONT_SMALL, COLOR_FAINT,
		   "at command %" PRIu64 ": %" PRIu32 " resource%s   %s%s%s",
		   view_model_command(v->m, about->command).id, about->all,
		   about->all == 1 ? "" : "s", pen_bytes(bytes, about->bytes), rows,
		   about->partial ? "   some may be missing: the recording began late" : "");
}

/* So far that the one that was asked for is in sight. */
static void reveal(struct view *v, uint32_t count)
{
	struct cards c = place_cards(v, count);
	uint32_t i = view_resources_find(v->resources, v->picked);

	if (!v->reveal_picked || i == VIEW_NONE)
		return;
	v->reveal_picked = false;
	if (!is_shown(&c, i) || i < c.first)
		v->scroll[VIEW_PANE_LATENCY] = i / c.columns * SCROLL_LINES;
}

void pane_resources(struct pen *p, struct view *v, const struct view_rect *room)
{
	struct view_resources_about about;
	struct view_about names = { 0 };
	struct view_resource r;
	struct view_rect at;
	const char *why = NULL;
	struct cards c;
	uint32_t i;

	view_resources_about(v->resources, &about);
	if (v->command == VIEW_NONE)
		why = "choose a command: what there is then is shown";
	else if (about.error)
		why = "the trace cannot be read again";
	else if (about.command == VIEW_NONE || about.command >= v->m->command_count)
		why = "…";
	else if (!about.all)
		why = "no resource exists here";
	if (why) {
		pen_text(p, room->x + room->width / 2, room->y + room->height / 2, room->width,
			 ALIGN_CENTER, FONT_NORMAL, COLOR_FAINT, why);
		return;
	}
	reveal(v, about.count);
	c = place_cards(v, about.count);
	/* Kept within what there is. */
	if (v->scroll[VIEW_PANE_LATENCY] / SCROLL_LINES > c.first / c.columns)
		v->scroll[VIEW_PANE_LATENCY] = c.first / c.columns * SCROLL_LINES;
	title(p, v, room, &about, &c);
	want(v, &c, about.command);
	view_detail_about(v->detail, v->command, &names);
	for (i = c.first; is_shown(&c, i) && view_resources_get(v->resources, i, &r); i++) {
		at = card_at(&c, i);
		card(p, v, &r, &at, about.command, names.resource_id);
	}
}

/* The card under the pointer, larger and with all that its lines were cut of. */
void pane_resources_hover(struct pen *p, struct view *v)
{
	struct view_rect box = { .width = 320, .height = VIEW_THUMB_HEIGHT + 76 }, at;
	struct view_resources_about about;
	struct view_resource r;
	char text[256], size[96];
	const char *format;
	struct cards c;
	uint32_t i;

	if (v->latency_tab != VIEW_TAB_RESOURCES || v->other)
		return;
	view_resources_about(v->resources, &about);
	c = place_cards(v, about.count);
	for (i = c.first; is_shown(&c, i); i++) {
		at = card_at(&c, i);
		at.width = PICTURE + 10;
		if (view_rect_has(&at, v->pointer_x, v->pointer_y))
			break;
	}
	if (!is_shown(&c, i) || !view_resources_get(v->resources, i, &r))
		return;
	box.x = floor(fmin(fmax(at.x - box.width - 8, 4), v->width - box.width - 4));
	box.y = floor(fmin(fmax(at.y - box.height / 2, 4), v->height - box.height - 4));
	pen_box(p, &box);
	at = (struct view_rect) { box.x + 10, box.y + 10, VIEW_THUMB_WIDTH, VIEW_THUMB_HEIGHT };
	picture(p, v, &r, about.command, &at);
	format = vgpu_format_name(r.is.format);
	size_text(&r, size, sizeof(size));
	pen_format(p, box.x + 10, at.y + at.height + 14, box.width - 20, ALIGN_LEFT, FONT_BOLD,
		   COLOR_TEXT, "Resource %" PRIu32 "   %s   %s", r.is.id, kind_of(&r), size);
	use_text(&r, text, sizeof(text));
	pen_format(p, box.x + 10, at.y + at.height + 31, box.width - 20, ALIGN_LEFT, FONT_SMALL,
		   COLOR_DIM, "%s   %s", format ? format : "", text);
	pen_format(p, box.x + 10, at.y + at.height + 47, box.width - 20, ALIGN_LEFT, FONT_SMALL,
		   COLOR_DIM,
		   "%" PRIu32 " commands   %" PRIu64 " flushes   %s to the host   %s back",
		   r.commands, r.is.flushes,
		   pen_bytes(text, r.is.to_host_bytes + r.is.inline_bytes),
		   pen_bytes(size, r.is.from_host_bytes));
}
