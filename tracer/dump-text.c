/* SPDX-License-Identifier: MIT */
/*
 * Records as text. A command's line is put together in memory and waits in a queue for its answer;
 * lines leave the queue in order, so the output follows the trace whatever waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "dump.h"

#define WAITING_MAX 2048 /* lines; twice the largest ring in use */
#define COMMS_SIZE  1024

struct line {
	struct line *next;
	uint64_t id; /* of the command that waits for its answer; 0: none does */
	uint64_t time_ns;
	uint32_t type; /* of the request */
	bool expects;  /* an answer */
	char *text;
	size_t size;
	char *answer; /* or NULL */
	size_t answer_size;
};

struct dump_text {
	uint64_t start_ns;
	bool started;
	struct line *first, **last;
	unsigned int waiting;
	/* Names of processes, by the low bits of their pid. */
	struct {
		uint32_t pid;
		char comm[16];
	} comms[COMMS_SIZE];
};

static int write_file(void *data, const char *text, size_t size)
{
	return fwrite(text, 1, size, data) == size ? 0 : -ENOMEM;
}

static void print_line(const struct line *l)
{
	fwrite(l->text, 1, l->size, stdout);
	if (l->answer)
		fwrite(l->answer, 1, l->answer_size, stdout);
	else if (l->expects)
		fputs(" = ?", stdout);
	putchar('\n');
}

static void drop_first(struct dump_text *t)
{
	struct line *l = t->first;

	t->first = l->next;
	if (!t->first)
		t->last = &t->first;
	t->waiting--;
	free(l->text);
	free(l->answer);
	free(l);
}

/* Print from the front as far as nothing is waited for. */
static void advance(struct dump_text *t)
{
	while (t->first && (!t->first->id || t->waiting > WAITING_MAX)) {
		print_line(t->first);
		drop_first(t);
	}
}

int dump_text_begin(struct dump *d)
{
	d->text = calloc(1, sizeof(*d->text));
	if (!d->text)
		return -ENOMEM;
	d->text->last = &d->text->first;
	return 0;
}

void dump_text_finish(struct dump *d)
{
	struct dump_text *t = d->text;

	if (!t)
		return;
	for (struct line *l = t->first; l; l = l->next)
		l->id = 0;
	advance(t);
	free(t);
	d->text = NULL;
}

static struct line *new_line(struct dump_text *t)
{
	struct line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*t->last = l;
	t->last = &l->next;
	t->waiting++;
	return l;
}

static double since_start(const struct dump_text *t, uint64_t time_ns)
{
	return (double)(int64_t)(time_ns - t->start_ns) / 1e9;
}

static void print_hex(FILE *f, const char *label, const uint8_t *p, size_t size)
{
	for (size_t at = 0; at < size; at += 16) {
		size_t n = size - at < 16 ? size - at : 16;

		fprintf(f, "\n\t%s %04zx ", label, at);
		for (size_t i = 0; i < 16; i++)
			if (i < n)
				fprintf(f, "%s%02x", i % 4 ? "" : " ", p[at + i]);
			else
				fputs(i % 4 ? "  " : "   ", f);
		fputs("  ", f);
		for (size_t i = 0; i < n; i++)
			fputc(p[at + i] >= 0x20 && p[at + i] < 0x7f ? p[at + i] : '.', f);
	}
}

/* Names come from the traced programs: nothing in them may reach the terminal's ear. */
static void print_name(FILE *f, const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fputc(name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?', f);
}

static const char *comm_of(const struct dump_text *t, uint32_t pid)
{
	return t->comms[pid % COMMS_SIZE].pid == pid ? t->comms[pid % COMMS_SIZE].comm : "";
}

static void print_process(FILE *f, const struct dump_text *t, uint32_t pid)
{
	const char *comm = comm_of(t, pid);
	int width = 24;

	if (!pid) {
		fprintf(f, "%-*s", width, "-");
		return;
	}
	print_name(f, comm, strlen(comm));
	fprintf(f, "%s%-*" PRIu32, *comm ? ":" : "", width - (int)strlen(comm) - !!*comm, pid);
}

/* Indent what a verbose description puts on further lines. */
static int write_indented(void *data, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		fputc(text[i], data);
		if (text[i] == '\n')
			fputc('\t', data);
	}
	return 0;
}

