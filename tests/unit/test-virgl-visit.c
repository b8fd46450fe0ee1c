/* SPDX-License-Identifier: MIT */
/* The fields of virgl commands: what golden files cannot show. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include <vgpu/describe.h>
#include <vgpu/error.h>
#include <vgpu/virgl-codec.h>

#include "under-valgrind.h"

static struct vgpu_virgl_cmd make(const uint8_t *payload, unsigned int opcode, unsigned int object,
				  unsigned int length)
{
	return (struct vgpu_virgl_cmd) { .offset = 100,
					 .opcode = (uint8_t)opcode,
					 .object = (uint8_t)object,
					 .length = (uint16_t)length,
					 .available = length,
					 .payload = payload };
}

struct expected {
	const char *path;
	enum vgpu_field_type type;
	uint64_t value;
	size_t offset;
	unsigned int shift, bits;
	const char *text, *unit;
};

struct check {
	const struct expected *next, *end;
	int depth;
};

static int compare(void *data, const struct vgpu_field *f)
{
	struct check *c = data;
	const struct expected *e = c->next;

	c->depth += f->event == VGPU_FIELD_BEGIN;
	c->depth -= f->event == VGPU_FIELD_END;
	if (f->event != VGPU_FIELD_VALUE)
		return 0;
	assert_ptr_not_equal(e, c->end);
	assert_string_equal(f->path, e->path);
	assert_int_equal(f->type, e->type);
	assert_int_equal(f->value, e->value);
	assert_int_equal(f->offset, e->offset);
	assert_int_equal(f->shift, e->shift);
	assert_int_equal(f->bits, e->bits);
	if (f->type == VGPU_FIELD_ENUM && e->text)
		assert_string_equal(f->text, e->text);
	else
		assert_null(f->text);
	if (e->unit)
		assert_string_equal(f->unit, e->unit);
	else
		assert_null(f->unit);
	c->next++;
	return 0;
}

static void names_types_places(void **state)
{
	static const uint8_t view[24] = { 1, [4] = 2, [8] = 67, 0,        0, 2,           [12] = 3,
					  0, 4,       0,        [16] = 5, 6, [20] = 0x88, 0x1a };
	static const struct expected of_view[] = {
		{ "handle", VGPU_FIELD_UINT, 1, 104, 0, 0, NULL, NULL },
		{ "resource_id", VGPU_FIELD_UINT, 2, 108, 0, 0, NULL, NULL },
		{ "format", VGPU_FIELD_ENUM, 67, 112, 0, 24, "R8G8B8A8_UNORM", NULL },
		{ "target", VGPU_FIELD_ENUM, 2, 112, 24, 8, "TEXTURE_2D", NULL },
		{ "first_layer", VGPU_FIELD_UINT, 3, 116, 0, 16, NULL, NULL },
		{ "last_layer", VGPU_FIELD_UINT, 4, 116, 16, 16, NULL, NULL },
		{ "first_level", VGPU_FIELD_UINT, 5, 120, 0, 8, NULL, NULL },
		{ "last_level", VGPU_FIELD_UINT, 6, 120, 8, 8, NULL, NULL },
		{ "swizzle_r", VGPU_FIELD_ENUM, 0, 124, 0, 3, "X", NULL },
		{ "swizzle_g", VGPU_FIELD_ENUM, 1, 124, 3, 3, "Y", NULL },
		{ "swizzle_b", VGPU_FIELD_ENUM, 2, 124, 6, 3, "Z", NULL },
		{ "swizzle_a", VGPU_FIELD_ENUM, 5, 124, 9, 3, "ONE", NULL },
		{ "swizzle_rest", VGPU_FIELD_HEX, 0x1000, 124, 0, 0, NULL, NULL },
	};
	static const uint8_t buffers[24] = { 16, [4] = 1, 1, [8] = 9, [20] = 7 };
	static const struct expected of_buffers[] = {
		{ "buffers[0].stride", VGPU_FIELD_UINT, 16, 104, 0, 0, NULL, "bytes" },
		{ "buffers[0].offset", VGPU_FIELD_UINT, 257, 108, 0, 0, NULL, "bytes" },
		{ "buffers[0].resource_id", VGPU_FIELD_UINT, 9, 112, 0, 0, NULL, NULL },
		{ "buffers[1].stride", VGPU_FIELD_UINT, 0, 116, 0, 0, NULL, "bytes" },
		{ "buffers[1].offset", VGPU_FIELD_UINT, 0, 120, 0, 0, NULL, "bytes" },
		{ "buffers[1].resource_id", VGPU_FIELD_UINT, 7, 124, 0, 0, NULL, NULL },
	};
	static const uint8_t clear[32] = { 4, [4] = 0, 0, 0x80, 0x3f, [26] = 0xe0, 0x3f, [28] = 1 };
	static const struct expected of_clear[] = {
		{ "buffers", VGPU_FIELD_FLAGS, 4, 104, 0, 0, NULL, NULL },
		{ "color[0]", VGPU_FIELD_FLOAT, 0x3f800000, 108, 0, 0, NULL, NULL },
		{ "color[1]", VGPU_FIELD_FLOAT, 0, 112, 0, 0, NULL, NULL },
		{ "color[2]", VGPU_FIELD_FLOAT, 0, 116, 0, 0, NULL, NULL },
		{ "color[3]", VGPU_FIELD_FLOAT, 0, 120, 0, 0, NULL, NULL },
		{ "depth", VGPU_FIELD_DOUBLE, 0x3fe0000000000000, 124, 0, 0, NULL, NULL },
		{ "stencil", VGPU_FIELD_UINT, 1, 132, 0, 0, NULL, NULL },
	};
	struct check c = { of_view, of_view + sizeof(of_view) / sizeof(of_view[0]), 0 };
	struct vgpu_virgl_cmd cmd =
		make(view, VGPU_VIRGL_CREATE_OBJECT, VGPU_VIRGL_OBJECT_SAMPLER_VIEW, 6);

	(void)state;
	assert_int_equal(vgpu_virgl_visit(&cmd, compare, &c), 0);
	assert_ptr_equal(c.next, c.end);
	c = (struct check) { of_buffers, of_buffers + 6, 0 };
	cmd = make(buffers, VGPU_VIRGL_SET_VERTEX_BUFFERS, 0, 6);
	assert_int_equal(vgpu_virgl_visit(&cmd, compare, &c), 0);
	assert_ptr_equal(c.next, c.end);
	c = (struct check) { of_clear, of_clear + 7, 0 };
	cmd = make(clear, VGPU_VIRGL_CLEAR, 0, 8);
	assert_int_equal(vgpu_virgl_visit(&cmd, compare, &c), 0);
	assert_ptr_equal(c.next, c.end);
	assert_int_equal(c.depth, 0);
}

/* Which bits of each payload dword some field has shown. */
struct coverage {
	uint32_t dwords[64];
	size_t payload; /* its offset */
};

