/* SPDX-License-Identifier: MIT */
/* formats/trace-format.md says what the programs do: its tables, its numbers, and its example. */
#include "trace-helper.h"

#include <ctype.h>

static char *text;

static int set_up(void **state)
{
	FILE *f = fopen("formats/trace-format.md", "r");
	size_t size;

	(void)state;
	if (!f)
		return -1; /* to be run from the top of the tree */
	text = calloc(1, 1u << 20);
	size = fread(text, 1, (1u << 20) - 1, f);
	fclose(f);
	return size ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(text);
	return 0;
}

/* The line must stand in the document, after `*from`; that moves behind it. */
static void find(const char **from, const char *line)
{
	const char *at = strstr(*from, line);

	if (!at)
		fail_msg("formats/trace-format.md lacks: %s", line);
	else
		*from = at + strlen(line);
}

static void test_tables(void **state)
{
	const char *from = text;
	char line[256];
	int end = 0;

	(void)state;
#define VGPU_TRACE_BODY(type, name, fixed)                                         \
	end = (fixed);                                                             \
	snprintf(line, sizeof(line), "\n### %s (%d)\n", #type, VGPU_TRACE_##type); \
	find(&from, line);
#define VGPU_TRACE_FIELD(name, member, offset, wire, what)                                     \
	snprintf(line, sizeof(line), "\n| %d | %s | %s | %s |", offset, #wire, #member, what); \
	find(&from, line);
#define VGPU_TRACE_TAIL(name, member, size, kind, what)                                    \
	snprintf(line, sizeof(line), "\n| %d | the rest | %s | %s |", end, #member, what); \
	find(&from, line);
#include <vgpu/trace.def>
	assert_true(end);
#define VGPU_TRACE_LOSS(number, name, what)                          \
	snprintf(line, sizeof(line), "\n| %d | %s |", number, what); \
	find(&from, line);
#include <vgpu/trace.def>
#define VGPU_TRACE_STAGE_ID(number, name, what)                      \
	snprintf(line, sizeof(line), "\n| %d | %s |", number, what); \
	find(&from, line);
#include <vgpu/trace.def>
}

/* "00000010: 56 47 …  text": the bytes of the lines from the first such one after `from`. */
static size_t hex_lines(const char **from, uint8_t *out, size_t room)
{
	const char *p = strstr(*from, "\n00000000: ");
	size_t n = 0;

	assert_non_null(p);
	for (p++; isxdigit((unsigned char)p[0]) && p[8] == ':'; p++) {
		const char *q = p + 9;

		while (q[0] == ' ' && isxdigit((unsigned char)q[1]) &&
		       isxdigit((unsigned char)q[2])) {
			assert_true(n < room);
			out[n++] = (uint8_t)strtoul(q, NULL, 16);
			q += 3;
		}
		p = strchr(p, '\n');
		assert_non_null(p);
	}
	*from = p;
	return n;
}

/* The example's records in either form. */
static void check_example(const uint8_t *bytes, size_t size)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_trace_header header;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_command command;
	struct vgpu_trace_response response;
	struct vgpu_trace_end end;
	struct vgpu_trace_status status;
	int fd = memory_file(bytes, size);

	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_header(&r, &header), 0);
	assert_int_equal(header.major, 1);
	assert_string_equal(vgpu_trace_text_get(header.text, header.text_size, "source"),
			    "synthetic");
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_memory(&r, &memory), 0);
	assert_int_equal(r.time_ns, 1000100);
	assert_int_equal(memory.address, 0x100ff8);
	assert_int_equal(memory.size, 5);
	assert_memory_equal(memory.bytes, "pixel", 5);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_command(&r, &command), 0);
	assert_int_equal(command.id, 1);
	assert_int_equal(command.pid, 321);
	assert_int_equal(command.tid, 322);
	assert_int_equal(command.request_size, 32);
	assert_int_equal(command.request[24], 3);
	assert_int_equal(r.time_ns, 1000200);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_response(&r, &response), 0);
	assert_int_equal(response.id, 1);
	assert_int_equal(r.time_ns, 1041200);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_end(&r, &end), 0);
	assert_int_equal(r.time_ns, 1050000);
	assert_int_equal(end.commands, 1);
	assert_int_equal(end.memory_bytes, 5);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 0);
	vgpu_trace_reader_status(reader, &status);
	assert_true(status.ended);
	assert_int_equal(status.records, 5);
	assert_int_equal(status.raw_bytes, size);
	vgpu_trace_reader_close(reader);
	close(fd);
}

