/* SPDX-License-Identifier: MIT */
/* Every record's body: there and back, against bytes set down by hand, and cut short. */
#include "body.h"
#include "trace-helper.h"

/* Fills a struct with a pattern so that no two fields are alike, then mends the pointers. */
static const char tail[] = "tail=1\0bytes";

static void fill(void *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)p)[i] = (uint8_t)(0x11 + 7 * i);
}

/* One record through a file; its body is copied to *body. */
static struct vgpu_trace_record through(int (*write)(struct vgpu_trace_writer *, uint64_t,
						     const void *),
					const void *in, uint16_t type, uint8_t body[256])
{
	struct vgpu_trace_record r, out = { 0 };
	struct vgpu_trace_writer *w;
	struct vgpu_trace_reader *reader;
	int fd = memory_file(NULL, 0), n;

	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	if (type != VGPU_TRACE_HEADER)
		write_test_header(w, 1);
	assert_int_equal(write(w, 77, in), 0);
	assert_int_equal(vgpu_trace_writer_finish(w, 99), 0);
	vgpu_trace_writer_destroy(w);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		if (r.time_ns != 77)
			continue;
		out = r;
		assert_true(r.body_size <= 256);
		memcpy(body, r.body, r.body_size);
		out.body = body;
	}
	assert_int_equal(n, 0);
	assert_int_equal(out.type, type);
	vgpu_trace_reader_close(reader);
	close(fd);
	return out;
}

