/* SPDX-License-Identifier: MIT */
/* Small parts of vgpu-replay: lists of numbers, delta debugging, comparing pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "choice.h"
#include "ddmin.h"
#include "verify.h"

static void test_choice(void **state)
{
	static const char *const wrong[] = { "",      ",",    "1,",   "-1",
					     "1-2-3", "5-4",  "x",    "1 2",
					     "last",  "0x10", "1,,2", "18446744073709551616" };
	struct choice c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_not_equal(choice_parse(&c, wrong[i], false), 0);
	assert_int_equal(choice_parse(&c, "3,10-20,18446744073709551615", false), 0);
	assert_false(choice_empty(&c));
	assert_false(choice_has(&c, 2));
	assert_true(choice_has(&c, 3));
	assert_false(choice_has(&c, 9));
	assert_true(choice_has(&c, 10) && choice_has(&c, 20));
	assert_false(choice_has(&c, 21));
	assert_true(choice_has(&c, UINT64_MAX));
	choice_finish(&c);
	assert_true(choice_empty(&c));
	assert_int_equal(choice_parse(&c, "7-,last", true), 0);
	assert_true(c.last && choice_has(&c, 1u << 31) && !choice_has(&c, 6));
	choice_finish(&c);
	assert_int_not_equal(choice_parse(&c, "lastly", true), 0);
}

#define PARTS 1000

struct puzzle {
	bool keep[PARTS];
	const size_t *needed; /* ends in PARTS */
	unsigned int tests, most;
};

static bool still(void *data, bool *stop)
{
	struct puzzle *p = data;
	size_t i;

	if (++p->tests == p->most)
		*stop = true;
	for (i = 0; p->needed[i] < PARTS; i++) {
		if (!p->keep[p->needed[i]])
			return false;
	}
	return true;
}

static size_t left(struct puzzle *p, const size_t *needed, unsigned int most)
{
	size_t i, n = 0;

	*p = (struct puzzle) { .needed = needed, .most = most };
	memset(p->keep, true, PARTS);
	ddmin(p->keep, PARTS, still, p);
	for (i = 0; i < PARTS; i++)
		n += p->keep[i];
	return n;
}

static void test_ddmin(void **state)
{
	static const size_t none[] = { PARTS }, one[] = { 700, PARTS },
			    some[] = { 0, 1, 499, 500, 999, PARTS };
	static struct puzzle p;

	(void)state;
	assert_int_equal(left(&p, none, 0), 0);
	assert_int_equal(left(&p, one, 0), 1);
	assert_true(p.keep[700]);
	assert_true(p.tests < 50);
	assert_int_equal(left(&p, some, 0), 5);
	assert_true(p.keep[0] && p.keep[1] && p.keep[499] && p.keep[500] && p.keep[999]);
	assert_true(p.tests < 200);
	/* Stopped early, what is left still does it. */
	assert_true(left(&p, some, 3) > 5);
	assert_int_equal(p.tests, 3);
	p.most = 0;
	assert_true(still(&p, NULL));
	ddmin(NULL, 0, still, &p);
}

static void test_pictures(void **state)
{
	uint8_t a[4 * 4] = { 10, 20, 30, 255, 0, 0, 0, 255, 200, 200, 200, 255, 9, 9, 9, 255 };
	struct verify_result r = { 0 };
	uint8_t b[sizeof(a)];

	(void)state;
	memcpy(b, a, sizeof(a));
	verify_pictures(a, b, 4, 0, &r);
	assert_true(r.pictures);
	assert_int_equal(r.pixels, 0);
	assert_int_equal(r.largest, 0);
	b[1] = 23;   /* 3 more */
	b[10] = 190; /* 10 less */
	b[15] = 0;   /* alpha is no part of what is shown */
	r = (struct verify_result) { 0 };
	verify_pictures(a, b, 4, 0, &r);
	assert_int_equal(r.pixels, 2);
	assert_int_equal(r.largest, 10);
	r = (struct verify_result) { 0 };
	verify_pictures(a, b, 4, 3, &r);
	assert_int_equal(r.pixels, 1);
	r = (struct verify_result) { 0 };
	verify_pictures(a, b, 4, 10, &r);
	assert_int_equal(r.pixels, 0);
	assert_int_equal(r.largest, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_ddmin),
		cmocka_unit_test(test_pictures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
