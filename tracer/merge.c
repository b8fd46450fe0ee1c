/* SPDX-License-Identifier: MIT */
/* vgpu-trace merge: several traces, guest and host, as one. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "new-file.h"
#include "tool.h"

struct merge {
	const char *paths[VGPU_MERGE_MAX];
	struct vgpu_merge_input inputs[VGPU_MERGE_MAX];
	unsigned int n;
	const char *output;
	bool force;
};

enum {
	OPT_OFFSET = 256,
};

static const struct argp_option options[] = {
	{ "offset", OPT_OFFSET, "N:SECONDS", 0,
	  "add SECONDS, which may be negative, to the times of the Nth file, from 1", 0 },
	{ "output", 'o', "FILE", 0, "the new trace; - is standard output", 0 },
	{ "force", 'f', NULL, 0, "overwrite it", 0 },
	{ 0 },
};

static void parse_offset(struct merge *m, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	double s = 0;
	bool good = end != text && *end == ':' && n >= 1 && n <= VGPU_MERGE_MAX && *text != '-';

	if (good) {
		text = end + 1;
		s = strtod(text, &end);
		good = end != text && !*end && fabs(s) < 1e9;
	}
	if (!good)
		argp_error(state, "an offset is N:SECONDS, like 2:-0.0015");
	m->inputs[n - 1].offset_ns = (int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5));
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct merge *m = state->input;

	switch (key) {
	case OPT_OFFSET:
		parse_offset(m, arg, state);
		return 0;
	case 'o':
		m->output = arg;
		return 0;
	case 'f':
		m->force = true;
		return 0;
	case ARGP_KEY_ARG:
		if (m->n == VGPU_MERGE_MAX)
			argp_error(state, "no more than %d files", VGPU_MERGE_MAX);
		for (unsigned int i = 0; i < m->n; i++) {
			if (strcmp(arg, "-") == 0 && strcmp(m->paths[i], "-") == 0)
				argp_error(state, "standard input can be read once");
		}
		m->paths[m->n++] = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (m->n < 2)
			argp_error(state, "which files? two or more");
		if (!m->output)
			argp_error(state, "where to? -o FILE");
		for (unsigned int i = m->n; i < VGPU_MERGE_MAX; i++) {
			if (m->inputs[i].offset_ns)
				argp_error(state, "there is no file %u", i + 1);
		}
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE FILE... -o FILE",
	"Puts the records of several traces into one, by time: of a guest and its host, or of two "
	"guests. Each trace's wall clock says how its times lie to the others'; --offset corrects "
	"it.\v"
	"The first file's times stay. Devices of the others get the next free numbers, their "
	"processes 16777216 more for each file before theirs, and commands are numbered anew. One "
	"FILE "
	"may be - for standard input. Exit status 3: a trace is cut or damaged.",
	NULL,
	NULL,
	NULL,
};

static void complain(const char *path, int err)
{
	fprintf(stderr, "vgpu-trace: %s: %s\n", path,
		err == VGPU_ERR_INVALID ? "holds several traces" : tool_strerror(err));
}

/* TOOL_LOSSY and a message for each that is not whole. */
static int judge(const struct merge *m)
{
	struct vgpu_trace_status status;
	char state[160];
	int ret = TOOL_OK;

	for (unsigned int i = 0; i < m->n; i++) {
		vgpu_trace_reader_status(m->inputs[i].reader, &status);
		if (status.damage_offset == UINT64_MAX)
			continue;
		fprintf(stderr, "vgpu-trace: %s: %s\n", m->paths[i],
			tool_state(&status, state, sizeof(state)));
		ret = TOOL_LOSSY;
	}
	return ret;
}

int tool_merge(int argc, char **argv)
{
	struct merge m = { 0 };
	struct new_file out;
	unsigned int which;
	uint64_t end_ns;
	int err, ret = TOOL_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &m);
	for (unsigned int i = 0; i < m.n; i++) {
		m.inputs[i].reader = tool_open(m.paths[i]);
		if (!m.inputs[i].reader)
			goto out;
	}
	ret = new_file_open(&out, m.output, m.force, NULL);
	if (ret)
		goto out;
	err = vgpu_trace_merge(m.inputs, m.n, out.writer, &which, &end_ns);
	if (err)
		complain(which < m.n ? m.paths[which] : m.output, err);
	ret = new_file_close(&out, err ? TOOL_FAILED : judge(&m), end_ns);
out:
	for (unsigned int i = 0; i < m.n; i++)
		vgpu_trace_reader_close(m.inputs[i].reader);
	return ret;
}
