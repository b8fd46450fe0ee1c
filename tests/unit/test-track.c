/* SPDX-License-Identifier: MIT */
#include <vgpu/virgl.h>

#include "track-script.h"

#define MAKE                                                                \
	"RESOURCE_CREATE_2D resource_id=3 format=2 width=64 height=32;"     \
	"RESOURCE_ATTACH_BACKING resource_id=3 entries=4096,4096;"          \
	"SET_SCANOUT resource_id=3 scanout_id=1 r.width=64 r.height=32;"    \
	"TRANSFER_TO_HOST_2D resource_id=3 r.width=16 r.height=8 offset=0;" \
	"RESOURCE_FLUSH resource_id=3 r.width=64 r.height=32;"

static void resource_of_a_framebuffer(void **state)
{
	struct vgpu_track *t = run(MAKE);
	const struct vgpu_track_resource *r = vgpu_track_resource(t, 3);
	const struct vgpu_track_scanout *s = vgpu_track_scanout(t, 1);

	(void)state;
	assert_non_null(r);
	assert_int_equal(r->kind, VGPU_TRACK_2D);
	assert_int_equal(r->format, 2);
	assert_int_equal(r->width, 64);
	assert_int_equal(r->created, 1);
	assert_true(r->backed);
	assert_int_equal(r->backing_entries, 2);
	assert_int_equal(r->backing_bytes, 8192);
	assert_int_equal(r->scanouts, 1 << 1);
	assert_int_equal(r->to_host_bytes, 16 * 8 * 4);
	assert_int_equal(r->flushes, 1);
	assert_int_equal(s->resource_id, 3);
	assert_int_equal(s->frames, 1);
	assert_int_equal(s->set, 3);
	assert_null(vgpu_track_scanout(t, 16));
	vgpu_track_destroy(t);
}

static void destroyed_ids_are_remembered(void **state)
{
	struct vgpu_track *t = run(MAKE "RESOURCE_UNREF resource_id=3; CTX_CREATE ctx_id=5;"
					"CTX_DESTROY ctx_id=5");

	(void)state;
	assert_null(vgpu_track_resource(t, 3));
	assert_int_equal(vgpu_track_resource_destroyed(t, 3), 6);
	assert_int_equal(vgpu_track_resource_destroyed(t, 4), 0);
	assert_int_equal(vgpu_track_scanout(t, 1)->resource_id, 0);
	assert_int_equal(vgpu_track_context_destroyed(t, 5), 8);
	vgpu_track_destroy(t);
}

static void refused_commands_have_no_effect(void **state)
{
	struct vgpu_track *t =
		run(MAKE "RESOURCE_CREATE_2D resource_id=9 width=1 height=1 -> ERR_OUT_OF_MEMORY;"
			 "SET_SCANOUT resource_id=0 scanout_id=1 -> ERR_INVALID_PARAMETER;"
			 "RESOURCE_DETACH_BACKING resource_id=3 -> ERR_UNSPEC;"
			 "CTX_CREATE ctx_id=2 -> ERR_UNSPEC; CTX_CREATE ctx_id=3;"
			 "CTX_ATTACH_RESOURCE ctx_id=3 resource_id=3 -> ERR_INVALID_RESOURCE_ID;"
			 "RESOURCE_CREATE_BLOB resource_id=20 blob_mem=2 blob_flags=1 size=4096;"
			 "RESOURCE_MAP_BLOB resource_id=20 offset=4096 -> ERR_UNSPEC");
	struct vgpu_track_totals totals;

	(void)state;
	assert_null(vgpu_track_resource(t, 9));
	assert_int_equal(vgpu_track_resource_destroyed(t, 9), 0);
	assert_int_equal(vgpu_track_scanout(t, 1)->resource_id, 3);
	assert_int_equal(vgpu_track_resource(t, 3)->scanouts, 2);
	assert_int_equal(vgpu_track_resource(t, 3)->backing_bytes, 8192);
	assert_null(vgpu_track_context(t, 2));
	assert_false(vgpu_track_is_attached(t, 3, 3));
	assert_false(vgpu_track_resource(t, 20)->mapped);
	vgpu_track_totals(t, &totals);
	assert_int_equal(totals.failed, 6);
	assert_int_equal(totals.mapped, 0);
	vgpu_track_destroy(t);
}

