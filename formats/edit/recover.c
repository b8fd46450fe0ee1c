/* SPDX-License-Identifier: MIT */
/* vgpu_recover_next(): a damaged file's records as the whole traces that they still make. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/edit.h>

#include "body.h"
#include "reader.h"
#include "text.h"

/* END of the trace before, HEADER, LOST, and the record itself. */
#define QUEUE_MAX 4

struct vgpu_recover {
	struct vgpu_trace_reader *reader;
	vgpu_recover_gap *told;
	void *data;

	struct vgpu_trace_record queue[QUEUE_MAX]; /* to be handed out */
	unsigned int n_queue, next;
	uint8_t *header; /* bodies of those that are made up */
	uint8_t ends[2][32], lost[48];

	bool done;
	bool open;           /* a trace has begun and not ended */
	uint64_t numbers[3]; /* records, bytes and headers lost, as of the last look */
	uint64_t last_ns;    /* of the last record */
	struct vgpu_trace_end totals;
};

int vgpu_recover_create(struct vgpu_recover **out, struct vgpu_trace_reader *reader,
			vgpu_recover_gap *told, void *data)
{
	struct vgpu_recover *v = calloc(1, sizeof(*v));

	*out = v;
	if (!v)
		return -ENOMEM;
	v->reader = reader;
	v->told = told;
	v->data = data;
	return 0;
}

void vgpu_recover_destroy(struct vgpu_recover *v)
{
	if (!v)
		return;
	free(v->header);
	free(v);
}

static void push(struct vgpu_recover *v, enum vgpu_trace_type type, uint64_t time_ns,
		 const uint8_t *body, size_t size)
{
	v->queue[v->n_queue++] = (struct vgpu_trace_record) {
		.type = (uint16_t)type, .time_ns = time_ns, .body = body, .body_size = size
	};
}

static void push_end(struct vgpu_recover *v, uint64_t time_ns)
{
	uint8_t *body = v->ends[v->n_queue > 0]; /* there may be two: the last one's and its own */

	body_encode(VGPU_TRACE_END, &v->totals, body);
	push(v, VGPU_TRACE_END, time_ns, body, sizeof(v->ends[0]));
	memset(&v->totals, 0, sizeof(v->totals));
	v->open = false;
}

/* The trace's own header, or one for the records at `time_ns` that have none. */
static int push_header(struct vgpu_recover *v, const struct vgpu_trace_record *r, uint64_t time_ns)
{
	struct vgpu_trace_header h = { .major = VGPU_TRACE_VERSION_MAJOR,
				       .minor = VGPU_TRACE_VERSION_MINOR,
				       .clock = 1 };
	struct text text = { 0 };
	size_t size;
	int err = 0;

	if (r)
		err = vgpu_trace_parse_header(r, &h);
	if (err)
		return err;
	text_copy(&text, h.text, h.text_size, "recovered-from");
	if (r)
		text_add_id(&text, "recovered-from", h.file_id);
	else
		text_add(&text, "recovered-from", "%s", "");
	edit_new_id(h.file_id, h.file_id);
	h.text = text.bytes;
	h.text_size = text.size;
	size = body_size(VGPU_TRACE_HEADER, &h);
	free(v->header);
	v->header = text.error ? NULL : malloc(size);
	if (v->header) {
		body_encode(VGPU_TRACE_HEADER, &h, v->header);
		push(v, VGPU_TRACE_HEADER, time_ns, v->header, size);
		v->open = true;
	}
	text_finish(&text);
	return v->header ? 0 : -ENOMEM;
}

static void push_lost(struct vgpu_recover *v, const struct vgpu_gap *gap)
{
	struct vgpu_trace_lost lost = {
		.what = VGPU_TRACE_LOST_RECORDS,
		.queue = UINT32_MAX,
		.count = gap->records,
		.bytes = gap->bytes,
		.first_ns = gap->first_ns,
		.last_ns = gap->last_ns,
	};

	body_encode(VGPU_TRACE_LOST, &lost, v->lost);
	push(v, VGPU_TRACE_LOST, gap->last_ns, v->lost, sizeof(v->lost));
	v->totals.lost += lost.count;
}

