/* SPDX-License-Identifier: MIT */
/*
 * Commands as a C program that makes them with libvgpu's encoders: to be read, changed and tried
 * again. What the encoders would not give back byte by byte stands there as bytes.
 */
#include "to-c.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>
#include <vgpu/virgl-codec.h>

#include "choice.h"
#include "replay.h"

struct to_c {
	const char *trace, *out;
	struct choice range;
	FILE *file; /* the program's functions */
	char *body;
	size_t body_size;
	FILE *pending; /* memory that the next command needs; NULL: none yet */
	char *pending_text;
	size_t pending_size;
	FILE *calls; /* main()'s, in order */
	char *calls_text;
	size_t calls_size;
	FILE *data; /* memory lies there; NULL: in arrays */
	char *data_path;
	uint64_t data_size;
	size_t largest; /* request */
	uint64_t memories, commands;
	bool begun; /* a command came by */
};

static void to_c_bytes(FILE *out, const uint8_t *bytes, size_t size, const char *indent)
{
	size_t i;

	for (i = 0; i < size; i++)
		fprintf(out, "%s0x%02x,", i % 16 ? " " : indent, bytes[i]);
}

/* Text that a reader wants to read: a shader. */
static bool to_c_is_text(const uint8_t *bytes, size_t size)
{
	size_t i, end = size;

	while (end && !bytes[end - 1])
		end--;
	for (i = 0; i < end; i++) {
		if (!isprint(bytes[i]) && bytes[i] != '\n' && bytes[i] != '\t')
			return false;
	}
	return end >= 16;
}

/* As lines of a string; its NULs too, so that the size is the string's. */
static void to_c_text(FILE *out, const uint8_t *bytes, size_t size)
{
	bool open = false;
	size_t i;

	for (i = 0; i < size; i++) {
		if (!open)
			fputs("\n\t\t\"", out);
		open = true;
		if (bytes[i] == '\n') {
			fputs("\\n\"", out);
			open = false;
		} else if (bytes[i] == '\t') {
			fputs("\\t", out);
		} else if (!bytes[i]) {
			fputs("\\000", out);
		} else {
			/* ?? would begin a trigraph. */
			fprintf(out, strchr("\"\\?", bytes[i]) ? "\\%c" : "%c", bytes[i]);
		}
	}
	if (open)
		fputc('"', out);
}

struct to_c_fields {
	FILE *out;
	const char *skip; /* a field that is not written */
	bool header;      /* the struct is its header, and no more */
	size_t end;       /* of the fixed part, bytes into the message; 0: the fields say it */
	bool cannot;      /* something of it has no initializer */
};

static void to_c_number(struct to_c_fields *f, const struct vgpu_field *field)
{
	const char *path = field->path + (f->header ? strlen("hdr.") : 0);
	uint32_t bits = (uint32_t)field->value;
	double wide;
	float single;

	switch (field->type) {
	case VGPU_FIELD_INT:
		fprintf(f->out, " .%s = %" PRId64 ",", path, (int64_t)field->value);
		break;
	case VGPU_FIELD_FLOAT:
		memcpy(&single, &bits, sizeof(single));
		f->cannot |= !isfinite(single);
		fprintf(f->out, " .%s = %af,", path, (double)single);
		break;
	case VGPU_FIELD_DOUBLE:
		memcpy(&wide, &field->value, sizeof(wide));
		f->cannot |= !isfinite(wide);
		fprintf(f->out, " .%s = %a,", path, wide);
		break;
	case VGPU_FIELD_HEX:
	case VGPU_FIELD_FLAGS:
		fprintf(f->out, " .%s = 0x%" PRIx64 ",", path, field->value);
		break;
	default:
		fprintf(f->out, " .%s = %" PRIu64 ",", path, field->value);
		if (field->type == VGPU_FIELD_ENUM && field->text)
			fprintf(f->out, " /* %s */", field->text);
	}
}

