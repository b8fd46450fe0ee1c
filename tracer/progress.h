/* SPDX-License-Identifier: MIT */
/* How far a long reading is, on standard error: only on a terminal, and only after a second. */
#ifndef TRACER_PROGRESS_H
#define TRACER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <vgpu/trace.h>

struct progress {
	bool on, shown;
	unsigned int records; /* since the clock was last looked at */
	uint64_t start_ns, next_ns;
	uint64_t total; /* bytes of the file; 0: not known, a pipe */
};

/*
 * `path` as given to tool_open(); `quiet`: never show anything; `streams`: results are printed
 * meanwhile, so nothing is shown when they go to a terminal too.
 */
void progress_begin(struct progress *p, const char *path, bool quiet, bool streams);
void progress_look(struct progress *p, const struct vgpu_trace_reader *reader);
/* Takes the line away again. */
void progress_end(struct progress *p);

/* After each record. */
static inline void progress_tick(struct progress *p, const struct vgpu_trace_reader *reader)
{
	if (p->on && ++p->records >= 1024)
		progress_look(p, reader);
}

#endif
