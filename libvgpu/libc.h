/* SPDX-License-Identifier: MIT */
/*
 * What the codec takes of libc. Freestanding, in a kernel or firmware, that is the four functions
 * which compilers ask for there too; the other three stand here.
 */
#ifndef VGPU_LIBC_H
#define VGPU_LIBC_H

#if __STDC_HOSTED__
#include <string.h>
#else
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* The length of what is known when it is compiled costs nothing here either. */
#define strlen(text) \
	(__builtin_constant_p(__builtin_strlen(text)) ? __builtin_strlen(text) : text_size(text))

static inline size_t text_size(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static inline int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static inline const void *memchr(const void *data, int byte, size_t size)
{
	for (const unsigned char *p = data; size; p++, size--)
		if (*p == (unsigned char)byte)
			return p;
	return NULL;
}
#endif

#endif
