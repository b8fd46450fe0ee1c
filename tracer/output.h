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
 * From here on stdout is this file, readable by its owner alone: a dump shows what the trace holds.
 * An existing file is refused without `force`. 0, or a message was printed.
 */
int output_to_file(const char *path, bool force);

#endif
