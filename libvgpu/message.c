/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "message.h"

void message_request(struct message *m, const void *wire, size_t size)
{
	memset(m, 0, sizeof(*m));
	m->headless = vgpu_decode_ctrl_hdr(wire, size, &m->hdr) != 0;
	m->name = vgpu_cmd_name(m->hdr.type);
}

void message_response(struct message *m, uint32_t cmd_type, const void *wire, size_t size)
{
	const struct vgpu_cmd_info *info = vgpu_cmd_info(cmd_type);

	memset(m, 0, sizeof(*m));
	m->response = true;
	m->headless = vgpu_decode_ctrl_hdr(wire, size, &m->hdr) != 0;
	m->name = vgpu_resp_name(m->hdr.type);
	/* Any command may fail; success has one type. */
	if (info && !m->headless && m->hdr.type < VGPU_RESP_ERR_UNSPEC)
		m->unexpected = m->hdr.type != info->response_type;
}

uint64_t message_size(const struct message *m, const void *wire, size_t size)
{
	const struct vgpu_cmd_info *info = vgpu_cmd_info(m->hdr.type);
	enum vgpu_struct_id id = VGPU_STRUCT_CTRL_HDR;
	struct vgpu_tail tail;
	uint64_t fixed, unit;

	if (m->response)
		vgpu_resp_struct(m->hdr.type, &id);
	else if (info)
		id = info->request;
	fixed = vgpu_struct_size(id);
	vgpu_struct_tail(id, wire, size, &tail);
	unit = tail.kind == VGPU_TAIL_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	return fixed + tail.declared * unit;
}

bool bytes_are_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

bool stream_is_virgl(uint32_t capset)
{
	return capset == VGPU_CAPSET_NONE || capset == VGPU_CAPSET_VIRGL ||
	       capset == VGPU_CAPSET_VIRGL2;
}

bool virgl_has_object(const struct vgpu_virgl_cmd *cmd)
{
	return cmd->opcode == VGPU_VIRGL_CREATE_OBJECT || cmd->opcode == VGPU_VIRGL_BIND_OBJECT ||
	       cmd->opcode == VGPU_VIRGL_DESTROY_OBJECT;
}
