/* SPDX-License-Identifier: MIT */
/*
 * Two traces beside each other, on one axis of time: both begin at 0. The second one's view follows
 * the first one's, in what is shown and marked; a frame is chosen in both, by its place.
 */
#ifndef VGPU_VIEW_PAIR_H
#define VGPU_VIEW_PAIR_H

#include "view.h"

struct view_pair {
	struct view_model *m;
	struct view v;
};

/*
 * Load the trace at `path` and put it beside the one of `v`, which must not be moved any more.
 * `pictures`: render its frames too, with that backend (NULL: by the trace). 0, -errno or a VGPU_ERR_
 * of the reader's.
 */
int view_pair_open(struct view_pair *pair, struct view *v, const char *path, bool pictures,
		   const char *backend);
/* Fine after an error, too. */
void view_pair_close(struct view_pair *pair);

/* Bring v->other, and its numbers, after what `v` shows now. 0 or -ENOMEM. */
int view_pair_follow(struct view *v);

/* The same frame as the other one's chosen one. */
void view_pair_choose(struct view *v, const struct view *like);

/* Where the panes of both are. */
void view_pair_layout(struct view *v);

#endif
