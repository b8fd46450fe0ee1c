/* SPDX-License-Identifier: MIT */
#include "detail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "fields.h"

#define BLOCK       256u       /* commands at hand */
#define BYTES_MAX   (1u << 16) /* kept of a message */
#define SHADERS_MAX (1u << 18) /* of the text that they stand in */
#define ANSWER_TAIL 512u       /* commands after the block among which answers are looked for */

struct entry {
	uint64_t id;
	uint8_t *request, *response;
	size_t size;                        /* of the request, as it was */
	size_t request_size, response_size; /* kept */
	bool answered;
	uint32_t pid, tid, moment_count;
	struct view_moment moments[VIEW_MOMENTS - 2]; /* but being queued and answered */
	char line[VIEW_LINE_MAX];
};

struct view_detail {
	const struct view_model *m;
	char *path;
	struct vgpu_trace_reader *reader; /* NULL until it is needed */
	uint32_t first, count;            /* the block */
	struct entry entries[BLOCK];
};

struct view_detail *view_detail_create(const char *path, const struct view_model *m)
{
	struct view_detail *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->m = m;
	d->path = strdup(path);
	if (!d->path) {
		free(d);
		return NULL;
	}
	return d;
}

static void forget(struct view_detail *d)
{
	uint32_t i;

	for (i = 0; i < d->count; i++) {
		free(d->entries[i].request);
		free(d->entries[i].response);
		d->entries[i] = (struct entry) { 0 };
	}
	d->count = 0;
}

void view_detail_destroy(struct view_detail *d)
{
	if (!d)
		return;
	forget(d);
	vgpu_trace_reader_close(d->reader);
	free(d->path);
	free(d);
}

static uint8_t *copy(const uint8_t *bytes, size_t size, size_t *kept)
{
	uint8_t *p;

	*kept = size < BYTES_MAX ? size : BYTES_MAX;
	p = malloc(*kept + 1);
	if (p && *kept)
		memcpy(p, bytes, *kept);
	if (!p)
		*kept = 0;
	return p;
}

static struct vgpu_describe_options options_for(const struct view_detail *d, uint32_t command,
						bool verbose)
{
	struct view_command c = view_model_command(d->m, command);
	struct vgpu_describe_options o = { .verbose = verbose, .capset = VGPU_CAPSET_UNKNOWN };

	o.negotiated.dialect = d->m->dialect;
	o.drm_context = d->m->drm_context;
	if (c.lane && c.lane <= d->m->context_count)
		o.capset = d->m->contexts[c.lane - 1].capset;
	return o;
}

static void keep_command(struct view_detail *d, uint32_t number, const struct vgpu_trace_command *c)
{
	struct vgpu_describe_options o = options_for(d, number, false);
	struct entry *e = &d->entries[number - d->first];
	struct vgpu_buffer buffer;
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, e->line, sizeof(e->line));

	vgpu_request_text(c->request, c->request_size, &o, &sink);
	e->id = c->id;
	e->pid = c->pid;
	e->tid = c->tid;
	e->size = c->request_size;
	e->request = copy(c->request, c->request_size, &e->request_size);
}

static void keep_response(struct view_detail *d, const struct vgpu_trace_response *r)
{
	struct entry *e;
	uint32_t i;

	for (i = 0; i < d->count; i++) {
		e = &d->entries[i];
		if (e->id != r->id || !e->request || e->answered)
			continue;
		e->answered = true;
		e->response = copy(r->response, r->response_size, &e->response_size);
		return;
	}
}

static void keep_stage(struct view_detail *d, uint64_t time_ns, const struct vgpu_trace_stage *s)
{
	struct entry *e;
	uint32_t i;

	for (i = 0; i < d->count; i++) {
		e = &d->entries[i];
		if (e->id != s->id || !e->request)
			continue;
		if (e->moment_count < VIEW_MOMENTS - 2)
			e->moments[e->moment_count++] =
				(struct view_moment) { time_ns, s->stage, s->tid };
		return;
	}
}

/* To the record of a command not far before the block; its number is told. */
static int go_to(struct view_detail *d, uint32_t *number)
{
	int ret = d->reader ? 0 : vgpu_trace_reader_open(&d->reader, d->path);

	*number = d->first - d->first % VIEW_PLACES;
	return ret ? ret
		   : vgpu_trace_reader_seek_record(d->reader, d->m->places[*number / VIEW_PLACES]);
}

static int read_block(struct view_detail *d, uint32_t number)
{
	uint32_t last = d->first + d->count;
	struct vgpu_trace_response response;
	struct vgpu_trace_stage stage;
	struct vgpu_trace_command c;
	struct vgpu_trace_record r;
	int ret;

	while ((ret = vgpu_trace_reader_next(d->reader, &r)) > 0) {
		if (r.type == VGPU_TRACE_COMMAND && !vgpu_trace_parse_command(&r, &c)) {
			if (number >= d->first && number < last)
				keep_command(d, number, &c);
			if (number++ >= last + ANSWER_TAIL)
				break;
		} else if (r.type == VGPU_TRACE_RESPONSE && number > d->first &&
			   !vgpu_trace_parse_response(&r, &response)) {
			keep_response(d, &response);
		} else if (r.type == VGPU_TRACE_STAGE && number > d->first &&
			   !vgpu_trace_parse_stage(&r, &stage)) {
			keep_stage(d, r.time_ns, &stage);
		}
	}
	return ret < 0 ? ret : 0;
}

