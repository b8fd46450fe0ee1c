/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vgpu/error.h>
#include <vgpu/trace.h>

#include "pick.h"
#include "range.h"
#include "sandbox.h"

const char *replay_strerror(int error)
{
	return error < 0 && error > -4096 ? strerror(-error) : vgpu_strerror(error);
}

int replay_complain(const char *what, int error)
{
	fprintf(stderr, "vgpu-replay: %s: %s\n", what, replay_strerror(error));
	return REPLAY_FAILED;
}

static int replay_start_device(struct replay *p)
{
	const struct replay_options *o = p->options;
	struct pick pick = pick_device(o->trace);
	struct vgpu_device_options d = {
		.backend = strcmp(o->backend, "auto") ? o->backend : pick.backend,
		.profile = o->profile ? o->profile : pick.profile,
		.scanouts = 16,
		.cursors = o->cursors || o->window_socket >= 0,
		.gpu = o->gpu,
	};
	int ret;

	ret = vgpu_device_create(&p->device, &d);
	if (ret == -EINVAL && o->gpu) {
		fprintf(stderr, "vgpu-replay: backend %s has no use for a GPU\n", d.backend);
		return REPLAY_USAGE;
	}
	if (ret == -EINVAL) {
		fprintf(stderr, "vgpu-replay: there is no backend %s\n", d.backend);
		return REPLAY_USAGE;
	}
	if (ret && ret != -ENODEV && o->gpu)
		return replay_complain(o->gpu, ret);
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
	ret = o->frames ? frame_list_write_to(&p->frames, o->frames, about) : 0;
	if (ret)
		return replay_complain(o->frames, ret);
	ret = outcome_begin(&p->outcome, o->report, o->files.path[FILE_JUNIT] != NULL, about);
	if (ret)
		return replay_complain(o->report ? o->report : "report", ret);
	p->report->outcome = &p->outcome;
	ret = o->verify ? frame_list_compare_with(&p->frames, o->verify, about, &other) : 0;
	if (ret)
		return replay_complain(o->verify, ret);
	if (other && !o->quiet)
		fprintf(stderr, "vgpu-replay: note: %s was made with another renderer than %s\n",
			o->verify, about->renderer);
	return 0;
}

/* What state the device is in, to wherever that was asked for. 0 or REPLAY_FAILED. */
static int replay_state(struct replay *p)
{
	const struct replay_options *o = p->options;
	int ret;

	ret = times_end(&p->times);
	if (ret)
		return replay_complain(o->times ? o->times : o->timeline, ret);
	ret = o->files.path[FILE_STATE]
		      ? state_write(&p->state, &o->files, FILE_STATE, NULL, p->report->frames, NULL)
		      : 0;
	if (ret)
		return replay_complain(o->files.path[FILE_STATE], ret);
	ret = o->files.path[FILE_DUMP] ? state_dump(&p->state, &o->files, &o->resources) : 0;
	if (ret > 0)
		return REPLAY_FAILED;
	return ret ? replay_complain(o->files.path[FILE_DUMP], ret) : 0;
}

/* What is left to do when the records are through. */
static int replay_end(struct replay *p, const struct vgpu_device_about *about)
{
	const struct replay_options *o = p->options;
	struct vgpu_trace_status status;
	bool bad;
	int ret;

	/* What was seen again is no result. */
	p->report = &p->progress->report;
	if (p->show.device)
		show_end(&p->show);
	ret = replay_frames_end(p);
	if (ret)
		return ret;
	p->report->open_fences = vgpu_device_wait_fences(p->device, REPLAY_FENCE_TIMEOUT_NS);
	p->report->end_ns = report_clock();
	replay_readback_end(p);
	report_end(p->report);
	vgpu_trace_reader_status(p->reader, &status);
	if (p->steer.stop || o->loop.rounds) {
		/* What was not read is no loss. */
		status = (struct vgpu_trace_status) { .damage_offset = UINT64_MAX };
		if (!o->quiet && !o->loop.rounds)
			fprintf(stderr, "vgpu-replay: stopped behind command %" PRIu64 "\n",
				p->progress->command);
	}
	ret = replay_state(p);
	if (ret)
		return ret;
	ret = frame_list_end(&p->frames);
	if (ret)
		return replay_complain(o->frames, ret);
	bad = report_problems(p->report, &status);
	if (p->differ) {
		fprintf(stderr, "vgpu-replay: %s: %" PRIu64 " frames differ; first: %s\n",
			o->verify ? o->verify : o->files.path[FILE_EXPECTED], p->differ,
			p->first_differ);
		bad = true;
	}
	if (p->report->readbacks_differ) {
		if (!o->quiet || p->frames.reference)
			fprintf(stderr,
				"vgpu-replay: %" PRIu64 " of %" PRIu64
				" readbacks differ; first: %s\n",
				p->report->readbacks_differ, p->report->readbacks,
				p->readback.first_differ);
		/* Another renderer's pixels are no failure until pictures are held against some. */
		bad |= p->frames.reference || o->files.path[FILE_EXPECTED];
	}
	ret = outcome_end(&p->outcome, &o->files, p->report, p->differ);
	if (ret)
		return replay_complain("report", ret);
	if (o->json)
		report_json(p->report, o->bench, about, &p->loop);
	else if (o->bench)
		report_bench(p->report, &p->loop);
	if (!o->quiet)
		report_summary(p->report);
	if (fflush(stdout) || ferror(stdout))
		return replay_complain("standard output", -EIO);
	return bad ? REPLAY_DIFFERS : REPLAY_OK;
}

