/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include <vgpu/error.h>
#include <vgpu/trace.h>

#include "body.h"
#include "wire.h"

enum kind {
	KIND_u16,
	KIND_u32,
	KIND_u64,
	KIND_bytes,
	KIND_chars
};

struct field {
	uint16_t offset; /* in the body */
	uint16_t member; /* in the C struct */
	uint16_t size;
	uint16_t kind;
};

struct body_desc {
	const struct field *fields;
	uint16_t n_fields;
	uint16_t fixed;
	uint16_t tail, tail_size; /* offsets of the members; 0, 0: no tail */
	uint16_t size;            /* of the C struct */
};

#define MEMBER_SIZE(name, member)          sizeof(((struct vgpu_trace_##name *)0)->member)

/* One array of fields a body … */
#define VGPU_TRACE_BODY(type, name, fixed) static const struct field name##_fields[] = {
#define VGPU_TRACE_FIELD(name, member, off, wire, text) \
	{ off, offsetof(struct vgpu_trace_##name, member), MEMBER_SIZE(name, member), KIND_##wire },
#define VGPU_TRACE_TAIL(name, member, size, text)
#define VGPU_TRACE_BODY_END(type, name) \
	}                               \
	;
#include <vgpu/trace.def>
#undef VGPU_TRACE_BODY
#undef VGPU_TRACE_FIELD
#undef VGPU_TRACE_TAIL
#undef VGPU_TRACE_BODY_END

/* … and the bodies by record type. */
static const struct body_desc bodies[] = {
#define VGPU_TRACE_BODY(type, name, bytes)               \
	[VGPU_TRACE_##type] = { .fields = name##_fields, \
				.fixed = (bytes),        \
				.size = sizeof(struct vgpu_trace_##name),
#define VGPU_TRACE_FIELD(name, member, off, wire, text)
#define VGPU_TRACE_TAIL(name, member, bytes, text)          \
	.tail = offsetof(struct vgpu_trace_##name, member), \
	.tail_size = offsetof(struct vgpu_trace_##name, bytes),
#define VGPU_TRACE_BODY_END(type, name)                              \
	.n_fields = sizeof(name##_fields) / sizeof(name##_fields[0]) \
	}                                                            \
	,
#include <vgpu/trace.def>
#undef VGPU_TRACE_BODY
#undef VGPU_TRACE_FIELD
#undef VGPU_TRACE_TAIL
#undef VGPU_TRACE_BODY_END
};

/* A row's wire type must be as wide as the member, and lie inside the fixed part. */
enum {
	WIDTH_u16 = 2,
	WIDTH_u32 = 4,
	WIDTH_u64 = 8,
	WIDTH_bytes = 16,
	WIDTH_chars = 16
};
#define VGPU_TRACE_BODY(type, name, fixed) \
	enum {                             \
		name##_fixed = (fixed)     \
	};
#define VGPU_TRACE_FIELD(name, member, off, wire, text)                   \
	_Static_assert(MEMBER_SIZE(name, member) == WIDTH_##wire &&       \
			       (off) + WIDTH_##wire <= (int)name##_fixed, \
		       "trace.def: " #name "." #member);
#define VGPU_TRACE_TAIL(name, member, size, text)
#define VGPU_TRACE_BODY_END(type, name)
#include <vgpu/trace.def>
#undef VGPU_TRACE_BODY
#undef VGPU_TRACE_FIELD
#undef VGPU_TRACE_TAIL
#undef VGPU_TRACE_BODY_END

static const char *tail_of(const struct body_desc *d, const void *in, size_t *size)
{
	const char *tail;

	*size = 0;
	if (!d->tail_size)
		return NULL;
	memcpy(size, (const char *)in + d->tail_size, sizeof(*size));
	memcpy(&tail, (const char *)in + d->tail, sizeof(tail));
	return tail;
}

size_t body_fixed(enum vgpu_trace_type type)
{
	return type < sizeof(bodies) / sizeof(*bodies) ? bodies[type].fixed : 0;
}

size_t body_size(enum vgpu_trace_type type, const void *in)
{
	size_t size;

	tail_of(&bodies[type], in, &size);
	return bodies[type].fixed + size;
}

void body_encode(enum vgpu_trace_type type, const void *in, uint8_t *out)
{
	const struct body_desc *d = &bodies[type];
	const char *tail;
	size_t size;

	memset(out, 0, d->fixed);
	if (type == VGPU_TRACE_HEADER)
		memcpy(out, RECORD_MAGIC, RECORD_MAGIC_SIZE);
	for (unsigned int i = 0; i < d->n_fields; i++) {
		const struct field *f = &d->fields[i];
		const void *member = (const char *)in + f->member;

		switch (f->kind) {
		case KIND_u16:
			put16(out + f->offset, *(const uint16_t *)member);
			break;
		case KIND_u32:
			put32(out + f->offset, *(const uint32_t *)member);
			break;
		case KIND_u64:
			put64(out + f->offset, *(const uint64_t *)member);
			break;
		default:
			memcpy(out + f->offset, member, f->size);
		}
	}
	tail = tail_of(d, in, &size);
	if (size)
		memcpy(out + d->fixed, tail, size);
}

static int parse(const struct vgpu_trace_record *r, enum vgpu_trace_type type, void *out)
{
	const struct body_desc *d = &bodies[type];
	size_t extra = (size_t)(r->flags >> RECORD_EXTRA_SHIFT) * 8;

	if (r->type != type)
		return VGPU_ERR_INVALID;
	if (r->body_size < d->fixed || extra > r->body_size - d->fixed)
		return VGPU_ERR_TRUNCATED;
	if (type == VGPU_TRACE_HEADER && memcmp(r->body, RECORD_MAGIC, RECORD_MAGIC_SIZE) != 0)
		return VGPU_ERR_INVALID;

	memset(out, 0, d->size);
	for (unsigned int i = 0; i < d->n_fields; i++) {
		const struct field *f = &d->fields[i];
		void *member = (char *)out + f->member;
		const uint8_t *p = r->body + f->offset;

		switch (f->kind) {
		case KIND_u16:
			*(uint16_t *)member = get16(p);
			break;
		case KIND_u32:
			*(uint32_t *)member = get32(p);
			break;
		case KIND_u64:
			*(uint64_t *)member = get64(p);
			break;
		default:
			memcpy(member, p, f->size);
			if (f->kind == KIND_chars) /* promised to be a string */
				((char *)member)[f->size - 1] = '\0';
		}
	}
	if (d->tail_size) {
		const uint8_t *tail = r->body + d->fixed + extra;
		size_t size = r->body_size - d->fixed - extra;

		memcpy((char *)out + d->tail, &tail, sizeof(tail));
		memcpy((char *)out + d->tail_size, &size, sizeof(size));
	}
	return 0;
}

#define VGPU_TRACE_BODY(type, name, bytes)                             \
	int vgpu_trace_parse_##name(const struct vgpu_trace_record *r, \
				    struct vgpu_trace_##name *out)     \
	{                                                              \
		return parse(r, VGPU_TRACE_##type, out);               \
	}
#define VGPU_TRACE_FIELD(name, member, off, wire, text)
#define VGPU_TRACE_TAIL(name, member, size, text)
#define VGPU_TRACE_BODY_END(type, name)
#include <vgpu/trace.def>
#undef VGPU_TRACE_BODY
#undef VGPU_TRACE_FIELD
#undef VGPU_TRACE_TAIL
#undef VGPU_TRACE_BODY_END

const char *vgpu_trace_type_name(unsigned int type)
{
	switch (type) {
#define VGPU_TRACE_RECORD(number, name, text) \
	case (number):                        \
		return #name;
#include <vgpu/trace.def>
#undef VGPU_TRACE_RECORD
	}
	return NULL;
}

const char *vgpu_trace_stage_name(unsigned int stage)
{
	switch (stage) {
#define VGPU_TRACE_STAGE_ID(number, name, text) \
	case (number):                          \
		return text;
#include <vgpu/trace.def>
#undef VGPU_TRACE_STAGE_ID
	}
	return NULL;
}

const char *vgpu_trace_loss_name(unsigned int what)
{
	switch (what) {
#define VGPU_TRACE_LOSS(number, name, text) \
	case (number):                      \
		return text;
#include <vgpu/trace.def>
#undef VGPU_TRACE_LOSS
	}
	return NULL;
}

bool vgpu_trace_loss_is_meant(unsigned int what)
{
	return what == VGPU_TRACE_LOST_BEFORE || what == VGPU_TRACE_LOST_SNAP ||
	       what == VGPU_TRACE_LOST_FILTER;
}

const char *vgpu_trace_text_get(const char *text, size_t text_size, const char *key)
{
	size_t key_size = strlen(key);

	while (text_size) {
		size_t n = strnlen(text, text_size);

		if (n == text_size)
			return NULL; /* not terminated: not to be handed out as a string */
		if (n > key_size && text[key_size] == '=' && memcmp(text, key, key_size) == 0)
			return text + key_size + 1;
		text += n + 1;
		text_size -= n + 1;
	}
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t vgpu_trace_text_bytes(const char *value, uint8_t *out, size_t room)
{
	size_t n = 0;

	for (; value[0]; value += 2, n++) {
		int high = hex_digit(value[0]);
		int low = high < 0 ? -1 : hex_digit(value[1]);

		if (low < 0)
			return 0;
		if (n < room)
			out[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}
