/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <math.h>
#include <string.h>

#define CLICK_PIXELS 4

static double middle_of(const struct view *v)
{
	return v->pointed ? v->pointer_x : v->layout.track.x + v->layout.track.width / 2;
}

static void zoom(struct view_input *in, int direction)
{
	view_zoom(in->v, direction > 0 ? 0.8 : 1.25, middle_of(in->v));
}

static void pan(struct view_input *in, int percent)
{
	view_pan(in->v, percent / 100.0);
}

static void fit(struct view_input *in, int arg)
{
	(void)arg;
	view_fit(in->v);
}

static void step_command(struct view_input *in, int step)
{
	view_step_command(in->v, step);
}

/* As many as the list shows, but one. */
static void page(struct view_input *in, int direction)
{
	int64_t rows = in->v->rows;

	view_step_command(in->v, direction * (rows > 1 ? rows - 1 : 1));
}

static void step_frame(struct view_input *in, int step)
{
	view_step_frame(in->v, step);
}

static void last_frame(struct view_input *in, int arg)
{
	(void)arg;
	view_last_frame(in->v);
}

static void play(struct view_input *in, int arg)
{
	(void)arg;
	in->v->playing = !in->v->playing;
}

static void change_light(struct view_input *in, int arg)
{
	(void)arg;
	in->v->light = !in->v->light;
}

/* One thing after the other. */
static void escape(struct view_input *in, int arg)
{
	struct view *v = in->v;
	struct vgpu_filter_error error;

	(void)arg;
	if (v->marked)
		view_unmark(v);
	else if (v->search)
		view_search(v, "", &error);
	else if (v->filter)
		view_filter(v, "", &error);
	else
		view_forget_markers(v);
}

static void ask(struct view_input *in, int kind)
{
	view_ask(in->v, (enum view_prompt_kind)kind);
	in->swallow = true;
}

static void step_match(struct view_input *in, int step)
{
	view_step_match(in->v, step);
}

static void worst(struct view_input *in, int command)
{
	if (command)
		view_worst_command(in->v);
	else
		view_worst_frame(in->v);
}

/* At the pointer, when it is in the timeline, else at the chosen command. */
static void set_marker(struct view_input *in, int marker)
{
	struct view *v = in->v;
	const struct view_rect *t = &v->layout.track;

	if (v->pointed &&
	    view_layout_hit(&v->layout, v->pointer_x, v->pointer_y) == VIEW_PANE_LANES)
		view_set_marker(v, (unsigned int)marker,
				view_layout_time(t, v->from_ns, v->to_ns, v->pointer_x));
	else if (v->command != VIEW_NONE)
		view_set_marker(v, (unsigned int)marker,
				view_model_command(v->m, v->command).queue_ns);
}

static void show_marker(struct view_input *in, int marker)
{
	view_show_marker(in->v, (unsigned int)marker);
}

static void mark_between(struct view_input *in, int arg)
{
	(void)arg;
	view_mark_between(in->v);
}

static void bookmark(struct view_input *in, int arg)
{
	struct view *v = in->v;
	uint64_t id = v->command == VIEW_NONE ? 0 : view_model_command(v->m, v->command).id;

	(void)arg;
	view_bookmark(v, view_notes_find(&v->notes, id) ? NULL : "");
}

static void follow(struct view_input *in, int step)
{
	view_follow(in->v, step);
}

static void related(struct view_input *in, int arg)
{
	(void)arg;
	view_related(in->v);
}

static void detail_tab(struct view_input *in, int step)
{
	struct view *v = in->v;

	view_use_link(v, VIEW_LINK_DETAIL_TAB,
		      (v->detail_tab + (unsigned int)step) % VIEW_DETAIL_TABS);
}

static void latency_tab(struct view_input *in, int step)
{
	struct view *v = in->v;

	view_use_link(v, VIEW_LINK_LATENCY_TAB,
		      (v->latency_tab + (unsigned int)step) % VIEW_LATENCY_TABS);
}

/* At the pointer, when it is on the picture, else at its middle. */
static void zoom_picture(struct view_input *in, int direction)
{
	struct view *v = in->v;
	const struct view_rect *at = &v->layout.pane[VIEW_PANE_SCANOUT];
	bool there = v->pointed && view_rect_has(at, v->pointer_x, v->pointer_y);

	if (!direction)
		v->picture_zoom = 0;
	else
		view_zoom_picture(v, direction > 0 ? 1.5 : 1 / 1.5,
				  there ? v->pointer_x : at->x + at->width / 2,
				  there ? v->pointer_y : at->y + at->height / 2);
}

