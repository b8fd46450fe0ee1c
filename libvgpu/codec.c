/* SPDX-License-Identifier: MIT */
#include <vgpu/codec.h>

#include "cursor.h"
#include "libc.h"
#include "table.h"

/* GCC counts these as many and calls them; they are a move each. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE void load_u8(uint8_t *out, const uint8_t *wire, size_t count)
{
	memcpy(out, wire, count);
}

ALWAYS_INLINE void load_u32(uint32_t *out, const uint8_t *wire, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = load_le32(wire + i * 4);
}

ALWAYS_INLINE void load_u64(uint64_t *out, const uint8_t *wire, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = load_le64(wire + i * 8);
}

ALWAYS_INLINE void store_u8(uint8_t *wire, const uint8_t *in, size_t count)
{
	memcpy(wire, in, count);
}

ALWAYS_INLINE void store_u32(uint8_t *wire, const uint32_t *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_le(wire + i * 4, 4, in[i]);
}

ALWAYS_INLINE void store_u64(uint8_t *wire, const uint64_t *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_le(wire + i * 8, 8, in[i]);
}

/*
 * load_<struct>() and store_<struct>(): the table as straight code, one load and store a field. The
 * bytes are known to be there; an offset on the wire is the C struct's, as table.c asserts.
 */
#define AT(s, name) (wire + offsetof(struct vgpu_##s, name))

/* clang-format off */
#define VGPU_STRUCT(name, id, size) \
	ALWAYS_INLINE void load_##name(const uint8_t *wire, struct vgpu_##name *out) {
#define VGPU_SCALAR(s, type, name, show)       load_##type(&out->name, AT(s, name), 1);
#define VGPU_PAD(s, type, name, count)         load_##type(out->name, AT(s, name), count);
#define VGPU_ARRAY(s, type, name, count, show) load_##type(out->name, AT(s, name), count);
#define VGPU_NESTED(s, nested, id, name)       load_##nested(AT(s, name), &out->name);
#define VGPU_NESTED_ARRAY(s, nested, id, name, count)             \
	for (size_t i = 0; i < (count); i++)                      \
		load_##nested(AT(s, name[i]), &out->name[i]);
#define VGPU_END(s) }
#include <vgpu/protocol.def>

#define VGPU_STRUCT(name, id, size) \
	static inline void store_##name(uint8_t *wire, const struct vgpu_##name *in) {
#define VGPU_SCALAR(s, type, name, show)       store_##type(AT(s, name), &in->name, 1);
#define VGPU_PAD(s, type, name, count)         store_##type(AT(s, name), in->name, count);
#define VGPU_ARRAY(s, type, name, count, show) store_##type(AT(s, name), in->name, count);
#define VGPU_NESTED(s, nested, id, name)       store_##nested(AT(s, name), &in->name);
#define VGPU_NESTED_ARRAY(s, nested, id, name, count)             \
	for (size_t i = 0; i < (count); i++)                      \
		store_##nested(AT(s, name[i]), &in->name[i]);
#define VGPU_END(s) }
/* clang-format on */
#include <vgpu/protocol.def>

#define VGPU_STRUCT(name, id, size)                                                     \
	int vgpu_decode_##name(const void *wire, size_t bytes, struct vgpu_##name *out) \
	{                                                                               \
		if (bytes < (size)) {                                                   \
			memset(out, 0, sizeof(*out));                                   \
			return VGPU_ERR_TRUNCATED;                                      \
		}                                                                       \
		load_##name(wire, out);                                                 \
		return 0;                                                               \
	}                                                                               \
	int vgpu_encode_##name(const struct vgpu_##name *in, void *wire, size_t bytes)  \
	{                                                                               \
		if (bytes < (size))                                                     \
			return VGPU_ERR_NO_SPACE;                                       \
		store_##name(wire, in);                                                 \
		return 0;                                                               \
	}
#include <vgpu/protocol.def>

