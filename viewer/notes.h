/* SPDX-License-Identifier: MIT */
/*
 * Bookmarks and the two markers, kept in a file beside the trace, TRACE.marks, so that they are there
 * the next time. It is text, a note a line:
 *
 *	bookmark ID TEXT	a command by its number, and what was said of it
 *	marker 1 NS		a time, from the trace's start on; 1 or 2
 */
#ifndef VGPU_VIEW_NOTES_H
#define VGPU_VIEW_NOTES_H

#include "model.h"

#define VIEW_NOTES_MAX 1000u
#define VIEW_NOTE_TEXT 120u

struct view_note {
	uint64_t id; /* of the command */
	char text[VIEW_NOTE_TEXT];
};

struct view_notes {
	char *path;                             /* NULL: they are not kept */
	struct view_note notes[VIEW_NOTES_MAX]; /* by id */
	uint32_t count;
	bool marker_set[2];
	uint64_t marker_ns[2]; /* from the trace's start on */
};

/*
 * Those of the trace at `trace`; NULL: they are not kept. 0, or -errno when there is a file that
 * cannot be read; then there are none, and they are not kept. Lines that are no notes are left out.
 */
int view_notes_init(struct view_notes *n, const char *trace);
void view_notes_finish(struct view_notes *n);

const struct view_note *view_notes_find(const struct view_notes *n, uint64_t id);
/* Set, replace, or with text NULL take away; false when there are too many. */
bool view_notes_set(struct view_notes *n, uint64_t id, const char *text);
/* The nearest behind `id` (step > 0) or before it; beyond the last comes the first. NULL: none. */
const struct view_note *view_notes_next(const struct view_notes *n, uint64_t id, int step);

/* Write the file; without notes it is removed. 0 or -errno. */
int view_notes_save(const struct view_notes *n);

#endif
