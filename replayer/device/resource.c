/* SPDX-License-Identifier: MIT */
/* Resources: made, given backing, taken away. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

struct resource *resource_find(struct vgpu_device *d, uint32_t id)
{
	return (struct resource *)table_find(&d->resources, id);
}

static struct resource *resource_demand(struct vgpu_device *d, uint32_t id, bool checked)
{
	struct resource *r = resource_find(d, id);

	d->result.resource_id = id;
	if (r)
		return r;
	d->result.unknown = id && !id_set_has(&d->seen_resources, id);
	if (checked)
		device_error(d, VGPU_RESP_ERR_INVALID_RESOURCE_ID, "resource %u does not exist",
			     id);
	else
		device_refuse(d, ENOENT, VGPU_RESP_ERR_INVALID_RESOURCE_ID,
			      "resource %u does not exist", id);
	return NULL;
}

struct resource *resource_need(struct vgpu_device *d, uint32_t id)
{
	return resource_demand(d, id, d->profile.checks_ids);
}

struct resource *resource_need_renderer(struct vgpu_device *d, uint32_t id)
{
	return resource_demand(d, id, d->profile.checks_ids && !d->profile.unspecific);
}

/* The id is the guest's to choose, once. NULL: outcome is set. */
static struct resource *resource_new(struct vgpu_device *d, uint32_t id)
{
	struct resource *r;

	d->result.resource_id = id;
	if (!id || resource_find(d, id)) {
		device_error(d,
			     d->profile.unspecific ? VGPU_RESP_ERR_UNSPEC
						   : VGPU_RESP_ERR_INVALID_RESOURCE_ID,
			     id ? "resource %u exists already" : "resource id %u is not allowed",
			     id);
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r || id_set_add(&d->seen_resources, id)) {
		device_error(d, VGPU_RESP_ERR_OUT_OF_MEMORY, "out of memory");
		free(r);
		return NULL;
	}
	r->node.id = id;
	r->depth = 1;
	r->array_size = 1;
	return r;
}

static void resource_free(struct resource *r)
{
	free(r->backing.iov);
	free(r);
}

/* Keep what the backend has just made (ret 0), or say why not. */
static void resource_keep(struct vgpu_device *d, struct resource *r, int ret)
{
	if (!ret && !table_insert(&d->resources, &r->node))
		return;
	if (!ret) {
		d->backend->resource_destroy(d, r);
		ret = -ENOMEM;
	}
	device_refuse(d, ret,
		      abs(ret) == ENOMEM ? VGPU_RESP_ERR_OUT_OF_MEMORY
					 : VGPU_RESP_ERR_INVALID_PARAMETER,
		      "the renderer refused %ux%ux%u, format %u, target %u, bind 0x%x", r->width,
		      r->height, r->depth, r->format, r->target, r->bind);
	resource_free(r);
}

void resource_create_2d(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_create_2d c;
	struct resource *r;

	if (vgpu_decode_resource_create_2d(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_new(d, c.resource_id);
	if (!r)
		return;
	r->is_2d = true;
	r->target = 2; /* a 2D texture */
	r->format = c.format;
	r->bind = 1 << 1; /* a render target */
	r->width = c.width;
	r->height = c.height;
	r->flags = d->profile.create_2d_flags;
	resource_keep(d, r, d->backend->resource_create(d, r));
}

void resource_create_3d(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_create_3d c;
	struct resource *r;

	if (vgpu_decode_resource_create_3d(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_new(d, c.resource_id);
	if (!r)
		return;
	r->target = c.target;
	r->format = c.format;
	r->bind = c.bind;
	r->width = c.width;
	r->height = c.height;
	r->depth = c.depth;
	r->array_size = c.array_size;
	r->last_level = c.last_level;
	r->nr_samples = c.nr_samples;
	r->flags = c.flags;
	resource_keep(d, r, d->backend->resource_create(d, r));
}

/* The `count` memory entries at `offset` of the request, as pieces of guest memory. */
static int resource_map_entries(struct vgpu_device *d, const struct request *rq, size_t offset,
				uint32_t count, struct memory_vec *v)
{
	struct vgpu_mem_entry entry;
	uint32_t i;
	int ret = 0;

	if (count > d->profile.max_entries) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "%u entries, but %u are allowed", count,
			     d->profile.max_entries);
		return -EINVAL;
	}
	if (count > (rq->size - offset) / VGPU_MEM_ENTRY_SIZE) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "%u entries do not fit the request", count);
		return -EINVAL;
	}
	for (i = 0; i < count && !ret; i++) {
		vgpu_decode_mem_entry(rq->bytes + offset + (size_t)i * VGPU_MEM_ENTRY_SIZE,
				      VGPU_MEM_ENTRY_SIZE, &entry);
		ret = memory_map(&d->memory, entry.addr, entry.length, v);
	}
	if (!ret)
		return 0;
	device_error(d, VGPU_RESP_ERR_UNSPEC, "entry %u (0x%llx, %u bytes) cannot be mapped", i - 1,
		     (unsigned long long)entry.addr, entry.length);
	free(v->iov);
	*v = (struct memory_vec) { 0 };
	return ret;
}

