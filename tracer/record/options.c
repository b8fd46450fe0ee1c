/* SPDX-License-Identifier: MIT */
/* The command line of `vgpu-trace record`. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "tool.h"

#define FILE_SIZE_MIN (64u << 10)
#define BUFFERS_MIN   (2u << 20)

enum {
	OPTION_DURATION = 'd',
	OPTION_DEBUG = 0x100,
	OPTION_COMMAND_RING,
	OPTION_PAGE_RING,
	OPTION_MAX_SIZE,
	OPTION_NO_MEMORY,
	OPTION_DEVICE,
	OPTION_BTF,
	OPTION_READY,
	OPTION_FROM_PROBE,
	OPTION_STAGES,
	OPTION_NO_WAIT,
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "write to FILE; - is standard output (default: by date and time)", 0 },
	{ "force", 'f', NULL, 0, "overwrite FILE", 0 },
	{ "duration", OPTION_DURATION, "SECONDS", 0, "stop after this time", 0 },
	{ "max-size", OPTION_MAX_SIZE, "SIZE", 0,
	  "stop when the files have this size: 500K, 100M, 2G", 0 },
	{ "file-size", 'C', "SIZE", 0,
	  "begin another file when one has this size (a number alone: millions of bytes); a number "
	  "goes into its name",
	  0 },
	{ "file-seconds", 'G', "SECONDS", 0,
	  "begin another file after this time; FILE is a format of strftime(3) then", 0 },
	{ "file-count", 'W', "COUNT", 0,
	  "with -C: keep so many files, and begin over with the first; with -G alone: end after so "
	  "many",
	  0 },
	{ "quiet", 'q', NULL, 0, "no status and no summary", 0 },
	{ "device", OPTION_DEVICE, "NAME", 0,
	  "only this device: virtio0, or its PCI address (default: all)", 1 },
	{ "from-probe", OPTION_FROM_PROBE, NULL, 0,
	  "load and bind the driver, so that the device's very first command is recorded", 1 },
	{ "no-memory", OPTION_NO_MEMORY, NULL, 0,
	  "leave out the guest memory that the device reads: timings stay, pictures do not", 1 },
	{ "stages", OPTION_STAGES, NULL, 0,
	  "record more moments: ioctls, kicks, full rings, interrupts, waits for fences; costs a "
	  "little more",
	  1 },
	{ "snap", 's', "LENGTH", 0,
	  "keep LENGTH bytes (64K) of each stream, and of the memory that one command reads: times "
	  "and types stay, pictures do not",
	  1 },
	{ "tree", 'p', "PID", 0,
	  "only commands of this process and of those that it begins: queued by them, for their "
	  "contexts, or with their resources",
	  1 },
	{ "relinquish-privileges", 'Z', "USER", 0, "become USER once the recording has begun", 1 },
	{ "signal-ready", OPTION_READY, "FD", 0,
	  "write a newline to this file descriptor once the recording has begun", 1 },
	{ "btf", OPTION_BTF, "FILE", 0,
	  "type information of virtio_gpu, where the kernel has none of its own", 1 },
	{ "buffer-size", 'B', "SIZE", 0,
	  "both buffers together: 64M (default: by memory; at most half of it)", 1 },
	{ "command-ring", OPTION_COMMAND_RING, "MIB", 0,
	  "buffer for commands and streams (default: by memory, at most 64)", 1 },
	{ "page-ring", OPTION_PAGE_RING, "MIB", 0,
	  "buffer for guest memory (default: by memory, at most 256)", 1 },
	{ "no-wait", OPTION_NO_WAIT, NULL, 0,
	  "lose guest memory rather than hold a command back while the buffer for it is full", 1 },
	{ "debug", OPTION_DEBUG, NULL, 0, "show what libbpf and the verifier say", 1 },
	{ 0 },
};

static uint64_t parse_number(const char *arg, struct argp_state *state, uint64_t min, uint64_t max,
			     const char *what)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-' || value < min || value > max)
		argp_error(state, "%s: a number of %s from %llu to %llu", arg, what,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

static uint64_t parse_size(const char *arg, struct argp_state *state)
{
	static const char units[] = "KMG";
	unsigned long long value;
	const char *unit;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == arg || *arg == '-' || !unit || end[1] || !value || value >> 30)
		argp_error(state, "%s: a size with its unit, as 500K, 100M or 2G", arg);
	return value << (unit ? 10 * (unit - units + 1) : 0);
}

/* As tcpdump has it: without a unit millions. */
static uint64_t parse_file_size(const char *arg, struct argp_state *state)
{
	bool plain = *arg && !arg[strspn(arg, "0123456789")];
	uint64_t size = plain ? parse_number(arg, state, 1, 1000000, "millions of bytes") * 1000000
			      : parse_size(arg, state);

	if (size < FILE_SIZE_MIN)
		argp_error(state, "%s: a file's size is 64K at least", arg);
	return size;
}

