/* SPDX-License-Identifier: MIT */
/* The viewer's model and its numbers, against vgpu/stats.h on the same records. */
#include "view-trace.h"

#include "latency.h"
#include "packed.h"
#include "under-valgrind.h"

#define FRAMES 60u

/* Statistics of the commands queued from … until before …, from the file itself. */
static struct vgpu_stats *reference(const char *path, uint64_t from_ns, uint64_t to_ns)
{
	struct vgpu_stats *s = vgpu_stats_create();
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_response response;
	struct vgpu_trace_command c;
	struct vgpu_trace_record r;
	static bool within[100000];

	assert_non_null(s);
	memset(within, 0, sizeof(within));
	assert_int_equal(vgpu_trace_reader_open(&reader, path), 0);
	while (vgpu_trace_reader_next(reader, &r) > 0) {
		if (r.type == VGPU_TRACE_HEADER) {
			memset(within, 0, sizeof(within));
			vgpu_stats_add(s, &r);
		}
		if (r.type == VGPU_TRACE_COMMAND && !vgpu_trace_parse_command(&r, &c) &&
		    r.time_ns >= from_ns && r.time_ns < to_ns) {
			within[c.id] = true;
			vgpu_stats_add(s, &r);
		}
		if (r.type == VGPU_TRACE_RESPONSE && !vgpu_trace_parse_response(&r, &response) &&
		    within[response.id])
			vgpu_stats_add(s, &r);
	}
	vgpu_trace_reader_close(reader);
	vgpu_stats_finish(s);
	return s;
}

static void same_series(const struct vgpu_stats_series *a, const struct vgpu_stats_series *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->min, b->min);
	assert_int_equal(a->mean, b->mean);
	assert_int_equal(a->p50, b->p50);
	assert_int_equal(a->p90, b->p90);
	assert_int_equal(a->p99, b->p99);
	assert_int_equal(a->max, b->max);
}

static void same_numbers(const struct view_latency *l, const struct vgpu_stats *s)
{
	struct vgpu_stats_command c;
	uint64_t commands = 0, bins;
	uint32_t i, rows, m, b;

	for (rows = 0; vgpu_stats_command(s, rows, &c); rows++) {
		for (i = 0; i < l->row_count; i++) {
			if (l->rows[i].stats.queue == c.queue && l->rows[i].stats.type == c.type)
				break;
		}
		assert_true(i < l->row_count);
		assert_int_equal(l->rows[i].stats.count, c.count);
		assert_int_equal(l->rows[i].stats.fenced, c.fenced);
		assert_int_equal(l->rows[i].stats.errors, c.errors);
		assert_int_equal(l->rows[i].stats.unanswered, c.unanswered);
		same_series(&l->rows[i].stats.fenced_latency, &c.fenced_latency);
		same_series(&l->rows[i].stats.unfenced_latency, &c.unfenced_latency);
		for (m = 0; m < 2; m++) {
			for (b = 0, bins = 0; b < VIEW_BINS; b++)
				bins += l->rows[i].bins[m][b];
			assert_int_equal(bins,
					 m ? c.fenced_latency.count : c.unfenced_latency.count);
		}
		commands += c.count;
	}
	assert_int_equal(l->row_count, rows);
	assert_int_equal(l->commands, commands);
}

static struct view_model *load(char *path, bool again)
{
	struct view_model *m;

	view_trace_make(path, 1, FRAMES, false, again);
	assert_int_equal(view_model_load(&m, path), 0);
	return m;
}

