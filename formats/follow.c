/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/follow.h>
#include <vgpu/scanouts.h>

#include "request.h"

#define PENDING_SIZE   4096 /* commands that wait for their answer, by the low bits of their id */
#define PROCESSES_SIZE 1024 /* by the low bits of the pid; the newest of two stays */
#define CONTEXTS_SIZE  1024
#define TRACES         16 /* that one may be put together of */
#define DEVICES        64
#define PID_SHIFT      24 /* a pid tells its trace, and so does its device's address space */
#define SPACE_SHIFT    32
#define TYPES_MAX      0x400u /* command types lie below: virtio 1.4, 5.7.6.7 */
#define TYPE_ROWS_MAX  64

/* Where a request has its ids, bytes from its start; 0: it has none. */
struct places {
	uint16_t resource, scanout;
};

struct vgpu_follow {
	uint64_t start_ns;
	bool started;
	uint64_t frames;
	uint8_t trace_of[DEVICES];
	struct vgpu_scanouts scanouts[TRACES];
	unsigned int n_rows;
	struct places rows[TYPE_ROWS_MAX];
	uint8_t row_of[TYPES_MAX]; /* 0: a type that is no command */
	struct {
		uint32_t pid;
		char comm[16];
	} processes[PROCESSES_SIZE];
	/* Counted up when ids start over: what was noted in an earlier one is void. From 1. */
	uint32_t epochs[TRACES];
	struct {
		uint32_t trace, ctx_id, capset, epoch;
	} contexts[CONTEXTS_SIZE];
	uint32_t pending_epoch[PENDING_SIZE];
	uint32_t drm_context;
	bool asks_drm[PENDING_SIZE]; /* the command is GET_CAPSET of DRM */
	struct vgpu_facts pending[PENDING_SIZE];
};

static int note_place(void *data, const struct vgpu_field *f)
{
	struct places *p = data;

	if (strcmp(f->path, "resource_id") == 0)
		p->resource = (uint16_t)f->offset;
	else if (strcmp(f->path, "scanout_id") == 0 || strcmp(f->path, "scanout") == 0 ||
		 strcmp(f->path, "pos.scanout_id") == 0)
		p->scanout = (uint16_t)f->offset;
	return 0;
}

/* The protocol's table says where the ids are. */
static void learn_places(struct vgpu_follow *f)
{
	static const uint8_t zeros[256];
	const char *name;
	uint32_t type;

	f->n_rows = 1;
	for (size_t i = 0; vgpu_value_at(VGPU_SET_CMD, i, &name, &type) == 0; i++) {
		const struct vgpu_cmd_info *info = vgpu_cmd_info(type);

		if (type >= TYPES_MAX || f->n_rows == TYPE_ROWS_MAX ||
		    info->request_size > sizeof(zeros))
			continue;
		vgpu_struct_visit(info->request, zeros, info->request_size, note_place,
				  &f->rows[f->n_rows]);
		f->row_of[type] = (uint8_t)f->n_rows++;
	}
}

struct vgpu_follow *vgpu_follow_create(void)
{
	struct vgpu_follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	for (unsigned int i = 0; i < TRACES; i++)
		f->epochs[i] = 1;
	learn_places(f);
	return f;
}

void vgpu_follow_destroy(struct vgpu_follow *f)
{
	free(f);
}

static unsigned int trace_of(const struct vgpu_follow *f, uint64_t device)
{
	return device < DEVICES ? f->trace_of[device] : 0;
}

static unsigned int context_slot(unsigned int trace, uint32_t ctx_id)
{
	return (ctx_id + trace * (CONTEXTS_SIZE / TRACES)) % CONTEXTS_SIZE;
}

static void set_capset(struct vgpu_follow *f, unsigned int trace, uint32_t ctx_id, uint32_t capset)
{
	unsigned int i = context_slot(trace, ctx_id);

	f->contexts[i].trace = trace;
	f->contexts[i].ctx_id = ctx_id;
	f->contexts[i].capset = capset;
	f->contexts[i].epoch = f->epochs[trace];
}

static bool get_capset(const struct vgpu_follow *f, unsigned int trace, uint32_t ctx_id,
		       uint32_t *capset)
{
	unsigned int i = context_slot(trace, ctx_id);

	*capset = f->contexts[i].capset;
	return f->contexts[i].trace == trace && f->contexts[i].ctx_id == ctx_id &&
	       f->contexts[i].epoch == f->epochs[trace];
}

