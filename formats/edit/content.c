/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  ((uint64_t)1 << PAGE_SHIFT)

/* More parts than this in one list are joined: then they go together. */
#define SPANS_MAX  2048
#define PIECES_MAX 512

/* The first span that ends behind `at`. */
static uint32_t spans_find(const struct spans *s, uint64_t at)
{
	uint32_t low = 0, high = s->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->list[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void spans_need(struct graph *g, const struct spans *s, uint64_t begin, uint64_t end)
{
	for (uint32_t i = spans_find(s, begin); i < s->count && s->list[i].begin < end; i++)
		graph_need(g, s->list[i].node);
}

static bool spans_room(struct graph *g, struct spans *s)
{
	uint32_t room = s->room ? s->room * 2 : 2;
	struct span *list;

	if (s->count + 2 <= s->room)
		return true;
	list = realloc(s->list, room * sizeof(*list));
	if (!list) {
		g->error = -ENOMEM;
		return false;
	}
	graph_charge(g, (room - s->room) * sizeof(*list));
	s->list = list;
	s->room = room;
	return true;
}

/* One span for all, whose node needs theirs. Gaps had nothing to need. */
static void spans_join(struct graph *g, struct spans *s)
{
	node_t node;

	graph_begin(g);
	spans_need(g, s, 0, UINT64_MAX);
	node = graph_end(g, 0, NODE_JOIN);
	s->list[0].end = s->list[s->count - 1].end;
	for (uint32_t i = 0; i < s->count; i++)
		graph_drop(g, s->list[i].node);
	s->list[0].node = node;
	s->count = 1;
}

void spans_write(struct graph *g, struct spans *s, uint64_t begin, uint64_t end, node_t node)
{
	uint32_t at, past;

	if (begin >= end || !spans_room(g, s))
		return;
	at = spans_find(s, begin);
	if (at < s->count && s->list[at].begin < begin) {
		/* Its front stays, and its back where it goes on behind the new one. */
		if (s->list[at].end > end) {
			memmove(s->list + at + 1, s->list + at, (s->count - at) * sizeof(*s->list));
			s->count++;
			graph_hold(g, s->list[at].node);
		}
		s->list[at].end = begin;
		at++;
	}
	for (past = at; past < s->count && s->list[past].end <= end; past++)
		graph_drop(g, s->list[past].node);
	if (past < s->count && s->list[past].begin < end)
		s->list[past].begin = end;
	if (!node) {
		memmove(s->list + at, s->list + past, (s->count - past) * sizeof(*s->list));
		s->count -= past - at;
		return;
	}
	if (!spans_room(g, s))
		return;
	memmove(s->list + at + 1, s->list + past, (s->count - past) * sizeof(*s->list));
	s->count += 1 + at - past;
	s->list[at] = (struct span) { begin, end, node };
	graph_hold(g, node);
	if (s->count > SPANS_MAX && !g->marking)
		spans_join(g, s);
}

void spans_finish(struct graph *g, struct spans *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		graph_drop(g, s->list[i].node);
	graph_refund(g, s->room * sizeof(*s->list));
	free(s->list);
	*s = (struct spans) { 0 };
}

static uint64_t page_end(uint64_t address, uint64_t last)
{
	uint64_t end = address | (PAGE_SIZE - 1);

	return end < last ? end : last;
}

/* Beyond this nobody's memory goes; larger sizes are a guest's mistake. */
static uint64_t memory_last(uint64_t address, uint64_t size)
{
	return size - 1 > UINT64_MAX - 1 - address ? UINT64_MAX - 1 : address + size - 1;
}

void pages_need(struct graph *g, const struct map *pages, uint64_t address, uint64_t size)
{
	uint64_t last, end;

	if (!size || !pages->count)
		return;
	last = memory_last(address, size);
	/* A range with more pages than there are written ones: ask those. */
	if ((last >> PAGE_SHIFT) - (address >> PAGE_SHIFT) > pages->room) {
		for (size_t i = 0; i < pages->room; i++) {
			if (pages->slots[i].value && pages->slots[i].key >= address >> PAGE_SHIFT &&
			    pages->slots[i].key <= last >> PAGE_SHIFT)
				spans_need(g, pages->slots[i].value, address, last + 1);
		}
		return;
	}
	for (;; address = end + 1) {
		const struct spans *s = map_find(pages, address >> PAGE_SHIFT);

		end = page_end(address, last);
		if (s)
			spans_need(g, s, address, end + 1);
		if (end == last)
			return;
	}
}

void pages_write(struct graph *g, struct map *pages, uint64_t address, uint64_t size, node_t node)
{
	uint64_t last, end;

	if (!size || (!node && !pages->count))
		return;
	last = memory_last(address, size);
	if (!node && (last >> PAGE_SHIFT) - (address >> PAGE_SHIFT) > pages->room) {
		for (size_t i = 0; i < pages->room; i++) {
			if (pages->slots[i].value && pages->slots[i].key >= address >> PAGE_SHIFT &&
			    pages->slots[i].key <= last >> PAGE_SHIFT)
				spans_write(g, pages->slots[i].value, address, last + 1, 0);
		}
		return;
	}
	for (;; address = end + 1) {
		struct spans *s = map_find(pages, address >> PAGE_SHIFT);

		end = page_end(address, last);
		if (!s && node && !g->error) {
			s = calloc(1, sizeof(*s));
			if (!s || map_put(pages, address >> PAGE_SHIFT, s)) {
				free(s);
				g->error = -ENOMEM;
				return;
			}
			graph_charge(g, sizeof(*s) + 2 * sizeof(struct map_slot));
		}
		if (g->error)
			return;
		if (s)
			spans_write(g, s, address, end + 1, node);
		if (end == last)
			return;
	}
}

void pages_finish(struct graph *g, struct map *pages)
{
	for (size_t i = 0; i < pages->room; i++) {
		if (!pages->slots[i].value)
			continue;
		spans_finish(g, pages->slots[i].value);
		graph_refund(g, sizeof(struct spans) + 2 * sizeof(struct map_slot));
		free(pages->slots[i].value);
	}
	map_finish(pages);
}

static bool box_meets(const struct box *a, const struct box *b)
{
	for (int i = 0; i < 4; i++) {
		if (a->low[i] >= b->high[i] || b->low[i] >= a->high[i])
			return false;
	}
	return true;
}

/*
 * What of `a` lies outside `b`, where that is one box: false when nothing is left, and *a stays as
 * it is when its rest is not a box.
 */
static bool box_cut(struct box *a, const struct box *b)
{
	int out = -1;

	for (int i = 0; i < 4; i++) {
		if (a->low[i] >= b->low[i] && a->high[i] <= b->high[i])
			continue;
		if (out >= 0)
			return true;
		out = i;
	}
	if (out < 0)
		return false;
	if (a->low[out] >= b->low[out])
		a->low[out] = b->high[out];
	else if (a->high[out] <= b->high[out])
		a->high[out] = b->low[out];
	return true;
}

void pieces_need(struct graph *g, const struct pieces *p, const struct box *box, uint8_t planes)
{
	for (uint32_t i = 0; i < p->count; i++) {
		if (p->list[i].planes & planes && box_meets(&p->list[i].box, box))
			graph_need(g, p->list[i].node);
	}
}

static void pieces_join(struct graph *g, struct pieces *p)
{
	struct piece all = p->list[0];

	graph_begin(g);
	for (uint32_t i = 0; i < p->count; i++) {
		const struct piece *piece = &p->list[i];

		graph_need(g, piece->node);
		all.planes |= piece->planes;
		for (int k = 0; k < 4; k++) {
			if (piece->box.low[k] < all.box.low[k])
				all.box.low[k] = piece->box.low[k];
			if (piece->box.high[k] > all.box.high[k])
				all.box.high[k] = piece->box.high[k];
		}
	}
	all.node = graph_end(g, 0, NODE_JOIN);
	for (uint32_t i = 0; i < p->count; i++)
		graph_drop(g, p->list[i].node);
	p->list[0] = all;
	p->count = 1;
}

void pieces_write(struct graph *g, struct pieces *p, const struct box *box, uint8_t planes,
		  node_t node)
{
	uint32_t n = 0, room;
	struct piece *list;

	for (uint32_t i = 0; i < p->count; i++) {
		struct piece piece = p->list[i];

		if (piece.planes & planes && box_meets(&piece.box, box)) {
			struct box rest = piece.box;

			if (!box_cut(&rest, box))
				piece.planes &= (uint8_t)~planes;
			else if (!(piece.planes & ~planes))
				piece.box = rest;
		}
		if (piece.planes)
			p->list[n++] = piece;
		else
			graph_drop(g, piece.node);
	}
	p->count = n;
	if (!node)
		return;
	if (p->count == p->room) {
		room = p->room ? p->room * 2 : 2;
		list = realloc(p->list, room * sizeof(*list));
		if (!list) {
			g->error = -ENOMEM;
			return;
		}
		graph_charge(g, (room - p->room) * sizeof(*list));
		p->list = list;
		p->room = room;
	}
	graph_hold(g, node);
	p->list[p->count++] = (struct piece) { *box, planes, node };
	if (p->count > PIECES_MAX)
		pieces_join(g, p);
}

void pieces_finish(struct graph *g, struct pieces *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		graph_drop(g, p->list[i].node);
	graph_refund(g, p->room * sizeof(*p->list));
	free(p->list);
	*p = (struct pieces) { 0 };
}
