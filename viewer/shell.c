/* SPDX-License-Identifier: MIT */
/* The window: SDL's events to what a view can do, and the picture to the screen when it changed. */
#include "shell.h"

#include <SDL.h>
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "export.h"

#define CLICK_PIXELS 4
/* Numbers that take longer than this wait until nothing has moved for a while. */
#define MEASURE_MS   12
#define REST_MS      120

enum drag {
	DRAG_NONE,
	DRAG_PAN,
	DRAG_MARK,
	DRAG_SCRUB
};

struct shell {
	struct view *v;
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	int texture_width, texture_height;
	bool quit, dirty, late; /* late: the numbers are not those of the picture */
	enum drag drag;
	int drag_x, drag_y, last_x;
	bool moved;
	uint64_t mark_ns;
	Uint32 last_input, measure_ms, last_tick;
};

static void fit_window(struct shell *s)
{
	int width, height;

	SDL_GetWindowSize(s->window, &width, &height);
	view_resize(s->v, fmax(width, VIEW_WIDTH_MIN), fmax(height, VIEW_HEIGHT_MIN));
	s->dirty = true;
}

static bool fit_texture(struct shell *s)
{
	int width, height;

	if (SDL_GetRendererOutputSize(s->renderer, &width, &height))
		return false;
	if (s->texture && width == s->texture_width && height == s->texture_height)
		return true;
	if (s->texture)
		SDL_DestroyTexture(s->texture);
	s->texture = SDL_CreateTexture(s->renderer, SDL_PIXELFORMAT_ARGB8888,
				       SDL_TEXTUREACCESS_STREAMING, width, height);
	s->texture_width = width;
	s->texture_height = height;
	return s->texture;
}

static void measure(struct shell *s)
{
	Uint32 now = SDL_GetTicks();

	s->late = s->measure_ms > MEASURE_MS && now - s->last_input < REST_MS;
	if (s->late)
		return;
	view_prepare(s->v);
	s->measure_ms = SDL_GetTicks() - now;
}

static void redraw(struct shell *s)
{
	cairo_surface_t *surface;
	cairo_t *cr;
	void *pixels;
	int pitch, width;

	measure(s);
	if (!fit_texture(s) || SDL_LockTexture(s->texture, NULL, &pixels, &pitch))
		return;
	surface = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, s->texture_width,
						      s->texture_height, pitch);
	cr = cairo_create(surface);
	SDL_GetWindowSize(s->window, &width, NULL);
	if (width > 0)
		cairo_scale(cr, (double)s->texture_width / width, (double)s->texture_width / width);
	view_draw(s->v, cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
	SDL_UnlockTexture(s->texture);
	SDL_RenderClear(s->renderer);
	SDL_RenderCopy(s->renderer, s->texture, NULL, NULL);
	SDL_RenderPresent(s->renderer);
	s->dirty = false;
}

static void save_picture(struct view *v)
{
	char path[64];
	int n, ret;

	for (n = 1; n < 1000; n++) {
		snprintf(path, sizeof(path), "vgpu-view-%03d.png", n);
		if (access(path, F_OK))
			break;
	}
	ret = view_export(v, path);
	if (ret)
		fprintf(stderr, "vgpu-view: %s: %s\n", path, strerror(-ret));
	else
		fprintf(stderr, "vgpu-view: saved %s\n", path);
}

static double middle_of(const struct view *v)
{
	return v->pointed ? v->pointer_x : v->layout.track.x + v->layout.track.width / 2;
}

