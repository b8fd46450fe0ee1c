/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_SPOOL_H
#define VGPU_VIEW_SPOOL_H

#include <stddef.h>

/*
 * A trace is read several times, a pipe only once: copy standard input into a file without a name.
 * `path` (at least 32 bytes) names it as long as the returned descriptor is open. Or -errno.
 */
int view_spool_stdin(char *path, size_t size);

#endif
