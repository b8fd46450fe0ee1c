/* SPDX-License-Identifier: MIT */
/* A message as a sequence of fields, from the descriptor table. */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "cursor.h"
#include "path.h"
#include "table.h"

struct walker {
	const uint8_t *wire;
	size_t size;
	vgpu_field_visit visit;
	void *data;
	bool tail;
	struct path path;
};

/* Hand one step to the visitor; `at` + `size` lie inside the message. */
static int emit(struct walker *w, struct vgpu_field *f, const char *name, size_t at, size_t size)
{
	f->path = w->path.text;
	f->name = name;
	f->offset = at;
	f->data = size ? w->wire + at : NULL;
	f->size = size;
	f->tail = w->tail;
	return w->visit(w->data, f);
}

static int emit_event(struct walker *w, enum vgpu_field_event event, enum vgpu_field_type type,
		      const char *name, size_t at, size_t size)
{
	struct vgpu_field f = { .event = event, .type = type };

	return emit(w, &f, name, at, size);
}

static int emit_scalar(struct walker *w, const struct field *d, const char *name, size_t at)
{
	struct vgpu_field f = { .event = VGPU_FIELD_VALUE, .type = VGPU_FIELD_UINT };
	uint32_t key;

	f.value = load_le(w->wire + at, d->width);
	f.set = (enum vgpu_set_id)d->set;
	key = (uint32_t)f.value;
	switch (d->show) {
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
		f.text = vgpu_value_name(f.set, key);
		break;
	case SHOW_TYPE:
		f.type = VGPU_FIELD_ENUM;
		f.set = vgpu_cmd_name(key) ? VGPU_SET_CMD : VGPU_SET_RESP;
		f.text = vgpu_value_name(f.set, key);
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

static int walk_array(struct walker *w, const struct field *f, size_t at)
{
	size_t start = w->path.length, size = (size_t)f->count * f->width;
	int err;

	if (f->show == SHOW_TEXT || f->show == SHOW_BYTES)
		return emit_event(w, VGPU_FIELD_VALUE,
				  f->show == SHOW_TEXT ? VGPU_FIELD_TEXT : VGPU_FIELD_BYTES,
				  f->name, at, size);
	err = emit_event(w, VGPU_FIELD_BEGIN, VGPU_FIELD_ARRAY, f->name, at, size);
	for (uint32_t i = 0; i < f->count && !err; i++) {
		path_add_index(&w->path, i);
		err = emit_scalar(w, f, NULL, at + (size_t)i * f->width);
		path_cut(&w->path, start);
	}
	return err ?: emit_event(w, VGPU_FIELD_END, VGPU_FIELD_ARRAY, f->name, at, size);
}

static int walk_tail(struct walker *w, enum vgpu_struct_id id, const struct field *f)
{
	size_t at = struct_desc(id)->size;
	struct vgpu_tail tail;
	int cut, err;

	cut = vgpu_struct_tail(id, w->wire, w->size, &tail);
	w->tail = true;
	path_add_name(&w->path, f->name);
	if (tail.kind == VGPU_TAIL_ENTRIES)
		err = walk_list(w, VGPU_STRUCT_MEM_ENTRY, f->name, at, tail.count);
	else
		err = emit_event(w, VGPU_FIELD_VALUE,
				 f->kind == FIELD_REST ? VGPU_FIELD_BYTES : VGPU_FIELD_STREAM,
				 f->name, at, tail.size);
	return err ?: cut;
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
			err = walk_array(w, f, at);
		else
			err = emit_scalar(w, f, f->name, at);
		path_cut(&w->path, start);
	}
	return err;
}

int vgpu_struct_visit(enum vgpu_struct_id id, const void *wire, size_t size, vgpu_field_visit visit,
		      void *data)
{
	const struct struct_desc *d = struct_desc(id);
	struct walker w = { .wire = wire, .size = size, .visit = visit, .data = data };
	const struct field *last;
	int err;

	if (!d)
		return VGPU_ERR_UNKNOWN;
	err = walk_struct(&w, d, 0);
	last = &d->fields[d->field_count - 1];
	if (!err && last->kind > FIELD_PAD)
		err = walk_tail(&w, id, last);
	return err;
}

static int visit_unknown(const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	struct walker w = { .wire = wire, .size = size, .visit = visit, .data = data };
	int err;

	path_add_name(&w.path, "hdr");
	err = walk_object(&w, VGPU_STRUCT_CTRL_HDR, "hdr", 0);
	if (err)
		return err;
	path_cut(&w.path, 0);
	path_add_name(&w.path, "data");
	w.tail = true;
	err = emit_event(&w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, "data", VGPU_CTRL_HDR_SIZE,
			 size - VGPU_CTRL_HDR_SIZE);
	return err ?: VGPU_ERR_UNKNOWN;
}

/* A message that is its header alone has no "hdr" in its table: give it one, as all others have. */
static int visit_message(enum vgpu_struct_id id, const void *wire, size_t size,
			 vgpu_field_visit visit, void *data)
{
	struct walker w = { .wire = wire, .size = size, .visit = visit, .data = data };

	if (id != VGPU_STRUCT_CTRL_HDR)
		return vgpu_struct_visit(id, wire, size, visit, data);
	path_add_name(&w.path, "hdr");
	return walk_object(&w, id, "hdr", 0);
}

int vgpu_request_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(wire, size, &hdr))
		return visit_message(VGPU_STRUCT_CTRL_HDR, wire, size, visit, data);
	info = vgpu_cmd_info(hdr.type);
	if (!info)
		return visit_unknown(wire, size, visit, data);
	return visit_message(info->request, wire, size, visit, data);
}

int vgpu_response_visit(const void *wire, size_t size, vgpu_field_visit visit, void *data)
{
	enum vgpu_struct_id id;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(wire, size, &hdr))
		return visit_message(VGPU_STRUCT_CTRL_HDR, wire, size, visit, data);
	if (vgpu_resp_struct(hdr.type, &id))
		return visit_unknown(wire, size, visit, data);
	return visit_message(id, wire, size, visit, data);
}
