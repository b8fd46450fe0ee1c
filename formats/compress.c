/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <zstd.h>

#include "body.h"
#include "columns.h"
#include "compress.h"
#include "container.h"
#include "statistics.h"
#include "wire.h"

#define SPARE_ROOM  (2u << 20)
#define BEHIND      (4u << 20) /* with so much waiting there is no time to compress well */
/*
 * Of memory and streams that guests send, -5 takes as long as 3, -100 from a half to a tenth of it, and
 * with -1000 hardly more is done than to copy.
 */
#define HURRY_LEVEL (-100)
#define PANIC_LEVEL (-1000)

/*
 * What this thread may take of a processor to compress well, where others are at work: beyond that
 * it is in their way. In an emulated guest kmscube would take twice as much.
 */
#define SHARE       25 /* of it: a twenty-fifth */
#define CREDIT_NS   300000000u

/* How a frame is compressed: the less time there is, the higher. */
enum pace {
	PACE_WELL,
	PACE_ORDINARY,
	PACE_HURRY, /* with a quarter of the queue full */
	PACE_PANIC  /* with three quarters of it */
};

struct compressor {
	struct compressor_options options;
	int fd;
	ZSTD_CCtx *cctx;

	/* The thread's own. */
	struct columns_out columns;
	uint8_t *out; /* compressed, not written yet */
	size_t out_size, out_room;
	bool in_frame;
	enum pace pace;                 /* of the open frame */
	bool preferred;                 /* this thread, to others */
	uint64_t begin_ns;              /* of the thread, CLOCK_MONOTONIC */
	int nice;                       /* what it was before */
	struct frame_index index;       /* of the open frame */
	uint64_t frame_file, frame_raw; /* its sizes so far */
	uint64_t next_id;               /* above the ids of all commands so far */
	struct vgpu_stats *stats;
	struct summary summary; /* all frames before it */
	pthread_t thread;
	bool running; /* the thread is to be joined */

	pthread_mutex_t lock;
	pthread_cond_t more, less; /* something to do; room in the queue */
	struct chunk *first, **last;
	struct chunk *spare; /* kept for reuse: fresh ones cost page faults */
	size_t spare_bytes;
	size_t waiting; /* bytes */
	uint64_t file_bytes, raw_bytes;
	int error;
	bool closing, abandoned;
};

static int write_all(struct compressor *c, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(c->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = c->fd, .events = POLLOUT };

			if (poll(&p, 1, -1) < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO; /* write(2) of more than nothing never does so */
		data += n;
		size -= (size_t)n;
		pthread_mutex_lock(&c->lock);
		c->file_bytes += (uint64_t)n;
		pthread_mutex_unlock(&c->lock);
	}
	return 0;
}

static int reserve(struct compressor *c, size_t size)
{
	uint8_t *out;

	if (c->out_room - c->out_size >= size)
		return 0;
	out = realloc(c->out, c->out_size + size);
	if (!out)
		return -ENOMEM;
	c->out = out;
	c->out_room = c->out_size + size;
	return 0;
}

static int compress(struct compressor *c, const void *data, size_t size, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { data, size, 0 };
	size_t left;

	c->frame_raw += size;
	do {
		ZSTD_outBuffer out;

		if (reserve(c, ZSTD_compressBound(size - in.pos)))
			return -ENOMEM;
		out = (ZSTD_outBuffer) { c->out, c->out_room, c->out_size };
		left = ZSTD_compressStream2(c->cctx, &out, &in, how);
		if (ZSTD_isError(left))
			return -ENOMEM; /* nothing else can fail */
		c->out_size = out.pos;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
	return 0;
}

/*
 * Between zstd's levels: on what guests send, long rows of candidates and one step of looking ahead
 * make it as small as level 11, and nearly as fast as level 8. Takes 17 MiB.
 */
static void set_search(struct compressor *c, bool close)
{
	int window_log = close && !c->options.window_log ? 22 : c->options.window_log;

	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_windowLog, window_log);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_strategy, close ? ZSTD_lazy : 0);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_minMatch, close ? 4 : 0);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_searchLog, close ? 6 : 0);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_hashLog, close ? 21 : 0);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_chainLog, close ? 21 : 0);
}

