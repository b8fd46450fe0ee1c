/* SPDX-License-Identifier: MIT */
#include "internal.h"

#include <string.h>

static const struct vgpu_profile profiles[] = {
	/*
	 * hw/display/virtio-gpu-virgl.c of QEMU 7.2: what virglrenderer returns is dropped, and
	 * most ids go to it unchecked.
	 */
	{
		.name = "qemu",
		.max_entries = 16384,
		.create_2d_flags = VGPU_RESOURCE_FLAG_Y_0_TOP,
		.max_hostmem = UINT64_MAX,
	},
	/* hw/display/virtio-gpu.c of QEMU 7.2; max_hostmem is its default. */
	{
		.name = "qemu-2d",
		.propagates = true,
		.checks_ids = true,
		.scanout_min = 16,
		.wants_backing = true,
		.max_entries = 16384,
		.max_hostmem = 256ull << 20,
	},
};

const struct vgpu_profile *vgpu_profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	}
	return NULL;
}
