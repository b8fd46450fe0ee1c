/* SPDX-License-Identifier: MIT */
/* What a process in the sandbox cannot do, and what it still can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "under-valgrind.h"

/* Runs in a child; its exit status is the number of the first thing that went wrong. */
#define REFUSED(n, call)                            \
	do {                                        \
		errno = 0;                          \
		if ((call) != -1 || errno != EPERM) \
			_exit(n);                   \
	} while (0)

static int pipes[2];

static void refused(void)
{
	static char *const argv[] = { "true", NULL };

	REFUSED(1, open("/etc/passwd", O_RDONLY));
	REFUSED(2, openat(AT_FDCWD, "/tmp/vgpu-sandbox", O_WRONLY | O_CREAT, 0600));
	REFUSED(3, socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(4, socket(AF_UNIX, SOCK_STREAM, 0));
	REFUSED(5, execve("/bin/true", argv, NULL));
	REFUSED(6, kill(getppid(), 0));
	REFUSED(7, ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	REFUSED(8, unlink("/tmp/vgpu-sandbox"));
	REFUSED(9, ioctl(pipes[0], TIOCSTI, "x"));
	REFUSED(10, fork());
	REFUSED(11, chdir("/"));
}

static void *thread(void *data)
{
	(void)data;
	refused();
	return NULL;
}

static void *early(void *data)
{
	char c;

	/* Begun before the sandbox was entered, it is in it all the same. */
	if (read(pipes[0], &c, 1) == 1)
		refused();
	return data;
}

static void in_child(void)
{
	pthread_t first, second;
	void *p;

	if (pipe(pipes) || pthread_create(&first, NULL, early, NULL))
		_exit(20);
	if (sandbox_enter())
		_exit(21);
	if (write(pipes[1], "x", 1) != 1 || pthread_join(first, NULL))
		_exit(22);
	if (pthread_create(&second, NULL, thread, NULL) || pthread_join(second, NULL))
		_exit(23);
	refused();
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || munmap(p, 1 << 20))
		_exit(24);
	free(malloc(1 << 26));
	_exit(0);
}

static int status_of(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		body();
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_refused(void **state)
{
	int status = status_of(in_child);

	(void)state;
	if (status == 21)
		skip(); /* no seccomp here */
	assert_int_equal(status, 0);
}

/* A crash must still be a crash: abort() signals the process itself. */
static void crash_in_child(void)
{
	if (!sandbox_enter())
		abort();
}

static void test_abort(void **state)
{
	(void)state;
	/* Valgrind needs calls of its own to end a program. */
	if (RUNNING_ON_VALGRIND)
		skip();
	assert_int_equal(status_of(crash_in_child), -SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
