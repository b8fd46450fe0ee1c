/* SPDX-License-Identifier: MIT */
/* Feeding a trace to a device, and keeping count of what comes of it. */
#ifndef VGPU_REPLAY_H
#define VGPU_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <vgpu/trace.h>

#include "device.h"
#include "checkpoint.h"
#include "frames.h"
#include "loop.h"
#include "options.h"
#include "outcome.h"
#include "readback.h"
#include "report.h"
#include "seek.h"
#include "state.h"
#include "steer.h"
#include "times.h"
#include "window/show.h"

/* How long a renderer may take to signal a fence, all its delays together. */
#define REPLAY_FENCE_TIMEOUT_NS 10000000000ull

struct replay {
	const struct replay_options *options;
	struct vgpu_trace_reader *reader;
	struct vgpu_device *device;
	struct frame_list frames;
	struct child_progress *progress;
	struct report *report; /* that of `progress` */
	bool pictures;         /* somebody wants to see them */
	bool begun;            /* a header was read */
	uint32_t device_index; /* as asked for, or the first one that is used; UINT32_MAX before */
	bool met;              /* a command of it came */
	uint64_t spaces[REPLAY_DEVICES_MAX]; /* that each device's backing lies in */
	uint64_t waited_ns;                  /* for fences, in vain */
	uint64_t frames_before;              /* of the trace that this one was cut out of */
	struct kept {
		struct frame frame; /* number 0: none was kept */
		uint8_t *rgba;
		size_t room;
		uint32_t width, height;
	} last,        /* of scanout 0, for --png-last */
		final; /* of all, when only the last one is to be looked at */
	struct readback readback;
	struct outcome outcome;
	struct steer steer;
	struct state state;
	struct show show; /* with a window */
	bool keep_state;  /* somebody will ask for it */
	struct times times;
	uint64_t snapped_id;   /* the command of this id is not whole; 0: none is near */
	struct id_set snapped; /* contexts (+ 1) with such a command */
	struct loop loop;
	struct checkpoints *checkpoints; /* NULL: nobody goes back */
	struct vgpu_trace_reader *again; /* for them */
	struct seek seek;
	bool following;                 /* they are told of records */
	struct vgpu_device_result done; /* of the command at hand; all zero: it was not executed */
	int range_fd; /* the trace once more, for --save-range; -1: not asked for */
	uint64_t range_low, range_high; /* frames that it shows: these are looked at */
	uint64_t next_record;           /* its number */
	uint64_t compared, unexpected;  /* frames in the list, and those it has not */
	uint64_t differ;                /* frames that are not as they should be */
	char first_differ[384];         /* the first of them, a sentence */
};

/* run.c: the whole run; messages on stderr, results on stdout. Returns the exit status. */
int replay_run(struct replay_options *options);
/* Files or lists of what comes of it are wanted. */
bool replay_wants_results(const struct replay_options *o);

/* replay.c: the same in this process. `progress` is all zero. */
int replay_execute(const struct replay_options *options, struct child_progress *progress);
/* A message: what, and which error. Returns REPLAY_FAILED. */
int replay_complain(const char *what, int error);
const char *replay_strerror(int error);

/* records.c: records before number `record`. 0 or the exit status. */
int replay_up_to(struct replay *p, uint64_t record);

/* known.c: a DEVICE may tell of capsets that the guest had been told of; compares them with ours. */
void replay_known(struct replay *p, const struct vgpu_trace_record *r);
/* The address space of the device that is replayed. */
uint64_t replay_space(const struct replay *p);

/* pictures.c: a command put new frames on the scanouts `shown`. 0 or REPLAY_FAILED. */
int replay_frames(struct replay *p, uint64_t command, uint64_t time_ns, uint32_t shown);
/* No more frames will come: do what waited for that. 0 or REPLAY_FAILED. */
int replay_frames_end(struct replay *p);

#endif
