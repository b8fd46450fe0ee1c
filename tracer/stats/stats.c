/* SPDX-License-Identifier: MIT */
/* vgpu-trace stats: options, and the walk over the records. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "stats.h"
#include "tool.h"

enum {
	OPT_BY = 256,
	OPT_CSV,
	OPT_STALL,
	OPT_TOP,
};

static const struct argp_option options[] = {
	{ "by", OPT_BY, "LIST", 0,
	  "tell commands apart by these, with commas between: type (the default), ctx, process, "
	  "queue, stage (stages and nothing else)",
	  0 },
	{ "json", 'j', NULL, 0, "one JSON object", 0 },
	{ "csv", OPT_CSV, NULL, 0, "the latencies as comma-separated values", 0 },
	{ "top", OPT_TOP, "N", 0, "text: the first N resources, processes, contexts (default: 10)",
	  0 },
	{ "stall", OPT_STALL, "MS", 0, "no answer for so long is a stall (default: 100)", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on the terminal", 0 },
	{ 0 },
};

static const struct {
	const char *name;
	unsigned int by;
} dimensions[] = {
	{ "type", VGPU_PROFILE_BY_TYPE },
	{ "ctx", VGPU_PROFILE_BY_CTX },
	{ "process", VGPU_PROFILE_BY_PROCESS },
	{ "queue", VGPU_PROFILE_BY_QUEUE },
	{ "stage", 0 }, /* they are always told apart */
};

static void parse_by(struct stats *s, const char *arg, struct argp_state *state)
{
	s->by_given = true;
	for (size_t size; *arg; arg += size + (arg[size] == ',')) {
		bool found = false;

		size = strcspn(arg, ",");
		for (size_t i = 0; i < sizeof(dimensions) / sizeof(dimensions[0]); i++) {
			if (strlen(dimensions[i].name) != size ||
			    strncmp(dimensions[i].name, arg, size) != 0)
				continue;
			s->by |= dimensions[i].by;
			found = true;
		}
		if (!found)
			argp_error(state, "--by=%.*s: type, ctx, process, queue, stage", (int)size,
				   arg);
	}
}

static unsigned long parse_number(const char *arg, const char *option, struct argp_state *state)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || value > 1000000000)
		argp_error(state, "%s=%s: a number up to 1000000000", option, arg);
	return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct stats *s = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &s->filter;
		return 0;
	case OPT_BY:
		parse_by(s, arg, state);
		return 0;
	case 'j':
		s->json = true;
		return 0;
	case OPT_CSV:
		s->csv = true;
		return 0;
	case OPT_TOP:
		s->top = parse_number(arg, "--top", state);
		return 0;
	case OPT_STALL:
		s->stall_ns = (uint64_t)parse_number(arg, "--stall", state) * 1000000;
		if (!s->stall_ns)
			argp_error(state, "--stall=0: at least 1 ms");
		return 0;
	case 'q':
		s->quiet = true;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (s->json && s->csv)
			argp_error(state, "--json or --csv, not both");
		return 0;
	}
	return tool_file_argument(key, arg, state, &s->path);
}

static const struct argp_child children[] = { FILTER_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Where the time of a trace went: latencies, evenness of frames, stalls, queues, bytes "
	"moved "
	"for resources, who asked for most.\v"
	"FILE may be - for standard input. Latency is the time from a command being queued to its "
	"response, or to another stage of it. Fenced and unfenced commands are told apart: an "
	"unfenced one may be answered before it is executed. Percentiles are nearest-rank, off by "
	"0.4 % at most. When commands are chosen, everything is about them alone. Exit status 3: "
	"the trace is cut or damaged.",
	children,
	NULL,
	NULL,
};

static int take(void *data, const struct select_item *item)
{
	struct stats *s = data;

	return vgpu_profile_add(s->profile, item->record, item->chosen);
}

/* 0, or a message was printed. */
static int gather(struct stats *s, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_record r;
	struct progress progress;
	int n, err = 0;

	progress_begin(&progress, s->path, s->quiet, false);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		err = s->filter.filter ? select_record(&s->select, &r)
				       : vgpu_profile_add(s->profile, &r, true);
		if (err)
			break;
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	if (n >= 0 && !err && s->filter.filter)
		err = select_finish(&s->select);
	if (!err && n < 0)
		err = n;
	if (!err)
		err = vgpu_profile_finish(s->profile);
	if (err)
		fprintf(stderr, "vgpu-trace: %s: %s\n", s->path, tool_strerror(err));
	return err;
}

static int stats(struct stats *s)
{
	struct vgpu_profile_options profile = { .by = s->by, .stall_ns = s->stall_ns };
	struct vgpu_trace_reader *reader;
	char state[160];
	int status = TOOL_FAILED;

	s->select.filter = s->filter.filter;
	s->select.all = true;
	s->select.types = ~select_type(VGPU_TRACE_MEMORY);
	s->select.take = take;
	s->select.data = s;
	reader = tool_open(s->path);
	if (!reader)
		return TOOL_FAILED;
	s->profile = vgpu_profile_create(&profile);
	if (!s->profile || (s->filter.filter && select_begin(&s->select))) {
		fputs("vgpu-trace: out of memory\n", stderr);
		goto out;
	}
	if (gather(s, reader))
		goto out;
	vgpu_trace_reader_status(reader, &s->status);
	vgpu_profile_totals(s->profile, &s->totals);
	if (s->json)
		stats_print_json(s);
	else if (s->csv)
		stats_print_csv(s);
	else
		stats_print_text(s);
	status = tool_finish(TOOL_OK);
	if (status == TOOL_OK && (s->status.cut || s->status.damage_offset != UINT64_MAX)) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", s->path,
			tool_state(&s->status, state, sizeof(state)));
		status = TOOL_LOSSY;
	}
out:
	vgpu_trace_reader_close(reader);
	vgpu_profile_destroy(s->profile);
	return status;
}

int tool_stats(int argc, char **argv)
{
	struct stats *s = calloc(1, sizeof(*s));
	int status;

	if (!s) {
		fputs("vgpu-trace: out of memory\n", stderr);
		return TOOL_FAILED;
	}
	s->top = 10;
	argp_parse(&argp, argc, argv, 0, NULL, s);
	if (!s->by_given)
		s->by = VGPU_PROFILE_BY_TYPE;
	status = stats(s);
	filter_options_finish(&s->filter);
	free(s);
	return status;
}
