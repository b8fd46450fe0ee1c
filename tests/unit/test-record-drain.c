/* SPDX-License-Identifier: MIT */
/* Events in, records out: order, numbering, losses, epochs, and what commands do to memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/virgl.h>

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

static void ring_make(struct fake_ring *f)
{
	memset(f, 0, sizeof(*f));
	f->data = calloc(1, RING);
	f->ring.size = RING;
	f->ring.consumer = &f->consumer;
	f->ring.producer = &f->producer;
	f->ring.data = f->data;
}

static void ring_put(struct fake_ring *f, const void *event, size_t size)
{
	uint32_t header = (uint32_t)size;

	memcpy(f->data + f->producer, &header, sizeof(header));
	memcpy(f->data + f->producer + 8, event, size);
	f->producer += (8 + size + 7) & ~7ul;
	assert_true(f->producer < RING);
}

struct bench {
	struct fake_ring commands, pages;
	struct vgpu_trace_writer *writer;
	struct record_drain drain;
	FILE *file;
	char listing[65536]; /* the records, a word each */
	uint64_t time;
	uint32_t seqno[2];
};

static void bench_make_with(struct bench *b, struct record_keeper *keeper)
{
	struct vgpu_trace_writer_options options = {
		.tap = keeper ? record_keeper_add : NULL,
		.tap_data = keeper,
	};
	struct vgpu_trace_header header = { .clock = 1 };

	memset(b, 0, sizeof(*b));
	ring_make(&b->commands);
	ring_make(&b->pages);
	b->file = tmpfile();
	assert_non_null(b->file);
	assert_int_equal(vgpu_trace_writer_create(&b->writer, fileno(b->file), &options), 0);
	assert_int_equal(vgpu_trace_write_header(b->writer, 1, &header), 0);
	assert_int_equal(record_drain_init(&b->drain, b->writer, &b->commands.ring, &b->pages.ring,
					   1 << 20),
			 0);
	b->time = 1000;
}

static void bench_make(struct bench *b)
{
	bench_make_with(b, NULL);
}

/* One command with all fields that matter; returns the event for changes before it is put. */
struct test_command {
	struct record_command c;
	uint8_t request[512];
};

