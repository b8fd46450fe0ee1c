/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfetto-lanes.h"

#define TIMELINES 512u /* a hash table */

struct timelines {
	struct pf_writer *writer;
	struct timeline lines[TIMELINES];
	unsigned int count;
};

int timelines_create(struct timelines **out, struct pf_writer *w)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->writer = w;
	return 0;
}

void timelines_destroy(struct timelines *t)
{
	free(t);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

uint64_t track_key(unsigned int kind, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t key = mix(mix(mix(mix(0x76677075, kind), a), b), c);

	return key ? key : 1;
}

struct timeline *timeline_of(struct timelines *t, uint64_t key, uint64_t parent, const char *name)
{
	for (unsigned int i = 0; i < TIMELINES; i++) {
		struct timeline *line = &t->lines[(key + i) % TIMELINES];

		if (line->key == key)
			return line;
		if (line->key)
			continue;
		if (t->count == TIMELINES / 2)
			return NULL;
		t->count++;
		line->key = key;
		line->parent = parent;
		snprintf(line->name, sizeof(line->name), "%s", name);
		return line;
	}
	return NULL;
}

unsigned int lane_take(struct timelines *t, struct timeline *line, uint64_t time_ns)
{
	unsigned int i = 0;

	if (!line)
		return LANE_OFF;
	while (i < LANES && line->lanes[i].free_from > time_ns)
		i++;
	if (i == LANES)
		return LANE_OFF;
	if (!line->lanes[i].made)
		pf_track(t->writer, lane_track(line, i), line->parent, line->name);
	line->lanes[i].made = true;
	line->lanes[i].free_from = UINT64_MAX;
	return i;
}

uint64_t lane_track(const struct timeline *line, unsigned int lane)
{
	return track_key(0, line->key, lane, 0);
}

void lane_release(struct timeline *line, unsigned int lane, uint64_t time_ns)
{
	line->lanes[lane].free_from = time_ns;
}
