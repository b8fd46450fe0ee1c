/* SPDX-License-Identifier: MIT */
/* All that a device's state is made of, whoever may need it next. */
#ifndef FORMATS_EDIT_ROOTS_H
#define FORMATS_EDIT_ROOTS_H

#include "state.h"

/*
 * What the device's resources hold is asked for with `take`, which returns a token, or 0 where it
 * cannot be had; from here on it goes back to that, and no further. Those that did not change since
 * they were last asked for are not.
 */
void roots_take(struct edit_state *e, struct edit_device *d,
		uint64_t (*take)(void *data, uint32_t resource_id), void *data);

/* What the resource holds now is given by `node`. */
void roots_give(struct edit_state *e, struct edit_resource *r, node_t node);

/* Between edit_begin() and the end of the node: it needs all of the device's state. */
void roots_need(struct edit_state *e, struct edit_device *d);

#endif
