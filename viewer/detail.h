/* SPDX-License-Identifier: MIT */
/*
 * The bytes of the commands around a chosen one, read from the trace again: the model keeps none.
 */
#ifndef VGPU_VIEW_DETAIL_H
#define VGPU_VIEW_DETAIL_H

#include "model.h"

#define VIEW_LINE_MAX 192u

struct view_detail;

/* On the trace at `path`, which `m` was loaded from and must outlive. NULL: out of memory. */
struct view_detail *view_detail_create(const char *path, const struct view_model *m);
void view_detail_destroy(struct view_detail *d); /* NULL is fine */

/*
 * Have the commands around number `command` at hand; returns at once when they are. Of a whole trace
 * only that part is read, of others all before it. 0, -errno or a VGPU_ERR_ of the reader's.
 */
int view_detail_fetch(struct view_detail *d, uint32_t command);

/* The command in one line, or NULL when it is not at hand. Lives until the next fetch. */
const char *view_detail_line(const struct view_detail *d, uint32_t command);

/* Bytes of the command's request; 0 when it is not at hand. */
size_t view_detail_size(const struct view_detail *d, uint32_t command);

/* A moment in a command's life; `stage` is VGPU_TRACE_STAGE_, or one of these two. */
#define VIEW_QUEUED  0x10000u
#define VIEW_ANSWER  0x10001u
#define VIEW_MOMENTS 16u /* kept of a command */
struct view_moment {
	uint64_t time_ns;
	uint32_t stage, tid; /* tid 0: not known */
};

/* The command's moments by time into `out`; how many. 0 when it is not at hand. */
uint32_t view_detail_moments(const struct view_detail *d, uint32_t command,
			     struct view_moment out[VIEW_MOMENTS]);
/* "queued", "interrupt"; static. */
const char *view_moment_name(uint32_t stage);

/* What a command is about; 0 where it is about none. False when it is not at hand. */
struct view_about {
	uint32_t ctx_id, resource_id, pid, tid;
	uint64_t fence_id;
	bool fenced;
};
bool view_detail_about(const struct view_detail *d, uint32_t command, struct view_about *out);

/* The resource that a request names, in what it has before its entries or stream; 0: none. */
uint32_t view_request_resource(const void *wire, size_t size);

/* The request's bytes, or the response's, as far as they are kept; NULL when there are none. */
const uint8_t *view_detail_bytes(const struct view_detail *d, uint32_t command, bool response,
				 size_t *size);

/*
 * The command's answer, then the command, a field a line, at most size - 1 bytes and a NUL. False
 * when it is not at hand.
 */
bool view_detail_text(const struct view_detail *d, uint32_t command, char *text, size_t size);

/* The shaders that the command brings, as text, each behind the line that names it; how many. */
uint32_t view_detail_shaders(const struct view_detail *d, uint32_t command, char *text,
			     size_t size);

#endif
