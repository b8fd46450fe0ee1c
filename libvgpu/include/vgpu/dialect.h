/* SPDX-License-Identifier: MIT */
/*
 * Whose virtio-gpu it is. Feature bits from 5 on, and some flags, commands and answers, mean one
 * thing in the specification and others in crosvm, libkrun, Celadon's kernel and remote-virtio-gpu:
 * the bytes do not tell, so whoever decodes does. dialect.def is the table.
 */
#ifndef VGPU_DIALECT_H
#define VGPU_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* VGPU_DIALECT_SPEC, which is 0, VGPU_DIALECT_CHROMIUM, … */
enum vgpu_dialect {
#define VGPU_DIALECT(id, name) VGPU_DIALECT_##id,
#include <vgpu/dialect.def>
	VGPU_DIALECT_COUNT
};

/* VGPU_RVGPU_FLAG_VSYNC, VGPU_CELADON_F_MODIFIER (a bit number), … */
enum vgpu_dialect_constant {
#define VGPU_DIALECT_VALUE(id, set, name, number) VGPU_##id##_##set##_##name = (number),
#include <vgpu/dialect.def>
};

/* VGPU_CELADON_CMD_SET_SCALING, VGPU_RVGPU_RESP_ERR_DEVICE_RESET, … */
enum vgpu_dialect_type {
#define VGPU_DIALECT_CMD(id, type, name, request, response, feature) \
	VGPU_##id##_CMD_##name = (type),
#define VGPU_DIALECT_RESP(id, type, name, response) VGPU_##id##_RESP_##name = (type),
#include <vgpu/dialect.def>
};

/* What driver and device agreed on. NULL or all zero: the specification, features not known. */
struct vgpu_negotiated {
	enum vgpu_dialect dialect;
	bool has_features; /* the next one is known */
	uint64_t features; /* bit n is VGPU_F_n, or the dialect's own */
};

/* "spec", "chromium", …; NULL for a number that is none. */
const char *vgpu_dialect_name(enum vgpu_dialect dialect);

/* The other way. 0, or VGPU_ERR_UNKNOWN and *out stays as it is. */
int vgpu_dialect_number(const char *name, enum vgpu_dialect *out);

/*
 * As vgpu_value_name() and vgpu_value_number(), with the dialect's own names first. A feature bit,
 * flag or type that the dialect gives another meaning has that meaning only.
 */
const char *vgpu_dialect_value(enum vgpu_dialect dialect, enum vgpu_set_id set, uint32_t number);
int vgpu_dialect_value_number(enum vgpu_dialect dialect, enum vgpu_set_id set, const char *name,
			      uint32_t *number);

/* As vgpu_cmd_info(). */
const struct vgpu_cmd_info *vgpu_dialect_cmd(enum vgpu_dialect dialect, uint32_t type);

/* What a response is. */
struct vgpu_resp_info {
	const char *name;             /* NULL: not known */
	enum vgpu_struct_id response; /* its struct */
	bool expected; /* the command may be answered so; true where it is not known */
};

/*
 * The response of this type to this command (0: not known) into *out. 0, or VGPU_ERR_UNKNOWN for a
 * type that is no response: its struct is the header alone then.
 */
int vgpu_dialect_resp(enum vgpu_dialect dialect, uint32_t cmd_type, uint32_t type,
		      struct vgpu_resp_info *out);

/* Not negotiated, as far as that is known. VGPU_F_NONE is never missing. */
bool vgpu_feature_missing(const struct vgpu_negotiated *n, int feature);

/* Whose private request this type was seen as: "Windows ICD: SHOW_DEBUG"; or NULL. */
const char *vgpu_private_name(uint32_t type);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