static void command_make(struct bench *b, struct test_command *t, uint32_t queue,
			 const void *request, size_t size)
{
	memset(t, 0, sizeof(*t));
	t->c.event.type = RECORD_COMMAND;
	t->c.event.device = 4;
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

static void command_put(struct bench *b, const struct test_command *t)
{
	ring_put(&b->commands, t, sizeof(t->c) + t->c.head_captured + t->c.data_captured);
}

static void header_request(struct bench *b, uint32_t type, uint64_t fence)
{
	struct vgpu_ctrl_hdr hdr = { .type = type, .fence_id = fence };
	struct test_command t;
	uint8_t wire[VGPU_CTRL_HDR_SIZE];

	hdr.flags = fence ? VGPU_FLAG_FENCE : 0;
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

static void attach(struct bench *b, uint32_t resource, uint64_t address, uint32_t size)
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
static void page_put(struct bench *b, uint32_t resource, uint32_t index, uint32_t begin,
		     uint32_t size, uint8_t value)
{
	static struct record_page p;

	memset(&p, 0, sizeof(p));
	p.kind = RECORD_PAGE_MEMORY;
	p.device = 4;
	p.resource = resource;
	p.page = index;
	p.begin = begin;
	p.size = size;
	memset(p.bytes, value, size);
	ring_put(&b->pages, &p, sizeof(p));
}

static void transfer(struct bench *b, uint32_t type, uint32_t resource)
{
	struct vgpu_transfer_host_3d c = { .resource_id = resource };
	uint8_t wire[VGPU_TRANSFER_HOST_3D_SIZE];
	struct test_command t;

	c.hdr.type = type;
	vgpu_encode_transfer_host_3d(&c, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

static void stream_of(struct bench *b, uint32_t ctx_id, const uint32_t *dwords, size_t count)
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

static void stream(struct bench *b, const uint32_t *dwords, size_t count)
{
	stream_of(b, 0, dwords, count);
}

static void run(struct bench *b)
{
	assert_true(record_drain_run(&b->drain) >= 0);
	assert_int_equal(b->commands.consumer, b->commands.producer);
	assert_int_equal(b->pages.consumer, b->pages.producer);
}

static void list(struct bench *b, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;
	struct vgpu_trace_response p;
	struct vgpu_trace_stage s;
	struct vgpu_trace_memory m;
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

static void bench_drop(struct bench *b)
{
	record_drain_finish(&b->drain);
	vgpu_trace_writer_destroy(b->writer);
	free(b->commands.data);
	free(b->pages.data);
	fclose(b->file);
}

/* Ends a file and compares the list of its records, DEVICE and HEADER left out. */
static void expect_file(struct bench *b, struct vgpu_trace_writer *writer, FILE *file,
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

static void expect(struct bench *b, const char *records)
{
	struct record_counters none = { 0 };

	run(b);
	assert_int_equal(record_drain_losses(&b->drain, &none, b->time, true), 0);
	assert_int_equal(record_drain_flush(&b->drain), 0);
	expect_file(b, b->writer, b->file, records);
	record_drain_finish(&b->drain);
	free(b->commands.data);
	free(b->pages.data);
}

static void memory_stands_before_its_command(void **state)
{
	struct bench b;

	(void)state;
	bench_make(&b);
	attach(&b, 5, PAGE_A, 0x2000);
	page_put(&b, 5, 0, 100, 3996, 1);
	page_put(&b, 5, 1, 0, 50, 1);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	/* The same again, but for a block that was not whole, so that nobody is sure of it. */
	page_put(&b, 5, 0, 100, 100, 1);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	page_put(&b, 9, 0, 0, 100, 1); /* from before the recording: no address */
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 9);
	expect(&b, "P C1:48 M40000064+4046=1 C2:72 M40000064+28=1 C3:72 C4:72 ");
}

static void device_writes_void_the_shadow(void **state)
{
	const uint32_t read_back[] = {
		VGPU_VIRGL_TRANSFER3D | 13u << 16, 5, 0, 0, 0, 0, 0, 0, 0, 64, 1, 1, 0, 2
	};
	const uint32_t copy_back[] = {
		VGPU_VIRGL_COPY_TRANSFER3D | 14u << 16, 1, 0, 0, 0, 0, 0, 0, 0, 64, 1, 1, 5, 0, 2
	};
	const uint32_t query[] = {
		VGPU_VIRGL_CREATE_OBJECT | VGPU_VIRGL_OBJECT_QUERY << 8 | 4u << 16, 1, 0, 0, 5
	};
	struct bench b;

	(void)state;
	bench_make(&b);
	attach(&b, 5, PAGE_A, 0x1000);
	for (int i = 0; i < 2; i++) {
		page_put(&b, 5, 0, 0, 64, 7);
		transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	}
	transfer(&b, VGPU_CMD_TRANSFER_FROM_HOST_3D, 5);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	stream(&b, read_back, 14);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	stream(&b, copy_back, 15);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	stream(&b, query, 5);
	/* From here on never trusted again. */
	for (int i = 0; i < 2; i++) {
		page_put(&b, 5, 0, 0, 64, 7);
		transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	}
	/* Other pages for the same resource. */
	attach(&b, 5, PAGE_B, 0x1000);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	expect(&b, "P C1:48 M40000000+64=7 C2:72 C3:72 C4:72 M40000000+64=7 C5:72 C6:88 "
		   "M40000000+64=7 C7:72 C8:92 M40000000+64=7 C9:72 C10:52 "
		   "M40000000+64=7 C11:72 M40000000+64=7 C12:72 C13:48 M55550000+64=7 C14:72 ");
}

static void response_put(struct bench *b, uint64_t key)
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

static void fence_put(struct bench *b, uint64_t id)
{
	struct record_fence f = { .fence_id = id };

	f.event.type = RECORD_FENCE;
	f.event.time_ns = b->time += 10;
	ring_put(&b->commands, &f, sizeof(f));
}

static void answers_find_their_command(void **state)
{
	uint64_t key[3];
	struct bench b;

	(void)state;
	bench_make(&b);
	for (int i = 0; i < 2; i++) {
		header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 10u + (unsigned int)i);
		key[i] = 0xabc000 + b.time;
	}
	response_put(&b, key[1]);
	fence_put(&b, 11);
	fence_put(&b, 9); /* from before */
	response_put(&b, key[0]);
	response_put(&b, key[0]); /* nobody asked */
	fence_put(&b, 10);
	expect(&b, "P C1:24 C2:24 R2 S2 R1 S1 ");
}

static void moment_put(struct bench *b, uint32_t type, uint64_t what)
{
	struct record_moment m = { .what = what, .tid = 77777777, .told = type == RECORD_KICK };

	m.event.type = type;
	m.event.device = 4;
	m.event.time_ns = b->time += 10;
	ring_put(&b->commands, &m, sizeof(m));
}

/* By another thread than the one that queues; `ioctl_ns` 0: not in DRM_IOCTL_VIRTGPU_WAIT. */
static void wait_put(struct bench *b, uint32_t tid, uint64_t fence, uint64_t ioctl_ns)
{
	struct record_wait w = { .fence_id = fence, .ioctl_ns = ioctl_ns, .pid = tid, .tid = tid };

	w.event.type = RECORD_WAIT_BEGIN;
	w.event.time_ns = b->time += 10;
	strcpy(w.comm, "waiter");
	ring_put(&b->commands, &w, sizeof(w));
}

/* Ends the recording and compares its stages: "command.stage@time " each, times from `since` on. */
static void expect_stages(struct bench *b, uint64_t since, const char *wanted)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_trace_stage s;
	char seen[512] = "";

	run(b);
	assert_int_equal(vgpu_trace_writer_finish(b->writer, b->time), 0);
	rewind(b->file);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fileno(b->file)), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		size_t used = strlen(seen);

		if (vgpu_trace_parse_stage(&r, &s))
			continue;
		snprintf(seen + used, sizeof(seen) - used, "%llu.%u@%lld ",
			 (unsigned long long)s.id, s.stage, (long long)(r.time_ns - since));
	}
	assert_string_equal(seen, wanted);
	vgpu_trace_reader_close(reader);
	bench_drop(b);
}

/* A life with all its moments; the stages by number, with the time since the command. */
static void moments_find_their_command(void **state)
{
	struct vgpu_ctrl_hdr hdr = { .type = VGPU_CMD_GET_DISPLAY_INFO,
				     .flags = VGPU_FLAG_FENCE,
				     .fence_id = 5 };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	b.drain.with_stages = b.drain.with_kicks = true;
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	moment_put(&b, RECORD_INTERRUPT, 0x1000); /* of others */
	command_make(&b, &t, 0, wire, sizeof(wire));
	t.c.ioctl_ns = b.time - 5;
	t.c.full_ns = b.time - 3;
	command_put(&b, &t);
	moment_put(&b, RECORD_KICK, 0x9999); /* of a queue that is not ours */
	moment_put(&b, RECORD_KICK, 0x1000);
	moment_put(&b, RECORD_KICK_END, 0x1000);
	moment_put(&b, RECORD_IOCTL_EXIT, 0);
	wait_put(&b, 88888888, 5, b.time + 3);
	moment_put(&b, RECORD_INTERRUPT, 0x1000);
	moment_put(&b, RECORD_INTERRUPT, 0x9999);
	response_put(&b, t.c.key);
	fence_put(&b, 5);
	moment_put(&b, RECORD_WAIT_END, 5);   /* of another thread */
	moment_put(&b, RECORD_IOCTL_EXIT, 0); /* of an ioctl that queued nothing */
	wait_put(&b, 88888888, 5, 0);         /* for what is over */
	run(&b);
	assert_int_equal(b.drain.threads.count, 2);
	expect_stages(&b, t.c.event.time_ns,
		      "1.9@-3 1.2@-5 1.7@20 1.8@30 1.3@40 1.11@43 1.5@50 1.4@60 1.1@90 ");
}

/* A kick is that of everything queued before it, and of no more. */
static void kicks_are_of_all_that_waits(void **state)
{
	struct test_command t;
	struct bench b;
	uint64_t since;

	(void)state;
	bench_make(&b);
	b.drain.with_stages = b.drain.with_kicks = true;
	since = b.time;
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	moment_put(&b, RECORD_KICK, 0x1000);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0); /* queued while the device is told */
	moment_put(&b, RECORD_KICK_END, 0x1000);
	moment_put(&b, RECORD_KICK_END, 0x1000); /* nobody has begun it */
	moment_put(&b, RECORD_KICK, 0x1000);
	/* The cursor's, which has its own queue and no response. */
	command_make(&b, &t, 1, "0123456789012345678901234567890123456789", 32);
	command_put(&b, &t);
	moment_put(&b, RECORD_KICK, 0x1001);
	moment_put(&b, RECORD_INTERRUPT, 0x1001);
	moment_put(&b, RECORD_DEQUEUE, t.c.key);
	moment_put(&b, RECORD_DEQUEUE, t.c.key);
	run(&b);
	assert_int_equal(b.drain.stages.kick_count, 2);
	assert_int_equal(b.drain.stages.silent.count, 0);
	expect_stages(&b, since, "1.7@30 2.7@30 1.8@50 2.8@50 3.7@70 4.7@90 4.4@100 4.10@110 ");
}

