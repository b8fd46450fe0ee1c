/* SPDX-License-Identifier: MIT */
/*
 * Writes a trace with much going on at once, for statistics: three processes, virgl contexts, a few
 * commands in flight that are answered out of order, errors, lost answers, stalls, ids of resources
 * that are used again, two scanouts. Pseudo-random, but the same bytes each time.
 * usage: make-busy-trace FILE [COMMANDS [waits]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>
#include <vgpu/virgl-codec.h>

#define US       1000u
#define MS       1000000u
#define FLYING   12
#define CONTEXTS 4

struct flight {
	uint64_t id, answer_ns;
	uint32_t type;
	bool fenced;
};

struct maker {
	struct vgpu_trace_writer *w;
	uint64_t now, id, fence;
	uint32_t noise;
	struct flight flying[FLYING];
	bool waits; /* of threads, for the fence of every third command */
	int err;
};

static void note(struct maker *m, int err)
{
	if (err && !m->err)
		m->err = err;
}

static uint32_t any(struct maker *m, uint32_t below)
{
	m->noise = m->noise * 1664525u + 1013904223u;
	return (m->noise >> 8) % below;
}

static void stage(struct maker *m, uint64_t time_ns, uint64_t id, uint32_t what, uint32_t tid)
{
	struct vgpu_trace_stage s = { .id = id, .stage = what, .tid = tid };

	note(m, vgpu_trace_write_stage(m->w, time_ns, &s));
}

static void answer(struct maker *m, struct flight *f)
{
	struct vgpu_ctrl_hdr hdr = { .type = any(m, 50) ? VGPU_RESP_OK_NODATA
							: VGPU_RESP_ERR_INVALID_PARAMETER };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	uint64_t id = f->id, signal_ns;
	uint32_t tid = 200 + id % 4;
	bool waits;

	f->id = 0;
	if (!any(m, 500))
		return; /* is lost */
	waits = m->waits && f->fenced && !(id % 3);
	if (waits)
		stage(m, f->answer_ns - id % 90 * US, id, VGPU_TRACE_STAGE_WAIT_BEGIN, tid);
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	note(m,
	     vgpu_trace_write_response(m->w, f->answer_ns,
				       &(struct vgpu_trace_response) { id, wire, sizeof(wire) }));
	if (!f->fenced)
		return;
	signal_ns = f->answer_ns + any(m, 50) * US;
	stage(m, signal_ns, id, VGPU_TRACE_STAGE_FENCE_SIGNAL, 0);
	/* Of one in a hundred the end is not seen. */
	if (waits && id % 100)
		stage(m, signal_ns + 7 * US, id, VGPU_TRACE_STAGE_WAIT_END, tid);
}

/* Answers that are due, in the order of their times; all of them when `all`. */
static void answers(struct maker *m, uint64_t until, bool all)
{
	for (;;) {
		struct flight *next = NULL;

		for (unsigned int i = 0; i < FLYING; i++)
			if (m->flying[i].id && (all || m->flying[i].answer_ns <= until) &&
			    (!next || m->flying[i].answer_ns < next->answer_ns))
				next = &m->flying[i];
		if (!next)
			return;
		answer(m, next);
	}
}

