/* SPDX-License-Identifier: MIT */
/*
 * On virglrenderer: 2D gives what soft2d gives, a clear has its colour, a wrong stream is noticed.
 */
#include "device-pictures.h"

/* The GL driver keeps what it allocates until the process ends; under ASan that is its affair. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static uint32_t create_3d(struct vgpu_device *d, uint32_t id, uint32_t flags)
{
	return PUT(d, resource_create_3d, RESOURCE_CREATE_3D,
		   { .hdr.type = VGPU_CMD_RESOURCE_CREATE_3D,
		     .resource_id = id,
		     .target = 2,
		     .format = VGPU_FORMAT_B8G8R8X8_UNORM,
		     .bind = 1 << 1 | 1 << 18, /* render target, scanout */
		     .width = WIDTH,
		     .height = HEIGHT,
		     .depth = 1,
		     .array_size = 1,
		     .flags = flags });
}

#define HEADER(cmd, object, length) \
	((uint32_t)(VGPU_VIRGL_##cmd) | (uint32_t)(object) << 8 | (uint32_t)(length) << 16)

static uint32_t bits(float f)
{
	uint32_t u;

	memcpy(&u, &f, 4);
	return u;
}

/* Make a surface of the resource, draw to it, clear it. */
static uint32_t clear(struct vgpu_device *d, uint32_t ctx, uint32_t id, float r, float g, float b)
{
	uint32_t stream[] = {
		HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SURFACE, 5),
		7, /* its handle */
		id,
		VGPU_FORMAT_B8G8R8X8_UNORM,
		0,
		0,
		HEADER(SET_FRAMEBUFFER_STATE, 0, 3),
		1,
		0,
		7,
		HEADER(CLEAR, 0, 8),
		4, /* colour buffer 0 */
		bits(r),
		bits(g),
		bits(b),
		bits(1.0f),
		0,
		0,
		0,
	};

	return submit(d, ctx, stream, sizeof(stream) / 4);
}

static void test_clear(void **state)
{
	struct vgpu_device *d = start("virgl");
	struct vgpu_device_picture picture;
	uint32_t id;
	size_t i;

	(void)state;
	if (!d)
		skip();
	assert_int_equal(context_new(d, 3), VGPU_RESP_OK_NODATA);
	for (id = 10; id < 12; id++) {
		assert_int_equal(create_3d(d, id, id & 1), VGPU_RESP_OK_NODATA);
		assert_int_equal(context_share(d, 3, id), VGPU_RESP_OK_NODATA);
		assert_int_equal(clear(d, 3, id, 1.0f, 0.4f, 0.2f), VGPU_RESP_OK_NODATA);
		assert_int_equal(result.verdict, 0);
		assert_int_equal(set_scanout(d, 0, id, whole), VGPU_RESP_OK_NODATA);
		assert_int_equal(flush(d, id, whole), VGPU_RESP_OK_NODATA);
		assert_int_equal(result.shown, 1);
		assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
		for (i = 0; i < picture.size; i += 4)
			assert_memory_equal(picture.rgba + i, "\xff\x66\x33\xff", 4);
		/* The same surface handle again would be an error: a fresh context each. */
		PUT(d, ctrl_hdr, CTRL_HDR, { .type = VGPU_CMD_CTX_DESTROY, .ctx_id = 3 });
		assert_int_equal(result.verdict, 0);
		assert_int_equal(context_new(d, 3), VGPU_RESP_OK_NODATA);
	}
	vgpu_device_destroy(d);
}

static void test_wrong_streams(void **state)
{
	struct vgpu_device *d = start("virgl");
	uint32_t illegal[] = { HEADER(CLEAR, 0, 3), 0, 0, 0 };

	(void)state;
	if (!d)
		skip();
	/* QEMU says OK to all of these; the verdict tells. */
	assert_int_equal(clear(d, 3, 10, 0, 0, 0), VGPU_RESP_OK_NODATA);
	assert_int_not_equal(result.verdict, 0);
	assert_true(result.unknown);
	context_new(d, 3);
	assert_int_equal(submit(d, 3, illegal, 4), VGPU_RESP_OK_NODATA);
	assert_int_not_equal(result.verdict, 0);
	assert_false(result.unknown);
	assert_non_null(strstr(result.reason, "Illegal command buffer"));
	context_new(d, 4);
	assert_int_equal(clear(d, 4, 999, 0, 0, 0), VGPU_RESP_OK_NODATA);
	assert_int_not_equal(result.verdict, 0);
	assert_false(result.unknown);
	/* With something in it that was there before the device, one cannot know. */
	context_new(d, 5);
	context_share(d, 5, 1000);
	assert_true(result.unknown);
	clear(d, 5, 1000, 0, 0, 0);
	assert_int_not_equal(result.verdict, 0);
	assert_true(result.unknown);
	vgpu_device_destroy(d);
}

static void test_transfer_3d(void **state)
{
	static uint8_t rows[HEIGHT * WIDTH * 4];
	struct vgpu_device *d = start("virgl");
	struct vgpu_device_picture picture;
	uint32_t x, y, flags;
	uint8_t *p;

	(void)state;
	if (!d)
		skip();
	for (y = 0; y < HEIGHT; y++) {
		for (x = 0; x < WIDTH; x++) {
			p = rows + (y * WIDTH + x) * 4;
			p[0] = (uint8_t)x;
			p[1] = (uint8_t)y;
			p[2] = (uint8_t)(x ^ y);
		}
	}
	assert_int_equal(vgpu_device_write_memory(d, 0x7fff000, rows, sizeof(rows)), 0);
	/* The first row that the guest wrote is the top one, whatever way GL keeps it. */
	for (flags = 0; flags < 2; flags++) {
		assert_int_equal(create_3d(d, 20 + flags, flags), VGPU_RESP_OK_NODATA);
		assert_int_equal(attach(d, 20 + flags, 0x7fff000, sizeof(rows)),
				 VGPU_RESP_OK_NODATA);
		assert_int_equal(PUT(d, transfer_host_3d, TRANSFER_HOST_3D,
				     { .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_3D,
				       .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
				       .resource_id = 20 + flags }),
				 VGPU_RESP_OK_NODATA);
		assert_int_equal(result.verdict, 0);
		set_scanout(d, 0, 20 + flags, whole);
		assert_int_equal(vgpu_device_read(d, 0, &picture), 0);
		p = (uint8_t *)(uintptr_t)picture.rgba + (5 * WIDTH + 9) * 4;
		assert_int_equal(p[2], 9);
		assert_int_equal(p[1], 5);
		assert_int_equal(p[0], 9 ^ 5);
	}
	vgpu_device_destroy(d);
}

static void test_fences_signal(void **state)
{
	struct vgpu_device *d = start("virgl");
	uint32_t nop = HEADER(NOP, 0, 0), i;
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE + 4] __attribute__((aligned(8)));
	struct vgpu_cmd_submit c = { .hdr.type = VGPU_CMD_SUBMIT_3D,
				     .hdr.flags = VGPU_FLAG_FENCE,
				     .hdr.ctx_id = 1,
				     .size = 4 };

	(void)state;
	if (!d)
		skip();
	context_new(d, 1);
	for (i = 0; i < 300; i++) {
		c.hdr.fence_id = i + 1;
		vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
		memcpy(wire + VGPU_CMD_SUBMIT_SIZE, &nop, 4);
		assert_int_equal(put(d, wire, sizeof(wire)), VGPU_RESP_OK_NODATA);
	}
	assert_int_equal(vgpu_device_wait_fences(d, 5000000000u), 0);
	vgpu_device_destroy(d);
}

