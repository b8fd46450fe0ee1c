/* SPDX-License-Identifier: MIT */
/*
 * How fast traces are written and read, and how small they become, by compression level; beside
 * zstd itself on the same bytes. Without an argument the records are synthetic
 * (commands, streams and pages in a 3D program's proportions); with one they are that trace's.
 * usage: bench-trace [FILE]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <vgpu/trace.h>
#include <zstd.h>

struct bytes {
	uint8_t *data;
	size_t size, room;
};

static double now(void)
{
	struct timespec t;

	/* Of the processor, both threads': other programs' work does not count. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench-trace: %s: error %d\n", what, err);
	exit(1);
}

static void append(struct bytes *b, const struct vgpu_trace_record *r)
{
	size_t size = sizeof(*r) + r->body_size;

	if (b->room - b->size < size + 8) {
		b->room = 2 * b->room + size + 8;
		b->data = realloc(b->data, b->room);
		check(!b->data, "memory");
	}
	memcpy(b->data + b->size, r, sizeof(*r));
	if (r->body_size)
		memcpy(b->data + b->size + sizeof(*r), r->body, r->body_size);
	b->size += (size + 7) & ~(size_t)7;
}

/* 3000 frames: a stream that differs a little each time, vertex data, one page of texture. */
static void synthetic(struct bytes *b)
{
	static uint8_t body[8192];
	struct vgpu_trace_record r = { .type = VGPU_TRACE_HEADER, .body = body };
	uint32_t noise = 1;

	memcpy(body, "VGPUTRC\0\1", 9);
	r.body_size = 40;
	append(b, &r);
	for (unsigned int frame = 0; frame < 3000; frame++) {
		for (unsigned int i = 0; i < 3; i++) {
			memset(body, 0, 64);
			memcpy(body, &frame, sizeof(frame));
			for (unsigned int k = 40; k < 4700; k += 4) {
				uint32_t word = k * 2654435761u >> 12;

				if (k % 64 == 0)
					word = noise = noise * 1664525u + 1013904223u;
				memcpy(body + k, &word, 4);
			}
			r = (struct vgpu_trace_record) { .type = VGPU_TRACE_COMMAND,
							 .time_ns = frame * 16000000u + i,
							 .body = body,
							 .body_size = i ? 96 : 4700 };
			append(b, &r);
			r.type = VGPU_TRACE_RESPONSE;
			r.body_size = 32;
			append(b, &r);
		}
		for (unsigned int k = 16; k < 4112; k++)
			body[k] =
				(uint8_t)((k / 4 + frame) ^ ((noise = noise * 1664525u + 1) >> 30));
		r.type = VGPU_TRACE_MEMORY;
		r.body_size = 4112;
		append(b, &r);
	}
}

static void load(struct bytes *b, const char *path)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;

	check(vgpu_trace_reader_open(&reader, path), path);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (r.type != VGPU_TRACE_END)
			append(b, &r);
	}
	vgpu_trace_reader_close(reader);
}

static double write_all(const struct bytes *b, int fd, int level, uint64_t *raw)
{
	/* As the file tools: records are there faster than they are compressed. */
	struct vgpu_trace_writer_options options = { .level = level, .queue_bytes = 4u << 20 };
	struct vgpu_trace_writer_stats stats;
	struct vgpu_trace_writer *w;
	double start = now();

	check(vgpu_trace_writer_create(&w, fd, &options), "create");
	for (size_t at = 0; at < b->size;) {
		struct vgpu_trace_record r;

		memcpy(&r, b->data + at, sizeof(r));
		check(vgpu_trace_write(w, r.type, r.flags, r.time_ns, b->data + at + sizeof(r),
				       r.body_size),
		      "write");
		at += (sizeof(r) + r.body_size + 7) & ~(size_t)7;
	}
	check(vgpu_trace_writer_finish(w, 0), "finish");
	vgpu_trace_writer_stats(w, &stats);
	vgpu_trace_writer_destroy(w);
	*raw = stats.raw_bytes;
	return now() - start;
}

static double read_all(int fd)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	double start = now();
	int n;

	lseek(fd, 0, SEEK_SET);
	check(vgpu_trace_reader_open_fd(&reader, fd), "open");
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1)
		;
	check(n, "read");
	vgpu_trace_reader_close(reader);
	return now() - start;
}

