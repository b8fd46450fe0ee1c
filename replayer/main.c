/* SPDX-License-Identifier: MIT */
/* vgpu-replay: execute a recorded virtio-gpu command stream again, on this host. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "replay.h"

const char *argp_program_version = "vgpu-replay " VGPU_VERSION;

enum {
	OPT_PNG_LAST = 256,
	OPT_JSON
};

static const struct argp_option option_table[] = {
	{ "backend", 'b', "NAME", 0,
	  "auto (default), virgl, soft2d or null; auto takes soft2d for a trace without 3D", 0 },
	{ "png", 'p', "DIR", 0, "write every shown frame to DIR/frame-NNNNNN.png", 0 },
	{ "png-last", OPT_PNG_LAST, "FILE", 0, "write the last frame of scanout 0 to FILE", 0 },
	{ "frames", 'f', "FILE", 0, "write a line of JSON per shown frame, with its hash", 0 },
	{ "verify", 'c', "FILE", 0, "compare the frames with such a list; exit 3 if one differs",
	  0 },
	{ "bench", 'B', NULL, 0, "measure: frames and commands per second, time per command type",
	  0 },
	{ "json", OPT_JSON, NULL, 0, "the result as one JSON object", 0 },
	{ "quiet", 'q', NULL, 0, "on standard error, only what is wrong", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay_options *o = state->input;

	switch (key) {
	case 'b':
		o->backend = arg;
		return 0;
	case 'p':
		o->png_dir = arg;
		return 0;
	case OPT_PNG_LAST:
		o->png_last = arg;
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
	case ARGP_KEY_ARG:
		if (o->trace)
			argp_error(state, "one trace at a time");
		o->trace = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->trace)
			argp_error(state, "which trace?");
		if (o->frames && !strcmp(o->frames, "-") && (o->bench || o->json))
			argp_error(state, "--frames=- and --bench or --json both want the output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "TRACE",
		.doc = "Execute a recorded virtio-gpu command stream on this host's renderer.\v"
		       "TRACE may be - for standard input. Exit status: 0 done, 1 failed, 2 usage, "
		       "3 done, but a command failed that did not fail when recorded, a frame "
		       "differs, or the trace is incomplete.",
	};
	struct replay_options options = { .backend = "auto" };

	argp_err_exit_status = REPLAY_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return replay_run(&options);
}
