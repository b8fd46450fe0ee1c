/* SPDX-License-Identifier: MIT */
#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/virgl.h>

#include "message.h"
#include "out.h"

/* Above, a double no longer holds every integer: what most JSON readers use. */
#define EXACT_MAX ((1ull << 53) - 1)

struct json {
	struct out out;
	enum vgpu_stream language;
	enum vgpu_dialect dialect;
	bool first; /* nothing stands yet in the innermost object or array */
};

static void json_comma(struct json *j)
{
	if (!j->first)
		out_char(&j->out, ',');
	j->first = false;
}

/* The comma and, in an object, the name that come before a value. */
static void json_key(struct json *j, const char *name)
{
	json_comma(j);
	if (!name)
		return;
	out_char(&j->out, '"');
	out_text(&j->out, name);
	out_text(&j->out, "\":");
}

static void json_open(struct json *j, const char *name, char bracket)
{
	json_key(j, name);
	out_char(&j->out, bracket);
	j->first = true;
}

static void json_close(struct json *j, char bracket)
{
	out_char(&j->out, bracket);
	j->first = false;
}

static void json_uint(struct json *j, const char *name, uint64_t value)
{
	json_key(j, name);
	if (value > EXACT_MAX)
		out_char(&j->out, '"');
	out_uint(&j->out, value);
	if (value > EXACT_MAX)
		out_char(&j->out, '"');
}

/* Names of ours: nothing to escape. */
static void json_name(struct json *j, const char *name, const char *value)
{
	json_key(j, name);
	if (!value) {
		out_text(&j->out, "null");
		return;
	}
	out_char(&j->out, '"');
	out_text(&j->out, value);
	out_char(&j->out, '"');
}

static void json_enum(struct json *j, const char *name, uint64_t value, const char *text)
{
	json_open(j, name, '{');
	json_uint(j, "value", value);
	json_name(j, "name", text);
	json_close(j, '}');
}

static void json_flags(struct json *j, const struct vgpu_field *f)
{
	uint64_t unknown = f->value;

	json_open(j, f->name, '{');
	json_uint(j, "value", f->value);
	json_open(j, "names", '[');
	for (uint32_t bits = (uint32_t)f->value, bit; bits; bits &= bits - 1) {
		const char *name;

		bit = bits & -bits;
		name = vgpu_dialect_value(j->dialect, f->set, bit);
		if (!name)
			continue;
		unknown &= ~(uint64_t)bit;
		json_name(j, NULL, name);
	}
	json_close(j, ']');
	if (unknown)
		json_uint(j, "unknown", unknown);
	json_close(j, '}');
}

static void json_bytes(struct json *j, const struct vgpu_field *f)
{
	json_key(j, f->name);
	out_char(&j->out, '"');
	out_bytes(&j->out, f->data, f->size);
	out_char(&j->out, '"');
}

/* What is not a number in JSON is a string. */
static void json_float(struct json *j, const struct vgpu_field *f)
{
	bool single = f->type == VGPU_FIELD_FLOAT;
	uint64_t infinity = single ? 0x7f800000 : 0x7ffull << 52;
	bool quoted = (f->value & infinity) == infinity;

	json_key(j, f->name);
	if (quoted)
		out_char(&j->out, '"');
	if (single)
		out_float(&j->out, (uint32_t)f->value);
	else
		out_double(&j->out, f->value);
	if (quoted)
		out_char(&j->out, '"');
}

static int json_field(void *data, const struct vgpu_field *f);

/* The members of one command, inside its braces. */
static void json_command(struct json *j, const struct vgpu_virgl_cmd *cmd, bool overrun)
{
	int err;

	json_uint(j, "offset", cmd->offset);
	json_uint(j, "opcode", cmd->opcode);
	json_name(j, "name", vgpu_virgl_cmd_name(cmd->opcode));
	json_uint(j, "length", cmd->length);
	if (virgl_has_object(cmd))
		json_enum(j, "object", cmd->object, vgpu_virgl_object_name(cmd->object));
	json_open(j, "fields", '{');
	vgpu_virgl_visit(cmd, json_field, j);
	json_close(j, '}');
	err = overrun ? 0 : vgpu_virgl_check_length(cmd);
	if (err)
		json_name(j, "error", err == VGPU_ERR_INVALID ? "length" : "unknown");
}

