/* SPDX-License-Identifier: MIT */
/* Short ways to put requests to a device, for its tests. Each returns the response's type. */
#ifndef TESTS_DEVICE_REQUESTS_H
#define TESTS_DEVICE_REQUESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/virgl.h>

#include "device.h"

static struct vgpu_device_result result; /* of the last request */

static inline uint32_t put(struct vgpu_device *d, const void *wire, size_t size)
{
	vgpu_device_execute(d, wire, size, &result);
	return result.response_type;
}

#define PUT(d, name, NAME, ...)                                         \
	({                                                              \
		struct vgpu_##name put_c = __VA_ARGS__;                 \
		uint8_t put_wire[VGPU_##NAME##_SIZE];                   \
		vgpu_encode_##name(&put_c, put_wire, sizeof(put_wire)); \
		put(d, put_wire, sizeof(put_wire));                     \
	})

static inline struct vgpu_device *start(const char *backend)
{
	struct vgpu_device_options options = { .backend = backend, .scanouts = 2 };
	struct vgpu_device *d = NULL;

	if (vgpu_device_create(&d, &options))
		return NULL;
	return d;
}

static inline uint32_t create_2d(struct vgpu_device *d, uint32_t id, uint32_t format,
				 uint32_t width, uint32_t height)
{
	return PUT(d, resource_create_2d, RESOURCE_CREATE_2D,
		   { .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		     .resource_id = id,
		     .format = format,
		     .width = width,
		     .height = height });
}

static inline uint32_t unref(struct vgpu_device *d, uint32_t id)
{
	return PUT(d, resource_unref, RESOURCE_UNREF,
		   { .hdr.type = VGPU_CMD_RESOURCE_UNREF, .resource_id = id });
}

static inline uint32_t detach(struct vgpu_device *d, uint32_t id)
{
	return PUT(d, resource_detach_backing, RESOURCE_DETACH_BACKING,
		   { .hdr.type = VGPU_CMD_RESOURCE_DETACH_BACKING, .resource_id = id });
}

/* `claimed` entries in the header, `count` there. */
static inline uint32_t attach_claimed(struct vgpu_device *d, uint32_t id,
				      const struct vgpu_mem_entry *entries, uint32_t count,
				      uint32_t claimed)
{
	static uint8_t wire[VGPU_RESOURCE_ATTACH_BACKING_SIZE + 64 * VGPU_MEM_ENTRY_SIZE];
	struct vgpu_resource_attach_backing c = { .hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
						  .resource_id = id,
						  .nr_entries = claimed };
	uint32_t i;

	assert_true(count <= 64);
	vgpu_encode_resource_attach_backing(&c, wire, sizeof(wire));
	for (i = 0; i < count; i++)
		vgpu_encode_mem_entry(&entries[i],
				      wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE +
					      i * VGPU_MEM_ENTRY_SIZE,
				      VGPU_MEM_ENTRY_SIZE);
	return put(d, wire, VGPU_RESOURCE_ATTACH_BACKING_SIZE + count * VGPU_MEM_ENTRY_SIZE);
}

static inline uint32_t attach(struct vgpu_device *d, uint32_t id, uint64_t address, uint32_t length)
{
	struct vgpu_mem_entry entry = { .addr = address, .length = length };

	return attach_claimed(d, id, &entry, 1, 1);
}

static inline uint32_t to_host_2d(struct vgpu_device *d, uint32_t id, struct vgpu_rect r,
				  uint64_t offset)
{
	return PUT(d, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
		   { .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
		     .r = r,
		     .offset = offset,
		     .resource_id = id });
}

static inline uint32_t set_scanout(struct vgpu_device *d, uint32_t scanout, uint32_t id,
				   struct vgpu_rect r)
{
	return PUT(d, set_scanout, SET_SCANOUT,
		   { .hdr.type = VGPU_CMD_SET_SCANOUT,
		     .r = r,
		     .scanout_id = scanout,
		     .resource_id = id });
}

static inline uint32_t flush(struct vgpu_device *d, uint32_t id, struct vgpu_rect r)
{
	return PUT(d, resource_flush, RESOURCE_FLUSH,
		   { .hdr.type = VGPU_CMD_RESOURCE_FLUSH, .r = r, .resource_id = id });
}

static inline uint32_t context_new(struct vgpu_device *d, uint32_t ctx)
{
	return PUT(d, ctx_create, CTX_CREATE,
		   { .hdr.type = VGPU_CMD_CTX_CREATE,
		     .hdr.ctx_id = ctx,
		     .nlen = 4,
		     .debug_name = { 't', 'e', 's', 't' } });
}

static inline uint32_t context_share(struct vgpu_device *d, uint32_t ctx, uint32_t id)
{
	return PUT(
		d, ctx_resource, CTX_RESOURCE,
		{ .hdr.type = VGPU_CMD_CTX_ATTACH_RESOURCE, .hdr.ctx_id = ctx, .resource_id = id });
}

static inline uint32_t submit(struct vgpu_device *d, uint32_t ctx, const uint32_t *dwords,
			      uint32_t count)
{
	static uint8_t wire[VGPU_CMD_SUBMIT_SIZE + 4096] __attribute__((aligned(8)));
	struct vgpu_cmd_submit c = { .hdr.type = VGPU_CMD_SUBMIT_3D,
				     .hdr.ctx_id = ctx,
				     .size = count * 4 };

	assert_true(count <= 1024);
	vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
	memcpy(wire + VGPU_CMD_SUBMIT_SIZE, dwords, count * 4);
	return put(d, wire, VGPU_CMD_SUBMIT_SIZE + count * 4);
}

#endif
