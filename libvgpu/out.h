/* SPDX-License-Identifier: MIT */
/* Buffered output to a sink, with a sticky error; numbers without stdio. */
#ifndef VGPU_OUT_H
#define VGPU_OUT_H

#include <stddef.h>
#include <stdint.h>

#include <vgpu/describe.h>

struct out {
	const struct vgpu_sink *sink;
	int err;
	size_t used;
	char buf[512];
};

void out_init(struct out *o, const struct vgpu_sink *sink);
void out_mem(struct out *o, const char *text, size_t size);
void out_text(struct out *o, const char *text);
void out_char(struct out *o, char c);
void out_uint(struct out *o, uint64_t value);
void out_int(struct out *o, int64_t value);
void out_float(struct out *o, uint32_t bits);  /* "0.1", "1e-06", "-inf", "nan(0x7fc00000)" */
void out_double(struct out *o, uint64_t bits); /* the same for 64 bits */
void out_hex(struct out *o, uint64_t value);   /* "0x1f" */
void out_bytes(struct out *o, const uint8_t *data, size_t size);       /* "001f" */
void out_plain(struct out *o, const uint8_t *data, size_t size);       /* \xNN, no quotes */
void out_quoted(struct out *o, const uint8_t *data, size_t size);      /* for text, \xNN */
void out_json_string(struct out *o, const uint8_t *data, size_t size); /* for JSON, \u00NN */

/* Hand the rest to the sink; the first error of all. */
int out_finish(struct out *o);

/* Bytes of a TEXT field up to the first NUL. */
size_t text_length(const uint8_t *data, size_t size);

#endif
