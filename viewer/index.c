/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

static const struct view_summary nothing = { .argument = { VIEW_NONE, VIEW_NONE } };

/* Items under a node of that level, as a power of two. */
static uint32_t span_bits(uint32_t level)
{
	return 4 * (level + 1);
}
_Static_assert(VIEW_INDEX_FANOUT == 1u << 4, "as in span_bits()");

/* Take a longer item, or the first of two that are as long. */
static bool raise_longest(struct view_summary *s, unsigned int m, uint64_t length, uint32_t i)
{
	if (s->argument[m] != VIEW_NONE &&
	    (length < s->longest[m] || (length == s->longest[m] && i >= s->argument[m])))
		return false;
	s->longest[m] = length;
	s->argument[m] = i;
	return true;
}

static void add_item(struct view_summary *s, const struct view_item *item, uint32_t i)
{
	s->count[item->marked]++;
	raise_longest(s, item->marked, item->end - item->start, i);
	if (item->end > s->latest_end)
		s->latest_end = item->end;
}

static void add_item_of(struct view_summary *s, const struct view_index *x, uint32_t i)
{
	struct view_item item;

	x->item(x->data, i, &item);
	add_item(s, &item, i);
}

static void add_summary(struct view_summary *s, const struct view_summary *other)
{
	unsigned int m;

	for (m = 0; m < 2; m++) {
		if (!other->count[m])
			continue;
		raise_longest(s, m, other->longest[m], other->argument[m]);
		s->count[m] += other->count[m];
	}
	if (other->latest_end > s->latest_end)
		s->latest_end = other->latest_end;
}

/* A node anew, from what lies below it. */
static void sum_up(struct view_index *x, uint32_t level, uint32_t node)
{
	uint32_t i = node * VIEW_INDEX_FANOUT, below = level ? x->size[level - 1] : x->count;
	uint32_t end = below - i > VIEW_INDEX_FANOUT ? i + VIEW_INDEX_FANOUT : below;
	struct view_summary *s = &x->level[level][node];

	*s = nothing;
	for (; i < end; i++) {
		if (level)
			add_summary(s, &x->level[level - 1][i]);
		else
			add_item_of(s, x, i);
	}
}

/* Have nodes for `count` items, the new ones empty; and a level more when the top one is too long. */
static int make_nodes(struct view_index *x, uint32_t count)
{
	uint32_t level, size, below = count;
	struct view_summary *p;

	for (level = 0; level < VIEW_INDEX_LEVELS && below > VIEW_INDEX_FANOUT; level++) {
		size = below / VIEW_INDEX_FANOUT + !!(below % VIEW_INDEX_FANOUT);
		p = view_grow(x->level[level], size, &x->room[level], sizeof(*p));
		if (!p)
			return -ENOMEM;
		x->level[level] = p;
		if (level == x->levels) {
			/* The items that are there already have had no node of this level. */
			x->levels++;
			for (x->size[level] = 0; x->size[level] < size; x->size[level]++)
				sum_up(x, level, x->size[level]);
		}
		while (x->size[level] < size)
			x->level[level][x->size[level]++] = nothing;
		below = size;
	}
	return 0;
}

int view_index_init(struct view_index *x, view_item_fn item, const void *data, uint32_t count)
{
	*x = (struct view_index) { .item = item, .data = data, .count = count };
	if (!make_nodes(x, count))
		return 0;
	view_index_finish(x);
	return -ENOMEM;
}

void view_index_finish(struct view_index *x)
{
	uint32_t i;

	for (i = 0; i < VIEW_INDEX_LEVELS; i++)
		free(x->level[i]);
	*x = (struct view_index) { 0 };
}

int view_index_insert(struct view_index *x, uint32_t place)
{
	uint32_t last = x->count, level, i;
	struct view_item item;

	if (make_nodes(x, x->count + 1))
		return -ENOMEM;
	x->count++;
	if (place == last) {
		x->item(x->data, last, &item);
		for (level = 0; level < x->levels; level++)
			add_item(&x->level[level][last >> span_bits(level)], &item, last);
		return 0;
	}
	for (level = 0; level < x->levels; level++) {
		for (i = place >> span_bits(level); i < x->size[level]; i++)
			sum_up(x, level, i);
	}
	return 0;
}

void view_index_update(struct view_index *x, uint32_t i)
{
	struct view_summary *s;
	struct view_item item;
	uint32_t level;
	bool news;

	x->item(x->data, i, &item);
	for (level = 0; level < x->levels; level++) {
		s = &x->level[level][i >> span_bits(level)];
		news = raise_longest(s, item.marked, item.end - item.start, i);
		if (item.end > s->latest_end) {
			s->latest_end = item.end;
			news = true;
		}
		/* What does not stand out here does not further up. */
		if (!news)
			return;
	}
}

/* Of the items low … high - 1, or high. */
static uint32_t lower_within(const struct view_index *x, uint32_t low, uint32_t high, uint64_t time)
{
	struct view_item item;
	uint32_t middle;

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

uint32_t view_index_lower(const struct view_index *x, uint64_t time)
{
	return lower_within(x, 0, x->count, time);
}

static bool starts_before(const struct view_index *x, uint32_t i, uint64_t time)
{
	struct view_item item;

	x->item(x->data, i, &item);
	return item.start < time;
}

/* Away from the guess in steps that double, then between the last two. */
uint32_t view_index_lower_near(const struct view_index *x, uint32_t guess, uint64_t time)
{
	uint32_t step = 1, low, high;

	if (guess >= x->count)
		return view_index_lower(x, time);
	low = high = guess;
	if (starts_before(x, guess, time)) {
		while (step < x->count - guess && starts_before(x, guess + step, time)) {
			low = guess + step;
			step *= 2;
		}
		high = step < x->count - guess ? guess + step : x->count;
	} else {
		while (step <= guess && !starts_before(x, guess - step, time)) {
			high = guess - step;
			step *= 2;
		}
		low = step <= guess ? guess - step : 0;
	}
	return lower_within(x, low, high, time);
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
				add_item_of(out, x, first);
			first++;
		}
		/* The right edge lies before what earlier rounds took from there. */
		part = nothing;
		for (i = last - (last > first ? last % VIEW_INDEX_FANOUT : 0); i < last; i++) {
			if (level)
				add_summary(&part, &x->level[level - 1][i]);
			else
				add_item_of(&part, x, i);
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
	uint32_t i = first, level, node;
	uint64_t span = 0;

	if (last > x->count)
		last = x->count;
	while (i < last) {
		/* Skip the largest node that begins here and ended before. */
		for (level = x->levels; level; level--) {
			span = (uint64_t)1 << span_bits(level - 1);
			if (i & (span - 1))
				continue;
			node = i >> span_bits(level - 1);
			if (node < x->size[level - 1] &&
			    x->level[level - 1][node].latest_end <= time)
				break;
		}
		if (level) {
			i = i + span > last ? last : (uint32_t)(i + span);
			continue;
		}
		x->item(x->data, i, &item);
		if (item.end > time)
			return i;
		i++;
	}
	return last;
}
