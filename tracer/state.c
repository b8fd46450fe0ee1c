/* SPDX-License-Identifier: MIT */
/* vgpu-trace state: what the device's state is at a command, or what changed up to there. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vgpu/judge.h>

#include "dialect-options.h"
#include "progress.h"
#include "tool.h"

#define AT_END UINT64_MAX

struct state {
	const char *path;
	uint64_t at, since; /* commands; since 0: not asked for */
	uint32_t device;
	struct vgpu_negotiated negotiated;
	struct vgpu_judge *judge;
	struct vgpu_track *before; /* the state after `since` */
	uint64_t last;             /* command that was seen */
	bool reached;
};

static const struct argp_option options[] = {
	{ "at", 'a', "COMMAND", 0,
	  "the state after this command was queued, before the next one (default: at the end)", 0 },
	{ "since", 's', "COMMAND", 0, "only what differs from the state after this command", 0 },
	{ "device", 'd', "N", 0, "of this device, where there are several (default: 0)", 0 },
	{ 0 },
};

static uint64_t parse_command(struct argp_state *state, const char *arg)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || !n || n == AT_END)
		argp_error(state, "%s: not the number of a command; they count from 1", arg);
	return n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct state *s = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &s->negotiated;
		return 0;
	case 'a':
		s->at = parse_command(state, arg);
		return 0;
	case 's':
		s->since = parse_command(state, arg);
		return 0;
	case 'd':
		s->device = (uint32_t)strtoul(arg, &end, 10);
		if (end == arg || *end || *arg == '-' || s->device >= VGPU_JUDGE_DEVICES)
			argp_error(state, "--device=%s: not the number of a device", arg);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (s->since > s->at)
			argp_error(state, "--since is behind --at");
		return 0;
	}
	return tool_file_argument(key, arg, state, &s->path);
}

static const struct argp_child children[] = { DIALECT_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Prints the device's state at a command as one JSON object: contexts, resources, "
	"attachments, "
	"scanouts, cursors, fence timelines, commands that wait for an answer, capsets.\v"
	"With --since each array has the objects that differ, with the members that do \"before\" "
	"and \"after\". \"partial\" is true where commands are not in the trace. FILE may be - for "
	"standard input. Exit status 3: the trace is cut or damaged before that command.",
	children,
	NULL,
	NULL,
};

static void ignore(void *data, const struct vgpu_finding *f)
{
	(void)data;
	(void)f;
}

static int to_stdout(void *data, const char *text, size_t size)
{
	(void)data;
	return fwrite(text, 1, size, stdout) == size ? 0 : -EIO;
}

/* A command is about to be taken. 0, or VGPU_ERR_TOO_LARGE. */
static int look(struct state *s, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command command;
	int err = 0;

	if (vgpu_trace_parse_command(r, &command))
		return 0;
	if (s->since && !s->before && command.id > s->since)
		err = vgpu_track_copy(vgpu_judge_track(s->judge, s->device), &s->before);
	s->reached = command.id > s->at;
	s->last = command.id;
	return err;
}

/* Up to the command; 0 or a negative code. */
static int walk(struct state *s, struct vgpu_trace_reader *reader)
{
	struct progress progress;
	struct vgpu_trace_record r;
	int n;

	progress_begin(&progress, s->path, false, false);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		n = look(s, &r);
		if (n || s->reached)
			break;
		n = vgpu_judge_record(s->judge, &r);
		if (n)
			break;
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	/* The last command of all has none behind it. */
	if (!n && s->since && !s->before && s->last == s->since)
		n = vgpu_track_copy(vgpu_judge_track(s->judge, s->device), &s->before);
	return n;
}

static bool is_there(const struct state *s)
{
	uint64_t wanted = s->at == AT_END ? s->since : s->at;

	if (s->device && !vgpu_judge_met(s->judge, s->device)) {
		fprintf(stderr, "vgpu-trace: %s: there is no device %" PRIu32 " up to there\n",
			s->path, s->device);
		return false;
	}
	if (s->reached || s->last >= wanted)
		return true;
	fprintf(stderr,
		"vgpu-trace: %s: there is no command %" PRIu64 ", the last is %" PRIu64 "\n",
		s->path, wanted, s->last);
	return false;
}

static void print(const struct state *s)
{
	struct vgpu_sink sink = { .write = to_stdout };
	const struct vgpu_track *t = vgpu_judge_track(s->judge, s->device);

	if (s->since)
		vgpu_track_diff_json(s->before, t, &sink);
	else
		vgpu_track_json(t, &sink);
	putchar('\n');
}

int tool_state_at(int argc, char **argv)
{
	struct vgpu_lint_options lint = { .report = ignore };
	struct state s = { .at = AT_END };
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status file;
	int status = TOOL_FAILED, err;

	argp_parse(&argp, argc, argv, 0, NULL, &s);
	reader = tool_open(s.path);
	if (!reader)
		return TOOL_FAILED;
	lint.dialect = s.negotiated.dialect;
	err = vgpu_judge_create(&s.judge, &lint, s.device);
	err = err ? err : walk(&s, reader);
	if (err) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", s.path, tool_strerror(err));
		goto out;
	}
	if (!is_there(&s))
		goto out;
	print(&s);
	vgpu_trace_reader_status(reader, &file);
	status = tool_finish(TOOL_OK);
	if (status == TOOL_OK && (file.damage_offset != UINT64_MAX || (file.cut && !s.reached)))
		status = TOOL_LOSSY;
out:
	vgpu_track_destroy(s.before);
	vgpu_judge_destroy(s.judge);
	vgpu_trace_reader_close(reader);
	return status;
}
