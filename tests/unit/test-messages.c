/* SPDX-License-Identifier: MIT */
/*
 * Messages of every type in numbers: generated ones come back as the same bytes, every truncation is
 * an error, and corrupted ones are never read beyond their end: each stands before a page that
 * cannot be read. VGPU_LONG=N in the environment makes it N messages instead of some thousands
 * (`make check-long`: ten million, under the sanitizers).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/lint.h>
#include <vgpu/virgl-codec.h>

#include "under-valgrind.h"

#define VIRGL_DWORDS 39 /* of payload; most commands have fewer */
#define TAIL_MAX     256
#define MESSAGE_MAX  (sizeof(union vgpu_any) + TAIL_MAX)

static uint64_t count;
static uint8_t *fence; /* the first byte that cannot be read; MESSAGE_MAX before it can */

static uint64_t random64(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1du;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)((random64() >> 32) * n >> 32);
}

static void fill(void *data, size_t size)
{
	uint8_t *p = data;

	for (; size >= 8; size -= 8, p += 8) {
		uint64_t r = random64();

		memcpy(p, &r, 8);
	}
	while (size--)
		*p++ = (uint8_t)random64();
}

/* What a message can be: of whom, and for responses to which command. */
struct kind {
	struct vgpu_negotiated n;
	bool response;
	uint32_t cmd, type;
	enum vgpu_struct_id id;
};

static struct kind kinds[VGPU_DIALECT_COUNT * 160];
static size_t n_kinds;

static void add_responses(struct kind k)
{
	struct vgpu_resp_info info;

	k.response = true;
	for (k.type = 0x1100; k.type < 0x1300; k.type++) {
		if (vgpu_dialect_resp(k.n.dialect, k.cmd, k.type, &info) || !info.expected)
			continue;
		/* Celadon's answers have any number. */
		if (k.type > VGPU_RESP_OK_MAP_INFO + 1 &&
		    !vgpu_dialect_value(k.n.dialect, VGPU_SET_RESP, k.type))
			continue;
		/* Errors are all alike: of the first command's each, of the others' one. */
		if (k.type > VGPU_RESP_ERR_UNSPEC && k.cmd != VGPU_CMD_GET_DISPLAY_INFO)
			continue;
		k.id = info.response;
		assert_true(n_kinds < sizeof(kinds) / sizeof(kinds[0]));
		kinds[n_kinds++] = k;
	}
}

static void list_kinds(void)
{
	for (unsigned int d = 0; d < VGPU_DIALECT_COUNT; d++)
		for (uint32_t type = 0x100; type < 0x400; type++) {
			struct kind k = { .n.dialect = (enum vgpu_dialect)d, .cmd = type };
			const struct vgpu_cmd_info *info = vgpu_dialect_cmd(k.n.dialect, type);

			if (!info)
				continue;
			k.type = type;
			k.id = info->request;
			kinds[n_kinds++] = k;
			add_responses(k);
		}
}

