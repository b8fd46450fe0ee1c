/* SPDX-License-Identifier: MIT */
/*
 * What a replay has to tell: commands that fail now, what the trace itself lacks, and where the
 * time went. A command's failure is judged when its recorded response comes by, some records
 * later.
 */
#ifndef VGPU_REPLAY_REPORT_H
#define VGPU_REPLAY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <vgpu/dialect.h>
#include <vgpu/trace.h>

#include "device.h"
#include "table.h"

/* Commands between a request and its response: no queue is longer. */
#define REPORT_OPEN 4096u

struct loop;
struct outcome;

struct report_open {
	uint64_t id; /* 0: free */
	uint32_t type, ctx_id, resource_id, response_type, response_flags;
	uint32_t fence; /* the device's number of its fence; 0: none */
	int verdict;
	bool unknown;
	bool foreign;
	uint32_t capset_id; /* of `answer` */
	char *reason;       /* of a failure, else NULL */
	uint8_t *answer;    /* our answer to what is compared byte by byte, else NULL */
	uint32_t answer_size;
};

struct report_type {
	uint32_t type;
	uint64_t count, ns, ns_max;
};

/* A command that fails newly: the first one, or one that is looked for. */
struct report_fault {
	bool wanted; /* only one of this type and for this reason counts */
	uint64_t id; /* of the command; 0: there was none */
	uint32_t type;
	char reason[160]; /* cut */
};

struct report_context {
	uint32_t ctx_id;
	uint64_t count, ns;
};

#define REPORT_CONTEXTS 64u /* further ones share the last row */
#define REPORT_SLOW     16u /* slowest commands that are remembered */
#define REPORT_TYPES    48u /* there are 26 commands; the rest share the last row */

struct report {
	enum vgpu_dialect dialect; /* whose names commands and answers have */
	bool quiet, verbose;
	bool silent;  /* nothing is told, of failures neither */
	bool capsets; /* ours are worth a comparison */
	uint64_t commands, frames, unreadable;
	uint64_t failed;         /* newly */
	uint64_t failed_before;  /* now and when recorded */
	uint64_t mended;         /* failed when recorded, not now */
	uint64_t unknown;        /* used something from before the recording */
	uint64_t otherwise;      /* answered otherwise: another error, another fence */
	uint64_t foreign;        /* of contexts that no replay can make anew */
	uint32_t foreign_capset; /* that the first such context speaks */
	struct report_fault fault;
	uint64_t readbacks, readback_bytes; /* compared: commands, and bytes of them */
	uint64_t readbacks_differ;          /* commands */
	uint64_t late_fences;  /* not signalled when the guest saw them so, after a wait */
	uint64_t left_out;     /* by --only or --skip */
	uint64_t snapped;      /* not whole in the trace, or behind such a one in its context */
	uint64_t other_device; /* commands to a second device, not replayed */
	uint64_t damaged;      /* records that could not be parsed */
	uint64_t lost[16];     /* by enum vgpu_trace_loss */
	uint64_t capsets_differ;
	bool capsets_unfit; /* what was recorded cannot be drawn here */
	uint64_t open_fences;
	uint64_t start_ns, end_ns;
	struct outcome *outcome; /* told of new failures; NULL: nobody is */
	struct id_set foreign_contexts, foreign_resources; /* ids + 1 */
	struct id_set told; /* contexts (+ 1) whose first failure was told */
	struct report_open open[REPORT_OPEN];
	struct report_type types[REPORT_TYPES];
	uint32_t type_count;
	struct report_context contexts[REPORT_CONTEXTS];
	uint32_t context_count;
	struct report_slow {
		uint64_t id, ns;
		uint32_t type, ctx_id;
	} slow[REPORT_SLOW]; /* slowest first; ns 0: free */
};

uint64_t report_clock(void); /* ns */

/* verbose: every command that fails, did, or is answered otherwise is told of. */
void report_init(struct report *r, bool quiet, bool verbose);
void report_finish(struct report *r);

/* A command was executed; `ns` is the time it took, 0 when not measured. */
void report_command(struct report *r, uint64_t id, const struct vgpu_device_result *result,
		    uint64_t ns);
/* A command that was executed and whose answer was not judged yet; NULL: there is none such. */
const struct report_open *report_find(const struct report *r, uint64_t id);
/* The recorded response to a command that was executed. */
void report_response(struct report *r, const struct vgpu_trace_response *recorded);
void report_lost(struct report *r, const struct vgpu_trace_lost *lost);
/* What the guest had been told before the recording, and our answer to the same question. */
void report_known_capset(struct report *r, uint32_t capset_id, const uint8_t *recorded, size_t size,
			 const struct vgpu_device_result *result);
/* The ids start over: contexts are new ones. */
void report_epoch(struct report *r);
/* No more responses will come. */
void report_end(struct report *r);

/* What the trace lacks and what failed, on stderr; true when the exit status must tell of it. */
bool report_problems(const struct report *r, const struct vgpu_trace_status *status);
/* One line on stderr. */
void report_summary(const struct report *r);
/* On stdout; a loop without rounds is none. */
void report_bench(const struct report *r, struct loop *loop);
void report_json(const struct report *r, bool bench, const struct vgpu_device_about *about,
		 struct loop *loop);

#endif
