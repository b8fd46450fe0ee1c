/* SPDX-License-Identifier: MIT */
/* Looking at the state; what streams do to it; copies. */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/track.h>
#include <vgpu/virgl.h>

#include "state.h"

struct resource *track_resource(const struct vgpu_track *t, uint32_t id)
{
	return idmap_find(&t->resources, id);
}

struct context *track_context(const struct vgpu_track *t, uint32_t id)
{
	return idmap_find(&t->contexts, id);
}

bool vgpu_track_is_partial(const struct vgpu_track *t)
{
	return t->partial;
}

const struct vgpu_track_context *vgpu_track_context(const struct vgpu_track *t, uint32_t id)
{
	const struct context *c = track_context(t, id);

	return c ? &c->c : NULL;
}

const struct vgpu_track_resource *vgpu_track_resource(const struct vgpu_track *t, uint32_t id)
{
	const struct resource *r = track_resource(t, id);

	return r ? &r->r : NULL;
}

const struct vgpu_track_scanout *vgpu_track_scanout(const struct vgpu_track *t, uint32_t id)
{
	return id < VGPU_MAX_SCANOUTS ? &t->scanouts[id] : NULL;
}

const struct vgpu_track_cursor *vgpu_track_cursor(const struct vgpu_track *t, uint32_t scanout_id)
{
	return scanout_id < VGPU_MAX_SCANOUTS ? &t->cursors[scanout_id] : NULL;
}

const struct vgpu_track_pending *vgpu_track_pending(const struct vgpu_track *t, uint64_t number)
{
	const struct pending *p = idmap_find(&t->pending, number);

	return p ? &p->p : NULL;
}

const struct vgpu_track_timeline *vgpu_track_timeline(const struct vgpu_track *t, bool ring,
						      uint32_t ctx_id, uint32_t ring_idx)
{
	const struct timeline *l =
		idmap_find(&t->timelines, ring ? track_pair(ctx_id, ring_idx) : TIMELINE_ALL);

	return l ? &l->l : NULL;
}

const struct vgpu_track_capset *vgpu_track_capset(const struct vgpu_track *t, uint32_t capset_id)
{
	for (size_t i = 0; i < t->n_capsets; i++) {
		if (t->capsets[i].id == capset_id)
			return &t->capsets[i];
	}
	return NULL;
}

const struct vgpu_track_context *vgpu_track_context_next(const struct vgpu_track *t,
							 const struct vgpu_track_context *c)
{
	const struct context *next =
		idmap_at(&t->contexts, c ? idmap_lower(&t->contexts, (uint64_t)c->id + 1) : 0);

	return next ? &next->c : NULL;
}

const struct vgpu_track_resource *vgpu_track_resource_next(const struct vgpu_track *t,
							   const struct vgpu_track_resource *r)
{
	const struct resource *next =
		idmap_at(&t->resources, r ? idmap_lower(&t->resources, (uint64_t)r->id + 1) : 0);

	return next ? &next->r : NULL;
}

const struct vgpu_track_pending *vgpu_track_pending_next(const struct vgpu_track *t,
							 const struct vgpu_track_pending *p)
{
	const struct pending *next;

	if (p && p->number == UINT64_MAX)
		return NULL;
	next = idmap_at(&t->pending, p ? idmap_lower(&t->pending, p->number + 1) : 0);
	return next ? &next->p : NULL;
}

const struct vgpu_track_timeline *vgpu_track_timeline_next(const struct vgpu_track *t,
							   const struct vgpu_track_timeline *l)
{
	const struct timeline *next;

	if (l && !l->ring)
		return NULL; /* the common one is the last */
	next = idmap_at(&t->timelines,
			l ? idmap_lower(&t->timelines, track_pair(l->ctx_id, l->ring_idx) + 1) : 0);
	return next ? &next->l : NULL;
}

const struct vgpu_track_capset *vgpu_track_capset_next(const struct vgpu_track *t,
						       const struct vgpu_track_capset *c)
{
	size_t next = c ? (size_t)(c - t->capsets) + 1 : 0;

	return next < t->n_capsets ? &t->capsets[next] : NULL;
}

const struct vgpu_track_attachment *
vgpu_track_attachment_next(const struct vgpu_track *t, const struct vgpu_track_attachment *a)
{
	const struct attachment *next = idmap_at(
		&t->attachments,
		a ? idmap_lower(&t->attachments, track_pair(a->ctx_id, a->resource_id) + 1) : 0);

	return next ? &next->a : NULL;
}

const struct vgpu_track_resource *vgpu_track_mapped(const struct vgpu_track *t, uint64_t offset)
{
	const struct vgpu_track_resource *r = NULL;

	while (t->mapped && (r = vgpu_track_resource_next(t, r))) {
		if (r->mapped && offset >= r->map_offset && offset - r->map_offset < r->blob_size)
			return r;
	}
	return NULL;
}

bool vgpu_track_is_attached(const struct vgpu_track *t, uint32_t ctx_id, uint32_t resource_id)
{
	return idmap_find(&t->attachments, track_pair(ctx_id, resource_id)) != NULL;
}

static uint64_t grave_of(const struct grave *graves, uint32_t id)
{
	const struct grave *g = &graves[id % GRAVES];

	return g->id == id ? g->number : 0;
}

uint64_t vgpu_track_resource_destroyed(const struct vgpu_track *t, uint32_t id)
{
	return track_resource(t, id) ? 0 : grave_of(t->dead_resources, id);
}

