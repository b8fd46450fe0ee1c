/* SPDX-License-Identifier: MIT */
/* What a user can do to the view, the pictures from the child, and the files that come out. */
#include "view-trace.h"

#include <signal.h>
#include <unistd.h>

#include "draw.h"
#include "export.h"
#include "pen.h"
#include "spool.h"
#include "under-valgrind.h"

#define FRAMES 30u

/* fontconfig keeps what it has read until the process ends. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

static char path[] = "/tmp/test-view-XXXXXX";
static struct view_model *model;

static int set_up(void **state)
{
	(void)state;
	view_trace_make(path, 5, FRAMES, true, false);
	return view_model_load(&model, path);
}

static int tear_down(void **state)
{
	(void)state;
	view_model_destroy(model);
	return unlink(path);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void test_zoom_and_pan(void **state)
{
	struct view v;
	uint64_t under, span, low, high;
	uint32_t seed = 1, i;
	double x;

	(void)state;
	view_init(&v, model, 1280, 800);
	low = v.from_ns;
	high = v.to_ns;
	assert_true(low <= model->first_ns && high >= model->last_ns);
	for (i = 0; i < 40; i++) {
		x = v.layout.track.x + view_trace_random(&seed, 1000);
		under = view_layout_time(&v.layout.track, v.from_ns, v.to_ns, x);
		span = v.to_ns - v.from_ns;
		view_zoom(&v, 0.8, x);
		assert_true(v.to_ns - v.from_ns <= span);
		assert_true(distance(view_layout_time(&v.layout.track, v.from_ns, v.to_ns, x),
				     under) <= span / 500 + 2);
	}
	for (i = 0; i < 100; i++)
		view_zoom(&v, 0.5, 600);
	assert_int_equal(v.to_ns - v.from_ns, 1000);
	for (i = 0; i < 100; i++)
		view_zoom(&v, 2, 600);
	assert_true(v.from_ns == low && v.to_ns == high);
	view_show(&v, model->first_ns, model->first_ns + 1000000);
	view_pan(&v, 0.5);
	assert_int_equal(v.from_ns, model->first_ns + 500000);
	assert_int_equal(v.to_ns - v.from_ns, 1000000);
	view_pan(&v, -1e9);
	assert_int_equal(v.from_ns, low);
	view_pan(&v, 1e9);
	assert_true(v.to_ns <= high);
	view_show(&v, UINT64_MAX - 1, 3);
	assert_true(v.from_ns >= low && v.to_ns <= high && v.to_ns > v.from_ns);
	view_fit(&v);
	assert_true(v.from_ns == low && v.to_ns == high);
}

static void test_choose_and_step(void **state)
{
	struct view v;
	uint32_t n, i;

	(void)state;
	view_init(&v, model, 1280, 800);
	assert_int_equal(view_model_frame(model, v.frame).scanout, 0);
	view_step_frame(&v, INT32_MIN);
	assert_int_equal(view_model_frame(model, v.frame).place, 0);
	for (i = 1; i < model->shown[0].count; i++) {
		view_step_frame(&v, 1);
		assert_int_equal(view_model_frame(model, v.frame).place, i);
		assert_int_equal(v.command, view_model_frame(model, v.frame).command);
	}
	view_step_frame(&v, 1);
	assert_int_equal(view_model_frame(model, v.frame).place, model->shown[0].count - 1);
	/* Stepping out of what is seen moves it. */
	view_show(&v, model->first_ns, model->first_ns + 1000000);
	view_choose_frame(&v, 20);
	assert_true(v.from_ns <= view_model_frame(model, 20).time_ns &&
		    view_model_frame(model, 20).time_ns < v.to_ns);
	n = v.command;
	view_step_command(&v, 1);
	assert_int_equal(v.command, view_model_step(model, n, 1));
	view_step_command(&v, -1);
	assert_int_equal(v.command, n);
	view_choose_frame(&v, VIEW_NONE);
	view_choose_command(&v, VIEW_NONE);
	assert_int_equal(v.command, n);
	view_step_frame(&v, INT32_MIN);
	v.playing = true;
	view_play(&v, 0);
	assert_int_equal(view_model_frame(model, v.frame).place, 0);
	view_play(&v, 3600000000000u);
	assert_int_equal(view_model_frame(model, v.frame).place, model->shown[0].count - 1);
	assert_false(v.playing);
}

