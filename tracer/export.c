/* SPDX-License-Identifier: MIT */
/* vgpu-trace export: options, the output, and the walk over the records. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dialect-options.h"
#include "export.h"
#include "filter-options.h"
#include "output.h"
#include "progress.h"
#include "rows.h"
#include "select.h"
#include "tool.h"
#include "unfinished.h"

struct export
{
	const char *path, *output, *format, *table;
	bool force, quiet;
	struct filter_options filter;
	struct vgpu_negotiated negotiated;
	struct select select;
	void *state;                     /* the exporter's */
	const struct exporter *exporter; /* NULL: NDJSON, which is what dump writes */
	unsigned int table_id;
	int fd;
	bool made; /* the output did not exist before */
};

static const struct exporter *const exporters[] = {
	&export_perfetto, &export_pcapng, &export_csv, &export_sqlite, &export_raw,
};
#define N_EXPORTERS (sizeof(exporters) / sizeof(exporters[0]))

enum {
	OPT_FORMAT = 256,
	OPT_TABLE,
};

static const struct argp_option options[] = {
	{ "output", 'o', "OUT", 0, "write to OUT (default: -, standard output)", 0 },
	{ "format", OPT_FORMAT, "FORMAT", 0, "one of those below (default: by OUT's name)", 0 },
	{ "table", OPT_TABLE, "TABLE", 0, "of csv: which table (default: commands)", 0 },
	{ "force", 'f', NULL, 0, "overwrite OUT", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on the terminal", 0 },
	{ 0 },
};

static bool is_ndjson(const char *format)
{
	return strcmp(format, "ndjson") == 0;
}

static const struct exporter *by_name(const char *name)
{
	for (size_t i = 0; i < N_EXPORTERS; i++) {
		if (strcmp(exporters[i]->name, name) == 0)
			return exporters[i];
	}
	return NULL;
}

/* Does the name end in one of the suffixes? */
static bool has_suffix(const char *name, const char *suffixes)
{
	size_t size = strlen(name);

	while (*suffixes) {
		size_t n = strcspn(suffixes, " ");

		if (n <= size && strncmp(name + size - n, suffixes, n) == 0)
			return true;
		suffixes += n + (suffixes[n] == ' ');
	}
	return false;
}

static const char *format_of(const char *output)
{
	if (has_suffix(output, ".ndjson .jsonl .json"))
		return "ndjson";
	for (size_t i = 0; i < N_EXPORTERS; i++) {
		if (has_suffix(output, exporters[i]->suffixes))
			return exporters[i]->name;
	}
	return NULL;
}

static void settle(struct export *x, struct argp_state *state)
{
	unsigned int i;

	if (!x->output)
		x->output = "-";
	if (!x->format)
		x->format = format_of(x->output);
	if (!x->format)
		argp_error(state, "which format? \"%s\" does not tell; give --format", x->output);
	x->exporter = by_name(x->format);
	if (!x->exporter && !is_ndjson(x->format))
		argp_error(state, "there is no format \"%s\"", x->format);
	if (x->exporter && x->exporter->kind != EXPORT_STREAM && strcmp(x->output, "-") == 0)
		argp_error(state, "%s cannot be written to standard output; give -o", x->format);
	if (!x->table)
		return;
	if (x->exporter != &export_csv)
		argp_error(state, "--table is for csv");
	for (i = 0; i < ROWS_TABLES && strcmp(rows_tables[i].name, x->table) != 0; i++)
		;
	if (i == ROWS_TABLES)
		argp_error(state, "there is no table \"%s\"", x->table);
	x->table_id = i;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct export *x = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &x->filter;
		state->child_inputs[1] = &x->negotiated;
		return 0;
	case 'q':
		x->quiet = true;
		return 0;
	case 'o':
		x->output = arg;
		return 0;
	case 'f':
		x->force = true;
		return 0;
	case OPT_FORMAT:
		x->format = arg;
		return 0;
	case OPT_TABLE:
		x->table = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		settle(x, state);
		return 0;
	}
	return tool_file_argument(key, arg, state, &x->path);
}

/* The lists of formats and tables, for --help. */
static char *list_formats(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || !(f = open_memstream(&out, &size)))
		return (char *)text;
	fputs("Formats:\n", f);
	for (size_t i = 0; i < N_EXPORTERS; i++)
		fprintf(f, "  %-9s %s\n", exporters[i]->name, exporters[i]->text);
	fputs("  ndjson    JSON, an object a line and record: what dump --json writes\n\nTables:\n",
	      f);
	for (unsigned int i = 0; i < ROWS_TABLES; i++)
		fprintf(f, "  %-9s %s\n", rows_tables[i].name, rows_tables[i].text);
	fprintf(f, "\n%s", text);
	fclose(f);
	return out;
}

static const struct argp_child children[] = { FILTER_ARGP_CHILD, DIALECT_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Writes what a trace holds in the format of another program.\v"
	"Chosen are commands, with their responses and stages; resources, contexts, frames and "
	"processes are those of the whole trace. FILE may be - for standard input. Columns and "
	"fields are described in formats/export.md. "
	"What is written shows no less than the trace itself: OUT is readable by you alone. Exit "
	"status 3: done, but the trace is cut or damaged.",
	children,
	list_formats,
	NULL,
};

