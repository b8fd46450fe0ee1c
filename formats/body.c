/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include <vgpu/error.h>
#include <vgpu/trace.h>

#include "body.h"
#include "wire.h"

/* One way to read and to write each wire type. */
static inline void read_u16(uint16_t *to, const uint8_t *p)
{
	*to = get16(p);
}

static inline void read_u32(uint32_t *to, const uint8_t *p)
{
	*to = get32(p);
}

static inline void read_u64(uint64_t *to, const uint8_t *p)
{
	*to = get64(p);
}

static inline void read_bytes(uint8_t (*to)[16], const uint8_t *p)
{
	memcpy(*to, p, sizeof(*to));
}

static inline void read_chars(char (*to)[16], const uint8_t *p)
{
	memcpy(*to, p, sizeof(*to));
	(*to)[sizeof(*to) - 1] = '\0'; /* promised to be a string */
}

static inline void write_u16(uint8_t *p, const uint16_t *from)
{
	put16(p, *from);
}

static inline void write_u32(uint8_t *p, const uint32_t *from)
{
	put32(p, *from);
}

static inline void write_u64(uint8_t *p, const uint64_t *from)
{
	put64(p, *from);
}

static inline void write_bytes(uint8_t *p, const uint8_t (*from)[16])
{
	memcpy(p, *from, sizeof(*from));
}

static inline void write_chars(uint8_t *p, const char (*from)[16])
{
	memcpy(p, *from, sizeof(*from));
}

/* A field must lie inside the fixed part. */
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
#define VGPU_TRACE_FIELD(name, member, off, wire, text) \
	_Static_assert((off) + WIDTH_##wire <= (int)name##_fixed, "trace.def: " #name "." #member);
#include <vgpu/trace.def>

/* A writer for each body … */
#define VGPU_TRACE_BODY(type, name, fixed)                       \
	static void write_##name(const void *data, uint8_t *out) \
	{                                                        \
		const struct vgpu_trace_##name *in = data;       \
		memset(out, 0, fixed);
#define VGPU_TRACE_FIELD(name, member, off, wire, text) write_##wire(out + (off), &in->member);
#define VGPU_TRACE_TAIL(name, member, size, kind, text) \
	if (in->size)                                   \
		memcpy(out + name##_fixed, in->member, in->size);
#define VGPU_TRACE_BODY_END(type, name) }
#include <vgpu/trace.def>

/* … and what is asked of a body by its record type. */
static const struct {
	void (*write)(const void *in, uint8_t *out);
	uint16_t fixed;
	uint16_t tail_size; /* offset of the member; 0: no tail */
} bodies[] = {
#define VGPU_TRACE_BODY(type, name, bytes) \
	[VGPU_TRACE_##type] = { .write = write_##name, .fixed = (bytes),
#define VGPU_TRACE_TAIL(name, member, bytes, kind, text) \
	.tail_size = offsetof(struct vgpu_trace_##name, bytes),
#define VGPU_TRACE_BODY_END(type, name) \
	}                               \
	,
#include <vgpu/trace.def>
};

size_t body_fixed(enum vgpu_trace_type type)
{
	return type < sizeof(bodies) / sizeof(*bodies) ? bodies[type].fixed : 0;
}

size_t body_size(enum vgpu_trace_type type, const void *in)
{
	size_t size = 0;

	if (bodies[type].tail_size)
		memcpy(&size, (const char *)in + bodies[type].tail_size, sizeof(size));
	return bodies[type].fixed + size;
}

void body_encode(enum vgpu_trace_type type, const void *in, uint8_t *out)
{
	bodies[type].write(in, out);
	if (type == VGPU_TRACE_HEADER)
		memcpy(out, RECORD_MAGIC, RECORD_MAGIC_SIZE);
}

/* Where the tail of such a body begins, behind fields that were appended; or an error. */
static inline int find_tail(const struct vgpu_trace_record *r, enum vgpu_trace_type type,
			    size_t fixed, size_t *tail)
{
	size_t extra = (size_t)(r->flags >> RECORD_EXTRA_SHIFT) * 8;

	if (r->type != type)
		return VGPU_ERR_INVALID;
	if (r->body_size < fixed || extra > r->body_size - fixed)
		return VGPU_ERR_TRUNCATED;
	if (type == VGPU_TRACE_HEADER && memcmp(r->body, RECORD_MAGIC, RECORD_MAGIC_SIZE) != 0)
		return VGPU_ERR_INVALID;
	*tail = fixed + extra;
	return 0;
}

#define VGPU_TRACE_BODY(type, name, fixed)                                    \
	int vgpu_trace_parse_##name(const struct vgpu_trace_record *r,        \
				    struct vgpu_trace_##name *out)            \
	{                                                                     \
		size_t tail_at;                                               \
		int err = find_tail(r, VGPU_TRACE_##type, (fixed), &tail_at); \
		if (err)                                                      \
			return err;                                           \
		memset(out, 0, sizeof(*out));
#define VGPU_TRACE_FIELD(name, member, off, wire, text) read_##wire(&out->member, r->body + (off));
#define VGPU_TRACE_TAIL(name, member, bytes, kind, text) \
	out->member = (const void *)(r->body + tail_at); \
	out->bytes = r->body_size - tail_at;
#define VGPU_TRACE_BODY_END(type, name) \
	return 0;                       \
	}
#include <vgpu/trace.def>

const char *vgpu_trace_type_name(unsigned int type)
{
	switch (type) {
#define VGPU_TRACE_RECORD(number, name, text) \
	case (number):                        \
		return #name;
#include <vgpu/trace.def>
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