static void test_click(void **state)
{
	struct view_under under;
	struct view_command c;
	const struct view_rect *lane;
	struct view_bars bars;
	struct view v;
	uint32_t i;

	(void)state;
	view_init(&v, model, 1280, 800);
	for (i = 0; i < model->shown[0].count; i++) {
		view_bars_make(&bars, &v.layout.chart, model->shown[0].count);
		view_click(&v, v.layout.chart.x + (i + 0.5) * bars.bar, v.layout.chart.y + 5);
		assert_int_equal(v.frame, view_shown_item(&model->shown[0], i));
	}
	/* Close by, the command under the pointer is the one drawn there. */
	lane = &v.layout.lane[0];
	for (i = 0; i < model->command_count; i++) {
		c = view_model_command(model, i);
		if (c.queue || view_command_latency(&c) < 5000 || c.row == VIEW_ROWS - 1)
			continue;
		view_show(&v, c.queue_ns - 1000, c.response_ns + 1000);
		assert_true(view_under(&v, lane->x + lane->width / 2,
				       lane->y + (c.row + 0.5) * lane->height / VIEW_ROWS, &under));
		assert_int_equal(under.command, i);
	}
}

static void await(struct view_pictures *p, uint32_t frame)
{
	int i;

	for (i = 0; i < 300 && !view_pictures_full(p, frame) && !view_pictures_missing(p, frame);
	     i++)
		view_pictures_update(p, 100);
}

static void check_picture(const struct view_picture *picture, uint32_t n)
{
	uint32_t i;

	assert_non_null(picture);
	assert_int_equal(picture->width, VIEW_TRACE_WIDTH);
	assert_int_equal(picture->height, VIEW_TRACE_HEIGHT);
	for (i = 0; i < picture->width * picture->height; i++)
		assert_int_equal(picture->pixels[i], 0xff000000u | (n * 3 & 255) << 16 |
							     (n * 2 & 255) << 8 | (n & 255));
}

static void test_pictures(void **state)
{
	static const uint32_t order[] = { 3, 20, 7, 0, FRAMES - 1, 7, 12 };
	struct view_pictures *p;
	uint32_t i;

	(void)state;
	assert_int_equal(view_pictures_create(&p, path, model, NULL), 0);
	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		await(p, order[i]);
		check_picture(view_pictures_full(p, order[i]), order[i]);
	}
	/* More than are kept, to the end and back. */
	for (i = 0; i < 2 * FRAMES; i++) {
		await(p, i < FRAMES ? i : 2 * FRAMES - 1 - i);
		check_picture(view_pictures_full(p, i < FRAMES ? i : 2 * FRAMES - 1 - i),
			      i < FRAMES ? i : 2 * FRAMES - 1 - i);
	}
	for (i = 0; i < 100 && view_pictures_state(p) != VIEW_PICTURES_IDLE; i++)
		view_pictures_update(p, 100);
	assert_int_equal(view_pictures_state(p), VIEW_PICTURES_IDLE);
	assert_string_equal(view_pictures_about(p), "soft2d");
	for (i = 0; i < FRAMES; i++)
		check_picture(view_pictures_thumb(p, i), i);
	view_pictures_destroy(p);
}

/* The child of this process, from the kernel's list. */
static pid_t child_of_mine(void)
{
	char name[64];
	pid_t child = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(name, "r");
	if (f && fscanf(f, "%d", &child) != 1)
		child = 0;
	if (f)
		fclose(f);
	return child;
}

