/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <vgpu/codec.h>

#include "cursor.h"
#include "table.h"

/* Host-order scalars inside the C structs. */
static uint64_t get_host(const uint8_t *p, unsigned int width)
{
	uint32_t v32;
	uint64_t v64;

	switch (width) {
	case 1:
		return *p;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	default:
		memcpy(&v64, p, 8);
		return v64;
	}
}

static void put_host(uint8_t *p, unsigned int width, uint64_t value)
{
	uint32_t v32 = (uint32_t)value;

	switch (width) {
	case 1:
		*p = (uint8_t)value;
		break;
	case 4:
		memcpy(p, &v32, 4);
		break;
	default:
		memcpy(p, &value, 8);
		break;
	}
}

/* Nesting is two deep at most: pmodes[] holds a display_one holds a rect. */
static void decode_fields(const struct struct_desc *d, const uint8_t *wire, uint8_t *out)
{
	for (const struct field *f = d->fields; f < d->fields + d->field_count; f++) {
		size_t at = f->offset;

		if (f->kind == FIELD_NESTED) {
			const struct struct_desc *n = struct_desc(f->nested);

			for (unsigned int i = 0; i < f->count; i++, at += n->size)
				decode_fields(n, wire + at, out + at);
		} else if (f->kind == FIELD_SCALAR || f->kind == FIELD_PAD) {
			for (unsigned int i = 0; i < f->count; i++, at += f->width)
				put_host(out + at, f->width, load_le(wire + at, f->width));
		}
	}
}

static void encode_fields(const struct struct_desc *d, const uint8_t *in, uint8_t *wire)
{
	for (const struct field *f = d->fields; f < d->fields + d->field_count; f++) {
		size_t at = f->offset;

		if (f->kind == FIELD_NESTED) {
			const struct struct_desc *n = struct_desc(f->nested);

			for (unsigned int i = 0; i < f->count; i++, at += n->size)
				encode_fields(n, in + at, wire + at);
		} else if (f->kind == FIELD_SCALAR || f->kind == FIELD_PAD) {
			for (unsigned int i = 0; i < f->count; i++, at += f->width)
				store_le(wire + at, f->width, get_host(in + at, f->width));
		}
	}
}

int vgpu_struct_decode(enum vgpu_struct_id id, const void *wire, size_t size, void *out)
{
	const struct struct_desc *d = struct_desc(id);
	struct cursor c = cursor_init(wire, size);
	const uint8_t *p;

	if (!d)
		return VGPU_ERR_UNKNOWN;
	p = cursor_take(&c, d->size);
	if (!p) {
		memset(out, 0, d->size);
		return VGPU_ERR_TRUNCATED;
	}
	decode_fields(d, p, out);
	return 0;
}

int vgpu_struct_encode(enum vgpu_struct_id id, const void *in, void *wire, size_t size)
{
	const struct struct_desc *d = struct_desc(id);

	if (!d)
		return VGPU_ERR_UNKNOWN;
	if (size < d->size)
		return VGPU_ERR_NO_SPACE;
	encode_fields(d, in, wire);
	return 0;
}

#define VGPU_STRUCT(name, id, size)                                                     \
	int vgpu_decode_##name(const void *wire, size_t bytes, struct vgpu_##name *out) \
	{                                                                               \
		return vgpu_struct_decode(VGPU_STRUCT_##id, wire, bytes, out);          \
	}                                                                               \
	int vgpu_encode_##name(const struct vgpu_##name *in, void *wire, size_t bytes)  \
	{                                                                               \
		return vgpu_struct_encode(VGPU_STRUCT_##id, in, wire, bytes);           \
	}
#include <vgpu/protocol.def>

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

	out->kind = f->kind == FIELD_ENTRIES ? VGPU_TAIL_ENTRIES : VGPU_TAIL_BYTES;
	unit = f->kind == FIELD_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	left = cursor_left(&c) / unit;
	if (f->kind == FIELD_REST)
		out->declared = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
	else
		out->declared = (uint32_t)load_le(fixed + f->count, 4);
	out->count = out->declared < left ? out->declared : (uint32_t)left;
	out->size = out->count * unit;
	out->data = cursor_take(&c, out->size);
	return out->count < out->declared ? VGPU_ERR_TRUNCATED : 0;
}

int vgpu_request_tail(const void *wire, size_t size, struct vgpu_tail *out)
{
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;
	int err;

	*out = (struct vgpu_tail) { 0 };
	err = vgpu_decode_ctrl_hdr(wire, size, &hdr);
	if (err)
		return err;
	info = vgpu_cmd_info(hdr.type);
	if (!info)
		return VGPU_ERR_UNKNOWN;
	return vgpu_struct_tail(info->request, wire, size, out);
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
