/* SPDX-License-Identifier: MIT */
/*
 * Prints a message that stands on standard input in hexadecimal (# begins a comment).
 * usage: print-message request|response|virgl|config|stream COMMAND CAPSET text|verbose|json
 *		[DIALECT [FEATURES]]
 *	  print-message lines text|verbose|json
 * COMMAND is the type that a response answers, CAPSET the context's, FEATURES a mask; numbers as
 * strtoul reads them. virgl is a stream: each command is printed on a line of its own. So is stream,
 * of the language whose name stands in CAPSET's place. With "lines", each line of the input is a
 * message of its own, as print-wire writes them: request|response COMMAND CAPSET HEXADECIMAL.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/describe.h>
#include <vgpu/error.h>
#include <vgpu/virgl.h>

static uint8_t wire[65536];

static int to_stdout(void *data, const char *text, size_t size)
{
	(void)data;
	return fwrite(text, 1, size, stdout) == size ? 0 : -1;
}

/* The bytes up to `end` or the input's, or -1 when they are not hexadecimal or too many. */
static long read_hex(int end)
{
	size_t count = 0;
	int c, high = -1;

	while ((c = getchar()) != EOF && c != end) {
		if (c == '#')
			while (c != '\n' && c != EOF)
				c = getchar();
		if (isspace(c) || c == EOF)
			continue;
		if (!isxdigit(c) || count == sizeof(wire))
			return -1;
		c = isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
		if (high < 0) {
			high = c;
		} else {
			wire[count++] = (uint8_t)(high << 4 | c);
			high = -1;
		}
	}
	return high < 0 ? (long)count : -1;
}

static int print_stream(enum vgpu_stream stream, size_t size, bool json,
			const struct vgpu_sink *sink)
{
	struct vgpu_stream_walk walk;
	struct vgpu_stream_cmd cmd;
	int err = 0, got;

	vgpu_stream_walk_init(&walk, stream, wire, size);
	while (!err && (got = vgpu_stream_walk_next(&walk, &cmd)) != 0) {
		if (got != 1)
			return got;
		err = json ? vgpu_stream_json(&cmd, sink) : vgpu_stream_text(&cmd, sink);
		putchar('\n');
	}
	return err;
}

static int print_virgl(size_t size, bool json, const struct vgpu_sink *sink)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	int err = 0, got;

	vgpu_virgl_walk_init(&walk, wire, size);
	while (!err && (got = vgpu_virgl_walk_next(&walk, &cmd)) != 0) {
		if (got == VGPU_ERR_TRUNCATED)
			return got;
		err = json ? vgpu_virgl_json(&cmd, sink) : vgpu_virgl_text(&cmd, sink);
		putchar('\n');
	}
	return err;
}

static int print_one(bool request, uint32_t cmd, size_t size, bool json,
		     const struct vgpu_describe_options *options, const struct vgpu_sink *sink)
{
	int err;

	if (request && json)
		err = vgpu_request_json(wire, size, options, sink);
	else if (request)
		err = vgpu_request_text(wire, size, options, sink);
	else if (json)
		err = vgpu_response_json(cmd, wire, size, options, sink);
	else
		err = vgpu_response_text(cmd, wire, size, options, sink);
	putchar('\n');
	return err;
}

static int print_lines(const char *form, const struct vgpu_sink *sink)
{
	struct vgpu_describe_options options = { .verbose = !strcmp(form, "verbose") };
	uint32_t cmd;
	char kind[9];
	long size;

	while (scanf("%8s %u %u", kind, &cmd, &options.capset) == 3) {
		size = read_hex('\n');
		if (size < 0 || print_one(!strcmp(kind, "request"), cmd, (size_t)size,
					  !strcmp(form, "json"), &options, sink))
			return 1;
	}
	return !feof(stdin) || ferror(stdout) || fflush(stdout);
}

int main(int argc, char **argv)
{
	struct vgpu_describe_options options = { 0 };
	struct vgpu_sink sink = { to_stdout, NULL };
	enum vgpu_stream stream;
	bool request, json;
	uint32_t cmd;
	long size;
	int err;

	if (argc == 3 && !strcmp(argv[1], "lines"))
		return print_lines(argv[2], &sink);
	if (argc < 5 || argc > 7 ||
	    (argc > 5 && vgpu_dialect_number(argv[5], &options.negotiated.dialect)))
		return 2;
	options.negotiated.has_features = argc > 6;
	options.negotiated.features = argc > 6 ? strtoull(argv[6], NULL, 0) : 0;
	request = !strcmp(argv[1], "request");
	cmd = (uint32_t)strtoul(argv[2], NULL, 0);
	options.capset = (uint32_t)strtoul(argv[3], NULL, 0);
	options.verbose = !strcmp(argv[4], "verbose");
	json = !strcmp(argv[4], "json");
	size = read_hex(EOF);
	if (size < 0) {
		fprintf(stderr, "not hexadecimal, or too long\n");
		return 1;
	}
	if (!strcmp(argv[1], "virgl"))
		return print_virgl((size_t)size, json, &sink) || ferror(stdout) || fflush(stdout);
	if (!strcmp(argv[1], "stream"))
		return vgpu_stream_by_name(argv[3], &stream) ||
		       print_stream(stream, (size_t)size, json, &sink) || ferror(stdout) ||
		       fflush(stdout);
	if (strcmp(argv[1], "config"))
		return print_one(request, cmd, (size_t)size, json, &options, &sink) ||
		       ferror(stdout) || fflush(stdout);
	err = json ? vgpu_config_json(wire, (size_t)size, &options, &sink)
		   : vgpu_config_text(wire, (size_t)size, &options, &sink);
	putchar('\n');
	return err || ferror(stdout) || fflush(stdout);
}
