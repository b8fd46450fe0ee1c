/* SPDX-License-Identifier: MIT */
/*
 * What waits is kept as records, which are smaller than what is printed of them. The queue's length
 * is bounded: a command that is much older than its successors has no answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/describe.h>

#include "select.h"

/* Twice the largest ring in use. One record alone may be 16 MiB. */
#define HELD_MAX       2048
#define HELD_BYTES_MAX (16u << 20)

struct select_held {
	struct select_held *next;
	struct select_held *other; /* waits for a command with the same low bits */
	uint64_t id;               /* of the command that it waits for; 0: for none */
	bool command;              /* it is that command */
	struct select_item item;
	struct vgpu_trace_record record, answer; /* their bodies belong to this */
	size_t bytes;
};

static void hand_out(struct select *s, const struct select_item *item)
{
	if (!s->err && (item->chosen || s->all))
		s->err = s->take(s->data, item);
}

static struct select_held **waiting(struct select *s, uint64_t id)
{
	return &s->waiting[id % SELECT_WAITING];
}

static void drop_first(struct select *s)
{
	struct select_held *h = s->first, **p = waiting(s, h->id);

	if (h->id) {
		while (*p != h)
			p = &(*p)->other;
		*p = h->other;
	}
	hand_out(s, &h->item);
	s->first = h->next;
	s->count--;
	s->bytes -= h->bytes;
	free((void *)h->record.body);
	free((void *)h->answer.body);
	free(h);
}

/* Hand out from the front as far as nothing is waited for. */
static void advance(struct select *s)
{
	while (s->first && (!s->first->id || s->count > HELD_MAX ||
			    (s->bytes > HELD_BYTES_MAX && s->first->next)))
		drop_first(s);
}

static int keep(struct select *s, struct select_held *h, struct vgpu_trace_record *copy,
		const struct vgpu_trace_record *r)
{
	uint8_t *body = malloc(r->body_size + 1);

	if (!body)
		return -ENOMEM;
	memcpy(body, r->body, r->body_size);
	*copy = *r;
	copy->body = body;
	h->bytes += r->body_size;
	s->bytes += r->body_size;
	return 0;
}

/* At the end of the queue; `id`: it waits for what is known of this command, 0: for nothing. */
static int add(struct select *s, const struct select_item *item, uint64_t id)
{
	struct select_held *h;

	if (!id && (!s->first || (!item->chosen && !s->all))) { /* nothing to wait for */
		hand_out(s, item);
		return s->err;
	}
	/* First room, then the record: two of the largest would be too much. */
	while (s->first && s->bytes + item->record->body_size > HELD_BYTES_MAX)
		drop_first(s);
	h = calloc(1, sizeof(*h));
	if (!h || keep(s, h, &h->record, item->record)) {
		free(h);
		return -ENOMEM;
	}
	h->id = id;
	h->command = item->record->type == VGPU_TRACE_COMMAND;
	h->item = *item;
	h->item.record = &h->record;
	if (!s->first)
		s->last = &s->first;
	*s->last = h;
	s->last = &h->next;
	s->count++;
	if (id) {
		h->other = *waiting(s, id);
		*waiting(s, id) = h;
	}
	advance(s);
	return s->err;
}

static bool is_chosen(const struct select *s, uint64_t id)
{
	return !s->filter || (id && s->chosen[id % SELECT_CHOSEN] == id);
}

/* All is known of the command. 1: it was held; 0: it was not; negative. */
static int decide(struct select *s, uint64_t id, const struct vgpu_trace_record *answer)
{
	struct select_held **p = waiting(s, id), *h;
	int found = 0;

	if (!id)
		return 0;
	while ((h = *p)) {
		if (h->id != id) {
			p = &h->other;
			continue;
		}
		*p = h->other;
		h->id = 0;
		h->item.chosen = is_chosen(s, id);
		found |= h->command;
		if (!h->command || !s->join)
			continue;
		if (keep(s, h, &h->answer, answer))
			return -ENOMEM;
		h->item.answer = &h->answer;
	}
	advance(s);
	return s->err ? s->err : found;
}

