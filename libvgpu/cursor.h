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

/* Little-endian number of `width` (1 to 8) bytes at `p`. */
static inline uint64_t load_le(const uint8_t *p, unsigned int width)
{
	uint64_t value = 0;

	while (width--)
		value = value << 8 | p[width];
	return value;
}

static inline void store_le(uint8_t *p, unsigned int width, uint64_t value)
{
	for (; width--; value >>= 8)
		*p++ = (uint8_t)value;
}

static inline uint64_t cursor_le(struct cursor *c, unsigned int width)
{
	const uint8_t *p = cursor_take(c, width);

	return p ? load_le(p, width) : 0;
}

#endif
