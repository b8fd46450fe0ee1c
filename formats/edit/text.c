/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "text.h"

static bool grow(struct text *t, size_t more)
{
	size_t room = t->room ? t->room : 256;
	char *bigger;

	if (t->error)
		return false;
	while (room - t->size < more)
		room *= 2;
	if (room == t->room)
		return true;
	bigger = realloc(t->bytes, room);
	if (!bigger) {
		t->error = -ENOMEM;
		return false;
	}
	t->bytes = bigger;
	t->room = room;
	return true;
}

void text_copy(struct text *t, const char *from, size_t size, const char *without)
{
	size_t key = without ? strlen(without) : 0;

	while (size) {
		size_t n = strnlen(from, size);

		if (n == size)
			return;
		n++;
		if ((!key || n <= key || strncmp(from, without, key) || from[key] != '=') &&
		    grow(t, n)) {
			memcpy(t->bytes + t->size, from, n);
			t->size += n;
		}
		from += n;
		size -= n;
	}
}

void text_add(struct text *t, const char *key, const char *format, ...)
{
	char value[256];
	size_t need;
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	need = strlen(key) + 1 + strlen(value) + 1;
	if (grow(t, need))
		t->size += (size_t)snprintf(t->bytes + t->size, need, "%s=%s", key, value) + 1;
}

void text_add_id(struct text *t, const char *key, const uint8_t id[16])
{
	char hex[33];

	for (int i = 0; i < 16; i++)
		snprintf(hex + i * 2, 3, "%02x", id[i]);
	text_add(t, key, "%s", hex);
}

void text_finish(struct text *t)
{
	free(t->bytes);
	*t = (struct text) { 0 };
}

void edit_new_id(uint8_t id[16], const uint8_t old[16])
{
	struct timespec now;

	if (getrandom(id, 16, GRND_NONBLOCK) == 16)
		return;
	/* Early in a boot: not random, but another. */
	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(id, old, 16);
	for (int i = 0; i < 8; i++)
		id[i] ^= (uint8_t)((uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u >> (i * 8));
}
