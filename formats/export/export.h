/* SPDX-License-Identifier: MIT */
/*
 * Exporters: a trace, record by record, into the formats of other programs. They live in an archive
 * of their own, beside libvgpu-trace, which must not need the libraries that they need; the tool
 * links both. Memory is bounded whatever the trace's length. What is written: formats/export.md.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <vgpu/dialect.h>
#include <vgpu/trace.h>

/* Where an export goes. */
struct export_target {
	FILE *file;                /* of exporters that write one stream; the caller closes it */
	const char *path;          /* of the others: a file that exists and is empty, or a folder */
	unsigned int table;        /* enum rows_table: which one, for exporters that write one */
	enum vgpu_dialect dialect; /* whose names commands and responses have */
};

enum export_kind {
	EXPORT_STREAM, /* goes to a file, a pipe, standard output */
	EXPORT_FILE,   /* needs a file's name */
	EXPORT_FOLDER, /* makes several files */
};

struct exporter {
	const char *name;
	const char *suffixes; /* of output that means this format, with spaces between; or "" */
	const char *text;     /* for help */
	enum export_kind kind;
	/* *out is the exporter's own; NULL after an error. 0, -errno or libvgpu's codes, as below. */
	int (*create)(void **out, const struct export_target *target);
	/*
	 * Records in the file's order. Malformed and unknown ones are passed over. A COMMAND,
	 * RESPONSE or STAGE that is not chosen is not written, but what it does to the state is
	 * taken note of.
	 */
	int (*record)(void *e, const struct vgpu_trace_record *r, bool chosen);
	/* After the last record; not after an error. */
	int (*finish)(void *e);
	void (*destroy)(void *e); /* NULL is fine */
};

extern const struct exporter export_csv;
extern const struct exporter export_sqlite;
extern const struct exporter export_raw;
extern const struct exporter export_pcapng;
extern const struct exporter export_perfetto;

#endif
