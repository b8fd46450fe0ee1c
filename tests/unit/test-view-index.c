/* SPDX-License-Identifier: MIT */
/* The viewer's index, against going through the items one by one. */
#include "view-trace.h"

#include "index.h"
#include "list.h"

static void item_of(const void *data, uint32_t i, struct view_item *out)
{
	*out = ((const struct view_item *)data)[i];
}

static struct view_item *make(uint32_t n, uint32_t *seed)
{
	struct view_item *items = malloc((n + 1) * sizeof(*items));
	uint64_t time = 1000;
	uint32_t i;

	for (i = 0; i < n; i++) {
		/* Equal starts, equal lengths and empty items are what trees get wrong. */
		time += view_trace_random(seed, 3);
		items[i].start = time;
		items[i].end =
			time + view_trace_random(seed, view_trace_random(seed, 40) ? 4 : 5000);
		items[i].marked = view_trace_random(seed, 3) == 0;
	}
	return items;
}

static void check_summary(const struct view_index *x, const struct view_item *items, uint32_t first,
			  uint32_t last)
{
	struct view_summary s;
	uint64_t longest[2] = { 0 }, end = 0;
	uint32_t argument[2] = { VIEW_NONE, VIEW_NONE }, count[2] = { 0 }, i, m;

	for (i = first; i < last && i < x->count; i++) {
		m = items[i].marked;
		if (!count[m]++ || items[i].end - items[i].start > longest[m]) {
			longest[m] = items[i].end - items[i].start;
			argument[m] = i;
		}
		end = items[i].end > end ? items[i].end : end;
	}
	view_index_summary(x, first, last, &s);
	assert_int_equal(s.latest_end, end);
	for (m = 0; m < 2; m++) {
		assert_int_equal(s.count[m], count[m]);
		assert_int_equal(s.longest[m], longest[m]);
		assert_int_equal(s.argument[m], argument[m]);
	}
}

/* Each item in the part that its start is in, and none that starts outside. */
static void check_columns(const struct view_index *x, const struct view_item *items, uint64_t from,
			  uint64_t to, uint32_t n)
{
	struct view_summary *s = malloc(n * sizeof(*s));
	uint32_t i, k = 0, m, all = 0;
	uint64_t longest;

	view_index_columns(x, from, to, n, s);
	for (i = 0; i < n; i++)
		all += s[i].count[0] + s[i].count[1];
	/* Where there are very many, a whole leaf may be in the part beside it. */
	for (i = 0; i < n; i++) {
		uint32_t count[2] = { 0 }, slack = all / n >= 512 ? 64 : 0;

		longest = 0;
		for (; k < x->count && items[k].start < to; k++) {
			if (items[k].start < from)
				continue;
			if ((items[k].start - from) * n / (to - from) > i)
				break;
			count[items[k].marked]++;
			if (items[k].end - items[k].start > longest)
				longest = items[k].end - items[k].start;
		}
		for (m = 0; m < 2; m++)
			assert_in_range(s[i].count[m] + slack, count[m], count[m] + 2 * slack);
		if (!slack)
			assert_int_equal(longest, s[i].longest[0] > s[i].longest[1]
							  ? s[i].longest[0]
							  : s[i].longest[1]);
	}
	for (i = 0, k = 0; i < x->count; i++)
		k += items[i].start >= from && items[i].start < to;
	assert_int_equal(all, k);
	free(s);
}

static void test_brute_force(void **state)
{
	static const uint32_t sizes[] = { 0,  1,   2,   15,  16,   17,   31,
					  32, 255, 256, 257, 4095, 4097, 20000 };
	uint32_t seed = 7, k, q, n, first, last, i;
	struct view_item *items;
	struct view_index x;
	uint64_t time;

	(void)state;
	for (k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
		n = sizes[k];
		items = make(n, &seed);
		assert_int_equal(view_index_init(&x, item_of, items, n), 0);
		check_summary(&x, items, 0, n);
		for (q = 0; q < 300; q++) {
			first = view_trace_random(&seed, n + 1);
			last = view_trace_random(&seed, 2) ? first + view_trace_random(&seed, 40)
							   : view_trace_random(&seed, n + 3);
			check_summary(&x, items, first, last);
			time = 900 + view_trace_random(&seed, 2 * n + 300);
			for (i = 0; i < n && items[i].start < time; i++)
				;
			assert_int_equal(view_index_lower(&x, time), i);
			last = last < n ? last : n;
			for (i = first; i < last && items[i].end <= time; i++)
				;
			assert_int_equal(view_index_open(&x, first, last, time),
					 first < last ? i : last);
		}
		for (q = 0; n && q < 40; q++) {
			time = 990 + view_trace_random(&seed, 2 * n);
			check_columns(&x, items, time, time + 16 + view_trace_random(&seed, 2 * n),
				      1u << view_trace_random(&seed, 5));
		}
		view_index_finish(&x);
		free(items);
	}
}

/* Items that come one by one, some of them not at the end, and end later than it seemed at first. */
static void test_growing(void **state)
{
	struct view_item *items = calloc(6001, sizeof(*items)), item;
	uint32_t seed = 3, n, place, i, first;
	struct view_index x;

	(void)state;
	assert_int_equal(view_index_init(&x, item_of, items, 0), 0);
	for (n = 0; n < 6000; n++) {
		place = n > 40 && !view_trace_random(&seed, 9) ? n - view_trace_random(&seed, 40)
							       : n;
		item.start = place ? items[place - 1].start : 1000;
		if (place == n)
			item.start += view_trace_random(&seed, 3);
		item.end = item.start;
		item.marked = view_trace_random(&seed, 3) == 0;
		memmove(&items[place + 1], &items[place], (n - place) * sizeof(*items));
		items[place] = item;
		assert_int_equal(view_index_insert(&x, place), 0);
		i = n - view_trace_random(&seed, n < 50 ? n + 1 : 50);
		items[i].end += view_trace_random(&seed, 5000);
		view_index_update(&x, i);
		if (n % 7)
			continue;
		check_summary(&x, items, 0, n + 1);
		first = view_trace_random(&seed, n + 1);
		check_summary(&x, items, first, first + view_trace_random(&seed, n + 1));
	}
	view_index_finish(&x);
	free(items);
}

/* Against an array. */
static void test_list(void **state)
{
	uint32_t *array = malloc(30000 * sizeof(*array)), seed = 5, number = 7, n, i, place;
	struct view_list list = { 0 };

	(void)state;
	for (n = 0; n < 30000; n++) {
		/* Runs, small steps, large ones, and all of them mixed by insertions. */
		number += n / 5000 % 2 ? 1 + view_trace_random(&seed, 1u << n / 5000 * 4) : 1;
		place = n / 2500 % 3 == 1
				? n - view_trace_random(&seed, n < VIEW_LIST_LOOSE
								       ? n + 1
								       : VIEW_LIST_LOOSE + 1)
				: n;
		memmove(&array[place + 1], &array[place], (n - place) * sizeof(*array));
		array[place] = number;
		assert_int_equal(view_list_insert(&list, place, number), 0);
		if (n % 997 && n != 29999)
			continue;
		for (i = 0; i <= n; i++)
			assert_int_equal(view_list_get(&list, i), array[i]);
	}
	assert_int_equal(list.count, 30000);
	view_list_finish(&list);
	free(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brute_force),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
