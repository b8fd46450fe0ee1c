/* SPDX-License-Identifier: MIT */
/* Dialects and negotiated features as inputs: the same bytes, read as each of them does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

static void names(void **state)
{
	enum vgpu_dialect found = VGPU_DIALECT_RVGPU;

	(void)state;
	for (unsigned int i = 0; i < VGPU_DIALECT_COUNT; i++) {
		const char *name = vgpu_dialect_name((enum vgpu_dialect)i);

		assert_non_null(name);
		assert_int_equal(vgpu_dialect_number(name, &found), 0);
		assert_int_equal(found, i);
	}
	assert_null(vgpu_dialect_name(VGPU_DIALECT_COUNT));
	assert_int_equal(vgpu_dialect_number("qemu", &found), VGPU_ERR_UNKNOWN);
	assert_int_equal(found, VGPU_DIALECT_COUNT - 1);
	assert_string_equal(vgpu_dialect_name(VGPU_DIALECT_SPEC), "spec");
}

/* One bit, five meanings. */
static void feature_bits(void **state)
{
	static const char *const bit5[VGPU_DIALECT_COUNT] = { "BLOB_ALIGNMENT", "FENCE_PASSING",
							      "RESOURCE_SYNC", "MODIFIER",
							      "VSYNC" };
	uint32_t number = 77;

	(void)state;
	for (unsigned int i = 0; i < VGPU_DIALECT_COUNT; i++) {
		enum vgpu_dialect d = (enum vgpu_dialect)i;

		assert_string_equal(vgpu_dialect_value(d, VGPU_SET_F, 5), bit5[i]);
		assert_string_equal(vgpu_dialect_value(d, VGPU_SET_F, 3), "RESOURCE_BLOB");
		for (unsigned int k = 0; k < VGPU_DIALECT_COUNT; k++) {
			int err = vgpu_dialect_value_number(d, VGPU_SET_F, bit5[k], &number);

			assert_int_equal(err, i == k ? 0 : VGPU_ERR_UNKNOWN);
		}
		assert_int_equal(number, 5);
	}
	assert_int_equal(
		vgpu_dialect_value_number(VGPU_DIALECT_RVGPU, VGPU_SET_FLAG, "FENCE", &number), 0);
	assert_int_equal(number, VGPU_FLAG_FENCE);
	assert_string_equal(vgpu_dialect_value(VGPU_DIALECT_CHROMIUM, VGPU_SET_FLAG, 4),
			    "FENCE_HOST_SHAREABLE");
	assert_string_equal(vgpu_dialect_value(VGPU_DIALECT_RVGPU, VGPU_SET_FLAG, 4), "VSYNC");
	assert_null(vgpu_dialect_value(VGPU_DIALECT_SPEC, VGPU_SET_FLAG, 4));
	assert_null(vgpu_dialect_value(VGPU_DIALECT_LIBKRUN, VGPU_SET_FLAG, 4));
}

static void commands(void **state)
{
	const struct vgpu_cmd_info *info;

	(void)state;
	info = vgpu_dialect_cmd(VGPU_DIALECT_CELADON, VGPU_CELADON_CMD_FLUSH_SPRITE);
	assert_non_null(info);
	assert_int_equal(info->type, 0x110);
	assert_int_equal(info->request, VGPU_STRUCT_FLUSH_SPRITE);
	assert_int_equal(info->request_size, 120);
	assert_int_equal(info->feature, 9);
	assert_null(vgpu_dialect_cmd(VGPU_DIALECT_CHROMIUM, VGPU_CELADON_CMD_FLUSH_SPRITE));
	/* The whole of the specification is in each. */
	for (unsigned int d = 0; d < VGPU_DIALECT_COUNT; d++)
		for (uint32_t type = 0; type < 0x400; type++)
			if (vgpu_cmd_info(type))
				assert_string_equal(
					vgpu_dialect_cmd((enum vgpu_dialect)d, type)->name,
					vgpu_cmd_name(type));
	assert_int_equal(vgpu_dialect_cmd(VGPU_DIALECT_LIBKRUN, VGPU_CMD_SUBMIT_3D)->request,
			 VGPU_STRUCT_CMD_SUBMIT_FENCES);
	assert_string_equal(vgpu_private_name(0x1207), "Windows ICD: SHOW_DEBUG");
	assert_null(vgpu_private_name(0x1205));
}

