/* SPDX-License-Identifier: MIT */
/* Where one command of a stream ends and the next begins. */
#include "cursor.h"
#include "stream.h"

#include <vgpu/venus.h>

void vgpu_stream_walk_init(struct vgpu_stream_walk *walk, enum vgpu_stream stream, const void *data,
			   size_t size)
{
	walk->stream = stream;
	walk->data = data;
	walk->size = size;
	walk->pos = 0;
}

static size_t header_size(enum vgpu_stream stream)
{
	switch (stream) {
	case VGPU_STREAM_GFXSTREAM:
		return 4;
	case VGPU_STREAM_VENUS:
		return VGPU_VENUS_HEADER_SIZE;
	case VGPU_STREAM_CROSS_DOMAIN:
		return VGPU_CROSS_DOMAIN_HDR_SIZE;
	default:
		return stream_is_drm(stream) ? VGPU_DRM_REQ_SIZE : 0;
	}
}

static int next_drm(struct vgpu_stream_cmd *cmd)
{
	/* ccmd_alignment of virglrenderer's drm contexts. */
	uint32_t length = load_le32(cmd->data + 4);
	uint32_t alignment = cmd->stream == VGPU_STREAM_DRM_AMDGPU ? 8 : 4;

	cmd->opcode = load_le32(cmd->data);
	if (length < VGPU_DRM_REQ_SIZE || length % alignment)
		return VGPU_ERR_INVALID;
	cmd->size = length;
	return 1;
}

static int next_cross_domain(struct vgpu_stream_cmd *cmd)
{
	uint32_t length = load_le16(cmd->data + 2);

	cmd->opcode = cmd->data[0];
	if (length < VGPU_CROSS_DOMAIN_HDR_SIZE)
		return VGPU_ERR_INVALID;
	cmd->size = length;
	return 1;
}

static int next_gfxstream(struct vgpu_stream_cmd *cmd)
{
	const struct stream_row *row;
	size_t size;

	cmd->opcode = load_le32(cmd->data);
	row = stream_row(cmd->stream, cmd->opcode, 0);
	cmd->sized = row != NULL;
	size = row ? vgpu_struct_size((enum vgpu_struct_id)row->request) : 0;
	if (size > cmd->size)
		cmd->size = size;
	return 1;
}

static int next_venus(struct vgpu_stream_cmd *cmd)
{
	size_t end;
	int status;

	cmd->opcode = load_le32(cmd->data);
	venus_visit(cmd->data, cmd->size, 0, NULL, NULL, &end, &status);
	cmd->sized = !status;
	if (!status)
		cmd->size = end;
	else if (status == VGPU_ERR_TRUNCATED)
		cmd->size += 4; /* how much is missing only the missing bytes could tell */
	return status == VGPU_ERR_INVALID ? status : 1;
}

int vgpu_stream_walk_next(struct vgpu_stream_walk *walk, struct vgpu_stream_cmd *cmd)
{
	size_t left = walk->size - walk->pos, header = header_size(walk->stream);
	int got;

	*cmd = (struct vgpu_stream_cmd) { .stream = walk->stream,
					  .offset = walk->pos,
					  .size = left,
					  .available = left,
					  .sized = true };
	if (!left || !header)
		return 0;
	cmd->data = walk->data + walk->pos;
	walk->pos = walk->size;
	if (left < header)
		return VGPU_ERR_TRUNCATED;
	switch (walk->stream) {
	case VGPU_STREAM_GFXSTREAM:
		got = next_gfxstream(cmd);
		break;
	case VGPU_STREAM_VENUS:
		got = next_venus(cmd);
		break;
	case VGPU_STREAM_CROSS_DOMAIN:
		got = next_cross_domain(cmd);
		break;
	default:
		got = next_drm(cmd);
		break;
	}
	if (got != 1)
		return got;
	if (cmd->size > left)
		return VGPU_ERR_OVERRUN;
	cmd->available = cmd->size;
	walk->pos = cmd->offset + cmd->size;
	return 1;
}
