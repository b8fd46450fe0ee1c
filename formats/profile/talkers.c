/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

struct vgpu_profile_talker *talkers_find(struct talkers *t, uint32_t id)
{
	struct vgpu_profile_talker *talker = &t->list[t->recent];
	uint32_t i = id * 0x9e3779b1u % TALKER_SLOTS;

	if (talker->id == id && t->recent < t->count)
		return talker;
	for (; t->slots[i]; i = (i + 1) % TALKER_SLOTS) {
		talker = &t->list[t->slots[i] - 1];
		if (talker->id != id)
			continue;
		t->recent = t->slots[i] - 1u;
		return talker;
	}
	if (t->count == TALKERS_MAX) {
		t->list[TALKERS_MAX].others = true;
		return &t->list[TALKERS_MAX];
	}
	t->slots[i] = (uint16_t)++t->count;
	t->recent = t->count - 1;
	talker = &t->list[t->recent];
	talker->id = id;
	return talker;
}

static int compare(const void *a, const void *b)
{
	const struct vgpu_profile_talker *x = a, *y = b;

	if (x->commands != y->commands)
		return x->commands > y->commands ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

void talkers_sort(struct talkers *t)
{
	qsort(t->list, t->count, sizeof(t->list[0]), compare);
	while (t->count && !t->list[t->count - 1].commands)
		t->count--;
	/* The others stand last. */
	if (t->list[TALKERS_MAX].commands)
		t->list[t->count++] = t->list[TALKERS_MAX];
	memset(t->slots, 0, sizeof(t->slots));
}
