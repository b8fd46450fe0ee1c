/* SPDX-License-Identifier: MIT */
/* What VMMs answer differently, and the cursor. Sources: replayer/device/profile.c. */
#include "device-pictures.h"

static struct vgpu_device *start_as(const char *profile)
{
	struct vgpu_device_options options = { .backend = "soft2d",
					       .profile = vgpu_profile_find(profile),
					       .scanouts = 2,
					       .cursors = true };
	struct vgpu_device *d = NULL;

	assert_non_null(options.profile);
	assert_int_equal(vgpu_device_create(&d, &options), 0);
	return d;
}

static const char *const names[] = { "qemu", "qemu-2d", "rutabaga", "hvisor", "spec" };

#define PROFILES 5
#define OK       VGPU_RESP_OK_NODATA
#define UNSPEC   VGPU_RESP_ERR_UNSPEC
#define NO_ID    VGPU_RESP_ERR_INVALID_RESOURCE_ID
#define NO_PARAM VGPU_RESP_ERR_INVALID_PARAMETER
#define NO_OUT   VGPU_RESP_ERR_INVALID_SCANOUT_ID

static const struct vgpu_rect small = { 0, 0, 15, 16 }, outside = { 60, 0, 5, 20 };

static uint32_t twice(struct vgpu_device *d)
{
	return create_2d(d, 5, 1, WIDTH, HEIGHT);
}

static uint32_t transfer_unknown(struct vgpu_device *d)
{
	return to_host_2d(d, 9, whole, 0);
}

static uint32_t transfer_unbacked(struct vgpu_device *d)
{
	return to_host_2d(d, 6, whole, 0);
}

static uint32_t transfer_outside(struct vgpu_device *d)
{
	return to_host_2d(d, 5, outside, 0);
}

static uint32_t unref_unknown(struct vgpu_device *d)
{
	return unref(d, 9);
}

static uint32_t flush_unknown(struct vgpu_device *d)
{
	return flush(d, 9, whole);
}

static uint32_t flush_nothing(struct vgpu_device *d)
{
	return flush(d, 0, whole);
}

static uint32_t flush_outside(struct vgpu_device *d)
{
	return flush(d, 5, outside);
}

static uint32_t detach_unbacked(struct vgpu_device *d)
{
	return detach(d, 6);
}

static uint32_t scanout_off(struct vgpu_device *d)
{
	return set_scanout(d, 0, 0, whole);
}

static uint32_t scanout_small(struct vgpu_device *d)
{
	return set_scanout(d, 0, 5, small);
}

static uint32_t scanout_outside(struct vgpu_device *d)
{
	return set_scanout(d, 0, 5, outside);
}

static uint32_t scanout_unbacked(struct vgpu_device *d)
{
	return set_scanout(d, 0, 6, whole);
}

static uint32_t scanout_second(struct vgpu_device *d)
{
	return set_scanout(d, 1, 5, whole);
}

static uint32_t uuid(struct vgpu_device *d)
{
	return PUT(d, resource_assign_uuid, RESOURCE_ASSIGN_UUID,
		   { .hdr.type = VGPU_CMD_RESOURCE_ASSIGN_UUID, .resource_id = 5 });
}

static uint32_t edid(struct vgpu_device *d)
{
	return PUT(d, cmd_get_edid, CMD_GET_EDID, { .hdr.type = VGPU_CMD_GET_EDID });
}

static uint32_t update(struct vgpu_device *d, uint32_t scanout, uint32_t id)
{
	return PUT(d, update_cursor, UPDATE_CURSOR,
		   { .hdr.type = VGPU_CMD_UPDATE_CURSOR,
		     .pos = { .scanout_id = scanout, .x = 20, .y = 10 },
		     .resource_id = id,
		     .hot_x = 3,
		     .hot_y = 30 });
}

static uint32_t cursor_unknown(struct vgpu_device *d)
{
	return update(d, 0, 9);
}

static uint32_t cursor_elsewhere(struct vgpu_device *d)
{
	return update(d, 7, 5);
}

