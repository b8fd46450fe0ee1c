/* SPDX-License-Identifier: MIT */
/* What a node does, as the body of a record that does it again. */
#include <string.h>

#include <vgpu/codec.h>

#include "state.h"
#include "wire.h"

#define BEFORE 8u /* of a SNAPSHOT's request: the device */

/* Without its fence: nobody waits for it any more. */
static void keep_request(struct edit_state *e, node_t node, const struct vgpu_trace_command *c)
{
	uint8_t head[BEFORE + VGPU_CTRL_HDR_SIZE] = { 0 };
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr))
		return;
	hdr.flags &= ~(uint32_t)(VGPU_FLAG_FENCE | VGPU_FLAG_INFO_RING_IDX);
	hdr.fence_id = 0;
	put32(head, c->device);
	vgpu_encode_ctrl_hdr(&hdr, head + BEFORE, VGPU_CTRL_HDR_SIZE);
	graph_keep(&e->graph, node, VGPU_TRACE_SNAPSHOT, head, sizeof(head),
		   c->request + VGPU_CTRL_HDR_SIZE, c->request_size - VGPU_CTRL_HDR_SIZE);
}

/* One command of a stream: a SUBMIT_3D with nothing else in it. */
static void keep_part(struct edit_state *e, node_t node, const struct vgpu_trace_command *c,
		      const struct vgpu_virgl_cmd *part)
{
	uint8_t head[BEFORE + VGPU_CMD_SUBMIT_SIZE] = { 0 };
	struct vgpu_cmd_submit submit = { .hdr.type = VGPU_CMD_SUBMIT_3D };
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr))
		return;
	submit.hdr.ctx_id = hdr.ctx_id;
	submit.size = (part->length + 1u) * 4;
	put32(head, c->device);
	vgpu_encode_cmd_submit(&submit, head + BEFORE, VGPU_CMD_SUBMIT_SIZE);
	graph_keep(&e->graph, node, VGPU_TRACE_SNAPSHOT, head, sizeof(head), part->payload - 4,
		   submit.size);
}

void edit_keep(struct edit_state *e, node_t node, uint32_t offset)
{
	switch (offset) {
	case NODE_JOIN:
	case NODE_GIVEN:
		return;
	case NODE_RECORD:
		if (e->at->type == VGPU_TRACE_MEMORY || e->at->type == VGPU_TRACE_SNAPSHOT)
			graph_keep(&e->graph, node, e->at->type, e->at->body, e->at->body_size, "",
				   0);
		return;
	case NODE_WHOLE:
		keep_request(e, node, e->command);
		return;
	default:
		keep_part(e, node, e->command, e->part);
	}
}
