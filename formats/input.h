/* SPDX-License-Identifier: MIT */
/* A descriptor, or memory, read through a window that can be looked at before it is consumed. */
#ifndef FORMATS_INPUT_H
#define FORMATS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	int fd;                /* -1: memory */
	const uint8_t *memory; /* the caller's, `size` bytes: the window's buffer itself */
	uint64_t size, base;   /* of what can be gone through again; where it begins in the file */
	bool again;            /* it can be: a regular file or memory */
	uint8_t *buffer;
	size_t start, end, room;
	uint64_t offset; /* in the file, of the window's first byte */
	bool eof;
	int error; /* sticky -errno */
};

void input_init(struct input *in, int fd);
void input_init_memory(struct input *in, const void *data, size_t size);
void input_finish(struct input *in);

/*
 * Try to have `size` bytes in the window; how many there are (fewer at the end of the file or after
 * an error, often more). The buffer grows only with what was really read.
 */
size_t input_need(struct input *in, size_t size);

/*
 * Go on at `offset`, which is not behind the end. 0 or -errno: -ESPIPE where nothing can be gone
 * through again.
 */
int input_seek(struct input *in, uint64_t offset);
/* `size` bytes at `offset`, whatever the window shows. False: they are not there. */
bool input_read_at(const struct input *in, uint64_t offset, void *out, size_t size);

static inline size_t input_available(const struct input *in)
{
	return in->end - in->start;
}

static inline const uint8_t *input_data(const struct input *in)
{
	return in->buffer + in->start;
}

/* Consume `size` bytes of the window. */
static inline void input_skip(struct input *in, size_t size)
{
	in->start += size;
	in->offset += size;
}

#endif
