/* SPDX-License-Identifier: MIT */
/*
 * Slices of one Perfetto track must nest, but commands overlap: each timeline is a set of tracks of
 * the same name, which Perfetto's viewer shows as one, and a slice takes the first that is free.
 */
#ifndef EXPORT_PERFETTO_LANES_H
#define EXPORT_PERFETTO_LANES_H

#include "perfetto-write.h"

#define LANES    256u /* of one timeline; as many as a ring has room for */
#define LANE_OFF LANES

struct timeline {
	uint64_t key;    /* 0: free */
	uint64_t parent; /* track; 0: none */
	char name[48];
	int64_t in_flight;
	struct {
		uint64_t free_from; /* time; UINT64_MAX: a slice is open */
		bool made;
	} lanes[LANES];
};

struct timelines;

int timelines_create(struct timelines **out, struct pf_writer *w); /* 0 or -ENOMEM */
void timelines_destroy(struct timelines *t);                       /* NULL is fine */

/* The timeline of a key (not 0), made at its first use; NULL when there are too many. */
struct timeline *timeline_of(struct timelines *t, uint64_t key, uint64_t parent, const char *name);

/* A lane that is free at a time, or LANE_OFF; and its track. */
unsigned int lane_take(struct timelines *t, struct timeline *line, uint64_t time_ns);
uint64_t lane_track(const struct timeline *line, unsigned int lane);
void lane_release(struct timeline *line, unsigned int lane, uint64_t time_ns);

/* One number of several; never 0. */
uint64_t track_key(unsigned int kind, uint64_t a, uint64_t b, uint64_t c);

#endif
