/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"

#define READ_SIZE (128u << 10)

void input_init(struct input *in, int fd)
{
	memset(in, 0, sizeof(*in));
	in->fd = fd;
}

void input_finish(struct input *in)
{
	free(in->buffer);
	in->buffer = NULL;
}

/* Room for at least READ_SIZE more bytes: by moving the window down, else by growing. */
static int make_room(struct input *in)
{
	size_t used = in->end - in->start;

	if (in->room - in->end >= READ_SIZE)
		return 0;
	if (in->start && in->room - used >= READ_SIZE && used <= in->room / 2) {
		memmove(in->buffer, in->buffer + in->start, used);
	} else {
		size_t room = in->room ? in->room * 2 : 2 * READ_SIZE;
		uint8_t *p = malloc(room);

		if (!p)
			return -ENOMEM;
		if (used)
			memcpy(p, in->buffer + in->start, used);
		free(in->buffer);
		in->buffer = p;
		in->room = room;
	}
	in->start = 0;
	in->end = used;
	return 0;
}

size_t input_need(struct input *in, size_t size)
{
	while (input_available(in) < size && !in->eof && !in->error) {
		ssize_t n;

		in->error = make_room(in);
		if (in->error)
			break;
		n = read(in->fd, in->buffer + in->end, in->room - in->end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			in->error = -errno;
		else if (n == 0)
			in->eof = true;
		else
			in->end += (size_t)n;
	}
	return input_available(in);
}
