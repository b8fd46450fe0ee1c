/* SPDX-License-Identifier: MIT */
/* virgl payloads to structs and back: loops over the table. */
#include "cursor.h"
#include "libc.h"
#include "virgl-table.h"

/* Dwords that one value takes. */
static unsigned int width_of(const struct virgl_field *f)
{
	if (f->kind == VIRGL_NESTED)
		return virgl_layouts[f->element].dwords;
	return f->kind == VIRGL_U64 || f->kind == VIRGL_F64 ? 2 : 1;
}

/*
 * The fixed fields out of `dwords` payload dwords. A value that is not wholly there stays zero; all
 * members of NESTED are dwords, but for its own arrays.
 */
static void decode_fields(const struct virgl_layout *l, const uint8_t *wire, size_t dwords,
			  uint8_t *out)
{
	for (const struct virgl_field *f = l->fields; f < l->fields + l->field_count; f++) {
		unsigned int width = width_of(f), count = f->count ? f->count : 1;
		uint8_t *member = out + f->member;
		size_t at = f->at;

		if (f->kind >= VIRGL_ELEMENTS)
			break;
		for (unsigned int i = 0; i < count && at < dwords; i++, at += width) {
			const uint8_t *p = wire + at * 4;
			uint32_t v32;
			uint64_t v64;

			if (f->kind == VIRGL_NESTED) {
				const struct virgl_layout *n = &virgl_layouts[f->element];

				decode_fields(n, p, dwords - at, member + (size_t)i * n->size);
			} else if (width == 2) {
				/* Half a number is low bits, so that encode gives them back. */
				v64 = at + 1 < dwords ? load_le64(p) : load_le32(p);
				memcpy(member, &v64, 8);
			} else {
				v32 = (load_le32(p) & f->mask) >> f->shift;
				memcpy(member + (size_t)i * 4, &v32, 4);
			}
		}
	}
}

/* The other way, into dwords that are zero: several fields share one. */
static void encode_fields(const struct virgl_layout *l, const uint8_t *in, size_t dwords,
			  uint8_t *wire)
{
	for (const struct virgl_field *f = l->fields; f < l->fields + l->field_count; f++) {
		unsigned int width = width_of(f), count = f->count ? f->count : 1;
		const uint8_t *member = in + f->member;
		size_t at = f->at;

		if (f->kind >= VIRGL_ELEMENTS)
			break;
		for (unsigned int i = 0; i < count && at < dwords; i++, at += width) {
			uint8_t *p = wire + at * 4;
			uint32_t v32;
			uint64_t v64;

			if (f->kind == VIRGL_NESTED) {
				const struct virgl_layout *n = &virgl_layouts[f->element];

				encode_fields(n, member + (size_t)i * n->size, dwords - at, p);
			} else if (width == 2) {
				memcpy(&v64, member, 8);
				store_le(p, at + 1 < dwords ? 8 : 4, v64);
			} else {
				memcpy(&v32, member + (size_t)i * 4, 4);
				store_le(p, 4, load_le32(p) | (v32 << f->shift & f->mask));
			}
		}
	}
}

/* CREATE_OBJECT's layouts can be read as each other; the type is the caller's choice. */
static bool layout_is_of(const struct virgl_layout *l, const struct vgpu_virgl_cmd *cmd)
{
	switch (l->kind) {
	case VIRGL_CMD:
		return l->which == cmd->opcode;
	case VIRGL_OBJ:
	case VIRGL_VARIANT:
		return cmd->opcode == VGPU_VIRGL_CREATE_OBJECT && l->which == cmd->object;
	default:
		return false;
	}
}

