/* SPDX-License-Identifier: MIT */
#include "minimize.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgpu/edit.h>
#include <vgpu/protocol.h>

#include "ddmin.h"
#include "names.h"
#include "pick.h"
#include "replay.h"
#include "units.h"

struct minimize {
	struct replay_options replay; /* of each attempt */
	const char *trace, *out, *list, *test;
	uint32_t seconds;
	bool quiet;
	/* What goes wrong, and is to go wrong still. */
	struct child_result fate;
	struct report_fault fault;
	uint64_t command; /* where */
	struct child_progress *progress;
	struct units units;
	int fd; /* of the candidate, in memory */
	char path[32];
	uint64_t begun_ns;
	unsigned int attempts;
};

static int minimize_replay(void *data)
{
	struct minimize *m = data;
	int null = open("/dev/null", O_WRONLY);

	/* What fails on the way is nothing to tell. */
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	return replay_execute(&m->replay, m->progress);
}

/* One replay of the trace at `path`. 0 or -errno. */
static int minimize_run(struct minimize *m, const char *path, struct child_result *result)
{
	m->attempts++;
	memset(m->progress, 0, sizeof(*m->progress));
	m->progress->report.fault = m->fault;
	m->progress->report.fault.id = 0;
	m->replay.trace = path;
	return child_run(minimize_replay, m, &m->replay.files, m->progress, &m->replay.limits,
			 result);
}

