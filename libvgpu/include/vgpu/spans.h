/* SPDX-License-Identifier: MIT */
/*
 * Messages in pieces, as virtqueues have them: a device decodes a request from the descriptors that
 * it came in, without copying it together first. No allocation, no state beside the reader.
 */
#ifndef VGPU_SPANS_H
#define VGPU_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include <vgpu/codec.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* One piece; `data` may be NULL where `size` is 0. */
struct vgpu_span {
	const void *data;
	size_t size; /* bytes */
};

/* A place in the pieces, from which all functions read on. The pieces must outlive it. */
struct vgpu_spans {
	const struct vgpu_span *next, *end;
	size_t at; /* bytes of *next that were read */
};

/* The start of `count` pieces. */
void vgpu_spans_init(struct vgpu_spans *s, const struct vgpu_span *spans, size_t count);

/* Bytes that are left; SIZE_MAX where there are more. */
size_t vgpu_spans_left(const struct vgpu_spans *s);

/*
 * The next `size` bytes into `out`, or over them with `out` NULL. 0, or VGPU_ERR_TRUNCATED when
 * there are fewer: nothing is read then and `out` is all zero.
 */
int vgpu_spans_read(struct vgpu_spans *s, void *out, size_t size);

/*
 * As vgpu_request_decode() and vgpu_response_decode(), and goes on to behind the fixed part. *tail
 * says what follows as vgpu_struct_tail() does, without pointers: fence ids first, where there are
 * some, then entries or bytes. VGPU_ERR_TRUNCATED too when the tail is cut: *out is whole then,
 * and tail->kind is not VGPU_TAIL_NONE.
 */
int vgpu_spans_request(struct vgpu_spans *s, const struct vgpu_negotiated *n, union vgpu_any *out,
		       struct vgpu_tail *tail);
int vgpu_spans_response(struct vgpu_spans *s, const struct vgpu_negotiated *n, uint32_t cmd_type,
			union vgpu_any *out, struct vgpu_tail *tail);

/* The next fence id or memory entry. 0, or VGPU_ERR_TRUNCATED. */
int vgpu_spans_fence(struct vgpu_spans *s, uint64_t *out);
int vgpu_spans_entry(struct vgpu_spans *s, struct vgpu_mem_entry *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
