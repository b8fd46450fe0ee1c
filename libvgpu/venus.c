/* SPDX-License-Identifier: MIT */
/* Venus's commands, as far as venus-commands.def describes their arguments. */
#include <vgpu/venus.h>

#include "cursor.h"
#include "path.h"
#include "stream.h"

/* Scalars and arrays of them keep their order: an array's kind is its element's + ARRAY. */
enum kind {
	KIND_END,
	KIND_U32,
	KIND_I32,
	KIND_F32,
	KIND_HEX32,
	KIND_U64,
	KIND_HEX64,
	KIND_HANDLE,
	KIND_ARRAY,
	KIND_U32S = KIND_ARRAY + KIND_U32,
	KIND_I32S,
	KIND_F32S,
	KIND_HEX32S,
	KIND_U64S,
	KIND_HEX64S,
	KIND_HANDLES,
	KIND_BYTES,
	KIND_NULL_POINTER,
	KIND_HANDLE_POINTER,
	KIND_STRUCT_POINTER,
	KIND_STRUCTS,
	KIND_REST,
};

enum ref {
	REF_NONE,
#define VGPU_VENUS_STRUCT(name, stype) REF_##name,
#include <vgpu/venus-commands.def>
	REF_COUNT
};

struct arg {
	const char *name;
	uint8_t kind;
	uint8_t ref; /* enum ref of structs */
};

#define VGPU_VENUS_STRUCT(name, stype)  static const struct arg args_##name[] = {
#define VGPU_VENUS_CMD(number, name)    static const struct arg args_##name[] = {
#define VGPU_VENUS_ARG(kind, name, ref) { #name, KIND_##kind, REF_##ref },
#define VGPU_VENUS_END(name)              \
	{                                 \
		NULL, KIND_END, REF_NONE, \
	}                                 \
	}                                 \
	;
#include <vgpu/venus-commands.def>

static const struct {
	const char *name;
	const struct arg *args;
} commands[VGPU_VENUS_OPCODE_COUNT] = {
#define VGPU_VENUS_CMD(number, name) [number] = { #name, args_##name },
#include <vgpu/venus-commands.def>
};

static const struct venus_struct {
	uint32_t stype;
	const struct arg *args;
} structs[REF_COUNT] = {
#define VGPU_VENUS_STRUCT(name, stype) [REF_##name] = { stype, args_##name },
#include <vgpu/venus-commands.def>
};

/* A pNext chain has no length: longer ones than any driver's are refused. */
#define CHAIN_MAX 8

struct walker {
	struct cursor c;
	const uint8_t *start;
	size_t base;
	vgpu_field_visit visit; /* NULL: only the size is asked for */
	void *data;
	struct path path;
	unsigned int chain;
	int status; /* why the bytes are read no further; brackets are closed all the same */
};

/* Functions return what the visitor returned; what they find themselves goes here. */
static int stop(struct walker *w, int status)
{
	w->status = status;
	return 0;
}

const char *venus_cmd_name(uint32_t opcode)
{
	return opcode < VGPU_VENUS_OPCODE_COUNT ? commands[opcode].name : NULL;
}

static int emit(struct walker *w, struct vgpu_field *f, const char *name, const uint8_t *p,
		size_t size)
{
	if (!w->visit)
		return 0;
	f->path = w->path.text;
	f->name = name;
	f->offset = w->base + (size_t)(p - w->start);
	f->data = size ? p : NULL;
	f->size = size;
	return w->visit(w->data, f);
}

static int bracket(struct walker *w, enum vgpu_field_event event, enum vgpu_field_type type,
		   const char *name, const uint8_t *p, size_t size)
{
	struct vgpu_field f = { .event = event, .type = type };

	return emit(w, &f, name, p, size);
}

static enum vgpu_field_type field_type(enum kind kind)
{
	switch (kind) {
	case KIND_I32:
		return VGPU_FIELD_INT;
	case KIND_F32:
		return VGPU_FIELD_FLOAT;
	case KIND_HEX32:
	case KIND_HEX64:
	case KIND_HANDLE:
		return VGPU_FIELD_HEX;
	default:
		return VGPU_FIELD_UINT;
	}
}

