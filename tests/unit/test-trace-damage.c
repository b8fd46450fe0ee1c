/* SPDX-License-Identifier: MIT */
/* Files that are cut, damaged, hostile, or no traces at all. */
#include "trace-helper.h"
#include "under-valgrind.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The parts of a file, found by the index after each data frame. */
struct part {
	size_t start, end;
	bool data;
	size_t records; /* up to its end */
};

static struct part parts[64];
static size_t n_parts;
static struct bytes file;
static struct reading whole;

static void find_parts(void)
{
	size_t at = 0, frame = 0, records = 0;

	n_parts = 0;
	while (at < file.size) {
		/* A data frame ends where its index says it began plus its size: look for the index. */
		for (frame = at; le32(file.data + frame) != 0x184d2a5a || frame == at; frame++) {
			if (frame == at && le32(file.data + at) != 0xfd2fb528)
				break;
		}
		if (frame > at) {
			records += le32(file.data + frame + 8 + 68);
			parts[n_parts++] = (struct part) { at, frame, true, records };
			at = frame;
			assert_true(n_parts < 64);
		}
		frame = at + 8 + le32(file.data + at + 4);
		parts[n_parts++] = (struct part) { at, frame, false, records };
		at = frame;
		assert_true(n_parts < 64);
	}
	assert_int_equal(at, file.size);
	assert_int_equal(records, whole.n);
}

static int set_up(void **state)
{
	(void)state;
	compare_ahead = 31;
	file = noise_trace(24, 150, 512);
	whole = read_bytes(file.data, file.size);
	find_parts();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(file.data);
	free(whole.seen);
	return 0;
}

static void test_whole(void **state)
{
	(void)state;
	assert_int_equal(whole.opened, 0);
	assert_int_equal(whole.n, 26);
	assert_true(whole.status.ended);
	assert_false(whole.status.cut);
	assert_int_equal(whole.status.lost_bytes, 0);
	assert_true(whole.status.damage_offset == UINT64_MAX);
	assert_int_equal(whole.status.file_bytes, file.size);
	assert_true(n_parts > 10);
}

static void test_cut_everywhere(void **state)
{
	size_t end_frame = 0;

	(void)state;
	for (size_t i = 0; i < n_parts; i++)
		end_frame = parts[i].data ? parts[i].end : end_frame;
	for (size_t n = 0; n < file.size; n += or_under_valgrind(1, 97)) {
		struct reading r = read_bytes(file.data, n);
		size_t least = 0;
		bool boundary = n == 0;

		assert_int_equal(r.opened, 0);
		assert_int_equal(r.result, 0);
		for (size_t i = 0; i < n_parts && parts[i].end <= n; i++) {
			least = parts[i].records;
			boundary = parts[i].end == n;
		}
		assert_true(r.n >= least && r.n <= whole.n);
		for (size_t i = 0; i < r.n; i++)
			assert_true(same_record(&r.seen[i], &whole.seen[i]));
		assert_int_equal(r.status.cut, n < end_frame || !boundary);
		assert_int_equal(r.status.ended, !r.status.cut);
		assert_int_equal(r.status.damage_offset != UINT64_MAX, r.status.cut);
		if (r.status.cut)
			assert_int_equal(r.status.damage_offset + r.status.lost_bytes, n);
		free(r.seen);
	}
}

/* A frame of several blocks gives back those that are whole. */
static void test_torn_blocks(void **state)
{
	struct bytes large = noise_trace(100, 10000, 1u << 20);
	struct reading all = read_bytes(large.data, large.size), r;

	(void)state;
	r = read_bytes(large.data, large.size / 2);
	assert_true(r.status.cut);
	assert_in_range(r.n, 30, 60); /* half of them, less at most a block of 128 KiB */
	for (size_t i = 0; i < r.n; i++)
		assert_true(same_record(&r.seen[i], &all.seen[i]));
	assert_true(r.status.lost_bytes <= 128 * 1024 + 3);
	free(all.seen);
	free(r.seen);
	free(large.data);
}

