/* SPDX-License-Identifier: MIT */
/* The filter language: what matches, what is refused and where; and what a trace tells of it. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/error.h>
#include <vgpu/follow.h>
#include <vgpu/protocol.h>

#include "request.h"

/* A fenced SUBMIT_3D of kmscube in context 2, answered after 1.5 ms. */
static struct vgpu_facts submit(void)
{
	struct vgpu_facts f = { 0 };

	vgpu_facts_set(&f, VGPU_FILTER_num, 150);
	vgpu_facts_set(&f, VGPU_FILTER_time, 1250000000);
	vgpu_facts_set(&f, VGPU_FILTER_type, VGPU_CMD_SUBMIT_3D);
	vgpu_facts_set(&f, VGPU_FILTER_queue, 0);
	vgpu_facts_set(&f, VGPU_FILTER_ctx, 2);
	vgpu_facts_set(&f, VGPU_FILTER_capset, VGPU_CAPSET_VIRGL2);
	vgpu_facts_set(&f, VGPU_FILTER_fence, UINT64_MAX);
	vgpu_facts_set(&f, VGPU_FILTER_fenced, 1);
	vgpu_facts_set(&f, VGPU_FILTER_shown, 0);
	vgpu_facts_set(&f, VGPU_FILTER_size, 4096);
	vgpu_facts_set(&f, VGPU_FILTER_pid, 172);
	vgpu_facts_set(&f, VGPU_FILTER_process, 0);
	strcpy(f.process, "kworker/u4:2");
	vgpu_facts_set(&f, VGPU_FILTER_answered, 1);
	vgpu_facts_set(&f, VGPU_FILTER_error, 0);
	vgpu_facts_set(&f, VGPU_FILTER_response, VGPU_RESP_OK_NODATA);
	vgpu_facts_set(&f, VGPU_FILTER_latency, 1500000);
	return f;
}

