/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"

#define SUB (1u << HISTOGRAM_BITS)

static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < 2 * SUB)
		return (unsigned int)value;
	if (value >> HISTOGRAM_LIMIT)
		return HISTOGRAM_BUCKETS - 1;
	/* The highest bit goes to place HISTOGRAM_BITS; the bits below it choose the bucket. */
	shift = 63 - (unsigned int)__builtin_clzll(value) - HISTOGRAM_BITS;
	return shift * SUB + (unsigned int)(value >> shift);
}

static uint64_t middle_of(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * SUB)
		return bucket;
	shift = bucket / SUB - 1;
	return ((uint64_t)(bucket - shift * SUB) << shift) + (((uint64_t)1 << shift) - 1) / 2;
}

void histogram_finish(struct histogram *h)
{
	free(h->buckets);
	memset(h, 0, sizeof(*h));
}

int histogram_add(struct histogram *h, uint64_t value)
{
	if (!h->buckets) {
		h->buckets = calloc(HISTOGRAM_BUCKETS, sizeof(*h->buckets));
		if (!h->buckets)
			return -ENOMEM;
		h->min = UINT64_MAX;
	}
	h->buckets[bucket_of(value)]++;
	h->count++;
	/* Saturate: a hostile trace may hold times that no clock shows. */
	if (__builtin_add_overflow(h->sum, value, &h->sum))
		h->sum = UINT64_MAX;
	if (value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	return 0;
}

/* What a bucket stands for. */
static uint64_t value_of(const struct histogram *h, unsigned int bucket)
{
	uint64_t value = middle_of(bucket);

	if (value < h->min)
		return h->min;
	return value > h->max ? h->max : value;
}

/* The nearest rank, from 1. */
static uint64_t rank_of(const struct histogram *h, double percent)
{
	double exact = percent / 100 * (double)h->count;
	uint64_t rank = (uint64_t)exact;

	return (double)rank < exact || rank == 0 ? rank + 1 : rank;
}

/* `n` percentiles, from small to large, in one pass over the buckets. */
static void percentiles(const struct histogram *h, const double *percents, uint64_t *out,
			unsigned int n)
{
	uint64_t seen = 0, rank = rank_of(h, percents[0]);
	unsigned int k = 0;

	for (unsigned int i = bucket_of(h->min); i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		while (seen >= rank) {
			out[k++] = value_of(h, i);
			if (k == n)
				return;
			rank = rank_of(h, percents[k]);
		}
	}
	while (k < n)
		out[k++] = h->max;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	uint64_t value;

	if (!h->count)
		return 0;
	percentiles(h, &percent, &value, 1);
	return value;
}

void histogram_series(const struct histogram *h, struct vgpu_stats_series *out)
{
	static const double percents[] = { 50, 90, 99, 99.9 };
	uint64_t values[4];

	memset(out, 0, sizeof(*out));
	if (!h->count)
		return;
	percentiles(h, percents, values, 4);
	out->count = h->count;
	out->min = h->min;
	out->max = h->max;
	out->mean = h->sum / h->count;
	out->p50 = values[0];
	out->p90 = values[1];
	out->p99 = values[2];
	out->p999 = values[3];
}

uint64_t histogram_low_average(const struct histogram *h)
{
	/* The values from the nearest rank of 99 % on, that one too. */
	uint64_t wanted = h->count / 100 + 1, left = wanted;
	double sum = 0;

	if (!h->count)
		return 0;
	for (unsigned int i = HISTOGRAM_BUCKETS; i-- && left;) {
		uint64_t n = h->buckets[i] < left ? h->buckets[i] : left;

		sum += (double)n * (double)value_of(h, i);
		left -= n;
	}
	return (uint64_t)(sum / (double)wanted);
}

uint64_t histogram_low_integral(const struct histogram *h)
{
	double total = 0, sum = 0;

	if (!h->count)
		return 0;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += (double)h->buckets[i] * (double)value_of(h, i);
	for (unsigned int i = HISTOGRAM_BUCKETS; i--;) {
		if (!h->buckets[i])
			continue;
		sum += (double)h->buckets[i] * (double)value_of(h, i);
		if (sum >= total / 100)
			return value_of(h, i);
	}
	return h->min;
}
