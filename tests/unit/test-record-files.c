/* SPDX-License-Identifier: MIT */
/* The files of a recording: their names, their number, who may read them. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "record/record.h"

static void names(const struct record_files *f, const char *first, const char *second,
		  const char *last, uint32_t number)
{
	char name[RECORD_NAME_MAX];

	assert_int_equal(record_files_name(f, 0, 0, name, sizeof(name)), 0);
	assert_string_equal(name, first);
	assert_int_equal(record_files_name(f, 1, 0, name, sizeof(name)), 0);
	assert_string_equal(name, second);
	assert_int_equal(record_files_name(f, number, 0, name, sizeof(name)), 0);
	assert_string_equal(name, last);
}

static void names_are_those_of_tcpdump(void **state)
{
	struct record_files size = { .pattern = "a%d.vgpu.zst", .bytes = 1 };
	struct record_files ring = { .pattern = "d/a", .bytes = 1, .count = 12 };
	struct record_files one = { .pattern = ".vgpu.zst", .bytes = 1, .count = 1 };
	struct record_files time = { .pattern = "a-%Y.vgpu.zst", .seconds = 1, .count = 3 };
	struct record_files both = {
		.pattern = "a-%Y.vgpu.zst", .bytes = 1, .seconds = 1, .count = 3
	};
	char name[16];

	(void)state;
	names(&size, "a%d.vgpu.zst", "a%d1.vgpu.zst", "a%d123.vgpu.zst", 123);
	names(&ring, "d/a00", "d/a01", "d/a01", 13);
	names(&one, ".vgpu.zst0", ".vgpu.zst0", ".vgpu.zst0", 2);
	names(&time, "a-1970.vgpu.zst", "a-1970.vgpu.zst", "a-1970.vgpu.zst", 7);
	names(&both, "a-19700.vgpu.zst", "a-19701.vgpu.zst", "a-19707.vgpu.zst", 7);
	assert_int_equal(record_files_name(&time, 0, 0, name, 15), -ENAMETOOLONG);
}

static int open_next(struct record_files *f, char *why)
{
	int fd = record_files_open(f, why, 256);
	struct stat st;

	if (fd < 0)
		return -1;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	return 0;
}

static void a_ring_goes_round(void **state)
{
	struct record_files f = { .pattern = "a.vgpu.zst", .bytes = 100, .count = 2 };
	struct record_files other = f;
	char why[256];

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(open_next(&f, why), 0);
	assert_string_equal(f.name, "a0.vgpu.zst");
	assert_false(record_files_all(&f));
	assert_int_equal(access("a1.vgpu.zst", F_OK), 0);
	assert_int_equal(access("a2.vgpu.zst", F_OK), -1);
	/* Another recording does not write over them, even when only a later one is there. */
	unlink("a0.vgpu.zst");
	assert_int_equal(open_next(&other, why), -1);
	assert_string_equal(why, "a1.vgpu.zst exists: -f overwrites it");
	other.force = true;
	assert_int_equal(chmod("a1.vgpu.zst", 0644), 0);
	assert_int_equal(open_next(&other, why), 0);
	assert_int_equal(open_next(&other, why), 0);
	unlink("a0.vgpu.zst");
	unlink("a1.vgpu.zst");
	assert_int_equal(record_files_finish(&f), 0);
}

/* Answers are still written to a file when the next one has its name. */
static void the_same_name_is_another_file(void **state)
{
	struct record_files f = { .pattern = "same.vgpu.zst", .seconds = 1 };
	struct stat st;
	char why[256];
	int first, second;

	(void)state;
	first = record_files_open(&f, why, sizeof(why));
	second = record_files_open(&f, why, sizeof(why));
	assert_true(first >= 0 && second >= 0);
	assert_int_equal(write(first, "late", 4), 4);
	assert_int_equal(stat("same.vgpu.zst", &st), 0);
	assert_int_equal(st.st_size, 0);
	close(first);
	close(second);
	unlink("same.vgpu.zst");
}

