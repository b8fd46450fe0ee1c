/* SPDX-License-Identifier: MIT */
/*
 * Going back, and ahead, in a replay: on the way through the trace the device's state is kept now
 * and then, and can be put back. What cannot be read back from the renderer (several samples a
 * pixel, blobs of the host) is made again by the commands that made it.
 */
#ifndef VGPU_REPLAY_CHECKPOINT_H
#define VGPU_REPLAY_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/trace.h>

#include "device.h"

struct checkpoints;

/* A moment of a replay, behind a record. */
struct checkpoint {
	uint64_t record;  /* number of the next one */
	uint64_t frames;  /* shown by then, all scanouts together */
	uint64_t command; /* id of the last one; 0: none */
	uint64_t draws;   /* for whoever counts them */
	uint32_t device;  /* index, in the trace, of the device that is replayed */
};

struct checkpoints_options {
	/*
	 * The same trace from its beginning, to look something up in; the caller's. NULL: it cannot
	 * be read twice. Then no more are made once a stream is refused.
	 */
	struct vgpu_trace_reader *again;
	size_t memory; /* bytes for all of them, 0: 1 GiB; when they are full, every second one is
				 forgotten */
	/* Told of each request that is executed to bring the device back; may be NULL. */
	void (*executed)(void *data, const uint8_t *request, size_t size);
	void *data;
	uint64_t interval_ns; /* replaying this long wants another one; 0: 250 ms */
};

/* Begin before the first record. The device is used, not owned. 0 or -ENOMEM. */
int checkpoints_create(struct checkpoints **out, struct vgpu_device *device,
		       const struct checkpoints_options *options);
void checkpoints_destroy(struct checkpoints *c); /* NULL is fine; before the device */

/*
 * Behind each record, when the device has executed it. `result`: of a COMMAND, else NULL. Also when
 * going over records again, and after going back; what is known already is passed over. 0, or an
 * error after which none is made any more (nothing is wrong with those there are): -ENOMEM,
 * VGPU_ERR_TOO_LARGE, -ESPIPE (a stream was refused, and `again` is NULL).
 */
int checkpoints_follow(struct checkpoints *c, const struct vgpu_trace_record *r,
		       const struct vgpu_device_result *result);

/*
 * Keep the state here, if it is time to, or (always) in any case. Best where a frame was just shown,
 * behind checkpoints_follow(). Takes a fifth of the replay's time at most, unless `always`. 0 or an
 * error as there.
 */
int checkpoints_keep(struct checkpoints *c, const struct checkpoint *here, bool always);

/*
 * The last one with fewer than `frame` frames (frames count from 1: the next frames lead to it).
 * False: only the beginning of the trace does.
 */
bool checkpoints_find(const struct checkpoints *c, uint64_t frame, struct checkpoint *out);

/* The same for the last one with commands before that of this id. */
bool checkpoints_find_command(const struct checkpoints *c, uint64_t command,
			      struct checkpoint *out);

/*
 * Bring the device there: `where` is what checkpoints_find() said; NULL: to the beginning, without
 * any state. The caller goes on with record where->record (vgpu_trace_reader_seek_record()). 0,
 * -ENOENT, -ENOMEM, -EIO: the renderer refuses what it once gave; the state is then undefined, and
 * another one can be tried.
 */
int checkpoints_restore(struct checkpoints *c, const struct checkpoint *where);

struct checkpoints_stats {
	size_t count, bytes; /* kept now; compressed contents, without the editor's state */
	uint64_t made, made_ns, made_ns_max;
	uint64_t not_taken; /* resources that commands make again, in the last one */
};

void checkpoints_stats(const struct checkpoints *c, struct checkpoints_stats *out);

#endif
