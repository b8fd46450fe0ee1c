/* SPDX-License-Identifier: MIT */
/* LEB128: 7 bits a byte from the lowest on, the top bit says that another byte follows. */
#ifndef FORMATS_VARINT_H
#define FORMATS_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.h"

#define VARINT_MAX 10u /* bytes of a 64-bit number */

/* Room for VARINT_MAX bytes is the caller's matter. Returns where the next byte goes. */
static inline uint8_t *varint_put(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

/*
 * Up to 8 bytes at once: how long the next one is cannot be foretold, so that a branch for each byte
 * would cost more than all of this. False: it is longer.
 */
static inline bool varint_get_short(const uint8_t **p, uint64_t *value)
{
	uint64_t v = get64(*p), last = ~v & 0x8080808080808080u;

	if (!last)
		return false;
	v &= (last ^ (last - 1)) &
	     0x7f7f7f7f7f7f7f7fu; /* up to the lowest byte without a top bit */
	v = (v & 0x007f007f007f007fu) | (v & 0x7f007f007f007f00u) >> 1;
	v = (v & 0x00003fff00003fffu) | (v & 0x3fff00003fff0000u) >> 2;
	v = (v & 0x000000000fffffffu) | (v & 0x0fffffff00000000u) >> 4;
	*value = v;
	*p += __builtin_ctzll(last) / 8 + 1;
	return true;
}

/* False: it does not end before `end`, or is too long. *p moves behind it. */
static inline bool varint_get(const uint8_t **p, const uint8_t *end, uint64_t *value)
{
	uint64_t v = 0;

	if (end - *p >= 8 && varint_get_short(p, value))
		return true;
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