int vgpu_virgl_decode(enum vgpu_virgl_layout layout, const struct vgpu_virgl_cmd *cmd, void *out)
{
	const struct virgl_layout *l;
	struct vgpu_virgl_head head = { 0 };
	size_t there = cmd->available;

	if ((unsigned int)layout >= VGPU_VIRGL_LAYOUT_COUNT)
		return VGPU_ERR_UNKNOWN;
	l = &virgl_layouts[layout];
	memset(out, 0, l->size);
	if (!layout_is_of(l, cmd))
		return VGPU_ERR_UNKNOWN;
	head.object = cmd->object;
	if (there < l->dwords) {
		head.omitted = l->dwords - (uint32_t)there;
	} else if (there > l->dwords) {
		head.tail = cmd->payload + (size_t)l->dwords * 4;
		head.tail_size = (there - l->dwords) * 4;
	}
	memcpy(out, &head, sizeof(head));
	decode_fields(l, cmd->payload, there < l->dwords ? there : l->dwords, out);
	return cmd->available < cmd->length ? VGPU_ERR_OVERRUN : 0;
}

int vgpu_virgl_encode(enum vgpu_virgl_layout layout, const void *in, void *wire, size_t size)
{
	const struct virgl_layout *l;
	struct vgpu_virgl_head head;
	uint32_t opcode = VGPU_VIRGL_CREATE_OBJECT, object;
	size_t dwords, tail;
	uint8_t *p = wire;

	if ((unsigned int)layout >= VGPU_VIRGL_LAYOUT_COUNT)
		return VGPU_ERR_UNKNOWN;
	l = &virgl_layouts[layout];
	if (l->kind == VIRGL_ELEMENT)
		return VGPU_ERR_UNKNOWN;
	memcpy(&head, in, sizeof(head));
	if (head.omitted > l->dwords || (head.omitted && head.tail_size))
		return VGPU_ERR_INVALID;
	if (head.tail_size > UINT16_MAX * 4u)
		return VGPU_ERR_TOO_LARGE;
	tail = (head.tail_size + 3) / 4;
	dwords = l->dwords - head.omitted;
	if (dwords + tail > UINT16_MAX)
		return VGPU_ERR_TOO_LARGE;
	if (size / 4 < 1 + dwords + tail)
		return VGPU_ERR_NO_SPACE;

	object = l->which;
	if (l->kind == VIRGL_CMD) {
		opcode = l->which;
		object = head.object & 0xff;
	}
	store_le(p, 4, opcode | object << 8 | (uint32_t)(dwords + tail) << 16);
	p += 4;
	if (dwords) {
		memset(p, 0, dwords * 4);
		encode_fields(l, in, dwords, p);
		p += dwords * 4;
	}
	if (tail) {
		store_le(p + (tail - 1) * 4, 4, 0);
		memcpy(p, head.tail, head.tail_size);
	}
	return (int)(4 * (1 + dwords + tail));
}

int vgpu_virgl_element_decode(enum vgpu_virgl_layout layout, const void *wire, size_t size,
			      void *out)
{
	const struct virgl_layout *l;

	if ((unsigned int)layout >= VGPU_VIRGL_LAYOUT_COUNT ||
	    virgl_layouts[layout].kind != VIRGL_ELEMENT)
		return VGPU_ERR_UNKNOWN;
	l = &virgl_layouts[layout];
	memset(out, 0, l->size);
	if (size / 4 < l->dwords)
		return VGPU_ERR_TRUNCATED;
	decode_fields(l, wire, l->dwords, out);
	return 0;
}

int vgpu_virgl_element_encode(enum vgpu_virgl_layout layout, const void *in, void *wire,
			      size_t size)
{
	const struct virgl_layout *l;

	if ((unsigned int)layout >= VGPU_VIRGL_LAYOUT_COUNT ||
	    virgl_layouts[layout].kind != VIRGL_ELEMENT)
		return VGPU_ERR_UNKNOWN;
	l = &virgl_layouts[layout];
	if (size / 4 < l->dwords)
		return VGPU_ERR_NO_SPACE;
	memset(wire, 0, (size_t)l->dwords * 4);
	encode_fields(l, in, l->dwords, wire);
	return 0;
}
