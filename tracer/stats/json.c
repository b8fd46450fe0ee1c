/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include <vgpu/format.h>
#include <vgpu/protocol.h>

#include "json.h"
#include "series.h"
#include "stats.h"

static void latencies(const struct stats *s)
{
	struct vgpu_profile_row r;
	char room[32];

	json_begin("latency", '[');
	for (size_t i = 0; vgpu_profile_row(s->profile, i, &r); i++) {
		json_begin(NULL, '{');
		if (r.others)
			json_bool("others", true);
		if (s->by & VGPU_PROFILE_BY_QUEUE && !r.others)
			json_number("queue", r.queue);
		if (s->by & VGPU_PROFILE_BY_TYPE && !r.others) {
			json_number("type", r.type);
			json_string("name", vgpu_cmd_name(r.type));
		}
		if (s->by & VGPU_PROFILE_BY_CTX && !r.others)
			json_number("ctx", r.ctx_id);
		if (s->by & VGPU_PROFILE_BY_PROCESS && !r.others) {
			json_number("pid", r.pid);
			json_string("process", r.process);
		}
		json_bool("fenced", r.fenced);
		json_string("stage", stats_stage(r.stage, room));
		json_number("commands", r.commands);
		json_number("bytes", r.bytes);
		json_number("errors", r.errors);
		series_json("latency_ns", &r.latency);
		json_end('}');
	}
	json_end(']');
}

static void frames(const struct stats *s)
{
	struct vgpu_profile_frames f;

	json_begin("scanouts", '[');
	for (size_t i = 0; vgpu_profile_frames(s->profile, i, &f); i++) {
		json_begin(NULL, '{');
		json_number("device", f.device);
		json_number("scanout", f.scanout);
		json_number("frames", f.frames);
		json_number("flips", f.flips);
		series_json("interval_ns", &f.interval);
		json_number("low1_average_ns", f.low1_average);
		json_number("low1_integral_ns", f.low1_integral);
		json_number("pacing_ns", f.pacing);
		json_number("stutters", f.stutters);
		json_number("stutter_ns", f.stutter_ns);
		json_end('}');
	}
	json_end(']');
}

static void waits(const struct stats *s)
{
	struct vgpu_profile_stalls stalls;
	struct vgpu_profile_depth d;

	vgpu_profile_stalls(s->profile, &stalls);
	json_begin("stalls", '{');
	json_number("count", stalls.count);
	json_number("total_ns", stalls.total_ns);
	json_number("ring_full", stalls.full);
	json_begin("longest", '[');
	for (unsigned int i = 0; i < stalls.n_longest; i++) {
		json_begin(NULL, '{');
		json_number("start_ns", stalls.longest[i].start_ns);
		json_number("length_ns", stalls.longest[i].length_ns);
		json_number("command", stalls.longest[i].id);
		json_end('}');
	}
	json_end(']');
	json_end('}');
	json_begin("queues", '[');
	for (size_t i = 0; vgpu_profile_depth(s->profile, i, &d); i++) {
		json_begin(NULL, '{');
		json_number("queue", d.queue);
		json_number("commands", d.commands);
		json_real("depth_mean", d.mean);
		json_number("depth_p50", d.p50);
		json_number("depth_p90", d.p90);
		json_number("depth_p99", d.p99);
		json_number("depth_max", d.max);
		json_end('}');
	}
	json_end(']');
}

static void resources(const struct stats *s)
{
	struct vgpu_profile_resource r;

	json_begin("resources", '[');
	for (size_t i = 0; vgpu_profile_resource(s->profile, i, &r); i++) {
		json_begin(NULL, '{');
		if (r.others) {
			json_bool("others", true);
		} else {
			json_number("resource_id", r.resource_id);
			json_number("width", r.width);
			json_number("height", r.height);
			json_string("format", vgpu_format_name(r.format));
		}
		json_number("transfers", r.transfers);
		json_number("to_host_bytes", r.to_host);
		json_number("from_host_bytes", r.from_host);
		json_number("unknown", r.unknown);
		json_end('}');
	}
	json_end(']');
}

static void talkers(const struct stats *s, const char *key, const char *id,
		    bool (*get)(const struct vgpu_profile *p, size_t index,
				struct vgpu_profile_talker *out))
{
	struct vgpu_profile_talker t;

	json_begin(key, '[');
	for (size_t i = 0; get(s->profile, i, &t); i++) {
		json_begin(NULL, '{');
		if (t.others)
			json_bool("others", true);
		else
			json_number(id, t.id);
		if (t.name[0])
			json_string("name", t.name);
		json_number("commands", t.commands);
		json_number("bytes", t.bytes);
		json_number("waited_ns", t.waited_ns);
		json_end('}');
	}
	json_end(']');
}

void stats_print_json(const struct stats *s)
{
	const struct vgpu_profile_totals *t = &s->totals;

	json_begin(NULL, '{');
	json_number("schema_version", 1);
	json_string("file", s->path);
	json_string("filter", s->filter.expression);
	json_begin("totals", '{');
	json_number("commands", t->commands);
	json_number("responses", t->responses);
	json_number("errors", t->errors);
	json_number("unanswered", t->unanswered);
	json_number("request_bytes", t->request_bytes);
	json_number("first_ns", t->first_ns);
	json_number("last_ns", t->last_ns);
	json_number("lost", t->lost);
	json_end('}');
	latencies(s);
	frames(s);
	waits(s);
	resources(s);
	talkers(s, "processes", "pid", vgpu_profile_process);
	talkers(s, "contexts", "ctx", vgpu_profile_context);
	json_bool("complete", !s->status.cut && s->status.damage_offset == UINT64_MAX);
	json_end('}');
	json_line();
}
