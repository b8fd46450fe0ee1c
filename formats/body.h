/* SPDX-License-Identifier: MIT */
/* Record bodies by table: one descriptor a type, expanded from <vgpu/trace.def>. */
#ifndef FORMATS_BODY_H
#define FORMATS_BODY_H

#include <vgpu/trace.h>

#define RECORD_HEADER_SIZE 16u
#define RECORD_MAGIC       "VGPUTRC" /* with its NUL, the first 8 bytes of HEADER's body */
#define RECORD_MAGIC_SIZE  8u

/* Bits 8-15 of a record's flags: 8-byte units of fields appended before the tail. */
#define RECORD_EXTRA_SHIFT 8

/* Bytes of the fixed fields, before the tail and what is appended; 0: a type that is not known. */
size_t body_fixed(enum vgpu_trace_type type);
/* Bytes that the body of `in` (a struct vgpu_trace_<name>) takes on the wire. */
size_t body_size(enum vgpu_trace_type type, const void *in);
/* Write those bytes at `out`. */
void body_encode(enum vgpu_trace_type type, const void *in, uint8_t *out);

static inline size_t record_padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

#endif
