/* SPDX-License-Identifier: MIT */
/* A struct's fields, for those that find structs inside others. */
#ifndef VGPU_VISIT_H
#define VGPU_VISIT_H

#include <vgpu/describe.h>

/*
 * As vgpu_struct_visit(), of a struct that stands `base` bytes into what its fields' offsets count
 * from. *end: how many of the `size` bytes its fields explain, those of cut ones included. The id
 * must be one.
 */
int struct_visit_at(enum vgpu_struct_id id, const uint8_t *wire, size_t size, size_t base,
		    vgpu_field_visit visit, void *data, size_t *end);

#endif
