/* SPDX-License-Identifier: MIT */
/* Feeding a trace to a device, and keeping count of what comes of it. */
#ifndef VGPU_REPLAY_H
#define VGPU_REPLAY_H

#include <stdbool.h>

struct replay_options {
	const char *trace;    /* path, or "-" */
	const char *backend;  /* "auto" or the device's names */
	const char *png_dir;  /* NULL: none */
	const char *png_last; /* NULL: none */
	const char *frames;   /* path, or "-"; NULL: none */
	const char *verify;   /* NULL: none */
	bool bench, json, quiet;
};

/* Exit statuses of the tool. */
enum {
	REPLAY_OK = 0,
	REPLAY_FAILED = 1,
	REPLAY_USAGE = 2,
	REPLAY_DIFFERS = 3
};

/* The whole run; messages on stderr, results on stdout. Returns the exit status. */
int replay_run(const struct replay_options *options);

#endif
