/* SPDX-License-Identifier: MIT */
/* A trace as Perfetto's track events: formats/export.md says which tracks. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/follow.h>
#include <vgpu/protocol.h>

#include "devices.h"
#include "export.h"
#include "perfetto-lanes.h"

#define PENDING_SIZE 16384 /* commands, by the low bits of their number */
#define SEEN_SIZE    4096  /* threads, by the low bits of their tid */
#define NAMES_SIZE   1024  /* contexts, by the low bits of their id */
#define ANSWERED_MAX 16    /* fenced commands whose signal may still come */

enum {
	KIND_LANE, /* perfetto-lanes.c's */
	KIND_DEVICE,
	KIND_QUEUE,
	KIND_DEPTH,
	KIND_FREE,
	KIND_CONTEXT,
	KIND_RING,
	KIND_FENCES,
	KIND_SCANOUT,
	KIND_STAGE,
	KIND_PROCESS,
	KIND_THREAD,
	KIND_FLOW,
};

/* A slice that is open. */
struct slice {
	struct timeline *line; /* NULL: none */
	unsigned int lane;
	uint64_t begin_ns;
};

struct pending {
	uint64_t id; /* 0: free */
	struct slice queue, context, fence;
	uint64_t answered_ns;
};

struct perfetto {
	struct pf_writer *writer;
	struct timelines *lines;
	struct vgpu_follow *follow;
	enum vgpu_dialect dialect;
	uint64_t trace;
	uint64_t origin; /* of this trace: realtime - monotonic */
	uint64_t shift;  /* ns added to its times, to be on the first trace's clock */
	uint64_t time_ns;
	struct pending pending[PENDING_SIZE];
	uint64_t answered[ANSWERED_MAX]; /* ids, oldest first */
	unsigned int n_answered;
	struct devices devices;
	struct slice frames[DEVICES_APART][VGPU_MAX_SCANOUTS];
	uint32_t seen[SEEN_SIZE];
	struct {
		uint32_t ctx_id;
		char name[32];
	} names[NAMES_SIZE];
};

static uint64_t key(const struct perfetto *x, unsigned int kind, uint64_t a, uint64_t b)
{
	return track_key(kind, x->trace, a, b);
}

static uint64_t fact(const struct vgpu_facts *f, enum vgpu_filter_field field)
{
	return vgpu_facts_know(f, field) ? f->value[field] : 0;
}

static void put_arg(struct pf_event *e, enum pf_arg arg, uint64_t value)
{
	e->has |= 1u << arg;
	e->args[arg] = value;
}

/* Begin a slice on a timeline; `e` has all but type, time and track. */
static void begin(struct perfetto *x, struct slice *s, struct timeline *line, struct pf_event *e)
{
	unsigned int lane = lane_take(x->lines, line, x->time_ns);

	s->line = NULL;
	if (lane == LANE_OFF)
		return;
	*s = (struct slice) { line, lane, x->time_ns };
	e->type = PF_BEGIN;
	e->time_ns = x->time_ns;
	e->track = lane_track(line, lane);
	pf_event(x->writer, e);
}

static void end(struct perfetto *x, struct slice *s, uint64_t time_ns, const char *response)
{
	struct pf_event e = { .type = PF_END, .response = response };

	if (!s->line)
		return;
	e.time_ns = time_ns > s->begin_ns ? time_ns : s->begin_ns;
	e.track = lane_track(s->line, s->lane);
	e.has = response ? 1u << PF_ARG_RESPONSE : 0;
	pf_event(x->writer, &e);
	lane_release(s->line, s->lane, e.time_ns);
	s->line = NULL;
}

/* A device's track, which the others hang on. */
static uint64_t device_track(struct perfetto *x, uint32_t device)
{
	uint64_t k = key(x, KIND_DEVICE, device, 0);
	struct timeline *line = timeline_of(x->lines, k, 0, "");
	char name[48];

	if (line && !line->in_flight) {
		line->in_flight = 1;
		snprintf(name, sizeof(name), "virtio-gpu %" PRIu32, device);
		pf_track(x->writer, k, 0, name);
	}
	return k;
}

