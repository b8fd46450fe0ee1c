/* SPDX-License-Identifier: MIT */
/* Resource -> device addresses, as ATTACH_BACKING and CREATE_BLOB gave them. */
#include <errno.h>
#include <stdlib.h>

#include "drain.h"

static uint64_t read_le(const uint8_t *p, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static struct record_backing *backing_of(uint64_t value)
{
	return (struct record_backing *)(uintptr_t)value;
}

void record_backings_finish(struct record_backings *b)
{
	for (size_t i = 0; i < b->map.capacity; i++)
		if (b->map.slots[i].used)
			free(backing_of(b->map.slots[i].value));
	record_map_finish(&b->map);
}

int record_backings_set(struct record_backings *b, uint32_t device, uint32_t resource,
			const uint8_t *entries, size_t size)
{
	size_t count = size / 16;
	struct record_backing *backing;
	uint64_t start = 0;

	record_backings_drop(b, device, resource);
	backing = malloc(sizeof(*backing) + count * sizeof(backing->ranges[0]));
	if (!backing)
		return -ENOMEM;
	backing->count = (uint32_t)count;
	backing->unstable = false;
	for (size_t i = 0; i < count; i++) {
		struct record_range *range = &backing->ranges[i];

		range->address = read_le(entries + i * 16, 8);
		range->size = (uint32_t)read_le(entries + i * 16 + 8, 4);
		range->start = start;
		start += range->size;
	}
	if (record_map_put(&b->map, record_key(device, resource), (uintptr_t)backing)) {
		free(backing);
		return -ENOMEM;
	}
	return 0;
}

struct record_backing *record_backings_get(const struct record_backings *b, uint32_t device,
					   uint32_t resource)
{
	uint64_t *value = record_map_get(&b->map, record_key(device, resource));

	return value ? backing_of(*value) : NULL;
}

void record_backings_drop(struct record_backings *b, uint32_t device, uint32_t resource)
{
	uint64_t value;

	if (record_map_remove(&b->map, record_key(device, resource), &value))
		free(backing_of(value));
}

void record_backings_drop_device(struct record_backings *b, uint32_t device)
{
	/* Removing moves slots back: look at the same one again. */
	for (size_t i = 0; i < b->map.capacity;) {
		struct record_map_slot *slot = &b->map.slots[i];

		if (slot->used && slot->key >> 32 == device)
			record_backings_drop(b, device, (uint32_t)slot->key);
		else
			i++;
	}
}

uint64_t record_backing_find(const struct record_backing *backing, uint64_t offset,
			     uint64_t *address)
{
	uint32_t low = 0, high = backing->count;

	/* The last range that starts at or before the offset and is not empty. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (backing->ranges[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return 0;
	offset -= backing->ranges[low - 1].start;
	if (offset >= backing->ranges[low - 1].size)
		return 0;
	*address = backing->ranges[low - 1].address + offset;
	return backing->ranges[low - 1].size - offset;
}
