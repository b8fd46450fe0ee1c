/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>
#include <vgpu/protocol.h>

#include "filter-options.h"

enum {
	OPT_FIRST = 512, /* the short-cuts' keys count from here, in the order of the table below */
};

/* Each stands for a test of the language: --ctx 2 is `ctx 2`, given twice it is a list. */
static const struct {
	const char *field;
	bool range; /* A-B is A..B */
} shortcuts[FILTER_SHORTCUTS] = {
	{ "type", false },    { "ctx", true },   { "resource", true }, { "pid", true },
	{ "process", false }, { "frame", true }, { "time", true },     { "num", true },
};

static const struct argp_option options[] = {
	{ "filter", 'F', "EXPR", 0,
	  "those that fit EXPR, as \"SUBMIT_3D && latency > 1ms\"; `vgpu-trace help filter` "
	  "tells the language",
	  0 },
	{ "type", 't', "TYPE", 0, "of this type: SUBMIT_3D, TRANSFER_*, 0x207", 0 },
	{ "ctx", OPT_FIRST + 1, "N", 0, "of this context", 0 },
	{ "res", OPT_FIRST + 2, "N", 0, "that name this resource", 0 },
	{ "pid", OPT_FIRST + 3, "N", 0, "of this process", 0 },
	{ "process", OPT_FIRST + 4, "NAME", 0, "of processes of this name", 0 },
	{ "frame", OPT_FIRST + 5, "A-B", 0, "of these frames", 0 },
	{ "time", OPT_FIRST + 6, "A-B", 0, "queued in this time, seconds since the start", 0 },
	{ "num", OPT_FIRST + 7, "A-B", 0, "of these numbers", 0 },
	{ "errors", 'e', NULL, 0, "whose response is an error", 0 },
	{ 0 },
};

static void out_of_memory(struct argp_state *state)
{
	argp_failure(state, 1, 0, "out of memory");
}

/* The expression with a mark below the place that the error is about. */
static void refuse(struct argp_state *state, const char *expression,
		   const struct vgpu_filter_error *error)
{
	/* A window of the expression, so that the mark stands on the same line of any terminal. */
	size_t size = strlen(expression), from = error->column > 40 ? error->column - 40 : 0;
	int width = (int)(size - from < 70 ? size - from : 70);

	fprintf(stderr, "%s: filter: %s\n    %.*s\n    %*s^\n", state->name, error->text, width,
		expression + from, (int)(error->column - from), "");
	argp_error(state, "`vgpu-trace help filter` tells the language");
}

static void check(struct argp_state *state, const char *expression)
{
	struct vgpu_filter_error error;
	struct vgpu_filter *f;
	int err = vgpu_filter_create(&f, expression, &error);

	vgpu_filter_destroy(f);
	if (err == VGPU_ERR_INVALID || err == VGPU_ERR_TOO_LARGE)
		refuse(state, expression, &error);
	else if (err)
		out_of_memory(state);
}

static char *print(struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static char *print(struct argp_state *state, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		out_of_memory(state);
	}
	va_end(args);
	return text;
}

/* "3-9" is "3..9", "3-" is "3..": the range that does not need a shell's quotes. */
static char *as_range(struct argp_state *state, const char *arg)
{
	const char *dash = strchr(arg, '-');

	return dash ? print(state, "%.*s..%s", (int)(dash - arg), arg, dash + 1)
		    : print(state, "%s", arg);
}

/* Names may hold what the language gives a meaning: they stand in quotes. */
static char *as_name(struct argp_state *state, const char *arg)
{
	if (strchr(arg, '"'))
		argp_error(state, "--process: %s: names with quotes are not to be asked for", arg);
	return print(state, "\"%s\"", arg);
}

static void add_shortcut(struct argp_state *state, struct filter_options *o, unsigned int i,
			 const char *arg)
{
	char *value = shortcuts[i].range                           ? as_range(state, arg)
		      : strcmp(shortcuts[i].field, "process") == 0 ? as_name(state, arg)
								   : print(state, "%s", arg);
	char *test = print(state, "%s %s", shortcuts[i].field, value), *list;

	check(state, test);
	list = o->lists[i] ? print(state, "%s,%s", o->lists[i], value) : print(state, "%s", value);
	free(test);
	free(value);
	free(o->lists[i]);
	o->lists[i] = list;
}

static void add_part(struct argp_state *state, struct filter_options *o, const char *part)
{
	char *all = o->expression ? print(state, "%s && (%s)", o->expression, part)
				  : print(state, "(%s)", part);

	free(o->expression);
	o->expression = all;
}

