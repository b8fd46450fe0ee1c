/* SPDX-License-Identifier: MIT */
/* Differences between two states, as structs and as JSON. */
#include <string.h>

#include <vgpu/track.h>

#include "json.h"
#include "state.h"

typedef int (*change_fn)(void *data, const struct vgpu_track_change *change);

/* Both maps side by side; the public struct stands `at` bytes into the object, `size` long. */
static int diff_maps(const struct idmap *before, const struct idmap *after, size_t at, size_t size,
		     enum vgpu_track_object object, change_fn change, void *data)
{
	const uint64_t *a, *b;
	size_t i = 0, j = 0;
	int err;

	while ((a = idmap_at(before, i)), (b = idmap_at(after, j)), a || b) {
		struct vgpu_track_change c = { .object = object };
		bool has_a = a && (!b || *a <= *b), has_b = b && (!a || *b <= *a);

		c.id = has_a ? *a : *b;
		c.before = has_a ? (const char *)a + at : NULL;
		c.after = has_b ? (const char *)b + at : NULL;
		i += has_a;
		j += has_b;
		if (has_a && has_b && !memcmp(c.before, c.after, size))
			continue;
		err = change(data, &c);
		if (err)
			return err;
	}
	return 0;
}

static int diff_arrays(const void *before, const void *after, size_t size,
		       enum vgpu_track_object object, change_fn change, void *data)
{
	int err;

	for (size_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		struct vgpu_track_change c = { .object = object,
					       .id = i,
					       .before = (const char *)before + i * size,
					       .after = (const char *)after + i * size };

		if (!memcmp(c.before, c.after, size))
			continue;
		err = change(data, &c);
		if (err)
			return err;
	}
	return 0;
}

int vgpu_track_diff(const struct vgpu_track *before, const struct vgpu_track *after,
		    int (*change)(void *data, const struct vgpu_track_change *change), void *data)
{
	int err = diff_maps(&before->contexts, &after->contexts, offsetof(struct context, c),
			    sizeof(struct vgpu_track_context), VGPU_TRACK_CONTEXT, change, data);

	if (!err)
		err = diff_maps(&before->resources, &after->resources, offsetof(struct resource, r),
				sizeof(struct vgpu_track_resource), VGPU_TRACK_RESOURCE, change,
				data);
	if (!err)
		err = diff_arrays(before->scanouts, after->scanouts,
				  sizeof(struct vgpu_track_scanout), VGPU_TRACK_SCANOUT, change,
				  data);
	if (!err)
		err = diff_arrays(before->cursors, after->cursors, sizeof(struct vgpu_track_cursor),
				  VGPU_TRACK_CURSOR, change, data);
	if (!err)
		err = diff_maps(&before->timelines, &after->timelines, offsetof(struct timeline, l),
				sizeof(struct vgpu_track_timeline), VGPU_TRACK_TIMELINE, change,
				data);
	if (!err)
		err = diff_maps(&before->attachments, &after->attachments,
				offsetof(struct attachment, a),
				sizeof(struct vgpu_track_attachment), VGPU_TRACK_ATTACHMENT, change,
				data);
	if (!err)
		err = diff_maps(&before->pending, &after->pending, offsetof(struct pending, p),
				sizeof(struct vgpu_track_pending), VGPU_TRACK_PENDING, change,
				data);
	return err;
}

/* An object's members as JSON text, without its ids, and one of them after the other. */
struct members {
	char text[4096]; /* the longest object, a context with the worst name, has 700 */
	const char *at;
};

static void members_of(struct members *m, const struct vgpu_track *t,
		       const struct vgpu_track_change *change, const void *state)
{
	struct vgpu_buffer buffer;
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, m->text, sizeof(m->text));
	struct track_json j;

	track_json_init(&j, t, &sink);
	if (state)
		track_json_members(&j, change->object, state);
	out_finish(&j.out);
	m->at = m->text;
}

/* The length of a value: up to a comma or the end outside of strings and brackets. */
static size_t value_length(const char *value)
{
	bool string = false;
	size_t n, depth = 0;

	for (n = 0; value[n] && (value[n] != ',' || string || depth); n++) {
		if (string) {
			n += value[n] == '\\';
			string = value[n] != '"';
		} else {
			string = value[n] == '"';
			depth += value[n] == '{' || value[n] == '[';
			depth -= value[n] == '}' || value[n] == ']';
		}
	}
	return n;
}

/* The next `"name":value`; its length, 0 at the end. */
static size_t next_member(struct members *m, const char **out)
{
	size_t n = value_length(m->at);

	*out = m->at;
	m->at += n + (m->at[n] == ',');
	return n;
}

static bool has_member(struct members *m, const char *member, size_t size)
{
	const char *other;
	size_t n;

	m->at = m->text;
	while ((n = next_member(m, &other))) {
		if (n == size && !memcmp(member, other, n))
			return true;
	}
	return false;
}

struct diff_json {
	const struct vgpu_track *t;
	struct track_json j;
	enum vgpu_track_object object; /* whose array is open */
	struct members before, after;
};

/* The members of one side that the other has not, or has with another value; all beside nothing. */
static void put_side(struct diff_json *d, const char *name, const void *state, const void *other,
		     struct members *mine, struct members *others)
{
	const char *member;
	size_t n;

	if (!state) {
		track_json_null(&d->j, name);
		return;
	}
	track_json_begin(&d->j, name, '{');
	mine->at = mine->text;
	while ((n = next_member(mine, &member))) {
		if (other && has_member(others, member, n))
			continue;
		track_json_raw(&d->j, member, n);
	}
	track_json_end(&d->j, '}');
}

static int put_change(void *data, const struct vgpu_track_change *change)
{
	struct diff_json *d = data;

	members_of(&d->before, d->t, change, change->before);
	members_of(&d->after, d->t, change, change->after);
	if (!strcmp(d->before.text, d->after.text))
		return 0; /* the bytes between members */
	if (d->object != change->object) {
		if (d->object != VGPU_TRACK_OBJECT_COUNT)
			track_json_end(&d->j, ']');
		track_json_begin(&d->j, track_json_array(change->object), '[');
		d->object = change->object;
	}
	track_json_begin(&d->j, NULL, '{');
	track_json_ids(&d->j, change->object, change->id);
	put_side(d, "before", change->before, change->after, &d->before, &d->after);
	put_side(d, "after", change->after, change->before, &d->after, &d->before);
	track_json_end(&d->j, '}');
	return d->j.out.err;
}

int vgpu_track_diff_json(const struct vgpu_track *before, const struct vgpu_track *after,
			 const struct vgpu_sink *sink)
{
	struct diff_json d;

	d.t = after;
	track_json_init(&d.j, after, sink);
	d.object = VGPU_TRACK_OBJECT_COUNT;
	track_json_begin(&d.j, NULL, '{');
	vgpu_track_diff(before, after, put_change, &d);
	if (d.object != VGPU_TRACK_OBJECT_COUNT)
		track_json_end(&d.j, ']');
	track_json_end(&d.j, '}');
	return out_finish(&d.j.out);
}
