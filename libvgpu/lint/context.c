/* SPDX-License-Identifier: MIT */
/* Findings about contexts, capsets and the virgl stream. */
#include "state.h"

const struct vgpu_track_context *lint_context(struct vgpu_lint *l, uint32_t id)
{
	const struct vgpu_track_context *c = vgpu_track_context(l->t, id);
	size_t offset = FIELD(ctrl_hdr, ctx_id);
	uint64_t dead;

	if (c)
		return c;
	dead = vgpu_track_context_destroyed(l->t, id);
	if (!id)
		lint_report(l, VGPU_LINT_CONTEXT_ID_ZERO, offset, "ctx_id is 0");
	else if (dead)
		lint_report(l, VGPU_LINT_CONTEXT_DESTROYED, offset,
			    "context %u was destroyed by command %U", id, dead);
	else if (!vgpu_track_is_partial(l->t))
		lint_report(l, VGPU_LINT_CONTEXT_UNKNOWN, offset, "context %u was never created",
			    id);
	return NULL;
}

/* Which capsets there are is known once the driver has asked for all: it asks before it uses one. */
static bool check_offered(struct vgpu_lint *l, uint32_t capset, size_t offset)
{
	if (vgpu_track_capset(l->t, capset))
		return true;
	if (vgpu_track_capset_next(l->t, NULL) && !vgpu_track_is_partial(l->t))
		lint_report(l, VGPU_LINT_CAPSET_NOT_OFFERED, offset,
			    "capset %u is none of those that GET_CAPSET_INFO told of", capset);
	return false;
}

static void ctx_create(struct vgpu_lint *l)
{
	const struct vgpu_track_context *c;
	struct vgpu_ctx_create create;
	size_t init = FIELD(ctx_create, context_init);
	uint32_t capset;

	vgpu_decode_ctx_create(l->m->wire, l->m->size, &create);
	c = vgpu_track_context(l->t, create.hdr.ctx_id);
	capset = create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
	if (!create.hdr.ctx_id)
		lint_report(l, VGPU_LINT_CONTEXT_ID_ZERO, FIELD(ctrl_hdr, ctx_id), "ctx_id is 0");
	else if (c && lint_sure(l, c->created))
		lint_report(l, VGPU_LINT_CONTEXT_ID_TAKEN, FIELD(ctrl_hdr, ctx_id),
			    "context %u was created by command %U and still exists", c->id,
			    c->created);
	if (create.nlen > sizeof(create.debug_name))
		lint_report(l, VGPU_LINT_CONTEXT_NAME_LONG, FIELD(ctx_create, nlen), "nlen is %u",
			    create.nlen);
	if (create.context_init)
		lint_need_feature(l, VGPU_F_CONTEXT_INIT, init, "context_init");
	if (create.context_init & ~VGPU_CONTEXT_INIT_CAPSET_ID_MASK)
		lint_report(l, VGPU_LINT_CONTEXT_INIT_BITS, init, "context_init is %x",
			    create.context_init);
	if (capset)
		check_offered(l, capset, init);
}

static void ctx_destroy(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	const struct vgpu_track_context *c = lint_context(l, hdr->ctx_id);

	if (c && c->attached && lint_sure(l, c->created))
		lint_report(l, VGPU_LINT_CONTEXT_LEAK, FIELD(ctrl_hdr, ctx_id),
			    "context %u has %u resources attached", c->id, c->attached);
}

static void ctx_resource(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	size_t at = FIELD(ctx_resource, resource_id);
	const struct vgpu_track_context *c = lint_context(l, hdr->ctx_id);
	const struct vgpu_track_resource *r;
	struct vgpu_ctx_resource command;
	bool attached;

	vgpu_decode_ctx_resource(l->m->wire, l->m->size, &command);
	r = lint_resource(l, command.resource_id, at);
	if (!c || !r || !lint_sure(l, c->created) || !lint_sure(l, r->created))
		return;
	attached = vgpu_track_is_attached(l->t, c->id, r->id);
	if (hdr->type == VGPU_CMD_CTX_ATTACH_RESOURCE && attached)
		lint_report(l, VGPU_LINT_CTX_ATTACH_TWICE, at,
			    "resource %u is attached to context %u", r->id, c->id);
	if (hdr->type == VGPU_CMD_CTX_DETACH_RESOURCE && !attached)
		lint_report(l, VGPU_LINT_CTX_DETACH_NONE, at,
			    "resource %u is not attached to context %u", r->id, c->id);
}

