/* SPDX-License-Identifier: MIT */
/*
 * As much of cmocka's interface as the codec's tests use, so that they build for processors for
 * which no library is installed. Asserts end the program: there is one test at a time to look at.
 */
#ifndef TESTS_CROSS_CMOCKA_H
#define TESTS_CROSS_CMOCKA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
};

#define cmocka_unit_test(f) \
	{                   \
#f, f       \
	}
/* It says before why; a test that could not run is one that did not fail. */
#define skip()             return
#define print_message(...) printf(__VA_ARGS__)
#define print_error(...)   printf(__VA_ARGS__)
#define fail_msg(...)                                        \
	do {                                                 \
		printf("%s:%d: ", __FILE__, __LINE__);       \
		printf(__VA_ARGS__);                         \
		printf("\n0 passed, 1 failed, 0 skipped\n"); \
		exit(1);                                     \
	} while (0)

#define cross_assert(true_, ...)               \
	do {                                   \
		if (!(true_))                  \
			fail_msg(__VA_ARGS__); \
	} while (0)
#define assert_true(x)                cross_assert(x, "%s", #x)
#define assert_false(x)               cross_assert(!(x), "not %s", #x)
#define assert_null(x)                cross_assert(!(x), "%s == NULL", #x)
#define assert_non_null(x)            cross_assert(x, "%s != NULL", #x)
#define assert_ptr_equal(a, b)        cross_assert((a) == (b), "%s == %s", #a, #b)
#define assert_ptr_not_equal(a, b)    cross_assert((a) != (b), "%s != %s", #a, #b)
#define assert_memory_equal(a, b, n)  cross_assert(!memcmp(a, b, n), "%s == %s", #a, #b)
#define assert_string_equal(a, b)     cross_strings(a, b, 1, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) cross_strings(a, b, 0, __FILE__, __LINE__)
#define assert_in_range(x, low, high)                                                       \
	cross_assert((uint64_t)(x) >= (uint64_t)(low) && (uint64_t)(x) <= (uint64_t)(high), \
		     "%s is %lld", #x, (long long)(x))
/* As in cmocka, both sides become numbers of one width first. */
#define assert_int_equal(a, b) \
	cross_numbers((uint64_t)(int64_t)(a), (uint64_t)(int64_t)(b), 1, #a, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
	cross_numbers((uint64_t)(int64_t)(a), (uint64_t)(int64_t)(b), 0, #a, __FILE__, __LINE__)

static inline void cross_numbers(uint64_t a, uint64_t b, int equal, const char *what,
				 const char *file, int line)
{
	if ((a == b) == equal)
		return;
	printf("%s:%d: ", file, line);
	fail_msg("%s is %#llx, %s %#llx", what, (unsigned long long)a, equal ? "not" : "as",
		 (unsigned long long)b);
}

static inline void cross_strings(const char *a, const char *b, int equal, const char *file,
				 int line)
{
	if ((strcmp(a, b) == 0) == equal)
		return;
	printf("%s:%d: ", file, line);
	fail_msg("\"%s\"\n%s \"%s\"", a, equal ? "not" : "as", b);
}

static inline int cross_run(const struct CMUnitTest *tests, size_t count, int (*set_up)(void **),
			    int (*tear_down)(void **))
{
	void *state = NULL;

	if (set_up && set_up(&state))
		fail_msg("set-up");
	for (size_t i = 0; i < count; i++) {
		printf("%s\n", tests[i].name);
		fflush(stdout);
		tests[i].run(&state);
	}
	if (tear_down && tear_down(&state))
		fail_msg("tear-down");
	printf("%zu passed, 0 failed, 0 skipped\n", count);
	return 0;
}
#define cmocka_run_group_tests(tests, set_up, tear_down) \
	cross_run(tests, sizeof(tests) / sizeof((tests)[0]), set_up, tear_down)

#endif