int view_detail_fetch(struct view_detail *d, uint32_t command)
{
	uint32_t number;
	int ret;

	if (command >= d->m->command_count)
		return -EINVAL;
	if (d->count && command >= d->first && command - d->first < d->count)
		return 0;
	forget(d);
	/* Steps go both ways, so the block lies on both sides. */
	d->first = command > BLOCK / 2 ? command - BLOCK / 2 : 0;
	d->count = d->m->command_count - d->first < BLOCK ? d->m->command_count - d->first : BLOCK;
	ret = go_to(d, &number);
	return ret ? ret : read_block(d, number);
}

static const struct entry *find(const struct view_detail *d, uint32_t command)
{
	if (!d || command < d->first || command - d->first >= d->count ||
	    !d->entries[command - d->first].request)
		return NULL;
	return &d->entries[command - d->first];
}

const char *view_detail_line(const struct view_detail *d, uint32_t command)
{
	const struct entry *e = find(d, command);

	return e ? e->line : NULL;
}

size_t view_detail_size(const struct view_detail *d, uint32_t command)
{
	const struct entry *e = find(d, command);

	return e ? e->size : 0;
}

const char *view_moment_name(uint32_t stage)
{
	const char *name = vgpu_trace_stage_name(stage);

	if (stage == VIEW_QUEUED)
		return "queued";
	if (stage == VIEW_ANSWER)
		return "answered";
	return name ? name : "unknown stage";
}

static int by_time(const void *a, const void *b)
{
	const struct view_moment *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return 0;
}

uint32_t view_detail_moments(const struct view_detail *d, uint32_t command,
			     struct view_moment out[VIEW_MOMENTS])
{
	const struct entry *e = find(d, command);
	struct view_command c;
	uint32_t n = 0, i;

	if (!e)
		return 0;
	c = view_model_command(d->m, command);
	out[n++] = (struct view_moment) { c.queue_ns, VIEW_QUEUED, e->tid };
	for (i = 0; i < e->moment_count; i++)
		out[n++] = e->moments[i];
	if (c.flags & VIEW_ANSWERED)
		out[n++] = (struct view_moment) { c.response_ns, VIEW_ANSWER, 0 };
	qsort(out, n, sizeof(*out), by_time);
	return n;
}

static int find_resource(void *data, const struct vgpu_field *f)
{
	uint32_t *id = data;

	if (f->event == VGPU_FIELD_VALUE && !*id && f->name && !strcmp(f->name, "resource_id"))
		*id = (uint32_t)f->value;
	return *id != 0 || f->tail;
}

uint32_t view_request_resource(const void *wire, size_t size)
{
	uint32_t id = 0;

	vgpu_request_visit(wire, size, find_resource, &id);
	return id;
}

bool view_detail_about(const struct view_detail *d, uint32_t command, struct view_about *out)
{
	const struct entry *e = find(d, command);
	struct vgpu_ctrl_hdr hdr;

	*out = (struct view_about) { 0 };
	if (!e)
		return false;
	out->pid = e->pid;
	out->tid = e->tid;
	if (vgpu_decode_ctrl_hdr(e->request, e->request_size, &hdr))
		return true;
	out->ctx_id = hdr.ctx_id;
	out->fenced = hdr.flags & VGPU_FLAG_FENCE;
	out->fence_id = hdr.fence_id;
	out->resource_id = view_request_resource(e->request, e->request_size);
	return true;
}

const uint8_t *view_detail_bytes(const struct view_detail *d, uint32_t command, bool response,
				 size_t *size)
{
	const struct entry *e = find(d, command);

	*size = 0;
	if (!e || (response && !e->answered))
		return NULL;
	*size = response ? e->response_size : e->request_size;
	return response ? e->response : e->request;
}

bool view_detail_text(const struct view_detail *d, uint32_t command, char *text, size_t size)
{
	const struct entry *e = find(d, command);
	struct vgpu_describe_options o;
	size_t used;

	text[0] = '\0';
	if (!e)
		return false;
	/* The answer first: the request may have thousands of lines. */
	o = options_for(d, command, true);
	if (e->answered)
		view_fields_response(text, size, view_model_command(d->m, command).type,
				     e->response, e->response_size, d->m->dialect);
	else
		snprintf(text, size, "no answer in the trace");
	used = strlen(text);
	if (used + 2 >= size)
		return true;
	memcpy(text + used, "\n\n", 3);
	view_fields_request(text, size, e->request, e->request_size, &o);
	return true;
}

static size_t indent_of(const char *line)
{
	return strspn(line, " \t");
}

/* Of the verbose text what stands deeper than a shader's own line. */
uint32_t view_detail_shaders(const struct view_detail *d, uint32_t command, char *text, size_t size)
{
	const struct entry *e = find(d, command);
	struct vgpu_describe_options o;
	struct vgpu_buffer buffer;
	struct vgpu_sink sink;
	size_t depth = 0, length, used = 0;
	char *all = e ? malloc(SHADERS_MAX) : NULL, *p, *next;
	uint32_t count = 0;

	text[0] = '\0';
	if (!all)
		return 0;
	o = options_for(d, command, true);
	sink = vgpu_buffer_sink(&buffer, all, SHADERS_MAX);
	vgpu_request_text(e->request, e->request_size, &o, &sink);
	for (p = all; p && *p; p = next) {
		length = strcspn(p, "\n");
		next = p[length] ? p + length + 1 : NULL;
		if (next)
			p[length] = '\0';
		if (depth && indent_of(p) <= depth)
			depth = 0;
		if (strstr(p, " SHADER ") && strstr(p, "num_tokens=")) {
			depth = indent_of(p);
			used += (size_t)snprintf(text + used, size - used, "%s%s\n",
						 count++ ? "\n" : "", p + depth);
		} else if (depth) {
			used += (size_t)snprintf(text + used, size - used, "%s\n", p + depth);
		}
		if (used >= size)
			break;
	}
	free(all);
	return count;
}
