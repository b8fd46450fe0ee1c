/* SPDX-License-Identifier: MIT */
/* Any bytes as a virgl stream: commands lie inside, follow one another, and cover all of it. */
#include <vgpu/error.h>
#include <vgpu/virgl.h>

#include "fuzz.h"

static void one_command(const struct vgpu_virgl_cmd *cmd)
{
	struct vgpu_shape shape = { 2, 1280, 800, { 1, 1, 4, 0 } };
	struct vgpu_virgl_transfer t;
	struct vgpu_extent e;
	int got;

	vgpu_virgl_cmd_name(cmd->opcode);
	vgpu_virgl_object_name(cmd->object);
	vgpu_virgl_check_length(cmd);
	vgpu_virgl_dword(cmd, cmd->length);
	got = vgpu_virgl_cmd_transfer(cmd, &t);
	REQUIRE(got <= 1);
	if (got != 1)
		return;
	REQUIRE(!vgpu_virgl_check_length(cmd));
	vgpu_transfer_extent(&shape, &t.transfer, &e);
	REQUIRE(e.begin == t.transfer.offset && e.begin <= e.end);
	shape.block.width = shape.block.height = 4;
	shape.target = t.shape_resource_id % 9;
	shape.width = t.transfer.x;
	shape.height = t.transfer.y;
	vgpu_transfer_extent(&shape, &t.transfer, &e);
	REQUIRE(e.begin <= e.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	size_t pos = 0;
	int got;

	vgpu_virgl_walk_init(&walk, data, size);
	while ((got = vgpu_virgl_walk_next(&walk, &cmd)) == 1) {
		REQUIRE(cmd.offset == pos && cmd.available == cmd.length);
		REQUIRE(cmd.payload == data + pos + 4);
		pos += 4 + 4 * (size_t)cmd.length;
		REQUIRE(pos <= size);
		one_command(&cmd);
	}
	if (got == VGPU_ERR_OVERRUN) {
		REQUIRE(cmd.offset == pos && cmd.available < cmd.length);
		REQUIRE(cmd.available == (size - pos) / 4 - 1);
		one_command(&cmd);
	} else if (got == VGPU_ERR_TRUNCATED) {
		REQUIRE(size - pos < 4 && size > pos);
	} else {
		REQUIRE(got == 0 && pos == size);
	}
	REQUIRE(vgpu_virgl_walk_next(&walk, &cmd) == 0);
	return 0;
}
