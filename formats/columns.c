/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

#include "body.h"
#include "columns.h"
#include "varint.h"
#include "wire.h"

/* The body: u32 number of records, u32 bytes of their times; times, ids. */
#define FIXED     8u
#define TIMES_AT  (RECORD_HEADER_SIZE + FIXED)
#define GOES_ON   1u /* in the record's flags: the steps go on from the last COLUMNS' ones */
#define COUNT_MAX (VGPU_TRACE_RECORD_MAX / VARINT_MAX - 16) /* what fits one record for certain */

/* The id in these bodies is their first field. */
static bool has_id(uint16_t type, size_t length)
{
	return (type == VGPU_TRACE_COMMAND || type == VGPU_TRACE_RESPONSE ||
		type == VGPU_TRACE_STAGE) &&
	       length >= RECORD_HEADER_SIZE + sizeof(uint64_t);
}

/* A difference modulo 2^64, its sign in the lowest bit: small ones of either sign get short. */
static uint8_t *put_step(uint8_t *p, uint64_t from, uint64_t to)
{
	uint64_t d = to - from;

	return varint_put(p, d << 1 ^ (0 - (d >> 63)));
}

static bool get_step(const uint8_t **p, const uint8_t *end, uint64_t *value)
{
	uint64_t v;

	if (!varint_get(p, end, &v))
		return false;
	*value += v >> 1 ^ (0 - (v & 1));
	return true;
}

static int reserve(uint8_t **buffer, size_t *room, size_t size)
{
	uint8_t *p;

	if (size <= *room)
		return 0;
	p = realloc(*buffer, size);
	if (!p)
		return -ENOMEM;
	*buffer = p;
	*room = size;
	return 0;
}

/* Time and id of each record as steps, the ids after all of the times. */
static void gather(struct columns_out *out, const uint8_t *records, size_t size, uint32_t n)
{
	uint8_t *p = out->record, *time = p + TIMES_AT, *id = out->ids;
	uint32_t length;
	size_t end;

	put16(p, VGPU_TRACE_COLUMNS);
	put16(p + 2, out->goes_on ? GOES_ON : 0);
	put64(p + 8, out->goes_on ? 0 : get64(records + 8));
	if (!out->goes_on) {
		out->last_ns = get64(records + 8);
		out->last_id = 0;
	}
	out->goes_on = true;
	for (size_t at = 0; at < size; at += record_padded(length)) {
		const uint8_t *r = records + at;
		uint64_t ns = get64(r + 8);

		length = get32(r + 4);
		time = put_step(time, out->last_ns, ns);
		out->last_ns = ns;
		if (has_id(get16(r), length)) {
			uint64_t v = get64(r + RECORD_HEADER_SIZE);

			id = put_step(id, out->last_id, v);
			out->last_id = v;
		}
	}
	put32(p + 16, n);
	put32(p + 20, (uint32_t)(time - p - TIMES_AT));
	memcpy(time, out->ids, (size_t)(id - out->ids));
	end = (size_t)(time - p) + (size_t)(id - out->ids);
	put32(p + 4, (uint32_t)end);
	out->size = record_padded(end);
	memset(p + end, 0, out->size - end);
}

int columns_take(struct columns_out *out, uint8_t *records, size_t size)
{
	uint32_t length, n = 0;
	size_t ids = 0;

	out->size = 0;
	for (size_t at = 0; at < size; at += record_padded(length), n++) {
		length = get32(records + at + 4);
		ids += has_id(get16(records + at), length);
	}
	if (n < 2 || n + ids > COUNT_MAX)
		return 0;
	if (reserve(&out->ids, &out->ids_room, ids * VARINT_MAX + 1) ||
	    reserve(&out->record, &out->room, TIMES_AT + (n + ids) * VARINT_MAX + 7))
		return -ENOMEM;
	gather(out, records, size, n);
	for (size_t at = 0; at < size; at += record_padded(length)) {
		uint8_t *r = records + at;

		length = get32(r + 4);
		put64(r + 8, 0);
		if (has_id(get16(r), length))
			put64(r + RECORD_HEADER_SIZE, 0);
	}
	return 0;
}

void columns_out_finish(struct columns_out *out)
{
	free(out->record);
	free(out->ids);
	memset(out, 0, sizeof(*out));
}

int columns_begin(struct columns_in *in, const struct vgpu_trace_record *r)
{
	size_t extra = FIXED + (size_t)(r->flags >> RECORD_EXTRA_SHIFT) * 8, size;
	uint32_t n, times;
	int err;

	in->left = 0;
	if (r->body_size < extra)
		return VGPU_ERR_CORRUPT;
	size = r->body_size - extra;
	n = get32(r->body);
	times = get32(r->body + 4);
	if (times > size || n > times) /* a step takes at least a byte */
		return VGPU_ERR_CORRUPT;
	err = reserve(&in->bytes, &in->room, size + 1);
	if (err)
		return err;
	memcpy(in->bytes, r->body + extra, size);
	in->time = in->bytes;
	in->times_end = in->id = in->bytes + times;
	in->ids_end = in->bytes + size;
	in->left = n;
	if (!(r->flags & GOES_ON)) {
		in->last_ns = r->time_ns;
		in->last_id = 0;
	}
	return 0;
}

bool columns_put(struct columns_in *in, uint8_t *record, size_t length)
{
	in->left--;
	if (!get_step(&in->time, in->times_end, &in->last_ns))
		return false;
	put64(record + 8, in->last_ns);
	if (!has_id(get16(record), length))
		return true;
	if (!get_step(&in->id, in->ids_end, &in->last_id))
		return false;
	put64(record + RECORD_HEADER_SIZE, in->last_id);
	return true;
}

void columns_in_finish(struct columns_in *in)
{
	free(in->bytes);
	memset(in, 0, sizeof(*in));
}
