/* SPDX-License-Identifier: MIT */
/* What is shown where, and which flush is a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/scanouts.h>

static uint32_t show(struct vgpu_scanouts *s, uint32_t scanout, uint32_t resource)
{
	struct vgpu_set_scanout c = { .hdr.type = VGPU_CMD_SET_SCANOUT,
				      .scanout_id = scanout,
				      .resource_id = resource };
	uint8_t wire[VGPU_SET_SCANOUT_SIZE];

	vgpu_encode_set_scanout(&c, wire, sizeof(wire));
	return vgpu_scanouts_request(s, wire, sizeof(wire));
}

static uint32_t show_blob(struct vgpu_scanouts *s, uint32_t scanout, uint32_t resource)
{
	struct vgpu_set_scanout_blob c = { .hdr.type = VGPU_CMD_SET_SCANOUT_BLOB,
					   .scanout_id = scanout,
					   .resource_id = resource };
	uint8_t wire[VGPU_SET_SCANOUT_BLOB_SIZE];

	vgpu_encode_set_scanout_blob(&c, wire, sizeof(wire));
	return vgpu_scanouts_request(s, wire, sizeof(wire));
}

static uint32_t flush(struct vgpu_scanouts *s, uint32_t resource, size_t cut)
{
	struct vgpu_resource_flush c = { .hdr.type = VGPU_CMD_RESOURCE_FLUSH,
					 .resource_id = resource };
	uint8_t wire[VGPU_RESOURCE_FLUSH_SIZE];

	vgpu_encode_resource_flush(&c, wire, sizeof(wire));
	return vgpu_scanouts_request(s, wire, sizeof(wire) - cut);
}

static void unref(struct vgpu_scanouts *s, uint32_t resource)
{
	struct vgpu_resource_unref c = { .hdr.type = VGPU_CMD_RESOURCE_UNREF,
					 .resource_id = resource };
	uint8_t wire[VGPU_RESOURCE_UNREF_SIZE];

	vgpu_encode_resource_unref(&c, wire, sizeof(wire));
	assert_int_equal(vgpu_scanouts_request(s, wire, sizeof(wire)), 0);
}

static void a_flush_of_what_is_shown_is_a_frame(void **state)
{
	struct vgpu_scanouts s = { 0 };

	(void)state;
	assert_int_equal(flush(&s, 5, 0), 0);
	assert_int_equal(show(&s, 0, 5), 0);
	assert_int_equal(show(&s, 15, 5), 0);
	assert_int_equal(show_blob(&s, 2, 6), 0);
	assert_int_equal(flush(&s, 5, 0), 1u | 1u << 15);
	assert_int_equal(flush(&s, 6, 0), 1u << 2);
	assert_int_equal(s.resource[2], 6);
	assert_int_equal(flush(&s, 7, 0), 0);
	show(&s, 15, 0);
	assert_int_equal(flush(&s, 5, 0), 1);
	/* Nothing is shown on most of them; that is no resource. */
	assert_int_equal(flush(&s, 0, 0), 0);
}

static void a_destroyed_resource_is_not_shown(void **state)
{
	struct vgpu_scanouts s = { 0 };

	(void)state;
	show(&s, 0, 5);
	show(&s, 1, 6);
	unref(&s, 5);
	unref(&s, 0);
	assert_int_equal(flush(&s, 5, 0), 0);
	assert_int_equal(flush(&s, 6, 0), 1u << 1);
}

static void a_new_resource_is_a_flip(void **state)
{
	struct vgpu_scanouts s = { 0 };

	(void)state;
	show(&s, 0, 5);
	show(&s, 1, 5);
	assert_int_equal(flush(&s, 5, 0), 3);
	assert_int_equal(s.flips, 3);
	assert_int_equal(flush(&s, 5, 0), 3);
	assert_int_equal(s.flips, 0);
	/* The same again is none, nor is what is not shown. */
	show(&s, 0, 5);
	show_blob(&s, 1, 6);
	assert_int_equal(flush(&s, 7, 0), 0);
	assert_int_equal(flush(&s, 5, 0), 1);
	assert_int_equal(s.flips, 0);
	assert_int_equal(flush(&s, 6, 0), 2);
	assert_int_equal(s.flips, 2);
	/* An id that was given anew. */
	unref(&s, 6);
	show(&s, 1, 6);
	assert_int_equal(flush(&s, 6, 0), 2);
	assert_int_equal(s.flips, 2);
}

static void nonsense_shows_nothing(void **state)
{
	static const uint8_t other[VGPU_CTRL_HDR_SIZE] = { 0xff, 0xff, 0xff, 0xff };
	struct vgpu_scanouts s = { 0 };

	(void)state;
	show(&s, 16, 5);
	show_blob(&s, UINT32_MAX, 5);
	assert_int_equal(flush(&s, 5, 0), 0);
	show(&s, 0, 5);
	assert_int_equal(flush(&s, 5, 1), 0);
	assert_int_equal(vgpu_scanouts_request(&s, other, sizeof(other)), 0);
	assert_int_equal(vgpu_scanouts_request(&s, other, 3), 0);
	assert_int_equal(vgpu_scanouts_request(&s, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flush_of_what_is_shown_is_a_frame),
		cmocka_unit_test(a_destroyed_resource_is_not_shown),
		cmocka_unit_test(a_new_resource_is_a_flip),
		cmocka_unit_test(nonsense_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
