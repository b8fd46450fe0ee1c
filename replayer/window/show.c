/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>

#include "report.h"

/* While it runs, the replay looks for orders so often, and shows pictures so often. */
#define SHOW_TICK_NS 16000000u
#define SHOW_CURSOR  (VGPU_DEVICE_CURSOR_MAX * VGPU_DEVICE_CURSOR_MAX * 4u)

void show_init(struct show *s, int socket, struct vgpu_device *device, uint64_t *begun_ns,
	       const struct window_order *begin, uint64_t break_draw)
{
	uint32_t i;

	*s = (struct show) { .socket = socket, .device = device, .begun_ns = begun_ns };
	for (i = 0; i < WINDOW_PICTURES; i++)
		s->pictures[i] = (struct show_picture) { .fd = -1, .on = begin };
	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++)
		s->cursors[i] = (struct show_picture) { .fd = -1, .on = begin };
	if (begin) {
		/* The window still has what the replay before showed. */
		s->stale = UINT32_MAX;
		s->moved = true;
		s->order = *begin;
	}
	/* Behind command 0 the replay is before it begins. */
	s->stop = !begin || (begin->kind == WINDOW_SEEK_COMMAND && !begin->value) ||
		  (begin->kind == WINDOW_SEEK_FRAME && !begin->value);
	s->at.kind = WINDOW_AT;
	s->break_draw = break_draw;
}

static void show_free(struct show_picture *p)
{
	if (p->map)
		munmap(p->map, p->room);
	if (p->fd >= 0)
		close(p->fd);
}

void show_finish(struct show *s)
{
	uint32_t i;

	if (!s->device)
		return;
	for (i = 0; i < WINDOW_PICTURES; i++)
		show_free(&s->pictures[i]);
	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++)
		show_free(&s->cursors[i]);
	target_finish(&s->target);
	free(s->piece);
}

static void show_send(struct show *s, const struct window_event *e, int fd)
{
	if (window_send_event(s->socket, e, fd) == -EPIPE)
		s->quit = true;
}

/* Pixels into the memory that the window sees, and word of it. Too large a picture is none. */
static void show_pixels(struct show *s, struct show_picture *p, size_t room, const uint8_t *rgba,
			struct window_event *e)
{
	size_t size = (size_t)e->width * e->height * 4;
	int fd = -1;

	if (e->width > WINDOW_PIXELS_MAX || e->height > WINDOW_PIXELS_MAX)
		size = 0;
	if (size > p->room) {
		show_free(p);
		*p = (struct show_picture) { .fd = -1, .on = p->on };
		room = size > room ? size : room;
		if (window_memory_create(room, &p->fd, &p->map))
			size = 0;
		else
			p->room = room;
		fd = p->fd;
	}
	if (size)
		memcpy(p->map, rgba, size);
	else
		e->width = e->height = 0;
	/* What was not on and is not on needs no word. */
	if (size || p->on)
		show_send(s, e, fd);
	p->on = size > 0;
}

static void show_scanout(struct show *s, uint32_t index)
{
	struct window_event e = { .kind = WINDOW_PICTURE, .index = index };
	struct vgpu_device_picture picture = { 0 };

	if (!vgpu_device_read(s->device, index, &picture)) {
		e.width = picture.width;
		e.height = picture.height;
	}
	show_pixels(s, &s->pictures[index], 0, picture.rgba, &e);
}

/* What the last draw went to; its rows begin where GL's do, at the bottom. */
static void show_target(struct show *s)
{
	struct window_event e = { .kind = WINDOW_PICTURE, .index = WINDOW_TARGET };
	const struct target_surface *t = target_find(&s->target, s->draw_ctx);
	struct vgpu_device_picture picture = { 0 };
	struct vgpu_device_content content;

	if (t &&
	    !vgpu_device_read_content(s->device, t->resource_id, t->level, t->layer, &content) &&
	    !vgpu_device_content_picture(s->device, &content, &picture)) {
		e.width = picture.width;
		e.height = picture.height;
	}
	show_pixels(s, &s->pictures[WINDOW_TARGET], 0, picture.rgba, &e);
}

