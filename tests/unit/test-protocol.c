/* SPDX-License-Identifier: MIT */
/* The table against the kernel's header, at compile time, and its names, at run time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
/* The kernel's config may be shorter than the specification's: out of the way, see below. */
#define virtio_gpu_config kernel_config
#include <linux/virtio_config.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#undef virtio_gpu_config
#include <cmocka.h>

#include <vgpu/error.h>
#include <vgpu/protocol.h>

/* Dialects have structs that the kernel's header has not. */
#define VGPU_SPEC_ONLY

/* The header is as new as the table's structs: blobs and contexts' capsets came last. */
#ifdef VIRTIO_GPU_F_CONTEXT_INIT

struct virtio_gpu_config {
	uint32_t events_read, events_clear, num_scanouts, num_capsets, blob_alignment;
};

#define SIZE_OF(type, field) sizeof(((type *)0)->field)
#define SAME(s, name)                                                                            \
	_Static_assert(offsetof(struct vgpu_##s, name) == offsetof(struct virtio_gpu_##s, name), \
		       #s "." #name);                                                            \
	_Static_assert(SIZE_OF(struct vgpu_##s, name) == SIZE_OF(struct virtio_gpu_##s, name),   \
		       #s "." #name);

#define VGPU_STRUCT(name, id, size) \
	_Static_assert(sizeof(struct virtio_gpu_##name) == (size), #name);
#define VGPU_SCALAR(s, type, name, show)          SAME(s, name)
#define VGPU_PAD(s, type, name, count)            SAME(s, name)
#define VGPU_ARRAY(s, type, name, count, show)    SAME(s, name)
#define VGPU_NESTED(s, nested, id, name)          SAME(s, name)
#define VGPU_NESTED_ARRAY(s, nested, id, name, n) SAME(s, name)
#include <vgpu/protocol.def>
_Static_assert(offsetof(struct vgpu_config, num_capsets) ==
		       offsetof(struct kernel_config, num_capsets),
	       "config");

#define VGPU_CMD(type, name, request, response, feature) \
	_Static_assert(VIRTIO_GPU_CMD_##name == (type), #name);
#define VGPU_RESP(type, name, response) _Static_assert(VIRTIO_GPU_RESP_##name == (type), #name);
#include <vgpu/protocol.def>

/* Younger than Debian 12's header: from virtio 1.4 and Linux 6.18's. */
#ifndef VIRTIO_GPU_F_BLOB_ALIGNMENT
#define VIRTIO_GPU_F_BLOB_ALIGNMENT 5
#endif
#ifndef VIRTIO_GPU_CAPSET_VENUS
#define VIRTIO_GPU_CAPSET_GFXSTREAM_VULKAN 3
#define VIRTIO_GPU_CAPSET_VENUS            4
#define VIRTIO_GPU_CAPSET_CROSS_DOMAIN     5
#define VIRTIO_GPU_CAPSET_DRM              6
#endif

/* The renderer's sets are not in the kernel's header. */
#define SAME_PIPE(name, number)
#define SAME_BIND(name, number)
#define SAME_VALUE(set, name, number) \
	_Static_assert(VIRTIO_GPU_##set##_##name == (number), #set #name);
#define SAME_FLAG(name, number)          SAME_VALUE(FLAG, name, number)
#define SAME_F(name, number)             SAME_VALUE(F, name, number)
#define SAME_EVENT(name, number)         SAME_VALUE(EVENT, name, number)
#define SAME_SHM_ID(name, number)        SAME_VALUE(SHM_ID, name, number)
#define SAME_CAPSET(name, number)        SAME_VALUE(CAPSET, name, number)
#define SAME_BLOB_MEM(name, number)      SAME_VALUE(BLOB_MEM, name, number)
#define SAME_BLOB_FLAG(name, number)     SAME_VALUE(BLOB_FLAG, name, number)
#define SAME_MAP_CACHE(name, number)     SAME_VALUE(MAP_CACHE, name, number)
#define SAME_RESOURCE_FLAG(name, number) SAME_VALUE(RESOURCE_FLAG, name, number)
#define SAME_VIRTIO_F(name, number)      /* spelled in two ways there: see lookups() */
#define VGPU_VALUE(set, name, number)    SAME_##set(name, number)
#include <vgpu/protocol.def>

#define SAME_FORMAT(name) \
	_Static_assert((int)VIRTIO_GPU_FORMAT_##name == (int)VGPU_FORMAT_##name, #name)
SAME_FORMAT(B8G8R8A8_UNORM);
SAME_FORMAT(B8G8R8X8_UNORM);
SAME_FORMAT(A8R8G8B8_UNORM);
SAME_FORMAT(X8R8G8B8_UNORM);
SAME_FORMAT(R8G8B8A8_UNORM);
SAME_FORMAT(X8B8G8R8_UNORM);
SAME_FORMAT(A8B8G8R8_UNORM);
SAME_FORMAT(R8G8B8X8_UNORM);
_Static_assert(VIRTIO_GPU_MAX_SCANOUTS == VGPU_MAX_SCANOUTS, "scanouts");
_Static_assert(VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK == VGPU_CONTEXT_INIT_CAPSET_ID_MASK, "mask");
_Static_assert(VIRTIO_GPU_MAP_CACHE_MASK == VGPU_MAP_CACHE_MASK, "mask");

#endif

/* Every name of every set leads to its number and back, and no two share either. */
static void names_and_numbers(void **state)
{
	uint32_t number, found;
	const char *name;

	(void)state;
	for (unsigned int i = 0; i < VGPU_SET_COUNT; i++) {
		enum vgpu_set_id set = (enum vgpu_set_id)i;
		size_t n = 0;

		for (; !vgpu_value_at(set, n, &name, &number); n++) {
			assert_string_equal(vgpu_value_name(set, number), name);
			assert_int_equal(vgpu_value_number(set, name, &found), 0);
			assert_int_equal(found, number);
		}
		assert_true(n > 0);
		found = 77;
		assert_int_equal(vgpu_value_number(set, "NO_SUCH_NAME", &found), VGPU_ERR_UNKNOWN);
		assert_int_equal(found, 77);
		assert_null(vgpu_value_name(set, 0x7fffffff));
	}
	assert_null(vgpu_value_name(VGPU_SET_COUNT, 0));
	assert_int_equal(vgpu_value_number(VGPU_SET_COUNT, "FENCE", &found), VGPU_ERR_UNKNOWN);
	assert_int_equal(vgpu_value_at(VGPU_SET_COUNT, 0, &name, &number), VGPU_ERR_UNKNOWN);
}

static const struct {
	uint32_t type;
	const char *name;
	enum vgpu_struct_id request;
	uint32_t size, response;
	int feature;
} cmds[] = {
	{ 0x100, "GET_DISPLAY_INFO", VGPU_STRUCT_CTRL_HDR, 24, 0x1101, -1 },
	{ 0x101, "RESOURCE_CREATE_2D", VGPU_STRUCT_RESOURCE_CREATE_2D, 40, 0x1100, -1 },
	{ 0x106, "RESOURCE_ATTACH_BACKING", VGPU_STRUCT_RESOURCE_ATTACH_BACKING, 32, 0x1100, -1 },
	{ 0x109, "GET_CAPSET", VGPU_STRUCT_GET_CAPSET, 32, 0x1103, 0 },
	{ 0x10a, "GET_EDID", VGPU_STRUCT_CMD_GET_EDID, 32, 0x1104, 1 },
	{ 0x10b, "RESOURCE_ASSIGN_UUID", VGPU_STRUCT_RESOURCE_ASSIGN_UUID, 32, 0x1105, 2 },
	{ 0x10d, "SET_SCANOUT_BLOB", VGPU_STRUCT_SET_SCANOUT_BLOB, 96, 0x1100, 3 },
	{ 0x203, "CTX_DETACH_RESOURCE", VGPU_STRUCT_CTX_RESOURCE, 32, 0x1100, 0 },
	{ 0x206, "TRANSFER_FROM_HOST_3D", VGPU_STRUCT_TRANSFER_HOST_3D, 72, 0x1100, 0 },
	{ 0x207, "SUBMIT_3D", VGPU_STRUCT_CMD_SUBMIT, 32, 0x1100, 0 },
	{ 0x208, "RESOURCE_MAP_BLOB", VGPU_STRUCT_RESOURCE_MAP_BLOB, 40, 0x1106, 3 },
	{ 0x301, "MOVE_CURSOR", VGPU_STRUCT_UPDATE_CURSOR, 56, 0x1100, -1 },
};

static void command_infos(void **state)
{
	static const uint32_t none[] = { 0, 0xff, 0x10e, 0x1ff, 0x20a, 0x302, 0x1100, UINT32_MAX };
	enum vgpu_struct_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		const struct vgpu_cmd_info *info = vgpu_cmd_info(cmds[i].type);

		assert_non_null(info);
		assert_int_equal(info->type, cmds[i].type);
		assert_string_equal(info->name, cmds[i].name);
		assert_string_equal(vgpu_cmd_name(cmds[i].type), cmds[i].name);
		assert_int_equal(info->request, cmds[i].request);
		assert_int_equal(info->request_size, cmds[i].size);
		assert_int_equal(vgpu_struct_size(info->request), cmds[i].size);
		assert_int_equal(info->response_type, cmds[i].response);
		assert_int_equal(vgpu_resp_struct(info->response_type, &id), 0);
		assert_int_equal(info->feature, cmds[i].feature);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_null(vgpu_cmd_info(none[i]));
		assert_null(vgpu_cmd_name(none[i]));
	}
}

static void lookups(void **state)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} transport[] = {
		{ VIRTIO_F_NOTIFY_ON_EMPTY, "NOTIFY_ON_EMPTY" },
		{ VIRTIO_F_ANY_LAYOUT, "ANY_LAYOUT" },
		{ VIRTIO_RING_F_INDIRECT_DESC, "INDIRECT_DESC" },
		{ VIRTIO_RING_F_EVENT_IDX, "EVENT_IDX" },
		{ VIRTIO_F_VERSION_1, "VERSION_1" },
		{ VIRTIO_F_ACCESS_PLATFORM, "ACCESS_PLATFORM" },
		{ VIRTIO_F_RING_PACKED, "RING_PACKED" },
		{ VIRTIO_F_IN_ORDER, "IN_ORDER" },
		{ VIRTIO_F_ORDER_PLATFORM, "ORDER_PLATFORM" },
		{ VIRTIO_F_SR_IOV, "SR_IOV" },
		{ VIRTIO_F_RING_RESET, "RING_RESET" },
	};
	enum vgpu_struct_id id = VGPU_STRUCT_RECT;

	(void)state;
	assert_string_equal(vgpu_resp_name(0x1100), "OK_NODATA");
	assert_string_equal(vgpu_resp_name(0x1205), "ERR_INVALID_PARAMETER");
	assert_null(vgpu_resp_name(0x11ff));
	assert_string_equal(vgpu_capset_name(2), "VIRGL2");
	assert_string_equal(vgpu_capset_name(6), "DRM");
	assert_null(vgpu_capset_name(0));
	assert_string_equal(vgpu_feature_name(4), "CONTEXT_INIT");
	assert_null(vgpu_feature_name(32));
	for (size_t i = 0; i < sizeof(transport) / sizeof(transport[0]); i++)
		assert_string_equal(vgpu_value_name(VGPU_SET_VIRTIO_F, transport[i].bit),
				    transport[i].name);
	assert_null(vgpu_value_name(VGPU_SET_VIRTIO_F, VGPU_F_BLOB_ALIGNMENT));
	assert_string_equal(vgpu_flag_name(1), "FENCE");
	assert_null(vgpu_flag_name(3));
	assert_int_equal(vgpu_resp_struct(0x1103, &id), 0);
	assert_int_equal(id, VGPU_STRUCT_RESP_CAPSET);
	assert_int_equal(vgpu_resp_struct(0x1203, &id), 0);
	assert_int_equal(id, VGPU_STRUCT_CTRL_HDR);
	assert_int_equal(vgpu_resp_struct(0x1107, &id), VGPU_ERR_UNKNOWN);
	assert_string_equal(vgpu_struct_name(VGPU_STRUCT_CMD_SUBMIT), "cmd_submit");
	assert_null(vgpu_struct_name(VGPU_STRUCT_COUNT));
	assert_int_equal(vgpu_struct_size(VGPU_STRUCT_COUNT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(command_infos),
		cmocka_unit_test(lookups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
