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
		.echoes_fences = true,
		.max_entries = 16384,
		.create_2d_flags = VGPU_RESOURCE_FLAG_Y_0_TOP,
		.max_hostmem = UINT64_MAX,
	},
	/* hw/display/virtio-gpu.c of QEMU 7.2; max_hostmem is its default. */
	{
		.name = "qemu-2d",
		.echoes_fences = true,
		.propagates = true,
		.checks_ids = true,
		.scanout_min = 16,
		.wants_backing = true,
		.max_entries = 16384,
		.max_hostmem = 256ull << 20,
	},
	/*
	 * crosvm's devices/src/virtio/gpu/virtio_gpu.rs over rutabaga_gfx. Its scanouts are as large
	 * as its displays, whatever SET_SCANOUT says; what rutabaga refuses is ERR_UNSPEC.
	 */
	{
		.name = "rutabaga",
		.propagates = true,
		.unspecific = true,
		.checks_ids = true,
		.scanout_corner = true,
		.echoes_fences = true,
		.fences_errors = true,
		.cursor_corner = true,
		.max_entries = UINT32_MAX,
		.max_hostmem = UINT64_MAX,
		.uuid = true,
	},
	/*
	 * hvisor-tool's tools/virtio/devices/gpu/virtio_gpu.c. Its mistake of multiplying a column
	 * by 32 instead of 4 bytes is not repeated here.
	 */
	{
		.name = "hvisor",
		.minimal = true,
		.propagates = true,
		.checks_ids = true,
		.scanout_min = 16,
		.scanouts = 1,
		.wants_backing = true,
		.defers_transfers = true,
		.max_entries = 16384,
		.max_hostmem = 256ull << 20,
	},
	/* virtio 1.4, 5.7.6: what it lets a device check is checked, what it leaves open is allowed. */
	{
		.name = "spec",
		.propagates = true,
		.checks_ids = true,
		.echoes_fences = true,
		.cursor_corner = true,
		.max_entries = UINT32_MAX,
		.max_hostmem = UINT64_MAX,
		.uuid = true,
	},
};

const struct vgpu_profile *vgpu_profile_at(size_t index)
{
	return index < sizeof(profiles) / sizeof(*profiles) ? &profiles[index] : NULL;
}

const struct vgpu_profile *vgpu_profile_find(const char *name)
{
	const struct vgpu_profile *p;
	size_t i;

	for (i = 0; (p = vgpu_profile_at(i)); i++) {
		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}
