/* SPDX-License-Identifier: MIT */
/* The tracker's state as JSON. */
#include <string.h>

#include <vgpu/track.h>

#include "json.h"
#include "state.h"

void track_json_init(struct track_json *j, const struct vgpu_track *t, const struct vgpu_sink *sink)
{
	out_init(&j->out, sink);
	j->dialect = t->negotiated.dialect;
	j->more = false;
}

static void put_key(struct track_json *j, const char *name)
{
	if (j->more)
		out_char(&j->out, ',');
	j->more = true;
	if (!name)
		return;
	out_char(&j->out, '"');
	out_text(&j->out, name);
	out_text(&j->out, "\":");
}

void track_json_begin(struct track_json *j, const char *name, char bracket)
{
	put_key(j, name);
	out_char(&j->out, bracket);
	j->more = false;
}

void track_json_end(struct track_json *j, char bracket)
{
	out_char(&j->out, bracket);
	j->more = true;
}

void track_json_null(struct track_json *j, const char *name)
{
	put_key(j, name);
	out_text(&j->out, "null");
}

void track_json_raw(struct track_json *j, const char *member, size_t size)
{
	put_key(j, NULL);
	out_mem(&j->out, member, size);
}

static void number(struct track_json *j, const char *name, uint64_t value)
{
	bool string = value >= 1ull << 53;

	put_key(j, name);
	if (string)
		out_char(&j->out, '"');
	out_uint(&j->out, value);
	if (string)
		out_char(&j->out, '"');
}

static void boolean(struct track_json *j, const char *name, bool value)
{
	put_key(j, name);
	out_text(&j->out, value ? "true" : "false");
}

static void chars(struct track_json *j, const char *name, const char *text)
{
	put_key(j, name);
	if (text)
		out_json_string(&j->out, (const uint8_t *)text, strlen(text));
	else
		out_text(&j->out, "null");
}

static void rect(struct track_json *j, const char *name, const struct vgpu_rect *r)
{
	track_json_begin(j, name, '{');
	number(j, "x", r->x);
	number(j, "y", r->y);
	number(j, "width", r->width);
	number(j, "height", r->height);
	track_json_end(j, '}');
}
static void context(struct track_json *j, const struct vgpu_track_context *c)
{
	number(j, "capset", c->capset);
	chars(j, "capset_name", vgpu_capset_name(c->capset));
	chars(j, "stream", vgpu_stream_name(c->stream));
	chars(j, "name", c->name);
	number(j, "attached", c->attached);
	number(j, "created", c->created);
	number(j, "submits", c->submits);
	number(j, "stream_bytes", c->stream_bytes);
}

static void shape(struct track_json *j, const struct vgpu_track_resource *r)
{
	chars(j, "target", vgpu_value_name(VGPU_SET_PIPE, r->target));
	chars(j, "format", vgpu_format_name(r->format));
	number(j, "bind", r->bind);
	number(j, "width", r->width);
	number(j, "height", r->height);
	number(j, "depth", r->depth);
	number(j, "array_size", r->array_size);
	number(j, "last_level", r->last_level);
	number(j, "nr_samples", r->nr_samples);
	number(j, "flags", r->flags);
}

static void blob(struct track_json *j, const struct vgpu_track_resource *r)
{
	chars(j, "blob_mem", vgpu_value_name(VGPU_SET_BLOB_MEM, r->blob_mem));
	number(j, "blob_flags", r->blob_flags);
	number(j, "blob_ctx", r->blob_ctx);
	number(j, "blob_id", r->blob_id);
	number(j, "blob_size", r->blob_size);
	boolean(j, "mapped", r->mapped);
	if (!r->mapped)
		return;
	number(j, "map_offset", r->map_offset);
	number(j, "map_info", r->map_info);
}