static void test_totals(void **state)
{
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m = load(path, false);
	struct vgpu_stats *s = reference(path, 0, UINT64_MAX);
	struct vgpu_stats_scanout scanout;
	struct vgpu_stats_totals t;
	struct view_latency l;
	uint32_t i, n = 0;

	(void)state;
	vgpu_stats_totals(s, &t);
	assert_int_equal(m->command_count, t.commands);
	assert_int_equal(m->frame_count, FRAMES);
	assert_int_equal(m->frame_count, t.frames);
	assert_int_equal(m->lost, 3);
	assert_int_equal(m->loss_count, 1);
	assert_true(m->needs_3d);
	assert_false(m->cut);
	assert_string_equal(m->about, "synthetic · Linux 6.1.0-test · x86_64");
	assert_string_equal(m->lanes[2].label[0] == 'c' ? "ctx" : "", "ctx");
	assert_int_equal(m->lane_count, 4);
	for (i = 0; i < m->lane_count; i++)
		n += i < 2 ? m->lanes[i].count : 0;
	assert_int_equal(n, m->command_count);
	for (i = 0; vgpu_stats_scanout(s, i, &scanout); i++) {
		assert_int_equal(m->shown[scanout.scanout].count, scanout.frames);
		assert_int_equal(view_latency_measure(&l, m, 0, UINT64_MAX, scanout.scanout, NULL),
				 0);
		same_series(&l.interval, &scanout.interval);
		assert_int_equal(l.frames, scanout.frames);
	}
	assert_int_equal(i, 2);
	assert_int_equal(m->main_scanout, 0);
	same_numbers(&l, s);
	vgpu_stats_destroy(s);
	view_model_destroy(m);
	unlink(path);
}

static void random_spans(bool again)
{
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m = load(path, again);
	uint64_t span = m->last_ns - m->first_ns + 2, a, b;
	struct view_latency l;
	struct vgpu_stats *s;
	uint32_t seed = 3, i;

	for (i = 0; i < 100; i++) {
		a = m->first_ns + view_trace_random(&seed, 1u << 20) * (span >> 20);
		b = a + view_trace_random(&seed, 1u << 20) * (span >> (20 + i % 8));
		assert_int_equal(view_latency_measure(&l, m, a, b, 0, NULL), 0);
		s = reference(path, a, b);
		same_numbers(&l, s);
		vgpu_stats_destroy(s);
	}
	view_model_destroy(m);
	unlink(path);
}

static void test_random_spans(void **state)
{
	(void)state;
	random_spans(false);
}

/* A second trace behind the first, whose clock began earlier and whose ids begin again. */
static void test_two_traces(void **state)
{
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m = load(path, true);
	uint32_t i, n;

	(void)state;
	assert_int_equal(m->frame_count, 2 * FRAMES);
	for (i = 1; i < m->all.count; i++)
		assert_true(view_model_command(m, view_lane_item(&m->all, i - 1)).queue_ns <=
			    view_model_command(m, view_lane_item(&m->all, i)).queue_ns);
	/* Stepping visits every command once, in the order of time. */
	for (i = 0, n = view_lane_item(&m->all, 0); i < m->all.count; i++) {
		assert_int_equal(n, view_lane_item(&m->all, i));
		n = view_model_step(m, n, 1);
	}
	assert_int_equal(n, view_lane_item(&m->all, m->all.count - 1));
	view_model_destroy(m);
	unlink(path);
	random_spans(true);
}

/* Clocks of several processors: times step back, and sometimes far. */
static void write_stepping_back(char *path, uint32_t commands, bool far)
{
	struct vgpu_trace_header h = { .major = VGPU_TRACE_VERSION_MAJOR, .clock = 1 };
	uint8_t answer[VGPU_CTRL_HDR_SIZE] = { 0 }, wire[VGPU_CTRL_HDR_SIZE];
	struct vgpu_trace_response response = { .response = answer, .response_size = 24 };
	struct vgpu_trace_command c = { .response_size = 24, .request = wire, .request_size = 24 };
	struct vgpu_ctrl_hdr hdr = { .type = VGPU_CMD_SUBMIT_3D };
	int fd = mkstemp(path);
	struct vgpu_trace_writer *w;
	uint32_t seed = 21, i;
	uint64_t now;

	assert_true(fd >= 0);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	assert_int_equal(vgpu_trace_write_header(w, 1000000, &h), 0);
	hdr.type = VGPU_RESP_OK_NODATA;
	vgpu_encode_ctrl_hdr(&hdr, answer, sizeof(answer));
	for (i = 0; i < commands; i++) {
		now = 5000000 + i * 1000 - view_trace_random(&seed, 30000);
		if (far && i % 4000 == 3999)
			now -= 3500000;
		hdr.type = VGPU_CMD_SUBMIT_3D + view_trace_random(&seed, 3);
		hdr.flags = view_trace_random(&seed, 2) ? VGPU_FLAG_FENCE : 0;
		hdr.ctx_id = view_trace_random(&seed, 4);
		vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
		c.id = i + 1 + i / 1000; /* with gaps */
		c.queue = view_trace_random(&seed, 10) == 0;
		assert_int_equal(vgpu_trace_write_command(w, now, &c), 0);
		response.id = c.id;
		if (view_trace_random(&seed, 20))
			vgpu_trace_write_response(w, now + view_trace_random(&seed, 1u << 20),
						  &response);
	}
	assert_int_equal(vgpu_trace_writer_finish(w, now), 0);
	vgpu_trace_writer_destroy(w);
	close(fd);
}

