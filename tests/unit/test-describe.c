/* SPDX-License-Identifier: MIT */
/* What golden files cannot show: sinks that fail, every truncation, paths and offsets. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

static const uint8_t create_2d[40] = { 1, 1, 0, 0, [24] = 3, [28] = 1, [32] = 0, 5, [36] = 0x20, 3 };

static void text_into_a_buffer(void **state)
{
	static const char whole[] = "RESOURCE_CREATE_2D ctx=0 resource_id=3 "
				    "format=B8G8R8A8_UNORM width=1280 height=800";
	char text[128];

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		struct vgpu_buffer b;
		struct vgpu_sink sink = vgpu_buffer_sink(&b, text, size);
		size_t got;

		assert_int_equal(vgpu_request_text(create_2d, 40, NULL, &sink), 0);
		assert_int_equal(b.length, sizeof(whole) - 1);
		got = strlen(text);
		assert_int_equal(got, size <= b.length ? size - 1 : b.length);
		assert_memory_equal(text, whole, got);
	}
}

struct failing {
	unsigned int calls;
	int code;
};

static int refuse(void *data, const char *text, size_t size)
{
	struct failing *f = data;

	(void)text;
	(void)size;
	f->calls++;
	return f->code;
}

static void sink_errors_come_back(void **state)
{
	static const uint8_t display_info[408] = { 1, 0x11 };
	struct failing f = { 0, -28 };
	struct vgpu_sink sink = { refuse, &f };

	(void)state;
	assert_int_equal(vgpu_request_text(create_2d, 40, NULL, &sink), -28);
	assert_int_equal(f.calls, 1);
	assert_int_equal(vgpu_request_json(create_2d, 40, NULL, &sink), -28);
	f.calls = 0;
	/* Longer than the inner buffer: the first failure is the last call. */
	assert_int_equal(vgpu_response_json(0x100, display_info, 408, NULL, &sink), -28);
	assert_int_equal(f.calls, 1);
}

struct seen {
	char paths[16][32];
	size_t offsets[16], sizes[16];
	unsigned int count;
	int depth;
};

static int see(void *data, const struct vgpu_field *f)
{
	struct seen *s = data;

	s->depth += f->event == VGPU_FIELD_BEGIN;
	s->depth -= f->event == VGPU_FIELD_END;
	if (f->event == VGPU_FIELD_VALUE && s->count < 16) {
		strncpy(s->paths[s->count], f->path, 31);
		s->offsets[s->count] = f->offset;
		s->sizes[s->count] = f->size;
		s->count++;
	}
	return 0;
}

static void paths_and_offsets(void **state)
{
	static const struct {
		const char *path;
		size_t offset, size;
	} expected[] = {
		{ "hdr.type", 0, 4 },
		{ "hdr.flags", 4, 4 },
		{ "hdr.fence_id", 8, 8 },
		{ "hdr.ctx_id", 16, 4 },
		{ "hdr.ring_idx", 20, 1 },
		{ "hdr.padding", 21, 3 },
		{ "resource_id", 24, 4 },
		{ "nr_entries", 28, 4 },
		{ "entries[0].addr", 32, 8 },
		{ "entries[0].length", 40, 4 },
		{ "entries[0].padding", 44, 4 },
		{ "entries[1].addr", 48, 8 },
	};
	uint8_t wire[64] = { 6, 1, [28] = 2 };
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(vgpu_request_visit(wire, sizeof(wire), see, &s), 0);
	assert_int_equal(s.depth, 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_string_equal(s.paths[i], expected[i].path);
		assert_int_equal(s.offsets[i], expected[i].offset);
		assert_int_equal(s.sizes[i], expected[i].size);
	}
}

static int stop_at_third(void *data, const struct vgpu_field *f)
{
	(void)f;
	return ++*(int *)data == 3 ? 42 : 0;
}

static void visitor_stops(void **state)
{
	int count = 0;

	(void)state;
	assert_int_equal(vgpu_request_visit(create_2d, 40, stop_at_third, &count), 42);
	assert_int_equal(count, 3);
}

static int discard(void *data, const char *text, size_t size)
{
	size_t *total = data;

	(void)text;
	*total += size;
	return 0;
}

/* JSON without strings: brackets match and every level closes. */
static int balance(void *data, const char *text, size_t size)
{
	int *state = data; /* depth, inside a string, after a backslash */

	for (size_t i = 0; i < size; i++) {
		if (state[2])
			state[2] = 0;
		else if (state[1] && text[i] == '\\')
			state[2] = 1;
		else if (text[i] == '"')
			state[1] = !state[1];
		else if (!state[1] && (text[i] == '{' || text[i] == '['))
			state[0]++;
		else if (!state[1] && (text[i] == '}' || text[i] == ']'))
			state[0]--;
	}
	return 0;
}

/* Every command and response at every length, filled with ones: exact allocations for ASan. */
static void every_truncation(void **state)
{
	const struct vgpu_describe_options verbose = { .verbose = true };
	uint32_t type;
	const char *name;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		bool request = !vgpu_value_at(VGPU_SET_CMD, i, &name, &type);

		if (!request && vgpu_value_at(VGPU_SET_RESP, i - 26, &name, &type))
			break;
		for (size_t size = 0; size < 128; size++) {
			uint8_t *wire = malloc(size ? size : 1);
			size_t total = 0;
			struct vgpu_sink sink = { discard, &total };
			int depth[3] = { 0 };
			struct vgpu_sink json = { balance, depth };
			struct seen s = { 0 };

			assert_non_null(wire);
			memset(wire, 0xff, size ? size : 1);
			for (size_t b = 0; b < 4 && b < size; b++)
				wire[b] = (uint8_t)(type >> 8 * b);
			if (request) {
				vgpu_request_visit(wire, size, see, &s);
				assert_int_equal(vgpu_request_text(wire, size, &verbose, &sink), 0);
				assert_int_equal(vgpu_request_json(wire, size, NULL, &json), 0);
			} else {
				vgpu_response_visit(wire, size, see, &s);
				assert_int_equal(
					vgpu_response_text(0x101, wire, size, &verbose, &sink), 0);
				assert_int_equal(vgpu_response_json(0x101, wire, size, NULL, &json),
						 0);
			}
			assert_true(total > 0);
			assert_int_equal(s.depth, 0);
			assert_int_equal(depth[0], 0);
			assert_int_equal(depth[1], 0);
			free(wire);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_into_a_buffer), cmocka_unit_test(sink_errors_come_back),
		cmocka_unit_test(paths_and_offsets),  cmocka_unit_test(visitor_stops),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
