/* SPDX-License-Identifier: MIT */
/* vgpu-trace trim: a range of a trace, and what it needs to replay like the whole. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "json.h"
#include "new-file.h"
#include "tool.h"

enum {
	OPT_FRAMES = 256,
	OPT_COMMANDS,
	OPT_TIME,
	OPT_WHOLE,
	OPT_MEMORY,
};

struct trim {
	const char *path, *output;
	struct vgpu_trim_options options;
	bool ranged, force, quiet, json;
};

static const struct argp_option options[] = {
	{ "frames", OPT_FRAMES, "A-B", 0, "frames A to B, counted from 1 as vgpu-replay does", 0 },
	{ "commands", OPT_COMMANDS, "A-B", 0, "commands A to B, as dump numbers them", 0 },
	{ "time", OPT_TIME, "A-B", 0, "from second A to B of the trace, as dump shows them", 0 },
	{ "output", 'o', "FILE", 0, "the new trace; - is standard output", 0 },
	{ "force", 'f', NULL, 0, "overwrite it", 0 },
	{ "whole-streams", OPT_WHOLE, NULL, 0,
	  "do not look into SUBMIT_3D: keep all of a context that is needed", 0 },
	{ "memory", OPT_MEMORY, "MIB", 0,
	  "at most so much for what depends on what (1024); else all is kept", 0 },
	{ "json", 'j', NULL, 0, "what was kept as one JSON object", 0 },
	{ "quiet", 'q', NULL, 0, "do not tell what was kept", 0 },
	{ 0 },
};

static bool parse_seconds(const char **text, uint64_t *ns)
{
	char *end;
	double s;

	if (**text < '0' || **text > '9')
		return false;
	s = strtod(*text, &end);
	*text = end;
	if (s >= 1e9)
		return false;
	*ns = (uint64_t)(s * 1e9 + 0.5);
	return true;
}

static bool parse_number(const char **text, uint64_t *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return true;
}

/* "A-B", "A-", "-B", or "A" for A alone. */
static void parse_range(struct trim *t, const char *text, enum vgpu_trim_unit unit,
			struct argp_state *state)
{
	bool (*parse)(const char **, uint64_t *) = unit == VGPU_TRIM_TIME ? parse_seconds
									  : parse_number;
	uint64_t first = 0, last = UINT64_MAX;
	const char *at = text;
	bool any;

	if (t->ranged)
		argp_error(state, "one range at a time");
	t->ranged = true;
	any = parse(&at, &first);
	if (*at == '-') {
		at++;
		any |= parse(&at, &last);
	} else {
		last = unit == VGPU_TRIM_TIME ? UINT64_MAX : first;
	}
	if (!any || *at || first > last)
		argp_error(state, "\"%s\" is no range: 10-20, 10-, -20", text);
	t->options.unit = unit;
	t->options.first = first;
	t->options.last = last;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct trim *t = state->input;
	char *end;

	switch (key) {
	case OPT_FRAMES:
		parse_range(t, arg, VGPU_TRIM_FRAMES, state);
		return 0;
	case OPT_COMMANDS:
		parse_range(t, arg, VGPU_TRIM_COMMANDS, state);
		return 0;
	case OPT_TIME:
		parse_range(t, arg, VGPU_TRIM_TIME, state);
		return 0;
	case OPT_WHOLE:
		t->options.whole_streams = true;
		return 0;
	case OPT_MEMORY:
		t->options.memory_max = (size_t)strtoull(arg, &end, 10) << 20;
		if (end == arg || *end || !t->options.memory_max || *arg == '-')
			argp_error(state, "\"%s\" is no number of MiB", arg);
		return 0;
	case 'o':
		t->output = arg;
		return 0;
	case 'f':
		t->force = true;
		return 0;
	case 'j':
		t->json = true;
		return 0;
	case 'q':
		t->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (t->path)
			argp_error(state, "one file at a time");
		t->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file?");
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!t->ranged)
			argp_error(state, "which range? --frames, --commands or --time");
		if (!t->output)
			argp_error(state, "where to? -o FILE");
		if (t->json && strcmp(t->output, "-") == 0)
			argp_error(state, "--json and -o - both want the output");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE -o FILE",
	"Cuts a range out of a trace. Of what comes before it, the new trace holds what must be "
	"executed so that the range's frames come out as in the whole: resources, contexts, "
	"objects "
	"and state, and the drawing that is still to be seen.\v"
	"A range is A-B, A- or -B. FILE may be - for standard input, which is copied to a "
	"temporary "
	"file first: it is read several times. Frames and commands keep their numbers for "
	"vgpu-replay --frames and --verify. Exit status 3: the trace is cut or damaged.",
	NULL,
	NULL,
	NULL,
};

static size_t listed(const struct vgpu_trim_unseen *u)
{
	return u->count < VGPU_TRIM_UNSEEN_IDS ? (size_t)u->count : VGPU_TRIM_UNSEEN_IDS;
}