/* What the request itself says. */
static void request_facts(struct vgpu_follow *f, struct vgpu_facts *facts, const uint8_t *request,
			  size_t size)
{
	unsigned int trace = trace_of(f, facts->value[VGPU_FILTER_device]), shown;
	struct vgpu_ctrl_hdr hdr = request_head(request, size);
	struct vgpu_ctx_create create;
	const struct places *places;
	uint32_t capset;

	vgpu_facts_set(facts, VGPU_FILTER_size, size);
	if (size < VGPU_CTRL_HDR_SIZE)
		return;
	vgpu_facts_set(facts, VGPU_FILTER_type, hdr.type);
	vgpu_facts_set(facts, VGPU_FILTER_ctx, hdr.ctx_id);
	vgpu_facts_set(facts, VGPU_FILTER_fenced, !!(hdr.flags & VGPU_FLAG_FENCE));
	if (hdr.flags & VGPU_FLAG_FENCE)
		vgpu_facts_set(facts, VGPU_FILTER_fence, hdr.fence_id);
	if (hdr.flags & VGPU_FLAG_INFO_RING_IDX)
		vgpu_facts_set(facts, VGPU_FILTER_ring, hdr.ring_idx);

	if (hdr.type == VGPU_CMD_CTX_CREATE && vgpu_decode_ctx_create(request, size, &create) == 0)
		set_capset(f, trace, hdr.ctx_id,
			   create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK);
	if (hdr.ctx_id && get_capset(f, trace, hdr.ctx_id, &capset))
		vgpu_facts_set(facts, VGPU_FILTER_capset, capset);

	places = &f->rows[hdr.type < TYPES_MAX ? f->row_of[hdr.type] : 0];
	if (places->resource && places->resource + sizeof(uint32_t) <= size)
		vgpu_facts_set(facts, VGPU_FILTER_resource, get32(request + places->resource));
	if (places->scanout && places->scanout + sizeof(uint32_t) <= size)
		vgpu_facts_set(facts, VGPU_FILTER_scanout, get32(request + places->scanout));

	shown = (unsigned int)__builtin_popcount(
		vgpu_scanouts_request(&f->scanouts[trace], request, size));
	vgpu_facts_set(facts, VGPU_FILTER_frame, f->frames + 1);
	vgpu_facts_set(facts, VGPU_FILTER_shown, shown > 0);
	f->frames += shown;
}

uint32_t vgpu_follow_drm_context(const struct vgpu_follow *f)
{
	return f->drm_context;
}

/* Times count from the first. */
static void start(struct vgpu_follow *f, uint64_t time_ns)
{
	if (!f->started)
		f->start_ns = time_ns;
	f->started = true;
}

const struct vgpu_facts *vgpu_follow_command(struct vgpu_follow *f, uint64_t time_ns,
					     const struct vgpu_trace_command *c)
{
	struct vgpu_facts *facts;

	start(f, time_ns);
	facts = &f->pending[c->id % PENDING_SIZE];
	f->pending_epoch[c->id % PENDING_SIZE] = f->epochs[trace_of(f, c->device)];
	facts->known = 0;
	facts->process[0] = '\0';
	vgpu_facts_set(facts, VGPU_FILTER_num, c->id);
	vgpu_facts_set(facts, VGPU_FILTER_time, time_ns - f->start_ns);
	vgpu_facts_set(facts, VGPU_FILTER_queue, c->queue);
	vgpu_facts_set(facts, VGPU_FILTER_device, c->device);
	if (c->seqno)
		vgpu_facts_set(facts, VGPU_FILTER_seqno, c->seqno);
	if (c->free_slots != UINT32_MAX)
		vgpu_facts_set(facts, VGPU_FILTER_free, c->free_slots);
	if (c->pid)
		vgpu_facts_set(facts, VGPU_FILTER_pid, c->pid);
	if (c->tid)
		vgpu_facts_set(facts, VGPU_FILTER_tid, c->tid);
	if (c->pid && f->processes[c->pid % PROCESSES_SIZE].pid == c->pid) {
		facts->known |= (uint64_t)1 << VGPU_FILTER_process;
		memcpy(facts->process, f->processes[c->pid % PROCESSES_SIZE].comm,
		       sizeof(facts->process));
	}
	f->asks_drm[c->id % PENDING_SIZE] = vgpu_drm_context_asked(c->request, c->request_size);
	request_facts(f, facts, c->request, c->request_size);
	return facts;
}

