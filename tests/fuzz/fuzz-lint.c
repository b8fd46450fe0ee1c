/* SPDX-License-Identifier: MIT */
/*
 * Any sequence of messages through the lint and its tracker: memory stays bounded, what is counted
 * is there, a copy equals its original, findings lie inside their message.
 * Input: messages of a byte that says what it is (1: response, 2: cursor queue, 4: reset, 8: records are
 * missing, 16: cut, 32: no room for an answer), the command's distance (responses), a length of two
 * bytes and the bytes.
 */
#include <string.h>

#include <vgpu/lint.h>

#include "fuzz.h"

#define MEMORY (256u << 10)

struct feed {
	size_t size; /* of the message that is being looked at; SIZE_MAX: any */
};

static void finding(void *data, const struct vgpu_finding *f)
{
	struct feed *feed = data;

	REQUIRE(f->code < VGPU_LINT_COUNT);
	REQUIRE(f->offset <= feed->size);
	REQUIRE(f->text[0] && strlen(f->text) < 256);
}

static int no_change(void *data, const struct vgpu_track_change *change)
{
	(void)data;
	(void)change;
	abort();
}

static int ignore(void *data, const char *text, size_t size)
{
	(void)data;
	(void)text;
	(void)size;
	return 0;
}

static void check_state(const struct vgpu_track *t)
{
	const struct vgpu_sink sink = { ignore, NULL };
	const struct vgpu_track_resource *r = NULL;
	const struct vgpu_track_context *c = NULL;
	struct vgpu_track_totals totals;
	size_t by_resource = 0, by_context = 0, mapped = 0, resources = 0;
	struct vgpu_track *copy;
	uint64_t last = 0;

	vgpu_track_totals(t, &totals);
	REQUIRE(totals.memory <= MEMORY);
	while ((r = vgpu_track_resource_next(t, r))) {
		REQUIRE(r->id > last);
		last = r->id;
		REQUIRE(vgpu_track_resource(t, r->id) == r);
		by_resource += r->attached;
		mapped += r->mapped;
		resources++;
		for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++)
			REQUIRE((r->scanouts >> i & 1) ==
				(vgpu_track_scanout(t, i)->resource_id == r->id));
	}
	while ((c = vgpu_track_context_next(t, c)))
		by_context += c->attached;
	REQUIRE(resources == totals.resources && mapped == totals.mapped);
	REQUIRE(by_resource == totals.attachments && by_context == totals.attachments);
	REQUIRE(vgpu_track_json(t, &sink) == 0);
	if (vgpu_track_copy(t, &copy) == 0) {
		REQUIRE(vgpu_track_diff(t, copy, no_change, NULL) == 0);
		vgpu_track_destroy(copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed feed = { 0 };
	struct vgpu_lint_options options = { .report = finding,
					     .data = &feed,
					     .has_features = size & 1,
					     .features = 0x2b,
					     .blob_alignment = size & 2 ? 16384 : 0,
					     .dialect = (size >> 2) % VGPU_DIALECT_COUNT,
					     .memory_max = MEMORY };
	uint64_t number = 0;
	struct vgpu_lint *l;

	REQUIRE(vgpu_lint_create(&l, &options) == 0);
	while (size >= 4) {
		uint8_t what = data[0], distance = data[1];
		size_t length = data[2] | (size_t)data[3] << 8;
		struct vgpu_track_message m = { .wire = data + 4 };

		data += 4;
		size -= 4;
		m.size = length < size ? length : size;
		m.queue = what >> 1 & 1;
		m.cut = what & 16;
		m.room = what & 32 ? 0 : UINT32_MAX;
		feed.size = m.size;
		if (what & 8)
			vgpu_lint_missing(l, what & 1);
		if (what & 4) {
			feed.size = SIZE_MAX;
			vgpu_lint_reset(l);
		} else if (what & 1) {
			m.number = number > distance ? number - distance : 0;
			vgpu_lint_response(l, &m);
		} else {
			m.number = ++number;
			vgpu_lint_request(l, &m);
		}
		data += m.size;
		size -= m.size;
	}
	check_state(vgpu_lint_track(l));
	feed.size = SIZE_MAX;
	vgpu_lint_reset(l);
	vgpu_lint_destroy(l);
	return 0;
}
