/* SPDX-License-Identifier: MIT */
/* vgpu-view: look at a trace. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vgpu/error.h>

#include "export.h"
#include "pair.h"
#include "report.h"
#include "shell.h"
#include "spool.h"
#include "video.h"
#include "view.h"

#define PICTURE_MS 120000 /* for one picture; a long trace is replayed up to it */

const char *argp_program_version = "vgpu-view " VGPU_VERSION;

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_LOST = 3
};

enum {
	OPT_STATE = 256,
	OPT_SCRIPT,
	OPT_SEARCH,
	OPT_REPORT,
	OPT_FRAMES,
	OPT_MARK,
	OPT_BUDGET,
	OPT_LIGHT,
	OPT_SCALE,
	OPT_NO_PICTURES
};

static const struct argp_option option_table[] = {
	{ "export", 'o', "FILE", 0, "write the picture to FILE (.png, .svg, .pdf); no window", 0 },
	{ "report", OPT_REPORT, "FILE", 0,
	  "write numbers, graphs, frames and what was slowest as one HTML page; no window", 0 },
	{ "frames", OPT_FRAMES, "FILE", 0,
	  "write the frames in sight as a film, in the time that they took (.mp4, .webm, .mkv), "
	  "where "
	  "libav is built in; no window",
	  0 },
	{ "state", OPT_STATE, NULL, 0, "write what is shown as JSON; no window", 0 },
	{ "script", OPT_SCRIPT, "FILE", 0,
	  "do in the window what FILE says, key by key, and end (- is standard input)", 0 },
	{ "size", 's', "WxH", 0, "size of the window or picture (default 1280x800)", 0 },
	{ "scale", OPT_SCALE, "N", 0,
	  "all so much larger, 0.5 to 4, pictures as well (default: in a window as the desktop "
	  "has it, else 1)",
	  0 },
	{ "time", 't', "FROM-TO", 0,
	  "show this span: seconds from the trace's start (of two traces, from the first command), "
	  "or "
	  "with ns, us, ms",
	  0 },
	{ "mark", OPT_MARK, "FROM-TO", 0, "mark this span: the numbers are about it", 0 },
	{ "frame", 'f', "N", 0, "choose frame N, as vgpu-replay counts them (from 1)", 0 },
	{ "command", 'c', "ID", 0, "choose the command with this number", 0 },
	{ "search", OPT_SEARCH, "EXPRESSION", 0, "mark these commands, as with / in the window",
	  0 },
	{ "filter", 'F', "EXPRESSION", 0,
	  "list and measure only these: SUBMIT_3D && latency > 1ms (see vgpu-trace dump)", 0 },
	{ "budget", OPT_BUDGET, "MS", 0, "time that a frame may take (default 16.667)", 0 },
	{ "dialect", 'D', "NAME", 0,
	  "decode as this implementation has it: spec (the default), chromium, libkrun, celadon, "
	  "rvgpu",
	  0 },
	{ "backend", 'b', "NAME", 0, "renderer: virgl or soft2d (default: by the trace)", 0 },
	{ "no-pictures", OPT_NO_PICTURES, NULL, 0, "do not render frames", 0 },
	{ "light", OPT_LIGHT, NULL, 0, "dark on light", 0 },
	{ 0 },
};

struct options {
	const char *trace, *other, *export, *backend, *script, *report, *film, *search, *filter;
	bool state, light, no_pictures;
	unsigned int width, height;
	double scale; /* 0: as the screen is */
	bool timed, marked;
	uint64_t time[2], mark[2]; /* ns, from view_zero_ns() on */
	uint64_t frame, command;   /* 0: none */
	uint64_t budget_ns;
	enum vgpu_dialect dialect;
};

/* "1.5", "20ms", "300us"; false when it is no time. */
static bool parse_time(const char *text, const char *end, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 } };
	char *unit;
	double value;
	size_t i;

	errno = 0;
	value = strtod(text, &unit);
	if (unit == text || errno || !(value >= 0))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if ((size_t)(end - unit) != strlen(units[i].unit) ||
		    strncmp(unit, units[i].unit, (size_t)(end - unit)))
			continue;
		if (value * units[i].ns > 1e18)
			return false;
		*ns = (uint64_t)(value * units[i].ns + 0.5);
		return true;
	}
	return false;
}

static void parse_span(struct argp_state *state, const char *arg, uint64_t span[2])
{
	const char *between = strchr(arg, ':');

	/* The others' ranges have a minus, exponents may. */
	if (!between)
		between = strchr(arg, '-');
	if (!between || !parse_time(arg, between, &span[0]) ||
	    !parse_time(between + 1, arg + strlen(arg), &span[1]) || span[1] <= span[0])
		argp_error(state, "%s: not a span of time such as 0.5-0.8 or 20ms-35ms", arg);
}

