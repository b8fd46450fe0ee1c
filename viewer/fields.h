/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_FIELDS_H
#define VGPU_VIEW_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <vgpu/describe.h>

/*
 * Append a message field by field, a line each, to `text` (`size` bytes, NUL-terminated): first its
 * name, then what it holds, then the entries or stream commands that follow. What says nothing is
 * left out: padding, the header's zeros, empty elements of an array. What does not fit is cut.
 */
void view_fields_request(char *text, size_t size, const void *wire, size_t wire_size,
			 const struct vgpu_describe_options *options);
/* To a command of that type; 0: not known. */
void view_fields_response(char *text, size_t size, uint32_t cmd_type, const void *wire,
			  size_t wire_size, enum vgpu_dialect dialect);

#endif
