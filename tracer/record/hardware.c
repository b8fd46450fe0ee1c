/* SPDX-License-Identifier: MIT */
/*
 * What the driver has been told of its device, for a recording that begins after that: modes of the
 * scanouts, EDIDs, capsets. Keys of the DEVICE record.
 * Source: drivers/gpu/drm/virtio/virtgpu_drv.h, include/uapi/linux/virtio_gpu.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>

#include "record.h"

#define CAPSETS_MAX    64         /* a mask has no more */
#define CACHED_MAX     64         /* capsets, each with its version */
#define CAPSET_MAX     (8u << 10) /* bytes; virgl's have 1.4 KiB */
#define EDID_MAX       1024u      /* bytes; the command has room for no more */
#define CONNECTORS_MAX 64

static void add_hex(struct record_text *out, const char *key, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * size + 1);

	if (!text)
		return;
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * size] = '\0';
	record_text_add(out, key, "%s", text);
	free(text);
}

static void read_scanouts(struct record_session *s, uint64_t gpu, struct record_text *out)
{
	const struct record_hardware_layout *l = &s->state_layout.hardware;
	uint32_t count = record_peek32(s, gpu + l->scanout_count);
	uint8_t wire[VGPU_DISPLAY_ONE_SIZE];
	struct vgpu_display_one mode;
	char key[32];

	for (uint32_t i = 0; i < count && i < VGPU_MAX_SCANOUTS; i++) {
		if (record_peek(s, gpu + l->outputs + (uint64_t)i * l->output_size + l->output_info,
				wire, sizeof(wire)) ||
		    vgpu_decode_display_one(wire, sizeof(wire), &mode))
			continue;
		snprintf(key, sizeof(key), "scanout-%u", i);
		if (mode.enabled)
			record_text_add(out, key, "%ux%u+%u+%u", mode.r.width, mode.r.height,
					mode.r.x, mode.r.y);
		else
			record_text_add(out, key, "off");
	}
}

/* Which capsets there are, and the contents of those that a process has asked for. */
static void read_capsets(struct record_session *s, uint64_t gpu, struct record_text *out)
{
	const struct record_hardware_layout *l = &s->state_layout.hardware;
	uint64_t list = record_peek64(s, gpu + l->capsets), head = gpu + l->cache, next;
	uint32_t count = record_peek32(s, gpu + l->capset_count);
	uint8_t bytes[CAPSET_MAX];
	char key[32];

	for (uint32_t i = 0; list && i < count && i < CAPSETS_MAX; i++) {
		uint64_t at = list + (uint64_t)i * l->capset_size;

		snprintf(key, sizeof(key), "capset-%u", record_peek32(s, at + l->capset_id));
		record_text_add(out, key, "%u %u", record_peek32(s, at + l->capset_max_version),
				record_peek32(s, at + l->capset_max_size));
	}
	next = record_peek64(s, head);
	for (uint32_t i = 0; next && next != head && i < CACHED_MAX; i++) {
		uint64_t at = next - l->cached_list;
		uint32_t size = record_peek32(s, at + l->cached_size);

		snprintf(key, sizeof(key), "capset-%u-v%u", record_peek32(s, at + l->cached_id),
			 record_peek32(s, at + l->cached_version));
		if (record_peek32(s, at + l->cached_valid) && size && size <= sizeof(bytes) &&
		    !record_peek(s, record_peek64(s, at + l->cached_bytes), bytes, size))
			add_hex(out, key, bytes, size);
		next = record_peek64(s, next);
	}
}

static size_t read_file(const char *path, uint8_t *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size);

	if (fd >= 0)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* "card0-Virtual-3" */
static int is_connector(const struct dirent *entry)
{
	return strstr(entry->d_name, "-Virtual-") != NULL;
}

/*
 * From sysfs, because the driver's own pointer is another type on every other kernel. Connectors are
 * made in the order of the scanouts, and their numbers grow.
 */
static void read_edids(const char *card, struct record_text *out)
{
	struct dirent **names = NULL;
	int count = scandir(card, &names, is_connector, versionsort);
	uint8_t edid[EDID_MAX];
	char path[PATH_MAX], key[32];
	size_t size;

	for (int i = 0; i < count; i++) {
		size = 0;
		if (i < VGPU_MAX_SCANOUTS && snprintf(path, sizeof(path), "%s/%s/edid", card,
						      names[i]->d_name) < (int)sizeof(path))
			size = read_file(path, edid, sizeof(edid));
		snprintf(key, sizeof(key), "edid-%d", i);
		if (size)
			add_hex(out, key, edid, size);
		free(names[i]);
	}
	free(names);
}

void record_hardware_describe(void *session, uint32_t number, struct record_text *out)
{
	struct record_session *s = session;
	const struct record_hardware_layout *l = &s->state_layout.hardware;
	char card[PATH_MAX], why[256];
	uint64_t device = 0, gpu;

	if (!l->missing)
		device = record_state_device(s, number, why, sizeof(why));
	gpu = device ? record_peek64(s, device + l->device_private) : 0;
	if (gpu) {
		read_scanouts(s, gpu, out);
		read_capsets(s, gpu, out);
	}
	if (record_device_card(number, card, sizeof(card)))
		read_edids(card, out);
}
