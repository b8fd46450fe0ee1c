/* SPDX-License-Identifier: MIT */
/* Who waits is told: through a descriptor, and a service manager through its socket. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "record/record.h"

static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	return fd;
}

static void a_manager_is_told(void **state)
{
	char names[2][64], text[64] = "";

	(void)state;
	snprintf(names[0], sizeof(names[0]), "/tmp/vgpu-ready-%d", (int)getpid());
	snprintf(names[1], sizeof(names[1]), "@vgpu-ready-%d", (int)getpid());
	for (int i = 0; i < 2; i++) {
		int fd = listen_at(names[i]);

		setenv("NOTIFY_SOCKET", names[i], 1);
		assert_int_equal(record_tell_ready(-1), 0);
		assert_int_equal(recv(fd, text, sizeof(text), 0), 7);
		assert_string_equal(text, "READY=1");
		close(fd);
		if (!i)
			unlink(names[i]);
		assert_true(record_tell_ready(-1) < 0); /* nobody is there */
	}
	unsetenv("NOTIFY_SOCKET");
}

static void a_descriptor_is_told(void **state)
{
	int fds[2];
	char byte;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(record_tell_ready(-1), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(record_tell_ready(fds[1]), 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, '\n');
	assert_int_equal(read(fds[0], &byte, 1), 0); /* it is closed */
	close(fds[0]);
	assert_int_equal(record_tell_ready(fds[1]), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manager_is_told),
		cmocka_unit_test(a_descriptor_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
