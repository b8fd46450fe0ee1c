/* SPDX-License-Identifier: MIT */
/* What follows the fixed part of a message. */
#include <vgpu/codec.h>

#include "cursor.h"
#include "table.h"
#include "tail.h"

static uint32_t least(uint64_t there, uint32_t declared)
{
	return there < declared ? (uint32_t)there : declared;
}

void tail_measure(const struct struct_desc *d, const uint8_t *fixed, uint64_t left,
		  struct vgpu_tail *out)
{
	const struct field *f = &d->fields[d->field_count - 1];
	unsigned int unit;

	*out = (struct vgpu_tail) { 0 };
	if (f->kind != FIELD_ENTRIES && f->kind != FIELD_BYTES && f->kind != FIELD_REST)
		return;
	/* Streams' commands, which have tails of their own kinds, are no messages. */
	if (struct_is_command(d))
		return;
	if (f[-1].kind == FIELD_FENCES) {
		out->fences_declared = load_le32(fixed + f[-1].count);
		out->fence_count = least(left / 8, out->fences_declared);
		/* Bytes where a fence is cut are no stream. */
		left = out->fence_count < out->fences_declared ? 0 : left - out->fence_count * 8ull;
	}
	out->kind = f->kind == FIELD_ENTRIES ? VGPU_TAIL_ENTRIES : VGPU_TAIL_BYTES;
	unit = f->kind == FIELD_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	if (f->kind == FIELD_REST)
		out->declared = least(left, UINT32_MAX);
	else
		out->declared = load_le32(fixed + f->count);
	out->count = least(left / unit, out->declared);
	out->size = (size_t)out->count * unit;
}

bool tail_is_cut(const struct vgpu_tail *t)
{
	return t->count < t->declared || t->fence_count < t->fences_declared;
}

int vgpu_struct_tail(enum vgpu_struct_id id, const void *wire, size_t size, struct vgpu_tail *out)
{
	const struct struct_desc *d = struct_desc(id);
	struct cursor c = cursor_init(wire, size);
	const uint8_t *fixed;

	*out = (struct vgpu_tail) { 0 };
	if (!d)
		return VGPU_ERR_UNKNOWN;
	fixed = cursor_take(&c, d->size);
	if (!fixed)
		return VGPU_ERR_TRUNCATED;
	tail_measure(d, fixed, cursor_left(&c), out);
	if (out->fences_declared)
		out->fences = cursor_take(&c, (size_t)out->fence_count * 8);
	if (out->kind != VGPU_TAIL_NONE)
		out->data = cursor_take(&c, out->size);
	return tail_is_cut(out) ? VGPU_ERR_TRUNCATED : 0;
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
