/* SPDX-License-Identifier: MIT */
/* vgpu_trace_trim(): one pass or more to learn what the range needs, one to write it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "given.h"
#include "state.h"
#include "text.h"
#include "unseen.h"
#include "wire.h"

#define MEMORY_MAX ((size_t)1 << 30)
/* A context that fails to be looked into makes another pass; from then on none is looked into. */
#define PASSES_MAX 4
/* Ids of so many kept commands are remembered for their answers. */
#define IDS_MAX    (1u << 16)

struct id {
	uint64_t old, new;
};

struct trim {
	const struct vgpu_trim_options *options;
	const struct vgpu_trim_source *source; /* NULL: none, or not any more */
	struct vgpu_trim_report *report;
	struct vgpu_trace_writer *writer;
	struct edit_state *state;
	struct vgpu_trace_reader *reader;
	struct given given;
	struct unseen unseen;
	bool gone; /* the source is where the range begins */

	/* Found by the analysis: record numbers. */
	uint64_t header;        /* of the trace that the range is in */
	uint64_t begin, end;    /* first record of the range, first one behind it */
	uint64_t first_command; /* id in the old trace */
	uint64_t frames_before;

	uint64_t frames; /* shown so far */
	uint64_t start_ns, begin_ns;
	struct kept *kept;
	size_t n_kept, next_kept;
	uint64_t commands;   /* written */
	uint64_t unanswered; /* of them, with an answer to come */
	uint64_t last_ns;    /* latest time written */
	struct id *ids;      /* a ring of IDS_MAX */
	uint8_t *body;       /* a record that is changed */
	size_t body_room;
};

static int open_reader(struct trim *t, int fd)
{
	vgpu_trace_reader_close(t->reader);
	t->reader = NULL;
	if (lseek(fd, 0, SEEK_SET))
		return -errno;
	return vgpu_trace_reader_open_fd(&t->reader, fd);
}

/* Analysis */

/* The range begins with the record at hand. */
static bool begins(const struct trim *t, const struct vgpu_trace_record *r)
{
	const struct vgpu_trim_options *o = t->options;

	/* With a command, or the memory that it will read. */
	if (r->type != VGPU_TRACE_COMMAND && r->type != VGPU_TRACE_MEMORY)
		return false;
	switch (o->unit) {
	case VGPU_TRIM_FRAMES:
		/* One flush may show several frames, the first of them before the range. */
		return t->frames + 1 >= o->first ||
		       t->frames + edit_state_shows(t->state, r) >= o->first;
	case VGPU_TRIM_COMMANDS:
		return t->commands + 1 >= o->first;
	default:
		return r->time_ns >= t->start_ns && r->time_ns - t->start_ns >= o->first;
	}
}

/* The range ended before the record at hand. */
static bool ended(const struct trim *t, const struct vgpu_trace_record *r)
{
	const struct vgpu_trim_options *o = t->options;

	switch (o->unit) {
	case VGPU_TRIM_FRAMES:
		return t->frames >= o->last;
	case VGPU_TRIM_COMMANDS:
		return t->commands >= o->last;
	default:
		return r->type == VGPU_TRACE_COMMAND && r->time_ns >= t->start_ns &&
		       r->time_ns - t->start_ns > o->last;
	}
}

static int count_command(struct trim *t, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_command c;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	t->commands = c.id;
	if (t->begin == UINT64_MAX) {
		t->report->commands_before++;
		if (c.request_size > VGPU_CMD_SUBMIT_SIZE && get32(c.request) == VGPU_CMD_SUBMIT_3D)
			t->report->stream_before += c.request_size - VGPU_CMD_SUBMIT_SIZE;
		return 0;
	}
	t->report->commands++;
	if (!t->first_command)
		t->first_command = c.id;
	return unseen_take(&t->unseen, t->state, &c, t->report);
}

/* What a device holds there is not asked of the commands before. */
static int ask_source(struct trim *t)
{
	const struct vgpu_trim_source *source = t->source;
	int err;

	if (!source)
		return 0;
	given_finish(&t->given, t->state);
	err = t->gone ? 0 : source->go(source->data, t->begin);
	t->gone = true;
	return err ? err : given_cut(&t->given, t->state, source);
}

