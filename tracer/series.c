/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "series.h"

void series_json(const char *key, const struct vgpu_stats_series *s)
{
	json_begin(key, '{');
	json_number("count", s->count);
	json_number("min", s->min);
	json_number("mean", s->mean);
	json_number("p50", s->p50);
	json_number("p90", s->p90);
	json_number("p99", s->p99);
	json_number("p999", s->p999);
	json_number("max", s->max);
	json_end('}');
}