/* The capset may be told before a context is created, or after. */
static void drm_contexts_know_their_driver(void **state)
{
	const struct vgpu_get_capset get = { .hdr.type = VGPU_CMD_GET_CAPSET,
					     .capset_id = VGPU_CAPSET_DRM };
	uint8_t request[VGPU_GET_CAPSET_SIZE];
	uint8_t response[VGPU_CTRL_HDR_SIZE + VGPU_CAPSET_DRM_SIZE] = { 0x03, 0x11 };
	struct vgpu_track_message m = { .number = 100, .room = UINT32_MAX };
	struct vgpu_track *t = run("CTX_CREATE ctx_id=7 context_init=6");

	(void)state;
	vgpu_encode_get_capset(&get, request, sizeof(request));
	for (uint8_t type = 1; type <= 5; type++, m.number++) {
		assert_int_equal(vgpu_track_context(t, 7)->stream,
				 type == 1 ? VGPU_STREAM_DRM : VGPU_STREAM_DRM + type - 1);
		response[VGPU_CTRL_HDR_SIZE + 16] = type;
		m.wire = request;
		m.size = sizeof(request);
		assert_int_equal(vgpu_track_request(t, &m), 0);
		m.wire = response;
		m.size = sizeof(response);
		assert_int_equal(vgpu_track_response(t, &m), 0);
		assert_int_equal(vgpu_track_capset(t, VGPU_CAPSET_DRM)->context_type, type);
	}
	assert_int_equal(vgpu_track_context(t, 7)->stream, VGPU_STREAM_DRM_PANFROST);
	vgpu_track_destroy(t);
}

static void contexts_know_their_language(void **state)
{
	static const struct {
		uint32_t capset;
		const char *name;
	} cases[] = { { 0, "virgl" },     { 1, "virgl" },        { 2, "virgl" },
		      { 3, "gfxstream" }, { 4, "venus" },        { 6, "drm" },
		      { 7, "unknown" },   { 5, "cross-domain" }, { 8, "gfxstream" },
		      { 9, "gfxstream" } };
	struct vgpu_track *t = run("CTX_CREATE ctx_id=7 context_init=0x104 nlen=3 ;"
				   "SUBMIT_3D ctx_id=7 stream=1,2,3");
	const struct vgpu_track_context *c = vgpu_track_context(t, 7);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(vgpu_stream_name(vgpu_stream_of(cases[i].capset, 0)),
				    cases[i].name);
	assert_null(vgpu_stream_name((enum vgpu_stream)99));
	assert_int_equal(c->capset, 4);
	assert_int_equal(c->stream, VGPU_STREAM_VENUS);
	assert_int_equal(c->submits, 1);
	assert_int_equal(c->stream_bytes, 12);
	vgpu_track_destroy(t);
}

static void streams_move_bytes(void **state)
{
	/* TRANSFER3D to and from the host, COPY_TRANSFER3D, RESOURCE_INLINE_WRITE of 2 dwords */
	struct vgpu_track *t = run(
		"CTX_CREATE ctx_id=1;"
		"RESOURCE_CREATE_3D resource_id=4 target=2 format=1 width=32 height=32 depth=1 "
		"array_size=1;"
		"RESOURCE_CREATE_3D resource_id=5 target=0 format=64 width=4096 height=1 depth=1 "
		"array_size=1;"
		"SUBMIT_3D ctx_id=1 "
		"stream=0xd002b,4,0,0,0,0,0,0,0,8,4,1,0,1,"
		"0xd002b,5,0,0,0,0,0,0,0,100,1,1,0,2,"
		"0xe002d,4,0,0,0,0,0,0,0,2,2,1,5,0,0,"
		"0xd0009,5,0,0,0,0,0,0,0,8,1,1,77,78;"
		"TRANSFER_FROM_HOST_3D ctx_id=1 resource_id=4 w=3 h=3 d=1");

	(void)state;
	assert_int_equal(vgpu_track_resource(t, 4)->to_host_bytes, 8 * 4 * 4 + 2 * 2 * 4);
	assert_int_equal(vgpu_track_resource(t, 4)->from_host_bytes, 3 * 3 * 4);
	assert_int_equal(vgpu_track_resource(t, 5)->from_host_bytes, 100);
	assert_int_equal(vgpu_track_resource(t, 5)->inline_bytes, 8);
	vgpu_track_destroy(t);
}

