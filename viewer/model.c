/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vgpu/protocol.h>

#include "load.h"

int view_model_load(struct view_model **out, const char *path)
{
	struct vgpu_trace_reader *reader = NULL;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	struct view_loader *l;
	int ret = -ENOMEM;

	*out = NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->m = calloc(1, sizeof(*l->m));
	l->stats = vgpu_stats_create();
	if (!l->m || !l->stats)
		goto out;
	ret = vgpu_trace_reader_open(&reader, path);
	if (ret)
		goto out;
	while ((ret = vgpu_trace_reader_next(reader, &r)) > 0) {
		ret = view_loader_add(l, &r);
		if (ret)
			goto out;
	}
	if (!ret)
		ret = view_loader_end(l);
	if (ret)
		goto out;
	vgpu_trace_reader_status(reader, &status);
	l->m->cut = status.cut || status.lost_bytes;
	*out = l->m;
	l->m = NULL;
out:
	vgpu_trace_reader_close(reader);
	vgpu_stats_destroy(l->stats);
	view_model_destroy(l->m);
	free(l);
	return ret;
}

static void lane_finish(struct view_lane *lane)
{
	view_index_finish(&lane->index);
	free(lane->items);
}

void view_model_destroy(struct view_model *m)
{
	uint32_t i;

	if (!m)
		return;
	for (i = 0; m->lanes && i < m->lane_count; i++)
		lane_finish(&m->lanes[i]);
	lane_finish(&m->all);
	for (i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		view_index_finish(&m->shown[i].index);
		free(m->shown[i].items);
	}
	free(m->lanes);
	free(m->commands);
	free(m->frames);
	free(m->losses);
	free(m);
}

const char *view_type_name(uint32_t type, char *buffer, size_t size)
{
	const char *name = vgpu_cmd_name(type);

	if (name)
		return name;
	snprintf(buffer, size, type == UINT32_MAX ? "other" : "0x%" PRIx32, type);
	return buffer;
}

const struct view_context *view_model_context(const struct view_model *m, uint32_t ctx_id)
{
	uint32_t i;

	for (i = 0; i < m->context_count; i++) {
		if (m->contexts[i].ctx_id == ctx_id)
			return &m->contexts[i];
	}
	return NULL;
}

uint32_t view_model_frame_at(const struct view_model *m, uint64_t time_ns)
{
	uint32_t low = 0, high = m->frame_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (m->frames[middle].time_ns <= time_ns)
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
	if (from >= m->command_count)
		return all->items[step < 0 ? all->count - 1 : 0];
	place = view_index_lower(&all->index, m->commands[from].queue_ns);
	while (place < all->count - 1 && all->items[place] != from)
		place++;
	to = (int64_t)place + step;
	if (to < 0)
		to = 0;
	if (to > (int64_t)all->count - 1)
		to = (int64_t)all->count - 1;
	return all->items[to];
}
