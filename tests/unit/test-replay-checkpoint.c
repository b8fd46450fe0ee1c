/* SPDX-License-Identifier: MIT */
/* Checkpoints: the device is again what it was, whatever became of it meanwhile. */
#include "checkpoint-bench.h"

static void test_2d(void **state)
{
	(void)state;
	frames("soft2d");
}

/* Without pictures there is nothing to put back but what is alive. */
static void test_null(void **state)
{
	struct vgpu_rect r = { .width = 32, .height = 32 };
	struct checkpoints_stats stats;
	struct bench b;

	(void)state;
	assert_true(bench_start(&b, "null"));
	RUN(&b, resource_create_2d, RESOURCE_CREATE_2D,
	    { .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
	      .resource_id = 1,
	      .format = VGPU_FORMAT_B8G8R8X8_UNORM,
	      .width = 32,
	      .height = 32 });
	b.here.frames = 1;
	keep(&b);
	checkpoints_stats(b.checkpoints, &stats);
	assert_int_equal(stats.not_taken, 0);
	assert_int_equal(unref(b.device, 1), VGPU_RESP_OK_NODATA);
	set_scanout(b.device, 0, 1, r);
	assert_int_not_equal(result.verdict, 0);
	back_to(&b, 2);
	set_scanout(b.device, 0, 1, r);
	assert_int_equal(result.verdict, 0);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2d),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
