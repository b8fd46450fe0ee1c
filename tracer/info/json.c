/* SPDX-License-Identifier: MIT */
/* What a trace holds, as one JSON object. */
#include <vgpu/protocol.h>

#include "info.h"
#include "json.h"
#include "series.h"
#include "tool.h"

static void json_lists(const struct info *info)
{
	struct vgpu_stats_scanout scanout;
	struct vgpu_stats_process process;
	struct vgpu_stats_context context;
	struct vgpu_stats_command c;

	json_begin("scanouts", '[');
	for (size_t i = 0; vgpu_stats_scanout(info->stats, i, &scanout); i++) {
		json_begin(NULL, '{');
		json_number("device", scanout.device);
		json_number("scanout", scanout.scanout);
		json_number("frames", scanout.frames);
		series_json("interval_ns", &scanout.interval);
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
		series_json("fenced_latency_ns", &c.fenced_latency);
		series_json("unfenced_latency_ns", &c.unfenced_latency);
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
	for (uint32_t what = 0; what < INFO_LOSSES; what++) {
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

static void json_devices(const struct info *info)
{
	size_t size;

	json_begin("devices", '[');
	for (size_t at = 0; at < info->devices_size; at += size + 1) {
		size = info_device_size(info, at);
		json_pairs(NULL, info->devices + at, size);
	}
	json_end(']');
}

void info_print_json(const struct info *info)
{
	const struct vgpu_stats_totals *t = &info->t;
	char when[32];

	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_string("file", info->path);
	json_pairs("header", info->header.text, info->header.text_size);
	json_devices(info);
	json_string("recorded",
		    info->has_header ? info_date(info->header.realtime_ns, when) : NULL);
	json_real("duration_s", info_seconds(info));
	json_number("file_bytes", info->status.file_bytes);
	json_number("raw_bytes", info->status.raw_bytes);
	json_real("ratio", info_ratio(info));
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
