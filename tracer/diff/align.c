/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

#define EDITS_MAX 2000 /* memory and time grow with its square */

/*
 * The furthest x on each diagonal k, for each number of edits d: kept, so that the way back is known.
 * Row d holds 2 d + 1 values, diagonals -d to d.
 */
struct rows {
	int32_t *row[EDITS_MAX + 1];
	int d;
};

static int32_t at(const struct rows *r, int d, int k)
{
	return k < -d || k > d ? -1 : r->row[d][k + d];
}

/* Where d edits lead on diagonal k, before the equal elements that follow. */
static int32_t step(const struct rows *r, int d, int k)
{
	int32_t down, right;

	if (d == 0)
		return 0;
	down = at(r, d - 1, k + 1); /* an insertion: x stays */
	right = at(r, d - 1, k - 1);
	right = right < 0 ? -1 : right + 1;
	return down > right ? down : right;
}

static int forward(struct rows *r, const uint64_t *a, int32_t n, const uint64_t *b, int32_t m)
{
	for (int d = 0; d <= EDITS_MAX; d++) {
		r->row[d] = malloc((size_t)(2 * d + 1) * sizeof(int32_t));
		if (!r->row[d])
			return -ENOMEM;
		r->d = d;
		for (int k = -d; k <= d; k++) {
			int32_t x = -1, y;

			if ((k + d) % 2 == 0)
				x = step(r, d, k);
			y = x - k;
			if (x < 0 || x > n || y < 0 || y > m)
				x = -1;
			while (x >= 0 && x < n && y < m && a[x] == b[y]) {
				x++;
				y++;
			}
			r->row[d][k + d] = x;
			if (x == n && y == m)
				return 0;
		}
	}
	return 1;
}

static void backward(const struct rows *r, int32_t n, int32_t m, uint32_t *match, uint32_t offset)
{
	int32_t x = n;
	int k = n - m;

	for (int d = r->d; d >= 0; d--) {
		int32_t from = step(r, d, k);

		while (x > from) {
			x--;
			match[x] = offset + (uint32_t)(x - k) + 1;
		}
		if (d == 0)
			return;
		if (at(r, d - 1, k + 1) == from) {
			k++;
		} else {
			k--;
			x--;
		}
	}
}

int diff_align(const uint64_t *a, size_t n, const uint64_t *b, size_t m, uint32_t *match)
{
	struct rows rows = { .d = -1 };
	size_t head = 0, tail = 0;
	int result;

	memset(match, 0, n * sizeof(*match));
	while (head < n && head < m && a[head] == b[head]) {
		match[head] = (uint32_t)head + 1;
		head++;
	}
	while (tail < n - head && tail < m - head && a[n - 1 - tail] == b[m - 1 - tail]) {
		match[n - 1 - tail] = (uint32_t)(m - tail);
		tail++;
	}
	n -= head + tail;
	m -= head + tail;
	if (!n || !m)
		return 0;
	result = forward(&rows, a + head, (int32_t)n, b + head, (int32_t)m);
	if (result == 0)
		backward(&rows, (int32_t)n, (int32_t)m, match + head, (uint32_t)head);
	for (int d = 0; d <= rows.d; d++)
		free(rows.row[d]);
	return result;
}
