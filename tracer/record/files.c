/* SPDX-License-Identifier: MIT */
/*
 * The files of a recording: one, or with -C and -G one after the other, named and kept as tcpdump
 * does. A full file is finished by another thread, so that the rings are emptied meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

#define PIPE_FLUSH_MS 50
#define PATTERN       "vgpu-%Y%m%d-%H%M%S.vgpu.zst"
#define EXTENSION     ".vgpu.zst"

/* Where the number of a file goes: before the extension, so that it stays what it is. */
static size_t number_place(const char *name)
{
	size_t size = strlen(name), extension = strlen(EXTENSION);

	if (size > extension && !strcmp(name + size - extension, EXTENSION) &&
	    name[size - extension - 1] != '/')
		return size - extension;
	return size;
}

static int digits(uint32_t n)
{
	int count = 1;

	for (; n >= 10; n /= 10)
		count++;
	return count;
}

int record_files_name(const struct record_files *f, uint32_t number, time_t now, char *out,
		      size_t size)
{
	char name[RECORD_NAME_MAX];
	struct tm tm;
	int n = 0;

	if (f->pattern && !f->seconds)
		n = snprintf(name, sizeof(name), "%s", f->pattern);
	else
		n = (int)strftime(name, sizeof(name), f->pattern ? f->pattern : PATTERN,
				  localtime_r(&now, &tm));
	if (n <= 0 || (size_t)n >= sizeof(name))
		return -ENAMETOOLONG;
	/* By size the names are equal but for the number; the first has none, unless they go round. */
	if (f->bytes && (number || f->count)) {
		size_t place = number_place(name);

		n = snprintf(out, size, "%.*s%0*u%s", (int)place, name,
			     f->count ? digits(f->count - 1) : 0,
			     f->count && !f->seconds ? number % f->count : number, name + place);
	} else {
		n = snprintf(out, size, "%s", name);
	}
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

bool record_files_are_many(const struct record_files *f)
{
	return f->bytes || f->seconds;
}

/* Those that others may have: before the first is written, none of the round may exist. */
static int refuse_others(const struct record_files *f, char *why, size_t why_size)
{
	uint32_t count = f->bytes && f->count && !f->seconds ? f->count : 1;
	char name[RECORD_NAME_MAX];

	for (uint32_t i = 0; i < count && !f->force; i++) {
		if (record_files_name(f, i, time(NULL), name, sizeof(name)) || access(name, F_OK))
			continue;
		snprintf(why, why_size, "%s exists: -f overwrites it", name);
		return -1;
	}
	return 0;
}

/* The oldest goes, where names do not go round by themselves. */
static void forget_oldest(struct record_files *f, const char *name)
{
	char *oldest;

	if (!f->names)
		return;
	oldest = f->names[f->number % f->count];
	if (oldest && strcmp(oldest, name))
		unlink(oldest);
	free(oldest);
	f->names[f->number % f->count] = strdup(name);
}

static int open_file(struct record_files *f, const char *name, bool ours)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (f->force || ours ? 0 : O_EXCL);
	struct stat st;
	int fd, error;

	/* Another file of the same name: the one before may still be written to. */
	if (ours && unlink(name) && errno != ENOENT)
		return -errno;
	fd = open(name, flags, 0600);
	if (fd < 0)
		return -errno;
	/* What is overwritten may have been readable by others; its new content is not. */
	if (!fstat(fd, &st) && (!S_ISREG(st.st_mode) || (!fchmod(fd, 0600) && !ftruncate(fd, 0))))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

void record_files_remove(const struct record_files *f)
{
	struct stat st;

	if (strcmp(f->name, "-") && !stat(f->name, &st) && S_ISREG(st.st_mode))
		unlink(f->name);
}

/* Overwritten without a word: names that go round, or may come again with the time. */
static bool is_ours(const struct record_files *f)
{
	return f->number && (f->seconds || (f->count && f->number >= f->count));
}

int record_files_open(struct record_files *f, char *why, size_t why_size)
{
	char name[RECORD_NAME_MAX];
	int fd, error;

	if (f->pattern && !strcmp(f->pattern, "-")) {
		snprintf(f->name, sizeof(f->name), "-");
		if (!isatty(STDOUT_FILENO))
			return STDOUT_FILENO;
		snprintf(why, why_size, "a trace is no text: not to a terminal");
		return -1;
	}
	if (!f->number && refuse_others(f, why, why_size))
		return -1;
	if (f->bytes && f->seconds && f->count && !f->names)
		f->names = calloc(f->count, sizeof(*f->names));
	error = record_files_name(f, f->number, time(NULL), name, sizeof(name));
	fd = error ? error : open_file(f, name, is_ours(f));
	if (fd < 0) {
		snprintf(why, why_size, "%s: %s", error ? f->pattern : name, strerror(-fd));
		return -1;
	}
	forget_oldest(f, name);
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->number++;
	return fd;
}

bool record_files_due(const struct record_files *f, uint64_t bytes, uint64_t age_ns)
{
	return (f->bytes && bytes >= f->bytes) ||
	       (f->seconds && age_ns / 1000000000u >= f->seconds);
}

bool record_files_all(const struct record_files *f)
{
	return f->count && f->seconds && !f->bytes && f->number >= f->count;
}

struct creation {
	struct vgpu_trace_writer **out;
	struct vgpu_trace_writer_options options;
	int fd, error;
};

/* Threads begin with the priority of the one that makes them. */
static void be_ordinary(void)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), 0);
}

