/* SPDX-License-Identifier: MIT */
#ifndef VGPU_REPLAY_PNG_H
#define VGPU_REPLAY_PNG_H

#include <stdint.h>

#include "files.h"

/*
 * Write rows of R, G, B, A bytes as an 8-bit RGB picture: shown pixels are opaque. 0 or -errno;
 * a file that could not be finished is removed.
 */
int png_save(const struct files *files, enum file_place place, const char *name,
	     const uint8_t *rgba, uint32_t width, uint32_t height);

#endif
