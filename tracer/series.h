/* SPDX-License-Identifier: MIT */
/* Percentiles as JSON, the same wherever they are printed. */
#ifndef TRACER_SERIES_H
#define TRACER_SERIES_H

#include <vgpu/stats.h>

void series_json(const char *key, const struct vgpu_stats_series *s);

#endif
