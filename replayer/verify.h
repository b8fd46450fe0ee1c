/* SPDX-License-Identifier: MIT */
/*
 * Is a shown frame what it should be? It is when its hash is the listed one, or when no more of its
 * pixels differ from an earlier run's picture than allowed.
 */
#ifndef VGPU_REPLAY_VERIFY_H
#define VGPU_REPLAY_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "files.h"
#include "frames.h"

struct verify_options {
	uint32_t level;  /* a channel may be off by so much */
	uint64_t pixels; /* so many pixels may be off by more */
};

struct verify_result {
	bool equal;
	bool pictures;    /* there were two of the same size: the next two tell */
	uint64_t pixels;  /* that differ by more than the level */
	uint32_t largest; /* difference of a channel, over all pixels */
	char why[256];    /* not equal: a sentence; else "" */
};

/* Two pictures of the same size, R, G, B, A. */
void verify_pictures(const uint8_t *expected, const uint8_t *got, uint64_t count, uint32_t level,
		     struct verify_result *result);

/*
 * Judge a frame. `listed` is what the list has for it, NULL where there is no list; `picture` is
 * NULL where it could not be read. The expected picture is FILE_EXPECTED's of the frame's name; of
 * a frame that is not equal, both and their difference go to FILE_DIFFERENCE, where that is asked
 * for. 0, or -errno of writing these.
 */
int verify_frame(const struct files *files, const struct verify_options *options,
		 const struct frame *frame, const struct frame_listed *listed,
		 const struct vgpu_device_picture *picture, struct verify_result *result);

#endif
