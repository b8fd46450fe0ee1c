/* SPDX-License-Identifier: MIT */
/* A message as a sequence of fields, from the descriptor table. */
#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "cursor.h"
#include "libc.h"
#include "path.h"
#include "table.h"
#include "visit.h"

struct walker {
	const uint8_t *wire;
	size_t size;
	size_t base;   /* of the wire bytes in what they are part of */
	size_t end;    /* how far the fields reach */
	bool embedded; /* in a stream: nothing is a tail of the message */
	vgpu_field_visit visit;
	void *data;
	struct vgpu_negotiated negotiated;
	bool tail;
	struct path path;
};

/* Hand one step to the visitor; `at` + `size` lie inside the message. */
static int emit(struct walker *w, struct vgpu_field *f, const char *name, size_t at, size_t size)
{
	f->path = w->path.text;
	f->name = name;
	f->offset = w->base + at;
	f->data = size ? w->wire + at : NULL;
	f->size = size;
	f->tail = w->tail;
	if (f->event == VGPU_FIELD_VALUE && at + size > w->end)
		w->end = at + size;
	return w->visit(w->data, f);
}

static int emit_event(struct walker *w, enum vgpu_field_event event, enum vgpu_field_type type,
		      const char *name, size_t at, size_t size)
{
	struct vgpu_field f = { .event = event, .type = type };

	return emit(w, &f, name, at, size);
}

static const char *value_name(const struct walker *w, enum vgpu_set_id set, uint32_t number)
{
	return vgpu_dialect_value(w->negotiated.dialect, set, number);
}

static int emit_scalar(struct walker *w, const struct field *d, const char *name, size_t at)
{
	struct vgpu_field f = { .event = VGPU_FIELD_VALUE, .type = VGPU_FIELD_UINT };
	uint32_t key;

	if (d->show == SHOW_CONTEXT_INIT &&
	    vgpu_feature_missing(&w->negotiated, VGPU_F_CONTEXT_INIT))
		return emit_event(w, VGPU_FIELD_VALUE, VGPU_FIELD_PADDING, name, at, d->width);
	f.value = load_le(w->wire + at, d->width);
	f.set = (enum vgpu_set_id)d->set;
	key = (uint32_t)f.value;
	switch (d->show) {
	case SHOW_PIXELS:
		f.unit = "pixels";
		break;
	case SHOW_SIZE:
		f.unit = "bytes";
		break;
	case SHOW_INT:
		f.type = VGPU_FIELD_INT;
		if (d->width == 4)
			f.value = (uint64_t)(int64_t)(int32_t)key;
		break;
	case SHOW_FOURCC:
		f.type = VGPU_FIELD_TEXT;
		break;
	case SHOW_HEX:
		f.type = VGPU_FIELD_HEX;
		break;
	case SHOW_FLAGS:
		f.type = VGPU_FIELD_FLAGS;
		break;
	case SHOW_CONTEXT_INIT:
	case SHOW_ENUM:
		f.type = VGPU_FIELD_ENUM;
		/* The other bits of these two are not the enum's. */
		if (d->show == SHOW_CONTEXT_INIT)
			key &= VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
		else if (d->set == VGPU_SET_MAP_CACHE)
			key &= VGPU_MAP_CACHE_MASK;
		f.text = value_name(w, f.set, key);
		break;
	case SHOW_TYPE:
		f.type = VGPU_FIELD_ENUM;
		f.set = value_name(w, VGPU_SET_CMD, key) ? VGPU_SET_CMD : VGPU_SET_RESP;
		f.text = value_name(w, f.set, key);
		break;
	}
	return emit(w, &f, name, at, d->width);
}

static int walk_struct(struct walker *w, const struct struct_desc *d, size_t base);

/* An object, in an object or in a list. */
static int walk_object(struct walker *w, enum vgpu_struct_id id, const char *name, size_t at)
{
	const struct struct_desc *d = struct_desc(id);
	size_t size = d->size;
	int err;

	/* remote-virtio-gpu has a scanout where others have ring_idx and padding. */
	if (id == VGPU_STRUCT_CTRL_HDR && w->negotiated.dialect == VGPU_DIALECT_RVGPU &&
	    w->size - at >= size &&
	    load_le32(w->wire + at + offsetof(struct vgpu_ctrl_hdr, flags)) & VGPU_RVGPU_FLAG_VSYNC)
		d = struct_desc(VGPU_STRUCT_CTRL_HDR_VSYNC);
	/* What is there of a cut one. */
	if (size > w->size - at)
		size = w->size - at;
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_OBJECT, name, at, size);
	if (err)
		return err;
	err = walk_struct(w, d, at);
	if (err && err != VGPU_ERR_TRUNCATED)
		return err;
	return emit_event(w, VGPU_FIELD_END, VGPU_FIELD_OBJECT, name, at, size) ?: err;
}

