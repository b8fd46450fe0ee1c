/* SPDX-License-Identifier: MIT */
/* vgpu_trace_merge(): records of several traces by time, each with its own devices and processes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "body.h"
#include "text.h"
#include "wire.h"

/* Ids of so many commands of each trace are remembered for their answers. */
#define IDS_MAX     (1u << 16)
#define DEVICES_MAX 64
/* Linux gives no pid beyond 2^22; trace N's are kept apart by N in the bits above 24. */
#define PID_SHIFT   24
#define SPACE_SHIFT 32

struct id {
	uint64_t old, new;
};

struct input {
	struct vgpu_trace_reader *reader;
	unsigned int index;
	struct vgpu_trace_record head; /* the next record, when `any` */
	bool any;
	struct vgpu_trace_header header;
	uint64_t header_ns;
	int64_t shift_ns; /* from its clock to the new trace's */
	struct id *ids;   /* a ring of IDS_MAX */
	uint64_t commands;
	uint64_t promised; /* id of a command that a record before it has named; 0: none */
	struct {
		uint32_t old, new;
	} devices[DEVICES_MAX];
	unsigned int n_devices;
};

struct merge {
	struct vgpu_trace_writer *writer;
	struct input inputs[VGPU_MERGE_MAX];
	unsigned int n;
	uint32_t devices;
	uint64_t commands, last_ns;
	uint8_t *body;
	size_t room;
};

static int next(struct input *in)
{
	int n = vgpu_trace_reader_next(in->reader, &in->head);

	in->any = n == 1;
	return n < 0 ? n : 0;
}

static int open_input(struct input *in)
{
	int err = next(in);

	if (err)
		return err;
	if (!in->any || in->head.type != VGPU_TRACE_HEADER)
		return VGPU_ERR_NOT_A_TRACE;
	err = vgpu_trace_parse_header(&in->head, &in->header);
	if (err)
		return err;
	in->header_ns = in->head.time_ns;
	in->ids = calloc(IDS_MAX, sizeof(*in->ids));
	return in->ids ? 0 : -ENOMEM;
}

static uint64_t at(const struct input *in, uint64_t time_ns)
{
	return time_ns + (uint64_t)in->shift_ns;
}

/* All clocks to the first one's; later, if need be, so that none begins before 0. */
static void set_clocks(struct merge *m, const struct vgpu_merge_input *from)
{
	const struct input *first = &m->inputs[0];
	int64_t least = INT64_MAX;

	for (unsigned int i = 0; i < m->n; i++) {
		struct input *in = &m->inputs[i];

		in->shift_ns = (int64_t)((in->header.realtime_ns - in->header_ns) -
					 (first->header.realtime_ns - first->header_ns) +
					 (uint64_t)from[i].offset_ns);
		if ((int64_t)at(in, in->header_ns) < least)
			least = (int64_t)at(in, in->header_ns);
	}
	for (unsigned int i = 0; i < m->n && least < 0; i++)
		m->inputs[i].shift_ns =
			(int64_t)((uint64_t)m->inputs[i].shift_ns - (uint64_t)least);
}

/* The others' text as "1.key=value". */
static void add_text(struct text *t, const struct input *in)
{
	const char *from = in->header.text;
	size_t size = in->header.text_size;
	char key[80];

	while (size) {
		size_t n = strnlen(from, size);
		const char *equals = memchr(from, '=', n);

		if (n == size)
			return;
		if (equals && equals - from < 64) {
			snprintf(key, sizeof(key), "%u.%.*s", in->index, (int)(equals - from),
				 from);
			text_add(t, key, "%s", equals + 1);
		}
		from += n + 1;
		size -= n + 1;
	}
}

static int write_header(struct merge *m)
{
	const struct input *first = &m->inputs[0];
	struct vgpu_trace_header header = first->header;
	uint64_t begin = at(first, first->header_ns);
	struct text text = { 0 };
	char from[33 * VGPU_MERGE_MAX] = "";
	int err;

	text_copy(&text, header.text, header.text_size, "merged-from");
	for (unsigned int i = 0; i < m->n; i++) {
		const struct input *in = &m->inputs[i];

		for (int k = 0; k < 16; k++)
			snprintf(from + i * 33 + k * 2, 3, "%02x", in->header.file_id[k]);
		if (i + 1 < m->n)
			strcat(from, ",");
		if (at(in, in->header_ns) < begin)
			begin = at(in, in->header_ns);
		if (i)
			add_text(&text, in);
	}
	text_add(&text, "merged-from", "%s", from);
	header.realtime_ns += begin - at(first, first->header_ns);
	edit_new_id(header.file_id, header.file_id);
	header.text = text.bytes;
	header.text_size = text.size;
	err = text.error ? text.error : vgpu_trace_write_header(m->writer, begin, &header);
	text_finish(&text);
	m->last_ns = begin;
	return err;
}

