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

/* What frame `frame` wrote is in guest memory, and is shown. */
static void is_frame(struct bench *b, uint64_t frame)
{
	uint8_t *bytes = noise(4096, (uint32_t)frame - 1, 255), memory[4096];
	struct vgpu_device_picture p;

	assert_int_equal(vgpu_device_read_memory(b->device, 0x10000, memory, 4096), 0);
	assert_memory_equal(memory, bytes, 4096);
	assert_int_equal(vgpu_device_read(b->device, 0, &p), 0);
	/* B, G, R, X */
	assert_int_equal(p.rgba[0], bytes[2]);
	free(bytes);
}

/* Full of checkpoints: every second one goes, the last one stays, and those left are good. */
static void test_full(void **state)
{
	const uint64_t frames = 200;
	struct checkpoints_stats stats;
	struct checkpoint at;
	struct bench b;

	(void)state;
	/* Each holds some 8 KiB: a picture, and the memory that it came from. */
	assert_true(bench_start_with(&b, "soft2d", 256 << 10));
	shown_2d(&b);
	while (b.here.frames < frames) {
		show_2d(&b, b.here.frames);
		keep(&b);
		checkpoints_stats(b.checkpoints, &stats);
		assert_true(stats.bytes < 256 << 10);
	}
	assert_in_range(stats.count, 3, 40);
	assert_true(checkpoints_find(b.checkpoints, frames + 1, &at));
	assert_int_equal(at.frames, frames);
	while (checkpoints_find(b.checkpoints, at.frames, &at)) {
		assert_int_equal(checkpoints_restore(b.checkpoints, &at), 0);
		is_frame(&b, at.frames);
	}
	back_to(&b, frames + 1);
	is_frame(&b, frames);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2d),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
