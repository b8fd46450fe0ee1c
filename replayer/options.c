/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "vgpu-replay " VGPU_VERSION;

enum {
	OPT_PNG_LAST = 256,
	OPT_JSON,
	OPT_NO_SANDBOX,
	OPT_NO_SHADER_CACHE,
	OPT_TIMEOUT,
	OPT_MEMORY,
	OPT_AS,
	OPT_CURSOR,
	OPT_FORCE,
	OPT_GPU,
	OPT_FRAME,
	OPT_EXPECTED,
	OPT_DIFFERENCE,
	OPT_TOLERANCE,
	OPT_TOLERANCE_PIXELS,
	OPT_REPEAT,
	OPT_REPORT,
	OPT_JUNIT,
	OPT_UNTIL,
	OPT_UNTIL_DRAW,
	OPT_UNTIL_FAILURE,
	OPT_ONLY,
	OPT_SKIP,
	OPT_STATE,
	OPT_DUMP,
	OPT_RESOURCE,
	OPT_TIMES,
	OPT_SYNC,
	OPT_WINDOW,
	OPT_SPEED,
	OPT_PAUSED,
	OPT_KEYS,
	OPT_TIMELINE,
	OPT_BREAK,
	OPT_BREAK_FAILURE,
	OPT_BREAK_DRAW,
	OPT_BREAK_DIR,
	OPT_SAVE_RANGE,
	OPT_LOOP,
	OPT_LOOP_FRAMES,
	OPT_WARM_UP,
	OPT_DEVICE,
};