static void flip_at(size_t at, uint8_t bits)
{
	size_t k = 0, damaged = n_parts;
	struct reading r;

	file.data[at] ^= bits;
	r = read_bytes(file.data, file.size);
	file.data[at] ^= bits;
	for (size_t i = 0; i < n_parts; i++) {
		if (at >= parts[i].start && at < parts[i].end)
			damaged = i;
	}
	assert_int_equal(r.opened, 0);
	assert_int_equal(r.result, 0);
	for (size_t i = 0; i < n_parts; i++) {
		size_t from = i ? parts[i - 1].records : 0;

		if (!parts[i].data)
			continue;
		if (i == damaged && r.n != whole.n)
			continue; /* those are lost, and none of them comes back wrong */
		for (size_t n = from; n < parts[i].records; n++, k++) {
			assert_true(k < r.n);
			assert_true(same_record(&r.seen[k], &whole.seen[n]));
			assert_int_equal(r.seen[k].number, whole.seen[n].number);
			assert_int_equal(r.seen[k].offset, whole.seen[n].offset);
		}
	}
	assert_int_equal(k, r.n);
	if (r.n != whole.n) { /* some bits of a frame mean nothing */
		assert_true(r.status.damage_offset == parts[damaged].start);
		assert_int_equal(r.status.lost_bytes, parts[damaged].end - parts[damaged].start);
		assert_int_equal(r.status.lost_records, whole.n - r.n);
	}
	free(r.seen);
}

static void test_flip_everywhere(void **state)
{
	(void)state;
	for (size_t at = 0; at < file.size; at += or_under_valgrind(1, 97)) {
		flip_at(at, 0x01);
		flip_at(at, 0x80);
		flip_at(at, 0xff);
	}
}

/* A frame and its index: what stands behind them has its numbers from the first record on. */
static void test_frame_and_index(void **state)
{
	(void)state;
	for (size_t i = 2; i + 4 < n_parts; i++) {
		size_t end = parts[i + 1].end - 1, behind = parts[i + 1].records;
		struct reading r;

		if (!parts[i].data)
			continue;
		file.data[parts[i].start + 9] ^= 0xff;
		file.data[end] ^= 0xff;
		r = read_bytes(file.data, file.size);
		file.data[parts[i].start + 9] ^= 0xff;
		file.data[end] ^= 0xff;
		assert_int_equal(r.n, whole.n - (behind - parts[i - 1].records));
		assert_int_equal(r.status.lost_records, whole.n - r.n);
		for (size_t k = parts[i - 1].records, n = behind; n < whole.n; k++, n++) {
			assert_true(same_record(&r.seen[k], &whole.seen[n]));
			assert_int_equal(r.seen[k].number, whole.seen[n].number);
			assert_int_equal(r.seen[k].offset, whole.seen[n].offset);
		}
		free(r.seen);
	}
}

/*
 * The stream alone, without frames: a length that cannot be is damage, and what once was the next
 * frame is read again, with its own times. With some bytes gone, too.
 */
static void test_plain(void **state)
{
	struct bytes plain = unpack(file), bad = { malloc(plain.size), 0 };

	(void)state;
	assert_non_null(bad.data);
	for (size_t i = 1, part = 0; i < 2 * whole.n; i++) {
		size_t hit = i % whole.n, gone = i < whole.n ? 0 : 3, behind;
		size_t at = whole.seen[hit].offset + 4;
		struct reading r;

		if (!hit)
			continue;
		memcpy(bad.data, plain.data, at);
		memcpy(bad.data + at, plain.data + at + gone, plain.size - at - gone);
		bad.size = plain.size - gone;
		memset(bad.data + at, 0, 4);
		r = read_bytes(bad.data, bad.size);
		for (part = 0; !parts[part].data || parts[part].records <= hit; part++)
			;
		behind = parts[part].records;
		assert_int_equal(r.opened, 0);
		assert_int_equal(r.result, 0);
		assert_int_equal(r.n, hit + whole.n - behind);
		assert_int_equal(r.status.damage_offset, at - 4);
		assert_int_equal(r.status.ended, behind < whole.n);
		for (size_t k = 0, n = 0; k < r.n; k++, n++) {
			n = n == hit ? behind : n;
			assert_true(same_record(&r.seen[k], &whole.seen[n]));
			assert_int_equal(r.seen[k].offset,
					 whole.seen[n].offset - (n < hit ? 0 : gone));
		}
		free(r.seen);
	}
	free(bad.data);
	free(plain.data);
}

