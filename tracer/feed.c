/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include "dialect-options.h"

static void take_device(struct feed *f, const struct vgpu_trace_device *device)
{
	if (dialect_take_features(&f->negotiated, device))
		vgpu_lint_features(f->lint, f->negotiated.features);
}

/* What came before the first command is known when the driver counts from there, or a reset did. */
static void take_start(struct feed *f, const struct vgpu_trace_command *command)
{
	if (f->started)
		return;
	f->started = true;
	if (!f->told_start && command->seqno != 1)
		vgpu_lint_missing(f->lint, true);
}

static void take_command(struct feed *f, const struct vgpu_trace_command *command, uint64_t time_ns)
{
	struct vgpu_track_message m = {
		.number = command->id,
		.time_ns = time_ns,
		.queue = command->queue,
		.room = command->response_size,
		.cut = command->id == f->cut_id,
		.wire = command->request,
		.size = command->request_size,
	};

	take_start(f, command);
	vgpu_lint_request(f->lint, &m);
}

static void take_lost(struct feed *f, const struct vgpu_trace_lost *lost)
{
	switch (lost->what) {
	case VGPU_TRACE_LOST_BEFORE:
		vgpu_lint_missing(f->lint, true);
		return;
	case VGPU_TRACE_LOST_FILTER:
		vgpu_lint_missing(f->lint, false);
		return;
	case VGPU_TRACE_LOST_SNAP:
		f->cut_id = lost->id;
		return;
	case VGPU_TRACE_LOST_STREAM:
		f->cut_id = lost->id;
		break;
	case VGPU_TRACE_LOST_COMMANDS:
	case VGPU_TRACE_LOST_RESPONSES:
	case VGPU_TRACE_LOST_RECORDS:
		vgpu_lint_missing(f->lint, false);
		break;
	}
	f->lost += lost->count;
}

void feed_record(struct feed *f, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;
	struct vgpu_trace_response response;
	struct vgpu_trace_device device;
	struct vgpu_trace_lost lost;
	struct vgpu_track_message m;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		/* A second trace in the same file starts from nothing. */
		vgpu_lint_reset(f->lint);
		f->started = false;
		f->told_start = false;
		break;
	case VGPU_TRACE_EPOCH:
		vgpu_lint_reset(f->lint);
		f->started = false;
		f->told_start = true;
		break;
	case VGPU_TRACE_DEVICE:
		if (vgpu_trace_parse_device(r, &device) == 0)
			take_device(f, &device);
		break;
	case VGPU_TRACE_COMMAND:
		if (vgpu_trace_parse_command(r, &command) == 0)
			take_command(f, &command, r->time_ns);
		break;
	case VGPU_TRACE_RESPONSE:
		if (vgpu_trace_parse_response(r, &response))
			break;
		m = (struct vgpu_track_message) { .number = response.id,
						  .time_ns = r->time_ns,
						  .wire = response.response,
						  .size = response.response_size };
		vgpu_lint_response(f->lint, &m);
		break;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost) == 0)
			take_lost(f, &lost);
		break;
	}
}