static void show_difference(struct view_input *in, int arg)
{
	(void)arg;
	in->v->show_difference = !in->v->show_difference;
}

static void show_damage(struct view_input *in, int arg)
{
	(void)arg;
	in->v->show_damage = !in->v->show_damage;
}

static void show_cursor(struct view_input *in, int arg)
{
	(void)arg;
	in->v->no_cursor = !in->v->no_cursor;
}

/* In quarters; 0: as at the begin. */
static void rescale(struct view_input *in, int step)
{
	struct view *v = in->v;

	v->scale = step ? fmin(fmax(v->scale + 0.25 * step, VIEW_SCALE_MIN), VIEW_SCALE_MAX)
			: v->first_scale;
}

static void next_scanout(struct view_input *in, int arg)
{
	(void)arg;
	view_next_scanout(in->v);
}

static void step_bookmark(struct view_input *in, int step)
{
	view_step_bookmark(in->v, step);
}

static void help(struct view_input *in, int arg)
{
	(void)arg;
	in->v->help = true;
}

static void save(struct view_input *in, int arg)
{
	(void)arg;
	in->save = true;
}

static void quit(struct view_input *in, int arg)
{
	(void)arg;
	in->quit = true;
}

/* The one table of keys. Those without words are told of by the row before; without `act`: mouse. */
static const struct binding {
	const char *key;
	unsigned int mods;
	void (*act)(struct view_input *in, int arg);
	int arg;
	const char *shown, *what;
} bindings[] = {
	{ "W", 0, zoom, 1, "W  S", "zoom in, zoom out" },
	{ "S", 0, zoom, -1, NULL, NULL },
	{ "A", 0, pan, -15, "A  D  ← →", "go left, go right" },
	{ "D", 0, pan, 15, NULL, NULL },
	{ "Left", 0, pan, -5, NULL, NULL },
	{ "Right", 0, pan, 5, NULL, NULL },
	{ "Z", 0, fit, 0, "Z", "the whole trace" },
	{ NULL, 0, NULL, 0, "wheel", "zoom at the pointer; step; scroll" },
	{ NULL, 0, NULL, 0, "drag", "move the timeline" },
	{ NULL, 0, NULL, 0, "Shift + drag", "mark a span: the numbers are about it" },
	{ "1", 0, set_marker, 0, "1  2", "set a marker at the pointer" },
	{ "2", 0, set_marker, 1, NULL, NULL },
	{ "1", VIEW_SHIFT, show_marker, 0, "Shift + 1 2", "go to it" },
	{ "2", VIEW_SHIFT, show_marker, 1, NULL, NULL },
	{ "M", 0, mark_between, 0, "M", "mark the span between the markers" },
	{ "/", 0, ask, VIEW_PROMPT_SEARCH, "/", "search: latency > 1ms && SUBMIT_3D" },
	{ "N", 0, step_match, 1, "N  Shift + N", "the next match, the one before" },
	{ "N", VIEW_SHIFT, step_match, -1, NULL, NULL },
	{ "F", 0, ask, VIEW_PROMPT_FILTER, "F", "filter: show and count only these" },
	{ "Escape", 0, escape, 0, "Esc", "forget mark, search, filter, markers" },
	{ ",", 0, step_command, -1, ",  .  ↑ ↓", "the command before, the next one" },
	{ ".", 0, step_command, 1, NULL, NULL },
	{ "Up", 0, step_command, -1, NULL, NULL },
	{ "Down", 0, step_command, 1, NULL, NULL },
	{ "PageUp", 0, page, -1, "Page ↑ ↓", "so many as the list shows" },
	{ "PageDown", 0, page, 1, NULL, NULL },
	{ "Left", VIEW_CTRL, step_frame, -1, "Ctrl + ← →", "the frame before, the next one" },
	{ "Right", VIEW_CTRL, step_frame, 1, NULL, NULL },
	{ "Home", 0, step_frame, INT32_MIN, "Home  End",
	  "first frame; last frame, live the newest" },
	{ "End", 0, last_frame, 0, NULL, NULL },
	{ "[", 0, follow, -1, "[  ]", "follow the command: ioctl … queue … signal" },
	{ "]", 0, follow, 1, NULL, NULL },
	{ "R", 0, related, 0, "R", "search what is about the same resource" },
	{ "Tab", 0, detail_tab, 1, "Tab", "fields, stages, shaders, bytes of the command" },
	{ "Tab", VIEW_SHIFT, detail_tab, VIEW_DETAIL_TABS - 1, NULL, NULL },
	{ "L", 0, latency_tab, 1, "L", "latency, over time, stages, findings, resources" },
	{ "X", 0, worst, 0, "X", "the longest frame; again: the next one" },
	{ "X", VIEW_SHIFT, worst, 1, "Shift + X", "the slowest command of the span" },
	{ "=", 0, zoom_picture, 1, "+  −  0", "picture: closer, farther, fitted (Ctrl + wheel)" },
	{ "=", VIEW_SHIFT, zoom_picture, 1, NULL, NULL },
	{ "-", 0, zoom_picture, -1, NULL, NULL },
	{ "0", 0, zoom_picture, 0, NULL, NULL },
	{ "V", 0, show_difference, 0, "V", "what differs from the frame before" },
	{ "G", 0, show_damage, 0, "G", "what the flush named as changed" },
	{ "C", 0, show_cursor, 0, "C", "the cursor, or none" },
	{ "O", 0, next_scanout, 0, "O", "the next scanout" },
	{ "Space", 0, play, 0, "Space", "play, stop" },
	{ "B", 0, bookmark, 0, "B", "bookmark the command, or no longer" },
	{ "B", VIEW_SHIFT, ask, VIEW_PROMPT_NOTE, "Shift + B", "and write why" },
	{ "B", VIEW_CTRL, step_bookmark, 1, "Ctrl + B", "the next bookmark" },
	{ "=", VIEW_CTRL, rescale, 1, "Ctrl + + − 0", "all: larger, smaller, as at first" },
	{ "=", VIEW_CTRL | VIEW_SHIFT, rescale, 1, NULL, NULL },
	{ "-", VIEW_CTRL, rescale, -1, NULL, NULL },
	{ "0", VIEW_CTRL, rescale, 0, NULL, NULL },
	{ "T", 0, change_light, 0, "T", "dark, light" },
	{ "F12", 0, save, 0, "F12", "save a picture of the window" },
	{ "/", VIEW_SHIFT, help, 0, "?", "this sheet" },
	{ "F1", 0, help, 0, NULL, NULL },
	{ "Q", 0, quit, 0, "Q", "quit" },
};