/* As written before `first_id` was put behind the fixed fields: no damage. */
static void test_old_index(void **state)
{
	struct bytes old = { malloc(file.size), 0 };
	struct reading r;

	(void)state;
	assert_non_null(old.data);
	for (size_t i = 0; i < n_parts; i++) {
		const uint8_t *p = file.data + parts[i].start;
		size_t size = parts[i].end - parts[i].start;
		uint8_t *out = old.data + old.size;
		uint64_t sum;

		memcpy(out, p, size);
		old.size += size;
		if (parts[i].data || memcmp(p + 8, "VGPUIDX", 8) != 0)
			continue;
		size -= 8;
		memcpy(out + 8 + 80, p + 8 + 88, size - 8 - 88);
		out[4] = (uint8_t)(size - 8);
		sum = XXH64(out + 8, size - 16, 0);
		for (unsigned int k = 0; k < 8; k++)
			out[size - 8 + k] = (uint8_t)(sum >> 8 * k);
		old.size -= 8;
	}
	assert_true(old.size < file.size - 16);
	r = read_bytes(old.data, old.size);
	assert_int_equal(r.n, whole.n);
	assert_true(r.status.ended);
	assert_true(r.status.damage_offset == UINT64_MAX);
	assert_int_equal(r.status.lost_bytes, 0);
	free(r.seen);
	free(old.data);
}

/* Bytes taken out, put in, or doubled in the middle. */
static void test_splices(void **state)
{
	uint8_t *data = malloc(2 * file.size);

	(void)state;
	assert_non_null(data);
	for (size_t at = 1; at < file.size - 64; at += or_under_valgrind(13, 401)) {
		struct reading r;

		memcpy(data, file.data, at);
		memcpy(data + at, file.data + at + 37, file.size - at - 37);
		r = read_bytes(data, file.size - 37);
		assert_int_equal(r.opened, 0);
		assert_true(r.status.damage_offset != UINT64_MAX || r.n == whole.n);
		assert_true(r.n + 12 >= whole.n);
		free(r.seen);
		memset(data + at, 0x5a, 41);
		memcpy(data + at + 41, file.data + at, file.size - at);
		r = read_bytes(data, file.size + 41);
		assert_int_equal(r.opened, 0);
		assert_true(r.status.damage_offset != UINT64_MAX || r.n == whole.n);
		assert_true(r.n + 12 >= whole.n);
		free(r.seen);
	}
	free(data);
}

#define HEADER_SIZE 96

/* A plain stream with one record whose length is `length`. */
static struct reading plain_with_length(uint32_t length)
{
	uint8_t data[HEADER_SIZE + 64] = { VGPU_TRACE_HEADER, 0, 0, 0, HEADER_SIZE };
	uint8_t *p = data + HEADER_SIZE;

	memcpy(data + 16, "VGPUTRC", 8);
	data[24] = 1;
	p[0] = VGPU_TRACE_MEMORY;
	for (unsigned int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(length >> 8 * i);
	return read_bytes(data, sizeof(data));
}

static void test_record_lengths(void **state)
{
	static const uint32_t bad[] = { 0, 1, 15, (16u << 20) + 1, 0x7fffffff, 0xffffffff };
	struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = plain_with_length(bad[i]);
		assert_int_equal(r.opened, 0);
		assert_int_equal(r.n, 1);
		assert_true(r.status.cut);
		assert_int_equal(r.status.damage_offset, HEADER_SIZE);
		assert_int_equal(r.status.lost_bytes, 64);
		free(r.seen);
	}
	r = plain_with_length(16u << 20); /* allowed, but it is not there */
	assert_int_equal(r.n, 1);
	assert_true(r.status.cut);
	assert_int_equal(r.status.lost_bytes, 64);
	free(r.seen);
	r = plain_with_length(64);
	assert_int_equal(r.n, 2);
	assert_true(r.status.cut); /* no END */
	assert_int_equal(r.status.lost_bytes, 0);
	free(r.seen);
}

/* Frames that promise more than they hold are refused before anything is allocated for them. */
static void test_hostile_frames(void **state)
{
	static const struct {
		size_t size;
		uint8_t bytes[24];
	} hostile[] = {
		/* content size 2^60, one raw block of one byte */
		{ 17, { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10, 9, 0, 0, 1 } },
		/* window log 41 */
		{ 11, { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 9, 0, 0, 1, 0 } },
		/* a block of 2^21 - 1 bytes */
		{ 9, { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, 0xf8, 0xff, 0xff } },
		/* skippable frames of 4 GiB and of 48 MiB */
		{ 8, { 0x5a, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff } },
		{ 8, { 0x5e, 0x2a, 0x4d, 0x18, 0, 0, 0, 3 } },
		/* a block that repeats one byte 2^17 times, reserved bit set */
		{ 9, { 0x28, 0xb5, 0x2f, 0xfd, 0x08, 0x50, 0x02, 0x00, 0x10 } },
	};
	uint8_t *data = malloc(2 * file.size);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		size_t at = parts[3].end, size = hostile[i].size;
		struct reading r;

		memcpy(data, file.data, at);
		memcpy(data + at, hostile[i].bytes, size);
		memcpy(data + at + size, file.data + at, file.size - at);
		r = read_bytes(data, file.size + size);
		assert_int_equal(r.opened, 0);
		assert_int_equal(r.n, whole.n);
		assert_int_equal(r.status.damage_offset, at);
		assert_int_equal(r.status.lost_bytes, size);
		free(r.seen);
		r = read_bytes(hostile[i].bytes, size); /* alone */
		assert_int_equal(r.n, 0);
		free(r.seen);
	}
	free(data);
}

