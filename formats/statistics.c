/* SPDX-License-Identifier: MIT */
/*
 * Statistics in the summary of a trace: numbers as LEB128, so that a short trace pays little for
 * them. One list of fields serves both directions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"
#include "varint.h"

/* A run of numbers and texts being written, or read: `put` says which. */
struct run {
	bool put;
	const uint8_t *p, *end; /* read */
	uint8_t *out;           /* written */
	size_t size, room;
	int error; /* -ENOMEM, or 1: there is less than there should be */
};

static void number64(struct run *r, uint64_t *v)
{
	if (r->error)
		return;
	if (!r->put) {
		r->error = !varint_get(&r->p, r->end, v);
		return;
	}
	if (r->room - r->size < VARINT_MAX) {
		size_t room = 2 * r->room + 1024;
		uint8_t *out = realloc(r->out, room);

		if (!out) {
			r->error = -ENOMEM;
			return;
		}
		r->out = out;
		r->room = room;
	}
	r->size = (size_t)(varint_put(r->out + r->size, *v) - r->out);
}

static void number32(struct run *r, uint32_t *v)
{
	uint64_t wide = *v;

	number64(r, &wide);
	if (wide > UINT32_MAX)
		r->error = 1;
	*v = (uint32_t)wide;
}

/* How many rows follow: at most `most`. */
static size_t rows(struct run *r, size_t n, size_t most)
{
	uint64_t wide = n;

	number64(r, &wide);
	if (wide > most)
		r->error = r->error ? r->error : 1;
	return r->error ? 0 : (size_t)wide;
}

/* A text of less than `room` bytes, without its NUL. */
static void string(struct run *r, char *text, size_t room)
{
	size_t n = rows(r, strnlen(text, room - 1), room - 1);

	for (size_t i = 0; i < n; i++) {
		uint64_t c = (uint8_t)text[i];

		number64(r, &c);
		text[i] = (char)c;
	}
}

static void series(struct run *r, struct vgpu_stats_series *s)
{
	uint64_t *const fields[] = {
		&s->min, &s->mean, &s->p50, &s->p90, &s->p99, &s->p999, &s->max
	};

	number64(r, &s->count);
	for (size_t i = 0; s->count && i < sizeof(fields) / sizeof(fields[0]); i++)
		number64(r, fields[i]);
}

static void totals(struct run *r, struct vgpu_stats_totals *t)
{
	uint64_t *const fields[] = {
		&t->records,      &t->first_ns, &t->last_ns,       &t->commands,
		&t->responses,    &t->errors,   &t->unanswered,    &t->unanswered_fenced,
		&t->orphans,      &t->frames,   &t->request_bytes, &t->response_bytes,
		&t->memory_bytes, &t->lost,     &t->epochs,        &t->traces,
		&t->processes,    &t->contexts,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		number64(r, fields[i]);
}

static void losses(struct run *r, struct vgpu_stats *s)
{
	size_t n = LOSSES_MAX;

	while (n && !s->lost_count[n - 1])
		n--;
	n = rows(r, n, LOSSES_MAX);
	for (size_t i = 0; i < n; i++) {
		number64(r, &s->lost_count[i]);
		number64(r, &s->lost_bytes[i]);
	}
}

static void command(struct run *r, struct vgpu_stats_command *c)
{
	number32(r, &c->queue);
	number32(r, &c->type);
	number64(r, &c->count);
	number64(r, &c->fenced);
	number64(r, &c->bytes);
	number64(r, &c->responses);
	number64(r, &c->errors);
	number64(r, &c->unanswered);
	series(r, &c->fenced_latency);
	series(r, &c->unfenced_latency);
}

static void commands(struct run *r, struct vgpu_stats *s)
{
	size_t n = rows(r, s->n_rows, sizeof(s->rows) / sizeof(s->rows[0]));

	for (size_t i = 0; i < n && !r->error; i++) {
		struct vgpu_stats_command c = { 0 };

		if (r->put) {
			vgpu_stats_command(s, i, &c);
		} else {
			s->rows[i] = calloc(1, sizeof(*s->rows[i]));
			if (!s->rows[i]) {
				r->error = -ENOMEM;
				return;
			}
			s->n_rows = i + 1;
		}
		command(r, &c);
		s->rows[i]->c = r->put ? s->rows[i]->c : c;
	}
}

static void scanouts(struct run *r, struct vgpu_stats *s)
{
	struct vgpu_stats_scanout scanout;
	struct shown *shown;
	uint32_t place;
	size_t n = 0;

	while (r->put && vgpu_stats_scanout(s, n, &scanout))
		n++;
	n = rows(r, n, DEVICES_APART * VGPU_MAX_SCANOUTS);
	for (size_t i = 0; i < n; i++) {
		memset(&scanout, 0, sizeof(scanout));
		if (r->put)
			vgpu_stats_scanout(s, i, &scanout);
		place = scanout.device * VGPU_MAX_SCANOUTS + scanout.scanout;
		number32(r, &place);
		number64(r, &scanout.frames);
		series(r, &scanout.interval);
		if (place >= DEVICES_APART * VGPU_MAX_SCANOUTS)
			r->error = 1;
		if (r->put || r->error)
			continue;
		shown = &s->shown[place / VGPU_MAX_SCANOUTS][place % VGPU_MAX_SCANOUTS];
		shown->frames = scanout.frames;
		shown->restored = scanout.interval;
	}
}

static void owners(struct run *r, struct vgpu_stats *s)
{
	s->n_processes = rows(r, s->n_processes, PROCESSES_MAX);
	for (size_t i = 0; i < s->n_processes; i++) {
		number32(r, &s->processes[i].pid);
		number64(r, &s->processes[i].commands);
		string(r, s->processes[i].comm, sizeof(s->processes[i].comm));
	}
	s->n_contexts = rows(r, s->n_contexts, CONTEXTS_MAX);
	for (size_t i = 0; i < s->n_contexts; i++) {
		number32(r, &s->contexts[i].ctx_id);
		number32(r, &s->contexts[i].pid);
		number32(r, &s->contexts[i].capset);
		string(r, s->contexts[i].name, sizeof(s->contexts[i].name));
	}
}

static void all(struct run *r, struct vgpu_stats *s)
{
	totals(r, &s->t);
	losses(r, s);
	commands(r, s);
	scanouts(r, s);
	owners(r, s);
}

int statistics_encode(const struct vgpu_stats *s, uint8_t **out, size_t *size)
{
	struct run r = { .put = true };

	all(&r, (struct vgpu_stats *)s); /* which writing leaves as it is */
	if (r.error) {
		free(r.out);
		return -ENOMEM;
	}
	*out = r.out;
	*size = r.size;
	return 0;
}

int statistics_decode(const uint8_t *p, size_t size, struct vgpu_stats **out)
{
	struct run r = { .p = p, .end = p + size };
	struct vgpu_stats *s = vgpu_stats_create();

	if (!s)
		return -ENOMEM;
	s->restored = true;
	all(&r, s);
	if (r.error) {
		vgpu_stats_destroy(s);
		return r.error < 0 ? r.error : 0;
	}
	*out = s;
	return 1;
}