static const char *error_name(int err)
{
	switch (err) {
	case VGPU_ERR_OVERRUN:
		return "overrun";
	case VGPU_ERR_TRUNCATED:
		return "truncated";
	case VGPU_ERR_INVALID:
		return "length";
	default:
		return "unknown";
	}
}

static void json_virgl(struct json *j, const struct vgpu_field *f)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	int got;

	json_open(j, "commands", '[');
	vgpu_virgl_walk_init(&walk, f->data, f->size);
	do {
		got = vgpu_virgl_walk_next(&walk, &cmd);
		if (got != 1 && got != VGPU_ERR_OVERRUN)
			break;
		json_open(j, NULL, '{');
		json_command(j, &cmd, got != 1);
		json_close(j, '}');
	} while (got == 1);
	json_close(j, ']');
	if (got)
		json_name(j, "error", error_name(got));
}

static void json_stream_command(struct json *j, const struct vgpu_stream_cmd *cmd)
{
	int err;

	json_uint(j, "offset", cmd->offset);
	json_uint(j, "opcode", cmd->opcode);
	json_name(j, "name", vgpu_stream_cmd_name(cmd->stream, cmd->opcode));
	if (cmd->sized)
		json_uint(j, "size", cmd->size);
	else
		json_name(j, "size", NULL);
	json_open(j, "fields", '{');
	err = vgpu_stream_visit(cmd, json_field, j);
	json_close(j, '}');
	if (err)
		json_name(j, "error", error_name(err));
}

static void json_other(struct json *j, const struct vgpu_field *f)
{
	struct vgpu_stream_walk walk;
	struct vgpu_stream_cmd cmd;
	int got;

	json_name(j, "language", vgpu_stream_name(j->language));
	json_open(j, "commands", '[');
	vgpu_stream_walk_init(&walk, j->language, f->data, f->size);
	do {
		got = vgpu_stream_walk_next(&walk, &cmd);
		if (!got || got == VGPU_ERR_TRUNCATED)
			break;
		json_open(j, NULL, '{');
		json_stream_command(j, &cmd);
		json_close(j, '}');
	} while (got == 1);
	json_close(j, ']');
	if (got)
		json_name(j, "error", error_name(got));
}

static void json_stream(struct json *j, const struct vgpu_field *f)
{
	json_open(j, f->name, '{');
	json_uint(j, "size", f->size);
	if (j->language == VGPU_STREAM_VIRGL)
		json_virgl(j, f);
	else if (j->language != VGPU_STREAM_UNKNOWN)
		json_other(j, f);
	json_close(j, '}');
}

static int json_field(void *data, const struct vgpu_field *f)
{
	struct json *j = data;

	if (f->event != VGPU_FIELD_VALUE) {
		bool object = f->type == VGPU_FIELD_OBJECT;

		if (f->event == VGPU_FIELD_BEGIN)
			json_open(j, f->name, object ? '{' : '[');
		else
			json_close(j, object ? '}' : ']');
		return j->out.err;
	}
	switch (f->type) {
	case VGPU_FIELD_ENUM:
		json_enum(j, f->name, f->value, f->text);
		break;
	case VGPU_FIELD_FLAGS:
		json_flags(j, f);
		break;
	case VGPU_FIELD_INT:
		json_key(j, f->name);
		out_int(&j->out, (int64_t)f->value);
		break;
	case VGPU_FIELD_FLOAT:
	case VGPU_FIELD_DOUBLE:
		json_float(j, f);
		break;
	case VGPU_FIELD_TEXT:
	case VGPU_FIELD_LINES:
		json_key(j, f->name);
		out_json_string(&j->out, f->data, text_length(f->data, f->size));
		break;
	case VGPU_FIELD_BYTES:
		json_bytes(j, f);
		break;
	case VGPU_FIELD_PADDING:
		if (!bytes_are_zero(f->data, f->size))
			json_bytes(j, f);
		break;
	case VGPU_FIELD_STREAM:
		json_stream(j, f);
		break;
	default:
		json_uint(j, f->name, f->value);
		break;
	}
	return j->out.err;
}

