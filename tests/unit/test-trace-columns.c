/* SPDX-License-Identifier: MIT */
/* Times and ids in columns: there and back, hostile ones, and frames written piece by piece. */
#include "trace-helper.h"

#include <zstd.h>

#include "body.h"
#include "columns.h"
#include "wire.h"

#define ROOM 65536

struct stream {
	uint8_t bytes[ROOM];
	size_t size;
};

static void add(struct stream *s, uint16_t type, uint16_t flags, uint64_t ns, const void *body,
		size_t body_bytes)
{
	size_t length = RECORD_HEADER_SIZE + body_bytes;
	uint8_t *p = s->bytes + s->size;

	assert_true(s->size + record_padded(length) <= ROOM);
	memset(p, 0, record_padded(length));
	put16(p, type);
	put16(p + 2, flags);
	put32(p + 4, (uint32_t)length);
	put64(p + 8, ns);
	if (body_bytes)
		memcpy(p + RECORD_HEADER_SIZE, body, body_bytes);
	s->size += record_padded(length);
}

static void add_header(struct stream *s)
{
	static const uint8_t body[40] = "VGPUTRC\0\1";

	add(s, VGPU_TRACE_HEADER, 0, 1000, body, sizeof(body));
}

static void add_id(struct stream *s, uint16_t type, uint64_t ns, uint64_t id)
{
	uint8_t body[16] = { 0 };

	put64(body, id);
	body[8] = 0xab;
	add(s, type, 0, ns, body, sizeof(body));
}

/* Values that no clock shows, and some that one does. */
static uint64_t odd_number(unsigned int i)
{
	static const uint64_t odd[] = {
		0,          1, UINT64_MAX, 1ull << 63, 127, 128, UINT32_MAX,
		1ull << 32, 5, 4,          3,          64,  63,  0x7fffffffffffffff
	};

	return odd[i * 7 % (sizeof(odd) / sizeof(odd[0]))] + i / 20;
}

static void odd_records(struct stream *s, unsigned int n)
{
	static const uint8_t short_body[7] = "\1\2\3\4\5\6\7";
	static const uint16_t with_id[] = { VGPU_TRACE_COMMAND, VGPU_TRACE_RESPONSE,
					    VGPU_TRACE_STAGE };

	for (unsigned int i = 0; i < n; i++) {
		if (i % 5 == 3)
			add(s, VGPU_TRACE_COMMAND, 0, odd_number(i), short_body, i % 8);
		else if (i % 5 == 4)
			add_id(s, VGPU_TRACE_MEMORY, odd_number(i), odd_number(i));
		else
			add_id(s, with_id[i % 3], odd_number(i), odd_number(i + 3));
	}
}

static void test_there_and_back(void **state)
{
	struct stream *before = calloc(1, sizeof(*before)), *after = calloc(1, sizeof(*after));
	struct columns_out out = { 0 };
	struct columns_in in = { 0 };
	struct vgpu_trace_record r;
	unsigned int sizes[] = { 2, 300, 3, 700 };

	(void)state;
	for (unsigned int k = 0; k < 4; k++) { /* one after the other in the same room */
		before->size = 0;
		odd_records(before, sizes[k]);
		memcpy(after, before, sizeof(*after));
		out.goes_on = k % 2;
		assert_int_equal(columns_take(&out, after->bytes, after->size), 0);
		assert_int_equal(out.size % 8, 0);
		assert_int_equal(out.size, record_padded(get32(out.record + 4)));
		assert_int_equal(get16(out.record), VGPU_TRACE_COLUMNS);
		assert_int_equal(get16(out.record + 2), k % 2); /* every other one goes on */
		assert_int_equal(get32(out.record + 16), sizes[k]);
		for (size_t at = 0; at < after->size;
		     at += record_padded(get32(after->bytes + at + 4)))
			assert_int_equal(get64(after->bytes + at + 8), 0);
		r = (struct vgpu_trace_record) { .type = VGPU_TRACE_COLUMNS,
						 .flags = get16(out.record + 2),
						 .time_ns = get64(out.record + 8),
						 .body = out.record + 16,
						 .body_size = get32(out.record + 4) - 16 };
		assert_int_equal(columns_begin(&in, &r), 0);
		for (size_t at = 0; at < after->size;
		     at += record_padded(get32(after->bytes + at + 4)))
			assert_true(
				columns_put(&in, after->bytes + at, get32(after->bytes + at + 4)));
		assert_int_equal(in.left, 0);
		assert_true(in.time == in.times_end && in.id == in.ids_end);
		assert_memory_equal(after->bytes, before->bytes, before->size);
	}
	before->size = 0;
	odd_records(before, 1);
	memcpy(after, before, sizeof(*after));
	assert_int_equal(columns_take(&out, after->bytes, after->size), 0);
	assert_int_equal(out.size, 0); /* not worth it */
	assert_memory_equal(after->bytes, before->bytes, before->size);
	columns_out_finish(&out);
	columns_in_finish(&in);
	free(before);
	free(after);
}

