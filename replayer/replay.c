/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <vgpu/error.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "device.h"
#include "frames.h"
#include "pick.h"
#include "png-save.h"
#include "report.h"

#define FENCE_TIMEOUT_NS 10000000000ull

struct replay {
	const struct replay_options *options;
	struct vgpu_trace_reader *reader;
	struct vgpu_device *device;
	struct frame_list frames;
	struct report report;
	bool pictures; /* somebody wants to see them */
	bool begun;    /* a header was read */
	uint32_t device_index;
	/* The last frame of scanout 0, for --png-last. */
	uint8_t *last;
	size_t last_room;
	uint32_t last_width, last_height;
};

static const char *replay_strerror(int error)
{
	return error < 0 && error > -4096 ? strerror(-error) : vgpu_strerror(error);
}

static int replay_complain(const char *what, int error)
{
	fprintf(stderr, "vgpu-replay: %s: %s\n", what, replay_strerror(error));
	return REPLAY_FAILED;
}

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

/* One picture, to wherever it was asked for. 0 or REPLAY_FAILED. */
static int replay_picture(struct replay *p, struct frame *frame)
{
	const struct replay_options *o = p->options;
	struct vgpu_device_picture picture;
	char path[4096], scanout[16] = "";
	int ret;

	ret = vgpu_device_read(p->device, frame->scanout, &picture);
	if (ret) {
		if (!p->report.unreadable++)
			fprintf(stderr,
				"vgpu-replay: frame %" PRIu64 " (resource %" PRIu32
				", format %" PRIu32 ") cannot be read: %s\n",
				frame->number, frame->resource_id, frame->format,
				replay_strerror(ret));
		return 0;
	}
	if (p->frames.out || p->frames.reference)
		frame_list_hash(&picture, frame->hash);
	if (o->png_last && !frame->scanout && replay_keep_last(p, &picture))
		return replay_complain(o->png_last, -ENOMEM);
	if (!o->png_dir)
		return 0;
	if (frame->scanout)
		snprintf(scanout, sizeof(scanout), "-s%" PRIu32, frame->scanout);
	if ((size_t)snprintf(path, sizeof(path), "%s/frame-%06" PRIu64 "%s.png", o->png_dir,
			     frame->number, scanout) >= sizeof(path))
		return replay_complain(o->png_dir, -ENAMETOOLONG);
	ret = png_save(path, picture.rgba, picture.width, picture.height);
	return ret ? replay_complain(path, ret) : 0;
}

static int replay_frames(struct replay *p, uint64_t command, uint64_t time_ns, uint32_t shown)
{
	const struct vgpu_device_scanout *s;
	struct frame frame;
	uint32_t i;
	int ret;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (!(shown >> i & 1))
			continue;
		p->report.frames++;
		if (!p->pictures)
			continue;
		s = vgpu_device_scanout(p->device, i);
		frame = (struct frame) {
			.number = p->report.frames,
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

static int replay_command(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_device_result result;
	struct vgpu_trace_command c;
	uint64_t start = 0, ns = 0;

	if (vgpu_trace_parse_command(r, &c)) {
		p->report.damaged++;
		return 0;
	}
	if (!p->report.commands)
		p->device_index = c.device;
	if (c.device != p->device_index) {
		p->report.other_device++;
		return 0;
	}
	if (p->options->bench)
		start = report_clock();
	vgpu_device_execute(p->device, c.request, c.request_size, &result);
	if (p->options->bench)
		ns = report_clock() - start;
	report_command(&p->report, c.id, &result, ns);
	return result.shown ? replay_frames(p, c.id, r->time_ns, result.shown) : 0;
}

/* 0 to go on, or the exit status. */
static int replay_record(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_epoch epoch;
	struct vgpu_trace_lost lost;
	int ret;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		/* Another trace behind the first one: nothing of it is known here. */
		if (p->begun) {
			report_epoch(&p->report);
			vgpu_device_clear_memory(p->device);
		}
		p->begun = true;
		return 0;
	case VGPU_TRACE_EPOCH:
		if (!vgpu_trace_parse_epoch(r, &epoch) && p->report.commands &&
		    epoch.device != p->device_index)
			return 0;
		report_epoch(&p->report);
		vgpu_device_reset(p->device);
		return 0;
	case VGPU_TRACE_MEMORY:
		if (vgpu_trace_parse_memory(r, &memory)) {
			p->report.damaged++;
			return 0;
		}
		/* Other spaces hold mapped blobs, which live in the renderer. */
		if (memory.space)
			return 0;
		ret = vgpu_device_write_memory(p->device, memory.address, memory.bytes,
					       memory.size);
		return ret ? replay_complain("guest memory", ret) : 0;
	case VGPU_TRACE_COMMAND:
		return replay_command(p, r);
	case VGPU_TRACE_RESPONSE:
		if (vgpu_trace_parse_response(r, &response))
			p->report.damaged++;
		else
			report_response(&p->report, &response);
		return 0;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost))
			p->report.damaged++;
		else
			report_lost(&p->report, &lost);
		return 0;
	default:
		return 0;
	}
}

