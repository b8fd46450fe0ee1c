/* SPDX-License-Identifier: MIT */
/* Reading a ring buffer that is mapped once: records that go over its end are whole all the same. */
#include <linux/bpf.h>

#include "record-bench.h"

#define SIZE 4096u

/* As the kernel writes it. */
struct writer {
	struct record_ring ring;
	unsigned long consumer, producer;
	uint8_t data[SIZE] __attribute__((aligned(8)));
	uint8_t torn[RECORD_EVENT_MAX];
};

static struct writer w;

static void begin(void)
{
	memset(&w, 0, sizeof(w));
	w.ring = (struct record_ring) { .size = SIZE,
					.consumer = &w.consumer,
					.producer = &w.producer,
					.data = w.data,
					.torn = w.torn };
}

static void put(uint32_t size, uint32_t bits, uint8_t first)
{
	uint32_t header[2] = { size | bits, 0 };

	memcpy(w.data + w.producer % SIZE, header, sizeof(header));
	for (uint32_t i = 0; i < size; i++)
		w.data[(w.producer + sizeof(header) + i) % SIZE] = (uint8_t)(first + i);
	w.producer += (sizeof(header) + size + 7) & ~7ul;
}

static void is_record(const uint8_t *record, size_t size, size_t wanted, uint8_t first)
{
	assert_non_null(record);
	assert_int_equal(size, wanted);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(record[i], (uint8_t)(first + i));
}

/* The next one; it is taken. */
static void take(size_t wanted, uint8_t first)
{
	size_t size = 0;
	const uint8_t *record = record_ring_peek(&w.ring, &size);

	is_record(record, size, wanted, first);
	record_ring_pop(&w.ring);
}

/* All sizes, so that the end falls on each place in a record. */
static void torn_records_are_whole(void **state)
{
	size_t size;

	(void)state;
	begin();
	for (uint32_t n = 1; n < 3000; n++) {
		put(n, 0, (uint8_t)n);
		take(n, (uint8_t)n);
		assert_null(record_ring_peek(&w.ring, &size));
	}
	assert_true(w.producer > 1000ul * SIZE);
	assert_int_equal(w.consumer, w.producer);
}

static void what_is_discarded_is_passed_over(void **state)
{
	size_t size;

	(void)state;
	begin();
	put(100, BPF_RINGBUF_DISCARD_BIT, 1);
	put(50, 0, 2);
	put(60, BPF_RINGBUF_BUSY_BIT, 3);
	put(70, 0, 4);
	take(50, 2);
	assert_null(record_ring_peek(&w.ring, &size)); /* nor what comes behind an unfinished one */
}

static void count_one(void *data, const void *record, size_t size)
{
	unsigned int *n = data;

	is_record(record, size, 1000, (uint8_t)++ * n);
}

static void all_are_looked_at_and_none_is_taken(void **state)
{
	unsigned long consumed;
	unsigned int n = 0;

	(void)state;
	begin();
	for (unsigned int i = 0; i < 3; i++) {
		put(1000, 0, 0);
		take(1000, 0);
	}
	consumed = w.consumer;
	for (uint8_t i = 1; i <= 3; i++) /* the second one is torn */
		put(1000, 0, i);
	record_ring_each(&w.ring, count_one, &n);
	assert_int_equal(n, 3);
	assert_int_equal(w.consumer, consumed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torn_records_are_whole),
		cmocka_unit_test(what_is_discarded_is_passed_over),
		cmocka_unit_test(all_are_looked_at_and_none_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