static void send(struct maker *m, uint32_t queue, const void *request, size_t size)
{
	struct vgpu_trace_command c = {
		.id = ++m->id,
		.queue = queue,
		.seqno = (uint32_t)m->id,
		.free_slots = any(m, 64),
		.pid = 100 + any(m, 3),
		.response_size = queue ? 0 : VGPU_CTRL_HDR_SIZE,
		.request = request,
		.request_size = size,
	};
	struct vgpu_ctrl_hdr hdr;
	struct flight *f = NULL;

	c.tid = c.pid;
	m->now += any(m, 400) * US + any(m, 1000);
	if (!any(m, 300))
		m->now += 150 * MS; /* nothing happens: no stall, unless something waits */
	answers(m, m->now, false);
	for (unsigned int i = 0; i < FLYING && !f; i++)
		if (!m->flying[i].id)
			f = &m->flying[i];
	if (!f) {
		f = &m->flying[any(m, FLYING)];
		for (unsigned int i = 0; i < FLYING; i++)
			if (m->flying[i].answer_ns < f->answer_ns)
				f = &m->flying[i];
		if (f->answer_ns > m->now)
			m->now = f->answer_ns;
		answers(m, m->now, false);
	}
	note(m, vgpu_trace_write_command(m->w, m->now, &c));
	if (queue)
		return;
	vgpu_decode_ctrl_hdr(request, size, &hdr);
	f->id = m->id;
	f->type = hdr.type;
	f->fenced = hdr.flags & VGPU_FLAG_FENCE;
	f->answer_ns = m->now + (uint64_t)(20 + any(m, 900)) * US + any(m, 1000);
	if (!any(m, 20))
		f->answer_ns += any(m, 9) * MS;
	if (!any(m, 400))
		f->answer_ns += 130 * MS;
}

static struct vgpu_ctrl_hdr head(struct maker *m, uint32_t type, bool fenced, uint32_t ctx_id)
{
	struct vgpu_ctrl_hdr hdr = { .type = type, .ctx_id = ctx_id };

	if (fenced) {
		hdr.flags = VGPU_FLAG_FENCE;
		hdr.fence_id = ++m->fence;
	}
	return hdr;
}

static void submit(struct maker *m, uint32_t resource)
{
	struct vgpu_cmd_submit submit3d = {
		.hdr = head(m, VGPU_CMD_SUBMIT_3D, true, 1 + any(m, CONTEXTS)),
	};
	struct vgpu_virgl_transfer3d t = { .resource_id = resource, .direction = 1 + any(m, 2) };
	struct vgpu_virgl_draw_vbo draw = { .count = any(m, 999) };
	uint8_t wire[512];
	int used = 0, n;

	t.box.w = 1 + any(m, 64);
	t.box.h = 1 + any(m, 64);
	t.box.d = 1;
	for (unsigned int i = any(m, 3); i; i--) {
		n = vgpu_virgl_encode_transfer3d(&t, wire + VGPU_CMD_SUBMIT_SIZE + used, 200);
		note(m, n < 0 ? n : 0);
		used += n;
	}
	n = vgpu_virgl_encode_draw_vbo(&draw, wire + VGPU_CMD_SUBMIT_SIZE + used, 200);
	note(m, n < 0 ? n : 0);
	submit3d.size = (uint32_t)(used + n);
	vgpu_encode_cmd_submit(&submit3d, wire, sizeof(wire));
	send(m, 0, wire, VGPU_CMD_SUBMIT_SIZE + submit3d.size);
}

static void create(struct maker *m, uint32_t id)
{
	struct vgpu_resource_create_3d create_3d = {
		.hdr = head(m, VGPU_CMD_RESOURCE_CREATE_3D, true, 0),
		.resource_id = id,
		.target = VGPU_PIPE_TEXTURE_2D,
		.format = VGPU_FORMAT_B8G8R8X8_UNORM,
		.width = 64,
		.height = 64,
		.depth = 1,
		.array_size = 1,
	};
	uint8_t wire[128];

	if (id % 3 == 0) {
		create_3d.target = VGPU_PIPE_BUFFER;
		create_3d.format = VGPU_FORMAT_R8_UNORM;
		create_3d.width = 65536;
		create_3d.height = 1;
	}
	vgpu_encode_resource_create_3d(&create_3d, wire, sizeof(wire));
	send(m, 0, wire, VGPU_RESOURCE_CREATE_3D_SIZE);
}

