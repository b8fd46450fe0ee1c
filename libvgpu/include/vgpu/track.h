/* SPDX-License-Identifier: MIT */
/*
 * What a virtio-gpu device's state is, from the bytes of requests and responses: contexts,
 * resources, scanouts, cursors, fences, mapped blobs.
 *
 * A request takes effect when it is given: a device takes them in queue order, but answers fenced
 * ones late. When the answer is an error the effect is undone, but for UNREF, CTX_DESTROY and UNMAP:
 * devices that refuse those have been seen to forget the object all the same.
 *
 * The tracker allocates with malloc(), never more than its limit; hostile input makes it refuse, not
 * grow. It is not thread-safe; one tracker is one device.
 */
#ifndef VGPU_TRACK_H
#define VGPU_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/describe.h>
#include <vgpu/error.h>
#include <vgpu/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct vgpu_track;

/* NULL or all zero is the default. Members are only ever appended. */
struct vgpu_track_options {
	size_t memory_max;                 /* bytes that the tracker may hold; 0: 64 MiB */
	struct vgpu_negotiated negotiated; /* whose protocol; features where they are known */
};

/* One request or response. */
struct vgpu_track_message {
	uint64_t number; /* of the command, rising, over all queues; a response has its command's */
	uint64_t time_ns; /* 0: not known */
	uint32_t queue;   /* 0: control, 1: cursor */
	uint32_t room;    /* bytes for the response; UINT32_MAX: not known */
	bool cut;         /* bytes at its end were not recorded */
	const uint8_t *wire;
	size_t size;
};

/* *out is a tracker of a device that was just reset. 0 or VGPU_ERR_TOO_LARGE: no memory. */
int vgpu_track_create(struct vgpu_track **out, const struct vgpu_track_options *options);
void vgpu_track_destroy(struct vgpu_track *t); /* NULL is fine */

/* What is negotiated became known, or changed with a reset. */
void vgpu_track_negotiated(struct vgpu_track *t, const struct vgpu_negotiated *n);

/* The device was reset: nothing exists, ids start over. What is missing is forgotten too. */
void vgpu_track_reset(struct vgpu_track *t);

/*
 * Commands are missing, until the next reset. `before` true: those from before the first one of all,
 * because recording began late: an id that was never seen may exist. False: those between the last
 * request and now, because records were lost: what is known may have changed, too.
 */
void vgpu_track_missing(struct vgpu_track *t, bool before);

/* What a command of this number did stands: nothing that could have changed it is missing since. */
bool vgpu_track_is_certain(const struct vgpu_track *t, uint64_t number);

/* vgpu_track_missing() was called, or memory ran out, since the reset. */
bool vgpu_track_is_partial(const struct vgpu_track *t);

/*
 * Take one message. 0; VGPU_ERR_TRUNCATED, _UNKNOWN, _INVALID when the request has no effect on any
 * device because it is cut, not known, or names what does not exist; VGPU_ERR_TOO_LARGE when the
 * memory is used up: it has no effect then, and the state is partial. A response to no pending
 * command is VGPU_ERR_UNKNOWN.
 */
int vgpu_track_request(struct vgpu_track *t, const struct vgpu_track_message *m);
int vgpu_track_response(struct vgpu_track *t, const struct vgpu_track_message *m);

/*
 * State. Pointers are good until the next call that takes the tracker without const. The `_next`
 * functions go through all of a kind by rising id, from NULL on, and end with NULL.
 */

struct vgpu_track_context {
	uint32_t id;
	uint32_t capset;         /* context_init & 0xff; 0 without CONTEXT_INIT */
	enum vgpu_stream stream; /* the language of its SUBMIT_3D */
	char name[65];           /* debug name, NUL-terminated */
	uint32_t attached;       /* resources */
	uint64_t created;        /* command number */
	uint64_t submits;        /* SUBMIT_3D commands */
	uint64_t stream_bytes;   /* of them */
};

enum vgpu_track_kind {
	VGPU_TRACK_2D,
	VGPU_TRACK_3D,
	VGPU_TRACK_BLOB,
};

struct vgpu_track_resource {
	uint32_t id;
	enum vgpu_track_kind kind;
	uint64_t created; /* command number */

	/* As the create command says; a 2D resource has the 3D fields of its kind. Zero for blobs. */
	uint32_t target, format, bind; /* VGPU_PIPE_, VGPU_FORMAT_, VGPU_BIND_ */
	uint32_t width, height;        /* pixels; bytes for a buffer */
	uint32_t depth, array_size, last_level, nr_samples, flags;