static void show_cursors(struct show *s)
{
	struct vgpu_device_cursor c;
	struct window_event e;
	uint32_t i;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (!vgpu_device_cursor(s->device, i, &c))
			continue;
		e = (struct window_event) { .kind = WINDOW_CURSOR, .index = i, .x = c.x, .y = c.y };
		if (c.resource_id && c.rgba) {
			e.width = c.width;
			e.height = c.height;
		}
		show_pixels(s, &s->cursors[i], SHOW_CURSOR, c.rgba, &e);
	}
	s->moved = false;
}

/* All that the window does not have yet. */
static void show_stale(struct show *s)
{
	uint32_t i;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (s->stale >> i & 1)
			show_scanout(s, i);
	}
	s->stale = 0;
	if (s->moved)
		show_cursors(s);
}

static void show_place(struct show *s, enum window_event_kind kind)
{
	s->at.kind = kind;
	show_send(s, &s->at, -1);
	s->at.text[0] = '\0';
}

static bool show_seeks(const struct show *s)
{
	return s->order.kind == WINDOW_SEEK_FRAME || s->order.kind == WINDOW_SEEK_COMMAND;
}

static bool show_reached(const struct show *s)
{
	return (s->order.kind == WINDOW_SEEK_FRAME && s->at.frame >= s->order.value) ||
	       (s->order.kind == WINDOW_SEEK_COMMAND && s->at.command >= s->order.value);
}

/* A place that lies behind: this replay cannot go there. */
static bool show_is_back(const struct show *s)
{
	if (s->order.kind == WINDOW_SEEK_COMMAND)
		return s->order.value < s->at.command;
	return s->order.kind == WINDOW_SEEK_FRAME &&
	       (s->order.value < s->at.frame ||
		(s->order.value == s->at.frame && s->at.command > s->shown_command));
}

/* The order is carried out: show it, and wait for another. */
static void show_wait(struct show *s)
{
	/* Pictures are the renderer's work, which is watched; a pause is not. */
	*s->begun_ns = report_clock();
	s->at.kind = WINDOW_DUE;
	show_send(s, &s->at, -1);
	show_stale(s);
	if (s->pictures[WINDOW_TARGET].on)
		show_target(s);
	*s->begun_ns = 0;
	show_place(s, WINDOW_AT);
	do {
		if (s->quit || window_receive_order(s->socket, true, &s->order))
			s->quit = true;
	} while (!s->quit && s->order.kind == WINDOW_STOP);
	s->stop = false;
	s->looked_ns = report_clock();
}

int show_before(struct show *s, struct window_order *again)
{
	/* An order that asks for where it is already needs no step. */
	while (s->stop && !s->quit) {
		if (!s->leaves)
			show_wait(s);
		s->leaves = false;
		if (!s->quit && show_is_back(s)) {
			*again = s->order;
			return SHOW_AGAIN;
		}
		s->stop = !s->quit && show_reached(s);
	}
	return s->quit ? -EPIPE : 0;
}

/* The bytes [from, to) of a stream as a command of its own; the fence belongs to the last one. */
static void show_piece(struct show *s, const struct vgpu_trace_command *c, uint32_t from,
		       uint32_t to, bool last, struct vgpu_device_result *result)
{
	size_t size = VGPU_CMD_SUBMIT_SIZE + (size_t)(to - from);
	struct vgpu_cmd_submit submit;
	uint8_t *request;

	if (size > s->piece_room) {
		request = realloc(s->piece, size);
		if (!request)
			return;
		s->piece = request;
		s->piece_room = size;
	}
	vgpu_decode_cmd_submit(c->request, c->request_size, &submit);
	submit.size = to - from;
	if (!last)
		submit.hdr.flags &= ~(uint32_t)(VGPU_FLAG_FENCE | VGPU_FLAG_INFO_RING_IDX);
	vgpu_encode_cmd_submit(&submit, s->piece, size);
	memcpy(s->piece + VGPU_CMD_SUBMIT_SIZE, c->request + VGPU_CMD_SUBMIT_SIZE + from,
	       to - from);
	vgpu_device_execute(s->device, s->piece, size, result);
}

static bool show_failed(const struct vgpu_device_result *r)
{
	return r->verdict || r->response_type >= VGPU_RESP_ERR_UNSPEC;
}

