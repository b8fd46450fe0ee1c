/* SPDX-License-Identifier: MIT */
/* vgpu-trace recover: what is left of a cut or damaged trace, as a whole one. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/edit.h>

#include "json.h"
#include "new-file.h"
#include "progress.h"
#include "tool.h"

/* Gaps that are shown; the rest are counted. */
#define SHOWN 20u

struct recover {
	const char *path, *output;
	bool force, quiet, json;
	struct vgpu_trace_reader *reader;
	struct progress progress;
	uint64_t start_ns;          /* of the first record */
	uint64_t records, commands; /* recovered */
	uint64_t gaps, bytes, lost, headers, ends;
	bool unsure;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "the new trace; - is standard output", 0 },
	{ "force", 'f', NULL, 0, "overwrite it", 0 },
	{ "json", 'j', NULL, 0, "JSON, one object a line: what is missing, then a summary", 0 },
	{ "quiet", 'q', NULL, 0, "do not tell what is missing", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct recover *v = state->input;

	switch (key) {
	case 'o':
		v->output = arg;
		return 0;
	case 'f':
		v->force = true;
		return 0;
	case 'j':
		v->json = true;
		return 0;
	case 'q':
		v->quiet = true;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!v->output)
			argp_error(state, "where to? -o FILE");
		if (v->json && strcmp(v->output, "-") == 0)
			argp_error(state, "--json and -o - both want the output");
		return 0;
	}
	return tool_file_argument(key, arg, state, &v->path);
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE -o FILE",
	"Writes all records that a cut or damaged trace still has into a new one, which is whole, "
	"and tells what is missing where.\v"
	"What lies in a damaged frame, up to 1 MiB of records, is lost; what is behind it is not, "
	"but in a trace that is not compressed. "
	"Where records are missing between others the new trace has a LOST, so that check and "
	"replay know. A file that is whole is copied. FILE may be - for standard input. Exit "
	"status 3: something is missing; 1: there is no record at all, and no new file.",
	NULL,
	NULL,
	NULL,
};

static double seconds(const struct recover *v, uint64_t ns)
{
	return (double)(int64_t)(ns - v->start_ns) / 1e9;
}

static void gap_json(const struct recover *v, const struct vgpu_gap *gap)
{
	json_begin(NULL, '{');
	json_number("offset", gap->offset);
	json_number("bytes", gap->bytes);
	json_number("records", gap->records);
	json_bool("unsure", gap->unsure);
	json_bool("header", gap->header);
	json_bool("end", gap->end);
	if (gap->first_ns)
		json_real("after_s", seconds(v, gap->first_ns));
	if (gap->first_ns && gap->last_ns)
		json_real("before_s", seconds(v, gap->last_ns));
	json_end('}');
	json_line();
}

static void gap_text(const struct recover *v, const struct vgpu_gap *gap)
{
	if (v->progress.shown) /* that line is ours */
		fputs("\r\033[K", stderr);
	fprintf(stderr, "vgpu-trace: %s: at byte %" PRIu64 ": ", v->path, gap->offset);
	if (gap->bytes)
		fprintf(stderr, "%" PRIu64 " bytes gave no record, ", gap->bytes);
	if (gap->records || !gap->unsure)
		fprintf(stderr, "records missing: %s%" PRIu64, gap->unsure ? "at least " : "",
			gap->records);
	else
		fputs("records missing: not known", stderr);
	if (gap->header)
		fputs(", HEADER among them", stderr);
	if (gap->end)
		fputs(", END among them", stderr);
	if (gap->first_ns && gap->last_ns)
		fprintf(stderr, ", between %.6f s and %.6f s", seconds(v, gap->first_ns),
			seconds(v, gap->last_ns));
	else if (gap->first_ns)
		fprintf(stderr, ", after %.6f s", seconds(v, gap->first_ns));
	fputc('\n', stderr);
}

static void told(void *data, const struct vgpu_gap *gap)
{
	struct recover *v = data;

	v->gaps++;
	v->bytes += gap->bytes;
	v->lost += gap->records;
	v->headers += gap->header;
	v->ends += gap->end;
	v->unsure |= gap->unsure;
	if (v->json)
		gap_json(v, gap);
	else if (!v->quiet && v->gaps <= SHOWN)
		gap_text(v, gap);
}

static void summary_json(const struct recover *v, const struct vgpu_trace_status *s)
{
	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_number("records", v->records);
	json_number("commands", v->commands);
	json_number("file_bytes", s->file_bytes);
	json_number("gaps", v->gaps);
	json_number("lost_bytes", v->bytes);
	json_number("lost_records", v->lost);
	json_bool("unsure", v->unsure);
	json_number("lost_headers", v->headers);
	json_number("lost_ends", v->ends);
	json_end('}');
	json_line();
}

static void summary_text(const struct recover *v)
{
	if (v->gaps > SHOWN)
		fprintf(stderr, "vgpu-trace: %s: %" PRIu64 " more places; --json names all\n",
			v->path, v->gaps - SHOWN);
	fprintf(stderr, "Recovered  %" PRIu64 " records, commands among them: %" PRIu64 "\n",
		v->records, v->commands);
	if (v->gaps)
		fprintf(stderr,
			"Missing    records: %s%" PRIu64 "; bytes that gave none: %" PRIu64 "\n",
			v->unsure ? "at least " : "", v->lost, v->bytes);
	else
		fputs("Missing    nothing\n", stderr);
}

static int copy(struct recover *v, struct vgpu_recover *from, struct new_file *to)
{
	struct vgpu_trace_record r;
	int ret = 0, n;

	progress_begin(&v->progress, v->path, v->quiet, false);
	while ((n = vgpu_recover_next(from, &r)) == 1) {
		ret = new_file_record(to, &r);
		if (ret)
			break;
		if (!v->records++)
			v->start_ns = r.time_ns;
		v->commands += r.type == VGPU_TRACE_COMMAND;
		progress_tick(&v->progress, v->reader);
	}
	progress_end(&v->progress);
	if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", v->path, tool_strerror(n));
	else if (!ret && !v->records)
		fprintf(stderr, "vgpu-trace: %s: no record is left\n", v->path);
	return ret || n < 0 || !v->records ? TOOL_FAILED : TOOL_OK;
}

static int run(struct recover *v)
{
	struct vgpu_trace_status status;
	struct vgpu_recover *from;
	struct new_file to;
	int ret;

	if (vgpu_recover_create(&from, v->reader, told, v)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		return TOOL_FAILED;
	}
	ret = new_file_open(&to, v->output, v->force, NULL);
	if (ret)
		goto out;
	ret = copy(v, from, &to);
	if (!ret && v->gaps)
		ret = TOOL_LOSSY;
	ret = new_file_close(&to, ret, to.last_ns);
	if (ret == TOOL_FAILED)
		goto out;
	vgpu_trace_reader_status(v->reader, &status);
	if (v->json)
		summary_json(v, &status);
	else if (!v->quiet)
		summary_text(v);
	ret = tool_finish(ret);
out:
	vgpu_recover_destroy(from);
	return ret;
}

int tool_recover(int argc, char **argv)
{
	struct recover v = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &v);
	v.reader = tool_open(v.path);
	if (!v.reader)
		return TOOL_FAILED;
	ret = run(&v);
	vgpu_trace_reader_close(v.reader);
	return ret;
}
