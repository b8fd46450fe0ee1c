/* SPDX-License-Identifier: MIT */
/* vgpu-replay minimize: the smallest trace that still shows what goes wrong. */
#ifndef VGPU_REPLAY_MINIMIZE_H
#define VGPU_REPLAY_MINIMIZE_H

/* The subcommand with its arguments, argv[0] its name. Returns the exit status. */
int minimize_main(int argc, char **argv);

#endif
