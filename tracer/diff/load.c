/* SPDX-License-Identifier: MIT */
/* Reading a trace into streams of hashes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vgpu/codec.h>
#include <vgpu/follow.h>

#include "diff.h"
#include "tool.h"

#define STREAMS_MAX  4096
#define CONTEXTS     4096  /* by the low bits of their id */
#define PENDING_SIZE 16384 /* commands by the low bits of their number */

struct loader {
	struct diff_side *side;
	struct vgpu_follow *follow;
	struct {
		uint32_t device, ctx_id;
		uint32_t stream; /* 1 + index */
	} contexts[CONTEXTS];
	struct {
		uint64_t number;
		uint32_t stream;
		size_t index;
	} pending[PENDING_SIZE];
};

static void *grow(struct diff_side *side, void *array, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *p;

	if (side->used + (more - *room) * size > DIFF_SIDE_MAX)
		return NULL;
	p = realloc(array, more * size);
	if (!p)
		return NULL;
	side->used += (more - *room) * size;
	*room = more;
	return p;
}

bool diff_speaks_virgl(uint32_t capset)
{
	return capset == VGPU_CAPSET_NONE || capset == VGPU_CAPSET_VIRGL ||
	       capset == VGPU_CAPSET_VIRGL2;
}

static const char *leaf_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* The command makes what this id then names. */
static bool makes(const struct vgpu_field *f, const struct vgpu_virgl_cmd *cmd, uint32_t type)
{
	if (cmd)
		return f->offset == cmd->offset + 4 &&
		       (cmd->opcode == VGPU_VIRGL_CREATE_OBJECT ||
			cmd->opcode == VGPU_VIRGL_CREATE_VIDEO_CODEC ||
			cmd->opcode == VGPU_VIRGL_CREATE_VIDEO_BUFFER);
	return type == VGPU_CMD_CTX_CREATE || type == VGPU_CMD_RESOURCE_CREATE_2D ||
	       type == VGPU_CMD_RESOURCE_CREATE_3D || type == VGPU_CMD_RESOURCE_CREATE_BLOB;
}

enum diff_field diff_field_of(const struct vgpu_field *f, const struct vgpu_virgl_cmd *cmd,
			      uint32_t type, unsigned int *id_kind)
{
	const char *leaf = leaf_of(f->path);

	*id_kind = 0;
	if (f->event != VGPU_FIELD_VALUE || f->type == VGPU_FIELD_PADDING ||
	    f->type == VGPU_FIELD_STREAM)
		return DIFF_SKIP;
	if (strcmp(f->path, "hdr.fence_id") == 0 || strcmp(leaf, "addr") == 0 ||
	    strcmp(leaf, "nr_entries") == 0)
		return DIFF_SKIP;
	if (f->tail && strcmp(leaf, "length") == 0 && strncmp(f->path, "entries", 7) == 0)
		return DIFF_LENGTH;
	if (strcmp(f->path, "hdr.ctx_id") == 0)
		*id_kind = DIFF_CONTEXT_ID;
	else if (strstr(leaf, "resource_id"))
		*id_kind = DIFF_RESOURCE_ID;
	else if (strcmp(leaf, "blob_id") == 0)
		*id_kind = DIFF_BLOB_ID;
	else if (cmd && strstr(leaf, "handle"))
		*id_kind = DIFF_HANDLE_ID;
	else
		return DIFF_VALUE;
	if (makes(f, cmd, type))
		*id_kind |= DIFF_NEW_ID;
	return DIFF_ID;
}

struct hasher {
	struct diff_side *side;
	uint32_t type, stream;
	const struct vgpu_virgl_cmd *cmd; /* that the fields are of; NULL: the request's own */
	uint64_t hash, lengths;
	uint32_t ids;
	bool full; /* the side may hold no more */
};

static void mix(struct hasher *h, uint64_t v)
{
	h->hash = (h->hash ^ v) * 0x9e3779b97f4a7c15u;
	h->hash ^= h->hash >> 29;
}

