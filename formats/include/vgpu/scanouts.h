/* SPDX-License-Identifier: MIT */
/*
 * Which resource each scanout shows, from the requests of a trace: so that a flush can be told to
 * be a shown frame. Everything that counts frames counts them like this.
 */
#ifndef VGPU_SCANOUTS_H
#define VGPU_SCANOUTS_H

#include <stddef.h>
#include <stdint.h>

#include <vgpu/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* All zero is a device that was just reset. The members may be read; only requests change them. */
struct vgpu_scanouts {
	uint32_t resource[VGPU_MAX_SCANOUTS]; /* id; 0: nothing is shown */
	uint32_t last[VGPU_MAX_SCANOUTS]; /* that its last frame was of; 0: none, or it is gone */
	/*
	 * Of the frames that the last request put, bit n for scanout n: page flips, to another
	 * resource than the frame before. The others update what was there, as
	 * DRM_IOCTL_MODE_DIRTYFB does.
	 */
	uint32_t flips;
};

/*
 * Takes one request, in queue order. When it is a RESOURCE_FLUSH, the scanouts that it puts a new
 * frame on: those that show its resource, bit n for scanout n. Else 0, also for a request that is
 * cut or not known.
 */
uint32_t vgpu_scanouts_request(struct vgpu_scanouts *s, const void *wire, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
