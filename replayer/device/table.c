/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

/* Guests count upwards: a multiplicative hash keeps hostile ids from sharing a bucket cheaply. */
static uint32_t table_hash(uint32_t id)
{
	return (id * 2654435769u) >> 7;
}

struct table_node *table_find(const struct table *t, uint32_t id)
{
	struct table_node *n;

	if (!t->buckets)
		return NULL;
	for (n = t->buckets[table_hash(id) & t->mask]; n; n = n->next) {
		if (n->id == id)
			return n;
	}
	return NULL;
}

static int table_grow(struct table *t)
{
	uint32_t mask = t->buckets ? t->mask * 2 + 1 : 63, i;
	struct table_node **buckets, *n, *next;

	buckets = calloc((size_t)mask + 1, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	for (i = 0; t->buckets && i <= t->mask; i++) {
		for (n = t->buckets[i]; n; n = next) {
			next = n->next;
			n->next = buckets[table_hash(n->id) & mask];
			buckets[table_hash(n->id) & mask] = n;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->mask = mask;
	return 0;
}

int table_insert(struct table *t, struct table_node *node)
{
	struct table_node **head;

	if ((!t->buckets || t->count > t->mask) && table_grow(t))
		return -ENOMEM;
	head = &t->buckets[table_hash(node->id) & t->mask];
	node->next = *head;
	*head = node;
	t->count++;
	return 0;
}

struct table_node *table_remove(struct table *t, uint32_t id)
{
	struct table_node **p, *n;

	if (!t->buckets)
		return NULL;
	for (p = &t->buckets[table_hash(id) & t->mask]; *p; p = &(*p)->next) {
		if ((*p)->id != id)
			continue;
		n = *p;
		*p = n->next;
		t->count--;
		return n;
	}
	return NULL;
}

struct table_node *table_pop(struct table *t, uint32_t *from)
{
	struct table_node *n;

	for (; t->count && *from <= t->mask; (*from)++) {
		n = t->buckets[*from];
		if (!n)
			continue;
		t->buckets[*from] = n->next;
		t->count--;
		return n;
	}
	return NULL;
}

void table_finish(struct table *t)
{
	free(t->buckets);
	*t = (struct table) { 0 };
}

static uint32_t *id_set_slot(uint32_t *slots, uint32_t mask, uint32_t id)
{
	uint32_t i = table_hash(id) & mask;

	while (slots[i] && slots[i] != id)
		i = (i + 1) & mask;
	return &slots[i];
}

bool id_set_has(const struct id_set *s, uint32_t id)
{
	return id && s->slots && *id_set_slot(s->slots, s->mask, id) == id;
}

int id_set_add(struct id_set *s, uint32_t id)
{
	uint32_t *slots, *slot, mask, i;

	if (!id)
		return 0;
	/* At most half full: searches end soon. */
	if (!s->slots || s->count > s->mask / 2) {
		mask = s->slots ? s->mask * 2 + 1 : 255;
		slots = calloc((size_t)mask + 1, sizeof(*slots));
		if (!slots)
			return -ENOMEM;
		for (i = 0; s->slots && i <= s->mask; i++) {
			if (s->slots[i])
				*id_set_slot(slots, mask, s->slots[i]) = s->slots[i];
		}
		free(s->slots);
		s->slots = slots;
		s->mask = mask;
	}
	slot = id_set_slot(s->slots, s->mask, id);
	if (!*slot) {
		*slot = id;
		s->count++;
	}
	return 0;
}

void id_set_clear(struct id_set *s)
{
	free(s->slots);
	*s = (struct id_set) { 0 };
}
