/* SPDX-License-Identifier: MIT */
/*
 * How long the commands of a span took from stage to stage: vgpu/profile.h's numbers. The span is read
 * again for them, by a thread of its own.
 */
#ifndef VGPU_VIEW_STAGES_H
#define VGPU_VIEW_STAGES_H

#include <vgpu/profile.h>

#include "find.h"

struct view_stages;

/*
 * Begin to measure commands that were queued from … until before …, of those that `only` means (NULL:
 * of all). `path` and `only` must live longer. NULL: out of memory.
 */
struct view_stages *view_stages_create(const char *path, uint64_t from_ns, uint64_t to_ns,
				       const struct view_find *only);
void view_stages_destroy(struct view_stages *s); /* NULL is fine */

bool view_stages_done(const struct view_stages *s);
/* It is of this span and filter, as far as that knows by now. NULL is of none. */
bool view_stages_is(const struct view_stages *s, uint64_t from_ns, uint64_t to_ns,
		    const struct view_find *only);

/* Row `index`, of a type and stage, once it is done; false past the last one. */
bool view_stages_row(const struct view_stages *s, size_t index, struct vgpu_profile_row *out);

#endif
