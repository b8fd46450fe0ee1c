/* SPDX-License-Identifier: MIT */
/*
 * Strip: what may be private is blanked, everything else stays where it is. What is let through is
 * named here; whatever else there is, or will be, is not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/edit.h>
#include <vgpu/error.h>
#include <vgpu/virgl.h>

#include "body.h"
#include "map.h"
#include "text.h"
#include "wire.h"

/* GET_CAPSET commands that wait for their answer, by id. */
#define ASKED 256

struct vgpu_strip {
	unsigned int keep;
	struct map capsets; /* device << 32 | ctx_id to capset + 1 */
	struct {
		uint64_t id;
		uint32_t capset;
	} asked[ASKED];
	uint8_t *body;
	size_t room;
};

int vgpu_strip_create(struct vgpu_strip **out, unsigned int keep)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->keep = keep;
	return 0;
}

void vgpu_strip_destroy(struct vgpu_strip *s)
{
	if (!s)
		return;
	map_finish(&s->capsets);
	free(s->body);
	free(s);
}

static const char *const keep_names[] = { "memory", "shaders", "constants", "names", "host" };

const char *vgpu_strip_keep_name(unsigned int bit)
{
	for (unsigned int i = 0; i < sizeof(keep_names) / sizeof(*keep_names); i++) {
		if (bit == 1u << i)
			return keep_names[i];
	}
	return NULL;
}

static uint8_t *reserve(struct vgpu_strip *s, size_t size)
{
	uint8_t *bigger;

	if (size > s->room || !s->body) {
		bigger = realloc(s->body, size + 1);
		if (!bigger)
			return NULL;
		s->body = bigger;
		s->room = size;
	}
	return s->body;
}

/* Fields of numbers */

/* A message or stream, and the blank that what is safe is copied to. */
struct copy {
	const uint8_t *from;
	uint8_t *to;
	unsigned int keep;
};

/* The first `size` bytes of `name` are one of the list. */
static bool is_one_of(const char *name, size_t size, const char *const *list)
{
	for (; *list; list++) {
		if (strncmp(name, *list, size) == 0 && !(*list)[size])
			return true;
	}
	return false;
}

/*
 * Numbers that count, choose or name things are safe. In hexadecimal and in floating point there
 * are also colours and data: those that are none, by the part of the path before an index.
 */
static bool is_safe(const struct copy *c, const struct vgpu_field *f)
{
	static const char *const hex[] = {
		"addr",
		"flags",
		"valuemask",
		"writemask",
		"mask",
		"append_bitmask",
		"usage",
		"modifier",
		"format",
		"sprite_coord_enable",
		"clip_plane_enable",
		NULL,
	};
	static const char *const real[] = {
		"viewports",    "point_size", "line_width", "offset_units", "offset_scale",
		"offset_clamp", "lod_bias",   "min_lod",    "max_lod",      NULL,
	};

	switch (f->type) {
	case VGPU_FIELD_UINT:
	case VGPU_FIELD_INT:
	case VGPU_FIELD_ENUM:
	case VGPU_FIELD_FLAGS:
		return true;
	case VGPU_FIELD_HEX:
		return f->name && is_one_of(f->name, strlen(f->name), hex);
	case VGPU_FIELD_FLOAT:
	case VGPU_FIELD_DOUBLE:
		if (c->keep & VGPU_STRIP_KEEP_CONSTANTS)
			return true;
		return is_one_of(f->path, strcspn(f->path, "[."), real);
	case VGPU_FIELD_LINES:
		return c->keep & VGPU_STRIP_KEEP_SHADERS;
	case VGPU_FIELD_TEXT:
		return c->keep & VGPU_STRIP_KEEP_NAMES;
	default:
		return false;
	}
}

static int copy_field(void *data, const struct vgpu_field *f)
{
	struct copy *c = data;
	uint32_t mask, bits;

	if (f->event != VGPU_FIELD_VALUE || !f->size || !is_safe(c, f))
		return 0;
	if (!f->bits || f->bits == 32) {
		memcpy(c->to + f->offset, c->from + f->offset, f->size);
		return 0;
	}
	mask = ((1u << f->bits) - 1) << f->shift;
	bits = get32(c->from + f->offset) & mask;
	put32(c->to + f->offset, (get32(c->to + f->offset) & ~mask) | bits);
	return 0;
}

