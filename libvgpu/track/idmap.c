/* SPDX-License-Identifier: MIT */
#include "idmap.h"

#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

void idmap_init(struct idmap *m, size_t item_size, struct budget *budget)
{
	memset(m, 0, sizeof(*m));
	m->item_size = item_size;
	m->budget = budget;
}

void idmap_clear(struct idmap *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->items[m->head + i]);
	m->budget->used -= m->count * m->item_size + m->room * sizeof(*m->items);
	free(m->items);
	idmap_init(m, m->item_size, m->budget);
}

size_t idmap_lower(const struct idmap *m, uint64_t key)
{
	size_t low = 0, high = m->count;

	/* Keys rise: the last one is the likeliest neighbour. */
	if (high && *m->items[m->head + high - 1] < key)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (*m->items[m->head + middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *idmap_find(const struct idmap *m, uint64_t key)
{
	uint64_t *item = idmap_at(m, idmap_lower(m, key));

	return item && *item == key ? item : NULL;
}

/* Room for one more behind the last. */
static int grow(struct idmap *m)
{
	size_t room = m->room ? m->room * 2 : 16, bytes;
	uint64_t **items;

	if (m->head + m->count < m->room)
		return 0;
	if (m->head > m->room / 2) {
		memmove(m->items, m->items + m->head, m->count * sizeof(*m->items));
		m->head = 0;
		return 0;
	}
	bytes = (room - m->room) * sizeof(*m->items);
	if (bytes > m->budget->max - m->budget->used)
		return VGPU_ERR_TOO_LARGE;
	items = realloc(m->items, room * sizeof(*m->items));
	if (!items)
		return VGPU_ERR_TOO_LARGE;
	m->budget->used += bytes;
	m->items = items;
	m->room = room;
	return 0;
}

void *idmap_add(struct idmap *m, uint64_t key)
{
	size_t at = idmap_lower(m, key);
	uint64_t *item = idmap_at(m, at), **slot;

	if ((item && *item == key) || grow(m) || m->item_size > m->budget->max - m->budget->used)
		return NULL;
	item = calloc(1, m->item_size);
	if (!item)
		return NULL;
	m->budget->used += m->item_size;
	*item = key;
	slot = m->items + m->head + at;
	memmove(slot + 1, slot, (m->count - at) * sizeof(*slot));
	*slot = item;
	m->count++;
	return item;
}

void idmap_remove(struct idmap *m, uint64_t key)
{
	size_t at = idmap_lower(m, key);
	uint64_t *item = idmap_at(m, at), **slot;

	if (!item || *item != key)
		return;
	free(item);
	m->budget->used -= m->item_size;
	m->count--;
	if (!at) {
		m->head = m->count ? m->head + 1 : 0;
		return;
	}
	slot = m->items + m->head + at;
	memmove(slot, slot + 1, (m->count - at) * sizeof(*slot));
}

int idmap_copy(struct idmap *to, const struct idmap *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const uint64_t *item = from->items[from->head + i];
		void *copy = idmap_add(to, *item);

		if (!copy)
			return VGPU_ERR_TOO_LARGE;
		memcpy(copy, item, to->item_size);
	}
	return 0;
}
