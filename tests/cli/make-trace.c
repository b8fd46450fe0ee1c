/* SPDX-License-Identifier: MIT */
/*
 * Writes a synthetic trace with the public writer: two processes, a scanout, frames drawn in 2D.
 * usage: make-trace FILE|- [small|loss|big|unfinished|flushed]
 * The same bytes each time, but for what zstd's version changes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#define WIDTH   64
#define HEIGHT  32
#define PAGE    0x100000u
#define MS      1000000u
#define TEXT(s) (s), sizeof(s)

struct maker {
	struct vgpu_trace_writer *w;
	uint64_t now, id;
	uint32_t pid;
	uint64_t fence;
	int err;
};

static void note(struct maker *m, int err)
{
	if (err && !m->err)
		m->err = err;
}

/* A command and, `latency` ns later, its answer (0: none comes). */
static void command(struct maker *m, const void *request, size_t size, uint32_t response,
		    uint64_t latency)
{
	struct vgpu_trace_command c = {
		.id = ++m->id,
		.seqno = (uint32_t)m->id,
		.free_slots = 60,
		.pid = m->pid,
		.tid = m->pid,
		.response_size = VGPU_CTRL_HDR_SIZE,
		.request = request,
		.request_size = size,
	};
	uint8_t answer[VGPU_CTRL_HDR_SIZE];
	struct vgpu_ctrl_hdr hdr;

	note(m, vgpu_trace_write_command(m->w, m->now, &c));
	m->now += latency;
	if (!latency || vgpu_decode_ctrl_hdr(request, size, &hdr))
		return;
	hdr.type = response;
	vgpu_encode_ctrl_hdr(&hdr, answer, sizeof(answer));
	note(m,
	     vgpu_trace_write_response(
		     m->w, m->now,
		     &(struct vgpu_trace_response) {
			     .id = m->id, .response = answer, .response_size = sizeof(answer) }));
	m->now += MS / 100;
}

static struct vgpu_ctrl_hdr hdr_of(struct maker *m, uint32_t type, bool fenced)
{
	struct vgpu_ctrl_hdr hdr = { .type = type };

	if (fenced) {
		hdr.flags = VGPU_FLAG_FENCE;
		hdr.fence_id = ++m->fence;
	}
	return hdr;
}

static void set_up(struct maker *m)
{
	uint8_t wire[256];
	struct vgpu_resource_create_2d create = {
		.hdr = hdr_of(m, VGPU_CMD_RESOURCE_CREATE_2D, false),
		.resource_id = 1,
		.format = VGPU_FORMAT_B8G8R8X8_UNORM,
		.width = WIDTH,
		.height = HEIGHT,
	};
	struct vgpu_resource_attach_backing attach = {
		.hdr = hdr_of(m, VGPU_CMD_RESOURCE_ATTACH_BACKING, true),
		.resource_id = 1,
		.nr_entries = 1,
	};
	struct vgpu_mem_entry entry = { .addr = PAGE, .length = WIDTH * HEIGHT * 4 };
	struct vgpu_set_scanout scanout = {
		.hdr = hdr_of(m, VGPU_CMD_SET_SCANOUT, false),
		.r = { .width = WIDTH, .height = HEIGHT },
		.resource_id = 1,
	};

	vgpu_encode_resource_create_2d(&create, wire, sizeof(wire));
	command(m, wire, VGPU_RESOURCE_CREATE_2D_SIZE, VGPU_RESP_OK_NODATA, 40000);
	vgpu_encode_resource_attach_backing(&attach, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE,
			      sizeof(wire) - VGPU_RESOURCE_ATTACH_BACKING_SIZE);
	command(m, wire, VGPU_RESOURCE_ATTACH_BACKING_SIZE + VGPU_MEM_ENTRY_SIZE,
		VGPU_RESP_OK_NODATA, 50000);
	vgpu_encode_set_scanout(&scanout, wire, sizeof(wire));
	command(m, wire, VGPU_SET_SCANOUT_SIZE, VGPU_RESP_OK_NODATA, 30000);
}

static void draw_frame(struct maker *m, unsigned int n, uint32_t noise)
{
	uint8_t wire[256], line[WIDTH * 4];
	struct vgpu_transfer_to_host_2d transfer = {
		.hdr = hdr_of(m, VGPU_CMD_TRANSFER_TO_HOST_2D, true),
		.r = { .width = WIDTH, .height = HEIGHT },
		.resource_id = 1,
	};
	struct vgpu_resource_flush flush = {
		.hdr = hdr_of(m, VGPU_CMD_RESOURCE_FLUSH, n % 2),
		.r = { .width = WIDTH, .height = HEIGHT },
		.resource_id = 1,
	};
	uint64_t start = m->now;

	for (unsigned int y = 0; y < HEIGHT; y++) {
		for (unsigned int i = 0; i < sizeof(line); i++) {
			noise = noise * 1664525u + 1013904223u;
			line[i] = (uint8_t)(i % 4 == 3 ? 255 : (y + n) * 3 + (noise >> 30));
		}
		note(m, vgpu_trace_write_memory(
				m->w, m->now,
				&(struct vgpu_trace_memory) { .address = PAGE + y * sizeof(line),
							      .bytes = line,
							      .size = sizeof(line) }));
	}
	vgpu_encode_transfer_to_host_2d(&transfer, wire, sizeof(wire));
	command(m, wire, VGPU_TRANSFER_TO_HOST_2D_SIZE, VGPU_RESP_OK_NODATA, 200000 + 1000 * n);
	note(m,
	     vgpu_trace_write_stage(m->w, m->now,
				    &(struct vgpu_trace_stage) {
					    .id = m->id, .stage = VGPU_TRACE_STAGE_FENCE_SIGNAL }));
	vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
	command(m, wire, VGPU_RESOURCE_FLUSH_SIZE, VGPU_RESP_OK_NODATA, 300000 + 2000 * n);
	m->now = start + 16 * MS + (n % 10 == 9 ? 16 * MS : 0);
}

