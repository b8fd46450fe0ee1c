/* SPDX-License-Identifier: MIT */
/* Findings about messages as such: form, header, fences, features, answers. */
#include "state.h"

bool lint_has_feature(const struct vgpu_lint *l, uint32_t bit)
{
	return !l->options.has_features || l->options.features >> bit & 1;
}

void lint_need_feature(struct vgpu_lint *l, uint32_t bit, size_t offset, const char *what)
{
	if (!lint_has_feature(l, bit))
		lint_report(l, VGPU_LINT_FEATURE_MISSING, offset,
			    "%s needs %s, which was not negotiated", what,
			    lint_name(l, VGPU_SET_F, bit));
}

uint32_t lint_unknown_flags(const struct vgpu_lint *l, enum vgpu_set_id set, uint32_t flags)
{
	uint32_t unknown = 0;

	for (; flags; flags &= flags - 1)
		if (!lint_name(l, set, flags & -flags))
			unknown |= flags & -flags;
	return unknown;
}

int lint_tail(const struct vgpu_lint *l, struct vgpu_tail *out)
{
	const struct vgpu_negotiated n = { .dialect = l->options.dialect };

	return vgpu_dialect_tail(&n, l->m->wire, l->m->size, out);
}

static void check_fence(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	bool ring = hdr->flags & VGPU_FLAG_INFO_RING_IDX;
	const struct vgpu_track_timeline *line =
		vgpu_track_timeline(l->t, ring, hdr->ctx_id, hdr->ring_idx);
	size_t at = FIELD(ctrl_hdr, fence_id);

	if (!(hdr->flags & VGPU_FLAG_FENCE)) {
		if (hdr->fence_id)
			lint_report(l, VGPU_LINT_FENCE_ID_WITHOUT_FLAG, at,
				    "fence_id is %U, but VIRTIO_GPU_FLAG_FENCE is not set",
				    hdr->fence_id);
		return;
	}
	if (!hdr->fence_id)
		lint_report(l, VGPU_LINT_FENCE_ID_ZERO, at,
			    "VIRTIO_GPU_FLAG_FENCE is set and fence_id is 0");
	else if (line && hdr->fence_id <= line->queued)
		lint_report(l, VGPU_LINT_FENCE_NOT_RISING, at,
			    "fence %U comes after fence %U of the same timeline", hdr->fence_id,
			    line->queued);
}

static void check_header(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	uint32_t unknown = lint_unknown_flags(l, VGPU_SET_FLAG, hdr->flags);
	bool ring = hdr->flags & VGPU_FLAG_INFO_RING_IDX;
	size_t flags = FIELD(ctrl_hdr, flags), ring_idx = FIELD(ctrl_hdr, ring_idx);

	if (unknown)
		lint_report(l, VGPU_LINT_FLAG_UNKNOWN, flags, "flags %x have no name", unknown);
	if (ring && hdr->ring_idx > 63)
		lint_report(l, VGPU_LINT_RING_RANGE, ring_idx, "ring_idx is %u",
			    (uint32_t)hdr->ring_idx);
	if (ring)
		lint_need_feature(l, VGPU_F_CONTEXT_INIT, flags, "VIRTIO_GPU_FLAG_INFO_RING_IDX");
	else if (hdr->ring_idx &&
		 !(l->options.dialect == VGPU_DIALECT_RVGPU && hdr->flags & VGPU_RVGPU_FLAG_VSYNC))
		lint_report(l, VGPU_LINT_RING_WITHOUT_FLAG, ring_idx,
			    "ring_idx is %u, but VIRTIO_GPU_FLAG_INFO_RING_IDX is not set",
			    (uint32_t)hdr->ring_idx);
	check_fence(l, hdr);
}

