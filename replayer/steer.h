/* SPDX-License-Identifier: MIT */
/* Which commands of a trace are executed, and where the replay stops. */
#ifndef VGPU_REPLAY_STEER_H
#define VGPU_REPLAY_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/filter.h>
#include <vgpu/follow.h>
#include <vgpu/trace.h>

struct steer_options {
	struct vgpu_filter *only, *skip; /* NULL: all, none */
	struct vgpu_filter *until;       /* the last command; NULL: the trace's */
	bool facts;                      /* somebody else asks for them, too */
	uint64_t until_draw;             /* the last draw, from 1; 0: all */
	bool until_failure;              /* behind the first command that fails newly */
};

struct steer {
	const struct steer_options *options;
	struct vgpu_follow *follow;     /* NULL: no filter asks */
	const struct vgpu_facts *facts; /* of the record at hand */
	uint64_t draws;                 /* so far */
	uint8_t *request;               /* one that was cut behind a draw */
	bool stop;                      /* nothing more is executed */
};

/* 0 or -ENOMEM. */
int steer_init(struct steer *s, const struct steer_options *options);
void steer_finish(struct steer *s);

/* Before a record is looked at. */
void steer_record(struct steer *s, const struct vgpu_trace_record *r);
/* Is this command to be executed? Its request may be cut short, behind the last draw. */
bool steer_command(struct steer *s, struct vgpu_trace_command *c);
/* Behind a command and behind an answer. */
void steer_done(struct steer *s);

#endif
