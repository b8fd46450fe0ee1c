/* SPDX-License-Identifier: MIT */
/* What a range begins with that no record of the trace has: contents that a device held there. */
#ifndef FORMATS_EDIT_GIVEN_H
#define FORMATS_EDIT_GIVEN_H

#include <vgpu/edit.h>

#include "state.h"

/* A resource, or a piece of memory that the device wrote. */
struct given_part {
	node_t node;                  /* held; marked: it is needed */
	uint32_t device, resource_id; /* 0: memory */
	bool is_2d;
	uint32_t width, height;
	node_t attach; /* held; 0: without backing */
	struct edit_range *backing;
	uint32_t n_backing;
	uint64_t address;
	size_t size;
};

struct given {
	struct given_part *list;
	size_t count, room;
	uint8_t *body; /* of a record */
	size_t body_room;
};

/* The range begins: whatever the source can give is from there. 0 or a negative error. */
int given_cut(struct given *g, struct edit_state *e, const struct vgpu_trim_source *source);
/* How many resources are needed, when all that needs them is marked. */
uint64_t given_needed(const struct given *g, const struct edit_state *e);
/* Those that are needed, as MEMORY and SNAPSHOT records; `report` is told of them. */
int given_write(struct given *g, const struct edit_state *e, const struct vgpu_trim_source *source,
		struct vgpu_trace_writer *w, uint64_t time_ns, struct vgpu_trim_report *report);
void given_finish(struct given *g, struct edit_state *e);

#endif
