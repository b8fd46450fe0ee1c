/* SPDX-License-Identifier: MIT */
/* One table as comma-separated values, RFC 4180 but for the line ends: a newline. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "rows.h"

struct csv {
	struct rows *rows;
	FILE *file;
};

static void put_text(FILE *f, const char *text, size_t size)
{
	size_t plain = 0;

	while (plain < size && !strchr("\",\r\n", text[plain]))
		plain++;
	if (plain == size) {
		fwrite(text, 1, size, f);
		return;
	}
	fputc('"', f);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			fputc('"', f);
		fputc(text[i], f);
	}
	fputc('"', f);
}

static int put_row(void *data, enum rows_table table, const struct cell *cells)
{
	struct csv *csv = data;

	for (unsigned int i = 0; i < rows_tables[table].count; i++) {
		if (i)
			fputc(',', csv->file);
		if (cells[i].type == CELL_INTEGER)
			fprintf(csv->file, "%" PRIu64, cells[i].number);
		else if (cells[i].type == CELL_TEXT)
			put_text(csv->file, cells[i].text, cells[i].size);
	}
	return fputc('\n', csv->file) == EOF ? -errno : 0;
}

static void csv_destroy(void *e)
{
	struct csv *csv = e;

	if (!csv)
		return;
	rows_destroy(csv->rows);
	free(csv);
}

static int csv_create(void **out, const struct export_target *target)
{
	const struct rows_table_info *table = &rows_tables[target->table];
	struct csv *csv = calloc(1, sizeof(*csv));
	int err;

	*out = NULL;
	if (!csv)
		return -ENOMEM;
	csv->file = target->file;
	err = rows_create(&csv->rows, 1u << target->table, target->dialect, put_row, csv);
	if (err) {
		csv_destroy(csv);
		return err;
	}
	for (unsigned int i = 0; i < table->count; i++)
		fprintf(csv->file, "%s%s", i ? "," : "", table->columns[i].name);
	fputc('\n', csv->file);
	*out = csv;
	return 0;
}

static int csv_record(void *e, const struct vgpu_trace_record *r, bool chosen)
{
	return rows_record(((struct csv *)e)->rows, r, chosen);
}

static int csv_finish(void *e)
{
	return rows_finish(((struct csv *)e)->rows);
}

const struct exporter export_csv = {
	.name = "csv",
	.suffixes = ".csv",
	.text = "one table, comma-separated; --table says which",
	.kind = EXPORT_STREAM,
	.create = csv_create,
	.record = csv_record,
	.finish = csv_finish,
	.destroy = csv_destroy,
};
