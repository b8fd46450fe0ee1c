/* SPDX-License-Identifier: MIT */
/* What the subcommands that read a trace share. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/error.h>

#include "tool.h"

const char *tool_strerror(int err)
{
	return err > VGPU_ERR_TRUNCATED ? strerror(-err) : vgpu_strerror(err);
}

error_t tool_file_argument(int key, char *arg, struct argp_state *state, const char **path)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*path)
			argp_error(state, "one file at a time");
		*path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct vgpu_trace_reader *tool_open(const char *path)
{
	struct vgpu_trace_reader *reader;
	unsigned int major, minor;
	int err = vgpu_trace_reader_open(&reader, path);

	if (!err) {
		(void)vgpu_trace_reader_set_ahead(reader, true); /* without it only slower */
		return reader;
	}
	if (err == VGPU_ERR_VERSION) {
		vgpu_trace_reader_version(reader, &major, &minor);
		vgpu_trace_reader_close(reader);
		fprintf(stderr,
			"vgpu-trace: %s: the trace is of version %u.%u, this program reads up to "
			"%u.x\n",
			path, major, minor, VGPU_TRACE_VERSION_MAJOR);
	} else {
		fprintf(stderr, "vgpu-trace: %s: %s\n", path, tool_strerror(err));
	}
	return NULL;
}

const char *tool_state(const struct vgpu_trace_status *s, char *text, size_t size)
{
	int n;

	if (!s->cut && s->damage_offset == UINT64_MAX)
		return "complete";
	if (!s->damage_offset && !s->lost_bytes)
		return "empty";
	n = snprintf(text, size, "%s at byte %" PRIu64, s->cut ? "cut" : "damaged",
		     s->damage_offset);
	if (s->lost_bytes && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n, ", %" PRIu64 " bytes gave no record",
			      s->lost_bytes);
	if (s->lost_records && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, ", %" PRIu64 " records are missing",
			 s->lost_records);
	return text;
}

int tool_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "vgpu-trace: cannot write the output: %s\n", strerror(errno));
	return TOOL_FAILED;
}
