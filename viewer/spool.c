/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 5 /* between looks whether more has come */
#define STOP_MS 50

/* Seen by children too. */
struct shared {
	_Atomic uint64_t bytes; /* in the file */
	atomic_bool ended;
	atomic_int error;
};

struct view_spool {
	int from, file;
	char path[32];
	struct shared *shared;
	atomic_bool stop;
	bool running;
	pthread_t thread;
};

struct view_feed {
	int file, to;
	struct shared *shared;
	atomic_bool stop;
	pthread_t thread;
};

static int write_all(int fd, const char *bytes, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

static void *copy(void *data)
{
	struct view_spool *s = data;
	struct pollfd fd = { .fd = s->from, .events = POLLIN };
	char buffer[65536];
	int ret = 0;
	ssize_t n;

	while (!ret && !atomic_load(&s->stop)) {
		if (poll(&fd, 1, STOP_MS) <= 0)
			continue;
		n = read(s->from, buffer, sizeof(buffer));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		ret = write_all(s->file, buffer, (size_t)n);
		if (!ret)
			atomic_fetch_add(&s->shared->bytes, (uint64_t)n);
	}
	atomic_store(&s->shared->error, ret);
	atomic_store(&s->shared->ended, true);
	return NULL;
}

int view_spool_create(struct view_spool **out, int fd)
{
	const char *folder = getenv("TMPDIR");
	struct view_spool *s = calloc(1, sizeof(*s));
	int ret;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->from = fd;
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	s->file =
		open(folder && *folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ret = s->shared == MAP_FAILED ? -ENOMEM : s->file < 0 ? -errno : 0;
	if (s->shared == MAP_FAILED)
		s->shared = NULL;
	if (!ret) {
		snprintf(s->path, sizeof(s->path), "/proc/self/fd/%d", s->file);
		ret = -pthread_create(&s->thread, NULL, copy, s);
		s->running = !ret;
	}
	if (ret)
		view_spool_destroy(s);
	else
		*out = s;
	return ret;
}

int view_spool_wait(struct view_spool *s)
{
	if (s->running)
		pthread_join(s->thread, NULL);
	s->running = false;
	return atomic_load(&s->shared->error);
}

void view_spool_destroy(struct view_spool *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	if (s->running)
		pthread_join(s->thread, NULL);
	if (s->file >= 0)
		close(s->file);
	if (s->shared)
		munmap(s->shared, sizeof(*s->shared));
	free(s);
}

const char *view_spool_path(const struct view_spool *s)
{
	return s->path;
}

/* Into the pipe, waiting for room there. False when nobody wants it any more. */
static bool give(struct view_feed *f, const char *bytes, size_t size)
{
	struct pollfd fd = { .fd = f->to, .events = POLLOUT };
	ssize_t n;

	while (size && !atomic_load(&f->stop)) {
		n = write(f->to, bytes, size);
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			poll(&fd, 1, STOP_MS);
		} else if (n < 0 && errno != EINTR) {
			return false;
		}
	}
	return !size;
}

static void *feed(void *data)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
	struct view_feed *f = data;
	uint64_t at = 0, bytes;
	char buffer[65536];
	bool ended;
	ssize_t n;

	while (!atomic_load(&f->stop)) {
		ended = atomic_load(&f->shared->ended);
		bytes = atomic_load(&f->shared->bytes);
		if (at == bytes) {
			if (ended)
				break;
			nanosleep(&pause, NULL);
			continue;
		}
		n = pread(f->file, buffer,
			  bytes - at < sizeof(buffer) ? bytes - at : sizeof(buffer), (off_t)at);
		if (n <= 0 || !give(f, buffer, (size_t)n))
			break;
		at += (uint64_t)n;
	}
	close(f->to);
	return NULL;
}

int view_feed_create(struct view_feed **out, const struct view_spool *s, int *fd)
{
	struct view_feed *f = calloc(1, sizeof(*f));
	sigset_t pipe_only, before;
	int pair[2], ret;

	*out = NULL;
	if (!f)
		return -ENOMEM;
	if (pipe2(pair, O_CLOEXEC)) {
		free(f);
		return -errno;
	}
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	f->file = s->file;
	f->shared = s->shared;
	f->to = pair[1];
	/* That the reader went away is no reason for the process to end. */
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	ret = -pthread_create(&f->thread, NULL, feed, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret) {
		close(pair[0]);
		close(pair[1]);
		free(f);
		return ret;
	}
	*fd = pair[0];
	*out = f;
	return 0;
}

void view_feed_destroy(struct view_feed *f)
{
	if (!f)
		return;
	atomic_store(&f->stop, true);
	pthread_join(f->thread, NULL);
	free(f);
}