static void a_fence_completes_all_below_it(void **state)
{
	struct vgpu_track *t = run("CTX_CREATE ctx_id=1; CTX_CREATE ctx_id=2;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=10 -> none;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=11 -> none;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=2 fence_id=5 -> none;"
				   "SUBMIT_3D ctx_id=2 flags=1 fence_id=7 -> none;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=12 -> none;"
				   "later 4");
	const struct vgpu_track_timeline *l = vgpu_track_timeline(t, true, 1, 1);
	struct vgpu_track_totals totals;

	(void)state;
	assert_int_equal(l->queued, 12);
	assert_int_equal(l->completed, 11);
	assert_int_equal(l->pending, 1);
	assert_true(vgpu_track_pending(t, 3)->completed);
	assert_false(vgpu_track_pending(t, 5)->completed);
	assert_null(vgpu_track_pending(t, 4));
	assert_int_equal(vgpu_track_timeline(t, true, 1, 2)->pending, 1);
	assert_int_equal(vgpu_track_timeline(t, false, 77, 77)->pending, 1);
	vgpu_track_totals(t, &totals);
	assert_int_equal(totals.pending, 4);
	assert_int_equal(totals.timelines, 3);
	/* The common one comes last. */
	l = NULL;
	for (int i = 0; i < 3; i++)
		l = vgpu_track_timeline_next(t, l);
	assert_false(l->ring);
	assert_null(vgpu_track_timeline_next(t, l));
	vgpu_track_destroy(t);
}

static void timelines_end_with_their_context(void **state)
{
	struct vgpu_track *t = run("CTX_CREATE ctx_id=1;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=1 -> none;"
				   "SUBMIT_3D ctx_id=1 flags=3 ring_idx=2 fence_id=1;"
				   "CTX_DESTROY ctx_id=1");

	(void)state;
	assert_null(vgpu_track_timeline(t, true, 1, 2));
	assert_non_null(vgpu_track_timeline(t, true, 1, 1)); /* something still waits on it */
	vgpu_track_destroy(t);
	t = run("CTX_CREATE ctx_id=1; SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=1 -> none;"
		"CTX_DESTROY ctx_id=1; later 2");
	assert_null(vgpu_track_timeline(t, true, 1, 1));
	vgpu_track_destroy(t);
}

static void blobs(void **state)
{
	struct vgpu_track *t = run(
		"RESOURCE_CREATE_BLOB ctx_id=3 resource_id=8 blob_mem=2 blob_flags=1 blob_id=6 "
		"size=8192;"
		"RESOURCE_MAP_BLOB resource_id=8 offset=16384 -> OK_MAP_INFO map_info=3;"
		"SET_SCANOUT_BLOB resource_id=8 width=32 height=16 format=2 r.width=32 r.height=16;"
		"RESOURCE_ASSIGN_UUID resource_id=8");
	const struct vgpu_track_resource *r = vgpu_track_resource(t, 8);
	struct vgpu_shape shape;

	(void)state;
	assert_int_equal(r->kind, VGPU_TRACK_BLOB);
	assert_int_equal(r->blob_size, 8192);
	assert_int_equal(r->blob_ctx, 3);
	assert_true(r->mapped);
	assert_int_equal(r->map_offset, 16384);
	assert_int_equal(r->map_info, 3);
	assert_true(r->has_uuid);
	assert_false(vgpu_track_shape(r, &shape));
	assert_true(vgpu_track_scanout(t, 0)->blob);
	assert_int_equal(vgpu_track_scanout(t, 0)->format, 2);
	vgpu_track_destroy(t);
	t = run("RESOURCE_CREATE_BLOB resource_id=8 blob_mem=2 size=8192;"
		"RESOURCE_MAP_BLOB resource_id=8; RESOURCE_UNMAP_BLOB resource_id=8");
	assert_false(vgpu_track_resource(t, 8)->mapped);
	vgpu_track_destroy(t);
}

