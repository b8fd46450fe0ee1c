/* SPDX-License-Identifier: MIT */
/*
 * From the device's very first command: the driver is kept from binding by itself, loaded, and
 * bound when the recorder is attached.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

#define AUTOPROBE "/sys/bus/virtio/drivers_autoprobe"
#define DRIVER    "/sys/bus/virtio/drivers/virtio_gpu"
#define DEVICES   "/sys/bus/virtio/devices"
#define GPU_ID    0x10

extern char **environ;

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int load_driver(char *why, size_t why_size)
{
	static char *const argv[] = { "modprobe", "virtio_gpu", NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	int status = -1, error;
	pid_t pid;

	if (!access(DRIVER, F_OK))
		return 0;
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	error = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (!error)
		waitpid(pid, &status, 0);
	if (!error && !status && !access(DRIVER, F_OK))
		return 0;
	snprintf(why, why_size, "modprobe virtio_gpu: %s",
		 error ? strerror(error) : "the driver did not appear");
	return -1;
}

int record_probe_hold(struct record_probe *p, char *why, size_t why_size)
{
	uint32_t numbers[RECORD_DEVICES_MAX];
	int fd = open(AUTOPROBE, O_RDONLY | O_CLOEXEC);
	int error = -errno;

	if (fd >= 0) {
		error = read(fd, &p->autoprobe, 1) == 1 ? 0 : -EIO;
		close(fd);
	}
	if (!error && record_devices_find(numbers, RECORD_DEVICES_MAX)) {
		snprintf(why, why_size,
			 "the driver has its device already (virtio%u): unbind it first, or begin "
			 "earlier, before the module is loaded",
			 numbers[0]);
		return -1;
	}
	if (!error)
		error = write_file(AUTOPROBE, "0");
	if (error) {
		snprintf(why, why_size, "%s: %s", AUTOPROBE, strerror(-error));
		return -1;
	}
	p->held = true;
	return load_driver(why, why_size);
}

/* The virtio devices that are GPUs and have no driver. */
static int bind_all(char *why, size_t why_size)
{
	struct dirent *entry;
	DIR *dir = opendir(DEVICES);
	int bound = 0, error = 0;

	while (dir && (entry = readdir(dir))) {
		unsigned int id = 0;
		char path[512];
		FILE *file;

		snprintf(path, sizeof(path), DEVICES "/%s/device", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%x", &id) != 1)
			id = 0;
		fclose(file);
		snprintf(path, sizeof(path), DEVICES "/%s/driver", entry->d_name);
		if (id != GPU_ID || !access(path, F_OK))
			continue;
		error = write_file(DRIVER "/bind", entry->d_name);
		if (error) {
			snprintf(why, why_size, "binding %s: %s", entry->d_name, strerror(-error));
			break;
		}
		bound++;
	}
	if (dir)
		closedir(dir);
	if (!error && !bound)
		snprintf(why, why_size, "there is no virtio-gpu device to bind");
	return error || !bound ? -1 : 0;
}

int record_probe_release(struct record_probe *p, char *why, size_t why_size)
{
	char text[2] = { p->autoprobe };
	int error;

	if (!p->held)
		return 0;
	p->held = false;
	error = bind_all(why, why_size);
	write_file(AUTOPROBE, text);
	return error;
}
