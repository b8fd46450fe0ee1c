/* SPDX-License-Identifier: MIT */
/*
 * The files that a replay reads and writes while it runs. In the sandbox nothing can be opened: the
 * parent opens them, and hands the descriptors over. It takes no paths, only a place that the
 * options named and a plain file name in it.
 */
#ifndef VGPU_REPLAY_FILE_H
#define VGPU_REPLAY_FILE_H

#include <stdio.h>

enum file_place {
	FILE_PNG,        /* a directory: every frame */
	FILE_PNG_LAST,   /* a file */
	FILE_EXPECTED,   /* a directory, read: pictures of an earlier run */
	FILE_DIFFERENCE, /* a directory: frames that are not as expected */
	FILE_JUNIT,      /* a file */
	FILE_STATE,      /* a file */
	FILE_DUMP,       /* a directory: what resources hold */
	FILE_BREAK,      /* a directory: what there is at breaks */
	FILE_RANGE,      /* a file: a new trace */
	FILE_PLACES
};

struct files {
	const char *path[FILE_PLACES]; /* NULL: not asked for */
	int socket;                    /* to the parent; -1: files are opened right here */
};

/* Make the directories to be written that are not there. 0, or -errno and *path is the one that failed. */
int files_prepare(const struct files *o, const char **path);

/*
 * Open `name` in a directory, or with NULL the file that the place itself is: to be written from
 * its start, or to be read, whichever the place is for. 0 or -errno. The caller closes *out.
 */
int files_open(const struct files *o, enum file_place place, const char *name, FILE **out);
/* Remove what could not be finished. */
void files_remove(const struct files *o, enum file_place place, const char *name);

/* The parent's side: answer one request on `socket`. 0; -errno when no more will come. */
int files_serve(const struct files *o, int socket);

#endif
