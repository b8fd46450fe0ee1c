/* SPDX-License-Identifier: MIT */
#include "steer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/virgl.h>

int steer_init(struct steer *s, const struct steer_options *options)
{
	*s = (struct steer) { .options = options };
	if (!options->only && !options->skip && !options->until && !options->facts)
		return 0;
	s->follow = vgpu_follow_create();
	return s->follow ? 0 : -ENOMEM;
}

void steer_finish(struct steer *s)
{
	vgpu_follow_destroy(s->follow);
	free(s->request);
}

void steer_record(struct steer *s, const struct vgpu_trace_record *r)
{
	s->facts = s->follow ? vgpu_follow_record(s->follow, r) : NULL;
}

/* Ends the stream behind the draw that is the last one; what is in it before is executed. */
static void steer_draw(struct steer *s, struct vgpu_trace_command *c)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_cmd_submit submit;
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_tail stream;

	if (vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr) ||
	    hdr.type != VGPU_CMD_SUBMIT_3D ||
	    vgpu_request_tail(c->request, c->request_size, &stream))
		return;
	vgpu_virgl_walk_init(&walk, stream.data, stream.size);
	while (vgpu_virgl_walk_next(&walk, &cmd) > 0) {
		if (cmd.opcode != VGPU_VIRGL_DRAW_VBO || ++s->draws < s->options->until_draw)
			continue;
		s->stop = true;
		s->request = malloc(c->request_size);
		if (!s->request)
			return;
		memcpy(s->request, c->request, c->request_size);
		vgpu_decode_cmd_submit(c->request, c->request_size, &submit);
		submit.size = cmd.offset + 4 + cmd.length * 4;
		vgpu_encode_cmd_submit(&submit, s->request, c->request_size);
		c->request = s->request;
		c->request_size = VGPU_CMD_SUBMIT_SIZE + submit.size;
		return;
	}
}

bool steer_command(struct steer *s, struct vgpu_trace_command *c)
{
	const struct steer_options *o = s->options;

	if ((o->only || o->skip) && s->facts &&
	    (!vgpu_filter_match(o->only, s->facts) ||
	     (o->skip && vgpu_filter_match(o->skip, s->facts))))
		return false;
	if (o->until_draw)
		steer_draw(s, c);
	return true;
}

void steer_done(struct steer *s)
{
	if (s->options->until && s->facts && vgpu_filter_match(s->options->until, s->facts))
		s->stop = true;
}
