/* SPDX-License-Identifier: MIT */
/* Resources: what they are, and who wrote what is in them. */
#include <errno.h>
#include <stdlib.h>

#include <vgpu/format.h>

#include "state.h"

struct edit_resource *edit_resource_new(struct edit_state *e)
{
	struct edit_resource *r = calloc(1, sizeof(*r));

	if (!r) {
		e->graph.error = -ENOMEM;
		return NULL;
	}
	graph_charge(&e->graph, sizeof(*r));
	r->refs = 1;
	r->serial = ++e->serial;
	return r;
}

struct edit_resource *edit_resource_hold(struct edit_resource *r)
{
	if (r)
		r->refs++;
	return r;
}

void edit_resource_drop(struct edit_state *e, struct edit_resource *r)
{
	struct graph *g = &e->graph;

	if (!r || --r->refs)
		return;
	graph_drop(g, r->create);
	graph_drop(g, r->attach);
	graph_drop(g, r->params);
	graph_drop(g, r->noted);
	spans_finish(g, &r->bytes);
	pieces_finish(g, &r->texels);
	graph_refund(g, sizeof(*r) + r->n_backing * sizeof(*r->backing));
	free(r->backing);
	free(r);
}

void edit_resource_set(struct edit_state *e, struct edit_resource **cell, struct edit_resource *r)
{
	struct edit_resource *old = *cell;

	*cell = edit_resource_hold(r);
	edit_resource_drop(e, old);
}

static bool has_depth(uint32_t format)
{
	switch (format) {
	case VGPU_FORMAT_Z16_UNORM:
	case VGPU_FORMAT_Z32_UNORM:
	case VGPU_FORMAT_Z32_FLOAT:
	case VGPU_FORMAT_Z24_UNORM_S8_UINT:
	case VGPU_FORMAT_S8_UINT_Z24_UNORM:
	case VGPU_FORMAT_Z24X8_UNORM:
	case VGPU_FORMAT_X8Z24_UNORM:
	case VGPU_FORMAT_Z32_FLOAT_S8X24_UINT:
	case VGPU_FORMAT_Z16_UNORM_S8_UINT:
	case VGPU_FORMAT_Z24_UNORM_S8_UINT_AS_R8G8B8A8:
		return true;
	}
	return false;
}

static bool has_stencil(uint32_t format)
{
	switch (format) {
	case VGPU_FORMAT_S8_UINT:
	case VGPU_FORMAT_Z24_UNORM_S8_UINT:
	case VGPU_FORMAT_S8_UINT_Z24_UNORM:
	case VGPU_FORMAT_Z32_FLOAT_S8X24_UINT:
	case VGPU_FORMAT_Z16_UNORM_S8_UINT:
	case VGPU_FORMAT_Z24_UNORM_S8_UINT_AS_R8G8B8A8:
	case VGPU_FORMAT_X24S8_UINT:
	case VGPU_FORMAT_S8X24_UINT:
	case VGPU_FORMAT_X32_S8X24_UINT:
		return true;
	}
	return false;
}

void edit_resource_shape(struct edit_resource *r, const struct vgpu_resource_create_3d *c)
{
	bool zs = has_depth(c->format) || has_stencil(c->format);

	r->target = c->target;
	r->width = c->width;
	r->height = c->height;
	r->layers = c->depth > c->array_size ? c->depth : c->array_size;
	r->levels = c->last_level + 1;
	/* Pixels of these live in the backing, or come and go with it: virglrenderer's vrend. */
	r->in_memory = c->bind & (VGPU_BIND_CUSTOM | VGPU_BIND_STAGING);
	r->plain = !zs && c->nr_samples <= 1;
	r->planes = (uint8_t)(zs ? (has_depth(c->format) ? PLANE_DEPTH : 0) |
					      (has_stencil(c->format) ? PLANE_STENCIL : 0)
				 : PLANE_COLOR);
	r->shape = (struct vgpu_shape) {
		.target = c->target,
		.width = c->width,
		.height = c->height,
		.block = vgpu_format_block(c->format),
	};
}

static uint32_t level_size(uint32_t size, uint32_t level)
{
	return vgpu_transfer_level_size(size, level);
}

struct box edit_whole(const struct edit_resource *r)
{
	return (struct box) { .high = { r->levels, r->layers, r->height, r->width } };
}

struct box edit_layers(const struct edit_resource *r, uint32_t level, uint32_t first, uint32_t last)
{
	return (struct box) {
		.low = { level, first, 0, 0 },
		.high = { level + 1, last + 1, level_size(r->height, level),
			  level_size(r->width, level) },
	};
}

