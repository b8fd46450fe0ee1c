/* SPDX-License-Identifier: MIT */
/*
 * A ring of files, of which each is a trace by itself: it begins with SNAPSHOT records of what is
 * known by then. The keeper has all that the device must execute to be where it is. When that is too
 * much, or with several devices, 2D resources and blobs of guest memory come with their contents, as
 * the device last read them; resources of 3D contexts are left out then, as they are when a recording
 * begins late.
 *
 * Commands have one numbering here, over all files; a file's own begins behind `begun`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/error.h>
#include <vgpu/remake.h>
#include <vgpu/track.h>

#include "drain.h"

struct owner {
	uint32_t device, ctx_id, pid, tid, capset;
	uint8_t name_size;
	char name[64];
};

struct record_turns {
	struct vgpu_track *tracks[RECORD_DEVICES_MAX]; /* NULL: nothing came from it yet */
	struct record_map owners; /* record_key of a context -> its struct owner */
};

int record_turns_begin(struct record_drain *d)
{
	d->turns = calloc(1, sizeof(*d->turns));
	return d->turns ? 0 : -ENOMEM;
}

static struct owner *owner_of(uint64_t value)
{
	return (struct owner *)(uintptr_t)value;
}

static void drop_owners(struct record_turns *t, uint32_t device)
{
	/* Removing moves slots back: look at the same one again. */
	for (size_t i = 0; i < t->owners.capacity;) {
		struct record_map_slot *slot = &t->owners.slots[i];

		if (slot->used && (device == UINT32_MAX || slot->key >> 32 == device)) {
			free(owner_of(slot->value));
			record_map_remove(&t->owners, slot->key, NULL);
		} else {
			i++;
		}
	}
}

void record_turns_finish(struct record_drain *d)
{
	struct record_turns *t = d->turns;

	if (!t)
		return;
	for (uint32_t i = 0; i < RECORD_DEVICES_MAX; i++)
		vgpu_track_destroy(t->tracks[i]);
	drop_owners(t, UINT32_MAX);
	record_map_finish(&t->owners);
	free(t);
	d->turns = NULL;
}

/* NULL: no memory. */
static struct vgpu_track *track_of(struct record_turns *t, uint32_t device)
{
	if (!t->tracks[device])
		vgpu_track_create(&t->tracks[device], NULL);
	return t->tracks[device];
}

static int put_owner(struct record_turns *t, const struct owner *in)
{
	uint64_t key = record_key(in->device, in->ctx_id), old;
	struct owner *owner = malloc(sizeof(*owner));

	if (!owner)
		return -ENOMEM;
	*owner = *in;
	if (record_map_remove(&t->owners, key, &old))
		free(owner_of(old));
	if (record_map_put(&t->owners, key, (uintptr_t)owner)) {
		free(owner);
		return -ENOMEM;
	}
	return 0;
}

int record_turns_owner(struct record_drain *d, uint32_t device,
		       const struct vgpu_trace_context *context)
{
	struct owner owner = {
		.device = device,
		.ctx_id = context->ctx_id,
		.pid = context->pid,
		.tid = context->tid,
		.capset = context->capset,
	};

	if (!d->turns)
		return 0;
	owner.name_size = context->name_size < sizeof(owner.name) ? (uint8_t)context->name_size
								  : sizeof(owner.name);
	memcpy(owner.name, context->name, owner.name_size);
	return put_owner(d->turns, &owner);
}