static void resource(struct track_json *j, const struct vgpu_track_resource *r)
{
	static const char *const kinds[] = { "2d", "3d", "blob" };

	chars(j, "kind", kinds[r->kind]);
	number(j, "created", r->created);
	if (r->kind == VGPU_TRACK_BLOB)
		blob(j, r);
	else
		shape(j, r);
	boolean(j, "backed", r->backed);
	number(j, "backing_entries", r->backing_entries);
	number(j, "backing_bytes", r->backing_bytes);
	if (r->has_uuid) {
		put_key(j, "uuid");
		out_char(&j->out, '"');
		out_bytes(&j->out, r->uuid, sizeof(r->uuid));
		out_char(&j->out, '"');
	}
	number(j, "attached", r->attached);
	number(j, "scanouts", r->scanouts);
	number(j, "to_host_bytes", r->to_host_bytes);
	number(j, "from_host_bytes", r->from_host_bytes);
	number(j, "inline_bytes", r->inline_bytes);
	number(j, "flushes", r->flushes);
}

static void scanout(struct track_json *j, const struct vgpu_track_scanout *s)
{
	number(j, "resource_id", s->resource_id);
	rect(j, "r", &s->r);
	number(j, "set", s->set);
	number(j, "frames", s->frames);
	if (s->blob) {
		number(j, "width", s->width);
		number(j, "height", s->height);
		chars(j, "format", vgpu_format_name(s->format));
		number(j, "stride", s->strides[0]);
		number(j, "offset", s->offsets[0]);
	}
	boolean(j, "enabled", s->enabled);
	rect(j, "display", &s->display);
}

static void cursor(struct track_json *j, const struct vgpu_track_cursor *c)
{
	number(j, "resource_id", c->resource_id);
	number(j, "x", c->x);
	number(j, "y", c->y);
	number(j, "hot_x", c->hot_x);
	number(j, "hot_y", c->hot_y);
	number(j, "updates", c->updates);
	number(j, "moves", c->moves);
}

static void timeline(struct track_json *j, const struct vgpu_track_timeline *l)
{
	number(j, "queued", l->queued);
	number(j, "completed", l->completed);
	number(j, "pending", l->pending);
}

static void pending(struct track_json *j, const struct vgpu_track_pending *p)
{
	number(j, "queue", p->queue);
	chars(j, "cmd", vgpu_dialect_value(j->dialect, VGPU_SET_CMD, p->hdr.type));
	number(j, "type", p->hdr.type);
	number(j, "ctx_id", p->hdr.ctx_id);
	if (p->hdr.flags & VGPU_FLAG_FENCE)
		number(j, "fence_id", p->hdr.fence_id);
	boolean(j, "completed", p->completed);
}

const char *track_json_array(enum vgpu_track_object object)
{
	static const char *const names[VGPU_TRACK_OBJECT_COUNT] = {
		[VGPU_TRACK_CONTEXT] = "contexts",   [VGPU_TRACK_RESOURCE] = "resources",
		[VGPU_TRACK_SCANOUT] = "scanouts",   [VGPU_TRACK_CURSOR] = "cursors",
		[VGPU_TRACK_TIMELINE] = "timelines", [VGPU_TRACK_ATTACHMENT] = "attachments",
		[VGPU_TRACK_PENDING] = "pending",
	};

	return names[object];
}

void track_json_ids(struct track_json *j, enum vgpu_track_object object, uint64_t id)
{
	uint32_t high = (uint32_t)(id >> 32), low = (uint32_t)id;

	switch (object) {
	case VGPU_TRACK_TIMELINE:
		if (id == TIMELINE_ALL)
			return;
		number(j, "ctx_id", high);
		number(j, "ring_idx", low);
		return;
	case VGPU_TRACK_ATTACHMENT:
		number(j, "ctx_id", high);
		number(j, "resource_id", low);
		return;
	case VGPU_TRACK_CURSOR:
		number(j, "scanout_id", id);
		return;
	case VGPU_TRACK_PENDING:
		number(j, "number", id);
		return;
	default:
		number(j, "id", id);
		return;
	}
}

