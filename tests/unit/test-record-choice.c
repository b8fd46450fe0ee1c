/* SPDX-License-Identifier: MIT */
/* Which commands are recorded when not all of them are. */
#include "record-bench.h"

#include <unistd.h>

static void choose(struct bench *b, struct record_choice **choice, const char *expression,
		   uint32_t pid, struct vgpu_filter **filter)
{
	bench_make(b);
	*filter = NULL;
	if (expression)
		assert_int_equal(vgpu_filter_create(filter, expression, NULL), 0);
	assert_int_equal(record_choice_create(choice, *filter, pid), 0);
	b->drain.choice = *choice;
}

static void what_is_not_asked_for_is_left_out(void **state)
{
	struct record_choice *choice;
	struct vgpu_filter *filter;
	struct test_command t;
	struct bench b;

	(void)state;
	choose(&b, &choice, "TRANSFER_* && resource 5", 0, &filter);
	attach(&b, 5, PAGE_A, 0x1000);
	attach(&b, 6, PAGE_B, 0x1000);
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	response_put(&b, 0xabc000 + b.time);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	response_put(&b, 0xabc000 + b.time);
	/* What a command that is left out does to memory counts. */
	transfer(&b, VGPU_CMD_TRANSFER_FROM_HOST_3D, 5);
	page_put(&b, 5, 0, 0, 64, 7);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 5);
	command_make(&b, &t, 1, "012345678901234567890123", 24);
	command_put(&b, &t);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	run(&b);
	assert_int_equal(b.drain.left_out, 3);
	assert_int_equal(b.drain.lost, 0);
	expect(&b, "P C1:48 C2:48 L11*2/0 M40000000+64=7 C3:72 R3 C4:72 M40000000+64=7 C5:72 C6:24 "
		   "L11*1/0 ");
	record_choice_destroy(choice);
	vgpu_filter_destroy(filter);
}

/* Of this process: what it queues, and what others queue for its contexts and resources. */
static void a_process_has_contexts_and_resources(void **state)
{
	struct record_choice *choice;
	struct vgpu_filter *filter;
	struct test_command t;
	struct bench b;
	const struct {
		uint32_t type, ctx_id, resource;
		bool ours;
	} commands[] = {
		{ VGPU_CMD_CTX_CREATE, 1, 0, true },
		{ VGPU_CMD_CTX_CREATE, 2, 0, false },
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 5, true },
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 6, false },
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 5, false },      /* 5: its resource */
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 6, false },      /* left out */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 1, 6, false }, /* 6: its context */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 2, 6, true },  /* 7: itself */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 2, 6, false }, /* left out */
		{ VGPU_CMD_TRANSFER_TO_HOST_3D, 9, 6, false }, /* 8: a context it had before */
		{ VGPU_CMD_RESOURCE_UNREF, 0, 5, false },      /* 9: always */
		{ VGPU_CMD_RESOURCE_CREATE_3D, 0, 5, false },
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 5, false }, /* left out: it is another now */
		{ VGPU_CMD_RESOURCE_FLUSH, 0, 7, false }, /* 11: nobody knows whose */
	};

	(void)state;
	choose(&b, &choice, NULL, (uint32_t)getppid(), &filter);
	assert_int_equal(record_choice_owner(choice, 0, 9, (uint32_t)getpid()), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bool flush = commands[i].type == VGPU_CMD_RESOURCE_FLUSH;
		bool transfer3d = commands[i].type == VGPU_CMD_TRANSFER_TO_HOST_3D;
		size_t at = flush ? 40 : transfer3d ? 56 : 24;
		uint8_t wire[VGPU_CTX_CREATE_SIZE] = { 0 };
		struct vgpu_ctrl_hdr hdr = { .type = commands[i].type,
					     .ctx_id = commands[i].ctx_id };

		vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
		if (commands[i].resource)
			wire[at] = (uint8_t)commands[i].resource;
		command_make(&b, &t, 0, wire, sizeof(wire));
		t.c.pid = commands[i].ours ? (uint32_t)getpid() : 1;
		command_put(&b, &t);
	}
	run(&b);
	assert_int_equal(b.drain.left_out, 3);
	assert_int_equal(b.drain.id, 11);
	record_choice_destroy(choice);
	b.drain.choice = NULL;
	b.listing[0] = '\0';
	assert_int_equal(record_drain_left_out(&b.drain), 0);
	assert_int_equal(vgpu_trace_writer_finish(b.writer, b.time), 0);
	bench_drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_asked_for_is_left_out),
		cmocka_unit_test(a_process_has_contexts_and_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