static void the_oldest_goes(void **state)
{
	struct record_files f = {
		.pattern = "b%%.vgpu.zst", .bytes = 100, .seconds = 9, .count = 2
	};
	char why[256];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(open_next(&f, why), 0);
	assert_int_equal(access("b%0.vgpu.zst", F_OK), -1);
	assert_int_equal(access("b%1.vgpu.zst", F_OK), -1);
	assert_int_equal(unlink("b%2.vgpu.zst"), 0);
	assert_int_equal(unlink("b%3.vgpu.zst"), 0);
	assert_int_equal(record_files_finish(&f), 0);
}

static void a_full_file_is_told(void **state)
{
	struct record_files size = { .bytes = 100 }, time = { .seconds = 2, .count = 3 };

	(void)state;
	assert_false(record_files_due(&size, 99, UINT64_MAX));
	assert_true(record_files_due(&size, 100, 0));
	assert_false(record_files_due(&time, UINT64_MAX, 1999999999));
	assert_true(record_files_due(&time, 0, 2000000000));
	time.number = 2;
	assert_false(record_files_all(&time));
	time.number = 3;
	assert_true(record_files_all(&time));
}

/* Another thread finishes it: it is whole, and its size is counted. */
static void a_full_file_is_finished(void **state)
{
	struct record_files f = { .pattern = "c.vgpu.zst", .seconds = 1 };
	struct vgpu_trace_header header = { .clock = 1 };
	struct vgpu_trace_writer *writer;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	char why[256];
	int fd;

	(void)state;
	fd = record_files_open(&f, why, sizeof(why));
	assert_true(fd >= 0);
	assert_int_equal(record_files_writer(&writer, fd, 1 << 20, NULL), 0);
	assert_int_equal(vgpu_trace_write_header(writer, 1, &header), 0);
	record_files_close(&f, writer, fd, 5);
	while (record_files_closing(&f))
		usleep(1000);
	assert_int_equal(record_files_finish(&f), 0);
	assert_true(f.closed_bytes > 100);
	assert_int_equal(vgpu_trace_reader_open(&reader, "c.vgpu.zst"), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1)
		;
	vgpu_trace_reader_status(reader, &status);
	assert_false(status.cut);
	assert_int_equal(status.file_bytes, f.closed_bytes);
	vgpu_trace_reader_close(reader);
	unlink("c.vgpu.zst");
}

/* A recording that did not come about takes its file away, and nothing else. */
static void only_files_are_removed(void **state)
{
	struct record_files f = { .pattern = "d.vgpu", .force = true };
	char why[256];
	int fd;

	(void)state;
	fd = record_files_open(&f, why, sizeof(why));
	assert_true(fd >= 0);
	close(fd);
	record_files_remove(&f);
	assert_int_equal(access("d.vgpu", F_OK), -1);

	assert_int_equal(mkfifo("d.vgpu", 0600), 0);
	fd = open("d.vgpu", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	close(record_files_open(&f, why, sizeof(why)));
	record_files_remove(&f);
	assert_int_equal(unlink("d.vgpu"), 0);
	close(fd);
}

static int enter_directory(void **state)
{
	static char template[] = "/tmp/vgpu-files-XXXXXX";

	*state = mkdtemp(template);
	setenv("TZ", "UTC", 1);
	return *state ? chdir(*state) : -1;
}

static int leave_directory(void **state)
{
	return chdir("/") || rmdir(*state) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_tcpdump),
		cmocka_unit_test(a_ring_goes_round),
		cmocka_unit_test(the_same_name_is_another_file),
		cmocka_unit_test(the_oldest_goes),
		cmocka_unit_test(a_full_file_is_told),
		cmocka_unit_test(a_full_file_is_finished),
		cmocka_unit_test(only_files_are_removed),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
