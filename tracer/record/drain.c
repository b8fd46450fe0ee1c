/* SPDX-License-Identifier: MIT */
/*
 * From the rings to the trace. Order in the file is the order of the command ring, which is queue
 * order: the tracepoint fires under the queue's lock. What a command makes the device read stands
 * before the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>

#include "drain.h"

#define FENCES_MAX  (64u << 10) /* that wait for their signal */
#define THREADS_MAX (64u << 10) /* remembered */
#define BURST       8192        /* events until somebody looks at clock and signals again */

int record_drain_init(struct record_drain *d, struct vgpu_trace_writer *writer,
		      struct record_ring *commands, struct record_ring *pages, size_t shadow_bytes)
{
	*d = (struct record_drain) { .writer = writer, .commands = commands, .pages = pages };
	d->request_room = RECORD_HEAD_MAX + RECORD_DATA_MAX;
	d->run = malloc(RECORD_RUN_MAX);
	d->request = malloc(d->request_room);
	if (!d->run || !d->request || record_shadow_create(&d->shadow, shadow_bytes)) {
		record_drain_finish(d);
		return -ENOMEM;
	}
	return 0;
}

void record_drain_finish(struct record_drain *d)
{
	record_shadow_destroy(d->shadow);
	record_backings_finish(&d->backings);
	record_readbacks_finish(&d->readbacks);
	record_map_finish(&d->waiting);
	record_map_finish(&d->fences);
	record_map_finish(&d->threads);
	record_map_finish(&d->foreign);
	record_stages_finish(&d->stages);
	record_turns_finish(d);
	free(d->run);
	free(d->request);
	free(d->tail);
	*d = (struct record_drain) { 0 };
}

struct vgpu_trace_writer *record_drain_file(const struct record_drain *d, uint64_t *id)
{
	if (*id > d->begun) {
		*id -= d->begun;
		return d->writer;
	}
	if (d->last && *id > d->last_begun) {
		*id -= d->last_begun;
		return d->last;
	}
	return NULL;
}

int record_drain_describe(struct record_drain *d, uint32_t index, bool told, uint64_t now)
{
	struct record_text text = { .size = 0 };
	struct vgpu_trace_device device = { .device = index, .text = text.bytes };
	int error = record_drain_flush(d);

	record_device_describe(d->devices[index].number, &text);
	/* Behind an IOMMU each device has addresses of its own. */
	if (index)
		record_text_add(&text, "space", "%" PRIu32, index);
	if (told && d->describe)
		d->describe(d->describe_data, d->devices[index].number, &text);
	device.text_size = text.size;
	return error ? error : vgpu_trace_write_device(d->writer, now, &device);
}

/* The device's index in the trace. */
static int find_device(struct record_drain *d, uint32_t number, bool told, uint64_t now)
{
	uint32_t i;
	int error;

	for (i = 0; i < d->device_count; i++)
		if (d->devices[i].number == number)
			return (int)i;
	if (i == RECORD_DEVICES_MAX)
		return RECORD_DEVICES_MAX - 1;
	d->devices[i] = (struct record_device) { .number = number };
	d->device_count++;
	error = record_drain_describe(d, i, told, now);
	return error ? error : (int)i;
}

int record_drain_device(struct record_drain *d, uint32_t number, uint64_t now)
{
	return find_device(d, number, false, now);
}

int record_drain_devices(struct record_drain *d, record_describe_fn *describe, void *data,
			 uint64_t now)
{
	uint32_t numbers[RECORD_DEVICES_MAX];
	size_t count = record_devices_find(numbers, RECORD_DEVICES_MAX);
	int index;

	d->first_ns = d->time_ns = now;
	d->describe = describe;
	d->describe_data = data;
	for (size_t i = 0; i < count; i++) {
		index = find_device(d, numbers[i], true, now);
		if (index < 0)
			return index;
	}
	return 0;
}

static uint64_t name_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 0x100000001b3ull;
	return hash;
}

int record_drain_process(struct record_drain *d, uint64_t time_ns, uint32_t pid, uint32_t tid,
			 const char *comm)
{
	struct vgpu_trace_process process = { .pid = pid, .tid = tid };
	char path[64], line[4096];
	uint64_t hash, *known;
	ssize_t n = 0;
	int fd;

	memcpy(process.comm, comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	hash = name_hash(process.comm);
	known = record_map_get(&d->threads, tid);
	if (known && *known == hash)
		return 0;
	if (d->threads.count >= THREADS_MAX)
		record_map_finish(&d->threads);
	if (record_map_put(&d->threads, tid, hash))
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, line, sizeof(line));
		close(fd);
	}
	process.command_line = line;
	process.command_line_size = n > 0 ? (size_t)n : 0;
	return vgpu_trace_write_process(d->writer, time_ns, &process);
}

