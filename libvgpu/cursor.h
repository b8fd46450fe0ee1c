/* SPDX-License-Identifier: MIT */
/*
 * The one way to read untrusted bytes: a cursor that checks every read and, once it has failed,
 * gives zeros and stays failed.
 */
#ifndef VGPU_CURSOR_H
#define VGPU_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *pos;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor cursor_init(const void *data, size_t size)
{
	struct cursor c = { (const uint8_t *)data, (const uint8_t *)data, false };

	/* NULL + 0 is undefined in C. */
	if (size)
		c.end += size;
	return c;
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->pos);
}

/* `size` bytes, or NULL when they are not there. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t size)
{
	const uint8_t *p = c->pos;

	if (c->failed || size > (size_t)(c->end - c->pos)) {
		c->failed = true;
		return NULL;
	}
	if (size)
		c->pos += size;
	return p;
}

static inline uint16_t load_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_le64(const uint8_t *p)
{
	return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

/* Little-endian number of 1, 2, 4 or 8 bytes at `p`: what compilers make one load each. */
static inline uint64_t load_le(const uint8_t *p, unsigned int width)
{
	return width == 4   ? load_le32(p)
	       : width == 8 ? load_le64(p)
	       : width == 2 ? load_le16(p)
			    : *p;
}

static inline void store_le(uint8_t *p, unsigned int width, uint64_t value)
{
	for (; width--; value >>= 8)
		*p++ = (uint8_t)value;
}

#endif