static void print_unseen_json(const char *name, const struct vgpu_trim_unseen *u)
{
	json_begin(name, '{');
	json_number("count", u->count);
	json_begin("ids", '[');
	for (size_t i = 0; i < listed(u); i++)
		json_number(NULL, u->ids[i]);
	json_end(']');
	json_end('}');
}

static void print_json(const struct vgpu_trim_report *r)
{
	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_number("commands", r->commands);
	json_number("first_frame", r->first_frame);
	json_number("last_frame", r->last_frame);
	json_number("commands_before", r->commands_before);
	json_number("commands_kept", r->commands_kept);
	json_number("stream_bytes_before", r->stream_before);
	json_number("stream_bytes_kept", r->stream_kept);
	json_number("memory_bytes_before", r->memory_before);
	json_number("memory_bytes_kept", r->memory_kept);
	json_number("opaque_contexts", r->opaque_contexts);
	json_number("analysis_bytes", r->memory);
	json_bool("all", r->all);
	print_unseen_json("unseen_contexts", &r->unseen_contexts);
	print_unseen_json("unseen_resources", &r->unseen_resources);
	json_number("unseen_commands", r->unseen_commands);
	json_end('}');
	json_line();
}

static double kib(uint64_t bytes)
{
	return (double)bytes / 1024;
}

static void print_unseen(const char *lead, const char *one, const char *many,
			 const struct vgpu_trim_unseen *u)
{
	if (!u->count)
		return;
	fprintf(stderr, "%s%s", lead, u->count > 1 ? many : one);
	for (size_t i = 0; i < listed(u); i++)
		fprintf(stderr, "%s %" PRIu32, i ? "," : "", u->ids[i]);
	if (u->count > listed(u))
		fprintf(stderr, " and %" PRIu64 " more", u->count - listed(u));
}

static void print_report(const struct vgpu_trim_report *r)
{
	if (r->last_frame >= r->first_frame)
		fprintf(stderr,
			"Range        %" PRIu64 " commands, frames %" PRIu64 " to %" PRIu64 "\n",
			r->commands, r->first_frame, r->last_frame);
	else
		fprintf(stderr, "Range        %" PRIu64 " commands, no frame\n", r->commands);
	fprintf(stderr,
		"Kept before  %" PRIu64 " of %" PRIu64 " commands, %.1f of %.1f KiB of streams, "
		"%.1f of %.1f KiB of memory\n",
		r->commands_kept, r->commands_before, kib(r->stream_kept), kib(r->stream_before),
		kib(r->memory_kept), kib(r->memory_before));
	if (r->opaque_contexts)
		fprintf(stderr,
			"             %" PRIu64 " contexts whose streams cannot be taken apart are "
			"kept whole\n",
			r->opaque_contexts);
	if (r->unseen_commands) {
		print_unseen("Never made   ", "context", "contexts", &r->unseen_contexts);
		print_unseen(r->unseen_contexts.count ? "; " : "Never made   ", "resource",
			     "resources", &r->unseen_resources);
		fprintf(stderr,
			": the recording began later\n"
			"             %" PRIu64
			" commands of the range name them: as in the whole, a "
			"replay cannot execute those\n",
			r->unseen_commands);
	}
	if (r->all)
		fputs("             all: what depends on what is more than --memory holds\n",
		      stderr);
}

static const char *why(int err, const struct vgpu_trim_report *r)
{
	if (err != VGPU_ERR_INVALID)
		return tool_strerror(err);
	return r->commands ? "the range reaches over two traces that were put together"
			   : "the range holds no command";
}

int tool_trim(int argc, char **argv)
{
	struct vgpu_trim_report report;
	struct vgpu_trace_status status;
	struct trim t = { 0 };
	struct new_file out;
	uint64_t end_ns = 0;
	char state[160];
	int fd, err, ret;

	argp_parse(&argp, argc, argv, 0, NULL, &t);
	fd = input_open(t.path);
	if (fd < 0)
		return TOOL_FAILED;
	ret = new_file_open(&out, t.output, t.force, NULL);
	if (ret)
		goto out;
	err = vgpu_trace_trim(fd, out.writer, &t.options, &report, &status, &end_ns);
	if (err) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", t.path, why(err, &report));
		ret = TOOL_FAILED;
	} else if (status.damage_offset != UINT64_MAX) {
		ret = TOOL_LOSSY;
	}
	ret = new_file_close(&out, ret, end_ns);
	if (ret == TOOL_FAILED)
		goto out;
	if (ret == TOOL_LOSSY)
		fprintf(stderr, "vgpu-trace: %s: %s\n", t.path,
			tool_state(&status, state, sizeof(state)));
	if (t.json)
		print_json(&report);
	else if (!t.quiet)
		print_report(&report);
	ret = tool_finish(ret);
out:
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}
