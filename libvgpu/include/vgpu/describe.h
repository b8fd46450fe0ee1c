/* SPDX-License-Identifier: MIT */
/*
 * A message field by field, as text and as JSON. No allocation, no state; bad input is described,
 * not refused.
 */
#ifndef VGPU_DESCRIBE_H
#define VGPU_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/dialect.h>
#include <vgpu/protocol.h>
#include <vgpu/stream.h>
#include <vgpu/virgl.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * Where text goes. `write` gets `size` bytes, not NUL-terminated, and returns 0, or a negative
 * code, which ends the output and is returned by the function that was given the sink.
 */
struct vgpu_sink {
	int (*write)(void *data, const char *text, size_t size);
	void *data;
};

/* A sink into memory: `text` is always NUL-terminated, `length` counts what did not fit too. */
struct vgpu_buffer {
	char *text;
	size_t size;   /* bytes at text, at least 1 */
	size_t length; /* without the NUL; >= size: cut */
};

/* A sink that fills *buffer, from its start. Both must outlive the sink's use. */
struct vgpu_sink vgpu_buffer_sink(struct vgpu_buffer *buffer, char *text, size_t size);

enum vgpu_field_type {
	VGPU_FIELD_UINT,
	VGPU_FIELD_HEX,   /* an UINT better read in hexadecimal: addresses, types */
	VGPU_FIELD_ENUM,  /* one name of a set */
	VGPU_FIELD_FLAGS, /* bits, each with a name of a set */
	VGPU_FIELD_TEXT,  /* chars up to `size` or the first NUL */
	VGPU_FIELD_BYTES,
	VGPU_FIELD_PADDING, /* bytes without meaning */
	VGPU_FIELD_STREAM,  /* SUBMIT_3D's: bytes in the language of the context's capset */
	VGPU_FIELD_OBJECT,  /* a struct; its fields follow, up to its end */
	VGPU_FIELD_ARRAY,   /* of values */
	VGPU_FIELD_LIST,    /* of objects */
	VGPU_FIELD_INT,     /* signed: value is the sign-extended 64 bits */
	VGPU_FIELD_FLOAT,   /* value is the 32 bits of an IEEE 754 single */
	VGPU_FIELD_DOUBLE,  /* value is the 64 bits of a double */
	VGPU_FIELD_LINES,   /* as TEXT, of several lines: a shader */
};

enum vgpu_field_event {
	VGPU_FIELD_VALUE,
	VGPU_FIELD_BEGIN, /* OBJECT, ARRAY, LIST only */
	VGPU_FIELD_END,
};

/* One step over a message. All pointers are good during the call only. */
struct vgpu_field {
	enum vgpu_field_event event;
	enum vgpu_field_type type;
	const char *path;     /* "r.width", "pmodes[0].r.x", "entries[3].addr" */
	const char *name;     /* "width"; NULL for an element of an array or list */
	uint64_t value;       /* UINT, HEX, ENUM, FLAGS, INT, FLOAT, DOUBLE */
	enum vgpu_set_id set; /* ENUM, FLAGS: where the names are */
	const char *text;     /* ENUM: the name, or NULL */
	size_t offset;        /* of the field, bytes from the start of the message */
	const uint8_t *data;  /* the field's bytes in the message; NULL when size is 0 */
	size_t size;          /* bytes; of a cut tail those that are there */
	bool tail;            /* belongs to what follows the fixed part */
	uint8_t shift;        /* of a bit-field: its lowest bit in the dword at `offset` */
	uint8_t bits;         /* and its width; 0 when the value has all bytes to itself */
	const char *unit;     /* what a number counts ("bytes", "pixels"), or NULL: not said */
};

/* Returns 0 to go on, anything else to stop: the function that visits returns it. */
typedef int (*vgpu_field_visit)(void *data, const struct vgpu_field *field);

/*
 * Every field of a request, or of a response, in wire order. 0; VGPU_ERR_TRUNCATED when the message
 * is shorter than it should be (what is there was visited); VGPU_ERR_UNKNOWN when the header's type
 * is not known (the header was visited, and the rest as BYTES named "data").
 */
int vgpu_request_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data);
int vgpu_response_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data);

/*
 * The same of a dialect, a response by the command that it answers (0: not known); `n` NULL is the
 * specification's. CTX_CREATE's context_init is padding where CONTEXT_INIT was not negotiated.
 */
int vgpu_dialect_request_visit(const struct vgpu_negotiated *n, const void *wire, size_t size,
			       vgpu_field_visit visit, void *data);
int vgpu_dialect_response_visit(const struct vgpu_negotiated *n, uint32_t cmd_type,
				const void *wire, size_t size, vgpu_field_visit visit, void *data);

/*
 * Every field of the device's configuration space, as `n` says: the fifth is the specification's
 * blob_alignment with BLOB_ALIGNMENT (or where features are not known), Celadon's num_pipe, or
 * BYTES named "rest". 0, or VGPU_ERR_TRUNCATED.
 */
int vgpu_config_visit(const struct vgpu_negotiated *n, const void *wire, size_t size,
		      vgpu_field_visit visit, void *data);

/* The same for a struct by its id. */
int vgpu_struct_visit(enum vgpu_struct_id id, const void *wire, size_t size, vgpu_field_visit visit,
		      void *data);

/*
 * Every field of one virgl command; offsets count from the start of its stream, and bits that have
 * no meaning (HEX, "…rest") are visited only where they are not zero. Payload that the host ignores
 * (NOP, END_TRANSFERS) is not looked at.
 *
 * 0; VGPU_ERR_INVALID when the host refuses the length, VGPU_ERR_OVERRUN when the stream ends inside
 * the command (both: what is there was visited, and what is too much as BYTES named "surplus");
 * VGPU_ERR_UNKNOWN for an opcode or object type that is not known (visited as BYTES named "data").
 */
