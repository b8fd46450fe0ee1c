/* SPDX-License-Identifier: MIT */
/* --dialect: whose virtio-gpu the bytes are, for every subcommand that decodes. */
#ifndef TRACER_DIALECT_OPTIONS_H
#define TRACER_DIALECT_OPTIONS_H

#include <argp.h>

#include <vgpu/dialect.h>

/* A child for argp: its input is a struct vgpu_negotiated, all zero at first. */
extern const struct argp dialect_argp;
#define DIALECT_ARGP_CHILD                \
	{                                 \
		&dialect_argp, 0, NULL, 1 \
	}

#endif
