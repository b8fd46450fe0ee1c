/* SPDX-License-Identifier: MIT */
/* Statistics: against values computed the plain way, from traces written and read. */
#include "trace-helper.h"

#include <errno.h>

#include <vgpu/codec.h>
#include <vgpu/stats.h>

#define MS 1000000u

struct maker {
	uint32_t device; /* of the commands that follow */
	struct vgpu_trace_writer *w;
	int fd;
	uint64_t id;
};

static void begin(struct maker *m)
{
	m->device = 0;
	m->id = 0;
	m->fd = memory_file(NULL, 0);
	assert_int_equal(vgpu_trace_writer_create(&m->w, m->fd, NULL), 0);
	write_test_header(m->w, 1);
}

/* Whatever can be asked of `a` has the same answer from `b`. */
static void assert_same_stats(const struct vgpu_stats *a, const struct vgpu_stats *b)
{
	struct vgpu_stats_totals ta, tb;

	vgpu_stats_totals(a, &ta);
	vgpu_stats_totals(b, &tb);
	assert_memory_equal(&ta, &tb, sizeof(ta));
#define SAME_ROWS(name)                                                                       \
	for (size_t i = 0;; i++) {                                                            \
		struct vgpu_stats_##name ra, rb;                                              \
                                                                                              \
		memset(&ra, 0, sizeof(ra));                                                   \
		memset(&rb, 0, sizeof(rb));                                                   \
		assert_int_equal(vgpu_stats_##name(a, i, &ra), vgpu_stats_##name(b, i, &rb)); \
		assert_memory_equal(&ra, &rb, sizeof(ra));                                    \
		if (!vgpu_stats_##name(a, i, &ra))                                            \
			break;                                                                \
	}
	SAME_ROWS(command)
	SAME_ROWS(scanout)
	SAME_ROWS(process)
	SAME_ROWS(context)
	for (uint32_t what = 0; what < 40; what++) {
		uint64_t count[2], bytes[2];

		vgpu_stats_lost(a, what, &count[0], &bytes[0]);
		vgpu_stats_lost(b, what, &count[1], &bytes[1]);
		assert_int_equal(count[0], count[1]);
		assert_int_equal(bytes[0], bytes[1]);
	}
}

/* Ends the trace; its statistics by its records, which its summary must have too. */
static struct vgpu_stats *end(struct maker *m)
{
	struct vgpu_stats *s = vgpu_stats_create(), *left;
	struct vgpu_trace_summary summary;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;

	assert_non_null(s);
	assert_int_equal(vgpu_trace_writer_finish(m->w, 1), 0);
	vgpu_trace_writer_destroy(m->w);
	lseek(m->fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, m->fd), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1)
		assert_int_equal(vgpu_stats_add(s, &r), 0);
	vgpu_stats_finish(s);
	assert_int_equal(vgpu_trace_reader_summary(reader, &summary, &left), 1);
	assert_same_stats(s, left);
	assert_int_equal(vgpu_stats_add(left, &r), -EINVAL);
	vgpu_stats_destroy(left);
	vgpu_trace_reader_close(reader);
	close(m->fd);
	return s;
}

static uint64_t command(struct maker *m, uint64_t t, uint32_t queue, const void *wire, size_t size)
{
	struct vgpu_trace_command c = {
		.id = ++m->id,
		.device = m->device,
		.queue = queue,
		.pid = 10 + queue,
		.response_size = queue ? 0 : 24,
		.request = wire,
		.request_size = size,
	};

	assert_int_equal(vgpu_trace_write_command(m->w, t, &c), 0);
	return c.id;
}

static uint64_t header_command(struct maker *m, uint64_t t, uint32_t type, bool fenced)
{
	struct vgpu_ctrl_hdr hdr = { .type = type, .flags = fenced ? VGPU_FLAG_FENCE : 0 };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];

	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	return command(m, t, type >= VGPU_CMD_UPDATE_CURSOR && type < 0x400, wire, sizeof(wire));
}

