/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

#define LOOSE_MAX (2 * VIEW_LIST_LOOSE)

void view_list_finish(struct view_list *l)
{
	free(l->blocks);
	free(l->bytes);
	free(l->loose);
	*l = (struct view_list) { 0 };
}

static unsigned int width_of(const uint32_t *numbers, uint32_t *base)
{
	uint32_t low = UINT32_MAX, high = 0, i;
	bool run = true;

	for (i = 0; i < VIEW_LIST_BLOCK; i++) {
		low = numbers[i] < low ? numbers[i] : low;
		high = numbers[i] > high ? numbers[i] : high;
		run &= numbers[i] == numbers[0] + i;
	}
	*base = low;
	if (run)
		return 0;
	return high - low < 1u << 8 ? 1 : high - low < 1u << 16 ? 2 : 4;
}

static int pack_block(struct view_list *l, const uint32_t *numbers)
{
	uint32_t base, i, k;
	unsigned int width = width_of(numbers, &base);
	struct view_list_block *b = &l->blocks[l->packed / VIEW_LIST_BLOCK];
	uint8_t *p;

	p = view_grow(l->bytes, l->used + width * VIEW_LIST_BLOCK, &l->room, 1);
	if (!p)
		return -ENOMEM;
	l->bytes = p;
	b->base = base;
	b->place = (uint64_t)l->used << 2 | (width == 4 ? 3 : width);
	for (i = 0; i < VIEW_LIST_BLOCK; i++) {
		for (k = 0; k < width; k++)
			l->bytes[l->used++] = (uint8_t)((numbers[i] - base) >> 8 * k);
	}
	l->packed += VIEW_LIST_BLOCK;
	return 0;
}

/* The older half of the loose items. */
static int pack(struct view_list *l)
{
	uint32_t blocks = (l->packed + VIEW_LIST_LOOSE) / VIEW_LIST_BLOCK, i;
	uint32_t loose = l->count - l->packed;
	void *p = view_grow(l->blocks, blocks, &l->block_room, sizeof(*l->blocks));
	int ret = 0;

	if (!p)
		return -ENOMEM;
	l->blocks = p;
	for (i = 0; !ret && i < VIEW_LIST_LOOSE; i += VIEW_LIST_BLOCK)
		ret = pack_block(l, l->loose + i);
	i = l->packed - (l->count - loose);
	memmove(l->loose, l->loose + i, (loose - i) * sizeof(*l->loose));
	return ret;
}

int view_list_insert(struct view_list *l, uint32_t place, uint32_t number)
{
	uint32_t *p;

	if (!l->loose)
		l->loose = malloc(LOOSE_MAX * sizeof(*l->loose));
	if (!l->loose)
		return -ENOMEM;
	if (l->count - l->packed == LOOSE_MAX && pack(l))
		return -ENOMEM;
	p = l->loose + (place - l->packed);
	memmove(p + 1, p, (l->count - place) * sizeof(*p));
	*p = number;
	l->count++;
	return 0;
}