/* What the request does to the state; streams do nothing to what is kept here. */
static int follow(struct record_drain *d, uint32_t device, uint64_t id, uint32_t room,
		  uint32_t queue, const uint8_t *request, size_t size)
{
	struct vgpu_track_message m = {
		.number = id,
		.time_ns = d->time_ns,
		.queue = queue,
		.room = room,
		.wire = request,
		.size = size,
	};
	struct vgpu_track *track = track_of(d->turns, device);
	struct vgpu_ctrl_hdr hdr;
	uint64_t old;

	if (!track)
		return -ENOMEM;
	if (vgpu_decode_ctrl_hdr(request, size, &hdr) || hdr.type == VGPU_CMD_SUBMIT_3D)
		return 0;
	if (hdr.type == VGPU_CMD_CTX_DESTROY &&
	    record_map_remove(&d->turns->owners, record_key(device, hdr.ctx_id), &old))
		free(owner_of(old));
	/* A request that has no effect is the driver's business. */
	vgpu_track_request(track, &m);
	return 0;
}

int record_turns_command(struct record_drain *d, uint32_t device, const struct record_command *c,
			 const uint8_t *request, size_t size)
{
	return d->turns ? follow(d, device, d->id, c->response_size, c->queue, request, size) : 0;
}

int record_turns_snapshot(struct record_drain *d, uint32_t device, const uint8_t *request,
			  size_t size)
{
	return d->turns ? follow(d, device, 0, 0, 0, request, size) : 0;
}

void record_turns_response(struct record_drain *d, uint32_t number, uint64_t id,
			   const uint8_t *response, size_t size)
{
	struct vgpu_track_message m = { .number = id, .wire = response, .size = size };

	if (d->last && id <= d->begun && id > d->last_begun && d->last_waiting)
		d->last_waiting--;
	if (!d->turns)
		return;
	for (uint32_t i = 0; i < d->device_count; i++)
		if (d->devices[i].number == number && d->turns->tracks[i])
			vgpu_track_response(d->turns->tracks[i], &m);
}

void record_turns_epoch(struct record_drain *d, uint32_t device)
{
	if (!d->turns)
		return;
	if (d->turns->tracks[device])
		vgpu_track_reset(d->turns->tracks[device]);
	drop_owners(d->turns, device);
}

void record_turns_missing(struct record_drain *d, uint32_t device)
{
	if (d->turns && d->turns->tracks[device])
		vgpu_track_missing(d->turns->tracks[device], false);
}

/* --- the next file ------------------------------------------------------------------------ */

struct turn {
	struct record_drain *d;
	uint32_t device;
};

static int write_request(struct turn *t, const void *request, size_t size)
{
	struct vgpu_trace_snapshot record = {
		.device = t->device,
		.request = request,
		.request_size = size,
	};
	int error = record_drain_flush(t->d);

	return error ? error : vgpu_trace_write_snapshot(t->d->writer, t->d->time_ns, &record);
}

/* `head` and the resource's memory behind it, as ATTACH_BACKING and CREATE_BLOB have it. */
static int write_with_entries(struct turn *t, const uint8_t *head, size_t head_size,
			      const struct record_backing *b)
{
	size_t size = head_size + (size_t)b->count * VGPU_MEM_ENTRY_SIZE;
	uint8_t *request = malloc(size);
	int error;

	if (!request)
		return -ENOMEM;
	memcpy(request, head, head_size);
	for (uint32_t i = 0; i < b->count; i++) {
		struct vgpu_mem_entry entry = { .addr = b->ranges[i].address,
						.length = b->ranges[i].size };

		vgpu_encode_mem_entry(&entry, request + head_size + i * VGPU_MEM_ENTRY_SIZE,
				      VGPU_MEM_ENTRY_SIZE);
	}
	error = write_request(t, request, size);
	free(request);
	return error;
}

static int write_contents(struct turn *t, const struct record_backing *b)
{
	int error = 0;

	for (uint32_t i = 0; i < b->count && !error; i++)
		error = record_shadow_repeat(t->d->shadow, t->device, b->ranges[i].address,
					     b->ranges[i].size, record_drain_emit, t->d);
	return error;
}

