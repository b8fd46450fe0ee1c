/* SPDX-License-Identifier: MIT */
/* How a command is kept in 16 bytes. For what fills and reads the model only. */
#ifndef VGPU_VIEW_PACKED_H
#define VGPU_VIEW_PACKED_H

#include "model.h"

#define PACKED_TIME_BITS   56u /* a year before and after the first command */
#define PACKED_ANSWER_BITS 48u /* three days */
#define PACKED_ANSWER_MAX  (((uint64_t)1 << PACKED_ANSWER_BITS) - 1)

enum {
	PACKED_FLAGS = 48,
	PACKED_QUEUE = 52,
	PACKED_ROW = 53,
	PACKED_CONTEXT_ROW = 55,
	PACKED_LANE = 57,
};
_Static_assert(VIEW_ROWS <= 4 && VIEW_CONTEXTS <= 127, "as many bits as there are");

/* Times that no clock shows side by side are held at the ends of what fits. */
static inline uint64_t packed_time(uint64_t base_ns, uint64_t time_ns, uint32_t type)
{
	const int64_t limit = (int64_t)1 << (PACKED_TIME_BITS - 1);
	int64_t offset = (int64_t)(time_ns - base_ns);

	if (time_ns >= base_ns && (offset < 0 || offset >= limit))
		offset = limit - 1;
	else if (time_ns < base_ns && (offset >= 0 || offset < -limit))
		offset = -limit;
	return (uint64_t)offset << 8 | type;
}

static inline uint64_t packed_queue_ns(const struct view_packed *p, uint64_t base_ns)
{
	return base_ns + (uint64_t)((int64_t)p->time >> 8);
}

static inline uint64_t packed_latency(const struct view_packed *p)
{
	return p->answer & PACKED_ANSWER_MAX;
}

/*
 * When a fence signalled, after the answer or else after the command was queued: steps of 64 ns, ten
 * bits and an exponent. 0: not known.
 */
static inline uint16_t packed_signal(uint64_t ns, bool from_answer)
{
	uint64_t steps = ns / 64 + 1;
	uint32_t exponent = 0;

	for (; steps >> 11; steps >>= 1)
		exponent++;
	if (steps >> 10) {
		exponent++;
		steps &= 1023;
	}
	if (exponent > 31)
		exponent = 31;
	return (uint16_t)((uint32_t)from_answer << 15 | exponent << 10 | steps);
}

static inline uint64_t packed_signal_ns(uint16_t signal, const struct view_packed *p,
					uint64_t base_ns)
{
	uint32_t exponent = signal >> 10 & 31;
	uint64_t steps = signal & 1023;

	if (exponent)
		steps = (steps | 1024) << (exponent - 1);
	return packed_queue_ns(p, base_ns) + (signal >> 15 ? packed_latency(p) : 0) +
	       (steps - 1) * 64;
}

static inline uint32_t packed_flags(const struct view_packed *p)
{
	return p->answer >> PACKED_FLAGS & 15;
}

#endif
