/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a request and as a response: decode and encode give them back, tails stay inside,
 * every field lies inside, text has no control characters, JSON closes what it opens.
 */
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "fuzz.h"

struct input {
	const uint8_t *data;
	size_t size;
	int depth;
};

static int inside(void *data, const struct vgpu_field *f)
{
	struct input *in = data;

	REQUIRE(f->offset <= in->size && f->size <= in->size - f->offset);
	REQUIRE(!f->size || f->data == in->data + f->offset);
	REQUIRE(strlen(f->path) < 64);
	in->depth += f->event == VGPU_FIELD_BEGIN;
	in->depth -= f->event == VGPU_FIELD_END;
	REQUIRE(in->depth >= 0);
	return 0;
}

static int printable(void *data, const char *text, size_t size)
{
	*(size_t *)data += size;
	for (size_t i = 0; i < size; i++)
		REQUIRE((text[i] >= ' ' && text[i] <= '~') || text[i] == '\n');
	return 0;
}

struct json {
	int depth;
	bool string, escape;
};

static int balanced(void *data, const char *text, size_t size)
{
	struct json *j = data;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		REQUIRE(c >= ' ' && c <= '~');
		if (j->escape)
			j->escape = false;
		else if (j->string && c == '\\')
			j->escape = true;
		else if (c == '"')
			j->string = !j->string;
		else if (!j->string && (c == '{' || c == '['))
			j->depth++;
		else if (!j->string && (c == '}' || c == ']'))
			REQUIRE(--j->depth >= 0);
	}
	return 0;
}

/* Decoded as a whole, the same struct comes out as by its id. */
static void whole(const uint8_t *data, size_t size, const struct vgpu_negotiated *n, uint32_t cmd)
{
	static union vgpu_any any;
	struct vgpu_resp_info info;
	int id = vgpu_request_decode(n, data, size, &any);

	REQUIRE(id < VGPU_STRUCT_COUNT && (id < 0 || size >= vgpu_struct_size((unsigned)id)));
	REQUIRE(id < 0 || vgpu_dialect_cmd(n->dialect, any.hdr.type)->request == (unsigned)id);
	id = vgpu_response_decode(n, cmd, data, size, &any);
	REQUIRE(id < VGPU_STRUCT_COUNT && (id < 0 || size >= vgpu_struct_size((unsigned)id)));
	if (id >= 0) {
		REQUIRE(!vgpu_dialect_resp(n->dialect, cmd, any.hdr.type, &info));
		REQUIRE(info.response == (unsigned)id);
	}
}

static void describe(const uint8_t *data, size_t size, bool request, uint32_t capset,
		     const struct vgpu_negotiated *n)
{
	struct vgpu_describe_options options = { .capset = capset, .negotiated = *n };
	struct input in = { data, size, 0 };
	struct json state = { 0 };
	size_t length = 0;
	struct vgpu_sink text = { printable, &length }, json = { balanced, &state };

	if (request)
		vgpu_dialect_request_visit(n, data, size, inside, &in);
	else
		vgpu_dialect_response_visit(n, capset, data, size, inside, &in);
	REQUIRE(in.depth == 0);
	vgpu_config_visit(n, data, size, inside, &in);
	REQUIRE(in.depth == 0);
	for (unsigned int verbose = 0; verbose < 2; verbose++) {
		options.verbose = verbose;
		length = 0;
		if (request)
			REQUIRE(!vgpu_request_text(data, size, &options, &text));
		else
			REQUIRE(!vgpu_response_text(capset, data, size, &options, &text));
		REQUIRE(length > 0);
	}
	if (request)
		REQUIRE(!vgpu_request_json(data, size, &options, &json));
	else
		REQUIRE(!vgpu_response_json(capset, data, size, &options, &json));
	REQUIRE(!state.depth && !state.string);
}

static void round_trip(const uint8_t *data, size_t size, enum vgpu_struct_id id)
{
	size_t fixed = vgpu_struct_size(id);
	struct vgpu_mem_entry entry;
	struct vgpu_tail tail;
	static union vgpu_any host;
	static uint8_t wire[sizeof(host)];
	int err;

	REQUIRE(fixed <= sizeof(host));
	err = vgpu_struct_decode(id, data, size, &host);
	REQUIRE(err == (size < fixed ? VGPU_ERR_TRUNCATED : 0));
	if (err)
		return;
	REQUIRE(!vgpu_struct_encode(id, &host, wire, fixed));
	REQUIRE(!memcmp(wire, data, fixed));

	err = vgpu_struct_tail(id, data, size, &tail);
	REQUIRE(!err || (err == VGPU_ERR_TRUNCATED &&
			 (tail.count < tail.declared || tail.fence_count < tail.fences_declared)));
	REQUIRE(tail.size + tail.fence_count * 8ull <= size - fixed);
	if (tail.kind == VGPU_TAIL_ENTRIES && tail.count)
		REQUIRE(!vgpu_tail_entry(&tail, tail.count - 1, &entry));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t capsets[] = { 0, VGPU_CAPSET_VENUS, VGPU_CAPSET_UNKNOWN };
	static const uint32_t answered[2 * VGPU_DIALECT_COUNT] = { 0x100, 0x109, 0x204, 0x10a,
								   0x204, 0,     0x112, 0x113,
								   0x104, 0 };
	struct vgpu_negotiated n = { 0 };

	for (unsigned int id = 0; id < VGPU_STRUCT_COUNT; id++)
		round_trip(data, size, (enum vgpu_struct_id)id);
	for (unsigned int i = 0; i < sizeof(capsets) / sizeof(capsets[0]); i++) {
		describe(data, size, true, capsets[i], &n);
		describe(data, size, false, capsets[i], &n);
	}
	/* Dialects differ in few messages: once each, with and without features. */
	for (unsigned int i = 0; i < 2 * VGPU_DIALECT_COUNT; i++) {
		n.dialect = (enum vgpu_dialect)(i / 2);
		n.has_features = i % 2;
		describe(data, size, true, 0, &n);
		describe(data, size, false, answered[i], &n);
		whole(data, size, &n, answered[i]);
	}
	return 0;
}
