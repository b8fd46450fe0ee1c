/* SPDX-License-Identifier: MIT */
#include "libc.h"
#include "out.h"

static const char digits[] = "0123456789abcdef";

static int buffer_write(void *data, const char *text, size_t size)
{
	struct vgpu_buffer *b = data;
	size_t room = 0;

	if (b->length < b->size - 1)
		room = b->size - 1 - b->length;
	if (room > size)
		room = size;
	if (room) {
		memcpy(b->text + b->length, text, room);
		b->text[b->length + room] = '\0';
	}
	b->length += size;
	return 0;
}

struct vgpu_sink vgpu_buffer_sink(struct vgpu_buffer *buffer, char *text, size_t size)
{
	buffer->text = text;
	buffer->size = size;
	buffer->length = 0;
	text[0] = '\0';
	return (struct vgpu_sink) { buffer_write, buffer };
}

void out_init(struct out *o, const struct vgpu_sink *sink)
{
	o->sink = sink;
	o->err = 0;
	o->used = 0;
}

int out_finish(struct out *o)
{
	if (o->used && !o->err)
		o->err = o->sink->write(o->sink->data, o->buf, o->used);
	o->used = 0;
	return o->err;
}

void out_long(struct out *o, const char *text, size_t size)
{
	while (size > sizeof(o->buf) - o->used) {
		size_t part = sizeof(o->buf) - o->used;

		memcpy(o->buf + o->used, text, part);
		o->used += part;
		text += part;
		size -= part;
		out_finish(o);
	}
	memcpy(o->buf + o->used, text, size);
	o->used += size;
}

void out_uint(struct out *o, uint64_t value)
{
	char *p = out_room(o, 20);
	unsigned int count = 1;

	for (uint64_t rest = value; rest >= 10; rest /= 10)
		count++;
	out_wrote(o, p + count);
	do
		p[--count] = digits[value % 10];
	while (value /= 10);
}

void out_int(struct out *o, int64_t value)
{
	if (value < 0)
		out_char(o, '-');
	out_uint(o, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void out_hex(struct out *o, uint64_t value)
{
	char text[16], *p = text + sizeof(text);

	do
		*--p = digits[value & 15];
	while (value >>= 4);
	out_text(o, "0x");
	out_mem(o, p, (size_t)(text + sizeof(text) - p));
}

void out_bytes(struct out *o, const uint8_t *data, size_t size)
{
	char text[64];

	for (size_t i = 0, n; i < size; i += n) {
		n = size - i < sizeof(text) / 2 ? size - i : sizeof(text) / 2;
		for (size_t k = 0; k < n; k++) {
			text[2 * k] = digits[data[i + k] >> 4];
			text[2 * k + 1] = digits[data[i + k] & 15];
		}
		out_mem(o, text, 2 * n);
	}
}

static void out_escaped(struct out *o, const uint8_t *data, size_t size, const char *escape)
{
	size_t plain = 0; /* where what needs no escape begins */

	for (size_t i = 0; i < size; i++) {
		if (data[i] >= 0x20 && data[i] < 0x7f && data[i] != '"' && data[i] != '\\')
			continue;
		out_mem(o, (const char *)data + plain, i - plain);
		plain = i + 1;
		if (data[i] == '"' || data[i] == '\\') {
			out_char(o, '\\');
			out_char(o, (char)data[i]);
		} else {
			out_text(o, escape);
			out_bytes(o, data + i, 1);
		}
	}
	if (plain < size)
		out_mem(o, (const char *)data + plain, size - plain);
}

void out_plain(struct out *o, const uint8_t *data, size_t size)
{
	out_escaped(o, data, size, "\\x");
}

void out_quoted(struct out *o, const uint8_t *data, size_t size)
{
	out_char(o, '"');
	out_escaped(o, data, size, "\\x");
	out_char(o, '"');
}

void out_json_string(struct out *o, const uint8_t *data, size_t size)
{
	out_char(o, '"');
	out_escaped(o, data, size, "\\u00");
	out_char(o, '"');
}

size_t text_length(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;

	return nul ? (size_t)(nul - data) : size;
}
