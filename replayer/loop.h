/* SPDX-License-Identifier: MIT */
/* --loop: frames of a trace again and again, each round from the same state; how long each takes. */
#ifndef VGPU_REPLAY_LOOP_H
#define VGPU_REPLAY_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct replay;

struct loop_options {
	uint32_t rounds;      /* that count; 0: no loop */
	uint32_t warm_up;     /* rounds before them */
	bool warm;            /* somebody said so */
	uint64_t first, last; /* frames; 0 and UINT64_MAX: all */
};

struct loop {
	uint64_t *frame_ns; /* of the rounds that count, in order */
	size_t count, room;
	uint64_t rounds,
		round_ns;     /* time of all of them, with what is done behind the last frame */
	uint64_t first, last; /* frames of a round */
};

/* Go to the first frame, and round and round from there. 0 or the exit status. */
int loop_run(struct replay *p);
void loop_finish(struct loop *l);

/* On stdout: lines, and the member "loop" of --bench --json, with a comma before it. */
void loop_bench(struct loop *l);
void loop_json(struct loop *l);

#endif
