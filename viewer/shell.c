/* SPDX-License-Identifier: MIT */
/* The window: SDL's events to what a view can do, and the picture to the screen when it changed. */
#include "shell.h"

#include <SDL.h>
#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "export.h"
#include "input.h"
#include "pen.h"
#include "scale.h"

/* That a picture waits for its numbers. */
#define MEASURE_MS 2
/* Between pictures of a trace that is being loaded. */
#define LOADING_MS 50
#define LIVE_MS    10
/* That a script waits for one. */
#define PICTURE_MS 120000

struct shell {
	struct view *v;
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	int texture_width, texture_height;
	struct pen_texts *texts;
	double scale,
		wanted;   /* pixels of the window for a logical one; v->scale, when it was taken */
	bool dirty, late; /* late: the numbers are not those of the picture */
	struct view_input in;
	uint64_t told;   /* of v->stages and v->findings, as drawn */
	uint32_t listed; /* command that v->resources were of, as drawn */
	uint32_t news;   /* of search and filter, as drawn */
	Uint32 last_tick, last_growth, step_since;
};

static void fit_window(struct shell *s)
{
	int width, height;

	SDL_GetWindowSize(s->window, &width, &height);
	/* Nothing is larger than there is room for. */
	s->wanted = s->scale = s->v->scale;
	s->scale = fmin(s->scale,
			fmin((double)width / VIEW_WIDTH_MIN, (double)height / VIEW_HEIGHT_MIN));
	s->scale = fmax(s->scale, fmin(s->wanted, 1));
	view_resize(s->v, fmax(round(width / s->scale), VIEW_WIDTH_MIN),
		    fmax(round(height / s->scale), VIEW_HEIGHT_MIN));
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
	s->late = view_prepare_within(s->v, MEASURE_MS) > 0;
}

/* Of the renderer's picture, not of ours: so it is what stands in the window. */
static int save_shot(struct shell *s, const char *path)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, s->texture_width, s->texture_height);
	cairo_status_t status = cairo_surface_status(surface);
	int ret = -ENOMEM;

	if (status)
		goto out;
	cairo_surface_flush(surface);
	ret = -EIO;
	if (SDL_RenderReadPixels(s->renderer, NULL, SDL_PIXELFORMAT_ARGB8888,
				 cairo_image_surface_get_data(surface),
				 cairo_image_surface_get_stride(surface)))
		goto out;
	cairo_surface_mark_dirty(surface);
	errno = 0;
	if (!cairo_surface_write_to_png(surface, path))
		ret = 0;
	else if (errno)
		ret = -errno;
out:
	cairo_surface_destroy(surface);
	return ret;
}

static void paint(struct shell *s, cairo_surface_t *surface)
{
	cairo_t *cr = cairo_create(surface);
	double scale;
	int width;

	SDL_GetWindowSize(s->window, &width, NULL);
	if (width > 0) {
		/* Wayland's windows have pixels of their own. */
		scale = s->scale * s->texture_width / width;
		cairo_scale(cr, scale, scale);
	}
	view_draw(s->v, cr, s->texts);
	cairo_destroy(cr);
}

/* Draw anew; what the renderer shows then goes to `shot` too, when that is not NULL. */
static int redraw(struct shell *s, const char *shot)
{
	cairo_surface_t *surface;
	void *pixels;
	int pitch, ret = 0;

	measure(s);
	if (!fit_texture(s) || SDL_LockTexture(s->texture, NULL, &pixels, &pitch))
		return -EIO;
	surface = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, s->texture_width,
						      s->texture_height, pitch);
	paint(s, surface);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
	SDL_UnlockTexture(s->texture);
	SDL_RenderClear(s->renderer);
	SDL_RenderCopy(s->renderer, s->texture, NULL, NULL);
	if (shot)
		ret = save_shot(s, shot);
	SDL_RenderPresent(s->renderer);
	s->dirty = false;
	return ret;
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
	/* In the window: who looks at it need not have a terminal. */
	if (ret)
		snprintf(v->message, sizeof(v->message), "%s: %s", path, strerror(-ret));
	else
		snprintf(v->message, sizeof(v->message), "saved %s", path);
}

