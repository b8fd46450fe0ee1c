/* SPDX-License-Identifier: MIT */
#include "resources.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/format.h>
#include <vgpu/judge.h>
#include <vgpu/transfer.h>

#include "detail.h"
#include "grow.h"

/* Resources whose commands are counted at a time: what is hostile makes no more of them. */
#define USES_MAX 65536u

/* Who named a resource. */
struct use {
	uint32_t device, id, commands;
	uint64_t last;
};

/* Where the thread is in the trace, and what is known there. */
struct walk {
	struct vgpu_trace_reader *reader; /* NULL: nowhere */
	struct vgpu_judge *judge;
	struct vgpu_trace_record held; /* the next command's, that was read already */
	bool is_held, ended;
	uint32_t next;    /* number of the next command */
	uint32_t device;  /* of the last one */
	struct use *uses; /* by device and id */
	size_t use_room;
	uint32_t use_count;
};

struct view_resources {
	char *path;
	enum vgpu_dialect dialect;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wish;
	atomic_bool stop;
	_Atomic uint32_t wanted;
	struct walk walk; /* the thread's */
	struct view_resources_about about;
	struct view_resource *list;
};

static void ignore(void *data, const struct vgpu_finding *f)
{
	(void)data;
	(void)f;
}

static void walk_end(struct walk *w)
{
	vgpu_judge_destroy(w->judge);
	vgpu_trace_reader_close(w->reader);
	free(w->uses);
	*w = (struct walk) { 0 };
}

static int walk_begin(struct view_resources *r)
{
	struct vgpu_lint_options options = { .report = ignore, .dialect = r->dialect };
	struct walk *w = &r->walk;
	int ret;

	walk_end(w);
	ret = vgpu_trace_reader_open(&w->reader, r->path);
	if (ret)
		return ret;
	vgpu_trace_reader_set_types(w->reader, ~((uint64_t)1 << VGPU_TRACE_MEMORY));
	return vgpu_judge_create(&w->judge, &options, 0);
}

