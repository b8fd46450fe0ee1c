/* SPDX-License-Identifier: MIT */
/*
 * Giving up what executing a trace does not need: a trace comes from a stranger, and the renderer
 * was not made to be attacked. Afterwards no thread of the process can open a file, make a socket,
 * start a program, or signal another process; those calls fail with EPERM.
 */
#ifndef VGPU_DEVICE_SANDBOX_H
#define VGPU_DEVICE_SANDBOX_H

/*
 * For all threads there are, and all that come. What is open stays usable. 0 or -errno: -ENOSYS
 * and the like where the kernel has no seccomp, and nothing was given up.
 */
int sandbox_enter(void);

#endif
