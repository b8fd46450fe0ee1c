/* SPDX-License-Identifier: MIT */
/* vgpu-replay: execute a recorded virtio-gpu command stream again, on this host. */
#include <argp.h>
#include <stddef.h>
#include <string.h>

#include "minimize.h"
#include "range.h"
#include "repeat.h"
#include "replay.h"
#include "to-c.h"

/* What is done with a trace instead of replaying it once. A trace of that name is "./NAME". */
static const struct {
	const char *name;
	char *shown; /* in messages */
	int (*main)(int argc, char **argv);
} subcommands[] = {
	{ "minimize", "vgpu-replay minimize", minimize_main },
	{ "to-c", "vgpu-replay to-c", to_c_main },
};

int main(int argc, char **argv)
{
	struct replay_options options;
	size_t i;

	argp_err_exit_status = REPLAY_USAGE;
	for (i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(*subcommands); i++) {
		if (strcmp(argv[1], subcommands[i].name))
			continue;
		argv[1] = subcommands[i].shown;
		return subcommands[i].main(argc - 1, argv + 1);
	}
	options_parse(&options, argc, argv);
	if (options.range_first)
		return range_run(&options);
	return options.repeat > 1 ? repeat_run(&options) : replay_run(&options);
}
