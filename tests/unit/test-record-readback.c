/* SPDX-License-Identifier: MIT */
/* What the device wrote for the guest, between the commands and their answers. */
#include "record-bench.h"

/* A page that the device wrote for the answer `key`. */
static void readback_put(struct bench *b, uint64_t key, uint32_t begin, uint32_t size,
			 uint8_t value)
{
	static struct record_page p;

	p = (struct record_page) { .key = key,
				   .kind = RECORD_PAGE_READBACK,
				   .device = 4,
				   .resource = 5,
				   .begin = begin,
				   .size = size };
	memset(p.bytes, value, size);
	ring_put(&b->pages, &p, sizeof(p));
}

static void response_with_pages(struct bench *b, uint64_t key, uint64_t lost)
{
	struct record_response r = { .key = key,
				     .page_pos = b->pages.producer,
				     .readbacks_lost = lost };

	r.event.type = RECORD_RESPONSE;
	r.event.device = 4;
	r.event.time_ns = b->time += 10;
	ring_put(&b->commands, &r, sizeof(r));
}

/* Two answers, a command that is queued between them, and the answer to nobody. */
static void what_the_device_wrote_is_before_its_answer(void **state)
{
	uint64_t key[2];
	struct bench b;

	(void)state;
	bench_make(&b);
	attach(&b, 5, PAGE_A, 0x800);
	for (int i = 0; i < 2; i++) {
		transfer(&b, VGPU_CMD_TRANSFER_FROM_HOST_3D, 5);
		key[i] = 0xabc000 + b.time;
	}
	readback_put(&b, key[1], 64, 32, 2);
	readback_put(&b, key[0], 0, 64, 1);
	page_put(&b, 5, 0, 0x100, 16, 9);
	readback_put(&b, 0x999, 0, 64, 7);
	response_with_pages(&b, key[0], 0);
	response_with_pages(&b, 0x999, 0);
	/* The backing ends within this one. */
	readback_put(&b, key[1], 0x7f0, 32, 3);
	response_with_pages(&b, key[1], 6);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	run(&b);
	assert_int_equal(b.drain.readbacks.count, 0);
	expect(&b, "P C1:48 C2:72 C3:72 B2:40000000+64=1 R2 B3:40000040+32=2 B3:400007f0+16=3 "
		   "M40000100+16=9 L12*6/3 R3 C4:72 ");
}

/* More than are ever kept: answers that never come take no memory for ever. */
static void lost_answers_leave_nothing_behind(void **state)
{
	struct record_readbacks r = { 0 };
	static struct record_page p;

	(void)state;
	for (int i = 0; i < 40000; i++)
		assert_int_equal(record_readbacks_page(&r, &p), 0);
	assert_true(r.room <= 16384);
	assert_int_equal(r.lost + r.count, 40000);
	record_readbacks_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_device_wrote_is_before_its_answer),
		cmocka_unit_test(lost_answers_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
