/* SPDX-License-Identifier: MIT */
/* One window on the screen: a scanout's picture, its cursor, and words over them. */
#ifndef VGPU_REPLAY_WINDOW_PANE_H
#define VGPU_REPLAY_WINDOW_PANE_H

#include "sdl.h"
#include "wire.h"

#define PANE_LINES 12
#define PANE_TEXT  96

/* What lies over the picture; no lines: nothing. */
struct pane_text {
	char lines[PANE_LINES][PANE_TEXT];
	uint32_t count;
};

/* Pixels that the replay shares. */
struct pane_memory {
	const uint8_t *map; /* NULL: none */
	size_t size;
};

struct pane {
	SDL_Window *window; /* NULL: it never showed anything */
	SDL_Renderer *renderer;
	SDL_Texture *picture, *cursor;
	struct pane_memory picture_memory, cursor_memory;
	bool sized;             /* to its first picture */
	uint32_t width, height; /* 0: it shows nothing now */
	uint32_t cursor_width, cursor_height;
	int32_t cursor_x, cursor_y;
};

/* An empty window. False: there can be none. */
bool pane_open(const struct sdl *sdl, struct pane *p, const char *title);
/*
 * Take an event of kind PICTURE or CURSOR, and the descriptor that came with it, which is closed.
 * What the event says is not trusted: what cannot be so is shown as nothing. False: no window could
 * be made.
 */
bool pane_event(const struct sdl *sdl, struct pane *p, const struct window_event *e, int fd,
		const char *title);
void pane_draw(const struct sdl *sdl, struct pane *p, const struct pane_text *text);
/* The picture, without cursor and words, as a PNG in the working directory. 0 or -errno. */
int pane_save(const struct pane *p, const char *name);
void pane_finish(const struct sdl *sdl, struct pane *p);

#endif
