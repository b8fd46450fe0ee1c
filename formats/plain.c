/* SPDX-License-Identifier: MIT */
#include <vgpu/trace.h>

#include "body.h"
#include "plain.h"
#include "wire.h"

#define COLUMNS_FIXED 8u         /* of the body: number of records, bytes of their times */
#define COLUMNS_MAX   (4u << 20) /* larger than any that we write: for a quarter MiB of records */

enum place {
	NOT_HERE,
	HERE,
	TOO_FEW, /* bytes to tell */
};

/* Whole numbers in groups of 7 bits; SIZE_MAX: the last one is cut. */
static size_t numbers(const uint8_t *p, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += p[i] < 0x80;
	return size && p[size - 1] >= 0x80 ? SIZE_MAX : n;
}

static bool length_ok(uint32_t length)
{
	return length >= RECORD_HEADER_SIZE && length <= VGPU_TRACE_RECORD_MAX;
}

/* A record whose time COLUMNS has. */
static bool covered(const uint8_t *p)
{
	uint16_t type = get16(p);

	return get64(p + 8) == 0 && length_ok(get32(p + 4)) && vgpu_trace_type_name(type) &&
	       type != VGPU_TRACE_COLUMNS && type != VGPU_TRACE_HEADER;
}

static enum place columns_here(const uint8_t *p, size_t size, uint64_t *work)
{
	uint32_t length = get32(p + 4), records, times;
	size_t fixed = RECORD_HEADER_SIZE + COLUMNS_FIXED, rest, n;

	if (length < fixed || length > COLUMNS_MAX)
		return NOT_HERE;
	records = get32(p + RECORD_HEADER_SIZE);
	times = get32(p + RECORD_HEADER_SIZE + 4);
	rest = length - fixed;
	if (times > rest || records > times || !records)
		return NOT_HERE;
	if (size < record_padded(length) + RECORD_HEADER_SIZE)
		return TOO_FEW;
	*work += length;
	n = numbers(p + fixed + times, rest - times);
	return numbers(p + fixed, times) == records && n <= records &&
			       covered(p + record_padded(length))
		       ? HERE
		       : NOT_HERE;
}

/* What the 24 bytes or more at `p` are. */
static enum place look(const uint8_t *p, size_t size, uint64_t *work)
{
	switch (get32(p)) { /* type, and flags without a bit */
	case VGPU_TRACE_COLUMNS:
		return columns_here(p, size, work);
	case VGPU_TRACE_HEADER:
		return length_ok(get32(p + 4)) && memcmp(p + RECORD_HEADER_SIZE, RECORD_MAGIC,
							 RECORD_MAGIC_SIZE) == 0
			       ? HERE
			       : NOT_HERE;
	}
	return NOT_HERE;
}

size_t plain_search(const uint8_t *p, size_t size, bool all, bool *found, uint64_t *work)
{
	const size_t least = RECORD_HEADER_SIZE + COLUMNS_FIXED;

	*found = false;
	for (size_t at = 0; size >= least && at <= size - least; at++) {
		enum place place = look(p + at, size - at, work);

		*found = place == HERE;
		if (place == HERE || (place == TOO_FEW && !all))
			return at;
	}
	if (all)
		return size;
	return size >= least ? size - least + 1 : 0;
}
