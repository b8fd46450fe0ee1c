/* SPDX-License-Identifier: MIT */
/* Follows a trace record by record, and knows of each command what a filter can ask. */
#ifndef VGPU_FOLLOW_H
#define VGPU_FOLLOW_H

#include <vgpu/filter.h>
#include <vgpu/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Bounded memory, about 1 MB: of answers to commands more than 4096 numbers old nothing is known. */
struct vgpu_follow;

/* NULL: out of memory. */
struct vgpu_follow *vgpu_follow_create(void);
/* NULL is fine. */
void vgpu_follow_destroy(struct vgpu_follow *f);

/*
 * Take the next record. Returns what is known of the command that a COMMAND or RESPONSE record
 * belongs to: after COMMAND all fields that are known when it is queued, and after RESPONSE those
 * of its answer too. NULL for other records, for malformed ones, and for a response to a command
 * that was not seen. The facts are the follower's, good until its next call.
 */
const struct vgpu_facts *vgpu_follow_record(struct vgpu_follow *f,
					    const struct vgpu_trace_record *r);

/*
 * The same for those who have no records: a recorder that asks which commands are meant. Of a command
 * only what is known when it is queued, at `time_ns`.
 */
void vgpu_follow_process(struct vgpu_follow *f, const struct vgpu_trace_process *process);
const struct vgpu_facts *vgpu_follow_command(struct vgpu_follow *f, uint64_t time_ns,
					     const struct vgpu_trace_command *command);

/*
 * VGPU_DRM_CONTEXT_ of the device, as the last answer to GET_CAPSET of DRM said; 0: none did. For
 * struct vgpu_describe_options.
 */
uint32_t vgpu_follow_drm_context(const struct vgpu_follow *f);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
