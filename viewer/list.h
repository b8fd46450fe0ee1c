/* SPDX-License-Identifier: MIT */
/*
 * A list of numbers that mostly rise by little: about a byte each, and none for those that rise by
 * one. It grows at its end; what was added last can still be moved.
 */
#ifndef VGPU_VIEW_LIST_H
#define VGPU_VIEW_LIST_H

#include <stddef.h>
#include <stdint.h>

#define VIEW_LIST_BLOCK 64u
/* Insertions may come between as many items at the end. */
#define VIEW_LIST_LOOSE 2048u

/* A run of packed items: each is the base and a difference of 0, 1, 2 or 4 bytes. */
struct view_list_block {
	uint64_t place; /* of the differences in `bytes`, × 4, and their size: 0, 1, 2, or 3 for 4 */
	uint32_t base;
};

/* All zero: empty. */
struct view_list {
	uint32_t count;
	uint32_t packed; /* items in blocks; the rest is loose */
	struct view_list_block *blocks;
	size_t block_room;
	uint8_t *bytes;
	size_t used, room;
	uint32_t *loose;
};

void view_list_finish(struct view_list *l);

/*
 * Put `number` at `place`, the end or at most VIEW_LIST_LOOSE items before it. 0, or -ENOMEM with the
 * list as it was.
 */
int view_list_insert(struct view_list *l, uint32_t place, uint32_t number);

/* Item i < count. */
static inline uint32_t view_list_get(const struct view_list *l, uint32_t i)
{
	const struct view_list_block *b;
	const uint8_t *p;
	uint32_t k = i % VIEW_LIST_BLOCK;

	if (i >= l->packed)
		return l->loose[i - l->packed];
	b = &l->blocks[i / VIEW_LIST_BLOCK];
	p = l->bytes + (b->place >> 2);
	switch (b->place & 3) {
	case 0:
		return b->base + k;
	case 1:
		return b->base + p[k];
	case 2:
		return b->base + (p[2 * k] | (uint32_t)p[2 * k + 1] << 8);
	default:
		p += 4 * k;
		return b->base +
		       (p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
	}
}

#endif
