/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "parts.h"

static bool same(const struct group_key *a, const struct group_key *b)
{
	return a->type == b->type && a->ctx_id == b->ctx_id && a->pid == b->pid &&
	       a->queue == b->queue && a->fenced == b->fenced;
}

static uint32_t slot_of(const struct group_key *k)
{
	uint64_t h = k->type;

	h = h * 0x9e3779b97f4a7c15u ^ k->ctx_id;
	h = h * 0x9e3779b97f4a7c15u ^ k->pid;
	h = h * 0x9e3779b97f4a7c15u ^ (k->queue << 1 | k->fenced);
	h *= 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32) % GROUP_SLOTS;
}

static struct group *new_group(struct groups *g, const struct group_key *key)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->key = *key;
	g->list[g->count++] = group;
	return group;
}

static struct group *others(struct groups *g, bool fenced)
{
	struct group **group = &g->others[fenced];

	if (!*group)
		*group = new_group(g, &(struct group_key) { .fenced = fenced });
	if (*group)
		(*group)->others = true;
	return *group;
}

struct group *groups_find(struct groups *g, const struct group_key *key)
{
	uint32_t i = slot_of(key);
	struct group *group;

	for (; g->slots[i]; i = (i + 1) % GROUP_SLOTS) {
		group = g->list[g->slots[i] - 1];
		if (!group->others && same(&group->key, key))
			return group;
	}
	if (g->count >= GROUPS_MAX)
		return others(g, key->fenced);
	group = new_group(g, key);
	if (group)
		g->slots[i] = (uint16_t)g->count;
	return group;
}

int groups_add_latency(struct groups *g, struct group *group, uint32_t stage, uint64_t ns)
{
	struct histogram **h;

	if (stage >= GROUP_STAGES)
		return 0;
	if (!group->stages[stage] && !group->others && g->histograms >= HISTOGRAMS_MAX) {
		group = others(g, group->key.fenced);
		if (!group)
			return -ENOMEM;
	}
	h = &group->stages[stage];
	if (!*h) {
		*h = calloc(1, sizeof(**h));
		if (!*h)
			return -ENOMEM;
		g->histograms++;
	}
	return histogram_add(*h, ns);
}

static int compare(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

#define BY(member)                  \
	if (x->member != y->member) \
	return x->member < y->member ? -1 : 1
	BY(others);
	BY(key.queue);
	BY(key.type);
	BY(key.ctx_id);
	BY(key.pid);
	BY(key.fenced);
#undef BY
	return 0;
}

int groups_sort(struct groups *g)
{
	g->rows = malloc((size_t)(g->count + 1) * GROUP_STAGES * sizeof(*g->rows));
	if (!g->rows)
		return -ENOMEM;
	qsort(g->list, g->count, sizeof(g->list[0]), compare);
	for (unsigned int i = 0; i < g->count; i++) {
		size_t before = g->row_count;

		for (uint32_t stage = 0; stage < GROUP_STAGES; stage++)
			if (g->list[i]->stages[stage])
				g->rows[g->row_count++] = (struct group_row) { g->list[i], stage };
		if (g->row_count == before) /* never answered: its commands are told all the same */
			g->rows[g->row_count++] =
				(struct group_row) { g->list[i], VGPU_PROFILE_RESPONSE };
	}
	return 0;
}

void groups_finish(struct groups *g)
{
	for (unsigned int i = 0; i < g->count; i++) {
		for (unsigned int stage = 0; stage < GROUP_STAGES; stage++) {
			if (!g->list[i]->stages[stage])
				continue;
			histogram_finish(g->list[i]->stages[stage]);
			free(g->list[i]->stages[stage]);
		}
		free(g->list[i]);
	}
	free(g->rows);
}
