/* SPDX-License-Identifier: MIT */
/* The sparse address space, and the tables by id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <vgpu/error.h>

#include "memory.h"
#include "table.h"
#include "under-valgrind.h"

static void test_write_and_map(void **state)
{
	static const char text[] = "over the edge of a window";
	uint64_t at = MEMORY_WINDOW_SIZE - 5;
	struct memory_vec v = { 0 };
	struct memory m;
	char back[sizeof(text)];

	(void)state;
	memory_init(&m);
	assert_int_equal(memory_write(&m, at, text, sizeof(text)), 0);
	assert_int_equal(m.count, 2);
	assert_int_equal(memory_map(&m, at, sizeof(text), &v), 0);
	assert_int_equal(memory_vec_read(v.iov, v.count, 0, back, sizeof(back)), sizeof(text));
	assert_string_equal(back, text);
	/* Reads stop at the end, and begin anywhere. */
	assert_int_equal(memory_vec_read(v.iov, v.count, 3, back, sizeof(back)), sizeof(text) - 3);
	assert_string_equal(back, text + 3);
	assert_int_equal(memory_vec_read(v.iov, v.count, 1000, back, 1), 0);
	free(v.iov);
	memory_finish(&m);
}

static void test_aliases(void **state)
{
	struct memory_vec a = { 0 }, b = { 0 };
	struct memory m;
	uint8_t byte = 7;

	(void)state;
	memory_init(&m);
	assert_int_equal(memory_map(&m, 0x10000, 0x2000, &a), 0);
	assert_int_equal(memory_map(&m, 0x11000, 0x1000, &b), 0);
	assert_int_equal(memory_write(&m, 0x11004, &byte, 1), 0);
	assert_int_equal(((uint8_t *)a.iov[0].iov_base)[0x1004], 7);
	assert_int_equal(((uint8_t *)b.iov[0].iov_base)[4], 7);
	/* What touches is one piece. */
	assert_int_equal(memory_map(&m, 0x12000, 0x1000, &a), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.iov[0].iov_len, 0x3000);
	free(a.iov);
	free(b.iov);
	memory_finish(&m);
}

static void test_hostile_ranges(void **state)
{
	struct memory_vec v = { 0 };
	struct memory m;
	uint64_t i;
	int ret = 0;

	(void)state;
	/* All windows are 256 GiB of address space: more than valgrind gives a program. */
	if (or_under_valgrind(false, true))
		skip();
	memory_init(&m);
	assert_int_equal(memory_write(&m, UINT64_MAX - 2, "abcd", 4), VGPU_ERR_INVALID);
	assert_int_equal(memory_write(&m, UINT64_MAX - 3, "abcd", 4), 0);
	assert_int_equal(memory_map(&m, 2, UINT64_MAX, &v), VGPU_ERR_INVALID);
	assert_int_equal(memory_map(&m, 0, 0, &v), 0);
	assert_int_equal(memory_map(&m, 1ull << 40, 1ull << 60, &v), VGPU_ERR_TOO_LARGE);
	for (i = 0; i <= MEMORY_WINDOWS_MAX && !ret; i++)
		ret = memory_write(&m, i << MEMORY_WINDOW_SHIFT << 5, "", 1);
	assert_int_equal(ret, VGPU_ERR_TOO_LARGE);
	free(v.iov);
	memory_finish(&m);
}

static void test_tables(void **state)
{
	struct table_node *nodes = calloc(3000, sizeof(*nodes)), *n;
	struct id_set set = { 0 };
	struct table t = { 0 };
	uint32_t i, from = 0, left = 0;

	(void)state;
	for (i = 0; i < 3000; i++) {
		nodes[i].id = i % 2 ? i * 0x10001u : i + 1;
		assert_null(table_find(&t, nodes[i].id));
		assert_int_equal(table_insert(&t, &nodes[i]), 0);
		assert_int_equal(id_set_add(&set, nodes[i].id), 0);
	}
	for (i = 0; i < 3000; i += 3)
		assert_ptr_equal(table_remove(&t, nodes[i].id), &nodes[i]);
	for (i = 0; i < 3000; i++) {
		n = table_find(&t, nodes[i].id);
		assert_ptr_equal(n, i % 3 ? &nodes[i] : NULL);
		assert_true(id_set_has(&set, nodes[i].id));
	}
	assert_false(id_set_has(&set, 0));
	assert_false(id_set_has(&set, 0xfffffff0));
	while (table_pop(&t, &from))
		left++;
	assert_int_equal(left, 2000);
	table_finish(&t);
	id_set_clear(&set);
	free(nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_map),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_hostile_ranges),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