static int text_command(struct dump *d, const struct vgpu_trace_record *r)
{
	struct dump_text *t = d->text;
	struct vgpu_describe_options options = { .verbose = d->verbose };
	struct vgpu_trace_command c;
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_sink sink;
	struct line *l;
	FILE *f;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	l = new_line(t);
	f = l ? open_memstream(&l->text, &l->size) : NULL;
	if (!f)
		return -ENOMEM;
	options.capset = dump_capset(d, c.request, c.request_size);
	vgpu_decode_ctrl_hdr(c.request, c.request_size, &hdr);
	fprintf(f, "%6" PRIu64 " %11.6f %c ", c.id, since_start(t, r->time_ns),
		c.queue == 0   ? 'C'
		: c.queue == 1 ? 'M'
			       : '?');
	print_process(f, t, c.pid);
	fputc(' ', f);
	sink = (struct vgpu_sink) { d->verbose ? write_indented : write_file, f };
	vgpu_request_text(c.request, c.request_size, &options, &sink);
	if (d->verbose)
		fprintf(f, "\n\tseqno=%" PRIu32 " free_slots=%" PRId32 " tid=%" PRIu32 " size=%zu",
			c.seqno, (int32_t)c.free_slots, c.tid, c.request_size);
	if (d->hex)
		print_hex(f, "request ", c.request, c.request_size);
	if (fclose(f))
		return -ENOMEM;
	l->time_ns = r->time_ns;
	l->type = hdr.type;
	l->expects = c.response_size > 0;
	l->id = l->expects ? c.id : 0;
	advance(t);
	return 0;
}

/* What was shown already (the answer came late), or never was in the trace. */
static int late_answer(struct dump *d, const struct vgpu_trace_record *r,
		       const struct vgpu_trace_response *response)
{
	struct line *l = new_line(d->text);
	struct vgpu_sink sink;
	FILE *f;

	f = l ? open_memstream(&l->text, &l->size) : NULL;
	if (!f)
		return -ENOMEM;
	sink = (struct vgpu_sink) { write_file, f };
	fprintf(f, "%6" PRIu64 " %11.6f   %-24s = ", response->id, since_start(d->text, r->time_ns),
		"");
	vgpu_response_text(0, response->response, response->response_size, NULL, &sink);
	return fclose(f) ? -ENOMEM : 0;
}

static int text_response(struct dump *d, const struct vgpu_trace_record *r)
{
	struct vgpu_describe_options options = { .verbose = d->verbose };
	struct vgpu_trace_response response;
	struct vgpu_sink sink;
	struct line *l;
	FILE *f;

	if (vgpu_trace_parse_response(r, &response))
		return 0;
	for (l = d->text->first; l && (l->id != response.id || !l->id); l = l->next)
		;
	if (!l)
		return response.response_size ? late_answer(d, r, &response) : 0;
	f = open_memstream(&l->answer, &l->answer_size);
	if (!f)
		return -ENOMEM;
	sink = (struct vgpu_sink) { d->verbose ? write_indented : write_file, f };
	fputs(d->verbose || d->hex ? "\n\t= " : " = ", f);
	vgpu_response_text(l->type, response.response, response.response_size, &options, &sink);
	fprintf(f, " <%.1f us>", (double)(int64_t)(r->time_ns - l->time_ns) / 1000);
	if (d->hex)
		print_hex(f, "response", response.response, response.response_size);
	l->id = 0;
	if (fclose(f))
		return -ENOMEM;
	advance(d->text);
	return 0;
}

static void print_texts(FILE *f, const char *text, size_t size)
{
	while (size) {
		size_t n = strnlen(text, size);

		fputc(' ', f);
		print_name(f, text, n);
		n += n < size;
		text += n;
		size -= n;
	}
}

