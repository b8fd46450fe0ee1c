/* SPDX-License-Identifier: MIT */
#include "times.h"

#include <errno.h>
#include <inttypes.h>

#include "names.h"
#include "report.h"

/* Processes of the timeline: who worked. */
enum {
	TIMES_CPU = 1,
	TIMES_GPU = 2
};

static int times_open(const char *path, FILE **out)
{
	*out = path ? fopen(path, "w") : NULL;
	return path && !*out ? -errno : 0;
}

int times_begin(struct times *t, const char *lines, const char *timeline, enum vgpu_dialect dialect,
		const char **path)
{
	int ret;

	*t = (struct times) { .start_ns = report_clock(), .dialect = dialect };
	*path = lines;
	ret = times_open(lines, &t->lines);
	if (ret)
		return ret;
	*path = timeline;
	ret = times_open(timeline, &t->timeline);
	if (ret || !timeline)
		return ret;
	fprintf(t->timeline,
		"{\"displayTimeUnit\":\"ns\",\"traceEvents\":["
		"\n{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\",\"args\":{\"name\":"
		"\"commands\"}},"
		"\n{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\",\"args\":{\"name\":\"until "
		"the "
		"fence\"}}",
		TIMES_CPU, TIMES_GPU);
	return 0;
}

bool times_wanted(const struct times *t)
{
	return t->lines || t->timeline;
}

static void times_slice(struct times *t, const struct times_command *c, int who, uint64_t from,
			uint64_t to)
{
	char room[NAME_ROOM];

	if (to == from && who == TIMES_GPU)
		return;
	fprintf(t->timeline,
		",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%" PRIu32
		",\"name\":\"%s\",\"ts\":%.3f,\"dur\":%.3f,"
		"\"args\":{\"command\":%" PRIu64 ",\"frame\":%" PRIu64 "}}",
		who, c->ctx_id, name_command(t->dialect, c->type, room),
		(double)(from - t->start_ns) / 1e3, (double)(to - from) / 1e3, c->id, c->frame);
}

void times_command(struct times *t, const struct times_command *c)
{
	char room[NAME_ROOM];

	if (t->lines)
		fprintf(t->lines,
			"{\"command\":%" PRIu64 ",\"type\":%" PRIu32
			",\"name\":\"%s\",\"ctx\":%" PRIu32 ",\"frame\":%" PRIu64 ",\"ns\":%" PRIu64
			",\"cpu_ns\":%" PRIu64 ",\"gpu_ns\":%" PRIu64 "}\n",
			c->id, c->type, name_command(t->dialect, c->type, room), c->ctx_id,
			c->frame, c->done_ns - c->begun_ns, c->returned_ns - c->begun_ns,
			c->done_ns - c->returned_ns);
	if (!t->timeline)
		return;
	times_slice(t, c, TIMES_CPU, c->begun_ns, c->returned_ns);
	times_slice(t, c, TIMES_GPU, c->returned_ns, c->done_ns);
}

static int times_close(FILE **f)
{
	int ret = *f && (fflush(*f) || ferror(*f)) ? -EIO : 0;

	if (*f && fclose(*f))
		ret = -EIO;
	*f = NULL;
	return ret;
}

int times_end(struct times *t)
{
	int lines, timeline;

	if (t->timeline)
		fputs("\n]}\n", t->timeline);
	lines = times_close(&t->lines);
	timeline = times_close(&t->timeline);
	return lines ? lines : timeline;
}

void times_finish(struct times *t)
{
	times_close(&t->lines);
	times_close(&t->timeline);
}
