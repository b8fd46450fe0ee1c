/* SPDX-License-Identifier: MIT */
/* Any bytes as a virgl stream: commands lie inside, follow one another, and cover all of it. */
#include <string.h>

#include <vgpu/describe.h>
#include <vgpu/error.h>
#include <vgpu/virgl-codec.h>

#include "fuzz.h"

/* What a visit of one command may be: inside it, brackets closed. */
struct visit {
	const struct vgpu_virgl_cmd *cmd;
	int depth;
};

static int one_field(void *data, const struct vgpu_field *f)
{
	struct visit *v = data;
	size_t begin = v->cmd->offset + 4;

	REQUIRE(f->path && f->offset >= begin);
	REQUIRE(f->offset + f->size <= begin + (size_t)v->cmd->available * 4);
	REQUIRE(!f->size || f->data == v->cmd->payload + (f->offset - begin));
	REQUIRE(f->shift + f->bits <= 32);
	v->depth += f->event == VGPU_FIELD_BEGIN;
	v->depth -= f->event == VGPU_FIELD_END;
	REQUIRE(v->depth >= 0 && v->depth < 4);
	return 0;
}

static int discard(void *data, const char *text, size_t size)
{
	(void)text;
	*(size_t *)data += size;
	return 0;
}

static void fields(const struct vgpu_virgl_cmd *cmd)
{
	static uint8_t wire[4 + 65535 * 4];
	enum vgpu_virgl_layout layout = vgpu_virgl_layout(cmd);
	struct visit v = { cmd, 0 };
	size_t total = 0;
	struct vgpu_sink sink = { discard, &total };
	union vgpu_virgl_any any;
	int got = vgpu_virgl_visit(cmd, one_field, &v), n;

	REQUIRE(v.depth == 0);
	REQUIRE(got == (cmd->available < cmd->length && layout < VGPU_VIRGL_LAYOUT_COUNT
				? VGPU_ERR_OVERRUN
				: vgpu_virgl_check_length(cmd)));
	REQUIRE(!vgpu_virgl_text(cmd, &sink) && !vgpu_virgl_json(cmd, &sink) && total);
	got = vgpu_virgl_decode(layout, cmd, &any);
	if (layout == VGPU_VIRGL_LAYOUT_COUNT) {
		REQUIRE(got == VGPU_ERR_UNKNOWN);
		return;
	}
	REQUIRE(got == (cmd->available < cmd->length ? VGPU_ERR_OVERRUN : 0));
	n = vgpu_virgl_encode(layout, &any, wire, sizeof(wire));
	REQUIRE(n == 4 + 4 * (int)cmd->available);
	REQUIRE(wire[0] == cmd->opcode && wire[1] == cmd->object);
	REQUIRE(!memcmp(wire + 4, cmd->payload, (size_t)n - 4));
}

/* Shaders of one type, put together in a room that is too small for most. */
static void shaders(const uint8_t *data, size_t size)
{
	char text[256];
	struct vgpu_virgl_shader_text t = { .text = text, .room = sizeof(text) };
	struct vgpu_virgl_shader_packet p;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	int got;

	vgpu_virgl_walk_init(&walk, data, size);
	while ((got = vgpu_virgl_walk_next(&walk, &cmd)) == 1 || got == VGPU_ERR_OVERRUN) {
		if (vgpu_virgl_cmd_shader(&cmd, &p) && p.text)
			REQUIRE(p.text >= cmd.payload &&
				p.text + p.text_size == cmd.payload + (size_t)cmd.available * 4);
		got = vgpu_virgl_shader_text_add(&t, &cmd);
		REQUIRE(t.current <= t.total && t.total <= sizeof(text));
		REQUIRE(got != 1 || (t.total && t.current == t.total));
	}
}

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
	fields(cmd);
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

	shaders(data, size);
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
