/* SPDX-License-Identifier: MIT */
/*
 * Objects by a 64-bit key, sorted: for the tracker, whose keys mostly rise. An object's first member
 * is its key. Memory is counted against a budget that all maps of a tracker share.
 */
#ifndef VGPU_IDMAP_H
#define VGPU_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
	size_t used, max; /* bytes */
};

struct idmap {
	uint64_t **items; /* sorted; each points to its key */
	size_t head;      /* slots before it are free: the oldest keys often go first */
	size_t count, room;
	size_t item_size; /* bytes of an object */
	struct budget *budget;
};

void idmap_init(struct idmap *m, size_t item_size, struct budget *budget);
void idmap_clear(struct idmap *m); /* frees all objects, and the map's own memory */

/* NULL when there is none. */
void *idmap_find(const struct idmap *m, uint64_t key);
/* A zeroed object with that key, or NULL when it exists or the budget is used up. */
void *idmap_add(struct idmap *m, uint64_t key);
void idmap_remove(struct idmap *m, uint64_t key);

/* The first object whose key is >= key, as an index for idmap_at(). */
size_t idmap_lower(const struct idmap *m, uint64_t key);
static inline void *idmap_at(const struct idmap *m, size_t index)
{
	return index < m->count ? m->items[m->head + index] : NULL;
}

/* `to` is empty. 0 or VGPU_ERR_TOO_LARGE. */
int idmap_copy(struct idmap *to, const struct idmap *from);

#endif