/* What came through a pipe that is still open: the newest picture by itself, older ones when asked. */
static void test_live(void **state)
{
	uint32_t last = view_shown_item(&model->shown[0], model->shown[0].count - 1), i;
	struct view_pictures *p;
	struct view_spool *spool;
	struct view_model *m;
	uint8_t bytes[60000];
	FILE *f = fopen(path, "rb");
	size_t size = fread(bytes, 1, sizeof(bytes), f);
	bool there = false;
	struct view v;
	int pair[2];

	(void)state;
	fclose(f);
	assert_true(size < sizeof(bytes));
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(view_spool_create(&spool, pair[0]), 0);
	assert_int_equal(view_model_open_live(&m, spool), 0);
	/* AddressSanitizer's allocator does not survive a fork() while another thread is in it: the
	 * one that loads shall have come to its first read(). */
	usleep(200000);
	assert_int_equal(view_pictures_create_live(&p, spool, m, NULL), 0);
	assert_int_equal(write(pair[1], bytes, size / 2), size / 2);
	usleep(20000);
	assert_int_equal(write(pair[1], bytes + size / 2, size - size / 2), size - size / 2);
	for (i = 0; i < 2000 && !there; i++) {
		view_model_lock(m);
		view_pictures_update(p, 0);
		there = m->frame_count == FRAMES && view_pictures_newest(p, 0) == last;
		view_model_unlock(m);
		usleep(5000);
	}
	assert_true(there);
	assert_true(m->live);
	check_picture(view_pictures_full(p, last), last);
	await(p, 3);
	check_picture(view_pictures_full(p, 3), 3);
	/* An older one stays; with End, what is newest is shown again. */
	view_init(&v, m, 1280, 800);
	v.pictures = p;
	view_choose_frame(&v, 3);
	view_grow_with_model(&v);
	assert_int_equal(v.frame, 3);
	view_last_frame(&v);
	assert_int_equal(v.frame, last);
	assert_true(v.default_frame);
	view_finish(&v);
	close(pair[1]);
	assert_int_equal(view_model_wait(m), 0);
	assert_false(m->live);
	assert_false(m->cut);
	assert_int_equal(m->command_count, model->command_count);
	view_pictures_destroy(p);
	view_model_destroy(m);
	view_spool_destroy(spool);
	close(pair[0]);
}

/* What the trace makes the renderer do, it does where it can open nothing. */
static void test_sandbox(void **state)
{
	struct view_pictures *p;
	char name[64], line[128];
	int mode = -1;
	FILE *f;

	(void)state;
	if (or_under_valgrind(false, true))
		skip();
	assert_int_equal(view_pictures_create(&p, path, model, NULL), 0);
	await(p, 2);
	check_picture(view_pictures_full(p, 2), 2);
	snprintf(name, sizeof(name), "/proc/%d/status", (int)child_of_mine());
	f = fopen(name, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "Seccomp: %d", &mode);
	fclose(f);
	assert_int_equal(mode, 2);
	view_pictures_destroy(p);
}

/* Valgrind knows no seccomp: its runs see all of the child but the sandbox. */
int __real_sandbox_enter(void);
int __wrap_sandbox_enter(void);

int __wrap_sandbox_enter(void)
{
	return or_under_valgrind(false, true) ? 0 : __real_sandbox_enter();
}

static void test_crash(void **state)
{
	struct view_pictures *p;
	pid_t child;
	int i;

	(void)state;
	/* It sees the crash before the kernel does, and takes its time to report it. */
	if (or_under_valgrind(false, true))
		skip();
	assert_int_equal(view_pictures_create(&p, path, model, NULL), 0);
	await(p, 2);
	child = child_of_mine();
	if (!child) {
		view_pictures_destroy(p);
		skip();
	}
	kill(child, SIGSEGV);
	for (i = 0; i < 100 && view_pictures_state(p) != VIEW_PICTURES_FAILED; i++)
		view_pictures_update(p, 100);
	assert_int_equal(view_pictures_state(p), VIEW_PICTURES_FAILED);
	assert_non_null(strstr(view_pictures_about(p), "crashed"));
	/* What is there stays, and another wish starts another child. */
	check_picture(view_pictures_full(p, 2), 2);
	assert_null(view_pictures_full(p, 9));
	await(p, 9);
	check_picture(view_pictures_full(p, 9), 9);
	view_pictures_destroy(p);
	assert_int_equal(child_of_mine(), 0);
}

