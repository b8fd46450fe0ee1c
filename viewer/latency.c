/* SPDX-License-Identifier: MIT */
#include "latency.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>

/* Where a record's fields stand, from the format's own table. */
enum {
#define VGPU_TRACE_BODY(record, name, size)               body_##name##_size = (size),
#define VGPU_TRACE_FIELD(name, field, offset, type, text) body_##name##_##field = (offset),
#include <vgpu/trace.def>
};

uint32_t view_latency_bin(uint64_t ns)
{
	double bin;

	if (ns < 100)
		return 0;
	bin = (log10((double)ns) - VIEW_BINS_FIRST) * VIEW_BINS_DECADE;
	return bin >= VIEW_BINS ? VIEW_BINS - 1 : (uint32_t)bin;
}

static void put(uint8_t *body, size_t offset, uint64_t value, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		body[offset + i] = (uint8_t)(value >> (8 * i));
}

/* A command without its payload, for the statistics. */
static int feed_request(struct vgpu_stats *s, const struct view_command *c, const void *request,
			size_t size)
{
	uint8_t body[body_command_size + 64] = { 0 };
	struct vgpu_trace_record r = {
		.type = VGPU_TRACE_COMMAND,
		.time_ns = c->queue_ns,
		.body = body,
		.body_size = body_command_size + size,
	};

	put(body, body_command_id, c->id, 8);
	put(body, body_command_queue, c->queue, 4);
	put(body, body_command_response_size, c->flags & VIEW_EXPECTED ? VGPU_CTRL_HDR_SIZE : 0, 4);
	memcpy(body + body_command_size, request, size);
	return vgpu_stats_add(s, &r);
}

/* Headers are encoded once for a run of commands of the same kind: there are millions of them. */
struct feed {
	struct vgpu_stats *stats;
	bool filled;
	uint32_t type;
	uint8_t flags;
	uint8_t request[VGPU_CTRL_HDR_SIZE], answer[body_response_size + VGPU_CTRL_HDR_SIZE];
};

static int feed_command(struct feed *f, const struct view_command *c)
{
	struct vgpu_trace_record answer = {
		.type = VGPU_TRACE_RESPONSE,
		.time_ns = c->response_ns,
		.body = f->answer,
		.body_size = sizeof(f->answer),
	};
	struct vgpu_ctrl_hdr hdr = { .type = c->type };
	int ret;

	if (!f->filled || f->type != c->type || f->flags != c->flags) {
		f->filled = true;
		f->type = c->type;
		f->flags = c->flags;
		hdr.flags = c->flags & VIEW_FENCED ? VGPU_FLAG_FENCE : 0;
		vgpu_encode_ctrl_hdr(&hdr, f->request, sizeof(f->request));
		hdr.type = c->flags & VIEW_FAILED ? VGPU_RESP_ERR_UNSPEC : VGPU_RESP_OK_NODATA;
		vgpu_encode_ctrl_hdr(&hdr, f->answer + body_response_size, VGPU_CTRL_HDR_SIZE);
	}
	ret = feed_request(f->stats, c, f->request, sizeof(f->request));
	if (ret || !(c->flags & VIEW_ANSWERED))
		return ret;
	put(f->answer, body_response_id, c->id, 8);
	return vgpu_stats_add(f->stats, &answer);
}

/* Frames as flushes of a resource that their scanout shows. */
static int feed_scanout(struct vgpu_stats *s)
{
	struct vgpu_set_scanout set = { .hdr.type = VGPU_CMD_SET_SCANOUT, .resource_id = 1 };
	struct view_command c = { .id = 1 };
	uint8_t wire[VGPU_SET_SCANOUT_SIZE];

	vgpu_encode_set_scanout(&set, wire, sizeof(wire));
	return feed_request(s, &c, wire, sizeof(wire));
}

static int feed_frame(struct vgpu_stats *s, uint64_t time_ns, uint64_t id)
{
	struct vgpu_resource_flush flush = { .hdr.type = VGPU_CMD_RESOURCE_FLUSH,
					     .resource_id = 1 };
	struct view_command c = { .id = id, .queue_ns = time_ns };
	uint8_t wire[VGPU_RESOURCE_FLUSH_SIZE];

	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	return feed_request(s, &c, wire, sizeof(wire));
}

