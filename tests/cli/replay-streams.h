/* SPDX-License-Identifier: MIT */
/* The kinds of make-replay-trace that speak to virgl contexts. */
#ifndef TESTS_REPLAY_STREAMS_H
#define TESTS_REPLAY_STREAMS_H

#include "replay-trace.h"

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

static void clears(uint32_t unstable)
{
	frames_3d_with(3, 5, unstable);
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

/* Between all of a 3D picture and the memory behind it. */
static void transfer_3d(uint32_t type)
{
	COMMAND(VGPU_RESP_OK_NODATA, transfer_host_3d, TRANSFER_HOST_3D,
		{ .hdr.type = type,
		  .hdr.flags = VGPU_FLAG_FENCE,
		  .hdr.ctx_id = 3,
		  .resource_id = 5,
		  .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
		  .stride = WIDTH * 4 });
}

static void copied(void)
{
	static const uint32_t clear[] = { HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0x3f800000, 0, 0, 0 };

	piles();
	attach(5, 0x5000000, WIDTH * HEIGHT * 4);
	transfer_3d(VGPU_CMD_TRANSFER_FROM_HOST_3D);
	submit(3, clear, sizeof(clear));
	flush(5);
	transfer_3d(VGPU_CMD_TRANSFER_TO_HOST_3D);
	flush(5);
}

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
static void read_back(uint32_t other)
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

/* Four contexts that clear, in turn; in the middle one of them gets a wrong stream. */
static void long_3d(uint32_t with_shader)
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
		if (i == 3000 && !with_shader)
			submit(ctx, dword, sizeof(dword));
		else if (i == 3000)
			submit(ctx, shader, sizeof(shader));
		else
			submit(ctx, clear, sizeof(clear));
		set_scanout(0, ctx);
	}
}

static void wrong_streams(void)
{
	static const uint32_t wrong[] = { HEADER(CLEAR, 0, 2), 0, 0 };

	submit(3, wrong, sizeof(wrong));
	submit(3, wrong, sizeof(wrong));
	COMMAND(VGPU_RESP_ERR_INVALID_SCANOUT_ID, set_scanout, SET_SCANOUT,
		{ .hdr.type = VGPU_CMD_SET_SCANOUT, .r = whole, .scanout_id = 99 });
}

#endif