/* In the order of `names`. */
static const struct {
	const char *what;
	uint32_t (*ask)(struct vgpu_device *d);
	uint32_t answer[PROFILES];
} cases[] = {
	{ "an id twice", twice, { NO_ID, NO_ID, UNSPEC, NO_ID, NO_ID } },
	{ "transfer, unknown", transfer_unknown, { OK, NO_ID, UNSPEC, NO_ID, NO_ID } },
	{ "transfer, no backing", transfer_unbacked, { OK, UNSPEC, UNSPEC, UNSPEC, UNSPEC } },
	{ "transfer, outside", transfer_outside, { OK, NO_PARAM, UNSPEC, NO_PARAM, NO_PARAM } },
	{ "unref, unknown", unref_unknown, { OK, NO_ID, NO_ID, NO_ID, NO_ID } },
	{ "flush, unknown", flush_unknown, { OK, NO_ID, NO_ID, NO_ID, NO_ID } },
	{ "flush of 0", flush_nothing, { OK, NO_ID, OK, NO_ID, NO_ID } },
	{ "flush, outside", flush_outside, { OK, NO_PARAM, OK, NO_PARAM, NO_PARAM } },
	{ "detach, no backing", detach_unbacked, { OK, UNSPEC, OK, UNSPEC, OK } },
	{ "scanout off", scanout_off, { OK, OK, OK, NO_ID, OK } },
	{ "scanout, small", scanout_small, { OK, NO_PARAM, OK, NO_PARAM, OK } },
	{ "scanout, outside", scanout_outside, { OK, NO_PARAM, OK, NO_PARAM, NO_PARAM } },
	{ "scanout, no backing", scanout_unbacked, { OK, UNSPEC, OK, UNSPEC, OK } },
	{ "second scanout", scanout_second, { OK, OK, OK, NO_OUT, OK } },
	{ "uuid",
	  uuid,
	  { UNSPEC, UNSPEC, VGPU_RESP_OK_RESOURCE_UUID, UNSPEC, VGPU_RESP_OK_RESOURCE_UUID } },
	{ "EDID",
	  edid,
	  { VGPU_RESP_OK_EDID, VGPU_RESP_OK_EDID, VGPU_RESP_OK_EDID, OK, VGPU_RESP_OK_EDID } },
	{ "cursor, unknown", cursor_unknown, { OK, OK, NO_ID, UNSPEC, NO_ID } },
	{ "cursor, no such scanout", cursor_elsewhere, { OK, OK, NO_OUT, UNSPEC, NO_OUT } },
};

static void test_answers(void **state)
{
	struct vgpu_device *d;
	size_t i, p;
	uint32_t got;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (p = 0; p < PROFILES; p++) {
			d = start_as(names[p]);
			create_2d(d, 5, 1, WIDTH, HEIGHT);
			create_2d(d, 6, 1, WIDTH, HEIGHT);
			attach(d, 5, 0x4000, WIDTH * HEIGHT * 4);
			got = cases[i].ask(d);
			if (got != cases[i].answer[p])
				fail_msg("%s, %s: 0x%x, expected 0x%x", names[p], cases[i].what,
					 got, cases[i].answer[p]);
			vgpu_device_destroy(d);
		}
	}
}

/* The header of the last response. */
static struct vgpu_ctrl_hdr answered(void)
{
	struct vgpu_ctrl_hdr hdr;

	assert_int_equal(vgpu_decode_ctrl_hdr(result.response, result.response_size, &hdr), 0);
	return hdr;
}

static void fenced_flush(struct vgpu_device *d, uint32_t id)
{
	PUT(d, resource_flush, RESOURCE_FLUSH,
	    { .hdr = { .type = VGPU_CMD_RESOURCE_FLUSH, .flags = VGPU_FLAG_FENCE, .fence_id = 7 },
	      .r = whole,
	      .resource_id = id });
}

static void test_fences(void **state)
{
	static const bool echo[PROFILES] = { true, true, true, false, true };
	static const bool error[PROFILES] = { true, false, true, false, false };
	struct vgpu_device *d;
	size_t p;

	(void)state;
	for (p = 0; p < PROFILES; p++) {
		d = start_as(names[p]);
		create_2d(d, 5, 1, WIDTH, HEIGHT);
		attach(d, 5, 0x4000, WIDTH * HEIGHT * 4);
		fenced_flush(d, 5);
		assert_int_equal(result.response_type, OK);
		assert_int_equal(answered().flags, echo[p] ? VGPU_FLAG_FENCE : 0);
		assert_int_equal(answered().fence_id, echo[p] ? 7 : 0);
		assert_int_not_equal(result.fence, 0);
		assert_true(vgpu_device_wait_fence(d, result.fence, 0));
		/* An error, but to QEMU's virgl device: that says OK. */
		fenced_flush(d, 9);
		assert_int_equal(answered().flags, echo[p] ? VGPU_FLAG_FENCE : 0);
		assert_int_equal(result.fence != 0, error[p]);
		vgpu_device_destroy(d);
	}
}

