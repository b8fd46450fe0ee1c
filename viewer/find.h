/* SPDX-License-Identifier: MIT */
/*
 * Which commands an expression of <vgpu/filter.h> means. The trace is read again for it, by a thread
 * of its own: matches come in while it reads.
 */
#ifndef VGPU_VIEW_FIND_H
#define VGPU_VIEW_FIND_H

#include <vgpu/filter.h>

#include "model.h"

struct view_find;

/*
 * Begin to look through the trace at `path`, which `m` was loaded from; both must live longer. NULL:
 * *error says why, an expression that is wrong or no memory.
 */
struct view_find *view_find_create(const struct view_model *m, const char *path,
				   const char *expression, struct vgpu_filter_error *error);
void view_find_destroy(struct view_find *f); /* NULL is fine */

const char *view_find_expression(const struct view_find *f);

/* The whole trace was looked through. *error (may be NULL): 0, or why it could not be. */
bool view_find_done(const struct view_find *f, int *error);

/* Grows by 1 or more when there are new matches, or it is done: time to draw again. */
uint32_t view_find_news(const struct view_find *f);

/* Command number `command` is meant. */
bool view_find_has(const struct view_find *f, uint32_t command);

/* How many are meant of those at places first … last - 1 of m->all; UINT32_MAX as `last`: to its end. */
uint32_t view_find_count(struct view_find *f, uint32_t first, uint32_t last);

/*
 * The place of the nearest match behind `place` (step > 0; VIEW_NONE: from the first place on) or before
 * it. VIEW_NONE: there is none.
 */
uint32_t view_find_next(struct view_find *f, uint32_t place, int step);

#endif