static void check_lane(const struct view_model *m, const struct view_lane *lane)
{
	struct view_command c, before = { 0 };
	struct view_summary s;
	uint64_t longest = 0;
	uint32_t i, n, number = 0;

	for (i = 0; i < lane->count; i++, before = c, number = n) {
		n = view_lane_item(lane, i);
		c = view_model_command(m, n);
		assert_true(c.queue_ns > before.queue_ns ||
			    (c.queue_ns == before.queue_ns && n >= number));
		assert_int_equal(view_lane_find(lane, n), i);
		if (view_command_latency(&c) > longest)
			longest = view_command_latency(&c);
	}
	if (lane == &m->all)
		return;
	view_index_summary(&lane->index, 0, lane->count, &s);
	assert_int_equal(s.count[0] + s.count[1], lane->count);
	assert_int_equal(s.longest[0] > s.longest[1] ? s.longest[0] : s.longest[1], longest);
}

static void test_steps_back(void **state)
{
	uint32_t far, i, commands = or_under_valgrind(20000, 9000), counts[2];
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m;
	struct view_latency l;
	struct vgpu_stats *s;

	(void)state;
	for (far = 0; far < 2; far++) {
		memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
		write_stepping_back(path, commands, far);
		assert_int_equal(view_model_load(&m, path), 0);
		assert_int_equal(m->command_count, commands);
		check_lane(m, &m->all);
		for (i = 0, counts[0] = counts[1] = 0; i < m->lane_count; i++) {
			check_lane(m, &m->lanes[i]);
			counts[i > 1] += m->lanes[i].count;
		}
		assert_int_equal(counts[0], commands);
		assert_true(counts[1] > commands / 2 && counts[1] < commands);
		assert_int_equal(view_model_find(m, 1002), 1000);
		assert_int_equal(view_model_find(m, 1001), VIEW_NONE);
		for (i = 1; i < 6; i++) {
			assert_int_equal(
				view_latency_measure(&l, m, i * 1000000, i * 1700000, 0, NULL), 0);
			s = reference(path, i * 1000000, i * 1700000);
			same_numbers(&l, s);
			vgpu_stats_destroy(s);
		}
		view_model_destroy(m);
		unlink(path);
	}
}

/* Commands of two rings of a context, and of another context: a lane each, of one name. */
static void test_rings(void **state)
{
	static const struct {
		uint32_t ctx, flags, ring;
	} sent[] = { { 7, 0, 0 },
		     { 7, VGPU_FLAG_INFO_RING_IDX, 2 },
		     { 8, 0, 2 },
		     { 7, VGPU_FLAG_INFO_RING_IDX, 2 } };
	static const struct {
		const char *label;
		uint32_t count;
	} lanes[] = { { "ctx 7 painter", 1 }, { "ctx 7 ring 2 painter", 2 }, { "ctx 8", 1 } };
	struct vgpu_trace_context context = { 7, 10, 10, 2, "painter", 7 };
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_trace t = { .only_2d = true };
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE];
	struct view_model *m;
	uint32_t i;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(vgpu_trace_writer_create(&t.w, fd, NULL), 0);
	view_trace_begin(&t, 1000);
	for (i = 0; i < 4; i++) {
		struct vgpu_cmd_submit submit = { .hdr = { .type = VGPU_CMD_SUBMIT_3D,
							   .flags = sent[i].flags,
							   .ctx_id = sent[i].ctx,
							   .ring_idx = (uint8_t)sent[i].ring } };

		vgpu_encode_cmd_submit(&submit, wire, sizeof(wire));
		view_trace_command(&t, wire, sizeof(wire), 0, true);
	}
	/* Its name comes late. */
	assert_int_equal(vgpu_trace_write_context(t.w, t.now, &context), 0);
	view_trace_answer(&t, true);
	assert_int_equal(vgpu_trace_writer_finish(t.w, t.now), 0);
	vgpu_trace_writer_destroy(t.w);
	close(fd);
	assert_int_equal(view_model_load(&m, path), 0);
	assert_int_equal(m->lane_count, 5);
	for (i = 0; i < 3; i++) {
		assert_string_equal(m->lanes[i + 2].label, lanes[i].label);
		assert_int_equal(m->lanes[i + 2].count, lanes[i].count);
		check_lane(m, &m->lanes[i + 2]);
	}
	view_model_destroy(m);
	unlink(path);
}

