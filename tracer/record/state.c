/* SPDX-License-Identifier: MIT */
/*
 * What the driver had alive before the recording: framebuffers with their memory, what each
 * scanout shows, who owns which context. Read from the driver's own lists through the program
 * that copies kernel memory, starting at a file descriptor of ours.
 * Source: include/drm/drm_{device,file,framebuffer,plane,crtc}.h, drivers/gpu/drm/virtio.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/protocol.h>

#include "record.h"

#define FRAMEBUFFERS_MAX 1024
#define FILES_MAX        4096
#define CRTCS_MAX        16
#define FOURCC_XR24      0x34325258u
#define FOURCC_AR24      0x34325241u

/* The device's render node: opening it makes nobody master, and closing it restores no console. */
static int open_render_node(uint32_t number)
{
	static const char *const places[] = { "drm", "../drm" };
	char path[PATH_MAX];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	for (size_t i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, sizeof(path), "/sys/bus/virtio/devices/virtio%u/%s", number,
			 places[i]);
		dir = opendir(path);
		while (dir && fd < 0 && (entry = readdir(dir))) {
			if (strncmp(entry->d_name, "renderD", 7))
				continue;
			snprintf(path, sizeof(path), "/dev/dri/%s", entry->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
		}
		if (dir)
			closedir(dir);
	}
	return fd;
}

static uint64_t find_device(struct record_session *s, int fd)
{
	const struct record_state_layout *l = &s->state_layout;
	uint64_t at = record_peek_task(s);

	at = record_peek64(s, at + l->task_files);
	at = record_peek64(s, at + l->files_table);
	at = record_peek64(s, at + l->table_files);
	at = record_peek64(s, at + (uint64_t)fd * 8);
	at = record_peek64(s, at + l->file_data);
	at = record_peek64(s, at + l->drm_file_minor);
	return at ? record_peek64(s, at + l->minor_device) : 0;
}

static struct record_node *find_node(struct record_session *s, uint32_t number)
{
	for (uint32_t i = 0; i < s->node_count; i++)
		if (s->nodes[i].number == number)
			return &s->nodes[i];
	return NULL;
}

uint64_t record_state_device(struct record_session *s, uint32_t number, char *why, size_t why_size)
{
	struct record_node *node = find_node(s, number);
	uint64_t device;
	int fd;

	if (node)
		return node->device;
	if (s->state_layout.missing) {
		snprintf(why, why_size, "this kernel's BTF has no member %s",
			 s->state_layout.missing);
		return 0;
	}
	fd = open_render_node(number);
	if (fd < 0) {
		snprintf(why, why_size, "its render node cannot be opened: %s", strerror(errno));
		return 0;
	}
	device = find_device(s, fd);
	if (!device || s->node_count == RECORD_DEVICES_MAX) {
		snprintf(why, why_size,
			 "the driver's device was not found from our file descriptor");
		close(fd);
		return 0;
	}
	s->nodes[s->node_count++] = (struct record_node) {
		.number = number,
		.fd = fd,
		.device = device,
	};
	return device;
}

/* Calls visit for each member of a list, at most `max`; a list that changes under us just ends. */
static void each(struct record_session *s, uint64_t head, uint32_t link, unsigned int max,
		 void (*visit)(struct record_session *, struct record_state *, uint64_t),
		 struct record_state *out)
{
	uint64_t next = record_peek64(s, head);

	for (unsigned int i = 0; next && next != head && i < max; i++) {
		visit(s, out, next - link);
		next = record_peek64(s, next);
	}
}

static uint32_t format_of(uint32_t fourcc)
{
	switch (fourcc) {
	case FOURCC_XR24:
		return VGPU_FORMAT_B8G8R8X8_UNORM;
	case FOURCC_AR24:
		return VGPU_FORMAT_B8G8R8A8_UNORM;
	}
	return 0;
}

/* What a framebuffer says of itself, and the address of its object; 0: none. */
static uint64_t read_framebuffer(struct record_session *s, uint64_t fb, struct record_plane *out)
{
	const struct record_state_layout *l = &s->state_layout;
	uint64_t format = record_peek64(s, fb + l->fb_format);
	uint64_t gem = record_peek64(s, fb + l->fb_objects), object;

	if (!format || !gem)
		return 0;
	object = gem - l->object_gem;
	out->resource = record_peek32(s, object + s->layout.object_handle);
	out->fb_width = record_peek32(s, fb + l->fb_width);
	out->fb_height = record_peek32(s, fb + l->fb_height);
	out->format = format_of(record_peek32(s, format + l->format_fourcc));
	out->stride = record_peek32(s, fb + l->fb_pitches);
	out->offset = record_peek32(s, fb + l->fb_offsets);
	return out->resource ? object : 0;
}

static struct record_object *find_object(struct record_state *state, uint32_t resource)
{
	for (uint32_t i = 0; i < state->object_count; i++)
		if (state->objects[i].resource == resource)
			return &state->objects[i];
	return NULL;
}

