/* SPDX-License-Identifier: MIT */
/* A descriptor read through a window that can be looked at before it is consumed. */
#ifndef FORMATS_INPUT_H
#define FORMATS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	int fd;
	uint8_t *buffer;
	size_t start, end, room;
	uint64_t offset; /* in the file, of the window's first byte */
	bool eof;
	int error; /* sticky -errno */
};

void input_init(struct input *in, int fd);
void input_finish(struct input *in);

/*
 * Try to have `size` bytes in the window; how many there are (fewer at the end of the file or after
 * an error, often more). The buffer grows only with what was really read.
 */
size_t input_need(struct input *in, size_t size);

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
