/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "devices.h"
#include "parts.h"
#include "request.h"

/* Commands that wait for their answer, by the low bits of their id. Rings are far smaller. */
#define PENDING_SIZE  16384u
#define CONTEXT_SLOTS 1024u
#define QUEUES        2u /* control, cursor; what else a trace says counts as the latter */
#define STALL_NS      100000000u

struct pending {
	uint64_t id; /* 0: free */
	uint64_t time_ns;
	struct group *group; /* NULL: is not counted */
	uint32_t pid, ctx_id;
	uint32_t epoch, wait_epoch; /* the profile's, when it was queued */
	uint8_t queue;
	bool expected, answered;
};

struct vgpu_profile {
	struct vgpu_profile_options options;
	struct vgpu_profile_totals t;
	struct groups groups;
	struct depth depths[QUEUES];
	struct pace paces[DEVICES_APART][VGPU_MAX_SCANOUTS];
	struct vgpu_profile_stalls stalls;
	/*
	 * When ids start over what is pending is void, when answers were lost nobody knows what still
	 * waits: then these are counted up, so that a hostile trace full of such records is quick.
	 */
	uint32_t epoch, wait_epoch;
	uint64_t open;     /* commands of this epoch whose answer may come */
	uint32_t waiting;  /* of this wait_epoch, over all queues */
	uint64_t quiet_ns; /* since then no answer came, though one was awaited */
	struct talkers processes, contexts;
	struct resources resources;
	struct devices devices;
	/* Which contexts speak virgl, by the low bits of their id. */
	struct {
		uint32_t ctx_id, epoch;
		bool virgl;
	} languages[CONTEXT_SLOTS];
	struct pending pending[PENDING_SIZE];
};

struct vgpu_profile *vgpu_profile_create(const struct vgpu_profile_options *options)
{
	struct vgpu_profile *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (options)
		p->options = *options;
	if (!p->options.stall_ns)
		p->options.stall_ns = STALL_NS;
	return p;
}

void vgpu_profile_destroy(struct vgpu_profile *p)
{
	if (!p)
		return;
	groups_finish(&p->groups);
	for (unsigned int i = 0; i < DEVICES_APART; i++)
		for (unsigned int k = 0; k < VGPU_MAX_SCANOUTS; k++)
			histogram_finish(&p->paces[i][k].interval);
	free(p);
}

static void pass_time(struct vgpu_profile *p, uint64_t time_ns)
{
	if (!p->t.commands || time_ns < p->t.first_ns)
		p->t.first_ns = time_ns;
	if (time_ns > p->t.last_ns)
		p->t.last_ns = time_ns;
}

/* It waits no longer. */
static void release(struct vgpu_profile *p, const struct pending *slot, uint64_t time_ns)
{
	struct depth *depth = &p->depths[slot->queue];

	if (slot->wait_epoch != p->wait_epoch)
		return;
	p->waiting--;
	depth_set(depth, time_ns, depth->now - 1);
}

static bool is_open(const struct vgpu_profile *p, const struct pending *slot)
{
	return slot->id && slot->epoch == p->epoch && slot->group && slot->expected &&
	       !slot->answered;
}

/* No answer will come to it. */
static void give_up(struct vgpu_profile *p, struct pending *slot)
{
	if (is_open(p, slot)) {
		p->t.unanswered++;
		p->open--;
		release(p, slot, p->t.last_ns);
	}
	slot->id = 0;
}

static void nobody_waits(struct vgpu_profile *p)
{
	for (unsigned int i = 0; i < QUEUES; i++)
		if (p->depths[i].started)
			depth_set(&p->depths[i], p->t.last_ns, 0);
	p->waiting = 0;
	p->wait_epoch++;
}

static void forget(struct vgpu_profile *p)
{
	p->t.unanswered += p->open;
	p->open = 0;
	nobody_waits(p);
	p->epoch++;
}

static void set_language(struct vgpu_profile *p, uint32_t ctx_id, uint32_t capset)
{
	p->languages[ctx_id % CONTEXT_SLOTS].ctx_id = ctx_id;
	p->languages[ctx_id % CONTEXT_SLOTS].epoch = p->epoch;
	p->languages[ctx_id % CONTEXT_SLOTS].virgl = !capset || capset == VGPU_CAPSET_VIRGL ||
						     capset == VGPU_CAPSET_VIRGL2;
}