static void mix_bytes(struct hasher *h, const uint8_t *p, size_t size)
{
	mix(h, size);
	for (; size >= 8; p += 8, size -= 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		mix(h, v);
	}
	for (; size; p++, size--)
		mix(h, *p);
}

static int visit(void *data, const struct vgpu_field *f)
{
	struct hasher *h = data;
	struct diff_side *side = h->side;
	unsigned int kind = 0;

	switch (diff_field_of(f, h->cmd, h->type, &kind)) {
	case DIFF_SKIP:
		return 0;
	case DIFF_LENGTH:
		h->lengths += f->value;
		return 0;
	case DIFF_ID:
		mix(h, f->value != 0);
		if (side->n_ids == side->room_ids) {
			void *p = grow(side, side->ids, &side->room_ids, sizeof(*side->ids));

			if (!p) {
				h->full = true;
				return -ENOMEM;
			}
			side->ids = p;
		}
		side->ids[side->n_ids++] = diff_id(kind,
						   (kind & ~DIFF_NEW_ID) == DIFF_HANDLE_ID
							   ? h->stream
							   : side->streams[h->stream].device,
						   f->value);
		h->ids++;
		return 0;
	case DIFF_VALUE:
		break;
	}
	if (f->type == VGPU_FIELD_TEXT || f->type == VGPU_FIELD_LINES ||
	    f->type == VGPU_FIELD_BYTES)
		mix_bytes(h, f->data, f->size);
	else
		mix(h, f->value);
	return 0;
}

static void hash_stream(struct hasher *h, const struct vgpu_tail *tail, uint32_t capset)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;

	if (!diff_speaks_virgl(capset)) {
		mix_bytes(h, tail->data, tail->size);
		return;
	}
	vgpu_virgl_walk_init(&walk, tail->data, tail->size);
	for (int n; (n = vgpu_virgl_walk_next(&walk, &cmd)) != 0 && n != VGPU_ERR_TRUNCATED;) {
		mix(h, cmd.opcode | (uint32_t)cmd.object << 8 | (uint64_t)cmd.length << 16);
		h->cmd = &cmd;
		vgpu_virgl_visit(&cmd, visit, h);
	}
	h->cmd = NULL;
}

/* The device's stream of that name; `made` says that there was none. */
static uint32_t stream_named(struct diff_side *side, uint32_t device, const char *name, bool *made)
{
	char of_device[sizeof(side->streams[0].name)];

	*made = false;
	if (device) {
		snprintf(of_device, sizeof(of_device), "device %u: %.80s", device, name);
		name = of_device;
	}
	for (size_t i = 0; i < side->n_streams; i++) {
		if (strcmp(side->streams[i].name, name) == 0)
			return (uint32_t)i;
	}
	*made = true;
	if (side->n_streams == STREAMS_MAX)
		return STREAMS_MAX - 1; /* they share the last */
	snprintf(side->streams[side->n_streams].name, sizeof(side->streams[0].name), "%s", name);
	side->streams[side->n_streams].device = device;
	return (uint32_t)side->n_streams++;
}

static unsigned int context_slot(uint32_t device, uint32_t ctx_id)
{
	return (ctx_id + device * 509) % CONTEXTS;
}

/* A context goes by its name and by which one of that name it is; one not created here by nothing. */
static uint32_t new_context(struct loader *l, const struct vgpu_trace_command *c,
			    const struct vgpu_ctrl_hdr *hdr)
{
	struct diff_side *side = l->side;
	struct vgpu_ctx_create create = { 0 };
	char name[112], text[65] = "";
	unsigned int n = 1;
	bool made;
	size_t i = 0;

	if (hdr->type == VGPU_CMD_CTX_CREATE)
		vgpu_decode_ctx_create(c->request, c->request_size, &create);
	for (; i < 64 && i < create.nlen && create.debug_name[i]; i++) {
		uint8_t byte = create.debug_name[i];

		text[i] = (char)(byte >= 0x20 && byte < 0x7f ? byte : '?');
	}
	i = context_slot(c->device, hdr->ctx_id);
	l->contexts[i].device = c->device;
	l->contexts[i].ctx_id = hdr->ctx_id;
	do {
		snprintf(name, sizeof(name), "context %u%s%s", n, *text ? " " : "", text);
		l->contexts[i].stream = stream_named(side, c->device, name, &made) + 1;
	} while (!made && n++ < STREAMS_MAX);
	return l->contexts[i].stream - 1;
}

