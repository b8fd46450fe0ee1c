/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/error.h>

#define TAIL_MAX   16384u
#define BYTES_MAX  16u
#define NAME_WIDTH 22

struct fields {
	char *text;
	size_t size, used;
	unsigned int lists; /* how deep in lists: their elements come with the tail */
};

__attribute__((format(printf, 2, 3))) static void add(struct fields *f, const char *format, ...)
{
	size_t room = f->size - f->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(f->text + f->used, room, format, args);
	va_end(args);
	if (n > 0)
		f->used += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_flags(struct fields *f, const struct vgpu_field *field)
{
	uint64_t rest = field->value;
	const char *name, *between = "";
	uint32_t bit;

	for (bit = 0; bit < 32; bit++) {
		name = rest >> bit & 1 ? vgpu_value_name(field->set, 1u << bit) : NULL;
		if (!name)
			continue;
		add(f, "%s%s", between, name);
		between = " ";
		rest &= ~((uint64_t)1 << bit);
	}
	if (rest || !*between)
		add(f, "%s0x%" PRIx64, between, rest);
}

static void add_value(struct fields *f, const struct vgpu_field *field)
{
	size_t i;

	switch (field->type) {
	case VGPU_FIELD_UINT:
		add(f, "%" PRIu64, field->value);
		return;
	case VGPU_FIELD_ENUM:
		if (field->text)
			add(f, "%s", field->text);
		else
			add(f, "%" PRIu64 " (unknown)", field->value);
		return;
	case VGPU_FIELD_FLAGS:
		add_flags(f, field);
		return;
	case VGPU_FIELD_TEXT:
		for (i = 0; i < field->size && field->data[i]; i++)
			add(f, "%c",
			    field->data[i] >= ' ' && field->data[i] < 127 ? field->data[i] : '.');
		return;
	case VGPU_FIELD_BYTES:
	case VGPU_FIELD_STREAM:
		add(f, "%zu bytes", field->size);
		for (i = 0; field->type == VGPU_FIELD_BYTES && i < field->size && i < BYTES_MAX;
		     i++)
			add(f, "%s%02x", i % 4 ? "" : "  ", field->data[i]);
		return;
	default:
		add(f, "0x%" PRIx64, field->value);
		return;
	}
}

static bool says_nothing(const struct vgpu_field *field)
{
	bool zero = !field->value && field->type != VGPU_FIELD_BYTES &&
		    field->type != VGPU_FIELD_STREAM && field->type != VGPU_FIELD_TEXT;

	if (field->type == VGPU_FIELD_PADDING || !strcmp(field->path, "hdr.type"))
		return true;
	if (field->type == VGPU_FIELD_TEXT)
		return !field->size || !field->data[0];
	return zero && (!strncmp(field->path, "hdr.", 4) || strchr(field->path, '['));
}

static int visit(void *data, const struct vgpu_field *field)
{
	struct fields *f = data;
	const char *path = field->path;

	if (field->type == VGPU_FIELD_LIST && field->tail)
		f->lists += field->event == VGPU_FIELD_BEGIN ? 1u : -1u;
	if (f->lists || field->event != VGPU_FIELD_VALUE || says_nothing(field))
		return 0;
	if (!strncmp(path, "hdr.", 4))
		path += 4;
	add(f, "\n  %-*s ", NAME_WIDTH, path);
	add_value(f, field);
	return f->used + 1 >= f->size;
}

/* What follows the first line of the verbose text: entries, the commands of a stream. */
static void add_tail(struct fields *f, const char *verbose)
{
	const char *p = strchr(verbose, '\n');

	for (; p; p = strchr(p, '\n')) {
		p += 1 + strspn(p + 1, " \t");
		add(f, "\n    %.*s", (int)strcspn(p, "\n"), p);
	}
}

static struct fields begin(char *text, size_t size, const char *name)
{
	struct fields f = { .text = text, .size = size, .used = strlen(text) };

	add(&f, "%s", name ? name : "unknown");
	return f;
}

static uint32_t type_of(const uint8_t *wire, size_t size)
{
	return size < 4 ? 0 : wire[0] | wire[1] << 8 | wire[2] << 16 | (uint32_t)wire[3] << 24;
}

void view_fields_request(char *text, size_t size, const void *wire, size_t wire_size,
			 const struct vgpu_describe_options *options)
{
	struct fields f = begin(text, size,
				vgpu_dialect_value(options->negotiated.dialect, VGPU_SET_CMD,
						   type_of(wire, wire_size)));
	char *verbose = malloc(TAIL_MAX);
	struct vgpu_buffer buffer;
	struct vgpu_sink sink;

	if (vgpu_dialect_request_visit(&options->negotiated, wire, wire_size, visit, &f) ==
	    VGPU_ERR_TRUNCATED)
		add(&f, "\n  [truncated]");
	if (!verbose)
		return;
	sink = vgpu_buffer_sink(&buffer, verbose, TAIL_MAX);
	vgpu_request_text(wire, wire_size, options, &sink);
	add_tail(&f, verbose);
	free(verbose);
}

void view_fields_response(char *text, size_t size, uint32_t cmd_type, const void *wire,
			  size_t wire_size, enum vgpu_dialect dialect)
{
	const struct vgpu_negotiated n = { .dialect = dialect };
	struct vgpu_resp_info info;
	struct fields f;

	vgpu_dialect_resp(dialect, cmd_type, type_of(wire, wire_size), &info);
	f = begin(text, size, wire_size ? info.name : "(none)");
	if (wire_size && vgpu_dialect_response_visit(&n, cmd_type, wire, wire_size, visit, &f) ==
				 VGPU_ERR_TRUNCATED)
		add(&f, "\n  [truncated]");
}
