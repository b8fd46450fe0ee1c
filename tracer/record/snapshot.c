/* SPDX-License-Identifier: MIT */
/*
 * The state before the recording as SNAPSHOT records: the requests that would make it. Their
 * memory has made-up addresses, because the real ones (IOVAs, maybe) are not known any more.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "record.h"

#define ADDRESSES (1ull << 60) /* behind all that a driver may name */
#define PAGES_MAX (1u << 20)   /* of one object */
#define TARGET_2D 2            /* PIPE_TEXTURE_2D */
#define BLOB      UINT32_MAX   /* as the kernel side marks blobs */

struct snapshot {
	struct record_drain *d;
	struct record_session *s;
	uint32_t device;
	uint64_t direct_map, vmemmap;
};

static int write_request(struct snapshot *p, const void *request, size_t size)
{
	struct vgpu_trace_snapshot record = {
		.device = p->device,
		.request = request,
		.request_size = size,
	};
	int error = record_drain_flush(p->d);

	if (!error)
		error = vgpu_trace_write_snapshot(p->d->writer, p->d->time_ns, &record);
	if (!error)
		error = record_turns_snapshot(p->d, p->device, request, size);
	return error ? error : record_effects(p->d, p->device, 0, request, size);
}

/* `o->size` in pages, rounded up. */
static uint32_t page_count(const struct record_object *o)
{
	return (uint32_t)((o->size + RECORD_PAGE_SIZE - 1) >> RECORD_PAGE_SHIFT);
}

/* Physical addresses of an object's pages; free() them. NULL where they cannot be had. */
static uint64_t *find_pages(struct snapshot *p, const struct record_object *o)
{
	uint32_t count = page_count(o);
	uint64_t *pages = count <= PAGES_MAX ? malloc(count * sizeof(*pages)) : NULL;

	if (!pages || record_peek(p->s, o->pages, pages, count * sizeof(*pages))) {
		free(pages);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (pages[i] < p->vmemmap) {
			free(pages);
			return NULL;
		}
		pages[i] = (pages[i] - p->vmemmap) / p->s->layout.page_struct << RECORD_PAGE_SHIFT;
	}
	return pages;
}

/* The made-up address of an object's first byte: all of it in one piece. */
static uint64_t address_of(const struct record_object *o)
{
	return ADDRESSES | (uint64_t)o->resource << 32;
}

static int write_creation(struct snapshot *p, const struct record_object *o)
{
	uint8_t request[VGPU_RESOURCE_CREATE_BLOB_SIZE + VGPU_MEM_ENTRY_SIZE];
	struct vgpu_mem_entry entry = {
		.addr = address_of(o),
		.length = page_count(o) << RECORD_PAGE_SHIFT,
	};
	struct vgpu_resource_create_blob blob = {
		.hdr.type = VGPU_CMD_RESOURCE_CREATE_BLOB,
		.resource_id = o->resource,
		.blob_mem = VGPU_BLOB_MEM_GUEST,
		.blob_flags = VGPU_BLOB_FLAG_USE_SHAREABLE,
		.nr_entries = 1,
		.size = o->size,
	};
	struct vgpu_resource_create_2d create = {
		.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = o->resource,
		.format = o->format,
		.width = o->width,
		.height = o->height,
	};
	struct vgpu_resource_attach_backing attach = {
		.hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = o->resource,
		.nr_entries = 1,
	};
	size_t head = VGPU_RESOURCE_CREATE_BLOB_SIZE;
	int error;

	if (o->blob) {
		vgpu_encode_resource_create_blob(&blob, request, head);
	} else {
		vgpu_encode_resource_create_2d(&create, request, head);
		error = write_request(p, request, VGPU_RESOURCE_CREATE_2D_SIZE);
		if (error)
			return error;
		head = VGPU_RESOURCE_ATTACH_BACKING_SIZE;
		vgpu_encode_resource_attach_backing(&attach, request, head);
	}
	vgpu_encode_mem_entry(&entry, request + head, VGPU_MEM_ENTRY_SIZE);
	return write_request(p, request, head + VGPU_MEM_ENTRY_SIZE);
}

static int write_contents(struct snapshot *p, const struct record_object *o, const uint64_t *pages)
{
	struct vgpu_transfer_to_host_2d transfer = {
		.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
		.r.width = o->width,
		.r.height = o->height,
		.resource_id = o->resource,
	};
	uint8_t page[RECORD_PAGE_SIZE], request[VGPU_TRANSFER_TO_HOST_2D_SIZE];
	int error = 0;

	for (uint32_t i = 0; i < page_count(o) && !error && !p->s->no_memory; i++)
		if (!record_peek(p->s, p->direct_map + pages[i], page, sizeof(page)))
			error = record_shadow_update(p->d->shadow, p->device,
						     address_of(o) + i * RECORD_PAGE_SIZE, page,
						     sizeof(page), record_drain_emit, p->d);
	/* A blob has no copy in the device: it is read when it is shown. */
	if (error || o->blob)
		return error;
	vgpu_encode_transfer_to_host_2d(&transfer, request, sizeof(request));
	return write_request(p, request, sizeof(request));
}

static int write_object(struct snapshot *p, const struct record_object *o)
{
	struct vgpu_shape shape = {
		.target = o->blob ? BLOB : TARGET_2D,
		.width = o->width,
		.height = o->height,
		.block = { .width = 1, .height = 1, .bytes = 4 },
	};
	uint64_t *pages = find_pages(p, o);
	int error;

	if (!pages)
		return 0;
	error = write_creation(p, o);
	if (!error)
		error = write_contents(p, o, pages);
	if (!error)
		record_session_shape(p->s, p->d->devices[p->device].number, o->resource, &shape);
	free(pages);
	return error;
}

