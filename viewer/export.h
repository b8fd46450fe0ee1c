/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_EXPORT_H
#define VGPU_VIEW_EXPORT_H

#include <stdio.h>

#include "view.h"

/*
 * Write the view as a file of the kind that the name's end tells: .png, .svg or .pdf. 0, -errno, or
 * -EINVAL for another end; a file that could not be finished is removed.
 */
int view_export(struct view *v, const char *path);

/* True when the name's end is one of them. */
bool view_export_knows(const char *path);

/*
 * Close a file that was written to `path`. `ret`, or -errno when it is 0 or -EIO, which writing that
 * fails leads to. With an error the file is removed, if it is one and no device.
 */
int view_end_file(FILE *out, const char *path, int ret);

#endif