static void gaps_are_losses(void **state)
{
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	b.seqno[0] = 5;
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	b.seqno[0] += 3;
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	/* A stream that was cut, pages that were not there. */
	command_make(&b, &t, 0, "0123456789012345678901234567890123456789", 32);
	t.c.data_size = 100;
	t.c.pages_full = 3;
	t.c.pages_unread = 2;
	command_put(&b, &t);
	run(&b);
	assert_int_equal(b.drain.lost, 3 + 1 + 3 + 2);
	assert_int_equal(b.drain.before, 5);
	expect(&b, "L6*5/0 P C1:24 L1*3/0 C2:24 L3*1/3 L4*3/3 L5*2/3 C3:32 ");
}

static void lost_stages_are_told_once(void **state)
{
	struct record_counters counters = { .fences_lost = 2, .moments_lost = 1 };
	struct bench b;

	(void)state;
	bench_make(&b);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	run(&b);
	assert_int_equal(record_drain_losses(&b.drain, &counters, b.time, false), 0);
	assert_int_equal(record_drain_losses(&b.drain, &counters, b.time, false), 0);
	counters.moments_lost++;
	assert_int_equal(record_drain_losses(&b.drain, &counters, b.time, true), 0);
	assert_int_equal(b.drain.lost, 4);
	expect(&b, "P C1:24 L8*3/0 L8*1/0 ");
}

