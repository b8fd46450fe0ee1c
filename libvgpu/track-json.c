/* SPDX-License-Identifier: MIT */
/* The tracker's state as JSON. */
#include <string.h>

#include <vgpu/track.h>

#include "out.h"
#include "track-state.h"

/* Where the next comma goes. */
struct json {
	struct out out;
	bool more;
};

static void put_key(struct json *j, const char *name)
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

static void begin(struct json *j, const char *name, char bracket)
{
	put_key(j, name);
	out_char(&j->out, bracket);
	j->more = false;
}

static void end(struct json *j, char bracket)
{
	out_char(&j->out, bracket);
	j->more = true;
}

static void number(struct json *j, const char *name, uint64_t value)
{
	bool string = value >= 1ull << 53;

	put_key(j, name);
	if (string)
		out_char(&j->out, '"');
	out_uint(&j->out, value);
	if (string)
		out_char(&j->out, '"');
}

static void boolean(struct json *j, const char *name, bool value)
{
	put_key(j, name);
	out_text(&j->out, value ? "true" : "false");
}

static void chars(struct json *j, const char *name, const char *text)
{
	put_key(j, name);
	if (text)
		out_json_string(&j->out, (const uint8_t *)text, strlen(text));
	else
		out_text(&j->out, "null");
}

static void rect(struct json *j, const char *name, const struct vgpu_rect *r)
{
	begin(j, name, '{');
	number(j, "x", r->x);
	number(j, "y", r->y);
	number(j, "width", r->width);
	number(j, "height", r->height);
	end(j, '}');
}

static void contexts(struct json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_context *c = NULL;

	begin(j, "contexts", '[');
	while ((c = vgpu_track_context_next(t, c))) {
		begin(j, NULL, '{');
		number(j, "id", c->id);
		number(j, "capset", c->capset);
		chars(j, "capset_name", vgpu_capset_name(c->capset));
		chars(j, "stream", vgpu_stream_name(c->stream));
		chars(j, "name", c->name);
		number(j, "attached", c->attached);
		number(j, "created", c->created);
		number(j, "submits", c->submits);
		number(j, "stream_bytes", c->stream_bytes);
		end(j, '}');
	}
	end(j, ']');
}

static void shape(struct json *j, const struct vgpu_track_resource *r)
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

static void blob(struct json *j, const struct vgpu_track_resource *r)
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

static void resources(struct json *j, const struct vgpu_track *t)
{
	static const char *const kinds[] = { "2d", "3d", "blob" };
	const struct vgpu_track_resource *r = NULL;

	begin(j, "resources", '[');
	while ((r = vgpu_track_resource_next(t, r))) {
		begin(j, NULL, '{');
		number(j, "id", r->id);
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
		end(j, '}');
	}
	end(j, ']');
}

/* Those that were ever touched. */
static void scanouts(struct json *j, const struct vgpu_track *t)
{
	begin(j, "scanouts", '[');
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		const struct vgpu_track_scanout *s = &t->scanouts[i];

		if (!s->set && !s->enabled)
			continue;
		begin(j, NULL, '{');
		number(j, "id", i);
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
		end(j, '}');
	}
	end(j, ']');
}

static void cursors(struct json *j, const struct vgpu_track *t)
{
	begin(j, "cursors", '[');
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		const struct vgpu_track_cursor *c = &t->cursors[i];

		if (!c->updates && !c->moves)
			continue;
		begin(j, NULL, '{');
		number(j, "scanout_id", i);
		number(j, "resource_id", c->resource_id);
		number(j, "x", c->x);
		number(j, "y", c->y);
		number(j, "hot_x", c->hot_x);
		number(j, "hot_y", c->hot_y);
		number(j, "updates", c->updates);
		number(j, "moves", c->moves);
		end(j, '}');
	}
	end(j, ']');
}

static void timelines(struct json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_timeline *l = NULL;

	begin(j, "timelines", '[');
	while ((l = vgpu_track_timeline_next(t, l))) {
		begin(j, NULL, '{');
		if (l->ring) {
			number(j, "ctx_id", l->ctx_id);
			number(j, "ring_idx", l->ring_idx);
		}
		number(j, "queued", l->queued);
		number(j, "completed", l->completed);
		number(j, "pending", l->pending);
		end(j, '}');
	}
	end(j, ']');
}

static void pending(struct json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_pending *p = NULL;

	begin(j, "pending", '[');
	while ((p = vgpu_track_pending_next(t, p))) {
		begin(j, NULL, '{');
		number(j, "number", p->number);
		number(j, "queue", p->queue);
		chars(j, "cmd",
		      vgpu_dialect_value(t->negotiated.dialect, VGPU_SET_CMD, p->hdr.type));
		number(j, "type", p->hdr.type);
		number(j, "ctx_id", p->hdr.ctx_id);
		if (p->hdr.flags & VGPU_FLAG_FENCE)
			number(j, "fence_id", p->hdr.fence_id);
		boolean(j, "completed", p->completed);
		end(j, '}');
	}
	end(j, ']');
}

static void capsets(struct json *j, const struct vgpu_track *t)
{
	const struct vgpu_track_capset *c = NULL;

	begin(j, "capsets", '[');
	while ((c = vgpu_track_capset_next(t, c))) {
		begin(j, NULL, '{');
		number(j, "id", c->id);
		chars(j, "name", vgpu_capset_name(c->id));
		number(j, "max_version", c->max_version);
		number(j, "max_size", c->max_size);
		if (c->context_type)
			number(j, "context_type", c->context_type);
		end(j, '}');
	}
	end(j, ']');
}

int vgpu_track_json(const struct vgpu_track *t, const struct vgpu_sink *sink)
{
	struct json j = { .more = false };

	out_init(&j.out, sink);
	begin(&j, NULL, '{');
	boolean(&j, "partial", t->partial);
	number(&j, "commands", t->commands);
	number(&j, "responses", t->responses);
	number(&j, "failed", t->failed);
	contexts(&j, t);
	resources(&j, t);
	scanouts(&j, t);
	cursors(&j, t);
	timelines(&j, t);
	pending(&j, t);
	capsets(&j, t);
	end(&j, '}');
	return out_finish(&j.out);
}
