/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <vgpu/codec.h>

#include "rows-private.h"

/* clang-format off */
#define CELL_TYPE_INTEGER CELL_INTEGER
#define CELL_TYPE_TEXT    CELL_TEXT
#define EXPORT_TABLE(name, text) static const struct rows_column name##_columns[] = {
#define EXPORT_COLUMN(table, name, type, text) { #name, text, CELL_TYPE_##type },
#define EXPORT_TABLE_END(name) };
#include "tables.def"

const struct rows_table_info rows_tables[ROWS_TABLES] = {
#define EXPORT_TABLE(name, text) { #name, text, name##_columns, name##_COLUMNS },
#include "tables.def"
};
/* clang-format on */

static struct waiting *waiting_at(struct rows *r, unsigned int index)
{
	return &r->waiting[(r->first + index) % WAITING_MAX];
}

/* Rows leave from the front, as far as nothing is waited for. */
static int advance(struct rows *r, bool all)
{
	int err = 0;

	while (r->count && (all || waiting_at(r, 0)->done || r->count == WAITING_MAX) && !err) {
		struct waiting *w = waiting_at(r, 0);

		err = r->sink(r->data, ROWS_commands, w->cells);
		w->id = 0;
		r->first = (r->first + 1) % WAITING_MAX;
		r->count--;
	}
	return err;
}

static struct waiting *find(struct rows *r, uint64_t id)
{
	struct waiting *w = &r->waiting[r->place[id % WAITING_MAX]];

	return id && w->id == id ? w : NULL;
}

static void fill_request(struct rows *r, struct waiting *w, const struct vgpu_trace_command *c)
{
	const struct vgpu_track_pending *p = vgpu_track_pending(r->track, c->id);
	struct cell *cells = w->cells;
	struct vgpu_ctrl_hdr hdr;
	bool fenced;

	put_number(&cells[commands_trace], r->trace);
	put_number(&cells[commands_command], c->id);
	put_number(&cells[commands_time_ns], r->time_ns);
	put_number(&cells[commands_device], c->device);
	put_number(&cells[commands_queue], c->queue);
	put_number(&cells[commands_request_size], c->request_size);
	if (vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr) == 0) {
		fenced = hdr.flags & VGPU_FLAG_FENCE;
		put_number(&cells[commands_type], hdr.type);
		put_string(&cells[commands_type_name],
			   vgpu_dialect_value(r->dialect, VGPU_SET_CMD, hdr.type));
		put_number(&cells[commands_fenced], fenced);
		put_number(&cells[commands_ctx_id], hdr.ctx_id);
		if (fenced)
			put_number(&cells[commands_fence_id], hdr.fence_id);
		if (hdr.flags & VGPU_FLAG_INFO_RING_IDX)
			put_number(&cells[commands_ring_idx], hdr.ring_idx);
	}
	if (p && p->resource_id)
		put_number(&cells[commands_resource_id], p->resource_id);
	if (c->pid) {
		put_number(&cells[commands_pid], c->pid);
		if (r->processes[c->pid % PROCESS_SIZE].pid == c->pid) {
			memcpy(w->comm, r->processes[c->pid % PROCESS_SIZE].comm, sizeof(w->comm));
			put_string(&cells[commands_comm], w->comm);
		}
	}
	if (c->tid)
		put_number(&cells[commands_tid], c->tid);
	if (c->seqno)
		put_number(&cells[commands_seqno], c->seqno);
	if (c->free_slots != UINT32_MAX)
		put_number(&cells[commands_free_slots], c->free_slots);
}

static int take_command(struct rows *r, const struct vgpu_trace_command *c, bool chosen)
{
	struct vgpu_track_message m = {
		.number = c->id,
		.time_ns = r->time_ns,
		.queue = c->queue,
		.room = c->response_size,
		.wire = c->request,
		.size = c->request_size,
	};
	struct waiting *w;
	int err;

	err = rows_before(r, c);
	if (err)
		return err;
	/* A request without an effect is a row all the same. */
	vgpu_track_request(r->track, &m);
	if (rows_want(r, ROWS_frames)) {
		err = rows_frames(r, c);
		if (err)
			return err;
	}
	if (!chosen || !rows_want(r, ROWS_commands))
		return 0;
	err = advance(r, false);
	if (err)
		return err;
	w = waiting_at(r, r->count++);
	memset(w, 0, sizeof(*w));
	w->id = c->id;
	r->place[c->id % WAITING_MAX] = (uint32_t)(w - r->waiting);
	fill_request(r, w, c);
	return 0;
}

