/* SPDX-License-Identifier: MIT */
/* Commands and frames by lane, in order, with an index each. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"
#include "packed.h"

static void command_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_lane *lane = data;
	const struct view_packed *p = &lane->m->commands[view_lane_item(lane, i)];

	out->start = packed_queue_ns(p, lane->m->base_ns);
	out->end = out->start + packed_latency(p);
	out->marked = packed_flags(p) & VIEW_FENCED;
}

static void frame_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_shown *shown = data;
	struct view_frame f = view_model_frame(shown->m, view_shown_item(shown, i));

	out->start = f.time_ns - f.interval_ns;
	out->end = f.time_ns;
	out->marked = false;
}

/* Until its fence signalled. */
static void fence_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_lane *lane = data;
	uint32_t command = view_lane_item(lane, i);
	const struct view_packed *p = &lane->m->commands[command];

	out->start = packed_queue_ns(p, lane->m->base_ns);
	out->end = packed_signal_ns(lane->m->signals[command], p, lane->m->base_ns);
	out->marked = true;
}

static void lane_init(struct view_lane *lane, const struct view_model *m)
{
	lane->m = m;
	view_index_init(&lane->index, command_item, lane, 0);
}

static void lane_finish(struct view_lane *lane)
{
	view_index_finish(&lane->index);
	view_list_finish(&lane->list);
	lane->count = 0;
}

void view_lanes_init(struct view_model *m)
{
	uint32_t i;

	lane_init(&m->all, m);
	for (i = 0; i <= VIEW_LANE_FENCES; i++)
		lane_init(&m->lanes[i], m);
	m->lanes[VIEW_LANE_FENCES].index.item = fence_item;
	for (i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		m->shown[i].m = m;
		view_index_init(&m->shown[i].index, frame_item, &m->shown[i], 0);
	}
	m->lane_count = 2;
	snprintf(m->lanes[0].label, sizeof(m->lanes[0].label), "control queue");
	snprintf(m->lanes[1].label, sizeof(m->lanes[1].label), "cursor queue");
	snprintf(m->lanes[VIEW_LANE_FENCES].label, sizeof(m->lanes[0].label), "fences");
}

void view_lanes_finish(struct view_model *m)
{
	uint32_t i;

	lane_finish(&m->all);
	for (i = 0; i <= VIEW_LANE_FENCES; i++)
		lane_finish(&m->lanes[i]);
	for (i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		view_index_finish(&m->shown[i].index);
		view_list_finish(&m->shown[i].list);
	}
}

void view_lanes_name(struct view_model *m, uint32_t context)
{
	const struct view_context c = m->contexts[context];
	struct view_lane *lane = &m->lanes[context + 2];
	char ring[20] = "";

	m->lane_count = m->context_count + 2;
	lane->device = c.device;
	lane->ctx_id = c.ctx_id;
	lane->ring = c.ring;
	if (c.ring)
		snprintf(ring, sizeof(ring), " ring %" PRIu32, c.ring);
	if (context + 1 == VIEW_CONTEXTS)
		snprintf(lane->label, sizeof(lane->label), "other contexts");
	else
		snprintf(lane->label, sizeof(lane->label), "ctx %" PRIu32 "%s%s%.24s", c.ctx_id,
			 ring, c.name[0] ? " " : "", c.name);
}

/* Behind all that were queued at the same time or before. Times step back a little between CPUs. */
static uint32_t place_for(const struct view_lane *lane, uint64_t time_ns)
{
	return time_ns < UINT64_MAX ? view_index_lower(&lane->index, time_ns + 1) : lane->count;
}

static int put(struct view_lane *lane, uint32_t place, uint32_t command)
{
	if (view_list_insert(&lane->list, place, command))
		return -ENOMEM;
	lane->count++;
	if (lane != &lane->m->all)
		return view_index_insert(&lane->index, place);
	lane->index.count++;
	return 0;
}

int view_lanes_add(struct view_loader *l, struct view_pending *p)
{
	struct view_model *m = l->m;
	uint32_t number = m->command_count - 1, place = m->all.count;
	const struct view_packed *c = &m->commands[number];
	uint64_t time_ns = packed_queue_ns(c, m->base_ns);
	struct view_lane *queue = &m->lanes[c->answer >> PACKED_QUEUE & 1], *context = NULL;
	uint32_t lane = c->answer >> PACKED_LANE & 127;
	bool last = time_ns >= l->newest_ns;

	if (lane)
		context = &m->lanes[lane + 1];
	if (last)
		l->newest_ns = time_ns;
	else
		place = place_for(&m->all, time_ns);
	if (m->all.count - place > VIEW_LIST_LOOSE) {
		l->strays = true;
		return 0;
	}
	if (put(&m->all, place, number))
		return -ENOMEM;
	p->place = last ? queue->count : place_for(queue, time_ns);
	if (put(queue, p->place, number))
		return -ENOMEM;
	if (!context)
		return 0;
	p->context_place = last ? context->count : place_for(context, time_ns);
	return put(context, p->context_place, number);
}

