/* SPDX-License-Identifier: MIT */
#ifndef VGPU_REPLAY_PNG_LOAD_H
#define VGPU_REPLAY_PNG_LOAD_H

#include <stdint.h>

#include "files.h"

struct png_picture {
	uint8_t *rgba; /* rows of R, G, B, A, without padding */
	uint32_t width, height;
};

/* Read a picture. 0: free(out->rgba); -errno, -EINVAL for what is no picture, -ENOMEM. */
int png_load(const struct files *files, enum file_place place, const char *name,
	     struct png_picture *out);

#endif