static void complain(const struct export *x, int err)
{
	fprintf(stderr, "vgpu-trace: %s: %s\n", x->output, tool_strerror(err));
}

/* The output made or emptied. 0, or a message was printed. */
static int open_output(struct export *x)
{
	struct stat st;

	x->fd = -1;
	if (strcmp(x->output, "-") == 0) {
		x->fd = STDOUT_FILENO;
		return 0;
	}
	if (x->exporter && x->exporter->kind == EXPORT_FOLDER) {
		x->made = mkdir(x->output, 0700) == 0;
		if (x->made || errno == EEXIST)
			return 0;
		complain(x, -errno);
		return -1;
	}
	x->fd = output_create(x->output, x->force);
	if (x->fd < 0)
		return -1;
	/* What is no plain file (/dev/null, a pipe) is neither emptied nor removed. */
	if (fstat(x->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		x->made = true;
		unfinished_begin(x->output);
		if (ftruncate(x->fd, 0) || fchmod(x->fd, 0600)) {
			complain(x, -errno);
			return -1;
		}
	}
	return 0;
}

static int take(void *data, const struct select_item *item)
{
	struct export *x = data;

	return x->exporter->record(x->state, item->record, item->chosen);
}

static int walk(struct export *x, struct vgpu_trace_reader *reader)
{
	struct progress progress;
	struct vgpu_trace_record r;
	int n, err;

	x->select.filter = x->filter.filter;
	x->select.all = true; /* state comes from all of them */
	x->select.types = UINT64_MAX & ~select_type(VGPU_TRACE_MEMORY);
	x->select.take = take;
	x->select.data = x;
	err = select_begin(&x->select);
	progress_begin(&progress, x->path, x->quiet, x->fd == STDOUT_FILENO);
	while (!err && (n = vgpu_trace_reader_next(reader, &r)) != 0) {
		if (n < 0) {
			progress_end(&progress);
			select_finish(&x->select);
			fprintf(stderr, "vgpu-trace: %s: %s\n", x->path, tool_strerror(n));
			return n;
		}
		err = select_record(&x->select, &r);
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	n = select_finish(&x->select);
	err = err ? err : n;
	if (!err)
		err = x->exporter->finish(x->state);
	if (err)
		complain(x, err);
	return err;
}

static int write_export(struct export *x, struct vgpu_trace_reader *reader)
{
	struct export_target target = { .path = x->output,
					.table = x->table_id,
					.dialect = x->negotiated.dialect };
	int err = 0;

	if (x->exporter->kind == EXPORT_STREAM) {
		target.file = x->fd == STDOUT_FILENO ? stdout : fdopen(x->fd, "w");
		if (!target.file) {
			complain(x, -errno);
			return -1;
		}
	}
	err = x->exporter->create(&x->state, &target);
	if (err)
		complain(x, err);
	else
		err = walk(x, reader);
	x->exporter->destroy(x->state);
	if (target.file && target.file != stdout) {
		x->fd = -1;
		if ((ferror(target.file) | fclose(target.file)) && !err) {
			err = -(errno ? errno : EIO);
			complain(x, err);
		}
	}
	return err;
}

/* dump does it; its standard output is our output. */
static int write_ndjson(struct export *x)
{
	char name[] = "vgpu-trace export", json[] = "--json", quiet[] = "--quiet";
	char filter[] = "--filter", dialect[] = "--dialect", end[] = "--";
	char *argv[10] = { name, json };
	int n = 2;

	if (x->quiet)
		argv[n++] = quiet;
	if (x->filter.expression) {
		argv[n++] = filter;
		argv[n++] = x->filter.expression;
	}
	argv[n++] = dialect;
	argv[n++] = (char *)vgpu_dialect_name(x->negotiated.dialect);
	argv[n++] = end;
	argv[n++] = (char *)x->path;
	if (x->fd != STDOUT_FILENO && dup2(x->fd, STDOUT_FILENO) < 0) {
		complain(x, -errno);
		return TOOL_FAILED;
	}
	return tool_dump(n, argv);
}

static int export_with(struct export *x)
{
	struct vgpu_trace_reader *reader = tool_open(x->path);
	struct vgpu_trace_status s;
	int status = TOOL_FAILED;
	char state[160];

	if (!reader)
		return TOOL_FAILED;
	if (open_output(x))
		goto out;
	if (write_export(x, reader) == 0)
		status = TOOL_OK;
	if (x->fd == STDOUT_FILENO)
		status = tool_finish(status);
	vgpu_trace_reader_status(reader, &s);
	if (status == TOOL_OK && (s.cut || s.damage_offset != UINT64_MAX)) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", x->path,
			tool_state(&s, state, sizeof(state)));
		status = TOOL_LOSSY;
	}
out:
	vgpu_trace_reader_close(reader);
	return status;
}

int tool_export(int argc, char **argv)
{
	struct export x = { .fd = -1 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &x);
	if (x.exporter)
		status = export_with(&x);
	else
		status = open_output(&x) ? TOOL_FAILED : write_ndjson(&x);
	filter_options_finish(&x.filter);
	if (x.fd > STDERR_FILENO)
		close(x.fd);
	if (status == TOOL_FAILED && x.made && !(x.exporter && x.exporter->kind == EXPORT_FOLDER))
		unlink(x.output);
	unfinished_end();
	return status;
}
