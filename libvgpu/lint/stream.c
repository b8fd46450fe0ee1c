/* SPDX-License-Identifier: MIT */
/* Findings about the streams that are not virgl's. */
#include "state.h"
#include "stream.h"

/* What each language calls the same troubles. */
struct codes {
	enum vgpu_lint_code odd, unknown, length, fields, overrun;
};

static const struct codes *codes_of(enum vgpu_stream stream)
{
	static const struct codes drm = { VGPU_LINT_DRM_ODD, VGPU_LINT_DRM_COMMAND,
					  VGPU_LINT_DRM_LENGTH, VGPU_LINT_DRM_FIELDS,
					  VGPU_LINT_DRM_OVERRUN };
	static const struct codes cross_domain = { VGPU_LINT_CROSS_DOMAIN_ODD,
						   VGPU_LINT_CROSS_DOMAIN_COMMAND,
						   VGPU_LINT_CROSS_DOMAIN_LENGTH,
						   VGPU_LINT_CROSS_DOMAIN_FIELDS,
						   VGPU_LINT_CROSS_DOMAIN_OVERRUN };
	/* An operation's number gives its length: of what can be wrong with one, nothing is left. */
	static const struct codes gfxstream = {
		VGPU_LINT_GFXSTREAM_SHORT, VGPU_LINT_GFXSTREAM_OPERATION, VGPU_LINT_GFXSTREAM_SHORT,
		VGPU_LINT_GFXSTREAM_SHORT, VGPU_LINT_GFXSTREAM_SHORT
	};
	/* So do the arguments of venus's. */
	static const struct codes venus = { VGPU_LINT_VENUS_ODD, VGPU_LINT_VENUS_COMMAND,
					    VGPU_LINT_VENUS_INVALID, VGPU_LINT_VENUS_OVERRUN,
					    VGPU_LINT_VENUS_OVERRUN };

	switch (stream) {
	case VGPU_STREAM_GFXSTREAM:
		return &gfxstream;
	case VGPU_STREAM_VENUS:
		return &venus;
	case VGPU_STREAM_CROSS_DOMAIN:
		return &cross_domain;
	default:
		return &drm;
	}
}

static void check_surplus(struct vgpu_lint *l, const struct vgpu_stream_cmd *cmd, const char *name,
			  size_t offset)
{
	const struct stream_row *row = stream_row(cmd->stream, cmd->opcode, 0);
	uint64_t size = vgpu_struct_size((enum vgpu_struct_id)row->request);

	if (cmd->size > size)
		lint_report(l, VGPU_LINT_GFXSTREAM_SURPLUS, offset + size,
			    "%s takes %U bytes of a stream of %U", name, size, (uint64_t)cmd->size);
}

static void check_command(struct vgpu_lint *l, const struct vgpu_stream_cmd *cmd, size_t offset)
{
	const char *name = vgpu_stream_cmd_name(cmd->stream, cmd->opcode);
	const struct codes *codes = codes_of(cmd->stream);

	switch (vgpu_stream_check(cmd)) {
	case VGPU_ERR_UNKNOWN:
		/* Of a driver that is not known no command is. */
		if (cmd->stream != VGPU_STREAM_DRM)
			lint_report(l, codes->unknown, offset, "command %u does not exist",
				    cmd->opcode);
		break;
	case VGPU_ERR_INVALID:
		lint_report(l, codes->length, offset, "%s of %U bytes", name, (uint64_t)cmd->size);
		break;
	case VGPU_ERR_TRUNCATED:
		lint_report(l, codes->fields, offset, "%s of %U bytes", name, (uint64_t)cmd->size);
		break;
	}
	/* These two are the host's, in rings. */
	if (cmd->stream == VGPU_STREAM_CROSS_DOMAIN &&
	    (cmd->opcode == VGPU_CROSS_DOMAIN_RECEIVE || cmd->opcode == VGPU_CROSS_DOMAIN_READ))
		lint_report(l, codes->unknown, offset, "%s comes from the host, not from a guest",
			    name);
	if (cmd->stream == VGPU_STREAM_GFXSTREAM && name)
		check_surplus(l, cmd, name, offset);
}

void lint_stream(struct vgpu_lint *l, enum vgpu_stream stream, const struct vgpu_tail *tail)
{
	const struct codes *codes = codes_of(stream);
	size_t start = (size_t)(tail->data - l->m->wire);
	struct vgpu_stream_walk walk;
	struct vgpu_stream_cmd cmd;
	const char *name;
	int got;

	vgpu_stream_walk_init(&walk, stream, tail->data, tail->size);
	while ((got = vgpu_stream_walk_next(&walk, &cmd)) == 1)
		check_command(l, &cmd, start + cmd.offset);
	name = vgpu_stream_cmd_name(stream, cmd.opcode);
	if (got == VGPU_ERR_INVALID)
		lint_report(l, codes->length, start + cmd.offset, "%s, the last command",
			    name ? name : "unknown");
	/* What follows may only not have been recorded. */
	if (l->m->cut || tail->count < tail->declared)
		return;
	if (got == VGPU_ERR_OVERRUN)
		lint_report(l, codes->overrun, start + cmd.offset, "%s, %U bytes are left",
			    name ? name : "the command", (uint64_t)cmd.available);
	else if (got == VGPU_ERR_TRUNCATED)
		lint_report(l, codes->odd, start + cmd.offset, "%U bytes are left over",
			    (uint64_t)cmd.available);
}
