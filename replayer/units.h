/* SPDX-License-Identifier: MIT */
/*
 * A trace in memory, in parts that can be left out: a command with its response, the bytes of guest
 * memory, and the commands inside virgl streams.
 */
#ifndef VGPU_REPLAY_UNITS_H
#define VGPU_REPLAY_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <vgpu/trace.h>

struct unit {
	uint16_t type, flags; /* of the record */
	uint64_t time_ns;
	uint8_t *body;
	size_t size;
	uint64_t command;    /* id; of COMMAND, RESPONSE and STAGE, else 0 */
	size_t part;         /* index into keep; SIZE_MAX: always there */
	size_t stream;       /* SUBMIT_3D: index of its first stream command in keep */
	size_t stream_count; /* and how many there are; 0: it is not looked into */
};

struct units {
	struct unit *list;
	size_t count, room;
	bool *keep; /* a mark for each part */
	size_t parts;
	uint64_t end_ns;
};

/*
 * Read a trace, up to command `last` and its response. 0, -errno or a reader's error. Finish it
 * also after an error.
 */
int units_read(struct units *u, const char *path, uint64_t last);
void units_finish(struct units *u);

/* Make the commands inside those streams that are kept parts, too. 0 or -ENOMEM. */
int units_open_streams(struct units *u);

/* The kept parts as a trace on `fd`. 0 or -errno. */
int units_write(const struct units *u, int fd);

/* Commands that are kept, and commands of those in virgl streams that were looked into. */
size_t units_commands(const struct units *u);
size_t units_stream_commands(const struct units *u);

/* A line for each kept command, and for each kept command of a stream that was looked into. */
void units_list(const struct units *u, FILE *out);

#endif