static int drain_context(struct record_drain *d, uint32_t index, const struct record_command *c,
			 const uint8_t *request, size_t size)
{
	struct vgpu_ctx_create create;
	struct vgpu_trace_context context;
	int error;

	if (vgpu_decode_ctx_create(request, size, &create) ||
	    create.hdr.type != VGPU_CMD_CTX_CREATE)
		return 0;
	context = (struct vgpu_trace_context) {
		.ctx_id = create.hdr.ctx_id,
		.pid = c->pid,
		.tid = c->tid,
		.capset = create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK,
		.name = (const char *)create.debug_name,
		.name_size = create.nlen < sizeof(create.debug_name) ? create.nlen
								     : sizeof(create.debug_name),
	};
	error = record_turns_owner(d, index, &context);
	return error ? error : vgpu_trace_write_context(d->writer, c->event.time_ns, &context);
}

/* Another virtqueue, or numbers that start over: the device was bound anew. */
static int drain_epoch(struct record_drain *d, uint32_t index, const struct record_command *c)
{
	struct vgpu_trace_epoch epoch = { .device = index };
	struct record_device *device = &d->devices[index];
	uint32_t queue = c->queue & 1;
	bool known = device->queue_address[queue];
	bool moved = known && device->queue_address[queue] != c->queue_address;
	bool restarted = known && c->seqno == 1 && device->seqno[queue] != UINT32_MAX;

	device->queue_address[queue] = c->queue_address;
	if (!moved && !restarted)
		return 0;
	/* Both queues start over; the other one's first command is no second epoch. */
	device->queue_address[!queue] = 0;
	device->seqno[0] = device->seqno[1] = 0;
	record_shadow_forget_all(d->shadow);
	record_backings_drop_device(&d->backings, index);
	record_stages_epoch(d);
	record_turns_epoch(d, index);
	return vgpu_trace_write_epoch(d->writer, c->event.time_ns, &epoch);
}

/* The driver's own count is the proof that nothing is missing. */
static int drain_seqno(struct record_drain *d, uint32_t index, const struct record_command *c)
{
	struct record_device *device = &d->devices[index];
	uint32_t queue = c->queue & 1, last = device->seqno[queue], missing;
	uint64_t since = device->time_ns[queue];
	bool first = !since;

	device->time_ns[queue] = c->event.time_ns;
	if (!c->seqno)
		return 0;
	device->seqno[queue] = c->seqno;
	missing = c->seqno - last - 1;
	if (!missing)
		return 0;
	if (first)
		return record_drain_lost(d, VGPU_TRACE_LOST_BEFORE, c->queue, missing, 0, 0, 0);
	d->gaps += missing;
	record_turns_missing(d, index);
	return record_drain_lost(d, VGPU_TRACE_LOST_COMMANDS, c->queue, missing, 0, 0, since);
}

/* Head, data and tail in one piece into d->request; what is missing becomes a LOST record. */
static int drain_request(struct record_drain *d, const struct record_command *c, size_t *out)
{
	size_t size = (size_t)c->head_captured + c->data_captured;
	size_t tail = d->tail_size < c->tail_captured ? d->tail_size : c->tail_captured;
	uint64_t whole = (uint64_t)c->head_size + c->data_size;
	uint8_t *bigger;

	if (size + tail > d->request_room) {
		bigger = realloc(d->request, size + tail);
		if (!bigger)
			return -ENOMEM;
		d->request = bigger;
		d->request_room = size + tail;
	}
	memcpy(d->request, c + 1, size);
	if (tail)
		memcpy(d->request + size, d->tail, tail);
	*out = size + tail;
	d->tail_size = 0;
	if (*out < whole)
		return record_drain_lost(d, VGPU_TRACE_LOST_STREAM, c->queue, 1, whole - *out,
					 d->id + 1, c->event.time_ns);
	return 0;
}