/* All that was asked for, as one expression. */
static void compile(struct argp_state *state, struct filter_options *o)
{
	struct vgpu_filter_error error;
	int err;

	for (unsigned int i = 0; i < o->n_expressions; i++)
		add_part(state, o, o->expressions[i]);
	for (unsigned int i = 0; i < FILTER_SHORTCUTS; i++) {
		char *part;

		if (!o->lists[i])
			continue;
		part = print(state, "%s %s", shortcuts[i].field, o->lists[i]);
		add_part(state, o, part);
		free(part);
	}
	if (!o->expression)
		return;
	err = vgpu_filter_create(&o->filter, o->expression, &error);
	if (err == VGPU_ERR_INVALID || err == VGPU_ERR_TOO_LARGE)
		refuse(state, o->expression, &error);
	else if (err)
		out_of_memory(state);
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\n")];
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct filter_options *o = state->input;

	switch (key) {
	case 'e':
		arg = "error";
		/* fall through */
	case 'F':
		check(state, arg);
		if (is_blank(arg))
			return 0;
		if (o->n_expressions == sizeof(o->expressions) / sizeof(o->expressions[0]))
			argp_error(state, "--filter: too many; join them with &&");
		o->expressions[o->n_expressions++] = arg;
		return 0;
	case 't':
		add_shortcut(state, o, 0, arg);
		return 0;
	case ARGP_KEY_SUCCESS:
		compile(state, o);
		return 0;
	}
	if (key > OPT_FIRST && key < OPT_FIRST + FILTER_SHORTCUTS) {
		add_shortcut(state, o, (unsigned int)key - OPT_FIRST, arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp filter_argp = { .options = options, .parser = parse_option };

void filter_options_finish(struct filter_options *o)
{
	vgpu_filter_destroy(o->filter);
	free(o->expression);
	for (unsigned int i = 0; i < FILTER_SHORTCUTS; i++)
		free(o->lists[i]);
}

static void print_names(const char *title, enum vgpu_set_id set)
{
	const char *name;
	uint32_t number;
	int column = 80;

	printf("\n%s:", title);
	for (size_t i = 0; vgpu_value_at(set, i, &name, &number) == 0; i++) {
		if (column + 1 + (int)strlen(name) > 79)
			column = printf("\n ") - 1;
		column += printf(" %s", name);
	}
	putchar('\n');
}

void filter_print_help(void)
{
	const struct vgpu_filter_field_info *info;
	char head[64];

	fputs("A filter says which commands of a trace are meant:\n"
	      "\n"
	      "  SUBMIT_3D && ctx 2 && latency > 1ms\n"
	      "  error || !answered\n"
	      "  type == TRANSFER_*,RESOURCE_FLUSH and (frame 10..20 or process kworker/*)\n"
	      "\n"
	      "It is made of tests, joined by && (and), || (or), ! (not) and parentheses; ! binds\n"
	      "strongest, || least. A test is one of\n"
	      "\n"
	      "  FLAG                      it is so\n"
	      "  FIELD VALUES              the field is one of these; also written FIELD == "
	      "VALUES\n"
	      "  FIELD != VALUES           it is none of these\n"
	      "  FIELD < VALUE             so, and with <=, >, >=\n"
	      "  NAME                      of a command or response: its type, or what it got\n"
	      "\n"
	      "VALUES are values or ranges A..B (A.., ..B) with commas between. Numbers are\n"
	      "decimal or 0x...; bytes take k, M, G (of 1024); times ns, us, ms, s, without a\n"
	      "unit seconds. In names * stands for anything, ? for one character; names with\n"
	      "blanks or brackets go into double quotes. What a command does not have, or has no\n"
	      "answer for, is in no test; ! of such a test is true.\n"
	      "\n"
	      "Fields (* known with the response only):\n",
	      stdout);
	for (unsigned int i = 0; (info = vgpu_filter_field_info((enum vgpu_filter_field)i)); i++) {
		snprintf(head, sizeof(head), "%s%s%s", info->name, *info->values ? " " : "",
			 info->values);
		printf("  %-24s%c %s\n", head, info->needs_answer ? '*' : ' ', info->text);
	}
	print_names("Commands", VGPU_SET_CMD);
	print_names("Responses", VGPU_SET_RESP);
	print_names("Capsets", VGPU_SET_CAPSET);
}
