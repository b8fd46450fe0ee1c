/* SPDX-License-Identifier: MIT */
/* Merge: by time, on one clock, and nothing of one trace is taken for another's. */
#include "trace-helper.h"

#include <vgpu/edit.h>

#define S 1000000000ll

/* A trace whose clock shows `clock_ns` at the wall clock's `wall_ns`. */
struct made {
	struct vgpu_trace_writer *w;
	int fd;
	uint64_t id;
};

static struct made begin(uint64_t clock_ns, uint64_t wall_ns, char name)
{
	char text[] = "source=?\0kernel=some";
	struct vgpu_trace_header h = {
		.clock = 1, .realtime_ns = wall_ns, .text = text, .text_size = sizeof(text)
	};
	struct made m = { .fd = memory_file(NULL, 0) };

	text[7] = name;
	memset(h.file_id, name, sizeof(h.file_id));
	assert_int_equal(vgpu_trace_writer_create(&m.w, m.fd, NULL), 0);
	assert_int_equal(vgpu_trace_write_header(m.w, clock_ns, &h), 0);
	return m;
}

static void end(struct made *m)
{
	assert_int_equal(vgpu_trace_writer_finish(m->w, 0), 0);
	vgpu_trace_writer_destroy(m->w);
	lseek(m->fd, 0, SEEK_SET);
}

static void command(struct made *m, uint64_t time_ns, uint32_t device)
{
	struct vgpu_trace_command c = { .id = ++m->id,
					.device = device,
					.pid = 5,
					.response_size = 24,
					.request = (const uint8_t *)"request",
					.request_size = 8 };

	assert_int_equal(vgpu_trace_write_command(m->w, time_ns, &c), 0);
}

static void answer(struct made *m, uint64_t time_ns, uint64_t id)
{
	struct vgpu_trace_response r = { .id = id,
					 .response = (const uint8_t *)"answer",
					 .response_size = 7 };

	assert_int_equal(vgpu_trace_write_response(m->w, time_ns, &r), 0);
}

static void memory(struct made *m, uint64_t time_ns)
{
	struct vgpu_trace_memory r = { .address = 0x1000,
				       .bytes = (const uint8_t *)"m",
				       .size = 1 };

	assert_int_equal(vgpu_trace_write_memory(m->w, time_ns, &r), 0);
}

static void lost(struct made *m, uint64_t time_ns, uint64_t id)
{
	struct vgpu_trace_lost l = {
		.what = VGPU_TRACE_LOST_STREAM, .count = 1, .first_ns = time_ns, .id = id
	};

	assert_int_equal(vgpu_trace_write_lost(m->w, time_ns, &l), 0);
}

/* The merged trace as text: a word for each record, times since 1000 s. */
static int merge(struct made *list, unsigned int n, int64_t offset, char *text, size_t size)
{
	struct vgpu_merge_input in[VGPU_MERGE_MAX] = { 0 };
	struct vgpu_trace_response response;
	struct vgpu_trace_command command;
	struct vgpu_trace_process process;
	struct vgpu_trace_device device;
	struct vgpu_trace_header header;
	struct vgpu_trace_memory mem;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_trace_lost l;
	struct vgpu_trace_writer *w;
	int fd = memory_file(NULL, 0), err;
	unsigned int which;
	uint64_t end_ns;
	size_t at = 0;

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(vgpu_trace_reader_open_fd(&in[i].reader, list[i].fd), 0);
	in[n - 1].offset_ns = offset;
	assert_int_equal(vgpu_trace_writer_create(&w, fd, NULL), 0);
	err = vgpu_trace_merge(in, n, w, &which, &end_ns);
	assert_int_equal(vgpu_trace_writer_finish(w, end_ns), 0);
	vgpu_trace_writer_destroy(w);
	for (unsigned int i = 0; i < n; i++) {
		vgpu_trace_reader_close(in[i].reader);
		close(list[i].fd);
	}
	lseek(fd, 0, SEEK_SET);
	*text = '\0';
	if (err || vgpu_trace_reader_open_fd(&reader, fd)) {
		close(fd);
		return err;
	}
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		int64_t t = (int64_t)r.time_ns / S - 1000;

#define ADD(...) at += (size_t)snprintf(text + at, size - at, __VA_ARGS__)
		if (!vgpu_trace_parse_header(&r, &header)) {
			const char *from =
				vgpu_trace_text_get(header.text, header.text_size, "merged-from");
			const char *second =
				vgpu_trace_text_get(header.text, header.text_size, "1.source");

			ADD("%lld wall=%lld %s %s %zu", (long long)t,
			    (long long)(header.realtime_ns / S),
			    vgpu_trace_text_get(header.text, header.text_size, "source"),
			    second ? second : "none", strlen(from));
		} else if (!vgpu_trace_parse_command(&r, &command)) {
			ADD(" | %lld c%llu d%u p%x", (long long)t, (unsigned long long)command.id,
			    command.device, command.pid);
		} else if (!vgpu_trace_parse_response(&r, &response)) {
			ADD(" | %lld r%llu", (long long)t, (unsigned long long)response.id);
		} else if (!vgpu_trace_parse_memory(&r, &mem)) {
			ADD(" | %lld m%llx", (long long)t, (unsigned long long)mem.space);
		} else if (!vgpu_trace_parse_lost(&r, &l)) {
			ADD(" | %lld l%llu@%lld", (long long)t, (unsigned long long)l.id,
			    (long long)l.first_ns / S - 1000);
		} else if (!vgpu_trace_parse_process(&r, &process)) {
			ADD(" | %lld p%x", (long long)t, process.pid);
		} else if (!vgpu_trace_parse_device(&r, &device)) {
			const char *space =
				vgpu_trace_text_get(device.text, device.text_size, "space");

			ADD(" | %lld d%u %s", (long long)t, device.device, space ? space : "0");
		}
	}
	vgpu_trace_reader_close(reader);
	close(fd);
	return 0;
}

