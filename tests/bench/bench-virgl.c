/* SPDX-License-Identifier: MIT */
/*
 * How fast virgl streams are walked, visited, decoded and encoded, and described, in megabytes of
 * stream a second of processor time on one core. Payload that nobody looks at (END_TRANSFERS, NOP)
 * does not count. Without an argument the streams are synthetic (a 3D program's proportions); with
 * one they are that trace's.
 * usage: bench-virgl [TRACE [WHAT]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/trace.h>
#include <vgpu/virgl-codec.h>

static uint8_t *streams;
static size_t size, room;
static uint64_t sum;
static const char *only;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "bench-virgl: %s: error %d\n", what, err);
	exit(1);
}

static uint8_t *grow(size_t n)
{
	if (room - size < n) {
		room = 2 * room + n;
		streams = realloc(streams, room);
		check(streams ? 0 : -1, "memory");
	}
	size += n;
	return streams + size - n;
}

/* One stream's commands that are looked at, one after another with all others. */
static void append(const uint8_t *data, size_t bytes)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&walk, data, bytes);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1)
		if (cmd.opcode != VGPU_VIRGL_END_TRANSFERS && cmd.opcode != VGPU_VIRGL_NOP)
			memcpy(grow(4 + (size_t)cmd.length * 4), data + cmd.offset,
			       4 + (size_t)cmd.length * 4);
}

static void load(const char *path)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_trace_command c;
	struct vgpu_tail tail;

	check(vgpu_trace_reader_open(&reader, path), path);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (vgpu_trace_parse_command(&r, &c) || c.request_size < 4)
			continue;
		if (c.request[0] != (VGPU_CMD_SUBMIT_3D & 0xff) || c.request[1] != 2)
			continue;
		if (!vgpu_request_tail(c.request, c.request_size, &tail))
			append(tail.data, tail.size);
	}
	vgpu_trace_reader_close(reader);
}

static uint32_t random32(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

#define PUT(l, ...)                                                     \
	do {                                                            \
		struct vgpu_virgl_##l in = { __VA_ARGS__ };             \
		uint8_t wire[4096];                                     \
		int n = vgpu_virgl_encode_##l(&in, wire, sizeof(wire)); \
                                                                        \
		check(n, #l);                                           \
		memcpy(grow((size_t)n), wire, (size_t)n);               \
	} while (0)

/* Matrices and colours: a few digits for some, all of them for most. */
static void constants(uint8_t *tail, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		float f = (float)(int32_t)random32() / 1073741824.0f;

		if (i % 4 == 3)
			f = (float)(i % 3);
		memcpy(tail + i * 4, &f, 4);
	}
}

static const char tgsi[] = "VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nDCL CONST[0..10]\n"
			   "DCL TEMP[0..16]\nIMM[0] UINT32 {3212836864, 1073741824, 0, 0}\n"
			   "  0: MUL TEMP[0], CONST[5], IN[0].yyyy\n  1: END\n";

static void frame(unsigned int number)
{
	uint8_t tail[1024];

	PUT(set_sub_ctx, .sub_ctx_id = 1);
	PUT(set_framebuffer_state, .nr_cbufs = 1, .zsurf_handle = 2,
	    .head = { .tail = tail, .tail_size = 4 });
	PUT(clear, .buffers = VGPU_CLEAR_COLOR0 | VGPU_CLEAR_DEPTH,
	    .color = { 0.5f, 0.5f, 0.5f, 1 }, .depth = 1);
	for (unsigned int i = 0; i < 8; i++) {
		constants(tail, 44);
		PUT(set_constant_buffer, .shader_type = VGPU_SHADER_VERTEX,
		    .head = { .tail = tail, .tail_size = 44 * 4 });
		PUT(set_vertex_buffers, .head = { .tail = tail, .tail_size = 36 });
		PUT(set_sampler_views, .shader_type = VGPU_SHADER_FRAGMENT,
		    .head = { .tail = tail, .tail_size = 16 });
		PUT(bind_object, .handle = number + i, .head.object = VGPU_VIRGL_OBJECT_DSA);
		PUT(draw_vbo, .count = 36, .mode = VGPU_PRIM_TRIANGLES, .instance_count = 1,
		    .max_index = UINT32_MAX, .head.omitted = 8);
	}
	PUT(blend, .handle = number, .rt[0] = { .blend_enable = 1, .colormask = 15 });
	PUT(rasterizer, .handle = number, .point_size = 1, .line_width = 1);
	PUT(sampler_state, .handle = number, .max_lod = 1000);
	PUT(sampler_view, .handle = number, .format = VGPU_FORMAT_B8G8R8A8_UNORM,
	    .target = VGPU_PIPE_TEXTURE_2D);
	if (number % 16 == 0)
		PUT(shader, .handle = number, .length_or_offset = sizeof(tgsi),
		    .head = { .tail = (const uint8_t *)tgsi, .tail_size = sizeof(tgsi) });
	constants(tail, 256);
	PUT(resource_inline_write, .resource_id = number, .box = { .w = 1024, .h = 1, .d = 1 },
	    .head = { .tail = tail, .tail_size = 1024 });
}

static void walk(void)
{
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1)
		sum += (uintptr_t)vgpu_virgl_cmd_name(cmd.opcode) + cmd.length;
}

