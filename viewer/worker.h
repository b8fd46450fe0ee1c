/* SPDX-License-Identifier: MIT */
/*
 * The child that makes the pictures, and what goes over the socket between it and its parent. It counts
 * frames as the model does, and knows nothing else of it.
 */
#ifndef VGPU_VIEW_WORKER_H
#define VGPU_VIEW_WORKER_H

#include "model.h"
#include "pictures.h"
#include "shader-cache.h"

/* As many thumbnails are made at most: of every frame, every second, every fourth … */
#define VIEW_THUMBS_MAX 256u

/* A picture may not be larger: 64 Mi pixels. */
#define VIEW_PIXELS_MAX (64u << 20)

/* Which frames have one, when there are `frames` of them: every so manieth. */
static inline uint32_t view_thumb_stride(uint32_t frames)
{
	uint32_t stride = 1;

	while (frames / VIEW_THUMBS_MAX >= stride)
		stride *= 2;
	return stride;
}

enum view_message_kind {
	VIEW_MESSAGE_ABOUT = 1, /* text: the renderer */
	VIEW_MESSAGE_ERROR,     /* text: it cannot go on */
	VIEW_MESSAGE_THUMB,     /* pixels */
	VIEW_MESSAGE_FULL,    /* pixels, then the cursor's; none when the picture cannot be read */
	VIEW_MESSAGE_CONTENT, /* of a resource: pixels of its thumbnail; none when it has no picture */
	VIEW_MESSAGE_IDLE,    /* nothing left to do */
};

/* From the child; `size` bytes follow. CONTENT has the command's number in `frame`. */
struct view_message {
	uint32_t kind, frame, width, height, resource_id;
	int32_t cursor_x, cursor_y;
	uint32_t cursor_width, cursor_height; /* 0: there is none */
	uint64_t size;
};

enum view_wish_kind {
	VIEW_WISH_FRAME = 1, /* the picture of frame `number` */
	VIEW_WISH_CONTENTS,  /* of resources, just after command `number` */
};

/* To the child; of each kind only the last one counts. A follower takes any as a word to go on. */
struct view_wish {
	uint32_t kind, number, count;
	uint32_t resource_ids[VIEW_CONTENTS_WANTED];
};

/* That a picture's pixels take, with its cursor's. */
static inline uint64_t view_message_pixels(const struct view_message *m)
{
	return (uint64_t)m->width * m->height * 4 +
	       (uint64_t)m->cursor_width * m->cursor_height * 4;
}

struct view_worker_options {
	const char *path, *backend;
	uint32_t wanted;      /* first frame to show in full, or VIEW_NONE */
	uint32_t thumbs_from; /* thumbnails of frames before are there already */
	int socket;
	/*
	 * Not NULL: follow what comes through it. The first frame is sent in full, then the newest
	 * of a scanout for each wish that comes from the parent.
	 */
	const struct view_spool *spool;
	bool growing; /* the file at `path` may have become longer when its end was reached */
	const struct shader_cache *shaders;
};

/* The child's life; ends when the parent closes the socket. Its exit status is the result. */
int view_worker_run(const struct view_worker_options *options);

#endif