static void test_not_a_trace(void **state)
{
	static const char text[] = "#!/bin/sh\necho this is no trace at all, but text\n";
	/* `echo hello | zstd -c --no-check` */
	static const uint8_t zstd_hello[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x31, 0,
					      0,    'h',  'e',  'l',  'l',  'o',  '\n' };
	struct reading r;

	(void)state;
	r = read_bytes(text, sizeof(text));
	assert_int_equal(r.opened, VGPU_ERR_NOT_A_TRACE);
	r = read_bytes(zstd_hello, sizeof(zstd_hello));
	assert_int_equal(r.opened, VGPU_ERR_NOT_A_TRACE);
	r = read_bytes("", 0);
	assert_int_equal(r.opened, 0);
	assert_true(r.status.cut);
	assert_int_equal(r.status.damage_offset, 0);
}

static void test_version(void **state)
{
	uint8_t data[HEADER_SIZE] = { VGPU_TRACE_HEADER, 0, 0, 0, HEADER_SIZE };
	struct vgpu_trace_reader *reader;
	unsigned int major, minor;
	struct reading r;
	int fd;

	(void)state;
	memcpy(data + 16, "VGPUTRC", 8);
	data[24] = 2;
	data[26] = 7;
	fd = memory_file(data, sizeof(data));
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), VGPU_ERR_VERSION);
	vgpu_trace_reader_version(reader, &major, &minor);
	assert_int_equal(major, 2);
	assert_int_equal(minor, 7);
	vgpu_trace_reader_close(reader);
	close(fd);
	data[24] = 1; /* a newer minor version is fine */
	r = read_bytes(data, sizeof(data));
	assert_int_equal(r.opened, 0);
	assert_int_equal(r.n, 1);
	free(r.seen);
}

#ifdef __SANITIZE_ADDRESS__
#define GARBAGE 10000
#else
#define GARBAGE 100000
#endif

static uint32_t random_state = 12345;

static uint32_t rnd(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

/* Random bytes, and real files with random changes: nothing crashes, hangs or reads wrongly. */
static void test_garbage(void **state)
{
	uint8_t *data = malloc(file.size + 512);
	int fd = memory_file(NULL, 0);

	(void)state;
	assert_non_null(data);
	for (unsigned int i = 0; i < or_under_valgrind(GARBAGE, 500); i++) {
		struct reading r;
		size_t size;

		if (i % 4 == 0) {
			size = rnd(400);
			for (size_t k = 0; k < size; k++)
				data[k] = (uint8_t)rnd(256);
			if (i % 8 == 0 && size >= 4)
				memcpy(data, i % 16 ? "\x28\xb5\x2f\xfd" : "\x5a\x2a\x4d\x18", 4);
		} else {
			size = i % 4 == 1 ? file.size : rnd((uint32_t)file.size);
			memcpy(data, file.data, size);
			for (uint32_t k = rnd(6); size && k; k--)
				data[rnd((uint32_t)size)] = (uint8_t)rnd(256);
		}
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, data, size, 0), (ssize_t)size);
		lseek(fd, 0, SEEK_SET);
		r = read_fd(fd);
		assert_true(r.opened == 0 || r.opened == VGPU_ERR_NOT_A_TRACE ||
			    r.opened == VGPU_ERR_VERSION);
		assert_true(r.n <= whole.n);
		free(r.seen);
	}
	close(fd);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),           cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_torn_blocks),     cmocka_unit_test(test_flip_everywhere),
		cmocka_unit_test(test_splices),         cmocka_unit_test(test_record_lengths),
		cmocka_unit_test(test_hostile_frames),  cmocka_unit_test(test_not_a_trace),
		cmocka_unit_test(test_frame_and_index), cmocka_unit_test(test_plain),
		cmocka_unit_test(test_old_index),       cmocka_unit_test(test_version),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
