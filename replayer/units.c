/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/protocol.h>
#include <vgpu/virgl.h>

static int units_add(struct units *u, const struct vgpu_trace_record *r, uint64_t command)
{
	struct unit *list;

	if (u->count == u->room) {
		u->room = u->room ? u->room * 2 : 1024;
		list = realloc(u->list, u->room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		u->list = list;
	}
	u->list[u->count] = (struct unit) {
		.type = r->type,
		.flags = r->flags,
		.time_ns = r->time_ns,
		.body = malloc(r->body_size ? r->body_size : 1),
		.size = r->body_size,
		.command = command,
		.part = SIZE_MAX,
	};
	if (!u->list[u->count].body)
		return -ENOMEM;
	memcpy(u->list[u->count].body, r->body, r->body_size);
	u->count++;
	return 0;
}

/* The record as the parsers want it. */
static struct vgpu_trace_record unit_record(const struct unit *unit)
{
	return (struct vgpu_trace_record) {
		.type = unit->type,
		.flags = unit->flags,
		.time_ns = unit->time_ns,
		.body = unit->body,
		.body_size = unit->size,
	};
}

static uint64_t units_command_of(const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;
	struct vgpu_trace_response response;
	struct vgpu_trace_stage stage;

	if (!vgpu_trace_parse_command(r, &c))
		return c.id;
	if (!vgpu_trace_parse_response(r, &response))
		return response.id;
	return vgpu_trace_parse_stage(r, &stage) ? 0 : stage.id;
}

/* A mark for each record that can go; a command takes its answer and stages with it. */
static int units_mark(struct units *u)
{
	struct unit *unit;
	size_t i;

	for (i = 0; i < u->count; i++) {
		unit = &u->list[i];
		if (unit->type == VGPU_TRACE_COMMAND || unit->type == VGPU_TRACE_MEMORY ||
		    unit->type == VGPU_TRACE_SNAPSHOT)
			unit->part = u->parts++;
	}
	u->keep = malloc(u->parts ? u->parts : 1);
	if (!u->keep)
		return -ENOMEM;
	memset(u->keep, true, u->parts);
	return 0;
}

int units_read(struct units *u, const char *path, uint64_t last)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	bool past = false;
	uint64_t command;
	int ret, more;

	*u = (struct units) { 0 };
	ret = vgpu_trace_reader_open(&reader, path);
	if (ret)
		return ret;
	while (!ret && (more = vgpu_trace_reader_next(reader, &r))) {
		if (more < 0) {
			ret = more;
			break;
		}
		u->end_ns = r.time_ns;
		command = units_command_of(&r);
		past |= r.type == VGPU_TRACE_COMMAND && command > last;
		/* Behind the last command only answers to what is here. A second header: not ours. */
		if (r.type == VGPU_TRACE_END || (r.type == VGPU_TRACE_HEADER && u->count) ||
		    (past && (!command || command > last)))
			continue;
		ret = units_add(u, &r, command);
	}
	vgpu_trace_reader_close(reader);
	return ret ? ret : units_mark(u);
}

void units_finish(struct units *u)
{
	size_t i;

	for (i = 0; i < u->count; i++)
		free(u->list[i].body);
	free(u->list);
	free(u->keep);
	*u = (struct units) { 0 };
}

static bool unit_kept(const struct units *u, const struct unit *unit)
{
	return unit->part == SIZE_MAX || u->keep[unit->part];
}

/* The stream of a SUBMIT_3D; false for another command, or one that is cut. */
static bool unit_stream(const struct unit *unit, struct vgpu_trace_command *c,
			struct vgpu_tail *stream)
{
	struct vgpu_trace_record r = unit_record(unit);
	struct vgpu_ctrl_hdr hdr;

	return unit->type == VGPU_TRACE_COMMAND && !vgpu_trace_parse_command(&r, c) &&
	       !vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr) &&
	       hdr.type == VGPU_CMD_SUBMIT_3D &&
	       !vgpu_request_tail(c->request, c->request_size, stream);
}

int units_open_streams(struct units *u)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_trace_command c;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_tail stream;
	size_t i, count, parts = u->parts;
	bool *keep;

	for (i = 0; i < u->count; i++) {
		if (!unit_kept(u, &u->list[i]) || !unit_stream(&u->list[i], &c, &stream))
			continue;
		count = 0;
		vgpu_virgl_walk_init(&walk, stream.data, stream.size);
		while (vgpu_virgl_walk_next(&walk, &cmd))
			count++;
		/* What follows a command that is longer than its stream goes with it. */
		u->list[i].stream = parts;
		u->list[i].stream_count = count;
		parts += count;
	}
	keep = realloc(u->keep, parts ? parts : 1);
	if (!keep)
		return -ENOMEM;
	memset(keep + u->parts, true, parts - u->parts);
	u->keep = keep;
	u->parts = parts;
	return 0;
}

