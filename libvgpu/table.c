/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include <vgpu/error.h>

#include "table.h"

#define TYPE_u8             uint8_t
#define TYPE_u32            uint32_t
#define TYPE_u64            uint64_t

#define HOW_DEC             SHOW_DEC, 0
#define HOW_PIXELS          SHOW_PIXELS, 0
#define HOW_SIZE            SHOW_SIZE, 0
#define HOW_HEX             SHOW_HEX, 0
#define HOW_TEXT            SHOW_TEXT, 0
#define HOW_BYTES           SHOW_BYTES, 0
#define HOW_CONTEXT_INIT    SHOW_CONTEXT_INIT, VGPU_SET_CAPSET
#define HOW_TYPE            SHOW_TYPE, VGPU_SET_CMD
#define HOW_FORMAT          SHOW_ENUM, VGPU_SET_FORMAT
#define HOW_E_CAPSET        SHOW_ENUM, VGPU_SET_CAPSET
#define HOW_E_BLOB_MEM      SHOW_ENUM, VGPU_SET_BLOB_MEM
#define HOW_E_MAP_CACHE     SHOW_ENUM, VGPU_SET_MAP_CACHE
#define HOW_E_PIPE          SHOW_ENUM, VGPU_SET_PIPE
#define HOW_F_FLAG          SHOW_FLAGS, VGPU_SET_FLAG
#define HOW_F_EVENT         SHOW_FLAGS, VGPU_SET_EVENT
#define HOW_F_BLOB_FLAG     SHOW_FLAGS, VGPU_SET_BLOB_FLAG
#define HOW_F_RESOURCE_FLAG SHOW_FLAGS, VGPU_SET_RESOURCE_FLAG
#define HOW_F_BIND          SHOW_FLAGS, VGPU_SET_BIND
#define HOW_E_TUNNEL_CMD    SHOW_ENUM, VGPU_SET_TUNNEL_CMD

/* clang-format off */
/* Initialisers of struct field, in its order; a HOW_ is two of them. */
#define VGPU_STRUCT(name, id, size) static const struct field fields_##name[] = {
#define VGPU_SCALAR(s, type, name, show)                                                           \
	{ #name, offsetof(struct vgpu_##s, name), 1, sizeof(TYPE_##type), FIELD_SCALAR,            \
	  HOW_##show, 0, 0 },
#define VGPU_PAD(s, type, name, count)                                                             \
	{ #name, offsetof(struct vgpu_##s, name), count, sizeof(TYPE_##type), FIELD_PAD,           \
	  HOW_HEX, 0, 1 },
#define VGPU_ARRAY(s, type, name, count, show)                                                     \
	{ #name, offsetof(struct vgpu_##s, name), count, sizeof(TYPE_##type), FIELD_SCALAR,        \
	  HOW_##show, 0, 1 },
#define VGPU_NESTED(s, nested, id, name)                                                           \
	{ #name, offsetof(struct vgpu_##s, name), 1, 0, FIELD_NESTED, SHOW_DEC, 0,                 \
	  VGPU_STRUCT_##id, 0 },
#define VGPU_NESTED_ARRAY(s, nested, id, name, count)                                              \
	{ #name, offsetof(struct vgpu_##s, name), count, 0, FIELD_NESTED, SHOW_DEC, 0,             \
	  VGPU_STRUCT_##id, 1 },
#define VGPU_TAIL(s, kind, name, count)                                                            \
	{ #name, 0, offsetof(struct vgpu_##s, count), 0, FIELD_##kind, SHOW_BYTES, 0, 0, 0 },
#define VGPU_TAIL_FENCES(s, name, count)                                                           \
	{ #name, 0, offsetof(struct vgpu_##s, count), 8, FIELD_FENCES, SHOW_DEC, 0, 0, 1 },
#define VGPU_TAIL_REST(s, name) { #name, 0, 0, 0, FIELD_REST, SHOW_BYTES, 0, 0, 0 },
#define VGPU_END(s) };
/* clang-format on */
#include <vgpu/protocol.def>

/* The literal sizes are the specification's; a wrong, missing or misordered row shows here. */
#define VGPU_STRUCT(name, id, size) \
	_Static_assert(sizeof(struct vgpu_##name) == (size), "struct vgpu_" #name);
#include <vgpu/protocol.def>

/* No implicit padding, not at the end either. */
/* clang-format off */
#define VGPU_STRUCT(name, id, size) _Static_assert(VGPU_##id##_SIZE == 0
#define VGPU_SCALAR(s, type, name, show) + sizeof(TYPE_##type)
#define VGPU_PAD(s, type, name, count) + (count) * sizeof(TYPE_##type)
#define VGPU_ARRAY(s, type, name, count, show) + (count) * sizeof(TYPE_##type)
#define VGPU_NESTED(s, nested, id, name) + VGPU_##id##_SIZE
#define VGPU_NESTED_ARRAY(s, nested, id, name, count) + (count) * VGPU_##id##_SIZE
#define VGPU_END(s) , "a gap in struct vgpu_" #s);
/* clang-format on */
#include <vgpu/protocol.def>

#define VGPU_STRUCT(name, id, size)                        \
	[VGPU_STRUCT_##id] = { #name, fields_##name, size, \
			       sizeof(fields_##name) / sizeof(fields_##name[0]) },
static const struct struct_desc structs[VGPU_STRUCT_COUNT] = {
#include <vgpu/protocol.def>
};

const struct struct_desc *struct_desc(enum vgpu_struct_id id)
{
	return (unsigned int)id < VGPU_STRUCT_COUNT ? &structs[id] : NULL;
}

const char *vgpu_struct_name(enum vgpu_struct_id id)
{
	const struct struct_desc *d = struct_desc(id);

	return d ? d->name : NULL;
}

size_t vgpu_struct_size(enum vgpu_struct_id id)
{
	const struct struct_desc *d = struct_desc(id);

	return d ? d->size : 0;
}
