/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <vgpu/error.h>

#include "dialect-options.h"
#include "feed.h"

struct feed_device {
	struct vgpu_negotiated negotiated;
	struct vgpu_lint *lint;
	bool met;     /* the trace told of it */
	bool started; /* a command was seen in this epoch */
	bool told_start;
	uint64_t cut_id; /* command whose request is not whole */
};

/* NULL: f->error is set. */
static struct feed_device *make(struct feed *f, uint32_t index)
{
	struct feed_device *d;

	if (index >= FEED_DEVICES)
		index = FEED_DEVICES - 1;
	if (f->devices[index] || f->error)
		return f->devices[index];
	d = calloc(1, sizeof(*d));
	if (!d || vgpu_lint_create(&d->lint, &f->options)) {
		free(d);
		f->error = VGPU_ERR_TOO_LARGE;
		return NULL;
	}
	d->negotiated = f->negotiated;
	f->devices[index] = d;
	if (index >= f->n)
		f->n = index + 1;
	return d;
}

/* That a record names. */
static struct feed_device *device(struct feed *f, uint32_t index)
{
	struct feed_device *d = make(f, index);

	if (d)
		d->met = true;
	return d;
}

int feed_begin(struct feed *f, const struct vgpu_lint_options *options, uint32_t index)
{
	f->options = *options;
	f->options.dialect = f->negotiated.dialect;
	make(f, index);
	make(f, 0); /* which answers to nobody's question go to */
	return f->error;
}

void feed_finish(struct feed *f)
{
	for (unsigned int i = 0; i < f->n; i++) {
		if (f->devices[i])
			vgpu_lint_destroy(f->devices[i]->lint);
		free(f->devices[i]);
		f->devices[i] = NULL;
	}
}

static void take_device(struct feed *f, const struct vgpu_trace_device *in)
{
	struct feed_device *d = device(f, in->device);

	if (d && dialect_take_features(&d->negotiated, in))
		vgpu_lint_features(d->lint, d->negotiated.features);
}

/* What came before the first command is known when the driver counts from there, or a reset did. */
static void take_start(struct feed_device *d, const struct vgpu_trace_command *command)
{
	if (d->started)
		return;
	d->started = true;
	if (!d->told_start && command->seqno != 1)
		vgpu_lint_missing(d->lint, true);
}

static void take_command(struct feed *f, const struct vgpu_trace_command *command, uint64_t time_ns)
{
	struct feed_device *d = device(f, command->device);
	struct vgpu_track_message m = {
		.number = command->id,
		.time_ns = time_ns,
		.queue = command->queue,
		.room = command->response_size,
		.wire = command->request,
		.size = command->request_size,
	};

	if (!d)
		return;
	m.cut = command->id == d->cut_id;
	take_start(d, command);
	vgpu_lint_request(d->lint, &m);
}

/* It goes to the device whose command waits for it. */
static void take_response(struct feed *f, const struct vgpu_trace_response *response,
			  uint64_t time_ns)
{
	struct vgpu_track_message m = { .number = response->id,
					.time_ns = time_ns,
					.wire = response->response,
					.size = response->response_size };
	struct feed_device *to = f->devices[0];

	for (unsigned int i = 1; i < f->n; i++) {
		struct feed_device *d = f->devices[i];

		if (!d || !vgpu_track_pending(vgpu_lint_track(d->lint), response->id))
			continue;
		to = d;
		break;
	}
	vgpu_lint_response(to->lint, &m);
}

/* Whose it was is not told. */
static void take_lost(struct feed *f, const struct vgpu_trace_lost *lost)
{
	bool asked_for = lost->what == VGPU_TRACE_LOST_BEFORE ||
			 lost->what == VGPU_TRACE_LOST_FILTER || lost->what == VGPU_TRACE_LOST_SNAP;

	if (!asked_for)
		f->lost += lost->count;
	for (unsigned int i = 0; i < f->n; i++) {
		struct feed_device *d = f->devices[i];

		if (!d)
			continue;
		switch (lost->what) {
		case VGPU_TRACE_LOST_BEFORE:
			vgpu_lint_missing(d->lint, true);
			break;
		case VGPU_TRACE_LOST_STREAM:
		case VGPU_TRACE_LOST_SNAP:
			d->cut_id = lost->id;
			break;
		case VGPU_TRACE_LOST_COMMANDS:
		case VGPU_TRACE_LOST_RESPONSES:
		case VGPU_TRACE_LOST_RECORDS:
		case VGPU_TRACE_LOST_FILTER:
			vgpu_lint_missing(d->lint, false);
			break;
		}
	}
}

/* Nothing is known of the device any more. */
static void restart(struct feed_device *d, bool told_start)
{
	if (!d)
		return;
	vgpu_lint_reset(d->lint);
	d->started = false;
	d->told_start = told_start;
}

int feed_record(struct feed *f, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;
	struct vgpu_trace_response response;
	struct vgpu_trace_device in;
	struct vgpu_trace_epoch epoch;
	struct vgpu_trace_lost lost;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		/* A second trace in the same file starts from nothing. */
		for (unsigned int i = 0; i < f->n; i++)
			restart(f->devices[i], false);
		break;
	case VGPU_TRACE_EPOCH:
		if (vgpu_trace_parse_epoch(r, &epoch) == 0)
			restart(device(f, epoch.device), true);
		break;
	case VGPU_TRACE_DEVICE:
		if (vgpu_trace_parse_device(r, &in) == 0)
			take_device(f, &in);
		break;
	case VGPU_TRACE_COMMAND:
		if (vgpu_trace_parse_command(r, &command) == 0)
			take_command(f, &command, r->time_ns);
		break;
	case VGPU_TRACE_RESPONSE:
		if (vgpu_trace_parse_response(r, &response) == 0)
			take_response(f, &response, r->time_ns);
		break;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost) == 0)
			take_lost(f, &lost);
		break;
	}
	return f->error;
}

void feed_end(struct feed *f, bool cut)
{
	for (unsigned int i = 0; i < f->n; i++) {
		struct feed_device *d = f->devices[i];

		if (d && cut)
			vgpu_lint_missing(d->lint, false);
		if (d)
			vgpu_lint_reset(d->lint);
	}
}

const struct vgpu_track *feed_track(const struct feed *f, uint32_t index)
{
	return vgpu_lint_track(f->devices[index]->lint);
}

bool feed_met(const struct feed *f, uint32_t index)
{
	return f->devices[index] && f->devices[index]->met;
}

void feed_counts(const struct feed *f, uint64_t *commands, uint64_t *refused)
{
	struct vgpu_track_totals totals;

	*commands = *refused = 0;
	for (unsigned int i = 0; i < f->n; i++) {
		if (!f->devices[i])
			continue;
		vgpu_track_totals(vgpu_lint_track(f->devices[i]->lint), &totals);
		*commands += totals.commands;
		*refused += totals.failed;
	}
}