static int decode(const struct kind *k, const uint8_t *wire, size_t size, union vgpu_any *out)
{
	return k->response ? vgpu_response_decode(&k->n, k->cmd, wire, size, out)
			   : vgpu_request_decode(&k->n, wire, size, out);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* A message of random fields, whole, its tail included; its size. */
static size_t generate(const struct kind *k, uint8_t *wire)
{
	static union vgpu_any any;
	size_t size = vgpu_struct_size(k->id), unit;
	struct vgpu_tail tail;

	fill(&any, size);
	any.hdr.type = k->type;
	assert_int_equal(vgpu_struct_encode(k->id, &any, wire, size), 0);
	fill(wire + size, TAIL_MAX);
	/* What the struct says of its tail must be there: small numbers instead of any. */
	if (k->id == VGPU_STRUCT_CMD_SUBMIT || k->id == VGPU_STRUCT_CMD_SUBMIT_FENCES) {
		put32(wire + offsetof(struct vgpu_cmd_submit, size), below(64));
		put32(wire + offsetof(struct vgpu_cmd_submit_fences, num_in_fences), below(8));
	} else if (k->id == VGPU_STRUCT_RESOURCE_ATTACH_BACKING) {
		put32(wire + offsetof(struct vgpu_resource_attach_backing, nr_entries), below(8));
	} else if (k->id == VGPU_STRUCT_RESOURCE_CREATE_BLOB) {
		put32(wire + offsetof(struct vgpu_resource_create_blob, nr_entries), below(8));
	}
	assert_int_equal(vgpu_struct_tail(k->id, wire, size + TAIL_MAX, &tail), 0);
	if (k->id == VGPU_STRUCT_RESP_CAPSET)
		return size + below(TAIL_MAX);
	unit = tail.kind == VGPU_TAIL_ENTRIES ? VGPU_MEM_ENTRY_SIZE : 1;
	return size + tail.fence_count * (size_t)8 + tail.declared * unit;
}

/* All of the message again, from what it was decoded into. */
static size_t encode_again(enum vgpu_struct_id id, const union vgpu_any *any,
			   const struct vgpu_tail *tail, uint8_t *wire)
{
	size_t at = vgpu_struct_size(id);
	struct vgpu_mem_entry entry;
	uint64_t value;

	assert_int_equal(vgpu_struct_encode(id, any, wire, at), 0);
	for (uint32_t i = 0; i < tail->fence_count; i++, at += 8) {
		assert_int_equal(vgpu_tail_fence(tail, i, &value), 0);
		put32(wire + at, (uint32_t)value);
		put32(wire + at + 4, (uint32_t)(value >> 32));
	}
	for (uint32_t i = 0; tail->kind == VGPU_TAIL_ENTRIES && i < tail->count; i++) {
		assert_int_equal(vgpu_tail_entry(tail, i, &entry), 0);
		assert_int_equal(vgpu_encode_mem_entry(&entry, wire + at, VGPU_MEM_ENTRY_SIZE), 0);
		at += VGPU_MEM_ENTRY_SIZE;
	}
	if (tail->kind == VGPU_TAIL_BYTES && tail->size) {
		memcpy(wire + at, tail->data, tail->size);
		at += tail->size;
	}
	return at;
}

static void device_message(const struct kind *k)
{
	static uint8_t wire[MESSAGE_MAX], again[MESSAGE_MAX];
	static union vgpu_any any;
	size_t size = generate(k, wire);
	struct vgpu_tail tail;

	if (decode(k, wire, size, &any) != (int)k->id || vgpu_struct_tail(k->id, wire, size, &tail))
		fail_msg("type %#x of %s", k->type, vgpu_dialect_name(k->n.dialect));
	if (encode_again(k->id, &any, &tail, again) != size || memcmp(wire, again, size))
		fail_msg("type %#x of %s differs", k->type, vgpu_dialect_name(k->n.dialect));
}

static size_t virgl_payload(uint8_t *wire)
{
	uint32_t opcode, object, length;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_virgl_walk walk;

	fill(wire + 4, VIRGL_DWORDS * 4);
	do {
		opcode = below(VGPU_VIRGL_OPCODE_COUNT);
		object = opcode <= VGPU_VIRGL_DESTROY_OBJECT ? below(12) : 0;
		length = below(VIRGL_DWORDS + 1);
		put32(wire, opcode | object << 8 | length << 16);
		vgpu_virgl_walk_init(&walk, wire, 4 + length * 4);
		vgpu_virgl_walk_next(&walk, &cmd);
	} while (vgpu_virgl_check_length(&cmd));
	return 4 + length * 4;
}

/* Any payload of a length that the host takes, and any fields of any layout. */
static void virgl_message(void)
{
	static uint8_t wire[1024], again[1024], tail[256];
	static union vgpu_virgl_any any;
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	size_t size = virgl_payload(wire);
	enum vgpu_virgl_layout layout;
	int n;

	vgpu_virgl_walk_init(&walk, wire, size);
	assert_int_equal(vgpu_virgl_walk_next(&walk, &cmd), 1);
	layout = vgpu_virgl_layout(&cmd);
	assert_int_equal(vgpu_virgl_decode(layout, &cmd, &any), 0);
	n = vgpu_virgl_encode(layout, &any, again, sizeof(again));
	if (n != (int)size || memcmp(wire, again, size))
		fail_msg("virgl %s differs", vgpu_virgl_cmd_name(cmd.opcode));

	fill(&any, sizeof(any));
	layout = (enum vgpu_virgl_layout)below(VGPU_VIRGL_LAYOUT_COUNT);
	/* Every command's struct begins with its head; elements have none, and no encoding. */
	any.nop.head = (struct vgpu_virgl_head) { .object = below(256),
						  .tail = tail,
						  .tail_size = below(64) * 4 };
	fill(tail, sizeof(tail));
	n = vgpu_virgl_encode(layout, &any, wire, sizeof(wire));
	if (n == VGPU_ERR_UNKNOWN)
		return;
	assert_true(n >= 4);
	vgpu_virgl_walk_init(&walk, wire, (size_t)n);
	assert_int_equal(vgpu_virgl_walk_next(&walk, &cmd), 1);
	layout = vgpu_virgl_layout(&cmd);
	assert_int_equal(vgpu_virgl_decode(layout, &cmd, &any), 0);
	if (vgpu_virgl_encode(layout, &any, again, sizeof(again)) != n ||
	    memcmp(wire, again, (size_t)n))
		fail_msg("virgl layout %s differs", vgpu_virgl_layout_name(layout));
}

static void generated_come_back(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < count; i += 2) {
		device_message(&kinds[i / 2 % n_kinds]);
		virgl_message();
	}
}

