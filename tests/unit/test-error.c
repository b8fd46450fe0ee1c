/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <cmocka.h>

#include <vgpu/error.h>

static const int codes[] = {
#define VGPU_ERROR(name, value, text) VGPU_ERR_##name,
#include <vgpu/errors.def>
#undef VGPU_ERROR
};

#define COUNT (sizeof(codes) / sizeof(codes[0]))

/* A function may return -errno or one of these: they must not meet. */
static void outside_errno(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		assert_true(codes[i] <= -4096);
}

static void every_code_has_its_own_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_string_not_equal(vgpu_strerror(codes[i]), "unknown error");
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(vgpu_strerror(codes[i]), vgpu_strerror(codes[j]));
	}
}

static void other_numbers(void **state)
{
	static const int others[] = { 0, 1, -EINVAL, -4095, -4095 - 100000, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(vgpu_strerror(others[i]), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_errno),
		cmocka_unit_test(every_code_has_its_own_text),
		cmocka_unit_test(other_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
