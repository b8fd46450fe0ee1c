/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME 64

struct files_request {
	uint32_t place;
	uint32_t remove;
	char name[FILE_NAME]; /* "": the place is the file */
};

static const struct {
	bool directory, read;
	bool secret; /* what is on the screen: not for others to read */
} places[FILE_PLACES] = {
	[FILE_PNG] = { .directory = true },
	[FILE_EXPECTED] = { .directory = true, .read = true },
	[FILE_DIFFERENCE] = { .directory = true },
	[FILE_DUMP] = { .directory = true },
	[FILE_BREAK] = { .directory = true },
	[FILE_RANGE] = { .secret = true },
};

int files_prepare(const struct files *o, const char **path)
{
	enum file_place place;

	for (place = 0; place < FILE_PLACES; place++) {
		if (!places[place].directory || places[place].read || !o->path[place])
			continue;
		*path = o->path[place];
		if (mkdir(o->path[place], 0777) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* The request comes from a process that may be somebody else's by now: nothing in it is trusted. */
static int files_path(const struct files *o, const struct files_request *rq, char *path,
		      size_t size)
{
	size_t length = strnlen(rq->name, FILE_NAME);

	if (rq->place >= FILE_PLACES || !o->path[rq->place] || length == FILE_NAME ||
	    places[rq->place].directory != (length > 0) || rq->name[0] == '.' ||
	    strchr(rq->name, '/'))
		return -EINVAL;
	if ((size_t)snprintf(path, size, "%s%s%s", o->path[rq->place], length ? "/" : "",
			     rq->name) >= size)
		return -ENAMETOOLONG;
	return 0;
}

/* A descriptor; 0 for a removal; or -errno. */
static int files_execute(const struct files *o, const struct files_request *rq)
{
	char path[4096];
	int fd, ret;

	ret = files_path(o, rq, path, sizeof(path));
	if (ret)
		return ret;
	if (rq->remove)
		return places[rq->place].read ? -EPERM : (unlink(path) ? -errno : 0);
	fd = open(path,
		  (places[rq->place].read ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC) | O_CLOEXEC,
		  places[rq->place].secret ? 0600 : 0666);
	return fd < 0 ? -errno : fd;
}

union files_control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int files_serve(const struct files *o, int socket)
{
	union files_control control = { 0 };
	struct files_request rq;
	int32_t answer;
	struct iovec iov = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;
	int fd;

	n = recv(socket, &rq, sizeof(rq), 0);
	if (n <= 0)
		return n ? -errno : -EPIPE;
	if (n != sizeof(rq))
		return -EINVAL;
	fd = files_execute(o, &rq);
	answer = fd < 0 ? fd : 0;
	if (fd > 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	n = sendmsg(socket, &message, MSG_NOSIGNAL);
	if (fd > 0)
		close(fd);
	return n < 0 ? -errno : 0;
}

/* The parent does it, and sends what came of it. */
static int files_ask(int socket, struct files_request *rq)
{
	union files_control control = { 0 };
	int32_t answer = -EPIPE;
	struct iovec iov = { .iov_base = rq, .iov_len = sizeof(*rq) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fd = 0;

	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	iov = (struct iovec) { .iov_base = &answer, .iov_len = sizeof(answer) };
	message.msg_control = control.room;
	message.msg_controllen = sizeof(control.room);
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (answer)
		return answer;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static int files_request(const struct files *o, enum file_place place, const char *name, bool drop)
{
	struct files_request rq = { .place = place, .remove = drop };

	if (name && strlen(name) >= FILE_NAME)
		return -ENAMETOOLONG;
	if (name)
		strcpy(rq.name, name);
	return o->socket < 0 ? files_execute(o, &rq) : files_ask(o->socket, &rq);
}

int files_open(const struct files *o, enum file_place place, const char *name, FILE **out)
{
	int fd = files_request(o, place, name, false);

	if (fd < 0)
		return fd;
	*out = fd ? fdopen(fd, places[place].read ? "rb" : "wb") : NULL;
	if (*out)
		return 0;
	if (fd)
		close(fd);
	return -EIO;
}

void files_remove(const struct files *o, enum file_place place, const char *name)
{
	files_request(o, place, name, true);
}