/* The payload of one command; what of it is data, and not just a number, goes by `keep`. */
static void copy_payload(struct copy *c, const struct vgpu_virgl_cmd *cmd)
{
	size_t at = (size_t)cmd->offset + 4, size = (size_t)cmd->available * 4;
	unsigned int all = 0;

	switch (cmd->opcode) {
	case VGPU_VIRGL_RESOURCE_INLINE_WRITE:
	case VGPU_VIRGL_CLEAR_TEXTURE:
		all = c->keep & VGPU_STRIP_KEEP_MEMORY;
		break;
	case VGPU_VIRGL_SET_POLYGON_STIPPLE:
		all = c->keep & VGPU_STRIP_KEEP_CONSTANTS;
		break;
	case VGPU_VIRGL_CLEAR:
	case VGPU_VIRGL_SET_CONSTANT_BUFFER:
		all = c->keep & VGPU_STRIP_KEEP_CONSTANTS;
		if (!all) { /* which buffers; stage and index: what follows are values */
			memcpy(c->to + at, c->from + at, cmd->opcode == VGPU_VIRGL_CLEAR ? 4 : 8);
			return;
		}
		break;
	}
	if (all)
		memcpy(c->to + at, c->from + at, size);
	else
		vgpu_virgl_visit(cmd, copy_field, c);
}

static void strip_virgl(const struct copy *whole, size_t at, size_t size)
{
	struct copy c = { whole->from + at, whole->to + at, whole->keep };
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	int n;

	vgpu_virgl_walk_init(&walk, c.from, size);
	while ((n = vgpu_virgl_walk_next(&walk, &cmd)) == 1 || n == VGPU_ERR_OVERRUN) {
		memcpy(c.to + cmd.offset, c.from + cmd.offset, 4);
		/* One that is not as it should be may be anything. */
		if (n != 1 || vgpu_virgl_check_length(&cmd))
			continue;
		copy_payload(&c, &cmd);
	}
}

/* Messages */

static uint64_t context_key(uint32_t device, uint32_t ctx_id)
{
	return (uint64_t)device << 32 | ctx_id;
}

static int set_capset(struct vgpu_strip *s, uint32_t device, uint32_t ctx_id, uint32_t capset)
{
	/* A number as a pointer, never followed; one more, for NULL means none. */
	return map_put(&s->capsets, context_key(device, ctx_id),
		       (void *)((uintptr_t)(capset & VGPU_CONTEXT_INIT_CAPSET_ID_MASK) + 1));
}

static bool speaks_virgl(const struct vgpu_strip *s, uint32_t device, uint32_t ctx_id)
{
	uintptr_t capset = (uintptr_t)map_find(&s->capsets, context_key(device, ctx_id));

	return capset && (capset - 1 == 0 || capset - 1 == VGPU_CAPSET_VIRGL ||
			  capset - 1 == VGPU_CAPSET_VIRGL2);
}

static int strip_request(struct vgpu_strip *s, uint32_t device, const uint8_t *request, size_t size,
			 uint8_t *to)
{
	struct copy c = { request, to, s->keep };
	struct vgpu_ctx_create create;
	struct vgpu_cmd_submit submit;
	struct vgpu_ctrl_hdr hdr;

	memset(to, 0, size);
	vgpu_request_visit(request, size, copy_field, &c);
	if (vgpu_decode_ctrl_hdr(request, size, &hdr))
		return 0;
	if (hdr.type == VGPU_CMD_CTX_CREATE && !vgpu_decode_ctx_create(request, size, &create))
		return set_capset(s, device, hdr.ctx_id, create.context_init);
	if (hdr.type == VGPU_CMD_SUBMIT_3D && !vgpu_decode_cmd_submit(request, size, &submit) &&
	    speaks_virgl(s, device, hdr.ctx_id)) {
		size -= VGPU_CMD_SUBMIT_SIZE;
		strip_virgl(&c, VGPU_CMD_SUBMIT_SIZE, submit.size < size ? submit.size : size);
	}
	return 0;
}

