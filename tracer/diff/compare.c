/* SPDX-License-Identifier: MIT */
/* Two sides stream by stream: what is the same, and whether ids differ consistently. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

/* Ids of both sides that stand for each other: two hash tables, each from one to the other. */
struct slot {
	uint64_t from, to; /* from 0: free */
};

struct diff_map {
	struct slot *slots[2];
	size_t room, count[2]; /* slots; those that are taken */
};

struct pair {
	const struct diff_stream *streams[2];
	size_t index[2];
	bool changed; /* told already; its ids are still learnt from */
};

struct comparison {
	const struct diff_side *sides[2];
	struct diff_result *out;
	struct pair *pairs;
	size_t n_pairs;
};

static size_t slot(const struct diff_map *m, int side, uint64_t id)
{
	size_t i = (size_t)(id * 0x9e3779b97f4a7c15u) & (m->room - 1);

	while (m->slots[side][i].from && m->slots[side][i].from != id)
		i = (i + 1) & (m->room - 1);
	return i;
}

static struct diff_map *map_create(void)
{
	struct diff_map *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->room = 256;
	m->slots[0] = calloc(m->room, sizeof(struct slot));
	m->slots[1] = calloc(m->room, sizeof(struct slot));
	return m;
}

static uint64_t map_get(const struct diff_map *m, int side, uint64_t id)
{
	return m->slots[side][slot(m, side, id)].to;
}

static void map_set(struct diff_map *m, int side, uint64_t from, uint64_t to)
{
	struct slot *s = &m->slots[side][slot(m, side, from)];

	m->count[side] += !s->from;
	s->from = from;
	s->to = to;
}

/* Room for one more id on either side. 0 or -ENOMEM. */
static int map_reserve(struct diff_map *m)
{
	struct diff_map old = *m;

	if (2 * (m->count[0] + 1) < m->room && 2 * (m->count[1] + 1) < m->room)
		return 0;
	m->room *= 2;
	for (int side = 0; side < 2; side++) {
		m->slots[side] = calloc(m->room, sizeof(struct slot));
		if (!m->slots[side]) {
			if (side)
				free(m->slots[0]);
			*m = old;
			return -ENOMEM;
		}
	}
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < old.room; i++) {
			const struct slot *s = &old.slots[side][i];

			if (s->from)
				m->slots[side][slot(m, side, s->from)] = *s;
		}
		free(old.slots[side]);
	}
	return 0;
}

uint64_t diff_mapped(const struct diff_result *r, uint64_t id)
{
	return map_get(r->map, 0, id);
}

static int add_entry(struct comparison *c, enum diff_kind kind, const struct pair *p,
		     uint64_t order)
{
	struct diff_result *out = c->out;

	if (out->count == out->room) {
		size_t room = out->room ? 2 * out->room : 64;
		void *entries = realloc(out->entries, room * sizeof(*out->entries));

		if (!entries)
			return -ENOMEM;
		out->entries = entries;
		out->room = room;
	}
	out->entries[out->count++] = (struct diff_entry) {
		.kind = kind,
		.order = order,
		.streams = { p->streams[0], p->streams[1] },
		.index = { p->index[0], p->index[1] },
	};
	return 0;
}

static uint64_t order_of(const struct pair *p)
{
	const struct diff_stream *s = p->streams[0];

	if (!s || !s->count)
		return p->streams[1]->commands[p->index[1]].number;
	return s->commands[p->index[0] < s->count ? p->index[0] : s->count - 1].number;
}

/*
 * What lies between two matches: commands of one type at the same place are one that was changed.
 * `p` moves to where both end.
 */
static int add_gap(struct comparison *c, struct pair *p, const size_t end[2])
{
	int err = 0;

	while (!err && (p->index[0] < end[0] || p->index[1] < end[1])) {
		bool first = p->index[0] < end[0], second = p->index[1] < end[1];

		if (first && second &&
		    p->streams[0]->commands[p->index[0]].type !=
			    p->streams[1]->commands[p->index[1]].type) {
			/* The longer side has one more. */
			first = end[0] - p->index[0] >= end[1] - p->index[1];
			second = !first;
		}
		err = add_entry(c,
				first && second ? DIFF_CHANGED
				: first         ? DIFF_ONLY_FIRST
						: DIFF_ONLY_SECOND,
				p, order_of(p));
		if (first && second) {
			c->pairs[c->n_pairs] = *p;
			c->pairs[c->n_pairs++].changed = true;
		}
		p->index[0] += first;
		p->index[1] += second;
	}
	return err;
}

static uint64_t *hashes(const struct diff_stream *s)
{
	uint64_t *out = malloc((s ? s->count : 0) * sizeof(*out) + 1);

	for (size_t i = 0; out && s && i < s->count; i++)
		out[i] = s->commands[i].hash;
	return out;
}