static void answers_tell_of_the_device(void **state)
{
	struct vgpu_track *t =
		run("GET_DISPLAY_INFO -> OK_DISPLAY_INFO pmodes[1].r.width=640 pmodes[1].enabled=1;"
		    "GET_CAPSET_INFO -> OK_CAPSET_INFO capset_id=2 capset_max_version=2 "
		    "capset_max_size=1376;"
		    "GET_CAPSET capset_id=6 -> OK_CAPSET bytes=100");

	(void)state;
	assert_true(vgpu_track_scanout(t, 1)->enabled);
	assert_int_equal(vgpu_track_scanout(t, 1)->display.width, 640);
	assert_int_equal(vgpu_track_capset(t, 2)->max_size, 1376);
	assert_non_null(vgpu_track_capset_next(t, NULL));
	vgpu_track_destroy(t);
}

static void cursors(void **state)
{
	struct vgpu_track *t = run("UPDATE_CURSOR resource_id=4 scanout_id=1 x=5 y=6 hot_x=1;"
				   "MOVE_CURSOR scanout_id=1 x=50 y=60 resource_id=99");
	const struct vgpu_track_cursor *c = vgpu_track_cursor(t, 1);
	struct vgpu_track_totals totals;

	(void)state;
	assert_int_equal(c->resource_id, 4);
	assert_int_equal(c->x, 50);
	assert_int_equal(c->hot_x, 1);
	assert_int_equal(c->moves, 1);
	vgpu_track_totals(t, &totals);
	assert_int_equal(totals.pending, 0); /* no answer comes */
	vgpu_track_destroy(t);
}

static int note_change(void *data, const struct vgpu_track_change *change)
{
	char *text = data, one[64];

	snprintf(one, sizeof(one), "%d:%llu%s%s ", change->object, (unsigned long long)change->id,
		 change->before ? "" : "+", change->after ? "" : "-");
	strcat(text, one);
	return 0;
}

static void snapshots_and_differences(void **state)
{
	struct vgpu_track *t = run(MAKE "CTX_CREATE ctx_id=1"), *before;
	struct script s = script_for(t);
	char text[256] = "";

	(void)state;
	assert_int_equal(vgpu_track_copy(t, &before), 0);
	assert_int_equal(vgpu_track_diff(before, t, note_change, text), 0);
	assert_string_equal(text, "");
	s.number = 10;
	script_run(&s, "CTX_DESTROY ctx_id=1; CTX_CREATE ctx_id=2; RESOURCE_UNREF resource_id=3;"
		       "RESOURCE_CREATE_2D resource_id=4 width=1 height=1 flags=1 fence_id=9");
	vgpu_track_diff(before, t, note_change, text);
	assert_string_equal(text, "0:1- 0:2+ 1:3- 1:4+ 2:1 4:18446744073709551615+ ");
	assert_non_null(vgpu_track_resource(before, 3)); /* goes its own way */
	vgpu_track_destroy(before);
	vgpu_track_destroy(t);
}

static void json(void **state)
{
	struct vgpu_track *t = run(MAKE "CTX_CREATE ctx_id=2 -> none");
	struct vgpu_buffer buffer;
	static char text[8192];
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, text, sizeof(text));

	(void)state;
	assert_int_equal(vgpu_track_json(t, &sink), 0);
	assert_true(buffer.length < sizeof(text));
	assert_non_null(strstr(text, "\"resources\":[{\"id\":3,\"kind\":\"2d\""));
	assert_non_null(strstr(text, "\"pending\":[{\"number\":6,"));
	vgpu_track_destroy(t);
}

static void memory_is_bounded(void **state)
{
	struct vgpu_track_options options = { .memory_max = 512 << 10 };
	struct vgpu_resource_create_2d c = { .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D, .format = 1 };
	uint8_t wire[VGPU_RESOURCE_CREATE_2D_SIZE];
	struct vgpu_track_message m = { .wire = wire, .size = sizeof(wire), .room = UINT32_MAX };
	struct vgpu_track_totals totals;
	struct vgpu_track *t;
	int err = 0;

	(void)state;
	assert_int_equal(vgpu_track_create(&t, &options), 0);
	for (uint32_t i = 0; i < 20000; i++) {
		m.number = i + 1;
		c.resource_id = (i + 1) * 2654435761u; /* all over the place, and never answered */
		vgpu_encode_resource_create_2d(&c, wire, sizeof(wire));
		err = vgpu_track_request(t, &m);
	}
	assert_int_equal(err, VGPU_ERR_TOO_LARGE);
	assert_true(vgpu_track_is_partial(t));
	vgpu_track_totals(t, &totals);
	assert_true(totals.memory <= options.memory_max);
	assert_true(totals.resources > 500);
	vgpu_track_reset(t);
	assert_false(vgpu_track_is_partial(t));
	vgpu_track_destroy(t);
	options.memory_max = 1000;
	assert_int_equal(vgpu_track_create(&t, &options), VGPU_ERR_TOO_LARGE);
	vgpu_track_destroy(NULL);
}

