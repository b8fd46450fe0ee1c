/* SPDX-License-Identifier: MIT */
/* What make-replay-trace makes its traces of: commands with their answers, virgl streams. */
#ifndef TESTS_REPLAY_TRACE_H
#define TESTS_REPLAY_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>
#include <vgpu/virgl.h>

#define WIDTH  32u
#define HEIGHT 16u

static struct vgpu_trace_writer *writer;
static uint64_t now = 1000000, command_id;
static const struct vgpu_trace_readback *readback; /* that the next command makes */
static bool echo = true;                           /* answers carry the fences of their requests */

/* A request, and the response that was recorded for it. */
static void command_answered(const void *wire, size_t size, const uint8_t *bytes,
			     uint32_t response_size)
{
	struct vgpu_trace_command c = { .id = command_id + 1,
					.seqno = (uint32_t)command_id + 1,
					.free_slots = UINT32_MAX,
					.response_size = response_size,
					.request = wire,
					.request_size = size };
	struct vgpu_trace_response r = { .id = command_id + 1,
					 .response = bytes,
					 .response_size = response_size };

	command_id++;
	vgpu_trace_write_command(writer, now += 1000, &c);
	if (readback)
		vgpu_trace_write_readback(writer, now, readback);
	vgpu_trace_write_response(writer, now += 500, &r);
}

static void command(const void *wire, size_t size, uint32_t response)
{
	struct vgpu_ctrl_hdr hdr = { .type = response }, request;
	uint8_t bytes[VGPU_CTRL_HDR_SIZE];

	if (echo && !vgpu_decode_ctrl_hdr(wire, size, &request)) {
		hdr.flags = request.flags;
		hdr.fence_id = request.fence_id;
		hdr.ctx_id = request.ctx_id;
	}
	vgpu_encode_ctrl_hdr(&hdr, bytes, sizeof(bytes));
	command_answered(wire, size, bytes, sizeof(bytes));
}

#define COMMAND(response, name, NAME, ...)                                          \
	do {                                                                        \
		struct vgpu_##name command_c = __VA_ARGS__;                         \
		uint8_t command_wire[VGPU_##NAME##_SIZE];                           \
		vgpu_encode_##name(&command_c, command_wire, sizeof(command_wire)); \
		command(command_wire, sizeof(command_wire), response);              \
	} while (0)

static const struct vgpu_rect whole = { 0, 0, WIDTH, HEIGHT };

static void create_2d(uint32_t id, uint32_t format, uint32_t width, uint32_t height)
{
	COMMAND(VGPU_RESP_OK_NODATA, resource_create_2d, RESOURCE_CREATE_2D,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		  .resource_id = id,
		  .format = format,
		  .width = width,
		  .height = height });
}

static void attach(uint32_t id, uint64_t address, uint32_t length)
{
	struct vgpu_resource_attach_backing c = { .hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
						  .resource_id = id,
						  .nr_entries = 1 };
	struct vgpu_mem_entry entry = { .addr = address, .length = length };
	uint8_t wire[VGPU_RESOURCE_ATTACH_BACKING_SIZE + VGPU_MEM_ENTRY_SIZE];

	vgpu_encode_resource_attach_backing(&c, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE,
			      VGPU_MEM_ENTRY_SIZE);
	command(wire, sizeof(wire), VGPU_RESP_OK_NODATA);
}

static void set_scanout(uint32_t scanout, uint32_t id)
{
	COMMAND(VGPU_RESP_OK_NODATA, set_scanout, SET_SCANOUT,
		{ .hdr.type = VGPU_CMD_SET_SCANOUT,
		  .r = whole,
		  .scanout_id = scanout,
		  .resource_id = id });
}

static void flush(uint32_t id)
{
	COMMAND(VGPU_RESP_OK_NODATA, resource_flush, RESOURCE_FLUSH,
		{ .hdr.type = VGPU_CMD_RESOURCE_FLUSH, .r = whole, .resource_id = id });
}

#define HEADER(cmd, object, length) \
	((uint32_t)(VGPU_VIRGL_##cmd) | (uint32_t)(object) << 8 | (uint32_t)(length) << 16)

static void submit(uint32_t ctx, const uint32_t *stream, uint32_t size)
{
	struct vgpu_cmd_submit c = { .hdr.type = VGPU_CMD_SUBMIT_3D,
				     .hdr.flags = VGPU_FLAG_FENCE,
				     .hdr.fence_id = command_id + 1,
				     .hdr.ctx_id = ctx,
				     .size = size };
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE + 2048];

	vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
	if (size)
		memcpy(wire + VGPU_CMD_SUBMIT_SIZE, stream, size);
	command(wire, VGPU_CMD_SUBMIT_SIZE + size, VGPU_RESP_OK_NODATA);
}

/* A stream under construction. */
struct stream {
	uint32_t dwords[512], count;
};

static void put(struct stream *s, const uint32_t *dwords, uint32_t count)
{
	memcpy(s->dwords + s->count, dwords, count * 4);
	s->count += count;
}
#define PUT(s, ...) \
	put(s, (const uint32_t[]) { __VA_ARGS__ }, sizeof((uint32_t[]) { __VA_ARGS__ }) / 4)

#endif
