/* SPDX-License-Identifier: MIT */
/* Blobs of the host, mapped into the guest. */
#include "internal.h"

#include <errno.h>

void blob_map(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resp_map_info resp = { 0 };
	struct vgpu_resource_map_blob c;
	struct resource *r;
	int ret;

	if (vgpu_decode_resource_map_blob(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r)
		return;
	if (!r->blob_mem || r->mapped) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER,
			     r->mapped ? "resource %u is mapped already"
				       : "resource %u is not a blob",
			     c.resource_id);
		return;
	}
	ret = d->backend->map ? d->backend->map(d, r, &resp.map_info) : ENOTSUP;
	if (ret) {
		device_refuse(d, ret, VGPU_RESP_ERR_UNSPEC, "the renderer refused to map");
		return;
	}
	r->mapped = true;
	d->result.response_type = VGPU_RESP_OK_MAP_INFO;
	d->result.response_size = VGPU_RESP_MAP_INFO_SIZE;
	vgpu_encode_resp_map_info(&resp, d->response, sizeof(d->response));
}

void blob_unmap(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_unmap_blob c;
	struct resource *r;
	int ret;

	if (vgpu_decode_resource_unmap_blob(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r || !r->mapped)
		return;
	r->mapped = false;
	ret = d->backend->unmap(d, r);
	if (ret)
		device_refuse(d, ret, VGPU_RESP_ERR_UNSPEC, "the renderer refused to unmap");
}
