/* SPDX-License-Identifier: MIT */
/* What a trace holds, for people. */
#include <inttypes.h>
#include <stdio.h>

#include <vgpu/protocol.h>

#include "info.h"
#include "tool.h"
#include "units.h"

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
	const char *machine = info_text(info, "machine");
	size_t size;

	print_line("File", info->path);
	print_line("Source", info_text(info, "source"));
	print_line("Recorder", info_text(info, "recorder"));
	print_line("Options", info_text(info, "options"));
	if (info_text(info, "kernel"))
		printf("%-12s %s%s%s\n", "Kernel", info_text(info, "kernel"), machine ? ", " : "",
		       machine ? machine : "");
	for (size_t at = 0, n = 0; at < info->devices_size; n++) {
		size = info_device_size(info, at);
		info_print_device(n, info->devices + at, size);
		at += size + 1;
	}
	if (info->has_header)
		printf("%-12s %s, for %.3f s\n", "Recorded", info_date(info->header.realtime_ns, a),
		       info_seconds(info));
	printf("%-12s %s, of records %s (%.2f : 1)\n", "Size",
	       unit_bytes(info->status.file_bytes, a), unit_bytes(info->status.raw_bytes, b),
	       info_ratio(info));
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

		printf("  scanout %-2s %" PRIu64, unit_scanout(scanout.device, scanout.scanout, a),
		       scanout.frames);
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
	for (size_t i = 0; vgpu_stats_context(info->stats, i, &context); i++)
		printf("  %-10" PRIu32 " of %" PRIu32 ", %s%s%s\n", context.ctx_id, context.pid,
		       unit_capset(context.capset, a), context.name[0] ? ", " : "", context.name);
	printf("%-12s %s\n", "Memory", unit_bytes(t->memory_bytes, a));
	if (t->epochs)
		printf("%-12s %" PRIu64 "\n", "Epochs", t->epochs);
	if (t->traces > 1)
		printf("%-12s %" PRIu64 ", put together\n", "Traces", t->traces);
}

/* As the recorder was told to. */
static bool was_left_out(uint32_t what)
{
	return what == VGPU_TRACE_LOST_SNAP || what == VGPU_TRACE_LOST_FILTER;
}

static void print_losses(const struct info *info)
{
	char state[160];
	uint64_t count, size, lost = info->t.lost;

	for (uint32_t what = 0; what < INFO_LOSSES; what++) {
		vgpu_stats_lost(info->stats, what, &count, &size);
		lost -= was_left_out(what) ? count : 0;
	}
	if (!lost)
		print_line("Lost", "nothing");
	for (uint32_t what = 0; what < INFO_LOSSES; what++) {
		const char *name = vgpu_trace_loss_name(what);

		vgpu_stats_lost(info->stats, what, &count, &size);
		if (count)
			printf("%-12s %" PRIu64 ", %" PRIu64 " bytes: %s\n",
			       was_left_out(what) ? "Left out" : "Lost", count, size,
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

void info_print_text(const struct info *info)
{
	print_source(info);
	print_counts(info);
	print_losses(info);
	print_latencies(info);
}
