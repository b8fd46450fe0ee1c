/* SPDX-License-Identifier: MIT */
/* The devices as sysfs shows them. Everything here is best effort: a trace without it is whole. */
#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "drain.h"

#define DRIVER "/sys/bus/virtio/drivers/virtio_gpu"

void record_text_add(struct record_text *text, const char *key, const char *format, ...)
{
	size_t room = sizeof(text->bytes) - text->size;
	char *at = text->bytes + text->size;
	va_list args;
	int n, m;

	n = snprintf(at, room, "%s=", key);
	if (n < 0 || (size_t)n >= room)
		return;
	va_start(args, format);
	m = vsnprintf(at + n, room - (size_t)n, format, args);
	va_end(args);
	if (m < 0 || (size_t)m >= room - (size_t)n)
		return;
	text->size += (size_t)n + (size_t)m + 1;
}

size_t record_devices_find(uint32_t *numbers, size_t max)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;
	size_t count = 0;

	if (!dir)
		return 0;
	while (count < max && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "virtio%u", &numbers[count]) == 1)
			count++;
	closedir(dir);
	return count;
}

/* One line of a sysfs file; false when there is none. */
static bool read_line(const char *directory, const char *name, char *line, size_t size)
{
	char path[PATH_MAX];
	FILE *file;
	bool ok;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fgets(line, (int)size, file);
	fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

uint32_t record_device_named(const char *name)
{
	char path[64], real[PATH_MAX], *slash;
	uint32_t numbers[RECORD_DEVICES_MAX], number;
	size_t count = record_devices_find(numbers, RECORD_DEVICES_MAX);
	int end = 0;

	if (sscanf(name, "virtio%u%n", &number, &end) == 1 && !name[end])
		return number;
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/sys/bus/virtio/devices/virtio%u", numbers[i]);
		if (!realpath(path, real) || !(slash = strrchr(real, '/')))
			continue;
		*slash = '\0';
		if (!strcmp(last_part(real), name))
			return numbers[i];
	}
	return UINT32_MAX;
}

void record_device_describe(uint32_t number, struct record_text *out)
{
	char path[64], real[PATH_MAX], line[128], line2[128], *slash;
	uint64_t features = 0;

	record_text_add(out, "name", "virtio%u", number);
	record_text_add(out, "driver", "virtio_gpu");
	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/virtio%u", number);
	if (!realpath(path, real))
		return;
	/* "0101…", the lowest bit first. */
	if (read_line(real, "features", line, sizeof(line))) {
		for (unsigned int i = 0; i < 64 && (line[i] == '0' || line[i] == '1'); i++)
			features |= (uint64_t)(line[i] == '1') << i;
		record_text_add(out, "features", "0x%llx", (unsigned long long)features);
	}
	slash = strrchr(real, '/');
	if (!slash)
		return;
	*slash = '\0';
	record_text_add(out, "bus", "%s", last_part(real));
	if (read_line(real, "vendor", line, sizeof(line)) &&
	    read_line(real, "device", line2, sizeof(line2)))
		record_text_add(out, "pci", "%04lx:%04lx", strtoul(line, NULL, 16),
				strtoul(line2, NULL, 16));
}

bool record_device_card(uint32_t number, char *out, size_t size)
{
	static const char *const places[] = { "drm", "../drm" };
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	for (size_t i = 0; i < 2 && !found; i++) {
		snprintf(path, sizeof(path), "/sys/bus/virtio/devices/virtio%u/%s", number,
			 places[i]);
		dir = opendir(path);
		while (dir && !found && (entry = readdir(dir)))
			found = !strncmp(entry->d_name, "card", 4) &&
				snprintf(out, size, "%s/%s", path, entry->d_name) < (int)size;
		if (dir)
			closedir(dir);
	}
	return found;
}

uint64_t record_machine_memory(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		return 0;
	return (uint64_t)info.totalram * info.mem_unit;
}
