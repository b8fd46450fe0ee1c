/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: a virglrenderer with a weakness, as traces of strangers look for. A stream that
 * begins with a NOP of this one dword does what it says; all others go to the real one.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOP     (1u << 16)
#define CRASH   0xbadc0de1u
#define HANG    0xbadc0de2u
#define LARGE   0xbadc0de3u
#define OTHER   0xbadc0de4u /* the clear behind it has another red in every run */
#define SLOW    0xbadc0de5u /* fences behind it signal after a while */

#define SLOW_NS 300000000

static int slow;
static int64_t signals_ns; /* not before */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int virgl_renderer_create_fence(int id, uint32_t ctx_id);

__attribute__((visibility("default"))) int virgl_renderer_create_fence(int id, uint32_t ctx_id)
{
	int (*real)(int, uint32_t);

	if (slow)
		signals_ns = now_ns() + SLOW_NS;
	*(void **)&real = dlsym(RTLD_NEXT, "virgl_renderer_create_fence");
	return real(id, ctx_id);
}

void virgl_renderer_poll(void);

__attribute__((visibility("default"))) void virgl_renderer_poll(void)
{
	void (*real)(void);

	*(void **)&real = dlsym(RTLD_NEXT, "virgl_renderer_poll");
	if (now_ns() >= signals_ns)
		real();
}

int virgl_renderer_submit_cmd(void *buffer, int ctx_id, int dwords);

__attribute__((visibility("default"))) int virgl_renderer_submit_cmd(void *buffer, int ctx_id,
								     int dwords)
{
	int (*real)(void *, int, int);
	const uint32_t *stream = buffer;
	char *more;
	float red;

	if (dwords >= 2 && stream[0] == NOP) {
		if (stream[1] == CRASH)
			raise(SIGSEGV);
		while (stream[1] == HANG)
			pause();
		if (stream[1] == OTHER && dwords >= 5) {
			red = (float)(getpid() & 255) / 255;
			memcpy((uint32_t *)buffer + 4, &red, 4);
		}
		slow |= stream[1] == SLOW;
		while (stream[1] == LARGE) {
			more = malloc(1 << 20);
			if (more)
				memset(more, 1, 1 << 20);
		}
	}
	*(void **)&real = dlsym(RTLD_NEXT, "virgl_renderer_submit_cmd");
	return real(buffer, ctx_id, dwords);
}
