/* SPDX-License-Identifier: MIT */
/* What a replay is asked to do. */
#ifndef VGPU_REPLAY_OPTIONS_H
#define VGPU_REPLAY_OPTIONS_H

#include <stdbool.h>

#include "break.h"
#include "child.h"
#include "choice.h"
#include "device.h"
#include "files.h"
#include "loop.h"
#include "state.h"
#include "steer.h"
#include "verify.h"
#include "window/window.h"

/* Exit statuses of the tool. */
enum {
	REPLAY_OK = 0,
	REPLAY_FAILED = 1,
	REPLAY_USAGE = 2,
	REPLAY_DIFFERS = 3
};

#define REPLAY_DEVICES_MAX 16u

/* Strings are the command line's. NULL: not asked for. */
struct replay_options {
	const char *trace;   /* path, or "-" */
	const char *backend; /* "auto" or the device's names */
	struct files files;
	const char *frames; /* path, or "-" */
	const char *verify;
	const char *report;        /* path, or "-" */
	struct choice only_frames; /* those that are looked at; empty: all */
	struct verify_options tolerance;
	struct steer_options steer;
	struct break_options breaks;
	struct state_choice resources; /* whose contents are dumped; empty: all */
	const char *times, *timeline;  /* paths */
	bool sync;                     /* every command is waited for */
	uint32_t repeat;               /* runs */
	struct loop_options loop;
	uint64_t range_first, range_last; /* frames that FILE_RANGE is to hold; 0: not asked for */
	bool range_given; /* not the user's: with what resources held, whatever its size */
	const struct vgpu_profile *profile;
	enum vgpu_dialect dialect; /* whose names commands and answers have */
	bool cursors;              /* in pictures */
	bool force;                /* though capsets do not fit */
	const char *gpu;
	uint32_t device; /* index in the trace; UINT32_MAX: the first command's */
	bool bench, json, quiet, verbose;
	bool no_sandbox, no_shader_cache;
	struct child_limits limits;
	bool windowed;
	struct window_options window;
	/* Not the user's: where the window is, -1 for none, and what to do first, NULL for its order. */
	int window_socket;
	const struct window_order *window_begin;
};

struct argp_state;

/* A whole number up to `max` and nothing behind it; ends the process with a message otherwise. */
uint64_t options_number(struct argp_state *state, const char *name, const char *arg, uint64_t max);

/* What is done when nothing is asked for. */
void options_default(struct replay_options *o);

/* Fill *o from the command line; ends the process where that is wrong, or asks for help. */
void options_parse(struct replay_options *o, int argc, char **argv);

#endif
