/* SPDX-License-Identifier: MIT */
/* Records as text, a command and its answer on one line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "dump.h"
#include "edid.h"
#include "units.h"

#define RED          "\033[31m"
#define YELLOW       "\033[33m"
#define DIM          "\033[2m"
#define PLAIN        "\033[m"

/* Longer than a frame of 60 a second, and long enough to be seen as a hitch. */
#define SLOW_NS      16666667
#define VERY_SLOW_NS 100000000

static void color(const struct dump *d, const char *sequence)
{
	if (d->colors && sequence)
		fputs(sequence, stdout);
}

static int write_stdout(void *data, const char *text, size_t size)
{
	(void)data;
	fwrite_unlocked(text, 1, size, stdout); /* its errors are met once, at the end */
	return 0;
}

static double since_start(const struct dump *d, uint64_t time_ns)
{
	return (double)(int64_t)(time_ns - d->start_ns) / 1e9;
}

static void print_hex(const char *label, const uint8_t *p, size_t size)
{
	for (size_t at = 0; at < size; at += 16) {
		size_t n = size - at < 16 ? size - at : 16;

		printf("\n\t%s %04zx ", label, at);
		for (size_t i = 0; i < 16; i++)
			if (i < n)
				printf("%s%02x", i % 4 ? "" : " ", p[at + i]);
			else
				fputs(i % 4 ? "  " : "   ", stdout);
		fputs("  ", stdout);
		for (size_t i = 0; i < n; i++)
			putchar(p[at + i] >= 0x20 && p[at + i] < 0x7f ? p[at + i] : '.');
	}
}

/* Names come from the traced programs: nothing in them may reach the terminal's ear. */
static void print_name(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		putchar(name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?');
}

static void print_process(const char *name, uint32_t pid)
{
	int width = 24;

	if (!pid) {
		printf("%-*s", width, "-");
		return;
	}
	print_name(name, strlen(name));
	printf("%s%-*" PRIu32, *name ? ":" : "", width - (int)strlen(name) - !!*name, pid);
}

/* Indent what a verbose description puts on further lines. */
static int write_indented(void *data, const char *text, size_t size)
{
	(void)data;
	for (size_t i = 0; i < size; i++) {
		putchar(text[i]);
		if (text[i] == '\n')
			putchar('\t');
	}
	return 0;
}

static void print_edid(const struct dump *d, uint32_t type, const struct vgpu_trace_response *r)
{
	static union vgpu_any any;

	if (vgpu_response_decode(&d->negotiated, type, r->response, r->response_size, &any) !=
	    VGPU_STRUCT_RESP_EDID)
		return;
	if (any.resp_edid.size > sizeof(any.resp_edid.edid))
		any.resp_edid.size = sizeof(any.resp_edid.edid);
	edid_print(any.resp_edid.edid, any.resp_edid.size, "\n\t", "");
}

static void print_answer(const struct dump *d, const struct vgpu_trace_record *command,
			 uint32_t type, const struct vgpu_trace_record *answer)
{
	struct vgpu_describe_options options = { .verbose = d->verbose,
						 .negotiated = d->negotiated };
	struct vgpu_sink sink = { d->verbose ? write_indented : write_stdout, NULL };
	int64_t latency_ns = (int64_t)(answer->time_ns - command->time_ns);
	struct vgpu_trace_response response;
	struct vgpu_ctrl_hdr hdr;
	bool error;

	if (vgpu_trace_parse_response(answer, &response))
		return;
	error = vgpu_decode_ctrl_hdr(response.response, response.response_size, &hdr) == 0 &&
		(hdr.type < VGPU_RESP_OK_NODATA || hdr.type >= VGPU_RESP_ERR_UNSPEC);
	fputs(d->verbose || d->hex ? "\n\t= " : " = ", stdout);
	color(d, error ? RED : NULL);
	vgpu_response_text(type, response.response, response.response_size, &options, &sink);
	color(d, error ? PLAIN : NULL);
	putchar(' ');
	color(d, latency_ns >= VERY_SLOW_NS ? RED : latency_ns >= SLOW_NS ? YELLOW : DIM);
	printf("<%.1f us>", (double)latency_ns / 1000);
	color(d, PLAIN);
	if (d->hex)
		print_hex("response", response.response, response.response_size);
	if (d->verbose)
		print_edid(d, type, &response);
}

static void text_command(const struct dump *d, const struct select_item *item)
{
	struct vgpu_describe_options options = { .verbose = d->verbose,
						 .capset = item->capset,
						 .drm_context = item->drm_context,
						 .negotiated = d->negotiated };
	struct vgpu_sink sink = { d->verbose ? write_indented : write_stdout, NULL };
	const struct vgpu_trace_record *r = item->record;
	struct vgpu_trace_command c;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_trace_parse_command(r, &c))
		return;
	vgpu_decode_ctrl_hdr(c.request, c.request_size, &hdr);
	printf("%6" PRIu64 " %11.6f %c ", c.id, since_start(d, r->time_ns),
	       c.queue == 0   ? 'C'
	       : c.queue == 1 ? 'M'
			      : '?');
	print_process(item->process, c.pid);
	putchar(' ');
	vgpu_request_text(c.request, c.request_size, &options, &sink);
	if (d->verbose)
		printf("\n\tseqno=%" PRIu32 " free_slots=%" PRId32 " tid=%" PRIu32 " size=%zu",
		       c.seqno, (int32_t)c.free_slots, c.tid, c.request_size);
	if (d->hex)
		print_hex("request ", c.request, c.request_size);
	if (item->answer) {
		print_answer(d, r, hdr.type, item->answer);
	} else if (c.response_size) {
		color(d, RED);
		fputs(" = ?", stdout);
		color(d, PLAIN);
	}
	putchar('\n');
}

