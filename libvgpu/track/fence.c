/* SPDX-License-Identifier: MIT */
/* Fences on their timelines: the answer to one completes all that are not above it. */
#include "state.h"

uint64_t track_timeline_key(const struct vgpu_ctrl_hdr *hdr)
{
	if (!(hdr->flags & VGPU_FLAG_INFO_RING_IDX))
		return TIMELINE_ALL;
	return track_pair(hdr->ctx_id, hdr->ring_idx);
}

int track_fence_queue(struct vgpu_track *t, const struct pending *p)
{
	const struct vgpu_ctrl_hdr *hdr = &p->p.hdr;
	uint64_t key = track_timeline_key(hdr);
	struct timeline *l = idmap_find(&t->timelines, key);

	if (!p->p.room)
		return 0;
	if (!l) {
		l = idmap_add(&t->timelines, key);
		if (!l)
			return VGPU_ERR_TOO_LARGE;
		l->l.ring = key != TIMELINE_ALL;
		l->l.ctx_id = l->l.ring ? hdr->ctx_id : 0;
		l->l.ring_idx = l->l.ring ? hdr->ring_idx : 0;
	}
	if (hdr->fence_id > l->l.queued)
		l->l.queued = hdr->fence_id;
	l->l.pending++;
	return 0;
}

/* A timeline ends with its context, when nothing waits on it any more. */
static void settle(struct vgpu_track *t, struct timeline *l)
{
	if (l->l.ring && !l->l.pending && vgpu_track_context_destroyed(t, l->l.ctx_id))
		idmap_remove(&t->timelines, l->key);
}

void track_fence_drop(struct vgpu_track *t, const struct pending *p)
{
	struct timeline *l;

	if (!(p->p.hdr.flags & VGPU_FLAG_FENCE) || p->p.completed)
		return;
	l = idmap_find(&t->timelines, track_timeline_key(&p->p.hdr));
	if (!l)
		return;
	l->l.pending -= l->l.pending > 0;
	settle(t, l);
}

void track_fence_done(struct vgpu_track *t, const struct pending *p)
{
	uint64_t key = track_timeline_key(&p->p.hdr), id = p->p.hdr.fence_id;
	struct timeline *l;

	if (!(p->p.hdr.flags & VGPU_FLAG_FENCE))
		return;
	l = idmap_find(&t->timelines, key);
	if (!l)
		return;
	if (id > l->l.completed)
		l->l.completed = id;
	for (size_t i = 0; i < t->pending.count && l->l.pending; i++) {
		struct pending *other = idmap_at(&t->pending, i);

		/* Those that come after it in the queue and reuse its number wait on. */
		if (other->key > p->key)
			break;
		if (!(other->p.hdr.flags & VGPU_FLAG_FENCE) || other->p.completed ||
		    !other->p.room || track_timeline_key(&other->p.hdr) != key ||
		    other->p.hdr.fence_id > id)
			continue;
		other->p.completed = true;
		l->l.pending--;
	}
	settle(t, l);
}
