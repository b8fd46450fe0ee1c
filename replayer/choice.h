/* SPDX-License-Identifier: MIT */
/* Numbers that somebody chose: "3,10-20,last". */
#ifndef VGPU_REPLAY_CHOICE_H
#define VGPU_REPLAY_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choice {
	struct choice_range {
		uint64_t from, to; /* both belong to it */
	} * ranges;
	size_t count;
	bool last; /* "last" is among them */
};

/* 0; -EINVAL for what is no such list (`last` only where it is allowed); -ENOMEM. */
int choice_parse(struct choice *c, const char *text, bool last);
void choice_finish(struct choice *c);

bool choice_has(const struct choice *c, uint64_t number);
/* Nothing was chosen: everything is meant. */
bool choice_empty(const struct choice *c);

#endif