/* Records whose times and ids take the 10 bytes that one can: as many as fit a COLUMNS, and more. */
static void test_most(void **state)
{
	const size_t fit = (VGPU_TRACE_RECORD_MAX - 24) / 20, size = 24;
	uint8_t *records = calloc(fit + 1, size), *p = records;
	struct columns_out out = { 0 };

	(void)state;
	assert_non_null(records);
	for (size_t i = 0; i <= fit; i++, p += size) {
		put16(p, VGPU_TRACE_STAGE);
		put32(p + 4, (uint32_t)size);
		put64(p + 8, (uint64_t)(~i & 1) << 63);
		put64(p + 16, (uint64_t)(~i & 1) << 63);
	}
	assert_int_equal(columns_take(&out, records, (fit + 1) * size), 0);
	assert_int_equal(out.size, 0); /* they stay where they are */
	assert_int_equal(get64(records + 8), 1ull << 63);
	assert_int_equal(columns_take(&out, records, (fit - 16) * size), 0);
	assert_in_range(out.size, (fit - 16) * 20 - 100, VGPU_TRACE_RECORD_MAX);
	assert_int_equal(get64(records + 8), 0);
	columns_out_finish(&out);
	free(records);
}

/* One COLUMNS record set down by hand, and the records that it covers or not. */
struct columns_case {
	const char *what;
	uint16_t flags;
	size_t size;
	uint8_t body[32];
	unsigned int good; /* records that come out, HEADER not counted */
	uint64_t times[4], ids[4];
};

/* Behind it: COMMAND 0 at 0, RESPONSE 0 at 0, an unknown record at 0, COMMAND 9 at 77. */
static const struct columns_case cases[] = {
	{ "three covered, one not",
	  0,
	  13,
	  { 3, 0, 0, 0, 3, 0, 0, 0, 2, 1, 4, 2, 0 },
	  4,
	  { 501, 500, 502, 77 },
	  { 1, 1, 0, 9 } },
	{ "fields appended",
	  1 << 8,
	  21,
	  { 3, 0, 0, 0, 3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 2, 1, 4, 2, 0 },
	  4,
	  { 501, 500, 502, 77 },
	  { 1, 1, 0, 9 } },
	{ "none covered", 0, 8, { 0 }, 4, { 0, 0, 0, 77 }, { 0, 0, 0, 9 } },
	{ "two bytes a step",
	  0,
	  12,
	  { 1, 0, 0, 0, 2, 0, 0, 0, 0x80, 1, 0x82, 1 },
	  4,
	  { 564, 0, 0, 77 },
	  { 65, 0, 0, 9 } },
	{ "more of both than is used",
	  0,
	  16,
	  { 1, 0, 0, 0, 2, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2 },
	  4,
	  { 501, 0, 0, 77 },
	  { 1, 0, 0, 9 } },
	{ "no room for the counts", 0, 7, { 1, 0, 0, 0, 1, 0, 0 }, 0, { 0 }, { 0 } },
	{ "appended fields that are not there", 2 << 8, 16, { 0 }, 0, { 0 }, { 0 } },
	{ "more records than times", 0, 10, { 2, 0, 0, 0, 1, 0, 0, 0, 2, 2 }, 0, { 0 }, { 0 } },
	{ "times longer than the record", 0, 9, { 1, 0, 0, 0, 2, 0, 0, 0, 2 }, 0, { 0 }, { 0 } },
	{ "2^32 - 1 records",
	  0,
	  9,
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2 },
	  0,
	  { 0 },
	  { 0 } },
	{ "times run out", 0, 11, { 2, 0, 0, 0, 2, 0, 0, 0, 0x82, 1, 2 }, 1, { 565 }, { 1 } },
	{ "ids run out", 0, 11, { 2, 0, 0, 0, 2, 0, 0, 0, 2, 2, 2 }, 1, { 501 }, { 1 } },
	{ "a time without end",
	  0,
	  21,
	  { 1,    0,    0,    0,    12,   0,    0,    0,    0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,    2 },
	  0,
	  { 0 },
	  { 0 } },
	{ "bits beyond the 64th",
	  0,
	  19,
	  { 1, 0, 0, 0, 10, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	    2 },
	  4,
	  { 500 - (1ull << 63), 0, 0, 77 },
	  { 1, 0, 0, 9 } },
};

