/* SPDX-License-Identifier: MIT */
/*
 * Traces for the tests of vgpu-replay, hand-made: make-replay-trace KIND FILE.
 *   2d      three pictures on scanout 0, one of them on scanout 1 too
 *   3d      three clears in a virgl context
 *   fails   3d with a wrong stream, twice, recorded as OK, and a mistake recorded as one
 *   crash, hang, large, slow
 *           3d with a stream in its middle on which bad-renderer.so does that
 *   errors  2d with a mistake that was answered with another error than is usual, and fences
 *           that the answers do not carry; from a VMM that does so
 *   cursor  2d, a cursor on it that moves and goes away
 *   capset  3d by a guest that was promised GLSL 9.99
 *   draws   a virgl context that draws: red on the left, then green on the right
 *   many    3d with 1500 clears more, each another one
 *   piles   3d with 1500 writes of a pixel, on top of each other
 *   readback, readback-other
 *           3d whose last picture the guest reads back, as it is and with three other bytes
 *   known   the same, but that it was promised before the recording began
 *   venus   2d and a context that speaks Vulkan, whose blob is shown
 *   other   3d, the second clear of which bad-renderer.so makes another one in every run
 *   long-box, long-dword, long-shader
 *           10000 commands over several resources and contexts, one of which is wrong
 *   late    begins in the middle: uses a resource and a context that it never made
 *   snapped 3d, then a stream that was cut as the recorder was told to, and one behind it
 *   lossy   2d with a record of loss
 *   epoch   2d, a reset, 2d again with the same ids
 *   dialect Celadon's commands, features by their names there, and an EDID
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

/* The third picture on scanout `last`. */
static void frames_2d(uint32_t last)
{
	uint8_t pixels[WIDTH * HEIGHT * 4];
	struct vgpu_trace_memory m = { .address = 0x12345000,
				       .bytes = pixels,
				       .size = sizeof(pixels) };
	uint32_t frame;

	COMMAND(VGPU_RESP_OK_NODATA, resource_create_2d, RESOURCE_CREATE_2D,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		  .resource_id = 1,
		  .format = VGPU_FORMAT_B8G8R8X8_UNORM,
		  .width = WIDTH,
		  .height = HEIGHT });
	attach(1, m.address, sizeof(pixels));
	for (frame = 0; frame < 3; frame++) {
		memset(pixels, (int)(frame * 64 + 10), sizeof(pixels));
		vgpu_trace_write_memory(writer, now, &m);
		COMMAND(VGPU_RESP_OK_NODATA, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
			{ .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D, .r = whole, .resource_id = 1 });
		set_scanout(frame == 2 ? last : 0, 1);
		flush(1);
	}
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

/* `unstable`: the second picture's red is bad-renderer.so's to choose. */
static void frames_3d_with(uint32_t ctx, uint32_t id, bool unstable)
{
	uint32_t make[] = {
		HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SURFACE, 5),
		7,
		id,
		VGPU_FORMAT_B8G8R8X8_UNORM,
		0,
		0,
		HEADER(SET_FRAMEBUFFER_STATE, 0, 3),
		1,
		0,
		7,
	};
	uint32_t clear[] = {
		HEADER(NOP, 0, 1), 0, HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0x3f800000, 0, 0, 0,
	};
	uint32_t frame;

	COMMAND(VGPU_RESP_OK_NODATA, ctx_create, CTX_CREATE,
		{ .hdr.type = VGPU_CMD_CTX_CREATE, .hdr.ctx_id = ctx });
	COMMAND(VGPU_RESP_OK_NODATA, resource_create_3d, RESOURCE_CREATE_3D,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_3D,
		  .resource_id = id,
		  .target = 2,
		  .format = VGPU_FORMAT_B8G8R8X8_UNORM,
		  .bind = VGPU_BIND_RENDER_TARGET | VGPU_BIND_SCANOUT,
		  .width = WIDTH,
		  .height = HEIGHT,
		  .depth = 1,
		  .array_size = 1 });
	COMMAND(VGPU_RESP_OK_NODATA, ctx_resource, CTX_RESOURCE,
		{ .hdr.type = VGPU_CMD_CTX_ATTACH_RESOURCE, .hdr.ctx_id = ctx, .resource_id = id });
	submit(ctx, make, sizeof(make));
	set_scanout(0, id);
	for (frame = 0; frame < 3; frame++) {
		clear[1] = unstable && frame == 1 ? 0xbadc0de4 : 0;
		clear[4 + frame] = 0x3f800000; /* 1.0 */
		submit(ctx, clear, sizeof(clear));
		flush(id);
	}
}

