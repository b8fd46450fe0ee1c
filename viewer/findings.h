/* SPDX-License-Identifier: MIT */
/*
 * What lint finds in the trace, which is read again for it by a thread of its own: findings come in
 * while it reads.
 */
#ifndef VGPU_VIEW_FINDINGS_H
#define VGPU_VIEW_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <vgpu/lint.h>

#define VIEW_FINDINGS_MAX 4096u /* kept of each severity; more are counted */
#define VIEW_SEVERITIES   3u

struct view_findings;

/* Begin to look through the trace at `path`, by a dialect's rules. NULL: out of memory. */
struct view_findings *view_findings_create(const char *path, enum vgpu_dialect dialect);
void view_findings_destroy(struct view_findings *f); /* NULL is fine; so it is below */

/* The whole trace was looked through. *error (may be NULL): 0, or why it could not be. */
bool view_findings_done(const struct view_findings *f, int *error);
/* Of a severity: all that were found so far. */
uint32_t view_findings_count(const struct view_findings *f, enum vgpu_severity severity);

/*
 * Finding `index` of a severity, in the order of the trace; false behind the last one kept. What it
 * points to is as good as `f`.
 */
bool view_findings_get(const struct view_findings *f, enum vgpu_severity severity, uint32_t index,
		       struct vgpu_finding *out);

#endif
