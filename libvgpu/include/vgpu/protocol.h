/* SPDX-License-Identifier: MIT */
/*
 * The virtio-gpu device protocol: structs, constants, sizes and names, all from protocol.def.
 *
 * The structs are host-endian C with the kernel's names (virtio_gpu_ -> vgpu_) and carry padding
 * too, so that decode and encode give the same bytes. They are not for overlaying wire bytes: see
 * <vgpu/codec.h>. Units: x, y, width, height in pixels; strides and offsets in bytes; mem_entry
 * addr in the device's address space (guest-physical, or IOVA behind an IOMMU).
 */
#ifndef VGPU_PROTOCOL_H
#define VGPU_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include <vgpu/format.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define VGPU_MAX_SCANOUTS                16
#define VGPU_CONTEXT_INIT_CAPSET_ID_MASK 0xffu
#define VGPU_MAP_CACHE_MASK              0x0fu

/* The features that no command needs, and numbers that have no name. */
enum {
	VGPU_F_NONE = -1,
	VGPU_CMD_UNDEFINED = 0,
	VGPU_CAPSET_NONE = 0, /* CTX_CREATE without one: the device's choice, virgl in practice */
};

#define VGPU_TYPE_u8                              uint8_t
#define VGPU_TYPE_u16                             uint16_t
#define VGPU_TYPE_u32                             uint32_t
#define VGPU_TYPE_u64                             uint64_t
#define VGPU_TYPE_i32                             int32_t
#define VGPU_TYPE_i64                             int64_t

/* struct vgpu_<name> */
#define VGPU_STRUCT(name, id, size)               struct vgpu_##name {
#define VGPU_SCALAR(s, type, name, show)          VGPU_TYPE_##type name;
#define VGPU_PAD(s, type, name, count)            VGPU_TYPE_##type name[count];
#define VGPU_ARRAY(s, type, name, count, show)    VGPU_TYPE_##type name[count];
#define VGPU_NESTED(s, nested, id, name)          struct vgpu_##nested name;
#define VGPU_NESTED_ARRAY(s, nested, id, name, n) struct vgpu_##nested name[n];
#define VGPU_END(s) \
	}           \
	;
#include <vgpu/protocol.def>

/* The same of the streams' commands, in <vgpu/stream.h>. */
#define VGPU_STRUCT(name, id, size)                       struct vgpu_##name {
#define VGPU_SCALAR(s, type, name, show)                  VGPU_TYPE_##type name;
#define VGPU_PAD(s, type, name, count)                    VGPU_TYPE_##type name[count];
#define VGPU_ARRAY(s, type, name, count, show)            VGPU_TYPE_##type name[count];
#define VGPU_ARRAY_COUNTED(s, type, name, n, show, count) VGPU_TYPE_##type name[n];
#define VGPU_NESTED(s, nested, id, name)                  struct vgpu_##nested name;
#define VGPU_END(s) \
	}           \
	;
#include <vgpu/stream.def>

#undef VGPU_TYPE_u8
#undef VGPU_TYPE_u16
#undef VGPU_TYPE_u32
#undef VGPU_TYPE_u64
#undef VGPU_TYPE_i32
#undef VGPU_TYPE_i64

/* VGPU_<STRUCT>_SIZE: bytes on the wire, without what may follow. */
enum {
#define VGPU_STRUCT(name, id, size) VGPU_##id##_SIZE = (size),
#include <vgpu/protocol.def>
#define VGPU_STRUCT(name, id, size) VGPU_##id##_SIZE = (size),
#include <vgpu/stream.def>
};

/* VGPU_STRUCT_<STRUCT>: which struct, for the generic functions. */
enum vgpu_struct_id {
#define VGPU_STRUCT(name, id, size) VGPU_STRUCT_##id,
#include <vgpu/protocol.def>
#define VGPU_STRUCT(name, id, size) VGPU_STRUCT_##id,
#include <vgpu/stream.def>
	VGPU_STRUCT_COUNT,
	VGPU_STRUCT_NONE = VGPU_STRUCT_COUNT /* no struct: an answer that there is not */
};

/* VGPU_CMD_<name> */
enum vgpu_cmd_type {
#define VGPU_CMD(type, name, request, response, feature) VGPU_CMD_##name = (type),
#include <vgpu/protocol.def>
};

/* VGPU_RESP_<name> */
enum vgpu_resp_type {
#define VGPU_RESP(type, name, response) VGPU_RESP_##name = (type),
#include <vgpu/protocol.def>
};

/* VGPU_FLAG_FENCE, VGPU_F_VIRGL (a bit number), VGPU_CAPSET_VIRGL2, VGPU_BIND_SCANOUT, … */
enum vgpu_value {
#define VGPU_VALUE(set, name, number) VGPU_##set##_##name = (number),
#include <vgpu/protocol.def>
#define VGPU_VALUE(set, name, number) VGPU_##set##_##name = (number),
#include <vgpu/virgl-values.def>
#define VGPU_VALUE(set, name, number) VGPU_##set##_##name = (number),
#include <vgpu/stream.def>
};

/* VGPU_SET_<set>: which family of names; CMD, RESP and FORMAT are families too. */
enum vgpu_set_id {
#define VGPU_SET(set) VGPU_SET_##set,
#include <vgpu/protocol.def>
	VGPU_SET_CMD,
	VGPU_SET_RESP,
	VGPU_SET_FORMAT,
#define VGPU_SET(set) VGPU_SET_##set,
#include <vgpu/virgl-values.def>
#define VGPU_SET(set) VGPU_SET_##set,
#include <vgpu/stream.def>
	VGPU_SET_COUNT
};

/*
 * Names are as in the constants, without the prefix: "RESOURCE_CREATE_2D", "OK_NODATA", "VIRGL2".
 * NULL for a number that has none. Static strings.
 */
const char *vgpu_value_name(enum vgpu_set_id set, uint32_t number);
const char *vgpu_cmd_name(uint32_t type);
const char *vgpu_resp_name(uint32_t type);
const char *vgpu_capset_name(uint32_t capset_id);
const char *vgpu_feature_name(uint32_t bit);
const char *vgpu_flag_name(uint32_t flag); /* exactly one bit */

/* The other way, same spelling. 0, or VGPU_ERR_UNKNOWN and *number stays as it is. */
int vgpu_value_number(enum vgpu_set_id set, const char *name, uint32_t *number);

/* The `index`-th name of a set, in the table's order. 0 or VGPU_ERR_UNKNOWN past the last. */
int vgpu_value_at(enum vgpu_set_id set, size_t index, const char **name, uint32_t *number);

/* What the protocol says of a command. */
struct vgpu_cmd_info {
	const char *name;
	uint32_t type;
	enum vgpu_struct_id request;
	uint32_t request_size;  /* bytes, without what may follow */
	uint32_t response_type; /* of success */
	int feature;            /* bit that must be negotiated, or VGPU_F_NONE */
};

/* Static; NULL for a type that is not a command. */
const struct vgpu_cmd_info *vgpu_cmd_info(uint32_t type);

/* The struct of a response type into *out. 0, or VGPU_ERR_UNKNOWN. */
int vgpu_resp_struct(uint32_t type, enum vgpu_struct_id *out);

/* "resource_create_2d" and bytes on the wire; NULL and 0 for an id that is none. */
const char *vgpu_struct_name(enum vgpu_struct_id id);
size_t vgpu_struct_size(enum vgpu_struct_id id);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
