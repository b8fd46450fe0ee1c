/* SPDX-License-Identifier: MIT */
#ifndef VGPU_REPLAY_PICK_H
#define VGPU_REPLAY_PICK_H

/*
 * The backend that a trace needs: "soft2d" when it has no 3D command and comes from no 3D device,
 * else "virgl". Looks through the file up to the first sign of 3D; of a pipe, which can be read
 * once only, it must assume 3D. Static strings.
 */
const char *pick_backend(const char *path);

#endif