static bool speaks_virgl(const struct vgpu_profile *p, uint32_t ctx_id)
{
	return ctx_id && p->languages[ctx_id % CONTEXT_SLOTS].ctx_id == ctx_id &&
	       p->languages[ctx_id % CONTEXT_SLOTS].epoch == p->epoch &&
	       p->languages[ctx_id % CONTEXT_SLOTS].virgl;
}

static struct group *group_of(struct vgpu_profile *p, const struct vgpu_trace_command *c,
			      const struct vgpu_ctrl_hdr *hdr)
{
	struct group_key key = { .fenced = hdr->flags & VGPU_FLAG_FENCE };

	if (p->options.by & VGPU_PROFILE_BY_TYPE)
		key.type = hdr->type;
	if (p->options.by & VGPU_PROFILE_BY_CTX)
		key.ctx_id = hdr->ctx_id;
	if (p->options.by & VGPU_PROFILE_BY_PROCESS)
		key.pid = c->pid;
	if (p->options.by & VGPU_PROFILE_BY_QUEUE)
		key.queue = c->queue;
	return groups_find(&p->groups, &key);
}

static void talk(struct talkers *t, uint32_t id, size_t bytes)
{
	struct vgpu_profile_talker *talker = talkers_find(t, id);

	talker->commands++;
	sum_add(&talker->bytes, bytes);
}

static int count_command(struct vgpu_profile *p, const struct vgpu_trace_record *r,
			 const struct vgpu_trace_command *c, const struct vgpu_ctrl_hdr *hdr,
			 struct pending *slot)
{
	struct depth *depth = &p->depths[slot->queue];
	struct group *group = group_of(p, c, hdr);

	if (!group)
		return -ENOMEM;
	slot->group = group;
	group->commands++;
	sum_add(&group->bytes, c->request_size);
	pass_time(p, r->time_ns);
	p->t.commands++;
	sum_add(&p->t.request_bytes, c->request_size);
	p->stalls.full += c->free_slots == 0;
	if (c->pid)
		talk(&p->processes, c->pid, c->request_size);
	if (hdr->ctx_id)
		talk(&p->contexts, hdr->ctx_id, c->request_size);
	depth->commands++;
	if (slot->expected) {
		p->open++;
		if (!p->waiting++)
			p->quiet_ns = r->time_ns;
		depth_set(depth, r->time_ns, depth->now + 1);
	}
	return 0;
}

static int add_command(struct vgpu_profile *p, const struct vgpu_trace_record *r, bool counted)
{
	struct vgpu_trace_command c;
	struct vgpu_scanouts *scanouts;
	struct vgpu_ctx_create create;
	struct vgpu_ctrl_hdr hdr;
	struct pending *slot;
	uint32_t shown;
	int err = 0;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	hdr = request_head(c.request, c.request_size);
	slot = &p->pending[c.id % PENDING_SIZE];
	give_up(p, slot);
	*slot = (struct pending) {
		.id = c.id,
		.time_ns = r->time_ns,
		.pid = c.pid,
		.ctx_id = hdr.ctx_id,
		.epoch = p->epoch,
		.wait_epoch = p->wait_epoch,
		.queue = c.queue ? 1 : 0,
		.expected = c.response_size > 0,
	};
	if (counted)
		err = count_command(p, r, &c, &hdr, slot);
	if (hdr.type == VGPU_CMD_CTX_CREATE &&
	    vgpu_decode_ctx_create(c.request, c.request_size, &create) == 0)
		set_language(p, hdr.ctx_id, create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK);
	resources_request(&p->resources, &hdr, c.request, c.request_size,
			  speaks_virgl(p, hdr.ctx_id), counted);
	scanouts = devices_scanouts(&p->devices, c.device);
	shown = vgpu_scanouts_request(scanouts, c.request, c.request_size);
	for (; counted && shown && !err; shown &= shown - 1)
		err = pace_frame(&p->paces[device_place(c.device)][__builtin_ctz(shown)],
				 r->time_ns, scanouts->flips >> __builtin_ctz(shown) & 1);
	return err;
}