static void test_match(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ "", true },
		{ "  ", true },
		{ "num 150", true },
		{ "num == 150", true },
		{ "num = 150", true },
		{ "num==0x96", true },
		{ "num != 150", false },
		{ "num != 149", true },
		{ "num < 150", false },
		{ "num <= 150", true },
		{ "num > 149", true },
		{ "num >= 151", false },
		{ "num < 0", false },
		{ "num > 18446744073709551615", false },
		{ "fence > 18446744073709551614", true },
		{ "num 100..200", true },
		{ "num 100..149", false },
		{ "num 150..", true },
		{ "num ..150", true },
		{ "num ..149", false },
		{ "num 1,2,150", true },
		{ "num 1..3,149..", true },
		{ "num != 1..3,149..", false },
		{ "type == SUBMIT_3D", true },
		{ "type submit_3d", true },
		{ "SUBMIT_3D", true },
		{ "SUBMIT_3D && ctx 2", true },
		{ "SUBMIT_3D and ctx 3", false },
		{ "type 0x207", true },
		{ "type 519", true },
		{ "type SUBMIT_*", true },
		{ "*_3D", true },
		{ "type == RESOURCE_*,CTX_*", false },
		{ "type != RESOURCE_*,CTX_*", true },
		{ "type 0x200..0x2ff", true },
		{ "queue control", true },
		{ "queue == cursor", false },
		{ "queue 0", true },
		{ "capset VIRGL2", true },
		{ "capset 1..", true },
		{ "latency > 1ms", true },
		{ "latency > 1.5ms", false },
		{ "latency >= 1500us", true },
		{ "latency 1500000ns", true },
		{ "latency == 0.0015", true },
		{ "time 1s..2s", true },
		{ "time 1.25..1.26", true },
		{ "time < 1", false },
		{ "size 4k", true },
		{ "size >= 1M", false },
		{ "process kworker*", true },
		{ "process kworker", false },
		{ "process != kworker", true },
		{ "process \"kworker/u4:2\"", true },
		{ "process kworker/u4:?", true },
		{ "process *4*2", true },
		{ "process Kworker*", false },
		{ "process cube,kworker/*", true },
		{ "process \"[kworker]*\"", false },
		{ "fenced", true },
		{ "error", false },
		{ "!error", true },
		{ "not error", true },
		{ "! ! fenced", true },
		{ "OK_NODATA", true },
		{ "response ERR_*", false },
		{ "answered && !shown", true },
		/* What is not known is in no test, but in its negation. */
		{ "resource 1", false },
		{ "resource != 1", false },
		{ "!(resource == 1)", true },
		/* Binding: ! before && before ||. */
		{ "error && error || fenced", true },
		{ "fenced || error && error", true },
		{ "(fenced || error) && error", false },
		{ "!error && fenced", true },
		{ "!(error && fenced)", true },
		{ "!(error || fenced)", false },
		{ "num 1 || num 2 || num 3 || num 150", true },
		{ "fenced && fenced && fenced && error", false },
	};
	struct vgpu_facts facts = submit();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vgpu_filter_error error = { 0 };
		struct vgpu_filter *f;
		int err = vgpu_filter_create(&f, cases[i].text, &error);

		if (err || vgpu_filter_match(f, &facts) != cases[i].expected)
			fail_msg("%s: %d %s", cases[i].text, err, error.text);
		vgpu_filter_destroy(f);
	}
	assert_true(vgpu_filter_match(NULL, &facts));
	vgpu_filter_destroy(NULL);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} cases[] = {
		{ "laten > 1ms", 0, "\"laten\" is neither a field nor the name of a command" },
		{ "fenced &&", 9, "a test is missing at the end" },
		{ "fenced fenced", 7, "&& or || should stand here" },
		{ "num ==", 6, "a value is missing" },
		{ "num == x", 7, "\"x\" is no number" },
		{ "num 1-5", 4, "a range is FROM..TO" },
		{ "num 5..1", 7, "ends before it begins" },
		{ "num ..", 6, "the range's end is missing" },
		{ "num 99999999999999999999", 4, "is no number" },
		{ "num 0x11112222333344445", 4, "is no number" },
		{ "num 1.5", 4, "is no number" },
		{ "latency > 5m", 10, "\"5m\" is no time" },
		{ "latency > .5", 10, "is no time" },
		{ "latency > 5.ms", 10, "is no time" },
		{ "latency > 99999999999999s", 10, "is no time" },
		{ "size 3q", 5, "\"3q\" is no size" },
		{ "type == BOGUS", 8, "no command is named \"BOGUS\"" },
		{ "type BOGUS*", 5, "no command is named" },
		{ "type == SUBMIT3D", 8, "\"SUBMIT3D\": SUBMIT_3D?" },
		{ "resource_flsuh", 0, "name of a command: RESOURCE_FLUSH?" },
		{ "response == EER_UNSPEC", 12, "\"EER_UNSPEC\": ERR_UNSPEC?" },
		{ "type == SUB", 8, "no command is named \"SUB\"" },
		{ "response == MAYBE", 12, "no response is named" },
		{ "capset GL", 7, "no capset is named" },
		{ "queue third", 6, "is no queue: control, cursor" },
		{ "process < a", 8, "names have no order" },
		{ "process ..b", 8, "a name should stand here" },
		{ "error == 1", 6, "write error or !error" },
		{ "(num 1", 6, "\")\" is missing at the end" },
		{ "num 1)", 5, "should stand here, not \")\"" },
		{ "num & 1", 4, "not \"&\"" },
		{ "process \"open", 8, "the quotes are not closed" },
		{ "num 1,", 6, "a value is missing" },
		{ "&& fenced", 0, "a test should stand here" },
		{ "num 1 \xff", 6, "should stand here" },
	};
	struct vgpu_filter_error error;
	struct vgpu_filter *f;
	char *deep = malloc(70000);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = vgpu_filter_create(&f, cases[i].text, &error);

		if (err != VGPU_ERR_INVALID || f || error.column != cases[i].column ||
		    !strstr(error.text, cases[i].says))
			fail_msg("%s: %d, column %zu: %s", cases[i].text, err, error.column,
				 error.text);
		assert_int_equal(vgpu_filter_create(&f, cases[i].text, NULL), VGPU_ERR_INVALID);
	}
	assert_non_null(deep);
	memset(deep, '(', 65);
	strcpy(deep + 65, "fenced");
	assert_int_equal(vgpu_filter_create(&f, deep, &error), VGPU_ERR_INVALID);
	assert_non_null(strstr(error.text, "nested too deeply"));
	assert_int_equal(error.column, 64);
	memset(deep, ' ', 69999);
	deep[69999] = '\0';
	assert_int_equal(vgpu_filter_create(&f, deep, &error), VGPU_ERR_TOO_LARGE);
	free(deep);
}

