/* SPDX-License-Identifier: MIT */
/* What each request does to the state. */
#include <string.h>

#include <vgpu/codec.h>

#include "state.h"

static void bury(struct grave *graves, uint32_t id, uint64_t number)
{
	graves[id % GRAVES] = (struct grave) { id, number };
}

void track_unmap(struct vgpu_track *t, struct resource *r)
{
	if (!r->r.mapped)
		return;
	r->r.mapped = false;
	r->r.map_offset = 0;
	r->r.map_info = 0;
	t->mapped--;
}

void track_detach(struct vgpu_track *t, uint32_t ctx_id, uint32_t resource_id)
{
	struct resource *r = track_resource(t, resource_id);
	struct context *c = track_context(t, ctx_id);

	idmap_remove(&t->attachments, track_pair(ctx_id, resource_id));
	if (r)
		r->r.attached--;
	if (c)
		c->c.attached--;
}

void track_show(struct vgpu_track *t, uint32_t scanout, const struct vgpu_track_scanout *s)
{
	struct vgpu_track_scanout *now = &t->scanouts[scanout];
	struct resource *r = track_resource(t, now->resource_id);
	struct vgpu_track_scanout old = *now;

	if (r)
		r->r.scanouts &= ~(1u << scanout);
	*now = *s;
	/* What the host said of the display is not the driver's to change. */
	now->enabled = old.enabled;
	now->display = old.display;
	now->frames = old.frames;
	r = track_resource(t, now->resource_id);
	if (r)
		r->r.scanouts |= 1u << scanout;
}

/* number 0: it never was. */
void track_forget_resource(struct vgpu_track *t, uint32_t id, uint64_t number)
{
	struct resource *r = track_resource(t, id);

	if (!r)
		return;
	track_unmap(t, r);
	for (size_t i = 0; r->r.attached && i < t->contexts.count; i++) {
		const struct context *c = idmap_at(&t->contexts, i);

		if (idmap_find(&t->attachments, track_pair(c->c.id, id)))
			track_detach(t, c->c.id, id);
	}
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (t->scanouts[i].resource_id == id)
			t->scanouts[i].resource_id = 0;
	}
	idmap_remove(&t->resources, id);
	if (number)
		bury(t->dead_resources, id, number);
}

void track_forget_context(struct vgpu_track *t, uint32_t id, uint64_t number)
{
	const struct attachment *a;
	struct timeline *l;
	size_t at;

	if (!track_context(t, id))
		return;
	at = idmap_lower(&t->attachments, track_pair(id, 0));
	while ((a = idmap_at(&t->attachments, at)) && a->key >> 32 == id)
		track_detach(t, id, (uint32_t)a->key);
	at = idmap_lower(&t->timelines, track_pair(id, 0));
	while ((l = idmap_at(&t->timelines, at)) && l->key >> 32 == id && l->l.ring) {
		if (l->l.pending)
			at++;
		else
			idmap_remove(&t->timelines, l->key);
	}
	idmap_remove(&t->contexts, id);
	if (number)
		bury(t->dead_contexts, id, number);
}

static struct resource *add_resource(struct vgpu_track *t, struct pending *p, uint32_t id,
				     enum vgpu_track_kind kind, int *err)
{
	struct resource *r;

	p->p.resource_id = id;
	*err = VGPU_ERR_INVALID;
	if (!id || track_resource(t, id))
		return NULL;
	r = idmap_add(&t->resources, id);
	if (!r) {
		*err = VGPU_ERR_TOO_LARGE;
		return NULL;
	}
	/* One that was never seen had the id: it is gone, and shows no more. */
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (t->scanouts[i].resource_id == id)
			t->scanouts[i].resource_id = 0;
	}
	*err = 0;
	r->r.id = id;
	r->r.kind = kind;
	r->r.created = p->key;
	return r;
}

static void set_backing(struct resource *r, uint64_t number, const struct vgpu_tail *tail)
{
	struct vgpu_mem_entry entry;

	r->r.backed = true;
	r->r.backing_entries = tail->count;
	r->r.backing_bytes = 0;
	r->attach_number = number;
	for (uint32_t i = 0; i < tail->count; i++) {
		vgpu_tail_entry(tail, i, &entry);
		r->r.backing_bytes += entry.length; /* 32-bit counts of 32-bit lengths */
	}
}