static size_t width_of(enum kind kind)
{
	return kind < KIND_U64 ? 4 : 8;
}

static int scalar(struct walker *w, enum kind kind, const char *name)
{
	struct vgpu_field f = { .event = VGPU_FIELD_VALUE, .type = field_type(kind) };
	size_t width = width_of(kind);
	const uint8_t *p = cursor_take(&w->c, width);

	if (!p)
		return stop(w, VGPU_ERR_TRUNCATED);
	f.value = load_le(p, (unsigned int)width);
	if (kind == KIND_I32)
		f.value = (uint64_t)(int64_t)(int32_t)f.value;
	return emit(w, &f, name, p, width);
}

/* What stands before pointers and arrays; false when it is not there. */
static bool length(struct walker *w, uint64_t *out)
{
	const uint8_t *p = cursor_take(&w->c, 8);

	*out = p ? load_le64(p) : 0;
	if (!p)
		stop(w, VGPU_ERR_TRUNCATED);
	return p != NULL;
}

static int array(struct walker *w, enum kind kind, const char *name)
{
	size_t start = w->path.length, width = width_of(kind);
	const uint8_t *p;
	uint64_t count;
	int err;

	if (!length(w, &count))
		return 0;
	if (count > cursor_left(&w->c) / width)
		return stop(w, VGPU_ERR_TRUNCATED);
	p = w->c.pos;
	err = bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_ARRAY, name, p, count * width);
	for (uint32_t i = 0; i < count && !err; i++) {
		path_add_index(&w->path, i);
		err = scalar(w, kind, NULL);
		path_cut(&w->path, start);
	}
	return err ?: bracket(w, VGPU_FIELD_END, VGPU_FIELD_ARRAY, name, p, count * width);
}

static int bytes(struct walker *w, const char *name)
{
	const uint8_t *p;
	uint64_t size;

	if (!length(w, &size))
		return 0;
	if (size > cursor_left(&w->c))
		return stop(w, VGPU_ERR_TRUNCATED);
	p = cursor_take(&w->c, size);
	if (!cursor_take(&w->c, -size % 4))
		stop(w, VGPU_ERR_TRUNCATED);
	return bracket(w, VGPU_FIELD_VALUE, VGPU_FIELD_BYTES, name, p, size);
}

static int chained(struct walker *w, const struct venus_struct *s);

static const struct venus_struct *struct_of(uint32_t stype)
{
	for (size_t i = 1; i < REF_COUNT; i++)
		if (structs[i].stype && structs[i].stype == stype)
			return &structs[i];
	return NULL;
}

/* The structs that pNext leads to, one inside the other. */
static int next_in_chain(struct walker *w)
{
	const struct venus_struct *s;
	size_t start = w->path.length;
	const uint8_t *p;
	uint64_t there;
	int err;

	if (!length(w, &there) || !there)
		return 0;
	p = w->c.pos;
	if (cursor_left(&w->c) < 4)
		return stop(w, VGPU_ERR_TRUNCATED);
	s = struct_of(load_le32(p));
	if (!s)
		return stop(w, VENUS_OPEN);
	if (++w->chain > CHAIN_MAX)
		return stop(w, VGPU_ERR_INVALID);
	path_add_name(&w->path, "pNext");
	err = bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_OBJECT, "pNext", p, 0);
	err = err ?: chained(w, s);
	err = err ?: bracket(w, VGPU_FIELD_END, VGPU_FIELD_OBJECT, "pNext", p, 0);
	path_cut(&w->path, start);
	return err;
}

static int stype(struct walker *w, const struct venus_struct *s)
{
	struct vgpu_field f = { .event = VGPU_FIELD_VALUE,
				.type = VGPU_FIELD_ENUM,
				.set = VGPU_SET_VENUS_STRUCT };
	const uint8_t *p = cursor_take(&w->c, 4);
	size_t start = w->path.length;
	int err;

	if (!p)
		return stop(w, VGPU_ERR_TRUNCATED);
	f.value = load_le32(p);
	f.text = vgpu_value_name(f.set, (uint32_t)f.value);
	if (f.value != s->stype)
		stop(w, VGPU_ERR_INVALID);
	path_add_name(&w->path, "sType");
	err = emit(w, &f, "sType", p, 4);
	path_cut(&w->path, start);
	return err;
}