/* hvisor: of several transfers the last one counts, and it happens at the flush. */
static void test_deferred(void **state)
{
	struct vgpu_rect top = { 0, 0, WIDTH, 4 }, low = { 0, 8, WIDTH, 4 };
	struct vgpu_device *d = start_as("hvisor");
	struct vgpu_device_picture picture;
	uint8_t late[WIDTH * 4 * 12];

	(void)state;
	fill_memory(d, 0x4000);
	create_2d(d, 5, VGPU_FORMAT_R8G8B8X8_UNORM, WIDTH, HEIGHT);
	attach(d, 5, 0x4000, WIDTH * HEIGHT * 4);
	assert_int_equal(set_scanout(d, 0, 5, whole), OK);
	assert_int_equal(to_host_2d(d, 5, top, 0), OK);
	assert_int_equal(to_host_2d(d, 5, low, (uint64_t)WIDTH * 4 * 8), OK);
	memset(late, 0x77, sizeof(late));
	assert_int_equal(vgpu_device_write_memory(d, 0x4000, late, sizeof(late)), 0);
	assert_int_equal(flush(d, 5, whole), OK);
	assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
	assert_int_equal(picture.rgba[0], 0);
	assert_int_equal(picture.rgba[(size_t)WIDTH * 8 * 4], 0x77);
	/* Flushed again, the backing is read again; set again, the picture begins black. */
	memset(late, 0x55, sizeof(late));
	assert_int_equal(vgpu_device_write_memory(d, 0x4000, late, sizeof(late)), 0);
	flush(d, 5, whole);
	assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
	assert_int_equal(picture.rgba[(size_t)WIDTH * 8 * 4], 0x55);
	set_scanout(d, 0, 5, whole);
	assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
	assert_int_equal(picture.rgba[(size_t)WIDTH * 8 * 4], 0);
	vgpu_device_destroy(d);
}

static void test_cursor(void **state)
{
	struct vgpu_device *d = start_as("qemu-2d");
	struct vgpu_device_cursor c;

	(void)state;
	fill_memory(d, 0x4000);
	create_2d(d, 5, VGPU_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
	attach(d, 5, 0x4000, WIDTH * HEIGHT * 4);
	to_host_2d(d, 5, whole, 0);
	assert_int_equal(update(d, 1, 5), OK);
	assert_true(vgpu_device_cursor(d, 1, &c));
	assert_int_equal(c.resource_id, 5);
	assert_int_equal(c.x, 20 - 3);
	assert_int_equal(c.y, 10 - 30);
	assert_int_equal(c.width, WIDTH);
	assert_int_equal(c.height, HEIGHT);
	assert_non_null(c.rgba);
	assert_int_equal(c.rgba[0], pattern(2));
	assert_int_equal(c.rgba[2], pattern(0));
	assert_int_equal(c.rgba[3], pattern(3));
	/* The picture stays as it was when it was set, wherever the cursor goes. */
	unref(d, 5);
	PUT(d, update_cursor, UPDATE_CURSOR,
	    { .hdr.type = VGPU_CMD_MOVE_CURSOR, .pos = { .scanout_id = 1, .x = 100, .y = 200 } });
	assert_true(vgpu_device_cursor(d, 1, &c));
	assert_int_equal(c.x, 97);
	assert_int_equal(c.y, 170);
	assert_int_equal(c.rgba[0], pattern(2));
	assert_int_equal(update(d, 1, 0), OK);
	assert_true(vgpu_device_cursor(d, 1, &c));
	assert_int_equal(c.resource_id, 0);
	assert_null(c.rgba);
	assert_false(vgpu_device_cursor(d, 2, &c));
	vgpu_device_destroy(d);
	d = start_as("rutabaga");
	create_2d(d, 5, VGPU_FORMAT_B8G8R8A8_UNORM, WIDTH, HEIGHT);
	update(d, 0, 5);
	assert_true(vgpu_device_cursor(d, 0, &c));
	assert_int_equal(c.x, 20);
	assert_int_equal(c.y, 10);
	vgpu_device_destroy(d);
}

static void test_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < PROFILES; i++)
		assert_string_equal(vgpu_profile_at(i)->name, names[i]);
	assert_null(vgpu_profile_at(PROFILES));
	assert_null(vgpu_profile_find("vmware"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),  cmocka_unit_test(test_fences),
		cmocka_unit_test(test_deferred), cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
