/* SPDX-License-Identifier: MIT */
/* vgpu-trace dump: options, and the walk over the records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/describe.h>

#include "dump.h"
#include "output.h"
#include "progress.h"
#include "tool.h"

enum {
	OPT_RAW = 256,
	OPT_COLOR,
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON, one object a line and record, decoded", 0 },
	{ "verbose", 'v', NULL, 0, "every field of every record", 0 },
	{ "hex", 'x', NULL, 0, "the bytes of requests and responses too", 0 },
	{ "raw", OPT_RAW, NULL, 0, "with --json: all bytes, memory too, as hexadecimal strings",
	  0 },
	{ "output", 'o', "FILE", 0, "write to FILE instead of standard output", 1 },
	{ "force", 'f', NULL, 0, "overwrite FILE", 1 },
	{ "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL,
	  "errors and latencies in color: auto (on a terminal, the default), always, never", 1 },
	{ "quiet", 'q', NULL, 0, "no progress on the terminal", 1 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct dump *d = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &d->filter;
		return 0;
	case 'j':
		d->json = true;
		return 0;
	case 'v':
		d->verbose = true;
		return 0;
	case 'x':
		d->hex = true;
		return 0;
	case OPT_RAW:
		d->raw = true;
		return 0;
	case 'o':
		d->output = arg;
		return 0;
	case 'f':
		d->force = true;
		return 0;
	case 'q':
		d->quiet = true;
		return 0;
	case OPT_COLOR:
		if (!output_color(arg ? arg : "always", &d->color))
			argp_error(state, "--color=%s: auto, always or never", arg);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (d->raw && !d->json)
			argp_error(state, "--raw needs --json; -x shows bytes in text");
		if (d->json && (d->verbose || d->hex))
			argp_error(state, "--json has all fields, and with --raw all bytes");
		return 0;
	}
	return tool_file_argument(key, arg, state, &d->path);
}

static const struct argp_child children[] = { FILTER_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Prints a trace: a line for each command with its number, time since the trace's start in "
	"seconds, queue (C: control, M: cursor), process, request, response and latency.\v"
	"FILE may be - for standard input. \"= ?\" is a command whose response is not in the "
	"trace. "
	"The first line of JSON is the trace's header, with \"schema_version\": 1. When commands "
	"are chosen, records that belong to no command are left out, but for HEADER in JSON, "
	"EPOCH and LOST. Exit status 3: the trace is cut or damaged.",
	children,
	NULL,
	NULL,
};

static bool chosen(const struct dump *d, uint64_t id)
{
	return !d->filter.filter || (id && d->chosen[id % CHOSEN_SIZE] == id);
}

static int take_command(struct dump *d, const struct vgpu_trace_record *r,
			const struct vgpu_facts *facts)
{
	struct dump_item item = { .record = r, .owner.capset = VGPU_CAPSET_UNKNOWN };
	bool filter_waits = vgpu_filter_needs_answer(d->filter.filter), shown;
	struct vgpu_trace_command c;
	uint64_t id;

	if (!facts || vgpu_trace_parse_command(r, &c)) /* malformed */
		return dump_queue_add(d, &item, 0, d->json && !d->filter.filter);
	id = c.id;
	if (vgpu_facts_know(facts, VGPU_FILTER_capset))
		item.owner.capset = (uint32_t)facts->value[VGPU_FILTER_capset];
	memcpy(item.owner.process, facts->process, sizeof(item.owner.process));
	shown = vgpu_filter_match(d->filter.filter, facts);
	if (shown)
		d->chosen[id % CHOSEN_SIZE] = id;
	/* In text the answer stands on the command's line. */
	if (!filter_waits && (d->json || !shown || !c.response_size))
		id = 0;
	return dump_queue_add(d, &item, id, shown);
}