static int strip_command(struct vgpu_strip *s, const struct vgpu_trace_record *r, uint8_t *to)
{
	struct vgpu_trace_command c;
	struct vgpu_get_capset get;
	size_t head;

	if (vgpu_trace_parse_command(r, &c))
		return VGPU_ERR_CORRUPT;
	/* The record's own fields; those that a later version appends are not known to be safe. */
	head = (size_t)(c.request - r->body);
	memset(to, 0, head);
	memcpy(to, r->body, body_fixed(VGPU_TRACE_COMMAND));
	if (!vgpu_decode_get_capset(c.request, c.request_size, &get) &&
	    get.hdr.type == VGPU_CMD_GET_CAPSET) {
		s->asked[c.id % ASKED].id = c.id;
		s->asked[c.id % ASKED].capset = get.capset_id;
	}
	return strip_request(s, c.device, c.request, c.request_size, to + head);
}

static int strip_response(struct vgpu_strip *s, const struct vgpu_trace_record *r, uint8_t *to)
{
	struct vgpu_trace_response a;
	struct vgpu_ctrl_hdr hdr;
	struct copy c = { .keep = s->keep };
	size_t head;

	if (vgpu_trace_parse_response(r, &a))
		return VGPU_ERR_CORRUPT;
	head = (size_t)(a.response - r->body);
	memset(to, 0, r->body_size);
	memcpy(to, r->body, body_fixed(VGPU_TRACE_RESPONSE));
	c.from = a.response;
	c.to = to + head;
	vgpu_response_visit(a.response, a.response_size, copy_field, &c);
	if (vgpu_decode_ctrl_hdr(a.response, a.response_size, &hdr))
		return 0;
	/* What virgl's capsets hold is known: limits of the host's GL, and its name. */
	if ((hdr.type == VGPU_RESP_OK_CAPSET && s->asked[a.id % ASKED].id == a.id &&
	     (s->asked[a.id % ASKED].capset == VGPU_CAPSET_VIRGL ||
	      s->asked[a.id % ASKED].capset == VGPU_CAPSET_VIRGL2)) ||
	    (hdr.type == VGPU_RESP_OK_EDID && s->keep & VGPU_STRIP_KEEP_HOST))
		memcpy(c.to, a.response, a.response_size);
	return 0;
}

/* Records */

static int strip_header(struct vgpu_strip *s, const struct vgpu_trace_record *r,
			struct vgpu_trace_record *out)
{
	static const char *const safe[] = {
		"source",        "recorder",     "kernel",
		"machine",       "vmm",          "renderer",
		"seqno",         "fences",       "stripped",
		"stripped-from", "trimmed-from", "setup-commands",
		"first-command", "first-frame",  "last-frame",
		"merged-from",   NULL,
	};
	char what[64]; /* room for all names of keep_names */
	struct vgpu_trace_header h;
	struct text text = { 0 };
	int err = vgpu_trace_parse_header(r, &h);

	if (err)
		return err;
	map_finish(&s->capsets);
	memset(s->asked, 0, sizeof(s->asked));
	if (s->keep & VGPU_STRIP_KEEP_HOST)
		text_copy(&text, h.text, h.text_size, NULL);
	else
		for (int i = 0; safe[i]; i++) {
			const char *value = vgpu_trace_text_get(h.text, h.text_size, safe[i]);

			if (value)
				text_add(&text, safe[i], "%s", value);
		}
	*what = '\0';
	for (unsigned int i = 0; i < sizeof(keep_names) / sizeof(*keep_names); i++) {
		if (s->keep >> i & 1)
			continue;
		if (*what)
			strcat(what, ",");
		strcat(what, keep_names[i]);
	}
	text_add(&text, "stripped", "%s", what);
	text_add_id(&text, "stripped-from", h.file_id);
	edit_new_id(h.file_id, h.file_id);
	h.major = VGPU_TRACE_VERSION_MAJOR;
	h.minor = VGPU_TRACE_VERSION_MINOR;
	h.text = text.bytes;
	h.text_size = text.size;
	out->body_size = body_size(VGPU_TRACE_HEADER, &h);
	out->flags = 0;
	if (text.error || !reserve(s, out->body_size))
		err = -ENOMEM;
	else
		body_encode(VGPU_TRACE_HEADER, &h, s->body);
	text_finish(&text);
	return err;
}

