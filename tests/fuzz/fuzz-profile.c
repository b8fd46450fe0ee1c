/* SPDX-License-Identifier: MIT */
/*
 * Any records: what a profile counts adds up, and what is known of a command is within bounds. A
 * record is its type, a byte; its time, four, added to the one before; its body's length, two; and
 * the body.
 */
#include <string.h>

#include <vgpu/follow.h>
#include <vgpu/profile.h>

#include "fuzz.h"

static void look(const struct vgpu_facts *facts)
{
	if (!facts)
		return;
	REQUIRE(vgpu_facts_know(facts, VGPU_FILTER_num));
	REQUIRE(memchr(facts->process, 0, sizeof(facts->process)));
}

static void add_up(struct vgpu_profile *p)
{
	uint64_t commands = 0, responses = 0;
	struct vgpu_profile_totals t;
	struct vgpu_profile_row row;
	struct vgpu_profile_frames frames;
	struct vgpu_profile_depth depth;
	struct vgpu_profile_resource resource;
	struct vgpu_profile_talker talker;

	vgpu_profile_totals(p, &t);
	for (size_t i = 0; vgpu_profile_row(p, i, &row); i++) {
		if (row.stage == VGPU_PROFILE_RESPONSE)
			responses += row.latency.count;
		REQUIRE(row.latency.min <= row.latency.p50 && row.latency.p50 <= row.latency.p999);
		REQUIRE(row.latency.p999 <= row.latency.max && row.errors <= row.commands);
	}
	REQUIRE(responses == t.responses && t.unanswered <= t.commands);
	for (size_t i = 0; vgpu_profile_frames(p, i, &frames); i++)
		REQUIRE(frames.low1_average <= frames.interval.max &&
			frames.stutters <= frames.frames);
	for (size_t i = 0; vgpu_profile_depth(p, i, &depth); i++) {
		REQUIRE(depth.p50 <= depth.p99 && depth.max <= t.commands);
		commands += depth.commands;
	}
	REQUIRE(commands == t.commands);
	for (size_t i = 0; vgpu_profile_resource(p, i, &resource); i++)
		REQUIRE(resource.transfers && resource.unknown <= resource.transfers);
	for (size_t i = 0; vgpu_profile_process(p, i, &talker); i++)
		REQUIRE(talker.commands && talker.commands <= t.commands);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vgpu_profile_options options = { .by = size % 16, .stall_ns = 1 + size % 1000 };
	struct vgpu_profile *p = vgpu_profile_create(&options);
	struct vgpu_follow *f = vgpu_follow_create();
	struct vgpu_trace_record r = { 0 };

	REQUIRE(p && f);
	while (size >= 7) {
		uint32_t later;

		memcpy(&later, data + 1, sizeof(later));
		r.type = data[0];
		r.time_ns += later;
		r.body_size = data[5] | (size_t)data[6] << 8;
		data += 7;
		size -= 7;
		if (r.body_size > size)
			r.body_size = size;
		r.body = data;
		data += r.body_size;
		size -= r.body_size;
		look(vgpu_follow_record(f, &r));
		REQUIRE(vgpu_profile_add(p, &r, r.flags % 4 < 3) == 0);
		r.flags++;
	}
	REQUIRE(vgpu_profile_finish(p) == 0);
	add_up(p);
	vgpu_profile_destroy(p);
	vgpu_follow_destroy(f);
	return 0;
}