/* Keys are places on the keyboard, so that W S A D lie together on every layout. */
static void key(struct shell *s, const SDL_Keysym *k)
{
	struct view *v = s->v;
	bool ctrl = k->mod & KMOD_CTRL;

	if (v->help && k->scancode != SDL_SCANCODE_Q) {
		v->help = false;
		return;
	}
	if (k->sym == SDLK_QUESTION) {
		v->help = true;
		return;
	}
	switch (k->scancode) {
	case SDL_SCANCODE_W:
		view_zoom(v, 0.8, middle_of(v));
		break;
	case SDL_SCANCODE_S:
		view_zoom(v, 1.25, middle_of(v));
		break;
	case SDL_SCANCODE_A:
		view_pan(v, -0.15);
		break;
	case SDL_SCANCODE_D:
		view_pan(v, 0.15);
		break;
	case SDL_SCANCODE_LEFT:
		ctrl ? view_step_frame(v, -1) : view_pan(v, -0.05);
		break;
	case SDL_SCANCODE_RIGHT:
		ctrl ? view_step_frame(v, 1) : view_pan(v, 0.05);
		break;
	case SDL_SCANCODE_F:
		view_fit(v);
		break;
	case SDL_SCANCODE_COMMA:
		view_step_command(v, -1);
		break;
	case SDL_SCANCODE_PERIOD:
		view_step_command(v, 1);
		break;
	case SDL_SCANCODE_HOME:
		view_step_frame(v, INT32_MIN);
		break;
	case SDL_SCANCODE_END:
		view_step_frame(v, INT32_MAX);
		break;
	case SDL_SCANCODE_SPACE:
		v->playing = !v->playing;
		s->last_tick = SDL_GetTicks();
		break;
	case SDL_SCANCODE_T:
		v->light = !v->light;
		break;
	case SDL_SCANCODE_ESCAPE:
		view_unmark(v);
		break;
	case SDL_SCANCODE_SLASH:
	case SDL_SCANCODE_F1:
		v->help = k->scancode == SDL_SCANCODE_F1 || k->mod & KMOD_SHIFT;
		break;
	case SDL_SCANCODE_F12:
		save_picture(v);
		break;
	case SDL_SCANCODE_Q:
		s->quit = true;
		break;
	default:
		break;
	}
}

static uint64_t time_at(const struct view *v, double x)
{
	return view_layout_time(&v->layout.track, v->from_ns, v->to_ns, x);
}

static void press(struct shell *s, const SDL_MouseButtonEvent *e)
{
	struct view *v = s->v;

	if (e->button != SDL_BUTTON_LEFT)
		return;
	v->help = false;
	s->drag_x = s->last_x = e->x;
	s->drag_y = e->y;
	s->moved = false;
	switch (view_layout_hit(&v->layout, e->x, e->y)) {
	case VIEW_PANE_BARS:
		s->drag = DRAG_SCRUB;
		view_click(v, e->x, e->y);
		break;
	case VIEW_PANE_LANES:
		s->drag = SDL_GetModState() & KMOD_SHIFT ? DRAG_MARK : DRAG_PAN;
		s->mark_ns = time_at(v, e->x);
		break;
	default:
		break;
	}
}

static void move(struct shell *s, const SDL_MouseMotionEvent *e)
{
	struct view *v = s->v;

	v->pointed = true;
	v->pointer_x = e->x;
	v->pointer_y = e->y;
	if (abs(e->x - s->drag_x) > CLICK_PIXELS)
		s->moved = true;
	if (s->drag == DRAG_SCRUB)
		view_click(v, e->x, s->drag_y);
	else if (s->drag == DRAG_MARK)
		view_mark(v, s->mark_ns, time_at(v, e->x));
	else if (s->drag == DRAG_PAN && s->moved)
		view_pan(v, (s->last_x - e->x) / v->layout.track.width);
	if (s->drag != DRAG_PAN || s->moved)
		s->last_x = e->x;
}

static void release(struct shell *s, const SDL_MouseButtonEvent *e)
{
	if (e->button != SDL_BUTTON_LEFT)
		return;
	if (s->drag == DRAG_PAN && !s->moved)
		view_click(s->v, e->x, e->y);
	s->drag = DRAG_NONE;
}

