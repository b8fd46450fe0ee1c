/* SPDX-License-Identifier: MIT */
/* The command line of `vgpu-trace record`. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record-options.h"

enum {
	OPTION_DURATION = 'd',
	OPTION_DEBUG = 0x100,
	OPTION_COMMAND_RING,
	OPTION_PAGE_RING,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "write to FILE; - is standard output (default: by date and time)", 0 },
	{ "force", 'f', NULL, 0, "overwrite FILE", 0 },
	{ "duration", OPTION_DURATION, "SECONDS", 0, "stop after this time", 0 },
	{ "quiet", 'q', NULL, 0, "no status and no summary", 0 },
	{ "command-ring", OPTION_COMMAND_RING, "MIB", 0,
	  "buffer for commands and streams (default: by memory, at most 64)", 1 },
	{ "page-ring", OPTION_PAGE_RING, "MIB", 0,
	  "buffer for guest memory (default: by memory, at most 256)", 1 },
	{ "debug", OPTION_DEBUG, NULL, 0, "show what libbpf and the verifier say", 1 },
	{ 0 },
};

static size_t parse_mib(const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || !value || value > 1024)
		argp_error(state, "%s: a number of MiB from 1 to 1024", arg);
	return (size_t)value << 20;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_options *o = state->input;
	char *end;

	switch (key) {
	case 'o':
		o->output = arg;
		return 0;
	case 'f':
		o->force = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case OPTION_DURATION:
		o->duration = strtod(arg, &end);
		if (end == arg || *end || !(o->duration > 0 && o->duration < 1e9))
			argp_error(state, "%s: a number of seconds", arg);
		return 0;
	case OPTION_COMMAND_RING:
		o->command_ring = parse_mib(arg, state);
		return 0;
	case OPTION_PAGE_RING:
		o->page_ring = parse_mib(arg, state);
		return 0;
	case OPTION_DEBUG:
		o->debug = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->command = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options,
	parse_option,
	"[-- COMMAND [ARGUMENT...]]",
	"Records every command that this machine's virtio-gpu driver gives to the device, and the "
	"memory that the device reads, until COMMAND ends or a signal comes.\v"
	"Needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG, and Linux 5.17 or later with BTF. "
	"A trace holds what was on the screen: the file is readable by its owner only.",
	NULL,
	NULL,
	NULL,
};

void record_options_parse(struct record_options *o, int argc, char **argv)
{
	memset(o, 0, sizeof(*o));
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, o);
}
