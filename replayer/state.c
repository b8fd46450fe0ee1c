/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/error.h>
#include <vgpu/format.h>

#include "frames.h"
#include "json.h"
#include "png-save.h"

/* Levels and layers of one resource that are looked at: a hostile one has 2^32. */
#define STATE_PARTS 4096u

int state_init(struct state *s, struct vgpu_device *device)
{
	*s = (struct state) { .device = device };
	return vgpu_track_create(&s->track, NULL) ? -ENOMEM : 0;
}

void state_finish(struct state *s)
{
	vgpu_track_destroy(s->track);
	bound_clear(&s->bound);
}

void state_reset(struct state *s)
{
	vgpu_track_reset(s->track);
	bound_clear(&s->bound);
}

void state_command(struct state *s, const struct vgpu_trace_command *c, uint64_t time_ns,
		   const struct vgpu_device_result *result)
{
	struct vgpu_track_message m = {
		.number = c->id,
		.time_ns = time_ns,
		.queue = c->queue,
		.room = c->response_size,
		.wire = c->request,
		.size = c->request_size,
	};

	s->command = c->id;
	vgpu_track_request(s->track, &m);
	m.wire = result->response;
	m.size = result->response_size;
	vgpu_track_response(s->track, &m);
	if (!result->verdict)
		bound_request(&s->bound, c->request, c->request_size);
}

void state_snapshot(struct state *s, const struct vgpu_trace_snapshot *snapshot, uint64_t time_ns,
		    const struct vgpu_device_result *result)
{
	struct vgpu_trace_command c = { .id = s->command,
					.response_size = UINT32_MAX,
					.request = snapshot->request,
					.request_size = snapshot->request_size };

	state_command(s, &c, time_ns, result);
}

/* Calls `part` for each level and layer. 0 or what it returned. */
static int state_parts(struct state *s, uint32_t id,
		       int (*part)(struct state *s, uint32_t id, uint32_t level, uint32_t layer,
				   const struct vgpu_device_content *c, int error, void *data),
		       void *data)
{
	struct vgpu_device_content c;
	uint32_t level = 0, layer = 0, n;
	int error, ret;

	for (n = 0; n < STATE_PARTS; n++) {
		error = vgpu_device_read_content(s->device, id, level, layer, &c);
		ret = part(s, id, level, layer, &c, error, data);
		if (ret || error == -ENOENT)
			return ret;
		if (++layer < c.layers)
			continue;
		layer = 0;
		if (++level >= c.levels)
			break;
	}
	return 0;
}

struct state_json {
	FILE *out;
	bool some;
};

static int state_json_part(struct state *s, uint32_t id, uint32_t level, uint32_t layer,
			   const struct vgpu_device_content *c, int error, void *data)
{
	const char *format = c->format ? vgpu_format_name(c->format) : NULL;
	struct state_json *j = data;
	char hash[FRAMES_HASH_SIZE];

	(void)s;
	fprintf(j->out,
		"%s\n{\"resource\":%" PRIu32 ",\"level\":%" PRIu32 ",\"layer\":%" PRIu32
		",\"format\":",
		j->some ? "," : "", id, level, layer);
	j->some = true;
	if (format)
		json_write_string(j->out, format);
	else
		fputs("null", j->out);
	fprintf(j->out, ",\"width\":%" PRIu32 ",\"height\":%" PRIu32, c->width, c->height);
	if (error) {
		fputs(",\"error\":", j->out);
		json_write_string(j->out, strerror(-error));
	} else {
		frame_list_hash_bytes(c->bytes, c->size, hash);
		fprintf(j->out, ",\"size\":%zu,\"hash\":\"%s\"", c->size, hash);
	}
	fputs("}", j->out);
	return 0;
}

static int state_put(void *data, const char *text, size_t size)
{
	return fwrite(text, 1, size, data) == size ? 0 : -EIO;
}

static void state_request(struct state *s, const struct vgpu_trace_command *c,
			  const struct vgpu_sink *sink)
{
	struct vgpu_describe_options options = { .capset = VGPU_CAPSET_UNKNOWN };
	const struct vgpu_track_context *context;
	struct vgpu_ctrl_hdr hdr;

	if (!vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr)) {
		context = vgpu_track_context(s->track, hdr.ctx_id);
		if (context)
			options.capset = context->capset;
	}
	vgpu_request_json(c->request, c->request_size, &options, sink);
}