/* What `zstd -dc` does: streaming decompression of the whole file. */
static double plain_decode(int fd)
{
	static uint8_t in[1u << 17], out[1u << 17];
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	double start = now();
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, in, sizeof(in))) > 0) {
		ZSTD_inBuffer from = { in, (size_t)n, 0 };

		while (from.pos < from.size) {
			ZSTD_outBuffer to = { out, sizeof(out), 0 };

			check(ZSTD_isError(ZSTD_decompressStream(ctx, &to, &from)), "zstd");
		}
	}
	ZSTD_freeDCtx(ctx);
	return now() - start;
}

/* What `zstd -LEVEL` does with a file of the records' bytes: streaming compression into a file. */
static double plain_encode(int raw, off_t size, int level)
{
	static uint8_t in[1u << 17], out[1u << 17];
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	int fd = memfd_create("zstd", MFD_CLOEXEC);
	double start = now();
	size_t left;

	ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	for (off_t at = 0; at < size;) {
		ssize_t part = pread(raw, in, sizeof(in), at);
		ZSTD_inBuffer from = { in, (size_t)part, 0 };
		ZSTD_EndDirective how = at + part == size ? ZSTD_e_end : ZSTD_e_continue;

		check(part <= 0, "read");
		at += part;
		do {
			ZSTD_outBuffer to = { out, sizeof(out), 0 };

			left = ZSTD_compressStream2(ctx, &to, &from, how);
			check(ZSTD_isError(left), "zstd");
			check(write(fd, out, to.pos) != (ssize_t)to.pos, "write");
		} while (how == ZSTD_e_end ? left > 0 : from.pos < from.size);
	}
	ZSTD_freeCCtx(ctx);
	close(fd);
	return now() - start;
}

/* The stream in a trace, uncompressed, as a file. */
static int unpack(int fd, off_t *size)
{
	static uint8_t in[1u << 17], out[1u << 17];
	int raw = memfd_create("raw", MFD_CLOEXEC);
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	ssize_t n;

	check(raw < 0, "memfd");
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, in, sizeof(in))) > 0) {
		ZSTD_inBuffer from = { in, (size_t)n, 0 };
		ZSTD_outBuffer to = { out, sizeof(out), sizeof(out) };

		while (from.pos < from.size || to.pos == to.size) {
			to.pos = 0;
			check(ZSTD_isError(ZSTD_decompressStream(ctx, &to, &from)), "zstd");
			check(write(raw, out, to.pos) != (ssize_t)to.pos, "write");
		}
	}
	ZSTD_freeDCtx(ctx);
	*size = lseek(raw, 0, SEEK_CUR);
	return raw;
}

static double best(double (*f)(int), int fd)
{
	double least = f(fd);

	for (int i = 0; i < 4; i++) {
		double t = f(fd);

		least = t < least ? t : least;
	}
	return least;
}

int main(int argc, char **argv)
{
	static const int levels[] = { -1, 1, 2, 3, 5, 8, 19 };
	struct bytes b = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		load(&b, argv[1]);
	else
		synthetic(&b);
	printf("megabytes of records a second of processor time\n");
	printf("%6s %10s %8s %11s %11s %10s %11s %11s %10s\n", "level", "bytes", "ratio",
	       "write MB/s", "zstd MB/s", "time ratio", "read MB/s", "zstd MB/s", "time ratio");
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		int fd = memfd_create("bench", MFD_CLOEXEC);
		double w, e = 1e9, r, z;
		off_t size, plain_size;
		uint64_t raw;
		int plain;

		check(fd < 0, "memfd");
		w = write_all(&b, fd, levels[i], &raw);
		plain = unpack(fd, &plain_size);
		for (int k = 0; k < 4; k++) { /* in turns */
			int again = memfd_create("bench", MFD_CLOEXEC);
			double t = plain_encode(plain, plain_size, levels[i]);

			e = t < e ? t : e;
			t = write_all(&b, again, levels[i], &raw);
			w = t < w ? t : w;
			close(again);
		}
		close(plain);
		size = lseek(fd, 0, SEEK_END);
		r = best(read_all, fd);
		z = best(plain_decode, fd);
		printf("%6d %10lld %8.2f %11.0f %11.0f %10.2f %11.0f %11.0f %10.2f\n", levels[i],
		       (long long)size, (double)raw / (double)size, (double)raw / w / 1e6,
		       (double)raw / e / 1e6, w / e, (double)raw / r / 1e6, (double)raw / z / 1e6,
		       r / z);
		close(fd);
	}
	free(b.data);
	return 0;
}