static bool check_size(struct vgpu_lint *l, const struct vgpu_cmd_info *info)
{
	const struct vgpu_track_message *m = l->m;
	struct vgpu_tail tail;
	size_t whole;

	if (m->size < info->request_size) {
		if (!m->cut)
			lint_report(l, VGPU_LINT_REQUEST_TRUNCATED, m->size,
				    "%s has %u bytes, not %U", info->name, info->request_size,
				    (uint64_t)m->size);
		return false;
	}
	if (lint_tail(l, &tail) == VGPU_ERR_TRUNCATED && !m->cut) {
		if (tail.fence_count < tail.fences_declared)
			lint_report(l, VGPU_LINT_REQUEST_TRUNCATED, m->size,
				    "%s declares %u fences, %u are there", info->name,
				    tail.fences_declared, tail.fence_count);
		else
			lint_report(l, VGPU_LINT_REQUEST_TRUNCATED, m->size,
				    "%s declares %u %s, %u are there", info->name, tail.declared,
				    tail.kind == VGPU_TAIL_ENTRIES ? "entries" : "bytes",
				    tail.count);
	}
	whole = info->request_size + tail.size + tail.fence_count * (size_t)8;
	if (m->size > whole)
		lint_report(l, VGPU_LINT_REQUEST_PADDED, whole, "%U bytes follow %s",
			    (uint64_t)(m->size - whole), info->name);
	return true;
}

bool lint_form(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr,
	       const struct vgpu_cmd_info *info)
{
	const struct vgpu_track_message *m = l->m;
	struct vgpu_resp_info answer;
	const char *owner;
	bool cursor;

	if (m->size < VGPU_CTRL_HDR_SIZE) {
		if (!m->cut)
			lint_report(l, VGPU_LINT_REQUEST_TRUNCATED, m->size,
				    "%U bytes are no header, which has 24", (uint64_t)m->size);
		return false;
	}
	check_header(l, hdr);
	if (!info) {
		owner = vgpu_private_name(hdr->type);
		lint_report(l, VGPU_LINT_COMMAND_UNKNOWN, 0, "type %x is no command%s%s", hdr->type,
			    owner ? ", but private to " : "", owner ? owner : "");
		return false;
	}
	cursor = hdr->type == VGPU_CMD_UPDATE_CURSOR || hdr->type == VGPU_CMD_MOVE_CURSOR;
	if (cursor != (m->queue == 1))
		lint_report(l, VGPU_LINT_WRONG_QUEUE, 0, "%s on the %s queue", info->name,
			    m->queue == 1 ? "cursor" : "control");
	if (info->feature != VGPU_F_NONE)
		lint_need_feature(l, (uint32_t)info->feature, 0, info->name);
	vgpu_dialect_resp(l->options.dialect, hdr->type, info->response_type, &answer);
	if (m->queue != 1 && m->room < vgpu_struct_size(answer.response))
		lint_report(l, VGPU_LINT_RESPONSE_ROOM, 0,
			    "room for %u bytes, %s is answered with %U", m->room, info->name,
			    (uint64_t)vgpu_struct_size(answer.response));
	return check_size(l, info);
}

static void check_echo(struct vgpu_lint *l, const struct vgpu_track_pending *p,
		       const struct vgpu_ctrl_hdr *hdr)
{
	bool ring = p->hdr.flags & VGPU_FLAG_INFO_RING_IDX;
	const struct vgpu_track_timeline *line =
		vgpu_track_timeline(l->t, ring, p->hdr.ctx_id, p->hdr.ring_idx);

	if (!(p->hdr.flags & VGPU_FLAG_FENCE))
		return;
	if (!(hdr->flags & VGPU_FLAG_FENCE))
		lint_report(l, VGPU_LINT_FENCE_NOT_ECHOED, FIELD(ctrl_hdr, flags),
			    "the command has fence %U, the answer none", p->hdr.fence_id);
	else if (hdr->fence_id != p->hdr.fence_id)
		lint_report(l, VGPU_LINT_FENCE_NOT_ECHOED, FIELD(ctrl_hdr, fence_id),
			    "the command has fence %U, the answer %U", p->hdr.fence_id,
			    hdr->fence_id);
	if (p->completed && line && hdr->type < VGPU_RESP_ERR_UNSPEC)
		lint_report(l, VGPU_LINT_FENCE_ORDER, FIELD(ctrl_hdr, fence_id),
			    "fence %U is answered after fence %U", p->hdr.fence_id,
			    line->completed);
}