static int cover(void *data, const struct vgpu_field *f)
{
	struct coverage *c = data;
	size_t at = (f->offset - c->payload) / 4;
	uint32_t mask = UINT32_MAX;

	if (f->event != VGPU_FIELD_VALUE)
		return 0;
	if (f->bits)
		mask = (uint32_t)(((1ull << f->bits) - 1) << f->shift);
	else if (f->type == VGPU_FIELD_HEX && strlen(f->name ?: "") >= 4 &&
		 !strcmp(f->name + strlen(f->name) - 4, "rest"))
		mask = (uint32_t)f->value;
	for (size_t i = 0; i < f->size / 4; i++) {
		assert_int_equal(c->dwords[at + i] & mask, 0);
		c->dwords[at + i] |= mask;
	}
	return 0;
}

/* With all bits set, every bit is shown once: fields do not overlap and none is left out. */
static void every_bit_once(void **state)
{
	uint8_t ones[64 * 4];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (unsigned int opcode = 0; opcode < 64; opcode++)
		for (unsigned int object = 0; object < (opcode == 1 ? 14u : 1u); object++)
			for (unsigned int length = 0; length < 50; length++) {
				struct vgpu_virgl_cmd cmd = make(ones, opcode, object, length);
				struct coverage c = { .payload = 104 };
				int err = vgpu_virgl_visit(&cmd, cover, &c);

				if (opcode == VGPU_VIRGL_NOP || opcode == VGPU_VIRGL_END_TRANSFERS)
					continue;
				assert_int_equal(err, vgpu_virgl_check_length(&cmd));
				/* Half a double is the one thing that is left out. */
				if (opcode == VGPU_VIRGL_CLEAR && length == 6)
					continue;
				if (opcode == VGPU_VIRGL_PIPE_RESOURCE_SET_TYPE && length == 7)
					continue;
				for (unsigned int i = 0; i < length; i++)
					assert_int_equal(c.dwords[i], UINT32_MAX);
				assert_int_equal(c.dwords[length], 0);
			}
}