static int to_c_field(void *data, const struct vgpu_field *field)
{
	struct to_c_fields *f = data;
	size_t i;

	if (field->tail || (f->end && field->offset >= f->end) ||
	    field->event != VGPU_FIELD_VALUE || (f->skip && !strcmp(field->path, f->skip)))
		return 0;
	switch (field->type) {
	case VGPU_FIELD_PADDING:
		for (i = 0; i < field->size; i++)
			f->cannot |= field->data[i];
		break;
	case VGPU_FIELD_TEXT:
	case VGPU_FIELD_LINES:
	case VGPU_FIELD_BYTES:
		if (!field->size)
			break;
		fprintf(f->out, " .%s = {", field->path);
		to_c_bytes(f->out, field->data, field->size, " ");
		fputs(" },", f->out);
		break;
	default:
		if (field->value)
			to_c_number(f, field);
	}
	return 0;
}

/* Bytes as they are, by themselves. */
static void to_c_raw(FILE *out, const uint8_t *bytes, size_t size, const char *why)
{
	if (!size)
		return;
	fprintf(out, "\tBYTES( /* %s */", why);
	/* No comma behind the last one: it would be another argument. */
	to_c_bytes(out, bytes, size - 1, "\n\t\t");
	fprintf(out, " 0x%02x);\n", bytes[size - 1]);
}

/* The encoder gives these bytes for this struct. */
static bool to_c_virgl_same(const struct vgpu_virgl_cmd *cmd, enum vgpu_virgl_layout layout,
			    const union vgpu_virgl_any *any)
{
	size_t size = 4 + (size_t)cmd->available * 4;
	uint8_t *again = malloc(size + 4);
	bool same;

	same = again && vgpu_virgl_encode(layout, any, again, size + 4) == (int)size &&
	       !memcmp(again, cmd->payload - 4, size);
	free(again);
	return same;
}

static void to_c_virgl_struct(FILE *out, const struct vgpu_virgl_cmd *cmd, const char *name,
			      const struct vgpu_virgl_head *head, const char *fields)
{
	fprintf(out, "\tVIRGL(%s,%s", name, fields);
	if (head->object && cmd->opcode != VGPU_VIRGL_CREATE_OBJECT)
		fprintf(out, " .head.object = %" PRIu32 ",", head->object);
	if (head->omitted)
		fprintf(out, " .head.omitted = %" PRIu32 ",", head->omitted);
	if (head->tail_size) {
		fprintf(out, " .head.tail_size = %zu, .head.tail = (const uint8_t *)",
			head->tail_size);
		if (to_c_is_text(head->tail, head->tail_size)) {
			to_c_text(out, head->tail, head->tail_size);
		} else {
			fputs("(const uint8_t[]) {", out);
			to_c_bytes(out, head->tail, head->tail_size, "\n\t\t");
			fputs(" }", out);
		}
	}
	fputs(");\n", out);
}

static void to_c_virgl(FILE *out, const struct vgpu_virgl_cmd *cmd)
{
	enum vgpu_virgl_layout layout = vgpu_virgl_layout(cmd);
	const char *name = vgpu_virgl_layout_name(layout);
	union vgpu_virgl_any any;
	const struct vgpu_virgl_head *head = (const struct vgpu_virgl_head *)&any;
	struct to_c_fields f = { 0 };
	char *text = NULL;
	size_t size;
	bool same;

	/* Every struct of a command begins with its head. */
	same = name && !vgpu_virgl_decode(layout, cmd, &any) && to_c_virgl_same(cmd, layout, &any);
	if (same)
		f.end = cmd->offset + 4 + (size_t)cmd->available * 4 - head->tail_size;
	f.out = same ? open_memstream(&text, &size) : NULL;
	if (f.out) {
		same = !vgpu_virgl_visit(cmd, to_c_field, &f) && !f.cannot;
		fclose(f.out);
	}
	if (same && text)
		to_c_virgl_struct(out, cmd, name, head, text);
	else
		to_c_raw(out, cmd->payload - 4, 4 + (size_t)cmd->available * 4,
			 name ? name : "not known");
	free(text);
}

/* A SUBMIT_3D whose stream is virgl's. Its size is counted, so that commands can be changed. */
static void to_c_stream(FILE *out, const struct vgpu_tail *stream)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	size_t end = 0;

	vgpu_virgl_walk_init(&walk, stream->data, stream->size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		to_c_virgl(out, &cmd);
		end = cmd.offset + 4 + (size_t)cmd.length * 4;
	}
	to_c_raw(out, stream->data + end, stream->size - end, "the rest of the stream");
}