static void numbers_that_start_over_are_an_epoch(void **state)
{
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	command_make(&b, &t, 1, "012345678901234567890123", 24);
	command_put(&b, &t);
	memset(b.seqno, 0, sizeof(b.seqno));
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	command_make(&b, &t, 1, "012345678901234567890123", 24);
	command_put(&b, &t);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	expect(&b, "P C1:48 M40000000+64=7 C2:72 C3:24 E C4:24 C5:24 C6:48 M40000000+64=7 C7:72 ");
}

/* Without numbers another virtqueue tells. */
static void another_queue_is_an_epoch(void **state)
{
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	for (int i = 0; i < 4; i++) {
		command_make(&b, &t, 0, "012345678901234567890123", 24);
		t.c.seqno = 0;
		t.c.queue_address += i / 2 * 0x100u;
		command_put(&b, &t);
	}
	expect(&b, "P C1:24 C2:24 E C3:24 C4:24 ");
}

/* A request longer than an event, and a command that is still being made. */
static void tails_and_unfinished_commands(void **state)
{
	static struct record_page p;
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	attach(&b, 5, PAGE_A, 0x1000);
	run(&b);
	page_put(&b, 5, 0, 0, 64, 7); /* taken although its command is not there yet */
	run(&b);
	p.kind = RECORD_PAGE_REQUEST;
	p.size = 4096;
	ring_put(&b.pages, &p, sizeof(p));
	p.size = 10;
	ring_put(&b.pages, &p, sizeof(p));
	command_make(&b, &t, 0, "012345678901234567890123abcd", 28);
	t.c.head_size = t.c.head_captured = 24;
	t.c.data_captured = 4;
	t.c.data_size = 4 + 4106;
	t.c.tail_captured = 4106;
	command_put(&b, &t);
	expect(&b, "P C1:48 M40000000+64=7 C2:4134 ");
}

