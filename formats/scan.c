/* SPDX-License-Identifier: MIT */
#include "scan.h"
#include "container.h"
#include "wire.h"

static bool have(struct input *in, size_t at, size_t size)
{
	size_t available = input_need(in, at + size);

	return available >= at && available - at >= size;
}

enum scan_result scan_blocks(struct input *in, size_t at, size_t limit, struct scan *s)
{
	for (;;) {
		const uint8_t *p;
		uint32_t header;
		size_t size;

		if (!have(in, at + s->size, 3))
			return SCAN_TORN;
		p = input_data(in) + at + s->size;
		header = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
		size = header >> 3;
		if ((header >> 1 & 3) == 3 || size > ZSTD_BLOCK_MAX)
			return SCAN_BAD;
		s->bound += header >> 1 & 2 ? ZSTD_BLOCK_MAX : size;
		if ((header >> 1 & 3) == 1)
			size = 1; /* one byte, repeated */
		if (!have(in, at + s->size, 3 + size))
			return SCAN_TORN;
		s->size += 3 + size;
		if (header & 1)
			break;
		if (s->size >= limit)
			return SCAN_PART;
	}
	if (s->checksum) {
		if (!have(in, at + s->size, 4))
			return SCAN_TORN;
		s->size += 4;
	}
	return SCAN_WHOLE;
}

enum scan_result scan_frame(struct input *in, size_t at, size_t limit, struct scan *s)
{
	static const uint8_t dict_size[] = { 0, 1, 2, 4 }, content_size[] = { 0, 2, 4, 8 };
	const uint8_t *p;
	bool single;
	size_t header;

	memset(s, 0, sizeof(*s));
	if (!have(in, at, 5))
		return SCAN_TORN;
	p = input_data(in) + at;
	if (get32(p) != ZSTD_FRAME_MAGIC || (p[4] & 8))
		return SCAN_BAD;
	single = p[4] >> 5 & 1;
	s->checksum = p[4] >> 2 & 1;
	header = 5 + !single + dict_size[p[4] & 3] + content_size[p[4] >> 6];
	if (single && p[4] >> 6 == 0)
		header++;
	if (!have(in, at, header))
		return SCAN_TORN;
	s->size = header;
	return scan_blocks(in, at, limit, s);
}
