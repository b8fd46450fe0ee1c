/* SPDX-License-Identifier: MIT */
/* Delta debugging: the fewest parts of something with which it still does what it does. */
#ifndef VGPU_REPLAY_DDMIN_H
#define VGPU_REPLAY_DDMIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `keep` has a mark for each of `count` parts; those that are not set stay out. `test` says whether
 * it still does it with the marks as they are; it does at the start. Marks are taken away as long as
 * a run of neighbours, or in the end a single one, can be; `test` ends it all by setting *stop.
 */
void ddmin(bool *keep, size_t count, bool (*test)(void *data, bool *stop), void *data);

#endif