static void answer(struct maker *m, uint64_t t, uint64_t id, uint32_t type)
{
	struct vgpu_ctrl_hdr hdr = { .type = type };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	struct vgpu_trace_response r = { id, wire, sizeof(wire) };

	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	assert_int_equal(vgpu_trace_write_response(m->w, t, &r), 0);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void assert_near(uint64_t value, uint64_t exact)
{
	uint64_t off = value > exact ? value - exact : exact - value;

	assert_true(off * 250 <= exact); /* 0.4 % */
}

/* Latencies over eight decades beside a sorted list of them. */
static void test_percentiles(void **state)
{
	enum {
		N = 5000
	};
	static uint64_t exact[N];
	struct vgpu_stats_command c;
	struct vgpu_stats *s;
	struct maker m;
	uint64_t t = 1000, noise = 1, sum = 0;

	(void)state;
	begin(&m);
	for (unsigned int i = 0; i < N; i++) {
		noise = noise * 6364136223846793005u + 1442695040888963407u;
		exact[i] = (noise >> 33) >> (noise >> 59); /* 0 to 2^31 ns */
		sum += exact[i];
		answer(&m, t + exact[i], header_command(&m, t, VGPU_CMD_SUBMIT_3D, true),
		       VGPU_RESP_OK_NODATA);
		t += 10;
	}
	qsort(exact, N, sizeof(exact[0]), compare);
	s = end(&m);
	assert_true(vgpu_stats_command(s, 0, &c));
	assert_false(vgpu_stats_command(s, 1, &c));
	assert_true(vgpu_stats_command(s, 0, &c));
	assert_int_equal(c.fenced_latency.count, N);
	assert_int_equal(c.unfenced_latency.count, 0);
	assert_int_equal(c.fenced_latency.min, exact[0]);
	assert_int_equal(c.fenced_latency.max, exact[N - 1]);
	assert_int_equal(c.fenced_latency.mean, sum / N);
	assert_near(c.fenced_latency.p50, exact[N / 2 - 1]); /* nearest-rank */
	assert_near(c.fenced_latency.p90, exact[N * 9 / 10 - 1]);
	assert_near(c.fenced_latency.p99, exact[N * 99 / 100 - 1]);
	vgpu_stats_destroy(s);
	vgpu_stats_destroy(NULL);
}

static void test_counts(void **state)
{
	struct vgpu_trace_lost lost = { .what = VGPU_TRACE_LOST_MEMORY, .count = 3, .bytes = 9 };
	struct vgpu_trace_process process = { .pid = 10, .tid = 12, .comm = "thread" };
	struct vgpu_trace_context context = {
		.ctx_id = 4, .pid = 10, .capset = 2, .name = "cube", .name_size = 4
	};
	struct vgpu_stats_context seen_context;
	struct vgpu_stats_process seen_process;
	struct vgpu_stats_totals t;
	struct vgpu_stats_command c;
	struct vgpu_stats *s;
	struct maker m;
	uint64_t count, bytes;

	(void)state;
	begin(&m);
	vgpu_trace_write_process(m.w, 1, &process);
	process.tid = 10;
	memcpy(process.comm, "main", 5);
	vgpu_trace_write_process(m.w, 1, &process);
	vgpu_trace_write_context(m.w, 1, &context);
	answer(&m, 300, header_command(&m, 100, VGPU_CMD_GET_DISPLAY_INFO, false),
	       VGPU_RESP_OK_DISPLAY_INFO);
	answer(&m, 400, header_command(&m, 100, VGPU_CMD_RESOURCE_UNREF, true),
	       VGPU_RESP_ERR_INVALID_RESOURCE_ID);
	header_command(&m, 500, VGPU_CMD_RESOURCE_UNREF, true);  /* never answered */
	header_command(&m, 500, VGPU_CMD_RESOURCE_UNREF, false); /* neither */
	header_command(&m, 500, VGPU_CMD_MOVE_CURSOR, false);    /* need not be */
	answer(&m, 600, 999, VGPU_RESP_OK_NODATA);               /* to nothing we know */
	vgpu_trace_write_lost(m.w, 700, &lost);
	command(&m, 800, 0, "xy", 2); /* too short to have a type */
	s = end(&m);

	vgpu_stats_totals(s, &t);
	assert_int_equal(t.commands, 6);
	assert_int_equal(t.responses, 3);
	assert_int_equal(t.errors, 1);
	assert_int_equal(t.orphans, 1);
	assert_int_equal(t.unanswered, 3);
	assert_int_equal(t.unanswered_fenced, 1);
	assert_int_equal(t.lost, 3);
	assert_int_equal(t.first_ns, 1);
	assert_int_equal(t.last_ns, 800);
	assert_int_equal(t.processes, 2);
	assert_int_equal(t.contexts, 1);
	vgpu_stats_lost(s, VGPU_TRACE_LOST_MEMORY, &count, &bytes);
	assert_int_equal(count, 3);
	assert_int_equal(bytes, 9);
	vgpu_stats_lost(s, 12345, &count, &bytes);
	assert_int_equal(count, 0);

	assert_true(vgpu_stats_command(s, 0, &c)); /* by queue, then type */
	assert_int_equal(c.type, 0);
	assert_true(vgpu_stats_command(s, 1, &c));
	assert_int_equal(c.type, VGPU_CMD_GET_DISPLAY_INFO);
	assert_int_equal(c.unfenced_latency.p50, 200);
	assert_true(vgpu_stats_command(s, 2, &c));
	assert_int_equal(c.type, VGPU_CMD_RESOURCE_UNREF);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.fenced, 2);
	assert_int_equal(c.errors, 1);
	assert_int_equal(c.unanswered, 2);
	assert_true(vgpu_stats_command(s, 3, &c));
	assert_int_equal(c.queue, 1);
	assert_int_equal(c.unanswered, 0);
	assert_false(vgpu_stats_command(s, 4, &c));

	assert_true(vgpu_stats_process(s, 0, &seen_process));
	assert_string_equal(seen_process.comm, "main");
	assert_int_equal(seen_process.commands, 5);
	assert_true(vgpu_stats_context(s, 0, &seen_context));
	assert_string_equal(seen_context.name, "cube");
	assert_false(vgpu_stats_context(s, 1, &seen_context));
	vgpu_stats_destroy(s);
}

