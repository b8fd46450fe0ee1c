/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include <vgpu/error.h>

#include "table.h"

#define TYPE_u8                     uint8_t
#define TYPE_u16                    uint16_t
#define TYPE_u32                    uint32_t
#define TYPE_u64                    uint64_t
#define TYPE_i32                    int32_t
#define TYPE_i64                    int64_t

#define HOW_DEC                     SHOW_DEC, 0
#define HOW_PIXELS                  SHOW_PIXELS, 0
#define HOW_SIZE                    SHOW_SIZE, 0
#define HOW_INT                     SHOW_INT, 0
#define HOW_HEX                     SHOW_HEX, 0
#define HOW_TEXT                    SHOW_TEXT, 0
#define HOW_FOURCC                  SHOW_FOURCC, 0
#define HOW_BYTES                   SHOW_BYTES, 0
#define HOW_CONTEXT_INIT            SHOW_CONTEXT_INIT, VGPU_SET_CAPSET
#define HOW_TYPE                    SHOW_TYPE, VGPU_SET_CMD
#define HOW_FORMAT                  SHOW_ENUM, VGPU_SET_FORMAT
#define HOW_E_CAPSET                SHOW_ENUM, VGPU_SET_CAPSET
#define HOW_E_BLOB_MEM              SHOW_ENUM, VGPU_SET_BLOB_MEM
#define HOW_E_MAP_CACHE             SHOW_ENUM, VGPU_SET_MAP_CACHE
#define HOW_E_PIPE                  SHOW_ENUM, VGPU_SET_PIPE
#define HOW_F_FLAG                  SHOW_FLAGS, VGPU_SET_FLAG
#define HOW_F_EVENT                 SHOW_FLAGS, VGPU_SET_EVENT
#define HOW_F_BLOB_FLAG             SHOW_FLAGS, VGPU_SET_BLOB_FLAG
#define HOW_F_RESOURCE_FLAG         SHOW_FLAGS, VGPU_SET_RESOURCE_FLAG
#define HOW_F_BIND                  SHOW_FLAGS, VGPU_SET_BIND
#define HOW_E_TUNNEL_CMD            SHOW_ENUM, VGPU_SET_TUNNEL_CMD

/* Of the streams' structs. */
#define HOW_E_AMDGPU_CHUNK          SHOW_ENUM, VGPU_SET_AMDGPU_CHUNK
#define HOW_E_AMDGPU_CTX_OP         SHOW_ENUM, VGPU_SET_AMDGPU_CTX_OP
#define HOW_E_AMDGPU_HW_IP          SHOW_ENUM, VGPU_SET_AMDGPU_HW_IP
#define HOW_E_AMDGPU_INFO           SHOW_ENUM, VGPU_SET_AMDGPU_INFO
#define HOW_E_AMDGPU_VA_OP          SHOW_ENUM, VGPU_SET_AMDGPU_VA_OP
#define HOW_E_ASAHI_BIND_OBJECT_OP  SHOW_ENUM, VGPU_SET_ASAHI_BIND_OBJECT_OP
#define HOW_E_CROSS_DOMAIN_CHANNEL  SHOW_ENUM, VGPU_SET_CROSS_DOMAIN_CHANNEL
#define HOW_E_CROSS_DOMAIN_ID       SHOW_ENUM, VGPU_SET_CROSS_DOMAIN_ID
#define HOW_E_DRM_BOOL              SHOW_ENUM, VGPU_SET_DRM_BOOL
#define HOW_E_DRM_CONTEXT           SHOW_ENUM, VGPU_SET_DRM_CONTEXT
#define HOW_E_I915_QUERY            SHOW_ENUM, VGPU_SET_I915_QUERY
#define HOW_E_MSM_CMD_BUF           SHOW_ENUM, VGPU_SET_MSM_CMD_BUF
#define HOW_E_PANFROST_MADV         SHOW_ENUM, VGPU_SET_PANFROST_MADV
#define HOW_E_PANFROST_PARAM        SHOW_ENUM, VGPU_SET_PANFROST_PARAM
#define HOW_F_AMDGPU_CREATE_CTX     SHOW_FLAGS, VGPU_SET_AMDGPU_CREATE_CTX
#define HOW_F_AMDGPU_DOMAIN         SHOW_FLAGS, VGPU_SET_AMDGPU_DOMAIN
#define HOW_F_AMDGPU_GEM            SHOW_FLAGS, VGPU_SET_AMDGPU_GEM
#define HOW_F_AMDGPU_RESERVE_VMID   SHOW_FLAGS, VGPU_SET_AMDGPU_RESERVE_VMID
#define HOW_F_AMDGPU_VA_OP2         SHOW_FLAGS, VGPU_SET_AMDGPU_VA_OP2
#define HOW_F_AMDGPU_VM_PAGE        SHOW_FLAGS, VGPU_SET_AMDGPU_VM_PAGE
#define HOW_F_ASAHI_BIND            SHOW_FLAGS, VGPU_SET_ASAHI_BIND
#define HOW_F_ASAHI_EXTRES          SHOW_FLAGS, VGPU_SET_ASAHI_EXTRES
#define HOW_F_ASAHI_GEM             SHOW_FLAGS, VGPU_SET_ASAHI_GEM
#define HOW_F_CROSS_DOMAIN_CHANNELS SHOW_FLAGS, VGPU_SET_CROSS_DOMAIN_CHANNELS
#define HOW_F_I915_EXEC             SHOW_FLAGS, VGPU_SET_I915_EXEC
#define HOW_F_I915_EXEC_OBJECT      SHOW_FLAGS, VGPU_SET_I915_EXEC_OBJECT
#define HOW_F_MSM_BO                SHOW_FLAGS, VGPU_SET_MSM_BO
#define HOW_F_MSM_BO_USE            SHOW_FLAGS, VGPU_SET_MSM_BO_USE
#define HOW_F_MSM_PREP              SHOW_FLAGS, VGPU_SET_MSM_PREP
#define HOW_F_MSM_SUBMIT            SHOW_FLAGS, VGPU_SET_MSM_SUBMIT
#define HOW_F_PANFROST_BO           SHOW_FLAGS, VGPU_SET_PANFROST_BO
#define HOW_F_PANFROST_JD_REQ       SHOW_FLAGS, VGPU_SET_PANFROST_JD_REQ