static void test_needs_answer(void **state)
{
	static const char *const without[] = { "", "ctx 1 || SUBMIT_3D", "!fenced" };
	static const char *const with[] = { "error", "ctx 1 && latency > 1ms", "ERR_UNSPEC",
					    "answered", "response OK_NODATA" };
	struct vgpu_filter *f;

	(void)state;
	assert_false(vgpu_filter_needs_answer(NULL));
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		assert_int_equal(vgpu_filter_create(&f, without[i], NULL), 0);
		assert_false(vgpu_filter_needs_answer(f));
		vgpu_filter_destroy(f);
	}
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		assert_int_equal(vgpu_filter_create(&f, with[i], NULL), 0);
		assert_true(vgpu_filter_needs_answer(f));
		vgpu_filter_destroy(f);
	}
}

/* A long chain is no deep tree. */
static void test_long(void **state)
{
	struct vgpu_facts facts = submit();
	char *text = malloc(65000), *p = text;
	struct vgpu_filter *f;

	(void)state;
	assert_non_null(text);
	for (unsigned int i = 0; i < 6000; i++)
		p += sprintf(p, "num 7 || ");
	strcpy(p, "num 150");
	assert_int_equal(vgpu_filter_create(&f, text, NULL), 0);
	assert_true(vgpu_filter_match(f, &facts));
	facts.value[VGPU_FILTER_num] = 1;
	assert_false(vgpu_filter_match(f, &facts));
	vgpu_filter_destroy(f);
	free(text);
}

static void test_fields(void **state)
{
	(void)state;
	assert_string_equal(vgpu_filter_field_info(VGPU_FILTER_latency)->name, "latency");
	assert_string_equal(vgpu_filter_field_info(VGPU_FILTER_latency)->values, "time");
	assert_true(vgpu_filter_field_info(VGPU_FILTER_latency)->needs_answer);
	assert_false(vgpu_filter_field_info(VGPU_FILTER_ctx)->needs_answer);
	assert_null(vgpu_filter_field_info(VGPU_FILTER_FIELD_COUNT));
}

/* The quick head says what the codec says. */
static void test_head(void **state)
{
	struct vgpu_ctrl_hdr in = {
		.type = 1, .flags = 2, .fence_id = UINT64_C(3) << 40, .ctx_id = 4, .ring_idx = 5
	};
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	struct vgpu_ctrl_hdr a, b;

	(void)state;
	assert_int_equal(vgpu_encode_ctrl_hdr(&in, wire, sizeof(wire)), 0);
	assert_int_equal(vgpu_decode_ctrl_hdr(wire, sizeof(wire), &a), 0);
	b = request_head(wire, sizeof(wire));
	assert_true(a.type == b.type && a.flags == b.flags && a.fence_id == b.fence_id &&
		    a.ctx_id == b.ctx_id && a.ring_idx == b.ring_idx);
	b = request_head(wire, sizeof(wire) - 1);
	assert_int_equal(b.type, 0);
}

/* A COMMAND record of process 9; `wire` follows its 40 fixed bytes. */
static struct vgpu_trace_record command_record(uint8_t *body, uint64_t id, uint64_t time_ns,
					       size_t request_size)
{
	memset(body, 0, 40);
	put64(body, id);
	put32(body + 20, 63); /* free_slots */
	put32(body + 24, 9);  /* pid */
	put32(body + 32, 24); /* response_size */
	return (struct vgpu_trace_record) { .type = VGPU_TRACE_COMMAND,
					    .time_ns = time_ns,
					    .body = body,
					    .body_size = 40 + request_size };
}

