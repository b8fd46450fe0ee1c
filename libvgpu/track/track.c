/* SPDX-License-Identifier: MIT */
/* The tracker's life, and the two calls that feed it. */
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/track.h>

#include "cursor.h"
#include "state.h"

int vgpu_track_create(struct vgpu_track **out, const struct vgpu_track_options *options)
{
	struct vgpu_track *t = calloc(1, sizeof(*t));
	size_t graves = GRAVES * sizeof(struct grave);

	*out = NULL;
	if (!t)
		return VGPU_ERR_TOO_LARGE;
	t->budget.max = options && options->memory_max ? options->memory_max : MEMORY_MAX;
	if (options)
		t->negotiated = options->negotiated;
	t->budget.used = sizeof(*t) + 2 * graves;
	if (t->budget.used > t->budget.max)
		goto fail;
	t->dead_resources = malloc(graves);
	t->dead_contexts = malloc(graves);
	if (!t->dead_resources || !t->dead_contexts)
		goto fail;
	idmap_init(&t->contexts, sizeof(struct context), &t->budget);
	idmap_init(&t->resources, sizeof(struct resource), &t->budget);
	idmap_init(&t->attachments, sizeof(struct attachment), &t->budget);
	idmap_init(&t->timelines, sizeof(struct timeline), &t->budget);
	idmap_init(&t->pending, sizeof(struct pending), &t->budget);
	vgpu_track_reset(t);
	*out = t;
	return 0;

fail:
	free(t->dead_resources);
	free(t->dead_contexts);
	free(t);
	return VGPU_ERR_TOO_LARGE;
}

void vgpu_track_reset(struct vgpu_track *t)
{
	idmap_clear(&t->contexts);
	idmap_clear(&t->resources);
	idmap_clear(&t->attachments);
	idmap_clear(&t->timelines);
	idmap_clear(&t->pending);
	memset(t->scanouts, 0, sizeof(t->scanouts));
	memset(t->cursors, 0, sizeof(t->cursors));
	memset(t->capsets, 0, sizeof(t->capsets));
	memset(t->dead_resources, 0, GRAVES * sizeof(struct grave));
	memset(t->dead_contexts, 0, GRAVES * sizeof(struct grave));
	t->n_capsets = 0;
	t->mapped = 0;
	t->partial = false;
	t->missing = 0;
}

void vgpu_track_negotiated(struct vgpu_track *t, const struct vgpu_negotiated *n)
{
	t->negotiated = *n;
}

void vgpu_track_destroy(struct vgpu_track *t)
{
	if (!t)
		return;
	vgpu_track_reset(t);
	free(t->dead_resources);
	free(t->dead_contexts);
	free(t);
}

void vgpu_track_missing(struct vgpu_track *t, bool before)
{
	t->partial = true;
	if (before)
		return;
	t->missing = t->last;
	/* The dead may live again. */
	memset(t->dead_resources, 0, GRAVES * sizeof(struct grave));
	memset(t->dead_contexts, 0, GRAVES * sizeof(struct grave));
}

bool vgpu_track_is_certain(const struct vgpu_track *t, uint64_t number)
{
	return number > t->missing || !t->missing;
}

static void drop_oldest(struct vgpu_track *t)
{
	struct pending *p = idmap_at(&t->pending, 0);

	track_fence_drop(t, p);
	idmap_remove(&t->pending, p->key);
}

int vgpu_track_request(struct vgpu_track *t, const struct vgpu_track_message *m)
{
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;
	struct pending *p;
	int err;

	t->commands++;
	if (m->number > t->last)
		t->last = m->number;
	err = vgpu_decode_ctrl_hdr(m->wire, m->size, &hdr);
	if (err)
		return err;
	if (t->pending.count >= PENDING_MAX)
		drop_oldest(t);
	p = idmap_add(&t->pending, m->number);
	if (!p) {
		if (idmap_find(&t->pending, m->number))
			return VGPU_ERR_INVALID;
		t->partial = true;
		return VGPU_ERR_TOO_LARGE;
	}
	p->p.number = m->number;
	p->p.time_ns = m->time_ns;
	p->p.queue = m->queue;
	p->p.room = m->room;
	p->p.hdr = hdr;
	info = vgpu_dialect_cmd(t->negotiated.dialect, hdr.type);
	err = hdr.flags & VGPU_FLAG_FENCE ? track_fence_queue(t, p) : 0;
	if (!err)
		err = info ? track_apply(t, p, m) : VGPU_ERR_UNKNOWN;
	if (err == VGPU_ERR_TOO_LARGE)
		t->partial = true;
	/* No answer comes where there is no room for one: cursors. */
	if (!m->room)
		idmap_remove(&t->pending, m->number);
	return err;
}