static const struct argp_option option_table[] = {
	{ "backend", 'b', "NAME", 0,
	  "auto (default), virgl, soft2d or null; auto takes soft2d for a trace without 3D", 0 },
	{ "as", OPT_AS, "PROFILE", 0,
	  "answer as qemu, qemu-2d, rutabaga, hvisor or spec does (the trace's VMM, else the "
	  "backend's usual one)",
	  0 },
	{ "dialect", 'D', "NAME", 0,
	  "name commands and answers as this implementation has them: spec (the default), "
	  "chromium, "
	  "libkrun, celadon, rvgpu",
	  0 },
	{ "device", OPT_DEVICE, "INDEX", 0,
	  "of a trace of several devices, replay this one (0, 1, ...; the first command's)", 0 },
	{ "gpu", OPT_GPU, "PATH", 0,
	  "render on this GPU (/dev/dri/renderD128), not on EGL's choice", 0 },
	{ "force", OPT_FORCE, NULL, 0,
	  "replay although this host has less than the guest was promised", 0 },
	{ "window", OPT_WINDOW, NULL, 0,
	  "show it in a window, as recorded: Space pauses, arrows step, F1 tells the keys", 0 },
	{ "speed", OPT_SPEED, "X", 0,
	  "in the window, so many times as fast as recorded (0.25, 8, max)", 0 },
	{ "paused", OPT_PAUSED, NULL, 0, "in the window, begin with a pause", 0 },
	{ "keys", OPT_KEYS, "LIST", 0,
	  "press these keys in the window, each when nothing moves (\"Right D F12 Q\")", 0 },
	{ "png", 'p', "DIR", 0, "write every shown frame to DIR/frame-NNNNNN.png", 0 },
	{ "png-last", OPT_PNG_LAST, "FILE", 0, "write the last frame of scanout 0 to FILE", 0 },
	{ "frames", 'f', "FILE", 0, "write a line of JSON per shown frame, with its hash", 0 },
	{ "verify", 'c', "FILE", 0,
	  "compare the frames with such a list, and what the guest had read back; exit 3 "
	  "if one differs",
	  0 },
	{ "expected", OPT_EXPECTED, "DIR",
	  0, "compare with an earlier run's --png DIR, what --verify does not find equal or without it",
	  0 },
	{ "difference", OPT_DIFFERENCE, "DIR", 0,
	  "write frames that differ to DIR: as expected, as they are, and their difference", 0 },
	{ "tolerance", OPT_TOLERANCE, "N", 0,
	  "a pixel is equal when no channel is off by more than N of 255", 0 },
	{ "tolerance-pixels", OPT_TOLERANCE_PIXELS, "N", 0,
	  "a frame is equal when no more than N pixels are not", 0 },
	{ "frame", OPT_FRAME, "LIST", 0,
	  "look at these frames only (3,10-20,last): pictures, lists, comparisons", 0 },
	{ "repeat", OPT_REPEAT, "N", 0, "replay N times and tell which frames are not always equal",
	  0 },
	{ "report", OPT_REPORT, "FILE", 0, "write a line of JSON per frame and per new failure",
	  0 },
	{ "junit", OPT_JUNIT, "FILE", 0, "write a test report for CI", 0 },
	{ "cursor", OPT_CURSOR, NULL, 0, "draw the cursor into pictures and hashes", 0 },
	{ "bench", 'B', NULL, 0,
	  "measure: frames and commands per second, time per command type; the guest waited for "
	  "each fence, this lets the renderer be a few behind",
	  0 },
	{ "times", OPT_TIMES, "FILE", 0, "write a line of JSON per command, with its time", 0 },
	{ "timeline", OPT_TIMELINE, "FILE", 0,
	  "write the same as a timeline in JSON, for Perfetto and chrome://tracing", 0 },
	{ "sync", OPT_SYNC, NULL, 0,
	  "wait for the renderer behind every command: times are then those of the work", 0 },
	{ "until", OPT_UNTIL, "FILTER", 0,
	  "stop behind the first command that matches, as \"num 100\" or \"frame 3 && shown\" "
	  "(vgpu-trace help dump tells the language)",
	  0 },
	{ "until-draw", OPT_UNTIL_DRAW, "N", 0, "stop behind the Nth draw, inside its stream", 0 },
	{ "until-failure", OPT_UNTIL_FAILURE, NULL, 0,
	  "stop when a command fails that did not when recorded", 0 },
	{ "break", OPT_BREAK, "FILTER", 0,
	  "tell of every command that matches, and pause there with --window", 0 },
	{ "break-failure", OPT_BREAK_FAILURE, NULL, 0,
	  "the same at every command that fails here, whatever was recorded", 0 },
	{ "break-draw", OPT_BREAK_DRAW, "N", 0, "with --window, pause behind the Nth draw", 0 },
	{ "break-dir", OPT_BREAK_DIR, "DIR", 0,
	  "write state and pictures there at each break without a window, as command-NNNNNN", 0 },
	{ "only", OPT_ONLY, "FILTER", 0, "execute only the commands that match", 0 },
	{ "skip", OPT_SKIP, "FILTER", 0, "leave out the commands that match", 0 },
	{ "state", OPT_STATE, "FILE", 0,
	  "write the state at the end as JSON: contexts, resources and their hashes, scanouts", 0 },
	{ "dump", OPT_DUMP, "DIR", 0,
	  "write what resources hold at the end, each level and layer, as PNG or raw bytes", 0 },
	{ "resource", OPT_RESOURCE, "LIST", 0,
	  "dump these only (5,7-9), or one level and layer of one (5:2:0)", 0 },
	{ "loop", OPT_LOOP, "N", 0,
	  "replay N times, each time from the same state; --bench then tells how long frames take",
	  0 },
	{ "loop-frames", OPT_LOOP_FRAMES, "A-B", 0, "only frames A to B", 0 },
	{ "warm-up", OPT_WARM_UP, "N", 0, "rounds before those that count (1)", 0 },
	{ "save-range", OPT_SAVE_RANGE, "A-B", 0,
	  "write frames A to B as a trace of their own, which begins with what resources held "
	  "then; "
	  "it is replayed and compared",
	  0 },
	{ "output", 'o', "FILE", 0, "where --save-range writes it", 0 },
	{ "json", OPT_JSON, NULL, 0, "the result as one JSON object", 0 },
	{ "quiet", 'q', NULL, 0, "on standard error, only what is wrong", 0 },
	{ "verbose", 'v', NULL, 0,
	  "tell of every command that fails, failed or is answered otherwise than recorded", 0 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0,
	  "end a replay that hangs in one command for so long (60; 0: never)", 0 },
	{ "memory", OPT_MEMORY, "MIB", 0,
	  "end a replay that holds more memory (3/4 of the machine's; 0: never)", 0 },
	{ "no-shader-cache", OPT_NO_SHADER_CACHE, NULL, 0,
	  "keep no compiled shaders for the next replay of this trace", 0 },
	{ "no-sandbox", OPT_NO_SANDBOX, NULL, 0,
	  "replay in this process and with all its rights: for debuggers, and traces of your own",
	  0 },
	{ 0 },
};

