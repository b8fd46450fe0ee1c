/* SPDX-License-Identifier: MIT */
/* What the trace does not hold, as its LOST records say it. */
#include "drain.h"

int record_drain_lost(struct record_drain *d, uint32_t what, uint32_t queue, uint64_t number,
		      uint64_t bytes, uint64_t id, uint64_t first_ns)
{
	struct vgpu_trace_writer *writer = id ? record_drain_file(d, &id) : d->writer;
	struct vgpu_trace_lost lost = {
		.what = what,
		.queue = queue,
		.count = number,
		.bytes = bytes,
		.first_ns = first_ns,
		.last_ns = d->time_ns,
		.id = writer ? id : 0,
	};
	int error = record_drain_flush(d);

	if (what == VGPU_TRACE_LOST_BEFORE)
		d->before += number;
	else if (!vgpu_trace_loss_is_meant(what))
		d->lost += number;
	return error ? error
		     : vgpu_trace_write_lost(writer ? writer : d->writer, d->time_ns, &lost);
}

/* Commands that were not chosen since the last one that was. */
int record_drain_left_out(struct record_drain *d)
{
	uint64_t number = d->left_out - d->told_left_out;

	d->told_left_out = d->left_out;
	return number ? record_drain_lost(d, VGPU_TRACE_LOST_FILTER, UINT32_MAX, number, 0, 0, 0)
		      : 0;
}

int record_drain_losses(struct record_drain *d, const struct record_counters *counters,
			const struct record_missed *missed, uint64_t now, bool final)
{
	uint64_t commands = __atomic_load_n(&counters->commands_lost, __ATOMIC_RELAXED) +
			    __atomic_load_n(&counters->commands_bad, __ATOMIC_RELAXED);
	uint64_t responses =
		__atomic_load_n(&counters->responses_lost, __ATOMIC_RELAXED) + missed->responses;
	uint64_t stages = __atomic_load_n(&counters->fences_lost, __ATOMIC_RELAXED) +
			  __atomic_load_n(&counters->moments_lost, __ATOMIC_RELAXED) +
			  missed->stages;
	bool numbered = d->device_count && (d->devices[0].seqno[0] || d->devices[0].seqno[1]);
	uint64_t reported = d->reported_commands + d->gaps, number;
	uint64_t since = d->checked_ns ? d->checked_ns : d->first_ns;
	int error = 0;

	d->checked_ns = now;
	if (now > d->time_ns)
		d->time_ns = now;
	if (final)
		error = record_drain_left_out(d);
	/* Where the driver numbers its commands the next one shows the gap, and where it is. */
	if (!error && commands > reported && (final || !numbered)) {
		number = commands - reported;
		d->reported_commands += number;
		error = record_drain_lost(d, VGPU_TRACE_LOST_COMMANDS, UINT32_MAX, number, 0, 0,
					  numbered ? d->first_ns : since);
	}
	if (!error && responses > d->reported_responses) {
		number = responses - d->reported_responses;
		d->reported_responses = responses;
		error = record_drain_lost(d, VGPU_TRACE_LOST_RESPONSES, UINT32_MAX, number, 0, 0,
					  since);
	}
	if (!error && stages > d->reported_stages) {
		number = stages - d->reported_stages;
		d->reported_stages = stages;
		error = record_drain_lost(d, VGPU_TRACE_LOST_STAGES, UINT32_MAX, number, 0, 0,
					  since);
	}
	return error;
}