/* What was lost since the last look, before the record `r` (NULL: the end). False: nothing. */
static bool look(struct vgpu_recover *v, const struct vgpu_trace_record *r, struct vgpu_gap *gap)
{
	const struct vgpu_trace_reader *reader = v->reader;
	struct frames *f = &v->reader->frames;
	uint64_t now[3] = { reader->lost_records, f->lost_bytes, reader->lost_headers };

	*gap = (struct vgpu_gap) {
		.offset = f->gap_offset,
		.bytes = now[1] - v->numbers[1],
		.records = now[0] - v->numbers[0],
		.first_ns = v->last_ns,
		.last_ns = r ? r->time_ns : 0,
		.header = r && r->type != VGPU_TRACE_HEADER &&
			  (!v->open || now[2] != v->numbers[2]),
		.end = v->open ? !r || r->type == VGPU_TRACE_HEADER || now[2] != v->numbers[2]
			       : !r && !reader->any,
	};
	if (gap->offset == UINT64_MAX)
		gap->offset = f->in.offset;
	/* Where no index tells, something is missing, but not how much. */
	if (r && f->gap && gap->bytes && !gap->records && r->type != VGPU_TRACE_HEADER)
		gap->records = 1;
	gap->unsure = f->gap || (!r && gap->end);
	memcpy(v->numbers, now, sizeof(now));
	f->gap_offset = UINT64_MAX;
	return gap->bytes || gap->records || gap->header || gap->end;
}

static void count(struct vgpu_recover *v, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_memory memory;
	struct vgpu_trace_lost lost;

	v->totals.commands += r->type == VGPU_TRACE_COMMAND;
	v->totals.responses += r->type == VGPU_TRACE_RESPONSE;
	if (!vgpu_trace_parse_memory(r, &memory))
		v->totals.memory_bytes += memory.size;
	if (!vgpu_trace_parse_lost(r, &lost))
		v->totals.lost += lost.count;
}

/* What the record, and a gap before it, make: into the queue. */
static int take(struct vgpu_recover *v, const struct vgpu_trace_record *r)
{
	struct vgpu_gap gap;
	bool lossy = look(v, r, &gap);
	int err = 0;

	if (lossy && v->told)
		v->told(v->data, &gap);
	if (v->open && (r->type == VGPU_TRACE_HEADER || gap.header))
		push_end(v, v->last_ns);
	if (r->type == VGPU_TRACE_HEADER || !v->open)
		err = push_header(v, r->type == VGPU_TRACE_HEADER ? r : NULL, r->time_ns);
	if (err)
		return err;
	if (gap.records && r->type != VGPU_TRACE_HEADER)
		push_lost(v, &gap);
	v->last_ns = r->time_ns;
	if (r->type == VGPU_TRACE_END) {
		push_end(v, r->time_ns);
	} else if (r->type != VGPU_TRACE_HEADER) {
		count(v, r);
		v->queue[v->n_queue++] = *r;
	}
	return 0;
}

int vgpu_recover_next(struct vgpu_recover *v, struct vgpu_trace_record *out)
{
	struct vgpu_trace_record r;
	struct vgpu_gap gap;
	int n;

	if (v->next == v->n_queue) {
		if (v->done)
			return 0;
		v->next = v->n_queue = 0;
		n = vgpu_trace_reader_next(v->reader, &r);
		if (n < 0)
			return n;
		if (n) {
			n = take(v, &r);
			if (n)
				return n;
		} else {
			v->done = true;
			if (look(v, NULL, &gap) && v->told)
				v->told(v->data, &gap);
			if (!v->open)
				return 0;
			push_end(v, v->last_ns);
		}
	}
	*out = v->queue[v->next++];
	return 1;
}