uint64_t options_number(struct argp_state *state, const char *name, const char *arg, uint64_t max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(arg, &end, 0);
	if (errno || *end || end == arg || *arg == '-' || n > max)
		argp_error(state, "--%s wants a number up to %llu, not \"%s\"", name,
			   (unsigned long long)max, arg);
	return n;
}

/* `answers`: it may ask what only the response tells. */
static struct vgpu_filter *option_filter(struct argp_state *state, const char *name,
					 const char *arg, bool answers)
{
	struct vgpu_filter_error error;
	struct vgpu_filter *f;

	if (vgpu_filter_create(&f, arg, &error))
		argp_error(state, "--%s: column %zu: %s", name, error.column + 1, error.text);
	else if (!answers && vgpu_filter_needs_answer(f))
		argp_error(state, "--%s cannot ask for what only the answer tells", name);
	return f;
}

/* "A-B", "A-", or "A" for A alone. */
static void option_range(struct argp_state *state, const char *name, const char *arg,
			 uint64_t *first, uint64_t *last)
{
	struct choice c;

	if (choice_parse(&c, arg, false) || c.count != 1 || !c.ranges[0].from)
		argp_error(state, "--%s wants frames like 10-20, not \"%s\"", name, arg);
	*first = c.ranges[0].from;
	*last = c.ranges[0].to;
	choice_finish(&c);
}

/* All that makes sense once, or wants all commands, was not asked for. */
static bool option_alone(const struct replay_options *o)
{
	return o->repeat <= 1 && !o->verify && !o->range_first && !o->windowed &&
	       !o->files.path[FILE_STATE] && !o->files.path[FILE_DUMP] &&
	       !o->files.path[FILE_EXPECTED] && !o->steer.only && !o->steer.skip &&
	       !o->steer.until && !o->steer.until_draw && !o->steer.until_failure;
}

/* How many results want standard output. --bench --json is one. */
static int options_outputs(const struct replay_options *o)
{
	return (o->frames && !strcmp(o->frames, "-")) + (o->report && !strcmp(o->report, "-")) +
	       (o->bench || o->json);
}

