/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "parts.h"

static void take_interval(struct pace *p, uint64_t interval)
{
	/* Before it goes into the window: is it far above what was usual? */
	if (p->window_count && (double)interval > 2.5 * (double)p->window_sum / p->window_count) {
		p->stutters++;
		sum_add(&p->stutter_ns, interval);
	}
	if (p->window_count == PACE_WINDOW)
		p->window_sum -= p->window[p->window_next];
	else
		p->window_count++;
	/* A hostile interval of centuries may not make the sum turn over. */
	p->window[p->window_next] = interval < UINT64_MAX / PACE_WINDOW ? interval
									: UINT64_MAX / PACE_WINDOW;
	p->window_sum += p->window[p->window_next];
	p->window_next = (p->window_next + 1) % PACE_WINDOW;
	if (p->interval.count > 1) {
		sum_add(&p->difference_sum, interval > p->last_interval
						    ? interval - p->last_interval
						    : p->last_interval - interval);
		p->differences++;
	}
	p->last_interval = interval;
}

int pace_frame(struct pace *p, uint64_t time_ns, bool flip)
{
	int err = 0;

	if (p->frames && time_ns >= p->last_ns) {
		err = histogram_add(&p->interval, time_ns - p->last_ns);
		if (!err)
			take_interval(p, time_ns - p->last_ns);
	}
	p->frames++;
	p->flips += flip;
	p->last_ns = time_ns;
	return err;
}

void pace_get(const struct pace *p, struct vgpu_profile_frames *out)
{
	memset(out, 0, sizeof(*out));
	out->frames = p->frames;
	out->flips = p->flips;
	histogram_series(&p->interval, &out->interval);
	out->low1_average = histogram_low_average(&p->interval);
	out->low1_integral = histogram_low_integral(&p->interval);
	out->pacing = p->differences ? p->difference_sum / p->differences : 0;
	out->stutters = p->stutters;
	out->stutter_ns = p->stutter_ns;
}
