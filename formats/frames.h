/* SPDX-License-Identifier: MIT */
/*
 * From a trace file to its uncompressed stream: zstd frames are decoded, skippable ones looked at
 * or skipped, damage stepped over. Private to the reader.
 */
#ifndef FORMATS_FRAMES_H
#define FORMATS_FRAMES_H

#include <zstd.h>

#include "ahead.h"
#include "container.h"
#include "input.h"

struct frames {
	struct input in;
	ZSTD_DCtx *dctx;
	struct ahead *ahead; /* NULL: frames are decoded when their turn comes */
	bool plain;          /* the file is the uncompressed stream itself */
	bool live;           /* hand out a frame's blocks as they come */

	/* The stream: decoded and not yet taken. */
	uint8_t *out;
	size_t out_start, out_end, out_room;

	/* The data frame being decoded piece by piece. */
	bool in_frame, last, torn_frame;
	size_t scanned; /* bytes of whole blocks in the window */
	bool has_checksum, skip_frame;
	uint64_t frame_offset; /* in the file, of the last data frame met */

	/* What was met. */
	bool ended; /* the end of the file, or of what can be used */
	bool torn;  /* … in the middle of a frame */
	bool seen_index;
	bool gap;         /* something was lost since the last index */
	bool broken;      /* … and since the reader last cleared this */
	bool have_anchor; /* after a gap an index tells where we are: below, from the trace's start */
	uint64_t anchor_record, anchor_raw;
	uint64_t damage_offset, lost_bytes;
	uint64_t gap_offset; /* of the first damage since somebody set it to UINT64_MAX */
	uint64_t work;       /* bytes looked at in vain while searching */
};

/* On an input that the caller has set up in f->in. 0, -errno, VGPU_ERR_NOT_A_TRACE. */
int frames_init(struct frames *f);
void frames_finish(struct frames *f);

/* Append to the stream. 1: there is more than before; 0: the end; < 0: -errno. */
int frames_pump(struct frames *f);

/* The stream makes no sense from here: drop it up to the next frame, or what was one. */
void frames_reject(struct frames *f);

/* Go on with the frame that begins at `offset` in the file. 0 or -errno. */
int frames_seek(struct frames *f, uint64_t offset);

/* Has one of our own frames been met, or does one follow soon? The stream stays as it is. */
bool frames_ours(struct frames *f);

/* Remember the first damage, at `offset` in the file. */
void frames_damage(struct frames *f, uint64_t offset);

#endif