static int create_2d(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_create_2d c;
	struct resource *r;
	int err = vgpu_decode_resource_create_2d(m->wire, m->size, &c);

	if (err)
		return err;
	r = add_resource(t, p, c.resource_id, VGPU_TRACK_2D, &err);
	if (!r)
		return err;
	r->r.target = VGPU_PIPE_TEXTURE_2D;
	r->r.format = c.format;
	r->r.width = c.width;
	r->r.height = c.height;
	r->r.depth = 1;
	r->r.array_size = 1;
	return 0;
}

static int create_3d(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_create_3d c;
	struct resource *r;
	int err = vgpu_decode_resource_create_3d(m->wire, m->size, &c);

	if (err)
		return err;
	r = add_resource(t, p, c.resource_id, VGPU_TRACK_3D, &err);
	if (!r)
		return err;
	r->r.target = c.target;
	r->r.format = c.format;
	r->r.bind = c.bind;
	r->r.width = c.width;
	r->r.height = c.height;
	r->r.depth = c.depth;
	r->r.array_size = c.array_size;
	r->r.last_level = c.last_level;
	r->r.nr_samples = c.nr_samples;
	r->r.flags = c.flags;
	return 0;
}

static int create_blob(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_create_blob c;
	struct vgpu_tail tail;
	struct resource *r;
	int err = vgpu_decode_resource_create_blob(m->wire, m->size, &c), cut;

	if (err)
		return err;
	r = add_resource(t, p, c.resource_id, VGPU_TRACK_BLOB, &err);
	if (!r)
		return err;
	r->r.blob_mem = c.blob_mem;
	r->r.blob_flags = c.blob_flags;
	r->r.blob_ctx = c.hdr.ctx_id;
	r->r.blob_id = c.blob_id;
	r->r.blob_size = c.size;
	cut = vgpu_request_tail(m->wire, m->size, &tail);
	if (tail.count)
		set_backing(r, p->key, &tail);
	return cut;
}

