/* SPDX-License-Identifier: MIT */
#include "seek.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay.h"

/* Bytes of checkpoints. */
#define SEEK_MEMORY      ((size_t)256 << 20)
#define SEEK_INTERVAL_NS 20000000u

/* Another pass must leave no trace where it is told what came of the first one. */
static bool seek_may(const struct replay_options *o)
{
	return o->window_socket >= 0 && !replay_wants_results(o) && break_none(&o->breaks) &&
	       !o->steer.only && !o->steer.skip && !o->steer.until && !o->steer.until_draw &&
	       !o->steer.until_failure;
}

static void seek_executed(void *data, const uint8_t *request, size_t size)
{
	struct replay *p = data;

	show_restored(&p->show, request, size);
}

int seek_begin(struct replay *p)
{
	struct checkpoints_options options = { .memory = SEEK_MEMORY,
					       .interval_ns = SEEK_INTERVAL_NS,
					       .executed = seek_executed,
					       .data = p };

	/* What cannot be read twice (a pipe) is replayed from its beginning. */
	if (!seek_may(p->options) || vgpu_trace_reader_open(&p->again, p->options->trace))
		return 0;
	options.again = p->again;
	p->seek.report = calloc(1, sizeof(*p->seek.report));
	if (!p->seek.report || checkpoints_create(&p->checkpoints, p->device, &options))
		return replay_complain("start", -ENOMEM);
	report_init(p->seek.report, true, false);
	p->seek.report->silent = true;
	p->following = true;
	return 0;
}

void seek_finish(struct replay *p)
{
	if (p->seek.report)
		report_finish(p->seek.report);
	free(p->seek.report);
}

void seek_record(struct replay *p, const struct vgpu_trace_record *r)
{
	uint64_t frames = p->frames_before + p->report->frames;

	if (p->report != p->seek.report || r->number < p->seek.seen)
		return;
	p->report = &p->progress->report;
	p->frames_before = frames - p->report->frames;
}

void seek_keep(struct replay *p)
{
	const struct checkpoint here = { .record = p->next_record,
					 .frames = p->frames_before + p->report->frames,
					 .command = p->progress->command,
					 .draws = p->show.at.draw,
					 .device = p->device_index };

	/* Which contexts were left incomplete is in no checkpoint. */
	if (p->seek.report && !p->progress->report.snapped)
		checkpoints_keep(p->checkpoints, &here, false);
}

/* The checkpoint before the place; `at` all zero: the beginning. */
static void seek_find(const struct replay *p, const struct window_order *order,
		      struct checkpoint *at)
{
	bool found = order->kind == WINDOW_SEEK_FRAME
			     ? checkpoints_find(p->checkpoints, order->value, at)
			     : checkpoints_find_command(p->checkpoints, order->value, at);

	if (!found)
		*at = (struct checkpoint) { .frames = p->seek.origin };
}

bool seek_is_short(const struct replay *p, uint64_t record)
{
	const struct window_order *order = &p->show.order;
	struct checkpoint at;

	if (!p->seek.report || record >= p->seek.seen ||
	    (order->kind != WINDOW_SEEK_FRAME && order->kind != WINDOW_SEEK_COMMAND))
		return false;
	seek_find(p, order, &at);
	return at.record > record;
}

int seek_go(struct replay *p)
{
	const struct window_order *order = &p->progress->again;
	struct checkpoint at;

	if (!p->seek.report)
		return SHOW_AGAIN;
	/* The record at hand was not executed. */
	if (p->next_record > p->seek.seen + 1)
		p->seek.seen = p->next_record - 1;
	if (p->report != p->seek.report && !p->seek.gone)
		p->seek.origin = p->frames_before;
	p->seek.gone = true;
	seek_find(p, order, &at);
	show_reset(&p->show);
	*p->show.begun_ns = report_clock();
	if (checkpoints_restore(p->checkpoints, at.record ? &at : NULL) ||
	    vgpu_trace_reader_seek_record(p->reader, at.record))
		return SHOW_AGAIN;
	*p->show.begun_ns = 0;
	if (p->options->verbose)
		fprintf(stderr,
			"vgpu-replay: %s %" PRIu64 ", from the checkpoint behind frame %" PRIu64
			"\n",
			order->kind == WINDOW_SEEK_FRAME ? "frame" : "command", order->value,
			at.frames);
	report_epoch(p->seek.report);
	p->report = p->seek.report;
	p->next_record = at.record;
	p->frames_before = at.frames - p->report->frames;
	p->progress->command = at.command;
	id_set_clear(&p->snapped);
	show_go(&p->show, order, at.frames, at.command, at.draws);
	return 0;
}

int seek_wait(struct replay *p)
{
	if (!p->seek.report)
		return 0;
	fflush(NULL);
	return show_over(&p->show, &p->progress->again);
}
