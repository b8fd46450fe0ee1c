/* SPDX-License-Identifier: MIT */
/* Whole files: as the writer makes them, through pipes, uncompressed, put together, by other tools. */
#include "trace-helper.h"
#include "under-valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include <zstd.h>

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void assert_same(const struct reading *a, const struct reading *b)
{
	assert_int_equal(a->opened, 0);
	assert_int_equal(b->opened, 0);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_true(same_record(&a->seen[i], &b->seen[i]));
		assert_int_equal(a->seen[i].number, b->seen[i].number);
		assert_int_equal(a->seen[i].offset, b->seen[i].offset);
	}
}

static void test_uncompressed(void **state)
{
	struct bytes file = noise_trace(50, 333, 4096), plain = unpack(file);
	struct reading a = read_bytes(file.data, file.size), b = read_bytes(plain.data, plain.size);

	(void)state;
	assert_same(&a, &b);
	assert_true(b.status.ended);
	assert_int_equal(b.status.raw_bytes, plain.size);
	assert_int_equal(a.status.raw_bytes, plain.size);
	free(b.seen);
	for (size_t n = 0; n < plain.size; n += or_under_valgrind(7, 997)) {
		b = read_bytes(plain.data, n);
		assert_int_equal(b.opened, 0);
		assert_true(b.status.cut);
		assert_true(b.n < a.n);
		for (size_t i = 0; i < b.n; i++)
			assert_true(same_record(&b.seen[i], &a.seen[i]));
		assert_int_equal(b.status.damage_offset + b.status.lost_bytes, n);
		free(b.seen);
	}
	free(a.seen);
	free(file.data);
	free(plain.data);
}

/* The stream packed again by others: in one frame, without content size, in frames that end anywhere. */
static void test_packed_again(void **state)
{
	struct bytes file = noise_trace(or_under_valgrind(3000, 300), 2000, 1u << 20),
		     plain = unpack(file);
	struct reading a = read_bytes(file.data, file.size), b;
	uint8_t *out = malloc(ZSTD_compressBound(plain.size) + 65536);
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_inBuffer in = { plain.data, plain.size, 0 };
	ZSTD_outBuffer to = { out, ZSTD_compressBound(plain.size) + 65536, 0 };
	size_t n;

	(void)state;
	assert_non_null(out);
	n = ZSTD_compress(out, to.size, plain.data, plain.size, 1);
	assert_false(ZSTD_isError(n));
	b = read_bytes(out, n);
	assert_same(&a, &b);
	assert_true(b.status.ended);
	free(b.seen);

	while (in.pos < in.size) { /* small flushed blocks, size not known */
		ZSTD_inBuffer part = { plain.data,
				       in.pos + 5000 < in.size ? in.pos + 5000 : in.size, in.pos };
		bool last = part.size == in.size;

		while (ZSTD_compressStream2(ctx, &to, &part, last ? ZSTD_e_end : ZSTD_e_flush))
			;
		in.pos = part.pos;
	}
	b = read_bytes(out, to.pos);
	assert_same(&a, &b);
	free(b.seen);

	to.pos = 0; /* one frame each 100001 bytes */
	for (size_t at = 0; at < plain.size; at += 100001) {
		size_t size = plain.size - at < 100001 ? plain.size - at : 100001;

		n = ZSTD_compress(out + to.pos, to.size - to.pos, plain.data + at, size, 1);
		assert_false(ZSTD_isError(n));
		to.pos += n;
	}
	b = read_bytes(out, to.pos);
	assert_same(&a, &b);
	assert_true(b.status.ended);
	assert_int_equal(b.status.lost_bytes, 0);
	free(b.seen);
	free(a.seen);
	ZSTD_freeCCtx(ctx);
	free(out);
	free(plain.data);
	free(file.data);
}

static void test_concatenated(void **state)
{
	struct bytes a = noise_trace(20, 100, 512), b = noise_trace(7, 300, 700);
	uint8_t *both = malloc(a.size + b.size);
	struct reading ra = read_bytes(a.data, a.size), rb = read_bytes(b.data, b.size), r;

	(void)state;
	assert_non_null(both);
	memcpy(both, a.data, a.size);
	memcpy(both + a.size, b.data, b.size);
	r = read_bytes(both, a.size + b.size);
	assert_true(r.status.ended);
	assert_false(r.status.cut);
	assert_int_equal(r.n, ra.n + rb.n);
	for (size_t i = 0; i < rb.n; i++)
		assert_true(same_record(&r.seen[ra.n + i], &rb.seen[i]));
	free(r.seen);

	/* Damage in the second one: its index still says where we are. */
	both[a.size + 200] ^= 0xff;
	r = read_bytes(both, a.size + b.size);
	assert_true(r.status.ended);
	assert_int_equal(r.status.lost_records, ra.n + rb.n - r.n);
	assert_int_equal(r.seen[r.n - 1].number, ra.n + rb.n - 1);
	assert_int_equal(r.seen[r.n - 1].offset, ra.status.raw_bytes + rb.seen[rb.n - 1].offset);
	free(r.seen);

	/* The first one without its end. */
	memcpy(both + a.size * 2 / 3, b.data, b.size);
	r = read_bytes(both, a.size * 2 / 3 + b.size);
	assert_true(r.status.cut);
	assert_true(same_record(&r.seen[r.n - 1], &rb.seen[rb.n - 1]));
	free(r.seen);
	free(ra.seen);
	free(rb.seen);
	free(both);
	free(a.data);
	free(b.data);
}