/* "kworker" for each of the kernel's workers: which one it was is chance. */
static void process_name(char out[16], const struct vgpu_facts *f)
{
	size_t n = 0;

	for (; n < 15 && f && f->process[n] && f->process[n] != '/'; n++)
		out[n] =
			(char)(f->process[n] >= 0x20 && f->process[n] < 0x7f ? f->process[n] : '?');
	out[n] = '\0';
}

/* What has no context: displays, releases and transfers come from workers, in their own time. */
static uint32_t common_stream(struct loader *l, uint32_t device, const struct vgpu_ctrl_hdr *hdr,
			      const struct vgpu_facts *f)
{
	char name[64], process[16];
	bool made;

	switch (hdr->type) {
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_SET_SCANOUT_BLOB:
	case VGPU_CMD_RESOURCE_FLUSH:
		return stream_named(l->side, device, "display", &made);
	case VGPU_CMD_RESOURCE_UNREF:
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		return stream_named(l->side, device, "releases", &made);
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		return stream_named(l->side, device, "transfers", &made);
	}
	process_name(process, f);
	snprintf(name, sizeof(name), "resources%s%s", *process ? " of " : "", process);
	return stream_named(l->side, device, name, &made);
}

static uint32_t stream_of(struct loader *l, const struct vgpu_trace_command *c,
			  const struct vgpu_ctrl_hdr *hdr, const struct vgpu_facts *f)
{
	unsigned int i = context_slot(c->device, hdr->ctx_id);
	bool made;

	if (c->queue)
		return stream_named(l->side, c->device, "cursor", &made);
	if (!hdr->ctx_id)
		return common_stream(l, c->device, hdr, f);
	if (hdr->type == VGPU_CMD_CTX_CREATE || l->contexts[i].ctx_id != hdr->ctx_id ||
	    l->contexts[i].device != c->device || !l->contexts[i].stream)
		return new_context(l, c, hdr);
	return l->contexts[i].stream - 1;
}

static int take_command(struct loader *l, const struct vgpu_trace_record *r,
			const struct vgpu_facts *f)
{
	struct diff_side *side = l->side;
	struct hasher h = { .side = side };
	struct diff_command *out;
	struct diff_stream *stream;
	struct vgpu_trace_command c;
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_tail tail;
	uint32_t index;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	vgpu_decode_ctrl_hdr(c.request, c.request_size, &hdr);
	index = stream_of(l, &c, &hdr,
			  f); /* of those that are not chosen, too: names go by order */
	if (!f || !vgpu_filter_match(side->filter, f))
		return 0;
	stream = &side->streams[index];
	if (stream->count == stream->room) {
		void *p = grow(side, stream->commands, &stream->room, sizeof(*stream->commands));

		if (!p)
			return -ENOMEM;
		stream->commands = p;
	}
	out = &stream->commands[stream->count];
	*out = (struct diff_command) { .number = c.id,
				       .type = hdr.type,
				       .first_id = (uint32_t)side->n_ids };
	h.type = hdr.type;
	h.stream = index;
	mix(&h, c.queue);
	vgpu_request_visit(c.request, c.request_size, visit, &h);
	mix(&h, h.lengths);
	if (hdr.type == VGPU_CMD_SUBMIT_3D) {
		vgpu_request_tail(c.request, c.request_size, &tail);
		hash_stream(&h, &tail,
			    vgpu_facts_know(f, VGPU_FILTER_capset)
				    ? (uint32_t)f->value[VGPU_FILTER_capset]
				    : VGPU_CAPSET_UNKNOWN);
	}
	if (h.full)
		return -ENOMEM;
	out->hash = h.hash;
	out->id_count = h.ids;
	l->pending[c.id % PENDING_SIZE].number = c.id;
	l->pending[c.id % PENDING_SIZE].stream = index;
	l->pending[c.id % PENDING_SIZE].index = stream->count++;
	side->commands++;
	if (!side->first_ns)
		side->first_ns = r->time_ns;
	side->last_ns = r->time_ns;
	return 0;
}

