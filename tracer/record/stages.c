/* SPDX-License-Identifier: MIT */
/*
 * The moments on a command's way, as STAGE records: its thread's ioctl, the wait for room in the
 * ring, how the device is told, the interrupt that brought the answer, the waits for its fence.
 */
#include <string.h>

#include <vgpu/codec.h>

#include "drain.h"

int record_stages_write(struct record_drain *d, uint64_t time_ns, uint64_t id, uint32_t stage,
			uint32_t tid)
{
	struct vgpu_trace_stage record = { .id = id, .stage = stage, .tid = tid };
	struct vgpu_trace_writer *writer = record_drain_file(d, &record.id);

	if (!writer)
		return record_drain_lost(d, VGPU_TRACE_LOST_STAGES, UINT32_MAX, 1, 0, 0, time_ns);
	return vgpu_trace_write_stage(writer, time_ns, &record);
}

static struct record_ioctl *find_ioctl(struct record_stages *s, uint32_t tid)
{
	for (size_t i = 0; i < RECORD_IOCTLS_MAX; i++)
		if (s->ioctls[i].count && s->ioctls[i].tid == tid)
			return &s->ioctls[i];
	return NULL;
}

static struct record_ioctl *new_ioctl(struct record_stages *s, uint32_t tid)
{
	for (size_t i = 0; i < RECORD_IOCTLS_MAX; i++) {
		if (!s->ioctls[i].count) {
			s->ioctls[i].tid = tid;
			return &s->ioctls[i];
		}
	}
	return NULL;
}

/* The ioctl that this thread is in, for one more id; NULL: no room. */
static struct record_ioctl *open_ioctl(struct record_stages *s, uint32_t tid)
{
	struct record_ioctl *in = find_ioctl(s, tid);

	if (!in)
		in = new_ioctl(s, tid);
	return in && in->count < RECORD_QUEUED_MAX ? in : NULL;
}

static void kick_pending(struct record_stages *s, const struct record_command *c, uint64_t id)
{
	/* Nobody has told the device of the oldest for so long: its kick was lost. */
	if (s->kick_count == RECORD_KICKS_MAX)
		memmove(s->kicks, s->kicks + 1, --s->kick_count * sizeof(*s->kicks));
	s->kicks[s->kick_count++] = (struct record_kick) {
		.id = id,
		.queue_address = c->queue_address,
	};
}

int record_stages_command(struct record_drain *d, const struct record_command *c, uint64_t id)
{
	struct record_stages *s = &d->stages;
	struct record_ioctl *in;
	int error;

	if (!d->with_stages)
		return 0;
	error = record_map_put(&s->queued, id, c->event.time_ns);
	if (!error && !c->response_size && c->key)
		error = record_map_put(&s->silent, c->key, id);
	if (!error && c->full_ns)
		error = record_stages_write(d, c->full_ns, id, VGPU_TRACE_STAGE_RING_FULL, c->tid);
	if (d->with_kicks)
		kick_pending(s, c, id);
	if (error || !c->ioctl_ns)
		return error;
	in = open_ioctl(s, c->tid);
	if (in) {
		in->ids[in->count++] = id;
		in->waits = false;
	}
	return record_stages_write(d, c->ioctl_ns, id, VGPU_TRACE_STAGE_IOCTL_ENTER, c->tid);
}

int record_stages_response(struct record_drain *d, uint32_t device, uint32_t queue, uint64_t id)
{
	uint64_t queued, at = 0;

	if (!record_map_remove(&d->stages.queued, id, &queued))
		return 0;
	for (uint32_t i = 0; i < d->device_count; i++)
		if (d->devices[i].number == device)
			at = d->devices[i].interrupt_ns[queue];
	/*
	 * One from before the command brought others' answers, and this one came along; one that
	 * broke into the taking of the answer is the next one's.
	 */
	if (at < queued || at > d->time_ns)
		return 0;
	return record_stages_write(d, at, id, VGPU_TRACE_STAGE_INTERRUPT, 0);
}

static int take_exit(struct record_drain *d, const struct record_moment *m)
{
	struct record_ioctl *in = find_ioctl(&d->stages, m->tid);
	uint32_t count = in ? in->count : 0;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++)
		error = record_stages_write(d, m->event.time_ns, in->ids[i],
					    in->waits ? VGPU_TRACE_STAGE_WAIT_IOCTL_EXIT
						      : VGPU_TRACE_STAGE_IOCTL_EXIT,
					    m->tid);
	if (in)
		in->count = 0;
	return error;
}

