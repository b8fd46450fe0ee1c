/* SPDX-License-Identifier: MIT */
/*
 * Durations counted in buckets that get wider with the value (the layout of HdrHistogram): exact
 * below 256 ns, then 128 buckets to each doubling, each represented by its middle.
 */
#ifndef FORMATS_HISTOGRAM_H
#define FORMATS_HISTOGRAM_H

#include <vgpu/stats.h>

#define HISTOGRAM_BITS    7u
#define HISTOGRAM_LIMIT   40u /* values of 2^40 and more share the last bucket */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_LIMIT - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
	uint64_t count, sum, min, max;
	uint64_t *buckets; /* NULL until the first value */
};

void histogram_finish(struct histogram *h);
/* 0 or -ENOMEM. */
int histogram_add(struct histogram *h, uint64_t value);
/* The nearest-rank percentile; 0 when empty. */
uint64_t histogram_percentile(const struct histogram *h, double percent);
/* Mean of the longest 1 %; the value with which the longest ones make 1 % of the sum; 0 when empty. */
uint64_t histogram_low_average(const struct histogram *h);
uint64_t histogram_low_integral(const struct histogram *h);
void histogram_series(const struct histogram *h, struct vgpu_stats_series *out);

#endif
