/* SPDX-License-Identifier: MIT */
/*
 * From the page ring to the trace: guest memory becomes MEMORY records, of what its reader does not
 * have yet; bytes of long requests wait for their command.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drain.h"

#define UNFINISHED_S 1 /* how long another CPU may take to finish a page */

int record_drain_flush(struct record_drain *d)
{
	struct vgpu_trace_memory m = {
		.space = d->run_space,
		.address = d->run_address,
		.bytes = d->run,
		.size = d->run_size,
	};

	if (!d->run_size)
		return 0;
	d->run_size = 0;
	return vgpu_trace_write_memory(d->writer, d->time_ns, &m);
}

int record_drain_emit(void *data, uint64_t space, uint64_t address, const uint8_t *bytes,
		      size_t size)
{
	struct record_drain *d = data;
	int error;

	if (d->run_size && (space != d->run_space || address != d->run_address + d->run_size ||
			    size > RECORD_RUN_MAX - d->run_size)) {
		error = record_drain_flush(d);
		if (error)
			return error;
	}
	if (!d->run_size) {
		d->run_space = space;
		d->run_address = address;
	}
	memcpy(d->run + d->run_size, bytes, size);
	d->run_size += size;
	return 0;
}

static int drain_memory(struct record_drain *d, const struct record_page *p)
{
	uint64_t offset = (uint64_t)p->page << RECORD_PAGE_SHIFT | p->begin, address, room;
	const struct record_backing *backing;
	const uint8_t *bytes = p->bytes;
	size_t size = p->size, part;
	int space, error;

	if (d->skipping == p->device + 1)
		return 0;
	space = record_drain_device(d, p->device, d->time_ns);
	if (space < 0)
		return space;
	backing = record_backings_get(&d->backings, (uint32_t)space, p->resource);
	while (backing && size) {
		room = record_backing_find(backing, offset, &address);
		if (!room)
			break;
		part = RECORD_PAGE_SIZE - (address & (RECORD_PAGE_SIZE - 1));
		if (part > room)
			part = room;
		if (part > size)
			part = size;
		if (backing->unstable)
			record_shadow_forget(d->shadow, (uint64_t)space, address, part);
		error = record_shadow_update(d->shadow, (uint64_t)space, address, bytes, part,
					     record_drain_emit, d);
		if (error)
			return error;
		bytes += part;
		offset += part;
		size -= part;
	}
	return 0;
}

static int drain_tail(struct record_drain *d, const struct record_page *p)
{
	uint8_t *bigger;
	size_t room = d->tail_room ? d->tail_room : 64u << 10;

	while (room < d->tail_size + p->size)
		room *= 2;
	if (room > d->tail_room) {
		bigger = realloc(d->tail, room);
		if (!bigger)
			return -ENOMEM;
		d->tail = bigger;
		d->tail_room = room;
	}
	memcpy(d->tail + d->tail_size, p->bytes, p->size);
	d->tail_size += p->size;
	return 0;
}

static int drain_page(struct record_drain *d, const struct record_page *p)
{
	if (p->kind == RECORD_PAGE_READBACK)
		return record_readbacks_page(&d->readbacks, p);
	d->ahead = true; /* until the command is here */
	return p->kind == RECORD_PAGE_MEMORY ? drain_memory(d, p) : drain_tail(d, p);
}

int record_drain_pages(struct record_drain *d, uint64_t limit, bool wait)
{
	struct timespec start, now;
	const struct record_page *p;
	size_t size;
	int error;

	if (limit > record_ring_produced(d->pages))
		limit = record_ring_produced(d->pages);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (record_ring_consumed(d->pages) < limit) {
		p = record_ring_peek(d->pages, &size);
		if (!p) {
			if (!wait || record_ring_consumed(d->pages) >= limit)
				return 0;
			/* Only another device's command can be in the way, and not for long. */
			clock_gettime(CLOCK_MONOTONIC, &now);
			if (now.tv_sec - start.tv_sec > UNFINISHED_S)
				return 0;
			sched_yield();
			continue;
		}
		error = size == sizeof(*p) && p->size <= RECORD_PAGE_SIZE ? drain_page(d, p) : 0;
		record_ring_pop(d->pages);
		if (error)
			return error;
	}
	return 0;
}
