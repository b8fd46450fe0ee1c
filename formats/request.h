/* SPDX-License-Identifier: MIT */
/*
 * The head of a request (struct vgpu_ctrl_hdr), read without the codec's table: statistics and
 * filters look at the head of every command, millions a second.
 */
#ifndef FORMATS_REQUEST_H
#define FORMATS_REQUEST_H

#include <vgpu/protocol.h>

#include "wire.h"

/* All zero, a type that no command has, when the request is shorter than a head. */
static inline struct vgpu_ctrl_hdr request_head(const uint8_t *request, size_t size)
{
	struct vgpu_ctrl_hdr hdr = { 0 };

	if (size < VGPU_CTRL_HDR_SIZE)
		return hdr;
	hdr.type = get32(request);
	hdr.flags = get32(request + 4);
	hdr.fence_id = get64(request + 8);
	hdr.ctx_id = get32(request + 16);
	hdr.ring_idx = request[20];
	return hdr;
}

static inline bool response_is_error(uint32_t type)
{
	return type < VGPU_RESP_OK_NODATA || type >= VGPU_RESP_ERR_UNSPEC;
}

#endif
