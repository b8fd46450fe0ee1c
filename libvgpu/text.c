/* SPDX-License-Identifier: MIT */
#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/virgl.h>

#include "cursor.h"
#include "libc.h"
#include "message.h"
#include "out.h"

/* Longer byte strings are named by their length, in streams or but for verbose. */
#define SHORT_BYTES        16
#define SHORT_STREAM_BYTES 64

struct text {
	struct out out;
	bool verbose;
	bool stream; /* fields of a stream's command */
	enum vgpu_stream language;
	enum vgpu_dialect dialect;
	unsigned int skip; /* > 0: inside an object that is left out, levels deep */
	bool array;        /* inside [] */
	bool first;        /* of an array */
	uint64_t total;    /* bytes of the entries */
};

static void print_flags(struct text *t, enum vgpu_set_id set, uint64_t value)
{
	const char *name, *separator = "";
	struct out *o = &t->out;

	if (!value)
		out_char(o, '0');
	for (uint32_t bits = (uint32_t)value, bit; bits; bits &= bits - 1) {
		bit = bits & -bits;
		name = vgpu_dialect_value(t->dialect, set, bit);
		if (!name)
			continue;
		value &= ~(uint64_t)bit;
		out_text(o, separator);
		out_text(o, name);
		separator = "|";
	}
	if (value && *separator)
		out_char(o, '|');
	if (value)
		out_hex(o, value);
}

static void print_enum(struct text *t, const struct vgpu_field *f)
{
	struct out *o = &t->out;

	if (!f->text) {
		if (f->set == VGPU_SET_RESP) /* a message type that has no name */
			out_hex(o, f->value);
		else
			out_uint(o, f->value);
		return;
	}
	if (vgpu_dialect_value(t->dialect, f->set, (uint32_t)f->value) == f->text) {
		out_text(o, f->text);
		return;
	}
	/* More bits than the enum's own. */
	out_hex(o, f->value);
	out_char(o, '(');
	out_text(o, f->text);
	out_char(o, ')');
}

/* Each line of a text on a line of its own. */
static void print_lines(struct out *o, const uint8_t *data, size_t size)
{
	const uint8_t *end, *next;

	if (!size)
		return; /* and then data is NULL */
	end = data + text_length(data, size);
	for (; data < end; data = next) {
		const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));

		next = newline ? newline + 1 : end;
		out_text(o, "\n        ");
		out_plain(o, data, (size_t)((newline ? newline : end) - data));
	}
}

/* FNV-1a, to tell contents apart that are too long to show. */
static void print_digest(struct out *o, const uint8_t *data, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3;
	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
	out_char(o, '#');
	out_bytes(o, bytes, 8);
}

static void print_value(struct text *t, const struct vgpu_field *f)
{
	struct out *o = &t->out;

	switch (f->type) {
	case VGPU_FIELD_HEX:
		out_hex(o, f->value);
		break;
	case VGPU_FIELD_ENUM:
		print_enum(t, f);
		break;
	case VGPU_FIELD_FLAGS:
		print_flags(t, f->set, f->value);
		break;
	case VGPU_FIELD_INT:
		out_int(o, (int64_t)f->value);
		break;
	case VGPU_FIELD_FLOAT:
		out_float(o, (uint32_t)f->value);
		break;
	case VGPU_FIELD_DOUBLE:
		out_double(o, f->value);
		break;
	case VGPU_FIELD_TEXT:
		out_quoted(o, f->data, text_length(f->data, f->size));
		break;
	case VGPU_FIELD_BYTES:
	case VGPU_FIELD_PADDING:
		if (f->size && (t->stream ? f->size <= SHORT_STREAM_BYTES
					  : t->verbose || f->size <= SHORT_BYTES)) {
			out_bytes(o, f->data, f->size);
		} else {
			out_uint(o, f->size);
			out_text(o, "B");
			if (t->stream && f->size && t->language != VGPU_STREAM_VIRGL)
				print_digest(o, f->data, f->size);
		}
		break;
	default:
		out_uint(o, f->value);
		break;
	}
}

/* What a stream's command is headed with: it stands before the fields. */
static bool is_headline(const struct vgpu_field *f)
{
	static const char *const paths[] = { "hdr.cmd", "hdr.len", "hdr.cmd_size", "op_code" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(f->path, paths[i]))
			return true;
	return false;
}

/* Left out, but for verbose: the header, padding, and objects of a list that are all zero. */
static bool left_out(const struct text *t, const struct vgpu_field *f)
{
	if (f->type == VGPU_FIELD_PADDING)
		return !t->verbose || bytes_are_zero(f->data, f->size);
	if (t->stream && t->language != VGPU_STREAM_VIRGL && is_headline(f))
		return true;
	if (t->verbose || f->type != VGPU_FIELD_OBJECT)
		return false;
	return f->tail || !strcmp(f->path, "hdr") || (!f->name && bytes_are_zero(f->data, f->size));
}

