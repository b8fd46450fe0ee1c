/* SPDX-License-Identifier: MIT */
/* What each device of a trace shows: a recording may be of several, and so may a merged file. */
#ifndef FORMATS_DEVICES_H
#define FORMATS_DEVICES_H

#include <vgpu/scanouts.h>

/* That are told apart; what has a larger index counts as the last one's. */
#define DEVICES_APART 16u

static inline uint32_t device_place(uint32_t index)
{
	return index < DEVICES_APART ? index : DEVICES_APART - 1;
}

struct devices {
	struct vgpu_scanouts scanouts[DEVICES_APART];
};

static inline struct vgpu_scanouts *devices_scanouts(struct devices *d, uint32_t index)
{
	return &d->scanouts[device_place(index)];
}

/* This one was reset. */
static inline void devices_reset(struct devices *d, uint32_t index)
{
	*devices_scanouts(d, index) = (struct vgpu_scanouts) { 0 };
}

/* Another trace begins. */
static inline void devices_forget(struct devices *d)
{
	*d = (struct devices) { 0 };
}

#endif
