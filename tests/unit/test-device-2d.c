/* SPDX-License-Identifier: MIT */
/* 2D on soft2d: the pictures, and the answers that QEMU gives. */
#include "device-pictures.h"

static void test_soft2d_formats(void **state)
{
	struct vgpu_device *d = start("soft2d");
	struct vgpu_device_picture picture;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		draw(d, formats[i].format, &picture);
		check(&picture, formats[i].order);
		assert_int_equal(unref(d, 5), VGPU_RESP_OK_NODATA);
		assert_int_equal(vgpu_device_read(d, 1, &picture), -2 /* ENOENT */);
	}
	vgpu_device_destroy(d);
}

static void test_answers_2d(void **state)
{
	struct vgpu_rect outside = { 60, 0, 5, 1 }, wraps = { 8, 0, UINT32_MAX - 3, 1 };
	struct vgpu_rect small = { 0, 0, 15, 16 };
	struct vgpu_device *d = start("soft2d");

	(void)state;
	assert_int_equal(create_2d(d, 0, 1, 4, 4), VGPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(create_2d(d, 5, 99, 4, 4), VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(create_2d(d, 5, 1, 1 << 20, 1 << 20), VGPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(create_2d(d, 5, 1, UINT32_MAX, UINT32_MAX),
			 VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(create_2d(d, 5, 1, WIDTH, HEIGHT), VGPU_RESP_OK_NODATA);
	assert_int_equal(create_2d(d, 5, 1, WIDTH, HEIGHT), VGPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(to_host_2d(d, 5, whole, 0), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(set_scanout(d, 0, 5, whole), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(detach(d, 5), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(attach(d, 5, 0x1000, 64), VGPU_RESP_OK_NODATA);
	assert_int_equal(attach(d, 5, 0x1000, 64), VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(to_host_2d(d, 5, whole, 0), VGPU_RESP_OK_NODATA);
	assert_int_equal(to_host_2d(d, 5, whole, UINT64_MAX - 1), VGPU_RESP_OK_NODATA);
	assert_int_equal(to_host_2d(d, 5, outside, 0), VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(to_host_2d(d, 5, wraps, 0), VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(to_host_2d(d, 6, whole, 0), VGPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_true(result.unknown);
	assert_int_equal(set_scanout(d, 2, 5, whole), VGPU_RESP_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(set_scanout(d, 0, 5, small), VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(set_scanout(d, 0, 5, whole), VGPU_RESP_OK_NODATA);
	assert_int_equal(flush(d, 5, outside), VGPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(result.shown, 0);
	assert_int_equal(unref(d, 5), VGPU_RESP_OK_NODATA);
	assert_int_equal(flush(d, 5, whole), VGPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_false(result.unknown); /* it was there once: this is the stream's own mistake */
	assert_int_equal(context_new(d, 1), VGPU_RESP_ERR_UNSPEC);
	vgpu_device_destroy(d);
}

static void test_fence_in_response(void **state)
{
	struct vgpu_device *d = start("soft2d");
	struct vgpu_ctrl_hdr hdr;

	(void)state;
	PUT(d, resource_create_2d, RESOURCE_CREATE_2D,
	    { .hdr = { .type = VGPU_CMD_RESOURCE_CREATE_2D,
		       .flags = VGPU_FLAG_FENCE,
		       .fence_id = 0x123456789abcull },
	      .resource_id = 1,
	      .format = 1,
	      .width = 4,
	      .height = 4 });
	assert_int_equal(vgpu_decode_ctrl_hdr(result.response, result.response_size, &hdr), 0);
	assert_int_equal(hdr.type, VGPU_RESP_OK_NODATA);
	assert_int_equal(hdr.flags, VGPU_FLAG_FENCE);
	assert_int_equal(hdr.fence_id, 0x123456789abcull);
	assert_int_equal(vgpu_device_wait_fences(d, 0), 0);
	vgpu_device_destroy(d);
}

static void test_host_answers(void **state)
{
	struct vgpu_device *d = start("soft2d");
	struct vgpu_resp_display_info info;
	struct vgpu_resp_edid edid;
	uint8_t sum = 0;
	int i;

	(void)state;
	assert_int_equal(PUT(d, ctrl_hdr, CTRL_HDR, { .type = VGPU_CMD_GET_DISPLAY_INFO }),
			 VGPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(
		vgpu_decode_resp_display_info(result.response, result.response_size, &info), 0);
	assert_int_equal(info.hdr.type, VGPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(info.pmodes[0].r.width, 1280);
	assert_int_equal(PUT(d, cmd_get_edid, CMD_GET_EDID, { .hdr.type = VGPU_CMD_GET_EDID }),
			 VGPU_RESP_OK_EDID);
	assert_int_equal(vgpu_decode_resp_edid(result.response, result.response_size, &edid), 0);
	for (i = 0; i < 128; i++)
		sum = (uint8_t)(sum + edid.edid[i]);
	assert_int_equal(sum, 0);
	vgpu_device_destroy(d);
}

static void test_part(void **state)
{
	struct vgpu_device *d = start("soft2d");

	(void)state;
	check_part(d);
	vgpu_device_destroy(d);
}

static void test_hostile(void **state)
{
	static const char *const backends[] = { "soft2d", "null" };
	struct vgpu_device *d;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		d = start(backends[i]);
		check_hostile(d);
		vgpu_device_destroy(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soft2d_formats),    cmocka_unit_test(test_part),
		cmocka_unit_test(test_answers_2d),        cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_fence_in_response), cmocka_unit_test(test_host_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