static void frames_3d(uint32_t ctx, uint32_t id)
{
	frames_3d_with(ctx, id, false);
}

static void many(void)
{
	uint32_t clear[] = { HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0x3f800000, 0, 0, 0 };
	uint32_t i;

	frames_3d(3, 5);
	for (i = 0; i < 1500; i++) {
		clear[2] = 0x3f800000 - (i % 64 << 17);
		clear[3] = i / 64 << 24;
		submit(3, clear, sizeof(clear));
		flush(5);
	}
}

static void piles(void)
{
	uint32_t write[] = {
		HEADER(RESOURCE_INLINE_WRITE, 0, 12), 5, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0
	};
	uint32_t i;

	frames_3d(3, 5);
	for (i = 0; i < 1500; i++) {
		write[6] = i % WIDTH;
		write[7] = i / WIDTH % HEIGHT;
		write[12] = i * 0x9e3779b9;
		submit(3, write, sizeof(write));
		flush(5);
	}
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

static void put_shader(struct stream *s, uint32_t handle, uint32_t type, const char *text)
{
	uint32_t size = (uint32_t)strlen(text) + 1, dwords = (size + 3) / 4;

	PUT(s, HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SHADER, 5 + dwords), handle, type, size, 64,
	    0);
	memset(s->dwords + s->count, 0, dwords * 4);
	memcpy(s->dwords + s->count, text, size);
	s->count += dwords;
	PUT(s, HEADER(BIND_SHADER, 0, 2), handle, type);
}

/* A rectangle of the picture's height, in triangles: x, y, z, w of its corners, then its colour. */
static void put_corners(struct stream *s, float left, float right, float red, float green)
{
	const float x[4] = { left, left, right, right };
	float corner[8] = { 0, 0, 0, 1, red, green, 0, 1 };
	uint32_t i;

	for (i = 0; i < 4; i++) {
		corner[0] = x[i];
		corner[1] = i % 2 ? 1 : -1;
		memcpy(s->dwords + s->count, corner, sizeof(corner));
		s->count += 8;
	}
}

static void put_draw(struct stream *s, uint32_t first)
{
	PUT(s, HEADER(DRAW_VBO, 0, 12), first, 4, 5 /* a triangle strip */, 0, 1, 0, 0, 0, 0, 0,
	    UINT32_MAX, 0);
}

static void draws(void)
{
	const uint32_t one = 0x3f800000, bytes = 2 * 4 * 8 * 4;
	struct stream s = { .count = 0 };

	frames_3d(3, 5);
	COMMAND(VGPU_RESP_OK_NODATA, resource_create_3d, RESOURCE_CREATE_3D,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_3D,
		  .resource_id = 6,
		  .format = VGPU_FORMAT_R8_UNORM,
		  .bind = VGPU_BIND_VERTEX_BUFFER,
		  .width = bytes,
		  .height = 1,
		  .depth = 1,
		  .array_size = 1 });
	COMMAND(VGPU_RESP_OK_NODATA, ctx_resource, CTX_RESOURCE,
		{ .hdr.type = VGPU_CMD_CTX_ATTACH_RESOURCE, .hdr.ctx_id = 3, .resource_id = 6 });
	PUT(&s, HEADER(RESOURCE_INLINE_WRITE, 0, 11 + bytes / 4), 6, 0, 0, 0, 0, 0, 0, 0, bytes, 1,
	    1);
	put_corners(&s, -1, 0, 1, 0);
	put_corners(&s, 0, 1, 0, 1);
	put_shader(&s, 20, 0,
		   "VERT\nDCL IN[0]\nDCL IN[1]\nDCL OUT[0], POSITION\nDCL OUT[1], GENERIC[0]\n"
		   "0: MOV OUT[0], IN[0]\n1: MOV OUT[1], IN[1]\n2: END\n");
	put_shader(&s, 21, 1,
		   "FRAG\nDCL IN[0], GENERIC[0], PERSPECTIVE\nDCL OUT[0], COLOR\n"
		   "0: MOV OUT[0], IN[0]\n1: END\n");
	PUT(&s, HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS, 9), 22, 0, 0, 0,
	    VGPU_FORMAT_R32G32B32A32_FLOAT, 16, 0, 0, VGPU_FORMAT_R32G32B32A32_FLOAT);
	PUT(&s, HEADER(BIND_OBJECT, VGPU_VIRGL_OBJECT_VERTEX_ELEMENTS, 1), 22);
	PUT(&s, HEADER(SET_VERTEX_BUFFERS, 0, 3), 32, 0, 6);
	PUT(&s, HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_BLEND, 11), 23, 0, 0, 0xfu << 27, 0, 0, 0,
	    0, 0, 0, 0);
	PUT(&s, HEADER(BIND_OBJECT, VGPU_VIRGL_OBJECT_BLEND, 1), 23);
	PUT(&s, HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_DSA, 5), 24, 0, 0, 0, 0);
	PUT(&s, HEADER(BIND_OBJECT, VGPU_VIRGL_OBJECT_DSA, 1), 24);
	PUT(&s, HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_RASTERIZER, 9), 25, 1u << 29 | 2, one, 0, 0,
	    one, 0, 0, 0);
	PUT(&s, HEADER(BIND_OBJECT, VGPU_VIRGL_OBJECT_RASTERIZER, 1), 25);
	/* From -1 … 1 to the picture's pixels. */
	PUT(&s, HEADER(SET_VIEWPORT_STATE, 0, 7), 0, 0x41800000, 0x41000000, 0x3f000000, 0x41800000,
	    0x41000000, 0x3f000000);
	PUT(&s, HEADER(SET_FRAMEBUFFER_STATE, 0, 3), 1, 0, 7);
	PUT(&s, HEADER(CLEAR, 0, 8), 4, 0, 0, 0, one, 0, 0, 0);
	submit(3, s.dwords, s.count * 4);
	s.count = 0;
	put_draw(&s, 0);
	put_draw(&s, 4);
	submit(3, s.dwords, s.count * 4);
	flush(5);
}

