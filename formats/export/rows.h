/* SPDX-License-Identifier: MIT */
/* A trace as rows of the tables in tables.def. */
#ifndef EXPORT_ROWS_H
#define EXPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/dialect.h>
#include <vgpu/trace.h>

enum rows_table {
#define EXPORT_TABLE(name, text) ROWS_##name,
#include "tables.def"
	ROWS_TABLES
};

/* <table>_<column>: its place in the row, and <table>_COLUMNS. */
#define EXPORT_TABLE(name, text)               enum {
#define EXPORT_COLUMN(table, name, type, text) table##_##name,
#define EXPORT_TABLE_END(name) \
	name##_COLUMNS         \
	}                      \
	;
#include "tables.def"

enum cell_type {
	CELL_NULL,
	CELL_INTEGER,
	CELL_TEXT,
};

struct cell {
	enum cell_type type;
	uint64_t number;
	const char *text; /* `size` bytes, good during the call */
	size_t size;
};

struct rows_column {
	const char *name, *text;
	enum cell_type type;
};

struct rows_table_info {
	const char *name, *text;
	const struct rows_column *columns;
	unsigned int count;
};

extern const struct rows_table_info rows_tables[ROWS_TABLES];

/* Takes a row. 0, or a negative code, which ends the export. */
typedef int (*rows_sink)(void *data, enum rows_table table, const struct cell *cells);

/*
 * Commands wait for their response, up to 16384 of them, and come in order; so do the rows of each
 * other table.
 */
struct rows;

/* `tables`: a bit for each table that is wanted. 0 or -ENOMEM. */
int rows_create(struct rows **out, unsigned int tables, enum vgpu_dialect dialect, rows_sink sink,
		void *data);
void rows_destroy(struct rows *r); /* NULL is fine */

/* 0, or the sink's code. */
int rows_record(struct rows *r, const struct vgpu_trace_record *record, bool chosen);
int rows_finish(struct rows *r);

#endif
