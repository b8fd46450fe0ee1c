/* SPDX-License-Identifier: MIT */
/* Snapshots and differences at any command, totals, attachments, mapped blobs; refusals. */
#include "track-script.h"

#define SETUP                                                                                 \
	"CTX_CREATE ctx_id=1 context_init=0x2 nlen=4 debug_name=0x73257822;"                  \
	"RESOURCE_CREATE_2D resource_id=3 format=2 width=64 height=32;"                       \
	"RESOURCE_ATTACH_BACKING resource_id=3 entries=4096,4096;"                            \
	"CTX_ATTACH_RESOURCE ctx_id=1 resource_id=3;"                                         \
	"RESOURCE_CREATE_BLOB resource_id=8 blob_mem=2 blob_flags=1 size=8192;"               \
	"RESOURCE_MAP_BLOB resource_id=8 offset=16384 -> OK_MAP_INFO map_info=3;"             \
	"RESOURCE_ASSIGN_UUID resource_id=8;"                                                 \
	"SET_SCANOUT_BLOB resource_id=8 scanout_id=2 width=32 height=16 format=2 r.width=32;" \
	"UPDATE_CURSOR resource_id=4 scanout_id=1 x=5;"                                       \
	"GET_CAPSET_INFO -> OK_CAPSET_INFO capset_id=2 capset_max_size=1376;"

static char text[32768];

static const char *diff(const struct vgpu_track *before, const struct vgpu_track *after)
{
	struct vgpu_buffer buffer;
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, text, sizeof(text));

	assert_int_equal(vgpu_track_diff_json(before, after, &sink), 0);
	assert_true(buffer.length < sizeof(text));
	return text;
}

static void what_a_command_changes(void **state)
{
	struct vgpu_track *t = run(SETUP), *before;
	struct script s = script_for(t);

	(void)state;
	s.number = 20;
	assert_int_equal(vgpu_track_copy(t, &before), 0);
	assert_string_equal(diff(before, t), "{}");
	script_run(&s, "TRANSFER_TO_HOST_2D resource_id=3 r.width=16 r.height=8");
	assert_string_equal(diff(before, t),
			    "{\"resources\":[{\"id\":3,\"before\":{\"to_host_bytes\":0},"
			    "\"after\":{\"to_host_bytes\":512}}]}");
	script_run(&s, "SET_SCANOUT resource_id=3 scanout_id=0 r.width=64 r.height=32");
	diff(before, t);
	assert_non_null(strstr(text,
			       "{\"id\":0,\"before\":{\"resource_id\":0,\"r\":{\"x\":0,\"y\":0,"
			       "\"width\":0,\"height\":0},\"set\":0},\"after\":{\"resource_id\":3,"
			       "\"r\":{\"x\":0,\"y\":0,\"width\":64,\"height\":32},\"set\":22}}"));
	vgpu_track_destroy(before);
	vgpu_track_destroy(t);
}

static void what_begins_and_ends(void **state)
{
	struct vgpu_track *t = run(SETUP), *before;
	struct script s = script_for(t);

	(void)state;
	s.number = 20;
	assert_int_equal(vgpu_track_copy(t, &before), 0);
	script_run(&s, "CTX_DESTROY ctx_id=1; MOVE_CURSOR scanout_id=1 x=50;"
		       "CTX_CREATE ctx_id=5;"
		       "SUBMIT_3D ctx_id=5 flags=3 ring_idx=1 fence_id=9 -> none;"
		       "GET_DISPLAY_INFO flags=1 fence_id=7");
	diff(before, t);
	assert_non_null(strstr(text, "{\"contexts\":[{\"id\":1,\"before\":{\"capset\":2,"));
	assert_non_null(
		strstr(text, "\"after\":null},{\"id\":5,\"before\":null,\"after\":{\"capset\":0,"));
	assert_non_null(strstr(text,
			       "\"cursors\":[{\"scanout_id\":1,\"before\":{\"x\":5,\"moves\":0},"
			       "\"after\":{\"x\":50,\"moves\":1}}]"));
	assert_non_null(strstr(text, "\"timelines\":[{\"ctx_id\":5,\"ring_idx\":1,\"before\":null,"
				     "\"after\":{\"queued\":9,\"completed\":0,\"pending\":1}},"
				     "{\"before\":null,\"after\":{\"queued\":7,"));
	assert_non_null(strstr(text, "\"attachments\":[{\"ctx_id\":1,\"resource_id\":3,"
				     "\"before\":{\"attached\":4},\"after\":null}]"));
	assert_non_null(strstr(text,
			       "\"pending\":[{\"number\":24,\"before\":null,\"after\":{\"queue\":0,"
			       "\"cmd\":\"SUBMIT_3D\","));
	/* The other way round, every beginning is an end. */
	diff(t, before);
	assert_non_null(
		strstr(text, "{\"contexts\":[{\"id\":1,\"before\":null,\"after\":{\"capset\":2,"));
	vgpu_track_destroy(before);
	vgpu_track_destroy(t);
}

