/* SPDX-License-Identifier: MIT */
/*
 * The viewer on a trace of millions of commands: how long until there is a picture and until all is
 * loaded, how much memory that takes, and how long a frame takes while panning and zooming, drawn at
 * 1280 × 720 by SDL's software renderer. Processor time, so that other programs' work does not count; the
 * file is in the page cache.
 * usage: bench-view FILE COMMANDS    FILE is made unless it is there
 */
#include <SDL.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "draw.h"
#include "pen.h"
#include "view.h"

#define WIDTH     1280
#define HEIGHT    720
#define FRAMES    300 /* of each movement */

/* What is asked of ten million commands. */
#define FIRST_S   1.0
#define INDEX_S   15.0
#define FRAME_MS  16.0
#define MEMORY_MB 300

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench-view: %s: error %d\n", what, err);
	exit(1);
}

/* Of all threads: the one that loads and the one that draws. */
static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t noise = 88172645463325252u;

static uint32_t next_noise(uint32_t below)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return (uint32_t)(noise >> 16) % below;
}

static uint64_t now_ns = 1000000000u, id;

static void command(struct vgpu_trace_writer *w, const void *request, size_t size, uint32_t queue)
{
	static uint8_t answer[VGPU_CTRL_HDR_SIZE];
	struct vgpu_ctrl_hdr ok = { .type = VGPU_RESP_OK_NODATA };
	struct vgpu_trace_command c = { .id = ++id,
					.queue = queue,
					.pid = 321 + queue,
					.tid = 321,
					.response_size = queue ? 0 : 24,
					.request = request,
					.request_size = size };
	struct vgpu_trace_response r = { .id = id, .response = answer, .response_size = 24 };

	now_ns += 100000 + next_noise(200000);
	check(vgpu_trace_write_command(w, now_ns, &c), "write");
	if (queue)
		return;
	vgpu_encode_ctrl_hdr(&ok, answer, sizeof(answer));
	/* A rare one takes long. */
	check(vgpu_trace_write_response(w,
					now_ns + 50000 + next_noise(90000) +
						(next_noise(5000) ? 0 : next_noise(90000000)),
					&r),
	      "write");
}

/* A frame of two 3D programs and a compositor: ten commands, one of them on the cursor queue. */
static void frame(struct vgpu_trace_writer *w)
{
	struct vgpu_cmd_submit submit = { .hdr = { .type = VGPU_CMD_SUBMIT_3D,
						   .flags = VGPU_FLAG_FENCE } };
	struct vgpu_transfer_host_3d transfer = {
		.hdr = { .type = VGPU_CMD_TRANSFER_TO_HOST_3D, .ctx_id = 1 }, .resource_id = 1
	};
	struct vgpu_resource_flush flush = { .hdr = { .type = VGPU_CMD_RESOURCE_FLUSH },
					     .resource_id = 1 };
	struct vgpu_update_cursor move = { .hdr = { .type = VGPU_CMD_MOVE_CURSOR } };
	uint8_t wire[128];
	int i;

	for (i = 0; i < 7; i++) {
		submit.hdr.ctx_id = 1 + i % 2;
		submit.hdr.fence_id = id + 1;
		vgpu_encode_cmd_submit(&submit, wire, sizeof(wire));
		command(w, wire, VGPU_CMD_SUBMIT_SIZE, 0);
	}
	vgpu_encode_transfer_host_3d(&transfer, wire, sizeof(wire));
	command(w, wire, VGPU_TRANSFER_HOST_3D_SIZE, 0);
	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	command(w, wire, VGPU_RESOURCE_FLUSH_SIZE, 0);
	vgpu_encode_update_cursor(&move, wire, sizeof(wire));
	command(w, wire, VGPU_UPDATE_CURSOR_SIZE, 1);
}

static void make(const char *path, uint64_t commands)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vgpu_trace_header header = { .clock = CLOCK_MONOTONIC };
	struct vgpu_set_scanout set = { .hdr = { .type = VGPU_CMD_SET_SCANOUT },
					.r = { 0, 0, 64, 64 },
					.resource_id = 1 };
	uint8_t wire[VGPU_SET_SCANOUT_SIZE];
	struct vgpu_trace_writer *w;

	check(fd < 0 ? -errno : 0, path);
	check(vgpu_trace_writer_create(&w, fd, NULL), "create");
	check(vgpu_trace_write_header(w, now_ns, &header), "write");
	vgpu_encode_set_scanout(&set, wire, sizeof(wire));
	command(w, wire, sizeof(wire), 0);
	while (id < commands)
		frame(w);
	check(vgpu_trace_writer_finish(w, now_ns + 1000000), "finish");
	vgpu_trace_writer_destroy(w);
	close(fd);
}

struct screen {
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	struct pen_texts *texts;
};

