/* SPDX-License-Identifier: MIT */
/*
 * The moments on a command's way, as STAGE records: its thread's ioctl, the interrupt that brought
 * the answer, and the waits for its fence.
 */
#include <vgpu/codec.h>

#include "record.h"

static int write_stage(struct record_drain *d, uint64_t time_ns, uint64_t id, uint32_t stage,
		       uint32_t tid)
{
	struct vgpu_trace_stage record = { .id = id, .stage = stage, .tid = tid };

	return vgpu_trace_write_stage(d->writer, time_ns, &record);
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

int record_stages_command(struct record_drain *d, const struct record_command *c, uint64_t id)
{
	struct record_ioctl *in;
	int error = 0;

	if (!d->with_stages)
		return 0;
	if (c->response_size)
		error = record_map_put(&d->stages.queued, id, c->event.time_ns);
	if (error || !c->ioctl_ns)
		return error;
	in = find_ioctl(&d->stages, c->tid);
	if (!in)
		in = new_ioctl(&d->stages, c->tid);
	if (in && in->count < RECORD_QUEUED_MAX)
		in->ids[in->count++] = id;
	return write_stage(d, c->ioctl_ns, id, VGPU_TRACE_STAGE_IOCTL_ENTER, c->tid);
}

int record_stages_response(struct record_drain *d, uint32_t device, uint64_t id)
{
	uint64_t queued, at = 0;

	if (!record_map_remove(&d->stages.queued, id, &queued))
		return 0;
	/* The cursor queue gives no answers. */
	for (uint32_t i = 0; i < d->device_count; i++)
		if (d->devices[i].number == device)
			at = d->devices[i].interrupt_ns[0];
	/*
	 * One from before the command brought others' answers, and this one came along; one that
	 * broke into the taking of the answer is the next one's.
	 */
	if (at < queued || at > d->time_ns)
		return 0;
	return write_stage(d, at, id, VGPU_TRACE_STAGE_INTERRUPT, 0);
}

static int take_exit(struct record_drain *d, const struct record_moment *m)
{
	struct record_ioctl *in = find_ioctl(&d->stages, m->tid);
	uint32_t count = in ? in->count : 0;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++)
		error = write_stage(d, m->event.time_ns, in->ids[i], VGPU_TRACE_STAGE_IOCTL_EXIT,
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

static int take_wait(struct record_drain *d, const struct record_moment *m)
{
	uint64_t id, *found;
	int error;

	if (m->event.type == RECORD_WAIT_END) {
		if (!record_map_remove(&d->stages.waits, m->tid, &id))
			return 0;
		return write_stage(d, m->event.time_ns, id, VGPU_TRACE_STAGE_WAIT_END, m->tid);
	}
	/* A fence that is not there any more has been signalled: nobody waits for it long. */
	found = record_map_get(&d->fences, m->what);
	if (!found)
		return 0;
	id = *found;
	error = record_map_put(&d->stages.waits, m->tid, id);
	if (error)
		return error;
	return write_stage(d, m->event.time_ns, id, VGPU_TRACE_STAGE_WAIT_BEGIN, m->tid);
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
	default:
		return take_wait(d, m);
	}
}

void record_stages_finish(struct record_stages *s)
{
	record_map_finish(&s->queued);
	record_map_finish(&s->waits);
}
