/* SPDX-License-Identifier: MIT */
/* 3D contexts and what is submitted to them. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct context *context_need(struct vgpu_device *d, uint32_t id)
{
	struct context *c = (struct context *)table_find(&d->contexts, id);

	if (c)
		return c;
	d->result.unknown = id && !id_set_has(&d->seen_contexts, id);
	device_refuse(d, ENOENT, VGPU_RESP_ERR_INVALID_CONTEXT_ID, "context %u does not exist", id);
	return NULL;
}

void context_create(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_ctx_create c;
	struct context *context;
	int ret;

	if (vgpu_decode_ctx_create(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	d->result.capset_id = c.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
	if (!c.hdr.ctx_id || table_find(&d->contexts, c.hdr.ctx_id)) {
		device_refuse(d, EINVAL, VGPU_RESP_ERR_INVALID_CONTEXT_ID,
			      c.hdr.ctx_id ? "context %u exists already"
					   : "context id %u is not allowed",
			      c.hdr.ctx_id);
		return;
	}
	if (c.nlen > sizeof(c.debug_name))
		c.nlen = sizeof(c.debug_name);
	context = calloc(1, sizeof(*context));
	if (!context || id_set_add(&d->seen_contexts, c.hdr.ctx_id)) {
		device_error(d, VGPU_RESP_ERR_OUT_OF_MEMORY, "out of memory");
		free(context);
		return;
	}
	context->node.id = c.hdr.ctx_id;
	context->capset = d->result.capset_id;
	ret = d->backend->context_create(d, &c);
	if (!ret && !table_insert(&d->contexts, &context->node))
		return;
	device_refuse(d, ret ? ret : ENOMEM, VGPU_RESP_ERR_UNSPEC,
		      "the renderer refused a context with capset %u", context->capset);
	if (!ret)
		d->backend->context_destroy(d, c.hdr.ctx_id);
	free(context);
}

void context_destroy(struct vgpu_device *d, const struct request *rq)
{
	if (!context_need(d, rq->hdr.ctx_id))
		return;
	d->backend->context_destroy(d, rq->hdr.ctx_id);
	free(table_remove(&d->contexts, rq->hdr.ctx_id));
}

void context_clear(struct vgpu_device *d)
{
	struct table_node *n;
	uint32_t from = 0;

	while ((n = table_pop(&d->contexts, &from))) {
		d->backend->context_destroy(d, n->id);
		free(n);
	}
	table_finish(&d->contexts);
}

static void context_resource(struct vgpu_device *d, const struct request *rq, bool attach)
{
	struct vgpu_ctx_resource c;
	struct context *context;
	struct resource *r;

	if (vgpu_decode_ctx_resource(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	d->result.resource_id = c.resource_id;
	context = context_need(d, c.hdr.ctx_id);
	if (!context)
		return;
	r = resource_need_renderer(d, c.resource_id);
	if (r)
		d->backend->context_attach(d, c.hdr.ctx_id, r, attach);
	else if (d->result.unknown)
		context->tainted = true;
}

void context_attach_resource(struct vgpu_device *d, const struct request *rq)
{
	context_resource(d, rq, true);
}

void context_detach_resource(struct vgpu_device *d, const struct request *rq)
{
	context_resource(d, rq, false);
}

/* The renderer reads dwords in place; the trace's buffer may lie at any address. */
static void *context_stream(struct vgpu_device *d, const uint8_t *bytes, uint32_t size)
{
	if (!size || !((uintptr_t)bytes & 3))
		return (void *)(uintptr_t)bytes;
	if (device_room(&d->stream, &d->stream_room, size))
		return NULL;
	memcpy(d->stream, bytes, size);
	return d->stream;
}

void context_submit(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_cmd_submit c;
	struct context *context;
	void *stream;
	int ret;

	if (vgpu_decode_cmd_submit(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	if (c.size > rq->size - VGPU_CMD_SUBMIT_SIZE) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER,
			     "a stream of %u bytes does not fit the request", c.size);
		return;
	}
	context = context_need(d, c.hdr.ctx_id);
	if (!context)
		return;
	stream = context_stream(d, rq->bytes + VGPU_CMD_SUBMIT_SIZE, c.size);
	if (!stream) {
		device_error(d, VGPU_RESP_ERR_OUT_OF_MEMORY, "out of memory");
		return;
	}
	ret = d->backend->submit(d, c.hdr.ctx_id, stream, c.size / 4);
	if (ret)
		device_refuse(d, ret, VGPU_RESP_ERR_UNSPEC, "the renderer refused the stream");
	if (d->result.verdict && context->tainted)
		d->result.unknown = true;
}