static unsigned int mods(void)
{
	SDL_Keymod mod = SDL_GetModState();

	return (mod & KMOD_SHIFT ? VIEW_SHIFT : 0) | (mod & KMOD_CTRL ? VIEW_CTRL : 0);
}

static void window(struct shell *s, const SDL_WindowEvent *e)
{
	if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED)
		fit_window(s);
	if (e->event == SDL_WINDOWEVENT_LEAVE)
		s->v->pointed = false;
}

static void key(struct shell *s, const SDL_Keysym *k)
{
	char *pasted;

	if (s->v->prompt.kind != VIEW_PROMPT_NONE && k->scancode == SDL_SCANCODE_V &&
	    mods() == VIEW_CTRL) {
		pasted = SDL_GetClipboardText();
		view_type(s->v, pasted ? pasted : "");
		SDL_free(pasted);
		return;
	}
	view_input_key(&s->in, SDL_GetScancodeName(k->scancode), mods());
	if (s->v->playing)
		s->last_tick = SDL_GetTicks();
}

static void wheel(struct shell *s, const SDL_MouseWheelEvent *e)
{
	int flip = e->direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;

	view_input_wheel(&s->in, e->y * flip, e->x, mods());
}

static void event(struct shell *s, const SDL_Event *e)
{
	switch (e->type) {
	case SDL_QUIT:
		s->in.quit = true;
		return;
	case SDL_WINDOWEVENT:
		window(s, &e->window);
		break;
	case SDL_KEYDOWN:
		key(s, &e->key.keysym);
		break;
	case SDL_TEXTINPUT:
		view_input_text(&s->in, e->text.text);
		break;
	case SDL_MOUSEBUTTONDOWN:
		if (e->button.button == SDL_BUTTON_LEFT)
			view_input_press(&s->in, e->button.x / s->scale, e->button.y / s->scale,
					 mods());
		break;
	case SDL_MOUSEBUTTONUP:
		if (e->button.button == SDL_BUTTON_LEFT)
			view_input_release(&s->in, e->button.x / s->scale, e->button.y / s->scale);
		break;
	case SDL_MOUSEMOTION:
		view_input_move(&s->in, e->motion.x / s->scale, e->motion.y / s->scale);
		break;
	case SDL_MOUSEWHEEL:
		wheel(s, &e->wheel);
		break;
	default:
		return;
	}
	if (s->in.save)
		save_picture(s->v);
	s->in.save = false;
	if (s->wanted != s->v->scale)
		fit_window(s);
	s->dirty = true;
}

/* Changes with each finding, at the end, and when the file is looked through anew. */
static uint64_t told_of(const struct view *v)
{
	uint64_t n = view_findings_done(v->findings, NULL) + view_stages_done(v->stages), i;

	for (i = 0; i < VIEW_SEVERITIES; i++)
		n += 4 * (uint64_t)view_findings_count(v->findings, (enum vgpu_severity)i);
	return n ^ (uint64_t)v->asked << 48;
}

/* What happens without input: playing, pictures that come in, numbers that were put off. */
static void tick(struct shell *s)
{
	Uint32 now = SDL_GetTicks();
	uint32_t frame = s->v->frame;
	struct view_resources_about resources;

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
	if (s->v->other && view_pictures_update(s->v->other->pictures, 0))
		s->dirty = true;
	if (s->news != view_find_news(s->v->search) + view_find_news(s->v->filter)) {
		s->news = view_find_news(s->v->search) + view_find_news(s->v->filter);
		s->dirty = true;
	}
	view_resources_about(s->v->resources, &resources);
	if (s->listed != resources.command) {
		s->listed = resources.command;
		s->dirty = true;
	}
	if (s->told != told_of(s->v)) {
		s->told = told_of(s->v);
		s->dirty = true;
	}
	/* A picture without news but for the numbers waits until they are there. */
	if (s->late && !s->dirty) {
		measure(s);
		s->dirty = !s->late;
	}
	if (s->v->m->loading == VIEW_LOADING &&
	    now - s->last_growth < (s->v->m->live ? LIVE_MS : LOADING_MS))
		return;
	s->last_growth = now;
	if (view_grow_with_model(s->v))
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
				     SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
					     SDL_WINDOW_HIDDEN);
	if (!s->window)
		goto fail;
	if (!s->v->scale)
		s->v->scale = s->v->first_scale = view_screen_scale(s->window);
	SDL_SetWindowSize(s->window, (int)lround(s->v->width * s->v->scale),
			  (int)lround(s->v->height * s->v->scale));
	SDL_SetWindowMinimumSize(s->window, VIEW_WIDTH_MIN, VIEW_HEIGHT_MIN);
	SDL_ShowWindow(s->window);
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