static void answered(struct view_lane *lane, uint32_t command, uint32_t place)
{
	if (place >= lane->count || view_lane_item(lane, place) != command)
		place = view_lane_find(lane, command);
	if (place < lane->count)
		view_index_update(&lane->index, place);
}

void view_lanes_answered(struct view_model *m, const struct view_pending *p)
{
	const struct view_packed *c = &m->commands[p->command];
	uint32_t lane = c->answer >> PACKED_LANE & 127;

	answered(&m->lanes[c->answer >> PACKED_QUEUE & 1], p->command, p->place);
	if (lane)
		answered(&m->lanes[lane + 1], p->command, p->context_place);
}

int view_lanes_signalled(struct view_loader *l, uint32_t command)
{
	struct view_lane *lane = &l->m->lanes[VIEW_LANE_FENCES];
	uint32_t place = place_for(lane, packed_queue_ns(&l->m->commands[command], l->m->base_ns));

	if (lane->count - place > VIEW_LIST_LOOSE) {
		l->strays = true;
		return 0;
	}
	return put(lane, place, command);
}

int view_lanes_add_frame(struct view_model *m)
{
	uint32_t scanout = m->frames[m->frame_count - 1].scanout;
	struct view_shown *shown = &m->shown[scanout];

	if (view_list_insert(&shown->list, shown->count, m->frame_count - 1))
		return -ENOMEM;
	if (shown->count++ &&
	    view_model_frame(m, m->frame_count - 1).time_ns <
		    view_model_frame(m, view_shown_item(shown, shown->count - 2)).time_ns)
		shown->unsorted = true;
	if (shown->count > m->shown[m->main_scanout].count)
		m->main_scanout = scanout;
	return view_index_insert(&shown->index, shown->count - 1);
}

static int by_time(const void *a, const void *b, void *data)
{
	const struct view_model *m = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t s = packed_queue_ns(&m->commands[x], m->base_ns);
	uint64_t t = packed_queue_ns(&m->commands[y], m->base_ns);

	if (s != t)
		return s < t ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The lanes of `fresh` from numbers in order. */
static int fill(struct view_model *fresh, const uint32_t *numbers, uint32_t count)
{
	const struct view_packed *c;
	struct view_lane *lane;
	uint32_t i, context;

	for (i = 0; i < count; i++) {
		c = &fresh->commands[numbers[i]];
		lane = &fresh->lanes[c->answer >> PACKED_QUEUE & 1];
		context = c->answer >> PACKED_LANE & 127;
		if (put(&fresh->all, i, numbers[i]) || put(lane, lane->count, numbers[i]))
			return -ENOMEM;
		lane = context ? &fresh->lanes[context + 1] : NULL;
		if (lane && put(lane, lane->count, numbers[i]))
			return -ENOMEM;
		lane = &fresh->lanes[VIEW_LANE_FENCES];
		if (numbers[i] < fresh->signal_count && fresh->signals[numbers[i]] &&
		    put(lane, lane->count, numbers[i]))
			return -ENOMEM;
	}
	return 0;
}

static void swap_lane(struct view_lane *lane, struct view_lane *fresh)
{
	struct view_list list = lane->list;
	struct view_index index = lane->index;

	lane->list = fresh->list;
	lane->index = fresh->index;
	lane->index.data = lane;
	lane->count = fresh->count;
	fresh->list = list;
	fresh->index = index;
}

int view_lanes_sort(struct view_model *m)
{
	struct view_model *fresh = calloc(1, sizeof(*fresh));
	uint32_t *numbers = malloc(((size_t)m->command_count + 1) * sizeof(*numbers)), i;
	int ret = -ENOMEM;

	if (!fresh || !numbers)
		goto out;
	for (i = 0; i < m->command_count; i++)
		numbers[i] = i;
	qsort_r(numbers, m->command_count, sizeof(*numbers), by_time, m);
	view_lanes_init(fresh);
	fresh->commands = m->commands;
	fresh->base_ns = m->base_ns;
	fresh->signals = m->signals;
	fresh->signal_count = m->signal_count;
	ret = fill(fresh, numbers, m->command_count);
	if (!ret) {
		view_model_lock(m);
		swap_lane(&m->all, &fresh->all);
		for (i = 0; i <= VIEW_LANE_FENCES; i++)
			swap_lane(&m->lanes[i], &fresh->lanes[i]);
		view_model_unlock(m);
	}
	view_lanes_finish(fresh);
out:
	free(numbers);
	free(fresh);
	return ret;
}
