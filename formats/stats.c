/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"
#include "statistics.h"

struct vgpu_stats *vgpu_stats_create(void)
{
	return calloc(1, sizeof(struct vgpu_stats));
}

void vgpu_stats_destroy(struct vgpu_stats *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_rows; i++) {
		histogram_finish(&s->rows[i]->fenced);
		histogram_finish(&s->rows[i]->unfenced);
		free(s->rows[i]);
	}
	for (unsigned int i = 0; i < DEVICES_APART; i++)
		for (unsigned int k = 0; k < VGPU_MAX_SCANOUTS; k++)
			histogram_finish(&s->shown[i][k].interval);
	free(s);
}

static struct row *row_for(struct vgpu_stats *s, uint32_t queue, uint32_t type)
{
	size_t i = 0;
	struct row *row;

	queue = queue ? 1 : 0;
	for (; i < s->n_rows; i++) {
		const struct vgpu_stats_command *c = &s->rows[i]->c;

		if (c->queue == queue && c->type == type)
			return s->rows[i];
		if (c->queue > queue || (c->queue == queue && c->type > type))
			break;
	}
	if (s->n_rows >= ROWS_MAX && type != OTHER)
		return row_for(s, queue, OTHER);
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->c.queue = queue;
	row->c.type = type;
	memmove(&s->rows[i + 1], &s->rows[i], (s->n_rows - i) * sizeof(s->rows[0]));
	s->rows[i] = row;
	s->n_rows++;
	return row;
}

/* No answer will come to it. */
static void give_up(struct vgpu_stats *s, struct pending *p)
{
	if (p->id && p->expected) {
		p->row->c.unanswered++;
		s->t.unanswered++;
		s->t.unanswered_fenced += p->fenced;
	}
	p->id = 0;
}

static void give_up_all(struct vgpu_stats *s)
{
	for (uint32_t i = 0; i < s->pending_used; i++)
		give_up(s, &s->pending[i]);
	s->pending_used = 0;
}

static struct vgpu_stats_process *process_for(struct vgpu_stats *s, uint32_t pid)
{
	struct vgpu_stats_process *p;

	for (size_t i = 0; i < s->n_processes; i++) {
		if (s->processes[i].pid == pid)
			return &s->processes[i];
	}
	s->t.processes++;
	if (s->n_processes == PROCESSES_MAX)
		return NULL;
	p = &s->processes[s->n_processes++];
	p->pid = pid;
	return p;
}

static int add_frames(struct vgpu_stats *s, uint32_t device, uint32_t mask, uint64_t time_ns)
{
	int err = 0;

	for (unsigned int i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		struct shown *shown = &s->shown[device_place(device)][i];

		if (!(mask & 1u << i))
			continue;
		if (shown->frames && time_ns >= shown->last_ns)
			err = histogram_add(&shown->interval, time_ns - shown->last_ns);
		shown->frames++;
		shown->last_ns = time_ns;
		s->t.frames++;
	}
	return err;
}

static int add_command(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;
	struct vgpu_stats_process *process;
	struct vgpu_ctrl_hdr hdr;
	struct pending *p;
	struct row *row;
	uint32_t mask, slot;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	hdr = request_head(c.request, c.request_size);
	row = row_for(s, c.queue, hdr.type);
	if (!row)
		return -ENOMEM;
	row->c.count++;
	row->c.bytes += c.request_size;
	row->c.fenced += !!(hdr.flags & VGPU_FLAG_FENCE);
	s->t.commands++;
	s->t.request_bytes += c.request_size;
	process = c.pid ? process_for(s, c.pid) : NULL;
	if (process)
		process->commands++;

	slot = (uint32_t)(c.id % PENDING_SIZE);
	if (slot >= s->pending_used)
		s->pending_used = slot + 1;
	p = &s->pending[slot];
	give_up(s, p);
	*p = (struct pending) {
		.id = c.id,
		.time_ns = r->time_ns,
		.row = row,
		.fenced = hdr.flags & VGPU_FLAG_FENCE,
		.expected = c.response_size > 0,
	};
	mask = vgpu_scanouts_request(devices_scanouts(&s->devices, c.device), c.request,
				     c.request_size);
	if (mask)
		return add_frames(s, c.device, mask, r->time_ns);
	return 0;
}

static int add_response(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct pending *p;
	struct histogram *h;

	if (vgpu_trace_parse_response(r, &response))
		return 0;
	s->t.responses++;
	s->t.response_bytes += response.response_size;
	p = &s->pending[response.id % PENDING_SIZE];
	if (!response.id || p->id != response.id) {
		s->t.orphans++;
		return 0;
	}
	p->id = 0;
	p->row->c.responses++;
	/* Cursor commands are taken back without an answer to read. */
	if (response.response_size >= VGPU_CTRL_HDR_SIZE &&
	    response_is_error(get32(response.response))) {
		p->row->c.errors++;
		s->t.errors++;
	}
	h = p->fenced ? &p->row->fenced : &p->row->unfenced;
	return histogram_add(h, r->time_ns >= p->time_ns ? r->time_ns - p->time_ns : 0);
}

