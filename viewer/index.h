/* SPDX-License-Identifier: MIT */
/*
 * An index over items that have a start and an end, sorted by start: how many lie in a span, and
 * the longest of them, in O(log n) whatever the span. A tree of fixed fan-out above the items, kept
 * apart from them: about 1.6 bytes an item. It grows as items come.
 */
#ifndef VGPU_VIEW_INDEX_H
#define VGPU_VIEW_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_INDEX_LEAF   32u /* items under a node of the lowest level */
#define VIEW_INDEX_FANOUT 16u /* nodes under any other */
#define VIEW_INDEX_LEVELS 8u  /* more items than 32 bits can number */
#define VIEW_NONE         UINT32_MAX

struct view_item {
	uint64_t start, end; /* ns; end >= start */
	bool marked;         /* counted apart */
};

/* Item `i` of what is indexed. */
typedef void (*view_item_fn)(const void *data, uint32_t i, struct view_item *out);

/* Of a run of items; [0] those that are not marked, [1] the marked. */
struct view_summary {
	uint64_t first_start; /* UINT64_MAX: the run is empty */
	uint64_t latest_end;  /* 0: the run is empty */
	uint64_t longest[2];  /* ns */
	uint32_t argument[2]; /* the first item that is as long, or VIEW_NONE */
	uint32_t count[2];
};

struct view_index {
	view_item_fn item;
	const void *data;
	uint32_t count; /* items */
	uint32_t levels;
	struct view_summary *level[VIEW_INDEX_LEVELS];
	uint32_t size[VIEW_INDEX_LEVELS];
	size_t room[VIEW_INDEX_LEVELS];
};

/* Index `count` items; `data` must outlive the index. 0 or -ENOMEM; then it is empty. */
int view_index_init(struct view_index *x, view_item_fn item, const void *data, uint32_t count);
void view_index_finish(struct view_index *x);

/* There is one more item, at `place`: those from there on moved up. 0 or -ENOMEM, and none is taken. */
int view_index_insert(struct view_index *x, uint32_t place);

/* Item `i` ends later than before. */
void view_index_update(struct view_index *x, uint32_t i);

/* The first item that starts at `time` or later; count when there is none. */
uint32_t view_index_lower(const struct view_index *x, uint64_t time);

/* Of the items first … last - 1. */
void view_index_summary(const struct view_index *x, uint32_t first, uint32_t last,
			struct view_summary *out);

/*
 * Of the items that start in each of n equal parts of the time from … until before `to`. Where a part
 * has very many, up to 32 of them may be counted in the part beside it.
 */
void view_index_columns(const struct view_index *x, uint64_t from, uint64_t to, uint32_t n,
			struct view_summary *out);

/* The first of items first … last - 1 that ends after `time`, or `last`. */
uint32_t view_index_open(const struct view_index *x, uint32_t first, uint32_t last, uint64_t time);

#endif
