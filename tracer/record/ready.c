/* SPDX-License-Identifier: MIT */
/* Tells who waits for it that the recording has begun. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "record.h"

/* A service manager's socket, sd_notify(3): a path, or a name behind an @. */
static int tell_manager(const char *name)
{
	static const char ready[] = "READY=1";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(name);
	int fd, error = 0;

	if (size >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL, (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
		error = -errno;
	close(fd);
	return error;
}

int record_tell_ready(int fd)
{
	const char *manager = getenv("NOTIFY_SOCKET");
	int error = 0;

	if (fd >= 0 && write(fd, "\n", 1) != 1)
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (manager && *manager && !error)
		error = tell_manager(manager);
	return error;
}
