/* SPDX-License-Identifier: MIT */
/* Executes nothing: what remains is our own cost. */
#include "internal.h"

static int null_resource_create(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	(void)r;
	return 0;
}

static int null_blob_create(struct vgpu_device *d, struct resource *r,
			    const struct vgpu_resource_create_blob *args)
{
	(void)d;
	(void)r;
	(void)args;
	return 0;
}

static void null_resource_destroy(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	(void)r;
}

static int null_transfer_2d(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
			    uint64_t offset)
{
	(void)d;
	(void)r;
	(void)rect;
	(void)offset;
	return 0;
}

static int null_transfer_3d(struct vgpu_device *d, struct resource *r,
			    const struct vgpu_transfer_host_3d *args, bool to_host)
{
	(void)d;
	(void)r;
	(void)args;
	(void)to_host;
	return 0;
}

static int null_context_create(struct vgpu_device *d, const struct vgpu_ctx_create *args)
{
	(void)d;
	(void)args;
	return 0;
}

static void null_context_destroy(struct vgpu_device *d, uint32_t ctx_id)
{
	(void)d;
	(void)ctx_id;
}

static void null_context_attach(struct vgpu_device *d, uint32_t ctx_id, struct resource *r,
				bool attach)
{
	(void)d;
	(void)ctx_id;
	(void)r;
	(void)attach;
}

static int null_submit(struct vgpu_device *d, uint32_t ctx_id, void *stream, uint32_t dwords)
{
	(void)d;
	(void)ctx_id;
	(void)stream;
	(void)dwords;
	return 0;
}

static int null_map(struct vgpu_device *d, struct resource *r, uint32_t *info)
{
	(void)d;
	(void)r;
	*info = VGPU_MAP_CACHE_CACHED;
	return 0;
}

static int null_unmap(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	(void)r;
	return 0;
}

/* virglrenderer 1.x's sizes; the contents are all zero: nothing is supported. */
static void null_capset_info(struct vgpu_device *d, uint32_t id, uint32_t *version, uint32_t *size)
{
	(void)d;
	*version = id == VGPU_CAPSET_VIRGL2 ? 2 : 1;
	*size = id == VGPU_CAPSET_VIRGL ? 308 : id == VGPU_CAPSET_VIRGL2 ? 1408 : 0;
}

static void null_capset(struct vgpu_device *d, uint32_t id, uint32_t version, void *out)
{
	(void)d;
	(void)id;
	(void)version;
	(void)out;
}

const struct backend backend_null = {
	.name = "null",
	.profile = "qemu",
	.contexts = true,
	.resource_create = null_resource_create,
	.blob_create = null_blob_create,
	.resource_destroy = null_resource_destroy,
	.transfer_2d = null_transfer_2d,
	.transfer_3d = null_transfer_3d,
	.context_create = null_context_create,
	.context_destroy = null_context_destroy,
	.context_attach = null_context_attach,
	.submit = null_submit,
	.map = null_map,
	.unmap = null_unmap,
	.capset_info = null_capset_info,
	.capset = null_capset,
};
