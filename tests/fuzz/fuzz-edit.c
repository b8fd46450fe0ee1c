/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a trace to edit, after three that choose a range: what trim, strip and merge write is
 * a whole trace, and none of them reads or holds more than it may.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "fuzz.h"

#define MEMORY_MAX (8u << 20)

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(!size || pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

static struct vgpu_trace_writer *writer_of(int fd)
{
	struct vgpu_trace_writer_options options = { .level = 1, .frame_ms = UINT32_MAX };
	struct vgpu_trace_writer *w;

	REQUIRE(vgpu_trace_writer_create(&w, fd, &options) == 0);
	return w;
}

/* Ends the writer. What was written, if anything, is whole: commands count from 1, answers follow. */
static void judge(int fd, struct vgpu_trace_writer *w, uint64_t end_ns, bool numbered)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_response answer;
	struct vgpu_trace_status status;
	struct vgpu_trace_command c;
	struct vgpu_trace_record r;
	uint64_t commands = 0;

	REQUIRE(vgpu_trace_writer_finish(w, end_ns) == 0);
	vgpu_trace_writer_destroy(w);
	lseek(fd, 0, SEEK_SET);
	REQUIRE(vgpu_trace_reader_open_fd(&reader, fd) == 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (!vgpu_trace_parse_command(&r, &c))
			REQUIRE(!numbered || c.id == ++commands);
		else if (!vgpu_trace_parse_response(&r, &answer))
			REQUIRE(!numbered || (answer.id && answer.id <= commands));
	}
	vgpu_trace_reader_status(reader, &status);
	REQUIRE(status.ended && !status.cut && status.damage_offset == UINT64_MAX);
	vgpu_trace_reader_close(reader);
}

static void trim(int fd, const uint8_t *choice)
{
	struct vgpu_trim_options o = { .unit = (enum vgpu_trim_unit)(choice[0] % 3),
				       .first = choice[1],
				       .last = (uint64_t)choice[1] + choice[2],
				       .memory_max = MEMORY_MAX,
				       .whole_streams = choice[0] & 128 };
	int out = file_of(NULL, 0), err;
	struct vgpu_trace_writer *w = writer_of(out);
	struct vgpu_trim_report report;
	struct vgpu_trace_status status;
	uint64_t end_ns;

	if (o.unit == VGPU_TRIM_TIME) {
		o.first *= 1000000;
		o.last *= 1000000;
	}
	err = vgpu_trace_trim(fd, w, &o, &report, &status, &end_ns);
	REQUIRE(report.commands_kept <= report.commands_before || err);
	REQUIRE(report.memory_kept <= report.memory_before || err);
	if (!err)
		judge(out, w, end_ns, true);
	else
		vgpu_trace_writer_destroy(w);
	close(out);
}

static void strip(int fd, unsigned int keep)
{
	struct vgpu_trace_writer *w = NULL;
	struct vgpu_trace_record r, clean;
	struct vgpu_trace_reader *reader;
	struct vgpu_strip *s;
	int out = file_of(NULL, 0), n;
	bool more = true;

	lseek(fd, 0, SEEK_SET);
	if (vgpu_trace_reader_open_fd(&reader, fd)) {
		vgpu_trace_reader_close(reader);
		close(out);
		return;
	}
	REQUIRE(vgpu_strip_create(&s, keep) == 0);
	while (more && vgpu_trace_reader_next(reader, &r) == 1) {
		n = vgpu_strip_record(s, &r, &clean);
		REQUIRE(n == 1 || n == VGPU_ERR_UNKNOWN || n == VGPU_ERR_CORRUPT);
		if (n != 1 || (!w && clean.type != VGPU_TRACE_HEADER))
			continue;
		more = !w || clean.type != VGPU_TRACE_HEADER;
		if (!w)
			w = writer_of(out);
		if (more)
			REQUIRE(vgpu_trace_write(w, clean.type, clean.flags, clean.time_ns,
						 clean.body, clean.body_size) == 0);
	}
	if (w)
		judge(out, w, 0, false);
	vgpu_strip_destroy(s);
	vgpu_trace_reader_close(reader);
	close(out);
}

static void merge(const uint8_t *data, size_t size)
{
	struct vgpu_merge_input in[2] = { { .offset_ns = 0 }, { .offset_ns = -5 } };
	int fds[2] = { file_of(data, size), file_of(data, size) }, out = file_of(NULL, 0);
	unsigned int which;
	uint64_t end_ns;

	if (vgpu_trace_reader_open_fd(&in[0].reader, fds[0]) == 0 &&
	    vgpu_trace_reader_open_fd(&in[1].reader, fds[1]) == 0) {
		struct vgpu_trace_writer *w = writer_of(out);

		if (vgpu_trace_merge(in, 2, w, &which, &end_ns) == 0)
			judge(out, w, end_ns, true);
		else
			vgpu_trace_writer_destroy(w);
	}
	vgpu_trace_reader_close(in[0].reader);
	vgpu_trace_reader_close(in[1].reader);
	close(fds[0]);
	close(fds[1]);
	close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (size < 3)
		return 0;
	fd = file_of(data + 3, size - 3);
	trim(fd, data);
	strip(fd, data[0] & 31);
	merge(data + 3, size - 3);
	close(fd);
	return 0;
}
