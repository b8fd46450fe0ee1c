/* SPDX-License-Identifier: MIT */
/* Where virgl contexts draw to: the first colour buffer that is bound, by their streams. */
#ifndef VGPU_REPLAY_WINDOW_TARGET_H
#define VGPU_REPLAY_WINDOW_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/virgl.h>

/* What is older is forgotten: then a target is not known, never wrong. */
#define TARGET_SURFACES 4096u
#define TARGET_CONTEXTS 256u

struct target_surface {
	uint32_t ctx_id, sub, handle; /* handle 0: free, or destroyed */
	uint32_t resource_id, level, layer;
};

struct target_context {
	uint32_t ctx_id, sub; /* ctx_id 0: free */
	uint32_t color;       /* handle of the surface; 0: none */
	bool current;         /* of the context's sub-contexts, the one that commands go to */
};

/* All zero: nothing is known. */
struct target {
	struct target_surface *surfaces; /* a ring; NULL: none was made */
	uint32_t next_surface;
	struct target_context contexts[TARGET_CONTEXTS];
	uint32_t next_context;
};

void target_finish(struct target *t); /* nothing is known again */
/* The context is gone. */
void target_forget(struct target *t, uint32_t ctx_id);

/* A command of the context's stream was executed. */
void target_command(struct target *t, uint32_t ctx_id, const struct vgpu_virgl_cmd *cmd);

/* What the context draws to now; NULL: nothing, or it is not known. */
const struct target_surface *target_find(const struct target *t, uint32_t ctx_id);

#endif
