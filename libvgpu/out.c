/* SPDX-License-Identifier: MIT */
#include <string.h>

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

void out_char(struct out *o, char c)
{
	if (o->used == sizeof(o->buf))
		out_finish(o);
	o->buf[o->used++] = c;
}

void out_mem(struct out *o, const char *text, size_t size)
{
	while (size--)
		out_char(o, *text++);
}

void out_text(struct out *o, const char *text)
{
	out_mem(o, text, strlen(text));
}

void out_uint(struct out *o, uint64_t value)
{
	char text[20], *p = text + sizeof(text);

	do
		*--p = digits[value % 10];
	while (value /= 10);
	out_mem(o, p, (size_t)(text + sizeof(text) - p));
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
	for (size_t i = 0; i < size; i++) {
		out_char(o, digits[data[i] >> 4]);
		out_char(o, digits[data[i] & 15]);
	}
}

static void out_escaped(struct out *o, const uint8_t *data, size_t size, const char *escape)
{
	out_char(o, '"');
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '"' || data[i] == '\\') {
			out_char(o, '\\');
			out_char(o, (char)data[i]);
		} else if (data[i] < 0x20 || data[i] >= 0x7f) {
			out_text(o, escape);
			out_bytes(o, data + i, 1);
		} else {
			out_char(o, (char)data[i]);
		}
	}
	out_char(o, '"');
}

void out_quoted(struct out *o, const uint8_t *data, size_t size)
{
	out_escaped(o, data, size, "\\x");
}

void out_json_string(struct out *o, const uint8_t *data, size_t size)
{
	out_escaped(o, data, size, "\\u00");
}

size_t text_length(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;

	return nul ? (size_t)(nul - data) : size;
}
