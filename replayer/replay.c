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
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "break.h"
#include "pick.h"
#include "range.h"
#include "sandbox.h"

#define FENCE_TIMEOUT_NS 10000000000ull
/* Fences that the renderer may be behind the guest with --bench: what it has to do takes memory. */
#define FENCE_LAG        4u

const char *replay_strerror(int error)
{
	return error < 0 && error > -4096 ? strerror(-error) : vgpu_strerror(error);
}

int replay_complain(const char *what, int error)
{
	fprintf(stderr, "vgpu-replay: %s: %s\n", what, replay_strerror(error));
	return REPLAY_FAILED;
}

/* Of the request's header; 0 where it is too short. */
static uint32_t replay_dword(const struct vgpu_trace_command *c, size_t at)
{
	const uint8_t *b = c->request + at;

	return at + 4 > c->request_size ? 0 : b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* It was begun and came back; with --sync it is also done. Returns the time it took, ns. */
static uint64_t replay_time(struct replay *p, const struct vgpu_trace_command *c)
{
	struct times_command t = {
		.id = c->id,
		.frame = p->frames_before + p->report->frames + 1,
		.type = p->progress->type,
		.ctx_id = p->progress->ctx_id,
		.begun_ns = p->progress->begun_ns,
		.returned_ns = report_clock(),
	};

	if (p->options->sync)
		vgpu_device_finish(p->device);
	t.done_ns = p->options->sync ? report_clock() : t.returned_ns;
	if (times_wanted(&p->times))
		times_command(&p->times, &t);
	return t.done_ns - t.begun_ns;
}

/* The window may want to see something first. 0 to go on, or the exit status. */
static int replay_before(struct replay *p, uint64_t record)
{
	int ret = show_before(&p->show, &p->progress->again);

	if (!ret && seek_is_short(p, record)) {
		p->progress->again = p->show.order;
		ret = SHOW_AGAIN;
	}
	if (ret == SHOW_AGAIN)
		return SHOW_AGAIN;
	p->steer.stop |= ret != 0;
	return 0;
}

/*
 * A command whose payload the recorder cut as it was told to. What its context is told behind it may
 * rest on what is not here: that is left out too.
 */
static bool replay_is_snapped(struct replay *p, const struct vgpu_trace_command *c)
{
	bool submit = replay_dword(c, 0) == VGPU_CMD_SUBMIT_3D, cut = c->id == p->snapped_id;
	uint32_t ctx_id = replay_dword(c, 16);

	if (!cut && !(submit && id_set_has(&p->snapped, ctx_id + 1)))
		return false;
	if (submit)
		id_set_add(&p->snapped, ctx_id + 1);
	p->report->snapped++;
	return true;
}

static int replay_command(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_device_result result;
	struct vgpu_trace_command c;
	int status;
	struct child_progress *now = p->progress;
	uint64_t ns;
	bool windowed = p->show.device;
	const char *why;

	if (vgpu_trace_parse_command(r, &c)) {
		p->report->damaged++;
		return 0;
	}
	if (p->device_index == UINT32_MAX)
		p->device_index = c.device;
	if (c.device != p->device_index) {
		p->report->other_device++;
		return 0;
	}
	if (!steer_command(&p->steer, &c)) {
		p->report->left_out++;
		return 0;
	}
	status = windowed ? replay_before(p, r->number) : 0;
	if (status || p->steer.stop)
		return status;
	if (replay_is_snapped(p, &c))
		return 0;
	now->command = c.id;
	now->record = r->number;
	now->offset = r->offset;
	now->type = replay_dword(&c, 0);
	now->ctx_id = replay_dword(&c, 16);
	now->begun_ns = report_clock();
	if (windowed)
		show_execute(&p->show, &c, &result);
	else
		vgpu_device_execute(p->device, c.request, c.request_size, &result);
	ns = replay_time(p, &c);
	if (p->keep_state)
		state_command(&p->state, &c, r->time_ns, &result);
	report_command(p->report, c.id, &result, ns);
	/* Reading the pictures still belongs to it. */
	status = result.shown ? replay_frames(p, c.id, r->time_ns, result.shown) : 0;
	why = break_why(&p->options->breaks, p->steer.facts, &result);
	if (windowed)
		show_command(&p->show, &c, r->time_ns, &result,
			     p->frames_before + p->report->frames, why);
	else if (why && !status)
		status = break_tell(p, &c, why);
	now->begun_ns = 0;
	p->done = result;
	steer_done(&p->steer);
	return status;
}

/*
 * The guest went on when it saw this command's fence: so does the replay. Renderers that never
 * signal are given up after a while. Nothing that a command does rests on it: where speed is asked
 * for, the renderer may be a little behind (`lag` fences).
 */
static void replay_wait(struct replay *p, uint64_t id, uint32_t lag)
{
	const struct report_open *o = report_find(p->report, id);
	uint32_t fence = o ? o->fence : 0;
	uint64_t start;

	if (!fence || vgpu_device_wait_fence(p->device, fence - lag, 0))
		return;
	fence -= lag;
	start = report_clock();
	if (!vgpu_device_wait_fence(p->device, fence, FENCE_TIMEOUT_NS - p->waited_ns)) {
		p->report->late_fences++;
		p->waited_ns += report_clock() - start;
		if (p->waited_ns > FENCE_TIMEOUT_NS)
			p->waited_ns = FENCE_TIMEOUT_NS;
	}
}

/* A trimmed trace keeps the numbers of its frames. */
static void replay_header(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_header h;
	const char *first, *last;

	if (vgpu_trace_parse_header(r, &h))
		return;
	first = vgpu_trace_text_get(h.text, h.text_size, "first-frame");
	last = vgpu_trace_text_get(h.text, h.text_size, "last-frame");
	if (!first || !last || !strtoull(first, NULL, 10))
		return;
	p->frames_before = strtoull(first, NULL, 10) - 1;
	frame_list_range(&p->frames, p->frames_before + 1, strtoull(last, NULL, 10));
}

/* The guest was promised more than this host has: pictures would be wrong, or none. */
static int replay_fits(const struct replay *p)
{
	if (!p->report->capsets_unfit || p->options->force)
		return 0;
	fputs("vgpu-replay: this host cannot replay the trace (--force tries it all the same)\n",
	      stderr);
	return REPLAY_FAILED;
}

/* A break may wait for the answer. 0 or REPLAY_FAILED. */
static int replay_answered(struct replay *p, const struct vgpu_trace_response *response)
{
	const char *why = break_why(&p->options->breaks, p->steer.facts, NULL);
	char text[64];

	if (!why)
		return 0;
	snprintf(text, sizeof(text), "%s: command %" PRIu64 " is answered", why, response->id);
	if (!p->show.device)
		return break_tell(p, NULL, text);
	show_stop(&p->show, text);
	return 0;
}

/* 0 to go on, or the exit status. */
static int replay_record(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_readback readback;
	struct vgpu_trace_response response;
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_device_result result;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_epoch epoch;
	struct vgpu_trace_lost lost;
	int ret;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		/* Another trace behind the first one: nothing of it is known here. */
		if (p->begun) {
			report_epoch(p->report);
			vgpu_device_clear_memory(p->device);
			id_set_clear(&p->snapped);
		} else {
			replay_header(p, r);
		}
		p->begun = true;
		return 0;
	case VGPU_TRACE_DEVICE:
		replay_known(p, r);
		return replay_fits(p);
	case VGPU_TRACE_EPOCH:
		if (!vgpu_trace_parse_epoch(r, &epoch) && p->report->commands &&
		    epoch.device != p->device_index)
			return 0;
		report_epoch(p->report);
		vgpu_device_reset(p->device);
		if (p->show.device)
			show_reset(&p->show);
		id_set_clear(&p->snapped);
		if (p->keep_state)
			state_reset(&p->state);
		return 0;
	case VGPU_TRACE_MEMORY:
		if (vgpu_trace_parse_memory(r, &memory)) {
			p->report->damaged++;
			return 0;
		}
		/* Other spaces hold mapped blobs, which live in the renderer. */
		if (memory.space)
			return 0;
		ret = vgpu_device_write_memory(p->device, memory.address, memory.bytes,
					       memory.size);
		return ret ? replay_complain("guest memory", ret) : 0;
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &snapshot)) {
			p->report->damaged++;
			return 0;
		}
		/* Nobody waited for an answer; what needs this state and has it not will fail. */
		if (p->device_index == UINT32_MAX)
			p->device_index = snapshot.device;
		if (snapshot.device == p->device_index)
			vgpu_device_execute(p->device, snapshot.request, snapshot.request_size,
					    &result);
		if (snapshot.device == p->device_index && p->keep_state)
			state_snapshot(&p->state, &snapshot, r->time_ns, &result);
		return 0;
	case VGPU_TRACE_COMMAND:
		return replay_command(p, r);
	case VGPU_TRACE_READBACK:
		if (vgpu_trace_parse_readback(r, &readback)) {
			p->report->damaged++;
			return 0;
		}
		replay_wait(p, readback.id, 0);
		return replay_readback(p, &readback);
	case VGPU_TRACE_RESPONSE:
		if (vgpu_trace_parse_response(r, &response)) {
			p->report->damaged++;
			return 0;
		}
		replay_wait(p, response.id, p->options->bench ? FENCE_LAG : 0);
		replay_readback_end(p);
		if (p->show.device)
			show_response(&p->show, response.id, r->time_ns);
		report_response(p->report, &response);
		steer_done(&p->steer);
		if (p->options->steer.until_failure && p->report->fault.id)
			p->steer.stop = true;
		ret = replay_answered(p, &response);
		return ret ? ret : replay_fits(p);
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost)) {
			p->report->damaged++;
			return 0;
		}
		if (lost.what == VGPU_TRACE_LOST_SNAP)
			p->snapped_id = lost.id;
		report_lost(p->report, &lost);
		return 0;
	default:
		return 0;
	}
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
	p->report->open_fences = vgpu_device_wait_fences(p->device, FENCE_TIMEOUT_NS);
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

int replay_up_to(struct replay *p, uint64_t record)
{
	struct vgpu_trace_record r;
	int status = 0, ret = 0;

	while (!status && !p->steer.stop && p->next_record < record &&
	       (ret = vgpu_trace_reader_next(p->reader, &r)) > 0) {
		p->next_record = r.number + 1;
		p->done = (struct vgpu_device_result) { 0 };
		steer_record(&p->steer, &r);
		seek_record(p, &r);
		status = replay_record(p, &r);
		/* What it cannot follow is told when a checkpoint is to be made. */
		if (p->following && !status)
			checkpoints_follow(p->checkpoints, &r, p->done.type ? &p->done : NULL);
		if (p->done.shown && !status)
			seek_keep(p);
		if (p->range_fd >= 0 && p->frames_before + p->report->frames >= p->range_high)
			p->steer.stop = true;
	}
	if (!status && ret < 0)
		status = replay_complain(p->options->trace, ret);
	return status;
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
	p->device_index = UINT32_MAX;
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