static const struct vgpu_facts *follow_command(struct vgpu_follow *f,
					       const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;

	return vgpu_trace_parse_command(r, &c) ? NULL : vgpu_follow_command(f, r->time_ns, &c);
}

static const struct vgpu_facts *follow_response(struct vgpu_follow *f,
						const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct vgpu_facts *facts;
	uint64_t queued_ns;
	uint32_t type;

	if (vgpu_trace_parse_response(r, &response))
		return NULL;
	facts = &f->pending[response.id % PENDING_SIZE];
	if (f->pending_epoch[response.id % PENDING_SIZE] !=
		    f->epochs[trace_of(f, facts->value[VGPU_FILTER_device])] ||
	    facts->value[VGPU_FILTER_num] != response.id)
		return NULL;
	queued_ns = f->start_ns + facts->value[VGPU_FILTER_time];
	vgpu_facts_set(facts, VGPU_FILTER_answered, 1);
	vgpu_facts_set(facts, VGPU_FILTER_latency,
		       r->time_ns > queued_ns ? r->time_ns - queued_ns : 0);
	/* Cursor commands are taken back without an answer to read. */
	if (response.response_size >= VGPU_CTRL_HDR_SIZE) {
		type = get32(response.response);
		vgpu_facts_set(facts, VGPU_FILTER_response, type);
		vgpu_facts_set(facts, VGPU_FILTER_error, response_is_error(type));
		if (f->asks_drm[response.id % PENDING_SIZE])
			f->drm_context =
				vgpu_drm_context_told(response.response, response.response_size);
	}
	return facts;
}

void vgpu_follow_process(struct vgpu_follow *f, const struct vgpu_trace_process *p)
{
	unsigned int i = p->pid % PROCESSES_SIZE;

	/* A process has its main thread's name, whichever thread is seen first. */
	if (f->processes[i].pid == p->pid && p->pid != p->tid)
		return;
	f->processes[i].pid = p->pid;
	memcpy(f->processes[i].comm, p->comm, sizeof(p->comm));
}

/* Which of the traces that were put together it is of: its DEVICE says. */
static void follow_device(struct vgpu_follow *f, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device d;
	const char *space;

	if (vgpu_trace_parse_device(r, &d) || d.device >= DEVICES)
		return;
	space = vgpu_trace_text_get(d.text, d.text_size, "space");
	f->trace_of[d.device] =
		space ? (uint8_t)((strtoull(space, NULL, 10) >> SPACE_SHIFT) % TRACES) : 0;
}

static void restart(struct vgpu_follow *f, unsigned int trace)
{
	f->epochs[trace]++;
	f->drm_context = 0;
	f->scanouts[trace] = (struct vgpu_scanouts) { 0 };
}

const struct vgpu_facts *vgpu_follow_record(struct vgpu_follow *f,
					    const struct vgpu_trace_record *r)
{
	struct vgpu_trace_context context;
	struct vgpu_trace_process process;
	struct vgpu_trace_epoch epoch;

	start(f, r->time_ns);
	switch (r->type) {
	case VGPU_TRACE_COMMAND:
		return follow_command(f, r);
	case VGPU_TRACE_RESPONSE:
		return follow_response(f, r);
	case VGPU_TRACE_PROCESS:
		if (vgpu_trace_parse_process(r, &process) == 0)
			vgpu_follow_process(f, &process);
		return NULL;
	case VGPU_TRACE_CONTEXT:
		if (vgpu_trace_parse_context(r, &context) == 0)
			set_capset(f, (context.pid >> PID_SHIFT) % TRACES, context.ctx_id,
				   context.capset);
		return NULL;
	case VGPU_TRACE_DEVICE:
		follow_device(f, r);
		return NULL;
	case VGPU_TRACE_HEADER: /* another trace, put behind the first one */
		memset(f->trace_of, 0, sizeof(f->trace_of));
		for (unsigned int i = 0; i < TRACES; i++)
			restart(f, i);
		return NULL;
	case VGPU_TRACE_EPOCH:
		if (vgpu_trace_parse_epoch(r, &epoch) == 0)
			restart(f, trace_of(f, epoch.device));
		return NULL;
	}
	return NULL;
}