static const struct {
	enum vgpu_dialect dialect;
	uint32_t cmd, type;
	int result;
	const char *name;
	enum vgpu_struct_id id;
	bool expected;
} answers[] = {
	{ VGPU_DIALECT_SPEC, 0x10a, 0x1104, 0, "OK_EDID", VGPU_STRUCT_RESP_EDID, true },
	{ VGPU_DIALECT_SPEC, 0x204, 0x1104, 0, "OK_EDID", VGPU_STRUCT_RESP_EDID, false },
	{ VGPU_DIALECT_SPEC, 0, 0x1104, 0, "OK_EDID", VGPU_STRUCT_RESP_EDID, true },
	{ VGPU_DIALECT_SPEC, 0x204, 0x11ff, VGPU_ERR_UNKNOWN, NULL, VGPU_STRUCT_CTRL_HDR, false },
	{ VGPU_DIALECT_SPEC, 0x204, 0x1206, VGPU_ERR_UNKNOWN, NULL, VGPU_STRUCT_CTRL_HDR, true },
	{ VGPU_DIALECT_SPEC, 0x204, 0x1205, 0, "ERR_INVALID_PARAMETER", VGPU_STRUCT_CTRL_HDR,
	  true },
	{ VGPU_DIALECT_CHROMIUM, 0x10a, 0x1104, 0, "OK_EDID", VGPU_STRUCT_RESP_EDID, true },
	{ VGPU_DIALECT_CHROMIUM, 0x204, 0x1104, 0, "OK_RESOURCE_PLANE_INFO",
	  VGPU_STRUCT_RESP_RESOURCE_PLANE_INFO, true },
	{ VGPU_DIALECT_CHROMIUM, 0x204, 0x11ff, 0, "OK_RESOURCE_PLANE_INFO",
	  VGPU_STRUCT_RESP_RESOURCE_PLANE_INFO, true },
	{ VGPU_DIALECT_CHROMIUM, 0x204, 0x1100, 0, "OK_NODATA", VGPU_STRUCT_CTRL_HDR, true },
	{ VGPU_DIALECT_CHROMIUM, 0x101, 0x11ff, 0, "OK_RESOURCE_PLANE_INFO",
	  VGPU_STRUCT_RESP_RESOURCE_PLANE_INFO, false },
	{ VGPU_DIALECT_LIBKRUN, 0x204, 0x1104, 0, "OK_EDID", VGPU_STRUCT_RESP_EDID, false },
	{ VGPU_DIALECT_CELADON, 0x112, 0x1107, 0, "OK_PLANES", VGPU_STRUCT_RESP_PLANES, true },
	{ VGPU_DIALECT_CELADON, 0x112, 0x1200, 0, "ERR_UNSPEC", VGPU_STRUCT_CTRL_HDR, true },
	{ VGPU_DIALECT_RVGPU, 0x104, 0x1206, 0, "ERR_DEVICE_RESET", VGPU_STRUCT_CTRL_HDR, true },
};

/* A response is what its command makes of it. */
static void responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct vgpu_resp_info info;

		assert_int_equal(vgpu_dialect_resp(answers[i].dialect, answers[i].cmd,
						   answers[i].type, &info),
				 answers[i].result);
		assert_int_equal(info.response, answers[i].id);
		assert_int_equal(info.expected, answers[i].expected);
		if (answers[i].name)
			assert_string_equal(info.name, answers[i].name);
		else
			assert_null(info.name);
	}
}

