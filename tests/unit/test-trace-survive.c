/* SPDX-License-Identifier: MIT */
/*
 * A large file cut and damaged in many places: whatever frame is whole is read, and what recover
 * makes of it is a whole trace. Frames stand for themselves, so most places are tried on a copy that
 * has only the frames around; some on all of the file.
 * VGPU_LONG=N: N places of each kind, in 100 MB.
 */
#include "trace-helper.h"
#include "under-valgrind.h"

#include <vgpu/edit.h>

#define SMALL_BYTES  (6u << 20)
#define SMALL_PLACES 60u
#define LONG_BYTES   (100u << 20)
#define PAGES        12u /* of noise a frame shown */

static struct bytes file;
static struct reading whole;
static unsigned int places;

/* A data frame and its index; the last part is what stands behind them. */
struct part {
	size_t start, end;
	size_t first, n; /* records */
};

static struct part parts[1024];
static size_t n_parts;

static uint64_t noise = 88172645463325252u;

static uint64_t next_noise(void)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return noise;
}

static void write_frame(struct vgpu_trace_writer *w, uint64_t frame)
{
	static uint64_t pages[PAGES * 512];
	static uint8_t stream[2048];
	uint64_t ns = 1000 + frame * 16000000u;
	struct vgpu_trace_memory m = { .address = frame % 64 * sizeof(pages),
				       .bytes = (const uint8_t *)pages,
				       .size = sizeof(pages) };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		pages[i] = next_noise();
	assert_int_equal(vgpu_trace_write_memory(w, ns, &m), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct vgpu_trace_command c = { .id = frame * 3 + i + 1,
						.response_size = 24,
						.request = stream,
						.request_size = sizeof(stream) };
		struct vgpu_trace_response r = { .id = c.id,
						 .response = stream,
						 .response_size = 24 };

		for (size_t k = 32; k < sizeof(stream); k += 64)
			stream[k] = (uint8_t)next_noise();
		assert_int_equal(vgpu_trace_write_command(w, ns + i * 1000, &c), 0);
		assert_int_equal(vgpu_trace_write_response(w, ns + i * 1000 + 500, &r), 0);
	}
	if (frame % 5 == 4) /* as a recorder does while the frame goes on */
		assert_int_equal(vgpu_trace_writer_flush(w), 0);
}