int vgpu_virgl_visit(const struct vgpu_virgl_cmd *cmd, vgpu_field_visit visit, void *data);

/*
 * Every field of one command that vgpu_stream_walk_next() gave; offsets count from the start of its
 * stream, and what no field explains is BYTES named "surplus", or "data" where it is not decoded. What
 * vgpu_stream_check() says of the command, or what `visit` returned.
 */
int vgpu_stream_visit(const struct vgpu_stream_cmd *cmd, vgpu_field_visit visit, void *data);

/* capset of a context that is not known: its streams stay closed. */
#define VGPU_CAPSET_UNKNOWN UINT32_MAX

/* How to describe. NULL or all zero is the default. Members are only ever appended. */
struct vgpu_describe_options {
	bool verbose;    /* text: every field, entry and stream command, on several lines */
	uint32_t capset; /* of the request's context: context_init & 0xff, or VGPU_CAPSET_UNKNOWN.
			    0 is a context without one, which speaks virgl */
	struct vgpu_negotiated negotiated; /* whose protocol, and with which features */
	uint32_t drm_context; /* with capset DRM: VGPU_DRM_CONTEXT_ of the device, 0: not known */
};

/*
 * Text, without a newline at the end:
 *	RESOURCE_CREATE_2D ctx=0 resource_id=3 format=B8G8R8A8_UNORM width=1280 height=800
 * fence= and ring= stand there when the flags say so, rectangles as rect=WIDTHxHEIGHT+X+Y, boxes as
 * box=WxHxD+X+Y+Z (but for verbose: field by field). A request or response that is cut, or not
 * known, says so in brackets. An empty response is "(none)".
 *
 * Responses are described by the command they answer: one that cannot be its answer gets
 * "[unexpected]". cmd_type 0: not known. A command whose feature is known not to be negotiated gets
 * "[needs RESOURCE_BLOB]"; one that is private to somebody says to whom. Bytes that follow a
 * message in its buffer are counted where it is verbose.
 *
 * 0, or what the sink returned.
 */
int vgpu_request_text(const void *wire, size_t size, const struct vgpu_describe_options *options,
		      const struct vgpu_sink *sink);
int vgpu_response_text(uint32_t cmd_type, const void *wire, size_t size,
		       const struct vgpu_describe_options *options, const struct vgpu_sink *sink);

/* The configuration space, all fields on one line: CONFIG events_read=0 … num_capsets=2 */
int vgpu_config_text(const void *wire, size_t size, const struct vgpu_describe_options *options,
		     const struct vgpu_sink *sink);

/*
 * JSON, one object on one line, without a newline at the end. Names are stable: the wire structs'.
 *	"cmd" or "resp"   the name, null when not known
 *	numbers           as numbers up to 2^53 - 1, as decimal strings above
 *	enums             {"value":1,"name":"B8G8R8A8_UNORM"}, name null when not known
 *	flags             {"value":5,"names":["FENCE"],"unknown":4}, unknown only where there is one
 *	text              as a string; bytes outside ASCII as u0080 to u00ff escapes
 *	bytes             lower-case hexadecimal
 *	padding           only where it is not zero
 *	entries           an array of {"addr":…,"length":…}
 *	stream            {"size":bytes}, for virgl with "commands": an array of
 *	                  {"offset":…,"opcode":…,"name":…,"length":…}, for commands on objects
 *	                  "object":{"value":…,"name":…}, then "fields":{…}; "error" where the
 *	                  length is refused, and in the stream where it ends badly.
 *	                  Other streams have "language", their vgpu_stream_name(), and commands
 *	                  {"offset":…,"opcode":…,"name":…,"size":bytes,"fields":{…}}, size null
 *	                  where vgpu_stream_cmd.sized is false, and "error" too
 *	floats            as numbers that read back as the same bits; what is not finite as a
 *	                  string: "inf", "-inf", "nan(0x7fc00000)"
 *	"needs"           the feature that is known not to be negotiated, only where it is so
 *	"private"         whose request of that type was seen, only where the type is not known
 *	"error"           "truncated", "unknown" or "unexpected", only where it is so
 *	"bytes"           of the message, only beside "error"
 *	"padded"          bytes that follow the message in its buffer, only where there are some
 * An empty response is null.
 */
int vgpu_request_json(const void *wire, size_t size, const struct vgpu_describe_options *options,
		      const struct vgpu_sink *sink);
int vgpu_response_json(uint32_t cmd_type, const void *wire, size_t size,
		       const struct vgpu_describe_options *options, const struct vgpu_sink *sink);

/* The configuration space, an object of its fields. */
int vgpu_config_json(const void *wire, size_t size, const struct vgpu_describe_options *options,
		     const struct vgpu_sink *sink);

/*
 * One virgl command, as it stands in a SUBMIT_3D: text on one line, but for shaders, whose lines
 * follow, each after a newline and eight blanks; or a JSON object. 0, or what the sink returned.
 */
int vgpu_virgl_text(const struct vgpu_virgl_cmd *cmd, const struct vgpu_sink *sink);
int vgpu_virgl_json(const struct vgpu_virgl_cmd *cmd, const struct vgpu_sink *sink);

/* The same of the other streams. Text has long bytes as their number and, behind '#', FNV-1a of 64 bits. */
int vgpu_stream_text(const struct vgpu_stream_cmd *cmd, const struct vgpu_sink *sink);
int vgpu_stream_json(const struct vgpu_stream_cmd *cmd, const struct vgpu_sink *sink);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
