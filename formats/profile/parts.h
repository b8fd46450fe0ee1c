/* SPDX-License-Identifier: MIT */
/* What a profile is made of; each part has a file of its own. */
#ifndef FORMATS_PROFILE_PARTS_H
#define FORMATS_PROFILE_PARTS_H

#include <vgpu/profile.h>
#include <vgpu/protocol.h>
#include <vgpu/transfer.h>

#include "histogram.h"

/* Sums of what a hostile trace says: at the top they stay. */
static inline void sum_add(uint64_t *sum, uint64_t value)
{
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = UINT64_MAX;
}

/* Groups of commands, each with a histogram for each stage that it came to. */
#define GROUPS_MAX     1024u
#define GROUP_SLOTS    4096u /* of the hash table */
#define GROUP_STAGES   32u
#define HISTOGRAMS_MAX 1000u /* 35 MB; what comes later goes to the others */

struct group_key {
	uint32_t type, ctx_id, pid, queue;
	bool fenced;
};

struct group {
	struct group_key key;
	bool others;
	char process[16]; /* after finish */
	uint64_t commands, bytes, errors;
	struct histogram *stages[GROUP_STAGES]; /* NULL until the first value */
};

struct groups {
	struct group *list[GROUPS_MAX + 2]; /* in order of appearance */
	struct group *others[2];            /* by fenced; in the list too */
	uint16_t slots[GROUP_SLOTS];        /* index in the list + 1; 0: free */
	unsigned int count, histograms;
	struct group_row {
		struct group *group;
		uint32_t stage;
	} * rows; /* after finish */
	size_t row_count;
};

/* NULL: out of memory. */
struct group *groups_find(struct groups *g, const struct group_key *key);
/* 0 or -ENOMEM. */
int groups_add_latency(struct groups *g, struct group *group, uint32_t stage, uint64_t ns);
int groups_sort(struct groups *g);
void groups_finish(struct groups *g);

/* Frames of the scanouts. */
#define PACE_WINDOW 20u

struct pace {
	uint64_t frames, flips, last_ns;
	struct histogram interval;
	uint64_t last_interval, difference_sum, differences;
	uint64_t window[PACE_WINDOW], window_sum;
	unsigned int window_count, window_next;
	uint64_t stutters, stutter_ns;
};

/* A frame that was queued then. 0 or -ENOMEM. */
int pace_frame(struct pace *p, uint64_t time_ns, bool flip);
void pace_get(const struct pace *p, struct vgpu_profile_frames *out);

/* Commands that wait, over time. */
#define DEPTH_MAX 1024u /* deeper ones are counted as this deep */

struct depth {
	bool started;
	uint32_t now, max;
	uint64_t last_ns, commands;
	uint64_t time_at[DEPTH_MAX + 1];
};

void depth_set(struct depth *d, uint64_t time_ns, uint32_t now);
void depth_get(const struct depth *d, struct vgpu_profile_depth *out);

/* Processes or contexts. */
#define TALKERS_MAX  2048u
#define TALKER_SLOTS 4096u

struct talkers {
	struct vgpu_profile_talker list[TALKERS_MAX + 1]; /* the last: others */
	uint16_t slots[TALKER_SLOTS];
	unsigned int count;
	unsigned int recent; /* place of the last one that was found */
};

/* The talker of this id; the others' when there is no room. Stays where it is until sorted. */
struct vgpu_profile_talker *talkers_find(struct talkers *t, uint32_t id);
/* Most commands first; those with none go. */
void talkers_sort(struct talkers *t);

/* Resources, and what was moved for them. */
#define RESOURCE_SLOTS 16384u /* by the low bits of the id: the driver gives small ones */
#define RESOURCES_TOP  64u

struct resource {
	struct vgpu_profile_resource r;
	struct vgpu_shape shape;
};

struct resources {
	struct resource slots[RESOURCE_SLOTS];
	struct vgpu_profile_resource top[RESOURCES_TOP + 1]; /* after sort: by bytes, others last */
	struct vgpu_profile_resource others;
	unsigned int top_count;
};

/* What a request says of resources; `virgl`: its stream is one. */
void resources_request(struct resources *r, const struct vgpu_ctrl_hdr *hdr, const uint8_t *request,
		       size_t size, bool virgl, bool counted);
void resources_sort(struct resources *r);

#endif
