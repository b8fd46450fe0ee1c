/* SPDX-License-Identifier: MIT */
/*
 * What the device wrote for the guest. Its pages come before the answer that they belong to, but
 * between those of commands that are queued meanwhile: they wait here.
 */
#include <errno.h>
#include <stdlib.h>

#include "drain.h"

#define WAITING_MAX 16384u /* pages: 64 MiB */

void record_readbacks_finish(struct record_readbacks *b)
{
	free(b->pages);
	*b = (struct record_readbacks) { 0 };
}

int record_readbacks_page(struct record_readbacks *b, const struct record_page *p)
{
	struct record_page *bigger;
	size_t room = b->room ? b->room * 2 : 16;

	/* Their answers were lost, or it is one of more than that. */
	if (b->count == WAITING_MAX) {
		b->lost += b->count;
		b->count = 0;
	}
	if (b->count == b->room) {
		bigger = realloc(b->pages, room * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		b->pages = bigger;
		b->room = room;
	}
	b->pages[b->count++] = *p;
	return 0;
}

/* The bytes of a page that have an address. */
static int readback_write(struct record_drain *d, struct vgpu_trace_writer *writer, uint64_t id,
			  uint32_t device, const struct record_page *p)
{
	const struct record_backing *backing =
		record_backings_get(&d->backings, device, p->resource);
	uint64_t offset = (uint64_t)p->page << RECORD_PAGE_SHIFT | p->begin, room;
	struct vgpu_trace_readback r = { .id = id, .space = device };
	size_t done = 0;
	int error = 0;

	while (backing && done < p->size && !error) {
		room = record_backing_find(backing, offset + done, &r.address);
		if (!room)
			break;
		r.bytes = p->bytes + done;
		r.size = room < p->size - done ? room : p->size - done;
		done += r.size;
		error = vgpu_trace_write_readback(writer, d->time_ns, &r);
	}
	return error;
}

int record_readbacks_answer(struct record_drain *d, const struct record_response *r,
			    uint32_t device, struct vgpu_trace_writer *writer, uint64_t id)
{
	struct record_readbacks *b = &d->readbacks;
	size_t left = 0;
	int error = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (b->pages[i].key != r->key)
			b->pages[left++] = b->pages[i];
		else if (writer && !error)
			error = readback_write(d, writer, id, device, &b->pages[i]);
	}
	b->count = left;
	return error;
}