/*
 * Tables larger than a window can fill only take memory. zstd knows that when it is told a frame's
 * size beforehand; here only the levels matter whose tables are larger than any window of ours.
 */
static void limit_tables(ZSTD_CCtx *cctx, int level, int window_log)
{
	if (level < 17 || !window_log || window_log > 23)
		return;
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_chainLog, window_log + 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_hashLog, window_log - 2);
}

static size_t waiting(struct compressor *c)
{
	size_t bytes;

	pthread_mutex_lock(&c->lock);
	bytes = c->waiting;
	pthread_mutex_unlock(&c->lock);
	return bytes;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool takes_too_much(const struct compressor *c)
{
	uint64_t passed = clock_ns(CLOCK_MONOTONIC) - c->begin_ns;

	return clock_ns(CLOCK_THREAD_CPUTIME_ID) > CREDIT_NS + passed / SHARE;
}

/* Who hands records over must not wait: a larger file is better than that. */
static enum pace pace_for(const struct compressor *c, size_t bytes)
{
	const struct compressor_options *o = &c->options;

	if (o->hurries && bytes > o->queue_bytes / 4 * 3)
		return PACE_PANIC;
	if (o->hurries && bytes > o->queue_bytes / 4)
		return PACE_HURRY;
	if (!o->adapts || bytes > BEHIND || (o->hurries && takes_too_much(c)))
		return PACE_ORDINARY;
	return PACE_WELL;
}

/* In a hurry the thread goes before others that could only make more work for it. */
static void set_priority(struct compressor *c)
{
	bool hurries = c->pace >= PACE_HURRY;

	if (!c->options.hurry_nice || hurries == c->preferred)
		return;
	if (hurries)
		c->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	/* Where it may not, it stays as it is. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), hurries ? c->options.hurry_nice : c->nice);
	c->preferred = hurries;
}

/* Only a frame's beginning can choose one. Not at the first sign that there is time again. */
static bool has_other_pace(struct compressor *c, const struct chunk *chunk)
{
	size_t bytes = waiting(c);

	return c->pace < pace_for(c, bytes) || (c->pace >= PACE_HURRY && bytes <= chunk->size);
}

static void begin_frame(struct compressor *c, const struct chunk *chunk)
{
	const struct compressor_options *o = &c->options;
	const int level[] = {
		[PACE_WELL] = o->level,
		[PACE_ORDINARY] = o->level,
		[PACE_HURRY] = HURRY_LEVEL,
		[PACE_PANIC] = PANIC_LEVEL,
	};

	c->pace = pace_for(c, waiting(c));
	if (c->pace == PACE_WELL && !chunk->slow)
		c->pace = PACE_ORDINARY;
	set_priority(c);
	ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_compressionLevel, level[c->pace]);
	if (o->adapts)
		set_search(c, c->pace == PACE_WELL);
	memset(&c->index, 0, sizeof(c->index));
	c->index.file_offset = c->summary.file_bytes;
	c->index.raw_offset = c->summary.raw_bytes;
	c->index.first_record = c->summary.records;
	c->index.first_id = c->next_id;
	c->columns.goes_on = false;
	c->in_frame = true;
	c->frame_file = c->frame_raw = 0;
}

/* The index behind a frame whose last byte is in c->out, not written yet. */
static int end_frame(struct compressor *c)
{
	size_t size;

	if (reserve(c, INDEX_FRAME_MAX))
		return -ENOMEM;
	c->index.file_size = (uint32_t)(c->frame_file + c->out_size);
	c->index.raw_size = (uint32_t)c->frame_raw;
	size = index_encode(&c->index, c->out + c->out_size);
	c->out_size += size;
	c->in_frame = false;
	return summary_add(&c->summary, &c->index, (uint32_t)size);
}

/* What the index and the statistics say of a chunk's records. 0 or -ENOMEM. */
static int count(struct compressor *c, const struct chunk *chunk)
{
	struct frame_index *index = &c->index;
	struct vgpu_stats_totals before, after;
	uint32_t length;

	vgpu_stats_totals(c->stats, &before);
	for (size_t at = 0; at < chunk->size; at += record_padded(length)) {
		const uint8_t *p = chunk->data + at;
		struct vgpu_trace_record r = {
			.type = get16(p),
			.flags = get16(p + 2),
			.time_ns = get64(p + 8),
			.body = p + RECORD_HEADER_SIZE,
		};
		uint64_t id;

		length = get32(p + 4);
		r.body_size = length - RECORD_HEADER_SIZE;
		if (!index->records || r.time_ns < index->first_ns)
			index->first_ns = r.time_ns;
		if (r.time_ns > index->last_ns)
			index->last_ns = r.time_ns;
		index->records++;
		if (r.type < INDEX_TYPES)
			index->counts[r.type]++;
		if (r.type == VGPU_TRACE_COMMAND && r.body_size >= sizeof(id)) {
			id = get64(r.body);
			if (id >= c->next_id)
				c->next_id = id + (id < UINT64_MAX);
		}
		if (vgpu_stats_add(c->stats, &r))
			return -ENOMEM;
	}
	vgpu_stats_totals(c->stats, &after);
	index->shown += (uint32_t)(after.frames - before.frames);
	index->lost += after.lost - before.lost;
	return 0;
}

static int write_chunk(struct compressor *c, struct chunk *chunk)
{
	static const ZSTD_EndDirective how[] = {
		[CHUNK_FLUSHES] = ZSTD_e_flush,
		[CHUNK_GOES_ON] = ZSTD_e_continue,
		[CHUNK_ENDS] = ZSTD_e_end,
	};
	struct columns_out *columns = &c->columns;
	enum chunk_then then = chunk->then;
	bool first = !c->in_frame;
	int err;

	if (first && !chunk->size) /* the frame was ended before it was asked for */
		return 0;
	if (first)
		begin_frame(c, chunk);
	else if (has_other_pace(c, chunk))
		then = CHUNK_ENDS;
	err = count(c, chunk);
	if (!err)
		err = columns_take(columns, chunk->data, chunk->size);
	if (err)
		return err;
	if (first && then == CHUNK_ENDS) /* a frame of one piece says its size beforehand */
		ZSTD_CCtx_setPledgedSrcSize(c->cctx, columns->size + chunk->size);
	c->out_size = 0;
	err = compress(c, columns->record, columns->size, ZSTD_e_continue);
	if (!err)
		err = compress(c, chunk->data, chunk->size, how[then]);
	if (err)
		return err;
	if (then == CHUNK_ENDS)
		err = end_frame(c);
	else
		c->frame_file += c->out_size;
	if (!err)
		err = write_all(c, c->out, c->out_size);
	if (err)
		return err;
	pthread_mutex_lock(&c->lock);
	c->raw_bytes += columns->size + chunk->size;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static int write_summary(struct compressor *c)
{
	uint8_t *data;
	size_t size;
	int err;

	vgpu_stats_finish(c->stats);
	err = statistics_encode(c->stats, &c->summary.statistics, &c->summary.statistics_size);
	if (!err)
		err = summary_encode(&c->summary, &data, &size);
	if (err)
		return err;
	err = write_all(c, data, size);
	free(data);
	return err;
}

static void give_back(struct compressor *c, struct chunk *chunk)
{
	if (c->spare_bytes + c->waiting < c->options.queue_bytes && chunk->room <= SPARE_ROOM) {
		chunk->next = c->spare;
		c->spare = chunk;
		c->spare_bytes += chunk->room;
	} else {
		free(chunk);
	}
}

static void *run(void *data)
{
	struct compressor *c = data;

	c->begin_ns = clock_ns(CLOCK_MONOTONIC);
	pthread_mutex_lock(&c->lock);
	for (;;) {
		struct chunk *chunk;
		int err;

		while (!c->first && !c->closing && !c->abandoned)
			pthread_cond_wait(&c->more, &c->lock);
		chunk = c->first;
		err = c->error;
		if (c->abandoned || (!chunk && err))
			break;
		if (chunk) {
			c->first = chunk->next;
			if (!c->first)
				c->last = &c->first;
		}
		pthread_mutex_unlock(&c->lock);
		if (!err)
			err = chunk ? write_chunk(c, chunk) : write_summary(c);
		pthread_mutex_lock(&c->lock);
		if (!c->error)
			c->error = err;
		if (!chunk)
			break;
		c->waiting -= chunk->size;
		give_back(c, chunk);
		pthread_cond_signal(&c->less);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int compressor_create(struct compressor **out, int fd, const struct compressor_options *o)
{
	struct compressor *c = calloc(1, sizeof(*c));
	sigset_t all, old;
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	c->fd = fd;
	c->options = *o;
	c->last = &c->first;
	summary_init(&c->summary);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	pthread_cond_init(&c->less, NULL);
	c->cctx = ZSTD_createCCtx();
	c->stats = vgpu_stats_create();
	if (!c->cctx || !c->stats)
		goto err_free;
	err = -EINVAL;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_windowLog, o->window_log)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_compressionLevel, o->level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_contentSizeFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->cctx, ZSTD_c_checksumFlag, 1)))
		goto err_free;
	limit_tables(c->cctx, o->level, o->window_log);
	/* The caller's signals are the caller's; a closed pipe is told as -EPIPE. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&c->thread, NULL, run, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		goto err_free;
	c->running = true;
	*out = c;
	return 0;

err_free:
	compressor_destroy(c);
	return err;
}

struct chunk *compressor_chunk(struct compressor *c, size_t room)
{
	struct chunk *chunk = NULL;

	pthread_mutex_lock(&c->lock);
	if (c->spare && c->spare->room >= room) {
		chunk = c->spare;
		c->spare = chunk->next;
		c->spare_bytes -= chunk->room;
		room = chunk->room;
	}
	pthread_mutex_unlock(&c->lock);
	if (!chunk)
		chunk = malloc(sizeof(*chunk) + room);
	if (chunk) {
		chunk->next = NULL;
		chunk->size = 0;
		chunk->room = room;
		chunk->slow = false;
		chunk->then = CHUNK_FLUSHES;
	}
	return chunk;
}

int compressor_push(struct compressor *c, struct chunk *chunk)
{
	int err;

	pthread_mutex_lock(&c->lock);
	while (c->waiting && c->waiting + chunk->size > c->options.queue_bytes && !c->error)
		pthread_cond_wait(&c->less, &c->lock);
	err = c->error;
	if (!err) {
		c->waiting += chunk->size;
		*c->last = chunk;
		c->last = &chunk->next;
		pthread_cond_signal(&c->more);
	}
	pthread_mutex_unlock(&c->lock);
	if (err)
		free(chunk);
	return err;
}

static void stop(struct compressor *c, bool abandon)
{
	if (!c->running)
		return;
	pthread_mutex_lock(&c->lock);
	c->closing = true;
	c->abandoned = abandon;
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	c->running = false;
}

int compressor_finish(struct compressor *c)
{
	stop(c, false);
	return c->error;
}

int compressor_state(struct compressor *c, uint64_t *file_bytes, uint64_t *raw_bytes)
{
	int err;

	pthread_mutex_lock(&c->lock);
	err = c->error;
	if (file_bytes)
		*file_bytes = c->file_bytes;
	if (raw_bytes)
		*raw_bytes = c->raw_bytes;
	pthread_mutex_unlock(&c->lock);
	return err;
}

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void compressor_destroy(struct compressor *c)
{
	if (!c)
		return;
	stop(c, true);
	free_chunks(c->first);
	free_chunks(c->spare);
	ZSTD_freeCCtx(c->cctx);
	vgpu_stats_destroy(c->stats);
	columns_out_finish(&c->columns);
	summary_finish(&c->summary);
	pthread_cond_destroy(&c->less);
	pthread_cond_destroy(&c->more);
	pthread_mutex_destroy(&c->lock);
	free(c->out);
	free(c);
}
