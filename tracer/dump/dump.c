/* SPDX-License-Identifier: MIT */
/* vgpu-trace dump: options, and the walk over the records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/judge.h>

#include "dump.h"
#include "output.h"
#include "progress.h"
#include "tool.h"

enum {
	OPT_RAW = 256,
	OPT_COLOR,
	OPT_SCHEMA,
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON, one object a line and record, decoded", 0 },
	{ "verbose", 'v', NULL, 0, "every field of every record", 0 },
	{ "hex", 'x', NULL, 0, "the bytes of requests and responses too", 0 },
	{ "raw", OPT_RAW, NULL, 0, "with --json: all bytes, memory too, as hexadecimal strings",
	  0 },
	{ "schema", OPT_SCHEMA, NULL, 0, "print a JSON Schema of the lines of --json, and end", 0 },
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
		state->child_inputs[1] = &d->negotiated;
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
	case OPT_SCHEMA:
		dump_schema();
		exit(tool_finish(TOOL_OK));
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

static const struct argp_child children[] = { FILTER_ARGP_CHILD, DIALECT_ARGP_CHILD, { 0 } };

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

static int take(void *data, const struct select_item *item)
{
	struct dump *d = data;
	uint16_t type = item->record->type;
	struct vgpu_trace_response response;

	if (d->json) {
		dump_json(d, item);
		return 0;
	}
	/* What comes back without an answer to read is no late answer. */
	if (type == VGPU_TRACE_RESPONSE &&
	    (vgpu_trace_parse_response(item->record, &response) || !response.response_size))
		return 0;
	if (type != VGPU_TRACE_HEADER || !d->filter.filter)
		dump_text(d, item);
	return 0;
}

uint32_t dump_asked(const struct dump *d, uint64_t id)
{
	return d->asked[id % ASKED_SIZE].id == id ? d->asked[id % ASKED_SIZE].type : 0;
}

/* What later records are decoded by. */
static void learn(struct dump *d, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;
	struct vgpu_trace_device device;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_trace_parse_device(r, &device) == 0)
		vgpu_trace_device_features(&device, &d->negotiated);
	if (vgpu_trace_parse_command(r, &command))
		return;
	vgpu_decode_ctrl_hdr(command.request, command.request_size, &hdr);
	d->asked[command.id % ASKED_SIZE].id = command.id;
	d->asked[command.id % ASKED_SIZE].type = hdr.type;
}

static int walk(struct dump *d, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_record r;
	struct progress progress;
	int n;

	progress_begin(&progress, d->path, d->quiet, true);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		if (!d->started)
			d->start_ns = r.time_ns;
		d->started = true;
		learn(d, &r);
		n = select_record(&d->select, &r);
		if (n < 0 || ferror(stdout))
			break; /* the message for stdout comes with tool_finish */
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", d->path, tool_strerror(n));
	return n;
}

/* A recorder's pipe: what has come is shown, not what has been waited for. */
static bool follows(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 && !fstat(STDIN_FILENO, &st) &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static int dump(struct dump *d)
{
	struct vgpu_trace_reader *reader = tool_open(d->path);
	struct vgpu_trace_status s;
	int status = TOOL_FAILED;
	char state[160];

	if (!reader)
		return TOOL_FAILED;
	if (follows(d->path)) {
		vgpu_trace_reader_set_live(reader, true);
		setvbuf(stdout, NULL, _IOLBF, 0);
	}
	if (d->output && output_to_file(d->output, d->force))
		goto out;
	d->colors = !d->json && output_colored(d->color);
	d->select.filter = d->filter.filter;
	d->select.join = !d->json;
	/* A line for what changes the meaning of the commands, too. */
	d->select.types = d->json || d->verbose ? UINT64_MAX
						: select_type(VGPU_TRACE_COMMAND) |
							  select_type(VGPU_TRACE_RESPONSE) |
							  select_type(VGPU_TRACE_EPOCH) |
							  select_type(VGPU_TRACE_LOST);
	d->select.take = take;
	d->select.data = d;
	if (select_begin(&d->select)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		goto out;
	}
	if (walk(d, reader) >= 0)
		status = TOOL_OK;
	select_finish(&d->select);
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
	int status;

	if (!d) {
		fputs("vgpu-trace: out of memory\n", stderr);
		return TOOL_FAILED;
	}
	argp_parse(&argp, argc, argv, 0, NULL, d);
	status = dump(d);
	filter_options_finish(&d->filter);
	free(d);
	return status;
}
