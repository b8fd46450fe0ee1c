/* SPDX-License-Identifier: MIT */
/* How many commands of the control queue were in flight at a time. */
#include <errno.h>

#include "grow.h"
#include "load.h"
#include "packed.h"

#define BLOCK      64u
/* Commands that came while one was in flight: of more, those behind do not count it. */
#define BEHIND_MAX 4096u
#define FEW        8u

/* There is one command more. 0 or -ENOMEM. */
int view_depth_add(struct view_loader *l)
{
	struct view_model *m = l->m;
	uint32_t n = m->command_count;
	uint8_t *p = view_grow(m->depths, (size_t)n + 1, &l->depth_room, 1);

	if (!p)
		return -ENOMEM;
	m->depths = p;
	p[n] = 0;
	if (n % BLOCK)
		return 0;
	p = view_grow(m->depth_tops, (size_t)n / BLOCK + 1, &l->depth_top_room, 1);
	if (!p)
		return -ENOMEM;
	m->depth_tops = p;
	p[n / BLOCK] = 0;
	return 0;
}

/* It was in flight while the commands behind it were queued. */
void view_depth_answered(struct view_model *m, uint32_t command)
{
	uint32_t last = m->command_count, i;

	if (m->commands[command].answer >> PACKED_QUEUE & 1)
		return;
	if (last - command > BEHIND_MAX)
		last = command + BEHIND_MAX;
	for (i = command; i < last; i++) {
		m->depths[i] += m->depths[i] < UINT8_MAX;
		if (m->depths[i] > m->depth_tops[i / BLOCK])
			m->depth_tops[i / BLOCK] = m->depths[i];
	}
}

/* The most when one of commands number first … last - 1 was queued. */
static uint32_t most_of(const struct view_model *m, uint32_t first, uint32_t last)
{
	uint32_t most = 0, i;

	for (i = first; i < last;) {
		if (!(i % BLOCK) && last - i >= BLOCK) {
			most = m->depth_tops[i / BLOCK] > most ? m->depth_tops[i / BLOCK] : most;
			i += BLOCK;
		} else {
			most = m->depths[i] > most ? m->depths[i] : most;
			i++;
		}
	}
	return most;
}

uint32_t view_depth_at(const struct view_model *m, uint64_t time_ns)
{
	const struct view_index *x = &m->lanes[0].index;
	uint32_t last = view_index_lower(x, time_ns + 1), n = 0, i;

	i = view_index_open(x, 0, last, time_ns);
	while (i < last && n < UINT8_MAX) {
		n++;
		i = view_index_open(x, i + 1, last, time_ns);
	}
	return n;
}

/* Of commands at places first … last - 1 of the lane. */
static uint32_t most_between(const struct view_model *m, uint32_t first, uint32_t last)
{
	const struct view_lane *lane = &m->lanes[0];

	if (first >= last)
		return 0;
	return most_of(m, view_lane_item(lane, first), view_lane_item(lane, last - 1) + 1);
}

uint32_t view_depth_most(const struct view_model *m, uint64_t from_ns, uint64_t to_ns)
{
	const struct view_index *x = &m->lanes[0].index;
	uint32_t before = view_depth_at(m, from_ns), most;

	/* It only rises where a command is queued. */
	most = most_between(m, view_index_lower(x, from_ns), view_index_lower(x, to_ns));
	return most > before ? most : before;
}

int view_depth_columns(const struct view_model *m, uint64_t from_ns, uint64_t to_ns, uint32_t n,
		       uint32_t *most)
{
	const struct view_index *x = &m->lanes[0].index;
	struct view_summary *queued = malloc((n + 1) * sizeof(*queued));
	double span = (double)(to_ns - from_ns);
	uint32_t first = view_index_lower(x, from_ns), last, before, i;

	if (!queued)
		return -ENOMEM;
	view_index_columns(x, from_ns, to_ns, n, queued);
	for (i = 0; i < n; i++, first = last) {
		last = first + queued[i].count[0] + queued[i].count[1];
		before = 0;
		/* Where many are queued what was in flight before tells nothing new. */
		if (last - first < FEW)
			before = view_depth_at(m, from_ns + (uint64_t)(span * i / n));
		most[i] = most_between(m, first, last);
		most[i] = before > most[i] ? before : most[i];
	}
	free(queued);
	return 0;
}
