/* SPDX-License-Identifier: MIT */
/*
 * What a renderer in the sandbox compiled is kept for the next replay of the same trace. Mesa does the
 * keeping, in files that it opens before the sandbox closes; here is where, for how long, and that
 * nobody else's trace gets at it: what is kept is machine code, written by a process that a stranger's
 * trace may have taken over. So each trace has a folder of its own, named by a hash of the trace's bytes
 * with a secret of this user's; its parent bounds what is in it. A Mesa of another version or for
 * another GPU keeps its own files there, and checks what it reads.
 */
#ifndef VGPU_DEVICE_SHADER_CACHE_H
#define VGPU_DEVICE_SHADER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes: longer traces have none, hashing them would take long and compiling is little of theirs. */
#define SHADER_CACHE_TRACE 33554432u
/* Bytes that one file of a trace's may take; beyond, nothing of that trace is kept. */
#define SHADER_CACHE_FILE  33554432u
/* Bytes on the disk and traces that are kept, the least recently used go first. */
#define SHADER_CACHE_BYTES 268435456u
#define SHADER_CACHE_COUNT 256u

struct shader_cache {
	char root[3968]; /* $XDG_CACHE_HOME/vgpu/shaders */
	char path[4096]; /* the trace's folder in it; "": there is none, nothing is kept */
	bool made;       /* it was not there before */
	bool over;       /* more was written than is kept */
	uint64_t looked_ns;
};

/*
 * The folder of the trace at path `trace`, made where it is not there. NULL, a pipe, a trace that is too
 * long, a home that cannot be written or that others can write: there is none, and all below is fine.
 */
void shader_cache_open(struct shader_cache *c, const char *trace);

/*
 * In the process that goes into the sandbox, before the device is made: tells Mesa, through the
 * environment. Without a folder Mesa keeps nothing.
 */
void shader_cache_use(const struct shader_cache *c);

/* In its parent, as often as it likes: a file that has become too large is emptied. */
void shader_cache_bound(struct shader_cache *c);

/* When that process has ended. Where this trace's folder is new, others may go. */
void shader_cache_close(struct shader_cache *c);

/* Remove what was used least recently, down to `bytes` and `count` traces. */
void shader_cache_prune(const struct shader_cache *c, uint64_t bytes, size_t count);

#endif
