/* SPDX-License-Identifier: MIT */
/* What text and JSON both want to know of a message before its fields. */
#ifndef VGPU_MESSAGE_H
#define VGPU_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/describe.h>
#include <vgpu/dialect.h>
#include <vgpu/protocol.h>
#include <vgpu/virgl.h>

struct message {
	struct vgpu_ctrl_hdr hdr;
	const char *name; /* NULL: not known */
	bool response;
	bool headless;   /* shorter than a header */
	bool unexpected; /* a response that its command cannot have */
	struct vgpu_negotiated negotiated;
	uint32_t cmd_type;      /* of a response: what it answers, or 0 */
	enum vgpu_struct_id id; /* the header's where the type is not known */
	const char *needs;      /* a feature that is not negotiated, or NULL */
	const char *owner;      /* of a private type, or NULL */
};

/* `n` may be NULL. */
void message_request(struct message *m, const struct vgpu_negotiated *n, const void *wire,
		     size_t size);
void message_response(struct message *m, const struct vgpu_negotiated *n, uint32_t cmd_type,
		      const void *wire, size_t size);

/* Bytes that the message should have, its tail included. */
uint64_t message_size(const struct message *m, const void *wire, size_t size);

/* Bytes that follow it in its buffer; 0 where its type is not known. */
uint64_t message_surplus(const struct message *m, const void *wire, size_t size);

bool bytes_are_zero(const uint8_t *data, size_t size);
enum vgpu_stream stream_of(const struct vgpu_describe_options *options);
/* The command works on an object type, which its header names. */
bool virgl_has_object(const struct vgpu_virgl_cmd *cmd);

#endif
