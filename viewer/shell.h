/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_SHELL_H
#define VGPU_VIEW_SHELL_H

#include "script.h"
#include "view.h"

/*
 * A window on the view, until it is closed, or with a script until that has ended or a step of it
 * has failed. 0; 1 and *line, *why tell of the step; -1 when there can be no window, and *why tells
 * the reason. *why is static, or SDL's until its next call.
 */
int view_shell_run(struct view *v, const struct view_script *script, const char **why,
		   unsigned int *line);

#endif