#define BINDINGS (sizeof(bindings) / sizeof(*bindings))

bool view_key(unsigned int row, const char **key, const char **what)
{
	unsigned int i;

	for (i = 0; i < BINDINGS; i++) {
		if (!bindings[i].shown || row--)
			continue;
		*key = bindings[i].shown;
		*what = bindings[i].what;
		return true;
	}
	return false;
}

static void prompt_key(struct view *v, const char *key, unsigned int mods)
{
	if (!strcmp(key, "Return") || !strcmp(key, "Keypad Enter"))
		view_enter(v);
	else if (!strcmp(key, "Escape"))
		view_cancel(v);
	else if (!strcmp(key, "Backspace") || (!strcmp(key, "U") && mods == VIEW_CTRL))
		view_erase(v, mods == VIEW_CTRL);
}

bool view_input_key(struct view_input *in, const char *key, unsigned int mods)
{
	unsigned int i;

	in->swallow = false;
	if (in->v->prompt.kind != VIEW_PROMPT_NONE) {
		prompt_key(in->v, key, mods);
		return true;
	}
	if (in->v->help && strcmp(key, "Q")) {
		in->v->help = false;
		return true;
	}
	in->v->message[0] = '\0';
	for (i = 0; i < BINDINGS; i++) {
		if (!bindings[i].key || strcmp(bindings[i].key, key) || bindings[i].mods != mods)
			continue;
		bindings[i].act(in, bindings[i].arg);
		return true;
	}
	return false;
}

