/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/protocol.h>

#include "scanouts.h"
#include "wire.h"

void scanouts_reset(struct scanouts *s)
{
	memset(s, 0, sizeof(*s));
}

static void show(struct scanouts *s, uint32_t scanout, uint32_t resource)
{
	if (scanout < SCANOUTS_MAX)
		s->resource[scanout] = resource;
}

static unsigned int flushed(const struct scanouts *s, uint32_t resource, uint32_t *mask)
{
	unsigned int n = 0;

	if (!resource)
		return 0;
	for (unsigned int i = 0; i < SCANOUTS_MAX; i++) {
		if (s->resource[i] == resource) {
			*mask |= 1u << i;
			n++;
		}
	}
	return n;
}

unsigned int scanouts_command(struct scanouts *s, const uint8_t *request, size_t size,
			      uint32_t *mask)
{
	struct vgpu_set_scanout scanout;
	struct vgpu_set_scanout_blob blob;
	struct vgpu_resource_flush flush;
	struct vgpu_resource_unref unref;

	*mask = 0;
	if (size < sizeof(uint32_t))
		return 0;
	switch (get32(request)) {
	case VGPU_CMD_SET_SCANOUT:
		if (vgpu_decode_set_scanout(request, size, &scanout) == 0)
			show(s, scanout.scanout_id, scanout.resource_id);
		return 0;
	case VGPU_CMD_SET_SCANOUT_BLOB:
		if (vgpu_decode_set_scanout_blob(request, size, &blob) == 0)
			show(s, blob.scanout_id, blob.resource_id);
		return 0;
	case VGPU_CMD_RESOURCE_UNREF:
		/* The id may be given to another resource, which nothing shows yet. */
		if (vgpu_decode_resource_unref(request, size, &unref) == 0) {
			for (unsigned int i = 0; i < SCANOUTS_MAX; i++) {
				if (s->resource[i] == unref.resource_id)
					s->resource[i] = 0;
			}
		}
		return 0;
	case VGPU_CMD_RESOURCE_FLUSH:
		if (vgpu_decode_resource_flush(request, size, &flush) == 0)
			return flushed(s, flush.resource_id, mask);
		return 0;
	}
	return 0;
}