static void take_response(struct loader *l, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct vgpu_ctrl_hdr hdr;
	uint64_t i;

	if (vgpu_trace_parse_response(r, &response) || !response.id)
		return;
	i = response.id % PENDING_SIZE;
	if (l->pending[i].number != response.id ||
	    vgpu_decode_ctrl_hdr(response.response, response.response_size, &hdr))
		return;
	l->side->streams[l->pending[i].stream].commands[l->pending[i].index].response = hdr.type;
	l->pending[i].number = 0;
}

/* Of the device that was bound, unbound or reset. */
static void forget_contexts(struct loader *l, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_epoch epoch;

	if (vgpu_trace_parse_epoch(r, &epoch))
		return;
	for (unsigned int i = 0; i < CONTEXTS; i++) {
		if (l->contexts[i].device == epoch.device)
			l->contexts[i].stream = 0;
	}
}

static int spool_stdin(struct diff_side *side)
{
	char buffer[65536];
	size_t n;

	side->spool = tmpfile();
	if (!side->spool)
		return -errno;
	while ((n = fread(buffer, 1, sizeof(buffer), stdin)))
		if (fwrite(buffer, 1, n, side->spool) != n)
			return -errno;
	return ferror(stdin) || fflush(side->spool) ? -EIO : 0;
}

struct vgpu_trace_reader *diff_open(struct diff_side *side)
{
	struct vgpu_trace_reader *reader;
	int err = 0;

	if (strcmp(side->path, "-") != 0)
		return tool_open(side->path);
	if (!side->spool)
		err = spool_stdin(side);
	if (!err && lseek(fileno(side->spool), 0, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		err = vgpu_trace_reader_open_fd(&reader, fileno(side->spool));
	if (!err)
		return reader;
	fprintf(stderr, "vgpu-trace: %s: %s\n", side->path, tool_strerror(err));
	return NULL;
}

int diff_load(struct diff_side *side)
{
	struct vgpu_trace_reader *reader = diff_open(side);
	struct loader *l = calloc(1, sizeof(*l));
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	char state[160];
	int n = -ENOMEM;

	if (!reader)
		goto out;
	side->streams = calloc(STREAMS_MAX, sizeof(*side->streams));
	if (l)
		l->follow = vgpu_follow_create();
	if (!side->streams || !l || !l->follow)
		goto fail;
	l->side = side;
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		const struct vgpu_facts *f = vgpu_follow_record(l->follow, &r);

		n = 0;
		if (r.type == VGPU_TRACE_COMMAND)
			n = take_command(l, &r, f);
		else if (r.type == VGPU_TRACE_RESPONSE)
			take_response(l, &r);
		else if (r.type == VGPU_TRACE_HEADER)
			memset(l->contexts, 0, sizeof(l->contexts));
		else if (r.type == VGPU_TRACE_EPOCH)
			forget_contexts(l, &r);
		if (n < 0)
			break;
	}
	vgpu_trace_reader_status(reader, &status);
	side->whole = !status.cut && status.damage_offset == UINT64_MAX;
	if (n == 0 && !side->whole)
		fprintf(stderr, "vgpu-trace: %s: %s\n", side->path,
			tool_state(&status, state, sizeof(state)));
fail:
	if (n == -ENOMEM)
		fprintf(stderr,
			"vgpu-trace: %s: more commands than fit into %u MiB; choose some with "
			"--filter\n",
			side->path, DIFF_SIDE_MAX >> 20);
	else if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", side->path, tool_strerror(n));
out:
	if (l)
		vgpu_follow_destroy(l->follow);
	free(l);
	vgpu_trace_reader_close(reader);
	return n;
}

void diff_unload(struct diff_side *side)
{
	for (size_t i = 0; i < side->n_streams; i++)
		free(side->streams[i].commands);
	free(side->streams);
	free(side->ids);
	if (side->spool)
		fclose(side->spool);
}
