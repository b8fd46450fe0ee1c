/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/stream.h>

#include "grow.h"
#include "packed.h"

/* An answer that has not come by then will not come: its row is free again. */
#define ROW_NS 1000000000u

static uint8_t take_row(struct view_rows *rows, uint32_t command, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < VIEW_ROWS; i++) {
		if (rows->taken >> i & 1 && now - rows->since_ns[i] < ROW_NS)
			continue;
		rows->taken |= (uint8_t)(1u << i);
		rows->since_ns[i] = now;
		rows->command[i] = command;
		return (uint8_t)i;
	}
	return VIEW_ROWS - 1;
}

static void free_row(struct view_rows *rows, unsigned int row, uint32_t command)
{
	if (rows->command[row] == command)
		rows->taken &= (uint8_t) ~(1u << row);
}

/* The lane of a context's ring, from 1; a context is known by device and id, over epochs too. */
static uint8_t context_lane(struct view_model *m, uint32_t device, uint32_t ctx_id, uint32_t ring)
{
	struct view_context c = { .device = device, .ctx_id = ctx_id, .capset = VGPU_CAPSET_NONE };
	uint32_t i;

	for (i = 0; i < m->context_count; i++) {
		if (m->contexts[i].device != device || m->contexts[i].ctx_id != ctx_id)
			continue;
		if (m->contexts[i].ring == ring)
			return (uint8_t)(i + 1);
		c = m->contexts[i];
	}
	if (i == VIEW_CONTEXTS)
		return VIEW_CONTEXTS;
	c.ring = ring;
	m->contexts[i] = c;
	m->context_count++;
	view_lanes_name(m, i);
	return (uint8_t)(i + 1);
}

static void set_name(struct view_context *c, const char *name, size_t size)
{
	size_t i, n = size < sizeof(c->name) - 1 ? size : sizeof(c->name) - 1;

	for (i = 0; i < n && name[i]; i++)
		c->name[i] = name[i] > ' ' && name[i] < 127 ? name[i] : '_';
	c->name[i] = '\0';
}

static void add_context(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct view_model *m = l->m;
	struct vgpu_trace_context c;
	uint32_t device, i;

	if (vgpu_trace_parse_context(r, &c) || !c.ctx_id)
		return;
	/* It names no device; merged, its pids tell which trace it is of. */
	device = l->device_of[(c.pid >> 24) % VIEW_TRACES];
	context_lane(m, device, c.ctx_id, 0);
	for (i = 0; i < m->context_count; i++) {
		if (m->contexts[i].device != device || m->contexts[i].ctx_id != c.ctx_id)
			continue;
		m->contexts[i].capset = c.capset;
		set_name(&m->contexts[i], c.name, c.name_size);
		view_lanes_name(m, i);
	}
}

/* Of several devices the first one that is used is replayed, and has frames. */
static bool is_shown(struct view_loader *l, uint32_t device)
{
	if (!l->chosen)
		l->device_index = device;
	l->chosen = true;
	return device == l->device_index;
}

/* A frame is a flush of the resource that a scanout shows, of the device that is replayed. */
static int add_frames(struct view_loader *l, const struct vgpu_trace_command *c)
{
	struct view_model *m = l->m;
	uint32_t mask;
	void *p;

	if (!is_shown(l, c->device))
		return 0;
	mask = vgpu_scanouts_request(&l->scanouts, c->request, c->request_size);

	for (uint32_t i = 0; mask >> i; i++) {
		if (!(mask >> i & 1))
			continue;
		if (m->shown[i].count >= 1u << 28)
			return -EFBIG; /* as many bits as a flush has for it */
		p = view_grow(m->frames, (size_t)m->frame_count + 1, &l->frame_room,
			      sizeof(*m->frames));
		if (!p)
			return -ENOMEM;
		m->frames = p;
		m->frames[m->frame_count++] = (struct view_flush) {
			.command = m->command_count - 1,
			.resource_id = l->scanouts.resource[i],
			.scanout = i,
			.place = m->shown[i].count,
		};
		if (view_lanes_add_frame(m))
			return -ENOMEM;
	}
	return 0;
}