static void put_stage(struct view_trace *t, uint64_t ms, uint64_t id, uint32_t stage, uint32_t tid)
{
	struct vgpu_trace_stage s = { .id = id, .stage = stage, .tid = tid };

	assert_int_equal(vgpu_trace_write_stage(t->w, ms * 1000000, &s), 0);
}

/* Signals in another order than their commands, waits that overlap, one that began before another. */
static void test_fences(void **state)
{
	static const struct {
		uint32_t command, tid, begin_ms, ms, row;
	} waits[] = { { 2, 70, 1010, 30, 0 },
		      { 1, 71, 1012, 40, 1 },
		      { 1, 72, 1014, 0, 2 }, /* has no end */
		      { 0, 70, 1090, 5, 0 } };
	static const uint64_t signals[] = { 1094000000, 1051000000, 1039000000 };
	struct vgpu_cmd_submit submit = { .hdr = { .type = VGPU_CMD_SUBMIT_3D,
						   .flags = VGPU_FLAG_FENCE } };
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_trace t = { .only_2d = true };
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE];
	struct view_model *m;
	struct view_summary sum;
	uint32_t i;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(vgpu_trace_writer_create(&t.w, fd, NULL), 0);
	view_trace_begin(&t, 1000000000);
	for (i = 0; i < 4; i++, t.now += 1000000) {
		submit.hdr.fence_id = i + 1;
		vgpu_encode_cmd_submit(&submit, wire, sizeof(wire));
		view_trace_command(&t, wire, sizeof(wire), 0, false);
	}
	put_stage(&t, 1012, 2, VGPU_TRACE_STAGE_WAIT_BEGIN, 71);
	put_stage(&t, 1010, 3, VGPU_TRACE_STAGE_WAIT_BEGIN, 70);
	put_stage(&t, 1014, 2, VGPU_TRACE_STAGE_WAIT_BEGIN, 72);
	put_stage(&t, 1039, 3, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0);
	put_stage(&t, 1040, 3, VGPU_TRACE_STAGE_WAIT_END, 70);
	put_stage(&t, 1051, 2, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0);
	put_stage(&t, 1052, 2, VGPU_TRACE_STAGE_WAIT_END, 71);
	put_stage(&t, 1053, 2, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0);  /* the first one counts */
	put_stage(&t, 1060, 99, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0); /* of no command */
	put_stage(&t, 1090, 1, VGPU_TRACE_STAGE_WAIT_BEGIN, 70);
	put_stage(&t, 1094, 1, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0);
	put_stage(&t, 1095, 1, VGPU_TRACE_STAGE_WAIT_END, 70);
	t.now = 1100000000;
	assert_int_equal(vgpu_trace_writer_finish(t.w, t.now), 0);
	vgpu_trace_writer_destroy(t.w);
	close(fd);
	assert_int_equal(view_model_load(&m, path), 0);
	assert_int_equal(m->lanes[VIEW_LANE_FENCES].count, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(view_lane_item(&m->lanes[VIEW_LANE_FENCES], i), i);
		assert_in_range(view_model_command(m, i).signal_ns, signals[i] - 100000,
				signals[i]);
	}
	assert_int_equal(view_model_command(m, 3).signal_ns, 0);
	view_index_summary(&m->lanes[VIEW_LANE_FENCES].index, 0, 3, &sum);
	assert_int_equal(sum.argument[1], 0);
	assert_in_range(sum.longest[1], 94000000 - 100000, 94000000);
	assert_int_equal(m->wait_count, 4);
	for (i = 0; i < 4; i++) {
		const struct view_wait *w = &m->waits[i];

		assert_int_equal(w->command, waits[i].command);
		assert_int_equal(w->tid, waits[i].tid);
		assert_int_equal(w->begin_ns, waits[i].begin_ms * 1000000u);
		assert_int_equal(!w->length, !waits[i].ms);
		assert_in_range(view_wait_ns(w) + 63, waits[i].ms * 1000000u,
				waits[i].ms * 1000000u + 63);
	}
	view_index_summary(&m->wait_index, 0, 4, &sum);
	assert_int_equal(sum.count[1], 3);
	assert_int_equal(sum.argument[1], 1);
	view_model_destroy(m);
	unlink(path);
}

