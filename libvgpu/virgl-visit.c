/* SPDX-License-Identifier: MIT */
/* A virgl command as a sequence of fields, from the table. */
#include <vgpu/describe.h>

#include "cursor.h"
#include "path.h"
#include "virgl-table.h"

/* The deepest prefix, "elements[4294967295].", a name and an array's index: all fit the path. */
_Static_assert(21 + VIRGL_NAME_SIZE + 13 <= PATH_SIZE, "a path may be cut");

struct walker {
	const uint8_t *payload;
	size_t there; /* payload dwords */
	size_t base;  /* of the payload in the stream, bytes */
	vgpu_field_visit visit;
	void *data;
	struct vgpu_field field; /* members that no step changes stay 0 or NULL */
	struct path path;
};

/* Of tails that are arrays. */
static const struct virgl_field one_uint = { .mask = 0xffffffff, .kind = VIRGL_BITS };
static const struct virgl_field one_float = { .mask = 0xffffffff, .kind = VIRGL_F32 };

/* `at` and `size` in bytes of payload. */
static inline int emit(struct walker *w, enum vgpu_field_type type, const char *name, size_t at,
		       size_t size)
{
	struct vgpu_field *f = &w->field;

	f->type = type;
	f->name = name;
	f->offset = w->base + at;
	f->data = size ? w->payload + at : NULL;
	f->size = size;
	return w->visit(w->data, f);
}

/* What only some values have, and every emit_ but emit_bits() leaves out. */
static inline void clear_extras(struct vgpu_field *f, const char *unit)
{
	f->unit = unit;
	f->text = NULL;
	f->shift = f->bits = 0;
}

static int emit_plain(struct walker *w, enum vgpu_field_type type, const char *name, size_t at,
		      size_t size)
{
	clear_extras(&w->field, NULL);
	return emit(w, type, name, at, size);
}

static int emit_bracket(struct walker *w, enum vgpu_field_event event, enum vgpu_field_type type,
			const char *name, size_t at, size_t size)
{
	int err;

	w->field.event = event;
	err = emit_plain(w, type, name, at, size);
	w->field.event = VGPU_FIELD_VALUE;
	return err;
}

static inline int emit_bits(struct walker *w, const struct virgl_field *d, uint32_t dword,
			    size_t at)
{
	struct vgpu_field *f = &w->field;
	enum vgpu_field_type type = VGPU_FIELD_UINT;

	f->value = (dword & d->mask) >> d->shift;
	f->unit = d->unit;
	f->text = NULL;
	f->shift = d->shift;
	f->bits = d->bits;
	if (d->show == VIRGL_HEX) {
		type = VGPU_FIELD_HEX;
	} else if (d->show != VIRGL_DEC) {
		f->set = (enum vgpu_set_id)d->set;
		type = VGPU_FIELD_FLAGS;
		if (d->show == VIRGL_ENUM) {
			type = VGPU_FIELD_ENUM;
			f->text = vgpu_value_name(f->set, (uint32_t)f->value);
		}
	}
	return emit(w, type, d->name, at, 4);
}

/* One value that is wholly there. */
static inline int emit_value(struct walker *w, const struct virgl_field *d, size_t at)
{
	const uint8_t *p = w->payload + at;
	struct vgpu_field *f = &w->field;

	if (d->kind == VIRGL_BITS)
		return emit_bits(w, d, load_le32(p), at);
	clear_extras(f, d->unit);
	switch (d->kind) {
	case VIRGL_REST:
		f->value = load_le32(p) & d->mask;
		return f->value ? emit(w, VGPU_FIELD_HEX, d->name, at, 4) : 0;
	case VIRGL_INT:
		f->value = (uint64_t)(int64_t)(int32_t)load_le32(p);
		return emit(w, VGPU_FIELD_INT, d->name, at, 4);
	case VIRGL_F32:
		f->value = load_le32(p);
		return emit(w, VGPU_FIELD_FLOAT, d->name, at, 4);
	case VIRGL_F64:
		f->value = load_le64(p);
		return emit(w, VGPU_FIELD_DOUBLE, d->name, at, 8);
	default:
		f->value = load_le64(p);
		return emit(w, d->show == VIRGL_HEX ? VGPU_FIELD_HEX : VGPU_FIELD_UINT, d->name, at,
			    8);
	}
}

/* "[17]" and a NUL at `p`. */
static inline void put_index(char *p, uint32_t index)
{
	unsigned int count = 1;

	for (uint32_t rest = index; rest >= 10; rest /= 10)
		count++;
	*p++ = '[';
	p[count] = ']';
	p[count + 1] = '\0';
	do
		p[--count] = (char)('0' + index % 10);
	while (index /= 10);
}