static void check_payload(struct vgpu_lint *l, const struct vgpu_track_pending *p,
			  enum vgpu_struct_id response)
{
	const struct vgpu_track_message *m = l->m;
	const struct vgpu_track_capset *capset;
	struct vgpu_resp_edid edid;
	struct vgpu_tail tail;

	if (response == VGPU_STRUCT_RESP_EDID && !vgpu_decode_resp_edid(m->wire, m->size, &edid) &&
	    (edid.size > sizeof(edid.edid) || edid.size % 128))
		lint_report(l, VGPU_LINT_EDID_SIZE, FIELD(resp_edid, size), "its size is %u bytes",
			    edid.size);
	if (response != VGPU_STRUCT_RESP_CAPSET)
		return;
	capset = vgpu_track_capset(l->t, p->resource_id);
	vgpu_struct_tail(VGPU_STRUCT_RESP_CAPSET, m->wire, m->size, &tail);
	if (capset && capset->max_size && tail.size != capset->max_size)
		lint_report(l, VGPU_LINT_CAPSET_SIZE, VGPU_RESP_CAPSET_SIZE,
			    "capset %u has %U bytes, %u were announced", capset->id,
			    (uint64_t)tail.size, capset->max_size);
}

static void count_refusal(struct vgpu_lint *l, const struct vgpu_track_pending *p,
			  const struct vgpu_cmd_info *info, uint32_t type)
{
	struct feature_use *use;

	if (p->queue == 1 && type >= VGPU_RESP_ERR_UNSPEC && !l->cursor_refused)
		l->cursor_refused = p->number;
	if (info->feature == VGPU_F_NONE || !l->options.has_features ||
	    !lint_has_feature(l, (uint32_t)info->feature))
		return;
	use = &l->uses[info->feature];
	use->answered++;
	if (type != VGPU_RESP_ERR_UNSPEC)
		return;
	if (!use->refused++)
		use->first = p->number;
}

void lint_answer(struct vgpu_lint *l, const struct vgpu_track_pending *p)
{
	const struct vgpu_cmd_info *info = vgpu_dialect_cmd(l->options.dialect, p->hdr.type);
	const struct vgpu_track_message *m = l->m;
	struct vgpu_resp_info resp;
	struct vgpu_ctrl_hdr hdr;
	const char *name = info ? info->name : "an unknown command";

	if (vgpu_decode_ctrl_hdr(m->wire, m->size, &hdr)) {
		if (!m->cut)
			lint_report(l, VGPU_LINT_RESPONSE_SHORT, m->size,
				    "%s is answered with %U bytes, a header has 24", name,
				    (uint64_t)m->size);
		return;
	}
	check_echo(l, p, &hdr);
	if (vgpu_dialect_resp(l->options.dialect, p->hdr.type, hdr.type, &resp)) {
		lint_report(l, VGPU_LINT_RESPONSE_TYPE, 0,
			    "%s is answered with %x, which is no answer", name, hdr.type);
		return;
	}
	if (m->size < vgpu_struct_size(resp.response) && !m->cut)
		lint_report(l, VGPU_LINT_RESPONSE_SHORT, m->size, "%s has %U bytes, not %U",
			    resp.name, (uint64_t)vgpu_struct_size(resp.response),
			    (uint64_t)m->size);
	if (info)
		count_refusal(l, p, info, hdr.type);
	if (hdr.type >= VGPU_RESP_ERR_UNSPEC) {
		lint_report(l, VGPU_LINT_COMMAND_REFUSED, 0, "%s is answered with %s", name,
			    resp.name);
		return;
	}
	if (!resp.expected)
		lint_report(l, VGPU_LINT_RESPONSE_TYPE, 0, "%s is answered with %s, not %s", name,
			    resp.name, vgpu_resp_name(info->response_type));
	check_payload(l, p, resp.response);
}