static int walk_list(struct walker *w, enum vgpu_struct_id id, const char *name, size_t at,
		     uint32_t count)
{
	size_t start = w->path.length, unit = vgpu_struct_size(id), size = count * unit;
	int err;

	if (size > w->size - at)
		size = w->size - at;
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_LIST, name, at, size);
	if (err)
		return err;
	for (uint32_t i = 0; i < count && !err; i++) {
		if (at + i * unit >= w->size) {
			err = VGPU_ERR_TRUNCATED;
			break;
		}
		path_add_index(&w->path, i);
		err = walk_object(w, id, NULL, at + i * unit);
		path_cut(&w->path, start);
	}
	if (err && err != VGPU_ERR_TRUNCATED)
		return err;
	return emit_event(w, VGPU_FIELD_END, VGPU_FIELD_LIST, name, at, size) ?: err;
}

static int walk_array(struct walker *w, const struct field *f, size_t at, size_t count)
{
	size_t start = w->path.length, size = count * f->width;
	int err;

	if (f->show == SHOW_TEXT || f->show == SHOW_BYTES)
		return emit_event(w, VGPU_FIELD_VALUE,
				  f->show == SHOW_TEXT ? VGPU_FIELD_TEXT : VGPU_FIELD_BYTES,
				  f->name, at, size);
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_ARRAY, f->name, at, size);
	for (uint32_t i = 0; i < count && !err; i++) {
		path_add_index(&w->path, i);
		err = emit_scalar(w, f, NULL, at + (size_t)i * f->width);
		path_cut(&w->path, start);
	}
	return err ?: emit_event(w, VGPU_FIELD_END, VGPU_FIELD_ARRAY, f->name, at, size);
}

static int walk_fences(struct walker *w, const struct field *f, size_t at, uint32_t count)
{
	struct field one = *f;
	int err;

	one.count = 1;
	path_add_name(&w->path, f->name);
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_ARRAY, f->name, at, (size_t)count * 8);
	for (uint32_t i = 0; i < count && !err; i++) {
		size_t start = w->path.length;

		path_add_index(&w->path, i);
		err = emit_scalar(w, &one, NULL, at + (size_t)i * 8);
		path_cut(&w->path, start);
	}
	if (!err)
		err = emit_event(w, VGPU_FIELD_END, VGPU_FIELD_ARRAY, f->name, at,
				 (size_t)count * 8);
	path_cut(&w->path, 0);
	return err;
}

static int walk_tail(struct walker *w, enum vgpu_struct_id id, const struct field *f)
{
	size_t at = struct_desc(id)->size;
	struct vgpu_tail tail;
	int cut, err = 0;

	cut = vgpu_struct_tail(id, w->wire, w->size, &tail);
	w->tail = true;
	if (f[-1].kind == FIELD_FENCES)
		err = walk_fences(w, f - 1, at, tail.fence_count);
	if (err)
		return err;
	at += (size_t)tail.fence_count * 8;
	path_add_name(&w->path, f->name);
	if (tail.kind == VGPU_TAIL_ENTRIES)
		err = walk_list(w, VGPU_STRUCT_MEM_ENTRY, f->name, at, tail.count);
	else
		err = emit_event(w, VGPU_FIELD_VALUE,
				 f->kind == FIELD_REST ? VGPU_FIELD_BYTES : VGPU_FIELD_STREAM,
				 f->name, at, tail.size);
	return err ?: cut;
}

/* Messages of Wayland when the bytes are framed as such; any other bytes as they are. */
static bool is_wayland(const uint8_t *p, size_t size)
{
	size_t length;

	if (!size)
		return false;
	for (; size; p += length, size -= length) {
		length = size < VGPU_WAYLAND_MESSAGE_SIZE ? 0 : load_le16(p + 6);
		if (length < VGPU_WAYLAND_MESSAGE_SIZE || length > size || length % 4)
			return false;
	}
	return true;
}

