/* SPDX-License-Identifier: MIT */
/*
 * The streams inside SUBMIT_3D: which there are, and the commands of those that are not virgl's (for
 * that see <vgpu/virgl.h>). SUBMIT_3D does not say what it holds; the capset of its context does.
 *
 * DRM native contexts (a kernel driver's ioctls), cross-domain and gfxstream are decoded field by
 * field, from <vgpu/stream.def>. Of what they hold in turn, Wayland's messages are told apart by object
 * and opcode; kernel structs of IOCTL_SIMPLE, command buffers and API calls in rings stay bytes. For
 * venus see <vgpu/venus.h>. The structs (struct vgpu_msm_gem_new, …) are in <vgpu/protocol.h>, their
 * codec is vgpu_struct_decode() and vgpu_struct_encode(); so are those of the answers, which the host
 * writes into shared memory, and of the capsets (VGPU_STRUCT_CAPSET_…).
 *
 * No allocation, no state; wire pointers may have any alignment. What is not known is no error for a
 * walk: it is visited as bytes.
 */
#ifndef VGPU_STREAM_H
#define VGPU_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/error.h>
#include <vgpu/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum vgpu_stream {
	VGPU_STREAM_VIRGL,
	VGPU_STREAM_GFXSTREAM,
	VGPU_STREAM_VENUS,
	VGPU_STREAM_CROSS_DOMAIN,
	VGPU_STREAM_DRM, /* of a driver that is not known: headers are */
	VGPU_STREAM_DRM_MSM,
	VGPU_STREAM_DRM_AMDGPU,
	VGPU_STREAM_DRM_I915,
	VGPU_STREAM_DRM_ASAHI,
	VGPU_STREAM_DRM_PANFROST,
	VGPU_STREAM_UNKNOWN,
};

/* Elements of the arrays of cross-domain's SEND and RECEIVE, used or not. */
#define VGPU_CROSS_DOMAIN_IDENTIFIERS 28

/* VGPU_DRM_MSM_GEM_NEW, VGPU_CROSS_DOMAIN_SEND, VGPU_GFXSTREAM_CONTEXT_PING, …: command numbers. */
enum vgpu_stream_opcode {
#define VGPU_STREAM_CMD(stream, number, name, request, response) VGPU_##stream##_##name = (number),
#include <vgpu/stream.def>
};

/*
 * The language of a context: `capset` is context_init & 0xff (0, a context without one, speaks
 * virgl), `drm_context` what the capset DRM says, VGPU_DRM_CONTEXT_, or 0: not known.
 */
enum vgpu_stream vgpu_stream_of(uint32_t capset, uint32_t drm_context);

/*
 * How a device tells its drm_context: this request asks for it (GET_CAPSET of DRM), and this is what
 * the answer to it says; 0 where it does not.
 */
bool vgpu_drm_context_asked(const void *request, size_t size);
uint32_t vgpu_drm_context_told(const void *response, size_t size);

/* "virgl", "drm-msm", …; NULL for a number that is none. Static strings. */
const char *vgpu_stream_name(enum vgpu_stream stream);

/* The other way. 0, or VGPU_ERR_UNKNOWN and *stream stays as it is. */
int vgpu_stream_by_name(const char *name, enum vgpu_stream *stream);

/* "GEM_NEW", "vkCmdDraw"; NULL for a number that has no name, and for virgl. Static strings. */
const char *vgpu_stream_cmd_name(enum vgpu_stream stream, uint32_t opcode);

/*
 * The struct of the answer to a command, which a DRM native context's host writes to rsp_off in the
 * response memory, and cross-domain's into the query ring. VGPU_STRUCT_NONE: it has none.
 */
enum vgpu_struct_id vgpu_stream_response(enum vgpu_stream stream, uint32_t opcode);

/* The struct of a capset's contents; VGPU_STRUCT_NONE for virgl's (see <vgpu/capset.h>) and others. */
enum vgpu_struct_id vgpu_capset_struct(uint32_t capset_id, uint32_t drm_context);

/* One command. `data` points into the stream that the walk was given, at the command's header. */
struct vgpu_stream_cmd {
	enum vgpu_stream stream;
	uint32_t opcode;
	size_t offset;    /* bytes from the start of the stream */
	size_t size;      /* bytes with the header, as it says or as follows from the arguments */
	size_t available; /* bytes there are; < size only in an overrun */
	bool sized; /* false: nothing says where it ends (venus arguments that are not decoded, a
		       gfxstream operation that is not known): `size` reaches to the stream's end, and
		       other commands may follow inside it */
	const uint8_t *data;
};

/* A walk over one stream. Fields are private; the stream must outlive the walk. */
struct vgpu_stream_walk {
	enum vgpu_stream stream;
	const uint8_t *data;
	size_t size; /* bytes */
	size_t pos;  /* bytes */
};

/* Start at the first command of `size` bytes at `data` (NULL only when size is 0). */
void vgpu_stream_walk_init(struct vgpu_stream_walk *walk, enum vgpu_stream stream, const void *data,
			   size_t size);

/*
 * The next command into *cmd. 1 for a command; 0 at the end, and at once for virgl and UNKNOWN. Once,
 * and 0 after it:
 *	VGPU_ERR_OVERRUN    the command is longer than the stream (*cmd is filled)
 *	VGPU_ERR_INVALID    its header's length cannot be right: shorter than the header, or (DRM) no
 *			    multiple of the alignment; *cmd is filled and holds all the rest
 *	VGPU_ERR_TRUNCATED  bytes are left over, fewer than a header has; *cmd is where they are
 * gfxstream's host does the first operation of a stream only: what follows it belongs to it.
 */
int vgpu_stream_walk_next(struct vgpu_stream_walk *walk, struct vgpu_stream_cmd *cmd);

/*
 * What is wrong inside a command that the walk gave. 0; VGPU_ERR_UNKNOWN: no such command;
 * VGPU_ERR_OVERRUN: it is not all there; VGPU_ERR_TRUNCATED: its fields reach beyond its end
 * (DRM commands may be shorter than their struct: hosts take what is missing for zeros);
 * VGPU_ERR_INVALID: a size that the host refuses.
 */
int vgpu_stream_check(const struct vgpu_stream_cmd *cmd);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
