/* SPDX-License-Identifier: MIT */
/*
 * Numbers about a trace, gathered record by record in bounded memory.
 *
 * Latency is the time from the command's record to its response's: queueing, the host's work, and
 * the guest's own delay until the answer is taken. A device may answer an unfenced command before
 * it has executed it (virtio 1.3, 5.7.6.7), so fenced and unfenced ones are kept apart: only the
 * fenced ones tell of work done.
 */
#ifndef VGPU_STATS_H
#define VGPU_STATS_H

#include <vgpu/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Durations, in ns. The percentiles are nearest-rank: the smallest value that at least p % of all
 * values do not exceed. They come from logarithmic buckets and are off by 0.4 % at most (above
 * 2^40 ns, 18 minutes, by more); count, min, mean and max are exact. All zero when count is.
 */
struct vgpu_stats_series {
	uint64_t count;
	uint64_t min, mean, p50, p90, p99, max, p999; /* p999: 99.9 % */
};

/* Commands of one type on one queue. */
struct vgpu_stats_command {
	uint32_t queue;
	uint32_t type; /* UINT32_MAX: all types for which there was no row left */
	uint64_t count;
	uint64_t fenced; /* of them */
	uint64_t bytes;  /* of requests */
	uint64_t responses;
	uint64_t errors;     /* responses that are not VGPU_RESP_OK_… */
	uint64_t unanswered; /* expected a response and had none: final after finish */
	struct vgpu_stats_series fenced_latency, unfenced_latency;
};

struct vgpu_stats_process {
	uint32_t pid;
	char comm[16];
	uint64_t commands;
};

struct vgpu_stats_context {
	uint32_t ctx_id, pid, capset;
	char name[64]; /* cut; NUL-terminated */
};

/* A scanout that showed something. A frame is a RESOURCE_FLUSH of the resource it shows. */
struct vgpu_stats_scanout {
	uint32_t device; /* index; those from 15 on count as one */
	uint32_t scanout;
	uint64_t frames;
	struct vgpu_stats_series interval; /* between flushes being queued */
};

struct vgpu_stats_totals {
	uint64_t records;
	uint64_t first_ns, last_ns; /* of all records but HEADER and END */
	uint64_t commands, responses, errors;
	uint64_t unanswered, unanswered_fenced; /* final after finish */
	uint64_t orphans; /* responses to a command that is not in the trace */
	uint64_t frames;  /* over all scanouts */
	uint64_t request_bytes, response_bytes, memory_bytes;
	uint64_t lost;                /* sum of LOST counts */
	uint64_t epochs;              /* times the device was bound, unbound or reset */
	uint64_t traces;              /* headers: more than one when files were put together */
	uint64_t processes, contexts; /* seen, also those that the lists have no room for */
};

struct vgpu_stats;

/* NULL: out of memory. */
struct vgpu_stats *vgpu_stats_create(void);
/* NULL is fine. */
void vgpu_stats_destroy(struct vgpu_stats *s);

/*
 * Take one record; unknown types and malformed bodies count as records only. 0 or -ENOMEM; -EINVAL
 * for statistics that came from a summary.
 */
int vgpu_stats_add(struct vgpu_stats *s, const struct vgpu_trace_record *r);
/* After the last record: what still waits is unanswered. */
void vgpu_stats_finish(struct vgpu_stats *s);

void vgpu_stats_totals(const struct vgpu_stats *s, struct vgpu_stats_totals *out);

/* The lists: row `index` into *out; false past the last one. Command rows go by queue, then type. */
bool vgpu_stats_command(const struct vgpu_stats *s, size_t index, struct vgpu_stats_command *out);
bool vgpu_stats_scanout(const struct vgpu_stats *s, size_t index, struct vgpu_stats_scanout *out);
bool vgpu_stats_process(const struct vgpu_stats *s, size_t index, struct vgpu_stats_process *out);
bool vgpu_stats_context(const struct vgpu_stats *s, size_t index, struct vgpu_stats_context *out);

/* What LOST records say of one cause (enum vgpu_trace_loss); zeros when there is none. */
void vgpu_stats_lost(const struct vgpu_stats *s, uint32_t what, uint64_t *count, uint64_t *bytes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