struct feeder {
	struct bytes bytes;
	int fd;
	size_t step;
};

static void *feed(void *data)
{
	struct feeder *f = data;

	for (size_t at = 0; at < f->bytes.size;) {
		size_t left = f->bytes.size - at;
		ssize_t n = write(f->fd, f->bytes.data + at, left < f->step ? left : f->step);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(f->fd);
	return NULL;
}

static void test_pipe(void **state)
{
	static const size_t steps[] = { 1, 13, 4096, 1u << 20 };
	struct bytes file = noise_trace(60, 200, 1000);
	struct reading a = read_bytes(file.data, file.size), b;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct feeder f = { file, -1, steps[i] };
		pthread_t thread;
		int fds[2];

		assert_int_equal(pipe(fds), 0);
		f.fd = fds[1];
		assert_int_equal(pthread_create(&thread, NULL, feed, &f), 0);
		b = read_fd(fds[0]);
		pthread_join(thread, NULL);
		close(fds[0]);
		assert_same(&a, &b);
		free(b.seen);
	}
	free(a.seen);
	free(file.data);
}

static void test_large_records(void **state)
{
	struct bytes file = noise_trace(3, VGPU_TRACE_RECORD_MAX - 32, 1u << 20);
	struct reading r = read_bytes(file.data, file.size);

	(void)state;
	assert_int_equal(r.n, 5);
	assert_true(r.status.ended);
	assert_int_equal(r.seen[1].body_size, VGPU_TRACE_RECORD_MAX - 16);
	free(r.seen);
	free(file.data);
}

/* The seek table says where each frame is, and they fill the file. */
static void test_seek_table(void **state)
{
	struct bytes file = noise_trace(50, 333, 4096), plain = unpack(file);
	const uint8_t *end = file.data + file.size, *entry;
	uint64_t packed = 0, raw = 0;
	uint32_t n;

	(void)state;
	assert_int_equal(le32(end - 4), 0x8f92eab1);
	assert_int_equal(end[-5], 0);
	n = le32(end - 9);
	entry = end - 9 - 8 * n;
	assert_int_equal(le32(entry - 8), 0x184d2a5e);
	assert_int_equal(le32(entry - 4), 8 * n + 9);
	for (uint32_t i = 0; i < n; i++, entry += 8) {
		uint32_t size = le32(entry + 4);

		assert_int_equal(ZSTD_findFrameCompressedSize(file.data + packed,
							      file.size - packed),
				 le32(entry));
		if (size)
			assert_int_equal(ZSTD_getFrameContentSize(file.data + packed, le32(entry)),
					 size);
		packed += le32(entry);
		raw += size;
	}
	assert_int_equal(packed + 8 + 8 * n + 9, file.size);
	assert_int_equal(raw, plain.size);
	free(plain.data);
	free(file.data);
}

/* A hundred thousand tiny frames: the summary is thinned, the file stays right. */
static void test_many_frames(void **state)
{
	unsigned int n = or_under_valgrind(40000, 3000);
	struct bytes file = noise_trace(n, 8, 64);
	struct reading r = read_bytes(file.data, file.size);

	(void)state;
	assert_int_equal(r.n, n + 2);
	assert_true(r.status.ended);
	assert_true(r.status.damage_offset == UINT64_MAX);
	free(r.seen);
	free(file.data);
}

static void test_open_errors(void **state)
{
	struct vgpu_trace_reader *reader;

	(void)state;
	assert_int_equal(vgpu_trace_reader_open(&reader, "/does/not/exist"), -ENOENT);
	assert_null(reader);
	assert_int_equal(vgpu_trace_reader_open(&reader, "/"), -EISDIR);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, -1), -EBADF);
	vgpu_trace_reader_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uncompressed),  cmocka_unit_test(test_packed_again),
		cmocka_unit_test(test_concatenated),  cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_large_records), cmocka_unit_test(test_seek_table),
		cmocka_unit_test(test_many_frames),   cmocka_unit_test(test_open_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