void resource_create_blob(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_create_blob c;
	struct resource *r;

	if (vgpu_decode_resource_create_blob(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (!d->backend->blob_create) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "backend %s has no blobs", d->backend->name);
		return;
	}
	r = resource_new(d, c.resource_id);
	if (!r)
		return;
	r->blob_mem = c.blob_mem;
	r->blob_size = c.size;
	if (c.blob_mem != VGPU_BLOB_MEM_HOST3D &&
	    resource_map_entries(d, rq, VGPU_RESOURCE_CREATE_BLOB_SIZE, c.nr_entries,
				 &r->backing)) {
		resource_free(r);
		return;
	}
	r->attached = r->backing.count > 0;
	resource_keep(d, r, d->backend->blob_create(d, r, &c));
}

static void resource_destroy(struct vgpu_device *d, struct resource *r)
{
	if (r->mapped && d->backend->unmap)
		d->backend->unmap(d, r);
	/* A blob's backing goes with it. */
	if (r->attached && !r->blob_mem && d->backend->detach)
		d->backend->detach(d, r);
	d->backend->resource_destroy(d, r);
	resource_free(r);
}

void resource_unref(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_unref c;
	struct resource *r;

	if (vgpu_decode_resource_unref(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r)
		return;
	table_remove(&d->resources, c.resource_id);
	scanout_forget(d, c.resource_id);
	resource_destroy(d, r);
}

void resource_clear(struct vgpu_device *d)
{
	struct table_node *n;
	uint32_t from = 0;

	while ((n = table_pop(&d->resources, &from)))
		resource_destroy(d, (struct resource *)n);
	table_finish(&d->resources);
}

void resource_attach_backing(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_attach_backing c;
	struct resource *r;
	int ret;

	if (vgpu_decode_resource_attach_backing(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r)
		return;
	if (r->attached) {
		device_refuse(d, EINVAL, VGPU_RESP_ERR_UNSPEC, "resource %u has backing already",
			      c.resource_id);
		return;
	}
	if (resource_map_entries(d, rq, VGPU_RESOURCE_ATTACH_BACKING_SIZE, c.nr_entries,
				 &r->backing))
		return;
	ret = d->backend->attach ? d->backend->attach(d, r) : 0;
	if (ret) {
		device_refuse(d, ret, VGPU_RESP_ERR_UNSPEC, "the renderer refused the backing");
		free(r->backing.iov);
		r->backing = (struct memory_vec) { 0 };
		return;
	}
	r->attached = true;
}

void resource_detach_backing(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resource_detach_backing c;
	struct resource *r;

	if (vgpu_decode_resource_detach_backing(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	r = resource_need(d, c.resource_id);
	if (!r)
		return;
	if (!r->attached || r->blob_mem) {
		if (d->profile.wants_backing)
			device_error(d, VGPU_RESP_ERR_UNSPEC, "resource %u has no backing",
				     c.resource_id);
		return;
	}
	if (d->backend->detach)
		d->backend->detach(d, r);
	free(r->backing.iov);
	r->backing = (struct memory_vec) { 0 };
	r->attached = false;
}

void resource_assign_uuid(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resp_resource_uuid resp = { 0 };
	struct vgpu_resource_assign_uuid c;

	if (vgpu_decode_resource_assign_uuid(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (!d->profile.uuid) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "profile %s has no UUIDs", d->profile.name);
		return;
	}
	if (!resource_need(d, c.resource_id))
		return;
	/* As crosvm does it: nobody else sees it, unique per device is enough. */
	resp.uuid[12] = (uint8_t)(c.resource_id >> 24);
	resp.uuid[13] = (uint8_t)(c.resource_id >> 16);
	resp.uuid[14] = (uint8_t)(c.resource_id >> 8);
	resp.uuid[15] = (uint8_t)c.resource_id;
	d->result.response_type = VGPU_RESP_OK_RESOURCE_UUID;
	d->result.response_size = VGPU_RESP_RESOURCE_UUID_SIZE;
	vgpu_encode_resp_resource_uuid(&resp, d->response, sizeof(d->response));
}
