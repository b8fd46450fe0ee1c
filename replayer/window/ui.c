/* SPDX-License-Identifier: MIT */
/* The window's process: events from the replay and from the user, and when what is shown. */
#include "window.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "pane.h"
#include "report.h"
#include "sdl.h"

/* Between two looks at what SDL has, ms: while something moves, and at rest. */
#define UI_BUSY_MS 2
#define UI_REST_MS 16
/* Later than that the recorded times are not caught up with any more. */
#define UI_LATE_NS 500000000u
#define UI_PAGE    10

struct ui {
	struct sdl sdl;
	const struct window_options *options;
	int socket;
	struct pane panes[WINDOW_PICTURES];
	struct window_event at; /* where the replay is */
	bool waits;             /* it waits for an order */
	bool ended, quit, dirty;
	bool paused, hidden, help, fullscreen;
	double speed; /* 0: as fast as possible */
	bool wished;  /* `wish` is what is done as soon as the replay waits */
	struct window_order wish;
	bool held;          /* what comes next is not due yet; the replay waits with it */
	uint64_t held_time; /* recorded */
	bool paced;         /* the next two belong together */
	uint64_t from_clock, from_time;
	uint64_t first_time; /* of the first command that was told of; 0: none was */
	const char *keys;    /* that are left */
	char said[160];      /* by the replay, or of what was done here */
};

static const char *const ui_help[] = {
	"SPACE      PAUSE, GO ON",
	"RIGHT LEFT NEXT, PREVIOUS FRAME (PAGE UP, DOWN: 10)",
	". ,        NEXT, PREVIOUS COMMAND",
	"D          NEXT DRAW, AND WHAT IT DRAWS TO",
	"HOME END   FIRST, LAST",
	"+ - 1      FASTER, SLOWER, AS RECORDED",
	"M          AS FAST AS POSSIBLE",
	"O          THESE WORDS OR NONE",
	"F F12 Q    WHOLE SCREEN, SAVE PICTURES, QUIT",
};