static void test_by_hand(void **state)
{
	struct stream *s = calloc(1, sizeof(*s));

	(void)state;
	for (unsigned int k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const struct columns_case *c = &cases[k];
		struct vgpu_trace_reader *reader;
		struct vgpu_trace_status status;
		struct vgpu_trace_record r;
		unsigned int n = 0;
		int fd;

		s->size = 0;
		add_header(s);
		add(s, VGPU_TRACE_COLUMNS, c->flags, 500, c->body, c->size);
		add_id(s, VGPU_TRACE_COMMAND, 0, 0);
		add_id(s, VGPU_TRACE_RESPONSE, 0, 0);
		add_id(s, 200, 0, 0);
		add_id(s, VGPU_TRACE_COMMAND, 77, 9);
		fd = memory_file(s->bytes, s->size);
		assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
		assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
		for (; vgpu_trace_reader_next(reader, &r) == 1; n++) {
			if (n >= c->good || r.time_ns != c->times[n] || r.number != n + 1 ||
			    get64(r.body) != c->ids[n] || r.body[8] != 0xab)
				fail_msg("%s: record %u at %llu", c->what, n,
					 (unsigned long long)r.time_ns);
		}
		if (n != c->good)
			fail_msg("%s: %u records", c->what, n);
		vgpu_trace_reader_status(reader, &status);
		assert_int_equal(status.lost_bytes > 0, n < 4);
		assert_true(status.cut); /* no END */
		vgpu_trace_reader_close(reader);
		close(fd);
	}
	free(s);
}

/* A HEADER is never covered, nor is anything behind it; COLUMNS ends the one before. */
static void test_ends(void **state)
{
	static const uint8_t nine[] = { 9, 0, 0, 0, 9, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	static const uint8_t one[] = { 1, 0, 0, 0, 1, 0, 0, 0, 4, 6 };
	static const uint64_t times[] = { 1000, 501, 602, 88, 1000, 99 };
	struct stream *s = calloc(1, sizeof(*s));
	struct reading r;

	(void)state;
	add_header(s);
	add(s, VGPU_TRACE_COLUMNS, 0, 500, nine, sizeof(nine));
	add_id(s, VGPU_TRACE_STAGE, 0, 0);
	add(s, VGPU_TRACE_COLUMNS, 0, 600, one, sizeof(one));
	add_id(s, VGPU_TRACE_STAGE, 0, 0);
	add_id(s, VGPU_TRACE_STAGE, 88, 5);
	add(s, VGPU_TRACE_COLUMNS, 0, 500, nine, sizeof(nine));
	add_header(s);
	add_id(s, VGPU_TRACE_STAGE, 99, 5);
	r = read_bytes(s->bytes, s->size);
	assert_int_equal(r.n, 6);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(r.seen[i].time_ns, times[i]);
		assert_int_equal(r.seen[i].number, i);
	}
	assert_int_equal(r.seen[5].offset + 32, s->size);
	free(r.seen);
	free(s);
}

/* One frame of two blocks, the last one empty. */
static void pack(struct bytes *out, const struct stream *s, size_t from)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_inBuffer in = { s->bytes, s->size, from };
	ZSTD_outBuffer to = { out->data, out->size + 1000, out->size };

	ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	assert_int_equal(ZSTD_compressStream2(ctx, &to, &in, ZSTD_e_flush), 0);
	assert_int_equal(ZSTD_compressStream2(ctx, &to, &in, ZSTD_e_end), 0);
	out->size = to.pos;
	ZSTD_freeCCtx(ctx);
}

/* What damage took away is not looked for in the records behind it. */
static void test_damage_ends(void **state)
{
	static const uint8_t nine[] = { 9, 0, 0, 0, 9, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	static const uint64_t times[] = { 1000, 501, 88 };
	struct stream *s = calloc(1, sizeof(*s));
	struct bytes file = { calloc(1, 3000), 0 };
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	unsigned int n = 0;
	size_t from;
	int fd;

	(void)state;
	add_header(s);
	pack(&file, s, 0);
	from = s->size;
	add(s, VGPU_TRACE_COLUMNS, 0, 500, nine, sizeof(nine));
	add_id(s, VGPU_TRACE_STAGE, 0, 0);
	pack(&file, s, from);
	file.data[file.size - 1] ^= 1; /* the checksum */
	from = s->size;
	add_id(s, VGPU_TRACE_STAGE, 88, 5);
	pack(&file, s, from);
	fd = memory_file(file.data, file.size);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	vgpu_trace_reader_set_live(reader, true);
	for (; vgpu_trace_reader_next(reader, &r) == 1; n++) {
		assert_true(n < 3);
		assert_int_equal(r.time_ns, times[n]);
	}
	assert_int_equal(n, 3);
	vgpu_trace_reader_close(reader);
	close(fd);
	free(file.data);
	free(s);
}

/* A frame of that many flushed pieces, three records each; the caller finishes it. */
static struct vgpu_trace_writer *flushed_trace(int fd, unsigned int pieces)
{
	struct vgpu_trace_writer_options options = { .frame_ms = 60000, .flush_ms = 60000 };
	struct vgpu_trace_writer *w;

	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 1000);
	for (unsigned int i = 0; i < 3 * pieces; i++) {
		struct vgpu_trace_stage stage = { .id = i, .stage = 1 };

		assert_int_equal(vgpu_trace_write_stage(w, 2000 + 10 * i, &stage), 0);
		if (i % 3 == 2)
			assert_int_equal(vgpu_trace_writer_flush(w), 0);
	}
	return w;
}

