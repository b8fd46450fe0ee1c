/* SPDX-License-Identifier: MIT */
/*
 * What do these bytes say? Requests in hexadecimal on standard input, one a line, come out as text.
 *
 *	cc decode.c $(pkg-config --cflags --libs libvgpu) -o decode
 *	echo 01010000 00000000 00000000 00000000 00000000 00000000 \
 *		03000000 02000000 00050000 20030000 | ./decode
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/describe.h>

/* Where libvgpu's text goes; anything but 0 would end it and come back from its function. */
static int print(void *data, const char *text, size_t size)
{
	return fwrite(text, 1, size, (FILE *)data) == size ? 0 : -1;
}

/* The bytes of a line of hexadecimal digits and blanks, or -1. */
static long parse_hex(const char *line, unsigned char *bytes, size_t room)
{
	size_t n = 0;
	int digit[2], have = 0;

	for (; *line; line++) {
		if (isspace((unsigned char)*line))
			continue;
		if (!isxdigit((unsigned char)*line) || n == room)
			return -1;
		digit[have++] = isdigit((unsigned char)*line) ? *line - '0'
							      : (*line | 32) - 'a' + 10;
		if (have == 2) {
			bytes[n++] = (unsigned char)(digit[0] << 4 | digit[1]);
			have = 0;
		}
	}
	return have ? -1 : (long)n;
}

int main(void)
{
	static unsigned char bytes[65536];
	static char line[4 * sizeof(bytes)];
	struct vgpu_describe_options options;
	struct vgpu_sink sink;
	int bad = 0;

	sink.write = print;
	sink.data = stdout;
	memset(&options, 0, sizeof(options)); /* members are only ever appended */
	options.verbose = true;               /* every field, not the most important ones */
	while (fgets(line, sizeof(line), stdin)) {
		long size = parse_hex(line, bytes, sizeof(bytes));

		if (size < 0) {
			fputs("decode: not hexadecimal, or too long\n", stderr);
			bad = 1;
			continue;
		}
		/* A message that is cut or not known is described too, and says so. */
		vgpu_request_text(bytes, (size_t)size, &options, &sink);
		putchar('\n');
	}
	return bad || ferror(stdout) || fflush(stdout);
}
