/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new-file.h"
#include "tool.h"
#include "unfinished.h"

/* Records come faster than they are compressed: more that wait only take memory. */
#define QUEUE_BYTES (4u << 20)

static int complain(const char *path, int err)
{
	fprintf(stderr, "vgpu-trace: %s: %s\n", path, tool_strerror(err));
	return TOOL_FAILED;
}

static int open_file(struct new_file *o, bool force)
{
	struct stat st;
	bool exists = stat(o->path, &st) == 0;

	/* Devices and pipes have no place to be renamed to. */
	if (exists && !S_ISREG(st.st_mode)) {
		o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
		return o->fd < 0 ? complain(o->path, -errno) : 0;
	}
	if (exists && !force) {
		fprintf(stderr, "vgpu-trace: %s exists: -f overwrites it\n", o->path);
		return TOOL_FAILED;
	}
	if (asprintf(&o->temporary, "%s.XXXXXX", o->path) < 0) {
		o->temporary = NULL;
		return complain(o->path, -ENOMEM);
	}
	o->fd = unfinished_create(o->temporary); /* with mode 0600 */
	if (o->fd >= 0)
		return 0;
	complain(o->path, -errno);
	free(o->temporary);
	o->temporary = NULL;
	return TOOL_FAILED;
}

static int open_writer(struct new_file *o)
{
	int err = vgpu_trace_writer_create(&o->writer, o->fd, &o->options);

	return err ? complain(o->path, err) : 0;
}

int new_file_open(struct new_file *o, const char *path, bool force,
		  const struct vgpu_trace_writer_options *options)
{
	int err;

	*o = (struct new_file) { .path = path, .fd = STDOUT_FILENO };
	if (options)
		o->options = *options;
	if (!o->options.queue_bytes)
		o->options.queue_bytes = QUEUE_BYTES;
	o->options.frame_ms = o->options.flush_ms = UINT32_MAX; /* nobody waits for them */
	if (strcmp(path, "-") != 0) {
		err = open_file(o, force);
		if (err)
			return err;
	} else if (isatty(STDOUT_FILENO)) {
		fputs("vgpu-trace: a trace is no text: not to a terminal\n", stderr);
		return TOOL_FAILED;
	}
	return open_writer(o) ? new_file_close(o, TOOL_FAILED, 0) : 0;
}

/* 0 or -errno. */
static int finish(struct new_file *o, unsigned long long end_ns)
{
	struct vgpu_trace_writer_stats stats;
	int err;

	if (!o->writer)
		return 0;
	err = vgpu_trace_writer_finish(o->writer, end_ns);
	vgpu_trace_writer_stats(o->writer, &stats);
	o->bytes += stats.file_bytes;
	vgpu_trace_writer_destroy(o->writer);
	o->writer = NULL;
	return err;
}

int new_file_finish(struct new_file *o, unsigned long long end_ns)
{
	int err = finish(o, end_ns);

	return err ? complain(o->path, err) : 0;
}

int new_file_next(struct new_file *o, unsigned long long end_ns)
{
	int err = new_file_finish(o, end_ns);

	return err ? err : open_writer(o);
}

int new_file_record(struct new_file *o, const struct vgpu_trace_record *r)
{
	int err = 0;

	if (r->type == VGPU_TRACE_HEADER && o->any)
		err = new_file_next(o, o->last_ns);
	if (err)
		return err;
	o->any = true;
	o->last_ns = r->time_ns;
	err = vgpu_trace_write(o->writer, r->type, r->flags, r->time_ns, r->body, r->body_size);
	return err ? complain(o->path, err) : 0;
}

int new_file_close(struct new_file *o, int status, unsigned long long end_ns)
{
	bool good = status == TOOL_OK || status == TOOL_LOSSY;
	int err = 0;

	if (good)
		err = finish(o, end_ns);
	vgpu_trace_writer_destroy(o->writer);
	if (o->fd != STDOUT_FILENO && close(o->fd) && !err)
		err = -errno;
	if (good && !err && o->temporary && rename(o->temporary, o->path))
		err = -errno;
	if (o->temporary && (!good || err))
		unlink(o->temporary);
	unfinished_end();
	free(o->temporary);
	return err ? complain(o->path, err) : status;
}

/* The rest of `from` into a file that goes away with its descriptor. */
static int spool(int from)
{
	const char *dir = getenv("TMPDIR");
	char path[4096], buffer[65536];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/vgpu-XXXXXX", dir && *dir ? dir : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		complain(path, -errno);
		return -1;
	}
	unlink(path);
	while ((n = read(from, buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR)) {
		for (ssize_t done = 0, k; done < n; done += k) {
			k = write(fd, buffer + done, (size_t)(n - done));
			if (k < 0) {
				complain(path, -errno);
				close(fd);
				return -1;
			}
		}
	}
	if (n < 0) {
		complain("-", -errno);
		close(fd);
		return -1;
	}
	return fd;
}

int input_open(const char *path)
{
	int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO, copy;

	if (fd < 0) {
		complain(path, -errno);
		return -1;
	}
	if (lseek(fd, 0, SEEK_CUR) >= 0)
		return fd;
	copy = spool(fd);
	if (fd != STDIN_FILENO)
		close(fd);
	return copy;
}
