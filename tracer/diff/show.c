/* SPDX-License-Identifier: MIT */
/* The differences as text or JSON: the commands in question are read once more. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/follow.h>

#include "diff.h"
#include "json.h"
#include "tool.h"

#define LINES_MAX 20000 /* fields of one command */
#define TEXT_MAX  160   /* of a value */

struct line {
	uint64_t key; /* the same for what stands for the same */
	char *text;   /* "DRAW_VBO.count=36" */
};

/* A command that is shown. */
struct shown {
	uint64_t number;
	size_t stream; /* index of its stream */
	uint32_t device;
	bool fields; /* all of them, not just a line */
	char *text;
	struct line *lines;
	size_t n_lines;
};

struct page {
	struct shown *shown[2]; /* by number */
	size_t count[2];
};

/* One command being taken apart. */
struct taking {
	struct shown *out;
	const struct diff_result *result;
	int side;
	uint32_t type;
	const struct vgpu_virgl_cmd *cmd;
	const char *prefix;
	uint64_t lengths;
};

static int write_memory(void *data, const char *text, size_t size)
{
	return fwrite(text, 1, size, data) == size ? 0 : -ENOMEM;
}

static uint64_t hash_text(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3u;
	return h;
}

static void add_line(struct taking *t, const char *path, const char *value, uint64_t key)
{
	struct shown *s = t->out;
	void *lines;

	if (s->n_lines == LINES_MAX)
		return;
	if ((s->n_lines & (s->n_lines - 1)) == 0) {
		lines = realloc(s->lines, (s->n_lines ? 2 * s->n_lines : 1) * sizeof(*s->lines));
		if (!lines)
			return;
		s->lines = lines;
	}
	if (asprintf(&s->lines[s->n_lines].text, "%s%s%s=%s", t->prefix, *t->prefix ? "." : "",
		     path, value) < 0)
		return;
	s->lines[s->n_lines].key = key ? key : hash_text(s->lines[s->n_lines].text);
	s->n_lines++;
}

static void printable(char *out, const uint8_t *p, size_t size)
{
	size_t n = size < TEXT_MAX - 1 ? size : TEXT_MAX - 1, i = 0;

	for (; i < n && p[i]; i++)
		out[i] = (char)(p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '?');
	out[i] = '\0';
}

/* A shader line by line, so that the line that differs is shown. */
static void add_text_lines(struct taking *t, const struct vgpu_field *f)
{
	const uint8_t *p = f->data, *end = p + f->size, *stop;
	char value[TEXT_MAX];

	for (; p < end && *p; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop)
			stop = end;
		printable(value, p, (size_t)(stop - p));
		add_line(t, f->path, value, 0);
	}
}

static int take_field(void *data, const struct vgpu_field *f)
{
	struct taking *t = data;
	char value[TEXT_MAX];
	unsigned int kind = 0;
	uint64_t id, key = 0;
	float single;
	double wide;

	switch (diff_field_of(f, t->cmd, t->type, &kind)) {
	case DIFF_SKIP:
		return 0;
	case DIFF_LENGTH:
		t->lengths += f->value;
		return 0;
	case DIFF_ID:
		kind &= ~DIFF_NEW_ID;
		id = diff_id(kind, kind == DIFF_HANDLE_ID ? t->out->stream : t->out->device,
			     f->value);
		if (t->side == 0 && diff_mapped(t->result, id))
			id = diff_mapped(t->result, id);
		key = hash_text(f->path) ^ hash_text(t->prefix) ^ id * 0x9e3779b97f4a7c15u;
		break;
	case DIFF_VALUE:
		break;
	}
	switch (f->type) {
	case VGPU_FIELD_LINES:
		add_text_lines(t, f);
		return 0;
	case VGPU_FIELD_TEXT:
		printable(value, f->data, f->size);
		break;
	case VGPU_FIELD_BYTES:
		id = 0xcbf29ce484222325u;
		for (size_t i = 0; i < f->size; i++)
			id = (id ^ f->data[i]) * 0x100000001b3u;
		snprintf(value, sizeof(value), "%zu bytes, hash %016" PRIx64, f->size, id);
		break;
	case VGPU_FIELD_FLOAT:
		memcpy(&single, &(uint32_t) { (uint32_t)f->value }, sizeof(single));
		snprintf(value, sizeof(value), "%.9g", (double)single);
		break;
	case VGPU_FIELD_DOUBLE:
		memcpy(&wide, &f->value, sizeof(wide));
		snprintf(value, sizeof(value), "%.17g", wide);
		break;
	case VGPU_FIELD_INT:
		snprintf(value, sizeof(value), "%" PRId64, (int64_t)f->value);
		break;
	case VGPU_FIELD_HEX:
	case VGPU_FIELD_FLAGS:
		snprintf(value, sizeof(value), "0x%" PRIx64, f->value);
		break;
	default:
		if (f->text)
			snprintf(value, sizeof(value), "%s", f->text);
		else
			snprintf(value, sizeof(value), "%" PRIu64, f->value);
	}
	add_line(t, f->path, value, key);
	return 0;
}