static void *create_writer(void *data)
{
	struct creation *c = data;

	be_ordinary();
	c->error = vgpu_trace_writer_create(c->out, c->fd, &c->options);
	return NULL;
}

int record_files_writer(struct vgpu_trace_writer **out, int fd, uint32_t queue_bytes,
			struct record_keeper *keeper)
{
	struct creation c = {
		.out = out,
		.options.queue_bytes = queue_bytes,
		.options.hurry = true,
		.options.hurry_nice = RECORD_READER_NICE,
		.fd = fd,
	};
	pthread_t thread;
	struct stat st;
	int error;

	/* Somebody is looking at what comes through a pipe. */
	if (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		c.options.flush_ms = PIPE_FLUSH_MS;
	if (keeper) {
		c.options.tap = record_keeper_add;
		c.options.tap_data = keeper;
	}
	error = pthread_create(&thread, NULL, create_writer, &c);

	if (error)
		return -error;
	pthread_join(thread, NULL);
	return c.error;
}

static void *finish_file(void *data)
{
	struct record_files *f = data;
	struct vgpu_trace_writer_stats stats;
	int error;

	be_ordinary();
	error = vgpu_trace_writer_finish(f->closing, f->closing_ns);
	vgpu_trace_writer_stats(f->closing, &stats);
	vgpu_trace_writer_destroy(f->closing);
	if (close(f->closing_fd) && !error)
		error = -errno;
	f->closed_bytes += stats.file_bytes;
	f->error = f->error ? f->error : error;
	__atomic_store_n(&f->closed, true, __ATOMIC_RELEASE);
	return NULL;
}

bool record_files_closing(struct record_files *f)
{
	if (f->closing && __atomic_load_n(&f->closed, __ATOMIC_ACQUIRE)) {
		pthread_join(f->closer, NULL);
		f->closing = NULL;
	}
	return f->closing;
}

void record_files_close(struct record_files *f, struct vgpu_trace_writer *writer, int fd,
			uint64_t now)
{
	int error;

	f->closing = writer;
	f->closing_fd = fd;
	f->closing_ns = now;
	f->closed = false;
	if (!pthread_create(&f->closer, NULL, finish_file, f))
		return;
	/* No thread to be had: it is done here, and the rings have to wait. */
	error = vgpu_trace_writer_finish(writer, now);
	vgpu_trace_writer_destroy(writer);
	if (close(fd) && !error)
		error = -errno;
	f->error = f->error ? f->error : error;
	f->closing = NULL;
}

int record_files_finish(struct record_files *f)
{
	if (f->closing)
		pthread_join(f->closer, NULL);
	f->closing = NULL;
	for (uint32_t i = 0; f->names && i < f->count; i++)
		free(f->names[i]);
	free(f->names);
	f->names = NULL;
	return f->error;
}