static void create_2d(struct bench *b, uint32_t resource)
{
	struct vgpu_resource_create_2d c = {
		.resource_id = resource, .format = 1, .width = 16, .height = 4
	};
	uint8_t wire[VGPU_RESOURCE_CREATE_2D_SIZE];
	struct test_command t;

	c.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D;
	vgpu_encode_resource_create_2d(&c, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

static void show(struct bench *b, uint32_t resource)
{
	struct vgpu_set_scanout c = { .r = { 0, 0, 16, 4 }, .resource_id = resource };
	uint8_t wire[VGPU_SET_SCANOUT_SIZE];
	struct test_command t;

	c.hdr.type = VGPU_CMD_SET_SCANOUT;
	vgpu_encode_set_scanout(&c, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

static void transfer_2d(struct bench *b, uint32_t resource)
{
	struct vgpu_transfer_to_host_2d c = { .r = { 0, 0, 16, 4 }, .resource_id = resource };
	uint8_t wire[VGPU_TRANSFER_TO_HOST_2D_SIZE];
	struct test_command t;

	c.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D;
	vgpu_encode_transfer_to_host_2d(&c, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

static void make_context(struct bench *b, uint32_t ctx_id)
{
	struct vgpu_ctx_create c = { .nlen = 4, .debug_name = "name" };
	uint8_t wire[VGPU_CTX_CREATE_SIZE];
	struct test_command t;

	c.hdr.type = VGPU_CMD_CTX_CREATE;
	c.hdr.ctx_id = ctx_id;
	vgpu_encode_ctx_create(&c, wire, sizeof(wire));
	command_make(b, &t, 0, wire, sizeof(wire));
	command_put(b, &t);
}

/* The next file of a ring: what there is, with the memory as it was read, and numbers from 1. */
static void turn(struct bench *b, struct vgpu_trace_writer **writer, FILE **file)
{
	struct vgpu_trace_header header = { .clock = 1 };

	*file = tmpfile();
	assert_non_null(*file);
	assert_int_equal(vgpu_trace_writer_create(writer, fileno(*file), NULL), 0);
	assert_int_equal(vgpu_trace_write_header(*writer, 1, &header), 0);
	assert_true(record_turns_possible(&b->drain));
	assert_int_equal(record_turns_next(&b->drain, *writer, b->time), 0);
}

static void a_file_stands_alone(void **state)
{
	struct vgpu_trace_writer *second;
	uint64_t pending;
	struct bench b;
	FILE *file;

	(void)state;
	bench_make(&b);
	assert_int_equal(record_turns_begin(&b.drain), 0);
	create_2d(&b, 5);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	show(&b, 5);
	make_context(&b, 3);
	make_context(&b, 4);
	attach(&b, 6, PAGE_B, 0x1000); /* not seen being made: its memory stays behind */
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	pending = 0xabc000 + b.time;
	page_put(&b, 5, 0, 0, 64, 7);
	run(&b);
	/* The command that reads this page is being made: not now. */
	assert_false(record_turns_possible(&b.drain));
	transfer_2d(&b, 5);
	run(&b);
	turn(&b, &second, &file);
	assert_int_equal(b.drain.last_waiting, 9); /* all of them */
	assert_false(record_turns_possible(&b.drain));

	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 10);
	response_put(&b, pending);
	response_put(&b, 0xabc000 + b.time - 10);
	fence_put(&b, 10);
	/* Known to the new file's reader from its beginning, and not known to it. */
	page_put(&b, 5, 0, 0, 64, 7);
	transfer_2d(&b, 5);
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	run(&b);
	assert_int_equal(b.drain.last_waiting, 8);
	assert_int_equal(b.drain.lost, 0);
	b.drain.last = NULL;
	/* An answer to a file that is closed. */
	response_put(&b, pending + 10);
	run(&b);
	assert_int_equal(b.drain.lost, 1);
	expect_file(&b, b.writer, b.file,
		    "P C1:40 C2:48 M40000000+256=7 C3:56 C4:48 X3=77777777 C5:96 X4=77777777 C6:96 "
		    "C7:48 M55550000+64=9 C8:72 C9:56 R8 ");
	b.writer = second;
	b.file = file;
	expect(&b,
	       "N101 N106 M40000000+256=7 N105 N103 X4=77777777 X3=77777777 L6*9/0 P C1:24 R1 S1 "
	       "C2:56 M55550000+64=9 C3:72 L2*1/0 ");
}

/* With a keeper the file begins with what was drawn, too, and nothing else. */
static void a_file_begins_with_all_that_is_known(void **state)
{
	const uint32_t clear[] = { VGPU_VIRGL_CLEAR | 8u << 16, 4, 0, 0, 0, 0, 0, 0, 0 };
	const uint32_t blend[14] = {
		[0] = VGPU_VIRGL_CREATE_OBJECT | VGPU_VIRGL_OBJECT_BLEND << 8 | 11u << 16,
		[1] = 77,
		[12] = VGPU_VIRGL_BIND_OBJECT | VGPU_VIRGL_OBJECT_BLEND << 8 | 1u << 16,
		[13] = 77
	};
	struct vgpu_trace_writer *second;
	struct record_keeper *keeper;
	struct bench b;
	FILE *file;

	(void)state;
	assert_int_equal(record_keeper_create(&keeper, 16 << 20), 0);
	bench_make_with(&b, keeper);
	b.drain.keeper = keeper;
	assert_int_equal(record_turns_begin(&b.drain), 0);
	create_2d(&b, 5);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	show(&b, 5);
	create_2d(&b, 9);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	make_context(&b, 3);
	stream_of(&b, 3, blend, 14);
	stream_of(&b, 3, clear, 9); /* nothing is there to be cleared */
	run(&b);
	record_keeper_listen(keeper, false);
	turn(&b, &second, &file);
	record_keeper_listen(keeper, true);
	/* The reader of the new file has this memory from its beginning. */
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	run(&b);
	b.drain.last = NULL;
	expect_file(&b, b.writer, b.file,
		    "P C1:40 C2:48 M40000000+256=7 C3:56 C4:48 C5:40 C6:24 X3=77777777 C7:96 C8:88 "
		    "C9:68 ");
	b.writer = second;
	b.file = file;
	expect(&b,
	       "N101 N106 M40000000+256=7 N105 N103 N101 N200 N207 X3=77777777 L6*9/0 P C1:56 ");
	record_keeper_destroy(keeper);
}

/* Streams are cut by the reader, memory by the kernel side; what they do to memory counts whole. */
static void payload_is_cut_as_asked(void **state)
{
	const uint32_t read_back[] = {
		VGPU_VIRGL_TRANSFER3D | 13u << 16, 5, 0, 0, 0, 0, 0, 0, 0, 64, 1, 1, 0, 2
	};
	struct vgpu_transfer_host_3d c = { .resource_id = 5 };
	uint8_t wire[VGPU_TRANSFER_HOST_3D_SIZE];
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	b.drain.snap = 16;
	attach(&b, 5, PAGE_A, 0x1000);
	c.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_3D;
	vgpu_encode_transfer_host_3d(&c, wire, sizeof(wire));
	for (int i = 0; i < 2; i++) {
		page_put(&b, 5, 0, 0, 64, 7);
		command_make(&b, &t, 0, wire, sizeof(wire));
		t.c.bytes_cut = 100;
		command_put(&b, &t);
		stream(&b, read_back, 14);
		stream(&b, read_back, 4);
	}
	run(&b);
	assert_int_equal(b.drain.lost, 0);
	expect(&b, "P C1:48 M40000000+64=7 L10*1/2 C2:72 L10*1/3 C3:48 C4:48 "
		   "M40000000+64=7 L10*1/5 C5:72 L10*1/6 C6:48 C7:48 ");
}

static void choose(struct bench *b, struct record_choice **choice, const char *expression,
		   uint32_t pid, struct vgpu_filter **filter)
{
	bench_make(b);
	*filter = NULL;
	if (expression)
		assert_int_equal(vgpu_filter_create(filter, expression, NULL), 0);
	assert_int_equal(record_choice_create(choice, *filter, pid), 0);
	b->drain.choice = *choice;
}

static void what_is_not_asked_for_is_left_out(void **state)
{
	struct record_choice *choice;
	struct vgpu_filter *filter;
	struct test_command t;
	struct bench b;

	(void)state;
	choose(&b, &choice, "TRANSFER_* && resource 5", 0, &filter);
	attach(&b, 5, PAGE_A, 0x1000);
	attach(&b, 6, PAGE_B, 0x1000);
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	response_put(&b, 0xabc000 + b.time);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	response_put(&b, 0xabc000 + b.time);
	/* What a command that is left out does to memory counts. */
	transfer(&b, VGPU_CMD_TRANSFER_FROM_HOST_3D, 5);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	command_make(&b, &t, 1, "012345678901234567890123", 24);
	command_put(&b, &t);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	run(&b);
	assert_int_equal(b.drain.left_out, 3);
	assert_int_equal(b.drain.lost, 0);
	expect(&b, "P C1:48 C2:48 L11*2/0 M40000000+64=7 C3:72 R3 C4:72 M40000000+64=7 C5:72 C6:24 "
		   "L11*1/0 ");
	record_choice_destroy(choice);
	vgpu_filter_destroy(filter);
}

/* Of this process: what it queues, and what others queue for its contexts and resources. */
static void a_process_has_contexts_and_resources(void **state)
{
	struct record_choice *choice;
	struct vgpu_filter *filter;
	struct test_command t;
	struct bench b;
	const struct {
		uint32_t type, ctx_id, resource;
		bool ours;
	} commands[] = {
		{ VGPU_CMD_CTX_CREATE, 1, 0, true },
		{ VGPU_CMD_CTX_CREATE, 2, 0, false },
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 5, true },
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 6, false },
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 5, false },      /* 5: its resource */
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 6, false },      /* left out */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 1, 6, false }, /* 6: its context */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 2, 6, true },  /* 7: itself */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 2, 6, false }, /* left out */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 9, 6, false }, /* 8: a context it had before */
		{ VGPU_CMD_RESOURCE_UNREF, 0, 5, false },      /* 9: always */
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 5, false },
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 5, false }, /* left out: it is another now */
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 7, false }, /* 11: nobody knows whose */
	};

	(void)state;
	choose(&b, &choice, NULL, (uint32_t)getppid(), &filter);
	assert_int_equal(record_choice_owner(choice, 0, 9, (uint32_t)getpid()), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bool flush = commands[i].type == VGPU_CMD_RESOURCE_FLUSH;
		bool transfer3d = commands[i].type == VGPU_CMD_TRANSFER_TO_HOST_3D;
		size_t at = flush ? 40 : transfer3d ? 56 : 24;
		uint8_t wire[VGPU_CTX_CREATE_SIZE] = { 0 };
		struct vgpu_ctrl_hdr hdr = { .type = commands[i].type,
					     .ctx_id = commands[i].ctx_id };

		vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
		if (commands[i].resource)
			wire[at] = (uint8_t)commands[i].resource;
		command_make(&b, &t, 0, wire, sizeof(wire));
		t.c.pid = commands[i].ours ? (uint32_t)getpid() : 1;
		command_put(&b, &t);
	}
	run(&b);
	assert_int_equal(b.drain.left_out, 3);
	assert_int_equal(b.drain.id, 11);
	record_choice_destroy(choice);
	b.drain.choice = NULL;
	b.listing[0] = '\0';
	assert_int_equal(record_drain_left_out(&b.drain), 0);
	assert_int_equal(vgpu_trace_writer_finish(b.writer, b.time), 0);
	record_drain_finish(&b.drain);
	vgpu_trace_writer_destroy(b.writer);
	free(b.commands.data);
	free(b.pages.data);
	fclose(b.file);
}

