/* SPDX-License-Identifier: MIT */
/* Records as JSON: the fixed fields from <vgpu/trace.def>, the tails by type. */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "dump.h"
#include "json.h"

#define field_u16(key, value)   json_number(key, value)
#define field_u32(key, value)   json_number(key, value)
#define field_u64(key, value)   json_number(key, value)
#define field_bytes(key, value) json_hex(key, value, sizeof(value))
#define field_chars(key, value) json_string(key, value)

struct json_dump {
	const struct dump *dump;
	const struct select_item *item;
	bool raw;
};

/* <name>_fields(): the fixed fields of a body. */
#define VGPU_TRACE_BODY(type, name, fixed)                           \
	static void name##_fields(const struct vgpu_trace_##name *b) \
	{
#define VGPU_TRACE_FIELD(name, member, offset, wire, text) field_##wire(#member, b->member);
#define VGPU_TRACE_BODY_END(type, name)                    }
#include <vgpu/trace.def>

static void header_rest(const struct json_dump *d, const struct vgpu_trace_header *b)
{
	(void)d;
	json_pairs("text", b->text, b->text_size);
}

static void device_rest(const struct json_dump *d, const struct vgpu_trace_device *b)
{
	(void)d;
	json_pairs("text", b->text, b->text_size);
}

static void process_rest(const struct json_dump *d, const struct vgpu_trace_process *b)
{
	(void)d;
	json_strings("command_line", b->command_line, b->command_line_size);
}

static void context_rest(const struct json_dump *d, const struct vgpu_trace_context *b)
{
	(void)d;
	json_string("capset_name", vgpu_capset_name(b->capset));
	json_chars("name", b->name, b->name_size);
}

static void command_rest(const struct json_dump *d, const struct vgpu_trace_command *b)
{
	struct vgpu_describe_options options = { .capset = d->item->capset,
						 .drm_context = d->item->drm_context,
						 .negotiated = d->dump->negotiated };

	json_number("request_size", b->request_size);
	vgpu_request_json(b->request, b->request_size, &options, json_value("request"));
	if (d->raw)
		json_hex("request_hex", b->request, b->request_size);
}

static void response_rest(const struct json_dump *d, const struct vgpu_trace_response *b)
{
	struct vgpu_describe_options options = { .negotiated = d->dump->negotiated };

	json_number("response_size", b->response_size);
	vgpu_response_json(dump_asked(d->dump, b->id), b->response, b->response_size, &options,
			   json_value("response"));
	if (d->raw)
		json_hex("response_hex", b->response, b->response_size);
}

static void stage_rest(const struct json_dump *d, const struct vgpu_trace_stage *b)
{
	(void)d;
	json_string("stage_name", vgpu_trace_stage_name(b->stage));
}

static void memory_rest(const struct json_dump *d, const struct vgpu_trace_memory *b)
{
	json_number("size", b->size);
	if (d->raw)
		json_hex("bytes_hex", b->bytes, b->size);
}

static void readback_rest(const struct json_dump *d, const struct vgpu_trace_readback *b)
{
	json_number("size", b->size);
	if (d->raw)
		json_hex("bytes_hex", b->bytes, b->size);
}

static void lost_rest(const struct json_dump *d, const struct vgpu_trace_lost *b)
{
	(void)d;
	json_string("what_name", vgpu_trace_loss_name(b->what));
}

static void epoch_rest(const struct json_dump *d, const struct vgpu_trace_epoch *b)
{
	static const char *const reasons[] = { "bound", "unbound", "reset" };

	(void)d;
	json_string("reason_name", b->reason < 3 ? reasons[b->reason] : NULL);
}

static void snapshot_rest(const struct json_dump *d, const struct vgpu_trace_snapshot *b)
{
	struct vgpu_describe_options options = { .negotiated = d->dump->negotiated };

	vgpu_request_json(b->request, b->request_size, &options, json_value("request"));
	if (d->raw)
		json_hex("request_hex", b->request, b->request_size);
}

static void end_rest(const struct json_dump *d, const struct vgpu_trace_end *b)
{
	(void)d;
	(void)b;
}

/* <name>_body(): parse and print; false when the body is malformed. */
#define VGPU_TRACE_BODY(type, name, fixed)                                                    \
	static bool name##_body(const struct json_dump *d, const struct vgpu_trace_record *r) \
	{                                                                                     \
		struct vgpu_trace_##name b;                                                   \
                                                                                              \
		if (vgpu_trace_parse_##name(r, &b))                                           \
			return false;                                                         \
		name##_fields(&b);                                                            \
		name##_rest(d, &b);                                                           \
		return true;                                                                  \
	}
#include <vgpu/trace.def>

static bool body(const struct json_dump *d, const struct vgpu_trace_record *r)
{
	switch (r->type) {
#define VGPU_TRACE_BODY(type, name, fixed) \
	case VGPU_TRACE_##type:            \
		return name##_body(d, r);
#include <vgpu/trace.def>
	}
	return false;
}

void dump_json(const struct dump *dump, const struct select_item *item)
{
	const struct json_dump d = { dump, item, dump->raw };
	const struct vgpu_trace_record *r = item->record;

	json_begin(NULL, '{');
	if (r->number == 0)
		json_number("schema_version", 1);
	json_string("record", vgpu_trace_type_name(r->type));
	json_number("type", r->type);
	json_number("flags", r->flags);
	json_number("number", r->number);
	json_number("offset", r->offset);
	json_number("time_ns", r->time_ns);
	if (!body(&d, r)) {
		json_number("body_size", r->body_size);
		if (d.raw)
			json_hex("body_hex", r->body, r->body_size);
	}
	json_end('}');
	json_line();
}
