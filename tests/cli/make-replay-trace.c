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
 *   copied  piles, read back, a clear, and what was read back put back: its last picture
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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay-streams.h"
#include "replay-trace.h"

/* The third picture on scanout `last`. */
static void frames_2d(uint32_t last)
{
	uint8_t pixels[WIDTH * HEIGHT * 4];
	struct vgpu_trace_memory m = { .address = 0x12345000,
				       .bytes = pixels,
				       .size = sizeof(pixels) };
	uint32_t frame;

	create_2d(1, VGPU_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
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
	create_2d(2, VGPU_FORMAT_B8G8R8A8_UNORM, 8, 8);
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
		create_2d(id, VGPU_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT);
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

/* A recorder that was told to leave things out. */
static void snapped(void)
{
	/* A command of nine dwords, of which the first is here. */
	const uint32_t cut = VGPU_VIRGL_CLEAR | 8u << 16;
	struct vgpu_trace_lost lost = { .what = VGPU_TRACE_LOST_SNAP, .count = 1, .bytes = 12 };

	frames_3d(3, 5);
	lost.id = command_id + 1;
	vgpu_trace_write_lost(writer, now, &lost);
	submit(3, &cut, 1);
	submit(3, NULL, 0);
	lost.what = VGPU_TRACE_LOST_FILTER;
	lost.id = 0;
	vgpu_trace_write_lost(writer, now, &lost);
}

static void lose_three(uint32_t what)
{
	struct vgpu_trace_lost lost = { .what = what, .queue = UINT32_MAX, .count = 3 };

	vgpu_trace_write_lost(writer, now, &lost);
}

static void late(void)
{
	lose_three(VGPU_TRACE_LOST_BEFORE);
	flush(1);
	submit(9, NULL, 0);
	frames_3d(3, 5);
}

static void lossy(void)
{
	frames_2d(1);
	lose_three(VGPU_TRACE_LOST_MEMORY);
}

static void epoch(void)
{
	frames_2d(1);
	vgpu_trace_write_epoch(writer, now, &(struct vgpu_trace_epoch) { .reason = 2 });
	frames_2d(1);
}

static void fails(void)
{
	frames_3d(3, 5);
	wrong_streams();
}

static void capset(void)
{
	get_capset();
	frames_3d(3, 5);
}

static void known(void)
{
	known_device();
	frames_3d(3, 5);
}

/* As bad-renderer.so knows them. */
static void bad(uint32_t how)
{
	const uint32_t stream[] = { HEADER(NOP, 0, 1), how };

	frames_3d(3, 5);
	submit(3, stream, sizeof(stream));
	frames_3d(4, 6);
}

static const struct kind {
	const char *name;
	void (*make)(void);
	void (*make_as)(uint32_t how);
	uint32_t how;
} kinds[] = {
	{ "2d", NULL, frames_2d, 1 },
	{ "3d", NULL, clears, false },
	{ "other", NULL, clears, true },
	{ "fails", fails, NULL, 0 },
	{ "crash", NULL, bad, 0xbadc0de1 },
	{ "hang", NULL, bad, 0xbadc0de2 },
	{ "large", NULL, bad, 0xbadc0de3 },
	{ "slow", NULL, bad, 0xbadc0de5 },
	{ "errors", errors, NULL, 0 },
	{ "cursor", frames_cursor, NULL, 0 },
	{ "capset", capset, NULL, 0 },
	{ "draws", draws, NULL, 0 },
	{ "many", many, NULL, 0 },
	{ "piles", piles, NULL, 0 },
	{ "copied", copied, NULL, 0 },
	{ "readback", NULL, read_back, false },
	{ "readback-other", NULL, read_back, true },
	{ "known", known, NULL, 0 },
	{ "venus", frames_venus, NULL, 0 },
	{ "long-box", long_2d, NULL, 0 },
	{ "long-dword", NULL, long_3d, false },
	{ "long-shader", NULL, long_3d, true },
	{ "late", late, NULL, 0 },
	{ "snapped", snapped, NULL, 0 },
	{ "lossy", lossy, NULL, 0 },
	{ "epoch", epoch, NULL, 0 },
	{ "dialect", dialect, NULL, 0 },
};

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(name, kinds[i].name))
			return &kinds[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const char text[] = "source=synthetic\0vmm=hvisor 0.1";
	struct vgpu_trace_header header = { .clock = 1, .text = text, .text_size = 17 };
	const struct kind *kind = argc == 3 ? find_kind(argv[1]) : NULL;
	int fd;

	fd = kind ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
	if (fd < 0 || vgpu_trace_writer_create(&writer, fd, NULL)) {
		fprintf(stderr, "usage: make-replay-trace KIND FILE\n");
		return 2;
	}
	if (kind->make == errors)
		header.text_size = sizeof(text);
	vgpu_trace_write_header(writer, now, &header);
	if (kind->make)
		kind->make();
	else
		kind->make_as(kind->how);
	if (vgpu_trace_writer_finish(writer, now) || close(fd))
		return 1;
	vgpu_trace_writer_destroy(writer);
	return 0;
}