static bool waits(struct select *s, uint64_t id)
{
	for (const struct select_held *h = *waiting(s, id); h && id; h = h->other)
		if (h->id == id)
			return true;
	return false;
}

static int take_command(struct select *s, const struct vgpu_trace_record *r,
			const struct vgpu_facts *facts)
{
	struct select_item item = { .record = r, .capset = VGPU_CAPSET_UNKNOWN };
	struct vgpu_trace_command c;

	if (!facts || vgpu_trace_parse_command(r, &c)) { /* malformed */
		item.chosen = !s->filter;
		return add(s, &item, 0);
	}
	if (vgpu_facts_know(facts, VGPU_FILTER_capset))
		item.capset = (uint32_t)facts->value[VGPU_FILTER_capset];
	item.drm_context = vgpu_follow_drm_context(s->follow);
	memcpy(item.process, facts->process, sizeof(item.process));
	item.chosen = vgpu_filter_match(s->filter, facts);
	if (item.chosen)
		s->chosen[c.id % SELECT_CHOSEN] = c.id;
	if (vgpu_filter_needs_answer(s->filter) ||
	    (s->join && c.response_size && (item.chosen || s->all)))
		return add(s, &item, c.id);
	return add(s, &item, 0);
}

static int take_response(struct select *s, const struct vgpu_trace_record *r,
			 const struct vgpu_facts *facts)
{
	struct select_item item = { .record = r, .chosen = !s->filter };
	struct vgpu_trace_response response;
	int held;

	if (vgpu_trace_parse_response(r, &response))
		return add(s, &item, 0);
	if (facts && vgpu_filter_needs_answer(s->filter))
		s->chosen[response.id % SELECT_CHOSEN] =
			vgpu_filter_match(s->filter, facts) ? response.id : 0;
	item.chosen = is_chosen(s, response.id);
	held = decide(s, response.id, r);
	if (held < 0)
		return held;
	return held && s->join ? 0 : add(s, &item, 0);
}

int select_begin(struct select *s)
{
	s->follow = vgpu_follow_create();
	return s->follow ? 0 : -ENOMEM;
}

/* A record that is chosen as its command is. */
static int take_about(struct select *s, struct select_item *item, uint64_t id)
{
	item->chosen = is_chosen(s, id);
	return add(s, item, vgpu_filter_needs_answer(s->filter) && waits(s, id) ? id : 0);
}

int select_record(struct select *s, const struct vgpu_trace_record *r)
{
	const struct vgpu_facts *facts = vgpu_follow_record(s->follow, r);
	struct select_item item = { .record = r, .chosen = !s->filter };
	struct vgpu_trace_readback readback;
	struct vgpu_trace_stage stage;

	if (!(s->types & select_type(r->type)))
		return 0;
	switch (r->type) {
	case VGPU_TRACE_COMMAND:
		return take_command(s, r, facts);
	case VGPU_TRACE_RESPONSE:
		return take_response(s, r, facts);
	case VGPU_TRACE_STAGE:
		if (vgpu_trace_parse_stage(r, &stage))
			break;
		return take_about(s, &item, stage.id);
	case VGPU_TRACE_READBACK:
		if (vgpu_trace_parse_readback(r, &readback))
			break;
		return take_about(s, &item, readback.id);
	case VGPU_TRACE_HEADER: /* what changes the meaning of the commands is never left out */
	case VGPU_TRACE_EPOCH:
	case VGPU_TRACE_LOST:
		item.chosen = true;
		break;
	}
	return add(s, &item, 0);
}

int select_finish(struct select *s)
{
	while (s->first)
		drop_first(s);
	vgpu_follow_destroy(s->follow);
	s->follow = NULL;
	return s->err;
}
