/* SPDX-License-Identifier: MIT */
/* Commands on their way into a device's state: what device-*.c share. */
#ifndef FORMATS_EDIT_DEVICE_H
#define FORMATS_EDIT_DEVICE_H

#include "state.h"

/* A command and what it goes to. */
struct edit_request {
	const struct vgpu_trace_command *command;
	const uint8_t *bytes;
	size_t size;
	struct vgpu_ctrl_hdr hdr;
	struct edit_device *device;
};

/* device.c: the node of the command at hand, with what names its process and context. */
void device_begin(struct edit_state *e, const struct edit_request *q);
/* It is a whole command, of use only through what was set or written. */
void device_done(struct edit_state *e);
/* It ends what `begun` began: the two are kept together. */
void device_done_with(struct edit_state *e, node_t begun);
/* NULL: there is none. */
struct edit_resource *device_resource(const struct edit_request *q, uint32_t id);

/* device-context.c; NULL is fine for an attachment. */
void device_attachment_free(struct edit_state *e, struct edit_attachment *a);
void device_context_clear(struct edit_state *e, struct edit_context *ctx);

/* Each takes the commands that it knows. */
void device_resources(struct edit_state *e, const struct edit_request *q);
void device_contexts(struct edit_state *e, const struct edit_request *q);
void device_scanouts(struct edit_state *e, const struct edit_request *q);
void device_transfers(struct edit_state *e, const struct edit_request *q);

#endif
