/* SPDX-License-Identifier: MIT */
/*
 * bench-seek TRACE [SEEKS]: goes through a trace once, with checkpoints, and then to frames at
 * random: are they the same pictures, and how long does it take?
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/trace.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "checkpoint.h"
#include "pick.h"
#include "report.h"

struct run {
	struct vgpu_device *device;
	struct vgpu_trace_reader *reader;
	struct checkpoints *checkpoints;
	struct checkpoint here;
	bool straight; /* the first time: hashes are made */
	XXH128_hash_t *hashes;
	size_t room;
	uint64_t last; /* frames of the trace */
};

static XXH128_hash_t picture(struct vgpu_device *d, uint32_t scanout)
{
	struct vgpu_device_picture p;

	if (vgpu_device_read(d, scanout, &p))
		return XXH3_128bits("", 0);
	return XXH3_128bits(p.rgba, p.size);
}

static void shown(struct run *run, uint32_t mask)
{
	for (uint32_t i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (!(mask >> i & 1))
			continue;
		run->here.frames++;
		if (!run->straight)
			continue;
		if (run->here.frames > run->room) {
			run->room = run->room ? run->room * 2 : 1024;
			run->hashes = realloc(run->hashes, run->room * sizeof(*run->hashes));
			if (!run->hashes)
				abort();
		}
		run->hashes[run->here.frames - 1] = picture(run->device, i);
		run->last = run->here.frames;
	}
}

/* Up to frame `stop`. Returns the scanouts that showed it. */
static uint32_t play(struct run *run, uint64_t stop)
{
	struct vgpu_device_result result;
	struct vgpu_trace_command c;
	struct vgpu_trace_snapshot s;
	struct vgpu_trace_memory m;
	struct vgpu_trace_record r;

	while (vgpu_trace_reader_next(run->reader, &r) > 0) {
		const struct vgpu_device_result *done = NULL;

		run->here.record = r.number + 1;
		if (!vgpu_trace_parse_command(&r, &c)) {
			vgpu_device_execute(run->device, c.request, c.request_size, &result);
			run->here.command = c.id;
			done = &result;
			shown(run, result.shown);
		} else if (!vgpu_trace_parse_snapshot(&r, &s)) {
			vgpu_device_execute(run->device, s.request, s.request_size, &result);
		} else if (!vgpu_trace_parse_memory(&r, &m) && !m.space) {
			vgpu_device_write_memory(run->device, m.address, m.bytes, m.size);
		} else if (r.type == VGPU_TRACE_HEADER && r.number) {
			vgpu_device_clear_memory(run->device);
		} else if (r.type == VGPU_TRACE_EPOCH) {
			vgpu_device_reset(run->device);
		}
		checkpoints_follow(run->checkpoints, &r, done);
		if (done && result.shown)
			checkpoints_keep(run->checkpoints, &run->here, false);
		if (done && result.shown && run->here.frames >= stop)
			return result.shown;
	}
	return 0;
}

static int seek(struct run *run, uint64_t frame, uint64_t *ns)
{
	struct checkpoint at = { 0 };
	uint64_t start = report_clock();
	bool found = checkpoints_find(run->checkpoints, frame, &at);
	XXH128_hash_t hash = { 0 };
	uint32_t mask;
	int ret;

	ret = checkpoints_restore(run->checkpoints, found ? &at : NULL);
	if (ret) {
		printf("frame %" PRIu64 ": cannot be restored: %d\n", frame, ret);
		return 1;
	}
	run->here = at;
	vgpu_trace_reader_seek_record(run->reader, at.record);
	mask = play(run, frame);
	for (uint32_t i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		/* A flush that shows several: the one that was meant. */
		if (mask >> i & 1 &&
		    run->here.frames - (uint32_t)__builtin_popcount(mask >> i) + 1 == frame)
			hash = picture(run->device, i);
	}
	*ns = report_clock() - start;
	if (XXH128_isEqual(hash, run->hashes[frame - 1]))
		return 0;
	printf("frame %" PRIu64 " differs (from frame %" PRIu64 ", record %" PRIu64 ")\n", frame,
	       at.frames, at.record);
	return 1;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct run run = { .straight = true };
	struct checkpoints_options options = { 0 };
	struct checkpoints_stats stats;
	struct pick pick;
	uint32_t seeks = argc > 2 ? (uint32_t)atoi(argv[2]) : 100, bad = 0;
	uint64_t *times = calloc(seeks, sizeof(*times)), start, pass;
	int ret;

	if (argc < 2 || !times || vgpu_trace_reader_open(&run.reader, argv[1]) ||
	    vgpu_trace_reader_open(&options.again, argv[1]))
		return 1;
	options.interval_ns = argc > 3 ? strtoull(argv[3], NULL, 0) * 1000000 : 0;
	pick = pick_device(argv[1]);
	ret = vgpu_device_create(&run.device,
				 &(struct vgpu_device_options) { .backend = pick.backend,
								 .profile = pick.profile,
								 .scanouts = 16 });
	if (ret || checkpoints_create(&run.checkpoints, run.device, &options)) {
		printf("device: %d\n", ret);
		return 1;
	}
	start = report_clock();
	play(&run, UINT64_MAX);
	pass = report_clock() - start;
	run.straight = false;
	checkpoints_stats(run.checkpoints, &stats);
	srand(1);
	for (uint32_t i = 0; i < seeks && run.last; i++)
		bad += (uint32_t)seek(&run, 1 + (uint64_t)rand() % run.last, &times[i]);
	qsort(times, seeks, sizeof(*times), compare);
	printf("%" PRIu64
	       " frames in %.2f s; %zu checkpoints, %.1f MB, made in %.1f ms (%.1f at most), "
	       "%" PRIu64 " not taken\n",
	       run.last, (double)pass / 1e9, stats.count, (double)stats.bytes / 1e6,
	       stats.made ? (double)stats.made_ns / 1e6 / (double)stats.made : 0,
	       (double)stats.made_ns_max / 1e6, stats.not_taken);
	printf("%" PRIu32 " seeks: median %.1f ms, largest %.1f ms, %" PRIu32 " differ\n", seeks,
	       (double)times[seeks / 2] / 1e6, (double)times[seeks - 1] / 1e6, bad);
	checkpoints_destroy(run.checkpoints);
	vgpu_device_destroy(run.device);
	vgpu_trace_reader_close(run.reader);
	vgpu_trace_reader_close(options.again);
	free(run.hashes);
	free(times);
	return bad != 0;
}