static void undo(struct vgpu_track *t, struct pending *p)
{
	struct resource *r = track_resource(t, p->p.resource_id);
	struct context *c = track_context(t, p->p.hdr.ctx_id);
	const struct attachment *a;

	switch (p->p.hdr.type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
	case VGPU_CMD_RESOURCE_CREATE_3D:
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		if (r && r->r.created == p->key)
			track_forget_resource(t, p->p.resource_id, 0);
		break;
	case VGPU_CMD_CTX_CREATE:
		if (c && c->c.created == p->key)
			track_forget_context(t, p->p.hdr.ctx_id, 0);
		break;
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
		a = idmap_find(&t->attachments, track_pair(p->p.hdr.ctx_id, p->p.resource_id));
		if (a && a->a.attached == p->key)
			track_detach(t, p->p.hdr.ctx_id, p->p.resource_id);
		break;
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		/* Only when nothing came between. */
		if (!r || r->attach_number != p->key)
			break;
		r->r.backed = p->before.backing.backed;
		r->r.backing_entries = p->before.backing.entries;
		r->r.backing_bytes = p->before.backing.bytes;
		r->attach_number = p->before.backing.attach_number;
		break;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
		if (r && r->map_number == p->key)
			track_unmap(t, r);
		break;
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_SET_SCANOUT_BLOB:
		for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
			if (t->scanouts[i].set == p->key)
				track_show(t, i, &p->before.scanout);
		}
		break;
	}
}

static void answer_display(struct vgpu_track *t, const struct vgpu_track_message *m)
{
	struct vgpu_resp_display_info info;

	if (vgpu_decode_resp_display_info(m->wire, m->size, &info))
		return;
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		t->scanouts[i].enabled = info.pmodes[i].enabled;
		t->scanouts[i].display = info.pmodes[i].r;
	}
}

static struct vgpu_track_capset *capset_of(struct vgpu_track *t, uint32_t id)
{
	for (size_t i = 0; i < t->n_capsets; i++) {
		if (t->capsets[i].id == id)
			return &t->capsets[i];
	}
	if (t->n_capsets == CAPSETS_MAX)
		return NULL;
	t->capsets[t->n_capsets].id = id;
	return &t->capsets[t->n_capsets++];
}

static void answer_capset_info(struct vgpu_track *t, const struct vgpu_track_message *m)
{
	struct vgpu_track_capset *c;
	struct vgpu_resp_capset_info info;

	if (vgpu_decode_resp_capset_info(m->wire, m->size, &info))
		return;
	c = capset_of(t, info.capset_id);
	if (!c)
		return;
	c->max_version = info.capset_max_version;
	c->max_size = info.capset_max_size;
}

enum vgpu_stream track_stream(const struct vgpu_track *t, uint32_t capset)
{
	const struct vgpu_track_capset *c = vgpu_track_capset(t, capset);

	return vgpu_stream_of(capset, c ? c->context_type : 0);
}

/* Contexts may have come before the answer that tells their language. */
static void rename_streams(struct vgpu_track *t)
{
	const struct vgpu_track_context *c = NULL;

	while ((c = vgpu_track_context_next(t, c)))
		track_context(t, c->id)->c.stream = track_stream(t, c->capset);
}

/* Which kernel driver DRM native contexts speak. */
static void answer_capset(struct vgpu_track *t, const struct pending *p,
			  const struct vgpu_track_message *m)
{
	uint32_t type = vgpu_drm_context_told(m->wire, m->size);
	struct vgpu_track_capset *c;

	if (p->p.resource_id != VGPU_CAPSET_DRM || !type)
		return;
	c = capset_of(t, VGPU_CAPSET_DRM);
	if (!c)
		return;
	c->context_type = type;
	rename_streams(t);
}

static void answer_payload(struct vgpu_track *t, struct pending *p,
			   const struct vgpu_track_message *m, uint32_t type)
{
	struct resource *r = track_resource(t, p->p.resource_id);
	struct vgpu_resp_resource_uuid uuid;
	struct vgpu_resp_map_info map;

	switch (type) {
	case VGPU_RESP_OK_DISPLAY_INFO:
		answer_display(t, m);
		break;
	case VGPU_RESP_OK_CAPSET_INFO:
		answer_capset_info(t, m);
		break;
	case VGPU_RESP_OK_CAPSET:
		answer_capset(t, p, m);
		break;
	case VGPU_RESP_OK_RESOURCE_UUID:
		if (r && !vgpu_decode_resp_resource_uuid(m->wire, m->size, &uuid)) {
			r->r.has_uuid = true;
			memcpy(r->r.uuid, uuid.uuid, sizeof(uuid.uuid));
		}
		break;
	case VGPU_RESP_OK_MAP_INFO:
		if (r && r->map_number == p->key &&
		    !vgpu_decode_resp_map_info(m->wire, m->size, &map))
			r->r.map_info = map.map_info;
		break;
	}
}

int vgpu_track_response(struct vgpu_track *t, const struct vgpu_track_message *m)
{
	struct pending *p = idmap_find(&t->pending, m->number);
	struct vgpu_ctrl_hdr hdr;

	t->responses++;
	if (!p)
		return VGPU_ERR_UNKNOWN;
	/* A header that is cut says nothing, as an answer of no bytes does. */
	if (vgpu_decode_ctrl_hdr(m->wire, m->size, &hdr) == 0) {
		if (hdr.type >= VGPU_RESP_ERR_UNSPEC) {
			t->failed++;
			undo(t, p);
		} else {
			answer_payload(t, p, m, hdr.type);
		}
	}
	/* An error is answered at once, whatever waits before it on the timeline. */
	if (hdr.type >= VGPU_RESP_ERR_UNSPEC)
		track_fence_drop(t, p);
	else
		track_fence_done(t, p);
	idmap_remove(&t->pending, m->number);
	return 0;
}
