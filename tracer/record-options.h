/* SPDX-License-Identifier: MIT */
#ifndef VGPU_TRACER_RECORD_OPTIONS_H
#define VGPU_TRACER_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct record_options {
	const char *output; /* NULL: named by date and time */
	bool force, quiet, debug;
	double duration;                /* seconds; 0: until something ends it */
	size_t command_ring, page_ring; /* bytes; 0: by the machine's memory */
	char **command;                 /* NULL: none */
};

/* Exits with status 2 on wrong usage, 0 after --help. */
void record_options_parse(struct record_options *o, int argc, char **argv);

#endif