static void send_key(struct shell *s, const struct view_step *step)
{
	SDL_Event e = { .key = { .type = SDL_KEYDOWN } };

	e.key.keysym.scancode = SDL_GetScancodeFromName(step->text);
	e.key.keysym.sym = SDL_GetKeyFromScancode(e.key.keysym.scancode);
	event(s, &e);
	/* This key writes nothing: what is typed next is not its text. */
	s->in.swallow = false;
}

static void send_motion(struct shell *s, const struct view_at *at)
{
	SDL_Event e = { .motion = { .type = SDL_MOUSEMOTION } };
	double x, y;

	view_script_point(&s->v->layout, at, &x, &y);
	e.motion.x = (Sint32)(x * s->scale);
	e.motion.y = (Sint32)(y * s->scale);
	event(s, &e);
}

static void send_button(struct shell *s, Uint32 type)
{
	SDL_Event e = { .button = { .type = type, .button = SDL_BUTTON_LEFT } };

	e.button.x = (Sint32)lround(s->v->pointer_x * s->scale);
	e.button.y = (Sint32)lround(s->v->pointer_y * s->scale);
	event(s, &e);
}

static bool has_picture_of(struct view *v, uint32_t frame)
{
	return frame == VIEW_NONE || view_pictures_full(v->pictures, frame) ||
	       view_pictures_missing(v->pictures, frame);
}

static bool has_picture(struct view *v)
{
	return has_picture_of(v, v->frame) &&
	       (!v->show_difference || has_picture_of(v, view_frame_before(v)));
}

static bool waited(struct shell *s, const struct view_step *step)
{
	struct view *v = s->v;
	Uint32 ms = SDL_GetTicks() - s->step_since;

	if (step->number >= 0)
		return ms >= step->number;
	/* A filter that found more has the stages measured anew. */
	if (step->number == VIEW_WAIT_SEARCH && v->latency_tab == VIEW_TAB_BY_STAGE)
		view_want_stages(v);
	if (step->number == VIEW_WAIT_SEARCH)
		return (!v->search || view_find_done(v->search, NULL)) &&
		       (!v->filter || view_find_done(v->filter, NULL)) &&
		       (!v->stages || view_stages_done(v->stages)) &&
		       (!v->findings || view_findings_done(v->findings, NULL)) &&
		       view_resources_done(v->resources);
	return (has_picture(v) && (!v->other || has_picture(v->other)) &&
		view_pictures_have_contents(v->pictures)) ||
	       ms > PICTURE_MS;
}

static int write_state(struct view *v, const char *path)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int ret;

	if (!out)
		return -errno;
	ret = view_write_state(v, out);
	if ((out == stdout ? fflush(out) : fclose(out)) && !ret)
		ret = -errno;
	return ret;
}

/* What stands in the window is complete: numbers are not put off for a picture that is kept. */
static int shoot(struct shell *s, const char *path)
{
	int ret = view_prepare(s->v);

	return ret ? ret : redraw(s, path);
}

