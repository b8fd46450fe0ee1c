/* SPDX-License-Identifier: MIT */
/* Going to places in a trace, beside what reading all of it finds; memory and filters. */
#include "trace-helper.h"

#include <errno.h>

#include <vgpu/stats.h>

#include "wire.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct all {
	struct seen *seen;
	uint64_t *ids; /* of COMMANDs; 0: of another type */
	size_t n;
};

/* Commands, their ids with gaps, among memory; times that step back now and then. */
static struct bytes trace(unsigned int records, unsigned int frame_bytes)
{
	struct vgpu_trace_writer_options options = { .frame_bytes = frame_bytes,
						     .frame_ms = 60000,
						     .flush_ms = 60000 };
	struct vgpu_trace_writer *w;
	int fd = memory_file(NULL, 0);
	uint8_t body[32] = { 0 };
	struct bytes file;
	uint64_t id = 1;

	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 5000);
	for (unsigned int i = 0; i < records; i++) {
		uint64_t ns = 1000 + 10 * i - (i % 7 == 3 ? 45 : 0);
		struct vgpu_trace_memory m = { .address = i, .bytes = body, .size = i % 32 };
		struct vgpu_trace_command c = { .id = id, .request = body, .request_size = 32 };

		if (i % 3 == 1 && (i < 200 || i > 300)) {
			assert_int_equal(vgpu_trace_write_command(w, ns, &c), 0);
			id += 1 + (i % 5 == 0);
		} else {
			assert_int_equal(vgpu_trace_write_memory(w, ns, &m), 0);
		}
	}
	assert_int_equal(vgpu_trace_writer_finish(w, 1000 + 10 * records), 0);
	vgpu_trace_writer_destroy(w);
	file = file_bytes(fd);
	close(fd);
	return file;
}

static struct seen seen_of(const struct vgpu_trace_record *r)
{
	return (struct seen) { .type = r->type,
			       .flags = r->flags,
			       .time_ns = r->time_ns,
			       .number = r->number,
			       .offset = r->offset,
			       .body_size = r->body_size,
			       .sum = sum_of(r->body, r->body_size) };
}

static struct all read_all(struct vgpu_trace_reader *reader)
{
	struct all all = { calloc(50000, sizeof(*all.seen)), calloc(50000, sizeof(uint64_t)), 0 };
	struct vgpu_trace_record r;

	assert_non_null(all.seen);
	assert_non_null(all.ids);
	for (; vgpu_trace_reader_next(reader, &r) == 1; all.n++) {
		assert_true(all.n < 50000);
		all.seen[all.n] = seen_of(&r);
		if (r.type == VGPU_TRACE_COMMAND)
			all.ids[all.n] = get64(r.body);
	}
	return all;
}

/* The next record must be number `i` of all of them, or the end. */
static void expect(struct vgpu_trace_reader *reader, const struct all *all, size_t i)
{
	struct vgpu_trace_record r;
	struct seen seen;

	if (i == all->n) {
		assert_int_equal(vgpu_trace_reader_next(reader, &r), 0);
		return;
	}
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	seen = seen_of(&r);
	assert_true(same_record(&seen, &all->seen[i]));
	assert_int_equal(seen.number, all->seen[i].number);
	assert_int_equal(seen.offset, all->seen[i].offset);
}

static void check_seeks(struct vgpu_trace_reader *reader, size_t step)
{
	struct all all = read_all(reader);
	uint64_t last_id = 0;

	assert_true(all.n > 2);
	for (size_t k = 0; k < all.n + 3; k += step) {
		size_t target = k * 7919 % (all.n + 3), i = target < all.n ? target : all.n;
		uint64_t number = target < all.n ? all.seen[i].number : UINT64_MAX;

		assert_int_equal(vgpu_trace_reader_seek_record(reader, number), 0);
		expect(reader, &all, i);
		if (i < all.n)
			expect(reader, &all, i + 1);
	}
	for (size_t k = 0; k < all.n; k++)
		last_id = all.ids[k] > last_id ? all.ids[k] : last_id;
	for (uint64_t k = 0; k < last_id + 3; k += step) {
		uint64_t id = k * 7919 % (last_id + 3);
		size_t i = 0;

		while (i < all.n && (!all.ids[i] || all.ids[i] < id))
			i++;
		assert_int_equal(vgpu_trace_reader_seek_command(reader, id), 0);
		expect(reader, &all, i);
	}
	for (size_t k = 0; k < all.n; k += step) {
		uint64_t ns = all.seen[k].time_ns + k % 3 - 1;
		size_t i = 0;

		while (i < all.n &&
		       (all.seen[i].time_ns < ns || all.seen[i].type == VGPU_TRACE_HEADER))
			i++;
		assert_int_equal(vgpu_trace_reader_seek_time(reader, ns), 0);
		expect(reader, &all, i);
	}
	free(all.seen);
	free(all.ids);
}

