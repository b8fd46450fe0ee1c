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

static void step_frame(struct view_input *in, int step)
{
	view_step_frame(in->v, step);
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

static void escape(struct view_input *in, int arg)
{
	(void)arg;
	view_unmark(in->v);
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
	{ "A", 0, pan, -15, "A  D", "go left, go right" },
	{ "D", 0, pan, 15, NULL, NULL },
	{ "Left", 0, pan, -5, NULL, NULL },
	{ "Right", 0, pan, 5, NULL, NULL },
	{ NULL, 0, NULL, 0, "wheel", "zoom at the pointer; step; scroll" },
	{ NULL, 0, NULL, 0, "drag", "move the timeline" },
	{ NULL, 0, NULL, 0, "Shift + drag", "mark a span: the numbers are about it" },
	{ "Escape", 0, escape, 0, "Esc", "forget the mark" },
	{ "F", 0, fit, 0, "F", "the whole trace" },
	{ ",", 0, step_command, -1, ",  .", "the command before, the next one" },
	{ ".", 0, step_command, 1, NULL, NULL },
	{ "Left", VIEW_CTRL, step_frame, -1, "Ctrl + ← →", "the frame before, the next one" },
	{ "Right", VIEW_CTRL, step_frame, 1, NULL, NULL },
	{ "Home", 0, step_frame, INT32_MIN, "Home  End", "first frame, last frame" },
	{ "End", 0, step_frame, INT32_MAX, NULL, NULL },
	{ "Space", 0, play, 0, "Space", "play, stop" },
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

bool view_input_key(struct view_input *in, const char *key, unsigned int mods)
{
	unsigned int i;

	if (in->v->help && strcmp(key, "Q")) {
		in->v->help = false;
		return true;
	}
	for (i = 0; i < BINDINGS; i++) {
		if (!bindings[i].key || strcmp(bindings[i].key, key) || bindings[i].mods != mods)
			continue;
		bindings[i].act(in, bindings[i].arg);
		return true;
	}
	return false;
}

static uint64_t time_at(const struct view *v, double x)
{
	return view_layout_time(&v->layout.track, v->from_ns, v->to_ns, x);
}

void view_input_press(struct view_input *in, double x, double y, unsigned int mods)
{
	struct view *v = in->v;

	v->help = false;
	in->drag_x = in->last_x = x;
	in->drag_y = y;
	in->moved = false;
	switch (view_layout_hit(&v->layout, x, y)) {
	case VIEW_PANE_BARS:
		in->drag = VIEW_DRAG_SCRUB;
		view_click(v, x, y);
		break;
	case VIEW_PANE_LANES:
		in->drag = mods & VIEW_SHIFT ? VIEW_DRAG_MARK : VIEW_DRAG_PAN;
		in->mark_ns = time_at(v, x);
		break;
	default:
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
	else if (in->drag == VIEW_DRAG_PAN && in->moved)
		view_pan(v, (in->last_x - x) / v->layout.track.width);
	if (in->drag != VIEW_DRAG_PAN || in->moved)
		in->last_x = x;
}

void view_input_release(struct view_input *in, double x, double y)
{
	if (in->drag == VIEW_DRAG_PAN && !in->moved)
		view_click(in->v, x, y);
	in->drag = VIEW_DRAG_NONE;
}

void view_input_wheel(struct view_input *in, double up, double right)
{
	struct view *v = in->v;
	enum view_pane pane = view_layout_hit(&v->layout, v->pointer_x, v->pointer_y);

	switch (pane) {
	case VIEW_PANE_LANES:
		if (right != 0)
			view_pan(v, right * 0.05);
		view_zoom(v, pow(0.8, up), v->pointer_x);
		break;
	case VIEW_PANE_BARS:
	case VIEW_PANE_SCANOUT:
		view_step_frame(v, -(int64_t)up);
		break;
	case VIEW_PANE_LIST:
		view_step_command(v, -(int64_t)up);
		break;
	case VIEW_PANE_LATENCY:
	case VIEW_PANE_DETAIL:
		view_scroll(v, pane, -3 * (int64_t)up);
		break;
	default:
		break;
	}
}
