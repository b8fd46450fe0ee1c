/* SPDX-License-Identifier: MIT */
/*
 * The writer's thread: takes chunks of records, compresses and writes each; a zstd frame holds one
 * or more of them, and its index follows. At the end the summary and the seek table. Private to the
 * writer.
 */
#ifndef FORMATS_COMPRESS_H
#define FORMATS_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chunk_then {
	CHUNK_FLUSHES, /* what came so far is to be in the file */
	CHUNK_GOES_ON,
	CHUNK_ENDS /* … and the frame ends with it */
};

/* Whole records on their way to the file. */
struct chunk {
	struct chunk *next;
	size_t size, room;
	bool slow; /* records come slowly: there is time to compress them well */
	enum chunk_then then;
	uint8_t data[];
};

struct compressor;

struct compressor_options {
	int level;          /* zstd's */
	bool adapts;        /* frames whose first chunk is slow are compressed better */
	bool hurries;       /* while much waits they are compressed less */
	int hurry_nice;     /* the thread's nice value meanwhile; 0: as it is */
	int window_log;     /* how far back matches go, and its memory; 0: as the level has it */
	size_t queue_bytes; /* how much may wait */
};

/* 0 or -errno. */
int compressor_create(struct compressor **out, int fd, const struct compressor_options *options);
/* An empty chunk with room for at least `room` bytes, or NULL. */
struct chunk *compressor_chunk(struct compressor *c, size_t room);
/* Hand a chunk over; blocks while too much waits. 0 or the first error. */
int compressor_push(struct compressor *c, struct chunk *chunk);
/* Write all that waits, then the summary and the seek table. 0 or the first error. */
int compressor_finish(struct compressor *c);
/* The first error so far (0: none); the bytes in the file, and of the stream in it, unless NULL. */
int compressor_state(struct compressor *c, uint64_t *file_bytes, uint64_t *raw_bytes);
/* Stop; what still waits is dropped. NULL is fine. */
void compressor_destroy(struct compressor *c);

#endif