static int arguments(struct walker *w, const struct arg *args);

/* sType, what pNext leads to, and only then the members. */
static int chained(struct walker *w, const struct venus_struct *s)
{
	int err = s->stype ? stype(w, s) : 0;

	if (!err && !w->status && s->stype)
		err = next_in_chain(w);
	return err || w->status ? err : arguments(w, s->args);
}

static int object(struct walker *w, const struct venus_struct *s, const char *name)
{
	const uint8_t *p = w->c.pos;
	int err = bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_OBJECT, name, p, 0);

	w->chain = 0;
	err = err ?: chained(w, s);
	return err ?: bracket(w, VGPU_FIELD_END, VGPU_FIELD_OBJECT, name, p, 0);
}

static int list(struct walker *w, const struct venus_struct *s, const char *name)
{
	size_t start = w->path.length;
	const uint8_t *p = w->c.pos;
	uint64_t count;
	int err;

	if (!length(w, &count))
		return 0;
	err = bracket(w, VGPU_FIELD_BEGIN, VGPU_FIELD_LIST, name, p, 0);
	/* No struct is empty, so a count that is too large ends where the bytes do. */
	for (uint64_t i = 0; i < count && !err && !w->status; i++) {
		path_add_index(&w->path, (uint32_t)i);
		err = object(w, s, NULL);
		path_cut(&w->path, start);
	}
	return err ?: bracket(w, VGPU_FIELD_END, VGPU_FIELD_LIST, name, p, 0);
}

/* A value that is there when the 64 bits before it are not 0. */
static int pointer(struct walker *w, const struct arg *a)
{
	uint64_t there;

	if (!length(w, &there) || !there)
		return 0;
	switch (a->kind) {
	case KIND_NULL_POINTER:
		return stop(w, VGPU_ERR_INVALID);
	case KIND_HANDLE_POINTER:
		return scalar(w, KIND_HANDLE, a->name);
	default:
		return object(w, &structs[a->ref], a->name);
	}
}

static int argument(struct walker *w, const struct arg *a)
{
	if (a->kind < KIND_ARRAY)
		return scalar(w, (enum kind)a->kind, a->name);
	if (a->kind < KIND_BYTES)
		return array(w, (enum kind)(a->kind - KIND_ARRAY), a->name);
	switch (a->kind) {
	case KIND_BYTES:
		return bytes(w, a->name);
	case KIND_STRUCTS:
		return list(w, &structs[a->ref], a->name);
	case KIND_REST:
		return stop(w, VENUS_OPEN);
	default:
		return pointer(w, a);
	}
}

static int arguments(struct walker *w, const struct arg *args)
{
	size_t start = w->path.length;
	int err = 0;

	for (const struct arg *a = args; a->kind != KIND_END && !err && !w->status; a++) {
		path_add_name(&w->path, a->name);
		err = argument(w, a);
		path_cut(&w->path, start);
	}
	return err;
}

int venus_visit(const uint8_t *data, size_t size, size_t base, vgpu_field_visit visit,
		void *context, size_t *end, int *status)
{
	struct vgpu_field flags = { .event = VGPU_FIELD_VALUE,
				    .type = VGPU_FIELD_FLAGS,
				    .set = VGPU_SET_VENUS_FLAG };
	struct walker w = { .c = cursor_init(data, size),
			    .start = data,
			    .base = base,
			    .visit = visit,
			    .data = context };
	uint32_t opcode = load_le32(data);
	int err;

	cursor_take(&w.c, VGPU_VENUS_HEADER_SIZE);
	flags.value = load_le32(data + 4);
	path_add_name(&w.path, "cmd_flags");
	err = emit(&w, &flags, "cmd_flags", data + 4, 4);
	path_cut(&w.path, 0);
	if (!venus_cmd_name(opcode))
		stop(&w, VGPU_ERR_UNKNOWN);
	else if (!err)
		err = arguments(&w, commands[opcode].args);
	*end = (size_t)(w.c.pos - data);
	*status = w.status;
	return err;
}