static void take_stream(struct taking *t, const struct vgpu_tail *tail)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	char name[64], value[32];

	vgpu_virgl_walk_init(&walk, tail->data, tail->size);
	for (int n; (n = vgpu_virgl_walk_next(&walk, &cmd)) != 0 && n != VGPU_ERR_TRUNCATED;) {
		const char *opcode = vgpu_virgl_cmd_name(cmd.opcode);
		const char *object = cmd.object ? vgpu_virgl_object_name(cmd.object) : NULL;

		snprintf(name, sizeof(name), "%s%s%s", opcode ? opcode : "unknown",
			 object ? " " : "", object ? object : "");
		snprintf(value, sizeof(value), "%u dwords", cmd.length);
		t->prefix = "";
		add_line(t, name, value, 0);
		t->prefix = name;
		t->cmd = &cmd;
		vgpu_virgl_visit(&cmd, take_field, t);
	}
}

static void take_fields(struct taking *t, const struct vgpu_trace_command *c, uint32_t capset)
{
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_tail tail;
	char value[64];

	t->type = vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr) ? 0 : hdr.type;
	vgpu_request_visit(c->request, c->request_size, take_field, t);
	if (t->lengths) {
		snprintf(value, sizeof(value), "%" PRIu64, t->lengths);
		add_line(t, "entries, bytes in all", value, 0);
	}
	if (t->type != VGPU_CMD_SUBMIT_3D)
		return;
	vgpu_request_tail(c->request, c->request_size, &tail);
	if (diff_speaks_virgl(capset)) {
		take_stream(t, &tail);
	} else {
		snprintf(value, sizeof(value), "%zu bytes, of another language than virgl",
			 tail.size);
		add_line(t, "stream", value, 0);
	}
}

/* Which commands of each side are shown. */

static int by_number(const void *a, const void *b)
{
	const struct shown *p = a, *q = b;

	if (p->number != q->number)
		return p->number < q->number ? -1 : 1;
	return (int)q->fields - (int)p->fields;
}

static void want(struct page *page, const struct diff_side *sides, int side,
		 const struct diff_stream *s, size_t index, bool fields)
{
	if (!s || index >= s->count)
		return;
	page->shown[side][page->count[side]++] = (struct shown) {
		.number = s->commands[index].number,
		.stream = (size_t)(s - sides[side].streams),
		.device = s->device,
		.fields = fields,
	};
}

static void drop_twins(struct page *page, int side)
{
	struct shown *s = page->shown[side];
	size_t n = 0;

	qsort(s, page->count[side], sizeof(*s), by_number);
	for (size_t i = 0; i < page->count[side]; i++) {
		if (n && s[n - 1].number == s[i].number)
			continue;
		s[n++] = s[i];
	}
	page->count[side] = n;
}

static bool has(const struct diff_entry *e, int side)
{
	return e->kind != (side ? DIFF_ONLY_FIRST : DIFF_ONLY_SECOND);
}