static void check_file(const void *data, size_t size, size_t step)
{
	struct vgpu_trace_reader *reader;
	int fd = memory_file(data, size);

	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	assert_int_equal(vgpu_trace_reader_set_ahead(reader, true), 0);
	check_seeks(reader, step);
	vgpu_trace_reader_close(reader);
	close(fd);
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, data, size), 0);
	check_seeks(reader, step);
	vgpu_trace_reader_close(reader);
}

/* Whole, uncompressed, cut, without a summary, put together. */
static void test_everywhere(void **state)
{
	struct bytes file = trace(500, 700), plain = unpack(file);
	uint8_t *twice = malloc(2 * file.size);
	struct vgpu_trace_summary summary;
	struct vgpu_trace_reader *reader;

	(void)state;
	check_file(file.data, file.size, 1);
	check_file(plain.data, plain.size, 3);
	check_file(file.data, file.size / 2, 3);
	check_file(file.data, file.size - 1, 3);
	assert_non_null(twice);
	memcpy(twice, file.data, file.size);
	memcpy(twice + file.size, file.data, file.size);
	check_file(twice, file.size + 1, 3); /* something behind the seek table */
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, twice, 2 * file.size), 0);
	assert_int_equal(vgpu_trace_reader_summary(reader, &summary, NULL), 0);
	vgpu_trace_reader_close(reader);
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, twice, file.size), 0);
	assert_int_equal(vgpu_trace_reader_summary(reader, &summary, NULL), 1);
	assert_int_equal(summary.records, 502);
	assert_int_equal(summary.raw_bytes, plain.size);
	assert_int_equal(summary.file_bytes, file.size);
	vgpu_trace_reader_close(reader);
	free(twice);
	free(plain.data);
	free(file.data);
}

/* So many frames that an entry of the summary stands for several. */
static void test_many_frames(void **state)
{
	struct bytes file = trace(40000, 64);

	(void)state;
	check_file(file.data, file.size, 997);
	free(file.data);
}

/* Reads the summary and little else. */
static void test_reads_little(void **state)
{
	struct bytes file = noise_trace(4000, 2000, 1u << 16);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;

	(void)state;
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, file.data, file.size), 0);
	assert_int_equal(vgpu_trace_reader_seek_record(reader, 3900), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.number, 3900);
	vgpu_trace_reader_status(reader, &status);
	assert_true(status.records < 100);
	vgpu_trace_reader_close(reader);
	free(file.data);
}

/* Damage where we want to go: what comes behind it, with its own number. */
static void test_damaged_target(void **state)
{
	struct bytes file = noise_trace(40, 150, 512);
	struct reading whole = read_bytes(file.data, file.size), damaged;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;

	(void)state;
	file.data[file.size / 2] ^= 0x55;
	damaged = read_bytes(file.data, file.size);
	assert_true(damaged.n < whole.n);
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, file.data, file.size), 0);
	for (size_t i = 0, k = 0; i < whole.n; i++) {
		while (damaged.seen[k].number < i)
			k++;
		assert_int_equal(vgpu_trace_reader_seek_record(reader, i), 0);
		assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
		assert_int_equal(r.number, damaged.seen[k].number);
		assert_int_equal(sum_of(r.body, r.body_size), damaged.seen[k].sum);
	}
	vgpu_trace_reader_close(reader);
	free(whole.seen);
	free(damaged.seen);
	free(file.data);
}

/* All that can be asked, of whatever a summary held. */
static void ask_all(struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_summary summary;
	struct vgpu_stats_command command;
	struct vgpu_stats_scanout scanout;
	struct vgpu_stats_process process;
	struct vgpu_stats_context context;
	struct vgpu_stats *stats;
	int n = vgpu_trace_reader_summary(reader, &summary, &stats);

	assert_in_range(n, 0, 1);
	if (!n)
		return;
	for (size_t i = 0; vgpu_stats_command(stats, i, &command); i++)
		;
	for (size_t i = 0; vgpu_stats_scanout(stats, i, &scanout); i++)
		;
	for (size_t i = 0; vgpu_stats_process(stats, i, &process); i++)
		assert_true(strnlen(process.comm, sizeof(process.comm)) < sizeof(process.comm));
	for (size_t i = 0; vgpu_stats_context(stats, i, &context); i++)
		assert_true(strnlen(context.name, sizeof(context.name)) < sizeof(context.name));
	vgpu_stats_destroy(stats);
}