static int discard(void *data, const char *text, size_t size)
{
	(void)text;
	*(size_t *)data += size;
	return 0;
}

static int no_field(void *data, const struct vgpu_field *f)
{
	(void)data;
	(void)f;
	return 42;
}

/* Mesa leaves the payload of END_TRANSFERS unwritten: here it cannot even be read. */
static void ignored_payload_is_not_read(void **state)
{
	static const unsigned int opcodes[] = { VGPU_VIRGL_NOP, VGPU_VIRGL_END_TRANSFERS };
	void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t total = 0;
	struct vgpu_sink sink = { discard, &total };

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	for (unsigned int i = 0; i < 2; i++) {
		struct vgpu_virgl_cmd cmd = make(page, opcodes[i], 0, 1023);
		struct vgpu_virgl_transfer t;
		union vgpu_virgl_any any;

		assert_int_equal(vgpu_virgl_visit(&cmd, no_field, NULL), 0);
		assert_int_equal(vgpu_virgl_check_length(&cmd), 0);
		assert_int_equal(vgpu_virgl_cmd_transfer(&cmd, &t), 0);
		assert_int_equal(vgpu_virgl_decode(vgpu_virgl_layout(&cmd), &cmd, &any), 0);
		assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
		assert_int_equal(vgpu_virgl_json(&cmd, &sink), 0);
	}
	munmap(page, 4096);
}

static int stop_at(void *data, const struct vgpu_field *f)
{
	(void)f;
	return --*(int *)data ? 0 : 42;
}

/* Whatever step it is, the visitor's answer comes back at once. */
static void visitor_stops_anywhere(void **state)
{
	static const uint8_t zeros[4 * 64];
	static const uint8_t shader[4 * 40] = { [16] = 2 };

	(void)state;
	for (unsigned int opcode = 0; opcode < 65; opcode++)
		for (unsigned int object = 0; object < (opcode == 1 ? 13u : 1u); object++) {
			const uint8_t *payload = object == VGPU_VIRGL_OBJECT_SHADER ? shader
										    : zeros;
			struct vgpu_virgl_cmd cmd = make(payload, opcode, object, 33);

			for (int steps = 1;; steps++) {
				int left = steps, got = vgpu_virgl_visit(&cmd, stop_at, &left);

				if (got != 42) {
					assert_true(left > 0);
					break;
				}
				assert_int_equal(left, 0);
			}
		}
}

static void text_is(uint32_t bits, const char *expected)
{
	uint8_t payload[16] = { 0 };
	struct vgpu_virgl_cmd cmd = make(payload, VGPU_VIRGL_SET_BLEND_COLOR, 0, 4);
	char text[128], whole[128] = "SET_BLEND_COLOR length=4 color=[";
	struct vgpu_buffer b;
	struct vgpu_sink sink = vgpu_buffer_sink(&b, text, sizeof(text));

	for (unsigned int i = 0; i < 4; i++)
		payload[i] = (uint8_t)(bits >> 8 * i);
	strcat(strcat(whole, expected), ",0,0,0]");
	assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
	assert_string_equal(text, whole);
}

static void floats(void **state)
{
	(void)state;
	text_is(0x00000000, "0");
	text_is(0x80000000, "-0");
	text_is(0x3f800000, "1");
	text_is(0xc0200000, "-2.5");
	text_is(0x3dcccccd, "0.1");
	text_is(0x3f7fffff, "0.99999994");
	text_is(0x40490fdb, "3.1415927");
	text_is(0x4b800000, "16777216");
	text_is(0x4e6e6b28, "1000000000");
	text_is(0x7149f2ca, "1e+30");
	text_is(0x3a83126f, "0.001");
	text_is(0x38d1b717, "0.0001");
	text_is(0x3727c5ac, "1e-05");
	text_is(0x00800000, "1.1754944e-38");
	text_is(0x00000001, "1e-45");
	text_is(0x7f7fffff, "3.4028235e+38");
	text_is(0x7f800000, "inf");
	text_is(0xff800000, "-inf");
	text_is(0x7fc00000, "nan(0x7fc00000)");
	text_is(0xffffffff, "nan(0xffffffff)");
}

