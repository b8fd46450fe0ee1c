/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* A column of as many items is not noticeably wrong with a leaf too many or too few. */
#define COARSE (16u * VIEW_INDEX_LEAF)

static const struct view_summary nothing = { .first_start = UINT64_MAX,
					     .argument = { VIEW_NONE, VIEW_NONE } };

/* Items under a node of that level, as a power of two. */
static uint32_t span_bits(uint32_t level)
{
	return 5 + 4 * level;
}
_Static_assert(VIEW_INDEX_LEAF == 1u << 5 && VIEW_INDEX_FANOUT == 1u << 4, "as in span_bits()");

/* What lies under one node of a level: items, or nodes of the level below. */
static uint32_t children(uint32_t level)
{
	return level ? VIEW_INDEX_FANOUT : VIEW_INDEX_LEAF;
}

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
	if (item->start < s->first_start)
		s->first_start = item->start;
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
	if (other->first_start < s->first_start)
		s->first_start = other->first_start;
	if (other->latest_end > s->latest_end)
		s->latest_end = other->latest_end;
}

/* A node anew, from what lies below it. */
static void sum_up(struct view_index *x, uint32_t level, uint32_t node)
{
	uint32_t i = node * children(level), below = level ? x->size[level - 1] : x->count;
	uint32_t end = below - i > children(level) ? i + children(level) : below;
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

	for (level = 0; level < VIEW_INDEX_LEVELS && below > children(level); level++) {
		size = below / children(level) + !!(below % children(level));
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

/* Through the nodes, which lie close together: the last one that starts before has it, or the next. */
uint32_t view_index_lower(const struct view_index *x, uint64_t time)
{
	uint32_t low = 0, high = x->levels ? x->size[0] : 0, middle, end;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (x->level[0][middle].first_start < time)
			low = middle + 1;
		else
			high = middle;
	}
	if (!x->levels)
		return lower_within(x, 0, x->count, time);
	if (!low)
		return 0;
	end = x->count - (low - 1) * VIEW_INDEX_LEAF > VIEW_INDEX_LEAF ? low * VIEW_INDEX_LEAF
								       : x->count;
	return lower_within(x, (low - 1) * VIEW_INDEX_LEAF, end, time);
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
		uint32_t fanout = children(level);
		bool top = level == x->levels;

		/* The left edge is added in order, so that the first of equals stays the argument. */
		while (first < last && (top || first % fanout)) {
			if (level)
				add_summary(out, &x->level[level - 1][first]);
			else
				add_item_of(out, x, first);
			first++;
		}
		/* The right edge lies before what earlier rounds took from there. */
		part = nothing;
		for (i = last - (last > first ? last % fanout : 0); i < last; i++) {
			if (level)
				add_summary(&part, &x->level[level - 1][i]);
			else
				add_item_of(&part, x, i);
		}
		add_summary(&part, &right);
		right = part;
		if (last > first)
			last -= last % fanout;
		first /= fanout;
		last /= fanout;
		level++;
	}
	add_summary(out, &right);
}

/* The one that was asked for last is known by its edges: items come in order. */
struct columns {
	const struct view_index *x;
	uint64_t from, to;
	uint32_t n, column;
	uint64_t begin, end; /* of the column */
	bool coarse;
	struct view_summary *out;
};

static uint64_t edge(const struct columns *c, uint32_t i)
{
	return i < c->n ? c->from + (uint64_t)ceil((double)(c->to - c->from) * i / c->n) : c->to;
}

/* Within from … to. */
static uint32_t column_of(struct columns *c, uint64_t time)
{
	uint32_t i;

	if (time >= c->begin && time < c->end)
		return c->column;
	i = (uint32_t)((double)(time - c->from) * c->n / (double)(c->to - c->from));
	i = i < c->n ? i : c->n - 1;
	while (i && time < edge(c, i))
		i--;
	while (i + 1 < c->n && time >= edge(c, i + 1))
		i++;
	c->column = i;
	c->begin = edge(c, i);
	c->end = edge(c, i + 1);
	return i;
}

static void columns_of_items(struct columns *c, uint32_t i, uint32_t end)
{
	struct view_item item;

	for (; i < end; i++) {
		c->x->item(c->x->data, i, &item);
		if (item.start >= c->to)
			return;
		if (item.start >= c->from)
			add_item(&c->out[column_of(c, item.start)], &item, i);
	}
}

/* A node whose items start in one column is taken whole; of others what lies below. */
static void columns_of_nodes(struct columns *c, uint32_t level, uint32_t i, uint32_t end)
{
	const struct view_index *x = c->x;
	const struct view_summary *s = x->level[level];
	uint32_t below = level ? x->size[level - 1] : x->count, from, to, column;
	uint64_t last;

	for (; i < end && s[i].first_start < c->to; i++) {
		/* Its last item starts by then. */
		last = i + 1 < x->size[level] && s[i + 1].first_start < s[i].latest_end
			       ? s[i + 1].first_start
			       : s[i].latest_end;
		if (last < c->from)
			continue;
		if (s[i].first_start >= c->from && last < c->to) {
			column = column_of(c, s[i].first_start);
			if (last < c->end || (c->coarse && !level)) {
				add_summary(&c->out[column], &s[i]);
				continue;
			}
		}
		from = i * children(level);
		to = below - from > children(level) ? from + children(level) : below;
		if (level)
			columns_of_nodes(c, level - 1, from, to);
		else
			columns_of_items(c, from, to);
	}
}

void view_index_columns(const struct view_index *x, uint64_t from, uint64_t to, uint32_t n,
			struct view_summary *out)
{
	struct columns c = { .x = x, .from = from, .to = to, .n = n, .out = out };
	uint32_t i;

	for (i = 0; i < n; i++)
		out[i] = nothing;
	if (to <= from || !n)
		return;
	c.coarse = (view_index_lower(x, to) - view_index_lower(x, from)) / n >= COARSE;
	if (x->levels)
		columns_of_nodes(&c, x->levels - 1, 0, x->size[x->levels - 1]);
	else
		columns_of_items(&c, 0, x->count);
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
