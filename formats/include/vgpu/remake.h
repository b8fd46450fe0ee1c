/* SPDX-License-Identifier: MIT */
/*
 * Following a trace so that, at any moment, it can be said what a device must execute to be in the
 * same state again: creation of what is alive, what was last set in each sub-context, guest memory.
 * What resources hold is read from a device at hand, where it can be; where not, the commands that
 * made it are kept.
 */
#ifndef VGPU_REMAKE_H
#define VGPU_REMAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct vgpu_remake;
struct vgpu_remake_point;

/*
 * The device whose state it is. What its resources hold is the caller's to keep, and known here by
 * tokens.
 */
struct vgpu_remake_source {
	void *data;
	/* What does this resource hold? A token, not 0; 0: it cannot be told, the commands are kept. */
	uint64_t (*take)(void *data, uint32_t resource_id);
	/* No point and no state needs it any more. */
	void (*release)(void *data, uint64_t token);
	/* Guest memory as it is. 0 or an error, which vgpu_remake_point_create() returns. */
	int (*memory)(void *data, uint64_t address, void *out, size_t size);
};

/*
 * `memory_max`: bytes to be held for the state and all points, 0: 1 GiB. The source is copied; its
 * data must outlive this and all points. 0 or -ENOMEM.
 */
int vgpu_remake_create(struct vgpu_remake **out, const struct vgpu_remake_source *source,
		       size_t memory_max);
/* NULL is fine. Points outlive it. */
void vgpu_remake_destroy(struct vgpu_remake *m);

/*
 * Take the next record. 0; 1: what was known of a context turns out to be wrong, all records from the
 * first on up to this one are to be given again (for points that were made before, that changes
 * nothing); VGPU_ERR_TOO_LARGE: memory_max is reached; -ENOMEM. After an error no point can be made any
 * more.
 *
 * Answers in the trace are of no interest: another device may have given them. That the one at hand
 * refused a stream is told by vgpu_remake_refused(), right behind its COMMAND.
 */
int vgpu_remake_add(struct vgpu_remake *m, const struct vgpu_trace_record *r);
/* 0 or 1 as vgpu_remake_add(). */
int vgpu_remake_refused(struct vgpu_remake *m, uint32_t device, uint32_t ctx_id);

/*
 * Bytes that are held for the state and its points, of memory_max. Points from before records were
 * given again do not count.
 */
size_t vgpu_remake_size(const struct vgpu_remake *m);

/*
 * The state of device `device` behind the last record. 0, or an error as vgpu_remake_add() or of the
 * source. Those resources are asked for that have changed since the last point.
 */
int vgpu_remake_point_create(struct vgpu_remake *m, uint32_t device,
			     struct vgpu_remake_point **out);
void vgpu_remake_point_destroy(struct vgpu_remake_point *p); /* NULL is fine */

/* What brings a device without any state there, one thing after the other. */
struct vgpu_remake_sink {
	void *data;
	/* MEMORY or SNAPSHOT; lives until this returns. Number and time are 0. */
	int (*record)(void *data, const struct vgpu_trace_record *r);
	/* Put back what was taken. */
	int (*give)(void *data, uint64_t token);
};

/* 0, what a function of the sink returned if that is not 0, -ENOMEM. */
int vgpu_remake_point_play(const struct vgpu_remake_point *p, const struct vgpu_remake_sink *sink);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
