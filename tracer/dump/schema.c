/* SPDX-License-Identifier: MIT */
/*
 * A JSON Schema (draft 7) of the lines that dump --json prints, from the tables that they come from
 * too. Members may be added without a new schema_version, so none are forbidden.
 */
#include <stdio.h>
#include <string.h>

#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#include "dump.h"
#include "json.h"

static void ref(const char *key, const char *definition)
{
	char text[160];

	snprintf(text, sizeof(text), "#/definitions/%s", definition);
	json_begin(key, '{');
	json_string("$ref", text);
	json_end('}');
}

static void list_of(const char *key, const char *definition)
{
	json_begin(key, '{');
	json_string("type", "array");
	ref("items", definition);
	json_end('}');
}

/* What a value that the table shows like this is in JSON. */
static const char *shown_as(const char *show)
{
	if (strncmp(show, "E_", 2) == 0 || strcmp(show, "FORMAT") == 0 ||
	    strcmp(show, "TYPE") == 0 || strcmp(show, "CONTEXT_INIT") == 0)
		return "enum";
	if (strncmp(show, "F_", 2) == 0)
		return "flags";
	if (strcmp(show, "TEXT") == 0)
		return "text";
	return strcmp(show, "BYTES") == 0 ? "bytes" : "number";
}

static void array(const char *key, const char *show)
{
	const char *definition = shown_as(show);

	if (strcmp(definition, "text") == 0 || strcmp(definition, "bytes") == 0)
		ref(key, definition);
	else
		list_of(key, definition);
}

static void tail(const char *key, const char *kind)
{
	if (strcmp(kind, "ENTRIES") == 0)
		list_of(key, "mem_entry");
	else
		ref(key, "stream");
}

static void struct_begin(const char *name)
{
	json_begin(name, '{');
	json_string("type", "object");
	json_begin("properties", '{');
}

static void struct_end(void)
{
	json_end('}');
	json_end('}');
}

/* "whole_<name>": the members that follow are there, or else `unless` is, which says why not. */
static void whole_begin(const char *name)
{
	char whole[96];

	snprintf(whole, sizeof(whole), "whole_%s", name);
	json_begin(whole, '{');
	json_begin("allOf", '[');
	ref(NULL, name);
	json_begin(NULL, '{');
	json_begin("anyOf", '[');
	json_begin(NULL, '{');
	json_begin("required", '[');
}

static void whole_end(const char *unless)
{
	json_end(']');
	json_end('}');
	json_begin(NULL, '{');
	json_begin("required", '[');
	json_string(NULL, unless);
	json_end(']');
	json_end('}');
	json_end(']');
	json_end('}');
	json_end(']');
	json_end('}');
}

static void structs(void)
{
#define VGPU_STRUCT(name, id, size)                   struct_begin(#name);
#define VGPU_SCALAR(s, type, name, show)              ref(#name, shown_as(#show));
#define VGPU_PAD(s, type, name, count)                ref(#name, "bytes");
#define VGPU_ARRAY(s, type, name, count, show)        array(#name, #show);
#define VGPU_NESTED(s, nested, id, name)              ref(#name, #nested);
#define VGPU_NESTED_ARRAY(s, nested, id, name, count) list_of(#name, #nested);
#define VGPU_TAIL(s, kind, name, count)               tail(#name, #kind);
#define VGPU_TAIL_REST(s, name)                       ref(#name, "bytes");
#define VGPU_TAIL_FENCES(s, name, count)              list_of(#name, "number");
#define VGPU_END(s)                                   struct_end();
#include <vgpu/protocol.def>

	/* As messages; one that is its header alone has it as a member, as all others do. */
#define VGPU_STRUCT(name, id, size)                   whole_begin(#name);
#define VGPU_SCALAR(s, type, name, show)              json_string(NULL, #name);
#define VGPU_ARRAY(s, type, name, count, show)        json_string(NULL, #name);
#define VGPU_NESTED(s, nested, id, name)              json_string(NULL, #name);
#define VGPU_NESTED_ARRAY(s, nested, id, name, count) json_string(NULL, #name);
#define VGPU_TAIL(s, kind, name, count)               json_string(NULL, #name);
#define VGPU_TAIL_REST(s, name)                       json_string(NULL, #name);
#define VGPU_TAIL_FENCES(s, name, count)              json_string(NULL, #name);
#define VGPU_END(s)                                   whole_end("error");
#include <vgpu/protocol.def>

	struct_begin("header_alone");
	ref("hdr", "ctrl_hdr");
	struct_end();
	whole_begin("header_alone");
	json_string(NULL, "hdr");
	whole_end("error");
}

/* If member `key` is `value`, then the definition holds. */
static void when(const char *key, const char *value, const char *prefix, const char *definition)
{
	char text[128];

	json_begin(NULL, '{');
	json_begin("if", '{');
	json_begin("required", '[');
	json_string(NULL, key);
	json_end(']');
	json_begin("properties", '{');
	json_begin(key, '{');
	json_string("const", value);
	json_end('}');
	json_end('}');
	json_end('}');
	snprintf(text, sizeof(text), "%s%s", prefix, definition);
	ref("then", text);
	json_end('}');
}

static void when_message(const char *key, const char *name, enum vgpu_struct_id id)
{
	when(key, name, "whole_",
	     id == VGPU_STRUCT_CTRL_HDR ? "header_alone" : vgpu_struct_name(id));
}

static void type_or_null(const char *type)
{
	json_begin("type", '[');
	json_string(NULL, type);
	json_string(NULL, "null");
	json_end(']');
}

