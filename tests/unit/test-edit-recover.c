/* SPDX-License-Identifier: MIT */
/* Recover: what a reader still gives of a damaged file, as a whole one, and what it tells. */
#include "trace-helper.h"
#include "under-valgrind.h"

#include <vgpu/edit.h>

#ifdef __SANITIZE_ADDRESS__
#define STEP 29
#else
#define STEP 3
#endif

static struct bytes file;
static struct reading whole;

/* What was told, added up. */
struct told {
	unsigned int gaps, headers, ends, unsure;
	uint64_t bytes, records, offset; /* offset: of the first one */
};

static void tell(void *data, const struct vgpu_gap *gap)
{
	struct told *t = data;

	if (!t->gaps++)
		t->offset = gap->offset;
	t->headers += gap->header;
	t->ends += gap->end;
	t->unsure += gap->unsure;
	t->bytes += gap->bytes;
	t->records += gap->records;
	assert_true(gap->bytes || gap->records || gap->header || gap->end);
}

/* Write what is recovered, each trace by a writer of its own, and read it: *out. */
static struct told recover(const void *data, size_t size, struct reading *out)
{
	int from = memory_file(data, size), to = memory_file(NULL, 0), n;
	struct vgpu_trace_writer *w = NULL;
	struct vgpu_trace_reader *reader;
	struct told t = { 0 };
	struct vgpu_trace_record r;
	struct vgpu_recover *v;

	assert_int_equal(vgpu_trace_reader_open_fd(&reader, from), 0);
	assert_int_equal(vgpu_recover_create(&v, reader, tell, &t), 0);
	while ((n = vgpu_recover_next(v, &r)) == 1) {
		if (r.type == VGPU_TRACE_HEADER) {
			assert_null(w);
			assert_int_equal(vgpu_trace_writer_create(&w, to, NULL), 0);
		}
		assert_non_null(w);
		assert_int_equal(
			vgpu_trace_write(w, r.type, r.flags, r.time_ns, r.body, r.body_size), 0);
		if (r.type == VGPU_TRACE_END) {
			assert_int_equal(vgpu_trace_writer_finish(w, 0), 0);
			vgpu_trace_writer_destroy(w);
			w = NULL;
		}
	}
	assert_int_equal(n, 0);
	assert_null(w);
	assert_int_equal(vgpu_recover_next(v, &r), 0);
	vgpu_recover_destroy(v);
	vgpu_trace_reader_close(reader);
	lseek(to, 0, SEEK_SET);
	*out = read_fd(to);
	close(from);
	close(to);
	return t;
}

/* `got` is a whole file, and but for HEADER, LOST and END has what the reader gives of `data`. */
static void assert_recovered(const void *data, size_t size, const struct told *t,
			     const struct reading *got)
{
	struct reading old = read_bytes(data, size);
	size_t k = 0;

	assert_int_equal(t->bytes, old.status.lost_bytes);
	assert_true(t->records >= old.status.lost_records);
	assert_int_equal(t->gaps > 0, old.status.damage_offset != UINT64_MAX);
	if (t->gaps)
		assert_int_equal(t->offset, old.status.damage_offset);
	if (!old.n) {
		assert_int_equal(got->n, 0);
	} else {
		assert_true(got->status.ended);
		assert_int_equal(got->status.lost_bytes, 0);
		assert_int_equal(got->seen[0].type, VGPU_TRACE_HEADER);
		assert_int_equal(got->seen[got->n - 1].type, VGPU_TRACE_END);
	}
	for (size_t i = 0; i < old.n; i++) {
		if (old.seen[i].type == VGPU_TRACE_HEADER || old.seen[i].type == VGPU_TRACE_END)
			continue;
		while (k < got->n && got->seen[k].type != old.seen[i].type)
			k++;
		assert_true(k < got->n);
		assert_true(same_record(&got->seen[k], &old.seen[i]));
		k++;
	}
	for (; k < got->n; k++)
		assert_true(got->seen[k].type == VGPU_TRACE_END ||
			    got->seen[k].type == VGPU_TRACE_LOST ||
			    got->seen[k].type == VGPU_TRACE_HEADER);
	free(old.seen);
}

static unsigned int count(const struct reading *r, uint16_t type)
{
	unsigned int n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->seen[i].type == type;
	return n;
}

static int set_up(void **state)
{
	(void)state;
	file = noise_trace(24, 150, 512);
	whole = read_bytes(file.data, file.size);
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
	struct reading got;
	struct told t = recover(file.data, file.size, &got);

	(void)state;
	assert_int_equal(t.gaps, 0);
	assert_int_equal(got.n, whole.n);
	for (size_t i = 1; i < whole.n; i++) /* END too: its counts are the same */
		assert_true(same_record(&got.seen[i], &whole.seen[i]));
	free(got.seen);
}

static void test_cut_everywhere(void **state)
{
	(void)state;
	for (size_t n = 0; n < file.size; n += or_under_valgrind(STEP, 211)) {
		struct reading got;
		struct told t = recover(file.data, n, &got);

		assert_recovered(file.data, n, &t, &got);
		/* Nothing follows: there is no LOST. */
		assert_int_equal(count(&got, VGPU_TRACE_LOST), 0);
		assert_int_equal(count(&got, VGPU_TRACE_HEADER), got.n > 0);
		assert_int_equal(t.unsure, t.ends || !got.n);
		free(got.seen);
	}
}

