/* SPDX-License-Identifier: MIT */
/* Profiles are bounded: what has no row of its own is with the others, and sums stay right. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/profile.h>
#include <vgpu/protocol.h>

#include "histogram.h"
#include "wire.h"

static void add(struct vgpu_profile *p, uint16_t type, uint64_t time_ns, const uint8_t *body,
		size_t size)
{
	struct vgpu_trace_record r = {
		.type = type, .time_ns = time_ns, .body = body, .body_size = size
	};

	assert_int_equal(vgpu_profile_add(p, &r, true), 0);
}

static void command(struct vgpu_profile *p, uint64_t id, uint64_t time_ns, uint32_t pid,
		    const void *request, size_t size)
{
	uint8_t body[40 + 128] = { 0 };

	put64(body, id);
	put32(body + 20, 63);
	put32(body + 24, pid);
	put32(body + 32, VGPU_CTRL_HDR_SIZE);
	memcpy(body + 40, request, size);
	add(p, VGPU_TRACE_COMMAND, time_ns, body, 40 + size);
}

static void response(struct vgpu_profile *p, uint64_t id, uint64_t time_ns, uint32_t type)
{
	struct vgpu_ctrl_hdr hdr = { .type = type };
	uint8_t body[8 + VGPU_CTRL_HDR_SIZE];

	put64(body, id);
	vgpu_encode_ctrl_hdr(&hdr, body + 8, VGPU_CTRL_HDR_SIZE);
	add(p, VGPU_TRACE_RESPONSE, time_ns, body, sizeof(body));
}

static void test_others(void **state)
{
	struct vgpu_profile_options options = { .by = VGPU_PROFILE_BY_CTX |
						      VGPU_PROFILE_BY_PROCESS };
	struct vgpu_profile *p = vgpu_profile_create(&options);
	uint64_t commands = 0, latencies = 0, talked[2] = { 0 };
	struct vgpu_profile_row row;
	struct vgpu_profile_talker t;
	size_t n = 0, others = 0;

	(void)state;
	assert_non_null(p);
	for (uint32_t i = 1; i <= 6000; i++) {
		struct vgpu_cmd_submit s = { .hdr = { .type = VGPU_CMD_SUBMIT_3D,
						      .flags = i % 2 ? VGPU_FLAG_FENCE : 0,
						      .ctx_id = i } };
		uint8_t wire[VGPU_CMD_SUBMIT_SIZE];

		vgpu_encode_cmd_submit(&s, wire, sizeof(wire));
		command(p, i, i * 1000, i, wire, sizeof(wire));
		response(p, i, i * 1000 + 500, VGPU_RESP_OK_NODATA);
	}
	assert_int_equal(vgpu_profile_finish(p), 0);
	for (; vgpu_profile_row(p, n, &row); n++) {
		commands += row.commands;
		latencies += row.latency.count;
		others += row.others;
		assert_true(row.others || row.ctx_id == row.pid);
	}
	assert_in_range(n, 1000, 1026);
	assert_int_equal(others, 2);
	assert_int_equal(commands, 6000);
	assert_int_equal(latencies, 6000);
	for (size_t i = 0; vgpu_profile_process(p, i, &t); i++)
		talked[0] += t.commands;
	assert_true(t.others); /* they stand last */
	for (size_t i = 0; vgpu_profile_context(p, i, &t); i++)
		talked[1] += t.commands;
	assert_int_equal(talked[0], 6000);
	assert_int_equal(talked[1], 6000);
	vgpu_profile_destroy(p);
}

/* 300 resources of one pixel more each, two of them with the same low bits. */
static void test_resources(void **state)
{
	struct vgpu_profile *p = vgpu_profile_create(NULL);
	struct vgpu_profile_resource r;
	uint64_t sum = 0, transfers = 0;
	size_t n = 0;

	(void)state;
	assert_non_null(p);
	for (uint32_t i = 1; i <= 300; i++) {
		uint32_t id = i == 300 ? 16384 + 5 : i;
		struct vgpu_resource_create_2d create = {
			.hdr = { .type = VGPU_CMD_RESOURCE_CREATE_2D },
			.resource_id = id,
			.format = VGPU_FORMAT_B8G8R8X8_UNORM,
			.width = i,
			.height = 1,
		};
		struct vgpu_transfer_to_host_2d t = {
			.hdr = { .type = VGPU_CMD_TRANSFER_TO_HOST_2D },
			.r = { .width = i, .height = 1 },
			.resource_id = id,
		};
		uint8_t wire[128];

		vgpu_encode_resource_create_2d(&create, wire, sizeof(wire));
		command(p, 2 * i, i, 1, wire, VGPU_RESOURCE_CREATE_2D_SIZE);
		vgpu_encode_transfer_to_host_2d(&t, wire, sizeof(wire));
		command(p, 2 * i + 1, i, 1, wire, VGPU_TRANSFER_TO_HOST_2D_SIZE);
	}
	assert_int_equal(vgpu_profile_finish(p), 0);
	for (; vgpu_profile_resource(p, n, &r); n++) {
		sum += r.to_host;
		transfers += r.transfers;
		if (n < 64)
			assert_int_equal(r.to_host, 4 * (300 - n));
	}
	assert_int_equal(n, 65);
	assert_true(r.others);
	assert_int_equal(sum, 4 * 300 * 301 / 2);
	assert_int_equal(transfers, 300);
	vgpu_profile_destroy(p);
}

