/* SPDX-License-Identifier: MIT */
#include <vgpu/judge.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

struct judged {
	struct vgpu_negotiated negotiated;
	struct vgpu_lint *lint;
	bool met;     /* the trace told of it */
	bool started; /* a command was seen in this epoch */
	bool told_start;
	uint64_t cut_id; /* command whose request is not whole */
};

struct vgpu_judge {
	struct vgpu_lint_options options;
	struct judged *devices[VGPU_JUDGE_DEVICES]; /* NULL: nothing came of it */
	unsigned int n;                             /* none from here on */
	uint64_t lost;
	int error; /* sticky */
};

/* NULL: j->error is set. */
static struct judged *make(struct vgpu_judge *j, uint32_t index)
{
	struct judged *d;

	if (index >= VGPU_JUDGE_DEVICES)
		index = VGPU_JUDGE_DEVICES - 1;
	if (j->devices[index] || j->error)
		return j->devices[index];
	d = calloc(1, sizeof(*d));
	if (!d || vgpu_lint_create(&d->lint, &j->options)) {
		free(d);
		j->error = VGPU_ERR_TOO_LARGE;
		return NULL;
	}
	d->negotiated = (struct vgpu_negotiated) { .dialect = j->options.dialect,
						   .has_features = j->options.has_features,
						   .features = j->options.features };
	j->devices[index] = d;
	if (index >= j->n)
		j->n = index + 1;
	return d;
}

/* That a record names. */
static struct judged *device(struct vgpu_judge *j, uint32_t index)
{
	struct judged *d = make(j, index);

	if (d)
		d->met = true;
	return d;
}

int vgpu_judge_create(struct vgpu_judge **out, const struct vgpu_lint_options *options,
		      uint32_t index)
{
	struct vgpu_judge *j = calloc(1, sizeof(*j));

	*out = NULL;
	if (!j)
		return VGPU_ERR_TOO_LARGE;
	j->options = *options;
	make(j, index);
	make(j, 0); /* which answers to nobody's question go to */
	if (j->error) {
		vgpu_judge_destroy(j);
		return VGPU_ERR_TOO_LARGE;
	}
	*out = j;
	return 0;
}

void vgpu_judge_destroy(struct vgpu_judge *j)
{
	if (!j)
		return;
	for (unsigned int i = 0; i < j->n; i++) {
		if (j->devices[i])
			vgpu_lint_destroy(j->devices[i]->lint);
		free(j->devices[i]);
	}
	free(j);
}

bool vgpu_trace_device_features(const struct vgpu_trace_device *device, struct vgpu_negotiated *n)
{
	const char *features = vgpu_trace_text_get(device->text, device->text_size, "features");
	uint32_t bit;
	char name[32];

	if (!features)
		return false;
	n->has_features = true;
	n->features = 0;
	if (*features >= '0' && *features <= '9') {
		n->features = strtoull(features, NULL, 0);
		return true;
	}
	/* Or by name: "VIRGL,EDID". */
	while (*features) {
		size_t size = strcspn(features, ",");

		snprintf(name, sizeof(name), "%.*s", size < sizeof(name) ? (int)size : 0, features);
		if (vgpu_dialect_value_number(n->dialect, VGPU_SET_F, name, &bit) == 0)
			n->features |= UINT64_C(1) << bit;
		features += size + (features[size] == ',');
	}
	return true;
}

static void take_device(struct vgpu_judge *j, const struct vgpu_trace_device *in)
{
	struct judged *d = device(j, in->device);

	if (d && vgpu_trace_device_features(in, &d->negotiated))
		vgpu_lint_features(d->lint, d->negotiated.features);
}

/* What came before the first command is known when the driver counts from there, or a reset did. */
static void take_start(struct judged *d, const struct vgpu_trace_command *command)
{
	if (d->started)
		return;
	d->started = true;
	if (!d->told_start && command->seqno != 1)
		vgpu_lint_missing(d->lint, true);
}

