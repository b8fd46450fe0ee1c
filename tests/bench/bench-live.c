/* SPDX-License-Identifier: MIT */
/*
 * The viewer on a trace that is being recorded: how long after a frame its picture is there, and
 * whether memory stays as it was. A child writes frames as a recorder does, with the time at which it
 * writes them; this process looks at them as the window does.
 * usage: bench-live SECONDS [FRAMES-A-SECOND]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "spool.h"
#include "view.h"

#define WIDTH    640u
#define HEIGHT   400u
#define FLUSH_MS 50 /* as the recorder writes to a pipe */
#define LATE_MS  200.0

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench-live: %s: error %d\n", what, err);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t id;

static void command(struct vgpu_trace_writer *w, const void *request, size_t size)
{
	static uint8_t answer[VGPU_CTRL_HDR_SIZE];
	struct vgpu_ctrl_hdr ok = { .type = VGPU_RESP_OK_NODATA };
	struct vgpu_trace_command c = {
		.id = ++id, .response_size = 24, .request = request, .request_size = size
	};
	struct vgpu_trace_response r = { .id = id, .response = answer, .response_size = 24 };

	vgpu_encode_ctrl_hdr(&ok, answer, sizeof(answer));
	check(vgpu_trace_write_command(w, now_ns(), &c), "write");
	check(vgpu_trace_write_response(w, now_ns(), &r), "write");
}

static void begin(struct vgpu_trace_writer *w)
{
	struct vgpu_trace_header header = { .clock = CLOCK_MONOTONIC };
	struct vgpu_resource_create_2d create = {
		.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 1,
		.format = VGPU_FORMAT_B8G8R8X8_UNORM,
		.width = WIDTH,
		.height = HEIGHT,
	};
	struct vgpu_resource_attach_backing attach = { .hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
						       .resource_id = 1,
						       .nr_entries = 1 };
	struct vgpu_mem_entry entry = { .addr = 4096, .length = WIDTH * HEIGHT * 4 };
	struct vgpu_set_scanout set = { .hdr.type = VGPU_CMD_SET_SCANOUT,
					.r = { 0, 0, WIDTH, HEIGHT },
					.resource_id = 1 };
	uint8_t wire[128];

	check(vgpu_trace_write_header(w, now_ns(), &header), "write");
	vgpu_encode_resource_create_2d(&create, wire, sizeof(wire));
	command(w, wire, VGPU_RESOURCE_CREATE_2D_SIZE);
	vgpu_encode_resource_attach_backing(&attach, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE, 16);
	command(w, wire, VGPU_RESOURCE_ATTACH_BACKING_SIZE + 16);
	vgpu_encode_set_scanout(&set, wire, sizeof(wire));
	command(w, wire, VGPU_SET_SCANOUT_SIZE);
}

static void frame(struct vgpu_trace_writer *w, uint32_t n)
{
	static uint8_t line[WIDTH * 4];
	struct vgpu_trace_memory memory = { .address = 4096 + n % HEIGHT * sizeof(line),
					    .bytes = line,
					    .size = sizeof(line) };
	struct vgpu_transfer_to_host_2d transfer = { .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
						     .r = { 0, 0, WIDTH, HEIGHT },
						     .resource_id = 1 };
	struct vgpu_resource_flush flush = { .hdr.type = VGPU_CMD_RESOURCE_FLUSH,
					     .r = { 0, 0, WIDTH, HEIGHT },
					     .resource_id = 1 };
	uint8_t wire[128];

	memset(line, (int)(n * 37 & 255), sizeof(line));
	check(vgpu_trace_write_memory(w, now_ns(), &memory), "write");
	vgpu_encode_transfer_to_host_2d(&transfer, wire, sizeof(wire));
	command(w, wire, VGPU_TRANSFER_TO_HOST_2D_SIZE);
	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	command(w, wire, VGPU_RESOURCE_FLUSH_SIZE);
}

