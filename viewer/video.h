/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_VIDEO_H
#define VGPU_VIEW_VIDEO_H

#include "view.h"

#define VIEW_VIDEO_WHY 160u

/*
 * Write the pictures of the frames in sight, of the chosen one's scanout, as a film: each from when it
 * was shown until the next one was. libav chooses container and codec by the name's end. All are as
 * large as the first. Waits for each picture. 0; -1 and `why` tells what went wrong; 1: done, but
 * *missing of the pictures could not be had and the ones before stay.
 */
int view_video(struct view *v, const char *path, uint32_t *missing, char why[VIEW_VIDEO_WHY]);

#endif
