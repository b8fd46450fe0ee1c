/* SPDX-License-Identifier: MIT */
/*
 * Keys and mouse, and what they do to a view. No SDL: a key has the name of its place on an American
 * keyboard, as SDL calls it ("W", "Left", "[").
 */
#ifndef VGPU_VIEW_INPUT_H
#define VGPU_VIEW_INPUT_H

#include "view.h"

enum {
	VIEW_SHIFT = 1,
	VIEW_CTRL = 2,
};

enum view_drag {
	VIEW_DRAG_NONE,
	VIEW_DRAG_PAN,
	VIEW_DRAG_MARK,
	VIEW_DRAG_SCRUB,
	VIEW_DRAG_SLIDE,   /* the scrubber under the picture */
	VIEW_DRAG_PICTURE, /* what is seen of it */
};

/* All zero but for `v`. */
struct view_input {
	struct view *v;
	bool quit, save; /* asked for; whoever does it sets them back */
	enum view_drag drag;
	double drag_x, drag_y, last_x, last_y;
	bool swallow; /* the text that belongs to the key before */
	bool moved;   /* so far that it is no click any more */
	uint64_t mark_ns;
};

/* True when the key does something. */
bool view_input_key(struct view_input *in, const char *key, unsigned int mods);
/* What keys write, UTF-8; comes after the keys. */
void view_input_text(struct view_input *in, const char *text);
/* Of the main button. */
void view_input_press(struct view_input *in, double x, double y, unsigned int mods);
void view_input_move(struct view_input *in, double x, double y);
void view_input_release(struct view_input *in, double x, double y);
/* Notches, away from the user and to the right. */
void view_input_wheel(struct view_input *in, double up, double right, unsigned int mods);

/* Row `row` (from 0) of the key sheet; false past the last. Static strings. */
bool view_key(unsigned int row, const char **key, const char **what);

#endif
