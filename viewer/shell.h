/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_SHELL_H
#define VGPU_VIEW_SHELL_H

#include "view.h"

/*
 * A window on the view, until it is closed. 0; -1 when there can be none, and *why (static, or
 * SDL's until its next call) tells the reason.
 */
int view_shell_run(struct view *v, const char **why);

#endif
