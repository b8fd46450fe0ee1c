/* SPDX-License-Identifier: MIT */
/* LEB128: 7 bits a byte from the lowest on, the top bit says that another byte follows. */
#ifndef FORMATS_VARINT_H
#define FORMATS_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#define VARINT_MAX 10u /* bytes of a 64-bit number */

/* Room for VARINT_MAX bytes is the caller's matter. Returns where the next byte goes. */
static inline uint8_t *varint_put(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

/* False: it does not end before `end`, or is too long. *p moves behind it. */
static inline bool varint_get(const uint8_t **p, const uint8_t *end, uint64_t *value)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 7 * VARINT_MAX && *p < end; shift += 7) {
		uint8_t byte = *(*p)++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		*value = v;
		return true;
	}
	return false;
}

#endif
