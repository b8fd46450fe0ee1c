/* SPDX-License-Identifier: MIT */
/*
 * What is bound in each sub context of virgl contexts, as the streams said that were executed.
 *
 * [{"ctx":1,"sub":0,"current":true,"blend":H,"rasterizer":H,"dsa":H,"vertex_elements":H,
 * "shaders":[…],"depth":S,"colors":[S, …],"views":[[V, …], …],"samplers":[[H, …], …],
 * "uniforms":[[R, …], …],"vertex_buffers":[R, …],"index_buffer":R,"stream_outputs":[H, …],
 * "condition":H}, …]. H is the handle of an object, R a resource; lists by stage begin with the
 * vertex shader's (fragment, geometry, tessellation control and evaluation, compute); 0 is nothing,
 * and lists end with the last that is something. S is {"object":H,"resource":R,"level":N,
 * "first_layer":N,"last_layer":N}, V {"object":H,"resource":R}, or null.
 */
#ifndef VGPU_REPLAY_BOUND_H
#define VGPU_REPLAY_BOUND_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "table.h"

struct bound {
	struct table contexts;
};

/* A request that was executed without an error. Without memory, what it says is not known. */
void bound_request(struct bound *b, const uint8_t *request, size_t size);
/* Also at a device's reset. */
void bound_clear(struct bound *b);
void bound_json(const struct bound *b, FILE *out);

#endif