static uint64_t parse_number(struct argp_state *state, const char *arg)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || !n)
		argp_error(state, "%s: not a number from 1", arg);
	return n;
}

static void parse_size(struct argp_state *state, const char *arg, struct options *o)
{
	char rest;

	if (sscanf(arg, "%5ux%5u%c", &o->width, &o->height, &rest) != 2 ||
	    o->width < VIEW_WIDTH_MIN || o->height < VIEW_HEIGHT_MIN || o->width > VIEW_SIZE_MAX ||
	    o->height > VIEW_SIZE_MAX)
		argp_error(state, "%s: not a size from %dx%d to %dx%d", arg, VIEW_WIDTH_MIN,
			   VIEW_HEIGHT_MIN, VIEW_SIZE_MAX, VIEW_SIZE_MAX);
}

static void check_expression(struct argp_state *state, const char *arg)
{
	struct vgpu_filter_error error;
	struct vgpu_filter *filter;

	if (vgpu_filter_create(&filter, arg, &error))
		argp_error(state, "%s: at column %zu: %s", arg, error.column + 1, error.text);
	vgpu_filter_destroy(filter);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;
	double ms;

	switch (key) {
	case 'o':
		if (!view_export_knows(arg))
			argp_error(state, "%s: the name must end in .png, .svg or .pdf", arg);
		o->export = arg;
		return 0;
	case OPT_STATE:
		o->state = true;
		return 0;
	case OPT_SEARCH:
		check_expression(state, arg);
		o->search = arg;
		return 0;
	case 'F':
		check_expression(state, arg);
		o->filter = arg;
		return 0;
	case OPT_REPORT:
		o->report = arg;
		return 0;
	case OPT_FRAMES:
		o->film = arg;
		return 0;
	case OPT_SCRIPT:
		o->script = arg;
		return 0;
	case 's':
		parse_size(state, arg, o);
		return 0;
	case OPT_SCALE:
		o->scale = strtod(arg, &end);
		if (end == arg || *end ||
		    !(o->scale >= VIEW_SCALE_MIN && o->scale <= VIEW_SCALE_MAX))
			argp_error(state, "%s: not a number from 0.5 to 4", arg);
		return 0;
	case 't':
		parse_span(state, arg, o->time);
		o->timed = true;
		return 0;
	case OPT_MARK:
		parse_span(state, arg, o->mark);
		o->marked = true;
		return 0;
	case 'f':
		o->frame = parse_number(state, arg);
		return 0;
	case 'c':
		o->command = parse_number(state, arg);
		return 0;
	case OPT_BUDGET:
		ms = strtod(arg, &end);
		if (end == arg || *end || !(ms > 0 && ms < 1e5))
			argp_error(state, "%s: not a number of milliseconds", arg);
		o->budget_ns = (uint64_t)(ms * 1e6);
		return 0;
	case 'b':
		if (strcmp(arg, "virgl") && strcmp(arg, "soft2d"))
			argp_error(state, "%s: neither virgl nor soft2d", arg);
		o->backend = arg;
		return 0;
	case 'D':
		if (vgpu_dialect_number(arg, &o->dialect))
			argp_error(state, "--dialect=%s: spec, chromium, libkrun, celadon or rvgpu",
				   arg);
		return 0;
	case OPT_NO_PICTURES:
		o->no_pictures = true;
		return 0;
	case OPT_LIGHT:
		o->light = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->other)
			argp_error(state, "two traces at most");
		*(o->trace ? &o->other : &o->trace) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->trace)
			argp_error(state, "which trace?");
		if (o->script && (o->export || o->state || o->report || o->film))
			argp_error(state, "a script needs the window: its steps save pictures");
		if (fmax(o->width, o->height) * o->scale > VIEW_SIZE_MAX)
			argp_error(state, "%ux%u, %g times as large, is more than %d pixels",
				   o->width, o->height, o->scale, VIEW_SIZE_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int complain(const char *what, int error)
{
	fprintf(stderr, "vgpu-view: %s: %s\n", what,
		error > -4096 ? strerror(-error) : vgpu_strerror(error));
	return EXIT_FAILED;
}

static int choose(struct view *v, const struct options *o)
{
	uint32_t i;

	if (o->frame > v->m->frame_count) {
		fprintf(stderr,
			"vgpu-view: there is no frame %" PRIu64 ", the last is %" PRIu32 "\n",
			o->frame, v->m->frame_count);
		return EXIT_FAILED;
	}
	if (o->frame)
		view_choose_frame(v, (uint32_t)o->frame - 1);
	if (o->command) {
		i = view_model_find(v->m, o->command);
		if (i == VIEW_NONE) {
			fprintf(stderr, "vgpu-view: there is no command %" PRIu64 "\n", o->command);
			return EXIT_FAILED;
		}
		view_choose_command(v, i);
	}
	return EXIT_OK;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Without a window nobody can wait for the picture: wait here. */
static void await_picture(struct view *v)
{
	uint64_t end = now_ms() + PICTURE_MS;

	while (v->frame != VIEW_NONE && !view_pictures_full(v->pictures, v->frame) &&
	       !view_pictures_missing(v->pictures, v->frame) && now_ms() < end)
		view_pictures_update(v->pictures, 200);
	if (v->pictures && v->frame != VIEW_NONE && !view_pictures_full(v->pictures, v->frame))
		fprintf(stderr, "vgpu-view: frame %" PRIu32 " has no picture: %s\n", v->frame + 1,
			view_pictures_state(v->pictures) == VIEW_PICTURES_FAILED
				? view_pictures_about(v->pictures)
				: "it cannot be read");
}

static void await_thumbs(struct view_pictures *p)
{
	uint64_t end = now_ms() + PICTURE_MS;

	while (view_pictures_state(p) == VIEW_PICTURES_WORKING && now_ms() < end)
		view_pictures_update(p, 200);
}

static void await_find(const struct view_find *f)
{
	while (f && !view_find_done(f, NULL))
		usleep(1000);
}

static int show_window(struct view *v, const struct options *o)
{
	struct view_script script = { 0 };
	unsigned int line;
	const char *why;
	int ret = o->script ? view_script_read(&script, o->script, &line) : 0;

	if (ret == -EINVAL) {
		fprintf(stderr, "vgpu-view: %s: line %u is no step of a script\n", o->script, line);
		return EXIT_FAILED;
	}
	if (ret)
		return complain(o->script, ret);
	ret = view_shell_run(v, o->script ? &script : NULL, &why, &line);
	if (ret < 0)
		fprintf(stderr, "vgpu-view: no window: %s (--export and --state need none)\n", why);
	else if (ret)
		fprintf(stderr, "vgpu-view: %s: line %u: %s\n", o->script, line, why);
	view_script_finish(&script);
	return ret ? EXIT_FAILED : EXIT_OK;
}

static bool incomplete(const struct view_model *m)
{
	return m->lost || m->cut;
}

/* 0, 1: pictures are missing, or -1; both are told. */
static int write_film(struct view *v, const char *path)
{
	char why[VIEW_VIDEO_WHY];
	uint32_t missing;
	int ret = view_video(v, path, &missing, why);

	if (ret < 0)
		fprintf(stderr, "vgpu-view: %s: %s\n", path, why);
	else if (ret)
		fprintf(stderr, "vgpu-view: %s: %" PRIu32 " frames have no picture\n", path,
			missing);
	return ret;
}

static int show(struct view *v, const struct options *o)
{
	int ret, lost = 0;

	if (!o->export && !o->state && !o->report && !o->film)
		return show_window(v, o);
	if (!v->scale)
		v->scale = 1;
	if (v->pictures)
		await_picture(v);
	if (v->other && v->other->pictures)
		await_picture(v->other);
	await_find(v->search);
	await_find(v->filter);
	ret = o->export ? view_export(v, o->export) : 0;
	if (ret)
		return complain(o->export, ret);
	if (o->report && v->pictures)
		await_thumbs(v->pictures);
	ret = o->report ? view_report(v, o->report) : 0;
	if (ret)
		return complain(o->report, ret);
	if (o->film) {
		lost = write_film(v, o->film);
		if (lost < 0)
			return EXIT_FAILED;
	}
	ret = o->state ? view_write_state(v, stdout) : 0;
	if (!ret && fflush(stdout))
		ret = -errno;
	if (ret)
		return complain("standard output", ret);
	return lost || incomplete(v->m) || (v->other && incomplete(v->other->m)) ? EXIT_LOST
										 : EXIT_OK;
}

static uint64_t absolute(const struct view *v, uint64_t ns)
{
	return ns < UINT64_MAX - view_zero_ns(v) ? view_zero_ns(v) + ns : UINT64_MAX;
}

/* The last frame in the span, so that picture and lanes tell of the same time. */
static void choose_within(struct view *v)
{
	uint32_t frame = view_model_frame_at(v->m, v->to_ns - 1);
	uint64_t time_ns;

	if (frame == VIEW_NONE)
		return;
	time_ns = view_model_frame(v->m, frame).time_ns;
	if (time_ns >= v->from_ns && time_ns < v->to_ns)
		view_choose_frame(v, frame);
}

/* What is to be seen at first, as the options say. */
static int arrange(struct view *v, const struct options *o, const struct view_spool *spool)
{
	const char *path = spool ? view_spool_path(spool) : o->trace;
	const struct view_model *m = v->m;
	struct vgpu_filter_error error;
	int ret;

	v->name = strcmp(o->trace, "-") ? o->trace : "standard input";
	v->name = strrchr(v->name, '/') ? strrchr(v->name, '/') + 1 : v->name;
	v->path = path;
	v->paired = o->other;
	v->budget_ns = o->budget_ns;
	v->light = o->light;
	v->scale = v->first_scale = o->scale;
	ret = choose(v, o);
	if (ret)
		return ret;
	if (o->timed) {
		view_show(v, absolute(v, o->time[0]), absolute(v, o->time[1]));
		if (!o->frame && !o->command)
			choose_within(v);
	}
	if (o->marked)
		view_mark(v, absolute(v, o->mark[0]), absolute(v, o->mark[1]));
	ret = view_notes_init(&v->notes, strcmp(o->trace, "-") ? o->trace : NULL);
	if (ret)
		fprintf(stderr, "vgpu-view: bookmarks of %s: %s\n", o->trace, strerror(-ret));
	v->detail = view_detail_create(path, m);
	if (!v->detail || (o->search && !view_search(v, o->search, &error)) ||
	    (o->filter && !view_filter(v, o->filter, &error)))
		return complain("start", -ENOMEM);
	/* The viewer is of use without them. */
	ret = 0;
	if (!o->no_pictures && m->live)
		ret = view_pictures_create_live(&v->pictures, spool, m, o->backend);
	else if (!o->no_pictures && (m->frame_count || m->loading == VIEW_LOADING))
		ret = view_pictures_create(&v->pictures, path, m, o->backend);
	if (ret)
		complain("renderer", ret);
	return EXIT_OK;
}

static int run(const struct options *o, const struct view_spool *spool, const struct view_model *m)
{
	struct view_pair pair = { 0 };
	struct view v;
	int ret;

	view_model_lock(m);
	view_init(&v, m, o->width, o->height);
	ret = arrange(&v, o, spool);
	view_model_unlock(m);
	if (!ret && o->other) {
		ret = view_pair_open(&pair, &v, o->other, !o->no_pictures, o->backend);
		if (ret)
			ret = complain(o->other, ret);
	}
	if (v.other && !o->timed)
		view_fit(&v);
	if (!ret)
		ret = show(&v, o);
	view_pair_close(&pair);
	view_model_lock(m);
	if (!ret && m->error)
		ret = complain(o->trace, m->error);
	view_model_unlock(m);
	view_pictures_destroy(v.pictures);
	view_detail_destroy(v.detail);
	view_finish(&v);
	return ret;
}

/* A window shows what there is so far; what is written, or chosen by number or time, needs all. */
static bool needs_all(const struct options *o)
{
	return o->export || o->state || o->script || o->film || o->frame || o->command ||
	       o->timed || o->marked || o->search || o->filter || o->other;
}

static int open_file(const struct options *o, const char *path, struct view_model **m)
{
	int ret = view_model_open(m, path);

	if (!ret)
		(*m)->dialect = o->dialect;
	if (!ret && needs_all(o))
		ret = view_model_wait(*m);
	return ret ? complain(o->trace, ret) : EXIT_OK;
}

/* A pipe can be looked at while it is written to. */
static int open_input(const struct options *o, struct view_spool **spool, struct view_model **m)
{
	int ret = view_spool_create(spool, STDIN_FILENO);

	*m = NULL;
	if (!ret && needs_all(o)) {
		ret = view_spool_wait(*spool);
		return ret ? complain("standard input", ret)
			   : open_file(o, view_spool_path(*spool), m);
	}
	if (!ret)
		ret = view_model_open_live(m, *spool);
	if (!ret)
		(*m)->dialect = o->dialect;
	return ret ? complain("standard input", ret) : EXIT_OK;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "TRACE [OTHER]",
		.doc = "Look at a recorded virtio-gpu command stream: its frames, and where the "
		       "time "
		       "goes. With OTHER, two of them beside each other.\v"
		       "TRACE may be - for standard input; a recording that still goes on is "
		       "followed: ssh "
		       "guest vgpu-trace record -o - | vgpu-view -. In the window, ? shows the "
		       "keys. Exit "
		       "status: 0 done, 1 failed, 2 usage, 3 exported, but the trace is "
		       "incomplete.",
	};
	struct options o = { .width = 1280, .height = 800, .budget_ns = VIEW_BUDGET_NS };
	struct view_model *m;
	struct view_spool *spool = NULL;
	int ret;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!strcmp(o.trace, "-"))
		ret = open_input(&o, &spool, &m);
	else
		ret = open_file(&o, o.trace, &m);
	if (!ret)
		ret = run(&o, spool, m);
	view_model_destroy(m);
	view_spool_destroy(spool);
	return ret;
}