/* 1: go on; 0: the range is over; < 0: error. */
static int analyse_record(struct trim *t, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_memory m;
	int err = 0;

	if (r->type == VGPU_TRACE_HEADER) {
		if (t->begin != UINT64_MAX)
			return VGPU_ERR_INVALID;
		t->header = r->number;
		t->start_ns = r->time_ns;
		t->commands = 0;
		memset(t->report, 0, sizeof(*t->report));
	} else if (t->begin == UINT64_MAX && begins(t, r)) {
		t->begin = r->number;
		t->frames_before = t->frames;
		t->begin_ns = r->time_ns;
		err = ask_source(t);
		if (err)
			return err;
		edit_state_mark(t->state);
	}
	if (t->begin != UINT64_MAX && ended(t, r))
		return 0;
	t->end = r->number + 1;
	if (r->type == VGPU_TRACE_COMMAND)
		err = count_command(t, r);
	else if (t->begin == UINT64_MAX && !vgpu_trace_parse_memory(r, &m))
		t->report->memory_before += m.size;
	edit_state_add(t->state, r);
	t->frames += t->state->shown;
	err = err ? err : t->state->graph.error;
	return err ? err : 1;
}

static int analyse(struct trim *t, int fd)
{
	struct vgpu_trace_record r;
	int n;

	memset(t->report, 0, sizeof(*t->report));
	unseen_finish(&t->unseen);
	t->begin = t->end = UINT64_MAX;
	t->first_command = t->frames = t->frames_before = t->commands = 0;
	n = open_reader(t, fd);
	if (n)
		return n;
	while ((n = vgpu_trace_reader_next(t->reader, &r)) == 1) {
		n = analyse_record(t, &r);
		if (n <= 0)
			break;
	}
	if (n < 0)
		return n;
	return t->begin == UINT64_MAX || !t->report->commands ? VGPU_ERR_INVALID : 0;
}

/* Until what is known of the contexts does not change any more. */
static int learn(struct trim *t, int fd)
{
	int err;

	t->state->whole = t->options->whole_streams;
	for (int pass = 1;; pass++) {
		err = analyse(t, fd);
		if (err || !t->state->found)
			break;
		t->state->whole |= pass == PASSES_MAX;
		given_finish(&t->given, t->state);
		edit_state_restart(t->state);
	}
	t->report->memory = t->state->graph.memory_peak;
	if (err == VGPU_ERR_TOO_LARGE) {
		/* Without knowing what is needed all of it is kept, which is always right. */
		given_finish(&t->given, t->state);
		t->source = NULL;
		edit_state_restart(t->state);
		t->state->graph.memory_max *= 2;
		t->state->graph.marking = true;
		err = analyse(t, fd);
		t->report->all = true;
		return err;
	}
	for (uint32_t i = 0; i < t->state->n_opaque; i++)
		t->report->opaque_contexts += t->state->opaque[i];
	t->report->given = given_needed(&t->given, t->state);
	return err ? err : graph_kept(&t->state->graph, &t->kept, &t->n_kept);
}

/* Writing */

static int write_header(struct trim *t, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_header header;
	struct text text = { 0 };
	int err = vgpu_trace_parse_header(r, &header);

	if (err)
		return err;
	text_copy(&text, header.text, header.text_size, NULL);
	text_add_id(&text, "trimmed-from", header.file_id);
	text_add(&text, "setup-commands", "%llu", (unsigned long long)t->report->commands_kept);
	text_add(&text, "first-command", "%llu", (unsigned long long)t->first_command);
	text_add(&text, "first-frame", "%llu", (unsigned long long)t->report->first_frame);
	text_add(&text, "last-frame", "%llu", (unsigned long long)t->report->last_frame);
	if (t->report->given)
		text_add(&text, "contents-from", "%s", t->source->name);
	edit_new_id(header.file_id, header.file_id);
	header.text = text.bytes;
	header.text_size = text.size;
	err = text.error ? text.error : vgpu_trace_write_header(t->writer, r->time_ns, &header);
	text_finish(&text);
	return err;
}

static int copy(struct trim *t, const struct vgpu_trace_record *r)
{
	if (r->time_ns > t->last_ns)
		t->last_ns = r->time_ns;
	return vgpu_trace_write(t->writer, r->type, r->flags, r->time_ns, r->body, r->body_size);
}

/* A copy of the body that may be changed; NULL: no memory. */
static uint8_t *own_body(struct trim *t, const struct vgpu_trace_record *r)
{
	uint8_t *bigger;

	if (r->body_size > t->body_room) {
		bigger = realloc(t->body, r->body_size);
		if (!bigger)
			return NULL;
		t->body = bigger;
		t->body_room = r->body_size;
	}
	memcpy(t->body, r->body, r->body_size);
	return t->body;
}