/* The right half of the white picture; the recording has the first row of it. */
static void read_back(bool other)
{
	const uint64_t address = 0x5000000;
	uint8_t white[WIDTH * HEIGHT * 4];
	struct vgpu_trace_readback r = { .address = address + WIDTH * 2, .bytes = white };

	memset(white, 255, sizeof(white));
	if (other)
		memset(white + 5, 0x12, 3);
	frames_3d(3, 5);
	attach(5, address, sizeof(white));
	r.id = command_id + 1;
	r.size = WIDTH * 2;
	readback = &r;
	COMMAND(VGPU_RESP_OK_NODATA, transfer_host_3d, TRANSFER_HOST_3D,
		{ .hdr.type = VGPU_CMD_TRANSFER_FROM_HOST_3D,
		  .hdr.flags = VGPU_FLAG_FENCE,
		  .hdr.ctx_id = 3,
		  .resource_id = 5,
		  .box = { .x = WIDTH / 2, .w = WIDTH / 2, .h = HEIGHT, .d = 1 },
		  .stride = WIDTH * 4,
		  .offset = WIDTH * 2 });
	readback = NULL;
	flush(5);
}

static void errors(void)
{
	echo = false;
	frames_2d(0);
	COMMAND(VGPU_RESP_ERR_INVALID_PARAMETER, set_scanout, SET_SCANOUT,
		{ .hdr.type = VGPU_CMD_SET_SCANOUT, .r = whole, .scanout_id = 99 });
	COMMAND(VGPU_RESP_OK_NODATA, resource_flush, RESOURCE_FLUSH,
		{ .hdr = { .type = VGPU_CMD_RESOURCE_FLUSH,
			   .flags = VGPU_FLAG_FENCE,
			   .fence_id = 1 },
		  .r = whole,
		  .resource_id = 1 });
	COMMAND(VGPU_RESP_ERR_UNSPEC, update_cursor, UPDATE_CURSOR,
		{ .hdr.type = VGPU_CMD_UPDATE_CURSOR });
}

static void cursor(uint32_t type, uint32_t id, uint32_t x, uint32_t y)
{
	COMMAND(VGPU_RESP_OK_NODATA, update_cursor, UPDATE_CURSOR,
		{ .hdr.type = type, .pos = { .x = x, .y = y }, .resource_id = id });
}

