/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/trace.h>

#include "checkpoint.h"
#include "replay.h"

static int loop_add(struct loop *l, uint64_t ns)
{
	uint64_t *list;
	size_t room;

	if (l->count == l->room) {
		room = l->room ? l->room * 2 : 1024;
		list = realloc(l->frame_ns, room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		l->frame_ns = list;
		l->room = room;
	}
	l->frame_ns[l->count++] = ns;
	return 0;
}

/* Up to where `frames` of the trace were shown, or its end. 0 or the exit status. */
static int loop_go(struct replay *p, uint64_t frames)
{
	uint64_t before = UINT64_MAX;
	int status = 0;

	while (!status && !p->steer.stop && p->frames_before + p->report->frames < frames &&
	       before != p->next_record) {
		before = p->next_record;
		status = replay_up_to(p, before + 1);
	}
	return status;
}

/* One round. Returns the exit status. */
static int loop_round(struct replay *p, bool counts)
{
	const struct loop_options *o = &p->options->loop;
	struct loop *l = &p->loop;
	uint64_t start = report_clock(), then = start, now, frames = p->report->frames;
	uint64_t shown = p->frames_before + frames, before;
	int status = 0;

	for (;;) {
		before = p->next_record;
		status = replay_up_to(p, before + 1);
		if (status || p->steer.stop || before == p->next_record)
			break;
		if (p->report->frames == frames)
			continue;
		now = report_clock();
		/* A flush that shows two has one time for both. */
		for (; frames < p->report->frames; frames++) {
			if (counts && loop_add(l, now - then))
				return replay_complain("loop", -ENOMEM);
			then = now;
			shown++;
		}
		if (shown >= o->last)
			break;
	}
	vgpu_device_finish(p->device);
	l->last = shown;
	if (counts) {
		l->rounds++;
		l->round_ns += report_clock() - start;
	}
	return status;
}

/* Back to the first frame. */
static int loop_back(struct replay *p, const struct checkpoint *at)
{
	int ret = checkpoints_restore(p->checkpoints, at->record ? at : NULL);

	if (!ret)
		ret = vgpu_trace_reader_seek_record(p->reader, at->record);
	if (ret)
		return replay_complain("loop: the first frame", ret);
	p->next_record = at->record;
	/* Frames have their numbers again. */
	p->frames_before = at->frames - p->report->frames;
	return 0;
}

int loop_run(struct replay *p)
{
	const struct loop_options *o = &p->options->loop;
	struct checkpoint at = { 0 };
	uint32_t round;
	int status = 0, ret;

	/* Where a trace that was cut out begins to count. */
	status = replay_up_to(p, 1);
	p->loop.first = p->frames_before + 1;
	at.frames = p->frames_before;
	if (!status && o->first > p->frames_before + 1) {
		p->following = true;
		status = loop_go(p, o->first - 1);
		p->following = false;
		p->loop.first = p->frames_before + p->report->frames + 1;
		if (!status && p->loop.first < o->first) {
			fprintf(stderr, "vgpu-replay: %s: there is no frame %" PRIu64 "\n",
				p->options->trace, o->first);
			return REPLAY_FAILED;
		}
		at = (struct checkpoint) { .record = p->next_record,
					   .frames = p->frames_before + p->report->frames,
					   .device = p->device_index };
		ret = status ? 0 : checkpoints_keep(p->checkpoints, &at, true);
		if (ret)
			return replay_complain("loop: the first frame", ret);
	}
	for (round = 0; !status && round < o->warm_up + o->rounds; round++) {
		status = loop_back(p, &at);
		if (!status)
			status = loop_round(p, round >= o->warm_up);
	}
	return status;
}

void loop_finish(struct loop *l)
{
	free(l->frame_ns);
}

static int loop_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct loop_numbers {
	uint64_t min, mean, p50, p90, p99, max;
};

/* Nearest rank: of 10 values the 90th percentile is the 9th. */
static uint64_t loop_rank(const struct loop *l, uint32_t percent)
{
	size_t rank = (l->count * percent + 99) / 100;

	return l->frame_ns[rank ? rank - 1 : 0];
}

static struct loop_numbers loop_sum(struct loop *l)
{
	struct loop_numbers n = { 0 };
	uint64_t sum = 0;
	size_t i;

	if (!l->count)
		return n;
	qsort(l->frame_ns, l->count, sizeof(*l->frame_ns), loop_compare);
	for (i = 0; i < l->count; i++)
		sum += l->frame_ns[i];
	n.min = l->frame_ns[0];
	n.mean = sum / l->count;
	n.p50 = loop_rank(l, 50);
	n.p90 = loop_rank(l, 90);
	n.p99 = loop_rank(l, 99);
	n.max = l->frame_ns[l->count - 1];
	return n;
}

static double loop_rate(const struct loop *l)
{
	return l->round_ns ? (double)l->count * 1e9 / (double)l->round_ns : 0;
}

void loop_bench(struct loop *l)
{
	struct loop_numbers n = loop_sum(l);

	printf("\nframes %" PRIu64 " to %" PRIu64 ", %" PRIu64 " rounds: %.1f frames/s\n", l->first,
	       l->last, l->rounds, loop_rate(l));
	printf("%-24s %10s %10s %10s %10s %10s %10s\n", "ms a frame", "min", "mean", "p50", "p90",
	       "p99", "max");
	printf("%-24s %10.3f %10.3f %10.3f %10.3f %10.3f %10.3f\n", "", (double)n.min / 1e6,
	       (double)n.mean / 1e6, (double)n.p50 / 1e6, (double)n.p90 / 1e6, (double)n.p99 / 1e6,
	       (double)n.max / 1e6);
}

void loop_json(struct loop *l)
{
	struct loop_numbers n = loop_sum(l);

	printf(",\"loop\":{\"first_frame\":%" PRIu64 ",\"last_frame\":%" PRIu64
	       ",\"rounds\":%" PRIu64 ",\"frames\":%zu,\"ns\":%" PRIu64
	       ",\"frames_per_second\":%.3f,\"frame_ns\":{\"min\":%" PRIu64 ",\"mean\":%" PRIu64
	       ",\"p50\":%" PRIu64 ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64 "}}",
	       l->first, l->last, l->rounds, l->count, l->round_ns, loop_rate(l), n.min, n.mean,
	       n.p50, n.p90, n.p99, n.max);
}