static void test_follow(void **state)
{
	struct vgpu_follow *f = vgpu_follow_create();
	struct vgpu_trace_record r = { .time_ns = 1000 };
	const struct vgpu_facts *facts;
	uint8_t body[40 + 256], answer[8 + VGPU_CTRL_HDR_SIZE];
	struct vgpu_set_scanout scanout = { .hdr = { .type = VGPU_CMD_SET_SCANOUT },
					    .scanout_id = 3,
					    .resource_id = 7 };
	struct vgpu_resource_flush flush = {
		.hdr = { .type = VGPU_CMD_RESOURCE_FLUSH, .flags = VGPU_FLAG_FENCE, .fence_id = 77 },
		.resource_id = 7,
	};
	struct vgpu_ctx_create create = { .hdr = { .type = VGPU_CMD_CTX_CREATE, .ctx_id = 5 },
					  .context_init = VGPU_CAPSET_VENUS };
	struct vgpu_cmd_submit submit3d = { .hdr = { .type = VGPU_CMD_SUBMIT_3D, .ctx_id = 5 } };
	struct vgpu_ctrl_hdr no = { .type = VGPU_RESP_ERR_UNSPEC };

	(void)state;
	assert_non_null(f);
	assert_null(vgpu_follow_record(f, &r));

	vgpu_encode_set_scanout(&scanout, body + 40, 256);
	r = command_record(body, 1, 2000, VGPU_SET_SCANOUT_SIZE);
	facts = vgpu_follow_record(f, &r);
	assert_non_null(facts);
	assert_int_equal(facts->value[VGPU_FILTER_num], 1);
	assert_int_equal(facts->value[VGPU_FILTER_time], 1000);
	assert_int_equal(facts->value[VGPU_FILTER_scanout], 3);
	assert_int_equal(facts->value[VGPU_FILTER_resource], 7);
	assert_int_equal(facts->value[VGPU_FILTER_free], 63);
	assert_int_equal(facts->value[VGPU_FILTER_size], VGPU_SET_SCANOUT_SIZE);
	assert_int_equal(facts->value[VGPU_FILTER_frame], 1);
	assert_false(vgpu_facts_know(facts, VGPU_FILTER_fence));
	assert_false(vgpu_facts_know(facts, VGPU_FILTER_process));
	assert_false(vgpu_facts_know(facts, VGPU_FILTER_answered));

	vgpu_encode_resource_flush(&flush, body + 40, 256);
	r = command_record(body, 2, 3000, VGPU_RESOURCE_FLUSH_SIZE);
	facts = vgpu_follow_record(f, &r);
	assert_int_equal(facts->value[VGPU_FILTER_fence], 77);
	assert_int_equal(facts->value[VGPU_FILTER_shown], 1);
	assert_int_equal(facts->value[VGPU_FILTER_frame], 1);
	r = command_record(body, 3, 4000, VGPU_RESOURCE_FLUSH_SIZE);
	assert_int_equal(vgpu_follow_record(f, &r)->value[VGPU_FILTER_frame], 2);

	/* The answer comes back to its command. */
	put64(answer, 2);
	vgpu_encode_ctrl_hdr(&no, answer + 8, VGPU_CTRL_HDR_SIZE);
	r = (struct vgpu_trace_record) { .type = VGPU_TRACE_RESPONSE,
					 .time_ns = 3500,
					 .body = answer,
					 .body_size = sizeof(answer) };
	facts = vgpu_follow_record(f, &r);
	assert_int_equal(facts->value[VGPU_FILTER_num], 2);
	assert_int_equal(facts->value[VGPU_FILTER_latency], 500);
	assert_int_equal(facts->value[VGPU_FILTER_error], 1);
	assert_int_equal(facts->value[VGPU_FILTER_response], VGPU_RESP_ERR_UNSPEC);
	put64(answer, 99);
	assert_null(vgpu_follow_record(f, &r));

	/* A context's capset is known from its creation on. */
	vgpu_encode_cmd_submit(&submit3d, body + 40, 256);
	r = command_record(body, 4, 5000, VGPU_CMD_SUBMIT_SIZE);
	assert_false(vgpu_facts_know(vgpu_follow_record(f, &r), VGPU_FILTER_capset));
	vgpu_encode_ctx_create(&create, body + 40, 256);
	r = command_record(body, 5, 5000, VGPU_CTX_CREATE_SIZE);
	vgpu_follow_record(f, &r);
	vgpu_encode_cmd_submit(&submit3d, body + 40, 256);
	r = command_record(body, 6, 5000, VGPU_CMD_SUBMIT_SIZE);
	facts = vgpu_follow_record(f, &r);
	assert_int_equal(facts->value[VGPU_FILTER_capset], VGPU_CAPSET_VENUS);
	assert_false(vgpu_facts_know(facts, VGPU_FILTER_resource));

	/* Cut requests have what is there. */
	r = command_record(body, 7, 5000, 10);
	facts = vgpu_follow_record(f, &r);
	assert_false(vgpu_facts_know(facts, VGPU_FILTER_type));
	assert_int_equal(facts->value[VGPU_FILTER_size], 10);
	r.body_size = 39;
	assert_null(vgpu_follow_record(f, &r));
	vgpu_follow_destroy(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),        cmocka_unit_test(test_refused),
		cmocka_unit_test(test_needs_answer), cmocka_unit_test(test_long),
		cmocka_unit_test(test_fields),       cmocka_unit_test(test_head),
		cmocka_unit_test(test_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