/* Its command was printed already (the answer came late), or never was in the trace. */
static void text_late_answer(const struct dump *d, const struct vgpu_trace_record *r)
{
	struct vgpu_describe_options options = { .negotiated = d->negotiated };
	struct vgpu_sink sink = { write_stdout, NULL };
	struct vgpu_trace_response response;

	if (vgpu_trace_parse_response(r, &response))
		return;
	printf("%6" PRIu64 " %11.6f   %-24s = ", response.id, since_start(d, r->time_ns), "");
	vgpu_response_text(dump_asked(d, response.id), response.response, response.response_size,
			   &options, &sink);
	putchar('\n');
}

static void print_texts(const char *text, size_t size)
{
	while (size) {
		size_t n = strnlen(text, size);

		putchar(' ');
		print_name(text, n);
		n += n < size;
		text += n;
		size -= n;
	}
}

static void text_other(const struct dump *d, const struct vgpu_trace_record *r)
{
	static const char *const reasons[] = { "bound", "unbound", "reset" };
	const char *name = vgpu_trace_type_name(r->type);
	union {
		struct vgpu_trace_header header;
		struct vgpu_trace_device device;
		struct vgpu_trace_process process;
		struct vgpu_trace_context context;
		struct vgpu_trace_stage stage;
		struct vgpu_trace_memory memory;
		struct vgpu_trace_readback readback;
		struct vgpu_trace_lost lost;
		struct vgpu_trace_snapshot snapshot;
		struct vgpu_trace_epoch epoch;
		struct vgpu_trace_end end;
	} b;

	color(d, r->type == VGPU_TRACE_LOST ? RED : NULL);
	printf("%6s %11.6f   ", "", since_start(d, r->time_ns));
	if (name)
		printf("%s", name);
	else
		printf("record of type %u, %zu bytes", r->type, r->body_size);
	if (vgpu_trace_parse_header(r, &b.header) == 0) {
		printf(" version %u.%u", b.header.major, b.header.minor);
		print_texts(b.header.text, b.header.text_size);
	} else if (vgpu_trace_parse_device(r, &b.device) == 0) {
		printf(" %" PRIu32, b.device.device);
		print_texts(b.device.text, b.device.text_size);
	} else if (vgpu_trace_parse_process(r, &b.process) == 0) {
		printf(" %" PRIu32 " thread %" PRIu32 " ", b.process.pid, b.process.tid);
		print_name(b.process.comm, strlen(b.process.comm));
		putchar(':');
		print_texts(b.process.command_line, b.process.command_line_size);
	} else if (vgpu_trace_parse_context(r, &b.context) == 0) {
		char capset[32];

		printf(" %" PRIu32 " of process %" PRIu32 ", %s ", b.context.ctx_id, b.context.pid,
		       unit_capset(b.context.capset, capset));
		print_name(b.context.name, b.context.name_size);
	} else if (vgpu_trace_parse_stage(r, &b.stage) == 0) {
		const char *stage = vgpu_trace_stage_name(b.stage.stage);

		printf(" %s of %" PRIu64, stage ? stage : "?", b.stage.id);
	} else if (vgpu_trace_parse_memory(r, &b.memory) == 0) {
		printf(" space=%" PRIu64 " address=0x%" PRIx64 " size=%zu", b.memory.space,
		       b.memory.address, b.memory.size);
	} else if (vgpu_trace_parse_readback(r, &b.readback) == 0) {
		printf(" of %" PRIu64 " space=%" PRIu64 " address=0x%" PRIx64 " size=%zu",
		       b.readback.id, b.readback.space, b.readback.address, b.readback.size);
	} else if (vgpu_trace_parse_lost(r, &b.lost) == 0) {
		const char *what = vgpu_trace_loss_name(b.lost.what);

		printf(" %" PRIu64 ", %" PRIu64 " bytes: %s", b.lost.count, b.lost.bytes,
		       what ? what : "?");
		if (b.lost.id)
			printf(" (command %" PRIu64 ")", b.lost.id);
	} else if (vgpu_trace_parse_snapshot(r, &b.snapshot) == 0) {
		printf(" device %" PRIu32 " ", b.snapshot.device);
		vgpu_request_text(b.snapshot.request, b.snapshot.request_size,
				  &(struct vgpu_describe_options) { .negotiated = d->negotiated },
				  &(struct vgpu_sink) { write_stdout, NULL });
	} else if (vgpu_trace_parse_epoch(r, &b.epoch) == 0) {
		printf(" device %" PRIu32 " %s", b.epoch.device,
		       b.epoch.reason < 3 ? reasons[b.epoch.reason] : "?");
	} else if (vgpu_trace_parse_end(r, &b.end) == 0) {
		printf(" commands=%" PRIu64 " responses=%" PRIu64 " memory=%" PRIu64
		       " lost=%" PRIu64,
		       b.end.commands, b.end.responses, b.end.memory_bytes, b.end.lost);
	}
	color(d, r->type == VGPU_TRACE_LOST ? PLAIN : NULL);
	putchar('\n');
}

void dump_text(const struct dump *d, const struct select_item *item)
{
	switch (item->record->type) {
	case VGPU_TRACE_COMMAND:
		text_command(d, item);
		break;
	case VGPU_TRACE_RESPONSE:
		text_late_answer(d, item->record);
		break;
	default:
		text_other(d, item->record);
		break;
	}
}
