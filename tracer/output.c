/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

bool output_color(const char *when, enum output_color *out)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(when, names[i]) != 0)
			continue;
		*out = (enum output_color)i;
		return true;
	}
	return false;
}

bool output_colored(enum output_color when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != OUTPUT_COLOR_AUTO)
		return when == OUTPUT_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

int output_create(const char *path, bool force)
{
	struct stat st;
	/* Devices and pipes are not overwritten by what is written to them. */
	bool any = force || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (any ? 0 : O_EXCL), 0600);

	if (fd < 0 && errno == EEXIST)
		fprintf(stderr, "vgpu-trace: %s exists: -f overwrites it\n", path);
	else if (fd < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", path, strerror(errno));
	return fd;
}

int output_to_file(const char *path, bool force)
{
	int fd = output_create(path, force), ret = 0;
	struct stat st;

	if (fd < 0)
		return -1;
	if ((fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	     (ftruncate(fd, 0) || fchmod(fd, 0600))) ||
	    dup2(fd, STDOUT_FILENO) < 0) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", path, strerror(errno));
		ret = -1;
	}
	close(fd);
	return ret;
}