uint64_t vgpu_track_context_destroyed(const struct vgpu_track *t, uint32_t id)
{
	return track_context(t, id) ? 0 : grave_of(t->dead_contexts, id);
}

void vgpu_track_totals(const struct vgpu_track *t, struct vgpu_track_totals *out)
{
	memset(out, 0, sizeof(*out));
	out->contexts = t->contexts.count;
	out->resources = t->resources.count;
	out->attachments = t->attachments.count;
	out->pending = t->pending.count;
	out->timelines = t->timelines.count;
	out->mapped = t->mapped;
	out->memory = t->budget.used;
	out->commands = t->commands;
	out->responses = t->responses;
	out->failed = t->failed;
	out->to_host_bytes = t->to_host_bytes;
	out->from_host_bytes = t->from_host_bytes;
	out->inline_bytes = t->inline_bytes;
	for (size_t i = 0; t->mapped && i < t->resources.count; i++) {
		const struct resource *r = idmap_at(&t->resources, i);

		if (r->r.mapped)
			out->mapped_bytes += r->r.blob_size;
	}
}

bool vgpu_track_shape(const struct vgpu_track_resource *r, struct vgpu_shape *out)
{
	memset(out, 0, sizeof(*out));
	if (r->kind == VGPU_TRACK_BLOB)
		return false;
	out->target = r->target;
	out->width = r->width;
	out->height = r->height;
	out->block = vgpu_format_block(r->format);
	return true;
}

uint64_t track_box_bytes(const struct vgpu_track_resource *r, uint32_t w, uint32_t h, uint32_t d)
{
	struct vgpu_shape s;
	uint64_t rows, bytes;

	if (!vgpu_track_shape(r, &s))
		return 0;
	if (s.target == VGPU_TARGET_BUFFER)
		return w;
	if (!s.block.width || !s.block.height)
		return 0;
	rows = (uint64_t)vgpu_transfer_blocks(h, s.block.height) * d;
	bytes = (uint64_t)vgpu_transfer_blocks(w, s.block.width) * s.block.bytes;
	return bytes && rows > UINT64_MAX / bytes ? UINT64_MAX : rows * bytes;
}

static void count_inline_write(struct vgpu_track *t, const struct vgpu_virgl_cmd *cmd)
{
	struct resource *r = track_resource(t, vgpu_virgl_dword(cmd, 0));

	if (r && cmd->available > 11)
		track_moved(&r->r.inline_bytes, &t->inline_bytes,
			    ((uint64_t)cmd->available - 11) * 4);
}

void track_submit(struct vgpu_track *t, const struct vgpu_track_message *m)
{
	struct vgpu_virgl_transfer move;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_tail tail;
	struct context *c;
	uint64_t bytes;

	if (vgpu_decode_ctrl_hdr(m->wire, m->size, &hdr))
		return;
	c = track_context(t, hdr.ctx_id);
	vgpu_dialect_tail(&t->negotiated, m->wire, m->size, &tail);
	c->c.submits++;
	c->c.stream_bytes += tail.size;
	if (c->c.stream != VGPU_STREAM_VIRGL)
		return;
	vgpu_virgl_walk_init(&walk, tail.data, tail.size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		struct resource *r;

		if (cmd.opcode == VGPU_VIRGL_RESOURCE_INLINE_WRITE)
			count_inline_write(t, &cmd);
		if (vgpu_virgl_cmd_transfer(&cmd, &move) != 1)
			continue;
		r = track_resource(t, move.shape_resource_id);
		if (!r)
			continue;
		bytes = track_box_bytes(&r->r, move.transfer.w, move.transfer.h, move.transfer.d);
		if (move.to_host)
			track_moved(&r->r.to_host_bytes, &t->to_host_bytes, bytes);
		else
			track_moved(&r->r.from_host_bytes, &t->from_host_bytes, bytes);
	}
}

int vgpu_track_copy(const struct vgpu_track *t, struct vgpu_track **out)
{
	struct vgpu_track_options options = { .memory_max = t->budget.max };
	struct vgpu_track *copy;
	int err = vgpu_track_create(&copy, &options);

	*out = NULL;
	if (err)
		return err;
	err = idmap_copy(&copy->contexts, &t->contexts);
	err = err ? err : idmap_copy(&copy->resources, &t->resources);
	err = err ? err : idmap_copy(&copy->attachments, &t->attachments);
	err = err ? err : idmap_copy(&copy->timelines, &t->timelines);
	err = err ? err : idmap_copy(&copy->pending, &t->pending);
	if (err) {
		vgpu_track_destroy(copy);
		return err;
	}
	memcpy(copy->scanouts, t->scanouts, sizeof(t->scanouts));
	memcpy(copy->cursors, t->cursors, sizeof(t->cursors));
	memcpy(copy->capsets, t->capsets, sizeof(t->capsets));
	memcpy(copy->dead_resources, t->dead_resources, GRAVES * sizeof(struct grave));
	memcpy(copy->dead_contexts, t->dead_contexts, GRAVES * sizeof(struct grave));
	copy->n_capsets = t->n_capsets;
	copy->mapped = t->mapped;
	copy->partial = t->partial;
	copy->last = t->last;
	copy->missing = t->missing;
	copy->commands = t->commands;
	copy->responses = t->responses;
	copy->failed = t->failed;
	copy->negotiated = t->negotiated;
	copy->to_host_bytes = t->to_host_bytes;
	copy->from_host_bytes = t->from_host_bytes;
	copy->inline_bytes = t->inline_bytes;
	*out = copy;
	return 0;
}