static int write_2d(struct turn *t, const struct vgpu_track_resource *r,
		    const struct record_backing *b)
{
	struct vgpu_resource_create_2d create = {
		.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = r->id,
		.format = r->format,
		.width = r->width,
		.height = r->height,
	};
	struct vgpu_resource_attach_backing attach = {
		.hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = r->id,
	};
	struct vgpu_transfer_to_host_2d transfer = {
		.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = r->id,
		.r.width = r->width,
		.r.height = r->height,
	};
	uint8_t request[VGPU_TRANSFER_TO_HOST_2D_SIZE];
	int error;

	vgpu_encode_resource_create_2d(&create, request, sizeof(request));
	error = write_request(t, request, VGPU_RESOURCE_CREATE_2D_SIZE);
	if (error || !b)
		return error;
	attach.nr_entries = b->count;
	vgpu_encode_resource_attach_backing(&attach, request, sizeof(request));
	error = write_with_entries(t, request, VGPU_RESOURCE_ATTACH_BACKING_SIZE, b);
	if (error || !r->to_host_bytes)
		return error;
	error = write_contents(t, b);
	vgpu_encode_transfer_to_host_2d(&transfer, request, sizeof(request));
	return error ? error : write_request(t, request, sizeof(request));
}

/* Has no copy in the device: it is read when it is shown. */
static int write_blob(struct turn *t, const struct vgpu_track_resource *r,
		      const struct record_backing *b)
{
	struct vgpu_resource_create_blob create = {
		.hdr.type = VGPU_CMD_RESOURCE_CREATE_BLOB,
		.resource_id = r->id,
		.blob_mem = r->blob_mem,
		.blob_flags = r->blob_flags,
		.nr_entries = b->count,
		.size = r->blob_size,
	};
	uint8_t request[VGPU_RESOURCE_CREATE_BLOB_SIZE];
	int error;

	vgpu_encode_resource_create_blob(&create, request, sizeof(request));
	error = write_with_entries(t, request, sizeof(request), b);
	return error ? error : write_contents(t, b);
}

/* A resource whose contents can be had from the guest's memory. */
static bool can_be_made(const struct turn *t, const struct vgpu_track_resource *r)
{
	return r->kind == VGPU_TRACK_2D ||
	       (r->kind == VGPU_TRACK_BLOB && r->blob_mem == VGPU_BLOB_MEM_GUEST && !r->blob_ctx &&
		record_backings_get(&t->d->backings, t->device, r->id));
}

static int write_scanout(struct turn *t, const struct vgpu_track *track, uint32_t id)
{
	const struct vgpu_track_scanout *s = vgpu_track_scanout(track, id);
	const struct vgpu_track_resource *r = vgpu_track_resource(track, s ? s->resource_id : 0);
	struct vgpu_set_scanout set = {
		.hdr.type = VGPU_CMD_SET_SCANOUT,
		.scanout_id = id,
	};
	struct vgpu_set_scanout_blob blob = {
		.hdr.type = VGPU_CMD_SET_SCANOUT_BLOB,
		.scanout_id = id,
	};
	uint8_t request[VGPU_SET_SCANOUT_BLOB_SIZE];

	if (!r || !can_be_made(t, r))
		return 0;
	if (!s->blob) {
		set.r = s->r;
		set.resource_id = r->id;
		vgpu_encode_set_scanout(&set, request, sizeof(request));
		return write_request(t, request, VGPU_SET_SCANOUT_SIZE);
	}
	blob.r = s->r;
	blob.resource_id = r->id;
	blob.width = s->width;
	blob.height = s->height;
	blob.format = s->format;
	memcpy(blob.strides, s->strides, sizeof(blob.strides));
	memcpy(blob.offsets, s->offsets, sizeof(blob.offsets));
	vgpu_encode_set_scanout_blob(&blob, request, sizeof(request));
	return write_request(t, request, sizeof(request));
}

