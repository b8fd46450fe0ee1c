/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vgpu/error.h>
#include <vgpu/trace.h>

#include "body.h"
#include "compress.h"
#include "wire.h"

#define DEFAULT_LEVEL       3
/* Slow is less than 6 MiB a second; a guest's bursts of a second or two are evened out. */
#define SLOW_BYTES          (24u << 20)
#define RATE_NS             4000000000u
#define CHUNK_BYTES         (256u << 10) /* so many at a time: they stay in the cache */
#define DEFAULT_FRAME_BYTES (8u << 20)
#define DEFAULT_FRAME_MS    8000
#define DEFAULT_FLUSH_MS    250
#define DEFAULT_QUEUE_BYTES (32u << 20)
/* As much as a frame whose size is asked for. */
#define WINDOW_LOG_MIN      20
#define WINDOW_LOG_MAX      27

struct vgpu_trace_writer {
	struct compressor *compressor;
	struct chunk *chunk; /* being filled; NULL: none */
	size_t frame_size; /* the open frame's bytes, those in the chunk included; 0: none is open */
	uint64_t rate_ns, rate_bytes; /* since when so many bytes came */
	bool adapts;                  /* to that */
	bool slow;                    /* they come slowly */
	bool frame_slow;              /* they did when the frame was begun */
	bool unflushed;               /* of what was handed over some may wait there */
	uint64_t wait_ns;             /* since when something waits, CLOCK_MONOTONIC */
	uint64_t frame_ns;            /* when the frame was begun */
	uint32_t frame_bytes_max, chunk_bytes;
	uint64_t wait_ns_max, frame_ns_max;
	struct vgpu_trace_writer_stats stats;
	void (*tap)(void *data, const struct vgpu_trace_record *record);
	void *tap_data;
	int error;
	bool ended; /* by an END of the caller's */
	bool finished;
};

/* The coarse clock is enough for a quarter of a second, and nearly free. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int vgpu_trace_writer_create(struct vgpu_trace_writer **out, int fd,
			     const struct vgpu_trace_writer_options *options)
{
	static const struct vgpu_trace_writer_options none;
	const struct vgpu_trace_writer_options *o = options ? options : &none;
	struct vgpu_trace_writer *w = calloc(1, sizeof(*w));
	struct compressor_options how = {
		.level = o->level ? o->level : DEFAULT_LEVEL,
		.adapts = !o->level,
		.hurries = o->hurry,
		.hurry_nice = o->hurry_nice,
		.queue_bytes = o->queue_bytes ? o->queue_bytes : DEFAULT_QUEUE_BYTES,
	};
	int err;

	*out = NULL;
	if (!w)
		return -ENOMEM;
	w->frame_bytes_max = o->frame_bytes ? o->frame_bytes : DEFAULT_FRAME_BYTES;
	w->chunk_bytes = w->frame_bytes_max < CHUNK_BYTES ? w->frame_bytes_max : CHUNK_BYTES;
	w->frame_ns_max = (uint64_t)(o->frame_ms ? o->frame_ms : DEFAULT_FRAME_MS) * 1000000u;
	w->wait_ns_max = (uint64_t)(o->flush_ms ? o->flush_ms : DEFAULT_FLUSH_MS) * 1000000u;
	w->tap = o->tap;
	w->tap_data = o->tap_data;
	w->rate_ns = now();
	w->adapts = !o->level;
	w->slow = w->adapts; /* until it is known */
	if (o->frame_bytes)
		how.window_log = WINDOW_LOG_MIN;
	while (how.window_log && how.window_log < WINDOW_LOG_MAX &&
	       o->frame_bytes > 1u << how.window_log)
		how.window_log++;
	err = compressor_create(&w->compressor, fd, &how);
	if (err) {
		free(w);
		return err;
	}
	*out = w;
	return 0;
}

static int fail(struct vgpu_trace_writer *w, int err)
{
	if (!w->error)
		w->error = err;
	return w->error;
}

/* Hand the compressor what waits. */
static int push(struct vgpu_trace_writer *w, enum chunk_then then)
{
	struct chunk *chunk = w->chunk;
	int err;

	if (!chunk) /* all records are on their way */
		chunk = compressor_chunk(w->compressor, 0);
	if (!chunk)
		return fail(w, -ENOMEM);
	chunk->then = then;
	w->chunk = NULL;
	w->unflushed = then == CHUNK_GOES_ON;
	err = compressor_push(w->compressor, chunk);
	return err ? fail(w, err) : 0;
}