static void take_command(struct vgpu_judge *j, const struct vgpu_trace_command *command,
			 uint64_t time_ns)
{
	struct judged *d = device(j, command->device);
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
static void take_response(struct vgpu_judge *j, const struct vgpu_trace_response *response,
			  uint64_t time_ns)
{
	struct vgpu_track_message m = { .number = response->id,
					.time_ns = time_ns,
					.wire = response->response,
					.size = response->response_size };
	struct judged *to = j->devices[0];

	for (unsigned int i = 1; i < j->n; i++) {
		struct judged *d = j->devices[i];

		if (!d || !vgpu_track_pending(vgpu_lint_track(d->lint), response->id))
			continue;
		to = d;
		break;
	}
	vgpu_lint_response(to->lint, &m);
}

/* Whose it was is not told. */
static void take_lost(struct vgpu_judge *j, const struct vgpu_trace_lost *lost)
{
	bool asked_for = lost->what == VGPU_TRACE_LOST_BEFORE ||
			 lost->what == VGPU_TRACE_LOST_FILTER || lost->what == VGPU_TRACE_LOST_SNAP;

	if (!asked_for)
		j->lost += lost->count;
	for (unsigned int i = 0; i < j->n; i++) {
		struct judged *d = j->devices[i];

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
static void restart(struct judged *d, bool told_start)
{
	if (!d)
		return;
	vgpu_lint_reset(d->lint);
	d->started = false;
	d->told_start = told_start;
}

int vgpu_judge_record(struct vgpu_judge *j, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;
	struct vgpu_trace_response response;
	struct vgpu_trace_device in;
	struct vgpu_trace_epoch epoch;
	struct vgpu_trace_lost lost;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		/* A second trace in the same file starts from nothing. */
		for (unsigned int i = 0; i < j->n; i++)
			restart(j->devices[i], false);
		break;
	case VGPU_TRACE_EPOCH:
		if (vgpu_trace_parse_epoch(r, &epoch) == 0)
			restart(device(j, epoch.device), true);
		break;
	case VGPU_TRACE_DEVICE:
		if (vgpu_trace_parse_device(r, &in) == 0)
			take_device(j, &in);
		break;
	case VGPU_TRACE_COMMAND:
		if (vgpu_trace_parse_command(r, &command) == 0)
			take_command(j, &command, r->time_ns);
		break;
	case VGPU_TRACE_RESPONSE:
		if (vgpu_trace_parse_response(r, &response) == 0)
			take_response(j, &response, r->time_ns);
		break;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(r, &lost) == 0)
			take_lost(j, &lost);
		break;
	}
	return j->error;
}

void vgpu_judge_end(struct vgpu_judge *j, bool cut)
{
	for (unsigned int i = 0; i < j->n; i++) {
		struct judged *d = j->devices[i];

		if (d && cut)
			vgpu_lint_missing(d->lint, false);
		if (d)
			vgpu_lint_reset(d->lint);
	}
}

const struct vgpu_track *vgpu_judge_track(const struct vgpu_judge *j, uint32_t index)
{
	return index < j->n && j->devices[index] ? vgpu_lint_track(j->devices[index]->lint) : NULL;
}

bool vgpu_judge_met(const struct vgpu_judge *j, uint32_t index)
{
	return index < j->n && j->devices[index] && j->devices[index]->met;
}

void vgpu_judge_totals(const struct vgpu_judge *j, struct vgpu_judge_totals *out)
{
	struct vgpu_track_totals totals;

	*out = (struct vgpu_judge_totals) { .lost = j->lost };
	for (unsigned int i = 0; i < j->n; i++) {
		if (!j->devices[i])
			continue;
		vgpu_track_totals(vgpu_lint_track(j->devices[i]->lint), &totals);
		out->commands += totals.commands;
		out->refused += totals.failed;
	}
}