static void message(const char *name, const char *key)
{
	json_begin(name, '{');
	type_or_null("object");
	json_begin("properties", '{');
	json_begin(key, '{');
	type_or_null("string");
	json_end('}');
	ref("error", "text");
	ref("bytes", "number");
	json_end('}');
	json_begin("required", '[');
	json_string(NULL, key);
	json_end(']');
	json_begin("allOf", '[');
}

static void messages(void)
{
	message("request", "cmd");
#define VGPU_CMD(type, name, request, response, feature) \
	when_message("cmd", #name, VGPU_STRUCT_##request);
#include <vgpu/protocol.def>
	json_end(']');
	json_end('}');
	message("response", "resp");
#define VGPU_RESP(type, name, response) when_message("resp", #name, VGPU_STRUCT_##response);
#include <vgpu/protocol.def>
	json_end(']');
	json_end('}');
}

static void simple(const char *name, const char *type, const char *pattern)
{
	json_begin(name, '{');
	json_string("type", type);
	if (pattern)
		json_string("pattern", pattern);
	json_end('}');
}

/* {"value": …, rest} */
static void valued(const char *name, const char *rest, const char *definition)
{
	struct_begin(name);
	ref("value", "number");
	if (definition)
		list_of(rest, definition);
	else
		ref(rest, "name");
	json_end('}');
	json_begin("required", '[');
	json_string(NULL, "value");
	json_string(NULL, rest);
	json_end(']');
	json_end('}');
}

static void values(void)
{
	json_begin("number", '{');
	json_string("description", "above 2^53 - 1 as a string, so that no reader rounds it");
	json_begin("oneOf", '[');
	json_begin(NULL, '{');
	json_string("type", "integer");
	json_number("minimum", 0);
	json_end('}');
	simple(NULL, "string", "^[0-9]{16,20}$");
	json_end(']');
	json_end('}');
	simple("text", "string", NULL);
	simple("bytes", "string", "^([0-9a-f]{2})*$");
	json_begin("name", '{');
	type_or_null("string");
	json_end('}');
	valued("enum", "name", NULL);
	valued("flags", "names", "text");
	struct_begin("stream");
	ref("size", "number");
	json_begin("commands", '{');
	json_string("type", "array");
	json_end('}');
	struct_end();
	json_begin("pairs", '{');
	json_string("type", "object");
	ref("additionalProperties", "text");
	json_end('}');
}

/* What stands in a record beside its fields. */
static void extras(const char *record)
{
	static const struct {
		const char *record, *member, *definition;
		bool list;
	} members[] = {
		{ "HEADER", "text", "pairs", false },
		{ "DEVICE", "text", "pairs", false },
		{ "PROCESS", "command_line", "text", true },
		{ "CONTEXT", "capset_name", "name", false },
		{ "CONTEXT", "name", "text", false },
		{ "COMMAND", "request_size", "number", false },
		{ "COMMAND", "request", "request", false },
		{ "COMMAND", "request_hex", "bytes", false },
		{ "RESPONSE", "response_size", "number", false },
		{ "RESPONSE", "response", "response", false },
		{ "RESPONSE", "response_hex", "bytes", false },
		{ "STAGE", "stage_name", "name", false },
		{ "MEMORY", "size", "number", false },
		{ "MEMORY", "bytes_hex", "bytes", false },
		{ "READBACK", "size", "number", false },
		{ "READBACK", "bytes_hex", "bytes", false },
		{ "SNAPSHOT", "request", "request", false },
		{ "SNAPSHOT", "request_hex", "bytes", false },
		{ "EPOCH", "reason_name", "name", false },
		{ "LOST", "what_name", "name", false },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].record, record) != 0)
			continue;
		if (members[i].list)
			list_of(members[i].member, members[i].definition);
		else
			ref(members[i].member, members[i].definition);
	}
}

static const char *wire_as(const char *wire)
{
	if (strcmp(wire, "bytes") == 0)
		return "bytes";
	return strcmp(wire, "chars") == 0 ? "text" : "number";
}

/* A record's own fields are there; a body that could not be read has its size alone. */
static void records(void)
{
#define VGPU_TRACE_BODY(type, name, fixed)                 struct_begin("record_" #type);
#define VGPU_TRACE_FIELD(name, member, offset, wire, text) ref(#member, wire_as(#wire));
#define VGPU_TRACE_BODY_END(type, name) \
	extras(#type);                  \
	struct_end();
#include <vgpu/trace.def>

#define VGPU_TRACE_BODY(type, name, fixed)                 whole_begin("record_" #type);
#define VGPU_TRACE_FIELD(name, member, offset, wire, text) json_string(NULL, #member);
#define VGPU_TRACE_BODY_END(type, name)                    whole_end("body_size");
#include <vgpu/trace.def>
}

void dump_schema(void)
{
	static const char *const always[] = { "record", "type",   "flags",
					      "number", "offset", "time_ns" };

	json_begin(NULL, '{');
	json_string("$schema", "http://json-schema.org/draft-07/schema#");
	json_string("title", "a line of vgpu-trace dump --json");
	json_string("type", "object");
	json_begin("properties", '{');
	json_begin("schema_version", '{');
	json_string("description", "in the first line");
	json_number("const", 1);
	json_end('}');
	ref("record", "name");
	for (size_t i = 1; i < sizeof(always) / sizeof(always[0]); i++)
		ref(always[i], "number");
	ref("body_size", "number");
	ref("body_hex", "bytes");
	json_end('}');
	json_begin("required", '[');
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		json_string(NULL, always[i]);
	json_end(']');
	json_begin("allOf", '[');
#define VGPU_TRACE_BODY(type, name, fixed) when("record", #type, "whole_record_", #type);
#include <vgpu/trace.def>
	json_end(']');
	json_begin("definitions", '{');
	values();
	structs();
	messages();
	records();
	json_end('}');
	json_end('}');
	json_line();
}
