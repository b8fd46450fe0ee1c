/* SPDX-License-Identifier: MIT */
/*
 * The virgl command stream inside SUBMIT_3D: dwords, little-endian, each command one header
 * dword `opcode | object << 8 | length << 16` and `length` payload dwords.
 * Source: virglrenderer src/virgl_protocol.h (numbers), src/vrend/vrend_decode.c (behaviour).
 */
#ifndef VGPU_VIRGL_H
#define VGPU_VIRGL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/transfer.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* VGPU_VIRGL_<name>, 0..63, and VGPU_VIRGL_OBJECT_<name>. */
enum vgpu_virgl_opcode {
#define VGPU_VIRGL_CMD(number, name, min_length, max_length) VGPU_VIRGL_##name = (number),
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_CMD
	VGPU_VIRGL_OPCODE_COUNT
};

enum vgpu_virgl_object {
#define VGPU_VIRGL_OBJ(number, name, min_length, max_length) VGPU_VIRGL_OBJECT_##name = (number),
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_OBJ
	VGPU_VIRGL_OBJECT_COUNT
};

/* One command of a stream. `payload` points into the stream that the walk was given. */
struct vgpu_virgl_cmd {
	uint32_t offset; /* of the header, bytes from the start of the stream */
	uint8_t opcode;
	uint8_t object;
	uint16_t length;        /* payload dwords, as the header says */
	uint32_t available;     /* payload dwords there are; < length only in an overrun */
	const uint8_t *payload; /* available * 4 bytes, little-endian, any alignment */
};

/* A walk over one stream. Fields are private; the stream must outlive the walk. */
struct vgpu_virgl_walk {
	const uint8_t *data;
	size_t size; /* bytes */
	size_t pos;  /* bytes */
};

/* Start at the first command of `size` bytes at `data` (any alignment; NULL only when size is 0). */
void vgpu_virgl_walk_init(struct vgpu_virgl_walk *walk, const void *data, size_t size);

/*
 * The next command into *cmd. Returns 1 for a command, 0 at the end, VGPU_ERR_OVERRUN once for a
 * last command that is longer than the stream (*cmd is filled, available < length: the host
 * reports it and still answers OK), VGPU_ERR_TRUNCATED once for 1 to 3 left-over bytes.
 * After an error the next call returns 0.
 */
int vgpu_virgl_walk_next(struct vgpu_virgl_walk *walk, struct vgpu_virgl_cmd *cmd);

/* Payload dword `index`, or 0 when it is not there. */
uint32_t vgpu_virgl_dword(const struct vgpu_virgl_cmd *cmd, uint32_t index);

/* "DRAW_VBO", "SHADER"; NULL for a number that has no name. Static strings. */
const char *vgpu_virgl_cmd_name(unsigned int opcode);
const char *vgpu_virgl_object_name(unsigned int object);

/*
 * 0 when the payload length is one that the host accepts for this command (and object type),
 * VGPU_ERR_INVALID when not, VGPU_ERR_UNKNOWN when opcode or object type is not known.
 */
int vgpu_virgl_check_length(const struct vgpu_virgl_cmd *cmd);

/*
 * A transfer inside a stream: TRANSFER3D moves between a resource and its own backing,
 * COPY_TRANSFER3D between a resource and the backing of another, a staging one.
 */
struct vgpu_virgl_transfer {
	struct vgpu_transfer transfer; /* resource_id: whose backing is read or written */
	uint32_t shape_resource_id;    /* whose format, size and target give the extent */
	bool to_host;                  /* the device reads the backing; false: it writes it */
	bool synchronized;             /* COPY_TRANSFER3D's flag; false for TRANSFER3D */
};

/*
 * 1 and *out filled for a transfer, 0 for another command, VGPU_ERR_OVERRUN when the stream ends
 * inside it, VGPU_ERR_INVALID when the host refuses it for its length or direction.
 */
int vgpu_virgl_cmd_transfer(const struct vgpu_virgl_cmd *cmd, struct vgpu_virgl_transfer *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
