/* SPDX-License-Identifier: MIT */
/*
 * A trace's records, given to lints (<vgpu/lint.h>) and so to their trackers: one for each device that
 * the trace tells of. Findings about what the recorder lost are left out.
 */
#ifndef VGPU_JUDGE_H
#define VGPU_JUDGE_H

#include <vgpu/lint.h>
#include <vgpu/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define VGPU_JUDGE_DEVICES 64 /* as many as merge takes; what names others goes to the last */

struct vgpu_judge;

/*
 * `options` as for each lint, copied; features are each device's to begin with, until a DEVICE record
 * tells them. `device`, below VGPU_JUDGE_DEVICES, is there from the beginning, whether the trace tells
 * of it or not. 0 or VGPU_ERR_TOO_LARGE, and *out is NULL.
 */
int vgpu_judge_create(struct vgpu_judge **out, const struct vgpu_lint_options *options,
		      uint32_t device);
void vgpu_judge_destroy(struct vgpu_judge *j); /* NULL is fine */

/* Take the next record. 0, or VGPU_ERR_TOO_LARGE from then on. Findings are reported meanwhile. */
int vgpu_judge_record(struct vgpu_judge *j, const struct vgpu_trace_record *r);
/* The end; `cut`: answers may lie in what is missing. Reports what can only be told then. */
void vgpu_judge_end(struct vgpu_judge *j, bool cut);

/* The state of a device; NULL when it is not there. The judge's, good until its next call. */
const struct vgpu_track *vgpu_judge_track(const struct vgpu_judge *j, uint32_t device);
/* Did the trace tell of it? */
bool vgpu_judge_met(const struct vgpu_judge *j, uint32_t device);

struct vgpu_judge_totals {
	uint64_t commands; /* of all devices */
	uint64_t refused;  /* of them, by an answer that is an error */
	uint64_t lost; /* things, as LOST records count them, but for what was not to be recorded */
};
void vgpu_judge_totals(const struct vgpu_judge *j, struct vgpu_judge_totals *out);

/*
 * What a DEVICE record says of the device's features, by number or by the dialect's names: `n` has
 * them then, and it is true.
 */
bool vgpu_trace_device_features(const struct vgpu_trace_device *device, struct vgpu_negotiated *n);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