static void screen_init(struct screen *s)
{
	setenv("SDL_VIDEODRIVER", "dummy", 0);
	check(SDL_Init(SDL_INIT_VIDEO), SDL_GetError());
	s->window = SDL_CreateWindow("bench-view", 0, 0, WIDTH, HEIGHT, 0);
	s->renderer = s->window ? SDL_CreateRenderer(s->window, -1, SDL_RENDERER_SOFTWARE) : NULL;
	s->texture = s->renderer ? SDL_CreateTexture(s->renderer, SDL_PIXELFORMAT_ARGB8888,
						     SDL_TEXTUREACCESS_STREAMING, WIDTH, HEIGHT)
				 : NULL;
	check(!s->texture, SDL_GetError());
	s->texts = pen_texts_create();
}

/* As the window does it. */
static void draw(struct screen *s, struct view *v)
{
	cairo_surface_t *surface;
	void *pixels;
	cairo_t *cr;
	int pitch;

	check(view_prepare_within(v, 2) < 0, "measure");
	check(SDL_LockTexture(s->texture, NULL, &pixels, &pitch), "texture");
	surface = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, WIDTH, HEIGHT,
						      pitch);
	cr = cairo_create(surface);
	view_draw(v, cr, s->texts);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	cairo_surface_destroy(surface);
	SDL_UnlockTexture(s->texture);
	SDL_RenderCopy(s->renderer, s->texture, NULL, NULL);
	SDL_RenderPresent(s->renderer);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void pan(struct view *v, int i)
{
	view_pan(v, i % 300 < 150 ? 0.01 : -0.01);
}

/* In to a microsecond and out to all, about ever another point. */
static void zoom(struct view *v, int i)
{
	const struct view_rect *t = &v->layout.track;

	view_zoom(v, i % 200 < 100 ? 0.8 : 1.25, t->x + (i * 37 % 100) / 100.0 * t->width);
}

static void step(struct view *v, int i)
{
	view_step_command(v, i % 20 ? 1 : 10000);
}

static bool measure(struct screen *s, struct view *v, const char *what,
		    void (*move)(struct view *, int))
{
	static double took[FRAMES];

	for (int i = 0; i < FRAMES; i++) {
		double start = seconds();

		move(v, i);
		draw(s, v);
		took[i] = (seconds() - start) * 1e3;
	}
	qsort(took, FRAMES, sizeof(took[0]), by_size);
	printf("%-20s p50 %5.1f ms   p99 %5.1f ms   max %5.1f ms\n", what, took[FRAMES / 2],
	       took[FRAMES * 99 / 100], took[FRAMES - 1]);
	return took[FRAMES * 99 / 100] <= FRAME_MS;
}

/* Resident, of this process. */
static long memory_mb(void)
{
	long all = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * sysconf(_SC_PAGESIZE) / 1000000;
}

static uint64_t bytes_read(void)
{
	unsigned long long n = 0;
	FILE *f = fopen("/proc/self/io", "r");

	if (f && fscanf(f, "rchar: %llu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	struct view_model *m;
	struct rusage usage;
	struct screen s;
	struct view v;
	struct stat st;
	double start, first, index, numbers;
	uint64_t before, read_first;
	bool met = true;
	long memory;

	if (argc != 3) {
		fputs("usage: bench-view FILE COMMANDS\n", stderr);
		return 2;
	}
	if (stat(argv[1], &st))
		make(argv[1], strtoull(argv[2], NULL, 10));
	check(stat(argv[1], &st), argv[1]);
	before = bytes_read();
	start = seconds();
	screen_init(&s);
	check(view_model_open(&m, argv[1]), argv[1]);
	view_model_lock(m);
	view_init(&v, m, WIDTH, HEIGHT);
	v.detail = view_detail_create(argv[1], m);
	draw(&s, &v);
	first = seconds() - start;
	read_first = bytes_read() - before;
	view_model_unlock(m);
	check(view_model_wait(m), "load");
	index = seconds() - start;
	view_model_lock(m);
	memory = memory_mb();
	printf("%.0f MB, %u commands, %u frames\n", (double)st.st_size / 1e6, m->command_count,
	       m->frame_count);
	printf("first picture        %.2f s, %.1f MB of the file read\n", first,
	       (double)read_first / 1e6);
	printf("all loaded           %.2f s\n", index);
	view_grow_with_model(&v);
	numbers = seconds();
	check(view_prepare(&v), "measure");
	printf("numbers of all       %.2f s\n", seconds() - numbers);
	met &= measure(&s, &v, "zoom", zoom);
	view_fit(&v);
	met &= measure(&s, &v, "all in sight", step);
	view_fit(&v);
	view_zoom(&v, 0.5, WIDTH / 2);
	met &= measure(&s, &v, "pan, half in sight", pan);
	view_zoom(&v, 0.001, WIDTH / 2);
	met &= measure(&s, &v, "pan, close", pan);
	met &= measure(&s, &v, "step by command", step);
	getrusage(RUSAGE_SELF, &usage);
	if (memory_mb() > memory)
		memory = memory_mb();
	printf("memory               %ld MB, at most %ld MB\n", memory, usage.ru_maxrss / 1000);
	view_model_unlock(m);
	view_finish(&v);
	view_detail_destroy(v.detail);
	view_model_destroy(m);
	met &= first <= FIRST_S && index <= INDEX_S && usage.ru_maxrss / 1000 <= MEMORY_MB;
	printf("%s\n", met ? "all as it should be" : "NOT as it should be");
	return met ? 0 : 1;
}
