/* SPDX-License-Identifier: MIT */
/* What a replay does with each record of the trace. */
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "break.h"

/* Fences that the renderer may be behind the guest with --bench: what it has to do takes memory. */
#define FENCE_LAG 4u

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
		p->report->other_device += p->options->device == UINT32_MAX;
		return 0;
	}
	p->met = true;
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

	if (!fence)
		return;
	fence -= lag;
	if (vgpu_device_wait_fence(p->device, fence, 0))
		return;
	start = report_clock();
	if (!vgpu_device_wait_fence(p->device, fence, REPLAY_FENCE_TIMEOUT_NS - p->waited_ns)) {
		p->report->late_fences++;
		p->waited_ns += report_clock() - start;
		if (p->waited_ns > REPLAY_FENCE_TIMEOUT_NS)
			p->waited_ns = REPLAY_FENCE_TIMEOUT_NS;
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
		if (!vgpu_trace_parse_epoch(r, &epoch) && p->device_index != UINT32_MAX &&
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
		/* Other spaces are another device's, or mapped blobs', which live in the renderer. */
		if (memory.space != replay_space(p))
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
