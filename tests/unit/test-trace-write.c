/* SPDX-License-Identifier: MIT */
/* The writer when writing fails, is interrupted, or goes in small pieces. */
#include "trace-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The writer's write(2) is this one: it fails as told. Other descriptors pass. */
static struct {
	int fd;                 /* -1: off */
	unsigned int calls, at; /* fail from this call on, from 1; 0: never */
	int error;
	size_t most;    /* bytes a call; 0: all */
	bool interrupt; /* every other call is -EINTR */
	size_t room;    /* bytes until the error, beside `at` */
	bool waits;     /* until `gate` is open */
} inject = { .fd = -1 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

ssize_t write(int fd, const void *data, size_t size)
{
	if (fd == inject.fd) {
		__atomic_add_fetch(&inject.calls, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&inject.waits, __ATOMIC_SEQ_CST)) {
			pthread_mutex_lock(&gate);
			pthread_mutex_unlock(&gate);
		}
		if (inject.interrupt && inject.calls % 2) {
			errno = EINTR;
			return -1;
		}
		if (inject.at && inject.calls >= inject.at && size > inject.room) {
			size = inject.room;
			inject.room = 0;
			if (!size) {
				errno = inject.error;
				return -1;
			}
		} else if (inject.most && size > inject.most) {
			size = inject.most;
		}
	}
	return syscall(SYS_write, fd, data, size);
}

/* Until the writer's thread has begun another write than those. */
static void wait_for_call(unsigned int calls)
{
	while (__atomic_load_n(&inject.calls, __ATOMIC_SEQ_CST) <= calls)
		usleep(1000);
}

static struct reading whole;
static unsigned int writes; /* that a whole one takes */

/* Writes the usual trace to `fd`; the first error, which finish must repeat. */
static int write_trace(int fd, unsigned int records)
{
	struct vgpu_trace_writer_options options = {
		.frame_bytes = 512, .frame_ms = 60000, .flush_ms = 60000, .queue_bytes = 1024
	};
	struct vgpu_trace_header h = { .major = 1, .clock = 1 };
	struct vgpu_trace_writer_stats stats;
	struct vgpu_trace_writer *w;
	uint8_t body[100];
	uint32_t noise = 1;
	int err, first;

	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	first = vgpu_trace_write_header(w, 5, &h);
	for (unsigned int i = 0; i < records; i++) {
		struct vgpu_trace_memory m = { 0, i, body, sizeof(body) };

		for (unsigned int k = 0; k < sizeof(body); k++)
			body[k] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
		err = vgpu_trace_write_memory(w, 6 + i, &m);
		assert_true(!first || err == first); /* an error stays */
		first = err;
	}
	err = vgpu_trace_writer_finish(w, 6 + records);
	assert_true(!first || err == first);
	assert_int_equal(vgpu_trace_writer_finish(w, 0), err);
	vgpu_trace_writer_stats(w, &stats);
	assert_int_equal(stats.error, err);
	vgpu_trace_writer_destroy(w);
	return err;
}

static struct reading read_back(int fd)
{
	lseek(fd, 0, SEEK_SET);
	return read_fd(fd);
}

static int set_up(void **state)
{
	int fd = memory_file(NULL, 0);

	(void)state;
	inject.fd = fd;
	assert_int_equal(write_trace(fd, 30), 0);
	inject.fd = -1;
	writes = inject.calls;
	whole = read_back(fd);
	assert_int_equal(whole.n, 32);
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(whole.seen);
	return 0;
}

/* Each write fails in its turn, with nothing or a part of it done. */
static void test_errors(void **state)
{
	static const int errors[] = { ENOSPC, EIO, EPIPE, EDQUOT };
	static const size_t rooms[] = { 0, 1, 100, 300 };

	(void)state;
	assert_in_range(writes, 12, 20);
	for (unsigned int at = 1; at <= writes; at++) {
		for (unsigned int i = 0; i < 4; i++) {
			int fd = memory_file(NULL, 0);
			struct reading r;

			memset(&inject, 0, sizeof(inject));
			inject.fd = fd;
			inject.at = at;
			inject.error = errors[i];
			inject.room = rooms[i];
			assert_int_equal(write_trace(fd, 30), -errors[i]);
			inject.fd = -1;
			r = read_back(fd);
			assert_int_equal(r.opened, 0);
			/* Write 1 is the header's frame; each other one is whole before the next. */
			assert_true(r.n >= (at > 1 ? 1 + 3 * (at - 2) : 0) || r.n >= whole.n - 1);
			for (size_t k = 0; k < r.n; k++)
				assert_true(same_record(&r.seen[k], &whole.seen[k]));
			assert_true(r.status.cut || r.n == whole.n);
			free(r.seen);
			close(fd);
		}
	}
}

