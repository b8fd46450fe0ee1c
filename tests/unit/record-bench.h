/* SPDX-License-Identifier: MIT */
/* Rings in plain memory, events put into them, and the list of records that come out. */
#ifndef TESTS_RECORD_BENCH_H
#define TESTS_RECORD_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/codec.h>

#include "record/record.h"

#define RING   (1u << 20)
#define PAGE_A 0x40000000ull
#define PAGE_B 0x55550000ull

/* Rings in plain memory, with a writer's side in C. */
struct fake_ring {
	struct record_ring ring;
	unsigned long consumer, producer;
	uint8_t *data;
};

static inline void ring_make(struct fake_ring *f, size_t size)
{
	memset(f, 0, sizeof(*f));
	f->data = calloc(1, size);
	assert_non_null(f->data);
	f->ring.size = size;
	f->ring.consumer = &f->consumer;
	f->ring.producer = &f->producer;
	f->ring.data = f->data;
}

static inline void ring_put(struct fake_ring *f, const void *event, size_t size)
{
	uint32_t header = (uint32_t)size;

	memcpy(f->data + f->producer, &header, sizeof(header));
	memcpy(f->data + f->producer + 8, event, size);
	f->producer += (8 + size + 7) & ~7ul;
	assert_true(f->producer < f->ring.size);
}

struct bench {
	struct fake_ring commands, pages;
	struct vgpu_trace_writer *writer;
	struct record_drain drain;
	FILE *file;
	char listing[65536]; /* the records, a word each */
	uint64_t time;
	uint32_t number; /* of the device */
	uint32_t seqno[2];
};

static inline void bench_make_with(struct bench *b, struct record_keeper *keeper)
{
	struct vgpu_trace_writer_options options = {
		.tap = keeper ? record_keeper_add : NULL,
		.tap_data = keeper,
	};
	struct vgpu_trace_header header = { .clock = 1 };

	memset(b, 0, sizeof(*b));
	ring_make(&b->commands, RING);
	ring_make(&b->pages, RING);
	b->file = tmpfile();
	assert_non_null(b->file);
	assert_int_equal(vgpu_trace_writer_create(&b->writer, fileno(b->file), &options), 0);
	assert_int_equal(vgpu_trace_write_header(b->writer, 1, &header), 0);
	assert_int_equal(record_drain_init(&b->drain, b->writer, &b->commands.ring, &b->pages.ring,
					   1 << 20),
			 0);
	b->time = 1000;
	b->number = 4;
}

static inline void bench_make(struct bench *b)
{
	bench_make_with(b, NULL);
}

/* One command with all fields that matter; returns the event for changes before it is put. */
struct test_command {
	struct record_command c;
	uint8_t request[512];
};

static inline void command_make(struct bench *b, struct test_command *t, uint32_t queue,
				const void *request, size_t size)
{
	memset(t, 0, sizeof(*t));
	t->c.event.type = RECORD_COMMAND;
	t->c.event.device = b->number;
	t->c.event.time_ns = b->time += 10;
	t->c.queue_address = 0x1000 + queue;
	t->c.queue = queue;
	t->c.seqno = ++b->seqno[queue];
	t->c.tid = t->c.pid = 77777777;
	t->c.key = 0xabc000 + b->time;
	t->c.response_size = queue ? 0 : 24;
	t->c.head_size = t->c.head_captured = (uint32_t)size;
	t->c.page_pos = b->pages.producer;
	strcpy(t->c.comm, "tester");
	memcpy(t->request, request, size);
}

static inline void command_put(struct bench *b, const struct test_command *t)
{
	ring_put(&b->commands, t, sizeof(t->c) + t->c.head_captured + t->c.data_captured);
}

/* A request without a payload. */
static inline void command_send(struct bench *b, const uint8_t *wire, size_t size)
{
	struct test_command t;

	command_make(b, &t, 0, wire, size);
	command_put(b, &t);
}

static inline void header_request(struct bench *b, uint32_t type, uint64_t fence)
{
	struct vgpu_ctrl_hdr hdr = { .type = type, .fence_id = fence };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];

	hdr.flags = fence ? VGPU_FLAG_FENCE : 0;
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

static inline void attach(struct bench *b, uint32_t resource, uint64_t address, uint32_t size)
{
	struct vgpu_resource_attach_backing a = { .resource_id = resource, .nr_entries = 1 };
	struct vgpu_mem_entry entry = { .addr = address, .length = size };
	uint8_t wire[VGPU_RESOURCE_ATTACH_BACKING_SIZE + VGPU_MEM_ENTRY_SIZE];
	struct test_command t;

	a.hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING;
	vgpu_encode_resource_attach_backing(&a, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE,
			      VGPU_MEM_ENTRY_SIZE);
	command_make(b, &t, 0, wire, sizeof(wire));
	/* Two descriptors, as the driver has them. */
	t.c.head_size = t.c.head_captured = VGPU_RESOURCE_ATTACH_BACKING_SIZE;
	t.c.data_size = t.c.data_captured = VGPU_MEM_ENTRY_SIZE;
	command_put(b, &t);
}

/* What the BPF side sends for a transfer of `size` bytes at `begin` of a page. */
static inline void page_put(struct bench *b, uint32_t resource, uint32_t index, uint32_t begin,
			    uint32_t size, uint8_t value)
{
	static struct record_page p;

	memset(&p, 0, sizeof(p));
	p.kind = RECORD_PAGE_MEMORY;
	p.device = b->number;
	p.resource = resource;
	p.page = index;
	p.begin = begin;
	p.size = size;
	memset(p.bytes, value, size);
	ring_put(&b->pages, &p, sizeof(p));
}