static int show_blob(struct snapshot *p, const struct record_plane *plane)
{
	struct vgpu_set_scanout_blob set = {
		.hdr.type = VGPU_CMD_SET_SCANOUT_BLOB,
		.r = { plane->x, plane->y, plane->width, plane->height },
		.scanout_id = plane->scanout,
		.resource_id = plane->resource,
		.width = plane->fb_width,
		.height = plane->fb_height,
		.format = plane->format,
		.strides = { plane->stride },
		.offsets = { plane->offset },
	};
	uint8_t request[VGPU_SET_SCANOUT_BLOB_SIZE];

	vgpu_encode_set_scanout_blob(&set, request, sizeof(request));
	return write_request(p, request, sizeof(request));
}

static int show_2d(struct snapshot *p, const struct record_plane *plane)
{
	struct vgpu_set_scanout set = {
		.hdr.type = VGPU_CMD_SET_SCANOUT,
		.r = { plane->x, plane->y, plane->width, plane->height },
		.scanout_id = plane->scanout,
		.resource_id = plane->resource,
	};
	uint8_t request[VGPU_SET_SCANOUT_SIZE];

	vgpu_encode_set_scanout(&set, request, sizeof(request));
	return write_request(p, request, sizeof(request));
}

static int write_cursor(struct snapshot *p, const struct record_plane *plane)
{
	struct vgpu_update_cursor update = {
		.hdr.type = VGPU_CMD_UPDATE_CURSOR,
		.pos.scanout_id = plane->scanout,
		.pos.x = (uint32_t)plane->at_x,
		.pos.y = (uint32_t)plane->at_y,
		.resource_id = plane->resource,
	};
	uint8_t request[VGPU_UPDATE_CURSOR_SIZE];

	vgpu_encode_update_cursor(&update, request, sizeof(request));
	return write_request(p, request, sizeof(request));
}

static int write_plane(struct snapshot *p, const struct record_state *state,
		       const struct record_plane *plane)
{
	bool blob = false;

	if (plane->cursor)
		return write_cursor(p, plane);
	for (uint32_t i = 0; i < state->object_count; i++)
		if (state->objects[i].resource == plane->resource)
			blob = state->objects[i].blob;
	return blob ? show_blob(p, plane) : show_2d(p, plane);
}

static int write_owner(struct snapshot *p, const struct record_owner *owner)
{
	struct vgpu_trace_context context = {
		.ctx_id = owner->ctx_id,
		.pid = owner->pid,
		.tid = owner->pid,
		.capset = owner->capset,
	};
	char path[64], comm[32] = "";
	FILE *file;
	int error;

	snprintf(path, sizeof(path), "/proc/%u/comm", owner->pid);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(comm, sizeof(comm), file))
			comm[0] = '\0';
		fclose(file);
	}
	context.name = comm;
	context.name_size = strcspn(comm, "\n");
	error = record_turns_owner(p->d, p->device, &context);
	if (!error && p->d->choice)
		error = record_choice_owner(p->d->choice, p->device, owner->ctx_id, owner->pid);
	return error ? error : vgpu_trace_write_context(p->d->writer, p->d->time_ns, &context);
}

/* An object that is made, or goes, in a command which waits in the ring is that command's. */
struct pending {
	struct record_state *state;
	uint32_t number;
};

static void drop_pending(void *data, const void *record, size_t size)
{
	const struct record_command *c = record;
	struct pending *pending = data;
	struct vgpu_resource_unref made; /* the id stands at the same place in all of them */
	struct record_state *state = pending->state;

	if (size < sizeof(*c) || c->event.type != RECORD_COMMAND ||
	    c->event.device != pending->number || c->head_captured > size - sizeof(*c) ||
	    vgpu_decode_resource_unref(c + 1, c->head_captured, &made))
		return;
	if (made.hdr.type != VGPU_CMD_RESOURCE_CREATE_2D &&
	    made.hdr.type != VGPU_CMD_RESOURCE_CREATE_BLOB)
		return;
	for (uint32_t i = state->object_count; i--;)
		if (state->objects[i].resource == made.resource_id)
			state->objects[i] = state->objects[--state->object_count];
	for (uint32_t i = state->plane_count; i--;)
		if (state->planes[i].resource == made.resource_id)
			state->planes[i] = state->planes[--state->plane_count];
}

int record_snapshot(struct record_drain *d, struct record_session *s, uint32_t device,
		    struct record_state *state)
{
	struct pending pending = { state, d->devices[device].number };
	struct snapshot p = { .d = d, .s = s, .device = device };
	const struct record_layout *l = &s->layout;
	int error = 0;

	p.direct_map = l->direct_map_at ? record_peek64(s, l->direct_map_at) : l->direct_map;
	p.vmemmap = l->vmemmap_at ? record_peek64(s, l->vmemmap_at) : l->vmemmap;
	record_ring_each(&s->commands, drop_pending, &pending);
	for (uint32_t i = 0; i < state->owner_count && !error; i++)
		error = write_owner(&p, &state->owners[i]);
	for (uint32_t i = 0; i < state->object_count && !error; i++)
		error = write_object(&p, &state->objects[i]);
	for (uint32_t i = 0; i < state->plane_count && !error; i++)
		error = write_plane(&p, state, &state->planes[i]);
	return error ? error : record_drain_flush(d);
}
