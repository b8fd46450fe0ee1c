/* SPDX-License-Identifier: MIT */
/* vgpu-trace dump: options, and the walk over the records. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "dump.h"
#include "tool.h"

enum {
	OPT_RAW = 256
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON, one object a line and record, decoded", 0 },
	{ "verbose", 'v', NULL, 0, "every field of every record", 0 },
	{ "hex", 'x', NULL, 0, "the bytes of requests and responses too", 0 },
	{ "raw", OPT_RAW, NULL, 0, "with --json: all bytes, memory too, as hexadecimal strings",
	  0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct dump *d = state->input;

	switch (key) {
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
	case ARGP_KEY_SUCCESS:
		if (d->raw && !d->json)
			argp_error(state, "--raw needs --json; -x shows bytes in text");
		if (d->json && (d->verbose || d->hex))
			argp_error(state, "--json has all fields, and with --raw all bytes");
		return 0;
	}
	return tool_file_argument(key, arg, state, &d->path);
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Prints a trace: a line for each command with its number, time since the trace's start in "
	"seconds, queue (C: control, M: cursor), process, request, response and latency.\v"
	"FILE may be - for standard input. \"= ?\" is a command whose response is not in the "
	"trace. "
	"The first line of JSON is the trace's header, with \"schema_version\": 1. Exit status 3: "
	"the trace is cut or damaged.",
	NULL,
	NULL,
	NULL,
};

static void set_capset(struct dump *d, uint32_t ctx_id, uint32_t capset)
{
	d->capsets[ctx_id % CAPSETS_SIZE].ctx_id = ctx_id;
	d->capsets[ctx_id % CAPSETS_SIZE].capset = capset;
}

/* Learn which context speaks what: from CONTEXT records and from the requests themselves. */
static void learn(struct dump *d, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_context context;
	struct vgpu_trace_command command;
	struct vgpu_ctx_create create;

	if (vgpu_trace_parse_context(r, &context) == 0)
		set_capset(d, context.ctx_id, context.capset);
	else if (vgpu_trace_parse_command(r, &command) == 0 &&
		 vgpu_decode_ctx_create(command.request, command.request_size, &create) == 0 &&
		 create.hdr.type == VGPU_CMD_CTX_CREATE)
		set_capset(d, create.hdr.ctx_id, create.context_init & 0xff);
}

uint32_t dump_capset(const struct dump *d, const uint8_t *request, size_t size)
{
	struct vgpu_ctrl_hdr hdr;
	uint32_t ctx_id;

	if (vgpu_decode_ctrl_hdr(request, size, &hdr))
		return VGPU_CAPSET_UNKNOWN;
	ctx_id = hdr.ctx_id;
	if (!ctx_id || d->capsets[ctx_id % CAPSETS_SIZE].ctx_id != ctx_id)
		return VGPU_CAPSET_UNKNOWN;
	return d->capsets[ctx_id % CAPSETS_SIZE].capset;
}

static int walk(struct dump *d, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_record r;
	int n;

	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		learn(d, &r);
		if (d->json)
			dump_json(d, &r);
		else
			n = dump_text_record(d, &r);
		if (n < 0)
			break;
		if (ferror(stdout))
			break; /* the message comes with tool_finish */
	}
	if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", d->path, tool_strerror(n));
	return n;
}

int tool_dump(int argc, char **argv)
{
	struct dump *d = calloc(1, sizeof(*d));
	struct vgpu_trace_reader *reader = NULL;
	struct vgpu_trace_status s;
	int status = TOOL_FAILED;
	char state[160];

	if (!d) {
		fputs("vgpu-trace: out of memory\n", stderr);
		return TOOL_FAILED;
	}
	argp_parse(&argp, argc, argv, 0, NULL, d);
	reader = tool_open(d->path);
	if (!reader)
		goto out;
	if (!d->json && dump_text_begin(d)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		goto out;
	}
	if (walk(d, reader) >= 0)
		status = TOOL_OK;
	dump_text_finish(d);
	vgpu_trace_reader_status(reader, &s);
	status = tool_finish(status);
	if (status == TOOL_OK && (s.cut || s.damage_offset != UINT64_MAX)) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", d->path,
			tool_state(&s, state, sizeof(state)));
		status = TOOL_LOSSY;
	}
out:
	vgpu_trace_reader_close(reader);
	free(d);
	return status;
}
