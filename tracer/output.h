/* SPDX-License-Identifier: MIT */
/* Where results go, and whether in color. */
#ifndef TRACER_OUTPUT_H
#define TRACER_OUTPUT_H

#include <stdbool.h>

enum output_color {
	OUTPUT_COLOR_AUTO,
	OUTPUT_COLOR_ALWAYS,
	OUTPUT_COLOR_NEVER,
};

/* "auto", "always", "never"; false for anything else. */
bool output_color(const char *when, enum output_color *out);

/* Is stdout to be colored? auto: on a terminal, unless NO_COLOR (no-color.org) is set or TERM=dumb. */
bool output_colored(enum output_color when);

/*
 * A file to write to, readable by its owner alone when it is new; what it held stays as yet. An existing
 * one is refused without `force`, unless it is a device or pipe. -1: a message was printed.
 */
int output_create(const char *path, bool force);

/*
 * From here on stdout is this file, readable by its owner alone: a dump shows what the trace holds.
 * As output_create() otherwise; what it held is gone. 0, or a message was printed.
 */
int output_to_file(const char *path, bool force);

#endif
