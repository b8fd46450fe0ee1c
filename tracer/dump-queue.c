/* SPDX-License-Identifier: MIT */
/*
 * Records that wait for what is said of a command later: its answer, on the command's line, or
 * whether a filter on the answer chooses it. They are kept as records, which are smaller than what
 * is printed of them, and leave in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

/* Twice the largest ring in use; what is older has no answer. One record alone may be 16 MiB. */
#define HELD_MAX       2048
#define HELD_BYTES_MAX (16u << 20)

struct held {
	struct held *next;
	uint64_t id;  /* of the command that it waits for; 0: for none */
	bool command; /* it is that command */
	bool shown;
	struct dump_item item;
	struct vgpu_trace_record record, answer; /* their bodies belong to this */
	size_t bytes;
};

static void print(const struct dump *d, const struct dump_item *item)
{
	if (d->json)
		dump_json(d, item);
	else
		dump_text(d, item);
}

static void drop_first(struct dump *d)
{
	struct dump_queue *q = &d->queue;
	struct held *h = q->first;

	if (h->shown)
		print(d, &h->item);
	q->first = h->next;
	if (!q->first)
		q->last = &q->first;
	q->count--;
	q->bytes -= h->bytes;
	free((void *)h->record.body);
	free((void *)h->answer.body);
	free(h);
}

/* Print from the front as far as nothing is waited for. */
static void advance(struct dump *d)
{
	struct dump_queue *q = &d->queue;

	while (q->first && (!q->first->id || q->count > HELD_MAX ||
			    (q->bytes > HELD_BYTES_MAX && q->first->next)))
		drop_first(d);
}

static int keep(struct held *h, struct vgpu_trace_record *copy, const struct vgpu_trace_record *r)
{
	uint8_t *body = malloc(r->body_size + 1);

	if (!body)
		return -ENOMEM;
	memcpy(body, r->body, r->body_size);
	*copy = *r;
	copy->body = body;
	h->bytes += r->body_size;
	return 0;
}

int dump_queue_add(struct dump *d, const struct dump_item *item, uint64_t id, bool shown)
{
	struct dump_queue *q = &d->queue;
	struct held *h;

	if (!q->first && !id) { /* nothing to wait for */
		if (shown)
			print(d, item);
		return 0;
	}
	if (!id && !shown)
		return 0;
	h = calloc(1, sizeof(*h));
	if (!h || keep(h, &h->record, item->record)) {
		free(h);
		return -ENOMEM;
	}
	h->id = id;
	h->command = item->record->type == VGPU_TRACE_COMMAND;
	h->shown = shown;
	h->item = *item;
	h->item.record = &h->record;
	if (!q->first)
		q->last = &q->first;
	*q->last = h;
	q->last = &h->next;
	q->count++;
	q->bytes += h->bytes;
	advance(d);
	return 0;
}

int dump_queue_decide(struct dump *d, uint64_t id, bool shown,
		      const struct vgpu_trace_record *answer)
{
	struct dump_queue *q = &d->queue;
	int found = 0;

	for (struct held *h = q->first; h && id; h = h->next) {
		if (h->id != id)
			continue;
		h->id = 0;
		h->shown = shown;
		found |= h->command;
		if (!h->command || !answer || !shown)
			continue;
		q->bytes -= h->bytes;
		if (keep(h, &h->answer, answer))
			found = -ENOMEM;
		else
			h->item.answer = &h->answer;
		q->bytes += h->bytes;
	}
	advance(d);
	return found;
}

bool dump_queue_waits(const struct dump *d, uint64_t id)
{
	for (const struct held *h = d->queue.first; h && id; h = h->next)
		if (h->id == id)
			return true;
	return false;
}

void dump_queue_finish(struct dump *d)
{
	while (d->queue.first)
		drop_first(d);
}