static void step(struct maker *m)
{
	uint32_t resource = 1 + any(m, 20), scanout = any(m, 2);
	uint8_t wire[128];
	struct vgpu_transfer_host_3d transfer = {
		.hdr = head(m,
			    any(m, 2) ? VGPU_CMD_TRANSFER_TO_HOST_3D
				      : VGPU_CMD_TRANSFER_FROM_HOST_3D,
			    any(m, 2), 1 + any(m, CONTEXTS)),
		.box = { .w = 1 + any(m, 64), .h = 1 + any(m, 64), .d = 1 },
		.resource_id = resource,
	};
	struct vgpu_resource_flush flush = {
		.hdr = head(m, VGPU_CMD_RESOURCE_FLUSH, any(m, 2), 0),
		.resource_id = 1 + scanout,
	};
	struct vgpu_update_cursor cursor = {
		.hdr = head(m, VGPU_CMD_MOVE_CURSOR, false, 0),
		.pos = { .scanout_id = scanout, .x = any(m, 100) },
	};

	switch (any(m, 10)) {
	case 0:
		vgpu_encode_update_cursor(&cursor, wire, sizeof(wire));
		send(m, 1, wire, VGPU_UPDATE_CURSOR_SIZE);
		break;
	case 1:
	case 2:
		vgpu_encode_transfer_host_3d(&transfer, wire, sizeof(wire));
		send(m, 0, wire, VGPU_TRANSFER_HOST_3D_SIZE);
		break;
	case 3:
		if (resource > 2) /* what is shown stays */
			create(m, resource);
		break;
	case 4:
	case 5:
	case 6:
		vgpu_encode_resource_flush(&flush, wire, sizeof(wire));
		send(m, 0, wire, VGPU_RESOURCE_FLUSH_SIZE);
		break;
	default:
		submit(m, resource);
	}
}

static void records(struct maker *m, unsigned int commands)
{
	struct vgpu_trace_header header = {
		.clock = 1,
		.file_id = "busy",
		.realtime_ns = 1700000000000000000u,
		.text = "source=synthetic",
		.text_size = 17,
	};
	uint8_t wire[128];

	m->now = 77 * (uint64_t)MS;
	m->noise = 20;
	note(m, vgpu_trace_write_header(m->w, m->now, &header));
	note(m, vgpu_trace_write_epoch(m->w, m->now, &(struct vgpu_trace_epoch) { 0, 0 }));
	for (uint32_t pid = 100; pid < 103; pid++) {
		struct vgpu_trace_process p = { pid, pid, "worker ?", "worker", 7 };

		p.comm[7] = (char)('a' + pid - 100);
		note(m, vgpu_trace_write_process(m->w, m->now, &p));
	}
	for (uint32_t ctx = 1; ctx <= CONTEXTS; ctx++) {
		struct vgpu_ctx_create c = {
			.hdr = head(m, VGPU_CMD_CTX_CREATE, false, ctx),
			.context_init = ctx == CONTEXTS ? VGPU_CAPSET_VENUS : VGPU_CAPSET_VIRGL2,
		};

		vgpu_encode_ctx_create(&c, wire, sizeof(wire));
		send(m, 0, wire, VGPU_CTX_CREATE_SIZE);
	}
	for (uint32_t id = 1; id <= 10; id++) /* of the others no size is known at first */
		create(m, id);
	for (uint32_t i = 0; i < 2; i++) {
		struct vgpu_set_scanout s = { .hdr = head(m, VGPU_CMD_SET_SCANOUT, false, 0),
					      .scanout_id = i,
					      .resource_id = 1 + i };

		vgpu_encode_set_scanout(&s, wire, sizeof(wire));
		send(m, 0, wire, VGPU_SET_SCANOUT_SIZE);
	}
	while (m->id < commands)
		step(m);
	answers(m, 0, true);
}

int main(int argc, char **argv)
{
	unsigned int commands = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 5000;
	struct maker m = { .waits = argc > 3 && !strcmp(argv[3], "waits") };
	int fd;

	if (argc < 2) {
		fputs("usage: make-busy-trace FILE [COMMANDS [waits]]\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || vgpu_trace_writer_create(&m.w, fd, NULL)) {
		perror(argv[1]);
		return 1;
	}
	records(&m, commands);
	note(&m, vgpu_trace_writer_finish(m.w, m.now));
	vgpu_trace_writer_destroy(m.w);
	if (m.err || close(fd)) {
		fprintf(stderr, "make-busy-trace: error %d\n", m.err);
		return 1;
	}
	return 0;
}
