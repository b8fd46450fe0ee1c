/* SPDX-License-Identifier: MIT */
#ifndef VGPU_TRACER_RECORD_OPTIONS_H
#define VGPU_TRACER_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter-options.h"
#include "record.h"

struct record_options {
	struct record_files files;
	bool quiet, debug;
	double duration;                /* seconds; 0: until something ends it */
	size_t command_ring, page_ring; /* bytes; 0: by the machine's memory */
	uint64_t max_bytes;             /* of all files; 0: no end */
	const char *device;             /* virtio name or PCI address; NULL: all */
	const char *btf;                /* the module's type information; NULL: the kernel's own */
	const char *user;               /* to become once everything is set up; NULL: stay */
	int ready;                      /* gets a byte when the recording has begun; -1: none */
	bool no_memory, from_probe, stages, no_wait;
	struct filter_options filter; /* which commands */
	uint32_t pid;                 /* of this process and those that it began; 0: of all */
	uint64_t snap;  /* bytes of a stream, and of the memory of a command; 0: all */
	size_t buffers; /* bytes of both rings; 0: see them */
	char **command; /* NULL: none */
};

/* Exits with status 2 on wrong usage, 0 after --help. */
void record_options_parse(struct record_options *o, int argc, char **argv);

#endif