static int choose(struct page *page, const struct diff_side *sides, const struct diff_result *r,
		  const struct diff_show_options *o, size_t count)
{
	for (int side = 0; side < 2; side++) {
		page->shown[side] =
			calloc(count * (2 * o->context + 1) + 1, sizeof(*page->shown[side]));
		if (!page->shown[side])
			return -ENOMEM;
		for (size_t i = 0; i < count; i++) {
			const struct diff_entry *e = &r->entries[i];
			size_t at = e->index[side], first = at > o->context ? at - o->context : 0;

			for (; first < at; first++)
				want(page, sides, side, e->streams[side], first, false);
			if (has(e, side))
				want(page, sides, side, e->streams[side], at++,
				     e->kind == DIFF_CHANGED || e->kind == DIFF_IDS);
			for (size_t n = 0; n < o->context; n++)
				want(page, sides, side, e->streams[side], at + n, false);
		}
		drop_twins(page, side);
	}
	return 0;
}

static struct shown *shown_of(const struct page *page, int side, const struct diff_stream *s,
			      size_t index)
{
	struct shown wanted = { .number = s->commands[index].number, .fields = true };
	size_t low = 0, high = page->count[side];

	while (low < high) {
		size_t middle = (low + high) / 2;
		struct shown *at = &page->shown[side][middle];

		if (at->number == wanted.number)
			return at;
		if (at->number < wanted.number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int take(struct page *page, struct diff_side *side, int which, const struct diff_result *r)
{
	struct vgpu_trace_reader *reader = diff_open(side);
	struct vgpu_follow *follow = vgpu_follow_create();
	struct vgpu_trace_record record;
	size_t next = 0;
	int n = reader && follow ? 0 : -ENOMEM;

	while (!n && next < page->count[which] && vgpu_trace_reader_next(reader, &record) == 1) {
		const struct vgpu_facts *f = vgpu_follow_record(follow, &record);
		struct shown *s = &page->shown[which][next];
		struct taking t = { .out = s, .result = r, .side = which, .prefix = "" };
		struct vgpu_describe_options options = { .capset = VGPU_CAPSET_UNKNOWN };
		struct vgpu_trace_command c;
		struct vgpu_sink sink;
		size_t size;
		FILE *file;

		if (!f || vgpu_trace_parse_command(&record, &c) || c.id != s->number)
			continue;
		if (vgpu_facts_know(f, VGPU_FILTER_capset))
			options.capset = (uint32_t)f->value[VGPU_FILTER_capset];
		file = open_memstream(&s->text, &size);
		if (!file) {
			n = -ENOMEM;
			break;
		}
		sink = (struct vgpu_sink) { write_memory, file };
		vgpu_request_text(c.request, c.request_size, &options, &sink);
		fclose(file);
		if (s->fields)
			take_fields(&t, &c, options.capset);
		next++;
	}
	vgpu_follow_destroy(follow);
	vgpu_trace_reader_close(reader);
	return n;
}

static void page_finish(struct page *page)
{
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < page->count[side]; i++) {
			struct shown *s = &page->shown[side][i];

			for (size_t n = 0; n < s->n_lines; n++)
				free(s->lines[n].text);
			free(s->lines);
			free(s->text);
		}
		free(page->shown[side]);
	}
}

/* Output */

struct printer {
	const struct diff_show_options *options;
	const struct page *page;
};

static const char *color(const struct printer *p, char sign)
{
	if (!p->options->color)
		return "";
	return sign == '-' ? "\033[31m" : sign == '+' ? "\033[32m" : sign == '~' ? "\033[33m" : "";
}

static const char *plain(const struct printer *p)
{
	return p->options->color ? "\033[0m" : "";
}

/* "~   1234   1236  SUBMIT_3D …": a number of each side that has it. */
static void print_command(const struct printer *p, char sign, const struct diff_entry *e,
			  const size_t index[2], bool first, bool second)
{
	const struct shown *s[2] = { NULL, NULL };
	char numbers[2][24] = { "", "" };

	for (int side = 0; side < 2; side++) {
		if (!(side ? second : first))
			continue;
		s[side] = shown_of(p->page, side, e->streams[side], index[side]);
		snprintf(numbers[side], sizeof(numbers[side]), "%" PRIu64,
			 e->streams[side]->commands[index[side]].number);
	}
	printf("%s%c %7s %7s  %s%s\n", color(p, sign), sign, numbers[0], numbers[1],
	       s[0] && s[0]->text   ? s[0]->text
	       : s[1] && s[1]->text ? s[1]->text
				    : "",
	       plain(p));
}

/* Calls `put` for each field that differs: '-' of the first side, '+' of the second. */
static void each_field(const struct shown *a, const struct shown *b,
		       void (*put)(const struct printer *, char, const char *),
		       const struct printer *p)
{
	uint64_t *one = malloc(a->n_lines * sizeof(*one) + 1);
	uint64_t *other = malloc(b->n_lines * sizeof(*other) + 1);
	uint32_t *match = malloc(a->n_lines * sizeof(*match) + 1);
	size_t at = 0;

	if (!one || !other || !match)
		goto out;
	for (size_t i = 0; i < a->n_lines; i++)
		one[i] = a->lines[i].key;
	for (size_t i = 0; i < b->n_lines; i++)
		other[i] = b->lines[i].key;
	if (diff_align(one, a->n_lines, other, b->n_lines, match) < 0)
		goto out;
	for (size_t i = 0; i < a->n_lines; i++) {
		if (!match[i]) {
			put(p, '-', a->lines[i].text);
			continue;
		}
		while (at + 1 < match[i])
			put(p, '+', b->lines[at++].text);
		at = match[i];
	}
	while (at < b->n_lines)
		put(p, '+', b->lines[at++].text);
out:
	free(one);
	free(other);
	free(match);
}

static void print_field(const struct printer *p, char sign, const char *text)
{
	printf("%s          %c %s%s\n", color(p, sign), sign, text, plain(p));
}

static void print_entry(const struct printer *p, const struct diff_entry *e)
{
	const struct diff_stream *s = e->streams[0] ? e->streams[0] : e->streams[1];
	size_t index[2] = { e->index[0], e->index[1] }, before = p->options->context;
	const struct shown *a, *b;

	printf("@@ %s @@\n", s->name);
	if (before > index[0])
		before = index[0];
	if (before > index[1])
		before = index[1];
	for (size_t n = before; n && e->streams[0] && e->streams[1]; n--)
		print_command(p, ' ', e, (size_t[]) { index[0] - n, index[1] - n }, true, true);
	print_command(p,
		      e->kind == DIFF_ONLY_FIRST    ? '-'
		      : e->kind == DIFF_ONLY_SECOND ? '+'
						    : '~',
		      e, index, has(e, 0), has(e, 1));
	if (e->kind == DIFF_CHANGED || e->kind == DIFF_IDS) {
		a = shown_of(p->page, 0, e->streams[0], index[0]);
		b = shown_of(p->page, 1, e->streams[1], index[1]);
		if (a && b)
			each_field(a, b, print_field, p);
	}
	if (e->kind == DIFF_RESPONSE) {
		uint32_t one = e->streams[0]->commands[index[0]].response;
		uint32_t other = e->streams[1]->commands[index[1]].response;

		printf("%s          - = %s%s\n", color(p, '-'), vgpu_resp_name(one) ?: "?",
		       plain(p));
		printf("%s          + = %s%s\n", color(p, '+'), vgpu_resp_name(other) ?: "?",
		       plain(p));
	}
	index[0] += has(e, 0);
	index[1] += has(e, 1);
	for (size_t n = 0; n < p->options->context && e->streams[0] && e->streams[1]; n++) {
		if (index[0] + n >= e->streams[0]->count || index[1] + n >= e->streams[1]->count ||
		    e->streams[0]->commands[index[0] + n].hash !=
			    e->streams[1]->commands[index[1] + n].hash)
			break;
		print_command(p, ' ', e, (size_t[]) { index[0] + n, index[1] + n }, true, true);
	}
}

static double seconds(const struct diff_side *side)
{
	return side->last_ns > side->first_ns ? (double)(side->last_ns - side->first_ns) / 1e9 : 0;
}

static void print_text(const struct diff_side sides[2], const struct diff_result *r,
		       const struct printer *p, size_t count)
{
	for (int side = 0; side < 2; side++)
		printf("%s%s %s: %" PRIu64 " commands in %.3f s%s\n", color(p, side ? '+' : '-'),
		       side ? "+++" : "---", sides[side].path, sides[side].commands,
		       seconds(&sides[side]), plain(p));
	for (size_t i = 0; i < count; i++)
		print_entry(p, &r->entries[i]);
	if (r->count > count)
		printf("… and %zu more; --max shows them\n", r->count - count);
	if (r->given_up)
		printf("%zu streams differ too much: what lies between was not aligned\n",
		       r->given_up);
	printf("%zu %s; beside them %zu ids and the times\n", r->count,
	       r->count == 1 ? "difference" : "differences", r->renamed);
}

static void json_field(const struct printer *p, char sign, const char *text)
{
	(void)p;
	json_begin(NULL, '{');
	json_string(sign == '-' ? "first" : "second", text);
	json_end('}');
}

static void json_entry(const struct printer *p, const struct diff_entry *e)
{
	static const char *const kinds[] = { "changed", "ids", "response", "only_first",
					     "only_second" };
	static const char *const names[2][3] = { { "first", "first_text", "first_response" },
						 { "second", "second_text", "second_response" } };
	const struct shown *s[2] = { NULL, NULL };

	json_begin(NULL, '{');
	json_string("kind", kinds[e->kind]);
	json_string("stream", (e->streams[0] ? e->streams[0] : e->streams[1])->name);
	for (int side = 0; side < 2; side++) {
		const struct diff_command *c;

		if (!has(e, side)) {
			json_null(names[side][0]);
			continue;
		}
		c = &e->streams[side]->commands[e->index[side]];
		s[side] = shown_of(p->page, side, e->streams[side], e->index[side]);
		json_number(names[side][0], c->number);
		json_string(names[side][1], s[side] ? s[side]->text : NULL);
		json_string(names[side][2], vgpu_resp_name(c->response));
	}
	json_begin("fields", '[');
	if ((e->kind == DIFF_CHANGED || e->kind == DIFF_IDS) && s[0] && s[1])
		each_field(s[0], s[1], json_field, p);
	json_end(']');
	json_end('}');
}

static void print_json(const struct diff_side sides[2], const struct diff_result *r,
		       const struct printer *p, size_t count)
{
	static const char *const names[] = { "first", "second" };

	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_bool("same", r->count == 0);
	for (int side = 0; side < 2; side++) {
		json_begin(names[side], '{');
		json_string("file", sides[side].path);
		json_number("commands", sides[side].commands);
		json_real("duration_s", seconds(&sides[side]));
		json_bool("complete", sides[side].whole);
		json_end('}');
	}
	json_number("ids_renamed", r->renamed);
	json_number("streams_not_aligned", r->given_up);
	json_number("count", r->count);
	json_begin("differences", '[');
	for (size_t i = 0; i < count; i++)
		json_entry(p, &r->entries[i]);
	json_end(']');
	json_end('}');
	json_line();
}

int diff_show(struct diff_side sides[2], const struct diff_result *r,
	      const struct diff_show_options *options)
{
	struct page page = { 0 };
	struct printer p = { options, &page };
	size_t count = r->count < options->max ? r->count : options->max;
	int err = choose(&page, sides, r, options, count);

	for (int side = 0; side < 2 && !err; side++)
		if (page.count[side])
			err = take(&page, &sides[side], side, r);
	if (err)
		fprintf(stderr, "vgpu-trace: %s\n", tool_strerror(err));
	else if (options->json)
		print_json(sides, r, &p, count);
	else
		print_text(sides, r, &p, count);
	page_finish(&page);
	return err;
}