static struct timeline *queue_line(struct perfetto *x, uint32_t device, uint32_t queue)
{
	uint64_t k = key(x, KIND_QUEUE, device, queue), parent = device_track(x, device);
	const char *name = queue ? "cursor queue" : "control queue";
	struct timeline *line = timeline_of(x->lines, k, parent, name);

	if (line && !line->lanes[0].made) {
		pf_counter_track(x->writer, key(x, KIND_DEPTH, device, queue), parent,
				 queue ? "cursor queue depth" : "control queue depth");
		pf_counter_track(x->writer, key(x, KIND_FREE, device, queue), parent,
				 queue ? "cursor ring free slots" : "control ring free slots");
	}
	return line;
}

/* The track of a context, and on it the timeline of one of its rings. */
static struct timeline *context_line(struct perfetto *x, uint32_t device, uint32_t ctx_id,
				     const struct vgpu_facts *f, bool fences)
{
	uint64_t k = key(x, KIND_CONTEXT, device, ctx_id);
	bool ring = vgpu_facts_know(f, VGPU_FILTER_ring);
	uint64_t ring_idx = fact(f, VGPU_FILTER_ring);
	struct timeline *line = timeline_of(x->lines, k, 0, "");
	const char *what = fences ? "fences" : "commands";
	char name[64];

	if (line && !line->in_flight) {
		const char *about = x->names[ctx_id % NAMES_SIZE].ctx_id == ctx_id
					    ? x->names[ctx_id % NAMES_SIZE].name
					    : "";

		line->in_flight = 1;
		snprintf(name, sizeof(name),
			 *about ? "context %" PRIu32 " (%s)" : "context %" PRIu32, ctx_id, about);
		pf_track(x->writer, k, device_track(x, device), name);
	}
	if (ring)
		snprintf(name, sizeof(name), "ring %" PRIu64 " %s", ring_idx, what);
	else
		snprintf(name, sizeof(name), "%s", what);
	return timeline_of(x->lines,
			   track_key(fences ? KIND_FENCES : KIND_RING, k, ring ? ring_idx + 1 : 0,
				     0),
			   k, name);
}

/* The timeline that a fence is on: that of its context's ring, or the common one. */
static struct timeline *fence_line(struct perfetto *x, uint32_t device, const struct vgpu_facts *f)
{
	if (vgpu_facts_know(f, VGPU_FILTER_ring))
		return context_line(x, device, (uint32_t)fact(f, VGPU_FILTER_ctx), f, true);
	return timeline_of(x->lines, key(x, KIND_FENCES, device, 0), device_track(x, device),
			   "fences");
}

static void make_thread(struct perfetto *x, uint32_t pid, uint32_t tid, const char *comm)
{
	if (x->seen[tid % SEEN_SIZE] == tid)
		return;
	x->seen[tid % SEEN_SIZE] = tid;
	pf_process_track(x->writer, key(x, KIND_PROCESS, pid, 0), pid, comm);
	pf_thread_track(x->writer, key(x, KIND_THREAD, tid, 0), pid, tid, comm);
}

static uint64_t flow_of(const struct perfetto *x, uint64_t id)
{
	return key(x, KIND_FLOW, id, 0);
}

static void put_frames(struct perfetto *x, const struct vgpu_trace_command *c)
{
	struct vgpu_scanouts *scanouts = devices_scanouts(&x->devices, c->device);
	uint32_t mask = vgpu_scanouts_request(scanouts, c->request, c->request_size);
	struct slice *frames = x->frames[device_place(c->device)];
	char name[32];

	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		struct pf_event e = { .category = PF_FRAME };

		if (!(mask & 1u << i))
			continue;
		e.name = scanouts->flips >> i & 1 ? "page flip" : "update";
		snprintf(name, sizeof(name), "scanout %" PRIu32, i);
		put_arg(&e, PF_ARG_COMMAND, c->id);
		put_arg(&e, PF_ARG_RESOURCE_ID, scanouts->resource[i]);
		end(x, &frames[i], x->time_ns, NULL);
		begin(x, &frames[i],
		      timeline_of(x->lines, key(x, KIND_SCANOUT, c->device, i),
				  device_track(x, c->device), name),
		      &e);
	}
}