static void scanout(struct maker *m, uint64_t t, uint32_t id, uint32_t resource, bool blob)
{
	struct vgpu_set_scanout set = {
		.hdr.type = VGPU_CMD_SET_SCANOUT,
		.scanout_id = id,
		.resource_id = resource,
	};
	struct vgpu_set_scanout_blob set_blob = {
		.hdr.type = VGPU_CMD_SET_SCANOUT_BLOB,
		.scanout_id = id,
		.resource_id = resource,
	};
	uint8_t wire[128];

	if (blob)
		vgpu_encode_set_scanout_blob(&set_blob, wire, sizeof(wire));
	else
		vgpu_encode_set_scanout(&set, wire, sizeof(wire));
	command(m, t, 0, wire, blob ? VGPU_SET_SCANOUT_BLOB_SIZE : VGPU_SET_SCANOUT_SIZE);
}

static void flush(struct maker *m, uint64_t t, uint32_t resource)
{
	struct vgpu_resource_flush f = { .hdr.type = VGPU_CMD_RESOURCE_FLUSH,
					 .resource_id = resource };
	uint8_t wire[VGPU_RESOURCE_FLUSH_SIZE];

	vgpu_encode_resource_flush(&f, wire, sizeof(wire));
	command(m, t, 0, wire, sizeof(wire));
}