static int describe(const struct message *m, const void *wire, size_t size,
		    const struct vgpu_describe_options *options, const struct vgpu_sink *sink)
{
	struct json j = { .language = stream_of(options),
			  .dialect = m->negotiated.dialect,
			  .first = true };
	const char *error = NULL;
	int err;

	out_init(&j.out, sink);
	if (!size) {
		out_text(&j.out, "null");
		return out_finish(&j.out);
	}
	json_open(&j, NULL, '{');
	json_name(&j, m->response ? "resp" : "cmd", m->name);
	err = m->response ? vgpu_dialect_response_visit(&m->negotiated, m->cmd_type, wire, size,
							json_field, &j)
			  : vgpu_dialect_request_visit(&m->negotiated, wire, size, json_field, &j);
	if (m->needs)
		json_name(&j, "needs", m->needs);
	if (m->owner)
		json_name(&j, "private", m->owner);
	if (err == VGPU_ERR_TRUNCATED)
		error = "truncated";
	else if (err == VGPU_ERR_UNKNOWN)
		error = "unknown";
	else if (m->unexpected)
		error = "unexpected";
	if (error) {
		/* "size" is a field of some structs; "bytes" of none. */
		json_name(&j, "error", error);
		json_uint(&j, "bytes", size);
	}
	if (message_surplus(m, wire, size))
		json_uint(&j, "padded", message_surplus(m, wire, size));
	json_close(&j, '}');
	return out_finish(&j.out);
}

int vgpu_request_json(const void *wire, size_t size, const struct vgpu_describe_options *options,
		      const struct vgpu_sink *sink)
{
	struct message m;

	message_request(&m, options ? &options->negotiated : NULL, wire, size);
	return describe(&m, wire, size, options, sink);
}

int vgpu_response_json(uint32_t cmd_type, const void *wire, size_t size,
		       const struct vgpu_describe_options *options, const struct vgpu_sink *sink)
{
	struct message m;

	message_response(&m, options ? &options->negotiated : NULL, cmd_type, wire, size);
	return describe(&m, wire, size, options, sink);
}

int vgpu_config_json(const void *wire, size_t size, const struct vgpu_describe_options *options,
		     const struct vgpu_sink *sink)
{
	struct vgpu_negotiated n = options ? options->negotiated : (struct vgpu_negotiated) { 0 };
	struct json j = { .dialect = n.dialect, .first = true };
	int err;

	out_init(&j.out, sink);
	json_open(&j, NULL, '{');
	err = vgpu_config_visit(&n, wire, size, json_field, &j);
	if (err == VGPU_ERR_TRUNCATED) {
		json_name(&j, "error", "truncated");
		json_uint(&j, "bytes", size);
	}
	json_close(&j, '}');
	return out_finish(&j.out);
}

int vgpu_virgl_json(const struct vgpu_virgl_cmd *cmd, const struct vgpu_sink *sink)
{
	struct json j = { .first = true };

	out_init(&j.out, sink);
	json_open(&j, NULL, '{');
	json_command(&j, cmd, cmd->available < cmd->length);
	if (cmd->available < cmd->length)
		json_name(&j, "error", "overrun");
	json_close(&j, '}');
	return out_finish(&j.out);
}

int vgpu_stream_json(const struct vgpu_stream_cmd *cmd, const struct vgpu_sink *sink)
{
	struct json j = { .first = true };

	out_init(&j.out, sink);
	json_open(&j, NULL, '{');
	json_stream_command(&j, cmd);
	json_close(&j, '}');
	return out_finish(&j.out);
}
