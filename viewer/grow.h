/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_GROW_H
#define VGPU_VIEW_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Room for `count` items of `size` bytes in an array that has *room; NULL: out of memory, and the
 * array is as it was. Doubled: what is not used of a large array takes no memory.
 */
static inline void *view_grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t n = *room ? *room : 64;
	void *p;

	if (array && count <= *room)
		return array;
	while (n < count)
		n *= 2;
	p = realloc(array, n * size);
	if (p)
		*room = n;
	return p;
}

#endif