static void test_frames(void **state)
{
	struct vgpu_trace_epoch epoch = { 0 };
	struct vgpu_stats_scanout out;
	struct vgpu_stats_totals t;
	struct vgpu_stats *s;
	struct maker m;

	(void)state;
	begin(&m);
	flush(&m, 1 * MS, 5); /* shown nowhere */
	scanout(&m, 2 * MS, 0, 5, false);
	scanout(&m, 2 * MS, 3, 6, true);
	flush(&m, 10 * MS, 5);
	flush(&m, 26 * MS, 5);
	flush(&m, 30 * MS, 6);
	flush(&m, 42 * MS, 5);
	scanout(&m, 43 * MS, 1, 5, false); /* mirrored from here on */
	flush(&m, 58 * MS, 5);
	scanout(&m, 59 * MS, 0, 0, false); /* off */
	flush(&m, 60 * MS, 0);
	scanout(&m, 61 * MS, 99, 7, false); /* there is none */
	flush(&m, 62 * MS, 7);
	assert_int_equal(vgpu_trace_write_epoch(m.w, 63 * MS, &epoch), 0);
	flush(&m, 64 * MS, 6); /* the new device shows nothing yet */
	s = end(&m);
	vgpu_stats_totals(s, &t);
	assert_int_equal(t.frames, 6);
	assert_int_equal(t.epochs, 1);
	assert_true(vgpu_stats_scanout(s, 0, &out));
	assert_int_equal(out.scanout, 0);
	assert_int_equal(out.frames, 4);
	assert_int_equal(out.interval.count, 3);
	assert_int_equal(out.interval.mean, 16 * MS);
	assert_int_equal(out.interval.p50, 16 * MS);
	assert_true(vgpu_stats_scanout(s, 1, &out));
	assert_int_equal(out.scanout, 1);
	assert_int_equal(out.frames, 1);
	assert_true(vgpu_stats_scanout(s, 2, &out));
	assert_int_equal(out.scanout, 3);
	assert_false(vgpu_stats_scanout(s, 3, &out));
	vgpu_stats_destroy(s);
}

/* Two devices have resources and scanouts of the same numbers, and one of them is reset. */
static void test_frames_of_two_devices(void **state)
{
	struct vgpu_trace_epoch epoch = { .device = 20 };
	static const struct {
		uint32_t device, frames;
	} expected[] = { { 0, 3 }, { 15, 1 } };
	struct vgpu_stats_scanout out;
	struct vgpu_stats *s;
	struct maker m;

	(void)state;
	begin(&m);
	scanout(&m, 1 * MS, 2, 5, false);
	flush(&m, 10 * MS, 5);
	m.device = 20;
	flush(&m, 15 * MS, 5); /* shown on the first device only */
	scanout(&m, 16 * MS, 2, 5, false);
	flush(&m, 17 * MS, 5);
	assert_int_equal(vgpu_trace_write_epoch(m.w, 18 * MS, &epoch), 0);
	flush(&m, 19 * MS, 5); /* shows nothing any more */
	m.device = 0;
	flush(&m, 20 * MS, 5);
	flush(&m, 30 * MS, 5);
	s = end(&m);
	for (size_t i = 0; i < 2; i++) {
		assert_true(vgpu_stats_scanout(s, i, &out));
		assert_int_equal(out.device, expected[i].device);
		assert_int_equal(out.scanout, 2);
		assert_int_equal(out.frames, expected[i].frames);
		assert_int_equal(out.interval.count, expected[i].frames - 1);
		assert_int_equal(out.interval.mean, i ? 0 : 10 * MS);
	}
	assert_false(vgpu_stats_scanout(s, 2, &out));
	vgpu_stats_destroy(s);
}

/* More types and processes than there are rows. */
static void test_bounded(void **state)
{
	struct vgpu_stats_command c;
	struct vgpu_stats_totals t;
	struct vgpu_stats *s;
	struct maker m;
	uint64_t sum = 0;
	size_t rows = 0;

	(void)state;
	begin(&m);
	for (uint32_t i = 0; i < 5000; i++) {
		struct vgpu_ctrl_hdr hdr = { .type = 0x10000 + i };
		struct vgpu_trace_command command = { .id = i + 1, .queue = i % 2, .pid = i + 1 };
		uint8_t wire[VGPU_CTRL_HDR_SIZE];

		vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
		command.request = wire;
		command.request_size = sizeof(wire);
		assert_int_equal(vgpu_trace_write_command(m.w, i, &command), 0);
	}
	s = end(&m);
	for (; vgpu_stats_command(s, rows, &c); rows++)
		sum += c.count;
	assert_int_equal(sum, 5000);
	assert_in_range(rows, 100, 130);
	vgpu_stats_totals(s, &t);
	assert_int_equal(t.commands, 5000);
	vgpu_stats_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_frames),      cmocka_unit_test(test_frames_of_two_devices),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