/* A frame is compressed in pieces while it is filled, and ends where it is full. */
static void test_large_frames(void **state)
{
	enum {
		SIZE = 300000,
		RECORDS = 30
	};
	struct vgpu_trace_writer_options options = {
		.level = 1, .frame_bytes = 3u << 20, .frame_ms = 60000, .flush_ms = 60000
	};
	struct vgpu_trace_header h = { .major = 1, .clock = 1 };
	int fd = memory_file(NULL, 0);
	struct vgpu_trace_writer *w;
	uint8_t *body = malloc(SIZE), *out = malloc(4u << 20);
	unsigned int frames = 0;
	struct bytes file;
	struct reading r;

	(void)state;
	assert_true(body && out);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	assert_int_equal(vgpu_trace_write_header(w, 5, &h), 0);
	for (unsigned int i = 0; i < RECORDS; i++) {
		struct vgpu_trace_memory m = { 0, i, body, SIZE };

		for (unsigned int k = 0; k < SIZE; k++)
			body[k] = (uint8_t)(k * i >> 4);
		assert_int_equal(vgpu_trace_write_memory(w, 6 + i, &m), 0);
	}
	assert_int_equal(vgpu_trace_writer_finish(w, 6 + RECORDS), 0);
	vgpu_trace_writer_destroy(w);
	file = file_bytes(fd);
	for (size_t at = 0; at < file.size;) {
		size_t size = ZSTD_findFrameCompressedSize(file.data + at, file.size - at);
		size_t raw = ZSTD_decompress(out, 4u << 20, file.data + at, size);

		assert_false(ZSTD_isError(size) || ZSTD_isError(raw));
		assert_true(raw <= 3u << 20);
		if (raw)
			assert_true(frames++ == 0 || raw >= (size_t)SIZE * 10);
		at += size;
	}
	assert_int_equal(frames, 1 + RECORDS / 10);
	r = read_back(fd);
	assert_int_equal(r.n, RECORDS + 2);
	assert_true(r.status.ended);
	for (unsigned int i = 0; i < RECORDS; i++)
		assert_int_equal(r.seen[1 + i].time_ns, 6 + i);
	free(r.seen);
	free(file.data);
	free(body);
	free(out);
	close(fd);
}

static void write_noise(struct vgpu_trace_writer *w, unsigned int from, unsigned int to)
{
	enum {
		SIZE = 32 << 10
	};
	static uint8_t body[SIZE];

	for (unsigned int i = from; i < to; i++) {
		struct vgpu_trace_memory m = { 0, i, body, SIZE };
		uint32_t noise = i * 2654435761u;

		/* Half of it can be saved, where somebody takes the time. */
		for (unsigned int k = 0; k < SIZE; k++)
			body[k] = (noise = noise * 1664525u + 1013904223u) >> 28;
		assert_int_equal(vgpu_trace_write_memory(w, 6 + i, &m), 0);
	}
}

/*
 * The bytes of a file that took nothing until most of a queue's records were written; or that stopped
 * when it had so many of them, in the middle of a frame.
 */
static size_t write_late(bool hurry, unsigned int begun, struct reading *out)
{
	enum {
		RECORDS = 110
	};
	struct vgpu_trace_writer_options options = { .frame_bytes = begun ? 8u << 20 : 256u << 10,
						     .queue_bytes = 4u << 20,
						     .hurry = hurry };
	int fd = memory_file(NULL, 0);
	struct vgpu_trace_writer *w;
	unsigned int calls;
	off_t size;

	memset(&inject, 0, sizeof(inject));
	inject.fd = fd;
	pthread_mutex_lock(&gate);
	inject.waits = !begun;
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 5);
	if (begun) {
		wait_for_call(0);
		calls = __atomic_load_n(&inject.calls, __ATOMIC_SEQ_CST);
		__atomic_store_n(&inject.waits, true, __ATOMIC_SEQ_CST);
		write_noise(w, 0, begun);
		wait_for_call(calls);
	}
	write_noise(w, begun, RECORDS);
	pthread_mutex_unlock(&gate);
	assert_int_equal(vgpu_trace_writer_finish(w, 6 + RECORDS), 0);
	vgpu_trace_writer_destroy(w);
	inject.fd = -1;
	size = lseek(fd, 0, SEEK_END);
	*out = read_back(fd);
	close(fd);
	return (size_t)size;
}

/* The same records in a larger file, where time is short and the caller asked for that. */
static void hurries(unsigned int begun)
{
	struct reading calm, hurried;
	size_t small, large;

	small = write_late(false, begun, &calm);
	large = write_late(true, begun, &hurried);
	assert_in_range(small, 1600u << 10, 2200u << 10);
	assert_true(large > small * 4 / 3);
	assert_int_equal(calm.n, 112);
	assert_int_equal(hurried.n, calm.n);
	for (size_t i = 1; i < calm.n; i++)
		assert_true(same_record(&calm.seen[i], &hurried.seen[i]));
	free(calm.seen);
	free(hurried.seen);
}

