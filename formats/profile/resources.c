/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/format.h>
#include <vgpu/virgl.h>

#include "parts.h"

static uint64_t moved(const struct vgpu_profile_resource *r)
{
	uint64_t sum = r->to_host;

	sum_add(&sum, r->from_host);
	return sum;
}

static void add_to(struct vgpu_profile_resource *sum, const struct vgpu_profile_resource *r)
{
	sum_add(&sum->transfers, r->transfers);
	sum_add(&sum->to_host, r->to_host);
	sum_add(&sum->from_host, r->from_host);
	sum_add(&sum->unknown, r->unknown);
}

/* The resource is no more: its numbers stay when they are among the largest. */
static void retire(struct resources *rs, const struct vgpu_profile_resource *r)
{
	struct vgpu_profile_resource *least = &rs->top[0];

	if (!r->transfers)
		return;
	if (rs->top_count < RESOURCES_TOP) {
		rs->top[rs->top_count++] = *r;
		return;
	}
	for (unsigned int i = 1; i < rs->top_count; i++)
		if (moved(&rs->top[i]) < moved(least))
			least = &rs->top[i];
	if (moved(r) <= moved(least)) {
		add_to(&rs->others, r);
		return;
	}
	add_to(&rs->others, least);
	*least = *r;
}

static struct resource *find(struct resources *rs, uint32_t id)
{
	struct resource *r = &rs->slots[id % RESOURCE_SLOTS];

	if (r->r.resource_id == id)
		return r;
	/* Two ids so far apart are not used at once by any driver; each counts while it is here. */
	retire(rs, &r->r);
	memset(r, 0, sizeof(*r));
	r->r.resource_id = id;
	return r;
}

static void create(struct resources *rs, uint32_t id, const struct vgpu_shape *shape,
		   uint32_t format)
{
	struct resource *r = find(rs, id);

	retire(rs, &r->r);
	memset(r, 0, sizeof(*r));
	r->shape = *shape;
	r->r.resource_id = id;
	r->r.width = shape->width;
	r->r.height = shape->height;
	r->r.format = format;
}

/* Bytes of pixels or of a buffer that a transfer moves; gaps between rows are none of them. */
static bool content(const struct vgpu_shape *s, uint32_t w, uint32_t h, uint32_t d, uint64_t *out)
{
	uint64_t rows, layers = d ? d : 1;

	if (s->target == VGPU_TARGET_BUFFER && s->width) {
		*out = w;
		return true;
	}
	if (!s->block.width)
		return false;
	rows = vgpu_transfer_blocks(h, s->block.height);
	*out = (uint64_t)vgpu_transfer_blocks(w, s->block.width) * s->block.bytes;
	return !__builtin_mul_overflow(*out, rows, out) &&
	       !__builtin_mul_overflow(*out, layers, out);
}

static void transfer(struct resources *rs, uint32_t id, uint32_t w, uint32_t h, uint32_t d,
		     bool to_host)
{
	struct resource *r = find(rs, id);
	uint64_t bytes;

	r->r.transfers++;
	if (!content(&r->shape, w, h, d, &bytes))
		r->r.unknown++;
	else
		sum_add(to_host ? &r->r.to_host : &r->r.from_host, bytes);
}

static void stream(struct resources *rs, const uint8_t *request, size_t size)
{
	struct vgpu_virgl_transfer t;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_tail tail;

	if (vgpu_struct_tail(VGPU_STRUCT_CMD_SUBMIT, request, size, &tail) < 0 && !tail.size)
		return;
	vgpu_virgl_walk_init(&walk, tail.data, tail.size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		if (cmd.opcode != VGPU_VIRGL_TRANSFER3D && cmd.opcode != VGPU_VIRGL_COPY_TRANSFER3D)
			continue;
		if (vgpu_virgl_cmd_transfer(&cmd, &t) == 1)
			transfer(rs, t.shape_resource_id, t.transfer.w, t.transfer.h, t.transfer.d,
				 t.to_host);
	}
}

void resources_request(struct resources *rs, const struct vgpu_ctrl_hdr *hdr,
		       const uint8_t *request, size_t size, bool virgl, bool counted)
{
	union {
		struct vgpu_resource_create_2d create_2d;
		struct vgpu_resource_create_3d create_3d;
		struct vgpu_resource_create_blob blob;
		struct vgpu_transfer_to_host_2d transfer_2d;
		struct vgpu_transfer_host_3d transfer_3d;
	} b;

	switch (hdr->type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
		if (vgpu_decode_resource_create_2d(request, size, &b.create_2d) == 0)
			create(rs, b.create_2d.resource_id,
			       &(struct vgpu_shape) { .target = VGPU_PIPE_TEXTURE_2D,
						      .width = b.create_2d.width,
						      .height = b.create_2d.height,
						      .block = { 1, 1, 4, 0 } },
			       b.create_2d.format);
		break;
	case VGPU_CMD_RESOURCE_CREATE_3D:
		if (vgpu_decode_resource_create_3d(request, size, &b.create_3d) == 0)
			create(rs, b.create_3d.resource_id,
			       &(struct vgpu_shape) {
				       .target = b.create_3d.target,
				       .width = b.create_3d.width,
				       .height = b.create_3d.height,
				       .block = vgpu_format_block(b.create_3d.format) },
			       b.create_3d.format);
		break;
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		/* Of no shape: a transfer of it has no size that is known. */
		if (vgpu_decode_resource_create_blob(request, size, &b.blob) == 0)
			create(rs, b.blob.resource_id, &(struct vgpu_shape) { .target = 0 }, 0);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		if (counted && vgpu_decode_transfer_to_host_2d(request, size, &b.transfer_2d) == 0)
			transfer(rs, b.transfer_2d.resource_id, b.transfer_2d.r.width,
				 b.transfer_2d.r.height, 1, true);
		break;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		if (counted && vgpu_decode_transfer_host_3d(request, size, &b.transfer_3d) == 0)
			transfer(rs, b.transfer_3d.resource_id, b.transfer_3d.box.w,
				 b.transfer_3d.box.h, b.transfer_3d.box.d,
				 hdr->type == VGPU_CMD_TRANSFER_TO_HOST_3D);
		break;
	case VGPU_CMD_SUBMIT_3D:
		if (counted && virgl)
			stream(rs, request, size);
		break;
	}
}

static int compare(const void *a, const void *b)
{
	const struct vgpu_profile_resource *x = a, *y = b;

	if (moved(x) != moved(y))
		return moved(x) > moved(y) ? -1 : 1;
	return x->resource_id < y->resource_id ? -1 : x->resource_id > y->resource_id;
}

void resources_sort(struct resources *rs)
{
	for (unsigned int i = 0; i < RESOURCE_SLOTS; i++) {
		retire(rs, &rs->slots[i].r);
		memset(&rs->slots[i], 0, sizeof(rs->slots[i]));
	}
	qsort(rs->top, rs->top_count, sizeof(rs->top[0]), compare);
	if (rs->others.transfers) {
		rs->others.others = true;
		rs->top[rs->top_count++] = rs->others;
	}
}
