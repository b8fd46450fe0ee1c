/* SPDX-License-Identifier: MIT */
/* Shaders come in one packet or several; here they become one text again. */
#include "libc.h"
#include "virgl-table.h"

int vgpu_virgl_cmd_shader(const struct vgpu_virgl_cmd *cmd, struct vgpu_virgl_shader_packet *out)
{
	uint32_t outputs, offlen;
	size_t at = VGPU_VIRGL_SHADER_DWORDS, there = cmd->available;

	memset(out, 0, sizeof(*out));
	if (cmd->opcode != VGPU_VIRGL_CREATE_OBJECT || cmd->object != VGPU_VIRGL_OBJECT_SHADER)
		return 0;
	out->handle = vgpu_virgl_dword(cmd, 0);
	out->shader_type = vgpu_virgl_dword(cmd, 1);
	offlen = vgpu_virgl_dword(cmd, 2);
	out->continuation = offlen >> 31;
	if (out->continuation)
		out->offset = offlen & 0x7fffffff;
	else
		out->total = offlen;
	outputs = out->shader_type == VGPU_SHADER_COMPUTE ? 0 : vgpu_virgl_dword(cmd, 4);
	if (outputs && there - (at < there ? at : there) >= VGPU_VIRGL_STREAM_STRIDES_DWORDS) {
		out->strides = cmd->payload + at * 4;
		at += VGPU_VIRGL_STREAM_STRIDES_DWORDS;
		if (outputs > (there - at) / VGPU_VIRGL_STREAM_OUTPUT_DWORDS)
			outputs = (uint32_t)((there - at) / VGPU_VIRGL_STREAM_OUTPUT_DWORDS);
		out->outputs = cmd->payload + at * 4;
		out->output_count = outputs;
		at += (size_t)outputs * VGPU_VIRGL_STREAM_OUTPUT_DWORDS;
	} else if (outputs) {
		at = there;
	}
	if (at < there) {
		out->text = cmd->payload + at * 4;
		out->text_size = (there - at) * 4;
	}
	return 1;
}

static int refuse(struct vgpu_virgl_shader_text *t)
{
	t->total = t->current = 0;
	return VGPU_ERR_INVALID;
}

int vgpu_virgl_shader_text_add(struct vgpu_virgl_shader_text *t, const struct vgpu_virgl_cmd *cmd)
{
	struct vgpu_virgl_shader_packet p;
	uint64_t total;

	if (!vgpu_virgl_cmd_shader(cmd, &p))
		return 0;
	if (t->total && p.shader_type != t->shader_type)
		return 0;
	if (cmd->available < cmd->length || vgpu_virgl_check_length(cmd))
		return refuse(t);
	if (!p.continuation) {
		/* Whole dwords, as packets are; a text that is whole begins another. */
		total = ((uint64_t)p.total + 3) & ~(uint64_t)3;
		if ((t->total && t->current < t->total) || total < p.text_size || !p.handle)
			return refuse(t);
		if (total > t->room)
			return VGPU_ERR_NO_SPACE;
		t->handle = p.handle;
		t->shader_type = p.shader_type;
		t->total = (uint32_t)total;
		t->current = 0;
	} else if (t->current == t->total || p.handle != t->handle || p.offset != t->current ||
		   p.text_size > t->total - t->current) {
		return refuse(t);
	}
	if (p.text_size)
		memcpy(t->text + t->current, p.text, p.text_size);
	t->current += (uint32_t)p.text_size;
	return t->total && t->current == t->total;
}