/* The place of a resource's use, or where it belongs. */
static uint32_t use_place(const struct walk *w, uint32_t device, uint32_t id)
{
	uint64_t key = (uint64_t)device << 32 | id;
	uint32_t low = 0, high = w->use_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (((uint64_t)w->uses[middle].device << 32 | w->uses[middle].id) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct use *use_of(const struct walk *w, uint32_t device, uint32_t id)
{
	uint32_t i = use_place(w, device, id);

	if (i < w->use_count && w->uses[i].device == device && w->uses[i].id == id)
		return &w->uses[i];
	return NULL;
}

static void forget_use(struct walk *w, struct use *u)
{
	if (!u)
		return;
	memmove(u, u + 1, (size_t)(w->uses + --w->use_count - u) * sizeof(*u));
}

static struct use *new_use(struct walk *w, uint32_t device, uint32_t id)
{
	uint32_t i = use_place(w, device, id);
	struct use *p;

	if (w->use_count == USES_MAX)
		return NULL;
	p = view_grow(w->uses, (size_t)w->use_count + 1, &w->use_room, sizeof(*p));
	if (!p)
		return NULL;
	w->uses = p;
	memmove(p + i + 1, p + i, (w->use_count++ - i) * sizeof(*p));
	p[i] = (struct use) { .device = device, .id = id };
	return &p[i];
}

/* The command was judged: it may have made the resource, or destroyed it. */
static void count_use(struct walk *w, const struct vgpu_trace_command *c)
{
	uint32_t id = view_request_resource(c->request, c->request_size);
	const struct vgpu_track *track = vgpu_judge_track(w->judge, w->device);
	const struct vgpu_track_resource *resource;
	struct use *use;

	if (!id || !track)
		return;
	resource = vgpu_track_resource(track, id);
	use = use_of(w, w->device, id);
	if (!resource || resource->created == c->id) {
		forget_use(w, use);
		use = NULL;
	}
	if (!resource)
		return;
	if (!use)
		use = new_use(w, w->device, id);
	if (!use)
		return;
	use->commands++;
	use->last = c->id;
}

/* One record; 1: it is a command behind the wanted one, and is held. */
static int take(struct walk *w, uint32_t wanted)
{
	struct vgpu_trace_record r = w->held;
	struct vgpu_trace_command c;
	bool command;
	int ret;

	if (!w->is_held) {
		ret = vgpu_trace_reader_next(w->reader, &r);
		w->ended = ret <= 0;
		if (w->ended)
			return ret;
	}
	command = r.type == VGPU_TRACE_COMMAND && !vgpu_trace_parse_command(&r, &c);
	w->held = r;
	w->is_held = command && w->next > wanted;
	if (w->is_held)
		return 1;
	ret = vgpu_judge_record(w->judge, &r);
	if (ret || !command)
		return ret;
	w->next++;
	w->device = c.device < VGPU_JUDGE_DEVICES ? c.device : VGPU_JUDGE_DEVICES - 1;
	count_use(w, &c);
	return 0;
}

/* To where the command is wanted from. 0, -ECANCELED when another one is, or what stood in the way. */
static int go_to(struct view_resources *r, uint32_t wanted)
{
	struct walk *w = &r->walk;
	int ret = 0;

	/* What was at its end may have grown since. */
	if (!w->reader || w->ended || w->next > wanted + 1)
		ret = walk_begin(r);
	while (!ret && !w->ended) {
		if (atomic_load(&r->stop) || atomic_load(&r->wanted) != wanted)
			return -ECANCELED;
		ret = take(w, wanted);
	}
	if (ret < 0)
		walk_end(w);
	return ret < 0 ? ret : 0;
}

/* As doubles: what a hostile shape gives fits in no integer. */
static uint64_t bytes_of(const struct vgpu_track_resource *r)
{
	struct vgpu_block block = vgpu_format_block(r->format);
	double bytes = 0, layers;
	uint32_t level;

	if (r->kind == VGPU_TRACK_BLOB)
		return r->blob_size;
	if (r->target == VGPU_PIPE_BUFFER)
		return r->width;
	for (level = 0; level <= r->last_level && level < 32 && block.width; level++) {
		layers = r->target == VGPU_PIPE_TEXTURE_3D
				 ? vgpu_transfer_level_size(r->depth, level)
			 : r->array_size ? r->array_size
					 : 1;
		bytes += layers * block.bytes *
			 vgpu_transfer_blocks(vgpu_transfer_level_size(r->width, level),
					      block.width) *
			 vgpu_transfer_blocks(vgpu_transfer_level_size(r->height, level),
					      block.height);
	}
	bytes *= r->nr_samples > 1 ? r->nr_samples : 1;
	return bytes < 1e18 ? (uint64_t)bytes : (uint64_t)1e18;
}

static uint32_t place_of(const struct view_resource *list, uint32_t count, uint32_t id)
{
	uint32_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list[middle].is.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && list[low].is.id == id ? low : VIEW_NONE;
}

static void name_context(const struct vgpu_track *track, struct view_resource *r, uint32_t ctx_id)
{
	const struct vgpu_track_context *c = vgpu_track_context(track, ctx_id);

	r->ctx_id = ctx_id;
	snprintf(r->ctx_name, sizeof(r->ctx_name), "%.39s", c ? c->name : "");
}

static void add_contexts(const struct vgpu_track *track, struct view_resource *list, uint32_t count)
{
	const struct vgpu_track_attachment *a = NULL;
	uint32_t i;

	while ((a = vgpu_track_attachment_next(track, a))) {
		i = place_of(list, count, a->resource_id);
		if (i == VIEW_NONE)
			continue;
		if (!list[i].contexts++ && !list[i].ctx_id)
			name_context(track, &list[i], a->ctx_id);
	}
}

/* The list of where the walk is. 0 or -ENOMEM. */
static int make_list(const struct walk *w, struct view_resources_about *about,
		     struct view_resource **out)
{
	const struct vgpu_track *track = vgpu_judge_track(w->judge, w->device);
	const struct vgpu_track_resource *is = NULL;
	struct vgpu_track_totals totals;
	struct view_resource *list, *r;
	const struct use *use;

	vgpu_track_totals(track, &totals);
	about->all = (uint32_t)totals.resources;
	about->partial = vgpu_track_is_partial(track);
	list = calloc((about->all < VIEW_RESOURCES_MAX ? about->all : VIEW_RESOURCES_MAX) + 1,
		      sizeof(*list));
	if (!list)
		return -ENOMEM;
	while ((is = vgpu_track_resource_next(track, is))) {
		about->bytes += bytes_of(is);
		if (about->count == VIEW_RESOURCES_MAX)
			continue;
		r = &list[about->count++];
		r->is = *is;
		r->bytes = bytes_of(is);
		if (is->kind == VGPU_TRACK_BLOB && is->blob_ctx)
			name_context(track, r, is->blob_ctx);
		use = use_of(w, w->device, is->id);
		r->commands = use ? use->commands : 0;
		r->last = use ? use->last : 0;
	}
	add_contexts(track, list, about->count);
	*out = list;
	return 0;
}

static void *run(void *data)
{
	struct view_resources_about about;
	struct view_resources *r = data;
	struct view_resource *list;
	uint32_t wanted;

	pthread_mutex_lock(&r->mutex);
	while (!atomic_load(&r->stop)) {
		wanted = atomic_load(&r->wanted);
		if (wanted == r->about.command) {
			pthread_cond_wait(&r->wish, &r->mutex);
			continue;
		}
		pthread_mutex_unlock(&r->mutex);
		about = (struct view_resources_about) { .command = wanted };
		list = NULL;
		about.error = go_to(r, wanted);
		if (!about.error)
			about.error = make_list(&r->walk, &about, &list);
		pthread_mutex_lock(&r->mutex);
		if (about.error == -ECANCELED)
			continue;
		free(r->list);
		r->list = list;
		r->about = about;
	}
	pthread_mutex_unlock(&r->mutex);
	return NULL;
}

struct view_resources *view_resources_create(const char *path, enum vgpu_dialect dialect)
{
	struct view_resources *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->path = strdup(path);
	r->dialect = dialect;
	r->about.command = VIEW_NONE;
	atomic_store(&r->wanted, VIEW_NONE);
	pthread_mutex_init(&r->mutex, NULL);
	pthread_cond_init(&r->wish, NULL);
	if (r->path && !pthread_create(&r->thread, NULL, run, r))
		return r;
	free(r->path);
	free(r);
	return NULL;
}

void view_resources_destroy(struct view_resources *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->mutex);
	atomic_store(&r->stop, true);
	pthread_cond_signal(&r->wish);
	pthread_mutex_unlock(&r->mutex);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->wish);
	pthread_mutex_destroy(&r->mutex);
	walk_end(&r->walk);
	free(r->list);
	free(r->path);
	free(r);
}

