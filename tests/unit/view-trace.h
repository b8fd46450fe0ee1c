/* SPDX-License-Identifier: MIT */
/* A synthetic trace for the viewer's tests: two scanouts, two contexts, losses, wild latencies. */
#ifndef TEST_VIEW_TRACE_H
#define TEST_VIEW_TRACE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/stats.h>
#include <vgpu/trace.h>

#define VIEW_TRACE_WIDTH  32u
#define VIEW_TRACE_HEIGHT 20u
#define VIEW_TRACE_PAGE   0x40000u

struct view_trace {
	struct vgpu_trace_writer *w;
	uint64_t now, id;
	uint32_t random;
	/* Answers that are still to come, in no order. */
	struct {
		uint64_t id, at;
		uint32_t type;
	} open[8];
	unsigned int open_count;
	bool only_2d;
};

static inline uint32_t view_trace_random(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*state * below >> 32);
}

/* Write the answers that are due at `now`, or all. */
static inline void view_trace_answer(struct view_trace *t, bool all)
{
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	unsigned int i, next;

	for (;;) {
		next = t->open_count;
		for (i = 0; i < t->open_count; i++) {
			if ((all || t->open[i].at <= t->now) &&
			    (next == t->open_count || t->open[i].at < t->open[next].at))
				next = i;
		}
		if (next == t->open_count)
			return;
		if (t->open[next].at > t->now)
			t->now = t->open[next].at;
		vgpu_encode_ctrl_hdr(&(struct vgpu_ctrl_hdr) { .type = t->open[next].type }, wire,
				     sizeof(wire));
		assert_int_equal(
			vgpu_trace_write_response(t->w, t->open[next].at,
						  &(struct vgpu_trace_response) {
							  t->open[next].id, wire, sizeof(wire) }),
			0);
		t->open[next] = t->open[--t->open_count];
	}
}

static inline void view_trace_command(struct view_trace *t, const void *request, size_t size,
				      uint32_t queue, bool answered)
{
	struct vgpu_trace_command c = {
		.id = ++t->id,
		.queue = queue,
		.response_size = queue ? 0 : VGPU_CTRL_HDR_SIZE,
		.request = request,
		.request_size = size,
	};

	if (t->open_count == 8)
		view_trace_answer(t, true);
	view_trace_answer(t, false);
	assert_int_equal(vgpu_trace_write_command(t->w, t->now, &c), 0);
	if (!answered)
		return;
	t->open[t->open_count].id = t->id;
	/* From microseconds to tens of milliseconds. */
	t->open[t->open_count].at =
		t->now + 1000 +
		view_trace_random(&t->random, 1000u << view_trace_random(&t->random, 15));
	t->open[t->open_count++].type = view_trace_random(&t->random, 20) ? VGPU_RESP_OK_NODATA
									  : VGPU_RESP_ERR_UNSPEC;
}

static inline struct vgpu_ctrl_hdr view_trace_hdr(struct view_trace *t, uint32_t type, uint32_t ctx)
{
	bool fenced = view_trace_random(&t->random, 2);

	return (struct vgpu_ctrl_hdr) { .type = type,
					.flags = fenced ? VGPU_FLAG_FENCE : 0,
					.fence_id = fenced ? t->id + 1 : 0,
					.ctx_id = ctx };
}

