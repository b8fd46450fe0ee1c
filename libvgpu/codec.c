/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <vgpu/codec.h>

#include "cursor.h"
#include "table.h"

static inline void load_u8(uint8_t *out, const uint8_t *wire, size_t count)
{
	memcpy(out, wire, count);
}

static inline void load_u32(uint32_t *out, const uint8_t *wire, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = load_le32(wire + i * 4);
}

static inline void load_u64(uint64_t *out, const uint8_t *wire, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = load_le64(wire + i * 8);
}

static inline void store_u8(uint8_t *wire, const uint8_t *in, size_t count)
{
	memcpy(wire, in, count);
}

static inline void store_u32(uint8_t *wire, const uint32_t *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		store_le(wire + i * 4, 4, in[i]);
}

static inline void store_u64(uint8_t *wire, const uint64_t *in, size_t count)
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
	static inline void load_##name(const uint8_t *wire, struct vgpu_##name *out) {
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
	switch ((unsigned int)id) {
#define VGPU_STRUCT(name, id, size_) \
	case VGPU_STRUCT_##id:       \
		return vgpu_decode_##name(wire, size, out);
#include <vgpu/protocol.def>
	}
	return VGPU_ERR_UNKNOWN;
}

int vgpu_struct_encode(enum vgpu_struct_id id, const void *in, void *wire, size_t size)
{
	switch ((unsigned int)id) {
#define VGPU_STRUCT(name, id, size_) \
	case VGPU_STRUCT_##id:       \
		return vgpu_encode_##name(in, wire, size);
#include <vgpu/protocol.def>
	}
	return VGPU_ERR_UNKNOWN;
}

static int decode_any(enum vgpu_struct_id id, const void *wire, size_t size, union vgpu_any *out)
{
	int err = vgpu_struct_decode(id, wire, size, out);

	if (!err)
		return (int)id;
	vgpu_decode_ctrl_hdr(wire, size, &out->hdr);
	return err;
}

int vgpu_request_decode(const struct vgpu_negotiated *n, const void *wire, size_t size,
			union vgpu_any *out)
{
	const struct vgpu_cmd_info *info;

	if (vgpu_decode_ctrl_hdr(wire, size, &out->hdr))
		return VGPU_ERR_TRUNCATED;
	info = n ? vgpu_dialect_cmd(n->dialect, out->hdr.type) : vgpu_cmd_info(out->hdr.type);
	return info ? decode_any(info->request, wire, size, out) : VGPU_ERR_UNKNOWN;
}

int vgpu_response_decode(const struct vgpu_negotiated *n, uint32_t cmd_type, const void *wire,
			 size_t size, union vgpu_any *out)
{
	struct vgpu_resp_info info;

	if (vgpu_decode_ctrl_hdr(wire, size, &out->hdr))
		return VGPU_ERR_TRUNCATED;
	if (vgpu_dialect_resp(n ? n->dialect : VGPU_DIALECT_SPEC, cmd_type, out->hdr.type, &info))
		return VGPU_ERR_UNKNOWN;
	return decode_any(info.response, wire, size, out);
}

/* The fences that stand before the tail `f`, when the struct has such. */
static void take_fences(struct cursor *c, const struct field *f, const uint8_t *fixed,
			struct vgpu_tail *out)
{
	size_t left = cursor_left(c) / 8;

	if (f->kind != FIELD_FENCES)
		return;
	out->fences_declared = load_le32(fixed + f->count);
	out->fence_count = out->fences_declared < left ? out->fences_declared : (uint32_t)left;
	out->fences = cursor_take(c, (size_t)out->fence_count * 8);
}

int vgpu_struct_tail(enum vgpu_struct_id id, const void *wire, size_t size, struct vgpu_tail *out)
{
	const struct struct_desc *d = struct_desc(id);
	struct cursor c = cursor_init(wire, size);
	const struct field *f;
	const uint8_t *fixed;
	size_t unit, left;

	*out = (struct vgpu_tail) { 0 };
	if (!d)
		return VGPU_ERR_UNKNOWN;
	f = &d->fields[d->field_count - 1];
	fixed = cursor_take(&c, d->size);
	if (!fixed)
		return VGPU_ERR_TRUNCATED;
	if (f->kind != FIELD_ENTRIES && f->kind != FIELD_BYTES && f->kind != FIELD_REST)
		return 0;

	take_fences(&c, f - 1, fixed, out);
	out->kind = f->kind == FIELD_ENTRIES ? VGPU_TAIL_ENTRIES : VGPU_TAIL_BYTES;
	unit = f->kind == FIELD_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	left = cursor_left(&c) / unit;
	if (f->kind == FIELD_REST)
		out->declared = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
	else
		out->declared = load_le32(fixed + f->count);
	/* Bytes where a fence is cut are no stream. */
	if (out->fence_count < out->fences_declared)
		left = 0;
	out->count = out->declared < left ? out->declared : (uint32_t)left;
	out->size = out->count * unit;
	out->data = cursor_take(&c, out->size);
	return out->count < out->declared || out->fence_count < out->fences_declared
		       ? VGPU_ERR_TRUNCATED
		       : 0;
}

int vgpu_request_tail(const void *wire, size_t size, struct vgpu_tail *out)
{
	return vgpu_dialect_tail(NULL, wire, size, out);
}

int vgpu_dialect_tail(const struct vgpu_negotiated *n, const void *wire, size_t size,
		      struct vgpu_tail *out)
{
	enum vgpu_dialect dialect = n ? n->dialect : VGPU_DIALECT_SPEC;
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;

	*out = (struct vgpu_tail) { 0 };
	if (vgpu_decode_ctrl_hdr(wire, size, &hdr))
		return VGPU_ERR_TRUNCATED;
	info = vgpu_dialect_cmd(dialect, hdr.type);
	return info ? vgpu_struct_tail(info->request, wire, size, out) : VGPU_ERR_UNKNOWN;
}

int vgpu_tail_fence(const struct vgpu_tail *tail, uint32_t index, uint64_t *out)
{
	bool there = index < tail->fence_count;

	*out = there ? load_le64(tail->fences + (size_t)index * 8) : 0;
	return there ? 0 : VGPU_ERR_TRUNCATED;
}

int vgpu_tail_entry(const struct vgpu_tail *tail, uint32_t index, struct vgpu_mem_entry *out)
{
	if (tail->kind != VGPU_TAIL_ENTRIES || index >= tail->count) {
		*out = (struct vgpu_mem_entry) { 0 };
		return VGPU_ERR_TRUNCATED;
	}
	return vgpu_decode_mem_entry(tail->data + (size_t)index * VGPU_MEM_ENTRY_SIZE,
				     VGPU_MEM_ENTRY_SIZE, out);
}