static int attach_backing(struct vgpu_track *t, struct pending *p,
			  const struct vgpu_track_message *m)
{
	struct vgpu_resource_attach_backing c;
	struct vgpu_tail tail;
	struct resource *r;
	int err = vgpu_decode_resource_attach_backing(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	/* Devices refuse a second backing: the first stays. */
	if (!r || r->r.backed)
		return VGPU_ERR_INVALID;
	err = vgpu_request_tail(m->wire, m->size, &tail);
	set_backing(r, p->key, &tail);
	return err;
}

static int detach_backing(struct vgpu_track *t, struct pending *p,
			  const struct vgpu_track_message *m)
{
	struct vgpu_resource_detach_backing c;
	struct resource *r;
	int err = vgpu_decode_resource_detach_backing(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r || !r->r.backed)
		return VGPU_ERR_INVALID;
	p->before.backing.backed = true;
	p->before.backing.entries = r->r.backing_entries;
	p->before.backing.bytes = r->r.backing_bytes;
	p->before.backing.attach_number = r->attach_number;
	r->r.backed = false;
	r->r.backing_entries = 0;
	r->r.backing_bytes = 0;
	r->attach_number = p->key;
	return 0;
}

static int resource_unref(struct vgpu_track *t, struct pending *p,
			  const struct vgpu_track_message *m)
{
	struct vgpu_resource_unref c;
	int err = vgpu_decode_resource_unref(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	if (!track_resource(t, c.resource_id))
		return VGPU_ERR_INVALID;
	track_forget_resource(t, c.resource_id, p->key);
	return 0;
}

/* A scanout shows what the command says; an unknown resource too, when it may exist. */
static int show(struct vgpu_track *t, struct pending *p, uint32_t scanout_id,
		const struct vgpu_track_scanout *s)
{
	p->p.resource_id = s->resource_id;
	if (scanout_id >= VGPU_MAX_SCANOUTS)
		return VGPU_ERR_INVALID;
	if (s->resource_id && !track_resource(t, s->resource_id) && !t->partial)
		return VGPU_ERR_INVALID;
	p->before.scanout = t->scanouts[scanout_id];
	track_show(t, scanout_id, s);
	return 0;
}

static int set_scanout(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_set_scanout c;
	struct vgpu_track_scanout s;
	int err = vgpu_decode_set_scanout(m->wire, m->size, &c);

	if (err)
		return err;
	memset(&s, 0, sizeof(s));
	s.resource_id = c.resource_id;
	s.r = c.r;
	s.set = p->key;
	return show(t, p, c.scanout_id, &s);
}

static int set_scanout_blob(struct vgpu_track *t, struct pending *p,
			    const struct vgpu_track_message *m)
{
	struct vgpu_set_scanout_blob c;
	struct vgpu_track_scanout s;
	int err = vgpu_decode_set_scanout_blob(m->wire, m->size, &c);

	if (err)
		return err;
	memset(&s, 0, sizeof(s));
	s.resource_id = c.resource_id;
	s.r = c.r;
	s.set = p->key;
	s.blob = true;
	s.width = c.width;
	s.height = c.height;
	s.format = c.format;
	memcpy(s.strides, c.strides, sizeof(s.strides));
	memcpy(s.offsets, c.offsets, sizeof(s.offsets));
	return show(t, p, c.scanout_id, &s);
}

static int flush(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_flush c;
	struct resource *r;
	int err = vgpu_decode_resource_flush(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	for (uint32_t i = 0; c.resource_id && i < VGPU_MAX_SCANOUTS; i++)
		t->scanouts[i].frames += t->scanouts[i].resource_id == c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r)
		return VGPU_ERR_INVALID;
	r->r.flushes++;
	return 0;
}

static int transfer_2d(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_transfer_to_host_2d c;
	struct resource *r;
	int err = vgpu_decode_transfer_to_host_2d(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r)
		return VGPU_ERR_INVALID;
	track_moved(&r->r.to_host_bytes, &t->to_host_bytes,
		    track_box_bytes(&r->r, c.r.width, c.r.height, 1));
	return 0;
}

static int transfer_3d(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_transfer_host_3d c;
	struct resource *r;
	uint64_t bytes;
	int err = vgpu_decode_transfer_host_3d(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r)
		return VGPU_ERR_INVALID;
	bytes = track_box_bytes(&r->r, c.box.w, c.box.h, c.box.d);
	if (c.hdr.type == VGPU_CMD_TRANSFER_TO_HOST_3D)
		track_moved(&r->r.to_host_bytes, &t->to_host_bytes, bytes);
	else
		track_moved(&r->r.from_host_bytes, &t->from_host_bytes, bytes);
	return 0;
}

static int ctx_create(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_ctx_create c;
	struct context *ctx;
	uint32_t length;
	int err = vgpu_decode_ctx_create(m->wire, m->size, &c);

	if (err)
		return err;
	if (!c.hdr.ctx_id || track_context(t, c.hdr.ctx_id))
		return VGPU_ERR_INVALID;
	ctx = idmap_add(&t->contexts, c.hdr.ctx_id);
	if (!ctx)
		return VGPU_ERR_TOO_LARGE;
	ctx->c.id = c.hdr.ctx_id;
	/* Without the feature it is padding. */
	if (!vgpu_feature_missing(&t->negotiated, VGPU_F_CONTEXT_INIT))
		ctx->c.capset = c.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
	ctx->c.stream = track_stream(t, ctx->c.capset);
	ctx->c.created = p->key;
	length = c.nlen < sizeof(c.debug_name) ? c.nlen : sizeof(c.debug_name);
	memcpy(ctx->c.name, c.debug_name, length);
	return 0;
}

static int ctx_destroy(struct vgpu_track *t, struct pending *p)
{
	if (!track_context(t, p->p.hdr.ctx_id))
		return VGPU_ERR_INVALID;
	track_forget_context(t, p->p.hdr.ctx_id, p->key);
	return 0;
}

static int ctx_attach(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_ctx_resource c;
	struct attachment *a;
	struct resource *r;
	struct context *ctx;
	int err = vgpu_decode_ctx_resource(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	ctx = track_context(t, c.hdr.ctx_id);
	if (!r || !ctx)
		return VGPU_ERR_INVALID;
	if (idmap_find(&t->attachments, track_pair(ctx->c.id, r->r.id)))
		return 0;
	a = idmap_add(&t->attachments, track_pair(ctx->c.id, r->r.id));
	if (!a)
		return VGPU_ERR_TOO_LARGE;
	a->a.ctx_id = ctx->c.id;
	a->a.resource_id = r->r.id;
	a->a.attached = p->key;
	r->r.attached++;
	ctx->c.attached++;
	return 0;
}

static int ctx_detach(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_ctx_resource c;
	int err = vgpu_decode_ctx_resource(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	if (!idmap_find(&t->attachments, track_pair(c.hdr.ctx_id, c.resource_id)))
		return VGPU_ERR_INVALID;
	track_detach(t, c.hdr.ctx_id, c.resource_id);
	return 0;
}

static int map_blob(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_map_blob c;
	struct resource *r;
	int err = vgpu_decode_resource_map_blob(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r || r->r.kind != VGPU_TRACK_BLOB || r->r.mapped)
		return VGPU_ERR_INVALID;
	r->r.mapped = true;
	r->r.map_offset = c.offset;
	r->map_number = p->key;
	t->mapped++;
	return 0;
}

static int unmap_blob(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_unmap_blob c;
	struct resource *r;
	int err = vgpu_decode_resource_unmap_blob(m->wire, m->size, &c);

	if (err)
		return err;
	p->p.resource_id = c.resource_id;
	r = track_resource(t, c.resource_id);
	if (!r || !r->r.mapped)
		return VGPU_ERR_INVALID;
	track_unmap(t, r);
	return 0;
}

static int cursor(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_track_cursor *cursor;
	struct vgpu_update_cursor c;
	int err = vgpu_decode_update_cursor(m->wire, m->size, &c);

	if (err)
		return err;
	if (c.pos.scanout_id >= VGPU_MAX_SCANOUTS)
		return VGPU_ERR_INVALID;
	cursor = &t->cursors[c.pos.scanout_id];
	cursor->x = c.pos.x;
	cursor->y = c.pos.y;
	if (c.hdr.type == VGPU_CMD_MOVE_CURSOR) {
		cursor->moves++;
		return 0;
	}
	p->p.resource_id = c.resource_id;
	cursor->resource_id = c.resource_id;
	cursor->hot_x = c.hot_x;
	cursor->hot_y = c.hot_y;
	cursor->updates++;
	return 0;
}

static int submit(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_cmd_submit c;
	int err = vgpu_decode_cmd_submit(m->wire, m->size, &c);

	if (err)
		return err;
	if (!track_context(t, p->p.hdr.ctx_id))
		return VGPU_ERR_INVALID;
	track_submit(t, m);
	return 0;
}

/* Has no effect before it is answered: what the answer is about. */
static int assign_uuid(struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_resource_assign_uuid c;
	int err = vgpu_decode_resource_assign_uuid(m->wire, m->size, &c);

	p->p.resource_id = c.resource_id;
	return err;
}

static int get_capset(struct pending *p, const struct vgpu_track_message *m)
{
	struct vgpu_get_capset c;
	int err = vgpu_decode_get_capset(m->wire, m->size, &c);

	p->p.resource_id = c.capset_id; /* not a resource here */
	return err;
}

int track_apply(struct vgpu_track *t, struct pending *p, const struct vgpu_track_message *m)
{
	switch (p->p.hdr.type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
		return create_2d(t, p, m);
	case VGPU_CMD_RESOURCE_CREATE_3D:
		return create_3d(t, p, m);
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		return create_blob(t, p, m);
	case VGPU_CMD_RESOURCE_UNREF:
		return resource_unref(t, p, m);
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
		return attach_backing(t, p, m);
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		return detach_backing(t, p, m);
	case VGPU_CMD_SET_SCANOUT:
		return set_scanout(t, p, m);
	case VGPU_CMD_SET_SCANOUT_BLOB:
		return set_scanout_blob(t, p, m);
	case VGPU_CMD_RESOURCE_FLUSH:
		return flush(t, p, m);
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		return transfer_2d(t, p, m);
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		return transfer_3d(t, p, m);
	case VGPU_CMD_CTX_CREATE:
		return ctx_create(t, p, m);
	case VGPU_CMD_CTX_DESTROY:
		return ctx_destroy(t, p);
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
		return ctx_attach(t, p, m);
	case VGPU_CMD_CTX_DETACH_RESOURCE:
		return ctx_detach(t, p, m);
	case VGPU_CMD_SUBMIT_3D:
		return submit(t, p, m);
	case VGPU_CMD_RESOURCE_MAP_BLOB:
		return map_blob(t, p, m);
	case VGPU_CMD_RESOURCE_UNMAP_BLOB:
		return unmap_blob(t, p, m);
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		return cursor(t, p, m);
	case VGPU_CMD_RESOURCE_ASSIGN_UUID:
		return assign_uuid(p, m);
	case VGPU_CMD_GET_CAPSET:
		return get_capset(p, m);
	default:
		return 0;
	}
}