/*
 * `count` values of one dword each. Streams are mostly constants: here every step changes only what
 * it must.
 */
static int visit_array(struct walker *w, const struct virgl_field *d, const char *name, size_t at,
		       size_t count)
{
	struct vgpu_field *f = &w->field;
	char *end = w->path.text + w->path.length;
	int err;

	err = emit_bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_ARRAY, name, at, count * 4);
	f->type = d->kind == VIRGL_F32   ? VGPU_FIELD_FLOAT
		  : d->show == VIRGL_HEX ? VGPU_FIELD_HEX
					 : VGPU_FIELD_UINT;
	f->name = NULL;
	f->size = 4;
	f->offset = w->base + at;
	f->data = w->payload + at;
	for (uint32_t i = 0; i < count && !err; i++) {
		put_index(end, i);
		f->value = load_le32(f->data);
		err = w->visit(w->data, f);
		f->offset += 4;
		f->data += 4;
	}
	*end = '\0';
	return err ?: emit_bracket(w, VGPU_FIELD_END, VGPU_FIELD_ARRAY, name, at, count * 4);
}

static int visit_fields(struct walker *w, const struct virgl_layout *l, size_t begin, size_t end);

/* One object; `at` and `end` in dwords. */
static int visit_object(struct walker *w, enum vgpu_virgl_layout element, const char *name,
			size_t at, size_t end)
{
	const struct virgl_layout *l = &virgl_layouts[element];
	size_t dwords = end - at < l->dwords ? end - at : l->dwords;
	int err;

	err = emit_bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_OBJECT, name, at * 4, dwords * 4);
	if (!err)
		err = visit_fields(w, l, at, at + dwords);
	return err ?: emit_bracket(w, VGPU_FIELD_END, VGPU_FIELD_OBJECT, name, at * 4, dwords * 4);
}

static int visit_list(struct walker *w, enum vgpu_virgl_layout element, const char *name, size_t at,
		      size_t count, size_t end)
{
	size_t start = w->path.length, unit = virgl_layouts[element].dwords, size;
	int err;

	size = (end - at < count * unit ? end - at : count * unit) * 4;
	err = emit_bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_LIST, name, at * 4, size);
	for (uint32_t i = 0; i < count && at + i * unit < end && !err; i++) {
		path_add_index(&w->path, i);
		err = visit_object(w, element, NULL, at + i * unit, end);
		path_cut(&w->path, start);
	}
	return err ?: emit_bracket(w, VGPU_FIELD_END, VGPU_FIELD_LIST, name, at * 4, size);
}

/* Bytes that no field explains. */
static int visit_surplus(struct walker *w, const char *name, size_t at)
{
	if (at >= w->there)
		return 0;
	path_cut(&w->path, 0);
	path_add_name(&w->path, name);
	return emit_plain(w, VGPU_FIELD_BYTES, name, at * 4, (w->there - at) * 4);
}

static int visit_shader(struct walker *w, const struct virgl_field *d, size_t at)
{
	uint32_t outputs = load_le32(w->payload + 4 * (VGPU_VIRGL_SHADER_DWORDS - 1));
	size_t left = w->there - at, count;
	int err;

	if (outputs) {
		count = left < VGPU_VIRGL_STREAM_STRIDES_DWORDS ? left
								: VGPU_VIRGL_STREAM_STRIDES_DWORDS;
		path_cut(&w->path, 0);
		err = visit_fields(w, &virgl_layouts[VGPU_VIRGL_LAYOUT_STREAM_STRIDES], at,
				   at + count);
		if (err)
			return err;
		at += count;
		left -= count;
		count = left / VGPU_VIRGL_STREAM_OUTPUT_DWORDS;
		if (count > outputs)
			count = outputs;
		path_add_name(&w->path, "outputs");
		err = visit_list(w, VGPU_VIRGL_LAYOUT_STREAM_OUTPUT, "outputs", at, count,
				 w->there);
		if (err)
			return err;
		at += count * VGPU_VIRGL_STREAM_OUTPUT_DWORDS;
	}
	path_cut(&w->path, 0);
	path_add_name(&w->path, d->name);
	return emit_plain(w, VGPU_FIELD_LINES, d->name, at * 4, (w->there - at) * 4);
}

