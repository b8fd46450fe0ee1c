/* SPDX-License-Identifier: MIT */
/* vgpu-trace diff: options. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "output.h"
#include "tool.h"

#define MAX_SHOWN 1000

struct options {
	const char *paths[2];
	struct vgpu_filter *filters[2];
	struct diff_show_options show;
	enum output_color color;
};

enum {
	OPT_FIRST = 256,
	OPT_SECOND,
	OPT_COLOR,
};

static const struct argp_option options[] = {
	{ "filter", 'F', "EXPRESSION", 0, "compare only commands that match, in both", 0 },
	{ "first", OPT_FIRST, "EXPRESSION", 0, "… in the first", 0 },
	{ "second", OPT_SECOND, "EXPRESSION", 0, "… in the second", 0 },
	{ "max", 'n', "N", 0, "show N differences (default: 10)", 1 },
	{ "context", 'C', "N", 0, "show N commands before and after each (default: 3)", 1 },
	{ "json", 'j', NULL, 0, "one JSON object instead of text", 1 },
	{ "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL,
	  "auto (on a terminal, the default), always, never", 1 },
	{ 0 },
};

static void set_filter(struct vgpu_filter **out, const char *expression, struct argp_state *state)
{
	struct vgpu_filter_error error;

	vgpu_filter_destroy(*out);
	if (vgpu_filter_create(out, expression, &error))
		argp_error(state, "%s\n%*s^ %s", expression, (int)error.column, "", error.text);
	else if (vgpu_filter_needs_answer(*out))
		argp_error(state, "%s: what only the answer tells cannot choose here", expression);
}

static unsigned int number(const char *arg, unsigned int max, struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (!*arg || *arg == '-' || *end || n > max)
		argp_error(state, "%s: a number up to %u", arg, max);
	return (unsigned int)n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'F':
		set_filter(&o->filters[0], arg, state);
		set_filter(&o->filters[1], arg, state);
		return 0;
	case OPT_FIRST:
		set_filter(&o->filters[0], arg, state);
		return 0;
	case OPT_SECOND:
		set_filter(&o->filters[1], arg, state);
		return 0;
	case 'n':
		o->show.max = number(arg, MAX_SHOWN, state);
		return 0;
	case 'C':
		o->show.context = number(arg, 100, state);
		return 0;
	case 'j':
		o->show.json = true;
		return 0;
	case OPT_COLOR:
		if (!output_color(arg ? arg : "always", &o->color))
			argp_error(state, "--color=%s: auto, always or never", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "two files, or two ranges of one");
		o->paths[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which files?");
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!o->paths[1] && !(o->filters[0] && o->filters[1]))
			argp_error(state, "with one file: which ranges? --first, --second");
		if (!o->paths[1])
			o->paths[1] = o->paths[0];
		else if (strcmp(o->paths[0], "-") == 0 && strcmp(o->paths[1], "-") == 0)
			argp_error(state, "standard input can be one of them, not both");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options,
	parse_option,
	"FIRST SECOND\nFILE --first=EXPRESSION --second=EXPRESSION",
	"Compares what two traces, or two ranges of one, made the device do.\v"
	"Commands are aligned within what one agent does in order: each context, each process that "
	"makes resources, the display, the cursor, transfers, releases. Times, fences, addresses "
	"and processes are "
	"not "
	"compared; resources and contexts may have other ids, if each stands for the same one "
	"throughout. Contents of guest memory are not compared. One of the files may be - for "
	"standard input. `vgpu-trace help filter` tells of expressions. Exit status: 0 the same, 3 "
	"different.",
	NULL,
	NULL,
	NULL,
};

int tool_diff(int argc, char **argv)
{
	struct options o = { .show = { .max = 10, .context = 3 } };
	struct diff_side sides[2] = { 0 };
	struct diff_result result = { 0 };
	int status = TOOL_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	o.show.color = !o.show.json && output_colored(o.color);
	for (int i = 0; i < 2; i++) {
		sides[i].path = o.paths[i];
		sides[i].filter = o.filters[i];
		if (diff_load(&sides[i]))
			goto out;
	}
	if (diff_compare(&sides[0], &sides[1], &result)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		goto out;
	}
	if (diff_show(sides, &result, &o.show) == 0)
		status = tool_finish(result.count || !sides[0].whole || !sides[1].whole ? TOOL_LOSSY
											: TOOL_OK);
out:
	diff_result_finish(&result);
	for (int i = 0; i < 2; i++) {
		diff_unload(&sides[i]);
		vgpu_filter_destroy(o.filters[i]);
	}
	return status;
}
