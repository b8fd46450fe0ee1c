/* SPDX-License-Identifier: MIT */
/* virgl-fields.def as const data: what every loop over virgl payloads runs on. */
#ifndef VGPU_VIRGL_TABLE_H
#define VGPU_VIRGL_TABLE_H

#include <stdint.h>

#include <vgpu/virgl-codec.h>

enum virgl_kind {
	VIRGL_BITS, /* unsigned, of one dword */
	VIRGL_REST, /* bits of one dword that are nobody's */
	VIRGL_INT,
	VIRGL_F32,
	VIRGL_U64,
	VIRGL_F64,
	VIRGL_NESTED,
	VIRGL_ELEMENTS, /* tails, from here on */
	VIRGL_U32S,
	VIRGL_F32S,
	VIRGL_TEXT,
	VIRGL_LINES,
	VIRGL_BYTES,
	VIRGL_SHADER,
	VIRGL_IGNORED,
};

enum virgl_show {
	VIRGL_DEC,
	VIRGL_HEX,
	VIRGL_ENUM,
	VIRGL_FLAGS,
};

/* Names lie in the table and have one size, so that copying one is a few instructions. */
#define VIRGL_NAME_SIZE 32

struct virgl_field {
	char name[VIRGL_NAME_SIZE];
	const char *unit; /* NULL: none */
	uint32_t mask;    /* of the dword, VIRGL_BITS and VIRGL_REST */
	uint16_t member;  /* offset in the C struct, bytes */
	uint8_t at;       /* payload dword */
	uint8_t shift;
	uint8_t bits;  /* of a bit-field, 0 for a whole dword */
	uint8_t count; /* of an array; 0: none */
	uint8_t kind;  /* enum virgl_kind */
	uint8_t show;  /* enum virgl_show */
	uint8_t set;   /* enum vgpu_set_id */
	uint8_t element;
};

enum virgl_layout_kind {
	VIRGL_CMD,
	VIRGL_OBJ,
	VIRGL_VARIANT,
	VIRGL_ELEMENT,
};

struct virgl_layout {
	const char *name;
	const struct virgl_field *fields;
	uint16_t size; /* of the C struct */
	uint8_t field_count;
	uint8_t dwords;
	uint8_t kind; /* enum virgl_layout_kind */
	uint8_t which;
};

extern const struct virgl_layout virgl_layouts[VGPU_VIRGL_LAYOUT_COUNT];

/* The tail's field, or NULL. */
static inline const struct virgl_field *virgl_layout_tail(const struct virgl_layout *l)
{
	const struct virgl_field *last = &l->fields[l->field_count - 1];

	return l->field_count && last->kind >= VIRGL_ELEMENTS ? last : NULL;
}

#endif
