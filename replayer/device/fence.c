/* SPDX-License-Identifier: MIT */
/*
 * Fences. The guest's fence ids are 64-bit and its own; the backend gets a running number, so
 * that "everything up to here" is a comparison.
 */
#include "internal.h"

#include <time.h>

/* Open fences cost the renderer a sync object each, and every poll looks at them. */
#define FENCES_POLL     64u
/* A renderer that falls this far behind holds memory for all of it: wait. */
#define FENCES_OPEN_MAX 1024u

static uint64_t fence_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void fences_make(struct vgpu_device *d)
{
	struct fences *f = &d->fences;

	f->made++;
	if (!f->made) /* it wrapped: 0 says that there is none */
		f->made++;
	d->result.fence = f->made;
	if (!d->backend->fence) {
		f->signalled = f->made;
		return;
	}
	if (d->backend->fence(d, f->made)) {
		/* Nothing will ever signal it: leave no fence open for ever. */
		f->signalled = f->made;
		return;
	}
	if (f->made - f->signalled >= FENCES_OPEN_MAX)
		vgpu_device_wait_fences(d, 1000000000);
	else if (f->made - f->signalled >= FENCES_POLL)
		d->backend->poll(d);
}

void fences_signal(struct vgpu_device *d, uint32_t number)
{
	struct fences *f = &d->fences;

	/* Numbers wrap. One that was not made yet cannot have signalled. */
	if (number - f->signalled <= f->made - f->signalled)
		f->signalled = number;
}

/* Numbers wrap: what is not ahead of the last one made has its place behind or at the signalled. */
static bool fence_signalled(const struct fences *f, uint32_t number)
{
	return f->made - number >= f->made - f->signalled;
}

bool vgpu_device_wait_fence(struct vgpu_device *d, uint32_t number, uint64_t timeout_ns)
{
	struct timespec nap = { .tv_nsec = 50000 };
	struct fences *f = &d->fences;
	uint64_t start;

	if (fence_signalled(f, number))
		return true;
	start = fence_clock();
	for (;;) {
		d->backend->poll(d);
		if (fence_signalled(f, number) || fence_clock() - start >= timeout_ns)
			break;
		nanosleep(&nap, NULL);
	}
	return fence_signalled(f, number);
}

void vgpu_device_finish(struct vgpu_device *d)
{
	fences_make(d);
	vgpu_device_wait_fence(d, d->fences.made, 10000000000ull);
}

uint64_t vgpu_device_wait_fences(struct vgpu_device *d, uint64_t timeout_ns)
{
	vgpu_device_wait_fence(d, d->fences.made, timeout_ns);
	return d->fences.made - d->fences.signalled;
}
