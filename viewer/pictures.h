/* SPDX-License-Identifier: MIT */
/*
 * Pictures of the frames. A child process replays the trace on the replayer's device, in the
 * replayer's sandbox, and sends them back: a renderer that crashes takes only the child with it. Thumbnails come by themselves,
 * full pictures when they are asked for.
 */
#ifndef VGPU_VIEW_PICTURES_H
#define VGPU_VIEW_PICTURES_H

#include "model.h"

/* Thumbnails fit in here. */
#define VIEW_THUMB_WIDTH  192u
#define VIEW_THUMB_HEIGHT 120u

/* Pixels are 0xffRRGGBB in host order, rows from the top, no padding: cairo's RGB24. */
struct view_picture {
	uint32_t width, height;
	uint32_t *pixels; /* NULL: there is none */
};

/* A cursor as it lay on a picture: pixels 0xAARRGGBB, premultiplied, cairo's ARGB32. */
struct view_cursor {
	int32_t x, y; /* of its corner, pixels of the picture */
	uint32_t width, height;
	const uint32_t *pixels;
};

enum view_pictures_state {
	VIEW_PICTURES_WORKING, /* more will come */
	VIEW_PICTURES_IDLE,    /* all that was asked for is there */
	VIEW_PICTURES_FAILED,  /* no child, and no more of them: ask for why */
};

struct view_pictures;
struct view_spool;

/*
 * Start a child for the trace at `path`, which `m` was loaded from. `backend` is "virgl" or
 * "soft2d"; NULL chooses by the trace. `m` must live longer. 0 or -errno.
 */
int view_pictures_create(struct view_pictures **out, const char *path, const struct view_model *m,
			 const char *backend);
/*
 * For a trace that comes through `spool`, too: a second child follows it, and the newest frames come
 * by themselves.
 */
int view_pictures_create_live(struct view_pictures **out, const struct view_spool *spool,
			      const struct view_model *m, const char *backend);
void view_pictures_destroy(struct view_pictures *p); /* NULL is fine; so it is below */

/*
 * Take what has come, wait for it at most `timeout_ms` (0: not at all). True when there is
 * something new to see.
 */
bool view_pictures_update(struct view_pictures *p, int timeout_ms);

/*
 * The picture of a frame in full, or NULL and it is asked for: the child goes for the frame asked
 * last. Good until the next update.
 */
const struct view_picture *view_pictures_full(struct view_pictures *p, uint32_t frame);

/* The cursor of a frame whose picture is there; NULL: it had none. Good as long. */
const struct view_cursor *view_pictures_cursor(const struct view_pictures *p, uint32_t frame);

/* Live, the newest frame of the scanout whose picture has come; VIEW_NONE: there is none. */
uint32_t view_pictures_newest(const struct view_pictures *p, uint32_t scanout);

/* The frame's thumbnail, or that of the one nearest before it; NULL when there is none yet. */
const struct view_picture *view_pictures_thumb(const struct view_pictures *p, uint32_t frame);

/*
 * What a resource held just after command number `command`, as a thumbnail; without pixels when there
 * is none to be had. *exact false: that is not there yet; it is what was seen last of that id, or NULL.
 * Good until the next update.
 */
const struct view_picture *view_pictures_content(struct view_pictures *p, uint32_t command,
						 uint32_t resource_id, bool *exact);

#define VIEW_CONTENTS_WANTED 64u /* at a time */

/* Ask for those of n resources that are not there; the last call counts. */
void view_pictures_want_contents(struct view_pictures *p, uint32_t command,
				 const uint32_t *resource_ids, uint32_t n);
/* None of them is still to come. */
bool view_pictures_have_contents(const struct view_pictures *p);

/* True when the frame's picture will not come: it could not be read, or the child has failed. */
bool view_pictures_missing(const struct view_pictures *p, uint32_t frame);

enum view_pictures_state view_pictures_state(const struct view_pictures *p);
/* "virgl, llvmpipe …", or what went wrong; "" when there is nothing to say. */
const char *view_pictures_about(const struct view_pictures *p);

#endif
