/* SPDX-License-Identifier: MIT */
/* The options that choose commands, for every subcommand that has them. */
#ifndef TRACER_FILTER_OPTIONS_H
#define TRACER_FILTER_OPTIONS_H

#include <argp.h>

#include <vgpu/filter.h>

#define FILTER_SHORTCUTS 8

/* All zero at first; `filter` is made while options are parsed, NULL when none chose anything. */
struct filter_options {
	struct vgpu_filter *filter;
	char *expression;            /* what the filter was made of */
	const char *expressions[16]; /* of --filter */
	unsigned int n_expressions;
	char *lists[FILTER_SHORTCUTS]; /* values of each short-cut, with commas between */
};

/*
 * A child for argp: its input is a struct filter_options. Wrong expressions are wrong usage: the
 * message points at the column, and the program ends with status 2.
 */
extern const struct argp filter_argp;
#define FILTER_ARGP_CHILD                             \
	{                                             \
		&filter_argp, 0, "Which commands:", 2 \
	}

void filter_options_finish(struct filter_options *o);

/* `vgpu-trace help filter`: the language and its fields. */
void filter_print_help(void);

#endif