static void check_file(struct view *v, const char *end, const char *magic)
{
	char name[64], head[8] = "";
	FILE *f;

	snprintf(name, sizeof(name), "%s%s", path, end);
	assert_int_equal(view_export(v, name), 0);
	f = fopen(name, "rb");
	assert_non_null(f);
	assert_int_equal(fread(head, 1, strlen(magic), f), strlen(magic));
	assert_memory_equal(head, magic, strlen(magic));
	fclose(f);
	unlink(name);
}

static void test_export(void **state)
{
	static const double sizes[][2] = {
		{ 480, 320 }, { 640, 480 }, { 1280, 800 }, { 2600, 1500 }
	};
	struct view v;
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		view_init(&v, model, sizes[i][0], sizes[i][1]);
		v.detail = view_detail_create(path, model);
		assert_int_equal(view_pictures_create(&v.pictures, path, model, NULL), 0);
		await(v.pictures, v.frame);
		v.light = i & 1;
		v.help = i == 2;
		v.pointed = true;
		v.pointer_x = v.layout.chart.x + 30;
		v.pointer_y = v.layout.chart.y + 9;
		view_mark(&v, model->last_ns, model->first_ns + 100);
		check_file(&v, ".png", "\x89PNG");
		check_file(&v, ".svg", "<?xml");
		check_file(&v, ".pdf", "%PDF-");
		view_pictures_destroy(v.pictures);
		view_detail_destroy(v.detail);
		view_finish(&v);
	}
	assert_false(view_export_knows("x.gif"));
	view_init(&v, model, 640, 480);
	assert_true(view_export(&v, "/nonexistent/x.png") < 0);
	view_finish(&v);
}

/* The picture of a view is its state: drawn twice it is the same. */
static void test_draw_twice(void **state)
{
	cairo_surface_t *surface[2];
	struct view v;
	cairo_t *cr;
	int i;

	(void)state;
	view_init(&v, model, 1280, 720);
	assert_int_equal(view_prepare(&v), 0);
	for (i = 0; i < 2; i++) {
		surface[i] = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1280, 720);
		cr = cairo_create(surface[i]);
		view_draw(&v, cr, NULL);
		assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
		cairo_destroy(cr);
		cairo_surface_flush(surface[i]);
	}
	assert_memory_equal(cairo_image_surface_get_data(surface[0]),
			    cairo_image_surface_get_data(surface[1]), 1280 * 720 * 4);
	cairo_surface_destroy(surface[0]);
	cairo_surface_destroy(surface[1]);
	view_finish(&v);
}