/* A number alone is bytes. */
static uint64_t parse_length(const char *arg, struct argp_state *state)
{
	return *arg && !arg[strspn(arg, "0123456789")]
		       ? parse_number(arg, state, 1, UINT32_MAX, "bytes")
		       : parse_size(arg, state);
}

static size_t parse_ring(const char *arg, struct argp_state *state)
{
	return (size_t)parse_number(arg, state, 1, 1024, "MiB") << 20;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_options *o = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->filter;
		return 0;
	case 'o':
		o->files.pattern = arg;
		return 0;
	case 'f':
		o->files.force = true;
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
		o->command_ring = parse_ring(arg, state);
		return 0;
	case OPTION_PAGE_RING:
		o->page_ring = parse_ring(arg, state);
		return 0;
	case OPTION_MAX_SIZE:
		o->max_bytes = parse_size(arg, state);
		return 0;
	case 'C':
		o->files.bytes = parse_file_size(arg, state);
		return 0;
	case 'G':
		o->files.seconds = (uint32_t)parse_number(arg, state, 1, 100000000, "seconds");
		return 0;
	case 'W':
		o->files.count = (uint32_t)parse_number(arg, state, 1, 1000000, "files");
		return 0;
	case 's':
		o->snap = parse_length(arg, state);
		return 0;
	case 'p':
		o->pid = (uint32_t)parse_number(arg, state, 1, INT_MAX, "a process");
		return 0;
	case 'B':
		o->buffers = parse_size(arg, state);
		if (o->buffers < BUFFERS_MIN)
			argp_error(state, "%s: buffers of 2M at least", arg);
		return 0;
	case OPTION_NO_MEMORY:
		o->no_memory = true;
		return 0;
	case OPTION_NO_WAIT:
		o->no_wait = true;
		return 0;
	case OPTION_DEVICE:
		o->device = arg;
		return 0;
	case OPTION_BTF:
		o->btf = arg;
		return 0;
	case OPTION_FROM_PROBE:
		o->from_probe = true;
		return 0;
	case OPTION_STAGES:
		o->stages = true;
		return 0;
	case 'Z':
		o->user = arg;
		return 0;
	case OPTION_READY:
		o->ready = (int)parse_number(arg, state, 1, INT_MAX, "descriptors");
		if (fcntl(o->ready, F_GETFD) < 0)
			argp_error(state, "%s: not an open file descriptor", arg);
		return 0;
	case OPTION_DEBUG:
		o->debug = true;
		return 0;
	case ARGP_KEY_END:
		if (o->files.count && !record_files_are_many(&o->files))
			argp_error(state, "-W: of what files? It wants -C or -G");
		if (record_files_are_many(&o->files) && o->files.pattern &&
		    !strcmp(o->files.pattern, "-"))
			argp_error(state, "-C and -G: standard output is one file");
		return 0;
	case ARGP_KEY_ARGS:
		o->command = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { FILTER_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"[-- COMMAND [ARGUMENT...]]",
	"Records every command that this machine's virtio-gpu driver gives to the device, and the "
	"memory that the device reads, until COMMAND ends or a signal comes.\v"
	"Needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG, and Linux 5.17 or later with BTF. "
	"A trace holds what was on the screen: the file is readable by its owner only.",
	children,
	NULL,
	NULL,
};

void record_options_parse(struct record_options *o, int argc, char **argv)
{
	memset(o, 0, sizeof(*o));
	o->ready = -1;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, o);
	if (vgpu_filter_needs_answer(o->filter.filter)) {
		fprintf(stderr, "%s: %s: the answer is not known yet when a command is recorded\n",
			argv[0], o->filter.expression);
		exit(TOOL_USAGE);
	}
}
