/* SPDX-License-Identifier: MIT */
/* The viewer's panes at all sizes, and time to pixels and back. */
#include "view-trace.h"

#include "layout.h"

static struct view_model *model;

static int set_up(void **state)
{
	char path[] = "/tmp/test-view-XXXXXX";

	(void)state;
	view_trace_make(path, 1, 20, false, false);
	assert_int_equal(view_model_load(&model, path), 0);
	return unlink(path);
}

static int tear_down(void **state)
{
	(void)state;
	view_model_destroy(model);
	return 0;
}

static bool apart(const struct view_rect *a, const struct view_rect *b)
{
	return a->x + a->width <= b->x || b->x + b->width <= a->x || a->y + a->height <= b->y ||
	       b->y + b->height <= a->y;
}

static bool inside(const struct view_rect *in, const struct view_rect *out)
{
	return in->x >= out->x && in->y >= out->y && in->x + in->width <= out->x + out->width &&
	       in->y + in->height <= out->y + out->height;
}

static void test_panes(void **state)
{
	struct view_rect window = { 0 };
	struct view_layout l;
	uint32_t i, j;

	(void)state;
	for (window.width = VIEW_WIDTH_MIN; window.width < 4000; window.width += 311) {
		for (window.height = VIEW_HEIGHT_MIN; window.height < 2300; window.height += 37) {
			view_layout_make(&l, model, window.width, window.height, 0);
			for (i = 0; i < VIEW_PANES; i++) {
				if (l.pane[i].height <= 0)
					continue;
				assert_true(inside(&l.pane[i], &window));
				assert_true(l.pane[i].height > 20 && l.pane[i].width > 100);
				for (j = 0; j < i; j++)
					assert_true(l.pane[j].height <= 0 ||
						    apart(&l.pane[i], &l.pane[j]));
			}
			assert_true(l.pane[VIEW_PANE_BARS].height > 0);
			assert_true(l.lane_count >= 1);
			assert_int_equal(l.lane_count + l.lanes_hidden, 5);
			for (i = 0; i < l.lane_count; i++) {
				assert_true(inside(&l.lane[i], &l.pane[VIEW_PANE_LANES]));
				assert_true(inside(&l.lane[i], &l.track));
				assert_true(!i || apart(&l.lane[i], &l.lane[i - 1]));
			}
			assert_true(inside(&l.chart, &l.pane[VIEW_PANE_BARS]));
			assert_int_equal(view_layout_hit(&l, l.track.x + 1, l.track.y + 1),
					 VIEW_PANE_LANES);
			assert_int_equal(view_layout_hit(&l, -1, 5), VIEW_PANE_NONE);
		}
	}
}

static void test_time(void **state)
{
	struct view_rect track = { .x = 140, .width = 1000 };
	uint64_t from = 5000000000000u, spans[] = { 1000, 33000000, 86400000000000u }, to, time;
	uint32_t i;
	double x;

	(void)state;
	for (i = 0; i < 3; i++) {
		to = from + spans[i];
		assert_true(view_layout_x(&track, from, to, from) == 140);
		assert_true(view_layout_x(&track, from, to, to) == 1140);
		for (x = 140; x <= 1140; x += 62.5) {
			time = view_layout_time(&track, from, to, x);
			assert_true(time >= from && time <= to);
			assert_true(view_layout_x(&track, from, to, time) > x - 1.01);
			assert_true(view_layout_x(&track, from, to, time) <= x + 0.01);
		}
		assert_true(view_layout_time(&track, from, to, 0) < from);
		assert_true(view_layout_x(&track, from, to, from - 1) < 140);
	}
	assert_int_equal(view_layout_time(&track, 10, 1000000010, -1e9), 0);
	assert_int_equal(view_layout_time(&track, UINT64_MAX - 10, UINT64_MAX, 1e9), UINT64_MAX);
}

/* Every frame stands in exactly one column. */
static void test_bars(void **state)
{
	static const uint32_t counts[] = { 1, 2, 50, 499, 500, 501, 1000, 100003 };
	struct view_rect chart = { .x = 52, .width = 1000, .height = 80 };
	uint32_t i, column, first, last, next;
	struct view_bars b;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		view_bars_make(&b, &chart, counts[i]);
		assert_true(b.bar * b.columns <= chart.width);
		for (column = 0, next = 0; column < b.columns; column++) {
			view_bars_column(&b, column, &first, &last);
			assert_int_equal(first, next);
			assert_true(last > first);
			next = last;
			assert_int_equal(view_bars_at(&b, &chart, chart.x + (column + 0.5) * b.bar),
					 column);
		}
		assert_int_equal(next, counts[i]);
		assert_int_equal(view_bars_at(&b, &chart, chart.x - 1), b.columns);
		assert_int_equal(view_bars_at(&b, &chart, chart.x + chart.width + 20), b.columns);
	}
	view_bars_make(&b, &chart, 0);
	assert_int_equal(b.columns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panes),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
