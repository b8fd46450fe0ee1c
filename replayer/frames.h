/* SPDX-License-Identifier: MIT */
/*
 * The list of shown frames: written as NDJSON, or compared with such a list.
 *
 * The first line describes the run: {"schema_version":1,"kind":"frames","backend":…,"renderer":…,
 * "gl_version":…,"virglrenderer":…}; then one line per frame: {"frame":1,"scanout":0,"resource":5,
 * "width":1280,"height":800,"format":"B8G8R8X8_UNORM","time_ns":…,"command":1234,"hash":"…"}.
 * The hash is XXH3-128 in its canonical form (as `xxhsum -H2` prints) over width × height × 4 bytes
 * R, G, B, 255, rows from the top; null where the picture could not be read.
 */
#ifndef VGPU_REPLAY_FRAMES_H
#define VGPU_REPLAY_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "device.h"

#define FRAMES_HASH_SIZE 33 /* hex and a NUL */

#define FRAME_NAME       48 /* "frame-000001", of scanout 1 "frame-000001-s1" */

struct frame {
	char name[FRAME_NAME];
	uint64_t number; /* from 1, over all scanouts */
	uint32_t scanout, resource_id, width, height, format;
	uint64_t time_ns, command;
	char hash[FRAMES_HASH_SIZE]; /* "": not read */
};

/* What a list says of a frame. */
struct frame_listed {
	uint64_t width, height;
	char hash[FRAMES_HASH_SIZE]; /* "": none */
};

struct frame_list {
	FILE *out, *reference; /* NULL: not asked for */
	char *line;            /* of the reference */
	size_t line_room;
	bool kept;          /* the line was not asked for yet */
	bool ended;         /* the reference has no more lines */
	uint64_t low, high; /* frames of the reference that count */
};

void frame_list_init(struct frame_list *f);
void frame_list_finish(struct frame_list *f);

/* Begin a list at `path` ("-": standard output). 0 or -errno. */
int frame_list_write_to(struct frame_list *f, const char *path,
			const struct vgpu_device_about *about);

/*
 * Compare with the list at `path`. 0, -errno, or VGPU_ERR_INVALID when it is no list of frames.
 * *other_renderer is set when it was made with another renderer than `about`'s.
 */
int frame_list_compare_with(struct frame_list *f, const char *path,
			    const struct vgpu_device_about *about, bool *other_renderer);

/* The trace holds frames first to last of the one that the list was made from. */
void frame_list_range(struct frame_list *f, uint64_t first, uint64_t last);

void frame_list_hash_bytes(const uint8_t *bytes, size_t size, char out[FRAMES_HASH_SIZE]);
/* The hash of a picture. */
void frame_list_hash(const struct vgpu_device_picture *picture, char out[FRAMES_HASH_SIZE]);

/* Write the frame, where a list is written. 0, or -errno of the writing. */
int frame_list_add(struct frame_list *f, const struct frame *frame);

/*
 * What the reference says of frame `number`; false when it says nothing. To be asked by rising
 * number; with `skip`, frames in between are passed over, otherwise the lines are taken one by one,
 * whatever their number.
 */
bool frame_list_expect(struct frame_list *f, uint64_t number, bool skip, struct frame_listed *out);
/* Frames that are left in the reference. */
uint64_t frame_list_left(struct frame_list *f);

/* No more frames. Returns 0 or -errno of the writing. */
int frame_list_end(struct frame_list *f);

#endif