/* 8 x 8, half transparent white. */
static void frames_cursor(void)
{
	uint8_t pixels[8 * 8 * 4];
	struct vgpu_trace_memory m = { .address = 0x7000, .bytes = pixels, .size = sizeof(pixels) };

	memset(pixels, 0x80, sizeof(pixels));
	frames_2d(0);
	COMMAND(VGPU_RESP_OK_NODATA, resource_create_2d, RESOURCE_CREATE_2D,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
		  .resource_id = 2,
		  .format = VGPU_FORMAT_B8G8R8A8_UNORM,
		  .width = 8,
		  .height = 8 });
	attach(2, m.address, sizeof(pixels));
	vgpu_trace_write_memory(writer, now, &m);
	COMMAND(VGPU_RESP_OK_NODATA, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
		{ .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D, .r = { 0, 0, 8, 8 }, .resource_id = 2 });
	cursor(VGPU_CMD_UPDATE_CURSOR, 2, 0, 0);
	flush(1);
	cursor(VGPU_CMD_MOVE_CURSOR, 2, (uint32_t)-4, 12);
	flush(1);
	cursor(VGPU_CMD_UPDATE_CURSOR, 0, 0, 0);
	flush(1);
}

#define CAPSET_SIZE 1376

/* glsl_level stands behind max_version, 4 masks of formats, bset */
static void promise(uint8_t *capset)
{
	capset[4 + 4 * 64 + 4] = 999 & 0xff;
	capset[4 + 4 * 64 + 5] = 999 >> 8;
}

static void get_capset(void)
{
	struct vgpu_get_capset c = { .hdr.type = VGPU_CMD_GET_CAPSET, .capset_id = 2 };
	struct vgpu_ctrl_hdr hdr = { .type = VGPU_RESP_OK_CAPSET };
	uint8_t wire[VGPU_GET_CAPSET_SIZE], answer[VGPU_CTRL_HDR_SIZE + CAPSET_SIZE] = { 0 };

	vgpu_encode_get_capset(&c, wire, sizeof(wire));
	vgpu_encode_ctrl_hdr(&hdr, answer, sizeof(answer));
	promise(answer + VGPU_CTRL_HDR_SIZE);
	command_answered(wire, sizeof(wire), answer, sizeof(answer));
}

/* A device that the driver had asked for everything: two scanouts, an EDID, two capsets. */
static void known_device(void)
{
	static const char head[] = "name=virtio4\0features=0x130000013\0scanout-0=1280x800+0+0\0"
				   "scanout-1=off\0edid-0=00ffffffffffff00\0edid-1=junk\0"
				   "capset-1=1 308\0capset-2=2 1376\0capset-2-v2=";
	char text[sizeof(head) + 2 * CAPSET_SIZE + 1];
	struct vgpu_trace_device d = { .text = text, .text_size = sizeof(text) - 1 };
	uint8_t capset[CAPSET_SIZE] = { 0 };

	promise(capset);
	memcpy(text, head, sizeof(head));
	for (size_t i = 0; i < CAPSET_SIZE; i++)
		snprintf(text + sizeof(head) - 1 + 2 * i, 3, "%02x", capset[i]);
	vgpu_trace_write_device(writer, now, &d);
	for (uint32_t i = 0; i < 3; i++) {
		static const uint32_t capsets[] = { 0, VGPU_CAPSET_VENUS, 99 };
		struct vgpu_trace_context c = { .ctx_id = i + 1, .pid = 7, .capset = capsets[i] };

		vgpu_trace_write_context(writer, now, &c);
	}
}

static void frames_venus(void)
{
	frames_2d(1);
	COMMAND(VGPU_RESP_OK_NODATA, ctx_create, CTX_CREATE,
		{ .hdr.type = VGPU_CMD_CTX_CREATE, .hdr.ctx_id = 3, .context_init = 4 });
	COMMAND(VGPU_RESP_OK_NODATA, resource_create_blob, RESOURCE_CREATE_BLOB,
		{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_BLOB,
		  .hdr.ctx_id = 3,
		  .resource_id = 7,
		  .blob_mem = VGPU_BLOB_MEM_HOST3D,
		  .blob_id = 1,
		  .size = 4096 });
	COMMAND(VGPU_RESP_OK_MAP_INFO, resource_map_blob, RESOURCE_MAP_BLOB,
		{ .hdr.type = VGPU_CMD_RESOURCE_MAP_BLOB, .resource_id = 7 });
	submit(3, NULL, 0);
}