/* What it is, for every slice of a command. */
static struct pf_event event_of(const struct perfetto *x, const struct vgpu_trace_command *c,
				const struct vgpu_facts *f, char unknown[32])
{
	struct pf_event e = { .flow = flow_of(x, c->id) };
	uint32_t type = (uint32_t)fact(f, VGPU_FILTER_type);

	e.name = vgpu_dialect_value(x->dialect, VGPU_SET_CMD, type);
	if (!e.name) {
		snprintf(unknown, 32, "type 0x%" PRIx32, type);
		e.name = unknown;
	}
	put_arg(&e, PF_ARG_COMMAND, c->id);
	put_arg(&e, PF_ARG_SIZE, c->request_size);
	if (fact(f, VGPU_FILTER_ctx))
		put_arg(&e, PF_ARG_CTX_ID, fact(f, VGPU_FILTER_ctx));
	if (fact(f, VGPU_FILTER_resource))
		put_arg(&e, PF_ARG_RESOURCE_ID, fact(f, VGPU_FILTER_resource));
	if (vgpu_facts_know(f, VGPU_FILTER_fence))
		put_arg(&e, PF_ARG_FENCE_ID, fact(f, VGPU_FILTER_fence));
	if (c->pid)
		put_arg(&e, PF_ARG_PID, c->pid);
	if (c->seqno)
		put_arg(&e, PF_ARG_SEQNO, c->seqno);
	return e;
}

/* Fences of which no signal was seen end with their answer. */
static void close_answered(struct perfetto *x, unsigned int keep)
{
	unsigned int n = x->n_answered > keep ? x->n_answered - keep : 0;

	for (unsigned int i = 0; i < n; i++) {
		struct pending *p = &x->pending[x->answered[i] % PENDING_SIZE];

		if (p->id == x->answered[i])
			end(x, &p->fence, p->answered_ns, NULL);
	}
	x->n_answered -= n;
	memmove(x->answered, x->answered + n, x->n_answered * sizeof(x->answered[0]));
}

/*
 * Never answered, or too long ago: what is open stays open, and its lanes are not used again, as
 * what came behind would be shown within it.
 */
static void forget(struct pending *p)
{
	if (p->id && p->queue.line && !p->answered_ns)
		p->queue.line->in_flight--;
	memset(p, 0, sizeof(*p));
}

static void take_command(struct perfetto *x, const struct vgpu_trace_command *c,
			 const struct vgpu_facts *f)
{
	struct timeline *line = queue_line(x, c->device, c->queue);
	struct pending *p = &x->pending[c->id % PENDING_SIZE];
	uint32_t ctx_id = (uint32_t)fact(f, VGPU_FILTER_ctx);
	struct pf_event e, queued;
	char unknown[32];

	e = event_of(x, c, f, unknown);
	forget(p);
	p->id = c->id;
	if (c->tid) {
		make_thread(x, c->pid, c->tid, f->process);
		queued = e;
		queued.type = PF_INSTANT;
		queued.category = PF_QUEUED;
		queued.time_ns = x->time_ns;
		queued.track = key(x, KIND_THREAD, c->tid, 0);
		pf_event(x->writer, &queued);
	}
	e.category = PF_COMMAND;
	begin(x, &p->queue, line, &e);
	if (line)
		pf_counter(x->writer, x->time_ns, key(x, KIND_DEPTH, c->device, c->queue),
			   ++line->in_flight);
	if (c->free_slots != UINT32_MAX)
		pf_counter(x->writer, x->time_ns, key(x, KIND_FREE, c->device, c->queue),
			   c->free_slots);
	if (fact(f, VGPU_FILTER_fenced)) {
		struct pf_event fence = e;

		fence.category = PF_FENCE;
		fence.name = "fence";
		begin(x, &p->fence, fence_line(x, c->device, f), &fence);
	}
	if (ctx_id) {
		e.category = PF_CONTEXT;
		e.flow = 0;
		begin(x, &p->context, context_line(x, c->device, ctx_id, f, false), &e);
	}
}