static int text_field(void *data, const struct vgpu_field *f);

/* One command of a stream; `got` is what the walk said of it. */
static void print_command(struct text *t, const struct vgpu_virgl_cmd *cmd, int got)
{
	struct out *o = &t->out;
	const char *name = vgpu_virgl_cmd_name(cmd->opcode);

	if (name)
		out_text(o, name);
	else
		out_uint(o, cmd->opcode);
	if (virgl_has_object(cmd)) {
		name = vgpu_virgl_object_name(cmd->object);
		out_char(o, ' ');
		if (name)
			out_text(o, name);
		else
			out_uint(o, cmd->object);
	}
	out_text(o, " length=");
	out_uint(o, cmd->length);
	if (got == VGPU_ERR_OVERRUN)
		out_text(o, " [overrun]");
	else if (vgpu_virgl_check_length(cmd))
		out_text(o, name ? " [bad length]" : " [unknown]");
	vgpu_virgl_visit(cmd, text_field, t);
}

static void print_virgl(struct text *t, const struct vgpu_field *f)
{
	struct out *o = &t->out;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	uint64_t count = 0;
	int got;

	vgpu_virgl_walk_init(&walk, f->data, f->size);
	while ((got = vgpu_virgl_walk_next(&walk, &cmd)) > 0)
		count++;
	out_text(o, " commands=");
	out_uint(o, count);
	if (got == VGPU_ERR_OVERRUN)
		out_text(o, " [last command overruns the stream]");
	else if (got)
		out_text(o, " [stream is not whole dwords]");
	if (!t->verbose)
		return;
	t->stream = true;
	vgpu_virgl_walk_init(&walk, f->data, f->size);
	do {
		got = vgpu_virgl_walk_next(&walk, &cmd);
		if (got != 1 && got != VGPU_ERR_OVERRUN)
			break;
		out_text(o, "\n    ");
		out_hex(o, cmd.offset);
		out_char(o, ' ');
		print_command(t, &cmd, got);
	} while (got == 1);
	t->stream = false;
}

/* One command of another stream; `got` is what the walk said of it. */
static void print_stream_command(struct text *t, const struct vgpu_stream_cmd *cmd, int got)
{
	const char *name = vgpu_stream_cmd_name(cmd->stream, cmd->opcode);
	struct out *o = &t->out;
	int check;

	if (name)
		out_text(o, name);
	else if (cmd->stream == VGPU_STREAM_GFXSTREAM)
		out_hex(o, cmd->opcode);
	else
		out_uint(o, cmd->opcode);
	out_text(o, " size=");
	if (cmd->sized)
		out_uint(o, cmd->size);
	else
		out_char(o, '?');
	if (got == VGPU_ERR_INVALID) {
		out_text(o, " [bad length]");
		vgpu_stream_visit(cmd, text_field, t);
		return;
	}
	if (!cmd->sized && got == VGPU_ERR_OVERRUN)
		out_text(o, " [overrun]");
	check = vgpu_stream_visit(cmd, text_field, t);
	if (check == VGPU_ERR_UNKNOWN)
		out_text(o, " [unknown]");
	else if (cmd->sized && check == VGPU_ERR_OVERRUN)
		out_text(o, " [overrun]");
	else if (check == VGPU_ERR_TRUNCATED)
		out_text(o, " [fields beyond its end]");
	else if (check == VGPU_ERR_INVALID)
		out_text(o, " [bad size]");
}

static void print_other(struct text *t, const struct vgpu_field *f)
{
	struct out *o = &t->out;
	struct vgpu_stream_walk walk;
	struct vgpu_stream_cmd cmd;
	uint64_t count = 0;
	bool open = false;
	int got;

	vgpu_stream_walk_init(&walk, t->language, f->data, f->size);
	while ((got = vgpu_stream_walk_next(&walk, &cmd)) == 1) {
		count++;
		open |= !cmd.sized;
	}
	out_text(o, " stream=");
	out_text(o, vgpu_stream_name(t->language));
	out_text(o, " commands=");
	out_uint(o, count);
	if (open)
		out_char(o, '+');
	if (got == VGPU_ERR_OVERRUN)
		out_text(o, " [last command overruns the stream]");
	else if (got == VGPU_ERR_INVALID)
		out_text(o, " [last command's length cannot be]");
	else if (got)
		out_text(o, " [stream ends inside a header]");
	if (!t->verbose)
		return;
	t->stream = true;
	vgpu_stream_walk_init(&walk, t->language, f->data, f->size);
	do {
		got = vgpu_stream_walk_next(&walk, &cmd);
		if (!got || got == VGPU_ERR_TRUNCATED)
			break;
		out_text(o, "\n    ");
		out_hex(o, cmd.offset);
		out_char(o, ' ');
		print_stream_command(t, &cmd, got);
	} while (got == 1);
	t->stream = false;
}

