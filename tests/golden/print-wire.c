/* SPDX-License-Identifier: MIT */
/*
 * The requests and responses of traces, a line each, for `print-message lines`:
 *	request|response COMMAND CAPSET HEXADECIMAL
 * COMMAND is the type that a response answers, CAPSET the context's.
 * usage: print-wire TRACE...
 */
#include <stdio.h>

#include <vgpu/codec.h>
#include <vgpu/trace.h>

/* Of contexts and commands, by the low bits of their ids: those of tests are small. */
static uint32_t capsets[4096], types[65536];

static void print(const char *kind, uint32_t type, uint32_t capset, const uint8_t *wire,
		  size_t size)
{
	printf("%s %u %u ", kind, type, capset);
	for (size_t i = 0; i < size; i++)
		printf("%02x", wire[i]);
	putchar('\n');
}

static int one_trace(const char *path)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_response response;
	struct vgpu_trace_command command;
	struct vgpu_trace_context context;
	struct vgpu_trace_record r;
	struct vgpu_ctrl_hdr hdr;
	int err = vgpu_trace_reader_open(&reader, path);

	if (err)
		return err;
	while ((err = vgpu_trace_reader_next(reader, &r)) == 1) {
		if (!vgpu_trace_parse_context(&r, &context)) {
			capsets[context.ctx_id % 4096] = context.capset;
		} else if (!vgpu_trace_parse_command(&r, &command) &&
			   !vgpu_decode_ctrl_hdr(command.request, command.request_size, &hdr)) {
			types[command.id % 65536] = hdr.type;
			print("request", hdr.type, capsets[hdr.ctx_id % 4096], command.request,
			      command.request_size);
		} else if (!vgpu_trace_parse_response(&r, &response)) {
			print("response", types[response.id % 65536], 0, response.response,
			      response.response_size);
		}
	}
	vgpu_trace_reader_close(reader);
	return err;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed |= one_trace(argv[i]) < 0;
	return failed || ferror(stdout) || fflush(stdout);
}