/* Four resources, shown in turn. One transfer in the middle goes beyond its own. */
static void long_2d(void)
{
	uint8_t pixels[WIDTH * HEIGHT * 4];
	struct vgpu_trace_memory m = { .bytes = pixels, .size = sizeof(pixels) };
	uint32_t id, i;

	for (id = 1; id <= 4; id++) {
		COMMAND(VGPU_RESP_OK_NODATA, resource_create_2d, RESOURCE_CREATE_2D,
			{ .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
			  .resource_id = id,
			  .format = VGPU_FORMAT_B8G8R8X8_UNORM,
			  .width = WIDTH,
			  .height = HEIGHT });
		attach(id, id << 16, sizeof(pixels));
	}
	for (i = 0; command_id < 10000; i++) {
		id = 1 + i % 4;
		m.address = id << 16;
		memset(pixels, (int)i, sizeof(pixels));
		vgpu_trace_write_memory(writer, now, &m);
		COMMAND(VGPU_RESP_OK_NODATA, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
			{ .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D,
			  .r = { i == 2000, 0, WIDTH, HEIGHT },
			  .resource_id = id });
		set_scanout(0, id);
		flush(id);
	}
}

/* Four contexts that clear, in turn; in the middle one of them gets a wrong stream. */
static void long_3d(const char *kind)
{
	uint32_t clear[] = { HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0x3f800000, 0, 0, 0 };
	static const uint32_t dword[] = {
		HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0x3f800000, 0, 0, 0, 0x00c0ffee,
	};
	/* A fragment shader of 8 bytes of text, which is none. */
	static const uint32_t shader[] = {
		HEADER(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SHADER, 7),
		99,
		1,
		8,
		2,
		0,
		0x6c6c7546,
		0x00656d20,
	};
	uint32_t ctx, i;

	for (ctx = 1; ctx <= 4; ctx++)
		frames_3d(ctx, ctx);
	for (i = 0; command_id < 10000; i++) {
		ctx = 1 + i % 4;
		clear[2] = i;
		if (i == 3000 && !strcmp(kind, "long-dword"))
			submit(ctx, dword, sizeof(dword));
		else if (i == 3000)
			submit(ctx, shader, sizeof(shader));
		else
			submit(ctx, clear, sizeof(clear));
		set_scanout(0, ctx);
	}
}

/* What bad-renderer.so falls over: a NOP that says how. */
static void bad_stream(const char *kind)
{
	uint32_t stream[] = { HEADER(NOP, 0, 1), 0xbadc0de1 };

	if (!strcmp(kind, "hang"))
		stream[1]++;
	if (!strcmp(kind, "large"))
		stream[1] += 2;
	if (!strcmp(kind, "slow"))
		stream[1] += 4;
	submit(3, stream, sizeof(stream));
}

static void wrong_streams(void)
{
	static const uint32_t wrong[] = { HEADER(CLEAR, 0, 2), 0, 0 };

	submit(3, wrong, sizeof(wrong));
	submit(3, wrong, sizeof(wrong));
	COMMAND(VGPU_RESP_ERR_INVALID_SCANOUT_ID, set_scanout, SET_SCANOUT,
		{ .hdr.type = VGPU_CMD_SET_SCANOUT, .r = whole, .scanout_id = 99 });
}

/* EDID 1.3 of no display in particular: header, maker "ABC", no extension, checksum. */
static void edid(void)
{
	struct vgpu_resp_edid e = { .hdr.type = VGPU_RESP_OK_EDID,
				    .size = 1024,
				    .edid = { 0,    255,  255, 255,  255,  255, 255, 0,
					      0x04, 0x43, 6,   0xf2, 1,    0,   0,   0,
					      1,    17,   1,   3,    0x80, 32,  24 } };
	static uint8_t request[VGPU_CMD_GET_EDID_SIZE] = { VGPU_CMD_GET_EDID & 0xff, 1 };
	static uint8_t wire[VGPU_RESP_EDID_SIZE];
	struct vgpu_trace_command c = { .id = command_id + 1,
					.seqno = (uint32_t)command_id + 1,
					.response_size = sizeof(wire),
					.request = request,
					.request_size = sizeof(request) };
	struct vgpu_trace_response r = { .id = command_id + 1,
					 .response = wire,
					 .response_size = sizeof(wire) };
	uint8_t sum = 0;

	for (unsigned int i = 0; i < 127; i++)
		sum = (uint8_t)(sum + e.edid[i]);
	e.edid[127] = (uint8_t)-sum;
	vgpu_encode_resp_edid(&e, wire, sizeof(wire));
	command_id++;
	vgpu_trace_write_command(writer, now += 1000, &c);
	vgpu_trace_write_response(writer, now += 500, &r);
}

