/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: what its parts share. */
#ifndef TRACER_EXPLAIN_H
#define TRACER_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/dialect.h>
#include <vgpu/stream.h>

/* One sentence about what is being explained; the input is printed before the first. */
void explain_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each says what it knows, true when that is something. */
bool explain_number(uint64_t number);
bool explain_name(const char *name);
bool explain_log(const char *line);

/* The command, the answer, and what is known of the two together; 0 where one is not known. */
void explain_command(uint32_t type);
void explain_response(uint32_t type);
void explain_refusal(uint32_t command, uint32_t response);
/* A virgl command's header dword; false when it cannot be one. */
bool explain_virgl_header(uint32_t header);
const char *explain_gl_error(uint32_t error);

enum explain_what {
	AS_NOTHING,
	AS_STREAM,
	AS_REQUEST,
	AS_RESPONSE,
	AS_CONFIG,
	AS_EDID,
	AS_CAPSET,
};

/* What bytes are taken for. */
struct explain_as {
	enum explain_what kind;
	enum vgpu_stream stream; /* of AS_STREAM */
	uint32_t capset;         /* of AS_CAPSET */
};

/* "drm-msm", "request", "capset2"; false for a name that is none of those. */
bool explain_kind(const char *name, struct explain_as *as);

/* The contents of a capset that explain_capset_known(). */
bool explain_capset_known(uint32_t id);
void explain_capset(uint32_t id, const uint8_t *bytes, size_t size);

/*
 * Hexadecimal text into bytes, which the caller frees: pairs of digits, 0x07 for bytes or 0x207 for
 * dwords, the output of xxd and hexdump -C. NULL when it is none, or memory ran out.
 */
uint8_t *explain_unhex(const uint8_t *text, size_t size, size_t *out_size);
/* Print what the bytes say. 0, or -1 after a message. */
int explain_bytes(const struct explain_as *as, const struct vgpu_negotiated *n,
		  const uint8_t *bytes, size_t size);

#endif
