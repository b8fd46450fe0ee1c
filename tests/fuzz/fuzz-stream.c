/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a stream that is not virgl's: commands lie inside, follow one another and cover all of
 * it; a visit stays inside its command, closes its brackets and says what the check says.
 * Input: a byte that chooses the language, and the stream.
 */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "fuzz.h"

struct visit {
	const struct vgpu_stream_cmd *cmd;
	int depth;
};

static int one_field(void *data, const struct vgpu_field *f)
{
	struct visit *v = data;

	REQUIRE(f->path && f->offset >= v->cmd->offset);
	REQUIRE(f->offset - v->cmd->offset + f->size <= v->cmd->available);
	REQUIRE(!f->size || f->data == v->cmd->data + (f->offset - v->cmd->offset));
	v->depth += f->event == VGPU_FIELD_BEGIN;
	v->depth -= f->event == VGPU_FIELD_END;
	REQUIRE(v->depth >= 0 && v->depth < 16);
	return 0;
}

/* JSON's brackets match, and quotes end; escapes hide none of either. */
struct json {
	int depth;
	bool string, escape;
	size_t length;
};

static int take_json(void *data, const char *text, size_t size)
{
	struct json *j = data;

	for (size_t i = 0; i < size; i++) {
		if (j->string) {
			if (!j->escape && text[i] == '"')
				j->string = false;
			j->escape = !j->escape && text[i] == '\\';
			continue;
		}
		j->string = text[i] == '"';
		j->depth += text[i] == '{' || text[i] == '[';
		j->depth -= text[i] == '}' || text[i] == ']';
		REQUIRE(j->depth >= 0);
	}
	j->length += size;
	return 0;
}

static int discard(void *data, const char *text, size_t size)
{
	(void)text;
	*(size_t *)data += size;
	return 0;
}

static void one_command(const struct vgpu_stream_cmd *cmd)
{
	enum vgpu_struct_id response = vgpu_stream_response(cmd->stream, cmd->opcode);
	struct visit v = { cmd, 0 };
	struct json json = { 0 };
	size_t length = 0;
	struct vgpu_sink text = { discard, &length }, to_json = { take_json, &json };
	int got = vgpu_stream_visit(cmd, one_field, &v);

	REQUIRE(v.depth == 0);
	REQUIRE(got == vgpu_stream_check(cmd));
	REQUIRE(got == 0 || got == VGPU_ERR_UNKNOWN || got == VGPU_ERR_OVERRUN ||
		got == VGPU_ERR_TRUNCATED || got == VGPU_ERR_INVALID);
	REQUIRE((got != VGPU_ERR_UNKNOWN) || !vgpu_stream_cmd_name(cmd->stream, cmd->opcode));
	REQUIRE(!vgpu_stream_text(cmd, &text) && length);
	REQUIRE(!vgpu_stream_json(cmd, &to_json) && json.length);
	REQUIRE(!json.depth && !json.string);
	if (response != VGPU_STRUCT_NONE)
		REQUIRE(vgpu_struct_size(response) > 0);
}

/* The same bytes as an answer and as a capset: structs with tails of all kinds. */
static void structs(const uint8_t *data, size_t size)
{
	struct vgpu_stream_cmd whole = { .data = data, .available = size };
	uint64_t host[1024];
	uint8_t wire[sizeof(host)];

	for (unsigned int i = 0; i < VGPU_STRUCT_COUNT; i++) {
		enum vgpu_struct_id id = (enum vgpu_struct_id)i;
		struct visit v = { &whole, 0 };
		int got = vgpu_struct_visit(id, data, size, one_field, &v);

		REQUIRE(v.depth == 0);
		REQUIRE(got == 0 || got == VGPU_ERR_TRUNCATED);
		REQUIRE(size >= vgpu_struct_size(id) || got == VGPU_ERR_TRUNCATED);
		if (vgpu_struct_decode(id, data, size, host))
			continue;
		REQUIRE(!vgpu_struct_encode(id, host, wire, sizeof(wire)));
		REQUIRE(!memcmp(wire, data, vgpu_struct_size(id)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vgpu_stream_walk walk;
	struct vgpu_stream_cmd cmd;
	enum vgpu_stream stream;
	size_t pos = 0;
	int got;

	if (!size)
		return 0;
	stream = (enum vgpu_stream)(*data++ % (VGPU_STREAM_UNKNOWN + 1));
	size--;
	structs(data, size);
	vgpu_stream_walk_init(&walk, stream, data, size);
	while ((got = vgpu_stream_walk_next(&walk, &cmd)) == 1) {
		REQUIRE(cmd.stream == stream && cmd.offset == pos && cmd.data == data + pos);
		REQUIRE(cmd.available == cmd.size && cmd.size >= 4 && cmd.size <= size - pos);
		pos += cmd.size;
		REQUIRE(cmd.sized || pos == size);
		one_command(&cmd);
	}
	if (got) {
		REQUIRE(cmd.offset == pos && cmd.available == size - pos && cmd.available);
		REQUIRE((got == VGPU_ERR_OVERRUN) == (cmd.available < cmd.size));
		if (got != VGPU_ERR_TRUNCATED)
			one_command(&cmd);
	} else {
		REQUIRE(pos == size || stream == VGPU_STREAM_VIRGL ||
			stream == VGPU_STREAM_UNKNOWN);
	}
	REQUIRE(vgpu_stream_walk_next(&walk, &cmd) == 0 || stream == VGPU_STREAM_VIRGL ||
		stream == VGPU_STREAM_UNKNOWN);
	return 0;
}