static void dialect(void)
{
	static const char text[] = "features=VIRGL,EDID,SCALING";
	struct vgpu_trace_device device = { .text = text, .text_size = sizeof(text) };

	vgpu_trace_write_device(writer, now, &device);
	COMMAND(VGPU_RESP_OK_NODATA, set_scaling, SET_SCALING,
		{ .hdr.type = VGPU_CELADON_CMD_SET_SCALING, .dst = whole });
	COMMAND(VGPU_RESP_OK_NODATA, set_modifier, SET_MODIFIER,
		{ .hdr.type = VGPU_CELADON_CMD_SET_MODIFIER });
	edid();
}

int main(int argc, char **argv)
{
	struct vgpu_trace_lost lost = { .what = VGPU_TRACE_LOST_MEMORY,
					.queue = UINT32_MAX,
					.count = 3 };
	struct vgpu_trace_epoch epoch = { .reason = 2 };
	static const char text[] = "source=synthetic\0vmm=hvisor 0.1";
	struct vgpu_trace_header header = { .clock = 1, .text = text, .text_size = 17 };
	const char *kind = argc == 3 ? argv[1] : "";
	/* A command of nine dwords, of which the first is here. */
	const uint32_t cut = VGPU_VIRGL_CLEAR | 8u << 16;
	int fd;

	fd = argc == 3 ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
	if (fd < 0 || vgpu_trace_writer_create(&writer, fd, NULL)) {
		fprintf(stderr, "usage: make-replay-trace KIND FILE\n");
		return 2;
	}
	if (!strcmp(kind, "errors"))
		header.text_size = sizeof(text);
	vgpu_trace_write_header(writer, now, &header);
	if (!strcmp(kind, "3d") || !strcmp(kind, "fails")) {
		frames_3d(3, 5);
		if (!strcmp(kind, "fails"))
			wrong_streams();
	} else if (!strcmp(kind, "errors")) {
		errors();
	} else if (!strcmp(kind, "long-box")) {
		long_2d();
	} else if (!strncmp(kind, "long-", 5)) {
		long_3d(kind);
	} else if (!strcmp(kind, "other")) {
		frames_3d_with(3, 5, true);
	} else if (!strcmp(kind, "draws")) {
		draws();
	} else if (!strcmp(kind, "piles")) {
		piles();
	} else if (!strcmp(kind, "many")) {
		many();
	} else if (!strncmp(kind, "readback", 8)) {
		read_back(kind[8]);
	} else if (!strcmp(kind, "capset")) {
		get_capset();
		frames_3d(3, 5);
	} else if (!strcmp(kind, "known")) {
		known_device();
		frames_3d(3, 5);
	} else if (!strcmp(kind, "venus")) {
		frames_venus();
	} else if (!strcmp(kind, "dialect")) {
		dialect();
	} else if (!strcmp(kind, "cursor")) {
		frames_cursor();
	} else if (!strcmp(kind, "crash") || !strcmp(kind, "hang") || !strcmp(kind, "large") ||
		   !strcmp(kind, "slow")) {
		frames_3d(3, 5);
		bad_stream(kind);
		frames_3d(4, 6);
	} else if (!strcmp(kind, "snapped")) {
		frames_3d(3, 5);
		lost = (struct vgpu_trace_lost) {
			.what = VGPU_TRACE_LOST_SNAP, .count = 1, .bytes = 12, .id = command_id + 1
		};
		vgpu_trace_write_lost(writer, now, &lost);
		submit(3, &cut, 1);
		submit(3, NULL, 0);
		lost.what = VGPU_TRACE_LOST_FILTER;
		lost.id = 0;
		vgpu_trace_write_lost(writer, now, &lost);
	} else if (!strcmp(kind, "late")) {
		lost.what = VGPU_TRACE_LOST_BEFORE;
		vgpu_trace_write_lost(writer, now, &lost);
		flush(1);
		submit(9, NULL, 0);
		frames_3d(3, 5);
	} else {
		frames_2d(1);
		if (!strcmp(kind, "lossy"))
			vgpu_trace_write_lost(writer, now, &lost);
		if (!strcmp(kind, "epoch")) {
			vgpu_trace_write_epoch(writer, now, &epoch);
			frames_2d(1);
		}
	}
	if (vgpu_trace_writer_finish(writer, now) || close(fd))
		return 1;
	vgpu_trace_writer_destroy(writer);
	return 0;
}
