/* SPDX-License-Identifier: MIT */
/* A ring of files: each stands alone. */
#include "record-bench.h"

#include <vgpu/virgl.h>

static void create_2d(struct bench *b, uint32_t resource)
{
	struct vgpu_resource_create_2d c = {
		.resource_id = resource, .format = 1, .width = 16, .height = 4
	};
	uint8_t wire[VGPU_RESOURCE_CREATE_2D_SIZE];

	c.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D;
	vgpu_encode_resource_create_2d(&c, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

static void show(struct bench *b, uint32_t resource)
{
	struct vgpu_set_scanout c = { .r = { 0, 0, 16, 4 }, .resource_id = resource };
	uint8_t wire[VGPU_SET_SCANOUT_SIZE];

	c.hdr.type = VGPU_CMD_SET_SCANOUT;
	vgpu_encode_set_scanout(&c, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

static void transfer_2d(struct bench *b, uint32_t resource)
{
	struct vgpu_transfer_to_host_2d c = { .r = { 0, 0, 16, 4 }, .resource_id = resource };
	uint8_t wire[VGPU_TRANSFER_TO_HOST_2D_SIZE];

	c.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D;
	vgpu_encode_transfer_to_host_2d(&c, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

static void make_context(struct bench *b, uint32_t ctx_id)
{
	struct vgpu_ctx_create c = { .nlen = 4, .debug_name = "name" };
	uint8_t wire[VGPU_CTX_CREATE_SIZE];

	c.hdr.type = VGPU_CMD_CTX_CREATE;
	c.hdr.ctx_id = ctx_id;
	vgpu_encode_ctx_create(&c, wire, sizeof(wire));
	command_send(b, wire, sizeof(wire));
}

/* The next file of a ring: what there is, with the memory as it was read, and numbers from 1. */
static void turn(struct bench *b, struct vgpu_trace_writer **writer, FILE **file)
{
	struct vgpu_trace_header header = { .clock = 1 };

	*file = tmpfile();
	assert_non_null(*file);
	assert_int_equal(vgpu_trace_writer_create(writer, fileno(*file), NULL), 0);
	assert_int_equal(vgpu_trace_write_header(*writer, 1, &header), 0);
	assert_true(record_turns_possible(&b->drain));
	assert_int_equal(record_turns_next(&b->drain, *writer, b->time), 0);
}

static void a_file_stands_alone(void **state)
{
	struct vgpu_trace_writer *second;
	uint64_t pending;
	struct bench b;
	FILE *file;

	(void)state;
	bench_make(&b);
	assert_int_equal(record_turns_begin(&b.drain), 0);
	create_2d(&b, 5);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	show(&b, 5);
	make_context(&b, 3);
	make_context(&b, 4);
	attach(&b, 6, PAGE_B, 0x1000); /* not seen being made: its memory stays behind */
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	pending = 0xabc000 + b.time;
	page_put(&b, 5, 0, 0, 64, 7);
	run(&b);
	/* The command that reads this page is being made: not now. */
	assert_false(record_turns_possible(&b.drain));
	transfer_2d(&b, 5);
	run(&b);
	turn(&b, &second, &file);
	assert_int_equal(b.drain.last_waiting, 9); /* all of them */
	assert_false(record_turns_possible(&b.drain));

	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 10);
	response_put(&b, pending);
	response_put(&b, 0xabc000 + b.time - 10);
	fence_put(&b, 10);
	/* Known to the new file's reader from its beginning, and not known to it. */
	page_put(&b, 5, 0, 0, 64, 7);
	transfer_2d(&b, 5);
	page_put(&b, 6, 0, 0, 64, 9);
	transfer(&b, VGPU_CMD_TRANSFER_TO_HOST_3D, 6);
	run(&b);
	assert_int_equal(b.drain.last_waiting, 8);
	assert_int_equal(b.drain.lost, 0);
	b.drain.last = NULL;
	/* An answer to a file that is closed. */
	response_put(&b, pending + 10);
	run(&b);
	assert_int_equal(b.drain.lost, 1);
	expect_file(&b, b.writer, b.file,
		    "P C1:40 C2:48 M40000000+256=7 C3:56 C4:48 X3=77777777 C5:96 X4=77777777 C6:96 "
		    "C7:48 M55550000+64=9 C8:72 C9:56 R8 ");
	b.writer = second;
	b.file = file;
	expect(&b,
	       "N101 N106 M40000000+256=7 N105 N103 X4=77777777 X3=77777777 L6*9/0 P C1:24 R1 S1 "
	       "C2:56 M55550000+64=9 C3:72 L2*1/0 ");
}

/* With a keeper the file begins with what was drawn, too, and nothing else. */
static void a_file_begins_with_all_that_is_known(void **state)
{
	const uint32_t clear[] = { VGPU_VIRGL_CLEAR | 8u << 16, 4, 0, 0, 0, 0, 0, 0, 0 };
	const uint32_t blend[14] = {
		[0] = VGPU_VIRGL_CREATE_OBJECT | VGPU_VIRGL_OBJECT_BLEND << 8 | 11u << 16,
		[1] = 77,
		[12] = VGPU_VIRGL_BIND_OBJECT | VGPU_VIRGL_OBJECT_BLEND << 8 | 1u << 16,
		[13] = 77
	};
	struct vgpu_trace_writer *second;
	struct record_keeper *keeper;
	struct bench b;
	FILE *file;

	(void)state;
	assert_int_equal(record_keeper_create(&keeper, 16 << 20), 0);
	bench_make_with(&b, keeper);
	b.drain.keeper = keeper;
	assert_int_equal(record_turns_begin(&b.drain), 0);
	create_2d(&b, 5);
	attach(&b, 5, PAGE_A, 0x1000);
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	show(&b, 5);
	create_2d(&b, 9);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	make_context(&b, 3);
	stream_of(&b, 3, blend, 14);
	stream_of(&b, 3, clear, 9); /* nothing is there to be cleared */
	run(&b);
	record_keeper_listen(keeper, false);
	turn(&b, &second, &file);
	record_keeper_listen(keeper, true);
	/* The reader of the new file has this memory from its beginning. */
	page_put(&b, 5, 0, 0, 256, 7);
	transfer_2d(&b, 5);
	run(&b);
	b.drain.last = NULL;
	expect_file(&b, b.writer, b.file,
		    "P C1:40 C2:48 M40000000+256=7 C3:56 C4:48 C5:40 C6:24 X3=77777777 C7:96 C8:88 "
		    "C9:68 ");
	b.writer = second;
	b.file = file;
	expect(&b,
	       "N101 N106 M40000000+256=7 N105 N103 N101 N200 N207 X3=77777777 L6*9/0 P C1:56 ");
	record_keeper_destroy(keeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_stands_alone),
		cmocka_unit_test(a_file_begins_with_all_that_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
