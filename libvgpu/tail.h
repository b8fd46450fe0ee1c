/* SPDX-License-Identifier: MIT */
#ifndef VGPU_TAIL_H
#define VGPU_TAIL_H

#include <stdbool.h>

#include <vgpu/codec.h>

#include "table.h"

/*
 * What the fixed part says of the tail, and how much of it `left` bytes after the fixed part can
 * hold. Fills all of *out but the pointers.
 */
void tail_measure(const struct struct_desc *d, const uint8_t *fixed, uint64_t left,
		  struct vgpu_tail *out);

/* Less is there than the message declares. */
bool tail_is_cut(const struct vgpu_tail *t);

#endif
