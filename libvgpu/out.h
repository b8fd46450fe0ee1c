/* SPDX-License-Identifier: MIT */
/* Buffered output to a sink, with a sticky error; numbers without stdio. */
#ifndef VGPU_OUT_H
#define VGPU_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <vgpu/describe.h>

#include "libc.h"

struct out {
	const struct vgpu_sink *sink;
	int err;
	size_t used;
	char buf[2048];
};

void out_init(struct out *o, const struct vgpu_sink *sink);
void out_long(struct out *o, const char *text, size_t size); /* when it may not fit the buffer */

/* Hand the rest to the sink; the first error of all. */
int out_finish(struct out *o);

static inline void out_mem(struct out *o, const char *text, size_t size)
{
	if (size > sizeof(o->buf) - o->used) {
		out_long(o, text, size);
		return;
	}
	memcpy(o->buf + o->used, text, size);
	o->used += size;
}

/* Room for `size` bytes, at most 64, to write at once; out_wrote() says up to where. */
static inline char *out_room(struct out *o, size_t size)
{
	if (size > sizeof(o->buf) - o->used)
		out_finish(o);
	return o->buf + o->used;
}

static inline void out_wrote(struct out *o, const char *end)
{
	o->used = (size_t)(end - o->buf);
}

static inline void out_text(struct out *o, const char *text)
{
	out_mem(o, text, strlen(text));
}

static inline void out_char(struct out *o, char c)
{
	if (o->used == sizeof(o->buf))
		out_finish(o);
	o->buf[o->used++] = c;
}

void out_uint(struct out *o, uint64_t value);
void out_int(struct out *o, int64_t value);
void out_float(struct out *o, uint32_t bits);  /* "0.1", "1e-06", "-inf", "nan(0x7fc00000)" */
void out_double(struct out *o, uint64_t bits); /* the same for 64 bits */
void out_hex(struct out *o, uint64_t value);   /* "0x1f" */
void out_bytes(struct out *o, const uint8_t *data, size_t size);       /* "001f" */
void out_plain(struct out *o, const uint8_t *data, size_t size);       /* \xNN, no quotes */
void out_quoted(struct out *o, const uint8_t *data, size_t size);      /* for text, \xNN */
void out_json_string(struct out *o, const uint8_t *data, size_t size); /* for JSON, \u00NN */

/* Bytes of a TEXT field up to the first NUL. */
size_t text_length(const uint8_t *data, size_t size);

#endif