static void ui_line(struct pane_text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void ui_line(struct pane_text *t, const char *format, ...)
{
	va_list args;

	if (t->count == PANE_LINES)
		return;
	va_start(args, format);
	vsnprintf(t->lines[t->count++], PANE_TEXT, format, args);
	va_end(args);
}

static void ui_text(const struct ui *u, struct pane_text *t)
{
	char latency[32] = "-", speed[32] = "max", room[NAME_ROOM];
	size_t i;

	t->count = 0;
	if (u->help) {
		for (i = 0; i < sizeof(ui_help) / sizeof(*ui_help); i++)
			ui_line(t, "%s", ui_help[i]);
		return;
	}
	if (u->hidden)
		return;
	if (u->at.latency_ns)
		snprintf(latency, sizeof(latency), "%.3f ms", (double)u->at.latency_ns / 1e6);
	if (u->speed > 0)
		snprintf(speed, sizeof(speed), "%gx", u->speed);
	ui_line(t, "frame %" PRIu64 "  time %.3f s  latency %s", u->at.frame,
		(double)(u->at.time_ns - u->first_time) / 1e9, latency);
	ui_line(t, "command %" PRIu64 " %s  %s%s", u->at.command,
		u->at.type ? name_command(u->options->dialect, u->at.type, room) : "", speed,
		u->ended    ? "  end"
		: u->paused ? "  paused"
			    : "");
	if (u->said[0])
		ui_line(t, "%s", u->said);
}

static void ui_draw(struct ui *u)
{
	struct pane_text text;
	uint32_t i;

	ui_text(u, &text);
	for (i = 0; i < WINDOW_PICTURES; i++)
		pane_draw(&u->sdl, &u->panes[i], &text);
	u->dirty = false;
}

static void ui_send(struct ui *u, uint32_t kind, uint64_t value)
{
	const struct window_order o = { .kind = kind, .value = value };

	if (window_send_order(u->socket, &o))
		u->quit = true;
	u->waits = false;
	u->ended = false;
	u->said[0] = '\0';
}

/* Do that: now, or when the replay has stopped. */
static void ui_order(struct ui *u, uint32_t kind, uint64_t value)
{
	const struct window_order stop = { .kind = WINDOW_STOP };

	u->paused = true;
	u->paced = false;
	if (u->ended && kind != WINDOW_SEEK_FRAME && kind != WINDOW_SEEK_COMMAND)
		return;
	if (u->waits || u->ended) {
		ui_send(u, kind, value);
		return;
	}
	if (!u->wished && window_send_order(u->socket, &stop))
		u->quit = true;
	u->wished = true;
	u->wish = (struct window_order) { .kind = kind, .value = value };
}

/* From where the replay is, or from where it is going. */
static void ui_seek(struct ui *u, uint32_t kind, int64_t by)
{
	uint64_t from = kind == WINDOW_SEEK_FRAME ? u->at.frame : u->at.command;

	if (u->wished && u->wish.kind == kind)
		from = u->wish.value;
	if (by < 0 && from < (uint64_t)-by)
		from = 0;
	else
		from += (uint64_t)by;
	ui_order(u, kind, from);
}

static void ui_speed(struct ui *u, double speed)
{
	u->speed = speed;
	u->paced = false;
}

static void ui_save(struct ui *u)
{
	char name[64];
	uint32_t i;
	int ret, n;

	for (i = 0; i < WINDOW_PICTURES; i++) {
		if (!u->panes[i].width)
			continue;
		for (n = 1; n < 1000; n++) {
			snprintf(name, sizeof(name),
				 "vgpu-replay-%06" PRIu64 "-%s%" PRIu32 "-%03d.png", u->at.frame,
				 i == WINDOW_TARGET ? "t" : "s", i, n);
			if (access(name, F_OK))
				break;
		}
		ret = pane_save(&u->panes[i], name);
		if (ret)
			fprintf(stderr, "vgpu-replay: %s: %s\n", name, strerror(-ret));
		else
			fprintf(stderr, "vgpu-replay: saved %s\n", name);
		snprintf(u->said, sizeof(u->said), "%s %s", ret ? "not saved:" : "saved", name);
	}
}

static void ui_pause(struct ui *u)
{
	if (u->ended) {
		ui_order(u, WINDOW_SEEK_FRAME, 0);
		u->paused = false;
		return;
	}
	u->paused = !u->paused;
	u->paced = false;
	/* A replay that runs on by itself has to be told. */
	if (u->paused && !u->waits && !u->wished) {
		u->wished = true;
		u->wish = (struct window_order) { .kind = WINDOW_STOP };
		if (window_send_order(u->socket, &u->wish))
			u->quit = true;
	}
}

static void ui_fullscreen(struct ui *u)
{
	uint32_t i;

	u->fullscreen = !u->fullscreen;
	for (i = 0; i < WINDOW_PICTURES; i++) {
		if (u->panes[i].window)
			u->sdl.SetWindowFullscreen(u->panes[i].window,
						   u->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP
								 : 0);
	}
}

/* Keys are places on the keyboard, as in vgpu-view. */
static void ui_key(struct ui *u, SDL_Scancode key)
{
	u->dirty = true;
	if (u->help) {
		u->help = false;
		return;
	}
	switch (key) {
	case SDL_SCANCODE_SPACE:
		ui_pause(u);
		break;
	case SDL_SCANCODE_RIGHT:
		ui_order(u, WINDOW_FRAME, 0);
		break;
	case SDL_SCANCODE_LEFT:
		/* A command that shows on two scanouts makes two frames, and is one step. */
		ui_seek(u, WINDOW_SEEK_FRAME, u->wished ? -1 : -(int64_t)u->at.shown);
		break;
	case SDL_SCANCODE_PAGEDOWN:
		ui_seek(u, WINDOW_SEEK_FRAME, UI_PAGE);
		break;
	case SDL_SCANCODE_PAGEUP:
		ui_seek(u, WINDOW_SEEK_FRAME, -UI_PAGE);
		break;
	case SDL_SCANCODE_PERIOD:
		ui_order(u, WINDOW_COMMAND, 0);
		break;
	case SDL_SCANCODE_COMMA:
		ui_seek(u, WINDOW_SEEK_COMMAND, -1);
		break;
	case SDL_SCANCODE_D:
		ui_order(u, WINDOW_DRAW, 0);
		break;
	case SDL_SCANCODE_HOME:
		ui_order(u, WINDOW_SEEK_FRAME, 0);
		break;
	case SDL_SCANCODE_END:
		ui_order(u, WINDOW_SEEK_FRAME, UINT64_MAX);
		break;
	case SDL_SCANCODE_EQUALS:
	case SDL_SCANCODE_KP_PLUS:
		ui_speed(u, u->speed > 0 ? u->speed * 2 : 1);
		break;
	case SDL_SCANCODE_MINUS:
	case SDL_SCANCODE_KP_MINUS:
		ui_speed(u, u->speed > 0 ? u->speed / 2 : 1);
		break;
	case SDL_SCANCODE_1:
		ui_speed(u, 1);
		break;
	case SDL_SCANCODE_M:
		ui_speed(u, 0);
		break;
	case SDL_SCANCODE_O:
		u->hidden = !u->hidden;
		break;
	case SDL_SCANCODE_F:
		ui_fullscreen(u);
		break;
	case SDL_SCANCODE_F1:
	case SDL_SCANCODE_SLASH:
		u->help = true;
		break;
	case SDL_SCANCODE_F12:
		ui_save(u);
		break;
	case SDL_SCANCODE_Q:
		u->quit = true;
		break;
	default:
		break;
	}
}

static void ui_input(struct ui *u)
{
	SDL_Event e;

	while (u->sdl.PollEvent(&e)) {
		if (e.type == SDL_KEYDOWN)
			ui_key(u, e.key.keysym.scancode);
		else if (e.type == SDL_QUIT ||
			 (e.type == SDL_WINDOWEVENT && e.window.event == SDL_WINDOWEVENT_CLOSE))
			u->quit = true;
		else if (e.type == SDL_WINDOWEVENT)
			u->dirty = true;
	}
}

/* One key of those that were given, when the last one has had its effect. */
static void ui_given_key(struct ui *u)
{
	size_t length = u->keys ? strcspn(u->keys, " ") : 0;
	SDL_Scancode code;
	char name[32];

	if (!length || (!u->ended && (!u->waits || !u->paused || u->wished)))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)length, u->keys);
	u->keys += length;
	u->keys += *u->keys == ' ';
	code = u->sdl.GetScancodeFromName(name);
	if (code == SDL_SCANCODE_UNKNOWN)
		fprintf(stderr, "vgpu-replay: --keys: there is no key \"%s\"\n", name);
	else
		ui_key(u, code);
}