static void visit_framebuffer(struct record_session *s, struct record_state *out, uint64_t fb)
{
	const struct record_state_layout *l = &s->state_layout;
	struct record_plane p = { 0 };
	uint64_t at = read_framebuffer(s, fb, &p);
	struct record_object *o, *known;
	uint8_t dumb = 0, blob = 0;

	if (!at || out->object_count == FRAMEBUFFERS_MAX)
		return;
	record_peek(s, at + l->object_dumb, &dumb, 1);
	record_peek(s, at + l->object_guest_blob, &blob, 1);
	o = &out->objects[out->object_count];
	*o = (struct record_object) {
		.resource = p.resource,
		.width = p.stride / 4,
		.height = p.fb_height,
		.format = p.format,
		.size = record_peek64(s, at + s->layout.object_size),
		.pages = record_peek64(s, at + s->layout.object_pages),
		.blob = blob,
	};
	/* What a context drew is in the device only; memory of others has no pages here. */
	if ((!dumb && !blob) || !o->pages || !o->format || !o->width || !o->height || !o->size ||
	    o->size > UINT32_MAX)
		return;
	known = find_object(out, o->resource);
	if (known && known->height < o->height)
		known->height = o->height;
	if (!known)
		out->object_count++;
}

static void add_plane(struct record_session *s, struct record_state *out, uint64_t crtc,
		      uint32_t member, bool cursor)
{
	const struct record_state_layout *l = &s->state_layout;
	uint64_t plane = record_peek64(s, crtc + member);
	uint64_t state = plane ? record_peek64(s, plane + l->plane_state) : 0;
	uint64_t fb = state ? record_peek64(s, state + l->state_fb) : 0;
	struct record_plane p = { .cursor = cursor };

	if (!fb || out->plane_count == RECORD_PLANES_MAX || !read_framebuffer(s, fb, &p))
		return;
	if (!find_object(out, p.resource)) {
		out->unknown++;
		return;
	}
	p.scanout = record_peek32(s, crtc + l->crtc_index);
	p.x = record_peek32(s, state + l->state_src_x) >> 16;
	p.y = record_peek32(s, state + l->state_src_y) >> 16;
	p.width = record_peek32(s, state + l->state_src_w) >> 16;
	p.height = record_peek32(s, state + l->state_src_h) >> 16;
	p.at_x = (int32_t)record_peek32(s, state + l->state_crtc_x);
	p.at_y = (int32_t)record_peek32(s, state + l->state_crtc_y);
	out->planes[out->plane_count++] = p;
}

static void visit_crtc(struct record_session *s, struct record_state *out, uint64_t crtc)
{
	add_plane(s, out, crtc, s->state_layout.crtc_primary, false);
	add_plane(s, out, crtc, s->state_layout.crtc_cursor, true);
}

static void count_file(struct record_session *s, struct record_state *out, uint64_t file)
{
	(void)s;
	(void)file;
	out->files++;
}

static void visit_file(struct record_session *s, struct record_state *out, uint64_t file)
{
	const struct record_state_layout *l = &s->state_layout;
	uint64_t own = record_peek64(s, file + l->drm_file_driver);
	uint64_t pid = record_peek64(s, file + l->drm_file_pid);
	uint8_t created = 0;

	if (!own || out->owner_count == FILES_MAX)
		return;
	record_peek(s, own + l->private_ctx_created, &created, 1);
	if (!created)
		return;
	out->owners[out->owner_count++] = (struct record_owner) {
		.ctx_id = record_peek32(s, own + l->private_ctx_id),
		.pid = pid ? record_peek32(s, pid + l->pid_number) : 0,
		.capset = record_peek32(s, own + l->private_ctx_init) & 0xff,
	};
}

int record_state_read(struct record_session *s, uint32_t number, struct record_state *out,
		      char *why, size_t why_size)
{
	const struct record_state_layout *l = &s->state_layout;
	struct record_node *node;
	uint64_t device;

	*out = (struct record_state) { 0 };
	device = record_state_device(s, number, why, why_size);
	if (!device)
		return -1;
	out->objects = calloc(FRAMEBUFFERS_MAX, sizeof(*out->objects));
	out->owners = calloc(FILES_MAX, sizeof(*out->owners));
	if (out->objects && out->owners) {
		each(s, device + l->device_framebuffers, l->fb_list, FRAMEBUFFERS_MAX,
		     visit_framebuffer, out);
		each(s, device + l->device_crtcs, l->crtc_list, CRTCS_MAX, visit_crtc, out);
		each(s, device + l->device_files, l->drm_file_list, FILES_MAX, visit_file, out);
		each(s, device + l->device_files, l->drm_file_list, FILES_MAX, count_file, out);
	}
	/* When the last one closes the device, the driver draws the console anew. */
	node = find_node(s, number);
	if (out->files > 1 && node->fd >= 0) {
		close(node->fd);
		node->fd = -1;
	}
	return 0;
}

void record_state_finish(struct record_state *state)
{
	free(state->objects);
	free(state->owners);
	*state = (struct record_state) { 0 };
}
