/* SPDX-License-Identifier: MIT */
/* Strip: a canary wherever something private may stand is not found again; all else is. */
#include "trace-helper.h"

#include <vgpu/codec.h>
#include <vgpu/edit.h>
#include <vgpu/virgl.h>

#define CANARY "KEY!"
#define CANARIES                                                                                   \
	CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY CANARY \
		CANARY

static struct vgpu_trace_writer *writer;
static uint64_t command_id;

static void put(uint16_t type, uint16_t flags, const void *body, size_t size)
{
	assert_int_equal(vgpu_trace_write(writer, type, flags, 1000 + command_id, body, size), 0);
}

static void put_command(const void *request, size_t size)
{
	struct vgpu_trace_command c = { .id = ++command_id,
					.seqno = 77,
					.pid = 5,
					.tid = 6,
					.response_size = 4096,
					.request = request,
					.request_size = size };

	assert_int_equal(vgpu_trace_write_command(writer, 1000 + command_id, &c), 0);
}

static void put_response(uint32_t type, const void *rest, size_t size)
{
	uint8_t wire[2048] = { 0 };
	struct vgpu_ctrl_hdr hdr = { .type = type, .fence_id = 9 };
	struct vgpu_trace_response r = { .id = command_id,
					 .response = wire,
					 .response_size = VGPU_CTRL_HDR_SIZE + size };

	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	memcpy(wire + VGPU_CTRL_HDR_SIZE, rest, size);
	assert_int_equal(vgpu_trace_write_response(writer, 1000 + command_id, &r), 0);
}

/* One virgl command: `known` dwords, then canaries. */
static size_t virgl(uint8_t *to, uint32_t opcode, uint32_t object, uint32_t length,
		    const uint32_t *known, uint32_t n)
{
	uint32_t header = opcode | object << 8 | length << 16;

	memcpy(to, &header, 4);
	for (uint32_t i = 0; i < length; i++)
		memcpy(to + 4 + i * 4, i < n ? (const void *)&known[i] : CANARY, 4);
	return 4 + length * 4;
}

