/* SPDX-License-Identifier: MIT */
#ifndef VGPU_TRACER_UNFINISHED_H
#define VGPU_TRACER_UNFINISHED_H

/*
 * From here on, SIGINT, SIGTERM and SIGHUP remove this file before they end the program: half a file is
 * of no use to anyone. The path must stay until unfinished_end(). One file at a time.
 */
void unfinished_begin(const char *path);
/* The same for a new file: mkostemp(3) with O_CLOEXEC. A descriptor, or -1 and errno. */
int unfinished_create(char *template);
/* It is whole, or already gone. */
void unfinished_end(void);

#endif