/* A summary that lies, its checksum mended: nothing crashes or hangs. */
static void test_hostile_summary(void **state)
{
	struct bytes file = trace(100, 700);
	size_t at = file.size - 8;
	uint32_t size;

	(void)state;
	while (memcmp(file.data + at, "VGPUSUM", 8) != 0)
		at--;
	size = get32(file.data + at - 4);
	for (size_t k = 8; k < size - 8; k++) {
		uint8_t *p = file.data + at, before = p[k];
		struct vgpu_trace_reader *reader;
		struct vgpu_trace_record r;

		p[k] ^= k % 2 ? 0xff : 0x01;
		put64(p + size - 8, XXH64(p, size - 8, 0));
		assert_int_equal(vgpu_trace_reader_open_memory(&reader, file.data, file.size), 0);
		ask_all(reader);
		for (uint64_t target = 0; target < 100; target += 9) {
			assert_int_equal(vgpu_trace_reader_seek_record(reader, target), 0);
			vgpu_trace_reader_next(reader, &r);
			assert_int_equal(vgpu_trace_reader_seek_command(reader, target / 3), 0);
			vgpu_trace_reader_next(reader, &r);
			assert_int_equal(vgpu_trace_reader_seek_time(reader, 10 * target), 0);
			vgpu_trace_reader_next(reader, &r);
		}
		vgpu_trace_reader_close(reader);
		p[k] = before;
	}
	free(file.data);
}

/* A descriptor that stands somewhere in a file: the trace begins there. */
static void test_inside_a_file(void **state)
{
	struct bytes file = trace(200, 700);
	uint8_t *data = calloc(1, file.size + 1000);
	struct vgpu_trace_reader *reader;
	int fd;

	(void)state;
	assert_non_null(data);
	memcpy(data + 1000, file.data, file.size);
	fd = memory_file(data, file.size + 1000);
	assert_int_equal(lseek(fd, 1000, SEEK_SET), 1000);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	check_seeks(reader, 5);
	vgpu_trace_reader_close(reader);
	close(fd);
	free(data);
	free(file.data);
}

static void test_pipe(void **state)
{
	struct bytes file = trace(200, 700);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], file.data, file.size), (ssize_t)file.size);
	close(fds[1]);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fds[0]), 0);
	assert_int_equal(vgpu_trace_reader_seek_record(reader, 0), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.number, 0);
	assert_int_equal(vgpu_trace_reader_seek_record(reader, 150), 0);
	assert_int_equal(vgpu_trace_reader_seek_record(reader, 150), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.number, 150);
	assert_int_equal(vgpu_trace_reader_seek_record(reader, 150), -ESPIPE);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.number, 151);
	assert_int_equal(vgpu_trace_reader_seek_command(reader, 61), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.type, VGPU_TRACE_COMMAND);
	assert_int_equal(get64(r.body), 61);
	vgpu_trace_reader_close(reader);
	close(fds[0]);
	free(file.data);
}

static void test_types(void **state)
{
	struct bytes file = trace(200, 700);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	size_t commands = 0;

	(void)state;
	assert_int_equal(vgpu_trace_reader_open_memory(&reader, file.data, file.size), 0);
	vgpu_trace_reader_set_types(reader, 1u << VGPU_TRACE_COMMAND);
	for (; vgpu_trace_reader_next(reader, &r) == 1; commands++)
		assert_int_equal(r.type, VGPU_TRACE_COMMAND);
	assert_int_equal(commands, 67);
	vgpu_trace_reader_status(reader, &status);
	assert_int_equal(status.records, 202);
	assert_true(status.ended);
	vgpu_trace_reader_set_types(reader, 1u << VGPU_TRACE_MEMORY);
	assert_int_equal(vgpu_trace_reader_seek_command(reader, 10), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.type, VGPU_TRACE_MEMORY);
	vgpu_trace_reader_close(reader);
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everywhere),
		cmocka_unit_test(test_many_frames),
		cmocka_unit_test(test_reads_little),
		cmocka_unit_test(test_damaged_target),
		cmocka_unit_test(test_hostile_summary),
		cmocka_unit_test(test_inside_a_file),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
