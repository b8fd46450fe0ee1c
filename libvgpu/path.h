/* SPDX-License-Identifier: MIT */
/* Where a field is, in words: "entries[3].addr". */
#ifndef VGPU_PATH_H
#define VGPU_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "libc.h"

/* Longest: "outputs[4294967295].start_component". What does not fit is cut. */
#define PATH_SIZE 96

struct path {
	size_t length;
	char text[PATH_SIZE]; /* NUL-terminated once something was added */
};

static inline void path_add(struct path *p, const char *text)
{
	size_t size = strlen(text);

	if (size > PATH_SIZE - 1 - p->length)
		size = PATH_SIZE - 1 - p->length;
	memcpy(p->text + p->length, text, size);
	p->length += size;
	p->text[p->length] = '\0';
}

static inline void path_add_name(struct path *p, const char *name)
{
	if (p->length)
		path_add(p, ".");
	path_add(p, name);
}

static inline void path_add_index(struct path *p, uint32_t index)
{
	char digits[16], *d = digits + sizeof(digits);

	*--d = '\0';
	*--d = ']';
	do
		*--d = (char)('0' + index % 10);
	while (index /= 10);
	*--d = '[';
	path_add(p, d);
}

static inline void path_cut(struct path *p, size_t length)
{
	p->length = length;
	p->text[length] = '\0';
}

#endif