static void check_stages(const struct reading *r)
{
	for (size_t i = 1; i < r->n && i < 61; i++) {
		assert_int_equal(r->seen[i].type, VGPU_TRACE_STAGE);
		assert_int_equal(r->seen[i].time_ns, 2000 + 10 * (i - 1));
		assert_int_equal(r->seen[i].number, i);
	}
}

/* Cut anywhere: each piece that was flushed is there. */
static void test_open_frame(void **state)
{
	int fd = memory_file(NULL, 0);
	struct vgpu_trace_writer *w = flushed_trace(fd, 20);
	size_t begin = 0, end = 0, last = 0, pieces = 0;
	struct bytes file;
	struct reading r;

	(void)state;
	assert_int_equal(vgpu_trace_writer_finish(w, 3000), 0);
	vgpu_trace_writer_destroy(w);
	file = file_bytes(fd);
	close(fd);
	r = read_bytes(file.data, file.size);
	assert_int_equal(r.n, 62);
	assert_true(r.status.ended);
	check_stages(&r);
	free(r.seen);
	for (size_t n = 0; n < file.size; n++) {
		r = read_bytes(file.data, n);
		assert_int_equal(r.opened, 0);
		check_stages(&r);
		if (r.n == 62) {
			free(r.seen);
			break;
		}
		assert_true(r.status.cut);
		assert_int_equal(r.status.damage_offset + r.status.lost_bytes, n);
		if (r.n > last) {
			assert_int_equal(r.n, 1 + 3 * pieces);
			assert_int_equal(r.status.lost_bytes, 0);
			pieces++;
			end = begin;
			begin = n;
		}
		assert_true(r.n >= last);
		last = r.n;
		free(r.seen);
	}
	assert_int_equal(pieces, 21);

	/* Damage in any piece takes the whole frame: its checksum is wrong. */
	file.data[end + 5] ^= 0x10; /* in one of the last pieces */
	r = read_bytes(file.data, file.size);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.status.lost_records, 61);
	free(r.seen);
	free(file.data);
}

/* From a pipe whose writer goes on: what was flushed, without waiting for the frame's end. */
static void test_live(void **state)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_status status;
	struct vgpu_trace_writer *w;
	struct vgpu_trace_record r;
	int fds[2];

	(void)state;
	alarm(60);
	assert_int_equal(pipe(fds), 0);
	w = flushed_trace(fds[1], 3);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fds[0]), 0);
	vgpu_trace_reader_set_live(reader, true);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
		assert_int_equal(r.type, VGPU_TRACE_STAGE);
		assert_int_equal(get64(r.body), i);
	}
	assert_int_equal(vgpu_trace_writer_finish(w, 3000), 0);
	vgpu_trace_writer_destroy(w);
	close(fds[1]);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(r.type, VGPU_TRACE_END);
	assert_int_equal(r.time_ns, 3000);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 0);
	vgpu_trace_reader_status(reader, &status);
	assert_true(status.ended);
	assert_true(status.damage_offset == UINT64_MAX);
	vgpu_trace_reader_close(reader);
	close(fds[0]);
	alarm(0);
}

/* A whole file read as if it were live: the same records, and damage is told. */
static void test_live_damage(void **state)
{
	struct bytes file = noise_trace(100, 10000, 1u << 20);
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;

	(void)state;
	for (unsigned int damage = 0; damage < 2; damage++) {
		struct vgpu_trace_reader *reader;
		unsigned int n = 0;
		int fd;

		file.data[file.size / 2] ^= damage;
		fd = memory_file(file.data, file.size);
		assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
		vgpu_trace_reader_set_live(reader, true);
		while (vgpu_trace_reader_next(reader, &r) == 1)
			n++;
		vgpu_trace_reader_status(reader, &status);
		assert_in_range(n, damage ? 30 : 102, 102);
		assert_int_equal(status.damage_offset != UINT64_MAX, damage);
		vgpu_trace_reader_close(reader);
		close(fd);
	}
	free(file.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_most),
		cmocka_unit_test(test_by_hand),        cmocka_unit_test(test_ends),
		cmocka_unit_test(test_damage_ends),    cmocka_unit_test(test_open_frame),
		cmocka_unit_test(test_live),           cmocka_unit_test(test_live_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