/* The first frame at a time or later. Where they are not in order, it may be any. */
static uint32_t first_frame(const struct view_shown *shown, uint64_t time_ns)
{
	uint32_t low = 0, high = shown->unsorted ? 0 : shown->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (view_model_frame(shown->m, view_shown_item(shown, middle)).time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int by_count(const void *a, const void *b)
{
	const struct view_latency_row *x = a, *y = b;

	if (x->stats.count != y->stats.count)
		return x->stats.count > y->stats.count ? -1 : 1;
	if (x->stats.queue != y->stats.queue)
		return x->stats.queue < y->stats.queue ? -1 : 1;
	return x->stats.type < y->stats.type ? -1 : x->stats.type > y->stats.type;
}

struct view_latency_job {
	const struct view_model *m;
	struct view_find *only;
	struct feed feed;
	struct view_latency out;
	uint32_t next, last; /* places in the order of time */
	struct vgpu_stats *frame_stats;
	uint32_t next_frame, last_frame; /* places on the scanout */
	/* Bins by the model's types, and the one for those it does not tell apart. */
	uint32_t (*bins[2])[2][VIEW_BINS];
};

static int count_in_bins(struct view_latency_job *job, const struct view_command *c, uint32_t type)
{
	uint32_t bin = view_latency_bin(view_command_latency(c)), fenced;
	uint32_t(*bins)[2][VIEW_BINS] = job->bins[c->queue];

	if (!(c->flags & VIEW_ANSWERED))
		return 0;
	if (!bins)
		bins = job->bins[c->queue] = calloc(VIEW_TYPES + 1, sizeof(*bins));
	if (!bins)
		return -ENOMEM;
	fenced = !!(c->flags & VIEW_FENCED);
	job->out.bins[fenced][bin]++;
	bins[type][fenced][bin]++;
	return 0;
}

static void finish(struct view_latency_job *job)
{
	struct view_latency *out = &job->out;
	struct view_latency_row *row = out->rows;
	const struct view_model *m = job->m;
	struct vgpu_stats_scanout shown;
	uint32_t type;

	if (vgpu_stats_scanout(job->frame_stats, 0, &shown))
		out->interval = shown.interval;
	vgpu_stats_finish(job->feed.stats);
	for (; out->row_count < VIEW_LATENCY_MAX; row++, out->row_count++) {
		if (!vgpu_stats_command(job->feed.stats, out->row_count, &row->stats))
			break;
		for (type = 0; type < m->type_count && m->types[type] != row->stats.type; type++)
			;
		if (type == m->type_count)
			type = VIEW_TYPES;
		if (job->bins[row->stats.queue])
			memcpy(row->bins, job->bins[row->stats.queue][type], sizeof(row->bins));
	}
	qsort(out->rows, out->row_count, sizeof(*out->rows), by_count);
}

struct view_latency_job *view_latency_begin(const struct view_model *m, uint64_t from_ns,
					    uint64_t to_ns, uint32_t scanout,
					    struct view_find *only)
{
	struct view_latency_job *job = calloc(1, sizeof(*job));
	const struct view_shown *shown;

	if (!job)
		return NULL;
	job->m = m;
	job->only = only;
	job->feed.stats = vgpu_stats_create();
	job->frame_stats = vgpu_stats_create();
	if (!job->feed.stats || !job->frame_stats || feed_scanout(job->frame_stats)) {
		view_latency_end(job);
		return NULL;
	}
	job->out.from_ns = from_ns;
	job->out.to_ns = to_ns;
	job->out.scanout = scanout < VGPU_MAX_SCANOUTS ? scanout : 0;
	job->next = view_index_lower(&m->all.index, from_ns);
	job->last = view_index_lower(&m->all.index, to_ns);
	job->out.commands = job->last > job->next ? job->last - job->next : 0;
	if (only)
		job->out.commands = view_find_count(only, job->next, job->last);
	shown = &m->shown[job->out.scanout];
	job->next_frame = first_frame(shown, from_ns);
	job->last_frame = shown->unsorted ? shown->count : first_frame(shown, to_ns);
	return job;
}

static int step_command(struct view_latency_job *job)
{
	uint32_t number = view_lane_item(&job->m->all, job->next++);
	struct view_command c;
	int ret;

	if (job->only && !view_find_has(job->only, number))
		return 0;
	c = view_model_command(job->m, number);
	ret = feed_command(&job->feed, &c);
	return ret ? ret : count_in_bins(job, &c, job->m->commands[number].time & 255);
}

static int step_frame(struct view_latency_job *job)
{
	const struct view_shown *shown = &job->m->shown[job->out.scanout];
	struct view_frame f = view_model_frame(job->m, view_shown_item(shown, job->next_frame++));

	if (f.time_ns < job->out.from_ns || f.time_ns >= job->out.to_ns)
		return 0;
	return feed_frame(job->frame_stats, f.time_ns, 2 + job->out.frames++);
}

int view_latency_step(struct view_latency_job *job, uint32_t commands)
{
	int ret = 0;

	for (; !ret && commands && job->next < job->last; commands--)
		ret = step_command(job);
	for (; !ret && commands && job->next_frame < job->last_frame; commands--)
		ret = step_frame(job);
	if (ret || job->next < job->last || job->next_frame < job->last_frame)
		return ret;
	finish(job);
	return 1;
}

const struct view_latency *view_latency_result(const struct view_latency_job *job)
{
	return &job->out;
}

void view_latency_end(struct view_latency_job *job)
{
	if (!job)
		return;
	vgpu_stats_destroy(job->feed.stats);
	vgpu_stats_destroy(job->frame_stats);
	free(job->bins[0]);
	free(job->bins[1]);
	free(job);
}

int view_latency_measure(struct view_latency *out, const struct view_model *m, uint64_t from_ns,
			 uint64_t to_ns, uint32_t scanout, struct view_find *only)
{
	struct view_latency_job *job = view_latency_begin(m, from_ns, to_ns, scanout, only);
	int ret = job ? view_latency_step(job, UINT32_MAX) : -ENOMEM;

	if (ret == 1)
		*out = *view_latency_result(job);
	else
		*out = (struct view_latency) { .from_ns = from_ns, .to_ns = to_ns };
	view_latency_end(job);
	return ret == 1 ? 0 : -ENOMEM;
}
