/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

/* Keys come from the guest; the multiplier only has to spread ids that count up. */
static size_t slot_of(const struct map *m, uint64_t key)
{
	key ^= key >> 32;
	return (size_t)(key * 0x9e3779b97f4a7c15u >> 17) & (m->room - 1);
}

static struct map_slot *slot_find(const struct map *m, uint64_t key)
{
	size_t i = slot_of(m, key);

	while (m->slots[i].value && m->slots[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->slots[i];
}

void *map_find(const struct map *m, uint64_t key)
{
	return m->count ? slot_find(m, key)->value : NULL;
}

static int grow(struct map *m)
{
	struct map bigger = { .room = m->room ? m->room * 2 : 16, .count = m->count };

	bigger.slots = calloc(bigger.room, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->room; i++) {
		if (m->slots[i].value)
			*slot_find(&bigger, m->slots[i].key) = m->slots[i];
	}
	free(m->slots);
	*m = bigger;
	return 0;
}

int map_put(struct map *m, uint64_t key, void *value)
{
	struct map_slot *slot;

	if (m->count >= m->room / 2 && grow(m))
		return -ENOMEM;
	slot = slot_find(m, key);
	m->count += !slot->value;
	*slot = (struct map_slot) { .key = key, .value = value };
	return 0;
}

void *map_take(struct map *m, uint64_t key)
{
	struct map_slot *slot, moved;
	void *value;
	size_t i;

	if (!m->count)
		return NULL;
	slot = slot_find(m, key);
	value = slot->value;
	if (!value)
		return NULL;
	slot->value = NULL;
	m->count--;
	/* Those behind it may have been pushed on by it. */
	i = (size_t)(slot - m->slots);
	for (i = (i + 1) & (m->room - 1); m->slots[i].value; i = (i + 1) & (m->room - 1)) {
		moved = m->slots[i];
		m->slots[i].value = NULL;
		*slot_find(m, moved.key) = moved;
	}
	return value;
}

void *map_pop(struct map *m)
{
	for (size_t i = m->room; m->count && i-- > 0;) {
		void *value = m->slots[i].value;

		if (!value)
			continue;
		m->slots[i].value = NULL;
		m->count--;
		return value;
	}
	return NULL;
}

void map_finish(struct map *m)
{
	free(m->slots);
	*m = (struct map) { 0 };
}