/* A trace of the records of `in`, as the writer writes it, decompressed. */
static struct bytes rewrite(const uint8_t *in, size_t size)
{
	int from = memory_file(in, size), fd = memory_file(NULL, 0);
	struct vgpu_trace_writer_options options = { .flush_ms = 60000, .frame_ms = 60000 };
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_writer *w;
	struct vgpu_trace_record r;
	struct bytes file, plain;

	assert_int_equal(vgpu_trace_reader_open_fd(&reader, from), 0);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1 && r.type != VGPU_TRACE_END)
		assert_int_equal(
			vgpu_trace_write(w, r.type, r.flags, r.time_ns, r.body, r.body_size), 0);
	assert_int_equal(vgpu_trace_writer_finish(w, r.time_ns), 0);
	vgpu_trace_writer_destroy(w);
	vgpu_trace_reader_close(reader);
	file = file_bytes(fd);
	plain = unpack(file);
	free(file.data);
	close(fd);
	close(from);
	return plain;
}

static void test_example(void **state)
{
	const char *from = strstr(text, "\n## Example\n");
	uint8_t bytes[1024], columns[1024];
	size_t size, header, n;
	struct bytes written;

	(void)state;
	assert_non_null(from);
	size = hex_lines(&from, bytes, sizeof(bytes));
	check_example(bytes, size);
	header = (bytes[4] | (size_t)bytes[5] << 8) + 7;
	header -= header % 8;
	memcpy(columns, bytes, header);
	n = header + hex_lines(&from, columns + header, sizeof(columns) - header);
	check_example(columns, n);
	written = rewrite(bytes, size);
	assert_int_equal(written.size, n);
	assert_memory_equal(written.data, columns, n);
	free(written.data);
}

/* The writer makes the document's index frame, byte for byte, from the document's HEADER. */
static void test_index_example(void **state)
{
	const char *from = strstr(text, "\n## Example\n");
	struct vgpu_trace_header header;
	struct vgpu_trace_writer *w;
	struct vgpu_trace_record r = { .type = VGPU_TRACE_HEADER };
	uint8_t stream[1024], index[1024];
	size_t size, n;
	struct bytes file;
	int fd = memory_file(NULL, 0);

	(void)state;
	hex_lines(&from, stream, sizeof(stream));
	hex_lines(&from, index, sizeof(index)); /* COLUMNS */
	size = hex_lines(&from, index, sizeof(index));
	r.body = stream + 16;
	r.body_size = (stream[4] | (size_t)stream[5] << 8) - 16;
	assert_int_equal(vgpu_trace_parse_header(&r, &header), 0);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	assert_int_equal(vgpu_trace_write_header(w, 1000000, &header), 0);
	assert_int_equal(vgpu_trace_writer_finish(w, 1000001), 0);
	vgpu_trace_writer_destroy(w);
	file = file_bytes(fd);
	for (n = 0; n + size <= file.size && memcmp(file.data + n, index, 4) != 0; n++)
		;
	/* Byte 32 is the size of the compressed frame: another zstd may find another one. */
	if (n == 93)
		assert_memory_equal(file.data + n, index, size);
	else
		assert_memory_equal(file.data + n, index, 32);
	free(file.data);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_index_example),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
