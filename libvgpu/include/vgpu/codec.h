/* SPDX-License-Identifier: MIT */
/*
 * Wire bytes to structs and back. No allocation, no state; wire pointers may have any alignment.
 * A buffer longer than the struct is fine: devices and drivers pad messages.
 */
#ifndef VGPU_CODEC_H
#define VGPU_CODEC_H

#include <vgpu/dialect.h>
#include <vgpu/error.h>
#include <vgpu/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * int vgpu_decode_<struct>(const void *wire, size_t size, struct vgpu_<struct> *out);
 *	Fills *out from the first VGPU_<STRUCT>_SIZE of `size` bytes. 0, or VGPU_ERR_TRUNCATED when
 *	there are fewer: *out is all zero then. Values are not judged, hdr.type neither.
 *
 * int vgpu_encode_<struct>(const struct vgpu_<struct> *in, void *wire, size_t size);
 *	Writes VGPU_<STRUCT>_SIZE bytes; what follows (entries, stream) is the caller's to append.
 *	0, or VGPU_ERR_NO_SPACE and nothing is written.
 */
#define VGPU_STRUCT(name, id, size)                                                      \
	int vgpu_decode_##name(const void *wire, size_t bytes, struct vgpu_##name *out); \
	int vgpu_encode_##name(const struct vgpu_##name *in, void *wire, size_t bytes);
#include <vgpu/protocol.def>

/* The same by id; `out` and `in` point to the struct of that id. VGPU_ERR_UNKNOWN for a bad id. */
int vgpu_struct_decode(enum vgpu_struct_id id, const void *wire, size_t size, void *out);
int vgpu_struct_encode(enum vgpu_struct_id id, const void *in, void *wire, size_t size);

/* Any struct. Requests and responses begin with hdr. */
union vgpu_any {
	struct vgpu_ctrl_hdr hdr;
#define VGPU_STRUCT(name, id, size) struct vgpu_##name name;
#include <vgpu/protocol.def>
};

/*
 * A whole message into the member of *out that its type names: a request's by its header, a
 * response's by its header and the command that it answers (0: not known). `n` says whose protocol
 * it is; NULL is the specification's. What follows is vgpu_dialect_tail()'s.
 *
 * The struct's id, which is >= 0. VGPU_ERR_TRUNCATED when the message is shorter than its struct,
 * VGPU_ERR_UNKNOWN for a type that is not known: out->hdr is decoded where it is there, else zero.
 */
int vgpu_request_decode(const struct vgpu_negotiated *n, const void *wire, size_t size,
			union vgpu_any *out);
int vgpu_response_decode(const struct vgpu_negotiated *n, uint32_t cmd_type, const void *wire,
			 size_t size, union vgpu_any *out);

/* What follows the fixed part of a message. */
enum vgpu_tail_kind {
	VGPU_TAIL_NONE,
	VGPU_TAIL_ENTRIES, /* mem_entry[count] */
	VGPU_TAIL_BYTES,   /* SUBMIT_3D's stream, a capset */
};

struct vgpu_tail {
	enum vgpu_tail_kind kind;
	const uint8_t *data; /* points into the message; NULL for VGPU_TAIL_NONE */
	size_t size;         /* bytes that belong to the tail and are there */
	uint32_t count;      /* whole entries that are there; bytes for VGPU_TAIL_BYTES */
	uint32_t declared;   /* what the message says; as `count` where it says nothing */
	/* Fence ids that stand before `data`: CMD_SUBMIT_FENCES only. */
	const uint8_t *fences;    /* points into the message, or NULL */
	uint32_t fence_count;     /* whole ones that are there */
	uint32_t fences_declared; /* what the message says */
};

/*
 * The tail of a message of struct `id` into *out. 0; VGPU_ERR_TRUNCATED when less is there than
 * the message declares (*out has what is there) or when even the fixed part is cut (*out is
 * empty); VGPU_ERR_UNKNOWN for a bad id.
 */
int vgpu_struct_tail(enum vgpu_struct_id id, const void *wire, size_t size, struct vgpu_tail *out);

/* The same for a request by its header's type; VGPU_ERR_UNKNOWN for a type that is no command. */
int vgpu_request_tail(const void *wire, size_t size, struct vgpu_tail *out);

/* The same for a dialect's request; NULL is the specification's. */
int vgpu_dialect_tail(const struct vgpu_negotiated *n, const void *wire, size_t size,
		      struct vgpu_tail *out);

/* Fence id `index` of a tail. 0, or VGPU_ERR_TRUNCATED past the last whole one. */
int vgpu_tail_fence(const struct vgpu_tail *tail, uint32_t index, uint64_t *out);

/* Entry `index` of an ENTRIES tail. 0, or VGPU_ERR_TRUNCATED past the last whole one. */
int vgpu_tail_entry(const struct vgpu_tail *tail, uint32_t index, struct vgpu_mem_entry *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