/* One step. 0; 1: it goes on; -errno. */
static int perform(struct shell *s, const struct view_step *step)
{
	SDL_Event e = { .wheel = { .type = SDL_MOUSEWHEEL, .y = (Sint32)step->number } };

	switch (step->kind) {
	case VIEW_STEP_KEY:
		send_key(s, step);
		return 0;
	case VIEW_STEP_TYPE:
		view_input_text(&s->in, step->text);
		s->dirty = true;
		return 0;
	case VIEW_STEP_MOVE:
		send_motion(s, &step->at);
		return 0;
	case VIEW_STEP_CLICK:
	case VIEW_STEP_DRAG:
		send_motion(s, &step->at);
		send_button(s, SDL_MOUSEBUTTONDOWN);
		if (step->kind == VIEW_STEP_DRAG)
			send_motion(s, &step->to);
		send_button(s, SDL_MOUSEBUTTONUP);
		return 0;
	case VIEW_STEP_WHEEL:
		send_motion(s, &step->at);
		event(s, &e);
		return 0;
	case VIEW_STEP_SIZE:
		SDL_SetWindowSize(s->window, (int)(step->to.x * s->scale),
				  (int)(step->to.y * s->scale));
		fit_window(s);
		return 0;
	case VIEW_STEP_WAIT:
		return !waited(s, step);
	case VIEW_STEP_STATE:
		return write_state(s->v, step->text);
	case VIEW_STEP_SHOT:
		return shoot(s, step->text);
	default:
		return 0;
	}
}

/* The next step, on a window that is up to date. 0, 1: it goes on, or -errno. */
static int run_step(struct shell *s, const struct view_step *step)
{
	SDL_Keymod mod = SDL_GetModState();
	int ret;

	if (s->dirty)
		redraw(s, NULL);
	SDL_SetModState((step->mods & VIEW_SHIFT ? KMOD_LSHIFT : 0) |
			(step->mods & VIEW_CTRL ? KMOD_LCTRL : 0));
	ret = perform(s, step);
	SDL_SetModState(mod);
	if (ret <= 0)
		s->step_since = SDL_GetTicks();
	return ret;
}

/*
 * Events until there are none. With a script, only those of the window itself. While it waits, more of
 * the trace can be loaded.
 */
static void take_events(struct shell *s, bool scripted, int timeout)
{
	SDL_Event e;

	bool any;

	view_model_unlock(s->v->m);
	any = SDL_WaitEventTimeout(&e, timeout);
	view_model_lock(s->v->m);
	for (; any; any = !s->in.quit && SDL_PollEvent(&e)) {
		if (!scripted || e.type == SDL_QUIT || e.type == SDL_WINDOWEVENT)
			event(s, &e);
	}
}

static void stop(struct shell *s)
{
	pen_texts_destroy(s->texts);
	if (s->texture)
		SDL_DestroyTexture(s->texture);
	if (s->renderer)
		SDL_DestroyRenderer(s->renderer);
	if (s->window)
		SDL_DestroyWindow(s->window);
}

static bool looking(const struct view_find *f)
{
	return f && !view_find_done(f, NULL);
}

int view_shell_run(struct view *v, const struct view_script *script, const char **why,
		   unsigned int *line)
{
	struct shell s = { .v = v, .in.v = v, .texts = pen_texts_create() };
	size_t at = 0;
	bool busy;
	int ret = 0;

	if (start(&s, why)) {
		stop(&s);
		return -1;
	}
	view_model_lock(v->m);
	while (!s.in.quit && !(script && at == script->count)) {
		busy = v->playing || s.late || ret > 0 || v->other ||
		       v->m->loading == VIEW_LOADING || looking(v->search) || looking(v->filter) ||
		       (v->stages && !view_stages_done(v->stages)) ||
		       (v->findings && !view_findings_done(v->findings, NULL)) ||
		       !view_resources_done(v->resources) ||
		       view_pictures_state(v->pictures) == VIEW_PICTURES_WORKING;
		take_events(&s, script, s.dirty || (script && ret <= 0) ? 0 : busy ? 8 : 250);
		tick(&s);
		if (script && !s.in.quit) {
			ret = run_step(&s, &script->steps[at]);
			if (ret < 0)
				break;
			at += !ret;
		}
		if (s.dirty && !s.in.quit)
			redraw(&s, NULL);
	}
	if (ret < 0) {
		*line = script->steps[at].line;
		*why = strerror(-ret);
		ret = 1;
	}
	view_model_unlock(v->m);
	stop(&s);
	SDL_Quit();
	return ret > 0;
}
