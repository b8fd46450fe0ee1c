/* SPDX-License-Identifier: MIT */
/* vgpu-trace info: gather everything, then print it as text or as one JSON object. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "info.h"
#include "progress.h"
#include "tool.h"

#define READ_ALL (64u << 20) /* of records: up to so many, a moment, all are read */
#define HEAD     (4u << 20)  /* where DEVICE records are looked for, when not all is read */

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

const char *info_text(const struct info *info, const char *key)
{
	return vgpu_trace_text_get(info->header.text, info->header.text_size, key);
}

double info_seconds(const struct info *info)
{
	return info->t.last_ns > info->t.first_ns
		       ? (double)(info->t.last_ns - info->t.first_ns) / 1e9
		       : 0;
}

size_t info_device_size(const struct info *info, size_t at)
{
	size_t size = 0;

	while (at + size < info->devices_size && info->devices[at + size])
		size += strlen(info->devices + at + size) + 1;
	return size;
}

const char *info_date(uint64_t realtime_ns, char out[32])
{
	time_t t = (time_t)(realtime_ns / 1000000000u);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

double info_ratio(const struct info *info)
{
	return info->status.file_bytes
		       ? (double)info->status.raw_bytes / (double)info->status.file_bytes
		       : 0;
}

int tool_info(int argc, char **argv)
{
	struct info info = { 0 };
	int status = TOOL_FAILED;
	uint64_t meant = 0, count, bytes;

	argp_parse(&argp, argc, argv, 0, NULL, &info);
	if (gather(&info))
		goto out;
	if (info.json)
		info_print_json(&info);
	else
		info_print_text(&info);
	/* What came before the recording, or was not asked for, is not there, but nothing of the recording is missing. */
	for (uint32_t what = 0; what < INFO_LOSSES; what++) {
		vgpu_stats_lost(info.stats, what, &count, &bytes);
		meant += vgpu_trace_loss_is_meant(what) ? count : 0;
	}
	status = info.status.cut || info.status.damage_offset != UINT64_MAX || info.t.lost > meant
			 ? TOOL_LOSSY
			 : TOOL_OK;
	status = tool_finish(status);
out:
	vgpu_stats_destroy(info.stats);
	free(info.text);
	free(info.devices);
	return status;
}