/* --- what is not as it should be -------------------------------------------------------------- */

struct input {
	const uint8_t *data;
	size_t size;
	int depth;
};

static int inside(void *data, const struct vgpu_field *f)
{
	struct input *in = data;

	if (f->offset > in->size || f->size > in->size - f->offset ||
	    (f->size && f->data != in->data + f->offset))
		fail_msg("field %s is outside", f->path);
	in->depth += f->event == VGPU_FIELD_BEGIN;
	in->depth -= f->event == VGPU_FIELD_END;
	return 0;
}

static int visit(const struct kind *k, const uint8_t *wire, size_t size)
{
	struct input in = { wire, size, 0 };
	int err = k->response ? vgpu_dialect_response_visit(&k->n, k->cmd, wire, size, inside, &in)
			      : vgpu_dialect_request_visit(&k->n, wire, size, inside, &in);

	assert_int_equal(in.depth, 0);
	return err;
}

/* Every length of every type: an error, and what is there is read. */
static void truncations(void **state)
{
	static uint8_t whole[MESSAGE_MAX];
	static union vgpu_any any;
	uint64_t cuts = 0;

	(void)state;
	for (size_t i = 0; i < n_kinds; i++) {
		const struct kind *k = &kinds[i];
		size_t size = generate(k, whole), fixed = vgpu_struct_size(k->id);

		for (size_t n = 0; n < size; n++, cuts++) {
			uint8_t *wire = fence - n;
			int got;

			/* A capset is as long as it is. */
			if (k->id == VGPU_STRUCT_RESP_CAPSET && n >= fixed)
				break;
			memcpy(wire, whole, n);
			got = decode(k, wire, n, &any);
			assert_int_equal(got, n < fixed ? VGPU_ERR_TRUNCATED : (int)k->id);
			assert_int_equal(visit(k, wire, n), VGPU_ERR_TRUNCATED);
		}
	}
	print_message("%zu kinds of messages, %llu truncations\n", n_kinds,
		      (unsigned long long)cuts);
}

static uint64_t findings;

static void finding(void *data, const struct vgpu_finding *f)
{
	(void)data;
	assert_non_null(f->text);
	findings++;
}

static int discard(void *data, const char *text, size_t size)
{
	(void)text;
	*(size_t *)data += size;
	return 0;
}

static void describe(const struct kind *k, const uint8_t *wire, size_t size)
{
	struct vgpu_describe_options options = { .verbose = true, .negotiated = k->n };
	size_t total = 0;
	struct vgpu_sink sink = { discard, &total };

	if (k->response) {
		assert_int_equal(vgpu_response_text(k->cmd, wire, size, &options, &sink), 0);
		assert_int_equal(vgpu_response_json(k->cmd, wire, size, &options, &sink), 0);
	} else {
		assert_int_equal(vgpu_request_text(wire, size, &options, &sink), 0);
		assert_int_equal(vgpu_request_json(wire, size, &options, &sink), 0);
	}
	assert_true(total > 0);
}

/* A few changes, so that most of the message stays what it was; its new size. */
static size_t corrupt(uint8_t *wire, size_t size)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff };

	for (uint32_t changes = 1 + below(4); changes && size; changes--) {
		size_t at = below((uint32_t)size);

		switch (below(8)) {
		case 0:
			size = at;
			break;
		case 1:
			if (size + 16 < MESSAGE_MAX)
				size += 1 + below(16);
			break;
		case 2:
			wire[at] = odd[below(sizeof(odd))];
			break;
		case 3:
			wire[below(size < 32 ? (uint32_t)size : 32)] ^= (uint8_t)(1 << below(8));
			break;
		case 4:
			if (at + 4 <= size)
				put32(wire + at, UINT32_MAX >> below(32));
			break;
		default:
			wire[at] ^= (uint8_t)(1 << below(8));
			break;
		}
	}
	return size;
}