int state_write(struct state *s, const struct files *files, enum file_place place, const char *name,
		uint64_t frames, const struct vgpu_trace_command *c)
{
	const struct vgpu_track_resource *r = NULL;
	struct state_json j = { 0 };
	struct vgpu_sink sink = { .write = state_put };
	int ret;

	ret = files_open(files, place, name, &j.out);
	if (ret)
		return ret;
	sink.data = j.out;
	fprintf(j.out,
		"{\"schema_version\":1,\"kind\":\"state\",\"command\":%" PRIu64
		",\"frames\":%" PRIu64,
		s->command, frames);
	if (c) {
		fputs(",\"request\":", j.out);
		state_request(s, c, &sink);
	}
	fputs(",\"state\":", j.out);
	ret = vgpu_track_json(s->track, &sink);
	fputs(",\"contents\":[", j.out);
	while ((r = vgpu_track_resource_next(s->track, r)))
		state_parts(s, r->id, state_json_part, &j);
	fputs("],\"bound\":", j.out);
	bound_json(&s->bound, j.out);
	fputs("}\n", j.out);
	if (ferror(j.out))
		ret = -EIO;
	if (fclose(j.out) && !ret)
		ret = -errno;
	return ret;
}

static int state_dump_raw(const struct files *files, const char *name,
			  const struct vgpu_device_content *c)
{
	FILE *out;
	int ret;

	ret = files_open(files, FILE_DUMP, name, &out);
	if (ret)
		return ret;
	fwrite(c->bytes, 1, c->size, out);
	ret = ferror(out) ? -EIO : 0;
	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

static int state_dump_part(struct state *s, uint32_t id, uint32_t level, uint32_t layer,
			   const struct vgpu_device_content *c, int error, void *data)
{
	const struct files *files = data;
	struct vgpu_device_picture picture;
	char name[64];

	if (error) {
		fprintf(stderr,
			"vgpu-replay: resource %" PRIu32 ", level %" PRIu32 ", layer %" PRIu32
			": %s\n",
			id, level, layer, strerror(-error));
		return 0;
	}
	if (!vgpu_device_content_picture(s->device, c, &picture)) {
		snprintf(name, sizeof(name),
			 "resource-%" PRIu32 "-level-%" PRIu32 "-layer-%" PRIu32 ".png", id, level,
			 layer);
		return png_save(files, FILE_DUMP, name, picture.rgba, picture.width,
				picture.height);
	}
	snprintf(name, sizeof(name), "resource-%" PRIu32 "-level-%" PRIu32 "-layer-%" PRIu32 ".raw",
		 id, level, layer);
	return state_dump_raw(files, name, c);
}

int state_choice_parse(struct state_choice *c, const char *text)
{
	uint32_t *numbers[] = { &c->id, &c->level, &c->layer };
	unsigned long n;
	char *end;
	size_t i;

	c->one = strchr(text, ':');
	if (!c->one)
		return choice_parse(&c->resources, text, false) ? -EINVAL : 0;
	for (i = 0; i < 3; i++) {
		errno = 0;
		n = strtoul(text, &end, 10);
		if (errno || *text < '0' || *text > '9' || n > UINT32_MAX ||
		    *end != (i < 2 ? ':' : '\0'))
			return -EINVAL;
		*numbers[i] = (uint32_t)n;
		text = end + 1;
	}
	return 0;
}

int state_dump(struct state *s, const struct files *files, const struct state_choice *choice)
{
	const struct vgpu_track_resource *r = NULL;
	struct vgpu_device_content c;
	void *data = (void *)(uintptr_t)files;
	int ret = 0;

	if (choice->one) {
		ret = vgpu_device_read_content(s->device, choice->id, choice->level, choice->layer,
					       &c);
		if (ret) {
			fprintf(stderr,
				"vgpu-replay: resource %" PRIu32 ", level %" PRIu32
				", layer %" PRIu32 ": %s\n",
				choice->id, choice->level, choice->layer,
				ret == -ENOENT ? "there is no such resource" : strerror(-ret));
			return 1;
		}
		return state_dump_part(s, choice->id, choice->level, choice->layer, &c, ret, data);
	}
	while (!ret && (r = vgpu_track_resource_next(s->track, r))) {
		if (choice_empty(&choice->resources) || choice_has(&choice->resources, r->id))
			ret = state_parts(s, r->id, state_dump_part, data);
	}
	return ret;
}