static void take_interrupt(struct record_drain *d, const struct record_moment *m)
{
	for (uint32_t i = 0; i < d->device_count; i++)
		for (uint32_t q = 0; q < 2; q++)
			if (d->devices[i].number == m->event.device &&
			    d->devices[i].queue_address[q] == m->what)
				d->devices[i].interrupt_ns[q] = m->event.time_ns;
}

/* All that waits in this queue, or all that this thread is just telling the device of. */
static int take_kick(struct record_drain *d, const struct record_moment *m)
{
	struct record_stages *s = &d->stages;
	bool end = m->event.type == RECORD_KICK_END;
	uint32_t kept = 0;
	int error = 0;

	for (uint32_t i = 0; i < s->kick_count; i++) {
		struct record_kick *k = &s->kicks[i];
		bool begun = k->tid && k->tid == m->tid;

		if (k->queue_address != m->what || (k->tid && !begun)) {
			s->kicks[kept++] = *k;
		} else if (end == begun) {
			if (!error)
				error = record_stages_write(d, m->event.time_ns, k->id,
							    end ? VGPU_TRACE_STAGE_KICK_END
								: VGPU_TRACE_STAGE_KICK,
							    m->tid);
			k->tid = m->tid;
			if (!end && m->told)
				s->kicks[kept++] = *k;
		} else if (end) {
			s->kicks[kept++] = *k; /* queued meanwhile: the next kick's */
		}
	}
	s->kick_count = kept;
	return error;
}

static int take_dequeue(struct record_drain *d, const struct record_moment *m)
{
	uint64_t id;
	int error;

	if (!record_map_remove(&d->stages.silent, m->what, &id))
		return 0;
	error = record_stages_response(d, m->event.device, 1, id);
	return error ? error
		     : record_stages_write(d, m->event.time_ns, id, VGPU_TRACE_STAGE_DEQUEUE,
					   m->tid);
}

static int take_wait_end(struct record_drain *d, const struct record_moment *m)
{
	uint64_t id;

	if (!record_map_remove(&d->stages.waits, m->tid, &id))
		return 0;
	return record_stages_write(d, m->event.time_ns, id, VGPU_TRACE_STAGE_WAIT_END, m->tid);
}

int record_stages_wait(struct record_drain *d, const struct record_wait *w)
{
	struct record_ioctl *in;
	uint64_t id, *found;
	int error;

	d->time_ns = w->event.time_ns;
	/* A fence that is not there any more has been signalled: nobody waits for it long. */
	found = record_map_get(&d->fences, w->fence_id);
	if (!found)
		return 0;
	id = *found;
	error = record_map_put(&d->stages.waits, w->tid, id);
	/* Who waits need not have queued anything. */
	if (!error)
		error = record_drain_process(d, d->time_ns, w->pid, w->tid, w->comm);
	in = w->ioctl_ns ? open_ioctl(&d->stages, w->tid) : NULL;
	if (!error && in) {
		in->waits = true;
		in->ids[in->count++] = id;
		error = record_stages_write(d, w->ioctl_ns, id, VGPU_TRACE_STAGE_WAIT_IOCTL_ENTER,
					    w->tid);
	}
	return error ? error
		     : record_stages_write(d, d->time_ns, id, VGPU_TRACE_STAGE_WAIT_BEGIN, w->tid);
}

int record_stages_moment(struct record_drain *d, const struct record_moment *m)
{
	d->time_ns = m->event.time_ns;
	switch (m->event.type) {
	case RECORD_IOCTL_EXIT:
		return take_exit(d, m);
	case RECORD_INTERRUPT:
		take_interrupt(d, m);
		return 0;
	case RECORD_KICK:
	case RECORD_KICK_END:
		return take_kick(d, m);
	case RECORD_DEQUEUE:
		return take_dequeue(d, m);
	default:
		return take_wait_end(d, m);
	}
}

void record_stages_epoch(struct record_drain *d)
{
	d->stages.kick_count = 0;
	record_map_finish(&d->stages.silent);
}

void record_stages_finish(struct record_stages *s)
{
	record_map_finish(&s->queued);
	record_map_finish(&s->silent);
	record_map_finish(&s->waits);
}
