/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/error.h>
#include <vgpu/trace.h>

#include "body.h"
#include "reader.h"
#include "wire.h"

/* Another trace begins; the one before ought to have ended. */
static void end_trace(struct vgpu_trace_reader *reader)
{
	if (!reader->trace_open)
		return;
	reader->unended = true;
	if (reader->frames.damage_offset == UINT64_MAX)
		reader->frames.damage_offset = reader->frames.in.offset;
}

/* A gap's other side: an index said where in its trace we are. */
static void apply_anchor(struct vgpu_trace_reader *reader)
{
	struct frames *f = &reader->frames;
	uint64_t number = reader->base_number + f->anchor_record;

	f->have_anchor = false;
	if (number < reader->number) { /* another trace's: its header is among what was lost */
		reader->base_number = reader->number;
		reader->base_offset = reader->offset;
		number = reader->number + f->anchor_record;
		reader->lost_headers++;
		end_trace(reader);
	}
	reader->lost_records += number - reader->number;
	reader->number = number;
	reader->offset = reader->base_offset + f->anchor_raw;
}

static int take_header(struct vgpu_trace_reader *reader, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_header header;

	if (vgpu_trace_parse_header(r, &header))
		return VGPU_ERR_CORRUPT;
	reader->major = header.major;
	reader->minor = header.minor;
	if (header.major > VGPU_TRACE_VERSION_MAJOR)
		return VGPU_ERR_VERSION;
	end_trace(reader);
	reader->base_number = r->number;
	reader->base_offset = r->offset;
	return 0;
}

/* The end of the input: what of a record is left over is lost. */
static int finish(struct vgpu_trace_reader *reader)
{
	struct frames *f = &reader->frames;
	size_t rest = f->out_end - f->out_start;

	if (rest) {
		reader->partial = true;
		if (f->plain)
			f->lost_bytes += rest;
		if (f->damage_offset == UINT64_MAX)
			f->damage_offset = f->in.offset - (f->plain ? rest : 0);
		f->out_start = f->out_end = 0;
	}
	if (f->have_anchor)
		apply_anchor(reader);
	if ((reader->trace_open || !reader->any) && f->damage_offset == UINT64_MAX)
		f->damage_offset = f->in.offset;
	reader->finished = true;
	return 0;
}

/* More of the stream: 1; its end: 0; < 0. */
static int pump(struct vgpu_trace_reader *reader)
{
	struct frames *f = &reader->frames;
	int n = frames_pump(f);

	if (n < 0)
		return n;
	if (f->broken) /* what the columns covered is among what was lost */
		reader->columns.left = 0;
	f->broken = false;
	if (f->have_anchor)
		apply_anchor(reader);
	return n;
}

/* What comes makes no sense: it is gone on with behind it. */
static void reject(struct vgpu_trace_reader *reader)
{
	struct frames *f = &reader->frames;

	frames_reject(f);
	reader->columns.left = 0;
	if (f->plain)
		reader->offset = f->in.offset - (f->out_end - f->out_start);
}

/* What the record at `p` says, its time and id where they belong. */
static int take(struct vgpu_trace_reader *reader, uint8_t *p, size_t length,
		struct vgpu_trace_record *r)
{
	struct columns_in *columns = &reader->columns;

	r->type = get16(p);
	if (r->type == VGPU_TRACE_HEADER)
		columns->left = 0;
	else if (r->type != VGPU_TRACE_COLUMNS && columns->left && !columns_put(columns, p, length))
		return VGPU_ERR_CORRUPT;
	r->flags = get16(p + 2);
	r->time_ns = get64(p + 8);
	r->body = p + RECORD_HEADER_SIZE;
	r->body_size = length - RECORD_HEADER_SIZE;
	r->number = reader->number;
	r->offset = reader->offset;
	if (r->type == VGPU_TRACE_HEADER)
		return take_header(reader, r);
	return r->type == VGPU_TRACE_COLUMNS ? columns_begin(columns, r) : 0;
}

int reader_next(struct vgpu_trace_reader *reader, struct vgpu_trace_record *r)
{
	struct frames *f = &reader->frames;

	for (;;) {
		size_t available = f->out_end - f->out_start, length, padded;
		uint8_t *p = f->out ? f->out + f->out_start : NULL;
		int err;

		length = available >= RECORD_HEADER_SIZE ? get32(p + 4) : RECORD_HEADER_SIZE;
		padded = record_padded(length);
		if (length < RECORD_HEADER_SIZE || length > VGPU_TRACE_RECORD_MAX) {
			reject(reader);
			continue;
		}
		if (available < RECORD_HEADER_SIZE || available < padded) {
			err = pump(reader);
			if (err < 0)
				return err;
			if (err == 0)
				return finish(reader);
			continue;
		}
		err = take(reader, p, length, r);
		if (err == VGPU_ERR_CORRUPT) {
			reject(reader);
			continue;
		}
		if (err)
			return err;
		f->out_start += padded;
		reader->offset += padded;
		reader->raw_bytes += padded;
		if (r->type == VGPU_TRACE_COLUMNS)
			continue;
		reader->trace_open = r->type != VGPU_TRACE_END;
		reader->number++;
		reader->records++;
		reader->any = true;
		return 1;
	}
}