static void add_process(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_process in;
	struct vgpu_stats_process *p;

	if (vgpu_trace_parse_process(r, &in))
		return;
	p = process_for(s, in.pid);
	/* A process has its main thread's name, whichever thread is seen first. */
	if (p && (!p->comm[0] || in.pid == in.tid)) {
		memset(p->comm, 0, sizeof(p->comm));
		memcpy(p->comm, in.comm, strlen(in.comm));
	}
}

static void add_context(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_context in;
	struct vgpu_stats_context *c;
	size_t n;

	if (vgpu_trace_parse_context(r, &in))
		return;
	s->t.contexts++;
	if (s->n_contexts == CONTEXTS_MAX)
		return;
	c = &s->contexts[s->n_contexts++];
	c->ctx_id = in.ctx_id;
	c->pid = in.pid;
	c->capset = in.capset;
	n = in.name_size < sizeof(c->name) - 1 ? in.name_size : sizeof(c->name) - 1;
	if (n)
		memcpy(c->name, in.name, n);
}

static void add_lost(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_lost lost;

	if (vgpu_trace_parse_lost(r, &lost))
		return;
	s->t.lost += lost.count;
	if (lost.what < LOSSES_MAX) {
		s->lost_count[lost.what] += lost.count;
		s->lost_bytes[lost.what] += lost.bytes;
	}
}

int vgpu_stats_add(struct vgpu_stats *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_epoch epoch;

	if (s->restored)
		return -EINVAL;
	s->t.records++;
	if (r->type != VGPU_TRACE_HEADER && r->type != VGPU_TRACE_END) {
		if (!s->t.first_ns || r->time_ns < s->t.first_ns)
			s->t.first_ns = r->time_ns;
		if (r->time_ns > s->t.last_ns)
			s->t.last_ns = r->time_ns;
	}
	switch (r->type) {
	case VGPU_TRACE_HEADER:
		s->t.traces++;
		give_up_all(s);
		devices_forget(&s->devices);
		break;
	case VGPU_TRACE_PROCESS:
		add_process(s, r);
		break;
	case VGPU_TRACE_CONTEXT:
		add_context(s, r);
		break;
	case VGPU_TRACE_COMMAND:
		return add_command(s, r);
	case VGPU_TRACE_RESPONSE:
		return add_response(s, r);
	case VGPU_TRACE_MEMORY:
		if (vgpu_trace_parse_memory(r, &memory) == 0)
			s->t.memory_bytes += memory.size;
		break;
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &snapshot) == 0)
			vgpu_scanouts_request(devices_scanouts(&s->devices, snapshot.device),
					      snapshot.request, snapshot.request_size);
		break;
	case VGPU_TRACE_EPOCH:
		s->t.epochs++;
		give_up_all(s);
		if (vgpu_trace_parse_epoch(r, &epoch) == 0)
			devices_reset(&s->devices, epoch.device);
		break;
	case VGPU_TRACE_LOST:
		add_lost(s, r);
		break;
	}
	return 0;
}

void vgpu_stats_finish(struct vgpu_stats *s)
{
	give_up_all(s);
}

void vgpu_stats_totals(const struct vgpu_stats *s, struct vgpu_stats_totals *out)
{
	*out = s->t;
}

bool vgpu_stats_command(const struct vgpu_stats *s, size_t index, struct vgpu_stats_command *out)
{
	if (index >= s->n_rows)
		return false;
	*out = s->rows[index]->c;
	if (s->restored)
		return true;
	histogram_series(&s->rows[index]->fenced, &out->fenced_latency);
	histogram_series(&s->rows[index]->unfenced, &out->unfenced_latency);
	return true;
}

bool vgpu_stats_scanout(const struct vgpu_stats *s, size_t index, struct vgpu_stats_scanout *out)
{
	for (uint32_t i = 0; i < DEVICES_APART * VGPU_MAX_SCANOUTS; i++) {
		const struct shown *shown = &s->shown[i / VGPU_MAX_SCANOUTS][i % VGPU_MAX_SCANOUTS];

		if (!shown->frames || index--)
			continue;
		out->device = i / VGPU_MAX_SCANOUTS;
		out->scanout = i % VGPU_MAX_SCANOUTS;
		out->frames = shown->frames;
		if (s->restored)
			out->interval = shown->restored;
		else
			histogram_series(&shown->interval, &out->interval);
		return true;
	}
	return false;
}

bool vgpu_stats_process(const struct vgpu_stats *s, size_t index, struct vgpu_stats_process *out)
{
	if (index >= s->n_processes)
		return false;
	*out = s->processes[index];
	return true;
}

bool vgpu_stats_context(const struct vgpu_stats *s, size_t index, struct vgpu_stats_context *out)
{
	if (index >= s->n_contexts)
		return false;
	*out = s->contexts[index];
	return true;
}

void vgpu_stats_lost(const struct vgpu_stats *s, uint32_t what, uint64_t *count, uint64_t *bytes)
{
	*count = what < LOSSES_MAX ? s->lost_count[what] : 0;
	*bytes = what < LOSSES_MAX ? s->lost_bytes[what] : 0;
}
