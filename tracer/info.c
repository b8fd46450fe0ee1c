/* SPDX-License-Identifier: MIT */
/* vgpu-trace info: gather everything, then print it as text or as one JSON object. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vgpu/protocol.h>
#include <vgpu/stats.h>

#include "json.h"
#include "progress.h"
#include "tool.h"
#include "units.h"

#define LOSSES   32          /* causes that are looked for */
#define READ_ALL (64u << 20) /* of records: up to so many, a moment, all are read */
#define HEAD     (4u << 20)  /* where DEVICE records are looked for, when not all is read */

struct info {
	const char *path;
	bool json, full, quiet;
	bool summary; /* the records were not read */
	bool has_header;
	struct vgpu_trace_header header; /* its text is the copy below */
	char *text;
	uint64_t start_ns;
	char *devices; /* text lists, each with an empty string behind it */
	size_t devices_size;
	struct vgpu_stats *stats;
	struct vgpu_stats_totals t;
	struct vgpu_trace_status status;
	int error;
};

static const struct argp_option options[] = {
	{ "full", 'f', NULL, 0, "read and check all of a large trace too", 0 },
	{ "json", 'j', NULL, 0, "one JSON object instead of text", 0 },
	{ "quiet", 'q', NULL, 0, "no progress on the terminal", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct info *info = state->input;

	switch (key) {
	case 'f':
		info->full = true;
		return 0;
	case 'j':
		info->json = true;
		return 0;
	case 'q':
		info->quiet = true;
		return 0;
	}
	return tool_file_argument(key, arg, state, &info->path);
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE",
	"Says what a trace holds: where it comes from, commands, frames, latencies, losses.\v"
	"FILE may be - for standard input. Latency is the time from a command being queued to its "
	"response being taken. An unfenced command may be answered before it is executed, so only "
	"fenced ones tell of work done. Of a trace with more than 64 MiB of records only the "
	"beginning and the summary at its end are read, which know nothing of later damage: "
	"--full reads it all. Exit status 3: the trace is cut, damaged, or says that something was "
	"lost while it was recorded.",
	NULL,
	NULL,
	NULL,
};

static void take(struct info *info, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device device;

	if (r->type == VGPU_TRACE_HEADER && !info->has_header &&
	    vgpu_trace_parse_header(r, &info->header) == 0) {
		info->has_header = true;
		info->start_ns = r->time_ns;
		info->text = malloc(info->header.text_size + 1);
		if (!info->text)
			info->header.text_size = 0;
		else
			memcpy(info->text, info->header.text, info->header.text_size);
		info->header.text = info->text;
	}
	if (r->type == VGPU_TRACE_DEVICE && vgpu_trace_parse_device(r, &device) == 0 &&
	    info->devices_size < 65536) {
		char *p = realloc(info->devices, info->devices_size + device.text_size + 2);

		if (!p)
			return;
		info->devices = p;
		p += info->devices_size;
		memcpy(p, device.text, device.text_size);
		info->devices_size += device.text_size;
		if (device.text_size && p[device.text_size - 1]) /* not terminated */
			info->devices[info->devices_size++] = '\0';
		info->devices[info->devices_size++] = '\0';
	}
}

/*
 * A large file: what its writer left at the end, and the beginning for HEADER and DEVICE. 1: done;
 * 0: it must be read; < 0: an error.
 */
static int gather_summary(struct info *info, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_summary summary;
	struct vgpu_trace_record r;
	uint64_t wanted;
	int n = vgpu_trace_reader_summary(reader, &summary, &info->stats);

	if (n != 1)
		return n;
	if (summary.raw_bytes <= READ_ALL) {
		vgpu_stats_destroy(info->stats);
		info->stats = NULL;
		return 0;
	}
	wanted = summary.counts[VGPU_TRACE_HEADER] + summary.counts[VGPU_TRACE_DEVICE];
	while (wanted) {
		n = vgpu_trace_reader_next(reader, &r);
		if (n != 1 || r.offset > HEAD)
			break;
		take(info, &r);
		wanted -= r.type == VGPU_TRACE_HEADER || r.type == VGPU_TRACE_DEVICE;
	}
	vgpu_trace_reader_status(reader, &info->status);
	if (n < 0 || wanted || info->status.damage_offset != UINT64_MAX) {
		vgpu_stats_destroy(info->stats);
		info->stats = NULL;
		return n < 0 ? n : 0;
	}
	info->summary = true;
	info->status.cut = false;
	info->status.ended = true;
	info->status.records = summary.records;
	info->status.raw_bytes = summary.raw_bytes;
	info->status.file_bytes = summary.file_bytes;
	return 1;
}

static int gather_all(struct info *info, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_record r;
	struct progress progress;
	int n;

	info->has_header = false;
	info->devices_size = 0;
	info->stats = vgpu_stats_create();
	if (!info->stats)
		return -ENOMEM;
	progress_begin(&progress, info->path, info->quiet, false);
	while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
		take(info, &r);
		n = vgpu_stats_add(info->stats, &r);
		if (n)
			break;
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	vgpu_stats_finish(info->stats);
	vgpu_trace_reader_status(reader, &info->status);
	return n;
}

/* 0, or a message was printed. */
static int gather(struct info *info)
{
	struct vgpu_trace_reader *reader = tool_open(info->path);
	int n;

	if (!reader)
		return -1;
	n = info->full ? 0 : gather_summary(info, reader);
	if (n == 0 && info->status.records) { /* it took of this reader */
		vgpu_trace_reader_close(reader);
		reader = tool_open(info->path);
		if (!reader)
			return -1;
	}
	if (n == 0)
		n = gather_all(info, reader);
	if (n < 0)
		fprintf(stderr, "vgpu-trace: %s: %s\n", info->path, tool_strerror(n));
	else
		vgpu_stats_totals(info->stats, &info->t);
	vgpu_trace_reader_close(reader);
	return n < 0 ? n : 0;
}

static const char *text(const struct info *info, const char *key)
{
	return vgpu_trace_text_get(info->header.text, info->header.text_size, key);
}

static double seconds(const struct info *info)
{
	return info->t.last_ns > info->t.first_ns
		       ? (double)(info->t.last_ns - info->t.first_ns) / 1e9
		       : 0;
}

static const char *date(uint64_t realtime_ns, char out[32])
{
	time_t t = (time_t)(realtime_ns / 1000000000u);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

static double ratio(const struct info *info)
{
	return info->status.file_bytes
		       ? (double)info->status.raw_bytes / (double)info->status.file_bytes
		       : 0;
}

static const char *command_name(const struct vgpu_stats_command *c, char out[32])
{
	const char *name = c->type == UINT32_MAX ? "others" : vgpu_cmd_name(c->type);

	if (name)
		return name;
	snprintf(out, 32, "type 0x%" PRIx32, c->type);
	return out;
}

static void print_line(const char *label, const char *value)
{
	if (value && *value)
		printf("%-12s %s\n", label, value);
}

static void print_source(const struct info *info)
{
	char a[32], b[32];
	const char *machine = text(info, "machine");

	print_line("File", info->path);
	print_line("Source", text(info, "source"));
	print_line("Recorder", text(info, "recorder"));
	print_line("Options", text(info, "options"));
	if (text(info, "kernel"))
		printf("%-12s %s%s%s\n", "Kernel", text(info, "kernel"), machine ? ", " : "",
		       machine ? machine : "");
	for (size_t at = 0, n = 0; at < info->devices_size; n++) {
		printf("Device %-5zu", n);
		while (at < info->devices_size && info->devices[at]) {
			at += (size_t)printf(" %s", info->devices + at);
		}
		at++;
		putchar('\n');
	}
	if (info->has_header)
		printf("%-12s %s, for %.3f s\n", "Recorded", date(info->header.realtime_ns, a),
		       seconds(info));
	printf("%-12s %s, of records %s (%.2f : 1)\n", "Size",
	       unit_bytes(info->status.file_bytes, a), unit_bytes(info->status.raw_bytes, b),
	       ratio(info));
}

static void print_counts(const struct info *info)
{
	const struct vgpu_stats_totals *t = &info->t;
	struct vgpu_stats_scanout scanout;
	struct vgpu_stats_process process;
	struct vgpu_stats_context context;
	char a[32], b[32];

	printf("%-12s %" PRIu64 ", of them %" PRIu64 " answered, %" PRIu64
	       " with an error, %" PRIu64 " without an answer\n",
	       "Commands", t->commands, t->responses - t->orphans, t->errors, t->unanswered);
	if (t->orphans)
		printf("%-12s %" PRIu64 " to commands that are not in the trace\n", "Responses",
		       t->orphans);
	printf("%-12s %" PRIu64 "\n", "Frames", t->frames);
	for (size_t i = 0; vgpu_stats_scanout(info->stats, i, &scanout); i++) {
		const struct vgpu_stats_series *s = &scanout.interval;

		printf("  scanout %-2" PRIu32 " %" PRIu64, scanout.scanout, scanout.frames);
		if (s->count && s->mean)
			printf(", %.1f/s, interval p50 %s p99 %s", 1e9 / (double)s->mean,
			       unit_duration(s->p50, a), unit_duration(s->p99, b));
		putchar('\n');
	}
	printf("%-12s %" PRIu64 "\n", "Processes", t->processes);
	for (size_t i = 0; vgpu_stats_process(info->stats, i, &process); i++)
		printf("  %-10" PRIu32 " %s, %" PRIu64 " commands\n", process.pid, process.comm,
		       process.commands);
	printf("%-12s %" PRIu64 "\n", "Contexts", t->contexts);
	for (size_t i = 0; vgpu_stats_context(info->stats, i, &context); i++) {
		const char *capset = vgpu_capset_name(context.capset);

		printf("  %-10" PRIu32 " of %" PRIu32 ", %s%s%s\n", context.ctx_id, context.pid,
		       capset ? capset : "no capset", context.name[0] ? ", " : "", context.name);
	}
	printf("%-12s %s\n", "Memory", unit_bytes(t->memory_bytes, a));
	if (t->epochs)
		printf("%-12s %" PRIu64 "\n", "Epochs", t->epochs);
	if (t->traces > 1)
		printf("%-12s %" PRIu64 ", put together\n", "Traces", t->traces);
}

static void print_losses(const struct info *info)
{
	char state[160];
	uint64_t count, size;

	if (!info->t.lost)
		print_line("Lost", "nothing");
	for (uint32_t what = 0; what < LOSSES; what++) {
		const char *name = vgpu_trace_loss_name(what);

		vgpu_stats_lost(info->stats, what, &count, &size);
		if (count)
			printf("%-12s %" PRIu64 ", %" PRIu64 " bytes: %s\n", "Lost", count, size,
			       name ? name : "for an unknown reason");
	}
	if (info->summary)
		print_line("State", "complete by its summary, the rest not read: see --full");
	else
		print_line("State", tool_state(&info->status, state, sizeof(state)));
}

static void print_series(const char *name, const char *how, const struct vgpu_stats_series *s)
{
	char a[6][32];

	if (!s->count)
		return;
	printf("%-28s %-8s %8" PRIu64 " %9s %9s %9s %9s %9s %9s\n", name, how, s->count,
	       unit_duration(s->min, a[0]), unit_duration(s->mean, a[1]),
	       unit_duration(s->p50, a[2]), unit_duration(s->p90, a[3]),
	       unit_duration(s->p99, a[4]), unit_duration(s->max, a[5]));
}

static void print_latencies(const struct info *info)
{
	struct vgpu_stats_command c;
	char name[32];

	if (!info->t.responses)
		return;
	printf("\n%-28s %-8s %8s %9s %9s %9s %9s %9s %9s\n", "Latency", "", "count", "min", "mean",
	       "p50", "p90", "p99", "max");
	for (size_t i = 0; vgpu_stats_command(info->stats, i, &c); i++) {
		print_series(command_name(&c, name), "fenced", &c.fenced_latency);
		print_series(command_name(&c, name), "unfenced", &c.unfenced_latency);
	}
}

static void json_series(const char *key, const struct vgpu_stats_series *s)
{
	json_begin(key, '{');
	json_number("count", s->count);
	json_number("min", s->min);
	json_number("mean", s->mean);
	json_number("p50", s->p50);
	json_number("p90", s->p90);
	json_number("p99", s->p99);
	json_number("max", s->max);
	json_end('}');
}

static void json_lists(const struct info *info)
{
	struct vgpu_stats_scanout scanout;
	struct vgpu_stats_process process;
	struct vgpu_stats_context context;
	struct vgpu_stats_command c;

	json_begin("scanouts", '[');
	for (size_t i = 0; vgpu_stats_scanout(info->stats, i, &scanout); i++) {
		json_begin(NULL, '{');
		json_number("scanout", scanout.scanout);
		json_number("frames", scanout.frames);
		json_series("interval_ns", &scanout.interval);
		json_end('}');
	}
	json_end(']');
	json_begin("processes", '[');
	for (size_t i = 0; vgpu_stats_process(info->stats, i, &process); i++) {
		json_begin(NULL, '{');
		json_number("pid", process.pid);
		json_string("comm", process.comm);
		json_number("commands", process.commands);
		json_end('}');
	}
	json_end(']');
	json_begin("contexts", '[');
	for (size_t i = 0; vgpu_stats_context(info->stats, i, &context); i++) {
		json_begin(NULL, '{');
		json_number("ctx_id", context.ctx_id);
		json_number("pid", context.pid);
		json_number("capset", context.capset);
		json_string("name", context.name);
		json_end('}');
	}
	json_end(']');
	json_begin("commands", '[');
	for (size_t i = 0; vgpu_stats_command(info->stats, i, &c); i++) {
		json_begin(NULL, '{');
		json_number("queue", c.queue);
		json_number("type", c.type);
		json_string("name", c.type == UINT32_MAX ? "others" : vgpu_cmd_name(c.type));
		json_number("count", c.count);
		json_number("fenced", c.fenced);
		json_number("bytes", c.bytes);
		json_number("responses", c.responses);
		json_number("errors", c.errors);
		json_number("unanswered", c.unanswered);
		json_series("fenced_latency_ns", &c.fenced_latency);
		json_series("unfenced_latency_ns", &c.unfenced_latency);
		json_end('}');
	}
	json_end(']');
}

static void json_state(const struct info *info)
{
	const struct vgpu_trace_status *s = &info->status;
	char state[160];
	uint64_t count, size;

	json_begin("losses", '[');
	for (uint32_t what = 0; what < LOSSES; what++) {
		vgpu_stats_lost(info->stats, what, &count, &size);
		if (!count)
			continue;
		json_begin(NULL, '{');
		json_number("what", what);
		json_string("text", vgpu_trace_loss_name(what));
		json_number("count", count);
		json_number("bytes", size);
		json_end('}');
	}
	json_end(']');
	json_string("state", tool_state(s, state, sizeof(state)));
	json_bool("all_read", !info->summary);
	json_bool("complete", !s->cut && s->damage_offset == UINT64_MAX);
	json_bool("cut", s->cut);
	if (s->damage_offset == UINT64_MAX)
		json_null("damage_offset");
	else
		json_number("damage_offset", s->damage_offset);
	json_number("lost_bytes", s->lost_bytes);
	json_number("lost_records", s->lost_records);
}

static void print_json(const struct info *info)
{
	const struct vgpu_stats_totals *t = &info->t;
	char when[32];

	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_string("file", info->path);
	json_pairs("header", info->header.text, info->header.text_size);
	json_string("recorded", info->has_header ? date(info->header.realtime_ns, when) : NULL);
	json_real("duration_s", seconds(info));
	json_number("file_bytes", info->status.file_bytes);
	json_number("raw_bytes", info->status.raw_bytes);
	json_real("ratio", ratio(info));
	json_begin("totals", '{');
	json_number("records", t->records);
	json_number("commands", t->commands);
	json_number("responses", t->responses);
	json_number("errors", t->errors);
	json_number("unanswered", t->unanswered);
	json_number("unanswered_fenced", t->unanswered_fenced);
	json_number("orphans", t->orphans);
	json_number("frames", t->frames);
	json_number("processes", t->processes);
	json_number("contexts", t->contexts);
	json_number("request_bytes", t->request_bytes);
	json_number("response_bytes", t->response_bytes);
	json_number("memory_bytes", t->memory_bytes);
	json_number("lost", t->lost);
	json_number("epochs", t->epochs);
	json_number("traces", t->traces);
	json_end('}');
	json_lists(info);
	json_state(info);
	json_end('}');
	json_line();
}

int tool_info(int argc, char **argv)
{
	struct info info = { 0 };
	int status = TOOL_FAILED;
	uint64_t before, bytes;

	argp_parse(&argp, argc, argv, 0, NULL, &info);
	if (gather(&info))
		goto out;
	if (info.json) {
		print_json(&info);
	} else {
		print_source(&info);
		print_counts(&info);
		print_losses(&info);
		print_latencies(&info);
	}
	/* What came before the recording is not there, but nothing of the recording is missing. */
	vgpu_stats_lost(info.stats, VGPU_TRACE_LOST_BEFORE, &before, &bytes);
	status = info.status.cut || info.status.damage_offset != UINT64_MAX || info.t.lost > before
			 ? TOOL_LOSSY
			 : TOOL_OK;
	status = tool_finish(status);
out:
	vgpu_stats_destroy(info.stats);
	free(info.text);
	free(info.devices);
	return status;
}
