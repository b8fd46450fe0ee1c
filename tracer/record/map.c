/* SPDX-License-Identifier: MIT */
/* A hash map of integers: linear probing, deletion by moving back, so that no tombstones pile up. */
#include <errno.h>
#include <stdlib.h>

#include "drain.h"

static size_t map_home(const struct record_map *map, uint64_t key)
{
	/* Fibonacci hashing: keys are small numbers or kernel addresses with equal low bits. */
	return (size_t)((key ^ key >> 29) * 0x9e3779b97f4a7c15ull >> 20) & (map->capacity - 1);
}

static struct record_map_slot *map_slot(const struct record_map *map, uint64_t key)
{
	size_t i = map_home(map, key);

	while (map->slots[i].used && map->slots[i].key != key)
		i = (i + 1) & (map->capacity - 1);
	return &map->slots[i];
}

void record_map_finish(struct record_map *map)
{
	free(map->slots);
	*map = (struct record_map) { 0 };
}

uint64_t *record_map_get(const struct record_map *map, uint64_t key)
{
	struct record_map_slot *slot;

	if (!map->count)
		return NULL;
	slot = map_slot(map, key);
	return slot->used ? &slot->value : NULL;
}

static int map_grow(struct record_map *map)
{
	struct record_map bigger = { .capacity = map->capacity ? map->capacity * 2 : 64 };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].used)
			*map_slot(&bigger, map->slots[i].key) = map->slots[i];
	bigger.count = map->count;
	free(map->slots);
	*map = bigger;
	return 0;
}

int record_map_put(struct record_map *map, uint64_t key, uint64_t value)
{
	struct record_map_slot *slot;

	if (map->count * 2 >= map->capacity && map_grow(map))
		return -ENOMEM;
	slot = map_slot(map, key);
	map->count += !slot->used;
	*slot = (struct record_map_slot) { .key = key, .value = value, .used = true };
	return 0;
}

bool record_map_remove(struct record_map *map, uint64_t key, uint64_t *value)
{
	struct record_map_slot *slot;
	size_t hole, i, mask;

	if (!map->count)
		return false;
	slot = map_slot(map, key);
	if (!slot->used)
		return false;
	if (value)
		*value = slot->value;
	mask = map->capacity - 1;
	hole = (size_t)(slot - map->slots);
	for (i = (hole + 1) & mask; map->slots[i].used; i = (i + 1) & mask) {
		/* A slot may move into the hole when its home is not between the two. */
		if (((i - map_home(map, map->slots[i].key)) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole].used = false;
	map->count--;
	return true;
}