static void print_other(FILE *f, const struct dump *d, const struct vgpu_trace_record *r)
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
		struct vgpu_trace_lost lost;
		struct vgpu_trace_epoch epoch;
		struct vgpu_trace_end end;
	} b;

	fprintf(f, "%6s %11.6f   ", "", since_start(d->text, r->time_ns));
	if (name)
		fprintf(f, "%s", name);
	else
		fprintf(f, "record of type %u, %zu bytes", r->type, r->body_size);
	if (vgpu_trace_parse_header(r, &b.header) == 0) {
		fprintf(f, " version %u.%u", b.header.major, b.header.minor);
		print_texts(f, b.header.text, b.header.text_size);
	} else if (vgpu_trace_parse_device(r, &b.device) == 0) {
		fprintf(f, " %" PRIu32, b.device.device);
		print_texts(f, b.device.text, b.device.text_size);
	} else if (vgpu_trace_parse_process(r, &b.process) == 0) {
		fprintf(f, " %" PRIu32 " thread %" PRIu32 " ", b.process.pid, b.process.tid);
		print_name(f, b.process.comm, strlen(b.process.comm));
		fputc(':', f);
		print_texts(f, b.process.command_line, b.process.command_line_size);
	} else if (vgpu_trace_parse_context(r, &b.context) == 0) {
		const char *capset = vgpu_capset_name(b.context.capset);

		fprintf(f, " %" PRIu32 " of process %" PRIu32 ", %s ", b.context.ctx_id,
			b.context.pid, capset ? capset : "no capset");
		print_name(f, b.context.name, b.context.name_size);
	} else if (vgpu_trace_parse_stage(r, &b.stage) == 0) {
		const char *stage = vgpu_trace_stage_name(b.stage.stage);

		fprintf(f, " %s of %" PRIu64, stage ? stage : "?", b.stage.id);
	} else if (vgpu_trace_parse_memory(r, &b.memory) == 0) {
		fprintf(f, " space=%" PRIu64 " address=0x%" PRIx64 " size=%zu", b.memory.space,
			b.memory.address, b.memory.size);
	} else if (vgpu_trace_parse_lost(r, &b.lost) == 0) {
		const char *what = vgpu_trace_loss_name(b.lost.what);

		fprintf(f, " %" PRIu64 ", %" PRIu64 " bytes: %s", b.lost.count, b.lost.bytes,
			what ? what : "?");
		if (b.lost.id)
			fprintf(f, " (command %" PRIu64 ")", b.lost.id);
	} else if (vgpu_trace_parse_epoch(r, &b.epoch) == 0) {
		fprintf(f, " device %" PRIu32 " %s", b.epoch.device,
			b.epoch.reason < 3 ? reasons[b.epoch.reason] : "?");
	} else if (vgpu_trace_parse_end(r, &b.end) == 0) {
		fprintf(f,
			" commands=%" PRIu64 " responses=%" PRIu64 " memory=%" PRIu64
			" lost=%" PRIu64,
			b.end.commands, b.end.responses, b.end.memory_bytes, b.end.lost);
	}
}

static int text_other(struct dump *d, const struct vgpu_trace_record *r)
{
	struct line *l;
	FILE *f;

	/* Without -v only what changes the meaning of the commands. */
	if (!d->verbose && r->type != VGPU_TRACE_EPOCH && r->type != VGPU_TRACE_LOST)
		return 0;
	l = new_line(d->text);
	f = l ? open_memstream(&l->text, &l->size) : NULL;
	if (!f)
		return -ENOMEM;
	print_other(f, d, r);
	if (fclose(f))
		return -ENOMEM;
	advance(d->text);
	return 0;
}

int dump_text_record(struct dump *d, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_process p;

	if (!d->text->started) {
		d->text->start_ns = r->time_ns;
		d->text->started = true;
	}
	if (vgpu_trace_parse_process(r, &p) == 0) {
		d->text->comms[p.pid % COMMS_SIZE].pid = p.pid;
		memcpy(d->text->comms[p.pid % COMMS_SIZE].comm, p.comm, sizeof(p.comm));
	}
	switch (r->type) {
	case VGPU_TRACE_COMMAND:
		return text_command(d, r);
	case VGPU_TRACE_RESPONSE:
		return text_response(d, r);
	default:
		return text_other(d, r);
	}
}