	/* Blobs only. */
	uint32_t blob_mem, blob_flags; /* VGPU_BLOB_MEM_, VGPU_BLOB_FLAG_ */
	uint32_t blob_ctx;             /* context of the create command */
	uint64_t blob_id, blob_size;   /* bytes */
	bool mapped;
	uint64_t map_offset; /* bytes into the host-visible region */
	uint32_t map_info;   /* VGPU_MAP_CACHE_ and flags; once it is answered */

	bool backed;
	uint32_t backing_entries;
	uint64_t backing_bytes; /* sum of the entries' lengths */

	bool has_uuid;
	uint8_t uuid[16];

	uint32_t attached;                       /* contexts */
	uint32_t scanouts;                       /* mask of those that show it */
	uint64_t to_host_bytes, from_host_bytes; /* of pixels, moved by transfers of both kinds */
	uint64_t inline_bytes;                   /* written by RESOURCE_INLINE_WRITE */
	uint64_t flushes;
};

struct vgpu_track_scanout {
	uint32_t resource_id; /* 0: off */
	struct vgpu_rect r;   /* the part of the resource that is shown, pixels */
	bool blob;            /* SET_SCANOUT_BLOB: the layout follows */
	uint32_t width, height, format;
	uint32_t strides[4], offsets[4]; /* bytes */
	uint64_t set;                    /* command number; 0: never */
	uint64_t frames;                 /* flushes of the resource while it was shown here */
	bool enabled;                    /* as GET_DISPLAY_INFO was last answered */
	struct vgpu_rect display;
};

struct vgpu_track_cursor {
	uint32_t resource_id; /* 0: hidden */
	uint32_t x, y, hot_x, hot_y;
	uint64_t updates, moves;
};

/* A synchronization timeline: all contexts' common one, or that of a context's ring. */
struct vgpu_track_timeline {
	bool ring; /* false: the common one; ctx_id and ring_idx are 0 then */
	uint32_t ctx_id;
	uint32_t ring_idx;
	uint64_t queued;    /* largest fence id queued */
	uint64_t completed; /* largest fence id answered: it completes all that are <= it */
	uint32_t pending;   /* fenced commands that are neither answered nor completed so */
};

/* A command that waits for its answer. */
struct vgpu_track_pending {
	uint64_t number, time_ns;
	uint32_t queue, room;
	struct vgpu_ctrl_hdr hdr;
	uint32_t resource_id; /* that the command names first; 0: none */
	bool completed;       /* its fence is, by a later one; only the answer is missing */
};

struct vgpu_track_capset {
	uint32_t id, max_version, max_size; /* bytes */
	uint32_t context_type;              /* of DRM: VGPU_DRM_CONTEXT_; 0: not known */
};

/* A resource that a context may use. */
struct vgpu_track_attachment {
	uint32_t ctx_id, resource_id;
	uint64_t attached; /* command number */
};

/* NULL when there is none of that id. */
const struct vgpu_track_context *vgpu_track_context(const struct vgpu_track *t, uint32_t id);
const struct vgpu_track_resource *vgpu_track_resource(const struct vgpu_track *t, uint32_t id);
const struct vgpu_track_scanout *vgpu_track_scanout(const struct vgpu_track *t, uint32_t id);
const struct vgpu_track_cursor *vgpu_track_cursor(const struct vgpu_track *t, uint32_t scanout_id);
const struct vgpu_track_pending *vgpu_track_pending(const struct vgpu_track *t, uint64_t number);
const struct vgpu_track_capset *vgpu_track_capset(const struct vgpu_track *t, uint32_t capset_id);
/* `ring` false: the common timeline, whatever the ids. */
const struct vgpu_track_timeline *vgpu_track_timeline(const struct vgpu_track *t, bool ring,
						      uint32_t ctx_id, uint32_t ring_idx);

const struct vgpu_track_context *vgpu_track_context_next(const struct vgpu_track *t,
							 const struct vgpu_track_context *c);
const struct vgpu_track_resource *vgpu_track_resource_next(const struct vgpu_track *t,
							   const struct vgpu_track_resource *r);
const struct vgpu_track_pending *vgpu_track_pending_next(const struct vgpu_track *t,
							 const struct vgpu_track_pending *p);
