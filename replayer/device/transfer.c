/* SPDX-License-Identifier: MIT */
/* Transfers between a resource and its backing. */
#include "internal.h"

#include <errno.h>

/* Inside, without wrapping. */
static bool transfer_fits(const struct vgpu_rect *r, uint32_t width, uint32_t height)
{
	return r->x <= width && r->width <= width - r->x && r->y <= height &&
	       r->height <= height - r->y;
}

void transfer_to_host_2d(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_transfer_to_host_2d c;
	struct resource *r;
	int ret;

	if (vgpu_decode_transfer_to_host_2d(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need_renderer(d, c.resource_id);
	if (!r)
		return;
	if (!r->attached) {
		device_refuse(d, EINVAL, VGPU_RESP_ERR_UNSPEC, "resource %u has no backing",
			      c.resource_id);
		return;
	}
	/* A blob's pixels are its backing. */
	if (r->blob_mem == VGPU_BLOB_MEM_GUEST)
		return;
	if (!transfer_fits(&c.r, r->width, r->height)) {
		device_refuse(d, EINVAL, VGPU_RESP_ERR_INVALID_PARAMETER,
			      "%ux%u+%u+%u is not inside resource %u (%ux%u)", c.r.width,
			      c.r.height, c.r.x, c.r.y, c.resource_id, r->width, r->height);
		return;
	}
	if (d->profile.defers_transfers) {
		r->pending = true;
		r->pending_rect = c.r;
		r->pending_offset = c.offset;
		return;
	}
	ret = d->backend->transfer_2d(d, r, &c.r, c.offset);
	if (ret)
		device_refuse(d, ret, VGPU_RESP_ERR_INVALID_PARAMETER,
			      "the renderer refused the transfer");
}

int transfer_pending(struct vgpu_device *d, struct resource *r)
{
	/* It stays noted: the next flush reads the backing again. */
	if (!r->pending || !r->attached)
		return 0;
	return d->backend->transfer_2d(d, r, &r->pending_rect, r->pending_offset);
}

static void transfer_3d(struct vgpu_device *d, const struct request *rq, bool to_host)
{
	struct vgpu_transfer_host_3d c;
	struct resource *r;
	int ret;

	if (vgpu_decode_transfer_host_3d(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (rq->hdr.ctx_id && !context_need(d, rq->hdr.ctx_id)) {
		d->result.resource_id = c.resource_id;
		return;
	}
	r = resource_need_renderer(d, c.resource_id);
	if (!r)
		return;
	if (!r->attached && !r->blob_mem) {
		device_refuse(d, EINVAL, VGPU_RESP_ERR_UNSPEC, "resource %u has no backing",
			      c.resource_id);
		return;
	}
	ret = d->backend->transfer_3d(d, r, &c, to_host);
	if (ret)
		device_refuse(d, ret, VGPU_RESP_ERR_INVALID_PARAMETER,
			      "the renderer refused the transfer");
}

void transfer_to_host_3d(struct vgpu_device *d, const struct request *rq)
{
	transfer_3d(d, rq, true);
}

void transfer_from_host_3d(struct vgpu_device *d, const struct request *rq)
{
	transfer_3d(d, rq, false);
}
