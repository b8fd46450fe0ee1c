/* SPDX-License-Identifier: MIT */
/*
 * A replay in a process of its own: when the renderer crashes, hangs or eats all memory, its parent
 * is there to say in which command, and what had come of the replay until then.
 */
#ifndef VGPU_REPLAY_CHILD_H
#define VGPU_REPLAY_CHILD_H

#include <stdint.h>

#include "files.h"
#include "report.h"
#include "shader-cache.h"
#include "window/wire.h"

/* Lies in memory that both processes see. The parent takes nothing in it for granted. */
struct child_progress {
	struct report report;
	uint64_t command, record, offset; /* being executed: ids, bytes into the stream */
	uint32_t type, ctx_id;
	uint64_t begun_ns;         /* report_clock(); 0: no command is being executed */
	struct window_order again; /* what its window wants of another replay */
};

enum child_fate {
	CHILD_EXITED,    /* by itself: `value` is its status */
	CHILD_SIGNALLED, /* `value` is the signal */
	CHILD_HUNG,      /* a command took longer than allowed, `value` seconds */
	CHILD_TOO_LARGE, /* it held more memory than allowed, `value` MiB */
};

struct child_limits {
	uint32_t seconds;             /* for one command; 0: no limit */
	uint64_t memory;              /* bytes resident; 0: no limit */
	struct shader_cache *shaders; /* what it may write there; NULL: it has no such place */
};

struct child_result {
	enum child_fate fate;
	int value;
};

/* Shared, all zero; NULL: no memory. */
struct child_progress *child_progress_create(void);
void child_progress_destroy(struct child_progress *p); /* NULL is fine */

/*
 * Run `body` in a child and wait for its end; `files->socket` is set in the child, and its
 * requests are served. The child exits with what `body` returns. 0 or -errno: it could not be
 * started.
 */
int child_run(int (*body)(void *data), void *data, struct files *files,
	      const struct child_progress *progress, const struct child_limits *limits,
	      struct child_result *result);

#endif