static void get_capset(struct vgpu_lint *l)
{
	const struct vgpu_track_capset *c;
	struct vgpu_get_capset get;

	vgpu_decode_get_capset(l->m->wire, l->m->size, &get);
	if (!check_offered(l, get.capset_id, FIELD(get_capset, capset_id)))
		return;
	c = vgpu_track_capset(l->t, get.capset_id);
	if (c->max_size && get.capset_version > c->max_version)
		lint_report(l, VGPU_LINT_CAPSET_VERSION, FIELD(get_capset, capset_version),
			    "version %u of capset %u, whose last one is %u", get.capset_version,
			    get.capset_id, c->max_version);
}

/* The resource in a context's hands; NULL when there is nothing to say of it. */
static const struct vgpu_track_resource *
in_context(struct vgpu_lint *l, const struct vgpu_track_context *c, uint32_t id, size_t offset)
{
	const struct vgpu_track_resource *r = lint_resource(l, id, offset);

	if (r && lint_sure(l, c->created) && lint_sure(l, r->created) &&
	    !vgpu_track_is_attached(l->t, c->id, id)) {
		lint_report(l, VGPU_LINT_NOT_ATTACHED, offset,
			    "resource %u is not attached to context %u", id, c->id);
		return NULL;
	}
	return r;
}

static void stream_transfer(struct vgpu_lint *l, const struct vgpu_track_context *c,
			    const struct vgpu_virgl_cmd *cmd, size_t offset)
{
	const struct vgpu_track_resource *shape, *backing;
	struct vgpu_virgl_transfer move;

	if (vgpu_virgl_cmd_transfer(cmd, &move) != 1)
		return;
	shape = in_context(l, c, move.shape_resource_id, offset);
	backing = shape;
	if (move.transfer.resource_id != move.shape_resource_id)
		backing = in_context(l, c, move.transfer.resource_id, offset);
	if (shape && backing)
		lint_transfer(l, shape, backing, &move.transfer, offset);
}

static void stream_command(struct vgpu_lint *l, const struct vgpu_track_context *c,
			   const struct vgpu_virgl_cmd *cmd, size_t offset)
{
	const char *name = vgpu_virgl_cmd_name(cmd->opcode);
	const char *object = cmd->opcode == VGPU_VIRGL_CREATE_OBJECT
				     ? vgpu_virgl_object_name(cmd->object)
				     : NULL;

	switch (vgpu_virgl_check_length(cmd)) {
	case 0:
		stream_transfer(l, c, cmd, offset);
		break;
	case VGPU_ERR_UNKNOWN:
		lint_report(l, VGPU_LINT_STREAM_OPCODE, offset, "%s %u does not exist",
			    name ? "object type" : "command",
			    (uint32_t)(name ? cmd->object : cmd->opcode));
		break;
	default:
		lint_report(l, VGPU_LINT_STREAM_LENGTH, offset, "%s%s%s of %u dwords", name,
			    object ? " " : "", object ? object : "", (uint32_t)cmd->length);
		break;
	}
}

static void submit(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	const struct vgpu_track_context *c = lint_context(l, hdr->ctx_id);
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_tail tail;
	size_t start;
	int got;

	lint_tail(l, &tail);
	if (!c || c->stream == VGPU_STREAM_UNKNOWN || !tail.size)
		return;
	if (c->stream != VGPU_STREAM_VIRGL) {
		lint_stream(l, c->stream, &tail);
		return;
	}
	start = (size_t)(tail.data - l->m->wire);
	vgpu_virgl_walk_init(&walk, tail.data, tail.size);
	while ((got = vgpu_virgl_walk_next(&walk, &cmd)) == 1)
		stream_command(l, c, &cmd, start + cmd.offset);
	if (l->m->cut || tail.count < tail.declared)
		return;
	if (got == VGPU_ERR_OVERRUN)
		lint_report(l, VGPU_LINT_STREAM_OVERRUN, start + cmd.offset,
			    "command %u has %u dwords, %u are left", (uint32_t)cmd.opcode,
			    (uint32_t)cmd.length, cmd.available);
	else if (got == VGPU_ERR_TRUNCATED)
		lint_report(l, VGPU_LINT_STREAM_ODD, FIELD(cmd_submit, size), "%U bytes",
			    (uint64_t)tail.size);
}

void lint_contexts(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	switch (hdr->type) {
	case VGPU_CMD_CTX_CREATE:
		ctx_create(l);
		break;
	case VGPU_CMD_CTX_DESTROY:
		ctx_destroy(l, hdr);
		break;
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
	case VGPU_CMD_CTX_DETACH_RESOURCE:
		ctx_resource(l, hdr);
		break;
	case VGPU_CMD_GET_CAPSET:
		get_capset(l);
		break;
	case VGPU_CMD_SUBMIT_3D:
		submit(l, hdr);
		break;
	}
}
