/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace stats. */
#ifndef TRACER_STATS_H
#define TRACER_STATS_H

#include <vgpu/profile.h>

#include "filter-options.h"
#include "select.h"

struct stats {
	const char *path;
	bool json, csv, quiet;
	unsigned int by; /* enum vgpu_profile_by */
	bool by_given;
	unsigned long top;
	uint64_t stall_ns;
	struct filter_options filter;
	struct select select;
	struct vgpu_profile *profile;
	struct vgpu_profile_totals totals;
	struct vgpu_trace_status status;
};

void stats_print_text(const struct stats *s);
void stats_print_json(const struct stats *s);
void stats_print_csv(const struct stats *s);

/* "response", or the stage's name; `room` for numbers that have none. */
const char *stats_stage(uint32_t stage, char room[32]);
/* "SUBMIT_3D" */
const char *stats_type(uint32_t type, char room[32]);

#endif