const struct vgpu_track_timeline *vgpu_track_timeline_next(const struct vgpu_track *t,
							   const struct vgpu_track_timeline *l);
/* By context, then by resource. */
const struct vgpu_track_attachment *
vgpu_track_attachment_next(const struct vgpu_track *t, const struct vgpu_track_attachment *a);
/* In the order in which the device told them. */
const struct vgpu_track_capset *vgpu_track_capset_next(const struct vgpu_track *t,
						       const struct vgpu_track_capset *c);

/* The mapped blob that holds byte `offset` of the host-visible region; NULL when none does. */
const struct vgpu_track_resource *vgpu_track_mapped(const struct vgpu_track *t, uint64_t offset);

/* The resource is attached to the context. */
bool vgpu_track_is_attached(const struct vgpu_track *t, uint32_t ctx_id, uint32_t resource_id);

/*
 * The command that destroyed the id, when it does not exist now but did; 0 when it never did, or
 * when that is too long ago (thousands of ids are remembered, not all).
 */
uint64_t vgpu_track_resource_destroyed(const struct vgpu_track *t, uint32_t id);
uint64_t vgpu_track_context_destroyed(const struct vgpu_track *t, uint32_t id);

/*
 * Number of objects, and bytes that the tracker holds. Bytes moved count those of resources that
 * exist no more, too, and commands that were refused.
 */
struct vgpu_track_totals {
	size_t contexts, resources, attachments, pending, timelines;
	size_t mapped; /* blobs */
	size_t memory; /* bytes allocated */
	uint64_t commands, responses, failed;
	uint64_t mapped_bytes;                                 /* sizes of the mapped blobs */
	uint64_t to_host_bytes, from_host_bytes, inline_bytes; /* as those of resources */
};
void vgpu_track_totals(const struct vgpu_track *t, struct vgpu_track_totals *out);

/* Shape for vgpu_transfer_extent(), from <vgpu/transfer.h>; false for blobs, which have none. */
bool vgpu_track_shape(const struct vgpu_track_resource *r, struct vgpu_shape *out);

/*
 * A snapshot: *out is another tracker in the same state, which goes its own way. 0 or
 * VGPU_ERR_TOO_LARGE.
 */
int vgpu_track_copy(const struct vgpu_track *t, struct vgpu_track **out);

enum vgpu_track_object {
	VGPU_TRACK_CONTEXT,
	VGPU_TRACK_RESOURCE,
	VGPU_TRACK_SCANOUT,
	VGPU_TRACK_CURSOR,
	VGPU_TRACK_TIMELINE,
	VGPU_TRACK_ATTACHMENT,
	VGPU_TRACK_PENDING,
	VGPU_TRACK_OBJECT_COUNT
};

/*
 * One difference between two states. `before` and `after` point to the object's struct, as the
 * getters give it; NULL where it does not exist. Counters count as differences.
 */
struct vgpu_track_change {
	enum vgpu_track_object object;
	/*
	 * Of a timeline ctx_id << 32 | ring_idx, the common one is UINT64_MAX; of an attachment
	 * ctx_id << 32 | resource_id; of a pending command its number.
	 */
	uint64_t id;
	const void *before, *after;
};

/* Calls `change` for each difference, by kind and id. 0, or what `change` returned to stop. */
int vgpu_track_diff(const struct vgpu_track *before, const struct vgpu_track *after,
		    int (*change)(void *data, const struct vgpu_track_change *change), void *data);

/*
 * The state as JSON, one object on one line: "contexts", "resources", "scanouts", "cursors",
 * "timelines", "attachments", "pending", "capsets", each an array; "partial" as
 * vgpu_track_is_partial(). 0, or what the sink returned.
 */
int vgpu_track_json(const struct vgpu_track *t, const struct vgpu_sink *sink);

/*
 * What vgpu_track_diff() finds, as JSON of the same names, arrays in which nothing differs left out.
 * Each element has its ids ("id"; "scanout_id" of cursors; "ctx_id" and "ring_idx" of timelines but
 * the common one; "ctx_id" and "resource_id" of attachments; "number" of pending commands), "before"
 * and "after". Those hold the members that differ; all of them where the object exists on one side
 * only, and the other is null. 0, or what the sink returned.
 */
int vgpu_track_diff_json(const struct vgpu_track *before, const struct vgpu_track *after,
			 const struct vgpu_sink *sink);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