#define VIRGL(opcode, object, length, ...)                                                   \
	do {                                                                                 \
		const uint32_t known[] = { 0, ##__VA_ARGS__ };                               \
		size += virgl(stream + size, VGPU_VIRGL_##opcode, object, length, known + 1, \
			      sizeof(known) / 4 - 1);                                        \
	} while (0)

static size_t make_stream(uint8_t *stream)
{
	size_t size = 0;

	/* Text of 20 bytes: 5 dwords. */
	VIRGL(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SHADER, 10, 4242, 0, 20, 300, 0);
	VIRGL(CREATE_OBJECT, VGPU_VIRGL_OBJECT_SAMPLER_STATE, 9, 4243, 0, 0, 0, 0);
	VIRGL(RESOURCE_INLINE_WRITE, 0, 15, 4244, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1);
	VIRGL(SET_CONSTANT_BUFFER, 0, 6, 1, 0);
	VIRGL(CLEAR, 0, 8, 4);
	VIRGL(SET_BLEND_COLOR, 0, 4);
	VIRGL(SET_POLYGON_STIPPLE, 0, 32);
	VIRGL(SET_CLIP_STATE, 0, 32);
	VIRGL(CLEAR_TEXTURE, 0, 12, 4245, 0, 0, 0, 0, 4, 1, 1);
	VIRGL(SEND_STRING_MARKER, 0, 5, 16);
	VIRGL(SET_DEBUG_FLAGS, 0, 4);
	VIRGL(END_TRANSFERS, 0, 7);
	VIRGL(NOP, 0, 3);
	VIRGL(DECODE_MACROBLOCK, 0, 3);
	VIRGL(CREATE_OBJECT, 99, 4, 4246); /* a type that nobody knows */
	VIRGL(DRAW_VBO, 0, 15, 0, 3);      /* a length that the host refuses */
	VIRGL(CREATE_SUB_CTX, 0, 1, 4247);
	size += virgl(stream + size, 200, 0, 5, NULL, 0); /* an opcode that nobody knows */
	/* Longer than the stream. */
	virgl(stream + size, VGPU_VIRGL_SET_CONSTANT_BUFFER, 0, 12, NULL, 0);
	return size + 20;
}

static void put_submit(uint32_t ctx_id, const uint8_t *stream, size_t size)
{
	static uint8_t wire[4096];
	struct vgpu_cmd_submit c = { .hdr.type = VGPU_CMD_SUBMIT_3D,
				     .hdr.ctx_id = ctx_id,
				     .size = (uint32_t)size };

	vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
	memcpy(wire + VGPU_CMD_SUBMIT_SIZE, stream, size);
	memcpy(wire + VGPU_CMD_SUBMIT_SIZE + size, CANARY, 4); /* behind the stream */
	put_command(wire, VGPU_CMD_SUBMIT_SIZE + size + 4);
	put_response(VGPU_RESP_OK_NODATA, CANARY, 4);
}

static void put_context(uint32_t id, uint32_t context_init)
{
	struct vgpu_ctx_create c = { .hdr.type = VGPU_CMD_CTX_CREATE,
				     .hdr.ctx_id = id,
				     .nlen = 28,
				     .context_init = context_init };
	uint8_t wire[VGPU_CTX_CREATE_SIZE];

	memcpy(c.debug_name, CANARIES, 28);
	vgpu_encode_ctx_create(&c, wire, sizeof(wire));
	put_command(wire, sizeof(wire));
}

static void put_plain(uint32_t type, size_t size)
{
	uint8_t wire[256] = CANARIES CANARIES CANARIES;
	struct vgpu_ctrl_hdr hdr = { .type = type, .ctx_id = 1 };

	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	put_command(wire, size);
}

static int make(void)
{
	static const char text[] = "source=synthetic\0options=" CANARY "\0new-key=" CANARY;
	static const char device[] = "driver=virtio_gpu\0edid=" CANARY;
	struct vgpu_trace_header header = { .clock = 1, .text = text, .text_size = sizeof(text) };
	struct vgpu_trace_device d = { .text = device, .text_size = sizeof(device) };
	struct vgpu_trace_process process = { .pid = 5,
					      .tid = 6,
					      .comm = CANARY CANARY "KEY",
					      .command_line = CANARIES,
					      .command_line_size = sizeof(CANARIES) };
	struct vgpu_trace_context context = {
		.ctx_id = 3, .pid = 5, .capset = 1, .name = CANARIES, .name_size = 12
	};
	struct vgpu_trace_memory memory = { .address = 0x1000,
					    .bytes = (const uint8_t *)CANARIES,
					    .size = sizeof(CANARIES) };
	static uint8_t stream[4096];
	uint8_t capset[16] = CANARY, edid[8 + 1024] = { 128 };
	size_t size = make_stream(stream);
	int fd = memory_file(NULL, 0);

	memcpy(edid + 8, CANARIES, 56);
	command_id = 0;
	assert_int_equal(vgpu_trace_writer_create(&writer, fd, NULL), 0);
	assert_int_equal(vgpu_trace_write_header(writer, 1, &header), 0);
	assert_int_equal(vgpu_trace_write_device(writer, 1, &d), 0);
	assert_int_equal(vgpu_trace_write_process(writer, 1, &process), 0);
	assert_int_equal(vgpu_trace_write_context(writer, 1, &context), 0);
	assert_int_equal(vgpu_trace_write_memory(writer, 1, &memory), 0);
	put_context(1, 0);
	put_context(2, VGPU_CAPSET_VENUS);
	put_submit(1, stream, size);
	put_submit(2, stream, size); /* not virgl: nothing of it is known */
	put_submit(3, stream, size); /* virgl, as CONTEXT says */
	put_submit(4, stream, size); /* nobody knows */
	put_plain(0x0999, 100);
	put_plain(VGPU_CMD_GET_DISPLAY_INFO, 60); /* longer than it should be */
	put_response(VGPU_RESP_OK_EDID, edid, sizeof(edid));
	put_response(VGPU_RESP_OK_RESOURCE_UUID, CANARIES, 16);
	put_response(0x1199, CANARIES, 16);
	put_response(VGPU_RESP_OK_CAPSET, capset, sizeof(capset)); /* of no question */
	put(200, 0, CANARIES, 40);
	/* A field that a later version appends to COMMAND: 8 bytes, before the request. */
	{
		uint8_t body[40 + 8 + VGPU_CTRL_HDR_SIZE] = { 200 };

		memcpy(body + 40, CANARY CANARY, 8);
		put(VGPU_TRACE_COMMAND, 1 << 8, body, sizeof(body));
	}
	assert_int_equal(vgpu_trace_writer_finish(writer, 1000000), 0);
	vgpu_trace_writer_destroy(writer);
	return fd;
}

static bool has_canary(const struct vgpu_trace_record *r)
{
	return memmem(r->body, r->body_size, CANARY, 4) != NULL;
}

/* Types of records with a canary after stripping, as a mask; -1 when a number went astray. */
static unsigned int found(int fd, unsigned int keep, unsigned int *commands)
{
	struct vgpu_trace_record in, out;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_command a, b;
	struct vgpu_strip *strip;
	unsigned int mask = 0;

	*commands = 0;
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	assert_int_equal(vgpu_strip_create(&strip, keep), 0);
	while (vgpu_trace_reader_next(reader, &in) == 1) {
		int n = vgpu_strip_record(strip, &in, &out);

		if (in.type == VGPU_TRACE_END || in.type == 200) {
			assert_int_equal(n, VGPU_ERR_UNKNOWN);
			continue;
		}
		assert_int_equal(n, 1);
		assert_int_equal(out.type, in.type);
		assert_int_equal(out.time_ns, in.time_ns);
		mask |= (unsigned int)has_canary(&out) << out.type;
		if (in.type == VGPU_TRACE_HEADER || in.type == VGPU_TRACE_DEVICE)
			continue;
		assert_int_equal(out.body_size, in.body_size);
		if (vgpu_trace_parse_command(&in, &a))
			continue;
		assert_int_equal(vgpu_trace_parse_command(&out, &b), 0);
		assert_int_equal(a.id, b.id);
		assert_int_equal(a.seqno, b.seqno);
		assert_int_equal(a.tid, b.tid);
		assert_memory_equal(a.request, b.request, VGPU_CTRL_HDR_SIZE - 4);
		(*commands)++;
	}
	vgpu_strip_destroy(strip);
	vgpu_trace_reader_close(reader);
	return mask;
}

#define BIT(type) (1u << VGPU_TRACE_##type)

static void test_canaries(void **state)
{
	int fd = make();
	unsigned int commands;

	(void)state;
	assert_int_equal(found(fd, 0, &commands), 0);
	assert_int_equal(commands, 9);
	/* What is kept is kept, and nothing else. */
	assert_int_equal(found(fd, VGPU_STRIP_KEEP_MEMORY, &commands), BIT(MEMORY) | BIT(COMMAND));
	assert_int_equal(found(fd, VGPU_STRIP_KEEP_SHADERS, &commands), BIT(COMMAND));
	assert_int_equal(found(fd, VGPU_STRIP_KEEP_CONSTANTS, &commands), BIT(COMMAND));
	assert_int_equal(found(fd, VGPU_STRIP_KEEP_NAMES, &commands),
			 BIT(PROCESS) | BIT(CONTEXT) | BIT(COMMAND));
	assert_int_equal(found(fd, VGPU_STRIP_KEEP_HOST, &commands), BIT(HEADER) | BIT(RESPONSE));
	close(fd);
}

/* What a stream is after stripping, as the words of its commands' payloads. */
static void test_stream(void **state)
{
	int fd = make(), submits = 0;
	struct vgpu_trace_record in, out;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_command c;
	struct vgpu_strip *strip;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;

	(void)state;
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	assert_int_equal(vgpu_strip_create(&strip, 0), 0);
	while (vgpu_trace_reader_next(reader, &in) == 1) {
		uint32_t handles = 0;

		if (vgpu_strip_record(strip, &in, &out) != 1 ||
		    vgpu_trace_parse_command(&out, &c) || c.request[1] != 2 || c.request[0] != 7)
			continue;
		vgpu_virgl_walk_init(&walk, c.request + VGPU_CMD_SUBMIT_SIZE,
				     c.request_size - VGPU_CMD_SUBMIT_SIZE);
		while (vgpu_virgl_walk_next(&walk, &cmd)) {
			uint32_t first = vgpu_virgl_dword(&cmd, 0);

			handles += first >= 4242 && first <= 4247;
		}
		submits++;
		/* Of contexts 1 and 3 the shape is known, and the handles of what is known. */
		assert_int_equal(handles, submits % 2 ? 5 : 0);
		if (submits != 1)
			continue;
		vgpu_virgl_walk_init(&walk, c.request + VGPU_CMD_SUBMIT_SIZE,
				     c.request_size - VGPU_CMD_SUBMIT_SIZE);
		assert_int_equal(vgpu_virgl_walk_next(&walk, &cmd), 1);
		assert_int_equal(cmd.opcode, VGPU_VIRGL_CREATE_OBJECT);
		assert_int_equal(cmd.length, 10);
		assert_int_equal(vgpu_virgl_dword(&cmd, 2), 20); /* bytes of text */
		assert_int_equal(vgpu_virgl_dword(&cmd, 3), 300);
		assert_int_equal(vgpu_virgl_dword(&cmd, 5), 0);
	}
	assert_int_equal(submits, 4);
	vgpu_strip_destroy(strip);
	vgpu_trace_reader_close(reader);
	close(fd);
}

static void test_header(void **state)
{
	struct vgpu_trace_record in, out;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_header h;
	struct vgpu_strip *strip;
	int fd = make();

	(void)state;
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	assert_int_equal(vgpu_strip_create(&strip, VGPU_STRIP_KEEP_SHADERS), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &in), 1);
	assert_int_equal(vgpu_strip_record(strip, &in, &out), 1);
	assert_int_equal(vgpu_trace_parse_header(&out, &h), 0);
	assert_string_equal(vgpu_trace_text_get(h.text, h.text_size, "source"), "synthetic");
	assert_string_equal(vgpu_trace_text_get(h.text, h.text_size, "stripped"),
			    "memory,constants,names,host");
	assert_null(vgpu_trace_text_get(h.text, h.text_size, "new-key"));
	assert_string_equal(vgpu_strip_keep_name(VGPU_STRIP_KEEP_HOST), "host");
	assert_null(vgpu_strip_keep_name(1 << 5));
	vgpu_strip_destroy(strip);
	vgpu_trace_reader_close(reader);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canaries),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
