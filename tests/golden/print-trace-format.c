/* SPDX-License-Identifier: MIT */
/*
 * formats/trace.json: the trace file's records for programs that make readers, by <vgpu/trace.def>.
 * What each word means stands in trace-format.md. usage: print-trace-format
 */
#include <stdio.h>

#include <vgpu/trace.h>

static int depth;
static bool first = true;
static bool in_fields; /* of a body */

/* The comma, line and indent before a member, and its key unless it is an array's. */
static void member(const char *key)
{
	printf("%s\n%*s", first ? "" : ",", depth * 2, "");
	if (key)
		printf("\"%s\": ", key);
	first = false;
}

static void begin(const char *key, char bracket)
{
	member(key);
	putchar(bracket);
	depth++;
	first = true;
}

static void end(char bracket)
{
	depth--;
	printf("\n%*s%c", depth * 2, "", bracket);
	first = false;
}

static void text(const char *key, const char *value)
{
	member(key);
	printf("\"%s\"", value);
}

static void number(const char *key, unsigned int value)
{
	member(key);
	printf("%u", value);
}

static void field(const char *name, unsigned int offset, const char *type, const char *what)
{
	member(NULL);
	printf("{ \"name\": \"%s\", \"offset\": %u, \"type\": \"%s\", \"text\": \"%s\" }", name,
	       offset, type, what);
}

static void type(const char *name, unsigned int bytes, const char *is)
{
	member(name);
	printf("{ \"bytes\": %u, \"is\": \"%s\" }", bytes, is);
}

static void named(unsigned int value, const char *name, const char *what)
{
	member(NULL);
	printf("{ \"number\": %u, \"name\": \"%s\", \"text\": \"%s\" }", value, name, what);
}

static void types(void)
{
	begin("types", '{');
	type("u16", 2, "unsigned");
	type("u32", 4, "unsigned");
	type("u64", 8, "unsigned");
	type("bytes", 16, "bytes");
	type("chars", 16, "text up to a NUL");
	end('}');
	begin("tails", '{');
	text("bytes", "bytes");
	text("chars", "text");
	text("strings", "a list of texts, each ends in a NUL");
	text("pairs", "a list of texts key=value, each ends in a NUL");
	end('}');
}

static void record(void)
{
	begin("record", '{');
	number("alignment", 8);
	number("header_size", 16);
	number("length_max", VGPU_TRACE_RECORD_MAX);
	begin("fields", '[');
	field("type", 0, "u16", "which of the records");
	field("flags", 2, "u16", "see appended, and columns");
	field("length", 4, "u32", "of header and body, without padding");
	field("time_ns", 8, "u64", "on the clock that HEADER names");
	end(']');
	begin("appended", '{');
	text("text", "fields of later versions, between a body's fixed ones and its tail");
	text("field", "flags");
	number("shift", 8);
	number("unit", 8);
	end('}');
	end('}');
}

static void columns(void)
{
	begin("columns", '{');
	text("text", "fields taken out of the records that follow one of this type");
	number("type", VGPU_TRACE_COLUMNS);
	number("goes_on_flag", 1);
	number("fixed", 8);
	begin("fields", '[');
	field("records", 0, "u32", "how many are covered");
	field("times_size", 4, "u32", "bytes of the first column, the rest is the second");
	end(']');
	text("coding", "differences modulo 2^64 as zigzag LEB128");
	text("times", "time_ns of each record; the first is on that of COLUMNS");
	text("ids",
	     "the first 8 bytes of the body of each record of these types; the first is on 0");
	member("id_types");
	printf("[%u, %u, %u]", VGPU_TRACE_COMMAND, VGPU_TRACE_RESPONSE, VGPU_TRACE_STAGE);
	end('}');
}

static void body_begin(unsigned int type, const char *name, unsigned int fixed)
{
	static const char *const texts[] = {
#define VGPU_TRACE_RECORD(number, name, text) [number] = text,
#include <vgpu/trace.def>
	};

	begin(NULL, '{');
	number("type", type);
	text("name", name);
	text("text", texts[type]);
	if (type == VGPU_TRACE_HEADER)
		text("magic", "5647505554524300");
	number("fixed", fixed);
	begin("fields", '[');
	in_fields = true;
}

/* The record's last member; without one the fields are. */
static void tail(const char *name, const char *kind, const char *what)
{
	end(']');
	in_fields = false;
	member("tail");
	printf("{ \"name\": \"%s\", \"kind\": \"%s\", \"text\": \"%s\" }", name, kind, what);
}

static void body_end(void)
{
	if (in_fields)
		end(']');
	end('}');
}

static void records(void)
{
	begin("records", '[');
#define VGPU_TRACE_BODY(type, name, fixed)                 body_begin(VGPU_TRACE_##type, #type, fixed);
#define VGPU_TRACE_FIELD(name, member, offset, wire, what) field(#member, offset, #wire, what);
#define VGPU_TRACE_TAIL(name, member, size, kind, what)    tail(#member, #kind, what);
#define VGPU_TRACE_BODY_END(type, name)                    body_end();
#include <vgpu/trace.def>
	end(']');
}

int main(void)
{
	putchar('{');
	depth = 1;
	text("title", "the trace file of vgpu: what trace-format.md says of its records");
	number("major", VGPU_TRACE_VERSION_MAJOR);
	number("minor", VGPU_TRACE_VERSION_MINOR);
	text("byte_order", "little");
	text("file", "zstd frames, whose content is the records, and skippable frames (RFC 8878)");
	types();
	record();
	columns();
	records();
	begin("stages", '[');
#define VGPU_TRACE_STAGE_ID(number, name, what) named(number, #name, what);
#include <vgpu/trace.def>
	end(']');
	begin("losses", '[');
#define VGPU_TRACE_LOSS(number, name, what) named(number, #name, what);
#include <vgpu/trace.def>
	end(']');
	end('}');
	putchar('\n');
	return ferror(stdout) != 0;
}
