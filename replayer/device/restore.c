/* SPDX-License-Identifier: MIT */
/* Putting back what a resource held, and finding out whether that loses anything. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/format.h>

#define SAMPLE_SIDE 32u
/* Never a guest's: those count from 1. */
#define SAMPLE_ID   0xfffffff0u

/* Bytes that every reader and writer must keep: no NaN, no second way to write -1. */
static void sample_fill(uint8_t *bytes, size_t size, const char *format)
{
	bool is_float = strstr(format, "FLOAT") || strstr(format, "R9G9B9E5");
	uint32_t x = 0x2545f491;
	size_t i;

	for (i = 0; i < size; i++) {
		x = x * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(x >> 24);
		if (is_float)
			bytes[i] %= 0x3c;
		else if (strstr(format, "SNORM") && bytes[i] == 0x80)
			bytes[i] = 0x81;
	}
}

/*
 * Each bit of a block comes back as it was written, or, where the format has padding ("X8"), is the
 * same in all of them.
 */
static bool sample_equal(const uint8_t *written, const uint8_t *read, size_t size, uint32_t block,
			 const char *format)
{
	bool padded = strchr(format, 'X');
	uint8_t wrong, varies;
	size_t at, i;

	for (at = 0; at < block; at++) {
		wrong = varies = 0;
		for (i = at; i < size; i += block) {
			wrong |= written[i] ^ read[i];
			varies |= read[i] ^ read[at];
		}
		if (wrong && (!padded || wrong & varies))
			return false;
	}
	return true;
}

/* A resource of the kind, written and read. */
static bool sample_survives(struct vgpu_device *d, const struct resource *like)
{
	struct resource r = { .node.id = SAMPLE_ID,
			      .target = like->target,
			      .format = like->format,
			      .bind = like->bind,
			      .flags = like->flags,
			      .width = SAMPLE_SIDE,
			      .height = SAMPLE_SIDE,
			      .depth = 1,
			      .array_size = 1 };
	const char *format = vgpu_format_name(r.format);
	struct vgpu_device_content c;
	struct vgpu_block block;
	uint8_t *bytes;
	bool good;

	switch (r.target) {
	case VGPU_PIPE_BUFFER:
	case VGPU_PIPE_TEXTURE_1D:
		r.height = 1;
		break;
	case VGPU_PIPE_TEXTURE_1D_ARRAY:
		r.height = 1;
		r.array_size = 2;
		break;
	case VGPU_PIPE_TEXTURE_3D:
		r.depth = 2;
		break;
	case VGPU_PIPE_TEXTURE_2D_ARRAY:
		r.array_size = 2;
		break;
	case VGPU_PIPE_TEXTURE_CUBE:
	case VGPU_PIPE_TEXTURE_CUBE_ARRAY:
		r.array_size = 6;
		break;
	}
	if (!format || !content_shape(&r, 0, 0, &c, &block) || resource_find(d, SAMPLE_ID) ||
	    d->backend->resource_create(d, &r))
		return false;
	bytes = calloc(1 + c.layers, c.size);
	good = bytes != NULL;
	if (good) {
		sample_fill(bytes, c.size, format);
		good = !d->backend->write_content(d, &r, 0, c.layers - 1, &c, bytes) &&
		       !d->backend->read_content(d, &r, 0, c.layers - 1, &c, bytes + c.size,
						 c.size * c.layers) &&
		       sample_equal(bytes, bytes + c.size, c.size, block.bytes, format);
	}
	free(bytes);
	d->backend->resource_destroy(d, &r);
	return good;
}

bool vgpu_device_is_blind(const struct vgpu_device *d)
{
	return !d->backend->pictures;
}

bool vgpu_device_gives_back(struct vgpu_device *d, uint32_t resource_id)
{
	struct resource *r = resource_find(d, resource_id);
	struct kind *k;
	uint32_t i;

	if (!r)
		return false;
	if (!d->backend->pictures)
		return true;
	/* Of what lies upside down, only the first level is put where it was. */
	if (!d->backend->write_content || r->blob_mem || r->nr_samples > 1 ||
	    (r->flags && r->last_level))
		return false;
	if (!d->backend->contexts)
		return true;
	for (i = 0; i < d->kind_count; i++) {
		k = &d->kinds[i];
		if (k->target == r->target && k->format == r->format && k->bind == r->bind &&
		    k->flags == r->flags)
			return k->gives;
	}
	if (d->kind_count == KINDS_MAX)
		return false;
	d->backend->begin(d);
	d->kinds[d->kind_count] = (struct kind) { .target = r->target,
						  .format = r->format,
						  .bind = r->bind,
						  .flags = r->flags,
						  .gives = sample_survives(d, r) };
	return d->kinds[d->kind_count++].gives;
}

int vgpu_device_write_content(struct vgpu_device *d, uint32_t resource_id, uint32_t level,
			      uint32_t layer, const struct vgpu_device_content *content)
{
	struct resource *r = resource_find(d, resource_id);
	struct vgpu_device_content c;
	struct vgpu_block block;

	if (!r)
		return -ENOENT;
	if (!d->backend->write_content || r->blob_mem ||
	    !content_shape(r, level, layer, &c, &block) || content->size != c.size)
		return -ENOTSUP;
	if (d->backend->begin)
		d->backend->begin(d);
	return d->backend->write_content(d, r, level, layer, &c, content->bytes) ? -EIO : 0;
}
