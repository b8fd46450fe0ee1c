/* SPDX-License-Identifier: MIT */
/*
 * Venus's stream: Vulkan commands, one behind the other, each a dword with its number, a dword of flags
 * (VGPU_VENUS_FLAG_) and its arguments, in units of four bytes. No command says how long it is: that
 * follows from its arguments, so a stream can be walked only as far as they are decoded.
 *
 * Decoded are all arguments of MESA's own commands that set up and notify rings and reply streams
 * (vkCreateRingMESA, vkNotifyRingMESA, vkSetReplyCommandStreamMESA, …), and of Vulkan's commands those
 * that are numbers, handles, arrays of them and bytes. Not decoded are Vulkan's structs and strings and
 * what results go to: a command is decoded up to the first of them, and what follows stays bytes.
 * Most of venus's traffic is in rings in shared memory, which SUBMIT_3D does not show.
 *
 * Source: virglrenderer src/venus/venus-protocol (numbers, encoding), the Vulkan registry (arguments).
 */
#ifndef VGPU_VENUS_H
#define VGPU_VENUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* VGPU_VENUS_vkCmdDraw, … */
enum vgpu_venus_opcode {
#define VGPU_VENUS_CMD(number, name) VGPU_VENUS_##name = (number),
#include <vgpu/venus-commands.def>
	VGPU_VENUS_OPCODE_COUNT
};

#define VGPU_VENUS_HEADER_SIZE 8 /* bytes */

#ifdef __cplusplus
}
#endif

#endif