/* Does anybody want to look behind this draw? */
static bool show_wants_draw(const struct show *s)
{
	return !s->quit && !s->stop &&
	       (s->order.kind == WINDOW_DRAW || (s->at.draw == s->break_draw && !show_seeks(s)));
}

/* In the middle of a stream, behind a draw. */
static void show_draw(struct show *s, const struct vgpu_trace_command *c, uint32_t ctx_id)
{
	s->at.command = c->id;
	s->at.type = VGPU_CMD_SUBMIT_3D;
	s->draw_ctx = ctx_id;
	s->stale |= s->lit;
	show_target(s);
	snprintf(s->at.text, sizeof(s->at.text), "draw %llu", (unsigned long long)s->at.draw);
	show_wait(s);
	*s->begun_ns = report_clock();
}

/* The first failure is the command's outcome, be it of a piece that is not the last. */
struct show_outcome {
	bool kept;
	struct vgpu_device_result result;
	char reason[160];
};

static void show_keep(struct show_outcome *o, const struct vgpu_device_result *r)
{
	if (o->kept || !show_failed(r))
		return;
	o->kept = true;
	o->result = *r;
	snprintf(o->reason, sizeof(o->reason), "%s", r->reason);
}

static void show_stream(struct show *s, const struct vgpu_trace_command *c,
			const struct vgpu_tail *stream, uint32_t ctx_id,
			struct vgpu_device_result *result)
{
	struct show_outcome first = { 0 };
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	uint32_t from = 0, end;

	vgpu_virgl_walk_init(&walk, stream->data, stream->size);
	while (vgpu_virgl_walk_next(&walk, &cmd) > 0) {
		target_command(&s->target, ctx_id, &cmd);
		if (cmd.opcode != VGPU_VIRGL_DRAW_VBO)
			continue;
		s->at.draw++;
		end = cmd.offset + 4 + cmd.length * 4;
		if (!show_wants_draw(s))
			continue;
		show_piece(s, c, from, end, false, result);
		show_keep(&first, result);
		from = end;
		show_draw(s, c, ctx_id);
		/* What goes back waits for the end of this stream; so does a seek to here. */
		s->leaves = show_is_back(s);
		s->stop = s->leaves || show_reached(s);
	}
	if (!from) {
		vgpu_device_execute(s->device, c->request, c->request_size, result);
		return;
	}
	show_piece(s, c, from, (uint32_t)stream->size, true, result);
	if (first.kept) {
		result->verdict = first.result.verdict;
		result->response_type = first.result.response_type;
		snprintf(s->reason, sizeof(s->reason), "%s", first.reason);
		result->reason = s->reason;
	}
}

void show_execute(struct show *s, const struct vgpu_trace_command *c,
		  struct vgpu_device_result *result)
{
	struct vgpu_cmd_submit submit;
	struct vgpu_tail stream;

	if (vgpu_decode_cmd_submit(c->request, c->request_size, &submit) ||
	    submit.hdr.type != VGPU_CMD_SUBMIT_3D ||
	    vgpu_request_tail(c->request, c->request_size, &stream))
		vgpu_device_execute(s->device, c->request, c->request_size, result);
	else
		show_stream(s, c, &stream, submit.hdr.ctx_id, result);
}

/* The order ends here, by what this command did. */
static bool show_is_done(const struct show *s, bool shown)
{
	switch (s->order.kind) {
	case WINDOW_MOMENT:
		return shown || s->moved;
	case WINDOW_FRAME:
		return shown;
	case WINDOW_COMMAND:
		return true;
	case WINDOW_STOP:
		return true;
	default:
		return show_reached(s);
	}
}

/* While it runs: is there an order, and is it time to show something? */
static void show_tick(struct show *s)
{
	uint64_t now = report_clock();
	struct window_order order;
	int ret;

	if (now - s->looked_ns < SHOW_TICK_NS)
		return;
	ret = window_receive_order(s->socket, false, &order);
	if (!ret)
		s->stop = true;
	else if (ret != -EAGAIN)
		s->quit = true;
	if (s->order.kind == WINDOW_FAST)
		show_stale(s);
	show_place(s, WINDOW_PASSING);
	s->looked_ns = report_clock();
}