static void print_stream(struct text *t, const struct vgpu_field *f)
{
	if (t->language == VGPU_STREAM_VIRGL)
		print_virgl(t, f);
	else if (t->language != VGPU_STREAM_UNKNOWN)
		print_other(t, f);
}

/* Entries stand behind their list's name, a stream's header fields behind their command's. */
static const char *shown_name(const struct text *t, const struct vgpu_field *f)
{
	const char *name = f->path, *header = "hdr.";

	if (f->tail && f->type != VGPU_FIELD_BYTES)
		return f->name;
	for (; t->stream && *name == *header; name++, header++)
		if (*name == '.')
			return name + 1;
	return f->path;
}

/* " rect=1280x800+0+0", as X writes geometries; " box=64x64x1+0+0+0". False: not a whole one. */
static bool print_extent(struct text *t, const struct vgpu_field *f)
{
	struct out *o = &t->out;
	struct vgpu_rect r;
	struct vgpu_box b;
	bool rect;

	if (t->verbose || t->stream || f->type != VGPU_FIELD_OBJECT || !f->name)
		return false;
	rect = !strcmp(f->name, "r") && f->size == VGPU_RECT_SIZE;
	if (!rect && (strcmp(f->name, "box") || f->size != VGPU_BOX_SIZE))
		return false;
	out_char(o, ' ');
	out_mem(o, f->path, strlen(f->path) - strlen(f->name));
	if (rect) {
		vgpu_decode_rect(f->data, f->size, &r);
		b = (struct vgpu_box) { .x = r.x, .y = r.y, .w = r.width, .h = r.height };
	} else {
		vgpu_decode_box(f->data, f->size, &b);
	}
	out_text(o, rect ? "rect=" : "box=");
	out_uint(o, b.w);
	out_char(o, 'x');
	out_uint(o, b.h);
	if (!rect) {
		out_char(o, 'x');
		out_uint(o, b.d);
	}
	out_char(o, '+');
	out_uint(o, b.x);
	out_char(o, '+');
	out_uint(o, b.y);
	if (!rect) {
		out_char(o, '+');
		out_uint(o, b.z);
	}
	return true;
}

static int text_field(void *data, const struct vgpu_field *f)
{
	struct text *t = data;
	struct out *o = &t->out;

	/* Streams are mostly arrays. */
	if (t->array && f->event == VGPU_FIELD_VALUE && !t->skip) {
		if (!t->first)
			out_char(o, ',');
		t->first = false;
		print_value(t, f);
		return o->err;
	}
	/* Entries are left out one by one, but add up. */
	if (f->tail && f->event == VGPU_FIELD_VALUE && f->name && !strcmp(f->name, "length"))
		t->total += f->value;
	if (t->skip || (f->event == VGPU_FIELD_BEGIN && (left_out(t, f) || print_extent(t, f)))) {
		t->skip += f->event == VGPU_FIELD_BEGIN;
		t->skip -= f->event == VGPU_FIELD_END;
		return o->err;
	}
	if (f->event == VGPU_FIELD_BEGIN) {
		if (f->type == VGPU_FIELD_ARRAY) {
			out_char(o, ' ');
			out_text(o, f->path);
			out_text(o, "=[");
			t->array = t->first = true;
		} else if (f->tail && f->type == VGPU_FIELD_OBJECT) {
			out_text(o, "\n    ");
			out_text(o, f->path);
		}
	} else if (f->event == VGPU_FIELD_END) {
		if (f->type == VGPU_FIELD_ARRAY) {
			out_char(o, ']');
			t->array = false;
		} else if (f->tail && f->type == VGPU_FIELD_LIST && !t->verbose) {
			out_text(o, " total=");
			out_uint(o, t->total);
		}
	} else if (f->type == VGPU_FIELD_STREAM) {
		print_stream(t, f);
	} else if (f->type == VGPU_FIELD_LINES) {
		print_lines(o, f->data, f->size);
	} else if (!left_out(t, f)) {
		out_char(o, ' ');
		out_text(o, shown_name(t, f));
		out_char(o, '=');
		print_value(t, f);
	}
	return o->err;
}

