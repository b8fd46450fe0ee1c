/* SPDX-License-Identifier: MIT */
#include "unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static const char *volatile unfinished;

/* SA_RESETHAND: what the signal does by itself comes after this. */
static void give_up(int signal)
{
	const char *path = unfinished;

	if (path)
		unlink(path);
	raise(signal);
}

void unfinished_begin(const char *path)
{
	struct sigaction action = { .sa_handler = give_up, .sa_flags = (int)SA_RESETHAND }, old;

	unfinished = path;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* One that is ignored (nohup) stays so. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	}
}

int unfinished_create(char *template)
{
	sigset_t ours, before;
	int fd, err;

	sigemptyset(&ours);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &before);
	fd = mkostemp(template, O_CLOEXEC);
	err = errno;
	if (fd >= 0)
		unfinished_begin(template);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return fd;
}

void unfinished_end(void)
{
	unfinished = NULL;
}