static int stop_at(void *data, const struct vgpu_track_change *change)
{
	return change->object == *(enum vgpu_track_object *)data ? 77 : 0;
}

static int no_room(void *data, const char *bytes, size_t size)
{
	(void)data;
	(void)bytes;
	(void)size;
	return -5;
}

static void whoever_listens_may_stop(void **state)
{
	struct vgpu_track *t = run(SETUP "GET_EDID flags=1 fence_id=3 -> none"), *empty = run("");
	struct vgpu_sink sink = { no_room, NULL };

	(void)state;
	for (int i = 0; i < VGPU_TRACK_OBJECT_COUNT; i++) {
		enum vgpu_track_object object = (enum vgpu_track_object)i;

		assert_int_equal(vgpu_track_diff(empty, t, stop_at, &object), 77);
	}
	assert_int_equal(vgpu_track_diff_json(empty, t, &sink), -5);
	assert_int_equal(vgpu_track_json(t, &sink), -5);
	vgpu_track_destroy(empty);
	vgpu_track_destroy(t);
}

static void state_as_json(void **state)
{
	struct vgpu_track *t = run(SETUP
				   "GET_CAPSET capset_id=6 -> OK_CAPSET bytes=100;"
				   "RESOURCE_CREATE_BLOB resource_id=9 size=0x8000000000000000;"
				   "SUBMIT_3D ctx_id=1 flags=3 fence_id=9 ring_idx=2 -> none");
	struct vgpu_buffer buffer;
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, text, sizeof(text));

	(void)state;
	assert_int_equal(vgpu_track_json(t, &sink), 0);
	assert_non_null(
		strstr(text, "\"attachments\":[{\"ctx_id\":1,\"resource_id\":3,\"attached\":4}]"));
	assert_non_null(strstr(text, "\"uuid\":\"00000000000000000000000000000000\""));
	assert_non_null(strstr(text, "\"mapped\":true,\"map_offset\":16384,\"map_info\":3"));
	assert_non_null(strstr(text, "\"blob_size\":\"9223372036854775808\""));
	assert_non_null(strstr(text, "\"width\":32,\"height\":16,\"format\":\"B8G8R8X8_UNORM\","
				     "\"stride\":0,\"offset\":0"));
	assert_non_null(strstr(text, "{\"ctx_id\":1,\"ring_idx\":2,\"queued\":9"));
	assert_non_null(strstr(text, "\"fence_id\":9,\"completed\":false"));
	assert_non_null(
		strstr(text, "{\"id\":2,\"name\":\"VIRGL2\",\"max_version\":0,\"max_size\":1376}"));
	vgpu_track_destroy(t);
}

static void totals_and_walks(void **state)
{
	struct vgpu_track *t =
		run(SETUP "TRANSFER_TO_HOST_2D resource_id=3 r.width=16 r.height=8;"
			  "RESOURCE_CREATE_BLOB resource_id=9 blob_mem=2 size=4096;"
			  "RESOURCE_MAP_BLOB resource_id=9 offset=0; RESOURCE_UNREF resource_id=3");
	const struct vgpu_track_attachment *a = vgpu_track_attachment_next(t, NULL);
	struct vgpu_track_totals totals;

	(void)state;
	assert_null(a); /* the resource is gone */
	vgpu_track_totals(t, &totals);
	assert_int_equal(totals.mapped, 2);
	assert_int_equal(totals.mapped_bytes, 8192 + 4096);
	assert_int_equal(totals.to_host_bytes, 512); /* although the resource is gone */
	assert_int_equal(vgpu_track_mapped(t, 0)->id, 9);
	assert_int_equal(vgpu_track_mapped(t, 4095)->id, 9);
	assert_null(vgpu_track_mapped(t, 4096));
	assert_int_equal(vgpu_track_mapped(t, 16384)->id, 8);
	assert_int_equal(vgpu_track_mapped(t, 24575)->id, 8);
	assert_null(vgpu_track_mapped(t, 24576));
	assert_null(vgpu_track_mapped(t, UINT64_MAX));
	vgpu_track_destroy(t);
	t = run("CTX_CREATE ctx_id=2; CTX_CREATE ctx_id=1; RESOURCE_CREATE_2D resource_id=7;"
		"RESOURCE_CREATE_2D resource_id=6; CTX_ATTACH_RESOURCE ctx_id=2 resource_id=6;"
		"CTX_ATTACH_RESOURCE ctx_id=1 resource_id=7; CTX_ATTACH_RESOURCE ctx_id=1 "
		"resource_id=6;"
		"CTX_ATTACH_RESOURCE ctx_id=1 resource_id=6");
	a = vgpu_track_attachment_next(t, NULL);
	assert_true(a->ctx_id == 1 && a->resource_id == 6 && a->attached == 7);
	a = vgpu_track_attachment_next(t, a);
	assert_true(a->ctx_id == 1 && a->resource_id == 7 && a->attached == 6);
	a = vgpu_track_attachment_next(t, a);
	assert_true(a->ctx_id == 2 && a->resource_id == 6 && a->attached == 5);
	assert_null(vgpu_track_attachment_next(t, a));
	vgpu_track_destroy(t);
}