/* With another id, at `at` of the body, and `size` bytes of it. */
static int copy_as(struct trim *t, const struct vgpu_trace_record *r, size_t at, uint64_t id,
		   size_t size)
{
	struct vgpu_trace_record changed = *r;

	put64(t->body + at, id);
	changed.body = t->body;
	changed.body_size = size;
	return copy(t, &changed);
}

static uint64_t new_id(const struct trim *t, uint64_t old)
{
	uint64_t low, high = t->commands;

	low = high > IDS_MAX ? high - IDS_MAX : 0;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (t->ids[middle % IDS_MAX].old < old)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->commands && t->ids[low % IDS_MAX].old == old ? t->ids[low % IDS_MAX].new
								     : 0;
}

static int copy_command(struct trim *t, const struct vgpu_trace_record *r,
			const struct vgpu_trace_command *c, size_t body_size)
{
	t->ids[t->commands % IDS_MAX] = (struct id) { .old = c->id, .new = t->commands + 1 };
	t->commands++;
	t->unanswered += c->response_size > 0;
	return copy_as(t, r, 0, t->commands, body_size);
}

/* The commands of a stream that are kept, moved together in t->body. Returns the body's size. */
static size_t cut_stream(struct trim *t, const struct vgpu_trace_record *r,
			 const struct vgpu_trace_command *c)
{
	size_t head = (size_t)(c->request - r->body) + VGPU_CMD_SUBMIT_SIZE, to = head;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	uint32_t size = get32(c->request + VGPU_CTRL_HDR_SIZE);

	vgpu_virgl_walk_init(&walk, r->body + head, size);
	while (t->next_kept < t->n_kept && t->kept[t->next_kept].record == r->number &&
	       vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		size_t bytes = ((size_t)cmd.length + 1) * 4;

		if (cmd.offset != t->kept[t->next_kept].offset)
			continue;
		memcpy(t->body + to, r->body + head + cmd.offset, bytes);
		to += bytes;
		t->next_kept++;
	}
	/* struct virtio_gpu_cmd_submit: the size follows the header. */
	put32(t->body + head - VGPU_CMD_SUBMIT_SIZE + VGPU_CTRL_HDR_SIZE, (uint32_t)(to - head));
	t->report->stream_kept += to - head;
	return to;
}

/* A record before the range that something needs, at least a part of it. */
static bool is_kept(struct trim *t, const struct vgpu_trace_record *r)
{
	while (t->next_kept < t->n_kept && t->kept[t->next_kept].record < r->number)
		t->next_kept++;
	return t->report->all ||
	       (t->next_kept < t->n_kept && t->kept[t->next_kept].record == r->number);
}

static int write_command(struct trim *t, const struct vgpu_trace_record *r, bool setup)
{
	struct vgpu_trace_command c;
	size_t size = r->body_size;

	if (vgpu_trace_parse_command(r, &c) || (setup && !is_kept(t, r)))
		return 0;
	if (!own_body(t, r))
		return -ENOMEM;
	if (setup && !t->report->all && t->kept[t->next_kept].offset != NODE_WHOLE)
		size = cut_stream(t, r, &c);
	else if (setup && c.request_size > VGPU_CMD_SUBMIT_SIZE &&
		 get32(c.request) == VGPU_CMD_SUBMIT_3D)
		t->report->stream_kept += c.request_size - VGPU_CMD_SUBMIT_SIZE;
	return copy_command(t, r, &c, size);
}

/* Answers and stages of commands that were written. */
static int write_about(struct trim *t, const struct vgpu_trace_record *r)
{
	uint64_t id = r->body_size >= 8 ? new_id(t, get64(r->body)) : 0;

	if (!id)
		return 0;
	if (!own_body(t, r))
		return -ENOMEM;
	t->unanswered -= r->type == VGPU_TRACE_RESPONSE && t->unanswered;
	return copy_as(t, r, 0, id, r->body_size);
}

static int write_lost(struct trim *t, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_lost lost;
	uint64_t id;

	if (vgpu_trace_parse_lost(r, &lost) || !lost.id)
		return copy(t, r);
	if (!own_body(t, r))
		return -ENOMEM;
	id = new_id(t, lost.id);
	/* It may stand before its command; from the range on ids have kept their distance. */
	if (!id && r->number >= t->begin && lost.id >= t->first_command)
		id = lost.id - t->first_command + t->report->commands_kept + 1;
	return copy_as(t, r, 40, id, r->body_size);
}

