/* SPDX-License-Identifier: MIT */
#include "window.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef HAVE_SDL2
void window_ui(int socket, const struct window_options *o)
{
	struct window_event e = { .kind = WINDOW_OPEN, .text = "built without SDL2" };

	(void)o;
	window_send_event(socket, &e, -1);
}
#endif

int window_open(struct window *w, const struct window_options *o, char *why, size_t size)
{
	struct window_event e;
	int sockets[2], fd, ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		snprintf(why, size, "%s", strerror(errno));
		return -1;
	}
	/* What is still in the buffers would be written twice. */
	fflush(NULL);
	w->pid = fork();
	if (!w->pid) {
		close(sockets[0]);
		window_ui(sockets[1], o);
		_exit(0);
	}
	close(sockets[1]);
	w->socket = sockets[0];
	if (w->pid < 0) {
		snprintf(why, size, "%s", strerror(errno));
		close(w->socket);
		return -1;
	}
	/* The window's process writes here, and nobody else yet. */
	ret = window_receive_event(w->socket, true, &e, &fd);
	if (!ret && e.kind == WINDOW_OPEN && !e.text[0])
		return 0;
	snprintf(why, size, "%s", ret ? "its process ended" : e.text);
	window_finish(w);
	return -1;
}

void window_end(struct window *w, const char *text)
{
	struct window_event e = { .kind = WINDOW_END };

	snprintf(e.text, sizeof(e.text), "%s", text);
	window_send_event(w->socket, &e, -1);
}

int window_wait(struct window *w, struct window_order *again)
{
	int ret;

	do {
		ret = window_receive_order(w->socket, true, again);
	} while (!ret && again->kind != WINDOW_SEEK_FRAME && again->kind != WINDOW_SEEK_COMMAND);
	return ret ? -EPIPE : 0;
}

void window_finish(struct window *w)
{
	close(w->socket);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
