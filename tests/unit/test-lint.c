/* SPDX-License-Identifier: MIT */
/* Findings of lint: each is made where it belongs, and only there. */
#include <vgpu/lint.h>

#include "lint-cases.h"
#include "script.h"

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

struct seen {
	struct vgpu_lint *lint;
	enum vgpu_lint_code code;
	unsigned int wanted, others;
	uint64_t number;
	size_t offset;
	char text[4096];
};

static void seen_report(void *data, const struct vgpu_finding *f)
{
	struct seen *s = data;
	size_t length = strlen(s->text);

	if (f->code == s->code) {
		s->wanted++;
		s->number = f->number;
		s->offset = f->offset;
	} else if (s->code != VGPU_LINT_FEATURE_REFUSED || f->code != VGPU_LINT_COMMAND_REFUSED) {
		s->others++; /* one refusal among successes is just that */
	}
	assert_int_equal(f->severity, vgpu_lint_rule(f->code)->severity);
	snprintf(s->text + length, sizeof(s->text) - length, "  %llu: %s: %s\n",
		 (unsigned long long)f->number, vgpu_lint_rule(f->code)->name, f->text);
}

static void feed_request(void *data, const struct vgpu_track_message *m)
{
	struct seen *s = data;

	vgpu_lint_request(s->lint, m);
}

static void feed_response(void *data, const struct vgpu_track_message *m)
{
	struct seen *s = data;

	vgpu_lint_response(s->lint, m);
}

/* The device tells which kernel driver its DRM native contexts speak to. */
static void tell_driver(struct seen *s, uint32_t driver)
{
	const struct vgpu_get_capset get = { .hdr.type = VGPU_CMD_GET_CAPSET,
					     .capset_id = VGPU_CAPSET_DRM };
	const struct vgpu_ctrl_hdr hdr = { .type = VGPU_RESP_OK_CAPSET };
	const struct vgpu_capset_drm drm = { .context_type = driver };
	uint8_t wire[VGPU_CTRL_HDR_SIZE + VGPU_CAPSET_DRM_SIZE];
	struct vgpu_track_message m = { .number = 1u << 30, .room = UINT32_MAX, .wire = wire };

	m.size = VGPU_GET_CAPSET_SIZE;
	vgpu_encode_get_capset(&get, wire, sizeof(wire));
	vgpu_lint_request(s->lint, &m);
	m.size = sizeof(wire);
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	vgpu_struct_encode(VGPU_STRUCT_CAPSET_DRM, &drm, wire + VGPU_CTRL_HDR_SIZE,
			   VGPU_CAPSET_DRM_SIZE);
	vgpu_lint_response(s->lint, &m);
}

/* A directive in the middle of a trace; what stands before it was read by run(). */
static void other(void *data, const char *word)
{
	struct seen *s = data;

	if (!strncmp(word, "driver=", 7))
		tell_driver(s, (uint32_t)strtoul(word + 7, NULL, 0));
	else if (!strcmp(word, "reset"))
		vgpu_lint_reset(s->lint);
	else if (!strcmp(word, "before") || !strcmp(word, "between") ||
		 !strcmp(word, "end-is-lost"))
		vgpu_lint_missing(s->lint, !strcmp(word, "before"));
}

static uint32_t option(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? (uint32_t)strtoul(at + strlen(name), NULL, 0) : 0;
}

static void run(struct seen *seen, enum vgpu_lint_code code, const char *text)
{
	struct vgpu_lint_options options = { .report = seen_report, .data = seen };
	struct script s = { feed_request, feed_response, other, seen, 0, { { 0 } } };

	memset(seen, 0, sizeof(*seen));
	seen->code = code;
	options.has_features = strstr(text, "@features=") != NULL;
	options.features = option(text, "@features=");
	options.num_scanouts = option(text, "@scanouts=");
	options.blob_alignment = option(text, "@alignment=");
	options.dialect = (enum vgpu_dialect)option(text, "@dialect=");
	assert_int_equal(vgpu_lint_create(&seen->lint, &options), 0);
	script_run(&s, text);
	vgpu_lint_reset(seen->lint);
	vgpu_lint_destroy(seen->lint);
}

