/* SPDX-License-Identifier: MIT */
/* What the streams' files share. */
#ifndef VGPU_STREAM_PRIVATE_H
#define VGPU_STREAM_PRIVATE_H

#include <vgpu/describe.h>
#include <vgpu/stream.h>

/* One row of stream.def's commands. */
struct stream_row {
	const char *name;
	uint32_t opcode;
	uint8_t stream;   /* enum vgpu_stream */
	uint8_t request;  /* enum vgpu_struct_id */
	uint8_t response; /* the same */
};

/* The row of a command: of several the one whose struct has `size` bytes, or else the first. */
const struct stream_row *stream_row(enum vgpu_stream stream, uint32_t opcode, size_t size);

static inline bool stream_is_drm(enum vgpu_stream stream)
{
	return stream >= VGPU_STREAM_DRM && stream <= VGPU_STREAM_DRM_PANFROST;
}

/* Sizes that a DRM command's host insists on. 0 or VGPU_ERR_INVALID; fields were found to be there. */
int drm_check(const struct vgpu_stream_cmd *cmd);

const char *venus_cmd_name(uint32_t opcode);

/* Of venus_visit(): arguments follow that are not decoded. */
#define VENUS_OPEN 1

/*
 * A venus command of at most `size` bytes, at least its header. 0, or what `visit` (which may be NULL)
 * returned. *end: bytes that were visited. *status: 0 when that is the whole command, VENUS_OPEN,
 * VGPU_ERR_TRUNCATED when the bytes end before it does, VGPU_ERR_INVALID for what the host refuses,
 * VGPU_ERR_UNKNOWN.
 */
int venus_visit(const uint8_t *data, size_t size, size_t base, vgpu_field_visit visit,
		void *context, size_t *end, int *status);

#endif
