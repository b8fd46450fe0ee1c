/* SPDX-License-Identifier: MIT */
/*
 * A copy of the guest memory as the trace's reader has it, so that only changes are written.
 *
 * What must hold: a block that counts as known has the bytes which a reader of the trace has
 * there, after all records so far. Hence the device's own writes must be told (forget), whether
 * or not the guest's memory really changed: the reader's may have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drain.h"

#define BLOCK 64u  /* bytes: one bit each of a page's `known` */
#define SLAB  256u /* pages that are allocated together */
#define GAP   64u  /* equal bytes that are sent rather than beginning another run */
#define NONE  UINT32_MAX

struct page {
	uint64_t key;
	uint64_t known; /* bit per block */
	uint32_t next_free;
	bool used;
	bool repeated; /* for a new reader */
};

struct record_shadow {
	struct record_map map; /* key -> index */
	struct page *pages;
	uint8_t **slabs;
	uint32_t max, made, free, victim;
};

int record_shadow_create(struct record_shadow **out, size_t max_bytes)
{
	struct record_shadow *s = calloc(1, sizeof(*s));
	size_t slabs = max_bytes / RECORD_PAGE_SIZE / SLAB;

	if (!s)
		return -ENOMEM;
	if (!slabs)
		slabs = 1;
	if (slabs > UINT32_MAX / SLAB / 2)
		slabs = UINT32_MAX / SLAB / 2;
	s->max = (uint32_t)slabs * SLAB;
	s->free = NONE;
	s->pages = calloc(s->max, sizeof(*s->pages));
	s->slabs = calloc(slabs, sizeof(*s->slabs));
	if (!s->pages || !s->slabs) {
		record_shadow_destroy(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void record_shadow_destroy(struct record_shadow *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; s->slabs && i < s->max / SLAB; i++)
		free(s->slabs[i]);
	free(s->slabs);
	free(s->pages);
	record_map_finish(&s->map);
	free(s);
}

size_t record_shadow_pages(const struct record_shadow *s)
{
	return s->map.count;
}

/* Spaces are few and addresses have at most 52 bits of page number. */
static uint64_t shadow_key(uint64_t space, uint64_t address)
{
	return address >> RECORD_PAGE_SHIFT | space << 52;
}

static uint8_t *shadow_bytes(const struct record_shadow *s, uint32_t index)
{
	return s->slabs[index / SLAB] + (size_t)(index % SLAB) * RECORD_PAGE_SIZE;
}

static void shadow_drop(struct record_shadow *s, uint32_t index)
{
	record_map_remove(&s->map, s->pages[index].key, NULL);
	s->pages[index].used = false;
	s->pages[index].next_free = s->free;
	s->free = index;
}

/* A page to use, made room for if need be; NONE when there is no memory at all. */
static uint32_t shadow_take(struct record_shadow *s)
{
	uint32_t index;

	if (s->free == NONE && s->made < s->max) {
		if (!s->slabs[s->made / SLAB])
			s->slabs[s->made / SLAB] = malloc((size_t)SLAB * RECORD_PAGE_SIZE);
		if (s->slabs[s->made / SLAB])
			return s->made++;
	}
	if (s->free == NONE) {
		if (!s->made)
			return NONE;
		/* A stride prime to all sizes: cheap, and no pattern of use is hit every time. */
		s->victim = (s->victim + 7919) % s->made;
		shadow_drop(s, s->victim);
	}
	index = s->free;
	s->free = s->pages[index].next_free;
	return index;
}

static uint32_t shadow_page(struct record_shadow *s, uint64_t key)
{
	uint64_t *found = record_map_get(&s->map, key);
	uint32_t index;

	if (found)
		return (uint32_t)*found;
	index = shadow_take(s);
	if (index == NONE)
		return NONE;
	s->pages[index] = (struct page) { .key = key, .used = true };
	if (record_map_put(&s->map, key, index)) {
		s->pages[index].used = false;
		s->pages[index].next_free = s->free;
		s->free = index;
		return NONE;
	}
	return index;
}

/* Almost every block is a whole one: a constant size, so that the comparison is in line. */
static inline bool block_differs(const uint8_t *a, const uint8_t *b, size_t size)
{
	return size == BLOCK ? memcmp(a, b, BLOCK) != 0 : memcmp(a, b, size) != 0;
}

int record_shadow_update(struct record_shadow *s, uint64_t space, uint64_t address,
			 const uint8_t *bytes, size_t size, record_emit_fn *emit, void *data)
{
	uint32_t begin = (uint32_t)(address & (RECORD_PAGE_SIZE - 1));
	uint32_t end = begin + (uint32_t)size, from, to, run = NONE, run_end = 0;
	uint32_t index = shadow_page(s, shadow_key(space, address));
	uint8_t *mirror;
	int error = 0;

	if (index == NONE)
		return emit(data, space, address, bytes, size);
	mirror = shadow_bytes(s, index);
	for (from = begin; from < end && !error; from = to) {
		uint64_t bit = 1ull << (from / BLOCK);

		to = (from / BLOCK + 1) * BLOCK;
		if (to > end)
			to = end;
		if (s->pages[index].known & bit &&
		    !block_differs(mirror + from, bytes + (from - begin), to - from))
			continue;
		if (run != NONE && from - run_end > GAP) {
			error = emit(data, space, address - begin + run, bytes + (run - begin),
				     run_end - run);
			run = NONE;
		}
		if (run == NONE)
			run = from;
		run_end = to;
		memcpy(mirror + from, bytes + (from - begin), to - from);
		if (to - from == BLOCK)
			s->pages[index].known |= bit;
	}
	if (!error && run != NONE)
		error = emit(data, space, address - begin + run, bytes + (run - begin),
			     run_end - run);
	return error;
}

void record_shadow_forget(struct record_shadow *s, uint64_t space, uint64_t address, uint64_t size)
{
	uint64_t page = address >> RECORD_PAGE_SHIFT, last;

	if (!size || !s->map.count)
		return;
	last = (address + (size - 1)) >> RECORD_PAGE_SHIFT;
	if (last < page || last - page >= s->max) {
		record_shadow_forget_all(s);
		return;
	}
	for (; page <= last; page++) {
		uint64_t *found =
			record_map_get(&s->map, shadow_key(space, page << RECORD_PAGE_SHIFT));

		if (found)
			shadow_drop(s, (uint32_t)*found);
	}
}

void record_shadow_forget_all(struct record_shadow *s)
{
	for (uint32_t i = 0; i < s->made; i++)
		if (s->pages[i].used)
			shadow_drop(s, i);
}

static int repeat_page(struct record_shadow *s, uint32_t index, uint64_t space, uint64_t address,
		       record_emit_fn *emit, void *data)
{
	uint64_t known = s->pages[index].known;
	int error = 0;

	for (unsigned int from = 0, to; known >> from && !error; from = to) {
		from += (unsigned int)__builtin_ctzll(known >> from);
		for (to = from; to < 64 && known >> to & 1;)
			to++;
		error = emit(data, space, address + from * BLOCK,
			     shadow_bytes(s, index) + (size_t)from * BLOCK,
			     (size_t)(to - from) * BLOCK);
		if (to == 64)
			break;
	}
	s->pages[index].repeated = true;
	return error;
}

int record_shadow_repeat(struct record_shadow *s, uint64_t space, uint64_t address, uint64_t size,
			 record_emit_fn *emit, void *data)
{
	uint64_t page = address >> RECORD_PAGE_SHIFT,
		 last = (address + (size - 1)) >> RECORD_PAGE_SHIFT;
	int error = 0;

	if (!size || last < page)
		return 0;
	/* The pages that there are, when the range is larger than all of them. */
	if (last - page >= s->max)
		last = page + s->max;
	for (; page <= last && !error; page++) {
		uint64_t at = page << RECORD_PAGE_SHIFT;
		uint64_t *found = record_map_get(&s->map, shadow_key(space, at));

		if (found && !s->pages[*found].repeated)
			error = repeat_page(s, (uint32_t)*found, space, at, emit, data);
	}
	return error;
}

void record_shadow_forget_rest(struct record_shadow *s)
{
	for (uint32_t i = 0; i < s->made; i++) {
		if (s->pages[i].used && !s->pages[i].repeated)
			shadow_drop(s, i);
		s->pages[i].repeated = false;
	}
}
