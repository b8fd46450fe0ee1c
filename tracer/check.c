/* SPDX-License-Identifier: MIT */
/* vgpu-trace check: is the file whole, and what is wrong with what it holds. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/judge.h>

#include "dialect-options.h"
#include "json.h"
#include "progress.h"
#include "tool.h"

/* Findings of one code that are shown; the rest are counted. */
#define SHOWN 10u

enum {
	OPT_ALL = 256
};

struct check {
	const char *path;
	bool json, all, sources;
	enum vgpu_severity least;
	struct vgpu_negotiated negotiated;
	struct vgpu_judge *judge;
	uint64_t counts[VGPU_LINT_COUNT];
	uint64_t errors, warnings, notes;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "JSON, one object a line: findings, then a summary", 0 },
	{ "all", OPT_ALL, NULL, 0, "every finding, not the first 10 of each kind", 0 },
	{ "source", 's', NULL, 0, "with each kind, the sentence that it rests on", 0 },
	{ "quiet", 'q', NULL, 0, "no notes; twice: no warnings either", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->negotiated;
		return 0;
	case 'j':
		c->json = true;
		return 0;
	case 's':
		c->sources = true;
		return 0;
	case 'q':
		if (c->least < VGPU_SEVERITY_ERROR)
			c->least++;
		return 0;
	case OPT_ALL:
		c->all = true;
		return 0;
	}
	return tool_file_argument(key, arg, state, &c->path);
}

static const struct argp_child children[] = { DIALECT_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Checks a trace: whether the file is whole, and whether driver and device keep to the "
	"protocol.\v"
	"A finding is a line \"COMMAND: severity NAME: text\". Errors are against the protocol; "
	"warnings "
	"are known to fail somewhere; notes are worth knowing. FILE may be - for standard input. "
	"Exit "
	"status 3: there are errors, or the file is cut, damaged or says that something was lost.",
	children,
	NULL,
	NULL,
};

static void report(void *data, const struct vgpu_finding *f)
{
	const struct vgpu_lint_rule *rule = vgpu_lint_rule(f->code);
	struct check *c = data;

	c->errors += f->severity == VGPU_SEVERITY_ERROR;
	c->warnings += f->severity == VGPU_SEVERITY_WARNING;
	c->notes += f->severity == VGPU_SEVERITY_NOTE;
	if (f->severity < c->least || (c->counts[f->code]++ >= SHOWN && !c->all))
		return;
	if (c->json) {
		json_begin(NULL, '{');
		json_string("finding", rule->name);
		json_string("severity", vgpu_severity_name(f->severity));
		json_number("command", f->number);
		json_string("in", f->response ? "response" : "request");
		json_number("offset", f->offset);
		json_string("text", f->text);
		if (c->sources)
			json_string("source", rule->source);
		json_end('}');
		json_line();
		return;
	}
	printf("%" PRIu64 ": %s %s: %s: %s", f->number, vgpu_severity_name(f->severity), rule->name,
	       rule->text, f->text);
	if (f->offset || f->response)
		printf(" (%s byte %zu)", f->response ? "response," : "at", f->offset);
	putchar('\n');
	if (c->sources && c->counts[f->code] == 1)
		printf("\t%s\n", rule->source);
}

static void print_summary(const struct check *c, const struct vgpu_trace_status *s)
{
	struct vgpu_judge_totals totals;
	char state[160];

	vgpu_judge_totals(c->judge, &totals);
	if (c->json) {
		json_begin(NULL, '{');
		json_number("schema_version", 1);
		json_number("errors", c->errors);
		json_number("warnings", c->warnings);
		json_number("notes", c->notes);
		json_number("commands", totals.commands);
		json_number("refused", totals.refused);
		json_number("lost", totals.lost);
		json_string("state", tool_state(s, state, sizeof(state)));
		json_end('}');
		json_line();
		return;
	}
	for (int i = 0; i < VGPU_LINT_COUNT; i++) {
		const struct vgpu_lint_rule *rule = vgpu_lint_rule((enum vgpu_lint_code)i);

		if (c->counts[i] > SHOWN && !c->all)
			printf("%s: %" PRIu64 " more; --all shows them\n", rule->name,
			       c->counts[i] - SHOWN);
	}
	printf("%" PRIu64 " commands, %" PRIu64 " refused by the device: %" PRIu64
	       " errors, %" PRIu64 " warnings, %" PRIu64 " notes\n",
	       totals.commands, totals.refused, c->errors, c->warnings, c->notes);
	if (totals.lost)
		printf("the recorder lost %" PRIu64 " things: findings about them are left out\n",
		       totals.lost);
	printf("file: %s\n", tool_state(s, state, sizeof(state)));
}

int tool_check(int argc, char **argv)
{
	struct vgpu_lint_options lint = { .report = report };
	struct vgpu_trace_reader *reader = NULL;
	struct vgpu_judge_totals totals;
	struct check c = { 0 };
	struct vgpu_trace_record r;
	struct vgpu_trace_status s;
	struct progress progress;
	int status = TOOL_FAILED, n;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	reader = tool_open(c.path);
	if (!reader)
		return TOOL_FAILED;
	lint.data = &c;
	lint.dialect = c.negotiated.dialect;
	if (vgpu_judge_create(&c.judge, &lint, 0)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		goto out;
	}
	progress_begin(&progress, c.path, c.least > VGPU_SEVERITY_NOTE, true);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		n = vgpu_judge_record(c.judge, &r);
		if (n)
			break;
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	vgpu_trace_reader_status(reader, &s);
	vgpu_judge_end(c.judge, s.cut || s.damage_offset != UINT64_MAX);
	if (n < 0) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", c.path, tool_strerror(n));
		goto out;
	}
	print_summary(&c, &s);
	status = tool_finish(TOOL_OK);
	vgpu_judge_totals(c.judge, &totals);
	if (status == TOOL_OK &&
	    (c.errors || totals.lost || s.cut || s.damage_offset != UINT64_MAX))
		status = TOOL_LOSSY;
out:
	vgpu_judge_destroy(c.judge);
	vgpu_trace_reader_close(reader);
	return status;
}