static void wheel(struct shell *s, const SDL_MouseWheelEvent *e)
{
	struct view *v = s->v;
	int by = e->direction == SDL_MOUSEWHEEL_FLIPPED ? -e->y : e->y;

	switch (view_layout_hit(&v->layout, v->pointer_x, v->pointer_y)) {
	case VIEW_PANE_LANES:
		if (e->x)
			view_pan(v, e->x * 0.05);
		view_zoom(v, pow(0.8, by), v->pointer_x);
		break;
	case VIEW_PANE_BARS:
	case VIEW_PANE_SCANOUT:
		view_step_frame(v, -by);
		break;
	case VIEW_PANE_LIST:
		view_step_command(v, -by);
		break;
	case VIEW_PANE_LATENCY:
	case VIEW_PANE_DETAIL:
		view_scroll(v, view_layout_hit(&v->layout, v->pointer_x, v->pointer_y), -3 * by);
		break;
	default:
		break;
	}
}

static void window(struct shell *s, const SDL_WindowEvent *e)
{
	if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED)
		fit_window(s);
	if (e->event == SDL_WINDOWEVENT_LEAVE)
		s->v->pointed = false;
}

static void event(struct shell *s, const SDL_Event *e)
{
	switch (e->type) {
	case SDL_QUIT:
		s->quit = true;
		return;
	case SDL_WINDOWEVENT:
		window(s, &e->window);
		break;
	case SDL_KEYDOWN:
		key(s, &e->key.keysym);
		break;
	case SDL_MOUSEBUTTONDOWN:
		press(s, &e->button);
		break;
	case SDL_MOUSEBUTTONUP:
		release(s, &e->button);
		break;
	case SDL_MOUSEMOTION:
		move(s, &e->motion);
		break;
	case SDL_MOUSEWHEEL:
		wheel(s, &e->wheel);
		break;
	default:
		return;
	}
	s->last_input = SDL_GetTicks();
	s->dirty = true;
}

/* What happens without input: playing, pictures that come in, numbers that were put off. */
static void tick(struct shell *s)
{
	Uint32 now = SDL_GetTicks();
	uint32_t frame = s->v->frame;

	if (s->v->playing) {
		view_play(s->v, (uint64_t)(now - s->last_tick) * 1000000u);
		/* Between two frames the time goes on counting. */
		if (s->v->frame != frame) {
			s->last_tick = now;
			s->dirty = true;
		}
	}
	if (view_pictures_update(s->v->pictures, 0))
		s->dirty = true;
	if (s->late && now - s->last_input >= REST_MS)
		s->dirty = true;
}

static int start(struct shell *s, const char **why)
{
	char title[256];

	*why = NULL;
	if (SDL_Init(SDL_INIT_VIDEO))
		goto fail;
	SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "0");
	snprintf(title, sizeof(title), "%s — vgpu-view", s->v->name);
	s->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
				     (int)s->v->width, (int)s->v->height,
				     SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (!s->window)
		goto fail;
	SDL_SetWindowMinimumSize(s->window, VIEW_WIDTH_MIN, VIEW_HEIGHT_MIN);
	s->renderer = SDL_CreateRenderer(s->window, -1, 0);
	if (!s->renderer)
		s->renderer = SDL_CreateRenderer(s->window, -1, SDL_RENDERER_SOFTWARE);
	if (!s->renderer)
		goto fail;
	fit_window(s);
	return 0;
fail:
	*why = SDL_GetError();
	return -1;
}

int view_shell_run(struct view *v, const char **why)
{
	struct shell s = { .v = v };
	bool busy;
	SDL_Event e;

	if (start(&s, why)) {
		if (s.window)
			SDL_DestroyWindow(s.window);
		return -1;
	}
	while (!s.quit) {
		busy = v->playing || s.late ||
		       view_pictures_state(v->pictures) == VIEW_PICTURES_WORKING;
		if (SDL_WaitEventTimeout(&e, s.dirty ? 0 : busy ? 8 : 250)) {
			do {
				event(&s, &e);
			} while (!s.quit && SDL_PollEvent(&e));
		}
		tick(&s);
		if (s.dirty && !s.quit)
			redraw(&s);
	}
	if (s.texture)
		SDL_DestroyTexture(s.texture);
	SDL_DestroyRenderer(s.renderer);
	SDL_DestroyWindow(s.window);
	SDL_Quit();
	return 0;
}