static char got[4096];

static void test_times(void **state)
{
	struct made m[2];

	(void)state;
	/* The second one's clock is 900 s behind the first's: 110 there is 1010 here. */
	m[0] = begin(1000 * S, 50000 * S, 'a');
	command(&m[0], 1001 * S, 0);
	answer(&m[0], 1005 * S, 1);
	command(&m[0], 1006 * S, 0);
	end(&m[0]);
	m[1] = begin(100 * S, 50000 * S, 'b');
	command(&m[1], 102 * S, 0);
	command(&m[1], 103 * S, 3);
	answer(&m[1], 104 * S, 2);
	answer(&m[1], 107 * S, 1);
	end(&m[1]);
	assert_int_equal(merge(m, 2, 0, got, sizeof(got)), 0);
	/* Those of the second one get a DEVICE, which tells their space. */
	assert_string_equal(got, "0 wall=50000 a b 65 | 1 c1 d0 p5 | 2 d1 4294967296 | "
				 "2 c2 d1 p1000005 | 3 d2 4294967296 | 3 c3 d2 p1000005 | 4 r3 | "
				 "5 r1 | 6 c4 d0 p5 | 7 r2");
	/* One that began earlier: the new trace begins with it. */
	m[0] = begin(1000 * S, 50000 * S, 'a');
	command(&m[0], 1001 * S, 0);
	end(&m[0]);
	m[1] = begin(100 * S, 49990 * S, 'b');
	command(&m[1], 101 * S, 0);
	end(&m[1]);
	assert_int_equal(merge(m, 2, -10 * S, got, sizeof(got)), 0);
	assert_string_equal(got, "-20 wall=49980 a b 65 | -19 d0 4294967296 | "
				 "-19 c1 d0 p1000005 | 1 c2 d1 p5");
	/* Before the first clock's beginning: all of them are put off. */
	m[0] = begin(5 * S, 50000 * S, 'a');
	command(&m[0], 6 * S, 0);
	end(&m[0]);
	m[1] = begin(100 * S, 49990 * S, 'b');
	end(&m[1]);
	assert_int_equal(merge(m, 2, 0, got, sizeof(got)), 0);
	assert_string_equal(got, "-1000 wall=49990 a b 65 | -989 c1 d0 p5");
}

static void test_names(void **state)
{
	static const char text[] = "driver=virtio_gpu";
	struct vgpu_trace_device device = { .device = 2, .text = text, .text_size = sizeof(text) };
	struct vgpu_trace_process process = { .pid = 9, .tid = 9, .comm = "p" };
	struct made m[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		m[i] = begin(1000 * S, 50000 * S, (char)('a' + i));
		assert_int_equal(vgpu_trace_write_device(m[i].w, 1000 * S, &device), 0);
		assert_int_equal(vgpu_trace_write_process(m[i].w, 1000 * S, &process), 0);
		memory(&m[i], (uint64_t)(1001 + i) * S);
		/* A LOST stands before its command: no other may come between them. */
		lost(&m[i], 1003 * S, 1);
		command(&m[i], 1005 * S, 2);
		lost(&m[i], 1006 * S, 1);
		end(&m[i]);
	}
	assert_int_equal(merge(m, 2, 0, got, sizeof(got)), 0);
	assert_string_equal(
		got, "0 wall=50000 a b 65 | 0 d0 0 | 0 p9 | 0 d1 4294967296 | 0 p1000009 | "
		     "1 m0 | 2 m100000000 | 3 l1@3 | 5 c1 d0 p5 | 3 l2@3 | 5 c2 d1 p1000005 | "
		     "6 l1@6 | 6 l2@6");
}

static void test_wrong(void **state)
{
	struct vgpu_merge_input none = { 0 };
	unsigned int which;
	uint64_t end_ns;
	struct made m[2];

	(void)state;
	assert_int_equal(vgpu_trace_merge(&none, 0, NULL, &which, &end_ns), VGPU_ERR_TOO_LARGE);
	m[0] = begin(1000 * S, 50000 * S, 'a');
	end(&m[0]);
	m[1] = begin(1000 * S, 50000 * S, 'b');
	write_test_header(m[1].w, 1001 * S);
	end(&m[1]);
	assert_int_equal(merge(m, 2, 0, got, sizeof(got)), VGPU_ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