/* What is kept of a signal is less than a part in a thousand earlier, or a step. */
static void test_signals(void **state)
{
	struct view_packed p = { .time = packed_time(0, 5000, 0), .answer = 777 };
	uint64_t ns, kept;

	(void)state;
	for (ns = 0; ns < 1ull << 45; ns = ns * 9 / 8 + 1) {
		kept = packed_signal_ns(packed_signal(ns, false), &p, 0) - 5000;
		assert_in_range(ns - kept, 0, ns / 1024 + 63);
		assert_int_equal(packed_signal_ns(packed_signal(ns, true), &p, 0), 5777 + kept);
		assert_int_not_equal(packed_signal(ns, false), 0);
	}
}

static void test_rows(void **state)
{
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m = load(path, false);
	struct view_command c, before;
	uint32_t i, j;

	(void)state;
	/* Two commands in flight never share a row, but for the last one. */
	for (i = 0; i < m->command_count; i++) {
		c = view_model_command(m, i);
		for (j = i > 50 ? i - 50 : 0; j < i; j++) {
			before = view_model_command(m, j);
			if (c.queue || before.queue || c.row == VIEW_ROWS - 1)
				continue;
			if (before.response_ns > c.queue_ns)
				assert_int_not_equal(before.row, c.row);
		}
	}
	view_model_destroy(m);
	unlink(path);
}

/* Cut anywhere, or damaged anywhere, it loads or says why not. */
static void test_hostile(void **state)
{
	char path[] = "/tmp/test-view-XXXXXX";
	struct view_model *m = load(path, false);
	uint8_t *bytes = malloc(1 << 20);
	FILE *f = fopen(path, "rb");
	struct view_latency l;
	size_t size = fread(bytes, 1, 1 << 20, f), i;
	uint32_t seed = 11;

	(void)state;
	fclose(f);
	view_model_destroy(m);
	for (i = 0; i < or_under_valgrind(150, 20); i++) {
		f = fopen(path, "wb");
		bytes[view_trace_random(&seed, (uint32_t)size)] ^= 1u << i % 8;
		fwrite(bytes, 1, i % 2 ? size : view_trace_random(&seed, (uint32_t)size), f);
		fclose(f);
		if (view_model_load(&m, path))
			continue;
		assert_int_equal(view_latency_measure(&l, m, m->first_ns, m->last_ns, 0, NULL), 0);
		view_model_destroy(m);
	}
	free(bytes);
	unlink(path);
	assert_int_not_equal(view_model_load(&m, "/nonexistent"), 0);
	assert_null(m);
}

static void test_bins(void **state)
{
	(void)state;
	assert_int_equal(view_latency_bin(0), 0);
	assert_int_equal(view_latency_bin(99), 0);
	assert_int_equal(view_latency_bin(100), 0);
	assert_int_equal(view_latency_bin(1001), VIEW_BINS_DECADE);
	assert_int_equal(view_latency_bin(UINT64_MAX), VIEW_BINS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals),     cmocka_unit_test(test_random_spans),
		cmocka_unit_test(test_two_traces), cmocka_unit_test(test_steps_back),
		cmocka_unit_test(test_rings),      cmocka_unit_test(test_fences),
		cmocka_unit_test(test_signals),    cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hostile),    cmocka_unit_test(test_bins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