static bool known_device(const struct input *in, uint32_t old, uint32_t *new)
{
	for (unsigned int i = 0; i < in->n_devices; i++) {
		if (in->devices[i].old == old) {
			*new = in->devices[i].new;
			return true;
		}
	}
	return false;
}

static bool find_device(struct merge *m, struct input *in, uint32_t old, uint32_t *new)
{
	if (known_device(in, old, new))
		return true;
	if (in->n_devices == DEVICES_MAX)
		return false;
	in->devices[in->n_devices].old = old;
	*new = in->devices[in->n_devices].new = m->devices++;
	in->n_devices++;
	return true;
}

static uint64_t find_id(const struct input *in, uint64_t old)
{
	uint64_t low = in->commands > IDS_MAX ? in->commands - IDS_MAX : 0, high = in->commands;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (in->ids[middle % IDS_MAX].old < old)
			low = middle + 1;
		else
			high = middle;
	}
	return low < in->commands && in->ids[low % IDS_MAX].old == old ? in->ids[low % IDS_MAX].new
								       : 0;
}

/* The new number of a device, which is described with the space that it reads from. */
static int describe(struct merge *m, struct input *in, uint32_t old, const char *from, size_t size,
		    uint32_t *new)
{
	const char *space = vgpu_trace_text_get(from, size, "space");
	uint64_t number = (uint64_t)in->index << SPACE_SHIFT;
	struct vgpu_trace_device d = { 0 };
	struct text text = { 0 };
	int err;

	if (!find_device(m, in, old, new))
		return VGPU_ERR_TOO_LARGE;
	if (space)
		number += strtoull(space, NULL, 10);
	text_copy(&text, from, size, "space");
	if (number)
		text_add(&text, "space", "%" PRIu64, number);
	d.device = *new;
	d.text = text.bytes;
	d.text_size = text.size;
	err = text.error ? text.error
			 : vgpu_trace_write_device(m->writer, at(in, in->head.time_ns), &d);
	text_finish(&text);
	return err;
}

/* One that was never described is, when it is first met. */
static int device_number(struct merge *m, struct input *in, uint32_t old, uint32_t *new)
{
	if (known_device(in, old, new))
		return 0;
	if (in->index)
		return describe(m, in, old, NULL, 0, new);
	return find_device(m, in, old, new) ? 0 : VGPU_ERR_TOO_LARGE;
}

static int put_device(struct merge *m, struct input *in, size_t offset)
{
	uint32_t device;
	int err = device_number(m, in, get32(m->body + offset), &device);

	if (!err)
		put32(m->body + offset, device);
	return err;
}

/* pid and tid; 0 is nobody. */
static void put_process(struct merge *m, const struct input *in, size_t offset, unsigned int count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t pid = get32(m->body + offset + i * 4);

		if (pid)
			put32(m->body + offset + i * 4, pid + (in->index << PID_SHIFT));
	}
}

static int put_command(struct merge *m, struct input *in)
{
	uint64_t old = get64(m->body);

	in->ids[in->commands % IDS_MAX] = (struct id) { .old = old, .new = ++m->commands };
	in->commands++;
	in->promised = 0;
	put64(m->body, m->commands);
	put_process(m, in, 24, 2);
	return put_device(m, in, 8);
}

static int write_device(struct merge *m, struct input *in)
{
	struct vgpu_trace_device d;
	uint32_t device;

	if (vgpu_trace_parse_device(&in->head, &d))
		return 0;
	return describe(m, in, d.device, d.text, d.text_size, &device);
}

/* Memory may come before any command says which device is to read it. */
static int put_space(struct merge *m, struct input *in, size_t offset)
{
	uint32_t device;

	put64(m->body + offset, get64(m->body + offset) + ((uint64_t)in->index << SPACE_SHIFT));
	return in->n_devices ? 0 : device_number(m, in, 0, &device);
}