static void add_stall(struct vgpu_profile *p, uint64_t end_ns, uint64_t id)
{
	struct vgpu_profile_stall stall = { p->quiet_ns, end_ns - p->quiet_ns, id };
	struct vgpu_profile_stalls *s = &p->stalls;
	unsigned int room = sizeof(s->longest) / sizeof(s->longest[0]), i;

	if (end_ns <= p->quiet_ns || stall.length_ns < p->options.stall_ns)
		return;
	s->count++;
	sum_add(&s->total_ns, stall.length_ns);
	for (i = s->n_longest; i && s->longest[i - 1].length_ns < stall.length_ns; i--)
		if (i < room)
			s->longest[i] = s->longest[i - 1];
	if (i == room)
		return;
	s->longest[i] = stall;
	s->n_longest += s->n_longest < room;
}

static int add_response(struct vgpu_profile *p, const struct vgpu_trace_record *r, bool counted)
{
	struct vgpu_trace_response response;
	struct pending *slot;
	uint64_t latency;

	if (!counted || vgpu_trace_parse_response(r, &response) || !response.id)
		return 0;
	slot = &p->pending[response.id % PENDING_SIZE];
	if (slot->id != response.id || slot->epoch != p->epoch || !slot->group || slot->answered)
		return 0;
	slot->answered = true;
	latency = r->time_ns > slot->time_ns ? r->time_ns - slot->time_ns : 0;
	pass_time(p, r->time_ns);
	p->t.responses++;
	if (slot->expected) {
		if (slot->wait_epoch == p->wait_epoch)
			add_stall(p, r->time_ns, slot->id);
		p->open--;
		p->quiet_ns = r->time_ns;
		release(p, slot, r->time_ns);
	}
	/* Cursor commands are taken back without an answer to read. */
	if (response.response_size >= VGPU_CTRL_HDR_SIZE &&
	    response_is_error(get32(response.response))) {
		slot->group->errors++;
		p->t.errors++;
	}
	if (slot->pid)
		sum_add(&talkers_find(&p->processes, slot->pid)->waited_ns, latency);
	if (slot->ctx_id)
		sum_add(&talkers_find(&p->contexts, slot->ctx_id)->waited_ns, latency);
	return groups_add_latency(&p->groups, slot->group, VGPU_PROFILE_RESPONSE, latency);
}

static int add_stage(struct vgpu_profile *p, const struct vgpu_trace_record *r, bool counted)
{
	struct vgpu_trace_stage stage;
	struct pending *slot;

	if (!counted || vgpu_trace_parse_stage(r, &stage) || !stage.id || !stage.stage)
		return 0;
	slot = &p->pending[stage.id % PENDING_SIZE];
	if (slot->id != stage.id || slot->epoch != p->epoch || !slot->group)
		return 0;
	/* An ioctl is entered before it queues. */
	return groups_add_latency(&p->groups, slot->group, stage.stage,
				  r->time_ns > slot->time_ns ? r->time_ns - slot->time_ns
							     : slot->time_ns - r->time_ns);
}

static void add_process(struct vgpu_profile *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_process in;
	struct vgpu_profile_talker *talker;

	if (vgpu_trace_parse_process(r, &in))
		return;
	talker = talkers_find(&p->processes, in.pid);
	/* A process has its main thread's name, whichever thread is seen first. */
	if (!talker->others && (!talker->name[0] || in.pid == in.tid))
		memcpy(talker->name, in.comm, sizeof(talker->name));
}

int vgpu_profile_add(struct vgpu_profile *p, const struct vgpu_trace_record *r, bool counted)
{
	struct vgpu_trace_context context;
	struct vgpu_trace_epoch epoch;
	struct vgpu_trace_lost lost;

	switch (r->type) {
	case VGPU_TRACE_COMMAND:
		return add_command(p, r, counted);
	case VGPU_TRACE_RESPONSE:
		return add_response(p, r, counted);
	case VGPU_TRACE_STAGE:
		return add_stage(p, r, counted);
	case VGPU_TRACE_PROCESS:
		add_process(p, r);
		return 0;
	case VGPU_TRACE_CONTEXT:
		if (vgpu_trace_parse_context(r, &context) == 0)
			set_language(p, context.ctx_id, context.capset);
		return 0;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost) == 0) {
			sum_add(&p->t.lost, lost.count);
			if (lost.what == VGPU_TRACE_LOST_RESPONSES ||
			    lost.what == VGPU_TRACE_LOST_RECORDS)
				nobody_waits(p);
		}
		return 0;
	case VGPU_TRACE_HEADER: /* another trace, put behind the first one */
		forget(p);
		devices_forget(&p->devices);
		return 0;
	case VGPU_TRACE_EPOCH:
		forget(p);
		if (vgpu_trace_parse_epoch(r, &epoch) == 0)
			devices_reset(&p->devices, epoch.device);
		return 0;
	}
	return 0;
}

