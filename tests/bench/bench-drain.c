/* SPDX-License-Identifier: MIT */
/*
 * How fast what the kernel hands over becomes a trace: full screens of other pixels each time, as
 * `flood desktop` draws them, in rings of plain memory. Processor time of the thread that empties
 * the rings, and of the writer's, per megabyte; beside memcpy.
 * usage: bench-drain [FILE [FRAMES]]
 */
#include "../unit/record-bench.h"

#include <time.h>
#include <unistd.h>

#define WIDTH  1280u
#define HEIGHT 800u
#define SCREEN (WIDTH * HEIGHT * 4)
#define PAGES  (SCREEN / RECORD_PAGE_SIZE)
#define ROOM   (8u << 20)

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "bench-drain: %s: error %d\n", what, error);
	exit(1);
}

static void rewind_ring(struct fake_ring *f)
{
	f->consumer = f->producer = 0;
}

static void make(struct bench *b, FILE *file)
{
	struct vgpu_trace_writer_options options = { .hurry = true };
	struct vgpu_trace_header header = { .clock = 1 };

	memset(b, 0, sizeof(*b));
	b->file = file;
	b->number = 4;
	ring_make(&b->commands, RING);
	ring_make(&b->pages, ROOM);
	check(vgpu_trace_writer_create(&b->writer, fileno(file), &options), "writer");
	check(vgpu_trace_write_header(b->writer, 1, &header), "header");
	check(record_drain_init(&b->drain, b->writer, &b->commands.ring, &b->pages.ring, 64 << 20),
	      "drain");
}

static void screen(struct bench *b, const uint8_t *pixels)
{
	static struct record_page p;

	for (uint32_t i = 0; i < PAGES; i++) {
		p.kind = RECORD_PAGE_MEMORY;
		p.device = b->number;
		p.resource = 1;
		p.page = i;
		p.begin = 0;
		p.size = RECORD_PAGE_SIZE;
		memcpy(p.bytes, pixels + (size_t)i * RECORD_PAGE_SIZE, RECORD_PAGE_SIZE);
		ring_put(&b->pages, &p, sizeof(p));
	}
	transfer(b, VGPU_CMD_TRANSFER_TO_HOST_2D, 1);
}

int main(int argc, char **argv)
{
	unsigned int frames = argc > 2 ? (unsigned int)atoi(argv[2]) : 500;
	FILE *file = argc > 1 ? fopen(argv[1], "w+") : tmpfile();
	uint8_t *noise = malloc(SCREEN + 8192), *copy = malloc(SCREEN);
	double reader = 0, writer, begin, wall, copies, size;
	struct vgpu_trace_writer_stats stats;
	struct bench b;

	check(!file || !noise || !copy, "file or memory");
	for (uint32_t i = 0; i < SCREEN + 8192; i++)
		noise[i] = (uint8_t)(i * 2654435761u >> 13);
	make(&b, file);
	attach(&b, 1, PAGE_A, SCREEN);
	check(record_drain_run(&b.drain) < 0, "attach");
	wall = seconds(CLOCK_MONOTONIC);
	writer = seconds(CLOCK_PROCESS_CPUTIME_ID) - seconds(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned int n = 0; n < frames; n++) {
		rewind_ring(&b.pages);
		rewind_ring(&b.commands);
		screen(&b, noise + n % 1024 * 4);
		begin = seconds(CLOCK_THREAD_CPUTIME_ID);
		check(record_drain_run(&b.drain) < 0, "drain");
		reader += seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
	}
	check(vgpu_trace_writer_finish(b.writer, b.time), "finish");
	vgpu_trace_writer_stats(b.writer, &stats);
	check(stats.memory_bytes != (uint64_t)SCREEN * frames, "not all of it was written");
	writer = seconds(CLOCK_PROCESS_CPUTIME_ID) - seconds(CLOCK_THREAD_CPUTIME_ID) - writer;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	begin = seconds(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned int n = 0; n < frames; n++) {
		memcpy(copy, noise + n % 1024 * 4, SCREEN);
		__asm__ volatile("" : : "r"(copy) : "memory");
	}
	copies = seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
	size = (double)SCREEN * frames / 1e6;
	printf("%u screens, %.0f MB in %.2f s; ms of processor time a MB: ", frames, size, wall);
	printf("reader %.3f, writer %.3f; memcpy %.3f\n", reader / size * 1e3, writer / size * 1e3,
	       copies / size * 1e3);
	bench_drop(&b);
	return 0;
}
