/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <vgpu/protocol.h>

#include "packed.h"

/* The last run that begins at the command or before. */
static uint64_t id_of(const struct view_model *m, uint32_t command)
{
	uint32_t low = 0, high = m->id_runs, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (m->ids[middle].command <= command)
			low = middle;
		else
			high = middle;
	}
	return m->ids[low].id + (command - m->ids[low].command);
}

uint32_t view_model_type(const struct view_model *m, uint32_t i)
{
	uint32_t type = m->commands[i].time & 255;

	return type < VIEW_TYPES ? m->types[type] : UINT32_MAX;
}

struct view_command view_model_command(const struct view_model *m, uint32_t i)
{
	const struct view_packed *p = &m->commands[i];
	uint64_t queue_ns = packed_queue_ns(p, m->base_ns);

	return (struct view_command) {
		.id = id_of(m, i),
		.queue_ns = queue_ns,
		.response_ns = packed_flags(p) & VIEW_ANSWERED ? queue_ns + packed_latency(p) : 0,
		.signal_ns = i < m->signal_count && m->signals[i]
				     ? packed_signal_ns(m->signals[i], p, m->base_ns)
				     : 0,
		.type = view_model_type(m, i),
		.flags = (uint8_t)packed_flags(p),
		.queue = p->answer >> PACKED_QUEUE & 1,
		.row = p->answer >> PACKED_ROW & 3,
		.context_row = p->answer >> PACKED_CONTEXT_ROW & 3,
		.lane = p->answer >> PACKED_LANE & 127,
	};
}

struct view_frame view_model_frame(const struct view_model *m, uint32_t i)
{
	const struct view_flush *f = &m->frames[i];
	struct view_frame out = {
		.time_ns = packed_queue_ns(&m->commands[f->command], m->base_ns),
		.command = f->command,
		.resource_id = f->resource_id,
		.scanout = f->scanout,
		.place = f->place,
	};
	uint64_t before_ns;
	uint32_t before;

	if (!f->place)
		return out;
	before = view_shown_item(&m->shown[f->scanout], f->place - 1);
	before_ns = packed_queue_ns(&m->commands[m->frames[before].command], m->base_ns);
	/* Another trace behind the first may begin earlier: that is no interval. */
	out.interval_ns = out.time_ns > before_ns ? out.time_ns - before_ns : 0;
	return out;
}

uint32_t view_model_find(const struct view_model *m, uint64_t id)
{
	uint32_t i, end;

	for (i = 0; i < m->id_runs; i++) {
		end = i + 1 < m->id_runs ? m->ids[i + 1].command : m->command_count;
		if (id >= m->ids[i].id && id - m->ids[i].id < end - m->ids[i].command)
			return m->ids[i].command + (uint32_t)(id - m->ids[i].id);
	}
	return VIEW_NONE;
}

bool view_model_has_lane(const struct view_model *m, uint32_t lane)
{
	if (lane == VIEW_LANE_DEPTH)
		return m->lanes[0].count;
	return lane == VIEW_LANE_WAITS ? m->wait_count != 0 : m->lanes[lane].count != 0;
}

const char *view_lane_label(const struct view_model *m, uint32_t lane)
{
	if (lane == VIEW_LANE_DEPTH)
		return "queue depth";
	return lane == VIEW_LANE_WAITS ? "waits" : m->lanes[lane].label;
}

uint32_t view_lane_find(const struct view_lane *lane, uint32_t command)
{
	const struct view_model *m = lane->m;
	uint64_t time_ns = packed_queue_ns(&m->commands[command], m->base_ns);
	uint32_t low = 0, high = lane->count, middle, other;
	uint64_t other_ns;

	/* Without gaps and steps back in time it is where its number says. */
	if (command < lane->count && view_lane_item(lane, command) == command)
		return command;
	/* By time, and those of one time by number. */
	while (low < high) {
		middle = low + (high - low) / 2;
		other = view_lane_item(lane, middle);
		other_ns = packed_queue_ns(&m->commands[other], m->base_ns);
		if (other_ns < time_ns || (other_ns == time_ns && other < command))
			low = middle + 1;
		else
			high = middle;
	}
	return low < lane->count && view_lane_item(lane, low) == command ? low : lane->count;
}

const char *view_type_name(const struct view_model *m, uint32_t type, char *buffer, size_t size)
{
	const char *name = vgpu_dialect_value(m->dialect, VGPU_SET_CMD, type);

	if (name)
		return name;
	snprintf(buffer, size, type == UINT32_MAX ? "other" : "0x%" PRIx32, type);
	return buffer;
}

uint32_t view_model_frame_at(const struct view_model *m, uint64_t time_ns)
{
	uint32_t low = 0, high = m->frame_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (view_model_frame(m, middle).time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		return low - 1;
	return m->frame_count ? 0 : VIEW_NONE;
}

uint32_t view_model_step(const struct view_model *m, uint32_t from, int64_t step)
{
	const struct view_lane *all = &m->all;
	uint32_t place;
	int64_t to;

	if (!all->count)
		return VIEW_NONE;
	place = from < m->command_count ? view_lane_find(all, from) : all->count;
	/* One that has no place yet: it comes when all is loaded. */
	if (place == all->count)
		return view_lane_item(all, step < 0 ? all->count - 1 : 0);
	to = (int64_t)place + step;
	if (to < 0)
		to = 0;
	if (to > (int64_t)all->count - 1)
		to = (int64_t)all->count - 1;
	return view_lane_item(all, (uint32_t)to);
}
