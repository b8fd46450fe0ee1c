/* SPDX-License-Identifier: MIT */
/* Tables by a 32-bit id that the guest chooses: anything from 1 to 2³² − 1, dense or not. */
#ifndef VGPU_DEVICE_TABLE_H
#define VGPU_DEVICE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Put first in what is kept in a table. */
struct table_node {
	uint32_t id;
	struct table_node *next;
};

struct table {
	struct table_node **buckets;
	uint32_t count, mask; /* buckets: mask + 1 */
};

/* NULL when there is none. */
struct table_node *table_find(const struct table *t, uint32_t id);
/* The id must not be in the table. 0 or -ENOMEM. */
int table_insert(struct table *t, struct table_node *node);
/* Takes it out; the caller owns it again. NULL when there is none. */
struct table_node *table_remove(struct table *t, uint32_t id);
/* Any node, taken out; NULL when the table is empty. *from: 0 at first. */
struct table_node *table_pop(struct table *t, uint32_t *from);
void table_finish(struct table *t); /* when empty */

/* A set of ids that only grows. */
struct id_set {
	uint32_t *slots; /* 0: free */
	uint32_t count, mask;
};

bool id_set_has(const struct id_set *s, uint32_t id);
/* 0 or -ENOMEM. id 0 is ignored. */
int id_set_add(struct id_set *s, uint32_t id);
void id_set_clear(struct id_set *s);

#endif
