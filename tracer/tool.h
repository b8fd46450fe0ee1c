/* SPDX-License-Identifier: MIT */
/* vgpu-trace: its subcommands, and what they share. */
#ifndef TRACER_TOOL_H
#define TRACER_TOOL_H

#include <argp.h>

#include <vgpu/trace.h>

enum {
	TOOL_OK = 0,
	TOOL_FAILED = 1,
	TOOL_USAGE = 2,
	TOOL_LOSSY = 3, /* done, but data was lost or did not match */
};

/* One per subcommand; argv[0] is "vgpu-trace <name>". They return the exit status. */
int tool_record(int argc, char **argv);
int tool_doctor(int argc, char **argv);
int tool_info(int argc, char **argv);
int tool_dump(int argc, char **argv);
int tool_stats(int argc, char **argv);
int tool_check(int argc, char **argv);
int tool_state_at(int argc, char **argv);
int tool_explain(int argc, char **argv);
int tool_diff(int argc, char **argv);
int tool_export(int argc, char **argv);
int tool_trim(int argc, char **argv);
int tool_strip(int argc, char **argv);
int tool_merge(int argc, char **argv);
int tool_recover(int argc, char **argv);
int tool_repack(int argc, char **argv);

/* "No space left on device", "this is not a vgpu trace": for -errno and libvgpu's codes. */
const char *tool_strerror(int err);

/*
 * For what an argp parser does not know itself: takes the one FILE argument that these commands
 * have into *path. Another one, or none, is wrong usage.
 */
error_t tool_file_argument(int key, char *arg, struct argp_state *state, const char **path);

/* Open a trace; NULL after a message on stderr. */
struct vgpu_trace_reader *tool_open(const char *path);

/* "complete", or what is wrong: "cut at byte 5120, the last 300 bytes gave no record". */
const char *tool_state(const struct vgpu_trace_status *status, char *text, size_t size);

/* Flush stdout; TOOL_FAILED after a message when something could not be written, else `status`. */
int tool_finish(int status);

#endif