static int replay_start_device(struct replay *p)
{
	struct vgpu_device_options d = { .backend = p->options->backend, .scanouts = 16 };
	bool automatic = !strcmp(d.backend, "auto");
	int ret;

	if (automatic)
		d.backend = pick_backend(p->options->trace);
	ret = vgpu_device_create(&p->device, &d);
	if (ret == -EINVAL) {
		fprintf(stderr, "vgpu-replay: there is no backend %s\n", d.backend);
		return REPLAY_USAGE;
	}
	if (ret) {
		fprintf(stderr, "vgpu-replay: backend %s cannot start: %s%s\n", d.backend,
			replay_strerror(ret),
			ret == -ENODEV ? " (virglrenderer needs EGL: is libegl1 with "
					 "libgl1-mesa-dri installed?)"
				       : "");
		return REPLAY_FAILED;
	}
	return 0;
}

static int replay_start_frames(struct replay *p, const struct vgpu_device_about *about)
{
	const struct replay_options *o = p->options;
	bool other = false;
	int ret;

	if (p->pictures && !strcmp(about->backend, "null")) {
		fputs("vgpu-replay: backend null makes no pictures\n", stderr);
		return REPLAY_USAGE;
	}
	if (o->png_dir && mkdir(o->png_dir, 0777) && errno != EEXIST)
		return replay_complain(o->png_dir, -errno);
	ret = o->frames ? frame_list_write_to(&p->frames, o->frames, about) : 0;
	if (ret)
		return replay_complain(o->frames, ret);
	ret = o->verify ? frame_list_compare_with(&p->frames, o->verify, about, &other) : 0;
	if (ret)
		return replay_complain(o->verify, ret);
	if (other && !o->quiet)
		fprintf(stderr, "vgpu-replay: note: %s was made with another renderer than %s\n",
			o->verify, about->renderer);
	return 0;
}

/* What is left to do when the records are through. */
static int replay_end(struct replay *p, const struct vgpu_device_about *about)
{
	const struct replay_options *o = p->options;
	struct vgpu_trace_status status;
	bool bad;
	int ret;

	p->report.open_fences = vgpu_device_wait_fences(p->device, FENCE_TIMEOUT_NS);
	p->report.end_ns = report_clock();
	report_end(&p->report);
	vgpu_trace_reader_status(p->reader, &status);
	ret = frame_list_end(&p->frames);
	if (ret)
		return replay_complain(o->frames, ret);
	if (o->png_last && !p->last_width) {
		fprintf(stderr, "vgpu-replay: %s: scanout 0 shows no frame\n", o->png_last);
		return REPLAY_FAILED;
	}
	ret = o->png_last ? png_save(o->png_last, p->last, p->last_width, p->last_height) : 0;
	if (ret)
		return replay_complain(o->png_last, ret);
	bad = report_problems(&p->report, &status);
	if (p->frames.differ) {
		fprintf(stderr, "vgpu-replay: %s: %" PRIu64 " frames differ; first: %s\n",
			o->verify, p->frames.differ, p->frames.first);
		bad = true;
	}
	if (o->json)
		report_json(&p->report, o->bench, about);
	else if (o->bench)
		report_bench(&p->report);
	if (!o->quiet)
		report_summary(&p->report);
	if (fflush(stdout) || ferror(stdout))
		return replay_complain("standard output", -EIO);
	return bad ? REPLAY_DIFFERS : REPLAY_OK;
}

int replay_run(const struct replay_options *options)
{
	struct vgpu_device_about about;
	struct vgpu_trace_record r;
	struct replay *p;
	int status, ret;

	p = calloc(1, sizeof(*p));
	if (!p)
		return replay_complain("start", -ENOMEM);
	p->options = options;
	p->pictures = options->png_dir || options->png_last || options->frames || options->verify;
	frame_list_init(&p->frames);
	report_init(&p->report, options->quiet);
	ret = vgpu_trace_reader_open(&p->reader, options->trace);
	if (ret) {
		status = replay_complain(options->trace, ret);
		goto out;
	}
	status = replay_start_device(p);
	if (status)
		goto out;
	vgpu_device_about(p->device, &about);
	p->report.capsets = strcmp(about.backend, "null") != 0;
	status = replay_start_frames(p, &about);
	if (status)
		goto out;
	p->report.start_ns = report_clock();
	while (!status && (ret = vgpu_trace_reader_next(p->reader, &r)) > 0)
		status = replay_record(p, &r);
	if (!status && ret < 0)
		status = replay_complain(options->trace, ret);
	if (!status)
		status = replay_end(p, &about);
out:
	frame_list_finish(&p->frames);
	report_finish(&p->report);
	vgpu_device_destroy(p->device);
	vgpu_trace_reader_close(p->reader);
	free(p->last);
	free(p);
	return status;
}