static int write_memory(struct trim *t, const struct vgpu_trace_record *r, bool setup)
{
	struct vgpu_trace_memory m;

	if (setup && !vgpu_trace_parse_memory(r, &m)) {
		if (!m.space && !is_kept(t, r))
			return 0;
		t->report->memory_kept += m.size;
	}
	return copy(t, r);
}

static int write_record(struct trim *t, const struct vgpu_trace_record *r)
{
	bool setup = r->number < t->begin;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		return write_header(t, r);
	case VGPU_TRACE_COMMAND:
		return write_command(t, r, setup);
	case VGPU_TRACE_RESPONSE:
	case VGPU_TRACE_STAGE:
	case VGPU_TRACE_READBACK:
		return write_about(t, r);
	case VGPU_TRACE_MEMORY:
		return write_memory(t, r, setup);
	case VGPU_TRACE_LOST:
		return write_lost(t, r);
	case VGPU_TRACE_PROCESS:
	case VGPU_TRACE_CONTEXT:
	case VGPU_TRACE_SNAPSHOT:
		return setup && !is_kept(t, r) ? 0 : copy(t, r);
	case VGPU_TRACE_END:
		return 0;
	default:
		return copy(t, r);
	}
}

/* Commands that are written before the range. */
static void count_kept(struct trim *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->n_kept; i++)
		n += t->kept[i].offset != NODE_RECORD &&
		     (!i || t->kept[i].record != t->kept[i - 1].record);
	t->report->commands_kept = t->report->all ? t->report->commands_before : n;
}

static int write_out(struct trim *t, int fd)
{
	struct vgpu_trace_record r;
	uint64_t behind = 0;
	int n, err = 0;

	count_kept(t);
	t->commands = 0;
	n = open_reader(t, fd);
	if (n)
		return n;
	while (!err && (n = vgpu_trace_reader_next(t->reader, &r)) == 1) {
		if (r.number < t->header)
			continue;
		if (r.number == t->begin && t->source)
			err = given_write(&t->given, t->state, t->source, t->writer, t->begin_ns,
					  t->report);
		if (r.number < t->end && !err) {
			err = write_record(t, &r);
			continue;
		}
		if (err)
			break;
		/* Behind the range only what belongs to its commands is of interest. */
		if (r.type == VGPU_TRACE_HEADER ||
		    (r.type == VGPU_TRACE_COMMAND && (!t->unanswered || ++behind == EDIT_RECENT)))
			break;
		if (r.type == VGPU_TRACE_RESPONSE || r.type == VGPU_TRACE_STAGE ||
		    r.type == VGPU_TRACE_READBACK)
			err = write_about(t, &r);
	}
	return n < 0 ? n : err;
}

int vgpu_trace_trim(int fd, struct vgpu_trace_writer *w, const struct vgpu_trim_options *options,
		    struct vgpu_trim_report *report, struct vgpu_trace_status *status,
		    uint64_t *end_ns)
{
	struct trim t = {
		.options = options, .source = options->source, .report = report, .writer = w
	};
	int err;

	memset(report, 0, sizeof(*report));
	memset(status, 0, sizeof(*status));
	*end_ns = 0;
	if (options->first > options->last)
		return VGPU_ERR_INVALID;
	t.state = malloc(sizeof(*t.state));
	t.ids = calloc(IDS_MAX, sizeof(*t.ids));
	if (!t.state || !t.ids) {
		free(t.state);
		free(t.ids);
		return -ENOMEM;
	}
	edit_state_init(t.state, options->memory_max ? options->memory_max : MEMORY_MAX);
	err = learn(&t, fd);
	if (!err) {
		report->first_frame = t.frames_before + 1;
		report->last_frame = t.frames;
		err = write_out(&t, fd);
	}
	if (t.reader)
		vgpu_trace_reader_status(t.reader, status);
	*end_ns = t.last_ns;
	vgpu_trace_reader_close(t.reader);
	given_finish(&t.given, t.state);
	unseen_finish(&t.unseen);
	edit_state_finish(t.state);
	free(t.state);
	free(t.ids);
	free(t.kept);
	free(t.body);
	return err;
}