/* CONTEXT records have it too, but not every recorder writes them. */
static void learn_capset(struct view_model *m, const struct vgpu_trace_command *c)
{
	struct vgpu_ctx_create create;
	uint32_t i;

	if (vgpu_decode_ctx_create(c->request, c->request_size, &create) ||
	    create.hdr.type != VGPU_CMD_CTX_CREATE || !create.hdr.ctx_id)
		return;
	context_lane(m, c->device, create.hdr.ctx_id, 0);
	for (i = 0; i < m->context_count; i++) {
		if (m->contexts[i].device == c->device &&
		    m->contexts[i].ctx_id == create.hdr.ctx_id)
			m->contexts[i].capset = create.context_init &
						VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
	}
}

/* Kinds beyond what a byte numbers are of one kind more, as in the statistics. */
static uint32_t number_of_type(struct view_model *m, uint32_t type)
{
	uint32_t i;

	for (i = 0; i < m->type_count; i++) {
		if (m->types[i] == type)
			return i;
	}
	if (i < VIEW_TYPES)
		m->types[m->type_count++] = type;
	return i;
}

/* Room in the arrays for one command more, and what is kept beside the commands. */
static int make_room(struct view_loader *l, uint64_t id, uint64_t record)
{
	struct view_model *m = l->m;
	uint32_t n = m->command_count;
	const struct view_ids *last = m->id_runs ? &m->ids[m->id_runs - 1] : NULL;
	void *p = view_grow(m->commands, (size_t)n + 1, &l->command_room, sizeof(*m->commands));

	if (!p)
		return -ENOMEM;
	m->commands = p;
	if (!last || last->id + (n - last->command) != id) {
		p = view_grow(m->ids, (size_t)m->id_runs + 1, &l->id_room, sizeof(*m->ids));
		if (!p)
			return -ENOMEM;
		m->ids = p;
		m->ids[m->id_runs++] = (struct view_ids) { .command = n, .id = id };
	}
	if (n % VIEW_PLACES)
		return 0;
	p = view_grow(m->places, n / VIEW_PLACES + 1, &l->place_room, sizeof(*m->places));
	if (!p)
		return -ENOMEM;
	m->places = p;
	m->places[n / VIEW_PLACES] = record;
	return 0;
}

static uint64_t take_rows(struct view_loader *l, uint32_t queue, uint32_t lane, uint64_t time_ns)
{
	uint32_t number = l->m->command_count;
	uint64_t bits;

	bits = (uint64_t)take_row(&l->queue_rows[queue], number, time_ns) << PACKED_ROW;
	if (lane)
		bits |= (uint64_t)take_row(&l->context_rows[lane - 1], number, time_ns)
			<< PACKED_CONTEXT_ROW;
	return bits;
}

/* What the summary foretold may lie further on. */
void view_loader_seen(struct view_loader *l, uint64_t time_ns)
{
	if (time_ns > l->last_ns)
		l->last_ns = time_ns;
	if (l->last_ns > l->m->last_ns)
		l->m->last_ns = l->last_ns;
}