#define SAME(field) assert_memory_equal(&a.field, &b.field, sizeof(a.field))
#define VGPU_TRACE_BODY(type, name, fixed)                                               \
	static int write_##name(struct vgpu_trace_writer *w, uint64_t t, const void *in) \
	{                                                                                \
		return WRITE_##type(w, t, in);                                           \
	}                                                                                \
	static void test_##name(void **state)                                            \
	{                                                                                \
		struct vgpu_trace_##name a, b;                                           \
		struct vgpu_trace_record r;                                              \
		uint8_t body[256];                                                       \
		size_t tail_size = 0;                                                    \
                                                                                         \
		(void)state;                                                             \
		memset(&b, 0, sizeof(b));                                                \
		fill(&a, sizeof(a));                                                     \
		MEND_##type(a);                                                          \
		r = through(write_##name, &a, VGPU_TRACE_##type, body);                  \
		assert_int_equal(vgpu_trace_parse_##name(&r, &b), 0);
#define VGPU_TRACE_FIELD(name, member, offset, wire, text) SAME(member);
#define VGPU_TRACE_TAIL(name, member, bytes, kind, text) \
	tail_size = sizeof(tail);                        \
	assert_int_equal(b.bytes, sizeof(tail));         \
	assert_memory_equal(b.member, tail, sizeof(tail));
#define VGPU_TRACE_BODY_END(TYPE, name)                                                        \
	{                                                                                      \
		size_t fixed = r.body_size - tail_size;                                        \
                                                                                               \
		for (r.body_size = 0; r.body_size < fixed; r.body_size++)                      \
			assert_int_equal(vgpu_trace_parse_##name(&r, &b), VGPU_ERR_TRUNCATED); \
		r.type++;                                                                      \
		assert_int_equal(vgpu_trace_parse_##name(&r, &b), VGPU_ERR_INVALID);           \
	}                                                                                      \
	}

/* vgpu_trace_write_header() sets the version itself: the plain encoding is what is tested here. */
static int write_raw_header(struct vgpu_trace_writer *w, uint64_t t, const void *in)
{
	uint8_t body[256];
	size_t size = body_size(VGPU_TRACE_HEADER, in);

	assert_true(size <= sizeof(body));
	body_encode(VGPU_TRACE_HEADER, in, body);
	return vgpu_trace_write(w, VGPU_TRACE_HEADER, 0, t, body, size);
}
#define WRITE_HEADER   write_raw_header
#define WRITE_DEVICE   vgpu_trace_write_device
#define WRITE_PROCESS  vgpu_trace_write_process
#define WRITE_CONTEXT  vgpu_trace_write_context
#define WRITE_COMMAND  vgpu_trace_write_command
#define WRITE_RESPONSE vgpu_trace_write_response
#define WRITE_STAGE    vgpu_trace_write_stage
#define WRITE_MEMORY   vgpu_trace_write_memory
#define WRITE_READBACK vgpu_trace_write_readback
#define WRITE_LOST     vgpu_trace_write_lost
#define WRITE_SNAPSHOT vgpu_trace_write_snapshot
#define WRITE_EPOCH    vgpu_trace_write_epoch
/* END is written by finish; a test that writes one itself must lay it out itself. */
static int write_raw_end(struct vgpu_trace_writer *w, uint64_t t, const void *in)
{
	const struct vgpu_trace_end *end = in;

	return vgpu_trace_write(w, VGPU_TRACE_END, 0, t, end, sizeof(*end));
}
#define WRITE_END write_raw_end

#define TAIL(pointer, bytes)              \
	do {                              \
		a.pointer = (void *)tail; \
		a.bytes = sizeof(tail);   \
	} while (0)
#define MEND_HEADER(a)                 \
	do {                           \
		TAIL(text, text_size); \
		a.major = 1;           \
	} while (0)
#define MEND_DEVICE(a) TAIL(text, text_size)
#define MEND_PROCESS(a)                                \
	do {                                           \
		TAIL(command_line, command_line_size); \
		a.comm[15] = '\0';                     \
	} while (0)
#define MEND_CONTEXT(a)  TAIL(name, name_size)
#define MEND_COMMAND(a)  TAIL(request, request_size)
#define MEND_RESPONSE(a) TAIL(response, response_size)
#define MEND_MEMORY(a)   TAIL(bytes, size)
#define MEND_READBACK(a) TAIL(bytes, size)
#define MEND_STAGE(a)
#define MEND_LOST(a)
#define MEND_SNAPSHOT(a) TAIL(request, request_size)
#define MEND_EPOCH(a)
#define MEND_END(a)

#include <vgpu/trace.def>

/* Encode and parse could be wrong together: one body as the document says, byte by byte. */
static void test_by_hand(void **state)
{
	static const uint8_t wire[] = {
		1,  2, 3, 4, 5,    6,    7,    8,    0x10, 0,    0,
		0,  1, 0, 0, 0, /* id, device, queue */
		9,  0, 0, 0, 0xff, 0xff, 0xff, 0xff, 2,    0,    0,
		0,  3, 0, 0, 0,                                  /* seqno … tid */
		24, 0, 0, 0, 0,    0,    0,    0,    0xaa, 0xbb, /* response_size, reserved, request */
	};
	struct vgpu_trace_record r = {
		.type = VGPU_TRACE_COMMAND,
		.body = wire,
		.body_size = sizeof(wire),
	};
	struct vgpu_trace_command c;

	(void)state;
	assert_int_equal(vgpu_trace_parse_command(&r, &c), 0);
	assert_true(c.id == 0x0807060504030201u);
	assert_int_equal(c.device, 16);
	assert_int_equal(c.queue, 1);
	assert_int_equal(c.seqno, 9);
	assert_int_equal(c.free_slots, UINT32_MAX);
	assert_int_equal(c.pid, 2);
	assert_int_equal(c.tid, 3);
	assert_int_equal(c.response_size, 24);
	assert_int_equal(c.request_size, 2);
	assert_int_equal(c.request[1], 0xbb);
}

/* A later minor version puts fields between ours and the tail, and says so in the flags. */
static void test_appended_fields(void **state)
{
	uint8_t wire[8 + 16 + 3] = { 5 };
	struct vgpu_trace_record r = {
		.type = VGPU_TRACE_RESPONSE,
		.flags = 2 << 8,
		.body = wire,
		.body_size = sizeof(wire),
	};
	struct vgpu_trace_response out;

	(void)state;
	memcpy(wire + 24, "abc", 3);
	assert_int_equal(vgpu_trace_parse_response(&r, &out), 0);
	assert_true(out.id == 5);
	assert_int_equal(out.response_size, 3);
	assert_memory_equal(out.response, "abc", 3);
	r.flags = 3 << 8; /* more than there is */
	assert_int_equal(vgpu_trace_parse_response(&r, &out), VGPU_ERR_TRUNCATED);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(vgpu_trace_type_name(VGPU_TRACE_COMMAND), "COMMAND");
	assert_string_equal(vgpu_trace_stage_name(VGPU_TRACE_STAGE_FENCE_SIGNAL), "fence signal");
	assert_non_null(vgpu_trace_loss_name(VGPU_TRACE_LOST_MEMORY));
	assert_null(vgpu_trace_type_name(0));
	assert_null(vgpu_trace_type_name(65535));
	assert_null(vgpu_trace_stage_name(0));
	assert_null(vgpu_trace_loss_name(99));
}

static void test_text(void **state)
{
	static const char text[] = "a=1\0ab=2\0empty=\0noequals";
	uint8_t bytes[2] = { 0 };

	(void)state;
	assert_int_equal(vgpu_trace_text_bytes("00ff7a", bytes, sizeof(bytes)), 3);
	assert_int_equal(bytes[1], 0xff);
	assert_int_equal(vgpu_trace_text_bytes("", bytes, sizeof(bytes)), 0);
	assert_int_equal(vgpu_trace_text_bytes("00f", bytes, sizeof(bytes)), 0);
	assert_int_equal(vgpu_trace_text_bytes("0 ", bytes, sizeof(bytes)), 0);
	assert_int_equal(vgpu_trace_text_bytes("0A", bytes, sizeof(bytes)), 0);
	assert_string_equal(vgpu_trace_text_get(text, sizeof(text), "a"), "1");
	assert_string_equal(vgpu_trace_text_get(text, sizeof(text), "ab"), "2");
	assert_string_equal(vgpu_trace_text_get(text, sizeof(text), "empty"), "");
	assert_null(vgpu_trace_text_get(text, sizeof(text), "noequals"));
	assert_null(vgpu_trace_text_get(text, sizeof(text), "b"));
	assert_null(vgpu_trace_text_get(text, 3, "a")); /* not terminated */
	assert_null(vgpu_trace_text_get(NULL, 0, "a"));
}

static int write_public_header(struct vgpu_trace_writer *w, uint64_t t, const void *in)
{
	return vgpu_trace_write_header(w, t, in);
}

static void test_version_is_the_writers(void **state)
{
	struct vgpu_trace_header in = { .major = 77, .minor = 78, .clock = 1 }, out;
	struct vgpu_trace_record r;
	uint8_t body[256];

	(void)state;
	r = through(write_public_header, &in, VGPU_TRACE_HEADER, body);
	assert_int_equal(vgpu_trace_parse_header(&r, &out), 0);
	assert_int_equal(out.major, VGPU_TRACE_VERSION_MAJOR);
	assert_int_equal(out.minor, VGPU_TRACE_VERSION_MINOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define VGPU_TRACE_BODY(type, name, fixed) cmocka_unit_test(test_##name),
#include <vgpu/trace.def>
		cmocka_unit_test(test_version_is_the_writers),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_appended_fields),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