int vgpu_profile_finish(struct vgpu_profile *p)
{
	for (unsigned int i = 0; i < QUEUES; i++)
		if (p->depths[i].started)
			depth_set(&p->depths[i], p->t.last_ns, p->depths[i].now);
	p->t.unanswered += p->open;
	p->open = 0;
	/* The names go to the groups before the list that has them is sorted. */
	for (unsigned int i = 0; i < p->groups.count; i++) {
		struct group *g = p->groups.list[i];

		if (g->key.pid)
			memcpy(g->process, talkers_find(&p->processes, g->key.pid)->name,
			       sizeof(g->process));
	}
	talkers_sort(&p->processes);
	talkers_sort(&p->contexts);
	resources_sort(&p->resources);
	return groups_sort(&p->groups);
}

void vgpu_profile_totals(const struct vgpu_profile *p, struct vgpu_profile_totals *out)
{
	*out = p->t;
}

void vgpu_profile_stalls(const struct vgpu_profile *p, struct vgpu_profile_stalls *out)
{
	*out = p->stalls;
}

bool vgpu_profile_row(const struct vgpu_profile *p, size_t index, struct vgpu_profile_row *out)
{
	const struct group *g;
	uint32_t stage;

	if (index >= p->groups.row_count)
		return false;
	g = p->groups.rows[index].group;
	stage = p->groups.rows[index].stage;
	*out = (struct vgpu_profile_row) {
		.others = g->others,
		.fenced = g->key.fenced,
		.stage = stage,
		.type = g->key.type,
		.ctx_id = g->key.ctx_id,
		.pid = g->key.pid,
		.queue = g->key.queue,
		.commands = g->commands,
		.bytes = g->bytes,
		.errors = g->errors,
	};
	memcpy(out->process, g->process, sizeof(out->process));
	if (g->stages[stage])
		histogram_series(g->stages[stage], &out->latency);
	return true;
}

bool vgpu_profile_frames(const struct vgpu_profile *p, size_t index,
			 struct vgpu_profile_frames *out)
{
	for (uint32_t i = 0; i < DEVICES_APART * VGPU_MAX_SCANOUTS; i++) {
		const struct pace *pace = &p->paces[i / VGPU_MAX_SCANOUTS][i % VGPU_MAX_SCANOUTS];

		if (!pace->frames || index--)
			continue;
		pace_get(pace, out);
		out->device = i / VGPU_MAX_SCANOUTS;
		out->scanout = i % VGPU_MAX_SCANOUTS;
		return true;
	}
	return false;
}

bool vgpu_profile_depth(const struct vgpu_profile *p, size_t index, struct vgpu_profile_depth *out)
{
	for (uint32_t i = 0; i < QUEUES; i++) {
		if (!p->depths[i].commands || index--)
			continue;
		depth_get(&p->depths[i], out);
		out->queue = i;
		return true;
	}
	return false;
}

bool vgpu_profile_resource(const struct vgpu_profile *p, size_t index,
			   struct vgpu_profile_resource *out)
{
	if (index >= p->resources.top_count)
		return false;
	*out = p->resources.top[index];
	return true;
}

bool vgpu_profile_process(const struct vgpu_profile *p, size_t index,
			  struct vgpu_profile_talker *out)
{
	if (index >= p->processes.count)
		return false;
	*out = p->processes.list[index];
	return true;
}

bool vgpu_profile_context(const struct vgpu_profile *p, size_t index,
			  struct vgpu_profile_talker *out)
{
	if (index >= p->contexts.count)
		return false;
	*out = p->contexts.list[index];
	return true;
}