static int count_field(void *data, const struct vgpu_field *f)
{
	*(uint64_t *)data += f->value;
	return 0;
}

static void visit(void)
{
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1)
		vgpu_virgl_visit(&cmd, count_field, &sum);
}

static void round_trip(void)
{
	static uint8_t wire[65536 * 4];
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;
	union vgpu_virgl_any any;

	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1) {
		enum vgpu_virgl_layout layout = vgpu_virgl_layout(&cmd);
		int n;

		check(vgpu_virgl_decode(layout, &cmd, &any), "decode");
		n = vgpu_virgl_encode(layout, &any, wire, sizeof(wire));
		check(n, "encode");
		check(memcmp(wire, streams + cmd.offset, (size_t)n) ? -1 : 0, "round trip");
	}
}

static int discard(void *data, const char *text, size_t bytes)
{
	(void)text;
	*(uint64_t *)data += bytes;
	return 0;
}

static void text(void)
{
	struct vgpu_sink sink = { discard, &sum };
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1)
		vgpu_virgl_text(&cmd, &sink);
}

static void json(void)
{
	struct vgpu_sink sink = { discard, &sum };
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;

	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1)
		vgpu_virgl_json(&cmd, &sink);
}

/* The best of several rounds: the machine may have other work. */
static void measure(const char *name, void (*f)(void), double target)
{
	double least = 1e9;

	if (only && strcmp(only, name))
		return;
	for (int i = 0; i < 7; i++) {
		double start = now();
		unsigned int times = 0;

		do {
			f();
			times++;
		} while (now() - start < 0.1);
		start = (now() - start) / times;
		least = start < least ? start : least;
	}
	printf("%-22s %10.0f MB/s", name, (double)size / least / 1e6);
	if (target > 0)
		printf("   goal %.0f", target);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct vgpu_virgl_walk w;
	struct vgpu_virgl_cmd cmd;
	uint64_t commands = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2)
		only = argv[2];
	if (argc > 1 && *argv[1])
		load(argv[1]);
	else
		for (unsigned int i = 0; i < 256; i++)
			frame(i);
	vgpu_virgl_walk_init(&w, streams, size);
	while (vgpu_virgl_walk_next(&w, &cmd) == 1)
		commands++;
	if (!commands) {
		fputs("bench-virgl: no virgl commands\n", stderr);
		return 1;
	}
	printf("%llu commands, %zu bytes of stream that count\n", (unsigned long long)commands,
	       size);
	measure("walk", walk, 2000);
	measure("visit every field", visit, 400);
	measure("decode, encode, equal", round_trip, 0);
	measure("text", text, 100);
	measure("JSON", json, 60);
	free(streams);
	return 0;
}
