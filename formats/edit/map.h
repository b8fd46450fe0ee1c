/* SPDX-License-Identifier: MIT */
/* Pointers by a 64-bit key: what the editor knows by id. */
#ifndef FORMATS_EDIT_MAP_H
#define FORMATS_EDIT_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

struct map {
	struct map_slot *slots;
	size_t room; /* a power of two, or 0 */
	size_t count;
};

void *map_find(const struct map *m, uint64_t key);
/* Put a value that is not NULL, in place of the one that was there. 0 or -ENOMEM. */
int map_put(struct map *m, uint64_t key, void *value);
/* Take it out; NULL when there was none. */
void *map_take(struct map *m, uint64_t key);
/* Any value that is left, taken out; NULL at the end. For clearing. */
void *map_pop(struct map *m);
void map_finish(struct map *m); /* forgets the values, frees the rest */

/* for (size_t i = 0; (v = map_each(m, &i));) — the map must not change meanwhile. */
static inline void *map_each(const struct map *m, size_t *i)
{
	while (*i < m->room) {
		void *value = m->slots[(*i)++].value;

		if (value)
			return value;
	}
	return NULL;
}

#endif