static void unanswered_commands_are_dropped_in_the_end(void **state)
{
	struct vgpu_ctrl_hdr hdr = { .type = VGPU_CMD_GET_DISPLAY_INFO, .flags = VGPU_FLAG_FENCE };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];
	struct vgpu_track_message m = { .wire = wire, .size = sizeof(wire), .room = 408 };
	struct vgpu_track *t;
	struct vgpu_track_totals totals;

	(void)state;
	assert_int_equal(vgpu_track_create(&t, NULL), 0);
	for (uint32_t i = 1; i <= 20000; i++) {
		m.number = i;
		hdr.fence_id = i;
		vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
		assert_int_equal(vgpu_track_request(t, &m), 0);
	}
	vgpu_track_totals(t, &totals);
	assert_true(totals.pending <= 8192);
	assert_int_equal(vgpu_track_timeline(t, false, 0, 0)->pending, totals.pending);
	assert_int_equal(vgpu_track_pending_next(t, NULL)->number, 20000 - totals.pending + 1);
	vgpu_track_destroy(t);
}

static void what_is_missing_makes_it_partial(void **state)
{
	struct vgpu_track *t = run(MAKE "RESOURCE_UNREF resource_id=3; @between");

	(void)state;
	assert_true(vgpu_track_is_partial(t));
	assert_false(vgpu_track_is_certain(t, 6));
	assert_true(vgpu_track_is_certain(t, 7));
	assert_int_equal(vgpu_track_resource_destroyed(t, 3), 0);
	vgpu_track_destroy(t);
	t = run("@before;" MAKE "SET_SCANOUT resource_id=99 r.width=9");
	assert_true(vgpu_track_is_partial(t));
	assert_true(vgpu_track_is_certain(t, 1));
	assert_int_equal(vgpu_track_scanout(t, 0)->resource_id, 99);
	vgpu_track_destroy(t);
}

static void nonsense_is_refused(void **state)
{
	struct vgpu_track_message m = { .number = 1, .wire = (const uint8_t *)"abc", .size = 3 };
	struct vgpu_track *t = run("");

	(void)state;
	assert_int_equal(vgpu_track_request(t, &m), VGPU_ERR_TRUNCATED);
	assert_int_equal(vgpu_track_response(t, &m), VGPU_ERR_UNKNOWN);
	vgpu_track_destroy(t);
	t = run("0x1206; RESOURCE_FLUSH resource_id=5; CTX_DESTROY ctx_id=1; SET_SCANOUT "
		"scanout_id=77;"
		"SET_SCANOUT resource_id=4; UPDATE_CURSOR scanout_id=16; RESOURCE_UNREF bytes=28;"
		"CTX_CREATE ctx_id=0; CTX_DETACH_RESOURCE ctx_id=1 resource_id=1");
	assert_null(vgpu_track_resource_next(t, NULL));
	assert_null(vgpu_track_context_next(t, NULL));
	vgpu_track_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resource_of_a_framebuffer),
		cmocka_unit_test(destroyed_ids_are_remembered),
		cmocka_unit_test(refused_commands_have_no_effect),
		cmocka_unit_test(contexts_know_their_language),
		cmocka_unit_test(drm_contexts_know_their_driver),
		cmocka_unit_test(streams_move_bytes),
		cmocka_unit_test(a_fence_completes_all_below_it),
		cmocka_unit_test(timelines_end_with_their_context),
		cmocka_unit_test(blobs),
		cmocka_unit_test(answers_tell_of_the_device),
		cmocka_unit_test(cursors),
		cmocka_unit_test(snapshots_and_differences),
		cmocka_unit_test(json),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(unanswered_commands_are_dropped_in_the_end),
		cmocka_unit_test(what_is_missing_makes_it_partial),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
