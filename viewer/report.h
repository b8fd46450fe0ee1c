/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_REPORT_H
#define VGPU_VIEW_REPORT_H

#include "view.h"

/*
 * Write one HTML page that holds all it needs: the numbers of the span, its graphs, frames, and the
 * commands and frames that took longest. For a bug report, or what CI keeps. Frames have pictures as
 * far as v->pictures has thumbnails by now. 0 or -errno; a file that could not be finished is removed.
 */
int view_report(struct view *v, const char *path);

#endif
