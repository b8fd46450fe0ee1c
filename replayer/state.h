/* SPDX-License-Identifier: MIT */
/*
 * What the device's state is when the replay stops: contexts, resources, scanouts, as JSON, and what
 * the resources hold, as pictures or bytes.
 *
 * {"schema_version":1,"kind":"state","command":N,"frames":N,"state":{…},"contents":[
 * {"resource":5,"level":0,"layer":0,"format":"B8G8R8X8_UNORM","width":64,"height":32,"size":8192,
 * "hash":"…"}, …],"bound":[…]} where "state" is what vgpu_track_json() gives, "bound" is bound.h's, "hash" XXH3-128 of the bytes as
 * they are in "format" (null: bytes), and "error" stands there instead for what cannot be read.
 */
#ifndef VGPU_REPLAY_STATE_H
#define VGPU_REPLAY_STATE_H

#include <vgpu/trace.h>
#include <vgpu/track.h>

#include "bound.h"
#include "choice.h"
#include "device.h"
#include "files.h"

struct state {
	struct vgpu_track *track;
	struct vgpu_device *device;
	struct bound bound;
	uint64_t command; /* the last one */
};

/* 0 or -ENOMEM. */
int state_init(struct state *s, struct vgpu_device *device);
void state_finish(struct state *s);

/* A command was executed and answered so. */
void state_command(struct state *s, const struct vgpu_trace_command *c, uint64_t time_ns,
		   const struct vgpu_device_result *result);
/* The same of a SNAPSHOT's request. */
void state_snapshot(struct state *s, const struct vgpu_trace_snapshot *snapshot, uint64_t time_ns,
		    const struct vgpu_device_result *result);
void state_reset(struct state *s);

/*
 * To a place, or to `name` in it; with `c` that command goes along, as "request", as vgpu-trace dump
 * writes it. 0 or -errno.
 */
int state_write(struct state *s, const struct files *files, enum file_place place, const char *name,
		uint64_t frames, const struct vgpu_trace_command *c);

/* What is dumped. */
struct state_choice {
	struct choice resources; /* empty: all */
	bool one;                /* only this level and layer of resource `id` */
	uint32_t id, level, layer;
};

/* "5,7-9", or "5:2:0" for resource, level and layer. 0 or -EINVAL. */
int state_choice_parse(struct state_choice *c, const char *text);

/*
 * What the resources hold to FILE_DUMP, named "resource-5-level-0-layer-0.png", or ".raw" for what is
 * no picture. 0 or -errno; 1: the one that was chosen cannot be read, which was told.
 */
int state_dump(struct state *s, const struct files *files, const struct state_choice *choice);

#endif
