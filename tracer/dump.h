/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace dump. */
#ifndef TRACER_DUMP_H
#define TRACER_DUMP_H

#include <stdbool.h>

#include <vgpu/trace.h>

#include "filter-options.h"
#include "output.h"
#include "select.h"

struct dump {
	const char *path, *output;
	enum output_color color;
	bool json, verbose, hex, raw, force, quiet, colors;
	struct filter_options filter;
	struct select select;
	uint64_t start_ns;
	bool started;
};

/* Print one record: as JSON, on a line of its own, or as text. */
void dump_json(const struct dump *d, const struct select_item *item);
void dump_text(const struct dump *d, const struct select_item *item);

#endif
