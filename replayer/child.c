/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often the parent looks after the child. */
#define CHILD_TICK_MS 100
/* How long it may take to be gone after its last word. */
#define CHILD_END_MS  10000

struct child_progress *child_progress_create(void)
{
	void *p = mmap(NULL, sizeof(struct child_progress), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void child_progress_destroy(struct child_progress *p)
{
	if (p)
		munmap(p, sizeof(*p));
}

/* Bytes of memory that the process holds. */
static uint64_t child_resident(pid_t pid)
{
	uint64_t pages = 0;
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%*u %" SCNu64, &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* It is over one of its limits: *result says which. */
static bool child_over(pid_t pid, const volatile struct child_progress *progress,
		       const struct child_limits *limits, struct child_result *result)
{
	uint64_t begun = progress->begun_ns, now = report_clock();

	if (limits->seconds && begun && now > begun &&
	    now - begun > limits->seconds * 1000000000ull) {
		*result = (struct child_result) { CHILD_HUNG, (int)limits->seconds };
		return true;
	}
	if (limits->memory && child_resident(pid) > limits->memory) {
		*result = (struct child_result) { CHILD_TOO_LARGE, (int)(limits->memory >> 20) };
		return true;
	}
	return false;
}

/* Its socket is closed: it ends, or it is none of ours any more. */
static int child_reap(pid_t pid)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	int status = 0, naps;

	for (naps = 0; naps < CHILD_END_MS; naps++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void child_watch(pid_t pid, const struct files *files, int socket,
			const struct child_progress *progress, const struct child_limits *limits,
			struct child_result *result)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	uint64_t looked = report_clock();
	bool killed = false;
	int status;

	for (;;) {
		/* The socket ends with the child. */
		if (poll(&p, 1, CHILD_TICK_MS) > 0 && files_serve(files, socket))
			break;
		if (report_clock() - looked < CHILD_TICK_MS * 1000000ull)
			continue;
		looked = report_clock();
		if (limits->shaders)
			shader_cache_bound(limits->shaders);
		if (!killed && child_over(pid, progress, limits, result)) {
			kill(pid, SIGKILL);
			killed = true;
		}
	}
	status = child_reap(pid);
	if (killed)
		return;
	if (WIFSIGNALED(status))
		*result = (struct child_result) { CHILD_SIGNALLED, WTERMSIG(status) };
	else
		*result = (struct child_result) { CHILD_EXITED, WEXITSTATUS(status) };
}

int child_run(int (*body)(void *data), void *data, struct files *files,
	      const struct child_progress *progress, const struct child_limits *limits,
	      struct child_result *result)
{
	pid_t pid, parent = getpid();
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	/* What is still in the buffers would be written twice. */
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(sockets[0]);
		close(sockets[1]);
		return -errno;
	}
	if (!pid) {
		close(sockets[0]);
		files->socket = sockets[1];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		exit(body(data));
	}
	close(sockets[1]);
	child_watch(pid, files, sockets[0], progress, limits, result);
	close(sockets[0]);
	return 0;
}
