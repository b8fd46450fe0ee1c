/* SPDX-License-Identifier: MIT */
/*
 * What a device must execute to be where it is: kept from the records as they are written, and put
 * before the rest of the next file of a ring. What the device drew itself nobody can read here, so
 * the commands are kept that drew it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/remake.h>

#include "drain.h"

struct record_keeper {
	struct vgpu_remake *remake;
	bool broken; /* too much to keep, or not understood: no more */
	bool deaf;   /* what is written now is not news */
	uint64_t number;
};

/* Nobody has a device here. */
static uint64_t take(void *data, uint32_t resource)
{
	(void)data;
	(void)resource;
	return 0;
}

static void release(void *data, uint64_t token)
{
	(void)data;
	(void)token;
}

/* Where the device itself wrote: what is there only the guest knows, and need not have looked. */
static int memory(void *data, uint64_t address, void *out, size_t size)
{
	(void)data;
	(void)address;
	memset(out, 0, size);
	return 0;
}

int record_keeper_create(struct record_keeper **out, size_t memory_max)
{
	static const struct vgpu_remake_source source = { .take = take,
							  .release = release,
							  .memory = memory };
	struct record_keeper *k = calloc(1, sizeof(*k));

	*out = k;
	if (!k)
		return -ENOMEM;
	if (!vgpu_remake_create(&k->remake, &source, memory_max))
		return 0;
	free(k);
	*out = NULL;
	return -ENOMEM;
}

void record_keeper_destroy(struct record_keeper *k)
{
	if (!k)
		return;
	vgpu_remake_destroy(k->remake);
	free(k);
}

void record_keeper_add(void *keeper, const struct vgpu_trace_record *record)
{
	struct record_keeper *k = keeper;
	struct vgpu_trace_record r = *record;

	/* END comes in another thread, when a file is finished. */
	if (r.type == VGPU_TRACE_RESPONSE || r.type == VGPU_TRACE_STAGE || r.type == VGPU_TRACE_END)
		return;
	if (k->deaf || k->broken)
		return;
	/* Each file numbers its records; for what is kept they are one row. */
	r.number = k->number++;
	/* 1: all that came before would have to be given again, and it is gone. */
	if (vgpu_remake_add(k->remake, &r)) {
		k->broken = true;
		vgpu_remake_destroy(k->remake);
		k->remake = NULL;
	}
}

void record_keeper_listen(struct record_keeper *k, bool listen)
{
	if (k)
		k->deaf = !listen;
}

static int give(void *data, uint64_t token)
{
	(void)data;
	(void)token;
	return 0;
}

/* Through the shadow, which knows then what the new file's reader has. */
static int write_memory(struct record_drain *d, const struct vgpu_trace_memory *m)
{
	size_t part;
	int error = 0;

	for (size_t at = 0; at < m->size && !error; at += part) {
		uint64_t address = m->address + at;

		part = RECORD_PAGE_SIZE - (address & (RECORD_PAGE_SIZE - 1));
		if (part > m->size - at)
			part = m->size - at;
		error = record_shadow_update(d->shadow, m->space, address, m->bytes + at, part,
					     record_drain_emit, d);
	}
	return error;
}

static int write_record(void *data, const struct vgpu_trace_record *r)
{
	struct record_drain *d = data;
	struct vgpu_trace_memory m;
	int error;

	if (!vgpu_trace_parse_memory(r, &m))
		return write_memory(d, &m);
	error = record_drain_flush(d);
	return error ? error
		     : vgpu_trace_write(d->writer, r->type, 0, d->time_ns, r->body, r->body_size);
}

struct vgpu_remake_point *record_keeper_point(struct record_keeper *k)
{
	struct vgpu_remake_point *point = NULL;

	/* Without it the file begins with less. */
	if (k && !k->broken && vgpu_remake_point_create(k->remake, 0, &point))
		k->broken = true;
	return point;
}

int record_keeper_play(struct record_drain *d, struct vgpu_remake_point *point)
{
	const struct vgpu_remake_sink sink = { .data = d, .record = write_record, .give = give };
	int error = vgpu_remake_point_play(point, &sink);

	return error ? error : record_drain_flush(d);
}
