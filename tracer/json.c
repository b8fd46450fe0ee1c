/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json.h"

/*
 * stdout is one stream: so is the state of where its next comma goes. Text gathers here and goes on
 * a line at a time; a dump is mostly short pieces, for which stdio's calls would cost the most.
 */
static struct {
	FILE *to;    /* NULL: stdout */
	bool inside; /* a value stands before this place, on the same level */
	size_t used;
	char text[1u << 16];
} out;

static void flush(void)
{
	fwrite_unlocked(out.text, 1, out.used, out.to ? out.to : stdout); /* errors: at the end */
	out.used = 0;
}

FILE *json_to(FILE *to)
{
	FILE *before = out.to;

	flush();
	out.to = to;
	return before;
}

static void put(const char *text, size_t size)
{
	while (size > sizeof(out.text) - out.used) {
		size_t part = sizeof(out.text) - out.used;

		memcpy(out.text + out.used, text, part);
		out.used += part;
		text += part;
		size -= part;
		flush();
	}
	memcpy(out.text + out.used, text, size);
	out.used += size;
}

static void put_char(char c)
{
	if (out.used == sizeof(out.text))
		flush();
	out.text[out.used++] = c;
}

static const char digits[] = "0123456789abcdef";

static void quoted(const char *text, size_t size)
{
	size_t plain = 0; /* where what needs no escape begins */

	put_char('"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c <= 0x7e && c != '"' && c != '\\')
			continue;
		put(text + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
			put((char[]) { '\\', text[i] }, 2);
		else
			put((char[]) { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] }, 6);
	}
	put(text + plain, size - plain);
	put_char('"');
}

/* Keys are names of ours: nothing to escape. */
static void before(const char *key)
{
	if (out.inside)
		put_char(',');
	out.inside = true;
	if (key) {
		put_char('"');
		put(key, strlen(key));
		put("\":", 2);
	}
}

void json_begin(const char *key, char bracket)
{
	before(key);
	put_char(bracket);
	out.inside = false;
}

void json_end(char bracket)
{
	put_char(bracket);
	out.inside = true;
}

void json_line(void)
{
	put_char('\n');
	out.inside = false;
	flush();
}

void json_number(const char *key, uint64_t value)
{
	char text[22], *p = text + sizeof(text);
	bool exact = value < UINT64_C(1) << 53;

	before(key);
	if (!exact)
		*--p = '"';
	do
		*--p = (char)('0' + value % 10);
	while (value /= 10);
	if (!exact)
		*--p = '"';
	put(p, (size_t)(text + sizeof(text) - p));
}

void json_bool(const char *key, bool value)
{
	before(key);
	put(value ? "true" : "false", value ? 4 : 5);
}

void json_real(const char *key, double value)
{
	char text[32];

	before(key);
	put(text, (size_t)snprintf(text, sizeof(text), "%.6g", value));
}

void json_null(const char *key)
{
	before(key);
	put("null", 4);
}

void json_string(const char *key, const char *text)
{
	if (text)
		json_chars(key, text, strlen(text));
	else
		json_null(key);
}

void json_chars(const char *key, const char *text, size_t size)
{
	before(key);
	quoted(text, size);
}

void json_hex(const char *key, const uint8_t *bytes, size_t size)
{
	before(key);
	put_char('"');
	for (size_t i = 0; i < size; i++)
		put((char[]) { digits[bytes[i] >> 4], digits[bytes[i] & 15] }, 2);
	put_char('"');
}

static int write_text(void *data, const char *text, size_t size)
{
	(void)data;
	put(text, size);
	return 0;
}

const struct vgpu_sink *json_value(const char *key)
{
	static const struct vgpu_sink sink = { write_text, NULL };

	before(key);
	return &sink;
}

void json_pairs(const char *key, const char *text, size_t size)
{
	json_begin(key, '{');
	while (size) {
		size_t n = strnlen(text, size), name;
		const char *equals = memchr(text, '=', n);

		name = equals ? (size_t)(equals - text) : n;
		before(NULL);
		quoted(text, name);
		put_char(':');
		quoted(equals ? equals + 1 : "", equals ? n - name - 1 : 0);
		n += n < size;
		text += n;
		size -= n;
	}
	json_end('}');
}

void json_strings(const char *key, const char *text, size_t size)
{
	json_begin(key, '[');
	while (size) {
		size_t n = strnlen(text, size);

		json_chars(NULL, text, n);
		n += n < size;
		text += n;
		size -= n;
	}
	json_end(']');
}