#define VIEW_TRACE_SEND(t, name, ID, ...)                                         \
	do {                                                                      \
		struct vgpu_##name in_ = __VA_ARGS__;                             \
		uint8_t wire_[512] = { 0 };                                       \
		vgpu_encode_##name(&in_, wire_, sizeof(wire_));                   \
		view_trace_command(t, wire_, VGPU_##ID##_SIZE + extra_, 0, true); \
	} while (0)

/* Resource `id` with `id` in all its pixels, shown on a scanout. */
static inline void view_trace_scanout(struct view_trace *t, uint32_t id, uint32_t scanout)
{
	struct vgpu_rect r = { 0, 0, VIEW_TRACE_WIDTH, VIEW_TRACE_HEIGHT };
	struct vgpu_resource_attach_backing attach = { .resource_id = id, .nr_entries = 1 };
	struct vgpu_mem_entry entry = { .addr = VIEW_TRACE_PAGE * id,
					.length = VIEW_TRACE_WIDTH * VIEW_TRACE_HEIGHT * 4 };
	uint8_t wire[128];
	size_t extra_ = 0;

	VIEW_TRACE_SEND(t, resource_create_2d, RESOURCE_CREATE_2D,
			{ .hdr = view_trace_hdr(t, VGPU_CMD_RESOURCE_CREATE_2D, 0),
			  .resource_id = id,
			  .format = VGPU_FORMAT_B8G8R8X8_UNORM,
			  .width = VIEW_TRACE_WIDTH,
			  .height = VIEW_TRACE_HEIGHT });
	attach.hdr = view_trace_hdr(t, VGPU_CMD_RESOURCE_ATTACH_BACKING, 0);
	vgpu_encode_resource_attach_backing(&attach, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE, 16);
	view_trace_command(t, wire, VGPU_RESOURCE_ATTACH_BACKING_SIZE + 16, 0, true);
	VIEW_TRACE_SEND(t, set_scanout, SET_SCANOUT,
			{ .hdr = view_trace_hdr(t, VGPU_CMD_SET_SCANOUT, 0),
			  .r = r,
			  .scanout_id = scanout,
			  .resource_id = id });
}

/* Frame `n`: blue, green and red are n, 2 × n and 3 × n. */
static inline void view_trace_frame(struct view_trace *t, uint32_t id, uint32_t n)
{
	struct vgpu_rect r = { 0, 0, VIEW_TRACE_WIDTH, VIEW_TRACE_HEIGHT };
	uint8_t pixels[VIEW_TRACE_WIDTH * VIEW_TRACE_HEIGHT * 4];
	size_t i, extra_ = 0;

	for (i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)(i % 4 == 3 ? 0 : n * (i % 4 + 1));
	assert_int_equal(
		vgpu_trace_write_memory(t->w, t->now,
					&(struct vgpu_trace_memory) { 0, VIEW_TRACE_PAGE * id,
								      pixels, sizeof(pixels) }),
		0);
	VIEW_TRACE_SEND(t, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
			{ .hdr = view_trace_hdr(t, VGPU_CMD_TRANSFER_TO_HOST_2D, 0),
			  .r = r,
			  .resource_id = id });
	if (!t->only_2d) {
		uint32_t bytes = 4 * view_trace_random(&t->random, 8);

		extra_ = bytes;
		VIEW_TRACE_SEND(t, cmd_submit, CMD_SUBMIT,
				{ .hdr = view_trace_hdr(t, VGPU_CMD_SUBMIT_3D,
							1 + view_trace_random(&t->random, 2)),
				  .size = bytes });
		extra_ = 0;
	}
	t->now += view_trace_random(&t->random, 3000000);
	VIEW_TRACE_SEND(t, resource_flush, RESOURCE_FLUSH,
			{ .hdr = view_trace_hdr(t, VGPU_CMD_RESOURCE_FLUSH, 0),
			  .r = r,
			  .resource_id = id });
	t->now += 10000000 + view_trace_random(&t->random, 20) * 1000000;
}

static inline void view_trace_begin(struct view_trace *t, uint64_t now)
{
	static const char text[] =
		"source=synthetic\0kernel=Linux 6.1.0-test #1 SMP\0machine=x86_64";
	struct vgpu_trace_header h = {
		.major = VGPU_TRACE_VERSION_MAJOR,
		.clock = 1,
		.text = text,
		.text_size = sizeof(text),
	};
	struct vgpu_trace_context c = { 1, 10, 10, 2, "pain\xffter", 8 };

	t->now = now;
	t->open_count = 0;
	assert_int_equal(vgpu_trace_write_header(t->w, now, &h), 0);
	if (!t->only_2d)
		assert_int_equal(vgpu_trace_write_context(t->w, now, &c), 0);
}

/* The whole file; the path is a mkstemp() template. `again`: a second, earlier trace behind it. */
static inline void view_trace_make(char *path, uint32_t seed, uint32_t frames, bool only_2d,
				   bool again)
{
	struct view_trace t = { .random = seed, .only_2d = only_2d };
	int fd = mkstemp(path);
	uint32_t i, round;

	assert_true(fd >= 0);
	for (round = 0; round < 1u + again; round++) {
		assert_int_equal(vgpu_trace_writer_create(&t.w, fd, NULL), 0);
		t.id = 0;
		view_trace_begin(&t, 5000000000u - round * 2000000000u);
		view_trace_scanout(&t, 1, 0);
		view_trace_scanout(&t, 2, 1);
		for (i = 0; i < frames; i++) {
			view_trace_frame(&t, i % 5 == 4 ? 2 : 1, i);
			if (i % 7 == 3) {
				uint8_t wire[VGPU_UPDATE_CURSOR_SIZE] = { 0 };
				struct vgpu_update_cursor u = { .hdr.type = VGPU_CMD_MOVE_CURSOR };

				vgpu_encode_update_cursor(&u, wire, sizeof(wire));
				view_trace_command(&t, wire, sizeof(wire), 1, i % 2);
			}
		}
		if (!only_2d) {
			struct vgpu_trace_lost lost = { .what = VGPU_TRACE_LOST_COMMANDS,
							.count = 3,
							.first_ns = t.now - 5000000,
							.last_ns = t.now };

			assert_int_equal(vgpu_trace_write_lost(t.w, t.now, &lost), 0);
		}
		view_trace_answer(&t, true);
		assert_int_equal(vgpu_trace_writer_finish(t.w, t.now), 0);
		vgpu_trace_writer_destroy(t.w);
	}
	close(fd);
}

#endif
