/* SPDX-License-Identifier: MIT */
#include "find.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/follow.h>

/* A bit per command, in pieces that are made when the reader gets there. */
#define PIECE_BITS 65536u
#define PIECES     65536u
#define WORDS      (PIECE_BITS / 64)
#define NEWS_EVERY 4096u /* commands */
#define PENDING    4096u /* as <vgpu/follow.h> knows of answers */

typedef _Atomic uint64_t word;

struct pending {
	uint64_t id; /* 0: free */
	uint32_t command;
};

struct view_find {
	const struct view_model *m;
	char *path, *expression;
	struct vgpu_filter *filter;
	pthread_t thread;
	_Atomic(word *) pieces[PIECES];
	_Atomic uint32_t news;
	atomic_bool stop, done;
	atomic_int error;
	uint32_t ordered; /* places that were looked at for being so */
	/* The thread's own. */
	uint32_t number; /* commands read */
	struct pending pending[PENDING];
};

static word *bits_of(const struct view_find *f, uint32_t command)
{
	word *piece = atomic_load_explicit(&f->pieces[command / PIECE_BITS], memory_order_acquire);

	return piece ? &piece[command % PIECE_BITS / 64] : NULL;
}

static int put(struct view_find *f, uint32_t command, bool meant)
{
	word *w = bits_of(f, command), *piece;
	uint64_t bit = (uint64_t)1 << command % 64;

	if (!w && !meant)
		return 0;
	if (!w) {
		piece = calloc(WORDS, sizeof(*piece));
		if (!piece)
			return -ENOMEM;
		atomic_store_explicit(&f->pieces[command / PIECE_BITS], piece,
				      memory_order_release);
		w = bits_of(f, command);
	}
	if (meant)
		atomic_fetch_or_explicit(w, bit, memory_order_relaxed);
	else
		atomic_fetch_and_explicit(w, ~bit, memory_order_relaxed);
	return 0;
}

static int add_command(struct view_find *f, const struct vgpu_trace_record *r,
		       const struct vgpu_facts *facts, bool answers)
{
	struct vgpu_trace_command c;
	uint32_t number;

	/* Counted as the model counts them. */
	if (vgpu_trace_parse_command(r, &c))
		return 0;
	number = f->number++;
	if (answers)
		f->pending[c.id % PENDING] = (struct pending) { c.id, number };
	if (!(f->number % NEWS_EVERY))
		atomic_fetch_add(&f->news, 1);
	return facts && vgpu_filter_match(f->filter, facts) ? put(f, number, true) : 0;
}

static int add_answer(struct view_find *f, const struct vgpu_trace_record *r,
		      const struct vgpu_facts *facts)
{
	struct vgpu_trace_response in;
	struct pending *p;

	if (!facts || vgpu_trace_parse_response(r, &in))
		return 0;
	p = &f->pending[in.id % PENDING];
	if (!in.id || p->id != in.id)
		return 0;
	p->id = 0;
	return put(f, p->command, vgpu_filter_match(f->filter, facts));
}

static int look(struct view_find *f, struct vgpu_trace_reader *reader, struct vgpu_follow *follow)
{
	bool answers = vgpu_filter_needs_answer(f->filter);
	const struct vgpu_facts *facts;
	struct vgpu_trace_record r;
	int ret;

	/* Nothing that a filter asks of stands in memory. */
	vgpu_trace_reader_set_types(reader, ~((uint64_t)1 << VGPU_TRACE_MEMORY));
	while (!atomic_load(&f->stop) && f->number < VIEW_NONE) {
		ret = vgpu_trace_reader_next(reader, &r);
		if (ret <= 0)
			return ret;
		if (r.type == VGPU_TRACE_HEADER)
			memset(f->pending, 0, sizeof(f->pending));
		facts = vgpu_follow_record(follow, &r);
		ret = 0;
		if (r.type == VGPU_TRACE_COMMAND)
			ret = add_command(f, &r, facts, answers);
		else if (r.type == VGPU_TRACE_RESPONSE && answers)
			ret = add_answer(f, &r, facts);
		if (ret)
			return ret;
	}
	return 0;
}

