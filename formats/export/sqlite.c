/* SPDX-License-Identifier: MIT */
/* All tables as an SQLite database. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "export.h"
#include "rows.h"

#define SCHEMA_VERSION 1

struct database {
	struct rows *rows;
	sqlite3 *db;
	sqlite3_stmt *insert[ROWS_TABLES];
};

static int code_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_TOOBIG:
		return -EFBIG;
	}
	return -EIO;
}

static int run(struct database *d, const char *sql)
{
	return code_of(sqlite3_exec(d->db, sql, NULL, NULL, NULL));
}

static int put_row(void *data, enum rows_table table, const struct cell *cells)
{
	struct database *d = data;
	sqlite3_stmt *s = d->insert[table];
	int result = SQLITE_OK;

	for (unsigned int i = 0; i < rows_tables[table].count && !result; i++) {
		if (cells[i].type == CELL_INTEGER)
			result = sqlite3_bind_int64(s, (int)i + 1, (sqlite3_int64)cells[i].number);
		else if (cells[i].type == CELL_TEXT)
			result = sqlite3_bind_text(s, (int)i + 1, cells[i].text, (int)cells[i].size,
						   SQLITE_TRANSIENT);
		else
			result = sqlite3_bind_null(s, (int)i + 1);
	}
	if (!result)
		result = sqlite3_step(s);
	sqlite3_reset(s);
	return code_of(result);
}

/* "CREATE TABLE frames (trace INTEGER, …)" and "INSERT INTO frames VALUES (?, …)". */
static int make_table(struct database *d, enum rows_table table)
{
	const struct rows_table_info *t = &rows_tables[table];
	char create[2048], insert[256];
	size_t n, m;
	int err;

	n = (size_t)snprintf(create, sizeof(create), "CREATE TABLE %s (", t->name);
	m = (size_t)snprintf(insert, sizeof(insert), "INSERT INTO %s VALUES (", t->name);
	for (unsigned int i = 0; i < t->count; i++) {
		n += (size_t)snprintf(create + n, sizeof(create) - n, "%s%s %s", i ? ", " : "",
				      t->columns[i].name,
				      t->columns[i].type == CELL_INTEGER ? "INTEGER" : "TEXT");
		m += (size_t)snprintf(insert + m, sizeof(insert) - m, "%s?", i ? ", " : "");
	}
	snprintf(create + n, sizeof(create) - n, ")");
	snprintf(insert + m, sizeof(insert) - m, ")");
	err = run(d, create);
	return err ?: code_of(sqlite3_prepare_v2(d->db, insert, -1, &d->insert[table], NULL));
}

static void sqlite_destroy(void *e)
{
	struct database *d = e;

	if (!d)
		return;
	rows_destroy(d->rows);
	for (unsigned int i = 0; i < ROWS_TABLES; i++)
		sqlite3_finalize(d->insert[i]);
	sqlite3_close(d->db);
	free(d);
}

static int sqlite_create(void **out, const struct export_target *target)
{
	struct database *d = calloc(1, sizeof(*d));
	char version[64];
	int err;

	*out = NULL;
	if (!d)
		return -ENOMEM;
	err = code_of(sqlite3_open_v2(target->path, &d->db, SQLITE_OPEN_READWRITE, NULL));
	if (err)
		goto fail;
	/* The file is removed when something goes wrong: no journal. */
	snprintf(version, sizeof(version), "PRAGMA user_version = %d", SCHEMA_VERSION);
	err = run(d, "PRAGMA journal_mode = OFF");
	err = err ?: run(d, "PRAGMA synchronous = OFF");
	err = err ?: run(d, version);
	err = err ?: run(d, "BEGIN");
	for (unsigned int i = 0; i < ROWS_TABLES && !err; i++)
		err = make_table(d, (enum rows_table)i);
	err = err ?: rows_create(&d->rows, (1u << ROWS_TABLES) - 1, target->dialect, put_row, d);
	if (err)
		goto fail;
	*out = d;
	return 0;

fail:
	sqlite_destroy(d);
	return err;
}

static int sqlite_record(void *e, const struct vgpu_trace_record *r, bool chosen)
{
	return rows_record(((struct database *)e)->rows, r, chosen);
}

static int sqlite_finish(void *e)
{
	struct database *d = e;
	int err = rows_finish(d->rows);

	err = err ?: run(d, "CREATE INDEX commands_by_number ON commands (trace, command)");
	err = err ?: run(d, "CREATE INDEX commands_by_type ON commands (type_name, latency_ns)");
	err = err ?: run(d, "CREATE INDEX stages_by_command ON stages (trace, command)");
	return err ?: run(d, "COMMIT");
}

const struct exporter export_sqlite = {
	.name = "sqlite",
	.suffixes = ".sqlite .sqlite3 .db",
	.text = "an SQLite database of all tables",
	.kind = EXPORT_FILE,
	.create = sqlite_create,
	.record = sqlite_record,
	.finish = sqlite_finish,
	.destroy = sqlite_destroy,
};
