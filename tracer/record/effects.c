/* SPDX-License-Identifier: MIT */
/*
 * What a command changes: which memory backs which resource, and where the device itself writes.
 * The reader of the trace executes these commands too and then has its own device's bytes there,
 * so that what the recorder knew of this memory is void from here on, in the order of the records.
 */
#include <vgpu/codec.h>
#include <vgpu/virgl.h>

#include "drain.h"

#define QUERY_RESOURCE 3 /* payload dwords that hold resources */
#define ENCODE_DEST    2
#define ENCODE_FEED    4

static void forget(struct record_drain *d, uint32_t device, uint32_t resource)
{
	const struct record_backing *b = record_backings_get(&d->backings, device, resource);

	for (uint32_t i = 0; b && i < b->count; i++)
		record_shadow_forget(d->shadow, device, b->ranges[i].address, b->ranges[i].size);
}

/* The device writes there again later, when it pleases: never trust what was sent. */
static void unsettle(struct record_drain *d, uint32_t device, uint32_t resource)
{
	struct record_backing *b = record_backings_get(&d->backings, device, resource);

	if (!b)
		return;
	b->unstable = true;
	forget(d, device, resource);
}

static void effects_of_stream(struct record_drain *d, uint32_t device, const uint8_t *request,
			      size_t size)
{
	struct vgpu_virgl_transfer transfer;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_tail tail = { .kind = VGPU_TAIL_NONE };

	/* Of a stream that was cut, what is there. */
	vgpu_request_tail(request, size, &tail);
	if (tail.kind != VGPU_TAIL_BYTES)
		return;
	vgpu_virgl_walk_init(&walk, tail.data, tail.size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		switch (cmd.opcode) {
		case VGPU_VIRGL_TRANSFER3D:
		case VGPU_VIRGL_COPY_TRANSFER3D:
			if (vgpu_virgl_cmd_transfer(&cmd, &transfer) == 1 && !transfer.to_host)
				forget(d, device, transfer.transfer.resource_id);
			break;
		case VGPU_VIRGL_CREATE_OBJECT:
			if (cmd.object == VGPU_VIRGL_OBJECT_QUERY)
				unsettle(d, device, vgpu_virgl_dword(&cmd, QUERY_RESOURCE));
			break;
		case VGPU_VIRGL_GET_MEMORY_INFO:
		case VGPU_VIRGL_GET_PIPE_RESOURCE_LAYOUT:
			forget(d, device, vgpu_virgl_dword(&cmd, 0));
			break;
		case VGPU_VIRGL_ENCODE_BITSTREAM:
			unsettle(d, device, vgpu_virgl_dword(&cmd, ENCODE_DEST));
			unsettle(d, device, vgpu_virgl_dword(&cmd, ENCODE_FEED));
			break;
		}
	}
}

static int effects_of_attach(struct record_drain *d, uint32_t device, uint32_t resource,
			     const uint8_t *request, size_t size)
{
	struct vgpu_tail tail = { .kind = VGPU_TAIL_NONE };
	int error;

	/* A cut list is still right as far as it goes; the cut itself has been told. */
	vgpu_request_tail(request, size, &tail);
	if (tail.kind != VGPU_TAIL_ENTRIES)
		return 0;
	forget(d, device, resource);
	error = record_backings_set(&d->backings, device, resource, tail.data,
				    (size_t)tail.count * VGPU_MEM_ENTRY_SIZE);
	/* virglrenderer writes into some resources' backing when it gets it. */
	if (!error)
		forget(d, device, resource);
	return error;
}

static int effects_of_blob(struct record_drain *d, uint32_t device, uint64_t id,
			   const uint8_t *request, size_t size)
{
	struct vgpu_resource_create_blob blob;
	int error;

	if (vgpu_decode_resource_create_blob(request, size, &blob))
		return 0;
	if (blob.blob_mem == VGPU_BLOB_MEM_HOST3D)
		return 0; /* no guest memory; mapping it will be told */
	error = effects_of_attach(d, device, blob.resource_id, request, size);
	/* A context's blob is read whenever its commands say so, in a way unknown here. */
	if (!error && blob.hdr.ctx_id)
		error = record_drain_lost(d, VGPU_TRACE_LOST_BLOB, 0, 1, blob.size, id, d->time_ns);
	return error;
}

int record_effects(struct record_drain *d, uint32_t device, uint64_t id, const uint8_t *request,
		   size_t size)
{
	struct vgpu_resource_attach_backing attach;
	struct vgpu_transfer_host_3d transfer;
	struct vgpu_resource_unref unref;
	struct vgpu_ctx_create create;
	struct vgpu_ctrl_hdr hdr;
	uint32_t capset;

	if (vgpu_decode_ctrl_hdr(request, size, &hdr))
		return 0;
	switch (hdr.type) {
	case VGPU_CMD_CTX_CREATE:
		record_map_remove(&d->foreign, record_key(device, hdr.ctx_id), NULL);
		if (vgpu_decode_ctx_create(request, size, &create))
			return 0;
		capset = create.context_init & VGPU_CONTEXT_INIT_CAPSET_ID_MASK;
		if (capset > VGPU_CAPSET_VIRGL2)
			return record_map_put(&d->foreign, record_key(device, hdr.ctx_id), capset);
		return 0;
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
		if (vgpu_decode_resource_attach_backing(request, size, &attach))
			return 0;
		return effects_of_attach(d, device, attach.resource_id, request, size);
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		return effects_of_blob(d, device, id, request, size);
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
	case VGPU_CMD_RESOURCE_UNREF:
		/* The two have the same members; the pages will be something else's soon. */
		if (vgpu_decode_resource_unref(request, size, &unref))
			return 0;
		forget(d, device, unref.resource_id);
		record_backings_drop(&d->backings, device, unref.resource_id);
		return 0;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
		return record_drain_lost(d, VGPU_TRACE_LOST_BLOB, 0, 1, 0, id, d->time_ns);
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		if (!vgpu_decode_transfer_host_3d(request, size, &transfer))
			forget(d, device, transfer.resource_id);
		return 0;
	case VGPU_CMD_SUBMIT_3D:
		if (!record_map_get(&d->foreign, record_key(device, hdr.ctx_id)))
			effects_of_stream(d, device, request, size);
		return 0;
	}
	return 0;
}
