/* SPDX-License-Identifier: MIT */
/*
 * How long each command took, as it is executed.
 *
 * As lines: {"command":5,"type":519,"name":"SUBMIT_3D","ctx":3,"frame":2,"ns":…,"cpu_ns":…,
 * "gpu_ns":…}. "frame" is the one that is shown next, or by it; "cpu_ns" is until the renderer
 * returned, "gpu_ns" from then until a fence behind the command signalled, which only --sync waits
 * for (else 0); "ns" is their sum.
 *
 * As a timeline, in the JSON that Perfetto and chrome://tracing read: a track for each context, its
 * commands on it; with --sync another for the renderer behind it.
 */
#ifndef VGPU_REPLAY_TIMES_H
#define VGPU_REPLAY_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <vgpu/dialect.h>

struct times {
	FILE *lines, *timeline; /* NULL: not asked for */
	uint64_t start_ns;
	enum vgpu_dialect dialect;
};

struct times_command {
	uint64_t id, frame;
	uint32_t type, ctx_id;
	uint64_t begun_ns, returned_ns, done_ns; /* report_clock() */
};

/* Paths may be NULL; commands have the dialect's names. 0, or -errno and *path is the one that failed. */
int times_begin(struct times *t, const char *lines, const char *timeline, enum vgpu_dialect dialect,
		const char **path);
bool times_wanted(const struct times *t);
void times_command(struct times *t, const struct times_command *c);
/* 0, or -EIO: something could not be written. */
int times_end(struct times *t);
void times_finish(struct times *t);

#endif