static int add_command(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct view_model *m = l->m;
	const struct vgpu_cmd_info *info;
	struct vgpu_trace_command in;
	struct vgpu_ctrl_hdr hdr;
	struct view_pending *p;
	struct view_packed c;
	uint64_t flags = 0, rows = 0, lane;
	uint32_t ring;
	bool queue;

	if (vgpu_trace_parse_command(r, &in))
		return 0;
	if (m->command_count == VIEW_NONE)
		return -EFBIG;
	if (make_room(l, in.id, r->number) || view_depth_add(l))
		return -ENOMEM;
	if (!m->command_count) {
		m->base_ns = r->time_ns;
		m->first_ns = r->time_ns;
		l->last_ns = r->time_ns + 1;
		/* Live, nothing was foretold. */
		if (m->live)
			m->last_ns = l->last_ns;
	}
	if (r->time_ns < m->first_ns)
		m->first_ns = r->time_ns;
	/* All zero when the request is cut: then it is of type 0, which no command has. */
	vgpu_decode_ctrl_hdr(in.request, in.request_size, &hdr);
	queue = in.queue;
	ring = hdr.flags & VGPU_FLAG_INFO_RING_IDX ? hdr.ring_idx : 0;
	lane = hdr.ctx_id ? context_lane(m, in.device, hdr.ctx_id, ring) : 0;
	if (hdr.flags & VGPU_FLAG_FENCE)
		flags |= VIEW_FENCED;
	if (in.response_size) {
		flags |= VIEW_EXPECTED;
		rows = take_rows(l, queue, (uint32_t)lane, r->time_ns);
	}
	c.time = packed_time(m->base_ns, r->time_ns, number_of_type(m, hdr.type));
	c.answer = flags << PACKED_FLAGS | (uint64_t)queue << PACKED_QUEUE | rows |
		   lane << PACKED_LANE;
	m->commands[m->command_count++] = c;
	view_loader_seen(l, packed_queue_ns(&c, m->base_ns));
	p = &l->pending[in.id % VIEW_PENDING];
	*p = (struct view_pending) { .id = in.id,
				     .command = m->command_count - 1,
				     .asks_drm =
					     vgpu_drm_context_asked(in.request, in.request_size) };
	if (view_lanes_add(l, p))
		return -ENOMEM;
	learn_capset(m, &in);
	info = vgpu_cmd_info(hdr.type);
	if (info && info->feature == VGPU_F_VIRGL)
		m->needs_3d = true;
	return add_frames(l, &in);
}

static void free_rows(struct view_loader *l, const struct view_packed *c, uint32_t command)
{
	uint32_t lane = c->answer >> PACKED_LANE & 127;

	if (!(packed_flags(c) & VIEW_EXPECTED))
		return;
	free_row(&l->queue_rows[c->answer >> PACKED_QUEUE & 1], c->answer >> PACKED_ROW & 3,
		 command);
	if (lane)
		free_row(&l->context_rows[lane - 1], c->answer >> PACKED_CONTEXT_ROW & 3, command);
}

static void add_response(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct view_model *m = l->m;
	struct vgpu_trace_response in;
	struct view_pending *p;
	struct vgpu_ctrl_hdr hdr;
	struct view_packed *c;
	uint64_t queue_ns, latency = 0;

	if (vgpu_trace_parse_response(r, &in))
		return;
	p = &l->pending[in.id % VIEW_PENDING];
	if (!in.id || p->id != in.id || p->answered)
		return;
	p->answered = true;
	if (p->asks_drm)
		m->drm_context = vgpu_drm_context_told(in.response, in.response_size);
	c = &m->commands[p->command];
	queue_ns = packed_queue_ns(c, m->base_ns);
	if (r->time_ns > queue_ns)
		latency = r->time_ns - queue_ns;
	if (latency > PACKED_ANSWER_MAX)
		latency = PACKED_ANSWER_MAX;
	c->answer |= latency | (uint64_t)VIEW_ANSWERED << PACKED_FLAGS;
	if (!vgpu_decode_ctrl_hdr(in.response, in.response_size, &hdr) &&
	    (hdr.type < VGPU_RESP_OK_NODATA || hdr.type >= VGPU_RESP_ERR_UNSPEC))
		c->answer |= (uint64_t)VIEW_FAILED << PACKED_FLAGS;
	view_loader_seen(l, queue_ns + latency);
	free_rows(l, c, p->command);
	view_lanes_answered(m, p);
	view_depth_answered(m, p->command);
}

static int add_lost(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct view_model *m = l->m;
	struct vgpu_trace_lost in;
	void *p;

	if (vgpu_trace_parse_lost(r, &in))
		return 0;
	m->lost += in.count;
	p = view_grow(m->losses, (size_t)m->loss_count + 1, &l->loss_room, sizeof(*m->losses));
	if (!p)
		return -ENOMEM;
	m->losses = p;
	m->losses[m->loss_count++] = in;
	return 0;
}