static int walk_wayland_message(struct walker *w, size_t at, size_t size)
{
	size_t start = w->path.length, fixed = VGPU_WAYLAND_MESSAGE_SIZE;
	int err;

	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_OBJECT, NULL, at, size);
	err = err ?: walk_struct(w, struct_desc(VGPU_STRUCT_WAYLAND_MESSAGE), at);
	if (err)
		return err;
	path_add_name(&w->path, "arguments");
	err = emit_event(w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, "arguments", at + fixed,
			 size - fixed);
	path_cut(&w->path, start);
	return err ?: emit_event(w, VGPU_FIELD_END, VGPU_FIELD_OBJECT, NULL, at, size);
}

static int walk_wayland(struct walker *w, const struct field *f, size_t at, size_t size)
{
	size_t start = w->path.length, length;
	uint32_t index = 0;
	int err;

	if (!is_wayland(w->wire + at, size))
		return emit_event(w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, f->name, at, size);
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_LIST, f->name, at, size);
	for (size_t done = 0; done < size && !err; done += length) {
		length = load_le16(w->wire + at + done + 6);
		path_add_index(&w->path, index++);
		err = walk_wayland_message(w, at + done, length);
		path_cut(&w->path, start);
	}
	return err ?: emit_event(w, VGPU_FIELD_END, VGPU_FIELD_LIST, f->name, at, size);
}

/* `count` units of one tail of a stream's command, which are all there. */
static int walk_units(struct walker *w, const struct field *f, size_t at, uint32_t count)
{
	switch (f->kind) {
	case FIELD_LIST:
		return walk_list(w, (enum vgpu_struct_id)f->nested, f->name, at, count);
	case FIELD_U32S:
		return walk_array(w, f, at, count);
	case FIELD_COUNTED_WAYLAND:
		return walk_wayland(w, f, at, count);
	default:
		return emit_event(w, VGPU_FIELD_VALUE,
				  f->kind == FIELD_COUNTED_TEXT ? VGPU_FIELD_TEXT
								: VGPU_FIELD_BYTES,
				  f->name, at, count);
	}
}

static size_t unit_size(const struct field *f)
{
	if (f->kind == FIELD_LIST)
		return vgpu_struct_size((enum vgpu_struct_id)f->nested);
	return f->kind == FIELD_U32S ? f->width : 1;
}

/* What follows a stream's command, as far as it is there. */
static int walk_command_tails(struct walker *w, const struct struct_desc *d)
{
	size_t start = w->path.length, at = d->size;
	int err = 0;

	for (unsigned int i = struct_tails(d); i < d->field_count && !err; i++) {
		const struct field *f = &d->fields[i];
		size_t unit = unit_size(f), left = (w->size - at) / unit;
		uint32_t declared, count;

		if (left > UINT32_MAX)
			left = UINT32_MAX;
		declared = f->kind == FIELD_REST ? (uint32_t)left : load_le32(w->wire + f->count);
		count = declared < left ? declared : (uint32_t)left;
		path_add_name(&w->path, f->name);
		err = walk_units(w, f, at, count);
		path_cut(&w->path, start);
		at += count * unit;
		if (!err && count < declared)
			err = VGPU_ERR_TRUNCATED;
	}
	return err;
}

/* Elements that mean something, of an array whose struct begins at `base`. */
static size_t array_length(const struct walker *w, const struct field *f, size_t base)
{
	uint32_t used;

	if (!f->used)
		return f->count;
	used = load_le32(w->wire + base + f->used);
	return used < f->count ? used : f->count;
}

/* Fields that are wholly there; VGPU_ERR_TRUNCATED at the first that is not. */
static int walk_struct(struct walker *w, const struct struct_desc *d, size_t base)
{
	size_t start = w->path.length;
	int err = 0;

	for (const struct field *f = d->fields; f < d->fields + d->field_count && !err; f++) {
		size_t at = base + f->offset;
		size_t size = (size_t)f->width * f->count;

		if (f->kind > FIELD_PAD)
			continue; /* a tail */
		if (at > w->size || size > w->size - at ||
		    (f->kind == FIELD_NESTED && at == w->size))
			return VGPU_ERR_TRUNCATED;
		path_add_name(&w->path, f->name);
		if (f->kind == FIELD_NESTED && f->array)
			err = walk_list(w, (enum vgpu_struct_id)f->nested, f->name, at, f->count);
		else if (f->kind == FIELD_NESTED)
			err = walk_object(w, (enum vgpu_struct_id)f->nested, f->name, at);
		else if (f->kind == FIELD_PAD)
			err = emit_event(w, VGPU_FIELD_VALUE, VGPU_FIELD_PADDING, f->name, at,
					 size);
		else if (f->array)
			err = walk_array(w, f, at, array_length(w, f, base));
		else
			err = emit_scalar(w, f, f->name, at);
		path_cut(&w->path, start);
	}
	return err;
}