static void take_response(struct perfetto *x, const struct vgpu_trace_response *response,
			  const struct vgpu_facts *f)
{
	struct pending *p = &x->pending[response->id % PENDING_SIZE];
	uint32_t queue = (uint32_t)fact(f, VGPU_FILTER_queue);
	uint32_t device = (uint32_t)fact(f, VGPU_FILTER_device);
	struct vgpu_resp_info info;
	const char *name = NULL;
	struct timeline *line;
	char unknown[32];

	if (!response->id || p->id != response->id || p->answered_ns)
		return;
	if (vgpu_facts_know(f, VGPU_FILTER_response)) {
		vgpu_dialect_resp(x->dialect, (uint32_t)fact(f, VGPU_FILTER_type),
				  (uint32_t)fact(f, VGPU_FILTER_response), &info);
		name = info.name;
		snprintf(unknown, sizeof(unknown), "type 0x%" PRIx64,
			 fact(f, VGPU_FILTER_response));
		name = name ? name : unknown;
	}
	end(x, &p->queue, x->time_ns, name);
	end(x, &p->context, x->time_ns, name);
	line = queue_line(x, device, queue);
	if (line)
		pf_counter(x->writer, x->time_ns, key(x, KIND_DEPTH, device, queue),
			   --line->in_flight);
	p->answered_ns = x->time_ns ? x->time_ns : 1;
	if (p->fence.line) {
		close_answered(x, ANSWERED_MAX - 1);
		x->answered[x->n_answered++] = response->id;
	}
}

static void take_stage(struct perfetto *x, const struct vgpu_trace_stage *s)
{
	struct pf_event e = { .type = PF_INSTANT, .category = PF_STAGE, .time_ns = x->time_ns };
	const struct pending *known = &x->pending[s->id % PENDING_SIZE];
	uint64_t k = key(x, KIND_STAGE, s->stage, 0);
	struct timeline *line;
	char unknown[32];

	e.name = vgpu_trace_stage_name(s->stage);
	if (!e.name) {
		snprintf(unknown, sizeof(unknown), "stage %" PRIu32, s->stage);
		e.name = unknown;
	}
	line = timeline_of(x->lines, k, 0, "");
	if (line && !line->in_flight) {
		line->in_flight = 1;
		pf_track(x->writer, k, device_track(x, 0), e.name);
	}
	put_arg(&e, PF_ARG_COMMAND, s->id);
	e.track = k;
	e.flow = s->id && known->id == s->id ? flow_of(x, s->id) : 0;
	e.flow_ends = s->stage == VGPU_TRACE_STAGE_FENCE_SIGNAL;
	pf_event(x->writer, &e);
	if (e.flow && e.flow_ends)
		end(x, &x->pending[s->id % PENDING_SIZE].fence, x->time_ns, NULL);
}

static void take_lost(struct perfetto *x, const struct vgpu_trace_lost *l)
{
	struct pf_event e = { .type = PF_INSTANT, .category = PF_LOSS, .time_ns = x->time_ns };
	const char *name = vgpu_trace_loss_name(l->what);

	e.name = name ? name : "something";
	e.track = device_track(x, 0);
	put_arg(&e, PF_ARG_COUNT, l->count);
	put_arg(&e, PF_ARG_BYTES, l->bytes);
	pf_event(x->writer, &e);
}

static void take_context(struct perfetto *x, const struct vgpu_trace_context *c)
{
	size_t room = sizeof(x->names[0].name) - 1;

	x->names[c->ctx_id % NAMES_SIZE].ctx_id = c->ctx_id;
	snprintf(x->names[c->ctx_id % NAMES_SIZE].name, room + 1, "%.*s",
		 (int)(c->name_size < room ? c->name_size : room), c->name_size ? c->name : "");
}

/* Nothing that is open will end. */
static void start_over(struct perfetto *x)
{
	close_answered(x, 0);
	for (unsigned int i = 0; i < PENDING_SIZE; i++)
		forget(&x->pending[i]);
}

static void end_frames(struct perfetto *x, uint32_t device)
{
	for (unsigned int i = 0; i < VGPU_MAX_SCANOUTS; i++)
		end(x, &x->frames[device_place(device)][i], x->time_ns, NULL);
	devices_reset(&x->devices, device);
}

