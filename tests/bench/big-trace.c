/* SPDX-License-Identifier: MIT */
/*
 * A trace that is too large to be read for every question: makes one, and measures how long it
 * takes to go to any place in it, to say what it holds, and to read it all. Processor time of this
 * process where it reads, wall time where a user waits; the file is in the page cache.
 * usage: big-trace FILE MEGABYTES VGPU-TRACE    FILE is made unless it is there
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vgpu/protocol.h>
#include <vgpu/trace.h>
#include <zstd.h>

#define SEEKS 1000
#define PAGES 12u /* of noise a frame */

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "big-trace: %s: error %d\n", what, err);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t noise = 88172645463325252u;

static uint64_t next_noise(void)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return noise;
}

/* One frame of a 3D program: texture pages that do not compress, three streams, their answers. */
static uint64_t write_frame(struct vgpu_trace_writer *w, uint64_t frame)
{
	static uint64_t pages[PAGES * 512];
	static uint8_t stream[2048];
	uint64_t ns = 1000000000u + frame * 16000000u, id = frame * 3;
	uint32_t hdr[6] = { VGPU_CMD_SUBMIT_3D, VGPU_FLAG_FENCE, 0, 0, 1, 0 };
	struct vgpu_trace_memory m = { .address = frame % 64 * sizeof(pages),
				       .bytes = (const uint8_t *)pages,
				       .size = sizeof(pages) };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		pages[i] = next_noise();
	check(vgpu_trace_write_memory(w, ns, &m), "write");
	for (uint32_t i = 0; i < 3; i++) {
		struct vgpu_trace_command c = { .id = ++id,
						.pid = 321,
						.tid = 321,
						.response_size = 24,
						.request = stream,
						.request_size = sizeof(stream) };
		struct vgpu_trace_response r = { .id = id,
						 .response = stream,
						 .response_size = 24 };
		uint64_t sent = ns + 1000 + i * 100000 + next_noise() % 1000;

		hdr[0] = VGPU_CMD_SUBMIT_3D;
		hdr[2] = (uint32_t)id;
		memcpy(stream, hdr, sizeof(hdr));
		for (size_t k = 32; k < sizeof(stream); k += 64)
			stream[k] = (uint8_t)next_noise();
		check(vgpu_trace_write_command(w, sent, &c), "write");
		hdr[0] = VGPU_RESP_OK_NODATA;
		memcpy(stream, hdr, sizeof(hdr));
		check(vgpu_trace_write_response(w, sent + 50000 + next_noise() % 9000, &r),
		      "write");
	}
	return ns;
}

