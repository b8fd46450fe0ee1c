/* SPDX-License-Identifier: MIT */
/* What resources held at some time: compressed, and equal bytes once. */
#ifndef VGPU_REPLAY_CONTENT_STORE_H
#define VGPU_REPLAY_CONTENT_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "device.h"

struct content_store;
struct content_item; /* all levels and layers of one resource */

/* NULL: no memory. */
struct content_store *content_store_create(void);
void content_store_destroy(struct content_store *s); /* NULL is fine; its items are freed before */
/* Bytes that it takes now. */
size_t content_store_size(const struct content_store *s);

/* Read a resource. NULL: a part of it cannot be read, or no memory. */
struct content_item *content_item_take(struct content_store *s, struct vgpu_device *device,
				       uint32_t resource_id);
/* Put it back. 0 or a negative error of the device. */
int content_item_give(struct content_store *s, const struct content_item *item,
		      struct vgpu_device *device);
void content_item_free(struct content_store *s, struct content_item *item);

#endif