/* The COMMAND with what is kept of its stream. */
static int units_write_stream(const struct units *u, const struct unit *unit,
			      struct vgpu_trace_writer *w)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_trace_command c;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_cmd_submit submit;
	struct vgpu_tail stream;
	size_t n = 0, size = VGPU_CMD_SUBMIT_SIZE, bytes;
	uint8_t *request;
	int ret;

	unit_stream(unit, &c, &stream);
	request = malloc(c.request_size);
	if (!request)
		return -ENOMEM;
	vgpu_virgl_walk_init(&walk, stream.data, stream.size);
	while (n < unit->stream_count && vgpu_virgl_walk_next(&walk, &cmd)) {
		bytes = 4 + (size_t)cmd.available * 4;
		if (cmd.offset + bytes > stream.size)
			bytes = stream.size - cmd.offset;
		if (u->keep[unit->stream + n++]) {
			memcpy(request + size, stream.data + cmd.offset, bytes);
			size += bytes;
		}
	}
	vgpu_decode_cmd_submit(c.request, c.request_size, &submit);
	submit.size = (uint32_t)(size - VGPU_CMD_SUBMIT_SIZE);
	vgpu_encode_cmd_submit(&submit, request, c.request_size);
	c.request = request;
	c.request_size = size;
	ret = vgpu_trace_write_command(w, unit->time_ns, &c);
	free(request);
	return ret;
}

/* Answers and stages come behind their commands, most of them soon. */
static bool units_answer_kept(const struct units *u, size_t at)
{
	const struct unit *unit = &u->list[at];
	size_t i;

	for (i = at; i-- > 0;) {
		if (u->list[i].type == VGPU_TRACE_COMMAND && u->list[i].command == unit->command)
			return unit_kept(u, &u->list[i]);
	}
	return true;
}

int units_write(const struct units *u, int fd)
{
	const struct vgpu_trace_writer_options options = { .level = 1 };
	struct vgpu_trace_writer *w;
	const struct unit *unit;
	size_t i;
	int ret;

	ret = vgpu_trace_writer_create(&w, fd, &options);
	if (ret)
		return ret;
	for (i = 0; i < u->count && !ret; i++) {
		unit = &u->list[i];
		if (!unit_kept(u, unit) ||
		    (unit->type != VGPU_TRACE_COMMAND && unit->command && !units_answer_kept(u, i)))
			continue;
		if (unit->stream_count)
			ret = units_write_stream(u, unit, w);
		else
			ret = vgpu_trace_write(w, unit->type, unit->flags, unit->time_ns,
					       unit->body, unit->size);
	}
	if (!ret)
		ret = vgpu_trace_writer_finish(w, u->end_ns);
	vgpu_trace_writer_destroy(w);
	return ret;
}

size_t units_commands(const struct units *u)
{
	size_t i, n = 0;

	for (i = 0; i < u->count; i++)
		n += u->list[i].type == VGPU_TRACE_COMMAND && unit_kept(u, &u->list[i]);
	return n;
}

size_t units_stream_commands(const struct units *u)
{
	size_t i, j, n = 0;

	for (i = 0; i < u->count; i++) {
		for (j = 0; j < u->list[i].stream_count && unit_kept(u, &u->list[i]); j++)
			n += u->keep[u->list[i].stream + j];
	}
	return n;
}

static int units_put(void *data, const char *text, size_t size)
{
	return fwrite(text, 1, size, data) == size ? 0 : -EIO;
}

static void units_list_stream(const struct units *u, const struct unit *unit,
			      const struct vgpu_tail *stream, FILE *out)
{
	const struct vgpu_sink sink = { .write = units_put, .data = out };
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	size_t n;

	vgpu_virgl_walk_init(&walk, stream->data, stream->size);
	for (n = 0; n < unit->stream_count && vgpu_virgl_walk_next(&walk, &cmd); n++) {
		if (!u->keep[unit->stream + n])
			continue;
		fputs("\t", out);
		vgpu_virgl_text(&cmd, &sink);
		fputs("\n", out);
	}
}

void units_list(const struct units *u, FILE *out)
{
	const struct vgpu_sink sink = { .write = units_put, .data = out };
	struct vgpu_trace_command c;
	struct vgpu_trace_record r;
	struct vgpu_tail stream;
	const struct unit *unit;
	size_t i;

	for (i = 0; i < u->count; i++) {
		unit = &u->list[i];
		r = unit_record(unit);
		if (!unit_kept(u, unit) || vgpu_trace_parse_command(&r, &c))
			continue;
		fprintf(out, "%" PRIu64 "\t", c.id);
		vgpu_request_text(c.request, c.request_size, NULL, &sink);
		fputs("\n", out);
		if (unit->stream_count && unit_stream(unit, &c, &stream))
			units_list_stream(u, unit, &stream, out);
	}
}
