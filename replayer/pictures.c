/* SPDX-License-Identifier: MIT */
/* What is done with the pictures of shown frames. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "png-save.h"

static int replay_keep_last(struct replay *p, const struct vgpu_device_picture *picture)
{
	if (picture->size > p->last_room) {
		free(p->last);
		p->last = malloc(picture->size);
		p->last_room = p->last ? picture->size : 0;
		if (!p->last)
			return -ENOMEM;
	}
	memcpy(p->last, picture->rgba, picture->size);
	p->last_width = picture->width;
	p->last_height = picture->height;
	return 0;
}

/* `over`, premultiplied, onto one channel of an opaque pixel. */
static uint8_t blend(uint8_t under, uint8_t over, uint8_t alpha)
{
	uint32_t sum = over + under * (255u - alpha) / 255;

	return sum > 255 ? 255 : (uint8_t)sum;
}

/* The picture is the device's own buffer, until the next call: it may be drawn on. */
static void replay_draw_cursor(const struct replay *p, uint32_t scanout,
			       struct vgpu_device_picture *picture)
{
	struct vgpu_device_cursor c;
	const uint8_t *from;
	int64_t x, y;
	uint32_t i;
	uint8_t *to;

	if (!vgpu_device_cursor(p->device, scanout, &c) || !c.rgba)
		return;
	for (i = 0; i < c.width * c.height; i++) {
		x = (int64_t)c.x + i % c.width;
		y = (int64_t)c.y + i / c.width;
		if (x < 0 || y < 0 || x >= picture->width || y >= picture->height)
			continue;
		from = c.rgba + (size_t)i * 4;
		to = picture->rgba + ((size_t)y * picture->width + (size_t)x) * 4;
		to[0] = blend(to[0], from[0], from[3]);
		to[1] = blend(to[1], from[1], from[3]);
		to[2] = blend(to[2], from[2], from[3]);
	}
}

/* One picture, to wherever it was asked for. 0 or REPLAY_FAILED. */
static int replay_picture(struct replay *p, struct frame *frame)
{
	const struct replay_options *o = p->options;
	struct vgpu_device_picture picture;
	char name[64], scanout[16] = "";
	int ret;

	ret = vgpu_device_read(p->device, frame->scanout, &picture);
	if (ret) {
		if (!p->report->unreadable++)
			fprintf(stderr,
				"vgpu-replay: frame %" PRIu64 " (resource %" PRIu32
				", format %" PRIu32 ") cannot be read: %s\n",
				frame->number, frame->resource_id, frame->format,
				replay_strerror(ret));
		return 0;
	}
	if (o->cursors)
		replay_draw_cursor(p, frame->scanout, &picture);
	if (p->frames.out || p->frames.reference)
		frame_list_hash(&picture, frame->hash);
	if (o->files.path[FILE_PNG_LAST] && !frame->scanout && replay_keep_last(p, &picture))
		return replay_complain(o->files.path[FILE_PNG_LAST], -ENOMEM);
	if (!o->files.path[FILE_PNG])
		return 0;
	if (frame->scanout)
		snprintf(scanout, sizeof(scanout), "-s%" PRIu32, frame->scanout);
	snprintf(name, sizeof(name), "frame-%06" PRIu64 "%s.png", frame->number, scanout);
	ret = png_save(&o->files, FILE_PNG, name, picture.rgba, picture.width, picture.height);
	return ret ? replay_complain(o->files.path[FILE_PNG], ret) : 0;
}

int replay_frames(struct replay *p, uint64_t command, uint64_t time_ns, uint32_t shown)
{
	const struct vgpu_device_scanout *s;
	struct frame frame;
	uint32_t i;
	int ret;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (!(shown >> i & 1))
			continue;
		p->report->frames++;
		if (!p->pictures)
			continue;
		s = vgpu_device_scanout(p->device, i);
		frame = (struct frame) {
			.number = p->frames_before + p->report->frames,
			.scanout = i,
			.resource_id = s->resource_id,
			.width = s->width,
			.height = s->height,
			.format = s->format,
			.time_ns = time_ns,
			.command = command,
		};
		if (replay_picture(p, &frame))
			return REPLAY_FAILED;
		ret = frame_list_add(&p->frames, &frame);
		if (ret)
			return replay_complain(p->options->frames, ret);
	}
	return 0;
}
