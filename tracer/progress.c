/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define SECOND      UINT64_C(1000000000)
#define FIRST_AFTER SECOND
#define EVERY       (SECOND / 5)
#define BAR         30

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void progress_begin(struct progress *p, const char *path, bool quiet, bool streams)
{
	struct stat st;

	memset(p, 0, sizeof(*p));
	p->on = !quiet && isatty(STDERR_FILENO) && !(streams && isatty(STDOUT_FILENO));
	if (!p->on)
		return;
	p->start_ns = now_ns();
	p->next_ns = p->start_ns + FIRST_AFTER;
	if ((strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0 &&
	    S_ISREG(st.st_mode))
		p->total = (uint64_t)st.st_size;
}

void progress_look(struct progress *p, const struct vgpu_trace_reader *reader)
{
	static const char full[] = "##############################";
	static const char rest[] = "..............................";
	uint64_t now = now_ns(), elapsed = now - p->start_ns;
	struct vgpu_trace_status s;
	double part;
	int filled;

	p->records = 0;
	if (now < p->next_ns)
		return;
	p->next_ns = now + EVERY;
	p->shown = true;
	vgpu_trace_reader_status(reader, &s);
	if (!p->total) {
		fprintf(stderr, "\r%" PRIu64 " MiB read, %" PRIu64 " s\033[K", s.file_bytes >> 20,
			elapsed / SECOND);
		return;
	}
	part = (double)s.file_bytes / (double)p->total;
	if (part > 1) /* it grows while it is read */
		part = 1;
	filled = (int)(part * BAR);
	fprintf(stderr, "\r[%.*s%.*s] %3d %%", filled, full, BAR - filled, rest, (int)(part * 100));
	if (part > 0)
		fprintf(stderr, ", %.0f s to go", (double)elapsed / 1e9 * (1 - part) / part);
	fputs("\033[K", stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->on = p->shown = false;
}