static int strip_device(struct vgpu_strip *s, const struct vgpu_trace_record *r,
			struct vgpu_trace_record *out)
{
	static const char *const safe[] = { "name", "driver", "features", "bus", "pci", NULL };
	struct vgpu_trace_device d;
	struct text text = { 0 };
	int err = vgpu_trace_parse_device(r, &d);

	if (err)
		return VGPU_ERR_CORRUPT;
	for (int i = 0; safe[i]; i++) {
		const char *value = vgpu_trace_text_get(d.text, d.text_size, safe[i]);

		if (value)
			text_add(&text, safe[i], "%s", value);
	}
	d.text = text.bytes;
	d.text_size = text.size;
	out->body_size = body_size(VGPU_TRACE_DEVICE, &d);
	out->flags = 0;
	if (text.error || !reserve(s, out->body_size))
		err = -ENOMEM;
	else
		body_encode(VGPU_TRACE_DEVICE, &d, s->body);
	text_finish(&text);
	return err;
}

/* The fixed fields but for `chars`, and of the tail its length. */
static int strip_tail(const struct vgpu_trace_record *r, uint8_t *to, size_t fixed)
{
	if (r->body_size < fixed)
		return VGPU_ERR_CORRUPT;
	memset(to, 0, r->body_size);
	memcpy(to, r->body, fixed);
	return 0;
}

static bool is_kept(const struct vgpu_strip *s, uint16_t type)
{
	return ((type == VGPU_TRACE_MEMORY || type == VGPU_TRACE_READBACK) &&
		s->keep & VGPU_STRIP_KEEP_MEMORY) ||
	       ((type == VGPU_TRACE_PROCESS || type == VGPU_TRACE_CONTEXT) &&
		s->keep & VGPU_STRIP_KEEP_NAMES);
}

static int strip_record(struct vgpu_strip *s, const struct vgpu_trace_record *r, uint8_t *to)
{
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_trace_context context;
	size_t head;

	switch (r->type) {
	case VGPU_TRACE_PROCESS:
		return strip_tail(r, to, 8); /* pid, tid; the name follows */
	case VGPU_TRACE_CONTEXT:
		if (!vgpu_trace_parse_context(r, &context) &&
		    set_capset(s, 0, context.ctx_id, context.capset))
			return -ENOMEM;
		return strip_tail(r, to, body_fixed(VGPU_TRACE_CONTEXT));
	case VGPU_TRACE_COMMAND:
		return strip_command(s, r, to);
	case VGPU_TRACE_RESPONSE:
		return strip_response(s, r, to);
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &snapshot))
			return VGPU_ERR_CORRUPT;
		head = (size_t)(snapshot.request - r->body);
		memset(to, 0, head);
		memcpy(to, r->body, body_fixed(VGPU_TRACE_SNAPSHOT));
		return strip_request(s, snapshot.device, snapshot.request, snapshot.request_size,
				     to + head);
	case VGPU_TRACE_READBACK:
		/* Zeros would be compared with what a replay reads back. */
		if (!is_kept(s, r->type))
			return VGPU_ERR_UNKNOWN;
		return strip_tail(r, to, body_fixed(VGPU_TRACE_READBACK));
	case VGPU_TRACE_STAGE:
	case VGPU_TRACE_MEMORY:
	case VGPU_TRACE_EPOCH:
	case VGPU_TRACE_LOST:
		return strip_tail(r, to, body_fixed((enum vgpu_trace_type)r->type));
	}
	return VGPU_ERR_UNKNOWN;
}

int vgpu_strip_record(struct vgpu_strip *s, const struct vgpu_trace_record *in,
		      struct vgpu_trace_record *out)
{
	uint8_t *to;
	int err;

	*out = *in;
	if (in->type == VGPU_TRACE_HEADER) {
		err = strip_header(s, in, out);
	} else if (in->type == VGPU_TRACE_DEVICE) {
		err = strip_device(s, in, out);
	} else {
		to = reserve(s, in->body_size);
		err = to ? strip_record(s, in, to) : -ENOMEM;
		/* What is kept was looked at all the same: it may tell of a context. */
		if (!err && is_kept(s, in->type))
			memcpy(to, in->body, in->body_size);
	}
	out->body = s->body;
	return err ? err : 1;
}
