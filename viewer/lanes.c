/* SPDX-License-Identifier: MIT */
/* The last step of loading: commands and frames put in order, by lane, with an index each. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

static void command_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_lane *lane = data;
	const struct view_command *c = &lane->commands[lane->items[i]];

	out->start = c->queue_ns;
	out->end = c->queue_ns + view_command_latency(c);
	out->marked = c->flags & VIEW_FENCED;
}

static void frame_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_shown *shown = data;
	const struct view_frame *f = &shown->frames[shown->items[i]];

	out->start = f->time_ns - f->interval_ns;
	out->end = f->time_ns;
	out->marked = false;
}

static int by_time(const void *a, const void *b, void *data)
{
	const struct view_command *commands = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t s = commands[x].queue_ns, t = commands[y].queue_ns;

	if (s != t)
		return s < t ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int room_for(uint32_t **items, uint32_t count)
{
	*items = count ? malloc(count * sizeof(**items)) : NULL;
	return count && !*items ? -ENOMEM : 0;
}

/* All commands by time. The recorder writes them so, but two traces put together are not. */
static int order_all(struct view_model *m)
{
	struct view_lane *all = &m->all;
	bool sorted = true;
	uint32_t i;

	all->commands = m->commands;
	if (room_for(&all->items, m->command_count))
		return -ENOMEM;
	for (i = 0; i < m->command_count; i++) {
		all->items[i] = i;
		sorted &= !i || m->commands[i - 1].queue_ns <= m->commands[i].queue_ns;
	}
	all->count = m->command_count;
	if (!sorted)
		qsort_r(all->items, all->count, sizeof(*all->items), by_time, m->commands);
	return view_index_init(&all->index, command_item, all, all->count);
}

static void name_lanes(struct view_model *m)
{
	struct view_lane *lane;
	uint32_t i;

	snprintf(m->lanes[0].label, sizeof(m->lanes[0].label), "control queue");
	snprintf(m->lanes[1].label, sizeof(m->lanes[1].label), "cursor queue");
	for (i = 0; i < m->context_count; i++) {
		lane = &m->lanes[i + 2];
		lane->ctx_id = m->contexts[i].ctx_id;
		snprintf(lane->label, sizeof(lane->label), "ctx %" PRIu32 "%s%.24s", lane->ctx_id,
			 m->contexts[i].name[0] ? " " : "", m->contexts[i].name);
	}
	if (m->context_count == VIEW_CONTEXTS)
		snprintf(m->lanes[m->lane_count - 1].label, sizeof(m->lanes->label),
			 "other contexts");
}

static int fill_lanes(struct view_model *m)
{
	const struct view_command *c;
	struct view_lane *lane;
	uint32_t i, n;

	m->lane_count = m->context_count + 2;
	m->lanes = calloc(m->lane_count, sizeof(*m->lanes));
	if (!m->lanes)
		return -ENOMEM;
	name_lanes(m);
	for (i = 0; i < m->command_count; i++) {
		c = &m->commands[i];
		m->lanes[c->queue].count++;
		if (c->lane)
			m->lanes[c->lane + 1].count++;
	}
	for (i = 0; i < m->lane_count; i++) {
		lane = &m->lanes[i];
		lane->commands = m->commands;
		if (room_for(&lane->items, lane->count))
			return -ENOMEM;
		lane->count = 0;
	}
	for (i = 0; i < m->all.count; i++) {
		n = m->all.items[i];
		c = &m->commands[n];
		lane = &m->lanes[c->queue];
		lane->items[lane->count++] = n;
		if (!c->lane)
			continue;
		lane = &m->lanes[c->lane + 1];
		lane->items[lane->count++] = n;
	}
	for (i = 0; i < m->lane_count; i++) {
		lane = &m->lanes[i];
		if (view_index_init(&lane->index, command_item, lane, lane->count))
			return -ENOMEM;
	}
	return 0;
}

static int fill_shown(struct view_model *m)
{
	struct view_shown *shown;
	struct view_frame *f;
	uint64_t before;
	uint32_t i;

	for (i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		m->shown[i].frames = m->frames;
		if (room_for(&m->shown[i].items, m->shown[i].count))
			return -ENOMEM;
		if (m->shown[i].count > m->shown[m->main_scanout].count)
			m->main_scanout = i;
	}
	for (i = 0; i < m->frame_count; i++) {
		f = &m->frames[i];
		shown = &m->shown[f->scanout];
		shown->items[f->place] = i;
		before = f->place ? m->frames[shown->items[f->place - 1]].time_ns : f->time_ns;
		/* Another trace behind the first may begin earlier: that is no interval. */
		f->interval_ns = f->time_ns > before ? f->time_ns - before : 0;
	}
	for (i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		shown = &m->shown[i];
		if (view_index_init(&shown->index, frame_item, shown, shown->count))
			return -ENOMEM;
	}
	return 0;
}

int view_loader_end(struct view_loader *l)
{
	struct view_model *m = l->m;
	const struct view_command *c;
	uint32_t i;

	vgpu_stats_finish(l->stats);
	vgpu_stats_totals(l->stats, &m->totals);
	if (order_all(m) || fill_lanes(m) || fill_shown(m))
		return -ENOMEM;
	if (m->all.count) {
		c = &m->commands[m->all.items[0]];
		m->first_ns = c->queue_ns;
		m->last_ns = c->queue_ns;
	}
	for (i = 0; i < m->command_count; i++) {
		c = &m->commands[i];
		if (c->queue_ns > m->last_ns)
			m->last_ns = c->queue_ns;
		if (c->response_ns > m->last_ns)
			m->last_ns = c->response_ns;
	}
	if (m->last_ns == m->first_ns)
		m->last_ns++;
	return 0;
}