/* Random actions on the trace at `trace`: no crash, and the invariants hold. */
static void random_actions(const char *trace, const struct view_model *m, uint32_t steps)
{
	/* One drawn with what is kept of the pictures before, one anew. */
	cairo_surface_t *surface[2];
	struct pen_texts *texts = pen_texts_create();
	cairo_t *cr[2];
	uint32_t seed = 9, i, k;
	struct view v;

	for (k = 0; k < 2; k++) {
		surface[k] = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1400, 900);
		cr[k] = cairo_create(surface[k]);
	}
	view_init(&v, m, 1280, 800);
	v.detail = view_detail_create(trace, m);
	for (i = 0; i < steps; i++) {
		double x = view_trace_random(&seed, 1500), y = view_trace_random(&seed, 950);

		v.pointed = true;
		v.pointer_x = x;
		v.pointer_y = y;
		switch (view_trace_random(&seed, 12)) {
		case 0:
			view_zoom(&v, 0.3 + view_trace_random(&seed, 30) / 10.0, x);
			break;
		case 1:
			view_pan(&v, view_trace_random(&seed, 5) - 2.0);
			break;
		case 2:
			view_resize(&v, view_trace_random(&seed, 1400),
				    view_trace_random(&seed, 900));
			break;
		case 3:
			view_mark(&v, m->first_ns + view_trace_random(&seed, 1u << 30),
				  m->first_ns + view_trace_random(&seed, 1u << 30));
			break;
		case 4:
			view_unmark(&v);
			break;
		case 5:
			view_step_command(&v, view_trace_random(&seed, 5) - 2);
			break;
		case 6:
			view_step_frame(&v, view_trace_random(&seed, 5) - 2);
			break;
		case 7:
			view_fit(&v);
			break;
		case 8:
			view_scroll(&v, VIEW_PANE_LATENCY + view_trace_random(&seed, 4),
				    (int64_t)view_trace_random(&seed, 9) - 4);
			break;
		case 9:
			view_play(&v, view_trace_random(&seed, 1u << 28));
			break;
		default:
			view_click(&v, x, y);
			break;
		}
		assert_true(v.to_ns >= v.from_ns + 1000);
		assert_true(v.frame < m->frame_count || (v.frame == VIEW_NONE && !m->frame_count));
		assert_true(v.command < m->command_count ||
			    (v.command == VIEW_NONE && !m->command_count));
		if (i % 16)
			continue;
		assert_int_equal(view_prepare(&v), 0);
		for (k = 0; k < 2; k++) {
			view_draw(&v, cr[k], k ? texts : NULL);
			assert_int_equal(cairo_status(cr[k]), CAIRO_STATUS_SUCCESS);
			cairo_surface_flush(surface[k]);
		}
		assert_memory_equal(cairo_image_surface_get_data(surface[0]),
				    cairo_image_surface_get_data(surface[1]), 1400 * 900 * 4);
	}
	view_detail_destroy(v.detail);
	view_finish(&v);
	for (k = 0; k < 2; k++) {
		cairo_destroy(cr[k]);
		cairo_surface_destroy(surface[k]);
	}
	pen_texts_destroy(texts);
}

/* On a good trace, on cut and on damaged ones. `make check-long` takes more steps. */
static void test_monkey(void **state)
{
	uint32_t steps = getenv("VGPU_LONG") ? 10000 : or_under_valgrind(500, 30);
	char bad[] = "/tmp/test-view-XXXXXX";
	static uint8_t bytes[60000];
	FILE *f = fopen(path, "rb");
	size_t size = fread(bytes, 1, sizeof(bytes), f);
	uint32_t seed = 17, i, k;
	struct view_model *m;

	(void)state;
	fclose(f);
	random_actions(path, model, steps);
	close(mkstemp(bad));
	for (i = 0; i < 6; i++) {
		f = fopen(bad, "wb");
		for (k = 0; i % 2 && k < 3; k++)
			bytes[view_trace_random(&seed, (uint32_t)size)] ^= 1u << k;
		fwrite(bytes, 1, i % 2 ? size : size * (2 + i) / 8, f);
		fclose(f);
		if (view_model_load(&m, bad))
			continue;
		random_actions(bad, m, steps / 3);
		view_model_destroy(m);
	}
	unlink(bad);
}

static void test_detail(void **state)
{
	struct view_detail *d = view_detail_create(path, model);
	char text[4096], small[16];
	uint32_t i;

	(void)state;
	assert_null(view_detail_line(d, 0));
	for (i = 0; i < model->command_count; i++) {
		assert_int_equal(view_detail_fetch(d, i), 0);
		assert_non_null(view_detail_line(d, i));
		assert_true(view_detail_text(d, i, text, sizeof(text)));
		if (view_model_command(model, i).flags & VIEW_ANSWERED)
			assert_null(strstr(text, "no answer"));
		assert_true(view_detail_text(d, i, small, sizeof(small)));
	}
	assert_int_equal(view_detail_fetch(d, 0), 0);
	assert_true(view_detail_text(d, 0, text, sizeof(text)));
	assert_non_null(strstr(text, "RESOURCE_CREATE_2D"));
	assert_non_null(strstr(text, "B8G8R8X8_UNORM"));
	assert_true(view_detail_fetch(d, model->command_count) < 0);
	view_detail_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zoom_and_pan), cmocka_unit_test(test_choose_and_step),
		cmocka_unit_test(test_click),        cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_live),         cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_crash),        cmocka_unit_test(test_export),
		cmocka_unit_test(test_draw_twice),   cmocka_unit_test(test_monkey),
		cmocka_unit_test(test_detail),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