/* One that is not chosen: what it does to memory and backings counts all the same. */
static int drain_left_out(struct record_drain *d, uint32_t index, const struct record_command *c)
{
	size_t size = (size_t)c->head_captured + c->data_captured;
	int error;

	d->skipping = c->event.device + 1;
	error = record_drain_pages(d, c->page_pos, true);
	d->skipping = 0;
	d->tail_size = 0;
	d->ahead = false;
	if (!error)
		error = drain_seqno(d, index, c);
	d->left_out++;
	return error ? error : record_effects(d, index, 0, (const uint8_t *)(c + 1), size);
}

/* The end of a long stream goes, if so asked for. What it does to memory is known from all of it. */
static int cut_payload(struct record_drain *d, const struct record_command *c, size_t *size)
{
	uint64_t cut = c->bytes_cut;
	struct vgpu_ctrl_hdr hdr;

	if (d->snap && *size > VGPU_CMD_SUBMIT_SIZE + d->snap &&
	    !vgpu_decode_ctrl_hdr(d->request, *size, &hdr) && hdr.type == VGPU_CMD_SUBMIT_3D) {
		cut += *size - VGPU_CMD_SUBMIT_SIZE - d->snap;
		*size = VGPU_CMD_SUBMIT_SIZE + d->snap;
	}
	return cut ? record_drain_lost(d, VGPU_TRACE_LOST_SNAP, c->queue, 1, cut, d->id + 1,
				       d->time_ns)
		   : 0;
}

static int drain_command(struct record_drain *d, const struct record_command *c, size_t size)
{
	struct vgpu_trace_command command;
	struct vgpu_ctrl_hdr hdr;
	size_t request_size = 0, recorded;
	int index, error;

	if (size < sizeof(*c) || c->head_captured > size - sizeof(*c) ||
	    c->data_captured > size - sizeof(*c) - c->head_captured)
		return 0;
	d->time_ns = c->event.time_ns;
	index = record_drain_device(d, c->event.device, d->time_ns);
	if (index < 0)
		return index;
	error = drain_epoch(d, (uint32_t)index, c);
	if (!error && d->choice) {
		error = record_choose(d->choice, (uint32_t)index, c, d->id + d->left_out + 1);
		if (error == 0)
			return drain_left_out(d, (uint32_t)index, c);
		error = error < 0 ? error : record_drain_left_out(d);
	}
	if (!error)
		error = record_drain_pages(d, c->page_pos, true);
	if (!error)
		error = record_drain_flush(d);
	if (!error)
		error = drain_seqno(d, (uint32_t)index, c);
	if (!error)
		error = drain_request(d, c, &request_size);
	if (!error && c->pages_full)
		error = record_drain_lost(d, VGPU_TRACE_LOST_MEMORY, c->queue, c->pages_full,
					  c->bytes_full, d->id + 1, d->time_ns);
	if (!error && c->pages_unread)
		error = record_drain_lost(d, VGPU_TRACE_LOST_MEMORY_READ, c->queue, c->pages_unread,
					  c->bytes_unread, d->id + 1, d->time_ns);
	recorded = request_size;
	if (!error)
		error = cut_payload(d, c, &recorded);
	if (!error)
		error = record_drain_process(d, d->time_ns, c->pid, c->tid, c->comm);
	if (!error)
		error = drain_context(d, (uint32_t)index, c, d->request, request_size);
	if (error)
		return error;

	command = (struct vgpu_trace_command) {
		.id = ++d->id - d->begun,
		.device = (uint32_t)index,
		.queue = c->queue,
		.seqno = c->seqno,
		.free_slots = c->free_slots,
		.pid = c->pid,
		.tid = c->tid,
		.response_size = c->response_size,
		.request = d->request,
		.request_size = recorded,
	};
	error = vgpu_trace_write_command(d->writer, d->time_ns, &command);
	if (!error && c->response_size)
		error = record_map_put(&d->waiting, c->key, d->id);
	if (!error && !vgpu_decode_ctrl_hdr(d->request, request_size, &hdr) &&
	    hdr.flags & VGPU_FLAG_FENCE) {
		if (d->fences.count >= FENCES_MAX)
			record_map_finish(&d->fences);
		error = record_map_put(&d->fences, hdr.fence_id, d->id);
	}
	if (!error)
		error = record_stages_command(d, c, d->id);
	if (!error)
		error = record_turns_command(d, (uint32_t)index, c, d->request, request_size);
	d->ahead = false;
	return error ? error : record_effects(d, (uint32_t)index, d->id, d->request, request_size);
}