static void to_c_entries(FILE *out, const struct vgpu_tail *tail)
{
	struct vgpu_mem_entry entry;
	uint32_t i;

	for (i = 0; !vgpu_tail_entry(tail, i, &entry); i++)
		fprintf(out,
			"\tSTRUCT(mem_entry, %u, .addr = 0x%" PRIx64 ", .length = %" PRIu32 ");\n",
			VGPU_MEM_ENTRY_SIZE, entry.addr, entry.length);
}

/* What stands behind the fixed part. */
static void to_c_tail(FILE *out, const struct vgpu_trace_command *c, size_t fixed,
		      const struct vgpu_tail *tail, bool submit)
{
	const uint8_t *rest = c->request + fixed;
	size_t size = c->request_size - fixed, i;
	bool plain = tail->kind != VGPU_TAIL_NONE && tail->data == rest;

	/* An entry's padding has no place in its initializer. */
	for (i = 0; plain && tail->kind == VGPU_TAIL_ENTRIES && i < tail->count; i++)
		plain = !memcmp(rest + i * VGPU_MEM_ENTRY_SIZE + 12, "\0\0\0\0", 4);
	if (plain && submit)
		to_c_stream(out, tail);
	else if (plain && tail->kind == VGPU_TAIL_ENTRIES)
		to_c_entries(out, tail);
	else
		plain = false;
	if (plain) {
		i = tail->kind == VGPU_TAIL_ENTRIES ? (size_t)tail->count * VGPU_MEM_ENTRY_SIZE
						    : tail->size;
		rest += i;
		size -= i;
	}
	to_c_raw(out, rest, size, "what follows");
}

/* The encoder gives the fixed part back. */
static bool to_c_fixed_same(const struct vgpu_trace_command *c, int id, const union vgpu_any *any)
{
	size_t size = vgpu_struct_size((enum vgpu_struct_id)id);
	uint8_t again[sizeof(union vgpu_any)];

	return size <= sizeof(again) && size <= c->request_size &&
	       !vgpu_struct_encode((enum vgpu_struct_id)id, any, again, sizeof(again)) &&
	       !memcmp(again, c->request, size);
}

static void to_c_request(FILE *out, const struct vgpu_trace_command *c)
{
	struct to_c_fields f = { 0 };
	struct vgpu_tail tail;
	union vgpu_any any;
	char *text = NULL;
	size_t text_size, size;
	bool submit, same;
	int id;

	id = vgpu_request_decode(NULL, c->request, c->request_size, &any);
	vgpu_request_tail(c->request, c->request_size, &tail);
	submit = id >= 0 && any.hdr.type == VGPU_CMD_SUBMIT_3D && tail.kind == VGPU_TAIL_BYTES &&
		 tail.size == tail.declared;
	/* Its size is put there when it is known. */
	f.skip = submit ? "size" : NULL;
	f.header = id == VGPU_STRUCT_CTRL_HDR;
	f.out = id >= 0 && to_c_fixed_same(c, id, &any) ? open_memstream(&text, &text_size) : NULL;
	same = f.out;
	if (f.out) {
		vgpu_request_visit(c->request, c->request_size, to_c_field, &f);
		same = !f.cannot;
		fclose(f.out);
	}
	if (!same || !text) {
		to_c_raw(out, c->request, c->request_size, "as it is");
		free(text);
		return;
	}
	size = vgpu_struct_size((enum vgpu_struct_id)id);
	if (submit)
		fprintf(out, "\tn = %zu;\n", size);
	else
		fprintf(out, "\tSTRUCT(%s, %zu,%s);\n", vgpu_struct_name((enum vgpu_struct_id)id),
			size, text);
	to_c_tail(out, c, size, &tail, submit);
	/* Where more follows than the stream, its size cannot be counted from the end. */
	if (submit && size + tail.size == c->request_size)
		fprintf(out, "\tSTRUCT_AT(0, cmd_submit,%s .size = (uint32_t)(n - %zu));\n", text,
			size);
	else if (submit)
		fprintf(out, "\tSTRUCT_AT(0, cmd_submit,%s .size = %zu);\n", text, tail.size);
	free(text);
}