static int take_response(struct dump *d, const struct vgpu_trace_record *r,
			 const struct vgpu_facts *facts)
{
	struct dump_item item = { .record = r };
	struct vgpu_trace_response response;
	int held = 0;
	bool shown;

	if (vgpu_trace_parse_response(r, &response))
		return dump_queue_add(d, &item, 0, d->json && !d->filter.filter);
	if (facts && vgpu_filter_needs_answer(d->filter.filter))
		d->chosen[response.id % CHOSEN_SIZE] =
			vgpu_filter_match(d->filter.filter, facts) ? response.id : 0;
	shown = chosen(d, response.id);
	held = dump_queue_decide(d, response.id, shown, d->json ? NULL : r);
	if (held < 0)
		return held;
	if (!d->json && (held || !response.response_size))
		return 0;
	return dump_queue_add(d, &item, 0, shown);
}

static int take_other(struct dump *d, const struct vgpu_trace_record *r)
{
	/* What changes the meaning of the commands is never left out. */
	bool always = r->type == VGPU_TRACE_EPOCH || r->type == VGPU_TRACE_LOST ||
		      (r->type == VGPU_TRACE_HEADER && d->json);
	struct dump_item item = { .record = r };
	struct vgpu_trace_stage stage;

	if (!d->json && !d->verbose)
		return dump_queue_add(d, &item, 0, always);
	if (vgpu_trace_parse_stage(r, &stage) == 0)
		return dump_queue_add(d, &item,
				      vgpu_filter_needs_answer(d->filter.filter) &&
						      dump_queue_waits(d, stage.id)
					      ? stage.id
					      : 0,
				      chosen(d, stage.id));
	return dump_queue_add(d, &item, 0, always || !d->filter.filter);
}

static int take(struct dump *d, const struct vgpu_trace_record *r)
{
	const struct vgpu_facts *facts = vgpu_follow_record(d->follow, r);

	if (!d->started) {
		d->start_ns = r->time_ns;
		d->started = true;
	}
	switch (r->type) {
	case VGPU_TRACE_COMMAND:
		return take_command(d, r, facts);
	case VGPU_TRACE_RESPONSE:
		return take_response(d, r, facts);
	default:
		return take_other(d, r);
	}
}

static int walk(struct dump *d, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_record r;
	struct progress progress;
	int n;

	progress_begin(&progress, d->path, d->quiet, true);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		n = take(d, &r);
		if (n < 0)
			break;
		if (ferror(stdout))
			break; /* the message comes with tool_finish */
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	dump_queue_finish(d);
	if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", d->path, tool_strerror(n));
	return n;
}

static int dump(struct dump *d)
{
	struct vgpu_trace_reader *reader = tool_open(d->path);
	struct vgpu_trace_status s;
	int status = TOOL_FAILED;
	char state[160];

	if (!reader)
		return TOOL_FAILED;
	if (d->output && output_to_file(d->output, d->force))
		goto out;
	d->colors = !d->json && output_colored(d->color);
	if (walk(d, reader) >= 0)
		status = TOOL_OK;
	vgpu_trace_reader_status(reader, &s);
	status = tool_finish(status);
	if (status == TOOL_OK && (s.cut || s.damage_offset != UINT64_MAX)) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", d->path,
			tool_state(&s, state, sizeof(state)));
		status = TOOL_LOSSY;
	}
out:
	vgpu_trace_reader_close(reader);
	return status;
}

int tool_dump(int argc, char **argv)
{
	struct dump *d = calloc(1, sizeof(*d));
	int status = TOOL_FAILED;

	if (d)
		argp_parse(&argp, argc, argv, 0, NULL, d);
	if (d)
		d->follow = vgpu_follow_create();
	if (d && d->follow)
		status = dump(d);
	else
		fputs("vgpu-trace: out of memory\n", stderr);
	if (d) {
		vgpu_follow_destroy(d->follow);
		filter_options_finish(&d->filter);
	}
	free(d);
	return status;
}