/* Decoded, visited and linted; every eighth described too. True when something said that it is odd. */
static bool take(const struct kind *k, struct vgpu_lint *lint, const uint8_t *wire, size_t size,
		 uint64_t number)
{
	struct vgpu_track_message m = {
		.number = number, .room = UINT32_MAX, .wire = wire, .size = size
	};
	static union vgpu_any any;
	uint64_t before = findings;
	struct vgpu_mem_entry entry;
	struct vgpu_tail tail;
	int got = decode(k, wire, size, &any);
	bool odd = got < 0;

	if (got >= 0) {
		odd = vgpu_struct_tail((enum vgpu_struct_id)got, wire, size, &tail) != 0;
		if (tail.kind == VGPU_TAIL_ENTRIES)
			for (uint32_t i = 0; i < tail.count; i++)
				vgpu_tail_entry(&tail, i, &entry);
		odd |= (enum vgpu_struct_id)got != k->id || any.hdr.type != k->type;
	}
	odd |= visit(k, wire, size) != 0;
	if (k->response)
		vgpu_lint_response(lint, &m);
	else
		vgpu_lint_request(lint, &m);
	if (number % 8 == 0)
		describe(k, wire, size);
	return odd || findings > before;
}

static void corruptions(void **state)
{
	static uint8_t whole[MESSAGE_MAX];
	struct vgpu_lint_options options = { .report = finding, .memory_max = 1 << 20 };
	struct vgpu_lint *lint = NULL;
	uint64_t told = 0;

	(void)state;
	for (uint64_t i = 0; i < count; i++) {
		const struct kind *k = &kinds[i % n_kinds];
		size_t size;

		if (i % 4096 == 0) {
			vgpu_lint_destroy(lint);
			options.dialect = (enum vgpu_dialect)(i / 4096 % VGPU_DIALECT_COUNT);
			assert_int_equal(vgpu_lint_create(&lint, &options), 0);
		}
		size = corrupt(whole, generate(k, whole));
		memcpy(fence - size, whole, size);
		told += take(k, lint, fence - size, size, i + 1);
	}
	vgpu_lint_destroy(lint);
	print_message("%llu corrupted messages: %llu told of by an error or a finding\n",
		      (unsigned long long)count, (unsigned long long)told);
	assert_true(told > count / 2);
}

static int virgl_inside(void *data, const struct vgpu_field *f)
{
	const struct vgpu_virgl_cmd *cmd = data;

	if (f->size && (f->data < cmd->payload ||
			f->data + f->size > cmd->payload + (size_t)cmd->available * 4))
		fail_msg("virgl field %s is outside", f->path);
	return 0;
}

/* Two commands, the stream cut or changed: walked, visited, decoded, described to its end. */
static void virgl_corruptions(void **state)
{
	static uint8_t whole[MESSAGE_MAX];
	static union vgpu_virgl_any any;
	size_t total = 0;
	struct vgpu_sink sink = { discard, &total };
	uint64_t told = 0;

	(void)state;
	for (uint64_t i = 0; i < count; i++) {
		size_t size = virgl_payload(whole);
		struct vgpu_virgl_walk walk;
		struct vgpu_virgl_cmd cmd;
		bool odd = false;
		int got;

		size += virgl_payload(whole + size);
		size = corrupt(whole, size);
		memcpy(fence - size, whole, size);
		vgpu_virgl_walk_init(&walk, fence - size, size);
		while ((got = vgpu_virgl_walk_next(&walk, &cmd)) == 1 || got == VGPU_ERR_OVERRUN) {
			odd |= vgpu_virgl_visit(&cmd, virgl_inside, &cmd) != 0;
			vgpu_virgl_decode(vgpu_virgl_layout(&cmd), &cmd, &any);
			if (i % 8 == 0) {
				assert_int_equal(vgpu_virgl_text(&cmd, &sink), 0);
				assert_int_equal(vgpu_virgl_json(&cmd, &sink), 0);
			}
		}
		told += odd || got;
	}
	print_message("%llu corrupted virgl streams: %llu told of by an error\n",
		      (unsigned long long)count, (unsigned long long)told);
	assert_true(told > count / 8);
}

static void make_room(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (MESSAGE_MAX + page - 1) / page * page;
	uint8_t *p =
		mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + room, page, PROT_NONE)) {
		perror("mmap");
		exit(1);
	}
	fence = p + room;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_come_back),
		cmocka_unit_test(truncations),
		cmocka_unit_test(corruptions),
		cmocka_unit_test(virgl_corruptions),
	};
	const char *n = getenv("VGPU_LONG");

	count = n ? strtoull(n, NULL, 0) : or_under_valgrind(100000, 2000);
	make_room();
	list_kinds();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