/* Send what waits on its way; with `end` the frame ends there. */
static int flush(struct vgpu_trace_writer *w, bool end)
{
	if (!w->chunk && !w->unflushed && !(end && w->frame_size))
		return w->error;
	if (end)
		w->frame_size = 0;
	return push(w, end ? CHUNK_ENDS : CHUNK_FLUSHES);
}

/* Send what has waited long enough. */
static int flush_old(struct vgpu_trace_writer *w, uint64_t clock)
{
	if (w->frame_size && clock - w->frame_ns >= w->frame_ns_max)
		return flush(w, true);
	if ((w->chunk || w->unflushed) && clock - w->wait_ns >= w->wait_ns_max)
		return flush(w, false);
	return w->error;
}

static void count(struct vgpu_trace_writer *w, uint16_t type, const uint8_t *body, size_t body_size)
{
	struct vgpu_trace_record r = { .type = type, .body = body, .body_size = body_size };
	struct vgpu_trace_memory memory;
	struct vgpu_trace_lost lost;

	w->stats.records++;
	switch (type) {
	case VGPU_TRACE_COMMAND:
		w->stats.commands++;
		break;
	case VGPU_TRACE_RESPONSE:
		w->stats.responses++;
		break;
	case VGPU_TRACE_MEMORY:
		if (vgpu_trace_parse_memory(&r, &memory) == 0)
			w->stats.memory_bytes += memory.size;
		break;
	case VGPU_TRACE_LOST:
		if (vgpu_trace_parse_lost(&r, &lost) == 0)
			w->stats.lost += lost.count;
		break;
	}
}

/* How fast records came lately decides how well a frame is compressed. */
static void watch_rate(struct vgpu_trace_writer *w, uint64_t clock)
{
	uint64_t passed = clock - w->rate_ns;

	if (passed >= RATE_NS) {
		w->slow = w->rate_bytes / SLOW_BYTES < passed / RATE_NS;
		w->rate_ns = clock;
		w->rate_bytes = 0;
	} else if (w->rate_bytes >= SLOW_BYTES) {
		w->slow = false;
	}
}

/* Room for a record in the current frame, or in a new one; NULL: w->error says why not. */
static uint8_t *reserve(struct vgpu_trace_writer *w, uint16_t type, uint16_t flags,
			uint64_t time_ns, size_t body_bytes)
{
	size_t length = RECORD_HEADER_SIZE + body_bytes, room = record_padded(length);
	uint64_t clock = now();
	uint8_t *p;

	if (!w->error)
		w->error = compressor_state(w->compressor, NULL, NULL);
	if (w->error)
		return NULL;
	if (w->finished || w->ended || type == VGPU_TRACE_COLUMNS ||
	    (w->stats.records == 0 && type != VGPU_TRACE_HEADER)) {
		fail(w, -EINVAL);
		return NULL;
	}
	if (w->adapts)
		watch_rate(w, clock);
	/* A header stands alone, and so does what is larger than a frame. */
	if (type == VGPU_TRACE_HEADER || w->frame_size + room > w->frame_bytes_max ||
	    (w->frame_slow && !w->slow))
		flush(w, true);
	else if (w->chunk && w->chunk->room - w->chunk->size < room)
		push(w, CHUNK_GOES_ON);
	if (flush_old(w, clock))
		return NULL;
	if (!w->frame_size) {
		w->frame_slow = w->slow;
		w->frame_ns = clock;
	}
	if (!w->chunk) {
		w->chunk = compressor_chunk(w->compressor,
					    room > w->chunk_bytes ? room : w->chunk_bytes);
		if (!w->chunk) {
			fail(w, -ENOMEM);
			return NULL;
		}
		w->chunk->slow = w->frame_slow;
		if (!w->unflushed)
			w->wait_ns = clock;
	}
	p = w->chunk->data + w->chunk->size;
	put16(p, type);
	put16(p + 2, flags);
	put32(p + 4, (uint32_t)length);
	put64(p + 8, time_ns);
	memset(p + length, 0, room - length);
	w->chunk->size += room;
	w->frame_size += room;
	w->rate_bytes += room;
	return p + RECORD_HEADER_SIZE;
}

/* After the body stands: count it, and send the header on its way at once, so that a file is
 * recognised from its first moment. */