static void test_reset(void **state)
{
	struct vgpu_device *d = start("virgl");
	struct vgpu_resp_capset_info info;

	(void)state;
	if (!d)
		skip();
	context_new(d, 3);
	create_3d(d, 10, 0);
	set_scanout(d, 0, 10, whole);
	vgpu_device_reset(d);
	assert_int_equal(vgpu_device_scanout(d, 0)->resource_id, 0);
	assert_int_equal(context_new(d, 3), VGPU_RESP_OK_NODATA);
	assert_int_equal(result.verdict, 0);
	assert_int_equal(create_3d(d, 10, 0), VGPU_RESP_OK_NODATA);
	assert_int_equal(PUT(d, get_capset_info, GET_CAPSET_INFO,
			     { .hdr.type = VGPU_CMD_GET_CAPSET_INFO, .capset_index = 1 }),
			 VGPU_RESP_OK_CAPSET_INFO);
	vgpu_decode_resp_capset_info(result.response, result.response_size, &info);
	assert_int_equal(info.capset_id, VGPU_CAPSET_VIRGL2);
	assert_int_equal(PUT(d, get_capset, GET_CAPSET,
			     { .hdr.type = VGPU_CMD_GET_CAPSET,
			       .capset_id = VGPU_CAPSET_VIRGL2,
			       .capset_version = 2 }),
			 VGPU_RESP_OK_CAPSET);
	assert_int_equal(result.response_size, 24 + info.capset_max_size);
	vgpu_device_destroy(d);
}

static void test_virgl_is_the_same(void **state)
{
	static const size_t both[] = { 0, 1, 4, 7 }; /* formats that GL has too */
	struct vgpu_device *d = start("virgl");
	struct vgpu_device_picture picture;
	size_t i;

	(void)state;
	if (!d)
		skip();
	for (i = 0; i < sizeof(both) / sizeof(*both); i++) {
		draw(d, formats[both[i]].format, &picture);
		check(&picture, formats[both[i]].order);
		assert_int_equal(unref(d, 5), VGPU_RESP_OK_NODATA);
	}
	vgpu_device_destroy(d);
}

static void test_part(void **state)
{
	struct vgpu_device *d = start("virgl");

	(void)state;
	if (!d)
		skip();
	check_part(d);
	vgpu_device_destroy(d);
}

static void test_hostile(void **state)
{
	struct vgpu_device *d = start("virgl");

	(void)state;
	if (!d)
		skip();
	check_hostile(d);
	vgpu_device_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),       cmocka_unit_test(test_wrong_streams),
		cmocka_unit_test(test_transfer_3d), cmocka_unit_test(test_fences_signal),
		cmocka_unit_test(test_reset),       cmocka_unit_test(test_virgl_is_the_same),
		cmocka_unit_test(test_part),        cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
