/* SPDX-License-Identifier: MIT */
#ifndef VGPU_REPLAY_TO_C_H
#define VGPU_REPLAY_TO_C_H

/* `vgpu-replay to-c`: a range of a trace as a C program. Returns the exit status. */
int to_c_main(int argc, char **argv);

/* The text in front of what was made of the commands. */
extern const char to_c_prologue[];

#endif