static void test_flip_everywhere(void **state)
{
	(void)state;
	for (size_t at = 0; at < file.size; at += or_under_valgrind(STEP, 211)) {
		struct reading got;
		struct told t;

		file.data[at] ^= 0xff;
		t = recover(file.data, file.size, &got);
		assert_recovered(file.data, file.size, &t, &got);
		file.data[at] ^= 0xff;
		assert_true(t.gaps <= 1);
		/* Either none of these is missing, or a LOST says so, or they are the last. */
		assert_true(count(&got, VGPU_TRACE_MEMORY) == 24 ||
			    count(&got, VGPU_TRACE_LOST) == 1 || t.ends);
		assert_int_equal(count(&got, VGPU_TRACE_HEADER), 1);
		assert_int_equal(t.records, whole.n - count(&got, VGPU_TRACE_MEMORY) -
						    (t.headers ? 0 : 1) - (t.ends ? 0 : 1));
		free(got.seen);
	}
}

/* Two places far apart, and both the frame and the index behind it. */
static void test_two_gaps(void **state)
{
	uint8_t *data = malloc(file.size);
	struct reading got;
	struct told t;

	(void)state;
	assert_non_null(data);
	memcpy(data, file.data, file.size);
	data[file.size / 4] ^= 0xff;
	data[file.size / 2] ^= 0xff;
	t = recover(data, file.size, &got);
	assert_recovered(data, file.size, &t, &got);
	assert_int_equal(t.gaps, 2);
	assert_int_equal(t.unsure, 0);
	assert_int_equal(count(&got, VGPU_TRACE_LOST), t.records > 3 ? 2 : 1);
	free(got.seen);
	free(data);
}

/* The second one's HEADER is lost, which its index tells: two traces come out. */
static void test_lost_header(void **state)
{
	uint8_t *data = malloc(2 * file.size);
	struct reading got;
	struct told t;

	(void)state;
	assert_non_null(data);
	memcpy(data, file.data, file.size);
	memcpy(data + file.size, file.data, file.size);
	t = recover(data, 2 * file.size, &got);
	assert_int_equal(t.gaps, 0);
	assert_int_equal(count(&got, VGPU_TRACE_HEADER), 2);
	free(got.seen);

	data[file.size + 20] ^= 0xff; /* in its first frame */
	t = recover(data, 2 * file.size, &got);
	assert_recovered(data, 2 * file.size, &t, &got);
	assert_int_equal(t.gaps, 1);
	assert_int_equal(t.headers, 1);
	assert_int_equal(t.ends, 0);
	assert_int_equal(t.records, 1);
	assert_int_equal(t.offset, file.size);
	assert_int_equal(count(&got, VGPU_TRACE_HEADER), 2);
	assert_int_equal(count(&got, VGPU_TRACE_LOST), 1);
	assert_int_equal(count(&got, VGPU_TRACE_MEMORY), 48);
	free(got.seen);

	/* The first one's end as well: a cut file in front of it. */
	memmove(data + file.size / 2, data + file.size, file.size);
	t = recover(data, file.size / 2 + file.size, &got);
	assert_int_equal(t.headers, 1);
	assert_int_equal(t.ends, 1);
	assert_int_equal(count(&got, VGPU_TRACE_HEADER), 2);
	assert_int_equal(count(&got, VGPU_TRACE_END), 2);
	assert_true(got.status.ended);
	free(got.seen);
	free(data);
}

/* Without any index nobody knows how much is missing; that something is, is told. */
static void test_unsure(void **state)
{
	struct bytes packed = { malloc(file.size), 0 };
	struct reading got;
	struct told t;

	(void)state;
	assert_non_null(packed.data);
	for (size_t at = 0, n; at < file.size; at += n) {
		n = ZSTD_findFrameCompressedSize(file.data + at, file.size - at);
		if (file.data[at] != 0x28)
			continue;
		memcpy(packed.data + packed.size, file.data + at, n);
		packed.size += n;
	}
	packed.data[packed.size / 2] ^= 0xff;
	t = recover(packed.data, packed.size, &got);
	assert_int_equal(t.gaps, 1);
	assert_int_equal(t.unsure, 1);
	assert_int_equal(t.records, 1);
	assert_true(got.status.ended);
	assert_int_equal(count(&got, VGPU_TRACE_LOST), 1);
	free(got.seen);
	free(packed.data);
}

/* The header says where it comes from, and is not recovered-from twice. */
static void test_header(void **state)
{
	int from = memory_file(file.data, file.size);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_header h;
	struct vgpu_trace_record r;
	struct vgpu_recover *v;
	const char *id;

	(void)state;
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, from), 0);
	assert_int_equal(vgpu_recover_create(&v, reader, NULL, NULL), 0);
	assert_int_equal(vgpu_recover_next(v, &r), 1);
	assert_int_equal(vgpu_trace_parse_header(&r, &h), 0);
	id = vgpu_trace_text_get(h.text, h.text_size, "recovered-from");
	assert_string_equal(id, "6162636465666768696a6b6c6d6e6f00");
	assert_string_equal(vgpu_trace_text_get(h.text, h.text_size, "source"), "synthetic");
	assert_int_equal(h.realtime_ns, 42);
	assert_memory_not_equal(h.file_id, "abcdefghijklmno", 16);
	vgpu_recover_destroy(v);
	vgpu_recover_destroy(NULL);
	vgpu_trace_reader_close(reader);
	close(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),           cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_flip_everywhere), cmocka_unit_test(test_two_gaps),
		cmocka_unit_test(test_lost_header),     cmocka_unit_test(test_unsure),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