/* The first record tells whether this is a trace at all. */
static int peek(struct vgpu_trace_reader *reader)
{
	struct frames *f = &reader->frames;
	int n = reader_next(reader, &reader->first);

	if (n < 0)
		return n;
	if (n == 0)
		return f->torn || f->plain || f->in.offset == 0 || f->seen_index
			       ? 0
			       : VGPU_ERR_NOT_A_TRACE;
	/* Without its header a trace is known by our index frames alone. */
	if (reader->first.type != VGPU_TRACE_HEADER && !frames_ours(f))
		return VGPU_ERR_NOT_A_TRACE;
	reader->peeked = true;
	return 0;
}

/* The reader is to be given its input. NULL: out of memory. */
static struct vgpu_trace_reader *create(void)
{
	struct vgpu_trace_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->fd = -1;
	reader->types = UINT64_MAX;
	return reader;
}

/* Begin to read, and hand the reader out if it can be used. */
static int start(struct vgpu_trace_reader *reader, struct vgpu_trace_reader **out)
{
	int err = frames_init(&reader->frames);

	if (!err)
		err = peek(reader);
	if (err && err != VGPU_ERR_VERSION) {
		vgpu_trace_reader_close(reader);
		return err;
	}
	*out = reader;
	return err;
}

static int open_fd(struct vgpu_trace_reader **out, int fd, int own)
{
	struct vgpu_trace_reader *reader = create();

	*out = NULL;
	if (!reader) {
		if (own >= 0)
			close(own);
		return -ENOMEM;
	}
	reader->fd = own;
	input_init(&reader->frames.in, fd);
	return start(reader, out);
}

int vgpu_trace_reader_open_memory(struct vgpu_trace_reader **out, const void *data, size_t size)
{
	struct vgpu_trace_reader *reader = create();

	*out = NULL;
	if (!reader)
		return -ENOMEM;
	input_init_memory(&reader->frames.in, data, size);
	return start(reader, out);
}

int vgpu_trace_reader_open_fd(struct vgpu_trace_reader **out, int fd)
{
	return open_fd(out, fd, -1);
}

int vgpu_trace_reader_open(struct vgpu_trace_reader **out, const char *path)
{
	int fd;

	*out = NULL;
	if (strcmp(path, "-") == 0)
		return open_fd(out, STDIN_FILENO, -1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : open_fd(out, fd, fd);
}

static bool wanted(const struct vgpu_trace_reader *reader, uint16_t type)
{
	return reader->types >> (type < 63 ? type : 63) & 1;
}

int vgpu_trace_reader_next(struct vgpu_trace_reader *reader, struct vgpu_trace_record *r)
{
	int n;

	do {
		n = reader->finished ? 0 : 1;
		if (reader->peeked)
			*r = reader->first;
		else if (n)
			n = reader_next(reader, r);
		reader->peeked = false;
	} while (n == 1 && !wanted(reader, r->type));
	return n;
}

void vgpu_trace_reader_set_types(struct vgpu_trace_reader *reader, uint64_t types)
{
	reader->types = types;
}

void vgpu_trace_reader_set_live(struct vgpu_trace_reader *reader, bool live)
{
	reader->frames.live = live;
}

int vgpu_trace_reader_set_ahead(struct vgpu_trace_reader *reader, bool ahead)
{
	struct frames *f = &reader->frames;

	if (ahead && !f->ahead)
		return ahead_create(&f->ahead);
	if (!ahead) {
		ahead_destroy(f->ahead);
		f->ahead = NULL;
	}
	return 0;
}

void vgpu_trace_reader_version(const struct vgpu_trace_reader *reader, unsigned int *major,
			       unsigned int *minor)
{
	if (major)
		*major = reader->major;
	if (minor)
		*minor = reader->minor;
}

void vgpu_trace_reader_status(const struct vgpu_trace_reader *reader, struct vgpu_trace_status *out)
{
	const struct frames *f = &reader->frames;

	memset(out, 0, sizeof(*out));
	out->ended = reader->any && !reader->trace_open && !reader->unended && !f->torn &&
		     !reader->partial;
	out->cut = reader->finished && !out->ended;
	out->lost_bytes = f->lost_bytes;
	out->damage_offset = f->damage_offset;
	out->lost_records = reader->lost_records;
	out->records = reader->records;
	out->raw_bytes = reader->raw_bytes;
	out->file_bytes = f->in.offset;
}

void vgpu_trace_reader_close(struct vgpu_trace_reader *reader)
{
	if (!reader)
		return;
	frames_finish(&reader->frames);
	columns_in_finish(&reader->columns);
	summary_finish(&reader->summary);
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader);
}
