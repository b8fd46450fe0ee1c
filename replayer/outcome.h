/* SPDX-License-Identifier: MIT */
/*
 * What came of a replay, for programs.
 *
 * As NDJSON, a line each: {"schema_version":1,"kind":"report",…} first; {"kind":"frame","frame":1,
 * "scanout":0,"command":7,"equal":true} for each frame that was compared, with "pixels", "largest"
 * and "why" where it is not equal; {"kind":"command","command":9,"type":"SUBMIT_3D","ctx":3,
 * "what":…} for each command that fails newly; {"kind":"readback","command":9,"resource":5,"bytes":…,
 * "differ":…} for each that made the device write bytes for the guest, with "why" where some are not
 * as recorded; {"kind":"end","frames":…,"differ":…,"failed":…,"readbacks_differ":…}.
 *
 * As JUnit's XML: a test for all commands, and one for each frame and each such command that was
 * compared.
 */
#ifndef VGPU_REPLAY_OUTCOME_H
#define VGPU_REPLAY_OUTCOME_H

#include "readback.h"
#include "report.h"
#include "verify.h"

struct outcome {
	FILE *lines; /* NULL: not asked for */
	FILE *cases; /* of JUnit, in memory until the end; NULL: not asked for */
	char *cases_text;
	size_t cases_size;
	uint64_t tests, failures;
};

/* Either may be NULL; `lines` "-" is standard output. 0 or -errno. */
int outcome_begin(struct outcome *o, const char *lines, bool junit,
		  const struct vgpu_device_about *about);
void outcome_frame(struct outcome *o, const struct frame *frame,
		   const struct verify_result *result);
void outcome_command(struct outcome *o, uint64_t id, const char *type, uint32_t ctx_id,
		     const char *what);
/* `why` "": all is as recorded. */
void outcome_readback(struct outcome *o, const struct readback *b, const char *why);
/* Writes JUnit's file, where that is asked for. 0 or -errno. */
int outcome_end(struct outcome *o, const struct files *files, const struct report *report,
		uint64_t differ);
void outcome_finish(struct outcome *o);

/* JUnit's file when the replay itself could not write one: `why` it ended. 0 or -errno. */
int outcome_broken(const struct files *files, const char *why);

#endif
