/* SPDX-License-Identifier: MIT */
/*
 * Decodes and encodes every request, response and virgl command of traces, and prints what does not
 * come back as the same bytes. Exit status 1 when something did not.
 * usage: print-round-trips TRACE...
 */
#include <stdio.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/trace.h>
#include <vgpu/virgl-codec.h>

static unsigned long long messages, commands, bad;

static void differs(const char *what, const char *name, uint64_t record)
{
	if (bad++ < 20)
		printf("%s %s of record %llu differs\n", what, name ? name : "?",
		       (unsigned long long)record);
}

static void struct_back(enum vgpu_struct_id id, const uint8_t *wire, size_t size, uint64_t record)
{
	_Alignas(8) uint8_t in[1056], again[1056];
	size_t n = vgpu_struct_size(id);

	messages++;
	if (n > sizeof(in) || vgpu_struct_decode(id, wire, size, in))
		return; /* cut: nothing to compare */
	memset(again, 0xaa, n);
	if (vgpu_struct_encode(id, in, again, n) || memcmp(again, wire, n))
		differs("struct", vgpu_struct_name(id), record);
}

static void stream_back(const struct vgpu_tail *stream, uint64_t record)
{
	static uint8_t again[4 + 65535 * 4];
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	union vgpu_virgl_any any;

	vgpu_virgl_walk_init(&walk, stream->data, stream->size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		enum vgpu_virgl_layout layout = vgpu_virgl_layout(&cmd);
		int n = vgpu_virgl_decode(layout, &cmd, &any);

		commands++;
		if (!n)
			n = vgpu_virgl_encode(layout, &any, again, sizeof(again));
		if (n != 4 + 4 * cmd.length || memcmp(again, stream->data + cmd.offset, (size_t)n))
			differs("virgl", vgpu_virgl_cmd_name(cmd.opcode), record);
	}
}

/* Which contexts speak something else than virgl; ids wrap, but traces of tests do not. */
static uint8_t other_language[4096];

static void learn(const struct vgpu_trace_record *r)
{
	struct vgpu_trace_context c;

	if (!vgpu_trace_parse_context(r, &c))
		other_language[c.ctx_id % sizeof(other_language)] = c.capset > VGPU_CAPSET_VIRGL2;
}

static int one_trace(const char *path)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_response response;
	struct vgpu_trace_command command;
	struct vgpu_trace_record r;
	struct vgpu_ctrl_hdr hdr;
	enum vgpu_struct_id id;
	struct vgpu_tail tail;
	int err = vgpu_trace_reader_open(&reader, path);

	if (err) {
		printf("%s: error %d\n", path, err);
		return 1;
	}
	memset(other_language, 0, sizeof(other_language));
	while ((err = vgpu_trace_reader_next(reader, &r)) == 1) {
		learn(&r);
		if (!vgpu_trace_parse_command(&r, &command) &&
		    !vgpu_decode_ctrl_hdr(command.request, command.request_size, &hdr) &&
		    vgpu_cmd_info(hdr.type)) {
			struct_back(vgpu_cmd_info(hdr.type)->request, command.request,
				    command.request_size, r.number);
			if (hdr.type == VGPU_CMD_SUBMIT_3D &&
			    !other_language[hdr.ctx_id % sizeof(other_language)] &&
			    !vgpu_request_tail(command.request, command.request_size, &tail))
				stream_back(&tail, r.number);
		} else if (!vgpu_trace_parse_response(&r, &response) &&
			   !vgpu_decode_ctrl_hdr(response.response, response.response_size, &hdr) &&
			   !vgpu_resp_struct(hdr.type, &id)) {
			struct_back(id, response.response, response.response_size, r.number);
		}
	}
	vgpu_trace_reader_close(reader);
	return err < 0;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= one_trace(argv[i]);
	printf("%llu messages, %llu virgl commands, %llu differ\n", messages, commands, bad);
	return failed || bad;
}
