/* SPDX-License-Identifier: MIT */
#include "repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json.h"
#include "replay.h"

/* Frames that are told one by one; the others are counted. */
#define REPEAT_TOLD 20

/* The hash in a line of a list of frames; "" where it has none. */
static void repeat_hash(const char *line, char hash[FRAMES_HASH_SIZE])
{
	if (!json_find_string(line, "hash", hash, FRAMES_HASH_SIZE))
		hash[0] = '\0';
}

static void repeat_tell(uint32_t run, const char *line, const char *first, const char *now)
{
	uint64_t frame = 0, command = 0;

	json_find_number(line, "frame", &frame);
	json_find_number(line, "command", &command);
	fprintf(stderr,
		"vgpu-replay: run %" PRIu32 ": frame %" PRIu64 " (command %" PRIu64
		") is %s, in the first run it was %s\n",
		run, frame, command, now[0] ? now : "not there", first[0] ? first : "not there");
}

/* Frames that differ between two lists. Reads both from their beginning. */
static uint64_t repeat_compare(FILE *first, FILE *now, uint32_t run)
{
	char *a = NULL, *b = NULL, x[FRAMES_HASH_SIZE], y[FRAMES_HASH_SIZE];
	size_t a_room = 0, b_room = 0;
	uint64_t differ = 0;
	bool more_a, more_b;

	rewind(first);
	rewind(now);
	for (;;) {
		more_a = getline(&a, &a_room, first) > 0;
		more_b = getline(&b, &b_room, now) > 0;
		if (!more_a && !more_b)
			break;
		x[0] = y[0] = '\0';
		if (more_a)
			repeat_hash(a, x);
		if (more_b)
			repeat_hash(b, y);
		if (!strcmp(x, y))
			continue;
		if (differ++ < REPEAT_TOLD)
			repeat_tell(run, more_a ? a : b, x, y);
	}
	free(a);
	free(b);
	return differ;
}

/* A file in memory, and the path by which a child can write it. */
static FILE *repeat_memory(char *path, size_t size)
{
	int fd = memfd_create("frames", 0);
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return file;
}

/* Everything but the list of frames is the first run's to write. */
static struct replay_options repeat_options(const struct replay_options *options,
					    const char *frames)
{
	struct replay_options o = *options;
	enum file_place place;

	for (place = 0; place < FILE_PLACES; place++)
		o.files.path[place] = NULL;
	o.frames = frames;
	o.verify = NULL;
	o.report = NULL;
	o.times = o.timeline = NULL;
	o.bench = false;
	o.json = false;
	o.quiet = true;
	return o;
}

int repeat_run(struct replay_options *options)
{
	FILE *first = NULL, *now = NULL;
	struct replay_options o;
	int status, again = 0;
	uint64_t differ = 0, n;
	uint32_t run, unstable = 0;
	char path[64];

	if (options->frames) {
		status = replay_run(options);
		first = fopen(options->frames, "r");
	} else {
		first = repeat_memory(path, sizeof(path));
		o = *options;
		o.frames = path;
		status = first ? replay_run(&o) : REPLAY_FAILED;
	}
	if (!first)
		return replay_complain(options->frames ? options->frames : "frames", -errno);
	for (run = 2; run <= options->repeat && status != REPLAY_FAILED && status != REPLAY_USAGE;
	     run++) {
		now = repeat_memory(path, sizeof(path));
		if (!now) {
			status = replay_complain("frames", -errno);
			break;
		}
		o = repeat_options(options, path);
		again = replay_run(&o);
		if (again == REPLAY_FAILED)
			status = again;
		n = repeat_compare(first, now, run);
		unstable += n > 0;
		if (n > differ)
			differ = n;
		fclose(now);
	}
	fclose(first);
	if (unstable) {
		fprintf(stderr,
			"vgpu-replay: %" PRIu32 " of %" PRIu32 " runs gave other frames than the "
			"first, up to %" PRIu64 " of them\n",
			unstable, options->repeat - 1, differ);
		status = status ? status : REPLAY_DIFFERS;
	} else if (!status && !options->quiet) {
		fprintf(stderr, "vgpu-replay: %" PRIu32 " runs, all frames equal\n",
			options->repeat);
	}
	return status;
}
