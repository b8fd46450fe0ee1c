/* SPDX-License-Identifier: MIT */
/* A message in pieces is the message. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/spans.h>

#define PIECES_MAX 64

/* Cut at random into pieces of their own allocations, so that a sanitizer sees a read too far. */
static size_t cut(const uint8_t *wire, size_t size, struct vgpu_span *spans)
{
	size_t count = 0;

	for (size_t at = 0; at < size || count < 2; count++) {
		size_t n = (size_t)rand() % 24;
		uint8_t *piece;

		if (count == PIECES_MAX - 1 || n > size - at)
			n = size - at;
		piece = malloc(n ? n : 1);
		assert_non_null(piece);
		memcpy(piece, wire + at, n);
		spans[count] = (struct vgpu_span) { n ? piece : NULL, n };
		if (!n)
			free(piece);
		at += n;
	}
	return count;
}

static void give_back(const struct vgpu_span *spans, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)spans[i].data);
}

/* Everything that the pieces say, against the whole. */
static void compare(const struct vgpu_negotiated *n, const uint8_t *wire, size_t size)
{
	static union vgpu_any whole, pieced;
	struct vgpu_span spans[PIECES_MAX];
	struct vgpu_tail tail, pieced_tail;
	struct vgpu_mem_entry a, b;
	size_t count = cut(wire, size, spans);
	struct vgpu_spans s;
	uint64_t fence, other;
	uint8_t byte;
	int id, err;

	memset(&whole, 0xee, sizeof(whole));
	memset(&pieced, 0xee, sizeof(pieced));
	vgpu_spans_init(&s, spans, count);
	assert_int_equal(vgpu_spans_left(&s), size);
	id = vgpu_request_decode(n, wire, size, &whole);
	err = vgpu_dialect_tail(n, wire, size, &tail);
	assert_int_equal(vgpu_spans_request(&s, n, &pieced, &pieced_tail), err ? err : id);
	assert_memory_equal(&whole, &pieced, sizeof(whole));
	assert_int_equal(pieced_tail.kind, id < 0 ? VGPU_TAIL_NONE : tail.kind);
	if (id < 0)
		goto out;
	assert_int_equal(pieced_tail.count, tail.count);
	assert_int_equal(pieced_tail.declared, tail.declared);
	assert_int_equal(pieced_tail.size, tail.size);
	assert_int_equal(pieced_tail.fence_count, tail.fence_count);
	assert_int_equal(pieced_tail.fences_declared, tail.fences_declared);
	for (uint32_t i = 0; i < tail.fence_count; i++) {
		assert_int_equal(vgpu_tail_fence(&tail, i, &fence), 0);
		assert_int_equal(vgpu_spans_fence(&s, &other), 0);
		assert_true(fence == other);
	}
	for (uint32_t i = 0; i < tail.count; i++) {
		if (tail.kind == VGPU_TAIL_ENTRIES) {
			assert_int_equal(vgpu_tail_entry(&tail, i, &a), 0);
			assert_int_equal(vgpu_spans_entry(&s, &b), 0);
			assert_memory_equal(&a, &b, sizeof(a));
		} else {
			assert_int_equal(vgpu_spans_read(&s, &byte, 1), 0);
			assert_int_equal(byte, tail.data[i]);
		}
	}
out:
	give_back(spans, count);
}

static void any_request(void **state)
{
	const struct vgpu_negotiated chromium = { .dialect = VGPU_DIALECT_CHROMIUM };
	uint8_t wire[256];
	const char *name;
	uint32_t type;

	(void)state;
	srand(3);
	for (size_t i = 0; !vgpu_value_at(VGPU_SET_CMD, i, &name, &type); i++) {
		for (unsigned int times = 0; times < 200; times++) {
			for (size_t b = 0; b < sizeof(wire); b++)
				wire[b] = rand() % 4 ? 0 : (uint8_t)rand();
			wire[0] = (uint8_t)type;
			wire[1] = (uint8_t)(type >> 8);
			wire[2] = wire[3] = 0;
			compare(times % 2 ? &chromium : NULL, wire, (size_t)rand() % sizeof(wire));
		}
	}
	wire[1] = 9;
	compare(NULL, wire, sizeof(wire));
}

static void reading(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	const struct vgpu_span spans[] = {
		{ NULL, 0 }, { bytes, 2 }, { NULL, 0 }, { bytes + 2, 3 }
	};
	struct vgpu_spans s;
	struct vgpu_mem_entry entry;
	uint8_t out[8];
	uint64_t fence;

	(void)state;
	vgpu_spans_init(&s, NULL, 0);
	assert_int_equal(vgpu_spans_left(&s), 0);
	assert_int_equal(vgpu_spans_read(&s, out, 0), 0);
	assert_int_equal(vgpu_spans_read(&s, out, 1), VGPU_ERR_TRUNCATED);
	assert_int_equal(out[0], 0);

	vgpu_spans_init(&s, spans, 4);
	assert_int_equal(vgpu_spans_read(&s, out, 6), VGPU_ERR_TRUNCATED);
	assert_int_equal(vgpu_spans_left(&s), 5);
	assert_int_equal(vgpu_spans_read(&s, out, 3), 0);
	assert_memory_equal(out, bytes, 3);
	assert_int_equal(vgpu_spans_left(&s), 2);
	assert_int_equal(vgpu_spans_fence(&s, &fence), VGPU_ERR_TRUNCATED);
	assert_int_equal(vgpu_spans_entry(&s, &entry), VGPU_ERR_TRUNCATED);
	assert_int_equal(vgpu_spans_read(&s, NULL, 1), 0);
	assert_int_equal(vgpu_spans_read(&s, out, 1), 0);
	assert_int_equal(out[0], 5);
	assert_int_equal(vgpu_spans_left(&s), 0);
}

/* Guests may say so; nobody has so much memory. */
static void sizes_do_not_wrap(void **state)
{
	const struct vgpu_span spans[] = { { "x", SIZE_MAX }, { "x", SIZE_MAX } };
	struct vgpu_spans s;

	(void)state;
	vgpu_spans_init(&s, spans, 2);
	assert_true(vgpu_spans_left(&s) == SIZE_MAX);
	assert_int_equal(vgpu_spans_read(&s, NULL, SIZE_MAX), 0);
	assert_int_equal(vgpu_spans_read(&s, NULL, SIZE_MAX), 0);
	assert_int_equal(vgpu_spans_read(&s, NULL, 1), VGPU_ERR_TRUNCATED);
}

static void responses(void **state)
{
	static const uint8_t head[10] = { 0x03, 0x11 }, body[20] = { [14] = 7 };
	const struct vgpu_span spans[] = { { head, 10 }, { body, 20 } };
	static union vgpu_any any;
	struct vgpu_tail tail;
	struct vgpu_spans s;
	uint8_t out[6];

	(void)state;
	vgpu_spans_init(&s, spans, 2);
	assert_int_equal(vgpu_spans_response(&s, NULL, VGPU_CMD_GET_CAPSET, &any, &tail),
			 VGPU_STRUCT_RESP_CAPSET);
	assert_int_equal(tail.kind, VGPU_TAIL_BYTES);
	assert_int_equal(tail.size, 6);
	assert_null(tail.data);
	assert_int_equal(vgpu_spans_read(&s, out, 6), 0);
	assert_int_equal(out[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_request),
		cmocka_unit_test(reading),
		cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
