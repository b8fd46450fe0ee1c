/* SPDX-License-Identifier: MIT */
/* Traces in memory, for the tests of the trace file. */
#ifndef TESTS_TRACE_HELPER_H
#define TESTS_TRACE_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include <vgpu/error.h>
#include <vgpu/trace.h>

struct bytes {
	uint8_t *data;
	size_t size;
};

/* What is kept of a record that was read, to compare. */
struct seen {
	uint16_t type, flags;
	uint64_t time_ns, number, offset;
	size_t body_size;
	uint64_t sum; /* of the body */
};

struct reading {
	struct seen *seen;
	size_t n, room;
	int opened, result; /* of open; of the last next */
	struct vgpu_trace_status status;
};

static inline int memory_file(const void *data, size_t size)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (size)
		assert_int_equal(pwrite(fd, data, size, 0), (ssize_t)size);
	return fd;
}

static inline struct bytes file_bytes(int fd)
{
	struct bytes b = { 0 };
	off_t size = lseek(fd, 0, SEEK_END);

	assert_true(size >= 0);
	b.size = (size_t)size;
	b.data = malloc(b.size + 1);
	assert_non_null(b.data);
	assert_int_equal(pread(fd, b.data, b.size, 0), (ssize_t)b.size);
	return b;
}

static inline uint64_t sum_of(const uint8_t *p, size_t size)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static inline struct reading read_with(int fd, bool ahead)
{
	struct reading out = { 0 };
	struct vgpu_trace_reader *reader = NULL;
	struct vgpu_trace_record r;

	out.opened = vgpu_trace_reader_open_fd(&reader, fd);
	if (out.opened) {
		vgpu_trace_reader_close(reader);
		return out;
	}
	assert_int_equal(vgpu_trace_reader_set_ahead(reader, ahead), 0);
	while ((out.result = vgpu_trace_reader_next(reader, &r)) == 1) {
		if (out.n == out.room) {
			out.room = out.room ? 2 * out.room : 64;
			out.seen = realloc(out.seen, out.room * sizeof(*out.seen));
			assert_non_null(out.seen);
		}
		out.seen[out.n++] = (struct seen) {
			.type = r.type,
			.flags = r.flags,
			.time_ns = r.time_ns,
			.number = r.number,
			.offset = r.offset,
			.body_size = r.body_size,
			.sum = sum_of(r.body, r.body_size),
		};
	}
	assert_int_equal(vgpu_trace_reader_next(reader, &r), out.result);
	vgpu_trace_reader_status(reader, &out.status);
	assert_int_equal(out.status.records, out.n);
	vgpu_trace_reader_close(reader);
	return out;
}

/* Each so manyth reading is done with frames decoded ahead too, and must be the same. 0: none. */
static unsigned int compare_ahead;

static inline struct reading read_fd(int fd)
{
	struct reading out, ahead = { 0 };
	static unsigned int readings;
	bool compare = compare_ahead && readings++ % compare_ahead == 0;

	if (compare) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		ahead = read_with(fd, true);
		lseek(fd, at, SEEK_SET);
	}
	out = read_with(fd, false);
	if (!compare)
		return out;
	assert_int_equal(ahead.opened, out.opened);
	assert_int_equal(ahead.result, out.result);
	assert_int_equal(ahead.n, out.n);
	for (size_t i = 0; i < out.n; i++) {
		const struct seen *a = &ahead.seen[i], *b = &out.seen[i];

		assert_int_equal(a->type, b->type);
		assert_int_equal(a->time_ns, b->time_ns);
		assert_int_equal(a->number, b->number);
		assert_int_equal(a->offset, b->offset);
		assert_int_equal(a->body_size, b->body_size);
		assert_int_equal(a->sum, b->sum);
	}
	assert_int_equal(ahead.status.ended, out.status.ended);
	assert_int_equal(ahead.status.cut, out.status.cut);
	assert_int_equal(ahead.status.lost_bytes, out.status.lost_bytes);
	assert_int_equal(ahead.status.damage_offset, out.status.damage_offset);
	assert_int_equal(ahead.status.lost_records, out.status.lost_records);
	assert_int_equal(ahead.status.raw_bytes, out.status.raw_bytes);
	assert_int_equal(ahead.status.file_bytes, out.status.file_bytes);
	free(ahead.seen);
	return out;
}

static inline struct reading read_bytes(const void *data, size_t size)
{
	int fd = memory_file(data, size);
	struct reading out = read_fd(fd);

	close(fd);
	return out;
}

/* Every frame decoded by zstd's own one-call interface, as `zstd -d` would. */
static inline struct bytes unpack(struct bytes in)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	struct bytes out = { malloc(in.size * 40), 0 };
	size_t n;

	assert_non_null(out.data);
	for (size_t at = 0; at < in.size;) {
		size_t frame = ZSTD_findFrameCompressedSize(in.data + at, in.size - at);

		assert_false(ZSTD_isError(frame));
		n = ZSTD_decompressDCtx(ctx, out.data + out.size, in.size * 40 - out.size,
					in.data + at, frame);
		assert_false(ZSTD_isError(n));
		out.size += n;
		at += frame;
	}
	ZSTD_freeDCtx(ctx);
	return out;
}

static inline bool same_record(const struct seen *a, const struct seen *b)
{
	return a->type == b->type && a->flags == b->flags && a->time_ns == b->time_ns &&
	       a->body_size == b->body_size && a->sum == b->sum;
}

static inline void write_test_header(struct vgpu_trace_writer *w, uint64_t time_ns)
{
	static const char text[] = "source=synthetic\0recorder=test";
	struct vgpu_trace_header h = {
		.major = VGPU_TRACE_VERSION_MAJOR,
		.minor = VGPU_TRACE_VERSION_MINOR,
		.clock = 1,
		.file_id = "abcdefghijklmno",
		.realtime_ns = 42,
		.text = text,
		.text_size = sizeof(text),
	};

	assert_int_equal(vgpu_trace_write_header(w, time_ns, &h), 0);
}

/* A trace of `records` MEMORY records with bytes that do not compress, in many small frames. */
static inline struct bytes noise_trace(unsigned int records, unsigned int size, unsigned int frame)
{
	struct vgpu_trace_writer_options options = { .frame_bytes = frame,
						     .frame_ms = 60000,
						     .flush_ms = 60000 };
	struct vgpu_trace_writer *w;
	uint32_t noise = 1;
	struct bytes b;
	uint8_t *body = malloc(size);
	int fd = memory_file(NULL, 0);

	assert_non_null(body);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 1000);
	for (unsigned int i = 0; i < records; i++) {
		struct vgpu_trace_memory m = { .address = i * 4096u, .bytes = body, .size = size };

		for (unsigned int k = 0; k < size; k++)
			body[k] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
		assert_int_equal(vgpu_trace_write_memory(w, 1001 + i, &m), 0);
	}
	assert_int_equal(vgpu_trace_writer_finish(w, 1001 + records), 0);
	vgpu_trace_writer_destroy(w);
	b = file_bytes(fd);
	close(fd);
	free(body);
	return b;
}

#endif
