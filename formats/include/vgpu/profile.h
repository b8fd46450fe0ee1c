/* SPDX-License-Identifier: MIT */
/*
 * Where the time of a trace went, gathered record by record in bounded memory (at most about 45 MB,
 * of which a trace with few contexts and processes takes 2).
 *
 * Latency is the time between a command being queued and another stage of it: its response, or what
 * STAGE records tell of (one that is earlier, the entry of the ioctl, counts from there). A device may answer an unfenced command before it has executed it (virtio
 * 1.3, 5.7.6.7), so fenced and unfenced ones are never in one series.
 */
#ifndef VGPU_PROFILE_H
#define VGPU_PROFILE_H

#include <vgpu/stats.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What commands are told apart by. */
enum vgpu_profile_by {
	VGPU_PROFILE_BY_TYPE = 1u << 0,
	VGPU_PROFILE_BY_CTX = 1u << 1,
	VGPU_PROFILE_BY_PROCESS = 1u << 2,
	VGPU_PROFILE_BY_QUEUE = 1u << 3,
};

/* A row's stage 0 is the response; the others are enum vgpu_trace_stage_id. */
#define VGPU_PROFILE_RESPONSE 0

struct vgpu_profile_options {
	unsigned int by;   /* bits of enum vgpu_profile_by; 0: all commands are one */
	uint64_t stall_ns; /* no answer for so long is a stall; 0: 100 ms */
};

/* Latency to one stage, of the commands that are not told apart. */
struct vgpu_profile_row {
	bool others; /* of all for which no row was left: what follows but fenced is 0 */
	bool fenced;
	uint32_t stage;
	uint32_t type, ctx_id, pid, queue; /* 0 where they are not told apart */
	char process[16];                  /* name of pid, "" when not known */
	uint64_t commands, bytes, errors;  /* of the group, the same for all its stages */
	struct vgpu_stats_series latency;
};

/*
 * How evenly a scanout's frames came. A frame is a RESOURCE_FLUSH of the resource it shows; an
 * interval is the time between two of them being queued. The lows are frame times, in ns:
 *	low1_average	mean of the longest 1 % of the intervals: from the one at the nearest rank of
 *			the 99th percentile to the longest
 *	low1_integral	the longest intervals, put together from the longest on, make 1 % of the time
 *			with this one
 * Percentiles and lows come from buckets, off by 0.4 % at most.
 */
struct vgpu_profile_frames {
	uint32_t device; /* index; those from 15 on count as one */
	uint32_t scanout;
	uint64_t frames;
	uint64_t flips; /* of them page flips; the others update the resource that is shown already */
	struct vgpu_stats_series interval;
	uint64_t low1_average, low1_integral;
	uint64_t pacing;     /* mean difference of an interval to the one before, ns */
	uint64_t stutters;   /* intervals above 2.5 times the mean of the 20 (or fewer) before */
	uint64_t stutter_ns; /* their sum */
};

/* Times in which commands waited and none was answered. */
struct vgpu_profile_stall {
	uint64_t start_ns; /* on the trace's clock */
	uint64_t length_ns;
	uint64_t id; /* the command whose answer ended it */
};

struct vgpu_profile_stalls {
	uint64_t count, total_ns;
	uint64_t full; /* commands that left no slot of their ring free */
	unsigned int n_longest;
	struct vgpu_profile_stall longest[10]; /* longest first */
};

/* Commands of one queue that wait for their answer, over time. */
struct vgpu_profile_depth {
	uint32_t queue;
	uint64_t commands;
	double mean;                 /* over the time from its first command to the last record */
	uint32_t p50, p90, p99, max; /* for so much of that time there were no more */
};

/* What transfers moved between a resource and its backing, also those in virgl streams. */
struct vgpu_profile_resource {
	bool others;          /* all that no row was left for */
	uint32_t resource_id; /* an id that was given again is another resource */
	uint32_t width, height, format;
	uint64_t transfers, to_host, from_host; /* bytes */
	uint64_t unknown; /* transfers of them whose size is not known: counted with no bytes */
};

/* What a process, or a context, asked for. */
struct vgpu_profile_talker {
	bool others;
	uint32_t id;              /* pid or ctx_id */
	char name[16];            /* of the process */
	uint64_t commands, bytes; /* of requests */
	uint64_t waited_ns;       /* sum of the latencies to the response */
};

struct vgpu_profile_totals {
	uint64_t commands, responses, errors;
	uint64_t unanswered; /* final after finish */
	uint64_t request_bytes;
	uint64_t first_ns, last_ns; /* of the commands and their answers */
	uint64_t lost;              /* sum of LOST counts */
};

struct vgpu_profile;

/* `options` may be NULL. NULL: out of memory. */
struct vgpu_profile *vgpu_profile_create(const struct vgpu_profile_options *options);
/* NULL is fine. */
void vgpu_profile_destroy(struct vgpu_profile *p);

/*
 * Take one record. `counted` false: it counts in nothing, but what it tells of resources, contexts
 * and scanouts is learnt. Unknown types and malformed bodies are ignored. 0 or -ENOMEM.
 */
int vgpu_profile_add(struct vgpu_profile *p, const struct vgpu_trace_record *r, bool counted);
/* After the last record, before any of the functions below. 0 or -ENOMEM: the lists are empty. */
int vgpu_profile_finish(struct vgpu_profile *p);

void vgpu_profile_totals(const struct vgpu_profile *p, struct vgpu_profile_totals *out);
void vgpu_profile_stalls(const struct vgpu_profile *p, struct vgpu_profile_stalls *out);

/*
 * The lists: row `index` into *out; false past the last one. Rows are in the order of their keys,
 * a group's stages together; resources by bytes and talkers by commands, most first.
 */
bool vgpu_profile_row(const struct vgpu_profile *p, size_t index, struct vgpu_profile_row *out);
bool vgpu_profile_frames(const struct vgpu_profile *p, size_t index,
			 struct vgpu_profile_frames *out);
bool vgpu_profile_depth(const struct vgpu_profile *p, size_t index, struct vgpu_profile_depth *out);
bool vgpu_profile_resource(const struct vgpu_profile *p, size_t index,
			   struct vgpu_profile_resource *out);
bool vgpu_profile_process(const struct vgpu_profile *p, size_t index,
			  struct vgpu_profile_talker *out);
bool vgpu_profile_context(const struct vgpu_profile *p, size_t index,
			  struct vgpu_profile_talker *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
