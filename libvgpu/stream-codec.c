/* SPDX-License-Identifier: MIT */
/* Streams' commands as structs. One loop over the table: there are many of them, and none is hot. */
#include "cursor.h"
#include "libc.h"
#include "table.h"

/* Host-order scalars inside the C structs. */
static uint64_t get_host(const uint8_t *p, unsigned int width)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (width) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, 2);
		return v16;
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
	uint16_t v16 = (uint16_t)value;
	uint32_t v32 = (uint32_t)value;

	switch (width) {
	case 1:
		*p = (uint8_t)value;
		break;
	case 2:
		memcpy(p, &v16, 2);
		break;
	case 4:
		memcpy(p, &v32, 4);
		break;
	default:
		memcpy(p, &value, 8);
		break;
	}
}

/* Nesting is one deep: a header. */
void struct_load(const struct struct_desc *d, const uint8_t *wire, uint8_t *out)
{
	for (const struct field *f = d->fields; f < d->fields + struct_tails(d); f++) {
		size_t at = f->offset;

		if (f->kind == FIELD_NESTED)
			struct_load(struct_desc((enum vgpu_struct_id)f->nested), wire + at,
				    out + at);
		for (unsigned int i = 0; f->kind != FIELD_NESTED && i < f->count;
		     i++, at += f->width)
			put_host(out + at, f->width, load_le(wire + at, f->width));
	}
}

void struct_store(const struct struct_desc *d, const uint8_t *in, uint8_t *wire)
{
	for (const struct field *f = d->fields; f < d->fields + struct_tails(d); f++) {
		size_t at = f->offset;

		if (f->kind == FIELD_NESTED)
			struct_store(struct_desc((enum vgpu_struct_id)f->nested), in + at,
				     wire + at);
		for (unsigned int i = 0; f->kind != FIELD_NESTED && i < f->count;
		     i++, at += f->width)
			store_le(wire + at, f->width, get_host(in + at, f->width));
	}
}