/* What the device wrote for the command, before the answer's own record; `id` 0: not one of ours. */
static int drain_readback(struct record_drain *d, const struct record_response *r, uint64_t id)
{
	int device = record_drain_device(d, r->event.device, d->time_ns), error;
	uint64_t number = id, lost;
	struct vgpu_trace_writer *writer = id ? record_drain_file(d, &number) : NULL;

	if (device < 0)
		return device;
	error = record_readbacks_answer(d, r, (uint32_t)device, writer, number);
	lost = r->readbacks_lost + d->readbacks.lost;
	d->readbacks.lost = 0;
	if (!error && lost && writer)
		error = record_drain_lost(d, VGPU_TRACE_LOST_READBACK, UINT32_MAX, lost, 0, id,
					  d->time_ns);
	return error;
}

static int drain_response(struct record_drain *d, const struct record_response *r, size_t size)
{
	struct vgpu_trace_response response = { .response = (const uint8_t *)(r + 1) };
	struct vgpu_trace_writer *writer;
	uint64_t id;
	int error = 0;

	if (size < sizeof(*r) || r->captured > size - sizeof(*r))
		return 0;
	error = record_drain_pages(d, r->page_pos, true);
	if (error || !record_map_remove(&d->waiting, r->key, &id))
		return error || !r->page_pos ? error : drain_readback(d, r, 0);
	d->time_ns = r->event.time_ns;
	d->responses++;
	response.response_size = r->captured;
	record_turns_response(d, r->event.device, id, response.response, r->captured);
	response.id = id;
	writer = record_drain_file(d, &response.id);
	if (!writer || r->captured < r->size)
		error = record_drain_lost(d, VGPU_TRACE_LOST_RESPONSES, UINT32_MAX, 1,
					  writer ? r->size - r->captured : r->size, id, d->time_ns);
	if (!error && r->page_pos)
		error = drain_readback(d, r, id);
	if (!error)
		error = record_stages_response(d, r->event.device, 0, id);
	return error || !writer ? error : vgpu_trace_write_response(writer, d->time_ns, &response);
}

static int drain_fence(struct record_drain *d, const struct record_fence *f, size_t size)
{
	uint64_t id;

	/* Fences from before the recording belong to no command here. */
	if (size < sizeof(*f) || !record_map_remove(&d->fences, f->fence_id, &id))
		return 0;
	d->time_ns = f->event.time_ns;
	return record_stages_write(d, d->time_ns, id, VGPU_TRACE_STAGE_FENCE_SIGNAL, f->tid);
}

static int drain_event(struct record_drain *d, const struct record_event *event, size_t size)
{
	if (size < sizeof(*event))
		return 0;
	switch (event->type) {
	case RECORD_COMMAND:
		return drain_command(d, (const struct record_command *)event, size);
	case RECORD_RESPONSE:
		return drain_response(d, (const struct record_response *)event, size);
	case RECORD_FENCE:
		return drain_fence(d, (const struct record_fence *)event, size);
	case RECORD_WAIT_BEGIN:
		return size < sizeof(struct record_wait)
			       ? 0
			       : record_stages_wait(d, (const struct record_wait *)event);
	case RECORD_IOCTL_EXIT:
	case RECORD_INTERRUPT:
	case RECORD_WAIT_END:
	case RECORD_KICK:
	case RECORD_KICK_END:
	case RECORD_DEQUEUE:
		return size < sizeof(struct record_moment)
			       ? 0
			       : record_stages_moment(d, (const struct record_moment *)event);
	}
	return 0;
}

int record_drain_run(struct record_drain *d)
{
	const struct record_event *event;
	uint64_t pages;
	int events = 0, error;
	size_t size;

	while (events < BURST) {
		/* In this order: pages that are here now are older than a command not yet seen. */
		pages = record_ring_produced(d->pages);
		event = record_ring_peek(d->commands, &size);
		if (!event)
			break;
		error = drain_event(d, event, size);
		record_ring_pop(d->commands);
		if (error)
			return error;
		events++;
	}
	/* A command that reads more than the ring holds has to be read while it is being made. */
	if (record_ring_consumed(d->commands) == record_ring_produced(d->commands) &&
	    record_ring_consumed(d->pages) < pages) {
		error = record_drain_pages(d, pages, false);
		if (error)
			return error;
		events++;
	}
	return events;
}
