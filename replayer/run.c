/* SPDX-License-Identifier: MIT */
/* The parent of a replay: gives it its files, and tells how it ended if it cannot do so itself. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

struct run {
	struct replay_options *options;
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
static void run_tell(const struct run *run, const struct child_result *result, char *why,
		     size_t size)
{
	const struct vgpu_trace_status unknown = { .damage_offset = UINT64_MAX };
	struct child_progress p = *run->progress;
	char fate[64], room[NAME_ROOM];

	run_fate(result, fate, sizeof(fate));
	if (p.begun_ns)
		snprintf(why, size,
			 "the renderer %s in command %" PRIu64 " %s ctx %" PRIu32
			 " (record %" PRIu64 ", byte %" PRIu64 " of the stream)",
			 fate, p.command, name_command(run->options->dialect, p.type, room),
			 p.ctx_id, p.record, p.offset);
	else
		snprintf(why, size, "the replay %s after %" PRIu64 " commands", fate,
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

/* One replay, in a process of its own. Its exit status; *why is what else it has to say of its end. */
static int run_child(struct run *run, char *why, size_t size)
{
	struct child_result result;
	int ret;

	*why = '\0';
	memset(run->progress, 0, sizeof(*run->progress));
	ret = child_run(run_body, run, &run->options->files, run->progress, &run->options->limits,
			&result);
	if (ret)
		return replay_complain("start", ret);
	if (result.fate == CHILD_EXITED)
		return result.value;
	run_tell(run, &result, why, size);
	return REPLAY_FAILED;
}

/* What has been asked for is done: what the window still wants to see is for the eye only. */
static void run_results_done(struct replay_options *o)
{
	enum file_place place;

	for (place = 0; place < FILE_PLACES; place++)
		o->files.path[place] = NULL;
	o->frames = o->verify = o->report = o->times = o->timeline = NULL;
	o->quiet = true;
}

/*
 * As many replays as it takes to show what the user wants to see: one that has to go back ends, and
 * the next one begins. The exit status is that of the first to come to its end.
 */
static int run_in_window(struct run *run, struct window *w)
{
	struct window_order again;
	int status, first = -1;
	char why[256];

	run->options->window_socket = w->socket;
	for (;;) {
		status = run_child(run, why, sizeof(why));
		if (status == SHOW_AGAIN) {
			again = run->progress->again;
		} else {
			if (first < 0)
				first = status;
			run_results_done(run->options);
			window_end(w, why);
			if (window_wait(w, &again))
				return first;
		}
		run->options->window_begin = &again;
	}
}

bool replay_wants_results(const struct replay_options *o)
{
	enum file_place place;

	for (place = 0; place < FILE_PLACES; place++) {
		if (o->files.path[place])
			return true;
	}
	return o->frames || o->verify || o->report || o->times || o->timeline;
}

int replay_run(struct replay_options *options)
{
	struct run run = { .options = options };
	bool windowed = options->windowed;
	struct shader_cache shaders;
	struct window window;
	const char *path;
	char why[256];
	int ret, status;

	ret = files_prepare(&options->files, &path);
	if (ret)
		return replay_complain(path, ret);
	run.progress = child_progress_create();
	if (!run.progress)
		return replay_complain("start", -ENOMEM);
	/* A replay with all rights has what Mesa keeps for all programs. */
	if (!options->no_sandbox) {
		shader_cache_open(&shaders, options->no_shader_cache ? NULL : options->trace);
		options->limits.shaders = &shaders;
	}
	options->window.name = options->trace;
	if (windowed && window_open(&window, &options->window, why, sizeof(why))) {
		fprintf(stderr, "vgpu-replay: no window: %s\n", why);
		windowed = false;
		status = REPLAY_FAILED;
		/* A window that cannot be had is no reason to give up what else was asked for. */
		if (!replay_wants_results(options))
			goto out;
	}
	if (windowed) {
		status = run_in_window(&run, &window);
		window_finish(&window);
	} else if (options->no_sandbox) {
		status = replay_execute(options, run.progress);
	} else {
		status = run_child(&run, why, sizeof(why));
	}
out:
	if (options->limits.shaders)
		shader_cache_close(&shaders);
	options->limits.shaders = NULL;
	child_progress_destroy(run.progress);
	return status;
}