static void end_all(struct perfetto *x)
{
	start_over(x);
	for (uint32_t i = 0; i < DEVICES_APART; i++)
		end_frames(x, i);
}

static void take_header(struct perfetto *x, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_header h;
	uint64_t origin;

	end_all(x);
	x->trace++;
	memset(x->seen, 0, sizeof(x->seen));
	memset(x->names, 0, sizeof(x->names));
	if (vgpu_trace_parse_header(r, &h))
		return;
	origin = h.realtime_ns - r->time_ns;
	if (x->trace == 1) {
		x->origin = origin;
		pf_clocks(x->writer, r->time_ns, h.realtime_ns);
	}
	/* Several traces are put on one clock: by the time of day. */
	x->shift = origin - x->origin;
}

static int perfetto_record(void *data, const struct vgpu_trace_record *r, bool chosen)
{
	const struct vgpu_facts *f;
	struct perfetto *x = data;
	union {
		struct vgpu_trace_process process;
		struct vgpu_trace_context context;
		struct vgpu_trace_command command;
		struct vgpu_trace_response response;
		struct vgpu_trace_stage stage;
		struct vgpu_trace_lost lost;
		struct vgpu_trace_snapshot snapshot;
		struct vgpu_trace_epoch epoch;
	} b;

	if (r->type == VGPU_TRACE_HEADER)
		take_header(x, r);
	x->time_ns = r->time_ns + x->shift;
	f = vgpu_follow_record(x->follow, r);
	switch (r->type) {
	case VGPU_TRACE_EPOCH:
		start_over(x);
		if (vgpu_trace_parse_epoch(r, &b.epoch) == 0)
			end_frames(x, b.epoch.device);
		break;
	case VGPU_TRACE_PROCESS:
		if (vgpu_trace_parse_process(r, &b.process) == 0 && b.process.tid)
			make_thread(x, b.process.pid, b.process.tid, b.process.comm);
		break;
	case VGPU_TRACE_CONTEXT:
		if (vgpu_trace_parse_context(r, &b.context) == 0)
			take_context(x, &b.context);
		break;
	case VGPU_TRACE_COMMAND:
		if (!f || vgpu_trace_parse_command(r, &b.command))
			break;
		if (chosen)
			take_command(x, &b.command, f);
		put_frames(x, &b.command);
		break;
	case VGPU_TRACE_RESPONSE:
		if (chosen && f && vgpu_trace_parse_response(r, &b.response) == 0)
			take_response(x, &b.response, f);
		break;
	case VGPU_TRACE_STAGE:
		if (chosen && vgpu_trace_parse_stage(r, &b.stage) == 0)
			take_stage(x, &b.stage);
		break;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &b.lost) == 0)
			take_lost(x, &b.lost);
		break;
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &b.snapshot) == 0)
			vgpu_scanouts_request(devices_scanouts(&x->devices, b.snapshot.device),
					      b.snapshot.request, b.snapshot.request_size);
		break;
	}
	return pf_error(x->writer);
}

static void perfetto_destroy(void *data)
{
	struct perfetto *x = data;

	if (!x)
		return;
	vgpu_follow_destroy(x->follow);
	timelines_destroy(x->lines);
	pf_destroy(x->writer);
	free(x);
}

static int perfetto_create(void **out, const struct export_target *target)
{
	struct perfetto *x = calloc(1, sizeof(*x));

	*out = NULL;
	if (!x)
		return -ENOMEM;
	x->dialect = target->dialect;
	x->follow = vgpu_follow_create();
	if (!x->follow || pf_create(&x->writer, target->file) ||
	    timelines_create(&x->lines, x->writer)) {
		perfetto_destroy(x);
		return -ENOMEM;
	}
	*out = x;
	return 0;
}

static int perfetto_finish(void *data)
{
	struct perfetto *x = data;

	end_all(x);
	return pf_error(x->writer);
}

const struct exporter export_perfetto = {
	.name = "perfetto",
	.suffixes = ".pftrace .perfetto-trace",
	.text = "a timeline for ui.perfetto.dev and trace_processor",
	.kind = EXPORT_STREAM,
	.create = perfetto_create,
	.record = perfetto_record,
	.finish = perfetto_finish,
	.destroy = perfetto_destroy,
};