static int commit(struct vgpu_trace_writer *w, uint16_t type, uint16_t flags, uint64_t time_ns,
		  const uint8_t *body, size_t body_bytes)
{
	const struct vgpu_trace_record r = {
		.type = type,
		.flags = flags,
		.time_ns = time_ns,
		.body = body,
		.body_size = body_bytes,
	};

	count(w, type, body, body_bytes);
	if (w->tap)
		w->tap(w->tap_data, &r);
	return type == VGPU_TRACE_HEADER ? flush(w, true) : 0;
}

int vgpu_trace_write(struct vgpu_trace_writer *w, uint16_t type, uint16_t flags, uint64_t time_ns,
		     const void *body, size_t size)
{
	uint8_t *p;

	if (size > VGPU_TRACE_RECORD_MAX - RECORD_HEADER_SIZE)
		return VGPU_ERR_TOO_LARGE;
	p = reserve(w, type, flags, time_ns, size);
	if (!p)
		return w->error;
	if (size)
		memcpy(p, body, size);
	w->ended = type == VGPU_TRACE_END;
	return commit(w, type, flags, time_ns, p, size);
}

static int write_body(struct vgpu_trace_writer *w, enum vgpu_trace_type type, uint64_t time_ns,
		      const void *in)
{
	size_t size = body_size(type, in);
	uint8_t *p;

	if (size > VGPU_TRACE_RECORD_MAX - RECORD_HEADER_SIZE)
		return VGPU_ERR_TOO_LARGE;
	p = reserve(w, (uint16_t)type, 0, time_ns, size);
	if (!p)
		return w->error;
	body_encode(type, in, p);
	return commit(w, (uint16_t)type, 0, time_ns, p, size);
}

#define WRITE(type, name)                                                          \
	int vgpu_trace_write_##name(struct vgpu_trace_writer *w, uint64_t time_ns, \
				    const struct vgpu_trace_##name *in)            \
	{                                                                          \
		return write_body(w, VGPU_TRACE_##type, time_ns, in);              \
	}
WRITE(DEVICE, device)
WRITE(PROCESS, process)
WRITE(CONTEXT, context)
WRITE(COMMAND, command)
WRITE(RESPONSE, response)
WRITE(STAGE, stage)
WRITE(MEMORY, memory)
WRITE(READBACK, readback)
WRITE(LOST, lost)
WRITE(SNAPSHOT, snapshot)
WRITE(EPOCH, epoch)

/* The version is that of this library, whatever the caller thinks. */
int vgpu_trace_write_header(struct vgpu_trace_writer *w, uint64_t time_ns,
			    const struct vgpu_trace_header *in)
{
	struct vgpu_trace_header header = *in;

	header.major = VGPU_TRACE_VERSION_MAJOR;
	header.minor = VGPU_TRACE_VERSION_MINOR;
	return write_body(w, VGPU_TRACE_HEADER, time_ns, &header);
}

int vgpu_trace_writer_tick(struct vgpu_trace_writer *w)
{
	if (flush_old(w, now()) == 0)
		w->error = compressor_state(w->compressor, NULL, NULL);
	return w->error;
}

int vgpu_trace_writer_flush(struct vgpu_trace_writer *w)
{
	return flush(w, false);
}

void vgpu_trace_writer_stats(struct vgpu_trace_writer *w, struct vgpu_trace_writer_stats *out)
{
	*out = w->stats;
	out->error = compressor_state(w->compressor, &out->file_bytes, &out->raw_bytes);
	if (!out->error)
		out->error = w->error;
}

int vgpu_trace_writer_finish(struct vgpu_trace_writer *w, uint64_t time_ns)
{
	struct vgpu_trace_end end = {
		.commands = w->stats.commands,
		.responses = w->stats.responses,
		.memory_bytes = w->stats.memory_bytes,
		.lost = w->stats.lost,
	};
	int err;

	if (w->finished)
		return w->error;
	if (!w->ended)
		write_body(w, VGPU_TRACE_END, time_ns, &end);
	flush(w, true);
	w->finished = true;
	err = compressor_finish(w->compressor);
	return err ? fail(w, err) : w->error;
}

void vgpu_trace_writer_destroy(struct vgpu_trace_writer *w)
{
	if (!w)
		return;
	free(w->chunk);
	compressor_destroy(w->compressor);
	free(w);
}
