/* SPDX-License-Identifier: MIT */
/* What is missing, or was not asked for, is in the trace by kind and number. */
#include "record-bench.h"

#include <vgpu/virgl.h>

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
	struct record_missed missed = { 0 };
	struct bench b;

	(void)state;
	bench_make(&b);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	run(&b);
	assert_int_equal(record_drain_losses(&b.drain, &counters, &missed, b.time, false), 0);
	assert_int_equal(record_drain_losses(&b.drain, &counters, &missed, b.time, false), 0);
	counters.moments_lost++;
	assert_int_equal(record_drain_losses(&b.drain, &counters, &missed, b.time, false), 0);
	/* What was left out by the kernel is gone, too. */
	counters.responses_lost = 1;
	missed = (struct record_missed) { .responses = 4, .stages = 2 };
	assert_int_equal(record_drain_losses(&b.drain, &counters, &missed, b.time, true), 0);
	assert_int_equal(b.drain.lost, 4 + 5 + 2);
	expect(&b, "P C1:24 L8*3/0 L8*1/0 L2*5/0 L8*2/0 ");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_losses),
		cmocka_unit_test(lost_stages_are_told_once),
		cmocka_unit_test(payload_is_cut_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
