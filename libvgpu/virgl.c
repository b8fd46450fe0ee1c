/* SPDX-License-Identifier: MIT */
#include <vgpu/error.h>
#include <vgpu/virgl.h>

#include "cursor.h"
#include "libc.h"

struct lengths {
	const char *name;
	uint16_t shortest;
	uint16_t longest;
};

static const struct lengths cmds[] = {
#define VGPU_VIRGL_CMD(number, name, min_length, max_length) \
	[number] = { #name, min_length, max_length },
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_CMD
};

static const struct lengths objects[] = {
#define VGPU_VIRGL_OBJ(number, name, min_length, max_length) \
	[number] = { #name, min_length, max_length },
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_OBJ
};

/* Payload dwords of TRANSFER3D and COPY_TRANSFER3D; the first eleven are RESOURCE_INLINE_WRITE's. */
enum {
	T_RESOURCE,
	T_LEVEL,
	T_USAGE,
	T_STRIDE,
	T_LAYER_STRIDE,
	T_X,
	T_Y,
	T_Z,
	T_W,
	T_H,
	T_D,
	T_OFFSET,
	T_DIRECTION,
	C_STAGING = T_OFFSET,
	C_OFFSET,
	C_FLAGS,
};

#define DIRECTION_TO_HOST    1
#define DIRECTION_FROM_HOST  2
#define COPY_SYNCHRONIZED    (1u << 0)
#define COPY_READ_FROM_HOST  (1u << 1)
#define SHADER_TYPE_COMPUTE  5
#define MAX_COLOR_BUFFERS    8
#define SHADER_MAX_STREAMOUT 64

void vgpu_virgl_walk_init(struct vgpu_virgl_walk *walk, const void *data, size_t size)
{
	walk->data = data;
	walk->size = size;
	walk->pos = 0;
}

int vgpu_virgl_walk_next(struct vgpu_virgl_walk *walk, struct vgpu_virgl_cmd *cmd)
{
	size_t left = walk->size - walk->pos;
	const uint8_t *p;
	uint32_t header;
	size_t dwords;

	memset(cmd, 0, sizeof(*cmd));
	if (!left)
		return 0;
	cmd->offset = (uint32_t)walk->pos;
	if (left < 4) {
		walk->pos = walk->size;
		return VGPU_ERR_TRUNCATED;
	}
	p = walk->data + walk->pos;
	header = (uint32_t)load_le(p, 4);
	dwords = left / 4 - 1;
	cmd->opcode = (uint8_t)header;
	cmd->object = (uint8_t)(header >> 8);
	cmd->length = (uint16_t)(header >> 16);
	cmd->payload = p + 4;
	if (cmd->length > dwords) {
		cmd->available = (uint32_t)dwords;
		walk->pos = walk->size;
		return VGPU_ERR_OVERRUN;
	}
	cmd->available = cmd->length;
	walk->pos += 4 + (size_t)cmd->length * 4;
	return 1;
}

uint32_t vgpu_virgl_dword(const struct vgpu_virgl_cmd *cmd, uint32_t index)
{
	if (index >= cmd->available)
		return 0;
	return (uint32_t)load_le(cmd->payload + (size_t)index * 4, 4);
}

const char *vgpu_virgl_cmd_name(unsigned int opcode)
{
	return opcode < VGPU_VIRGL_OPCODE_COUNT ? cmds[opcode].name : NULL;
}

const char *vgpu_virgl_object_name(unsigned int object)
{
	return object < VGPU_VIRGL_OBJECT_COUNT ? objects[object].name : NULL;
}

/* A shader of another kind than compute may carry stream output: 4 strides, 2 dwords for each. */
static bool shader_length_ok(const struct vgpu_virgl_cmd *cmd)
{
	uint32_t outputs = vgpu_virgl_dword(cmd, 4);

	if (vgpu_virgl_dword(cmd, 1) == SHADER_TYPE_COMPUTE || !outputs)
		return true;
	return outputs <= SHADER_MAX_STREAMOUT && cmd->length >= 5 + 4 + 2 * outputs;
}

static int check_object(const struct vgpu_virgl_cmd *cmd)
{
	bool ok = true;

	if (!vgpu_virgl_object_name(cmd->object))
		return VGPU_ERR_UNKNOWN;
	if (cmd->length < objects[cmd->object].shortest ||
	    cmd->length > objects[cmd->object].longest)
		return VGPU_ERR_INVALID;
	if (cmd->object == VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS)
		ok = (cmd->length - 1) % 4 == 0;
	else if (cmd->object == VGPU_VIRGL_OBJECT_SHADER)
		ok = shader_length_ok(cmd);
	return ok ? 0 : VGPU_ERR_INVALID;
}

int vgpu_virgl_check_length(const struct vgpu_virgl_cmd *cmd)
{
	unsigned int n = cmd->length;
	bool ok = true;

	if (cmd->opcode >= VGPU_VIRGL_OPCODE_COUNT)
		return VGPU_ERR_UNKNOWN;
	if (n < cmds[cmd->opcode].shortest || n > cmds[cmd->opcode].longest)
		return VGPU_ERR_INVALID;
	switch (cmd->opcode) {
	case VGPU_VIRGL_CREATE_OBJECT:
		return check_object(cmd);
	case VGPU_VIRGL_SET_VIEWPORT_STATE:
		ok = (n - 1) % 6 == 0;
		break;
	case VGPU_VIRGL_SET_FRAMEBUFFER_STATE:
		ok = vgpu_virgl_dword(cmd, 0) <= MAX_COLOR_BUFFERS &&
		     n == 2 + vgpu_virgl_dword(cmd, 0);
		break;
	case VGPU_VIRGL_SET_VERTEX_BUFFERS:
		ok = n % 3 == 0;
		break;
	case VGPU_VIRGL_DRAW_VBO:
		ok = n == 12 || n == 14 || n == 20;
		break;
	case VGPU_VIRGL_SET_INDEX_BUFFER:
		ok = n == 1 || n == 3;
		break;
	case VGPU_VIRGL_SET_SCISSOR_STATE:
		ok = (n - 1) % 2 == 0;
		break;
	case VGPU_VIRGL_PIPE_RESOURCE_SET_TYPE:
		ok = (n - 8) % 2 == 0;
		break;
	}
	return ok ? 0 : VGPU_ERR_INVALID;
}

int vgpu_virgl_cmd_transfer(const struct vgpu_virgl_cmd *cmd, struct vgpu_virgl_transfer *out)
{
	struct vgpu_transfer *t = &out->transfer;
	uint32_t flags;

	memset(out, 0, sizeof(*out));
	if (cmd->opcode != VGPU_VIRGL_TRANSFER3D && cmd->opcode != VGPU_VIRGL_COPY_TRANSFER3D)
		return 0;
	if (cmd->available < cmd->length)
		return VGPU_ERR_OVERRUN;
	if (vgpu_virgl_check_length(cmd))
		return VGPU_ERR_INVALID;

	out->shape_resource_id = vgpu_virgl_dword(cmd, T_RESOURCE);
	t->level = vgpu_virgl_dword(cmd, T_LEVEL);
	t->stride = vgpu_virgl_dword(cmd, T_STRIDE);
	t->layer_stride = vgpu_virgl_dword(cmd, T_LAYER_STRIDE);
	t->x = vgpu_virgl_dword(cmd, T_X);
	t->y = vgpu_virgl_dword(cmd, T_Y);
	t->z = vgpu_virgl_dword(cmd, T_Z);
	t->w = vgpu_virgl_dword(cmd, T_W);
	t->h = vgpu_virgl_dword(cmd, T_H);
	t->d = vgpu_virgl_dword(cmd, T_D);

	if (cmd->opcode == VGPU_VIRGL_TRANSFER3D) {
		flags = vgpu_virgl_dword(cmd, T_DIRECTION);
		if (flags != DIRECTION_TO_HOST && flags != DIRECTION_FROM_HOST)
			return VGPU_ERR_INVALID;
		t->resource_id = out->shape_resource_id;
		t->offset = vgpu_virgl_dword(cmd, T_OFFSET);
		out->to_host = flags == DIRECTION_TO_HOST;
		return 1;
	}
	/* The staging resource is the same dword in both directions. */
	flags = vgpu_virgl_dword(cmd, C_FLAGS);
	t->resource_id = vgpu_virgl_dword(cmd, C_STAGING);
	t->offset = vgpu_virgl_dword(cmd, C_OFFSET);
	out->to_host = !(flags & COPY_READ_FROM_HOST);
	out->synchronized = flags & COPY_SYNCHRONIZED;
	return 1;
}
