/* SPDX-License-Identifier: MIT */
/* What the bytes of a capset say: those of virgl (1 and 2), field by field. */
#ifndef VGPU_CAPSET_H
#define VGPU_CAPSET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define VGPU_CAPSET_VIRGL_SIZE 308 /* bytes of capset 1 */

enum vgpu_capset_type {
	VGPU_CAPSET_U32,
	VGPU_CAPSET_I32,
	VGPU_CAPSET_F32,
	VGPU_CAPSET_TEXT,    /* chars, up to the first NUL */
	VGPU_CAPSET_FORMATS, /* a mask: bit n is pixel format n */
	VGPU_CAPSET_FLAGS_BSET,
	VGPU_CAPSET_FLAGS_CAP,
	VGPU_CAPSET_FLAGS_CAP_V2,
};

struct vgpu_capset_field {
	const char *name; /* virglrenderer's: "max_texture_2d_size" */
	enum vgpu_capset_type type;
	uint32_t count;        /* elements */
	uint32_t offset, size; /* bytes */
};

/*
 * Field `index` of capset 1 or 2 into *out, in order of offsets. 0; VGPU_ERR_UNKNOWN past the last
 * or for another capset. A field whose end lies beyond a capset's bytes is not in it.
 */
int vgpu_capset_field(uint32_t capset_id, size_t index, struct vgpu_capset_field *out);

/* "COPY_TRANSFER" for a bit of a FLAGS_ type; NULL where it has no name. Static strings. */
const char *vgpu_capset_flag_name(enum vgpu_capset_type type, unsigned int bit);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
