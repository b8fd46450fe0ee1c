/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

union wire_control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static int wire_send(int socket, const void *bytes, size_t size, int fd)
{
	union wire_control control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* A message of exactly this size. */
static int wire_receive(int socket, bool wait, void *bytes, size_t size, int *fd)
{
	union wire_control control = { 0 };
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = fd ? control.room : NULL,
				  .msg_controllen = fd ? sizeof(control.room) : 0 };
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR && wait);
	if (n < 0)
		return -errno;
	c = fd ? CMSG_FIRSTHDR(&message) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	if (!n)
		return -EPIPE;
	return (size_t)n == size ? 0 : -EINVAL;
}

int window_send_event(int socket, const struct window_event *e, int fd)
{
	return wire_send(socket, e, sizeof(*e), fd);
}

int window_receive_event(int socket, bool wait, struct window_event *e, int *fd)
{
	int ret;

	*fd = -1;
	ret = wire_receive(socket, wait, e, sizeof(*e), fd);
	if (ret && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	if (!ret)
		e->text[sizeof(e->text) - 1] = '\0';
	return ret;
}

int window_send_order(int socket, const struct window_order *o)
{
	return wire_send(socket, o, sizeof(*o), -1);
}

int window_receive_order(int socket, bool wait, struct window_order *o)
{
	return wire_receive(socket, wait, o, sizeof(*o), NULL);
}

int window_memory_create(size_t size, int *fd, uint8_t **map)
{
	void *p;
	int ret;

	*fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return -errno;
	if (ftruncate(*fd, (off_t)size) || fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		goto fail;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (p == MAP_FAILED)
		goto fail;
	*map = p;
	return 0;
fail:
	ret = -errno;
	close(*fd);
	*fd = -1;
	return ret;
}

int window_memory_map(int fd, size_t size, const uint8_t **map)
{
	struct stat st;
	void *p;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) || (size_t)st.st_size < size)
		return -EINVAL;
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*map = p;
	return 0;
}