static void odd_ones(struct maker *m, bool loss)
{
	uint8_t wire[256];
	struct vgpu_resource_unref unref = {
		.hdr = hdr_of(m, VGPU_CMD_RESOURCE_UNREF, true),
		.resource_id = 77,
	};
	struct vgpu_update_cursor cursor = {
		.hdr = hdr_of(m, VGPU_CMD_MOVE_CURSOR, false),
		.pos = { .x = 10, .y = 20 },
	};
	struct vgpu_trace_command c = {
		.id = ++m->id,
		.queue = 1,
		.free_slots = UINT32_MAX,
		.pid = m->pid,
		.tid = m->pid,
		.request = wire,
		.request_size = VGPU_UPDATE_CURSOR_SIZE,
	};

	vgpu_encode_update_cursor(&cursor, wire, sizeof(wire));
	note(m, vgpu_trace_write_command(m->w, m->now, &c));
	vgpu_encode_resource_unref(&unref, wire, sizeof(wire));
	command(m, wire, VGPU_RESOURCE_UNREF_SIZE, VGPU_RESP_ERR_INVALID_RESOURCE_ID, 20000);
	if (!loss)
		return;
	unref.hdr.fence_id = ++m->fence;
	vgpu_encode_resource_unref(&unref, wire, sizeof(wire));
	command(m, wire, VGPU_RESOURCE_UNREF_SIZE, 0, 0); /* is never answered */
	note(m, vgpu_trace_write_lost(m->w, m->now,
				      &(struct vgpu_trace_lost) { .what = VGPU_TRACE_LOST_MEMORY,
								  .queue = UINT32_MAX,
								  .count = 3,
								  .bytes = 12288,
								  .first_ns = m->now - MS,
								  .last_ns = m->now,
								  .id = m->id }));
}

static void records(struct maker *m, unsigned int frames, bool loss, bool flush)
{
	static const char about[] = "source=synthetic\0recorder=make-trace\0kernel=6.1.0-test\0"
				    "machine=x86_64\0options=small";
	static const char device[] = "bus=0000:00:02.0\0pci=1af4:1050\0driver=virtio_gpu\0"
				     "features=VIRGL,EDID";
	struct vgpu_trace_header header = {
		.clock = 1,
		.file_id = "0123456789abcdef",
		.realtime_ns = 1700000000000000000u,
		.text = about,
		.text_size = sizeof(about),
	};

	m->now = 5000 * (uint64_t)MS;
	m->pid = 321;
	note(m, vgpu_trace_write_header(m->w, m->now, &header));
	note(m, vgpu_trace_write_device(m->w, m->now,
					&(struct vgpu_trace_device) { 0, TEXT(device) }));
	note(m, vgpu_trace_write_epoch(m->w, m->now, &(struct vgpu_trace_epoch) { 0, 0 }));
	note(m, vgpu_trace_write_process(m->w, m->now,
					 &(struct vgpu_trace_process) { 321, 321, "painter",
									TEXT("painter\0--fast") }));
	note(m, vgpu_trace_write_process(m->w, m->now,
					 &(struct vgpu_trace_process) { 322, 323, "cursor \"x\"",
									TEXT("cursor") }));
	note(m,
	     vgpu_trace_write_context(
		     m->w, m->now, &(struct vgpu_trace_context) { 1, 321, 321, 2, "painter", 7 }));
	note(m, vgpu_trace_write(m->w, 200, 0, m->now, "of the future", 13));
	set_up(m);
	for (unsigned int i = 0; i < frames; i++) {
		draw_frame(m, i, i);
		if (flush)
			note(m, vgpu_trace_writer_flush(m->w));
	}
	m->pid = 322;
	odd_ones(m, loss);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "small";
	struct vgpu_trace_writer_options options = { .frame_bytes = 32u << 10,
						     .frame_ms = 60000,
						     .flush_ms = 60000 };
	struct maker m = { 0 };
	int fd;

	if (argc < 2) {
		fputs("usage: make-trace FILE|- [small|loss|big|unfinished|flushed]\n", stderr);
		return 2;
	}
	if (strcmp(kind, "big") == 0)
		options.frame_bytes = 0;
	fd = strcmp(argv[1], "-") == 0
		     ? STDOUT_FILENO
		     : open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || vgpu_trace_writer_create(&m.w, fd, &options)) {
		perror(argv[1]);
		return 1;
	}
	records(&m, strcmp(kind, "big") == 0 ? 20000 : 20, strcmp(kind, "loss") == 0,
		strcmp(kind, "flushed") == 0);
	if (strcmp(kind, "unfinished") != 0)
		note(&m, vgpu_trace_writer_finish(m.w, m.now));
	vgpu_trace_writer_destroy(m.w);
	if (m.err || close(fd)) {
		fprintf(stderr, "make-trace: error %d\n", m.err);
		return 1;
	}
	return 0;
}