static void counters_end_at_their_largest_value(void **state)
{
	struct vgpu_track *t =
		run("RESOURCE_CREATE_3D resource_id=1 target=3 format=31 width=9 height=9;"
		    "TRANSFER_TO_HOST_3D resource_id=1 w=0xffffffff h=0xffffffff d=0xffffffff;"
		    "TRANSFER_TO_HOST_3D resource_id=1 w=0xffffffff h=0xffffffff d=0xffffffff;"
		    "TRANSFER_FROM_HOST_3D resource_id=1 w=1 h=1 d=1");

	(void)state;
	assert_true(vgpu_track_resource(t, 1)->to_host_bytes == UINT64_MAX);
	assert_int_equal(vgpu_track_resource(t, 1)->from_host_bytes, 16);
	vgpu_track_destroy(t);
}

/* Every command, cut anywhere within what it must have: no effect, and said so. */
static void every_truncation(void **state)
{
	struct vgpu_track *t = run(SETUP), *before;
	uint8_t wire[256] = { 0 };
	bool asks;
	int err;

	(void)state;
	assert_int_equal(vgpu_track_copy(t, &before), 0);
	for (uint32_t type = 0; type < 0x400; type++) {
		const struct vgpu_cmd_info *info = vgpu_cmd_info(type);

		for (size_t n = 0; info && n < info->request_size; n++) {
			struct vgpu_track_message m = {
				.number = 1000, .room = 0, .wire = wire, .size = n
			};

			wire[0] = (uint8_t)type;
			wire[1] = (uint8_t)(type >> 8);
			wire[16] = 1; /* ctx_id */
			err = vgpu_track_request(t, &m);
			/* What only asks has no effect that a cut could prevent. */
			asks = n >= VGPU_CTRL_HDR_SIZE && !strncmp(info->name, "GET_", 4);
			assert_true(err == VGPU_ERR_TRUNCATED || (asks && !err));
		}
	}
	assert_string_equal(diff(before, t), "{}");
	vgpu_track_destroy(before);
	vgpu_track_destroy(t);
}

/* With any limit: it is kept, what does not fit has no effect, and a copy is whole or none. */
static void any_limit(void **state)
{
	(void)state;
	for (size_t max = 0; max < 400000; max += 1000) {
		struct vgpu_track_options options = { .memory_max = max ? max : 1 };
		struct vgpu_track_totals totals;
		struct vgpu_track *t, *copy;
		struct script s;

		if (vgpu_track_create(&t, &options)) {
			assert_null(t);
			continue;
		}
		s = script_for(t);
		script_run(&s, SETUP "SUBMIT_3D ctx_id=1 flags=3 ring_idx=1 fence_id=10 -> none;"
				     "GET_EDID -> none; CTX_CREATE ctx_id=9; CTX_DESTROY ctx_id=1");
		vgpu_track_totals(t, &totals);
		assert_true(totals.memory <= options.memory_max);
		if (!vgpu_track_copy(t, &copy)) {
			assert_string_equal(diff(t, copy), "{}");
			vgpu_track_destroy(copy);
		}
		vgpu_track_destroy(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_command_changes),
		cmocka_unit_test(what_begins_and_ends),
		cmocka_unit_test(whoever_listens_may_stop),
		cmocka_unit_test(state_as_json),
		cmocka_unit_test(totals_and_walks),
		cmocka_unit_test(counters_end_at_their_largest_value),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(any_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