static void print_head(struct text *t, const struct message *m)
{
	struct out *o = &t->out;

	if (m->name) {
		out_text(o, m->name);
	} else {
		out_text(o, m->response ? "RESP_" : "CMD_");
		out_hex(o, m->hdr.type);
	}
	if (t->verbose)
		return;
	/* Responses repeat the request's fence and context. */
	if (!m->response || m->hdr.ctx_id) {
		out_text(o, " ctx=");
		out_uint(o, m->hdr.ctx_id);
	}
	if (m->hdr.flags & VGPU_FLAG_FENCE) {
		out_text(o, " fence=");
		out_uint(o, m->hdr.fence_id);
	}
	if (m->hdr.flags & VGPU_FLAG_INFO_RING_IDX) {
		out_text(o, " ring=");
		out_uint(o, m->hdr.ring_idx);
	}
}

static int describe(const struct message *m, const void *wire, size_t size,
		    const struct vgpu_describe_options *options, const struct vgpu_sink *sink)
{
	struct text t = { .verbose = options && options->verbose,
			  .language = stream_of(options),
			  .dialect = m->negotiated.dialect };
	int err;

	out_init(&t.out, sink);
	if (!size) {
		out_text(&t.out, "(none)");
		return out_finish(&t.out);
	}
	if (m->headless) {
		out_text(&t.out, "[no header: ");
		out_uint(&t.out, size);
		out_text(&t.out, " bytes]");
		return out_finish(&t.out);
	}
	print_head(&t, m);
	err = m->response ? vgpu_dialect_response_visit(&m->negotiated, m->cmd_type, wire, size,
							text_field, &t)
			  : vgpu_dialect_request_visit(&m->negotiated, wire, size, text_field, &t);
	if (err == VGPU_ERR_TRUNCATED) {
		out_text(&t.out, " [truncated: ");
		out_uint(&t.out, size);
		out_text(&t.out, " of ");
		out_uint(&t.out, message_size(m, wire, size));
		out_text(&t.out, " bytes]");
	} else if (err == VGPU_ERR_UNKNOWN) {
		out_text(&t.out, m->owner ? " [private to " : " [unknown]");
		if (m->owner) {
			out_text(&t.out, m->owner);
			out_char(&t.out, ']');
		}
	}
	if (m->needs) {
		out_text(&t.out, " [needs ");
		out_text(&t.out, m->needs);
		out_char(&t.out, ']');
	}
	if (m->unexpected)
		out_text(&t.out, " [unexpected]");
	if (t.verbose && message_surplus(m, wire, size)) {
		out_text(&t.out, " [padded: ");
		out_uint(&t.out, message_surplus(m, wire, size));
		out_text(&t.out, " bytes]");
	}
	return out_finish(&t.out);
}

int vgpu_request_text(const void *wire, size_t size, const struct vgpu_describe_options *options,
		      const struct vgpu_sink *sink)
{
	struct message m;

	message_request(&m, options ? &options->negotiated : NULL, wire, size);
	return describe(&m, wire, size, options, sink);
}

int vgpu_response_text(uint32_t cmd_type, const void *wire, size_t size,
		       const struct vgpu_describe_options *options, const struct vgpu_sink *sink)
{
	struct message m;

	message_response(&m, options ? &options->negotiated : NULL, cmd_type, wire, size);
	return describe(&m, wire, size, options, sink);
}

int vgpu_config_text(const void *wire, size_t size, const struct vgpu_describe_options *options,
		     const struct vgpu_sink *sink)
{
	struct vgpu_negotiated n = options ? options->negotiated : (struct vgpu_negotiated) { 0 };
	struct text t = { .verbose = true, .dialect = n.dialect };

	out_init(&t.out, sink);
	out_text(&t.out, "CONFIG");
	if (vgpu_config_visit(&n, wire, size, text_field, &t) == VGPU_ERR_TRUNCATED) {
		out_text(&t.out, " [truncated: ");
		out_uint(&t.out, size);
		out_text(&t.out, " of ");
		out_uint(&t.out, VGPU_CONFIG_BASE_SIZE);
		out_text(&t.out, " bytes]");
	}
	return out_finish(&t.out);
}

int vgpu_virgl_text(const struct vgpu_virgl_cmd *cmd, const struct vgpu_sink *sink)
{
	struct text t = { .verbose = true, .stream = true, .language = VGPU_STREAM_VIRGL };

	out_init(&t.out, sink);
	print_command(&t, cmd, cmd->available < cmd->length ? VGPU_ERR_OVERRUN : 1);
	return out_finish(&t.out);
}

int vgpu_stream_text(const struct vgpu_stream_cmd *cmd, const struct vgpu_sink *sink)
{
	struct text t = { .verbose = true, .stream = true, .language = cmd->stream };

	out_init(&t.out, sink);
	print_stream_command(&t, cmd, cmd->available < cmd->size ? VGPU_ERR_OVERRUN : 1);
	return out_finish(&t.out);
}
