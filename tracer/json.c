/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* stdout is one stream: so is the state of where its next comma goes. */
static bool inside; /* a value stands before this place, on the same level */

static void quoted(const char *text, size_t size)
{
	putchar_unlocked('"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\') {
			putchar_unlocked('\\');
			putchar_unlocked(c);
		} else if (c < 0x20 || c > 0x7e) {
			printf("\\u%04x", c);
		} else {
			putchar_unlocked(c);
		}
	}
	putchar_unlocked('"');
}

static void before(const char *key)
{
	if (inside)
		putchar_unlocked(',');
	inside = true;
	if (key) {
		quoted(key, strlen(key));
		putchar_unlocked(':');
	}
}

void json_begin(const char *key, char bracket)
{
	before(key);
	putchar_unlocked(bracket);
	inside = false;
}

void json_end(char bracket)
{
	putchar_unlocked(bracket);
	inside = true;
}

void json_line(void)
{
	putchar_unlocked('\n');
	inside = false;
}

void json_number(const char *key, uint64_t value)
{
	before(key);
	printf(value < UINT64_C(1) << 53 ? "%" PRIu64 : "\"%" PRIu64 "\"", value);
}

void json_bool(const char *key, bool value)
{
	before(key);
	fputs(value ? "true" : "false", stdout);
}

void json_real(const char *key, double value)
{
	before(key);
	printf("%.6g", value);
}

void json_null(const char *key)
{
	before(key);
	fputs("null", stdout);
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
	static const char digits[] = "0123456789abcdef";

	before(key);
	putchar_unlocked('"');
	for (size_t i = 0; i < size; i++) {
		putchar_unlocked(digits[bytes[i] >> 4]);
		putchar_unlocked(digits[bytes[i] & 15]);
	}
	putchar_unlocked('"');
}

static int write_stdout(void *data, const char *text, size_t size)
{
	(void)data;
	fwrite_unlocked(text, 1, size, stdout); /* its errors are met once, at the end */
	return 0;
}

const struct vgpu_sink *json_value(const char *key)
{
	static const struct vgpu_sink sink = { write_stdout, NULL };

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
		putchar_unlocked(':');
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