/* One line, and no end of comment in it. */
struct to_c_comment {
	FILE *out;
	char last;
	size_t length;
};

static int to_c_comment_put(void *data, const char *text, size_t size)
{
	struct to_c_comment *c = data;
	size_t i;

	for (i = 0; i < size && c->length < 90; i++, c->length++) {
		if (c->last == '*' && text[i] == '/')
			fputc(' ', c->out);
		c->last = text[i];
		fputc(text[i] == '\n' ? ' ' : text[i], c->out);
	}
	return 0;
}

static void to_c_function(struct to_c *t, const char *kind, uint64_t number,
			  const struct vgpu_trace_command *c)
{
	struct to_c_comment comment = { .out = t->file };
	const struct vgpu_sink sink = { to_c_comment_put, &comment };

	fputs("\n/* ", t->file);
	vgpu_request_text(c->request, c->request_size, NULL, &sink);
	fprintf(t->file, " */\nstatic void %s_%" PRIu64 "(void)\n{\n", kind, number);
	to_c_request(t->file, c);
	fprintf(t->file, "\trequest(%" PRIu32 ");\n}\n", c->queue);
	fprintf(t->calls, "\t%s_%" PRIu64 "();\n", kind, number);
	if (c->request_size > t->largest)
		t->largest = c->request_size;
	t->commands++;
}

static int to_c_memory(struct to_c *t, const struct vgpu_trace_memory *m)
{
	uint64_t number = ++t->memories;

	if (!t->pending)
		t->pending = open_memstream(&t->pending_text, &t->pending_size);
	if (!t->pending)
		return -ENOMEM;
	/* It is called where its command is; the marks tell the call from the array. */
	if (t->data) {
		fprintf(t->pending,
			"\001\tmemory_from_file(0x%" PRIx64 ", %" PRIu64 ", %zu);\n\001",
			m->address, t->data_size, m->size);
		t->data_size += m->size;
		return fwrite(m->bytes, 1, m->size, t->data) == m->size ? 0 : -EIO;
	}
	fprintf(t->pending, "\nstatic const uint8_t memory_%" PRIu64 "[] = {", number);
	to_c_bytes(t->pending, m->bytes, m->size, "\n\t");
	fprintf(t->pending, "\n};\n\001\tmemory(0x%" PRIx64 ", memory_%" PRIu64 ", %zu);\n\001",
		m->address, number, m->size);
	return 0;
}

/* Arrays go to the file, the calls between the marks to main(). */
static void to_c_flush(struct to_c *t, bool wanted)
{
	char *text, *mark;
	bool call = false;

	if (!t->pending)
		return;
	fclose(t->pending);
	for (text = t->pending_text; wanted && text && *text; text = mark + 1, call = !call) {
		mark = strchr(text, '\001');
		if (!mark)
			break;
		fwrite(text, 1, (size_t)(mark - text), call ? t->calls : t->file);
	}
	free(t->pending_text);
	t->pending_text = NULL;
	t->pending = NULL;
}

static int to_c_record(struct to_c *t, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_command c;

	if (!vgpu_trace_parse_memory(r, &memory) && !memory.space && memory.size) {
		return to_c_memory(t, &memory);
	} else if (!vgpu_trace_parse_command(r, &c)) {
		to_c_flush(t, choice_has(&t->range, c.id));
		if (choice_has(&t->range, c.id))
			to_c_function(t, "command", c.id, &c);
		t->begun = true;
	} else if (!vgpu_trace_parse_snapshot(r, &snapshot) && !t->begun &&
		   choice_has(&t->range, 1)) {
		/* What was there before: made by requests, too. */
		c = (struct vgpu_trace_command) { .request = snapshot.request,
						  .request_size = snapshot.request_size };
		to_c_flush(t, true);
		to_c_function(t, "snapshot", r->number, &c);
	}
	return 0;
}