int vgpu_struct_decode(enum vgpu_struct_id id, const void *wire, size_t size, void *out)
{
	const struct struct_desc *d = struct_desc(id);

	switch ((unsigned int)id) {
#define VGPU_STRUCT(name, id, size_) \
	case VGPU_STRUCT_##id:       \
		return vgpu_decode_##name(wire, size, out);
#include <vgpu/protocol.def>
	}
	if (!d)
		return VGPU_ERR_UNKNOWN;
	if (size < d->size) {
		memset(out, 0, d->size);
		return VGPU_ERR_TRUNCATED;
	}
	struct_load(d, wire, out);
	return 0;
}

int vgpu_struct_encode(enum vgpu_struct_id id, const void *in, void *wire, size_t size)
{
	const struct struct_desc *d = struct_desc(id);

	switch ((unsigned int)id) {
#define VGPU_STRUCT(name, id, size_) \
	case VGPU_STRUCT_##id:       \
		return vgpu_encode_##name(in, wire, size);
#include <vgpu/protocol.def>
	}
	if (!d)
		return VGPU_ERR_UNKNOWN;
	if (size < d->size)
		return VGPU_ERR_NO_SPACE;
	struct_store(d, in, wire);
	return 0;
}

/* A message of which the header is known to be there: whole_<STRUCT>(). */
#define VGPU_STRUCT(name, id, size)                                                          \
	ALWAYS_INLINE int whole_##id(const uint8_t *wire, size_t bytes, union vgpu_any *out) \
	{                                                                                    \
		if (bytes < (size)) {                                                        \
			memset(&out->name, 0, sizeof(out->name));                            \
			load_ctrl_hdr(wire, &out->hdr);                                      \
			return VGPU_ERR_TRUNCATED;                                           \
		}                                                                            \
		load_##name(wire, &out->name);                                               \
		return VGPU_STRUCT_##id;                                                     \
	}
#include <vgpu/protocol.def>

static int whole_struct(enum vgpu_struct_id id, const uint8_t *wire, size_t size,
			union vgpu_any *out)
{
	int err = vgpu_struct_decode(id, wire, size, out);

	if (!err)
		return (int)id;
	load_ctrl_hdr(wire, &out->hdr);
	return err;
}

/* One jump to straight code for what the specification has. */
static int whole_request(const uint8_t *wire, size_t size, union vgpu_any *out)
{
	switch (load_le32(wire)) {
#define VGPU_CMD(type, name, request, response, feature) \
	case type:                                       \
		return whole_##request(wire, size, out);
#include <vgpu/protocol.def>
	}
	load_ctrl_hdr(wire, &out->hdr);
	return VGPU_ERR_UNKNOWN;
}

int vgpu_request_decode(const struct vgpu_negotiated *n, const void *wire, size_t size,
			union vgpu_any *out)
{
	const struct vgpu_cmd_info *info;

	if (size < VGPU_CTRL_HDR_SIZE)
		return vgpu_decode_ctrl_hdr(wire, size, &out->hdr);
	if (!n || n->dialect == VGPU_DIALECT_SPEC)
		return whole_request(wire, size, out);
	info = vgpu_dialect_cmd(n->dialect, load_le32(wire));
	if (info)
		return whole_struct(info->request, wire, size, out);
	load_ctrl_hdr(wire, &out->hdr);
	return VGPU_ERR_UNKNOWN;
}

int vgpu_response_decode(const struct vgpu_negotiated *n, uint32_t cmd_type, const void *wire,
			 size_t size, union vgpu_any *out)
{
	struct vgpu_resp_info info;

	if (size < VGPU_CTRL_HDR_SIZE)
		return vgpu_decode_ctrl_hdr(wire, size, &out->hdr);
	if (!vgpu_dialect_resp(n ? n->dialect : VGPU_DIALECT_SPEC, cmd_type, load_le32(wire),
			       &info))
		return whole_struct(info.response, wire, size, out);
	load_ctrl_hdr(wire, &out->hdr);
	return VGPU_ERR_UNKNOWN;
}
