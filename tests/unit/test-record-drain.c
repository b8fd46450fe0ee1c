/* SPDX-License-Identifier: MIT */
/* Events in, records out: order, numbering, epochs, and what commands do to memory. */
#include "record-bench.h"

#include <vgpu/virgl.h>

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

/* Two devices have resources, and perhaps addresses, of the same numbers. */
static void each_device_has_its_memory(void **state)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_memory m;
	struct vgpu_trace_device d;
	struct vgpu_trace_record r;
	uint64_t spaces[2] = { 9, 9 };
	unsigned int memories = 0;
	struct bench b;
	const char *key;

	(void)state;
	bench_make(&b);
	for (uint32_t i = 0; i < 2; i++) {
		b.number = 4 + i;
		attach(&b, 5, PAGE_A, 0x1000);
		page_put(&b, 5, 0, 0, 64, (uint8_t)(7 + i));
		transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	}
	run(&b);
	assert_int_equal(record_drain_flush(&b.drain), 0);
	assert_int_equal(vgpu_trace_writer_finish(b.writer, b.time), 0);
	rewind(b.file);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fileno(b.file)), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (!vgpu_trace_parse_device(&r, &d)) {
			key = vgpu_trace_text_get(d.text, d.text_size, "space");
			assert_in_range(d.device, 0, 1);
			spaces[d.device] = key ? strtoull(key, NULL, 10) : 0;
		}
		if (!vgpu_trace_parse_memory(&r, &m)) {
			assert_int_equal(m.space, spaces[memories]);
			assert_int_equal(m.bytes[0], 7 + memories);
			memories++;
		}
	}
	assert_int_equal(memories, 2);
	assert_int_equal(spaces[0], 0);
	assert_int_not_equal(spaces[1], 0);
	vgpu_trace_reader_close(reader);
	bench_drop(&b);
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
	bench_drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_stands_before_its_command),
		cmocka_unit_test(device_writes_void_the_shadow),
		cmocka_unit_test(each_device_has_its_memory),
		cmocka_unit_test(answers_find_their_command),
		cmocka_unit_test(numbers_that_start_over_are_an_epoch),
		cmocka_unit_test(another_queue_is_an_epoch),
		cmocka_unit_test(tails_and_unfinished_commands),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