static void add_header(struct view_loader *l, const struct vgpu_trace_record *r)
{
	const char *source, *kernel, *machine;
	struct vgpu_trace_header h;
	size_t length;

	if (vgpu_trace_parse_header(r, &h) || l->m->about[0])
		return;
	source = vgpu_trace_text_get(h.text, h.text_size, "source");
	kernel = vgpu_trace_text_get(h.text, h.text_size, "kernel");
	machine = vgpu_trace_text_get(h.text, h.text_size, "machine");
	/* "Linux 6.1.0-50-amd64", without the builder's words behind it. */
	length = kernel ? strcspn(kernel, "#") : 0;
	while (length && kernel[length - 1] == ' ')
		length--;
	snprintf(l->m->about, sizeof(l->m->about), "%.24s%s%.*s%s%.16s", source ? source : "",
		 length ? " · " : "", length < 64 ? (int)length : 64, kernel ? kernel : "",
		 machine ? " · " : "", machine ? machine : "");
}

static void add_device(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device d;
	const char *features, *space;
	char *end;
	uint64_t bits;

	if (vgpu_trace_parse_device(r, &d))
		return;
	if (d.device >= l->m->device_count && d.device < UINT32_MAX)
		l->m->device_count = d.device + 1;
	space = vgpu_trace_text_get(d.text, d.text_size, "space");
	bits = (space ? strtoull(space, NULL, 10) >> 32 : 0) % VIEW_TRACES;
	if (bits && !l->device_of[bits])
		l->device_of[bits] = d.device;
	/* A number or names; either may say VIRGL. */
	features = vgpu_trace_text_get(d.text, d.text_size, "features");
	if (!features)
		return;
	bits = strtoull(features, &end, 0);
	if (end != features && !*end ? bits >> VGPU_F_VIRGL & 1
				     : strstr(features, "VIRGL") || strstr(features, "virgl"))
		l->m->needs_3d = true;
}

/* Ids start over: nothing waits. */
static void start_over(struct view_loader *l)
{
	memset(l->pending, 0, sizeof(l->pending));
	memset(l->queue_rows, 0, sizeof(l->queue_rows));
	memset(l->context_rows, 0, sizeof(l->context_rows));
	l->wait_count = 0;
}

void view_loader_init(struct view_loader *l, struct view_model *m)
{
	l->m = m;
	view_lanes_init(m);
	view_fences_init(m);
}

int view_loader_add(struct view_loader *l, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_epoch epoch;

	if (!l->started)
		l->m->start_ns = r->time_ns;
	l->started = true;
	switch (r->type) {
	case VGPU_TRACE_HEADER:
		add_header(l, r);
		start_over(l);
		l->scanouts = (struct vgpu_scanouts) { 0 };
		l->chosen = false;
		return 0;
	case VGPU_TRACE_EPOCH:
		start_over(l);
		if (!vgpu_trace_parse_epoch(r, &epoch) &&
		    (!l->chosen || epoch.device == l->device_index))
			l->scanouts = (struct vgpu_scanouts) { 0 };
		return 0;
	case VGPU_TRACE_SNAPSHOT:
		if (!vgpu_trace_parse_snapshot(r, &snapshot) && is_shown(l, snapshot.device))
			vgpu_scanouts_request(&l->scanouts, snapshot.request,
					      snapshot.request_size);
		return 0;
	case VGPU_TRACE_DEVICE:
		add_device(l, r);
		return 0;
	case VGPU_TRACE_CONTEXT:
		add_context(l, r);
		return 0;
	case VGPU_TRACE_COMMAND:
		return add_command(l, r);
	case VGPU_TRACE_RESPONSE:
		add_response(l, r);
		return 0;
	case VGPU_TRACE_STAGE:
		return view_fences_add(l, r);
	case VGPU_TRACE_LOST:
		return add_lost(l, r);
	default:
		return 0;
	}
}

int view_loader_end(struct view_loader *l)
{
	return l->strays ? view_lanes_sort(l->m) : 0;
}
