/* SPDX-License-Identifier: MIT */
/* When commands' fences signalled, and who waited for them. */
#include <errno.h>
#include <string.h>

#include "grow.h"
#include "load.h"
#include "packed.h"

/* A wait may come so much later than those that began after it: CPUs' records are mixed a little. */
#define LATE_MAX 2048u

static void wait_item(const void *data, uint32_t i, struct view_item *out)
{
	const struct view_model *m = data;
	const struct view_wait *w = &m->waits[i];

	out->start = w->begin_ns;
	out->end = w->begin_ns + view_wait_ns(w);
	out->marked = w->length;
}

void view_fences_init(struct view_model *m)
{
	view_index_init(&m->wait_index, wait_item, m, 0);
}

void view_fences_finish(struct view_model *m)
{
	view_index_finish(&m->wait_index);
	free(m->waits);
	free(m->signals);
}

/* The first signal of a command counts. */
static int add_signal(struct view_loader *l, uint32_t command, uint64_t time_ns)
{
	struct view_model *m = l->m;
	const struct view_packed *c = &m->commands[command];
	uint64_t from_ns = packed_queue_ns(c, m->base_ns);
	bool answered = packed_flags(c) & VIEW_ANSWERED && from_ns + packed_latency(c) <= time_ns;
	uint16_t *p = view_grow(m->signals, m->command_count, &l->signal_room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	m->signals = p;
	memset(p + m->signal_count, 0, (m->command_count - m->signal_count) * sizeof(*p));
	m->signal_count = m->command_count;
	if (p[command])
		return 0;
	if (answered)
		from_ns += packed_latency(c);
	p[command] = packed_signal(time_ns > from_ns ? time_ns - from_ns : 0, answered);
	return view_lanes_signalled(l, command);
}

static uint8_t free_row(const struct view_loader *l)
{
	uint32_t i, taken = 0;
	uint8_t row = 0;

	for (i = 0; i < l->wait_count; i++)
		taken |= 1u << l->m->waits[l->open_waits[i].place].row;
	while (row < VIEW_ROWS - 1 && taken >> row & 1)
		row++;
	return row;
}

static int begin_wait(struct view_loader *l, const struct view_wait *wait, uint64_t id)
{
	struct view_model *m = l->m;
	uint32_t place = m->wait_count, i;
	struct view_wait *p;

	while (place && m->waits[place - 1].begin_ns > wait->begin_ns)
		place--;
	if (m->wait_count == VIEW_WAITS_MAX || m->wait_count - place > LATE_MAX) {
		m->waits_left_out++;
		return 0;
	}
	p = view_grow(m->waits, (size_t)m->wait_count + 1, &l->wait_room, sizeof(*p));
	if (!p)
		return -ENOMEM;
	m->waits = p;
	memmove(p + place + 1, p + place, (m->wait_count - place) * sizeof(*p));
	p[place] = *wait;
	m->wait_count++;
	for (i = 0; i < l->wait_count; i++)
		l->open_waits[i].place += l->open_waits[i].place >= place;
	p[place].row = free_row(l);
	/* More at a time than are followed: the oldest has no end then. */
	if (l->wait_count == VIEW_OPEN_WAITS)
		memmove(l->open_waits, l->open_waits + 1, --l->wait_count * sizeof(*l->open_waits));
	l->open_waits[l->wait_count++] = (struct view_open_wait) { id, wait->tid, place };
	return view_index_insert(&m->wait_index, place);
}

static void end_wait(struct view_loader *l, uint64_t id, uint32_t tid, uint64_t time_ns)
{
	struct view_open_wait *o;
	struct view_wait *w;
	uint32_t i;

	for (i = 0; i < l->wait_count; i++) {
		o = &l->open_waits[i];
		if (o->id != id || o->tid != tid)
			continue;
		w = &l->m->waits[o->place];
		w->length = view_packed_length(time_ns > w->begin_ns ? time_ns - w->begin_ns : 0);
		view_index_update(&l->m->wait_index, o->place);
		memmove(o, o + 1, (--l->wait_count - i) * sizeof(*o));
		return;
	}
}

int view_fences_add(struct view_loader *l, const struct vgpu_trace_record *r)
{
	const struct view_pending *p;
	struct vgpu_trace_stage s;

	if (vgpu_trace_parse_stage(r, &s))
		return 0;
	p = &l->pending[s.id % VIEW_PENDING];
	if (!s.id || p->id != s.id)
		return 0;
	switch (s.stage) {
	case VGPU_TRACE_STAGE_FENCE_SIGNAL:
		view_loader_seen(l, r->time_ns);
		return add_signal(l, p->command, r->time_ns);
	case VGPU_TRACE_STAGE_WAIT_BEGIN:
		return begin_wait(l,
				  &(struct view_wait) { .begin_ns = r->time_ns,
							.command = p->command,
							.tid = s.tid },
				  s.id);
	case VGPU_TRACE_STAGE_WAIT_END:
		view_loader_seen(l, r->time_ns);
		end_wait(l, s.id, s.tid, r->time_ns);
		return 0;
	default:
		return 0;
	}
}
