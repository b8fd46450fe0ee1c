/* SPDX-License-Identifier: MIT */
/* Thumbnails of what resources held just after a command, as they come from the child. */
#ifndef VGPU_VIEW_CONTENTS_H
#define VGPU_VIEW_CONTENTS_H

#include "worker.h"

#define VIEW_CONTENTS_MAX 192u /* kept */

struct view_content {
	uint32_t command, resource_id;
	struct view_picture picture; /* no pixels: there is nothing that can be shown */
	uint64_t used;               /* 0: the place is free */
};

/* All zero: empty. */
struct view_contents {
	struct view_content kept[VIEW_CONTENTS_MAX];
	uint64_t clock;
	struct view_wish wish; /* the last one */
	uint32_t due;          /* of its resources: not come yet */
};

void view_contents_finish(struct view_contents *c);

/* As view_pictures_content(); good until the next view_contents_keep(). */
const struct view_picture *view_contents_get(struct view_contents *c, uint32_t command,
					     uint32_t resource_id, bool *exact);

/*
 * Make c->wish of those of n resources that are not there. False when there is nothing to ask for, or
 * it was asked for already.
 */
bool view_contents_wish(struct view_contents *c, uint32_t command, const uint32_t *resource_ids,
			uint32_t n);

/* One has come; takes the pixels. */
void view_contents_keep(struct view_contents *c, uint32_t command, uint32_t resource_id,
			struct view_picture picture);

#endif
