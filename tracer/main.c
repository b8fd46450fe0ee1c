/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "filter-options.h"
#include "tool.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} commands[] = {
	{ "record", tool_record, "record what the guest's virtio-gpu driver does" },
	{ "doctor", tool_doctor, "can this machine be recorded, and what would it hold" },
	{ "info", tool_info, "what a trace holds, latencies, and whether it is whole" },
	{ "dump", tool_dump, "every command, as text or JSON" },
	{ "stats", tool_stats, "where the time went, by type, context, process" },
	{ "check", tool_check, "is the file whole, do driver and device keep to the protocol" },
	{ "state", tool_state_at, "contexts, resources, scanouts, fences at any command" },
	{ "export", tool_export, "for Perfetto and Wireshark, as tables, JSON, raw streams" },
	{ "diff", tool_diff, "what two traces, or two ranges of one, do differently" },
	{ "explain", tool_explain, "what a number, a line of a log or some bytes mean" },
	{ "trim", tool_trim, "a range of a trace, that replays like the whole" },
	{ "strip", tool_strip, "a trace without pixels, shaders and names" },
	{ "recover", tool_recover, "what is left of a cut or damaged trace, as a whole one" },
	{ "repack", tool_repack, "the same records, compressed otherwise" },
	{ "merge", tool_merge, "several traces as one, by time" },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* libc looks for it by name: it may not be hidden. */
__attribute__((visibility("default")))
const char *argp_program_version = "vgpu-trace " VGPU_VERSION;

static void usage(FILE *to)
{
	fputs("Usage: vgpu-trace COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].text);
	fputs("\n`vgpu-trace help COMMAND` tells more, `vgpu-trace help filter` how commands are\n"
	      "chosen. --version prints the version.\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but data was lost.\n",
	      to);
}

static int run(size_t i, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "vgpu-trace %s", commands[i].name);
	argv[0] = name;
	return commands[i].run(argc, argv);
}

int main(int argc, char **argv)
{
	static char help_option[] = "--help";
	const char *name = argc > 1 ? argv[1] : NULL;
	bool help;

	argp_err_exit_status = TOOL_USAGE;
	/* What is large goes back to the system when it is freed, however often that happens. */
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	if (!name) {
		usage(stderr);
		return TOOL_USAGE;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		puts(argp_program_version);
		return tool_finish(TOOL_OK);
	}
	help = strcmp(name, "help") == 0;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (help && argc == 2)) {
		usage(stdout);
		return tool_finish(TOOL_OK);
	}
	if (help)
		name = argv[2];
	if (help && strcmp(name, "filter") == 0) {
		filter_print_help();
		return tool_finish(TOOL_OK);
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (help)
			return run(i, 2, (char *[]) { NULL, help_option, NULL });
		return run(i, argc - 1, argv + 1);
	}
	fprintf(stderr, "vgpu-trace: there is no command \"%s\"; `vgpu-trace help` lists them\n",
		name);
	return TOOL_USAGE;
}