static int replay_sandbox(const struct replay *p)
{
	int ret = p->options->no_sandbox ? 0 : sandbox_enter();

	if (!ret)
		return 0;
	fprintf(stderr,
		"vgpu-replay: no sandbox can be had: %s (--no-sandbox replays without one)\n",
		replay_strerror(ret));
	return REPLAY_FAILED;
}

/* To the end, by whatever way the window wants to go. */
static int replay_on(struct replay *p)
{
	int status;

	do {
		status = replay_up_to(p, UINT64_MAX);
	} while (status == SHOW_AGAIN && !seek_go(p));
	return status;
}

static int replay_records(struct replay *p, const struct vgpu_device_about *about)
{
	int status = 0;

	p->report->start_ns = report_clock();
	if (p->range_fd >= 0)
		status = range_save(p, about);
	if (!status)
		status = p->options->loop.rounds ? loop_run(p) : replay_on(p);
	if (status)
		return status;
	if (p->options->device != UINT32_MAX && !p->met) {
		fprintf(stderr, "vgpu-replay: %s: no command is to device %" PRIu32 "\n",
			p->options->trace, p->options->device);
		return REPLAY_FAILED;
	}
	status = replay_end(p, about);
	while (seek_wait(p) == SHOW_AGAIN) {
		if (seek_go(p) || replay_on(p))
			return SHOW_AGAIN;
		show_end(&p->show);
	}
	return status;
}

int replay_execute(const struct replay_options *options, struct child_progress *progress)
{
	const struct files *files = &options->files;
	struct vgpu_device_about about;
	struct replay *p;
	const char *path;
	int status, ret;

	p = calloc(1, sizeof(*p));
	if (!p)
		return replay_complain("start", -ENOMEM);
	p->options = options;
	p->progress = progress;
	p->report = &progress->report;
	p->device_index = options->device;
	p->range_fd = -1;
	p->range_low = files->path[FILE_RANGE] ? UINT64_MAX : 0;
	p->range_high = UINT64_MAX;
	p->pictures = files->path[FILE_PNG] || files->path[FILE_PNG_LAST] || options->frames ||
		      options->verify || files->path[FILE_EXPECTED];
	frame_list_init(&p->frames);
	report_init(p->report, options->quiet, options->verbose);
	p->report->dialect = options->dialect;
	ret = vgpu_trace_reader_open(&p->reader, options->trace);
	if (ret) {
		status = replay_complain(options->trace, ret);
		goto out;
	}
	if (options->loop.rounds) {
		ret = vgpu_trace_reader_open(&p->again, options->trace);
		if (ret) {
			status = replay_complain(options->trace, ret);
			goto out;
		}
	}
	if (files->path[FILE_RANGE]) {
		p->range_fd = open(options->trace, O_RDONLY | O_CLOEXEC);
		if (p->range_fd < 0) {
			status = replay_complain(options->trace, -errno);
			goto out;
		}
	}
	if (options->limits.shaders)
		shader_cache_use(options->limits.shaders);
	status = replay_start_device(p);
	if (status)
		goto out;
	vgpu_device_about(p->device, &about);
	if (options->loop.rounds &&
	    checkpoints_create(&p->checkpoints, p->device,
			       &(struct checkpoints_options) { .again = p->again })) {
		status = replay_complain("start", -ENOMEM);
		goto out;
	}
	p->report->capsets = strcmp(about.backend, "null") != 0;
	p->keep_state = files->path[FILE_STATE] || files->path[FILE_DUMP] ||
			files->path[FILE_BREAK];
	if (steer_init(&p->steer, &options->steer) ||
	    (p->keep_state && state_init(&p->state, p->device))) {
		status = replay_complain("start", -ENOMEM);
		goto out;
	}
	if (options->window_socket >= 0)
		show_init(&p->show, options->window_socket, p->device, &progress->begun_ns,
			  options->window_begin, options->breaks.draw);
	status = seek_begin(p);
	if (status)
		goto out;
	ret = times_begin(&p->times, options->times, options->timeline, options->dialect, &path);
	if (ret) {
		status = replay_complain(path, ret);
		goto out;
	}
	status = replay_start_frames(p, &about);
	if (!status)
		status = replay_sandbox(p);
	if (!status)
		status = replay_records(p, &about);
out:
	frame_list_finish(&p->frames);
	report_finish(p->report);
	show_finish(&p->show);
	id_set_clear(&p->snapped);
	seek_finish(p);
	checkpoints_destroy(p->checkpoints);
	vgpu_device_destroy(p->device);
	vgpu_trace_reader_close(p->again);
	loop_finish(&p->loop);
	vgpu_trace_reader_close(p->reader);
	outcome_finish(&p->outcome);
	steer_finish(&p->steer);
	state_finish(&p->state);
	times_finish(&p->times);
	if (p->range_fd >= 0)
		close(p->range_fd);
	free(p->readback.room);
	free(p->last.rgba);
	free(p->final.rgba);
	free(p);
	return status;
}
