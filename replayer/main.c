/* SPDX-License-Identifier: MIT */
/* vgpu-replay: execute a recorded virtio-gpu command stream again, on this host. */
#include "repeat.h"
#include "replay.h"

int main(int argc, char **argv)
{
	struct replay_options options;

	options_parse(&options, argc, argv);
	return options.repeat > 1 ? repeat_run(&options) : replay_run(&options);
}
