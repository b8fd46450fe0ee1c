/* SPDX-License-Identifier: MIT */
/* What commands and answers are called in messages and results. */
#ifndef VGPU_REPLAY_NAMES_H
#define VGPU_REPLAY_NAMES_H

#include <stdint.h>

#include <vgpu/dialect.h>

#define NAME_ROOM 16

/* "SUBMIT_3D", or "0x1234" in `room` where the dialect has no such command. */
const char *name_command(enum vgpu_dialect dialect, uint32_t type, char room[NAME_ROOM]);
/* The same of a response's type; 0: there is none. Static. */
const char *name_answer(enum vgpu_dialect dialect, uint32_t type);

#endif