/* Ids start over: what was pending is not answered by what comes later. */
static void test_epoch(void **state)
{
	struct vgpu_profile *p = vgpu_profile_create(NULL);
	struct vgpu_resource_flush flush = { .hdr = { .type = VGPU_CMD_RESOURCE_FLUSH } };
	uint8_t wire[VGPU_RESOURCE_FLUSH_SIZE], epoch[8] = { 0 };
	struct vgpu_profile_totals t;
	struct vgpu_profile_depth d;
	struct vgpu_profile_stalls s;

	(void)state;
	assert_non_null(p);
	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	command(p, 1, 1000, 1, wire, sizeof(wire));
	command(p, 2, 2000, 1, wire, sizeof(wire));
	add(p, VGPU_TRACE_EPOCH, 3000, epoch, sizeof(epoch));
	response(p, 1, UINT64_C(1) << 40, VGPU_RESP_OK_NODATA);
	command(p, 2, (UINT64_C(1) << 40) + 1, 1, wire, sizeof(wire));
	response(p, 2, (UINT64_C(1) << 40) + 2, VGPU_RESP_ERR_UNSPEC);
	assert_int_equal(vgpu_profile_finish(p), 0);
	vgpu_profile_totals(p, &t);
	assert_int_equal(t.commands, 3);
	assert_int_equal(t.responses, 1);
	assert_int_equal(t.errors, 1);
	assert_int_equal(t.unanswered, 2);
	assert_true(vgpu_profile_depth(p, 0, &d));
	assert_int_equal(d.max, 2);
	assert_int_equal(d.p99, 0); /* nothing waited in the long time between */
	vgpu_profile_stalls(p, &s);
	assert_int_equal(s.count, 0);
	vgpu_profile_destroy(p);
	vgpu_profile_destroy(NULL);
}

/* Lost answers do not wait for ever, nor make a stall of every rest. */
static void test_lost(void **state)
{
	struct vgpu_profile *p =
		vgpu_profile_create(&(struct vgpu_profile_options) { .stall_ns = 1000000 });
	struct vgpu_resource_flush flush = { .hdr = { .type = VGPU_CMD_RESOURCE_FLUSH } };
	uint8_t wire[VGPU_RESOURCE_FLUSH_SIZE], lost[48] = { VGPU_TRACE_LOST_RESPONSES };
	struct vgpu_profile_stalls s;
	struct vgpu_profile_depth d;
	struct vgpu_profile_totals t;

	(void)state;
	assert_non_null(p);
	lost[8] = 1;
	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	command(p, 1, 1000, 1, wire, sizeof(wire));
	add(p, VGPU_TRACE_LOST, 2000, lost, sizeof(lost));
	command(p, 2, 90000000, 1, wire, sizeof(wire));
	response(p, 2, 90001000, VGPU_RESP_OK_NODATA);
	command(p, 3, 90002000, 1, wire, sizeof(wire));
	response(p, 3, 93002000, VGPU_RESP_OK_NODATA); /* this one is */
	assert_int_equal(vgpu_profile_finish(p), 0);
	vgpu_profile_stalls(p, &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.longest[0].id, 3);
	assert_int_equal(s.longest[0].length_ns, 3000000);
	assert_true(vgpu_profile_depth(p, 0, &d));
	assert_int_equal(d.max, 1);
	vgpu_profile_totals(p, &t);
	assert_int_equal(t.unanswered, 1);
	assert_int_equal(t.lost, 1);
	vgpu_profile_destroy(p);
}

static void test_lows(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	assert_int_equal(histogram_low_average(&h), 0);
	assert_int_equal(histogram_low_integral(&h), 0);
	for (unsigned int i = 0; i < 198; i++)
		histogram_add(&h, 10);
	histogram_add(&h, 100);
	histogram_add(&h, 200);
	/* The 99th percentile's nearest rank is the 198th value: 10, 100 and 200 stand there. */
	assert_int_equal(histogram_low_average(&h), (10 + 100 + 200) / 3);
	/* 1 % of 2280 is 22.8, the longest alone has more. */
	assert_int_equal(histogram_low_integral(&h), 200);
	histogram_finish(&h);
	for (unsigned int i = 0; i < 100; i++)
		histogram_add(&h, 100 + i % 2);
	assert_int_equal(histogram_low_integral(&h), 101);
	histogram_finish(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others), cmocka_unit_test(test_resources),
		cmocka_unit_test(test_epoch),  cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