static void *run(void *data)
{
	struct vgpu_follow *follow = vgpu_follow_create();
	struct vgpu_trace_reader *reader = NULL;
	struct view_find *f = data;
	int ret = follow ? vgpu_trace_reader_open(&reader, f->path) : -ENOMEM;

	if (!ret)
		ret = look(f, reader, follow);
	vgpu_trace_reader_close(reader);
	vgpu_follow_destroy(follow);
	atomic_store(&f->error, ret);
	atomic_store(&f->done, true);
	return NULL;
}

struct view_find *view_find_create(const struct view_model *m, const char *path,
				   const char *expression, struct vgpu_filter_error *error)
{
	struct view_find *f = calloc(1, sizeof(*f));
	int ret;

	*error = (struct vgpu_filter_error) { .text = "out of memory" };
	if (!f)
		return NULL;
	f->m = m;
	f->path = strdup(path);
	f->expression = strdup(expression);
	ret = f->path && f->expression ? vgpu_filter_create(&f->filter, expression, error)
				       : -ENOMEM;
	if (!ret)
		ret = pthread_create(&f->thread, NULL, run, f);
	if (!ret)
		return f;
	vgpu_filter_destroy(f->filter);
	free(f->path);
	free(f->expression);
	free(f);
	return NULL;
}

void view_find_destroy(struct view_find *f)
{
	uint32_t i;

	if (!f)
		return;
	atomic_store(&f->stop, true);
	pthread_join(f->thread, NULL);
	for (i = 0; i < PIECES; i++)
		free(atomic_load(&f->pieces[i]));
	vgpu_filter_destroy(f->filter);
	free(f->path);
	free(f->expression);
	free(f);
}

const char *view_find_expression(const struct view_find *f)
{
	return f->expression;
}

bool view_find_done(const struct view_find *f, int *error)
{
	bool done = atomic_load(&f->done);

	if (error)
		*error = done ? atomic_load(&f->error) : 0;
	return done;
}

uint32_t view_find_news(const struct view_find *f)
{
	/* Being done is news at the same moment: who sees it done measures again. */
	return f ? atomic_load(&f->news) + atomic_load(&f->done) : 0;
}

static uint64_t word_at(const struct view_find *f, uint32_t command)
{
	word *w = bits_of(f, command);

	return w ? atomic_load_explicit(w, memory_order_relaxed) : 0;
}

bool view_find_has(const struct view_find *f, uint32_t command)
{
	return word_at(f, command) >> command % 64 & 1;
}

/* Nearly every trace has its commands in the order of their times: then places are numbers. */
static bool in_order(struct view_find *f)
{
	const struct view_lane *all = &f->m->all;

	while (f->ordered < all->count && view_lane_item(all, f->ordered) == f->ordered)
		f->ordered++;
	return f->ordered == all->count;
}

uint32_t view_find_count(struct view_find *f, uint32_t first, uint32_t last)
{
	const struct view_lane *all = &f->m->all;
	uint32_t count = 0, i, end;
	uint64_t bits;

	if (last > all->count)
		last = all->count;
	if (!in_order(f)) {
		for (i = first; i < last; i++)
			count += view_find_has(f, view_lane_item(all, i));
		return count;
	}
	for (i = first; i < last; i = end) {
		end = last - i < 64 - i % 64 ? last : i - i % 64 + 64;
		bits = word_at(f, i) >> i % 64;
		if (end - i < 64)
			bits &= ((uint64_t)1 << (end - i)) - 1;
		count += (uint32_t)__builtin_popcountll(bits);
	}
	return count;
}

uint32_t view_find_next(struct view_find *f, uint32_t place, int step)
{
	const struct view_lane *all = &f->m->all;
	bool ordered = in_order(f);
	uint32_t command;

	if (step < 0 && place > all->count)
		place = all->count;
	for (;;) {
		/* VIEW_NONE goes on with place 0. */
		if (step > 0 ? place + 1 >= all->count : !place)
			return VIEW_NONE;
		place += step > 0 ? 1 : -1u;
		command = view_lane_item(all, place);
		if (view_find_has(f, command))
			return place;
		/* A word without any: on to its end. */
		if (ordered && !word_at(f, command)) {
			if (step > 0)
				place |= 63;
			else
				place &= ~63u;
		}
	}
}