static int take_response(struct rows *r, const struct vgpu_trace_response *response)
{
	struct vgpu_track_message m = {
		.number = response->id,
		.time_ns = r->time_ns,
		.wire = response->response,
		.size = response->response_size,
	};
	struct waiting *w = find(r, response->id);
	struct vgpu_resp_info info;
	struct vgpu_ctrl_hdr hdr;
	struct cell *cells;
	uint64_t queued;

	vgpu_track_response(r->track, &m);
	if (!w || w->done)
		return 0;
	cells = w->cells;
	queued = cells[commands_time_ns].number;
	put_number(&cells[commands_response_ns], r->time_ns);
	put_number(&cells[commands_latency_ns], r->time_ns > queued ? r->time_ns - queued : 0);
	put_number(&cells[commands_response_size], response->response_size);
	if (vgpu_decode_ctrl_hdr(response->response, response->response_size, &hdr) == 0) {
		put_number(&cells[commands_response_type], hdr.type);
		vgpu_dialect_resp(r->dialect, (uint32_t)cells[commands_type].number, hdr.type,
				  &info);
		put_string(&cells[commands_response_name], info.name);
		put_number(&cells[commands_error],
			   hdr.type < VGPU_RESP_OK_NODATA || hdr.type >= VGPU_RESP_ERR_UNSPEC);
	}
	w->done = true;
	return advance(r, false);
}

static int take_stage(struct rows *r, const struct vgpu_trace_stage *s)
{
	struct cell cells[stages_COLUMNS] = { 0 };

	put_number(&cells[stages_trace], r->trace);
	put_number(&cells[stages_command], s->id);
	put_number(&cells[stages_time_ns], r->time_ns);
	put_number(&cells[stages_stage], s->stage);
	put_string(&cells[stages_stage_name], vgpu_trace_stage_name(s->stage));
	if (s->tid)
		put_number(&cells[stages_tid], s->tid);
	return r->sink(r->data, ROWS_stages, cells);
}

static int take_process(struct rows *r, const struct vgpu_trace_process *p)
{
	struct cell cells[processes_COLUMNS] = { 0 };
	char line[4096];
	size_t n = p->command_line_size < sizeof(line) ? p->command_line_size : sizeof(line);

	/* A process has its main thread's name, whichever thread is seen first. */
	if (r->processes[p->pid % PROCESS_SIZE].pid != p->pid || p->pid == p->tid)
		memcpy(r->processes[p->pid % PROCESS_SIZE].comm, p->comm, sizeof(p->comm));
	r->processes[p->pid % PROCESS_SIZE].pid = p->pid;
	if (!rows_want(r, ROWS_processes))
		return 0;
	put_number(&cells[processes_trace], r->trace);
	put_number(&cells[processes_time_ns], r->time_ns);
	put_number(&cells[processes_pid], p->pid);
	put_number(&cells[processes_tid], p->tid);
	put_string(&cells[processes_comm], p->comm);
	if (n)
		memcpy(line, p->command_line, n);
	while (n && !line[n - 1])
		n--;
	for (size_t i = 0; i < n; i++) {
		if (!line[i])
			line[i] = ' ';
	}
	put_chars(&cells[processes_command_line], line, n);
	return r->sink(r->data, ROWS_processes, cells);
}

static int take_lost(struct rows *r, const struct vgpu_trace_lost *l)
{
	struct cell cells[losses_COLUMNS] = { 0 };

	if (l->what == VGPU_TRACE_LOST_BEFORE)
		vgpu_track_missing(r->track, true);
	else if (l->what == VGPU_TRACE_LOST_COMMANDS || l->what == VGPU_TRACE_LOST_RESPONSES ||
		 l->what == VGPU_TRACE_LOST_RECORDS || l->what == VGPU_TRACE_LOST_FILTER)
		vgpu_track_missing(r->track, false);
	if (!rows_want(r, ROWS_losses))
		return 0;
	put_number(&cells[losses_trace], r->trace);
	put_number(&cells[losses_time_ns], r->time_ns);
	put_number(&cells[losses_what], l->what);
	put_string(&cells[losses_what_name], vgpu_trace_loss_name(l->what));
	if (l->queue != UINT32_MAX)
		put_number(&cells[losses_queue], l->queue);
	put_number(&cells[losses_count], l->count);
	put_number(&cells[losses_bytes], l->bytes);
	put_number(&cells[losses_first_ns], l->first_ns);
	put_number(&cells[losses_last_ns], l->last_ns);
	if (l->id)
		put_number(&cells[losses_command], l->id);
	return r->sink(r->data, ROWS_losses, cells);
}

static int take_about(struct rows *r, const char *record, const char *text, size_t size)
{
	int err = 0;

	while (size && !err) {
		struct cell cells[about_COLUMNS] = { 0 };
		size_t n = strnlen(text, size), name;
		const char *equals = memchr(text, '=', n);

		name = equals ? (size_t)(equals - text) : n;
		put_number(&cells[about_trace], r->trace);
		put_string(&cells[about_record], record);
		put_chars(&cells[about_key], text, name);
		if (equals)
			put_chars(&cells[about_value], equals + 1, n - name - 1);
		err = r->sink(r->data, ROWS_about, cells);
		n += n < size;
		text += n;
		size -= n;
	}
	return err;
}

