/* SPDX-License-Identifier: MIT */
/* The command to record: forked before the recording begins, let go once it has. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

static void run_child(int go, int failed, char **command)
{
	sigset_t none;
	int error;
	char byte;

	/* End of file: the recorder has died or given up. */
	if (read(go, &byte, 1) != 1)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(command[0], command);
	error = errno;
	if (write(failed, &error, sizeof(error)) != sizeof(error))
		_exit(126);
	_exit(127);
}

int record_child_create(struct record_child *child, char **command)
{
	int go[2], failed[2], error;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(failed, O_CLOEXEC)) {
		error = -errno;
		close(go[0]);
		close(go[1]);
		return error;
	}
	child->pid = fork();
	error = -errno;
	if (!child->pid) {
		close(go[1]);
		close(failed[0]);
		run_child(go[0], failed[1], command);
	}
	close(go[0]);
	close(failed[1]);
	child->go = go[1];
	child->failed = failed[0];
	if (child->pid > 0)
		return 0;
	close(go[1]);
	close(failed[0]);
	child->pid = 0;
	return error;
}

int record_child_go(struct record_child *child)
{
	int error = 0;
	ssize_t n;

	if (write(child->go, "", 1) != 1)
		error = errno;
	close(child->go);
	/* Closed by a successful exec. */
	do
		n = read(child->failed, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(child->failed);
	if (n != sizeof(error))
		return -error;
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	return -error;
}
