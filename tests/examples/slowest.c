/* SPDX-License-Identifier: MIT */
/*
 * The commands of a trace that waited longest for their answers.
 *
 *	cc slowest.c $(pkg-config --cflags --libs libvgpu-trace) -o slowest
 *	./slowest trace.vgpu.zst
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/error.h>
#include <vgpu/trace.h>

enum {
	SHOWN = 10,
	WAITING = 4096, /* commands that may be under way at once */
	TEXT = 160
};

struct command {
	uint64_t id, queued_ns, latency_ns;
	char text[TEXT];
};

static struct command waiting[WAITING], slowest[SHOWN];

static void take_command(const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;
	struct vgpu_buffer buffer;
	struct vgpu_sink sink;
	struct command *w;

	if (vgpu_trace_parse_command(r, &c))
		return; /* damaged: a trace may come from anywhere */
	w = &waiting[c.id % WAITING];
	w->id = c.id;
	w->queued_ns = r->time_ns;
	/* The request's bytes are good until the next record: keep what is needed of them. */
	sink = vgpu_buffer_sink(&buffer, w->text, sizeof(w->text));
	vgpu_request_text(c.request, c.request_size, NULL, &sink);
}

static void take_response(const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct command *w;
	int i;

	if (vgpu_trace_parse_response(r, &response))
		return;
	w = &waiting[response.id % WAITING];
	if (!w->id || w->id != response.id || r->time_ns < w->queued_ns)
		return;
	w->latency_ns = r->time_ns - w->queued_ns;
	for (i = SHOWN; i > 0 && slowest[i - 1].latency_ns < w->latency_ns; i--) {
		if (i < SHOWN)
			slowest[i] = slowest[i - 1];
	}
	if (i < SHOWN)
		slowest[i] = *w;
	w->id = 0;
}

int main(int argc, char **argv)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record record;
	int err = argc == 2 ? vgpu_trace_reader_open(&reader, argv[1]) : VGPU_ERR_INVALID;

	if (err) {
		/* -errno, or one of libvgpu's own codes, which lie beyond it. */
		fprintf(stderr, "slowest: %s\n",
			err > VGPU_ERR_TRUNCATED ? strerror(-err) : vgpu_strerror(err));
		return 1;
	}
	while ((err = vgpu_trace_reader_next(reader, &record)) == 1) {
		if (record.type == VGPU_TRACE_COMMAND)
			take_command(&record);
		else if (record.type == VGPU_TRACE_RESPONSE)
			take_response(&record);
	}
	vgpu_trace_reader_close(reader);
	for (int i = 0; i < SHOWN && slowest[i].latency_ns; i++)
		printf("%10.3f ms  %6" PRIu64 "  %s\n", (double)slowest[i].latency_ns / 1e6,
		       slowest[i].id, slowest[i].text);
	return err < 0;
}