/* clang-format off */
/* Initialisers of struct field, in its order; a HOW_ is two of them. */
#define OFFSET(s, name) offsetof(struct vgpu_##s, name)
#define ROW_STRUCT(name, id, size) static const struct field fields_##name[] = {
#define ROW_SCALAR(s, type, name, show)                                                            \
	{ #name, OFFSET(s, name), 1, 0, sizeof(TYPE_##type), FIELD_SCALAR, HOW_##show, 0, 0 },
#define ROW_PAD(s, type, name, count)                                                              \
	{ #name, OFFSET(s, name), count, 0, sizeof(TYPE_##type), FIELD_PAD, HOW_HEX, 0, 1 },
#define ROW_ARRAY(s, type, name, count, show)                                                      \
	{ #name, OFFSET(s, name), count, 0, sizeof(TYPE_##type), FIELD_SCALAR, HOW_##show, 0, 1 },
#define ROW_ARRAY_COUNTED(s, type, name, max, show, count)                                         \
	{ #name, OFFSET(s, name), max, OFFSET(s, count), sizeof(TYPE_##type), FIELD_SCALAR,        \
	  HOW_##show, 0, 1 },
#define ROW_NESTED(s, nested, id, name)                                                            \
	{ #name, OFFSET(s, name), 1, 0, 0, FIELD_NESTED, SHOW_DEC, 0, VGPU_STRUCT_##id, 0 },
#define ROW_NESTED_ARRAY(s, nested, id, name, count)                                               \
	{ #name, OFFSET(s, name), count, 0, 0, FIELD_NESTED, SHOW_DEC, 0, VGPU_STRUCT_##id, 1 },
#define ROW_TAIL(s, kind, name, count)                                                             \
	{ #name, 0, OFFSET(s, count), 0, 0, FIELD_##kind, SHOW_BYTES, 0, 0, 0 },
#define ROW_TAIL_FENCES(s, name, count)                                                            \
	{ #name, 0, OFFSET(s, count), 0, 8, FIELD_FENCES, SHOW_DEC, 0, 0, 1 },
#define ROW_TAIL_LIST(s, element, id, name, count)                                                 \
	{ #name, 0, OFFSET(s, count), 0, 0, FIELD_LIST, SHOW_DEC, 0, VGPU_STRUCT_##id, 0 },
#define ROW_TAIL_U32S(s, name, count)                                                              \
	{ #name, 0, OFFSET(s, count), 0, 4, FIELD_U32S, SHOW_DEC, 0, 0, 0 },
#define ROW_TAIL_COUNTED(s, kind, name, count)                                                     \
	{ #name, 0, OFFSET(s, count), 0, 0, FIELD_COUNTED_##kind, SHOW_BYTES, 0, 0, 0 },
#define ROW_TAIL_REST(s, name) { #name, 0, 0, 0, 0, FIELD_REST, SHOW_BYTES, 0, 0, 0 },
#define ROW_END(s) };

#define VGPU_STRUCT ROW_STRUCT
#define VGPU_SCALAR ROW_SCALAR
#define VGPU_PAD ROW_PAD
#define VGPU_ARRAY ROW_ARRAY
#define VGPU_NESTED ROW_NESTED
#define VGPU_NESTED_ARRAY ROW_NESTED_ARRAY
#define VGPU_TAIL ROW_TAIL
#define VGPU_TAIL_FENCES ROW_TAIL_FENCES
#define VGPU_TAIL_REST ROW_TAIL_REST
#define VGPU_END ROW_END
#include <vgpu/protocol.def>

#define VGPU_STRUCT ROW_STRUCT
#define VGPU_SCALAR ROW_SCALAR
#define VGPU_PAD ROW_PAD
#define VGPU_ARRAY ROW_ARRAY
#define VGPU_ARRAY_COUNTED ROW_ARRAY_COUNTED
#define VGPU_NESTED ROW_NESTED
#define VGPU_TAIL_LIST ROW_TAIL_LIST
#define VGPU_TAIL_U32S ROW_TAIL_U32S
#define VGPU_TAIL_COUNTED ROW_TAIL_COUNTED
#define VGPU_TAIL_REST ROW_TAIL_REST
#define VGPU_END ROW_END
#include <vgpu/stream.def>
/* clang-format on */

/* The literal sizes are the specification's; a wrong, missing or misordered row shows here. */
#define VGPU_STRUCT(name, id, size) \
	_Static_assert(sizeof(struct vgpu_##name) == (size), "struct vgpu_" #name);
#include <vgpu/protocol.def>
#define VGPU_STRUCT(name, id, size) \
	_Static_assert(sizeof(struct vgpu_##name) == (size), "struct vgpu_" #name);
#include <vgpu/stream.def>

/* No implicit padding, not at the end either. */
/* clang-format off */
#define GAP_STRUCT(name, id, size) _Static_assert(VGPU_##id##_SIZE == 0
#define GAP_SCALAR(s, type, name, show) + sizeof(TYPE_##type)
#define GAP_PAD(s, type, name, count) + (count) * sizeof(TYPE_##type)
#define GAP_ARRAY(s, type, name, count, show) + (count) * sizeof(TYPE_##type)
#define GAP_ARRAY_COUNTED(s, type, name, max, show, count) + (max) * sizeof(TYPE_##type)
#define GAP_NESTED(s, nested, id, name) + VGPU_##id##_SIZE
#define GAP_NESTED_ARRAY(s, nested, id, name, count) + (count) * VGPU_##id##_SIZE
#define GAP_END(s) , "a gap in struct vgpu_" #s);

#define VGPU_STRUCT GAP_STRUCT
#define VGPU_SCALAR GAP_SCALAR
#define VGPU_PAD GAP_PAD
#define VGPU_ARRAY GAP_ARRAY
#define VGPU_NESTED GAP_NESTED
#define VGPU_NESTED_ARRAY GAP_NESTED_ARRAY
#define VGPU_END GAP_END
#include <vgpu/protocol.def>

#define VGPU_STRUCT GAP_STRUCT
#define VGPU_SCALAR GAP_SCALAR
#define VGPU_PAD GAP_PAD
#define VGPU_ARRAY GAP_ARRAY
#define VGPU_ARRAY_COUNTED GAP_ARRAY_COUNTED
#define VGPU_NESTED GAP_NESTED
#define VGPU_END GAP_END
#include <vgpu/stream.def>
/* clang-format on */

#define DESC(name, id, size)                               \
	[VGPU_STRUCT_##id] = { #name, fields_##name, size, \
			       sizeof(fields_##name) / sizeof(fields_##name[0]) },
static const struct struct_desc structs[VGPU_STRUCT_COUNT] = {
#define VGPU_STRUCT DESC
#include <vgpu/protocol.def>
#define VGPU_STRUCT DESC
#include <vgpu/stream.def>
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