/* Whatever stands in the rings, the reader lives. */
static void nonsense_is_survived(void **state)
{
	struct bench b;
	uint8_t event[256];
	uint32_t seed = 1;

	(void)state;
	bench_make(&b);
	for (int i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof(event); k++) {
			seed = seed * 1664525u + 1013904223u;
			event[k] = (uint8_t)(seed >> 24);
		}
		event[0] = (uint8_t)(1 + i % 8);
		memset(event + 1, 0, 7);
		/* Positions in the other ring and sizes that may be right. */
		if (i % 3) {
			memset(event + 16, 0, 16);
			memset(event + 64, 0, 36);
		}
		ring_put(&b.commands, event, 8 + seed % 240);
		if (i % 100 == 99) {
			assert_true(record_drain_run(&b.drain) >= 0);
			b.commands.consumer = b.commands.producer = 0;
		}
	}
	record_drain_finish(&b.drain);
	vgpu_trace_writer_destroy(b.writer);
	free(b.commands.data);
	free(b.pages.data);
	fclose(b.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_stands_before_its_command),
		cmocka_unit_test(device_writes_void_the_shadow),
		cmocka_unit_test(answers_find_their_command),
		cmocka_unit_test(moments_find_their_command),
		cmocka_unit_test(kicks_are_of_all_that_waits),
		cmocka_unit_test(gaps_are_losses),
		cmocka_unit_test(lost_stages_are_told_once),
		cmocka_unit_test(numbers_that_start_over_are_an_epoch),
		cmocka_unit_test(another_queue_is_an_epoch),
		cmocka_unit_test(tails_and_unfinished_commands),
		cmocka_unit_test(a_file_stands_alone),
		cmocka_unit_test(a_file_begins_with_all_that_is_known),
		cmocka_unit_test(payload_is_cut_as_asked),
		cmocka_unit_test(what_is_not_asked_for_is_left_out),
		cmocka_unit_test(a_process_has_contexts_and_resources),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
