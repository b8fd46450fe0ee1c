/* SPDX-License-Identifier: MIT */
/* The moments of a command's life find their command. */
#include "record-bench.h"

static void moment_put(struct bench *b, uint32_t type, uint64_t what)
{
	struct record_moment m = { .what = what, .tid = 77777777, .told = type == RECORD_KICK };

	m.event.type = type;
	m.event.device = 4;
	m.event.time_ns = b->time += 10;
	ring_put(&b->commands, &m, sizeof(m));
}

/* By another thread than the one that queues; `ioctl_ns` 0: not in DRM_IOCTL_VIRTGPU_WAIT. */
static void wait_put(struct bench *b, uint32_t tid, uint64_t fence, uint64_t ioctl_ns)
{
	struct record_wait w = { .fence_id = fence, .ioctl_ns = ioctl_ns, .pid = tid, .tid = tid };

	w.event.type = RECORD_WAIT_BEGIN;
	w.event.time_ns = b->time += 10;
	strcpy(w.comm, "waiter");
	ring_put(&b->commands, &w, sizeof(w));
}

/* Ends the recording and compares its stages: "command.stage@time " each, times from `since` on. */
static void expect_stages(struct bench *b, uint64_t since, const char *wanted)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_trace_stage s;
	char seen[512] = "";

	run(b);
	assert_int_equal(vgpu_trace_writer_finish(b->writer, b->time), 0);
	rewind(b->file);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fileno(b->file)), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		size_t used = strlen(seen);

		if (vgpu_trace_parse_stage(&r, &s))
			continue;
		snprintf(seen + used, sizeof(seen) - used, "%llu.%u@%lld ",
			 (unsigned long long)s.id, s.stage, (long long)(r.time_ns - since));
	}
	assert_string_equal(seen, wanted);
	vgpu_trace_reader_close(reader);
	bench_drop(b);
}

/* A life with all its moments; the stages by number, with the time since the command. */
static void moments_find_their_command(void **state)
{
	struct vgpu_ctrl_hdr hdr = { .type = VGPU_CMD_GET_DISPLAY_INFO,
				     .flags = VGPU_FLAG_FENCE,
				     .fence_id = 5 };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	struct test_command t;
	struct bench b;

	(void)state;
	bench_make(&b);
	b.drain.with_stages = b.drain.with_kicks = true;
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	moment_put(&b, RECORD_INTERRUPT, 0x1000); /* of others */
	command_make(&b, &t, 0, wire, sizeof(wire));
	t.c.ioctl_ns = b.time - 5;
	t.c.full_ns = b.time - 3;
	command_put(&b, &t);
	moment_put(&b, RECORD_KICK, 0x9999); /* of a queue that is not ours */
	moment_put(&b, RECORD_KICK, 0x1000);
	moment_put(&b, RECORD_KICK_END, 0x1000);
	moment_put(&b, RECORD_IOCTL_EXIT, 0);
	wait_put(&b, 88888888, 5, b.time + 3);
	moment_put(&b, RECORD_INTERRUPT, 0x1000);
	moment_put(&b, RECORD_INTERRUPT, 0x9999);
	response_put(&b, t.c.key);
	fence_put(&b, 5);
	moment_put(&b, RECORD_WAIT_END, 5);   /* of another thread */
	moment_put(&b, RECORD_IOCTL_EXIT, 0); /* of an ioctl that queued nothing */
	wait_put(&b, 88888888, 5, 0);         /* for what is over */
	run(&b);
	assert_int_equal(b.drain.threads.count, 2);
	expect_stages(&b, t.c.event.time_ns,
		      "1.9@-3 1.2@-5 1.7@20 1.8@30 1.3@40 1.11@43 1.5@50 1.4@60 1.1@90 ");
}

/* A kick is that of everything queued before it, and of no more. */
static void kicks_are_of_all_that_waits(void **state)
{
	struct test_command t;
	struct bench b;
	uint64_t since;

	(void)state;
	bench_make(&b);
	b.drain.with_stages = b.drain.with_kicks = true;
	since = b.time;
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0);
	moment_put(&b, RECORD_KICK, 0x1000);
	header_request(&b, VGPU_CMD_GET_DISPLAY_INFO, 0); /* queued while the device is told */
	moment_put(&b, RECORD_KICK_END, 0x1000);
	moment_put(&b, RECORD_KICK_END, 0x1000); /* nobody has begun it */
	moment_put(&b, RECORD_KICK, 0x1000);
	/* The cursor's, which has its own queue and no response. */
	command_make(&b, &t, 1, "0123456789012345678901234567890123456789", 32);
	command_put(&b, &t);
	moment_put(&b, RECORD_KICK, 0x1001);
	moment_put(&b, RECORD_INTERRUPT, 0x1001);
	moment_put(&b, RECORD_DEQUEUE, t.c.key);
	moment_put(&b, RECORD_DEQUEUE, t.c.key);
	run(&b);
	assert_int_equal(b.drain.stages.kick_count, 2);
	assert_int_equal(b.drain.stages.silent.count, 0);
	expect_stages(&b, since, "1.7@30 2.7@30 1.8@50 2.8@50 3.7@70 4.7@90 4.4@100 4.10@110 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_find_their_command),
		cmocka_unit_test(kicks_are_of_all_that_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
