/* SPDX-License-Identifier: MIT */
/* Which resource each scanout shows, so that a flush can be told to be a shown frame. */
#ifndef FORMATS_SCANOUTS_H
#define FORMATS_SCANOUTS_H

#include <stddef.h>
#include <stdint.h>

#define SCANOUTS_MAX 16 /* VIRTIO_GPU_MAX_SCANOUTS, <linux/virtio_gpu.h> */

struct scanouts {
	uint32_t resource[SCANOUTS_MAX]; /* 0: nothing is shown */
};

/*
 * Take one request. The number of scanouts (≥ 1) that it puts a new frame on when it is a
 * RESOURCE_FLUSH of a resource that they show, with their bits in *mask; else 0.
 */
unsigned int scanouts_command(struct scanouts *s, const uint8_t *request, size_t size,
			      uint32_t *mask);
void scanouts_reset(struct scanouts *s);

#endif