static int compare_streams(struct comparison *c, const struct diff_stream *a,
			   const struct diff_stream *b)
{
	struct pair p = { { a, b }, { 0, 0 }, false };
	size_t counts[2] = { a ? a->count : 0, b ? b->count : 0 }, end[2];
	uint64_t *one = hashes(a), *other = hashes(b);
	uint32_t *match = malloc(counts[0] * sizeof(*match) + 1);
	int err = -ENOMEM;

	if (!one || !other || !match)
		goto out;
	err = diff_align(one, counts[0], other, counts[1], match);
	if (err == 1)
		c->out->given_up++;
	err = err < 0 ? err : 0;
	for (size_t i = 0; i < counts[0] && !err; i++) {
		if (!match[i])
			continue;
		end[0] = i;
		end[1] = match[i] - 1;
		err = add_gap(c, &p, end);
		c->pairs[c->n_pairs++] = p;
		p.index[0]++;
		p.index[1]++;
	}
	if (!err)
		err = add_gap(c, &p, counts);
out:
	free(one);
	free(other);
	free(match);
	return err;
}

static int by_number(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;
	uint64_t x = p->streams[0]->commands[p->index[0]].number;
	uint64_t y = q->streams[0]->commands[q->index[0]].number;

	return x < y ? -1 : x > y;
}

/*
 * Are the ids of one command those that stand for the other's? What is new is learnt. 1, 0 or
 * -ENOMEM.
 */
static int same_ids(struct comparison *c, const struct diff_command *a,
		    const struct diff_command *b)
{
	struct diff_map *m = c->out->map;
	int same = 1;

	for (uint32_t i = 0; i < a->id_count && a->id_count == b->id_count; i++) {
		const uint64_t flag = (uint64_t)DIFF_NEW_ID << 32;
		bool new = c->sides[0]->ids[a->first_id + i] & flag;
		uint64_t x = c->sides[0]->ids[a->first_id + i] & ~flag;
		uint64_t y = c->sides[1]->ids[b->first_id + i] & ~flag;
		uint64_t known = map_get(m, 0, x), back = map_get(m, 1, y);

		if (!(uint32_t)x || !(uint32_t)y)
			continue;
		if (map_reserve(m))
			return -ENOMEM;
		if (new || (!known && !back)) {
			c->out->renamed += (uint32_t)x != (uint32_t)y && known != y;
			map_set(m, 0, x, y);
			map_set(m, 1, y, x);
		} else if (known != y) {
			same = 0;
		}
	}
	return same;
}

static int compare_pairs(struct comparison *c)
{
	int err = 0;

	qsort(c->pairs, c->n_pairs, sizeof(*c->pairs), by_number);
	for (size_t i = 0; i < c->n_pairs && !err; i++) {
		const struct pair *p = &c->pairs[i];
		const struct diff_command *a = &p->streams[0]->commands[p->index[0]];
		const struct diff_command *b = &p->streams[1]->commands[p->index[1]];

		int same = same_ids(c, a, b);

		if (same < 0)
			return same;
		if (p->changed)
			continue;
		if (!same)
			err = add_entry(c, DIFF_IDS, p, a->number);
		else if (a->response && b->response && a->response != b->response)
			err = add_entry(c, DIFF_RESPONSE, p, a->number);
	}
	return err;
}

static const struct diff_stream *find(const struct diff_side *side, const char *name)
{
	for (size_t i = 0; i < side->n_streams; i++) {
		if (strcmp(side->streams[i].name, name) == 0)
			return &side->streams[i];
	}
	return NULL;
}

static int by_order(const void *a, const void *b)
{
	const struct diff_entry *p = a, *q = b;

	if (p->order != q->order)
		return p->order < q->order ? -1 : 1;
	if (p->index[0] != q->index[0])
		return p->index[0] < q->index[0] ? -1 : 1;
	return p->index[1] < q->index[1] ? -1 : p->index[1] > q->index[1];
}

int diff_compare(const struct diff_side *first, const struct diff_side *second,
		 struct diff_result *out)
{
	struct comparison c = { { first, second }, out, NULL, 0 };
	int err = -ENOMEM;

	memset(out, 0, sizeof(*out));
	out->map = map_create();
	c.pairs = malloc((size_t)first->commands * sizeof(*c.pairs) + 1);
	if (!out->map || !out->map->slots[0] || !out->map->slots[1] || !c.pairs)
		goto out;
	err = 0;
	for (size_t i = 0; i < first->n_streams && !err; i++)
		err = compare_streams(&c, &first->streams[i], find(second, first->streams[i].name));
	for (size_t i = 0; i < second->n_streams && !err; i++) {
		if (!find(first, second->streams[i].name))
			err = compare_streams(&c, NULL, &second->streams[i]);
	}
	if (!err)
		err = compare_pairs(&c);
	if (out->count)
		qsort(out->entries, out->count, sizeof(*out->entries), by_order);
out:
	free(c.pairs);
	return err;
}

void diff_result_finish(struct diff_result *r)
{
	if (r->map) {
		free(r->map->slots[0]);
		free(r->map->slots[1]);
	}
	free(r->map);
	free(r->entries);
}