static int write_cursor(struct turn *t, const struct vgpu_track *track, uint32_t id)
{
	const struct vgpu_track_cursor *c = vgpu_track_cursor(track, id);
	const struct vgpu_track_resource *r = vgpu_track_resource(track, c ? c->resource_id : 0);
	struct vgpu_update_cursor update = {
		.hdr.type = VGPU_CMD_UPDATE_CURSOR,
		.pos.scanout_id = id,
	};
	uint8_t request[VGPU_UPDATE_CURSOR_SIZE];

	if (!r || !can_be_made(t, r))
		return 0;
	update.pos.x = c->x;
	update.pos.y = c->y;
	update.resource_id = r->id;
	update.hot_x = c->hot_x;
	update.hot_y = c->hot_y;
	vgpu_encode_update_cursor(&update, request, sizeof(request));
	return write_request(t, request, sizeof(request));
}

static int write_device(struct turn *t)
{
	const struct vgpu_track *track = t->d->turns->tracks[t->device];
	const struct vgpu_track_resource *r = NULL;
	int error = record_drain_describe(t->d, t->device, true, t->d->time_ns);

	while (track && !error && (r = vgpu_track_resource_next(track, r))) {
		const struct record_backing *b =
			record_backings_get(&t->d->backings, t->device, r->id);

		if (can_be_made(t, r))
			error = r->kind == VGPU_TRACK_2D ? write_2d(t, r, b) : write_blob(t, r, b);
	}
	for (uint32_t i = 0; track && i < VGPU_MAX_SCANOUTS && !error; i++) {
		error = write_scanout(t, track, i);
		if (!error)
			error = write_cursor(t, track, i);
	}
	return error;
}

static int write_owners(struct record_drain *d)
{
	const struct record_map *map = &d->turns->owners;
	int error = 0;

	for (size_t i = 0; i < map->capacity && !error; i++) {
		const struct owner *o = map->slots[i].used ? owner_of(map->slots[i].value) : NULL;
		struct vgpu_trace_context context;

		if (!o)
			continue;
		context = (struct vgpu_trace_context) {
			.ctx_id = o->ctx_id,
			.pid = o->pid,
			.tid = o->tid,
			.capset = o->capset,
			.name = o->name,
			.name_size = o->name_size,
		};
		error = vgpu_trace_write_context(d->writer, d->time_ns, &context);
	}
	return error;
}

bool record_turns_possible(const struct record_drain *d)
{
	return !d->last && !d->ahead && !d->tail_size;
}

int record_turns_next(struct record_drain *d, struct vgpu_trace_writer *writer, uint64_t now)
{
	struct vgpu_trace_lost before = {
		.what = VGPU_TRACE_LOST_BEFORE,
		.queue = UINT32_MAX,
		.count = d->id,
		.last_ns = now,
	};
	struct vgpu_remake_point *point;
	struct turn t = { .d = d };
	int error = record_drain_left_out(d);

	if (!error)
		error = record_drain_flush(d);
	if (error)
		return error;
	d->last = d->writer;
	d->last_begun = d->begun;
	d->last_waiting = 0;
	for (size_t i = 0; i < d->waiting.capacity; i++)
		d->last_waiting += d->waiting.slots[i].used &&
				   d->waiting.slots[i].value > d->last_begun;
	d->writer = writer;
	d->begun = d->id;
	d->time_ns = now;
	/* They are told again when they come. */
	record_map_finish(&d->threads);
	/* All that is known, where that is enough; else what can be told without the 3D contexts. */
	point = d->device_count == 1 ? record_keeper_point(d->keeper) : NULL;
	if (point) {
		record_shadow_forget_all(d->shadow);
		error = record_drain_describe(d, 0, true, now);
		if (!error)
			error = record_keeper_play(d, point);
		vgpu_remake_point_destroy(point);
	}
	for (t.device = 0; !point && t.device < d->device_count && !error; t.device++)
		error = write_device(&t);
	if (!error)
		error = record_drain_flush(d);
	if (!point)
		record_shadow_forget_rest(d->shadow);
	if (!error)
		error = write_owners(d);
	if (!error && d->id)
		error = vgpu_trace_write_lost(d->writer, now, &before);
	return error;
}
