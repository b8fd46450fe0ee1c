/* SPDX-License-Identifier: MIT */
/* The tracker's inside. */
#ifndef VGPU_TRACK_STATE_H
#define VGPU_TRACK_STATE_H

#include <vgpu/track.h>

#include "idmap.h"

#define MEMORY_MAX   (64u << 20)
/* Rings hold 256 to 1024 commands; more than this wait only when answers are not recorded. */
#define PENDING_MAX  8192u
#define TIMELINE_ALL UINT64_MAX
#define CAPSETS_MAX  64u
#define GRAVES       4096u

struct context {
	uint64_t key;
	struct vgpu_track_context c;
};

struct resource {
	uint64_t key;
	struct vgpu_track_resource r;
	uint64_t attach_number; /* command that attached the backing */
	uint64_t map_number;
};

struct attachment {
	uint64_t key; /* ctx_id << 32 | resource_id */
	struct vgpu_track_attachment a;
};

struct timeline {
	uint64_t key; /* ctx_id << 32 | ring_idx, or TIMELINE_ALL */
	struct vgpu_track_timeline l;
};

struct pending {
	uint64_t key;
	struct vgpu_track_pending p;
	/* What an error brings back. */
	union {
		struct vgpu_track_scanout scanout;
		struct {
			bool backed;
			uint32_t entries;
			uint64_t bytes, attach_number;
		} backing;
	} before;
};

/* Who died and when, in a slot by the id's low bits: a later one takes the place. */
struct grave {
	uint32_t id;
	uint64_t number;
};

struct vgpu_track {
	struct budget budget;
	struct vgpu_negotiated negotiated;
	bool partial;
	uint64_t last, missing; /* number of the last command; of that before the last gap */
	struct idmap contexts, resources, attachments, timelines, pending;
	struct vgpu_track_scanout scanouts[VGPU_MAX_SCANOUTS];
	struct vgpu_track_cursor cursors[VGPU_MAX_SCANOUTS];
	struct vgpu_track_capset capsets[CAPSETS_MAX];
	size_t n_capsets;
	size_t mapped;
	uint64_t commands, responses, failed;
	uint64_t to_host_bytes, from_host_bytes, inline_bytes; /* of all resources there were */
	struct grave *dead_resources, *dead_contexts;          /* GRAVES each */
};

struct resource *track_resource(const struct vgpu_track *t, uint32_t id);
struct context *track_context(const struct vgpu_track *t, uint32_t id);
/* The language of a context of this capset, as far as the device has told. */
enum vgpu_stream track_stream(const struct vgpu_track *t, uint32_t capset);

static inline uint64_t track_pair(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

uint64_t track_timeline_key(const struct vgpu_ctrl_hdr *hdr);

/* Effects, effect.c. `p` is the command's entry. */
int track_apply(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m);
/* What the streams of SUBMIT_3D do to what is counted here, query.c. */
void track_submit(struct vgpu_track *t, const struct vgpu_track_message *m);

/* Ends of life, shared by requests and answers. */
void track_forget_resource(struct vgpu_track *t, uint32_t id, uint64_t number);
void track_forget_context(struct vgpu_track *t, uint32_t id, uint64_t number);
void track_detach(struct vgpu_track *t, uint32_t ctx_id, uint32_t resource_id);
void track_unmap(struct vgpu_track *t, struct resource *r);
void track_show(struct vgpu_track *t, uint32_t scanout, const struct vgpu_track_scanout *s);

/* Hostile boxes may be any size: counters end at their largest value. */
static inline void track_moved(uint64_t *of_resource, uint64_t *of_all, uint64_t bytes)
{
	*of_resource = bytes > UINT64_MAX - *of_resource ? UINT64_MAX : *of_resource + bytes;
	*of_all = bytes > UINT64_MAX - *of_all ? UINT64_MAX : *of_all + bytes;
}

/* Fences, fence.c. */
int track_fence_queue(struct vgpu_track *t, const struct pending *p);
void track_fence_done(struct vgpu_track *t, const struct pending *p);
void track_fence_drop(struct vgpu_track *t, const struct pending *p);

/* Bytes of the pixels that a transfer of a box moves; 0 when the format is not known. */
uint64_t track_box_bytes(const struct vgpu_track_resource *r, uint32_t w, uint32_t h, uint32_t d);

#endif