static void every_case(void **state)
{
	static struct seen seen;
	unsigned int failed = 0;

	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		const char *name = vgpu_lint_rule(cases[i].code)->name;

		run(&seen, cases[i].code, cases[i].has);
		if (!seen.wanted) {
			print_error("%s is not found in: %s\n%s", name, cases[i].has, seen.text);
			failed++;
		}
		run(&seen, cases[i].code, cases[i].nearly);
		if (seen.wanted || seen.others) {
			print_error("%s: should be silent: %s\n%s", name, cases[i].nearly,
				    seen.text);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* Every command, cut anywhere within what it must have: that is found, and its fields are not read. */
static void every_truncation(void **state)
{
	static struct seen seen;
	char text[128];

	(void)state;
	for (uint32_t type = 0x100; type < 0x400; type++) {
		const struct vgpu_cmd_info *info = vgpu_cmd_info(type);

		for (uint32_t n = VGPU_CTRL_HDR_SIZE; info && n < info->request_size; n++) {
			snprintf(text, sizeof(text), "%s bytes=%u -> none", info->name, n);
			run(&seen, VGPU_LINT_REQUEST_TRUNCATED, text);
			if (!seen.wanted)
				fail_msg("%s: not found", text);
		}
	}
}

static void every_code_has_a_case(void **state)
{
	bool has[VGPU_LINT_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < N_CASES; i++)
		has[cases[i].code] = true;
	for (int i = 0; i < VGPU_LINT_COUNT; i++) {
		const struct vgpu_lint_rule *rule = vgpu_lint_rule((enum vgpu_lint_code)i);

		if (!has[i])
			fail_msg("%s has no case", rule->name);
		assert_true(strlen(rule->text) > 10);
		assert_true(strlen(rule->source) > 10);
		assert_non_null(vgpu_severity_name(rule->severity));
	}
	assert_null(vgpu_lint_rule(VGPU_LINT_COUNT));
	assert_null(vgpu_severity_name((enum vgpu_severity)3));
}

static void findings_say_where(void **state)
{
	static struct seen seen;

	(void)state;
	run(&seen, VGPU_LINT_FORMAT_NOT_2D,
	    R2D(1) "RESOURCE_CREATE_2D resource_id=2 format=9 width=1 height=1");
	assert_int_equal(seen.wanted, 1);
	assert_int_equal(seen.number, 2);
	assert_int_equal(seen.offset, 28);
	run(&seen, VGPU_LINT_STREAM_LENGTH, CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0x10000,5,7");
	assert_int_equal(seen.offset, 32 + 12); /* the header of CLEAR */
	assert_non_null(strstr(seen.text, "CLEAR of 0 dwords"));
	run(&seen, VGPU_LINT_ENTRY_EMPTY,
	    R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=8,0");
	assert_int_equal(seen.offset, 32 + 16);
	run(&seen, VGPU_LINT_RESOURCE_DESTROYED,
	    R2D(7) "RESOURCE_UNREF resource_id=7; RESOURCE_FLUSH resource_id=7");
	assert_non_null(strstr(seen.text, "resource 7 was destroyed by command 2"));
}

/* The order of a driver that does everything right, from its start to its end. */
static void a_good_life_is_silent(void **state)
{
	static const char life[] =
		"@features=0x1b; @scanouts=1; GET_DISPLAY_INFO; GET_EDID;" CAPSETS
		"GET_CAPSET capset_id=2 capset_version=2 -> OK_CAPSET bytes=1400;" BACKED(
			1) "SET_SCANOUT resource_id=1 r.width=64 r.height=64;"
			   "TRANSFER_TO_HOST_2D resource_id=1 r.width=64 r.height=64 flags=1 "
			   "fence_id=1;"
			   "RESOURCE_FLUSH resource_id=1 r.width=64 r.height=64;"
			   "UPDATE_CURSOR resource_id=1; MOVE_CURSOR x=5;"
			   "CTX_CREATE ctx_id=1 context_init=2 nlen=3;" R3D(2, "")
				   USES(1, 2) "SUBMIT_3D ctx_id=1 flags=1 fence_id=2 "
					      "stream=0xd002b,2,0,0,0,0,0,0,0,64,32,1,0,1"
					      " -> none;"
					      "TRANSFER_FROM_HOST_3D ctx_id=1 resource_id=2 w=64 "
					      "h=32 d=1 flags=1 fence_id=3"
					      " -> none; later 17; later 18;"
					      "SET_SCANOUT; CTX_DETACH_RESOURCE ctx_id=1 "
					      "resource_id=2; CTX_DESTROY ctx_id=1;"
					      "RESOURCE_DETACH_BACKING resource_id=1; "
					      "RESOURCE_UNREF resource_id=1;"
					      "RESOURCE_UNREF resource_id=2";
	static struct seen seen;

	(void)state;
	run(&seen, VGPU_LINT_COUNT, life);
	assert_string_equal(seen.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(every_code_has_a_case),
		cmocka_unit_test(findings_say_where),
		cmocka_unit_test(a_good_life_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
