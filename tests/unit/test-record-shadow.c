/* SPDX-License-Identifier: MIT */
/* The recorder's pure parts against plain models: map, shadow, backings. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "record/record.h"

static uint32_t seed = 1;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void map_is_a_map(void **state)
{
	enum {
		KEYS = 400
	};
	uint64_t model[KEYS] = { 0 }, value;
	struct record_map map = { 0 };
	size_t count = 0;

	(void)state;
	assert_null(record_map_get(&map, 1));
	assert_false(record_map_remove(&map, 1, NULL));
	for (unsigned int i = 0; i < 100000; i++) {
		uint32_t k = next_random(KEYS);
		uint64_t key = 0xffff888000000000ull + k * 4096ull, *found;

		switch (next_random(3)) {
		case 0:
			count += !model[k];
			model[k] = i + 1;
			assert_int_equal(record_map_put(&map, key, model[k]), 0);
			break;
		case 1:
			assert_int_equal(record_map_remove(&map, key, &value), model[k] != 0);
			if (model[k])
				assert_int_equal(value, model[k]);
			count -= model[k] != 0;
			model[k] = 0;
			break;
		default:
			found = record_map_get(&map, key);
			assert_int_equal(found != NULL, model[k] != 0);
			if (found)
				assert_int_equal(*found, model[k]);
		}
		assert_int_equal(map.count, count);
	}
	record_map_finish(&map);
}

/* A reader of the trace: its memory, and what was sent to it. */
struct reader {
	uint8_t memory[64 * RECORD_PAGE_SIZE];
	uint64_t base;
	size_t sent, runs;
};

static int receive(void *data, uint64_t space, uint64_t address, const uint8_t *bytes, size_t size)
{
	struct reader *r = data;

	assert_int_equal(space, 0);
	assert_true(address >= r->base && address - r->base + size <= sizeof(r->memory));
	memcpy(r->memory + (address - r->base), bytes, size);
	r->sent += size;
	r->runs++;
	return 0;
}

static void send(struct record_shadow *s, struct reader *r, const uint8_t *guest, size_t begin,
		 size_t end)
{
	size_t to;

	for (; begin < end; begin = to) {
		to = (begin / RECORD_PAGE_SIZE + 1) * RECORD_PAGE_SIZE;
		if (to > end)
			to = end;
		assert_int_equal(record_shadow_update(s, 0, r->base + begin, guest + begin,
						      to - begin, receive, r),
				 0);
	}
}

static struct reader *reader_create(void)
{
	struct reader *r = calloc(1, sizeof(*r));

	r->base = 0x7fff0000;
	return r;
}

static void only_changes_are_sent(void **state)
{
	uint8_t page[RECORD_PAGE_SIZE] = { 0 };
	struct reader *r = reader_create();
	struct record_shadow *s;

	(void)state;
	assert_int_equal(record_shadow_create(&s, 1 << 20), 0);
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->sent, sizeof(page)); /* zeros too: nobody knows what was there */
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->sent, sizeof(page));

	/* One byte costs its block; two far apart two runs; two near each other one. */
	page[100] = 1;
	r->sent = r->runs = 0;
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->sent, 64);
	page[0] = page[2000] = 2;
	r->sent = r->runs = 0;
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->runs, 2);
	assert_int_equal(r->sent, 128);
	page[0] = page[130] = 3;
	r->sent = r->runs = 0;
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->runs, 1);
	assert_int_equal(r->sent, 192);

	/* Never a byte outside the range. */
	page[98] = page[102] = 9;
	r->sent = r->runs = 0;
	send(s, r, page, 100, 110);
	assert_int_equal(r->sent, 10);
	assert_int_equal(r->memory[98], 0);
	send(s, r, page, 90, 110);
	assert_int_equal(r->memory[98], 9);

	record_shadow_destroy(s);
	record_shadow_destroy(NULL);
	free(r);
}

/* Guest writes, device writes and reads at random: what the device reads is always right. */
static void check_random(size_t max_bytes, uint64_t base)
{
	struct reader *r = reader_create();
	uint8_t *guest = calloc(1, sizeof(r->memory));
	struct record_shadow *s;
	size_t begin, end, read = 0;

	r->base = base;
	assert_int_equal(record_shadow_create(&s, max_bytes), 0);
	memset(r->memory, 0xa5, sizeof(r->memory));
	for (unsigned int i = 0; i < 20000; i++) {
		begin = next_random(sizeof(r->memory));
		end = begin + next_random(i % 8 ? 300 : 20000);
		if (end > sizeof(r->memory))
			end = sizeof(r->memory);
		switch (next_random(4)) {
		case 0:
			for (size_t k = begin; k < end; k += 1 + next_random(100))
				guest[k] = (uint8_t)next_random(256);
			break;
		case 1:
			/* The device writes: in the guest one thing, in the replay another. */
			if (next_random(4))
				break;
			memset(guest + begin, (int)next_random(256), end - begin);
			memset(r->memory + begin, (int)next_random(256), end - begin);
			record_shadow_forget(s, 0, r->base + begin, end - begin);
			break;
		default:
			send(s, r, guest, begin, end);
			assert_memory_equal(guest + begin, r->memory + begin, end - begin);
			read += end - begin;
		}
	}
	assert_true(r->sent < read);
	assert_true(record_shadow_pages(s) <= max_bytes / RECORD_PAGE_SIZE);
	record_shadow_forget_all(s);
	assert_int_equal(record_shadow_pages(s), 0);
	record_shadow_destroy(s);
	free(guest);
	free(r);
}