/* What was there before the first command, as requests that would make it; none is answered. */
static void take_snapshot(struct rows *r, const struct vgpu_trace_snapshot *s)
{
	struct vgpu_track_message m = { .wire = s->request, .size = s->request_size };

	vgpu_track_request(r->track, &m);
	vgpu_scanouts_request(devices_scanouts(&r->devices, s->device), s->request,
			      s->request_size);
}

/* Ids start over: what exists ends here. */
static int start_over(struct rows *r)
{
	int err = rows_rest(r);

	vgpu_track_reset(r->track);
	return err;
}

static int take_header(struct rows *r, const struct vgpu_trace_record *record)
{
	struct vgpu_trace_header header;
	int err = advance(r, true);

	if (!err)
		err = start_over(r);
	devices_forget(&r->devices);
	r->trace++;
	memset(r->shown, 0, sizeof(r->shown));
	memset(r->processes, 0, sizeof(r->processes));
	memset(r->owners, 0, sizeof(r->owners));
	if (!err && rows_want(r, ROWS_about) && vgpu_trace_parse_header(record, &header) == 0)
		err = take_about(r, "HEADER", header.text, header.text_size);
	return err;
}

int rows_record(struct rows *r, const struct vgpu_trace_record *record, bool chosen)
{
	union {
		struct vgpu_trace_device device;
		struct vgpu_trace_process process;
		struct vgpu_trace_context context;
		struct vgpu_trace_command command;
		struct vgpu_trace_response response;
		struct vgpu_trace_stage stage;
		struct vgpu_trace_lost lost;
		struct vgpu_trace_epoch epoch;
		struct vgpu_trace_snapshot snapshot;
	} b;
	char device[32];

	r->time_ns = record->time_ns;
	switch (record->type) {
	case VGPU_TRACE_HEADER:
		return take_header(r, record);
	case VGPU_TRACE_DEVICE:
		if (!rows_want(r, ROWS_about) || vgpu_trace_parse_device(record, &b.device))
			return 0;
		snprintf(device, sizeof(device), "DEVICE %u", b.device.device);
		return take_about(r, device, b.device.text, b.device.text_size);
	case VGPU_TRACE_PROCESS:
		return vgpu_trace_parse_process(record, &b.process) ? 0
								    : take_process(r, &b.process);
	case VGPU_TRACE_CONTEXT:
		if (vgpu_trace_parse_context(record, &b.context) == 0) {
			r->owners[b.context.ctx_id % OWNER_SIZE].ctx_id = b.context.ctx_id;
			r->owners[b.context.ctx_id % OWNER_SIZE].pid = b.context.pid;
		}
		return 0;
	case VGPU_TRACE_COMMAND:
		if (vgpu_trace_parse_command(record, &b.command))
			return 0;
		return take_command(r, &b.command, chosen);
	case VGPU_TRACE_RESPONSE:
		return vgpu_trace_parse_response(record, &b.response)
			       ? 0
			       : take_response(r, &b.response);
	case VGPU_TRACE_STAGE:
		if (!chosen || !rows_want(r, ROWS_stages) ||
		    vgpu_trace_parse_stage(record, &b.stage))
			return 0;
		return take_stage(r, &b.stage);
	case VGPU_TRACE_LOST:
		return vgpu_trace_parse_lost(record, &b.lost) ? 0 : take_lost(r, &b.lost);
	case VGPU_TRACE_EPOCH:
		if (vgpu_trace_parse_epoch(record, &b.epoch) == 0)
			devices_reset(&r->devices, b.epoch.device);
		return start_over(r);
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(record, &b.snapshot) == 0)
			take_snapshot(r, &b.snapshot);
		return 0;
	}
	return 0;
}

int rows_create(struct rows **out, unsigned int tables, enum vgpu_dialect dialect, rows_sink sink,
		void *data)
{
	struct rows *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return -ENOMEM;
	r->tables = tables;
	r->dialect = dialect;
	r->sink = sink;
	r->data = data;
	r->waiting = calloc(WAITING_MAX, sizeof(*r->waiting));
	r->place = calloc(WAITING_MAX, sizeof(*r->place));
	if (!r->waiting || !r->place ||
	    vgpu_track_create(&r->track,
			      &(struct vgpu_track_options) { .memory_max = 24u << 20 })) {
		rows_destroy(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void rows_destroy(struct rows *r)
{
	if (!r)
		return;
	vgpu_track_destroy(r->track);
	free(r->waiting);
	free(r->place);
	free(r);
}

int rows_finish(struct rows *r)
{
	int err = advance(r, true);

	return err ?: rows_rest(r);
}
