/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct view_summary nothing = { .argument = { VIEW_NONE, VIEW_NONE } };

static void add_item(struct view_summary *s, const struct view_index *x, uint32_t i)
{
	struct view_item item;
	uint64_t length;
	unsigned int m;

	x->item(x->data, i, &item);
	m = item.marked;
	length = item.end - item.start;
	if (!s->count[m]++ || length > s->longest[m]) {
		s->longest[m] = length;
		s->argument[m] = i;
	}
	if (item.end > s->latest_end)
		s->latest_end = item.end;
}

static void add_summary(struct view_summary *s, const struct view_summary *other)
{
	unsigned int m;

	for (m = 0; m < 2; m++) {
		if (!other->count[m])
			continue;
		if (!s->count[m] || other->longest[m] > s->longest[m]) {
			s->longest[m] = other->longest[m];
			s->argument[m] = other->argument[m];
		}
		s->count[m] += other->count[m];
	}
	if (other->latest_end > s->latest_end)
		s->latest_end = other->latest_end;
}

static int build_level(struct view_index *x, uint32_t level, uint32_t below)
{
	uint32_t size = below / VIEW_INDEX_FANOUT + !!(below % VIEW_INDEX_FANOUT), i;
	struct view_summary *s = malloc(size * sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (i = 0; i < size; i++)
		s[i] = nothing;
	for (i = 0; i < below; i++) {
		if (level)
			add_summary(&s[i / VIEW_INDEX_FANOUT], &x->level[level - 1][i]);
		else
			add_item(&s[i / VIEW_INDEX_FANOUT], x, i);
	}
	x->level[level] = s;
	x->size[level] = size;
	x->levels = level + 1;
	return 0;
}

int view_index_init(struct view_index *x, view_item_fn item, const void *data, uint32_t count)
{
	uint32_t below = count;

	*x = (struct view_index) { .item = item, .data = data, .count = count };
	while (below > VIEW_INDEX_FANOUT) {
		if (build_level(x, x->levels, below)) {
			view_index_finish(x);
			return -ENOMEM;
		}
		below = x->size[x->levels - 1];
	}
	return 0;
}

void view_index_finish(struct view_index *x)
{
	uint32_t i;

	for (i = 0; i < x->levels; i++)
		free(x->level[i]);
	*x = (struct view_index) { 0 };
}

uint32_t view_index_lower(const struct view_index *x, uint64_t time)
{
	uint32_t low = 0, high = x->count, middle;
	struct view_item item;

	while (low < high) {
		middle = low + (high - low) / 2;
		x->item(x->data, middle, &item);
		if (item.start < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Walk up from the items: at each level take what sticks out on both sides of the whole nodes. */
void view_index_summary(const struct view_index *x, uint32_t first, uint32_t last,
			struct view_summary *out)
{
	struct view_summary right = nothing, part;
	uint32_t level = 0, i;

	*out = nothing;
	if (last > x->count)
		last = x->count;
	while (first < last) {
		bool top = level == x->levels;

		/* The left edge is added in order, so that the first of equals stays the argument. */
		while (first < last && (top || first % VIEW_INDEX_FANOUT)) {
			if (level)
				add_summary(out, &x->level[level - 1][first]);
			else
				add_item(out, x, first);
			first++;
		}
		/* The right edge lies before what earlier rounds took from there. */
		part = nothing;
		for (i = last - (last > first ? last % VIEW_INDEX_FANOUT : 0); i < last; i++) {
			if (level)
				add_summary(&part, &x->level[level - 1][i]);
			else
				add_item(&part, x, i);
		}
		add_summary(&part, &right);
		right = part;
		if (last > first)
			last -= last % VIEW_INDEX_FANOUT;
		first /= VIEW_INDEX_FANOUT;
		last /= VIEW_INDEX_FANOUT;
		level++;
	}
	add_summary(out, &right);
}

uint32_t view_index_open(const struct view_index *x, uint32_t first, uint32_t last, uint64_t time)
{
	struct view_item item;
	uint32_t i = first, level, node, span;

	if (last > x->count)
		last = x->count;
	while (i < last) {
		/* Skip the largest node that begins here and ended before. */
		for (level = x->levels; level; level--) {
			span = 1u << (4 * level);
			if (i % span)
				continue;
			node = i / span;
			if (node < x->size[level - 1] &&
			    x->level[level - 1][node].latest_end <= time)
				break;
		}
		if (level) {
			span = 1u << (4 * level);
			i = i > UINT32_MAX - span ? last : i + span;
			continue;
		}
		x->item(x->data, i, &item);
		if (item.end > time)
			return i;
		i++;
	}
	return last;
}
