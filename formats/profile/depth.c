/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "parts.h"

void depth_set(struct depth *d, uint64_t time_ns, uint32_t now)
{
	uint32_t at = d->now < DEPTH_MAX ? d->now : DEPTH_MAX;

	if (d->started && time_ns > d->last_ns)
		sum_add(&d->time_at[at], time_ns - d->last_ns);
	if (!d->started || time_ns > d->last_ns)
		d->last_ns = time_ns;
	d->started = true;
	d->now = now;
	if (now > d->max)
		d->max = now;
}

/* The least depth that is not passed in this part of the time. */
static uint32_t within(const struct depth *d, double total, double part)
{
	double sum = 0;

	for (uint32_t i = 0; i < DEPTH_MAX; i++) {
		sum += (double)d->time_at[i];
		if (sum >= total * part)
			return i;
	}
	return DEPTH_MAX;
}

void depth_get(const struct depth *d, struct vgpu_profile_depth *out)
{
	double total = 0, sum = 0;

	memset(out, 0, sizeof(*out));
	out->commands = d->commands;
	out->max = d->max;
	for (uint32_t i = 0; i <= DEPTH_MAX; i++) {
		total += (double)d->time_at[i];
		sum += (double)d->time_at[i] * i;
	}
	if (total <= 0)
		return;
	out->mean = sum / total;
	out->p50 = within(d, total, 0.5);
	out->p90 = within(d, total, 0.9);
	out->p99 = within(d, total, 0.99);
}
