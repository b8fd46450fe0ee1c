/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a trace file: the reader ends, its counts agree with each other, record bodies lie
 * inside the stream, statistics take whatever comes, and what recover makes of it is whole traces.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vgpu/edit.h>
#include <vgpu/stats.h>
#include <vgpu/trace.h>

#include "fuzz.h"

/* Every byte of what was handed out must be readable. */
static unsigned int touch(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	unsigned int sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += p[i];
	return sum;
}

static unsigned int parse(const struct vgpu_trace_record *r)
{
	unsigned int sum = 0;

#define VGPU_TRACE_BODY(type, name, fixed)                 \
	{                                                  \
		struct vgpu_trace_##name b;                \
                                                           \
		if (vgpu_trace_parse_##name(r, &b) == 0) { \
			sum += touch(&b, sizeof(b));
#define VGPU_TRACE_TAIL(name, member, bytes, kind, text) sum += touch(b.member, b.bytes);
#define VGPU_TRACE_BODY_END(type, name) \
	}                               \
	}
#include <vgpu/trace.def>
	return sum;
}

static void add_bytes(void *data, const struct vgpu_gap *gap)
{
	*(uint64_t *)data += gap->bytes;
}

/* Each trace has its header, its end and nothing between that is neither; no record is left out. */
static void recover(int fd, const struct vgpu_trace_status *status)
{
	uint64_t records = 0, bytes = 0;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	struct vgpu_recover *v;
	bool open = false;
	int n;

	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	REQUIRE(vgpu_trace_reader_open_fd(&reader, fd) == 0);
	REQUIRE(vgpu_recover_create(&v, reader, add_bytes, &bytes) == 0);
	while ((n = vgpu_recover_next(v, &r)) == 1) {
		REQUIRE(open == (r.type != VGPU_TRACE_HEADER));
		open = r.type != VGPU_TRACE_END;
		touch(r.body, r.body_size);
		parse(&r);
		records++;
	}
	REQUIRE(n < 0 || (!open && records >= status->records && bytes == status->lost_bytes));
	vgpu_recover_destroy(v);
	vgpu_trace_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vgpu_trace_reader *reader = NULL;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	struct vgpu_stats *stats;
	uint64_t records = 0, number = 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC), n = 0;

	REQUIRE(fd >= 0);
	REQUIRE(!size || pwrite(fd, data, size, 0) == (ssize_t)size);
	stats = vgpu_stats_create();
	REQUIRE(stats);
	n = vgpu_trace_reader_open_fd(&reader, fd);
	if (n == 0) {
		while ((n = vgpu_trace_reader_next(reader, &r)) == 1) {
			REQUIRE(records == 0 || r.number > number);
			number = r.number;
			records++;
			REQUIRE(r.body_size <= VGPU_TRACE_RECORD_MAX);
			touch(r.body, r.body_size);
			parse(&r);
			REQUIRE(vgpu_stats_add(stats, &r) == 0);
		}
		vgpu_trace_reader_status(reader, &status);
		REQUIRE(status.records == records);
		REQUIRE(status.file_bytes <= size && status.lost_bytes <= size);
		REQUIRE(!(status.ended && status.cut));
		REQUIRE(n < 0 || status.ended != status.cut);
		REQUIRE(!status.cut || status.damage_offset <= size);
	}
	if (n == 0)
		recover(fd, &status);
	vgpu_trace_reader_close(reader);
	vgpu_stats_finish(stats);
	vgpu_stats_destroy(stats);
	close(fd);
	return 0;
}
