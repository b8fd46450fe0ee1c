/* SPDX-License-Identifier: MIT */
/*
 * The resources that exist at a command: the state that `vgpu-trace state --at` tells, and who named
 * each resource last. The trace is read for it by a thread, from where it was when the command lies
 * ahead of that, else from the begin.
 */
#ifndef VGPU_VIEW_RESOURCES_H
#define VGPU_VIEW_RESOURCES_H

#include <vgpu/dialect.h>
#include <vgpu/track.h>

#include "model.h"

#define VIEW_RESOURCES_MAX 16384u /* listed; more are counted */

struct view_resource {
	struct vgpu_track_resource is;
	uint64_t bytes;    /* of its pixels, all levels and layers, or of the blob */
	uint64_t last;     /* id of the command that named it last; 0: not known */
	uint32_t commands; /* that named it */
	uint32_t contexts; /* that it is attached to; */
	uint32_t ctx_id;   /* the first of them, or of a blob the one that made it; 0: none */
	char ctx_name[40]; /* debug name, "" when there is none */
};

struct view_resources;

/* On the trace at `path`. NULL: out of memory. */
struct view_resources *view_resources_create(const char *path, enum vgpu_dialect dialect);
void view_resources_destroy(struct view_resources *r); /* NULL is fine */

/* Those at command number `command` are wanted, as it was queued and before the next one. */
void view_resources_want(struct view_resources *r, uint32_t command);

/*
 * What is listed: of which command, how many there are, their bytes together. `command` is VIEW_NONE
 * while nothing is.
 */
struct view_resources_about {
	uint32_t command;
	uint32_t count; /* listed */
	uint32_t all;   /* that exist */
	uint64_t bytes; /* of all */
	bool partial;   /* commands from before are not in the trace */
	int error;      /* why there is no list, or 0 */
};
void view_resources_about(struct view_resources *r, struct view_resources_about *out);

/* It is of what is wanted. NULL is. */
bool view_resources_done(struct view_resources *r);

/* Number `index`, by rising id; false past the last. */
bool view_resources_get(struct view_resources *r, uint32_t index, struct view_resource *out);
/* The number of the one with that id; VIEW_NONE: it is not listed. */
uint32_t view_resources_find(struct view_resources *r, uint32_t id);

/* A picture of it can be shown: it is no buffer, and no more than two dimensions are needed. */
bool view_resource_has_picture(const struct view_resource *r);

#endif
