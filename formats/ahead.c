/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "ahead.h"

enum state {
	IDLE,
	BUSY, /* the thread's: the caller must not touch what belongs to the frame */
	DONE
};

struct ahead {
	ZSTD_DCtx *dctx;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	bool running, closing;

	/* The frame. */
	uint64_t offset;
	uint8_t *in, *out;
	size_t size, in_room, bound, out_room;
	size_t result;
};

static void *run(void *data)
{
	struct ahead *a = data;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		size_t result;

		while (a->state != BUSY && !a->closing)
			pthread_cond_wait(&a->changed, &a->lock);
		if (a->closing)
			break;
		pthread_mutex_unlock(&a->lock);
		result = ZSTD_decompressDCtx(a->dctx, a->out, a->bound, a->in, a->size);
		pthread_mutex_lock(&a->lock);
		a->result = result;
		a->state = DONE;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

int ahead_create(struct ahead **out)
{
	struct ahead *a = calloc(1, sizeof(*a));
	sigset_t all, old;
	int err = -ENOMEM;

	*out = NULL;
	if (!a)
		return -ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->dctx = ZSTD_createDCtx();
	if (!a->dctx)
		goto err_destroy;
	sigfillset(&all); /* the caller's signals are the caller's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		goto err_destroy;
	a->running = true;
	*out = a;
	return 0;

err_destroy:
	ahead_destroy(a);
	return err;
}

void ahead_destroy(struct ahead *a)
{
	if (!a)
		return;
	if (a->running) {
		pthread_mutex_lock(&a->lock);
		a->closing = true;
		pthread_cond_broadcast(&a->changed);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	ZSTD_freeDCtx(a->dctx);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->in);
	free(a->out);
	free(a);
}

static bool reserve(uint8_t **buffer, size_t *room, size_t size)
{
	uint8_t *p;

	if (size <= *room)
		return true;
	p = malloc(size); /* what it held is not needed any more */
	if (!p)
		return false;
	free(*buffer);
	*buffer = p;
	*room = size;
	return true;
}

void ahead_begin(struct ahead *a, uint64_t offset, const uint8_t *frame, size_t size, size_t bound)
{
	pthread_mutex_lock(&a->lock);
	if (a->state != BUSY) {
		a->state = IDLE;
		if (reserve(&a->in, &a->in_room, size) && reserve(&a->out, &a->out_room, bound)) {
			memcpy(a->in, frame, size);
			a->offset = offset;
			a->size = size;
			a->bound = bound;
			a->state = BUSY;
			pthread_cond_broadcast(&a->changed);
		}
	}
	pthread_mutex_unlock(&a->lock);
}

bool ahead_take(struct ahead *a, uint64_t offset, size_t size, uint8_t **out, size_t *room,
		size_t *n)
{
	uint8_t *mine;
	size_t mine_room;
	bool found;

	pthread_mutex_lock(&a->lock);
	found = a->state != IDLE && a->offset == offset && a->size == size;
	if (found) {
		while (a->state == BUSY)
			pthread_cond_wait(&a->changed, &a->lock);
		mine = a->out;
		mine_room = a->out_room;
		a->out = *out;
		a->out_room = *room;
		*out = mine;
		*room = mine_room;
		*n = a->result;
		a->state = IDLE;
	}
	pthread_mutex_unlock(&a->lock);
	return found;
}