static void ui_title(const struct ui *u, uint32_t index, char *title, size_t size)
{
	if (index == WINDOW_TARGET)
		snprintf(title, size, "%s — vgpu-replay, drawn to", u->options->name);
	else if (index)
		snprintf(title, size, "%s — vgpu-replay, scanout %" PRIu32, u->options->name,
			 index);
	else
		snprintf(title, size, "%s — vgpu-replay", u->options->name);
}

static void ui_pixels(struct ui *u, const struct window_event *e, int fd)
{
	char title[256];

	if (e->index >= (e->kind == WINDOW_CURSOR ? VGPU_DEVICE_SCANOUTS : WINDOW_PICTURES)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	ui_title(u, e->index, title, sizeof(title));
	if (!pane_event(&u->sdl, &u->panes[e->index], e, fd, title)) {
		fprintf(stderr, "vgpu-replay: no window: %s\n", u->sdl.GetError());
		u->quit = true;
	}
}

static void ui_place(struct ui *u, const struct window_event *e)
{
	if (e->kind == WINDOW_END) {
		u->ended = true;
		u->waits = u->wished = false;
		snprintf(u->said, sizeof(u->said), "%s", e->text);
		return;
	}
	if (!u->first_time && e->command)
		u->first_time = e->time_ns;
	if (e->kind == WINDOW_DUE) {
		u->held = !u->paused && !u->wished && u->speed > 0;
		u->held_time = e->time_ns;
		return;
	}
	u->at = *e;
	u->waits = e->kind == WINDOW_AT;
	if (e->text[0]) {
		snprintf(u->said, sizeof(u->said), "%s", e->text);
		u->paused = true;
	}
}

static void ui_events(struct ui *u)
{
	struct window_event e;
	int fd, ret = -EAGAIN;

	/* What the user does must not wait for a replay that has much to show. */
	while (!u->held && !(ret = window_receive_event(u->socket, false, &e, &fd))) {
		u->dirty = true;
		if (e.kind == WINDOW_PICTURE || e.kind == WINDOW_CURSOR) {
			ui_pixels(u, &e, fd);
			continue;
		}
		if (fd >= 0)
			close(fd);
		ui_place(u, &e);
		if (e.kind == WINDOW_PASSING)
			return;
	}
	if (ret && ret != -EAGAIN)
		u->quit = true;
}

/* Nanoseconds until what is held is due. */
static uint64_t ui_due(struct ui *u)
{
	uint64_t now = report_clock(), due;

	/* The first one has nothing to keep a distance from. */
	if (u->speed <= 0 || u->paused || u->wished || !u->at.command)
		return 0;
	if (!u->paced) {
		u->paced = true;
		u->from_clock = now;
		u->from_time = u->at.time_ns;
	}
	due = u->from_clock;
	if (u->held_time > u->from_time)
		due += (uint64_t)((double)(u->held_time - u->from_time) / u->speed);
	if (now > due && now - due > UI_LATE_NS)
		u->paced = false;
	return now < due ? due - now : 0;
}

/* Does what is to be done now. Milliseconds until there may be more. */
static int ui_go(struct ui *u)
{
	uint64_t due;

	if (u->held) {
		due = ui_due(u);
		if (due)
			return due > UI_REST_MS * 1000000u ? UI_REST_MS : (int)(due / 1000000u);
		u->held = false;
		return 0;
	}
	if (!u->waits)
		return u->ended ? UI_REST_MS : UI_BUSY_MS;
	if (u->wished) {
		u->wished = false;
		if (u->wish.kind != WINDOW_STOP)
			ui_send(u, u->wish.kind, u->wish.value);
		return 0;
	}
	if (u->paused)
		return UI_REST_MS;
	/* It is to be seen before the next one is asked for. */
	if (u->dirty)
		ui_draw(u);
	ui_send(u, u->speed > 0 ? WINDOW_MOMENT : WINDOW_FAST, 0);
	return 0;
}

static const char *ui_start(struct ui *u)
{
	char title[256];
	const char *why = sdl_load(&u->sdl);

	if (why)
		return why;
	ui_title(u, 0, title, sizeof(title));
	if (u->sdl.Init(SDL_INIT_VIDEO) || !pane_open(&u->sdl, &u->panes[0], title))
		return u->sdl.GetError();
	return NULL;
}

static void ui_loop(struct ui *u)
{
	struct pollfd p = { .fd = u->socket, .events = POLLIN };
	int wait;

	while (!u->quit) {
		ui_events(u);
		ui_input(u);
		ui_given_key(u);
		wait = ui_go(u);
		if (u->dirty)
			ui_draw(u);
		/* While it waits the replay says nothing, but its end. */
		p.events = u->held ? 0 : POLLIN;
		if (wait && !u->quit)
			poll(&p, 1, wait);
	}
}

void window_ui(int socket, const struct window_options *o)
{
	struct window_event open = { .kind = WINDOW_OPEN };
	struct ui *u = calloc(1, sizeof(*u));
	const char *why = u ? NULL : "no memory";
	uint32_t i;

	if (u) {
		u->options = o;
		u->socket = socket;
		u->paused = o->paused;
		u->speed = o->speed;
		u->keys = o->keys;
		u->dirty = true;
		why = ui_start(u);
	}
	/* An error without a text would look like none. */
	if (why)
		snprintf(open.text, sizeof(open.text), "%s", why[0] ? why : "unknown error");
	if (window_send_event(socket, &open, -1) || why)
		return;
	ui_loop(u);
	for (i = 0; i < WINDOW_PICTURES; i++)
		pane_finish(&u->sdl, &u->panes[i]);
	u->sdl.Quit();
	free(u);
}