void view_input_text(struct view_input *in, const char *text)
{
	if (in->swallow)
		in->swallow = false;
	else if (in->v->prompt.kind != VIEW_PROMPT_NONE)
		view_type(in->v, text);
	/* On keyboards where they lie elsewhere. */
	else if (!strcmp(text, "/"))
		view_ask(in->v, VIEW_PROMPT_SEARCH);
	else if (!strcmp(text, "?"))
		in->v->help = true;
}

/* Of two traces the one whose pane is there. */
static struct view *view_at(struct view *v, double x, double y)
{
	return v->other && view_layout_hit(&v->other->layout, x, y) != VIEW_PANE_NONE ? v->other
										      : v;
}

static uint64_t time_at(const struct view *v, double x)
{
	return view_layout_time(&v->layout.track, v->from_ns, v->to_ns, x);
}

void view_input_press(struct view_input *in, double x, double y, unsigned int mods)
{
	struct view *v = in->v;

	v->help = false;
	v->message[0] = '\0';
	in->drag_x = in->last_x = x;
	in->drag_y = in->last_y = y;
	in->moved = false;
	switch (view_layout_hit(&view_at(v, x, y)->layout, x, y)) {
	case VIEW_PANE_BARS:
		in->drag = VIEW_DRAG_SCRUB;
		view_click(v, x, y);
		break;
	case VIEW_PANE_LANES:
		in->drag = mods & VIEW_SHIFT ? VIEW_DRAG_MARK : VIEW_DRAG_PAN;
		in->mark_ns = time_at(v, x);
		break;
	case VIEW_PANE_SCANOUT:
		if (view_rect_has(&v->scrubber, x, y)) {
			in->drag = VIEW_DRAG_SLIDE;
			view_scrub(v, x);
		} else {
			in->drag = VIEW_DRAG_PICTURE;
		}
		break;
	default:
		view_click(v, x, y);
		break;
	}
}

void view_input_move(struct view_input *in, double x, double y)
{
	struct view *v = in->v;

	v->pointed = true;
	v->pointer_x = x;
	v->pointer_y = y;
	if (fabs(x - in->drag_x) > CLICK_PIXELS)
		in->moved = true;
	if (in->drag == VIEW_DRAG_SCRUB)
		view_click(v, x, in->drag_y);
	else if (in->drag == VIEW_DRAG_MARK)
		view_mark(v, in->mark_ns, time_at(v, x));
	else if (in->drag == VIEW_DRAG_SLIDE)
		view_scrub(v, x);
	else if (in->drag == VIEW_DRAG_PICTURE)
		view_move_picture(v, x - in->last_x, y - in->last_y);
	else if (in->drag == VIEW_DRAG_PAN && in->moved)
		view_pan(v, (in->last_x - x) / v->layout.track.width);
	if (in->drag != VIEW_DRAG_PAN || in->moved)
		in->last_x = x;
	in->last_y = y;
}

void view_input_release(struct view_input *in, double x, double y)
{
	if (in->drag == VIEW_DRAG_PAN && !in->moved)
		view_click(in->v, x, y);
	in->drag = VIEW_DRAG_NONE;
}

void view_input_wheel(struct view_input *in, double up, double right, unsigned int mods)
{
	struct view *v = in->v;
	struct view *at = view_at(v, v->pointer_x, v->pointer_y);
	enum view_pane pane = view_layout_hit(&at->layout, v->pointer_x, v->pointer_y);

	switch (pane) {
	case VIEW_PANE_LANES:
		/* Over their names. */
		if (v->pointer_x < at->layout.track.x) {
			view_scroll_lanes(at, -(int64_t)up);
			break;
		}
		if (right != 0)
			view_pan(v, right * 0.05);
		view_zoom(v, pow(0.8, up), v->pointer_x);
		break;
	case VIEW_PANE_SCANOUT:
		if (mods & VIEW_CTRL) {
			view_zoom_picture(v, pow(1.25, up), v->pointer_x, v->pointer_y);
			break;
		}
		/* fall through */
	case VIEW_PANE_BARS:
		view_step_frame(v, -(int64_t)up);
		break;
	case VIEW_PANE_LIST:
		view_step_command(at, -(int64_t)up);
		break;
	case VIEW_PANE_LATENCY:
	case VIEW_PANE_DETAIL:
		view_scroll(v, pane, -3 * (int64_t)up);
		break;
	default:
		break;
	}
}