static void test_hurry(void **state)
{
	(void)state;
	hurries(0);
}

/* A frame that was begun when there was time is not finished first. */
static void test_hurry_within_a_frame(void **state)
{
	(void)state;
	hurries(10);
}

static void test_short_and_interrupted(void **state)
{
	static const size_t most[] = { 1, 2, 7, 63, 0 };

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		int fd = memory_file(NULL, 0);
		struct reading r;

		memset(&inject, 0, sizeof(inject));
		inject.fd = fd;
		inject.most = most[i];
		inject.interrupt = true;
		assert_int_equal(write_trace(fd, 30), 0);
		inject.fd = -1;
		r = read_back(fd);
		assert_int_equal(r.n, whole.n);
		assert_true(r.status.ended);
		free(r.seen);
		close(fd);
	}
}

static void test_full_device(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(write_trace(fd, 30), -ENOSPC);
	close(fd);
}

/* Nobody reads: the error comes back, no signal does. */
static void test_closed_pipe(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(write_trace(fds[1], 30), -EPIPE);
	close(fds[1]);
}

static void test_bad_descriptor(void **state)
{
	(void)state;
	assert_int_equal(write_trace(-1, 3), -EBADF);
}

static void test_misuse(void **state)
{
	static const struct vgpu_trace_epoch epoch;
	struct vgpu_trace_writer *w;
	uint8_t byte = 0;
	int fd = memory_file(NULL, 0);

	(void)state;
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	assert_int_equal(vgpu_trace_write_epoch(w, 0, &epoch), -EINVAL); /* no header yet */
	vgpu_trace_writer_destroy(w);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	write_test_header(w, 0);
	assert_int_equal(vgpu_trace_write(w, 200, 0, 0, &byte, VGPU_TRACE_RECORD_MAX),
			 VGPU_ERR_TOO_LARGE);
	assert_int_equal(vgpu_trace_writer_finish(w, 0), 0); /* that did not end it */
	vgpu_trace_writer_destroy(w);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	write_test_header(w, 0);
	assert_int_equal(vgpu_trace_write(w, VGPU_TRACE_COLUMNS, 0, 0, &byte, 1), -EINVAL);
	vgpu_trace_writer_destroy(w);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	write_test_header(w, 0);
	assert_int_equal(vgpu_trace_write(w, VGPU_TRACE_END, 0, 0, &byte, 1), 0);
	assert_int_equal(vgpu_trace_write_epoch(w, 0, &epoch), -EINVAL); /* behind the end */
	vgpu_trace_writer_destroy(w);
	vgpu_trace_writer_destroy(NULL);
	close(fd);
}

/* An END of the caller's is the one. */
static void test_end_as_given(void **state)
{
	static const uint8_t body[40] = { 7 };
	struct vgpu_trace_writer *w;
	struct reading r;
	int fd = memory_file(NULL, 0);

	(void)state;
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	write_test_header(w, 0);
	assert_int_equal(vgpu_trace_write(w, VGPU_TRACE_END, 0, 5, body, sizeof(body)), 0);
	assert_int_equal(vgpu_trace_writer_finish(w, 9), 0);
	vgpu_trace_writer_destroy(w);
	r = read_back(fd);
	assert_int_equal(r.n, 2);
	assert_true(r.status.ended);
	assert_int_equal(r.seen[1].time_ns, 5);
	assert_int_equal(r.seen[1].sum, sum_of(body, sizeof(body)));
	free(r.seen);
	close(fd);
}

/* Without finish the file is as after a kill: cut, what was handed over is there. */
static void test_killed(void **state)
{
	struct vgpu_trace_writer_options options = { .flush_ms = 1 };
	static const struct vgpu_trace_epoch epoch;
	struct vgpu_trace_writer_stats stats;
	struct vgpu_trace_writer *w;
	struct reading r;
	int fd = memory_file(NULL, 0);
	uint64_t before;

	(void)state;
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 1);
	do { /* the header is on its way at once */
		usleep(1000);
		vgpu_trace_writer_stats(w, &stats);
	} while (!stats.file_bytes);
	before = stats.file_bytes;
	assert_int_equal(vgpu_trace_write_epoch(w, 2, &epoch), 0);
	do { /* tick sends what has waited long enough, of a frame that goes on */
		usleep(1000);
		assert_int_equal(vgpu_trace_writer_tick(w), 0);
		vgpu_trace_writer_stats(w, &stats);
	} while (stats.file_bytes == before);
	vgpu_trace_writer_destroy(w);
	r = read_back(fd);
	assert_int_equal(r.n, 2);
	assert_true(r.status.cut);
	assert_int_equal(r.status.lost_bytes, 0);
	free(r.seen);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_large_frames),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_hurry_within_a_frame),
		cmocka_unit_test(test_short_and_interrupted),
		cmocka_unit_test(test_full_device),
		cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_bad_descriptor),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_end_as_given),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
