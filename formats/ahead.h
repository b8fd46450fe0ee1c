/* SPDX-License-Identifier: MIT */
/*
 * A thread that decodes the frame after the one whose records are being handed out. It knows nothing
 * of files or damage: it is given a frame's bytes, and its result is asked for when the reader comes
 * to that frame, if it does. Private to the reader.
 */
#ifndef FORMATS_AHEAD_H
#define FORMATS_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ahead;

/* 0 or -errno. */
int ahead_create(struct ahead **out);
/* Waits for what is being decoded. NULL is fine. */
void ahead_destroy(struct ahead *a);

/*
 * Begin to decode the frame of `size` bytes at `frame`, which are copied; it lies at `offset` in the
 * file and holds at most `bound` bytes. Nothing is begun while another frame is being decoded, or
 * without memory. The result of the frame before is dropped.
 */
void ahead_begin(struct ahead *a, uint64_t offset, const uint8_t *frame, size_t size, size_t bound);

/*
 * If the frame at `offset`, of `size` bytes, is the one that was begun: wait for it, exchange its
 * buffer for *out (of *room bytes, malloc'd), and say in *n what ZSTD_decompressDCtx did. False: it is
 * another one, and nothing was changed.
 */
bool ahead_take(struct ahead *a, uint64_t offset, size_t size, uint8_t **out, size_t *room,
		size_t *n);

#endif