static double options_speed(struct argp_state *state, const char *arg)
{
	char *end;
	double x;

	if (!strcmp(arg, "max"))
		return 0;
	x = strtod(arg, &end);
	if (end == arg || *end || !(x >= 0.001 && x <= 1000))
		argp_error(state, "--speed wants a number from 0.001 to 1000, or max, not \"%s\"",
			   arg);
	return x;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_options *o = state->input;

	switch (key) {
	case 'b':
		o->backend = arg;
		return 0;
	case 'p':
		o->files.path[FILE_PNG] = arg;
		return 0;
	case OPT_PNG_LAST:
		o->files.path[FILE_PNG_LAST] = arg;
		return 0;
	case 'f':
		o->frames = arg;
		return 0;
	case 'c':
		o->verify = arg;
		return 0;
	case 'B':
		o->bench = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case OPT_AS:
		o->profile = vgpu_profile_find(arg);
		if (!o->profile)
			argp_error(state, "there is no profile %s", arg);
		return 0;
	case 'D':
		if (vgpu_dialect_number(arg, &o->dialect))
			argp_error(state, "--dialect=%s: spec, chromium, libkrun, celadon or rvgpu",
				   arg);
		o->window.dialect = o->dialect;
		return 0;
	case OPT_UNTIL:
		o->steer.until = option_filter(state, "until", arg, true);
		return 0;
	case OPT_UNTIL_DRAW:
		o->steer.until_draw = options_number(state, "until-draw", arg, UINT64_MAX);
		return 0;
	case OPT_UNTIL_FAILURE:
		o->steer.until_failure = true;
		return 0;
	case OPT_ONLY:
		o->steer.only = option_filter(state, "only", arg, false);
		return 0;
	case OPT_SKIP:
		o->steer.skip = option_filter(state, "skip", arg, false);
		return 0;
	case OPT_STATE:
		o->files.path[FILE_STATE] = arg;
		return 0;
	case OPT_DUMP:
		o->files.path[FILE_DUMP] = arg;
		return 0;
	case OPT_RESOURCE:
		if (state_choice_parse(&o->resources, arg))
			argp_error(
				state,
				"--resource wants numbers like 5,7-9, or 5:2:0 for a level and a "
				"layer, not \"%s\"",
				arg);
		return 0;
	case OPT_TIMES:
		o->times = arg;
		return 0;
	case OPT_TIMELINE:
		o->timeline = arg;
		return 0;
	case OPT_SYNC:
		o->sync = true;
		return 0;
	case OPT_BREAK:
		o->breaks.filter = option_filter(state, "break", arg, true);
		o->breaks.answers = vgpu_filter_needs_answer(o->breaks.filter);
		o->steer.facts = true;
		return 0;
	case OPT_BREAK_FAILURE:
		o->breaks.failure = true;
		return 0;
	case OPT_BREAK_DRAW:
		o->breaks.draw = options_number(state, "break-draw", arg, UINT64_MAX);
		return 0;
	case OPT_BREAK_DIR:
		o->files.path[FILE_BREAK] = arg;
		return 0;
	case OPT_WINDOW:
		o->windowed = true;
		return 0;
	case OPT_SPEED:
		o->window.speed = options_speed(state, arg);
		return 0;
	case OPT_PAUSED:
		o->window.paused = true;
		return 0;
	case OPT_KEYS:
		o->window.keys = arg;
		return 0;
	case OPT_SAVE_RANGE:
		option_range(state, "save-range", arg, &o->range_first, &o->range_last);
		return 0;
	case OPT_LOOP:
		o->loop.rounds = (uint32_t)options_number(state, "loop", arg, 1000000);
		return 0;
	case OPT_LOOP_FRAMES:
		option_range(state, "loop-frames", arg, &o->loop.first, &o->loop.last);
		return 0;
	case OPT_WARM_UP:
		o->loop.warm_up = (uint32_t)options_number(state, "warm-up", arg, 1000000);
		o->loop.warm = true;
		return 0;
	case 'o':
		o->files.path[FILE_RANGE] = arg;
		return 0;
	case OPT_EXPECTED:
		o->files.path[FILE_EXPECTED] = arg;
		return 0;
	case OPT_DIFFERENCE:
		o->files.path[FILE_DIFFERENCE] = arg;
		return 0;
	case OPT_TOLERANCE:
		o->tolerance.level = (uint32_t)options_number(state, "tolerance", arg, 255);
		return 0;
	case OPT_TOLERANCE_PIXELS:
		o->tolerance.pixels = options_number(state, "tolerance-pixels", arg, UINT32_MAX);
		return 0;
	case OPT_FRAME:
		if (choice_parse(&o->only_frames, arg, true))
			argp_error(state, "--frame wants numbers like 3,10-20,last, not \"%s\"",
				   arg);
		return 0;
	case OPT_REPEAT:
		o->repeat = (uint32_t)options_number(state, "repeat", arg, 10000);
		return 0;
	case OPT_REPORT:
		o->report = arg;
		return 0;
	case OPT_JUNIT:
		o->files.path[FILE_JUNIT] = arg;
		return 0;
	case OPT_DEVICE:
		o->device = (uint32_t)options_number(state, "device", arg, REPLAY_DEVICES_MAX - 1);
		return 0;
	case OPT_GPU:
		o->gpu = arg;
		return 0;
	case OPT_FORCE:
		o->force = true;
		return 0;
	case OPT_CURSOR:
		o->cursors = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_NO_SANDBOX:
		o->no_sandbox = true;
		return 0;
	case OPT_NO_SHADER_CACHE:
		o->no_shader_cache = true;
		return 0;
	case OPT_TIMEOUT:
		o->limits.seconds = (uint32_t)options_number(state, "timeout", arg, 86400);
		return 0;
	case OPT_MEMORY:
		o->limits.memory = options_number(state, "memory", arg, 1u << 30) << 20;
		return 0;
	case ARGP_KEY_ARG:
		if (o->trace)
			argp_error(state, "one trace at a time");
		o->trace = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->trace)
			argp_error(state, "which trace?");
		if (options_outputs(o) > 1)
			argp_error(state, "only one of --frames=-, --report=-, --bench and --json "
					  "can have the output");
		if (o->files.path[FILE_BREAK] && (break_none(&o->breaks) || o->windowed))
			argp_error(state, "--break-dir goes with --break or --break-failure, and "
					  "without --window");
		if (o->breaks.draw && !o->windowed)
			argp_error(state, "--break-draw goes with --window; --until-draw stops "
					  "behind a draw without one");
		if (o->windowed && (options_outputs(o) || o->repeat > 1 || o->range_first))
			argp_error(state, "--window goes with results in files, and one run");
		if (o->repeat > 1 && o->frames && !strcmp(o->frames, "-"))
			argp_error(state, "--repeat wants --frames in a file");
		if ((o->loop.first || o->loop.warm) && !o->loop.rounds)
			argp_error(state, "--loop-frames and --warm-up want --loop");
		if (o->loop.rounds && (!strcmp(o->trace, "-") || !option_alone(o)))
			argp_error(state,
				   "--loop wants a file, and neither --repeat, --verify, "
				   "--expected, --save-range, --window, --state, --dump nor what "
				   "leaves out commands");
		if (!o->range_first != !o->files.path[FILE_RANGE])
			argp_error(state, "--save-range and --output want each other");
		if (o->range_first &&
		    (!strcmp(o->trace, "-") || o->repeat > 1 || o->verify ||
		     !choice_empty(&o->only_frames) || o->steer.only || o->steer.skip ||
		     o->steer.until || o->steer.until_draw || o->steer.until_failure))
			argp_error(state,
				   "--save-range wants a file, and all of it: neither "
				   "--verify nor --frame, --repeat, --only, --skip, --until");
		if (o->files.path[FILE_DIFFERENCE] && !o->files.path[FILE_EXPECTED])
			argp_error(state, "--difference wants --expected");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_default(struct replay_options *o)
{
	*o = (struct replay_options) {
		.backend = "auto",
		.device = UINT32_MAX,
		.files.socket = -1,
		.loop.warm_up = 1,
		.loop.last = UINT64_MAX,
		.window.speed = 1,
		.window_socket = -1,
		.limits.seconds = 60,
		.limits.memory =
			(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 4 * 3,
	};
}

void options_parse(struct replay_options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "TRACE\nminimize TRACE\nto-c COMMANDS TRACE",
		.doc = "Execute a recorded virtio-gpu command stream on this host's renderer.\v"
		       "TRACE may be - for standard input. Exit status: 0 done, 1 failed, 2 usage, "
		       "3 done, but a command failed that did not fail when recorded, a frame "
		       "differs, or the trace is incomplete.",
	};

	options_default(o);
	argp_parse(&argp, argc, argv, 0, NULL, o);
}