static void show_cursor_command(struct show *s, uint32_t type)
{
	if (type == VGPU_CMD_UPDATE_CURSOR || type == VGPU_CMD_MOVE_CURSOR)
		s->moved = true;
}

void show_stop(struct show *s, const char *why)
{
	/* On the way to a place that was asked for, nothing else is. */
	if (show_seeks(s))
		return;
	snprintf(s->at.text, sizeof(s->at.text), "%s", why);
	s->stale |= s->lit;
	s->stop = true;
}

void show_command(struct show *s, const struct vgpu_trace_command *c, uint64_t time_ns,
		  const struct vgpu_device_result *result, uint64_t frames, const char *why)
{
	const struct vgpu_device_scanout *scanout;
	uint32_t i;

	s->at.command = c->id;
	s->at.type = result->type;
	s->at.time_ns = time_ns;
	s->at.frame = frames;
	show_cursor_command(s, result->type);
	if (result->type == VGPU_CMD_CTX_DESTROY || result->type == VGPU_CMD_CTX_CREATE)
		target_forget(&s->target, result->ctx_id);
	s->stale |= result->shown;
	s->lit |= result->shown;
	if (result->type == VGPU_CMD_SET_SCANOUT || result->type == VGPU_CMD_SET_SCANOUT_BLOB) {
		for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
			scanout = vgpu_device_scanout(s->device, i);
			if (scanout && !scanout->resource_id && s->lit >> i & 1) {
				s->lit &= ~(1u << i);
				s->stale |= 1u << i;
			}
		}
	}
	if (result->shown) {
		s->at.shown = (uint32_t)__builtin_popcount(result->shown);
		s->shown_command = c->id;
		s->shown_ns = time_ns;
		s->at.latency_ns = 0;
	}
	if (why)
		show_stop(s, why);
	if (show_is_done(s, result->shown))
		s->stop = true;
	/* Whoever looks at single commands wants to see what each of them did. */
	if (s->stop && (s->order.kind == WINDOW_COMMAND || s->order.kind == WINDOW_SEEK_COMMAND))
		s->stale |= s->lit;
	if (!s->stop)
		show_tick(s);
}

void show_response(struct show *s, uint64_t command, uint64_t time_ns)
{
	if (command != s->shown_command || !command || s->at.latency_ns)
		return;
	s->at.latency_ns = time_ns - s->shown_ns;
}

void show_reset(struct show *s)
{
	s->stale |= s->lit;
	s->lit = 0;
	s->moved = true;
	target_finish(&s->target);
}

void show_go(struct show *s, const struct window_order *order, uint64_t frames, uint64_t command,
	     uint64_t draws)
{
	const struct vgpu_device_scanout *scanout;
	uint32_t i;

	s->at = (struct window_event) {
		.kind = WINDOW_AT, .frame = frames, .command = command, .draw = draws
	};
	s->order = *order;
	s->shown_command = 0;
	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		scanout = vgpu_device_scanout(s->device, i);
		if (scanout && scanout->resource_id)
			s->lit |= 1u << i;
	}
	s->stale = UINT32_MAX;
	s->stop = show_reached(s);
}

void show_restored(struct show *s, const uint8_t *request, size_t size)
{
	struct vgpu_cmd_submit submit;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_tail stream;

	if (vgpu_decode_cmd_submit(request, size, &submit) ||
	    submit.hdr.type != VGPU_CMD_SUBMIT_3D || vgpu_request_tail(request, size, &stream))
		return;
	vgpu_virgl_walk_init(&walk, stream.data, stream.size);
	while (vgpu_virgl_walk_next(&walk, &cmd) > 0)
		target_command(&s->target, submit.hdr.ctx_id, &cmd);
}

int show_over(struct show *s, struct window_order *again)
{
	const struct window_event e = { .kind = WINDOW_END };

	show_send(s, &e, -1);
	do {
		if (s->quit || window_receive_order(s->socket, true, again))
			return 0;
	} while (again->kind != WINDOW_SEEK_FRAME && again->kind != WINDOW_SEEK_COMMAND);
	return SHOW_AGAIN;
}

void show_end(struct show *s)
{
	s->stale |= s->lit;
	s->moved = true;
	show_stale(s);
	show_place(s, WINDOW_PASSING);
}
