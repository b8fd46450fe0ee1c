/* SPDX-License-Identifier: MIT */
/* A command of a stream as a sequence of fields. */
#include "cursor.h"
#include "stream.h"
#include "visit.h"

#include <vgpu/venus.h>

/* What pads a command up to its alignment is less than this, bytes. */
#define ALIGNMENT_MAX 8

struct context {
	const struct vgpu_stream_cmd *cmd;
	vgpu_field_visit visit;
	void *data;
};

/* Bytes of the command that no field explains. */
static int visit_bytes(const struct context *c, enum vgpu_field_type type, const char *name,
		       size_t at)
{
	struct vgpu_field f = { .event = VGPU_FIELD_VALUE,
				.type = type,
				.path = name,
				.name = name,
				.offset = c->cmd->offset + at };

	if (at >= c->cmd->available)
		return 0;
	f.data = c->cmd->data + at;
	f.size = c->cmd->available - at;
	return c->visit(c->data, &f);
}

/* A command that is not known has at least its stream's header. */
static int visit_unknown(const struct context *c)
{
	const struct vgpu_stream_cmd *cmd = c->cmd;
	enum vgpu_struct_id header = VGPU_STRUCT_NONE;
	size_t end = 0;
	int err = 0;

	if (stream_is_drm(cmd->stream))
		header = VGPU_STRUCT_DRM_REQ;
	else if (cmd->stream == VGPU_STREAM_CROSS_DOMAIN)
		header = VGPU_STRUCT_CROSS_DOMAIN_HDR;
	else if (cmd->stream == VGPU_STREAM_GFXSTREAM)
		header = VGPU_STRUCT_GFXSTREAM_HEADER;
	if (header != VGPU_STRUCT_NONE)
		err = struct_visit_at(header, cmd->data, cmd->available, cmd->offset, c->visit,
				      c->data, &end);
	err = err ?: visit_bytes(c, VGPU_FIELD_BYTES, "data", end);
	return err ?: VGPU_ERR_UNKNOWN;
}

static bool is_ours(int err)
{
	return err == VGPU_ERR_TRUNCATED || err == VGPU_ERR_INVALID;
}

static int visit_struct(const struct context *c, const struct stream_row *row)
{
	const struct vgpu_stream_cmd *cmd = c->cmd;
	size_t fixed = vgpu_struct_size((enum vgpu_struct_id)row->request), end;
	int err, rest;

	err = struct_visit_at((enum vgpu_struct_id)row->request, cmd->data, cmd->available,
			      cmd->offset, c->visit, c->data, &end);
	if (err && !is_ours(err))
		return err;
	rest = visit_bytes(
		c,
		end > fixed && cmd->available - end < ALIGNMENT_MAX ? VGPU_FIELD_PADDING
								    : VGPU_FIELD_BYTES,
		end > fixed && cmd->available - end < ALIGNMENT_MAX ? "padding" : "surplus", end);
	if (rest)
		return rest;
	if (cmd->available < cmd->size)
		return VGPU_ERR_OVERRUN;
	/* drm_context_submit_cmd_dispatch() takes what is missing for zeros. */
	if (stream_is_drm(cmd->stream))
		return cmd->size < fixed ? 0 : err ?: drm_check(cmd);
	return err;
}

static int visit_venus(const struct context *c)
{
	const struct vgpu_stream_cmd *cmd = c->cmd;
	size_t end = 0;
	int err = 0, status = 0;

	if (cmd->available >= VGPU_VENUS_HEADER_SIZE)
		err = venus_visit(cmd->data, cmd->available, cmd->offset, c->visit, c->data, &end,
				  &status);
	err = err ?: visit_bytes(c, VGPU_FIELD_BYTES, "data", end);
	if (err)
		return err;
	if (cmd->available < cmd->size)
		return VGPU_ERR_OVERRUN;
	return status == VENUS_OPEN ? 0 : status;
}

/* INIT has three sizes, the arrays of SEND and RECEIVE a last element. */
static int check_cross_domain(const struct vgpu_stream_cmd *cmd, const struct stream_row *row)
{
	switch (cmd->opcode) {
	case VGPU_CROSS_DOMAIN_INIT:
		if (vgpu_struct_size((enum vgpu_struct_id)row->request) != cmd->size)
			return VGPU_ERR_INVALID;
		break;
	case VGPU_CROSS_DOMAIN_SEND:
	case VGPU_CROSS_DOMAIN_RECEIVE:
		if (cmd->size >= VGPU_CROSS_DOMAIN_SEND_RECEIVE_SIZE &&
		    load_le32(cmd->data + VGPU_CROSS_DOMAIN_HDR_SIZE) >
			    VGPU_CROSS_DOMAIN_IDENTIFIERS)
			return VGPU_ERR_INVALID;
		break;
	}
	return 0;
}

int vgpu_stream_visit(const struct vgpu_stream_cmd *cmd, vgpu_field_visit visit, void *data)
{
	const struct context c = { cmd, visit, data };
	const struct stream_row *row;
	int err;

	if (cmd->stream == VGPU_STREAM_VENUS)
		return visit_venus(&c);
	row = stream_row(cmd->stream, cmd->opcode, cmd->size);
	if (!row)
		return visit_unknown(&c);
	err = visit_struct(&c, row);
	/* A size that is none of INIT's says more than fields that are not there. */
	if ((!err || err == VGPU_ERR_TRUNCATED) && cmd->stream == VGPU_STREAM_CROSS_DOMAIN)
		return check_cross_domain(cmd, row) ?: err;
	return err;
}

static int no_visit(void *data, const struct vgpu_field *f)
{
	(void)data;
	(void)f;
	return 0;
}

int vgpu_stream_check(const struct vgpu_stream_cmd *cmd)
{
	return vgpu_stream_visit(cmd, no_visit, NULL);
}