void view_resources_want(struct view_resources *r, uint32_t command)
{
	if (!r || atomic_load(&r->wanted) == command)
		return;
	pthread_mutex_lock(&r->mutex);
	atomic_store(&r->wanted, command);
	pthread_cond_signal(&r->wish);
	pthread_mutex_unlock(&r->mutex);
}

void view_resources_about(struct view_resources *r, struct view_resources_about *out)
{
	*out = (struct view_resources_about) { .command = VIEW_NONE };
	if (!r)
		return;
	pthread_mutex_lock(&r->mutex);
	*out = r->about;
	pthread_mutex_unlock(&r->mutex);
}

bool view_resources_done(struct view_resources *r)
{
	struct view_resources_about about;

	view_resources_about(r, &about);
	return !r || about.command == atomic_load(&r->wanted);
}

bool view_resources_get(struct view_resources *r, uint32_t index, struct view_resource *out)
{
	bool there;

	if (!r)
		return false;
	pthread_mutex_lock(&r->mutex);
	there = index < r->about.count;
	if (there)
		*out = r->list[index];
	pthread_mutex_unlock(&r->mutex);
	return there;
}

uint32_t view_resources_find(struct view_resources *r, uint32_t id)
{
	uint32_t place;

	if (!r)
		return VIEW_NONE;
	pthread_mutex_lock(&r->mutex);
	place = place_of(r->list, r->about.count, id);
	pthread_mutex_unlock(&r->mutex);
	return place;
}

bool view_resource_has_picture(const struct view_resource *r)
{
	return r->is.kind != VGPU_TRACK_BLOB && r->is.target != VGPU_PIPE_BUFFER && r->is.width &&
	       r->is.height && r->is.nr_samples <= 1;
}