static void odd_doubles(void **state)
{
	static const struct {
		uint64_t bits;
		const char *text, *json;
	} cases[] = {
		{ 0x7ff0000000000000, "depth=inf ", "\"depth\":\"inf\"," },
		{ 0xfff0000000000000, "depth=-inf ", "\"depth\":\"-inf\"," },
		{ 0x7ff8000000000001, "depth=nan(0x7ff8000000000001) ",
		  "\"depth\":\"nan(0x7ff8000000000001)\"," },
		{ 0x8000000000000000, "depth=-0 ", "\"depth\":-0," },
		{ 0x3fe0000000000000, "depth=0.5 ", "\"depth\":0.5," },
		{ 0x433fffffffffffff, "depth=9007199254740991 ", "\"depth\":9007199254740991," },
		{ 0x0000000000000001, "depth=5e-324 ", "\"depth\":5e-324," },
		{ 0x7fefffffffffffff, "depth=1.7976931348623157e+308 ",
		  "\"depth\":1.7976931348623157e+308," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t payload[32] = { 0 };
		struct vgpu_virgl_cmd cmd = make(payload, VGPU_VIRGL_CLEAR, 0, 8);
		char text[300];
		struct vgpu_buffer b;
		struct vgpu_sink sink = vgpu_buffer_sink(&b, text, sizeof(text));

		for (unsigned int k = 0; k < 8; k++)
			payload[20 + k] = (uint8_t)(cases[i].bits >> 8 * k);
		assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
		assert_non_null(strstr(text, cases[i].text));
		sink = vgpu_buffer_sink(&b, text, sizeof(text));
		assert_int_equal(vgpu_virgl_json(&cmd, &sink), 0);
		assert_non_null(strstr(text, cases[i].json));
	}
}

static float float_of(const char *text)
{
	return strtof(strchr(text, '[') + 1, NULL);
}

/* What is written reads back as the same bits: all exponents, and random ones. */
static void floats_read_back(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (uint32_t i = 0; i < or_under_valgrind(300000, 6000); i++) {
		uint32_t bits = (i / 9 % 255 << 23) + i % 9 - 4;
		uint8_t payload[16] = { 0 };
		struct vgpu_virgl_cmd cmd = make(payload, VGPU_VIRGL_SET_BLEND_COLOR, 0, 4);
		char text[128];
		struct vgpu_buffer b;
		struct vgpu_sink sink = vgpu_buffer_sink(&b, text, sizeof(text));
		float back;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		if (i >= 9 * 255)
			bits = (uint32_t)random;
		if ((bits & 0x7f800000) == 0x7f800000)
			continue;
		for (unsigned int k = 0; k < 4; k++)
			payload[k] = (uint8_t)(bits >> 8 * k);
		assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
		back = float_of(text);
		assert_memory_equal(&back, &bits, 4);
	}
}

static void doubles_read_back(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (uint32_t i = 0; i < or_under_valgrind(30000, 2000); i++) {
		uint64_t bits = ((uint64_t)(i / 9 % 2047) << 52) + i % 9 - 4;
		uint8_t payload[32] = { 0 };
		struct vgpu_virgl_cmd cmd = make(payload, VGPU_VIRGL_CLEAR, 0, 8);
		char text[160];
		struct vgpu_buffer b;
		struct vgpu_sink sink = vgpu_buffer_sink(&b, text, sizeof(text));
		double back;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		if (i >= 9 * 2047)
			bits = random;
		if (i % 4 == 3) { /* short ones */
			back = (double)(random % 10000) / 1000;
			memcpy(&bits, &back, 8);
		}
		if ((bits >> 52 & 0x7ff) == 0x7ff)
			continue;
		for (unsigned int k = 0; k < 8; k++)
			payload[20 + k] = (uint8_t)(bits >> 8 * k);
		assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
		back = strtod(strstr(text, "depth=") + 6, NULL);
		assert_memory_equal(&back, &bits, 8);
		assert_true(strstr(text, " stencil") - strstr(text, "depth=") <= 6 + 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_types_places),
		cmocka_unit_test(every_bit_once),
		cmocka_unit_test(ignored_payload_is_not_read),
		cmocka_unit_test(visitor_stops_anywhere),
		cmocka_unit_test(floats),
		cmocka_unit_test(odd_doubles),
		cmocka_unit_test(floats_read_back),
		cmocka_unit_test(doubles_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
