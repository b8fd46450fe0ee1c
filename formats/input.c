/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"

#define READ_SIZE (128u << 10)

void input_init(struct input *in, int fd)
{
	struct stat st;
	off_t at;

	memset(in, 0, sizeof(*in));
	in->fd = fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	at = lseek(fd, 0, SEEK_CUR);
	if (at < 0 || at > st.st_size)
		return;
	in->again = true;
	in->base = (uint64_t)at;
	in->size = (uint64_t)(st.st_size - at);
}

void input_init_memory(struct input *in, const void *data, size_t size)
{
	memset(in, 0, sizeof(*in));
	in->fd = -1;
	in->memory = data;
	in->size = size;
	in->again = true;
	/* All of it is in the window from the first moment; nothing writes there. */
	in->buffer = (uint8_t *)data;
	in->end = in->room = size;
	in->eof = true;
}

void input_finish(struct input *in)
{
	if (!in->memory)
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

int input_seek(struct input *in, uint64_t offset)
{
	if (!in->again)
		return -ESPIPE;
	in->offset = offset;
	if (in->memory) {
		in->start = (size_t)offset;
		return 0;
	}
	if (lseek(in->fd, (off_t)(in->base + offset), SEEK_SET) < 0)
		return -errno;
	in->start = in->end = 0;
	in->eof = false;
	in->error = 0;
	return 0;
}

bool input_read_at(const struct input *in, uint64_t offset, void *out, size_t size)
{
	if (!in->again || offset > in->size || size > in->size - offset)
		return false;
	if (in->memory) {
		memcpy(out, in->memory + offset, size);
		return true;
	}
	for (uint8_t *p = out; size;) {
		ssize_t n = pread(in->fd, p, size, (off_t)(in->base + offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return true;
}
