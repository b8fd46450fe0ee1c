/* SPDX-License-Identifier: MIT */
/* The outline of a zstd frame (RFC 8878, 3.1.1), without decoding it. */
#ifndef FORMATS_SCAN_H
#define FORMATS_SCAN_H

#include "input.h"

#define ZSTD_BLOCK_MAX (128u << 10)

enum scan_result {
	SCAN_WHOLE, /* the frame's end is in the window */
	SCAN_PART,  /* more than `limit` bytes of whole blocks, and no end yet */
	SCAN_TORN,  /* the file ends within the frame */
	SCAN_BAD,   /* this is no zstd frame */
};

struct scan {
	size_t size; /* bytes from `at` that are whole: header, blocks, at the end the checksum */
	uint64_t bound; /* decoded, its blocks are no larger than this */
	bool checksum;  /* the frame has one */
};

/* Outline the frame that begins `at` bytes into the window, reading on as needed. */
enum scan_result scan_frame(struct input *in, size_t at, size_t limit, struct scan *s);
/* The same from a block's header on; s->checksum is as the frame's header said. */
enum scan_result scan_blocks(struct input *in, size_t at, size_t limit, struct scan *s);

#endif
