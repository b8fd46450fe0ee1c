/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace dump. */
#ifndef TRACER_DUMP_H
#define TRACER_DUMP_H

#include <stdbool.h>

#include <vgpu/trace.h>

#include "dialect-options.h"
#include "filter-options.h"
#include "output.h"
#include "select.h"

#define ASKED_SIZE 4096

struct dump {
	const char *path, *output;
	enum output_color color;
	bool json, verbose, hex, raw, force, quiet, colors;
	struct filter_options filter;
	struct vgpu_negotiated negotiated;
	struct select select;
	uint64_t start_ns;
	bool started;
	/* What each command is, by the low bits of its number: its answer is decoded by it. */
	struct {
		uint64_t id;
		uint32_t type;
	} asked[ASKED_SIZE];
};

/* The type of the command that an answer belongs to; 0 where it is not known. */
uint32_t dump_asked(const struct dump *d, uint64_t id);

/* Print one record: as JSON, on a line of its own, or as text. */
void dump_json(const struct dump *d, const struct select_item *item);
void dump_text(const struct dump *d, const struct select_item *item);

/* What the lines of JSON are like, as a JSON Schema. */
void dump_schema(void);

#endif
