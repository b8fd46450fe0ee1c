/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

int view_spool_stdin(char *path, size_t size)
{
	const char *folder = getenv("TMPDIR");
	char buffer[65536];
	ssize_t n;
	int fd, ret = 0;

	fd = open(folder && *folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (;;) {
		n = read(STDIN_FILENO, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		else if (n)
			ret = write_all(fd, buffer, (size_t)n);
		if (n <= 0 || ret)
			break;
	}
	if (ret) {
		close(fd);
		return ret;
	}
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return fd;
}