/* Somebody else's judgement: 0 is "it still does it". */
static bool minimize_ask(const struct minimize *m, const char *path)
{
	pid_t pid = fork();
	int status = 1;

	if (!pid) {
		setenv("TRACE", path, 1);
		execl("/bin/sh", "sh", "-c", m->test, "sh", path, NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool minimize_same(struct minimize *m, const char *path)
{
	struct child_result result;
	bool crashed = m->fate.fate != CHILD_EXITED;

	if (m->test) {
		m->attempts++;
		return minimize_ask(m, path);
	}
	if (minimize_run(m, path, &result) || result.fate != m->fate.fate)
		return false;
	if (!crashed)
		return m->progress->report.fault.id != 0;
	return result.value == m->fate.value && m->progress->type == m->fault.type;
}

/* Write what is kept, and see whether it still does it. */
static bool minimize_attempt(void *data, bool *stop)
{
	struct minimize *m = data;

	if (m->seconds && report_clock() - m->begun_ns > m->seconds * 1000000000ull) {
		*stop = true;
		return false;
	}
	if (ftruncate(m->fd, 0) || lseek(m->fd, 0, SEEK_SET) || units_write(&m->units, m->fd)) {
		*stop = true;
		return false;
	}
	return minimize_same(m, m->path);
}

/* What goes wrong with the whole trace. 0 or REPLAY_FAILED. */
static int minimize_look(struct minimize *m)
{
	struct report_fault *fault = &m->progress->report.fault;
	char room[NAME_ROOM];
	int ret;

	if (m->test) {
		m->command = UINT64_MAX;
		if (minimize_ask(m, m->trace))
			return 0;
		fprintf(stderr, "vgpu-replay: the test fails on the whole trace\n");
		return REPLAY_FAILED;
	}
	ret = minimize_run(m, m->trace, &m->fate);
	if (ret)
		return replay_complain("start", ret);
	if (m->fate.fate != CHILD_EXITED) {
		m->fault.type = m->progress->type;
		m->command = m->progress->begun_ns ? m->progress->command : UINT64_MAX;
	} else if (fault->id) {
		m->fault = *fault;
		m->fault.wanted = true;
		m->command = fault->id;
	} else if (m->fate.value == REPLAY_FAILED) {
		fprintf(stderr, "vgpu-replay: %s cannot be replayed\n", m->trace);
		return REPLAY_FAILED;
	} else {
		fprintf(stderr, "vgpu-replay: %s: nothing goes wrong in it\n", m->trace);
		return REPLAY_FAILED;
	}
	if (!m->quiet)
		fprintf(stderr, "vgpu-replay: command %" PRIu64 " %s %s%s%s\n", m->command,
			name_command(VGPU_DIALECT_SPEC, m->fault.type, room),
			m->fate.fate == CHILD_EXITED ? "fails: \"" : "ends the renderer",
			m->fault.reason, m->fate.fate == CHILD_EXITED ? "\"" : "");
	return 0;
}

/* What command m->command depends on, and nothing else, as the candidate. False: that is too little. */
static bool minimize_cut(struct minimize *m)
{
	const struct vgpu_trim_options options = {
		.unit = VGPU_TRIM_COMMANDS,
		.first = m->command,
		.last = m->command,
	};
	struct vgpu_trace_status status;
	struct vgpu_trim_report report;
	struct vgpu_trace_writer *w;
	uint64_t end_ns = 0;
	int fd, ret;

	if (m->command == UINT64_MAX)
		return false;
	fd = open(m->trace, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ret = vgpu_trace_writer_create(&w, m->fd, NULL);
	if (!ret) {
		ret = vgpu_trace_trim(fd, w, &options, &report, &status, &end_ns);
		if (!ret)
			ret = vgpu_trace_writer_finish(w, end_ns);
		vgpu_trace_writer_destroy(w);
	}
	close(fd);
	return !ret && minimize_same(m, m->path);
}

static int minimize_save(const struct minimize *m)
{
	FILE *list = stdout;
	int fd, ret = 0;

	if (m->out) {
		fd = open(m->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		ret = fd < 0 ? -errno : units_write(&m->units, fd);
		if (fd >= 0 && close(fd) && !ret)
			ret = -errno;
		if (ret)
			return replay_complain(m->out, ret);
	}
	if (m->list && strcmp(m->list, "-"))
		list = fopen(m->list, "w");
	if (!list)
		return replay_complain(m->list, -errno);
	units_list(&m->units, list);
	if (fflush(list) || ferror(list))
		ret = -EIO;
	if (list != stdout && fclose(list) && !ret)
		ret = -errno;
	return ret ? replay_complain(m->list ? m->list : "standard output", ret) : 0;
}

static int minimize_work(struct minimize *m)
{
	uint64_t last = m->command;
	int ret;

	/* The dependencies first: a thousand commands go at once. */
	if (minimize_cut(m)) {
		ret = units_read(&m->units, m->path, UINT64_MAX);
	} else {
		ret = units_read(&m->units, m->trace, last);
	}
	if (ret)
		return replay_complain(m->trace, ret);
	/* Whole commands, then what is in those that are left. */
	ddmin(m->units.keep, m->units.parts, minimize_attempt, m);
	ret = units_open_streams(&m->units);
	if (ret)
		return replay_complain("streams", ret);
	ddmin(m->units.keep, m->units.parts, minimize_attempt, m);
	if (!m->quiet)
		fprintf(stderr,
			"vgpu-replay: %zu commands are left, with %zu in their streams, after %u "
			"attempts in %.1f s\n",
			units_commands(&m->units), units_stream_commands(&m->units), m->attempts,
			(double)(report_clock() - m->begun_ns) / 1e9);
	return minimize_save(m);
}

enum {
	OPT_LIST = 256,
	OPT_TEST,
	OPT_SECONDS,
	OPT_TIMEOUT,
	OPT_AS,
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "FILE", 0, "write the smallest trace", 0 },
	{ "list", OPT_LIST, "FILE", 0, "write its commands, a line each (standard output)", 0 },
	{ "backend", 'b', "NAME", 0, "as vgpu-replay's", 0 },
	{ "as", OPT_AS, "PROFILE", 0, "as vgpu-replay's", 0 },
	{ "test", OPT_TEST, "COMMAND", 0,
	  "what goes wrong is for this shell command to say: it gets the trace's path as $1, and "
	  "exits with 0 while it still does",
	  0 },
	{ "seconds", OPT_SECONDS, "N", 0, "be content after so long (0: never)", 0 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "a renderer hangs in a command after so long (10)",
	  0 },
	{ "quiet", 'q', NULL, 0, "on standard error, only what is wrong", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct minimize *m = state->input;

	switch (key) {
	case 'o':
		m->out = arg;
		return 0;
	case OPT_LIST:
		m->list = arg;
		return 0;
	case 'b':
		m->replay.backend = arg;
		return 0;
	case OPT_AS:
		m->replay.profile = vgpu_profile_find(arg);
		if (!m->replay.profile)
			argp_error(state, "there is no profile %s", arg);
		return 0;
	case OPT_TEST:
		m->test = arg;
		return 0;
	case OPT_SECONDS:
		m->seconds = (uint32_t)options_number(state, "seconds", arg, 1000000);
		return 0;
	case OPT_TIMEOUT:
		m->replay.limits.seconds = (uint32_t)options_number(state, "timeout", arg, 86400);
		return 0;
	case 'q':
		m->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (m->trace)
			argp_error(state, "one trace at a time");
		m->trace = arg;
		return 0;
	case ARGP_KEY_END:
		if (!m->trace)
			argp_error(state, "which trace?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int minimize_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "TRACE",
		.doc = "Make a trace as small as it can be while it still goes wrong.\v"
		       "What goes wrong is the crash or hang of the renderer, or else the first "
		       "command that fails although it did not when recorded. Commands go, then "
		       "commands in virgl streams; every attempt is a replay. TRACE is a file.",
	};
	struct minimize m = { .fd = -1 };
	struct shader_cache shaders;
	struct pick pick;
	int status;

	options_default(&m.replay);
	m.replay.quiet = true;
	m.replay.limits.seconds = 10;
	argp_parse(&argp, argc, argv, 0, NULL, &m);
	/* What a part of it would be taken for must not change. */
	pick = pick_device(m.trace);
	if (!strcmp(m.replay.backend, "auto"))
		m.replay.backend = pick.backend;
	if (!m.replay.profile)
		m.replay.profile = pick.profile;
	m.begun_ns = report_clock();
	/* Parts of it have the shaders of the whole. */
	shader_cache_open(&shaders, m.trace);
	m.replay.limits.shaders = &shaders;
	m.progress = child_progress_create();
	m.fd = memfd_create("candidate", 0);
	if (!m.progress || m.fd < 0) {
		status = replay_complain("start", -ENOMEM);
	} else {
		snprintf(m.path, sizeof(m.path), "/proc/%d/fd/%d", (int)getpid(), m.fd);
		status = minimize_look(&m);
		if (!status)
			status = minimize_work(&m);
	}
	shader_cache_close(&shaders);
	units_finish(&m.units);
	if (m.fd >= 0)
		close(m.fd);
	child_progress_destroy(m.progress);
	return status;
}
