/* SPDX-License-Identifier: MIT */
/* Rows of what lives longer than a command: resources, contexts, frames. */
#include <vgpu/codec.h>

#include "rows-private.h"

static int put_resource(struct rows *r, const struct vgpu_track_resource *s, uint64_t destroyed)
{
	static const char *const kinds[] = { "2d", "3d", "blob" };
	struct cell cells[resources_COLUMNS] = { 0 };

	put_number(&cells[resources_trace], r->trace);
	put_number(&cells[resources_resource_id], s->id);
	put_number(&cells[resources_created], s->created);
	if (destroyed)
		put_number(&cells[resources_destroyed], destroyed);
	put_string(&cells[resources_kind], kinds[s->kind]);
	if (s->kind == VGPU_TRACK_BLOB) {
		put_string(&cells[resources_blob_mem],
			   vgpu_value_name(VGPU_SET_BLOB_MEM, s->blob_mem));
		put_number(&cells[resources_blob_flags], s->blob_flags);
		put_number(&cells[resources_blob_size], s->blob_size);
	} else {
		put_string(&cells[resources_target], vgpu_value_name(VGPU_SET_PIPE, s->target));
		put_string(&cells[resources_format], vgpu_format_name(s->format));
		put_number(&cells[resources_bind], s->bind);
		put_number(&cells[resources_width], s->width);
		put_number(&cells[resources_height], s->height);
		put_number(&cells[resources_depth], s->depth);
		put_number(&cells[resources_array_size], s->array_size);
		put_number(&cells[resources_last_level], s->last_level);
		put_number(&cells[resources_nr_samples], s->nr_samples);
	}
	put_number(&cells[resources_backing_bytes], s->backing_bytes);
	put_number(&cells[resources_to_host_bytes], s->to_host_bytes);
	put_number(&cells[resources_from_host_bytes], s->from_host_bytes);
	put_number(&cells[resources_inline_bytes], s->inline_bytes);
	put_number(&cells[resources_flushes], s->flushes);
	return r->sink(r->data, ROWS_resources, cells);
}

static int put_context(struct rows *r, const struct vgpu_track_context *c, uint64_t destroyed)
{
	struct cell cells[contexts_COLUMNS] = { 0 };

	put_number(&cells[contexts_trace], r->trace);
	put_number(&cells[contexts_ctx_id], c->id);
	put_number(&cells[contexts_created], c->created);
	if (destroyed)
		put_number(&cells[contexts_destroyed], destroyed);
	put_number(&cells[contexts_capset], c->capset);
	put_string(&cells[contexts_stream], vgpu_stream_name(c->stream));
	put_string(&cells[contexts_name], c->name);
	if (r->owners[c->id % OWNER_SIZE].ctx_id == c->id)
		put_number(&cells[contexts_pid], r->owners[c->id % OWNER_SIZE].pid);
	put_number(&cells[contexts_submits], c->submits);
	put_number(&cells[contexts_stream_bytes], c->stream_bytes);
	return r->sink(r->data, ROWS_contexts, cells);
}

int rows_before(struct rows *r, const struct vgpu_trace_command *c)
{
	const struct vgpu_track_resource *resource = NULL;
	const struct vgpu_track_context *context = NULL;
	struct vgpu_resource_unref unref;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr))
		return 0;
	if (hdr.type == VGPU_CMD_RESOURCE_UNREF && rows_want(r, ROWS_resources) &&
	    vgpu_decode_resource_unref(c->request, c->request_size, &unref) == 0)
		resource = vgpu_track_resource(r->track, unref.resource_id);
	if (hdr.type == VGPU_CMD_CTX_DESTROY && rows_want(r, ROWS_contexts))
		context = vgpu_track_context(r->track, hdr.ctx_id);
	if (resource)
		return put_resource(r, resource, c->id);
	return context ? put_context(r, context, c->id) : 0;
}

int rows_rest(struct rows *r)
{
	const struct vgpu_track_resource *resource = NULL;
	const struct vgpu_track_context *context = NULL;
	int err = 0;

	while (!err && rows_want(r, ROWS_resources) &&
	       (resource = vgpu_track_resource_next(r->track, resource)))
		err = put_resource(r, resource, 0);
	while (!err && rows_want(r, ROWS_contexts) &&
	       (context = vgpu_track_context_next(r->track, context)))
		err = put_context(r, context, 0);
	return err;
}

static int put_frame(struct rows *r, uint32_t scanout, const struct vgpu_trace_command *c,
		     const struct vgpu_resource_flush *flush)
{
	struct cell cells[frames_COLUMNS] = { 0 };
	uint32_t place = device_place(c->device);
	uint64_t *last = &r->shown[place][scanout].last_ns;

	put_number(&cells[frames_trace], r->trace);
	put_number(&cells[frames_scanout], scanout);
	put_number(&cells[frames_frame], ++r->shown[place][scanout].frames);
	put_number(&cells[frames_command], c->id);
	put_number(&cells[frames_time_ns], r->time_ns);
	if (r->shown[place][scanout].frames > 1)
		put_number(&cells[frames_interval_ns], r->time_ns > *last ? r->time_ns - *last : 0);
	put_number(&cells[frames_resource_id], flush->resource_id);
	put_number(&cells[frames_x], flush->r.x);
	put_number(&cells[frames_y], flush->r.y);
	put_number(&cells[frames_width], flush->r.width);
	put_number(&cells[frames_height], flush->r.height);
	put_number(&cells[frames_flip],
		   devices_scanouts(&r->devices, c->device)->flips >> scanout & 1);
	put_number(&cells[frames_device], c->device);
	*last = r->time_ns;
	return r->sink(r->data, ROWS_frames, cells);
}

int rows_frames(struct rows *r, const struct vgpu_trace_command *c)
{
	uint32_t mask = vgpu_scanouts_request(devices_scanouts(&r->devices, c->device), c->request,
					      c->request_size);
	struct vgpu_resource_flush flush;
	int err = 0;

	if (!mask || vgpu_decode_resource_flush(c->request, c->request_size, &flush))
		return 0;
	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS && !err; i++) {
		if (mask & 1u << i)
			err = put_frame(r, i, c, &flush);
	}
	return err;
}