static inline void transfer(struct bench *b, uint32_t type, uint32_t resource)
{
	struct vgpu_transfer_host_3d c = { .resource_id = resource };
	uint8_t wire[VGPU_TRANSFER_HOST_3D_SIZE];

	c.hdr.type = type;
	vgpu_encode_transfer_host_3d(&c, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

static inline void stream_of(struct bench *b, uint32_t ctx_id, const uint32_t *dwords, size_t count)
{
	struct vgpu_cmd_submit c = { .size = (uint32_t)count * 4 };
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE + 256];
	struct test_command t;

	c.hdr.type = VGPU_CMD_SUBMIT_3D;
	c.hdr.ctx_id = ctx_id;
	vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
	for (size_t i = 0; i < count * 4; i++)
		wire[VGPU_CMD_SUBMIT_SIZE + i] = (uint8_t)(dwords[i / 4] >> 8 * (i % 4));
	command_make(b, &t, 0, wire, VGPU_CMD_SUBMIT_SIZE + count * 4);
	command_put(b, &t);
}

static inline void stream(struct bench *b, const uint32_t *dwords, size_t count)
{
	stream_of(b, 0, dwords, count);
}

static inline void run(struct bench *b)
{
	assert_true(record_drain_run(&b->drain) >= 0);
	assert_int_equal(b->commands.consumer, b->commands.producer);
	assert_int_equal(b->pages.consumer, b->pages.producer);
}

static inline void list(struct bench *b, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;
	struct vgpu_trace_response p;
	struct vgpu_trace_stage s;
	struct vgpu_trace_memory m;
	struct vgpu_trace_readback back;
	struct vgpu_trace_lost l;
	struct vgpu_trace_snapshot n;
	struct vgpu_trace_context x;
	size_t used = strlen(b->listing);
	char *to = b->listing + used;
	size_t room = sizeof(b->listing) - used;

	if (!vgpu_trace_parse_command(r, &c))
		snprintf(to, room, "C%llu:%zu ", (unsigned long long)c.id, c.request_size);
	else if (!vgpu_trace_parse_response(r, &p))
		snprintf(to, room, "R%llu ", (unsigned long long)p.id);
	else if (!vgpu_trace_parse_stage(r, &s))
		snprintf(to, room, "S%llu ", (unsigned long long)s.id);
	else if (!vgpu_trace_parse_memory(r, &m))
		snprintf(to, room, "M%llx+%zu=%u ", (unsigned long long)m.address, m.size,
			 m.bytes[0]);
	else if (!vgpu_trace_parse_readback(r, &back))
		snprintf(to, room, "B%llu:%llx+%zu=%u ", (unsigned long long)back.id,
			 (unsigned long long)back.address, back.size, back.bytes[0]);
	else if (!vgpu_trace_parse_lost(r, &l))
		snprintf(to, room, "L%u*%llu/%llu ", l.what, (unsigned long long)l.count,
			 (unsigned long long)l.id);
	else if (!vgpu_trace_parse_snapshot(r, &n))
		snprintf(to, room, "N%x ", n.request[1] << 8 | n.request[0]);
	else if (!vgpu_trace_parse_context(r, &x))
		snprintf(to, room, "X%u=%u ", x.ctx_id, x.pid);
	else if (r->type == VGPU_TRACE_EPOCH)
		snprintf(to, room, "E ");
	else if (r->type == VGPU_TRACE_PROCESS)
		snprintf(to, room, "P ");
}

static inline void bench_drop(struct bench *b)
{
	record_drain_finish(&b->drain);
	vgpu_trace_writer_destroy(b->writer);
	free(b->commands.data);
	free(b->pages.data);
	fclose(b->file);
}

/* Ends a file and compares the list of its records, DEVICE and HEADER left out. */
static inline void expect_file(struct bench *b, struct vgpu_trace_writer *writer, FILE *file,
			       const char *records)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;

	b->listing[0] = '\0';
	assert_int_equal(vgpu_trace_writer_finish(writer, b->time), 0);
	rewind(file);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fileno(file)), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1)
		list(b, &r);
	assert_string_equal(b->listing, records);
	vgpu_trace_reader_close(reader);
	vgpu_trace_writer_destroy(writer);
	fclose(file);
}

static inline void expect(struct bench *b, const char *records)
{
	struct record_missed missed = { 0 };
	struct record_counters none = { 0 };

	run(b);
	assert_int_equal(record_drain_losses(&b->drain, &none, &missed, b->time, true), 0);
	assert_int_equal(record_drain_flush(&b->drain), 0);
	expect_file(b, b->writer, b->file, records);
	record_drain_finish(&b->drain);
	free(b->commands.data);
	free(b->pages.data);
}

static inline void response_put(struct bench *b, uint64_t key)
{
	struct {
		struct record_response r;
		uint8_t bytes[64];
	} e = { .r = { .key = key, .size = 24, .captured = 24 } };

	e.r.event.type = RECORD_RESPONSE;
	e.r.event.device = 4;
	e.r.event.time_ns = b->time += 10;
	ring_put(&b->commands, &e, sizeof(e));
}

static inline void fence_put(struct bench *b, uint64_t id)
{
	struct record_fence f = { .fence_id = id };

	f.event.type = RECORD_FENCE;
	f.event.time_ns = b->time += 10;
	ring_put(&b->commands, &f, sizeof(f));
}

#endif