static void make(size_t size)
{
	/* Frames of this size however fast they are written, so that the file has several. */
	struct vgpu_trace_writer_options options = { .level = 1,
						     .frame_bytes = 1u << 20,
						     .frame_ms = 600000 };
	struct vgpu_trace_writer_stats stats;
	struct vgpu_trace_writer *w;
	int fd = memory_file(NULL, 0);
	uint64_t frame = 0;

	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	write_test_header(w, 1000);
	do {
		write_frame(w, frame++);
		vgpu_trace_writer_stats(w, &stats);
	} while (stats.file_bytes < size);
	assert_int_equal(vgpu_trace_writer_finish(w, 1000 + frame * 16000000u), 0);
	vgpu_trace_writer_destroy(w);
	file = file_bytes(fd);
	close(fd);
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void find_parts(void)
{
	size_t at = 0, records = 0;

	while (le32(file.data + at) == 0xfd2fb528) {
		size_t n = ZSTD_findFrameCompressedSize(file.data + at, file.size - at);
		const uint8_t *index = file.data + at + n;
		struct part *p = &parts[n_parts++];

		assert_true(n_parts < 1000);
		p->start = at;
		p->end = at + n + 8 + le32(index + 4);
		p->first = records;
		p->n = le32(index + 8 + 68);
		records += p->n;
		at = p->end;
	}
	assert_int_equal(records, whole.n);
	parts[n_parts++] = (struct part) { at, file.size, records, 0 };
}

static int set_up(void **state)
{
	const char *how_many = getenv("VGPU_LONG");

	(void)state;
	places = how_many ? (unsigned int)strtoul(how_many, NULL, 10)
			  : or_under_valgrind(SMALL_PLACES, 3);
	make(how_many ? LONG_BYTES : or_under_valgrind(SMALL_BYTES, 3u << 20));
	whole = read_bytes(file.data, file.size);
	assert_true(whole.status.ended);
	find_parts();
	assert_true(n_parts > 4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(file.data);
	free(whole.seen);
	return 0;
}

/* Which part a byte lies in. */
static size_t part_of(size_t at)
{
	size_t i = 0;

	while (at >= parts[i].end)
		i++;
	return i;
}

static void add(struct bytes *out, const struct part *p, size_t end)
{
	memcpy(out->data + out->size, file.data + p->start, end - p->start);
	out->size += end - p->start;
}

/* The records of a part, in order behind those met so far. False: not all of them are there. */
static bool has(const struct reading *r, size_t *at, const struct part *p)
{
	size_t k = *at;

	for (size_t i = 0; i < p->n; i++, k++) {
		const struct seen *want = &whole.seen[p->first + i];
		bool made; /* recover makes these anew */

		while (k < r->n && r->seen[k].type == VGPU_TRACE_LOST)
			k++;
		made = want->type == VGPU_TRACE_HEADER || want->type == VGPU_TRACE_END;
		if (k == r->n || want->type != r->seen[k].type ||
		    (!made && !same_record(want, &r->seen[k])))
			return false;
	}
	*at = k;
	return true;
}

static void note(struct reading *out, const struct vgpu_trace_record *r)
{
	if (out->n == out->room) {
		out->room = out->room ? 2 * out->room : 64;
		out->seen = realloc(out->seen, out->room * sizeof(*out->seen));
		assert_non_null(out->seen);
	}
	out->seen[out->n++] = (struct seen) { .type = r->type,
					      .flags = r->flags,
					      .time_ns = r->time_ns,
					      .body_size = r->body_size,
					      .sum = sum_of(r->body, r->body_size) };
}

/* What recover makes of it: one whole trace. Every tenth is written, too, and read again. */
static struct reading recover(const struct bytes *b)
{
	static unsigned int turn;
	struct vgpu_trace_writer_options options = { .level = 1 };
	bool write = turn++ % 10 == 0;
	int fd = memory_file(NULL, 0), n;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_writer *w;
	struct vgpu_trace_record r;
	struct vgpu_recover *v;
	struct reading out = { 0 }, again;

	assert_int_equal(vgpu_trace_reader_open_memory(&reader, b->data, b->size), 0);
	assert_int_equal(vgpu_recover_create(&v, reader, NULL, NULL), 0);
	assert_int_equal(vgpu_trace_writer_create(&w, fd, &options), 0);
	while ((n = vgpu_recover_next(v, &r)) == 1) {
		note(&out, &r);
		if (write)
			assert_int_equal(vgpu_trace_write(w, r.type, r.flags, r.time_ns, r.body,
							  r.body_size),
					 0);
	}
	assert_int_equal(n, 0);
	if (write) {
		assert_int_equal(vgpu_trace_writer_finish(w, 0), 0);
		lseek(fd, 0, SEEK_SET);
		again = read_fd(fd);
		assert_int_equal(again.n, out.n);
		for (size_t i = 0; i < out.n; i++)
			assert_true(same_record(&again.seen[i], &out.seen[i]));
		assert_true(again.status.ended);
		assert_true(again.status.damage_offset == UINT64_MAX);
		free(again.seen);
	}
	vgpu_trace_writer_destroy(w);
	vgpu_recover_destroy(v);
	vgpu_trace_reader_close(reader);
	close(fd);
	assert_int_equal(out.seen[0].type, VGPU_TRACE_HEADER);
	assert_int_equal(out.seen[out.n - 1].type, VGPU_TRACE_END);
	return out;
}

/* Is part `i` tried when something is wrong with part `k`: the header, what stands beside it, or all. */
static bool tried(size_t i, size_t k, bool all)
{
	return all || !i || (i + 1 >= k && i <= k + 1);
}

/* A copy up to `end` of what is tried, in a room of ours. */
static struct bytes copy(size_t k, size_t end, bool all)
{
	static uint8_t *room;
	struct bytes out;

	if (!room)
		room = malloc(file.size);
	assert_non_null(room);
	out = (struct bytes) { room, 0 };
	for (size_t i = 0; i < n_parts && parts[i].start < end; i++) {
		if (tried(i, k, all))
			add(&out, &parts[i], end < parts[i].end ? end : parts[i].end);
	}
	return out;
}

/* All that stands before the cut is there, and the first ones of the frame that it goes through. */
static void cut_at(size_t at, bool all)
{
	size_t k = part_of(at), met = 0;
	struct bytes b = copy(k, at, all);
	struct reading r;

	if (!k) { /* within the header */
		r = read_bytes(b.data, b.size);
		assert_int_equal(r.opened, 0);
		assert_true(r.status.cut);
		free(r.seen);
		return;
	}
	r = recover(&b);
	for (size_t i = 0; i < k; i++)
		assert_true(!tried(i, k, all) || has(&r, &met, &parts[i]));
	for (size_t i = parts[k].first; met < r.n - 1; i++, met++)
		assert_true(i < whole.n && same_record(&r.seen[met], &whole.seen[i]));
	free(r.seen);
}

/* All that stands before and behind the part with the byte is there. */
static void flip_at(size_t at, bool all)
{
	uint8_t bit = (uint8_t)(1u << next_noise() % 8);
	size_t k = part_of(at), met = 0;
	struct reading r;
	struct bytes b;

	file.data[at] ^= bit;
	b = copy(k, file.size, all);
	file.data[at] ^= bit;
	r = recover(&b);
	for (size_t i = 0; i < n_parts; i++)
		assert_true(!tried(i, k, all) || has(&r, &met, &parts[i]) || i == k);
	free(r.seen);
}

static void test_cut(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < places; i++)
		cut_at(next_noise() % file.size, i % 100 == 0);
	for (size_t i = 0; i < n_parts; i += 1 + n_parts / 8) /* and where parts meet */
		cut_at(parts[i].end - (i + 1 == n_parts), false);
}

static void test_flip(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < places; i++)
		flip_at(next_noise() % file.size, i % 100 == 0);
	for (unsigned int i = 0; i < 20; i++) /* the few bytes of the header, and the last ones */
		flip_at(i % 2 ? next_noise() % parts[0].end : file.size - 1 - next_noise() % 400,
			false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flip),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