static bool side(uint32_t at, uint32_t size, uint32_t limit, uint32_t *low, uint32_t *high)
{
	if (!size || at > limit || size > limit - at)
		return false;
	*low = at;
	*high = at + size;
	return true;
}

bool edit_box(const struct edit_resource *r, uint32_t level, const struct vgpu_box *from,
	      struct box *out)
{
	uint32_t layers = r->layers;

	if (r->target == VGPU_TARGET_BUFFER) {
		*out = edit_whole(r);
		return side(from->x, from->w, r->width, &out->low[3], &out->high[3]);
	}
	if (r->target == VGPU_PIPE_TEXTURE_1D || r->target == VGPU_PIPE_TEXTURE_1D_ARRAY ||
	    level >= r->levels)
		return false;
	if (r->target == VGPU_PIPE_TEXTURE_3D)
		layers = level_size(layers, level);
	out->low[0] = level;
	out->high[0] = level + 1;
	return side(from->z, from->d, layers, &out->low[1], &out->high[1]) &&
	       side(from->y, from->h, level_size(r->height, level), &out->low[2], &out->high[2]) &&
	       side(from->x, from->w, level_size(r->width, level), &out->low[3], &out->high[3]);
}

/* Calls pages_need, and queues a write where one is wanted, for a part of the backing. */
static void backing(struct edit_state *e, struct edit_resource *r, uint64_t begin, uint64_t end,
		    bool write)
{
	for (uint32_t i = 0; i < r->n_backing && begin < end; i++) {
		const struct edit_range *range = &r->backing[i];
		uint64_t skip = begin < range->size ? begin : range->size, size;

		size = range->size - skip;
		if (size > end - begin)
			size = end - begin;
		if (size) {
			pages_need(&e->graph, &e->memory, range->address + skip, size);
			if (write)
				edit_queue(e, &(struct edit_write) {
						      .begin = range->address + skip,
						      .end = range->address + skip + size,
					      });
		}
		begin = begin - skip;
		end -= range->size < end ? range->size : end;
	}
}

void edit_read_backing(struct edit_state *e, struct edit_resource *r, uint64_t begin, uint64_t end)
{
	graph_need(&e->graph, r->attach);
	backing(e, r, begin, end, false);
}

void edit_write_backing(struct edit_state *e, struct edit_resource *r, uint64_t begin, uint64_t end)
{
	graph_need(&e->graph, r->attach);
	backing(e, r, begin, end, true);
}

static void contents(struct edit_state *e, struct edit_resource *r, const struct box *box,
		     uint8_t planes)
{
	if (r->target == VGPU_TARGET_BUFFER)
		spans_need(&e->graph, &r->bytes, box->low[3], box->high[3]);
	else
		pieces_need(&e->graph, &r->texels, box, planes);
}

void edit_read(struct edit_state *e, struct edit_resource *r, const struct box *box)
{
	struct box whole = edit_whole(r);

	graph_need(&e->graph, r->create);
	contents(e, r, box ? box : &whole, r->planes);
	if (r->in_memory)
		edit_read_backing(e, r, 0, UINT64_MAX);
}

void edit_write(struct edit_state *e, struct edit_resource *r, const struct box *box,
		uint8_t planes, bool over)
{
	struct box whole = edit_whole(r);

	if (!box)
		box = &whole;
	graph_need(&e->graph, r->create);
	if (!over)
		contents(e, r, box, planes);
	if (r->in_memory)
		edit_write_backing(e, r, 0, UINT64_MAX);
	edit_queue(e, &(struct edit_write) {
			      .resource = r,
			      .box = *box,
			      .begin = box->low[3],
			      .end = box->high[3],
			      .planes = planes,
		      });
}

void edit_transfer(struct edit_state *e, struct edit_resource *r, struct edit_resource *from,
		   const struct vgpu_transfer *t, bool to_host)
{
	struct vgpu_box at = { .x = t->x, .y = t->y, .z = t->z, .w = t->w, .h = t->h, .d = t->d };
	struct vgpu_extent extent;
	struct box box;
	bool exact = vgpu_transfer_extent(&r->shape, t, &extent);
	bool inside = edit_box(r, t->level, &at, &box);

	if (!exact)
		extent = (struct vgpu_extent) { 0, UINT64_MAX };
	if (to_host) {
		edit_read_backing(e, from, extent.begin, extent.end);
		/* Only what certainly is carried out writes over what was there. */
		edit_write(e, r, inside ? &box : NULL, r->planes,
			   inside && exact && r->plain && !r->blob && from->attached &&
				   extent.end <= from->backing_size);
	} else {
		edit_read(e, r, inside ? &box : NULL);
		/* On the way back the host reckons layers in another way than the extent. */
		edit_write_backing(e, from, extent.begin, t->d > 1 ? UINT64_MAX : extent.end);
	}
}