static int visit_struct(struct walker *w, enum vgpu_struct_id id)
{
	const struct struct_desc *d = struct_desc(id);
	const struct field *last = &d->fields[d->field_count - 1];
	int err = walk_struct(w, d, 0);

	if (!err && (w->embedded || struct_is_command(d)))
		return walk_command_tails(w, d);
	if (!err && last->kind > FIELD_PAD)
		err = walk_tail(w, id, last);
	return err;
}

int vgpu_struct_visit(enum vgpu_struct_id id, const void *wire, size_t size, vgpu_field_visit visit,
		      void *data)
{
	struct walker w = { .wire = wire, .size = size, .visit = visit, .data = data };

	return struct_desc(id) ? visit_struct(&w, id) : VGPU_ERR_UNKNOWN;
}

int struct_visit_at(enum vgpu_struct_id id, const uint8_t *wire, size_t size, size_t base,
		    vgpu_field_visit visit, void *data, size_t *end)
{
	struct walker w = { .wire = wire,
			    .size = size,
			    .base = base,
			    .embedded = true,
			    .visit = visit,
			    .data = data };
	int err = visit_struct(&w, id);

	*end = w.end;
	return err;
}

/* The header as other messages have it: in an object of its own. */
static int visit_header(struct walker *w)
{
	int err;

	path_add_name(&w->path, "hdr");
	err = walk_object(w, VGPU_STRUCT_CTRL_HDR, "hdr", 0);
	path_cut(&w->path, 0);
	return err;
}

static int visit_unknown(struct walker *w)
{
	int err = visit_header(w);

	if (err)
		return err;
	path_add_name(&w->path, "data");
	w->tail = true;
	err = emit_event(w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, "data", VGPU_CTRL_HDR_SIZE,
			 w->size - VGPU_CTRL_HDR_SIZE);
	return err ?: VGPU_ERR_UNKNOWN;
}

static struct walker message_walker(const struct vgpu_negotiated *n, const void *wire, size_t size,
				    vgpu_field_visit visit, void *data)
{
	struct walker w = { .wire = wire, .size = size, .visit = visit, .data = data };

	if (n)
		w.negotiated = *n;
	return w;
}

int vgpu_dialect_request_visit(const struct vgpu_negotiated *n, const void *wire, size_t size,
			       vgpu_field_visit visit, void *data)
{
	struct walker w = message_walker(n, wire, size, visit, data);
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(wire, size, &hdr))
		return visit_header(&w);
	info = vgpu_dialect_cmd(w.negotiated.dialect, hdr.type);
	if (!info)
		return visit_unknown(&w);
	return info->request == VGPU_STRUCT_CTRL_HDR ? visit_header(&w)
						     : visit_struct(&w, info->request);
}

int vgpu_dialect_response_visit(const struct vgpu_negotiated *n, uint32_t cmd_type,
				const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	struct walker w = message_walker(n, wire, size, visit, data);
	struct vgpu_resp_info info;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(wire, size, &hdr))
		return visit_header(&w);
	if (vgpu_dialect_resp(w.negotiated.dialect, cmd_type, hdr.type, &info))
		return visit_unknown(&w);
	return info.response == VGPU_STRUCT_CTRL_HDR ? visit_header(&w)
						     : visit_struct(&w, info.response);
}

int vgpu_request_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	return vgpu_dialect_request_visit(NULL, wire, size, visit, data);
}

int vgpu_response_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	return vgpu_dialect_response_visit(NULL, 0, wire, size, visit, data);
}

int vgpu_config_visit(const struct vgpu_negotiated *n, const void *wire, size_t size,
		      vgpu_field_visit visit, void *data)
{
	struct walker w = message_walker(n, wire, size, visit, data);
	bool whole = size >= VGPU_CONFIG_SIZE;
	size_t fixed = VGPU_CONFIG_BASE_SIZE;
	int err;

	if (w.negotiated.dialect == VGPU_DIALECT_CELADON && whole)
		return visit_struct(&w, VGPU_STRUCT_CONFIG_PIPES);
	if (w.negotiated.dialect == VGPU_DIALECT_SPEC && whole &&
	    !vgpu_feature_missing(n, VGPU_F_BLOB_ALIGNMENT))
		return visit_struct(&w, VGPU_STRUCT_CONFIG);
	err = visit_struct(&w, VGPU_STRUCT_CONFIG_BASE);
	if (err || size == fixed)
		return err;
	path_add_name(&w.path, "rest");
	return emit_event(&w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, "rest", fixed, size - fixed);
}
