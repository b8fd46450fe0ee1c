/* SPDX-License-Identifier: MIT */
/* Whose shaders are kept, where, how many, and for whom there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "shader-cache.h"

struct fixture {
	char dir[32], trace[48], root[64];
	struct shader_cache cache, other;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/vgpu-shaders-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->trace, sizeof(f->trace), "%s/trace", f->dir);
	snprintf(f->root, sizeof(f->root), "%s/vgpu/shaders", f->dir);
	setenv("XDG_CACHE_HOME", f->dir, 1);
	*state = f;
	return 0;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nftw(f->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A sparse one counts as long, and takes nothing. */
static void write_long(const char *path, off_t size)
{
	write_file(path, "x");
	assert_int_equal(truncate(path, size), 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

/* The folder of a trace of these bytes. */
static void open_as(struct fixture *f, struct shader_cache *c, const char *bytes)
{
	write_file(f->trace, bytes);
	shader_cache_open(c, f->trace);
}

/* Something in it, so that it is kept: `bytes` of them on the disk. */
static void fill(const struct shader_cache *c, size_t bytes)
{
	char path[sizeof(c->path) + 8], *text = malloc(bytes + 1);

	snprintf(path, sizeof(path), "%s/in", c->path);
	assert_true(!mkdir(path, 0700) || size_of(path) >= 0);
	snprintf(path, sizeof(path), "%s/in/foz", c->path);
	memset(text, 'x', bytes);
	text[bytes] = '\0';
	write_file(path, text);
	free(text);
}

static void test_by_content(void **state)
{
	struct fixture *f = *state;
	char secret[sizeof(f->root) + 8];
	struct stat st;

	open_as(f, &f->cache, "one");
	assert_true(f->cache.path[0]);
	assert_string_equal(f->cache.root, f->root);
	assert_int_equal(stat(f->cache.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(secret, sizeof(secret), "%s/secret", f->root);
	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	open_as(f, &f->other, "one");
	assert_string_equal(f->other.path, f->cache.path);
	open_as(f, &f->other, "two");
	assert_string_not_equal(f->other.path, f->cache.path);
	/* Another user's name for the same trace cannot be told. */
	unlink(secret);
	open_as(f, &f->other, "one");
	assert_string_not_equal(f->other.path, f->cache.path);
	/* A secret that was cut is none. */
	assert_int_equal(truncate(secret, 100), 0);
	open_as(f, &f->cache, "one");
	assert_true(f->cache.path[0]);
	assert_string_not_equal(f->other.path, f->cache.path);
	assert_int_equal(size_of(secret), 192);
}

static void expect_none(struct fixture *f, const char *trace)
{
	shader_cache_open(&f->cache, trace);
	assert_string_equal(f->cache.path, "");
	shader_cache_bound(&f->cache);
	unsetenv("MESA_SHADER_CACHE_DIR");
	shader_cache_use(&f->cache);
	assert_string_equal(getenv("MESA_SHADER_CACHE_DISABLE"), "true");
	assert_null(getenv("MESA_SHADER_CACHE_DIR"));
	shader_cache_close(&f->cache);
	unsetenv("MESA_SHADER_CACHE_DISABLE");
}

static void test_none(void **state)
{
	struct fixture *f = *state;
	char path[64];

	expect_none(f, NULL);
	expect_none(f, "-");
	expect_none(f, f->trace);
	/* Nobody writes to it: it must not be waited for. */
	assert_int_equal(mkfifo(f->trace, 0600), 0);
	expect_none(f, f->trace);
	unlink(f->trace);
	write_long(f->trace, SHADER_CACHE_TRACE);
	shader_cache_open(&f->cache, f->trace);
	assert_true(f->cache.path[0]);
	write_long(f->trace, SHADER_CACHE_TRACE + 1);
	expect_none(f, f->trace);
	write_file(f->trace, "one");
	/* Others could put something there. */
	assert_int_equal(chmod(f->root, 0770), 0);
	expect_none(f, f->trace);
	assert_int_equal(chmod(f->root, 0700), 0);
	setenv("XDG_CACHE_HOME", f->trace, 1);
	expect_none(f, f->trace);
	/* What is relative does not count: then it is in the home. */
	setenv("XDG_CACHE_HOME", "cache", 1);
	setenv("HOME", f->dir, 1);
	shader_cache_open(&f->cache, f->trace);
	snprintf(path, sizeof(path), "%s/.cache/vgpu/shaders", f->dir);
	assert_string_equal(f->cache.root, path);
	setenv("HOME", "", 1);
	expect_none(f, f->trace);
}

static void test_use(void **state)
{
	struct fixture *f = *state;

	open_as(f, &f->cache, "one");
	shader_cache_use(&f->cache);
	assert_string_equal(getenv("MESA_SHADER_CACHE_DIR"), f->cache.path);
	assert_string_equal(getenv("MESA_DISK_CACHE_SINGLE_FILE"), "true");
	assert_null(getenv("MESA_SHADER_CACHE_DISABLE"));
	fill(&f->cache, 10);
	f->other = f->cache;
	shader_cache_close(&f->cache);
	assert_true(size_of(f->other.path) >= 0);
	/* One in which nothing was put does not stay. */
	open_as(f, &f->cache, "two");
	f->other = f->cache;
	assert_true(size_of(f->other.path) >= 0);
	shader_cache_close(&f->cache);
	assert_int_equal(size_of(f->other.path), -1);
}

static void test_bound(void **state)
{
	struct fixture *f = *state;
	char path[sizeof(f->cache.path) + 8];

	open_as(f, &f->cache, "one");
	fill(&f->cache, 10);
	snprintf(path, sizeof(path), "%s/in/foz", f->cache.path);
	write_long(path, SHADER_CACHE_FILE);
	shader_cache_bound(&f->cache);
	assert_int_equal(size_of(path), SHADER_CACHE_FILE);
	assert_false(f->cache.over);
	/* It looked just now, so not at once. */
	write_long(path, SHADER_CACHE_FILE + 1);
	while (!f->cache.over)
		shader_cache_bound(&f->cache);
	assert_int_equal(size_of(path), 0);
	shader_cache_close(&f->cache);
	assert_int_equal(size_of(path), -1);
	/* It is looked at when all is over, whenever that was before. */
	open_as(f, &f->cache, "one");
	fill(&f->cache, 10);
	shader_cache_bound(&f->cache);
	write_long(path, SHADER_CACHE_FILE + 1);
	shader_cache_close(&f->cache);
	assert_int_equal(size_of(path), -1);
}

/* Writes more than it may, and sees it go. */
static int greedy(void *data)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	const struct shader_cache *c = data;
	char path[sizeof(c->path) + 8];

	snprintf(path, sizeof(path), "%s/foz", c->path);
	write_long(path, SHADER_CACHE_FILE + 1);
	while (size_of(path))
		nanosleep(&nap, NULL);
	_exit(0);
}

static void test_child(void **state)
{
	struct fixture *f = *state;
	struct child_progress *progress = child_progress_create();
	struct child_limits limits = { .seconds = 100, .shaders = &f->cache };
	struct files files = { .socket = -1 };
	struct child_result result;

	assert_non_null(progress);
	progress->begun_ns = report_clock();
	open_as(f, &f->cache, "one");
	assert_int_equal(child_run(greedy, &f->cache, &files, progress, &limits, &result), 0);
	assert_int_equal(result.fate, CHILD_EXITED);
	assert_int_equal(result.value, 0);
	assert_true(f->cache.over);
	child_progress_destroy(progress);
}

static void test_prune(void **state)
{
	struct fixture *f = *state;
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char paths[6][sizeof(f->cache.path)], bytes[2] = "a", secret[sizeof(f->root) + 8];
	struct timespec used[2];
	int i;

	for (i = 0; i < 6; i++, bytes[0]++) {
		open_as(f, &f->cache, bytes);
		assert_true(f->cache.made);
		fill(&f->cache, 100000);
		strcpy(paths[i], f->cache.path);
		used[0] = used[1] = (struct timespec) { .tv_sec = 2000 + i };
		assert_int_equal(utimensat(AT_FDCWD, paths[i], used, 0), 0);
	}
	shader_cache_prune(&f->cache, UINT64_MAX, 6);
	for (i = 0; i < 6; i++)
		assert_true(size_of(paths[i]) >= 0);
	/* It makes room for itself once. */
	open_as(f, &f->cache, "f");
	assert_false(f->cache.made);
	utimensat(AT_FDCWD, paths[5], used, 0);
	/* The one that was used last stays, however old its shaders are. */
	open_as(f, &f->cache, "a");
	shader_cache_prune(&f->cache, UINT64_MAX, 5);
	assert_true(size_of(paths[0]) >= 0);
	assert_int_equal(size_of(paths[1]), -1);
	/* 100,000 bytes are a little more on a disk: three do not fit. */
	shader_cache_prune(&f->cache, 250000, 5);
	assert_true(size_of(paths[0]) >= 0);
	assert_int_equal(size_of(paths[2]), -1);
	assert_int_equal(size_of(paths[3]), -1);
	assert_int_equal(size_of(paths[4]), -1);
	assert_true(size_of(paths[5]) >= 0);
	/* Only traces' folders are its own. */
	snprintf(secret, sizeof(secret), "%s/secret", f->root);
	assert_int_equal(utimensat(AT_FDCWD, secret, old, 0), 0);
	shader_cache_prune(&f->cache, 0, 0);
	assert_int_equal(size_of(paths[0]), -1);
	assert_int_equal(size_of(secret), 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_content, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prune, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
