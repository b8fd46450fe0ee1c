/* SPDX-License-Identifier: MIT */
#ifndef VGPU_REPLAY_PICK_H
#define VGPU_REPLAY_PICK_H

#include "device.h"

/* What a trace is best replayed with. Static strings. */
struct pick {
	/* "soft2d" when it has no 3D command and comes from no 3D device, else "virgl". */
	const char *backend;
	/* That of the VMM which the header names; NULL: the backend's usual one. */
	const struct vgpu_profile *profile;
};

/*
 * Looks through the file up to the first sign of 3D. A pipe can be read once only: 3D must be
 * assumed, and the VMM is not known.
 */
struct pick pick_device(const char *path);

#endif