/* Beside FILE.c lies FILE.bin; without a file for the program, arrays do. 0 or -errno. */
static int to_c_begin(struct to_c *t)
{
	size_t length = t->out ? strlen(t->out) : 0;

	t->calls = open_memstream(&t->calls_text, &t->calls_size);
	t->file = open_memstream(&t->body, &t->body_size);
	if (!t->calls || !t->file)
		return -ENOMEM;
	if (!t->out)
		return 0;
	if (length > 2 && !strcmp(t->out + length - 2, ".c"))
		length -= 2;
	if (asprintf(&t->data_path, "%.*s.bin", (int)length, t->out) < 0)
		return -ENOMEM;
	t->data = fopen(t->data_path, "wb");
	return t->data ? 0 : -errno;
}

static int to_c_read(struct to_c *t)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int ret;

	ret = vgpu_trace_reader_open(&reader, t->trace);
	if (ret)
		return ret;
	while ((ret = vgpu_trace_reader_next(reader, &r)) > 0) {
		ret = to_c_record(t, &r);
		if (ret)
			break;
	}
	vgpu_trace_reader_close(reader);
	to_c_flush(t, false);
	return ret;
}

/* The parts are there: put them together. 0 or -errno. */
static int to_c_write(struct to_c *t)
{
	FILE *out = t->out ? fopen(t->out, "w") : stdout;
	int ret;

	if (!out)
		return -errno;
	fputs("/*\n * Made by vgpu-replay to-c from a trace. Requests on standard output:\n"
	      " *\tcc this.c $(pkg-config --cflags --libs libvgpu)\n"
	      " * A trace, for vgpu-replay:\n"
	      " *\tcc -DTRACE this.c $(pkg-config --cflags --libs libvgpu-trace libvgpu)\n */\n",
	      out);
	if (t->data_size)
		fprintf(out, "#ifndef DATA\n#define DATA \"%s\"\n#endif\n",
			strrchr(t->data_path, '/') ? strrchr(t->data_path, '/') + 1 : t->data_path);
	fprintf(out, "#define LARGEST %zu\n%s%s\nint main(void)\n{\n\tbegin();\n%s\tend();\n",
		t->largest, to_c_prologue, t->body, t->calls_text);
	fputs("\treturn fflush(stdout) ? 1 : 0;\n}\n", out);
	ret = ferror(out) ? -EIO : 0;
	if ((out == stdout ? fflush(out) : fclose(out)) && !ret)
		ret = -errno;
	return ret;
}

static int to_c_run(struct to_c *t)
{
	int ret;

	ret = to_c_begin(t);
	if (ret)
		return replay_complain(t->out ? t->out : "start", ret);
	ret = to_c_read(t);
	if (ret)
		return replay_complain(t->trace, ret);
	fclose(t->calls);
	fclose(t->file);
	if (t->data && fclose(t->data))
		return replay_complain(t->data_path, -errno);
	/* An empty one would only be asked about. */
	if (t->data && !t->data_size)
		remove(t->data_path);
	if (!t->commands) {
		fprintf(stderr, "vgpu-replay: %s: no command of that range\n", t->trace);
		return REPLAY_FAILED;
	}
	ret = to_c_write(t);
	return ret ? replay_complain(t->out ? t->out : "standard output", ret) : REPLAY_OK;
}

static const struct argp_option option_table[] = {
	{ "output", 'o', "FILE", 0,
	  "write the program there (standard output), and to FILE.bin what memory held", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct to_c *t = state->input;

	switch (key) {
	case 'o':
		t->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0 && choice_parse(&t->range, arg, false))
			argp_error(state, "which commands? Numbers like 5-9 or 3,12-, not \"%s\"",
				   arg);
		if (state->arg_num == 1)
			t->trace = arg;
		return state->arg_num > 1 ? ARGP_ERR_UNKNOWN : 0;
	case ARGP_KEY_END:
		if (!t->trace)
			argp_error(state, "which commands of which trace?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int to_c_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse,
		.args_doc = "COMMANDS TRACE",
		.doc = "Write commands (their numbers, as 5-9) of a trace as a C program that "
		       "makes "
		       "them with libvgpu's encoders, with the guest memory that they need.\v"
		       "Compiled with -DTRACE and libvgpu-trace the program writes a trace. What a "
		       "range needs from before it, vgpu-trace trim keeps.",
	};
	struct to_c t = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &t);
	status = to_c_run(&t);
	choice_finish(&t.range);
	free(t.body);
	free(t.calls_text);
	free(t.data_path);
	return status;
}