void track_json_members(struct track_json *j, enum vgpu_track_object object, const void *state)
{
	switch (object) {
	case VGPU_TRACK_CONTEXT:
		context(j, state);
		return;
	case VGPU_TRACK_RESOURCE:
		resource(j, state);
		return;
	case VGPU_TRACK_SCANOUT:
		scanout(j, state);
		return;
	case VGPU_TRACK_CURSOR:
		cursor(j, state);
		return;
	case VGPU_TRACK_TIMELINE:
		timeline(j, state);
		return;
	case VGPU_TRACK_ATTACHMENT:
		number(j, "attached", ((const struct vgpu_track_attachment *)state)->attached);
		return;
	case VGPU_TRACK_PENDING:
		pending(j, state);
		return;
	case VGPU_TRACK_OBJECT_COUNT:
		return;
	}
}

static void object(struct track_json *j, enum vgpu_track_object kind, uint64_t id,
		   const void *state)
{
	track_json_begin(j, NULL, '{');
	track_json_ids(j, kind, id);
	track_json_members(j, kind, state);
	track_json_end(j, '}');
}

static void of_maps(struct track_json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_attachment *a = NULL;
	const struct vgpu_track_resource *r = NULL;
	const struct vgpu_track_timeline *l = NULL;
	const struct vgpu_track_context *c = NULL;
	const struct vgpu_track_pending *p = NULL;

	track_json_begin(j, "contexts", '[');
	while ((c = vgpu_track_context_next(t, c)))
		object(j, VGPU_TRACK_CONTEXT, c->id, c);
	track_json_end(j, ']');
	track_json_begin(j, "resources", '[');
	while ((r = vgpu_track_resource_next(t, r)))
		object(j, VGPU_TRACK_RESOURCE, r->id, r);
	track_json_end(j, ']');
	track_json_begin(j, "timelines", '[');
	while ((l = vgpu_track_timeline_next(t, l)))
		object(j, VGPU_TRACK_TIMELINE,
		       l->ring ? track_pair(l->ctx_id, l->ring_idx) : TIMELINE_ALL, l);
	track_json_end(j, ']');
	track_json_begin(j, "attachments", '[');
	while ((a = vgpu_track_attachment_next(t, a)))
		object(j, VGPU_TRACK_ATTACHMENT, track_pair(a->ctx_id, a->resource_id), a);
	track_json_end(j, ']');
	track_json_begin(j, "pending", '[');
	while ((p = vgpu_track_pending_next(t, p)))
		object(j, VGPU_TRACK_PENDING, p->number, p);
	track_json_end(j, ']');
}

/* Those that were ever touched. */
static void of_arrays(struct track_json *j, const struct vgpu_track *t)
{
	track_json_begin(j, "scanouts", '[');
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (t->scanouts[i].set || t->scanouts[i].enabled)
			object(j, VGPU_TRACK_SCANOUT, i, &t->scanouts[i]);
	}
	track_json_end(j, ']');
	track_json_begin(j, "cursors", '[');
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (t->cursors[i].updates || t->cursors[i].moves)
			object(j, VGPU_TRACK_CURSOR, i, &t->cursors[i]);
	}
	track_json_end(j, ']');
}

static void capsets(struct track_json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_capset *c = NULL;

	track_json_begin(j, "capsets", '[');
	while ((c = vgpu_track_capset_next(t, c))) {
		track_json_begin(j, NULL, '{');
		number(j, "id", c->id);
		chars(j, "name", vgpu_capset_name(c->id));
		number(j, "max_version", c->max_version);
		number(j, "max_size", c->max_size);
		if (c->context_type)
			number(j, "context_type", c->context_type);
		track_json_end(j, '}');
	}
	track_json_end(j, ']');
}

int vgpu_track_json(const struct vgpu_track *t, const struct vgpu_sink *sink)
{
	struct track_json j;

	track_json_init(&j, t, sink);
	track_json_begin(&j, NULL, '{');
	boolean(&j, "partial", t->partial);
	number(&j, "commands", t->commands);
	number(&j, "responses", t->responses);
	number(&j, "failed", t->failed);
	number(&j, "to_host_bytes", t->to_host_bytes);
	number(&j, "from_host_bytes", t->from_host_bytes);
	number(&j, "inline_bytes", t->inline_bytes);
	of_maps(&j, t);
	of_arrays(&j, t);
	capsets(&j, t);
	track_json_end(&j, '}');
	return out_finish(&j.out);
}
