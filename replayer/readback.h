/* SPDX-License-Identifier: MIT */
/* What commands made the device write for the guest to read, held against what ours wrote. */
#ifndef VGPU_REPLAY_READBACK_H
#define VGPU_REPLAY_READBACK_H

#include <stddef.h>
#include <stdint.h>

struct replay;
struct vgpu_trace_readback;

/* Of one command; a command may have several pieces. */
struct readback {
	uint64_t command; /* id; 0: none is at hand */
	uint32_t type, resource_id;
	uint64_t bytes, differ; /* that were compared, and those of them that are not as recorded */
	uint64_t address;       /* of the first of these, */
	uint8_t here, recorded; /* and what is there */
	uint8_t *room;          /* for the bytes of ours */
	size_t size;
	char first_differ[160]; /* of the first command with such, a sentence */
};

/* One piece. What failed now or was left out is not compared. 0 or the exit status. */
int replay_readback(struct replay *p, const struct vgpu_trace_readback *recorded);
/* The command has no more of them: count it, and tell of it where that is asked for. */
void replay_readback_end(struct replay *p);

#endif