/* What of m->body names something of its trace. 1: write it, 0: leave it out. */
static int renumber(struct merge *m, struct input *in)
{
	uint64_t id;
	int err = 0;

	switch (in->head.type) {
	case VGPU_TRACE_PROCESS:
		put_process(m, in, 0, 2);
		break;
	case VGPU_TRACE_CONTEXT:
		put_process(m, in, 4, 2);
		break;
	case VGPU_TRACE_COMMAND:
		err = put_command(m, in);
		break;
	case VGPU_TRACE_STAGE:
		put_process(m, in, 12, 1);
		/* fall through */
	case VGPU_TRACE_RESPONSE:
	case VGPU_TRACE_READBACK:
		id = find_id(in, get64(m->body));
		if (!id)
			return 0;
		put64(m->body, id);
		if (in->head.type == VGPU_TRACE_READBACK)
			err = put_space(m, in, 8);
		break;
	case VGPU_TRACE_MEMORY:
		err = put_space(m, in, 0);
		break;
	case VGPU_TRACE_SNAPSHOT:
	case VGPU_TRACE_EPOCH:
		err = put_device(m, in, 0);
		break;
	case VGPU_TRACE_LOST:
		for (size_t i = 24; i <= 32; i += 8) {
			if (get64(m->body + i))
				put64(m->body + i, at(in, get64(m->body + i)));
		}
		id = get64(m->body + 40);
		if (!id)
			break;
		/* It may stand before its command, which then must be the next one. */
		in->promised = find_id(in, id) ? 0 : id;
		put64(m->body + 40, in->promised ? m->commands + 1 : find_id(in, id));
		break;
	}
	return err ? err : 1;
}

static int write_record(struct merge *m, struct input *in)
{
	const struct vgpu_trace_record *r = &in->head;
	size_t fixed = body_fixed((enum vgpu_trace_type)r->type);
	uint64_t time_ns = at(in, r->time_ns);
	uint8_t *bigger;
	int n;

	if (time_ns > m->last_ns)
		m->last_ns = time_ns;
	/* Nobody could read it: it is no command, and nothing is to be numbered in it. */
	if (fixed && r->body_size < fixed + (size_t)(r->flags >> RECORD_EXTRA_SHIFT) * 8)
		return 0;
	if (r->type == VGPU_TRACE_END)
		return 0;
	if (r->type == VGPU_TRACE_DEVICE)
		return write_device(m, in);
	if (r->body_size > m->room || !m->body) {
		bigger = realloc(m->body, r->body_size + 1);
		if (!bigger)
			return -ENOMEM;
		m->body = bigger;
		m->room = r->body_size;
	}
	memcpy(m->body, r->body, r->body_size);
	n = renumber(m, in);
	return n > 0 ? vgpu_trace_write(m->writer, r->type, r->flags, time_ns, m->body,
					r->body_size)
		     : n;
}

/* The input whose next record is the earliest, or one that owes a command. */
static struct input *choose(struct merge *m)
{
	struct input *best = NULL;

	for (unsigned int i = 0; i < m->n; i++) {
		struct input *in = &m->inputs[i];

		if (!in->any)
			continue;
		if (in->promised)
			return in;
		if (!best || at(in, in->head.time_ns) < at(best, best->head.time_ns))
			best = in;
	}
	return best;
}

static int merge(struct merge *m, const struct vgpu_merge_input *from, unsigned int *which)
{
	struct input *in;
	int err;

	for (unsigned int i = 0; i < m->n; i++) {
		m->inputs[i].reader = from[i].reader;
		m->inputs[i].index = i;
		*which = i;
		err = open_input(&m->inputs[i]);
		if (err)
			return err;
	}
	set_clocks(m, from);
	*which = m->n;
	err = write_header(m);
	for (unsigned int i = 0; i < m->n && !err; i++) {
		*which = i;
		err = next(&m->inputs[i]);
	}
	while (!err && (in = choose(m))) {
		*which = in->index;
		if (in->head.type == VGPU_TRACE_HEADER)
			return VGPU_ERR_INVALID;
		err = write_record(m, in);
		if (err)
			*which = m->n;
		else
			err = next(in);
	}
	return err;
}

int vgpu_trace_merge(const struct vgpu_merge_input *inputs, unsigned int count,
		     struct vgpu_trace_writer *w, unsigned int *which, uint64_t *end_ns)
{
	struct merge *m;
	int err;

	*which = count;
	*end_ns = 0;
	if (!count || count > VGPU_MERGE_MAX)
		return VGPU_ERR_TOO_LARGE;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->writer = w;
	m->n = count;
	err = merge(m, inputs, which);
	*end_ns = m->last_ns;
	for (unsigned int i = 0; i < count; i++)
		free(m->inputs[i].ids);
	free(m->body);
	free(m);
	return err;
}
