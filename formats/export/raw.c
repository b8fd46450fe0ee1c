/* SPDX-License-Identifier: MIT */
/* The streams of SUBMIT_3D as they are: a file for each context, and a list of what stands where. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/track.h>

#include "export.h"

#define FILES_MAX 4096 /* contexts; a hostile trace could name 2^32 */

struct stream {
	uint64_t trace, created; /* which context: ids are used again */
	uint32_t ctx_id;
	uint64_t size; /* bytes so far */
	char name[80];
};

struct raw {
	struct vgpu_track *track;
	struct vgpu_negotiated negotiated; /* where a stream begins is a matter of dialect */
	uint64_t trace;
	int folder;
	FILE *list;
	struct stream *streams;
	size_t count, last; /* the one written last: most often the next one too */
	int open;           /* its file; -1: none */
};

static void raw_destroy(void *e)
{
	struct raw *raw = e;

	if (!raw)
		return;
	vgpu_track_destroy(raw->track);
	if (raw->open >= 0)
		close(raw->open);
	if (raw->list)
		fclose(raw->list);
	if (raw->folder >= 0)
		close(raw->folder);
	free(raw->streams);
	free(raw);
}

static int raw_create(void **out, const struct export_target *target)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	int fd, err;

	*out = NULL;
	if (!raw)
		return -ENOMEM;
	raw->open = -1;
	raw->negotiated.dialect = target->dialect;
	raw->folder = open(target->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (raw->folder < 0)
		goto fail;
	fd = openat(raw->folder, "streams.csv", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		goto fail;
	raw->list = fdopen(fd, "w");
	raw->streams = calloc(FILES_MAX, sizeof(*raw->streams));
	if (!raw->list || !raw->streams || vgpu_track_create(&raw->track, NULL)) {
		errno = ENOMEM;
		goto fail;
	}
	fputs("trace,command,time_ns,ctx_id,ring_idx,file,offset,size\n", raw->list);
	*out = raw;
	return 0;

fail:
	err = -errno;
	raw_destroy(raw);
	return err;
}

/* The file of a context, opened; NULL with *err set, or without when there are too many. */
static struct stream *stream_for(struct raw *raw, uint32_t ctx_id, int *err)
{
	const struct vgpu_track_context *c = vgpu_track_context(raw->track, ctx_id);
	uint64_t created = c ? c->created : 0;
	struct stream *s;
	size_t i;

	for (i = 0; i < raw->count; i++) {
		s = &raw->streams[i];
		if (s->ctx_id == ctx_id && s->created == created && s->trace == raw->trace)
			break;
	}
	if (i == FILES_MAX)
		return NULL;
	s = &raw->streams[i];
	if (raw->open >= 0 && raw->last == i && i < raw->count)
		return s;
	if (raw->open >= 0)
		close(raw->open);
	if (i == raw->count) {
		*s = (struct stream) { raw->trace, created, ctx_id, 0, "" };
		snprintf(s->name, sizeof(s->name), "%" PRIu64 "-ctx%" PRIu32 "-%" PRIu64 ".%s",
			 raw->trace, ctx_id, created,
			 c && c->stream != VGPU_STREAM_UNKNOWN ? vgpu_stream_name(c->stream)
							       : "stream");
		raw->count++;
	}
	raw->last = i;
	raw->open = openat(raw->folder, s->name,
			   O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (s->size ? 0 : O_EXCL),
			   0600);
	if (raw->open < 0)
		*err = -errno;
	return raw->open < 0 ? NULL : s;
}

static int write_all(int fd, const uint8_t *p, size_t size)
{
	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

static int take_submit(struct raw *raw, const struct vgpu_trace_record *r,
		       const struct vgpu_trace_command *c)
{
	struct vgpu_cmd_submit submit;
	struct vgpu_tail tail;
	struct stream *s;
	int err = 0;

	if (vgpu_decode_cmd_submit(c->request, c->request_size, &submit))
		return 0;
	vgpu_dialect_tail(&raw->negotiated, c->request, c->request_size, &tail);
	s = stream_for(raw, submit.hdr.ctx_id, &err);
	if (!s)
		return err;
	fprintf(raw->list, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",", raw->trace, c->id,
		r->time_ns, submit.hdr.ctx_id);
	if (submit.hdr.flags & VGPU_FLAG_INFO_RING_IDX)
		fprintf(raw->list, "%u", submit.hdr.ring_idx);
	fprintf(raw->list, ",%s,%" PRIu64 ",%zu\n", s->name, s->size, tail.size);
	s->size += tail.size;
	return write_all(raw->open, tail.data, tail.size);
}

static int raw_record(void *e, const struct vgpu_trace_record *r, bool chosen)
{
	struct raw *raw = e;
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_command c;
	struct vgpu_track_message m;
	struct vgpu_ctrl_hdr hdr;

	if (r->type == VGPU_TRACE_HEADER || r->type == VGPU_TRACE_EPOCH) {
		vgpu_track_reset(raw->track);
		raw->trace += r->type == VGPU_TRACE_HEADER;
	}
	if (vgpu_trace_parse_snapshot(r, &snapshot) == 0)
		c = (struct vgpu_trace_command) { .request = snapshot.request,
						  .request_size = snapshot.request_size };
	else if (vgpu_trace_parse_command(r, &c))
		return 0;
	if (vgpu_decode_ctrl_hdr(c.request, c.request_size, &hdr))
		return 0;
	if (hdr.type == VGPU_CMD_SUBMIT_3D)
		return chosen ? take_submit(raw, r, &c) : 0;
	/* Of all others only contexts matter here. */
	if (hdr.type != VGPU_CMD_CTX_CREATE && hdr.type != VGPU_CMD_CTX_DESTROY)
		return 0;
	m = (struct vgpu_track_message) {
		.number = c.id, .queue = c.queue, .wire = c.request, .size = c.request_size
	};
	vgpu_track_request(raw->track, &m);
	return 0;
}

static int raw_finish(void *e)
{
	struct raw *raw = e;

	return fflush(raw->list) || ferror(raw->list) ? -EIO : 0;
}

const struct exporter export_raw = {
	.name = "raw",
	.suffixes = "/",
	.text = "a folder: the command stream of each context, and streams.csv",
	.kind = EXPORT_FOLDER,
	.create = raw_create,
	.record = raw_record,
	.finish = raw_finish,
	.destroy = raw_destroy,
};
