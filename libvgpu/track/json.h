/* SPDX-License-Identifier: MIT */
/* The tracker's objects as JSON: for the whole state, and for differences. */
#ifndef VGPU_TRACK_JSON_H
#define VGPU_TRACK_JSON_H

#include <vgpu/track.h>

#include "out.h"

/* Where the next comma goes. */
struct track_json {
	struct out out;
	enum vgpu_dialect dialect; /* that commands are named in */
	bool more;
};

void track_json_init(struct track_json *j, const struct vgpu_track *t,
		     const struct vgpu_sink *sink);
/* name NULL: an element, or the outermost. */
void track_json_begin(struct track_json *j, const char *name, char bracket);
void track_json_end(struct track_json *j, char bracket);
void track_json_null(struct track_json *j, const char *name);
/* A member that is JSON already. */
void track_json_raw(struct track_json *j, const char *member, size_t size);

/* The name of the array that such objects stand in. */
const char *track_json_array(enum vgpu_track_object object);
/* What the object is known by, from a change's id. */
void track_json_ids(struct track_json *j, enum vgpu_track_object object, uint64_t id);
/* Its other members; `state` is its public struct. */
void track_json_members(struct track_json *j, enum vgpu_track_object object, const void *state);

#endif
