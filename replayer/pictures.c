/* SPDX-License-Identifier: MIT */
/* What is done with the pictures of shown frames. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "png-save.h"

static int replay_keep(struct kept *k, const struct frame *frame,
		       const struct vgpu_device_picture *picture)
{
	if (picture->size > k->room) {
		free(k->rgba);
		k->rgba = malloc(picture->size);
		k->room = k->rgba ? picture->size : 0;
		if (!k->rgba)
			return -ENOMEM;
	}
	memcpy(k->rgba, picture->rgba, picture->size);
	k->frame = *frame;
	k->width = picture->width;
	k->height = picture->height;
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

static int replay_verify(struct replay *p, const struct frame *frame,
			 const struct vgpu_device_picture *picture)
{
	const struct replay_options *o = p->options;
	struct frame_listed listed, *known = NULL;
	struct verify_result result;
	int ret;

	if (!p->frames.reference && !o->files.path[FILE_EXPECTED])
		return 0;
	if (p->frames.reference) {
		/* One more than expected is told of at the end. */
		if (!frame_list_expect(&p->frames, frame->number, !choice_empty(&o->only_frames),
				       &listed)) {
			p->unexpected++;
			return 0;
		}
		known = &listed;
	}
	ret = verify_frame(&o->files, &o->tolerance, frame, known, picture, &result);
	if (ret)
		return replay_complain(o->files.path[FILE_DIFFERENCE], ret);
	p->compared++;
	outcome_frame(&p->outcome, frame, &result);
	if (!result.equal && !p->differ++)
		snprintf(p->first_differ, sizeof(p->first_differ),
			 "frame %" PRIu64 " (command %" PRIu64 ", scanout %" PRIu32 "): %s",
			 frame->number, frame->command, frame->scanout, result.why);
	return 0;
}

/* A frame that is looked at, to wherever it was asked for. 0 or REPLAY_FAILED. */
static int replay_picture(struct replay *p, struct frame *frame,
			  const struct vgpu_device_picture *picture)
{
	const struct replay_options *o = p->options;
	char name[FRAME_NAME + 8];
	int ret;

	if (picture && (p->frames.out || p->frames.reference))
		frame_list_hash(picture, frame->hash);
	if (picture && o->files.path[FILE_PNG]) {
		snprintf(name, sizeof(name), "%s.png", frame->name);
		ret = png_save(&o->files, FILE_PNG, name, picture->rgba, picture->width,
			       picture->height);
		if (ret)
			return replay_complain(o->files.path[FILE_PNG], ret);
	}
	ret = frame_list_add(&p->frames, frame);
	if (ret)
		return replay_complain(o->frames, ret);
	return replay_verify(p, frame, picture);
}

/* The picture as it is now; NULL where it cannot be read. */
static const struct vgpu_device_picture *replay_read(struct replay *p, const struct frame *frame,
						     struct vgpu_device_picture *picture)
{
	int ret = vgpu_device_read(p->device, frame->scanout, picture);

	if (!ret) {
		if (p->options->cursors)
			replay_draw_cursor(p, frame->scanout, picture);
		return picture;
	}
	if (!p->report->unreadable++)
		fprintf(stderr,
			"vgpu-replay: frame %" PRIu64 " (resource %" PRIu32 ", format %" PRIu32
			") cannot be read: %s\n",
			frame->number, frame->resource_id, frame->format, replay_strerror(ret));
	return NULL;
}

static int replay_frame(struct replay *p, struct frame *frame)
{
	const struct choice *only = &p->options->only_frames;
	bool chosen = (choice_empty(only) || choice_has(only, frame->number)) &&
		      frame->number >= p->range_low && frame->number <= p->range_high;
	bool last = p->options->files.path[FILE_PNG_LAST] && !frame->scanout;
	struct vgpu_device_picture buffer;
	const struct vgpu_device_picture *picture;

	if (!chosen && !last && !only->last)
		return 0;
	picture = replay_read(p, frame, &buffer);
	if (picture && ((last && replay_keep(&p->last, frame, picture)) ||
			(only->last && !chosen && replay_keep(&p->final, frame, picture))))
		return replay_complain("last frame", -ENOMEM);
	/* The last one so far was chosen by its number, and is not to be looked at twice. */
	if (chosen)
		p->final.frame.number = 0;
	return chosen ? replay_picture(p, frame, picture) : 0;
}

int replay_frames(struct replay *p, uint64_t command, uint64_t time_ns, uint32_t shown)
{
	const struct vgpu_device_scanout *s;
	struct frame frame;
	uint32_t i;

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
		snprintf(frame.name, sizeof(frame.name), "frame-%06" PRIu64, frame.number);
		if (i)
			snprintf(frame.name + strlen(frame.name), 8, "-s%" PRIu32, i);
		if (replay_frame(p, &frame))
			return REPLAY_FAILED;
	}
	return 0;
}

/* What the list has too much, or too little. */
static void replay_count_frames(struct replay *p)
{
	uint64_t left;

	if (!p->frames.reference)
		return;
	left = choice_empty(&p->options->only_frames) ? frame_list_left(&p->frames) : 0;
	if ((left || p->unexpected) && !p->differ)
		snprintf(p->first_differ, sizeof(p->first_differ),
			 "expected %" PRIu64 " frames, got %" PRIu64, p->compared + left,
			 p->compared + p->unexpected);
	p->differ += left + p->unexpected;
}

int replay_frames_end(struct replay *p)
{
	const char *last = p->options->files.path[FILE_PNG_LAST];
	struct vgpu_device_picture picture;
	struct kept *k = &p->final;
	int ret;

	if (k->frame.number) {
		picture = (struct vgpu_device_picture) {
			.rgba = k->rgba,
			.width = k->width,
			.height = k->height,
			.size = (size_t)k->width * k->height * 4,
		};
		ret = replay_picture(p, &k->frame, &picture);
		if (ret)
			return ret;
	}
	replay_count_frames(p);
	if (!last)
		return 0;
	if (!p->last.frame.number) {
		fprintf(stderr, "vgpu-replay: %s: scanout 0 shows no frame\n", last);
		return REPLAY_FAILED;
	}
	ret = png_save(&p->options->files, FILE_PNG_LAST, NULL, p->last.rgba, p->last.width,
		       p->last.height);
	return ret ? replay_complain(last, ret) : 0;
}