static void reads_are_right(void **state)
{
	(void)state;
	check_random(1 << 20, 0x7fff0000);
	check_random(1 << 20, UINT64_MAX - 64 * RECORD_PAGE_SIZE + 1);
}

static void spaces_are_apart(void **state)
{
	uint8_t page[RECORD_PAGE_SIZE] = { 0 };
	struct reader *r = reader_create();
	struct record_shadow *s;

	(void)state;
	assert_int_equal(record_shadow_create(&s, 1 << 20), 0);
	send(s, r, page, 0, sizeof(page));
	record_shadow_forget(s, 1, r->base, sizeof(page));
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->sent, sizeof(page));
	record_shadow_forget(s, 0, r->base + 5, 1);
	send(s, r, page, 0, sizeof(page));
	assert_int_equal(r->sent, 2 * sizeof(page));
	/* A hostile size. */
	record_shadow_forget(s, 0, r->base, UINT64_MAX);
	record_shadow_destroy(s);
	free(r);
}

/* More pages than it may hold: it forgets, and sends again. */
static void small_shadow_is_right(void **state)
{
	struct record_shadow *s;
	struct reader *r = reader_create();
	uint8_t page[RECORD_PAGE_SIZE] = { 0 };

	(void)state;
	assert_int_equal(record_shadow_create(&s, 1), 0);
	for (unsigned int i = 0; i < 4000; i++) {
		r->base = (uint64_t)(i % 1500) << RECORD_PAGE_SHIFT;
		page[0] = (uint8_t)i;
		memset(r->memory, 0, 1);
		record_shadow_forget(s, 0, r->base, 1);
		send(s, r, page, 0, sizeof(page));
		assert_int_equal(r->memory[0], page[0]);
		assert_true(record_shadow_pages(s) <= 256);
	}
	record_shadow_destroy(s);
	free(r);
}

static void put_entry(uint8_t *to, uint64_t address, uint32_t size)
{
	memset(to, 0, 16);
	for (unsigned int i = 0; i < 8; i++)
		to[i] = (uint8_t)(address >> 8 * i);
	for (unsigned int i = 0; i < 4; i++)
		to[8 + i] = (uint8_t)(size >> 8 * i);
}

static void backings_translate(void **state)
{
	struct record_backings b = { { 0 } };
	const struct record_backing *backing;
	uint8_t entries[4 * 16 + 7];
	uint64_t address = 0;

	(void)state;
	put_entry(entries, 0x10000, 0x2000);
	put_entry(entries + 16, 0x99000, 0); /* empty ones are no trap */
	put_entry(entries + 32, 0x50000, 0x1000);
	put_entry(entries + 48, 0xfffffffff000, 0x10);
	assert_int_equal(record_backings_set(&b, 0, 7, entries, sizeof(entries)), 0);
	assert_null(record_backings_get(&b, 1, 7));
	backing = record_backings_get(&b, 0, 7);
	assert_non_null(backing);
	assert_int_equal(backing->count, 4);
	assert_int_equal(record_backing_find(backing, 0, &address), 0x2000);
	assert_int_equal(address, 0x10000);
	assert_int_equal(record_backing_find(backing, 0x1fff, &address), 1);
	assert_int_equal(address, 0x11fff);
	assert_int_equal(record_backing_find(backing, 0x2000, &address), 0x1000);
	assert_int_equal(address, 0x50000);
	assert_int_equal(record_backing_find(backing, 0x300f, &address), 1);
	assert_int_equal(address, 0xfffffffff00f);
	assert_int_equal(record_backing_find(backing, 0x3010, &address), 0);
	assert_int_equal(record_backing_find(backing, UINT64_MAX, &address), 0);

	/* Replaced, dropped one by one, dropped by device. */
	assert_int_equal(record_backings_set(&b, 0, 7, entries, 16), 0);
	assert_int_equal(record_backings_get(&b, 0, 7)->count, 1);
	assert_int_equal(record_backings_set(&b, 0, 8, NULL, 0), 0);
	assert_int_equal(record_backing_find(record_backings_get(&b, 0, 8), 0, &address), 0);
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(record_backings_set(&b, i % 3, 100 + i, entries, 16), 0);
	record_backings_drop(&b, 0, 7);
	assert_null(record_backings_get(&b, 0, 7));
	record_backings_drop_device(&b, 0);
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(record_backings_get(&b, i % 3, 100 + i) != NULL, i % 3 != 0);
	record_backings_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_is_a_map),          cmocka_unit_test(only_changes_are_sent),
		cmocka_unit_test(reads_are_right),       cmocka_unit_test(spaces_are_apart),
		cmocka_unit_test(small_shadow_is_right), cmocka_unit_test(backings_translate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
