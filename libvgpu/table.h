/* SPDX-License-Identifier: MIT */
/* protocol.def as const data: what every loop in this library runs over. */
#ifndef VGPU_TABLE_H
#define VGPU_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <vgpu/protocol.h>

enum field_kind {
	FIELD_SCALAR,
	FIELD_NESTED,
	FIELD_PAD,
	FIELD_FENCES,  /* tails; count: offset of the field that counts */
	FIELD_ENTRIES, /* the last field alone has one of these three */
	FIELD_BYTES,
	FIELD_REST,
	FIELD_LIST, /* tails of streams' commands, before a REST if there is one: structs */
	FIELD_U32S,
	FIELD_COUNTED_BYTES,
	FIELD_COUNTED_TEXT,
	FIELD_COUNTED_WAYLAND,
};

enum field_show {
	SHOW_DEC,
	SHOW_PIXELS, /* DEC of a number that counts them */
	SHOW_SIZE,   /* of bytes */
	SHOW_INT,    /* signed */
	SHOW_HEX,
	SHOW_TEXT,
	SHOW_BYTES,
	SHOW_ENUM,
	SHOW_FLAGS,
	SHOW_CONTEXT_INIT,
	SHOW_TYPE,   /* of a message */
	SHOW_FOURCC, /* four chars */
};

/*
 * Wire structs have no implicit padding, so an offset in the C struct is an offset on the wire;
 * table.c asserts it.
 */
struct field {
	const char *name;
	uint16_t offset; /* bytes */
	uint16_t count;  /* elements */
	uint16_t used;   /* offset of the field that counts those in use; 0: all are */
	uint8_t width;   /* bytes of a scalar */
	uint8_t kind;    /* enum field_kind */
	uint8_t show;    /* enum field_show */
	uint8_t set;     /* enum vgpu_set_id of SHOW_ENUM and SHOW_FLAGS */
	uint8_t nested;  /* enum vgpu_struct_id of FIELD_NESTED */
	uint8_t array;   /* an array, also when its count is 1 */
};

struct struct_desc {
	const char *name;
	const struct field *fields;
	uint16_t size;
	uint8_t field_count;
};

/* The first tail's row, or d->field_count. */
static inline unsigned int struct_tails(const struct struct_desc *d)
{
	unsigned int i = d->field_count;

	while (i && d->fields[i - 1].kind > FIELD_PAD)
		i--;
	return i;
}

/* It has tails of the kinds that only streams' commands have. */
static inline bool struct_is_command(const struct struct_desc *d)
{
	unsigned int tails = struct_tails(d);

	return tails < d->field_count && d->fields[tails].kind > FIELD_REST;
}

/*
 * The C struct from wire bytes, and back, of a struct that stands in stream.def; the bytes are known
 * to be there.
 */
void struct_load(const struct struct_desc *d, const uint8_t *wire, uint8_t *out);
void struct_store(const struct struct_desc *d, const uint8_t *in, uint8_t *wire);

/* NULL for an id that is none. */
const struct struct_desc *struct_desc(enum vgpu_struct_id id);

#endif
