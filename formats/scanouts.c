/* SPDX-License-Identifier: MIT */
#include <vgpu/codec.h>
#include <vgpu/scanouts.h>

#include "request.h"

static void show(struct vgpu_scanouts *s, uint32_t scanout, uint32_t resource)
{
	if (scanout < VGPU_MAX_SCANOUTS)
		s->resource[scanout] = resource;
}

static uint32_t showing(const struct vgpu_scanouts *s, uint32_t resource)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; resource && i < VGPU_MAX_SCANOUTS; i++)
		mask |= (uint32_t)(s->resource[i] == resource) << i;
	return mask;
}

/* The id may be given to another resource, which nothing shows yet. */
static void forget(struct vgpu_scanouts *s, uint32_t resource)
{
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (s->resource[i] == resource)
			s->resource[i] = 0;
		if (s->last[i] == resource)
			s->last[i] = 0;
	}
}

static void frame(struct vgpu_scanouts *s, uint32_t mask, uint32_t resource)
{
	for (uint32_t i = 0; mask >> i; i++) {
		if (!(mask >> i & 1))
			continue;
		s->flips |= (uint32_t)(s->last[i] != resource) << i;
		s->last[i] = resource;
	}
}

uint32_t vgpu_scanouts_request(struct vgpu_scanouts *s, const void *wire, size_t size)
{
	struct vgpu_set_scanout scanout;
	struct vgpu_set_scanout_blob blob;
	struct vgpu_resource_flush flush;
	struct vgpu_resource_unref unref;
	uint32_t mask;

	s->flips = 0;
	switch (request_head(wire, size).type) {
	case VGPU_CMD_SET_SCANOUT:
		if (vgpu_decode_set_scanout(wire, size, &scanout) == 0)
			show(s, scanout.scanout_id, scanout.resource_id);
		return 0;
	case VGPU_CMD_SET_SCANOUT_BLOB:
		if (vgpu_decode_set_scanout_blob(wire, size, &blob) == 0)
			show(s, blob.scanout_id, blob.resource_id);
		return 0;
	case VGPU_CMD_RESOURCE_UNREF:
		if (vgpu_decode_resource_unref(wire, size, &unref) == 0)
			forget(s, unref.resource_id);
		return 0;
	case VGPU_CMD_RESOURCE_FLUSH:
		if (vgpu_decode_resource_flush(wire, size, &flush))
			return 0;
		mask = showing(s, flush.resource_id);
		frame(s, mask, flush.resource_id);
		return mask;
	}
	return 0;
}
