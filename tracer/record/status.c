/* SPDX-License-Identifier: MIT */
/* The line that shows how it goes, on terminals only. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "record.h"

#define INTERVAL_NS 500000000ull

void record_status_init(struct record_status *s, bool quiet, uint64_t now)
{
	s->live = !quiet && isatty(STDERR_FILENO);
	s->start_ns = now;
	s->last_ns = 0;
}

void record_status_update(struct record_status *s, uint64_t now, uint64_t commands,
			  uint64_t file_bytes, uint64_t lost)
{
	if (!s->live || now - s->last_ns < INTERVAL_NS)
		return;
	s->last_ns = now;
	fprintf(stderr, "\r%7.1f s  %" PRIu64 " commands  %.1f MB  %" PRIu64 " lost\033[K",
		(double)(now - s->start_ns) / 1e9, commands, (double)file_bytes / 1e6, lost);
	fflush(stderr);
}

void record_status_clear(struct record_status *s)
{
	if (s->live && s->last_ns)
		fprintf(stderr, "\r\033[K");
	s->last_ns = 0;
}