static _Noreturn void record(int fd, double seconds, double rate)
{
	struct vgpu_trace_writer_options options = { .flush_ms = FLUSH_MS };
	uint64_t start = now_ns(), due, step = (uint64_t)(1e9 / rate), now;
	struct vgpu_trace_writer *w;
	struct timespec pause;
	uint32_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check(vgpu_trace_writer_create(&w, fd, &options), "create");
	begin(w);
	for (n = 0; n < seconds * rate; n++) {
		due = start + n * step;
		while ((now = now_ns()) < due) {
			pause = (struct timespec) { .tv_nsec = 5000000 };
			if (due - now < 5000000)
				pause.tv_nsec = (long)(due - now);
			nanosleep(&pause, NULL);
			check(vgpu_trace_writer_tick(w), "tick");
		}
		frame(w, n);
	}
	check(vgpu_trace_writer_finish(w, now_ns()), "finish");
	vgpu_trace_writer_destroy(w);
	_exit(0);
}

static long memory_kb(pid_t pid)
{
	long all, resident = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * sysconf(_SC_PAGESIZE) / 1000;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Look until the end, as often as the window does. Latencies of the frames that were seen. */
static uint32_t watch(struct view *v, double *late_ms, uint32_t room, double seconds)
{
	const struct view_model *m = v->m;
	uint32_t seen = VIEW_NONE, newest, n = 0;
	uint64_t begun = now_ns(), told = begun;
	struct timespec pause = { .tv_nsec = 8000000 };
	bool live = true;

	while (live) {
		view_model_lock(m);
		view_pictures_update(v->pictures, 0);
		view_grow_with_model(v);
		check(view_prepare_within(v, 2) < 0, "measure");
		newest = view_pictures_newest(v->pictures, 0);
		if (newest != VIEW_NONE && newest != seen && n < room)
			late_ms[n++] =
				(double)(now_ns() - view_model_frame(m, newest).time_ns) / 1e6;
		seen = newest;
		live = m->live;
		view_model_unlock(m);
		if (now_ns() - told > (uint64_t)(seconds * 1e8)) {
			told = now_ns();
			printf("after %4.0f s           %ld kB, %u frames, %u of them seen\n",
			       (double)(told - begun) / 1e9, memory_kb(getpid()), m->frame_count,
			       n);
			fflush(stdout);
		}
		nanosleep(&pause, NULL);
	}
	return n;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0, rate = argc > 2 ? atof(argv[2]) : 60;
	uint32_t room = (uint32_t)(seconds * rate) + 1, n;
	double *late_ms = malloc(room * sizeof(*late_ms));
	struct view_spool *spool;
	struct view_model *m;
	struct view v;
	int pair[2];
	pid_t child;

	if (!(seconds > 0 && rate > 0) || !late_ms) {
		fputs("usage: bench-live SECONDS [FRAMES-A-SECOND]\n", stderr);
		return 2;
	}
	check(pipe(pair), "pipe");
	child = fork();
	check(child < 0, "fork");
	if (!child)
		record(pair[1], seconds, rate);
	close(pair[1]);
	check(view_spool_create(&spool, pair[0]), "spool");
	check(view_model_open_live(&m, spool), "open");
	view_model_lock(m);
	view_init(&v, m, 1280, 720);
	check(view_pictures_create_live(&v.pictures, spool, m, "soft2d"), "renderer");
	view_model_unlock(m);
	n = watch(&v, late_ms, room, seconds);
	qsort(late_ms, n, sizeof(*late_ms), by_size);
	printf("%u frames, %u seen\n", m->frame_count, n);
	if (n)
		printf("a picture comes      p50 %5.1f ms   p99 %5.1f ms   max %5.1f ms after it\n",
		       late_ms[n / 2], late_ms[n * 99 / 100], late_ms[n - 1]);
	view_pictures_destroy(v.pictures);
	view_finish(&v);
	view_model_destroy(m);
	view_spool_destroy(spool);
	waitpid(child, NULL, 0);
	if (!n || late_ms[n * 99 / 100] > LATE_MS) {
		printf("NOT as it should be\n");
		return 1;
	}
	free(late_ms);
	return 0;
}
