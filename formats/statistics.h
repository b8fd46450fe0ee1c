/* SPDX-License-Identifier: MIT */
/* The insides of struct vgpu_stats, and how they are written into a trace's summary. */
#ifndef FORMATS_STATISTICS_H
#define FORMATS_STATISTICS_H

#include <vgpu/stats.h>

#include "devices.h"
#include "histogram.h"

#define ROWS_MAX      128
#define PROCESSES_MAX 1024
#define CONTEXTS_MAX  1024
#define LOSSES_MAX    32
/* Commands that wait for their answer, by the low bits of their id. Rings are far smaller. */
#define PENDING_SIZE  16384
#define OTHER         UINT32_MAX

struct row {
	struct vgpu_stats_command c;
	struct histogram fenced, unfenced;
};

struct pending {
	uint64_t id; /* 0: free */
	uint64_t time_ns;
	struct row *row;
	bool fenced, expected;
};

struct shown {
	uint64_t frames, last_ns;
	struct histogram interval;
	struct vgpu_stats_series restored; /* in its place */
};

struct vgpu_stats {
	bool restored; /* from a summary: what there is to ask, but nothing can be added */
	struct vgpu_stats_totals t;
	struct row *rows[ROWS_MAX + 2]; /* sorted; the last two: OTHER of each queue */
	size_t n_rows;
	struct pending pending[PENDING_SIZE];
	uint32_t pending_used; /* all slots from here on are free */
	struct devices devices;
	struct shown shown[DEVICES_APART][VGPU_MAX_SCANOUTS];
	struct vgpu_stats_process processes[PROCESSES_MAX];
	struct vgpu_stats_context contexts[CONTEXTS_MAX];
	size_t n_processes, n_contexts;
	uint64_t lost_count[LOSSES_MAX], lost_bytes[LOSSES_MAX];
};

/* Write what can be asked of `s`: *out is malloc'd, *size bytes. 0 or -ENOMEM. */
int statistics_encode(const struct vgpu_stats *s, uint8_t **out, size_t *size);
/* Read it back. 1; 0: it makes no sense; -ENOMEM. */
int statistics_decode(const uint8_t *p, size_t size, struct vgpu_stats **out);

#endif
