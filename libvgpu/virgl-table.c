/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "virgl-table.h"

#define UNIT_NONE              NULL
#define UNIT_BYTES             "bytes"
#define UNIT_DWORDS            "dwords"
#define UNIT_PIXELS            "pixels"
#define UNIT_SAMPLES           "samples"
#define UNIT_VERTICES          "vertices"

/* Of rows that are neither ENUM nor FLAGS. */
#define VGPU_SET_NONE          0

/* Tails have no member: they are in the head. */
#define ELEMENT(id)            VGPU_VIRGL_LAYOUT_##id
#define VGPU_VIRGL_LAYOUT_NONE 0

#define OFFSET(l, name)        offsetof(struct vgpu_virgl_##l, name)

/* clang-format off */
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) static const struct virgl_field fields_##l[] = {
#define VGPU_VIRGL_U32(l, at, name, show, set, unit)                                               \
	{ #name, UNIT_##unit, 0xffffffff, OFFSET(l, name), at, 0, 0, 0, VIRGL_BITS, VIRGL_##show,     \
	  VGPU_SET_##set, 0 },
#define VGPU_VIRGL_BITS(l, at, shift, width, name, show, set, unit)                                \
	{ #name, UNIT_##unit, (0xffffffffu >> (32 - (width))) << (shift), OFFSET(l, name), at,     \
	  shift, width, 0, VIRGL_BITS, VIRGL_##show, VGPU_SET_##set, 0 },
#define VGPU_VIRGL_REST(l, at, mask, name)                                                         \
	{ #name, NULL, mask, OFFSET(l, name), at, 0, 0, 0, VIRGL_REST, VIRGL_HEX, 0, 0 },
#define VGPU_VIRGL_I32(l, at, name, unit)                                                          \
	{ #name, UNIT_##unit, 0xffffffff, OFFSET(l, name), at, 0, 0, 0, VIRGL_INT, VIRGL_DEC, 0, 0 },
#define VGPU_VIRGL_F32(l, at, name, unit)                                                          \
	{ #name, UNIT_##unit, 0xffffffff, OFFSET(l, name), at, 0, 0, 0, VIRGL_F32, VIRGL_DEC, 0, 0 },
#define VGPU_VIRGL_F64(l, at, name, unit)                                                          \
	{ #name, UNIT_##unit, 0xffffffff, OFFSET(l, name), at, 0, 0, 0, VIRGL_F64, VIRGL_DEC, 0, 0 },
#define VGPU_VIRGL_U64(l, at, name, show)                                                          \
	{ #name, NULL, 0xffffffff, OFFSET(l, name), at, 0, 0, 0, VIRGL_U64, VIRGL_##show, 0, 0 },
#define VGPU_VIRGL_F32S(l, at, name, count)                                                        \
	{ #name, NULL, 0xffffffff, OFFSET(l, name), at, 0, 0, count, VIRGL_F32, VIRGL_DEC, 0, 0 },
#define VGPU_VIRGL_U32S(l, at, name, count, show)                                                  \
	{ #name, NULL, 0xffffffff, OFFSET(l, name), at, 0, 0, count, VIRGL_BITS, VIRGL_##show, 0, 0 },
#define VGPU_VIRGL_NESTED(l, at, element, id, name)                                                \
	{ #name, NULL, 0, OFFSET(l, name), at, 0, 0, 0, VIRGL_NESTED, 0, 0, ELEMENT(id) },
#define VGPU_VIRGL_NESTEDS(l, at, element, id, name, count)                                        \
	{ #name, NULL, 0, OFFSET(l, name), at, 0, 0, count, VIRGL_NESTED, 0, 0, ELEMENT(id) },
#define VGPU_VIRGL_TAIL(l, kind, element, name)                                                    \
	{ #name, NULL, 0, 0, 0, 0, 0, 0, VIRGL_##kind, 0, 0, ELEMENT(element) },
#define VGPU_VIRGL_END(l, kind) };
/* clang-format on */

#include <vgpu/virgl-fields.def>

/* A name that fills its room would not end. */
/* clang-format off */
#define FITS(name) _Static_assert(sizeof(#name) <= VIRGL_NAME_SIZE, #name);
#define VGPU_VIRGL_U32(l, at, name, show, set, unit) FITS(name)
#define VGPU_VIRGL_BITS(l, at, shift, width, name, show, set, unit) FITS(name)
#define VGPU_VIRGL_REST(l, at, mask, name) FITS(name)
#define VGPU_VIRGL_I32(l, at, name, unit) FITS(name)
#define VGPU_VIRGL_F32(l, at, name, unit) FITS(name)
#define VGPU_VIRGL_F64(l, at, name, unit) FITS(name)
#define VGPU_VIRGL_U64(l, at, name, show) FITS(name)
#define VGPU_VIRGL_F32S(l, at, name, count) FITS(name)
#define VGPU_VIRGL_U32S(l, at, name, count, show) FITS(name)
#define VGPU_VIRGL_NESTED(l, at, element, id, name) FITS(name)
#define VGPU_VIRGL_NESTEDS(l, at, element, id, name, count) FITS(name)
#define VGPU_VIRGL_TAIL(l, kind, element, name) FITS(name)
/* clang-format on */
#include <vgpu/virgl-fields.def>

#define WHICH_CMD(which)     VGPU_VIRGL_##which
#define WHICH_OBJ(which)     VGPU_VIRGL_OBJECT_##which
#define WHICH_VARIANT(which) VGPU_VIRGL_OBJECT_##which
#define WHICH_ELEMENT(which) 0

#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords)                            \
	[VGPU_VIRGL_LAYOUT_##id] = { #l,                                         \
				     fields_##l,                                 \
				     sizeof(struct vgpu_virgl_##l),              \
				     sizeof(fields_##l) / sizeof(fields_##l[0]), \
				     dwords,                                     \
				     VIRGL_##kind,                               \
				     WHICH_##kind(which) },
const struct virgl_layout virgl_layouts[VGPU_VIRGL_LAYOUT_COUNT] = {
#include <vgpu/virgl-fields.def>
};

/* Layout of each opcode, and of each object type: a command without a row does not compile. */
static const uint8_t of_opcode[VGPU_VIRGL_OPCODE_COUNT] = {
#define VGPU_VIRGL_CMD(number, name, min_length, max_length) [number] = VGPU_VIRGL_LAYOUT_##name,
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_CMD
};

static const uint8_t of_object[VGPU_VIRGL_OBJECT_COUNT] = {
#define VGPU_VIRGL_OBJ(number, name, min_length, max_length) [number] = VGPU_VIRGL_LAYOUT_##name,
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_OBJ
};

enum vgpu_virgl_layout vgpu_virgl_layout(const struct vgpu_virgl_cmd *cmd)
{
	if (cmd->opcode >= VGPU_VIRGL_OPCODE_COUNT)
		return VGPU_VIRGL_LAYOUT_COUNT;
	if (cmd->opcode != VGPU_VIRGL_CREATE_OBJECT)
		return (enum vgpu_virgl_layout)of_opcode[cmd->opcode];
	if (!cmd->object || cmd->object >= VGPU_VIRGL_OBJECT_COUNT)
		return VGPU_VIRGL_LAYOUT_CREATE_OBJECT;
	if (cmd->object == VGPU_VIRGL_OBJECT_SHADER &&
	    vgpu_virgl_dword(cmd, 1) == VGPU_SHADER_COMPUTE)
		return VGPU_VIRGL_LAYOUT_COMPUTE_SHADER;
	if (cmd->object == VGPU_VIRGL_OBJECT_SAMPLER_VIEW &&
	    vgpu_virgl_dword(cmd, 2) >> 24 == VGPU_PIPE_BUFFER)
		return VGPU_VIRGL_LAYOUT_BUFFER_VIEW;
	return (enum vgpu_virgl_layout)of_object[cmd->object];
}

const char *vgpu_virgl_layout_name(enum vgpu_virgl_layout layout)
{
	return (unsigned int)layout < VGPU_VIRGL_LAYOUT_COUNT ? virgl_layouts[layout].name : NULL;
}
