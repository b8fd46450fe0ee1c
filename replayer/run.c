/* SPDX-License-Identifier: MIT */
/* The parent of a replay: gives it its files, and tells how it ended if it cannot do so itself. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/protocol.h>

struct run {
	const struct replay_options *options;
	struct child_progress *progress;
};

static int run_body(void *data)
{
	const struct run *run = data;

	return replay_execute(run->options, run->progress);
}

/* "crashed (Segmentation fault)" */
static void run_fate(const struct child_result *result, char *out, size_t size)
{
	switch (result->fate) {
	case CHILD_HUNG:
		snprintf(out, size, "did nothing for %d s", result->value);
		break;
	case CHILD_TOO_LARGE:
		snprintf(out, size, "held more than %d MiB of memory", result->value);
		break;
	case CHILD_SIGNALLED:
		if (result->value == SIGINT || result->value == SIGTERM)
			snprintf(out, size, "was ended (%s)", strsignal(result->value));
		else
			snprintf(out, size, "crashed (%s)", strsignal(result->value));
		break;
	default:
		snprintf(out, size, "ended");
	}
}

/* What the child would have told of the commands before, and where it stopped. */
static void run_tell(const struct run *run, const struct child_result *result)
{
	const struct vgpu_trace_status unknown = { .damage_offset = UINT64_MAX };
	struct child_progress p = *run->progress;
	const char *name = vgpu_cmd_name(p.type);
	char fate[64], why[256];

	run_fate(result, fate, sizeof(fate));
	if (p.begun_ns)
		snprintf(why, sizeof(why),
			 "the renderer %s in command %" PRIu64 " %s ctx %" PRIu32
			 " (record %" PRIu64 ", byte %" PRIu64 " of the stream)",
			 fate, p.command, name ? name : "(unknown)", p.ctx_id, p.record, p.offset);
	else
		snprintf(why, sizeof(why), "the replay %s after %" PRIu64 " commands", fate,
			 p.report.commands);
	fprintf(stderr, "vgpu-replay: %s\n", why);
	if (run->options->files.path[FILE_JUNIT] && outcome_broken(&run->options->files, why))
		fprintf(stderr, "vgpu-replay: %s cannot be written\n",
			run->options->files.path[FILE_JUNIT]);
	if (!p.report.start_ns)
		return;
	p.report.end_ns = report_clock();
	report_problems(&p.report, &unknown);
	if (!run->options->quiet)
		report_summary(&p.report);
}

int replay_run(struct replay_options *options)
{
	struct child_result result;
	struct run run = { .options = options };
	const char *path;
	int ret, status;

	ret = files_prepare(&options->files, &path);
	if (ret)
		return replay_complain(path, ret);
	run.progress = child_progress_create();
	if (!run.progress)
		return replay_complain("start", -ENOMEM);
	if (options->no_sandbox) {
		status = replay_execute(options, run.progress);
		goto out;
	}
	ret = child_run(run_body, &run, &options->files, run.progress, &options->limits, &result);
	if (ret) {
		status = replay_complain("start", ret);
	} else if (result.fate == CHILD_EXITED) {
		status = result.value;
	} else {
		run_tell(&run, &result);
		status = REPLAY_FAILED;
	}
out:
	child_progress_destroy(run.progress);
	return status;
}
