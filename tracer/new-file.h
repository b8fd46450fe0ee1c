/* SPDX-License-Identifier: MIT */
/* The file that an editing subcommand writes: there when it is whole, else not. */
#ifndef TRACER_NEW_FILE_H
#define TRACER_NEW_FILE_H

#include <stdbool.h>

#include <vgpu/trace.h>

struct new_file {
	const char *path;
	char *temporary; /* written beside `path`, and renamed; NULL: written to directly */
	int fd;
	struct vgpu_trace_writer_options options;
	struct vgpu_trace_writer *writer;
	bool any; /* new_file_record() wrote something, the last of it at this time */
	unsigned long long last_ns;
	unsigned long long bytes; /* written by the writers that are finished */
};

/* "-" is standard output, but no terminal. `force`: over a file that exists. 0 or an exit status
 * after a message; close it only after 0. `options` may be NULL; its times mean nothing here. */
int new_file_open(struct new_file *o, const char *path, bool force,
		  const struct vgpu_trace_writer_options *options);

/* Write a record; a HEADER that is not the first begins another trace. 0 or an exit status after a
 * message. */
int new_file_record(struct new_file *o, const struct vgpu_trace_record *r);

/*
 * Finish the trace with this time and put the file in its place; when `status` says that the work
 * failed, or writing did, remove it. Returns the exit status, after a message where it changes.
 */
int new_file_close(struct new_file *o, int status, unsigned long long end_ns);

/* Finish the trace with this time: the file is all there, but not in its place. 0 or an exit status
 * after a message. */
int new_file_finish(struct new_file *o, unsigned long long end_ns);

/* Another trace follows in the same file. 0 or an exit status after a message. */
int new_file_next(struct new_file *o, unsigned long long end_ns);

/* Path or "-" for reading more than once: what is not seekable is copied to a file that has no
 * name. A descriptor, or -1 after a message. */
int input_open(const char *path);

#endif