/* A list that is empty is still a list. */
static bool has_empty(const struct virgl_field *d)
{
	return d->kind == VIRGL_ELEMENTS || d->kind == VIRGL_U32S || d->kind == VIRGL_F32S;
}

static int visit_tail(struct walker *w, const struct virgl_field *d, size_t at)
{
	size_t left = w->there - at, unit;
	int err;

	path_cut(&w->path, 0);
	path_add_name(&w->path, d->name);
	switch (d->kind) {
	case VIRGL_ELEMENTS:
		unit = virgl_layouts[d->element].dwords;
		err = visit_list(w, (enum vgpu_virgl_layout)d->element, d->name, at, left / unit,
				 w->there);
		return err ?: visit_surplus(w, "surplus", w->there - left % unit);
	case VIRGL_U32S:
		return visit_array(w, &one_uint, d->name, at * 4, left);
	case VIRGL_F32S:
		return visit_array(w, &one_float, d->name, at * 4, left);
	case VIRGL_TEXT:
		return emit_plain(w, VGPU_FIELD_TEXT, d->name, at * 4, left * 4);
	case VIRGL_LINES:
		return emit_plain(w, VGPU_FIELD_LINES, d->name, at * 4, left * 4);
	case VIRGL_BYTES:
		return emit_plain(w, VGPU_FIELD_BYTES, d->name, at * 4, left * 4);
	case VIRGL_SHADER:
		return visit_shader(w, d, at);
	default:
		return 0;
	}
}

static bool width_is_two(const struct virgl_field *d)
{
	return d->kind == VIRGL_U64 || d->kind == VIRGL_F64;
}

/* The fixed fields that lie in dwords begin .. end - 1; what is only half there is left out. */
static int visit_fields(struct walker *w, const struct virgl_layout *l, size_t begin, size_t end)
{
	size_t start = w->path.length, prefix = start;
	int err = 0;

	if (start)
		w->path.text[prefix++] = '.';
	for (const struct virgl_field *d = l->fields; d < l->fields + l->field_count && !err; d++) {
		size_t at = begin + d->at, count = d->count;

		if (d->kind >= VIRGL_ELEMENTS || at >= end)
			break;
		if (d->kind < VIRGL_NESTED && !count) {
			if (width_is_two(d) && at + 1 >= end)
				break;
			/* Most fields have no others around them: their path is their name. */
			if (prefix)
				memcpy(w->path.text + prefix, d->name, VIRGL_NAME_SIZE);
			else
				w->field.path = d->name;
			err = emit_value(w, d, at * 4);
			w->field.path = w->path.text;
			continue;
		}
		memcpy(w->path.text + prefix, d->name, VIRGL_NAME_SIZE);
		w->path.length = prefix + strlen(d->name);
		if (d->kind == VIRGL_NESTED && count)
			err = visit_list(w, (enum vgpu_virgl_layout)d->element, d->name, at, count,
					 end);
		else if (d->kind == VIRGL_NESTED)
			err = visit_object(w, (enum vgpu_virgl_layout)d->element, d->name, at, end);
		else
			err = visit_array(w, d, d->name, at * 4,
					  count < end - at ? count : end - at);
	}
	path_cut(&w->path, start);
	return err;
}

int vgpu_virgl_visit(const struct vgpu_virgl_cmd *cmd, vgpu_field_visit visit, void *data)
{
	enum vgpu_virgl_layout layout = vgpu_virgl_layout(cmd);
	struct walker w;
	const struct virgl_field *tail;
	const struct virgl_layout *l;
	int err;

	w.payload = cmd->payload;
	w.there = cmd->available;
	w.base = (size_t)cmd->offset + 4;
	w.visit = visit;
	w.data = data;
	w.path.length = 0;
	w.field = (struct vgpu_field) { 0 };
	w.field.path = w.path.text;
	w.field.event = VGPU_FIELD_VALUE;
	if (layout >= VGPU_VIRGL_LAYOUT_COUNT)
		return visit_surplus(&w, "data", 0) ?: VGPU_ERR_UNKNOWN;
	l = &virgl_layouts[layout];
	err = visit_fields(&w, l, 0, w.there < l->dwords ? w.there : l->dwords);
	tail = virgl_layout_tail(l);
	if (!err && (w.there > l->dwords || (w.there == l->dwords && tail && has_empty(tail))))
		err = tail ? visit_tail(&w, tail, l->dwords)
			   : visit_surplus(&w, "surplus", l->dwords);
	if (err)
		return err;
	if (cmd->available < cmd->length)
		return VGPU_ERR_OVERRUN;
	return vgpu_virgl_check_length(cmd);
}
