/* SPDX-License-Identifier: MIT */
#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "libc.h"
#include "message.h"

static void begin(struct message *m, const struct vgpu_negotiated *n, const void *wire, size_t size)
{
	memset(m, 0, sizeof(*m));
	if (n)
		m->negotiated = *n;
	m->id = VGPU_STRUCT_CTRL_HDR;
	m->headless = vgpu_decode_ctrl_hdr(wire, size, &m->hdr) != 0;
}

void message_request(struct message *m, const struct vgpu_negotiated *n, const void *wire,
		     size_t size)
{
	const struct vgpu_cmd_info *info;

	begin(m, n, wire, size);
	info = vgpu_dialect_cmd(m->negotiated.dialect, m->hdr.type);
	if (!info) {
		m->owner = vgpu_private_name(m->hdr.type);
		return;
	}
	m->name = info->name;
	m->id = info->request;
	if (vgpu_feature_missing(n, info->feature))
		m->needs = vgpu_dialect_value(m->negotiated.dialect, VGPU_SET_F,
					      (uint32_t)info->feature);
}

void message_response(struct message *m, const struct vgpu_negotiated *n, uint32_t cmd_type,
		      const void *wire, size_t size)
{
	struct vgpu_resp_info info;

	begin(m, n, wire, size);
	m->response = true;
	m->cmd_type = cmd_type;
	vgpu_dialect_resp(m->negotiated.dialect, cmd_type, m->hdr.type, &info);
	m->name = info.name;
	m->id = info.response;
	m->unexpected = !m->headless && !info.expected;
}

uint64_t message_size(const struct message *m, const void *wire, size_t size)
{
	struct vgpu_tail tail;
	uint64_t unit;

	vgpu_struct_tail(m->id, wire, size, &tail);
	unit = tail.kind == VGPU_TAIL_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	return vgpu_struct_size(m->id) + tail.declared * unit + tail.fences_declared * 8ull;
}

uint64_t message_surplus(const struct message *m, const void *wire, size_t size)
{
	uint64_t whole = message_size(m, wire, size);

	return m->name && size > whole ? size - whole : 0;
}

bool bytes_are_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

enum vgpu_stream stream_of(const struct vgpu_describe_options *options)
{
	return options ? vgpu_stream_of(options->capset, options->drm_context) : VGPU_STREAM_VIRGL;
}

bool virgl_has_object(const struct vgpu_virgl_cmd *cmd)
{
	return cmd->opcode == VGPU_VIRGL_CREATE_OBJECT || cmd->opcode == VGPU_VIRGL_BIND_OBJECT ||
	       cmd->opcode == VGPU_VIRGL_DESTROY_OBJECT;
}