static void whole_messages(void **state)
{
	static const struct vgpu_negotiated chromium = { .dialect = VGPU_DIALECT_CHROMIUM };
	uint8_t wire[56] = { 0x07, 0x02, [24] = 8, [28] = 2, [32] = 7, [40] = 8, [48] = 0x1c };
	union vgpu_any any;
	struct vgpu_tail tail;
	uint64_t fence;

	(void)state;
	assert_int_equal(vgpu_request_decode(&chromium, wire, sizeof(wire), &any),
			 VGPU_STRUCT_CMD_SUBMIT_FENCES);
	assert_int_equal(any.cmd_submit_fences.size, 8);
	assert_int_equal(any.cmd_submit_fences.num_in_fences, 2);
	assert_int_equal(vgpu_dialect_tail(&chromium, wire, sizeof(wire), &tail), 0);
	assert_ptr_equal(tail.data, wire + 48);
	assert_int_equal(tail.size, 8);
	assert_int_equal(tail.fence_count, 2);
	assert_int_equal(vgpu_tail_fence(&tail, 1, &fence), 0);
	assert_int_equal(fence, 8);
	assert_int_equal(vgpu_tail_fence(&tail, 2, &fence), VGPU_ERR_TRUNCATED);

	/* The specification takes the same bytes for a stream. */
	assert_int_equal(vgpu_request_decode(NULL, wire, sizeof(wire), &any),
			 VGPU_STRUCT_CMD_SUBMIT);
	assert_int_equal(vgpu_request_tail(wire, sizeof(wire), &tail), 0);
	assert_ptr_equal(tail.data, wire + 32);
	assert_int_equal(tail.fence_count, 0);

	/* Every number of fences that cannot be there. */
	for (uint32_t shift = 2; shift < 32; shift++) {
		for (unsigned int b = 0; b < 4; b++)
			wire[28 + b] = (uint8_t)((1u << shift) >> 8 * b);
		assert_int_equal(vgpu_dialect_tail(&chromium, wire, sizeof(wire), &tail),
				 VGPU_ERR_TRUNCATED);
		assert_int_equal(tail.fence_count, 3);
		assert_int_equal(tail.size, 0);
		assert_int_equal(tail.fences_declared, 1u << shift);
	}

	assert_int_equal(vgpu_request_decode(NULL, wire, 31, &any), VGPU_ERR_TRUNCATED);
	assert_int_equal(any.hdr.type, VGPU_CMD_SUBMIT_3D);
	assert_int_equal(vgpu_request_decode(NULL, wire, 23, &any), VGPU_ERR_TRUNCATED);
	assert_int_equal(any.hdr.type, 0);
	wire[1] = 9;
	assert_int_equal(vgpu_request_decode(NULL, wire, 24, &any), VGPU_ERR_UNKNOWN);
	assert_int_equal(any.hdr.type, 0x907);
	wire[0] = 2;
	wire[1] = 0x11;
	assert_int_equal(vgpu_response_decode(NULL, 0, wire, 40, &any),
			 VGPU_STRUCT_RESP_CAPSET_INFO);
	assert_int_equal(vgpu_response_decode(NULL, 0, wire, 39, &any), VGPU_ERR_TRUNCATED);
	assert_int_equal(any.hdr.type, VGPU_RESP_OK_CAPSET_INFO);
}

static void features(void **state)
{
	struct vgpu_negotiated n = { .has_features = true, .features = 1 << VGPU_F_EDID };

	(void)state;
	assert_true(vgpu_feature_missing(&n, VGPU_F_VIRGL));
	assert_false(vgpu_feature_missing(&n, VGPU_F_EDID));
	assert_false(vgpu_feature_missing(&n, VGPU_F_NONE));
	n.has_features = false;
	assert_false(vgpu_feature_missing(&n, VGPU_F_VIRGL));
	assert_false(vgpu_feature_missing(NULL, VGPU_F_VIRGL));
}

static int with_unit(void *data, const struct vgpu_field *f)
{
	char *text = data;

	if (f->event == VGPU_FIELD_VALUE && f->unit) {
		strcat(text, f->name ? f->name : "-");
		strcat(text, "/");
		strcat(text, f->unit);
		strcat(text, " ");
	}
	return 0;
}

static void units(void **state)
{
	static const uint8_t transfer[56] = { 0x05, 0x01 }, info[40] = { 0x02, 0x11 };
	char text[128] = "";

	(void)state;
	assert_int_equal(vgpu_request_visit(transfer, sizeof(transfer), with_unit, text), 0);
	assert_string_equal(text, "x/pixels y/pixels width/pixels height/pixels offset/bytes ");
	text[0] = '\0';
	assert_int_equal(vgpu_response_visit(info, sizeof(info), with_unit, text), 0);
	assert_string_equal(text, "capset_max_size/bytes ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),          cmocka_unit_test(feature_bits),
		cmocka_unit_test(commands),       cmocka_unit_test(responses),
		cmocka_unit_test(whole_messages), cmocka_unit_test(features),
		cmocka_unit_test(units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