static void make(const char *path, uint64_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct vgpu_trace_header header = { .clock = CLOCK_MONOTONIC };
	struct vgpu_trace_device device = { 0 };
	struct vgpu_trace_writer_stats stats;
	struct vgpu_trace_writer *w;
	uint64_t frame = 0, ns = 0;

	check(fd < 0 ? -errno : 0, path);
	check(vgpu_trace_writer_create(&w, fd, NULL), "create");
	check(vgpu_trace_write_header(w, 1000000000u, &header), "write");
	check(vgpu_trace_write_device(w, 1000000000u, &device), "write");
	do {
		for (int i = 0; i < 100; i++)
			ns = write_frame(w, frame++);
		vgpu_trace_writer_stats(w, &stats);
	} while (stats.file_bytes < bytes);
	check(vgpu_trace_writer_finish(w, ns + 1000000), "finish");
	vgpu_trace_writer_destroy(w);
	close(fd);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void seeks(const char *path, const char *what, uint64_t first, uint64_t last,
		  int (*seek)(struct vgpu_trace_reader *, uint64_t))
{
	static double took[SEEKS];
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;

	check(vgpu_trace_reader_open(&reader, path), path);
	for (int i = 0; i < SEEKS; i++) {
		double start = seconds(CLOCK_MONOTONIC);

		check(seek(reader, first + next_noise() % (last - first)), "seek");
		check(vgpu_trace_reader_next(reader, &r) != 1, "nothing there");
		took[i] = (seconds(CLOCK_MONOTONIC) - start) * 1e3;
	}
	vgpu_trace_reader_close(reader);
	qsort(took, SEEKS, sizeof(took[0]), by_size);
	printf("to a random %-8s p50 %6.2f ms   p99 %6.2f ms   max %6.2f ms\n", what,
	       took[SEEKS / 2], took[SEEKS * 99 / 100], took[SEEKS - 1]);
}

static void info(const char *path, const char *tool)
{
	double best = 1e9;

	for (int i = 0; i < 5; i++) {
		double start = seconds(CLOCK_MONOTONIC), took;
		int status = -1;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(1);
			execl(tool, tool, "info", path, (char *)NULL);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		check(status, "info");
		took = (seconds(CLOCK_MONOTONIC) - start) * 1e3;
		best = took < best ? took : best;
	}
	printf("vgpu-trace info      best of 5 %6.2f ms\n", best);
}

static double read_all(const char *path, uint64_t *raw)
{
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	int n;

	check(vgpu_trace_reader_open(&reader, path), path);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1)
		;
	check(n, "read");
	vgpu_trace_reader_status(reader, &status);
	check(!status.ended, "not whole");
	*raw = status.raw_bytes;
	vgpu_trace_reader_close(reader);
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

/* What `zstd -dc` does, but for writing. */
static double decode_all(const char *path)
{
	static uint8_t in[1u << 17], out[1u << 17];
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	check(fd < 0, path);
	while ((n = read(fd, in, sizeof(in))) > 0) {
		ZSTD_inBuffer from = { in, (size_t)n, 0 };
		bool full = false;

		while (from.pos < from.size || full) {
			ZSTD_outBuffer to = { out, sizeof(out), 0 };

			check(ZSTD_isError(ZSTD_decompressStream(ctx, &to, &from)), "zstd");
			full = to.pos == to.size;
		}
	}
	close(fd);
	ZSTD_freeDCtx(ctx);
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

int main(int argc, char **argv)
{
	struct vgpu_trace_summary summary;
	struct vgpu_trace_reader *reader;
	struct rusage usage;
	struct stat st;
	double r[3], z[3];
	uint64_t raw = 0;

	if (argc != 4) {
		fputs("usage: big-trace FILE MEGABYTES VGPU-TRACE\n", stderr);
		return 2;
	}
	if (stat(argv[1], &st))
		make(argv[1], strtoull(argv[2], NULL, 10) * 1000000);
	check(stat(argv[1], &st), argv[1]);
	check(vgpu_trace_reader_open(&reader, argv[1]), argv[1]);
	check(vgpu_trace_reader_summary(reader, &summary, NULL) != 1, "no summary");
	vgpu_trace_reader_close(reader);
	printf("%.0f MB, of records %.0f MB, %llu commands\n", (double)st.st_size / 1e6,
	       (double)summary.raw_bytes / 1e6,
	       (unsigned long long)summary.counts[VGPU_TRACE_COMMAND]);
	for (int i = 0; i < 3; i++) { /* in turns */
		r[i] = read_all(argv[1], &raw);
		z[i] = decode_all(argv[1]);
	}
	qsort(r, 3, sizeof(r[0]), by_size);
	qsort(z, 3, sizeof(z[0]), by_size);
	printf("all records          %.0f MB/s, `zstd -dc` %.0f MB/s: time ratio %.2f\n",
	       (double)raw / r[0] / 1e6, (double)raw / z[0] / 1e6, r[0] / z[0]);
	seeks(argv[1], "command", 1, summary.counts[VGPU_TRACE_COMMAND],
	      vgpu_trace_reader_seek_command);
	seeks(argv[1], "record", 0, summary.records, vgpu_trace_reader_seek_record);
	seeks(argv[1], "time", summary.first_ns, summary.last_ns, vgpu_trace_reader_seek_time);
	info(argv[1], argv[3]);
	getrusage(RUSAGE_SELF, &usage);
	printf("peak memory          %ld MB\n", usage.ru_maxrss / 1000);
	return 0;
}
