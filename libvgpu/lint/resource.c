/* SPDX-License-Identifier: MIT */
/* Findings about resources: ids, shapes, backings, blobs and their maps. */
#include "state.h"

#define ENTRIES_MAX 16384u /* QEMU's */

const struct vgpu_track_resource *lint_resource(struct vgpu_lint *l, uint32_t id, size_t offset)
{
	const struct vgpu_track_resource *r = vgpu_track_resource(l->t, id);
	uint64_t dead;

	if (r)
		return r;
	dead = vgpu_track_resource_destroyed(l->t, id);
	if (!id)
		lint_report(l, VGPU_LINT_RESOURCE_ID_ZERO, offset, "resource id is 0");
	else if (dead)
		lint_report(l, VGPU_LINT_RESOURCE_DESTROYED, offset,
			    "resource %u was destroyed by command %U", id, dead);
	else if (!vgpu_track_is_partial(l->t))
		lint_report(l, VGPU_LINT_RESOURCE_UNKNOWN, offset, "resource %u was never created",
			    id);
	return NULL;
}

static const char *format_name(uint32_t format)
{
	const char *name = vgpu_format_name(format);

	return name ? name : "no format";
}

static void check_new_id(struct vgpu_lint *l, uint32_t id, size_t offset)
{
	const struct vgpu_track_resource *r = vgpu_track_resource(l->t, id);

	if (!id)
		lint_report(l, VGPU_LINT_RESOURCE_ID_ZERO, offset, "resource id is 0");
	else if (r && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_RESOURCE_ID_TAKEN, offset,
			    "resource %u was created by command %U and still exists", id,
			    r->created);
}

static void create_2d(struct vgpu_lint *l)
{
	struct vgpu_resource_create_2d c;

	vgpu_decode_resource_create_2d(l->m->wire, l->m->size, &c);
	check_new_id(l, c.resource_id, FIELD(resource_create_2d, resource_id));
	if (!vgpu_format_is_2d(c.format))
		lint_report(l, VGPU_LINT_FORMAT_NOT_2D, FIELD(resource_create_2d, format),
			    "format %u (%s)", c.format, format_name(c.format));
	if (!c.width || !c.height)
		lint_report(l, VGPU_LINT_RESOURCE_EMPTY, FIELD(resource_create_2d, width),
			    "%u x %u", c.width, c.height);
}

static void create_3d(struct vgpu_lint *l)
{
	struct vgpu_resource_create_3d c;

	vgpu_decode_resource_create_3d(l->m->wire, l->m->size, &c);
	check_new_id(l, c.resource_id, FIELD(resource_create_3d, resource_id));
	if (!vgpu_value_name(VGPU_SET_PIPE, c.target))
		lint_report(l, VGPU_LINT_TARGET_UNKNOWN, FIELD(resource_create_3d, target),
			    "target %u", c.target);
	if (!c.format || !vgpu_format_name(c.format))
		lint_report(l, VGPU_LINT_FORMAT_UNKNOWN, FIELD(resource_create_3d, format),
			    "format %u", c.format);
	if (!c.width || !c.height || !c.depth || !c.array_size)
		lint_report(l, VGPU_LINT_RESOURCE_EMPTY, FIELD(resource_create_3d, width),
			    "%u x %u x %u, %u layers", c.width, c.height, c.depth, c.array_size);
}

uint64_t lint_entries(struct vgpu_lint *l, size_t count_offset)
{
	uint32_t empty = UINT32_MAX;
	struct vgpu_mem_entry entry;
	struct vgpu_tail tail;
	uint64_t bytes = 0;

	lint_tail(l, &tail);
	for (uint32_t i = 0; i < tail.count; i++) {
		vgpu_tail_entry(&tail, i, &entry);
		bytes += entry.length;
		if (!entry.length && empty == UINT32_MAX)
			empty = i;
	}
	if (tail.declared > ENTRIES_MAX)
		lint_report(l, VGPU_LINT_ENTRIES_LIMIT, count_offset, "%u entries", tail.declared);
	if (empty != UINT32_MAX)
		lint_report(l, VGPU_LINT_ENTRY_EMPTY,
			    (size_t)(tail.data - l->m->wire) + (size_t)empty * VGPU_MEM_ENTRY_SIZE,
			    "entry %u of %u has no bytes", empty, tail.count);
	return bytes;
}

static void attach(struct vgpu_lint *l)
{
	struct vgpu_resource_attach_backing c;
	const struct vgpu_track_resource *r;

	vgpu_decode_resource_attach_backing(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(resource_attach_backing, resource_id));
	if (r && r->backed && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_ATTACH_TWICE, FIELD(resource_attach_backing, resource_id),
			    "resource %u has a backing of %U bytes", r->id, r->backing_bytes);
	if (!c.nr_entries)
		lint_report(l, VGPU_LINT_ENTRIES_NONE, FIELD(resource_attach_backing, nr_entries),
			    "nr_entries is 0");
	lint_entries(l, FIELD(resource_attach_backing, nr_entries));
}

static void detach(struct vgpu_lint *l)
{
	struct vgpu_resource_detach_backing c;
	const struct vgpu_track_resource *r;

	vgpu_decode_resource_detach_backing(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(resource_detach_backing, resource_id));
	if (r && !r->backed && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_DETACH_NONE, FIELD(resource_detach_backing, resource_id),
			    "resource %u has no backing", r->id);
}

static void unref(struct vgpu_lint *l)
{
	struct vgpu_resource_unref c;
	const struct vgpu_track_resource *r;
	uint32_t scanout = 0;

	vgpu_decode_resource_unref(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(resource_unref, resource_id));
	if (!r || !lint_sure(l, r->created))
		return;
	if (r->scanouts) {
		while (!(r->scanouts >> scanout & 1))
			scanout++;
		lint_report(l, VGPU_LINT_UNREF_SHOWN, FIELD(resource_unref, resource_id),
			    "scanout %u shows resource %u", scanout, r->id);
	}
	if (r->mapped)
		lint_report(l, VGPU_LINT_UNREF_MAPPED, FIELD(resource_unref, resource_id),
			    "resource %u is mapped at %U", r->id, r->map_offset);
}

void lint_resources(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	struct vgpu_resource_assign_uuid uuid;

	switch (hdr->type) {
	case VGPU_CMD_RESOURCE_CREATE_2D:
		create_2d(l);
		break;
	case VGPU_CMD_RESOURCE_CREATE_3D:
		create_3d(l);
		break;
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
		attach(l);
		break;
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
		detach(l);
		break;
	case VGPU_CMD_RESOURCE_UNREF:
		unref(l);
		break;
	case VGPU_CMD_RESOURCE_ASSIGN_UUID:
		vgpu_decode_resource_assign_uuid(l->m->wire, l->m->size, &uuid);
		lint_resource(l, uuid.resource_id, FIELD(resource_assign_uuid, resource_id));
		break;
	}
}

/* Blobs */

static bool aligned(const struct vgpu_lint *l, uint64_t value)
{
	return !l->options.blob_alignment || l->options.dialect != VGPU_DIALECT_SPEC ||
	       !lint_has_feature(l, VGPU_F_BLOB_ALIGNMENT) ||
	       value % l->options.blob_alignment == 0;
}

static void create_blob(struct vgpu_lint *l)
{
	struct vgpu_resource_create_blob c;
	uint32_t unknown;
	uint64_t bytes;
	bool host;

	vgpu_decode_resource_create_blob(l->m->wire, l->m->size, &c);
	host = c.blob_mem == VGPU_BLOB_MEM_HOST3D || c.blob_mem == VGPU_BLOB_MEM_HOST3D_GUEST;
	check_new_id(l, c.resource_id, FIELD(resource_create_blob, resource_id));
	if (!host && c.blob_mem != VGPU_BLOB_MEM_GUEST)
		lint_report(l, VGPU_LINT_BLOB_MEM, FIELD(resource_create_blob, blob_mem),
			    "blob_mem is %u", c.blob_mem);
	unknown = lint_unknown_flags(l, VGPU_SET_BLOB_FLAG, c.blob_flags);
	if (unknown)
		lint_report(l, VGPU_LINT_BLOB_FLAGS, FIELD(resource_create_blob, blob_flags),
			    "flags %x have no name", unknown);
	if (!c.size)
		lint_report(l, VGPU_LINT_RESOURCE_EMPTY, FIELD(resource_create_blob, size),
			    "the blob has no bytes");
	if (!aligned(l, c.size))
		lint_report(l, VGPU_LINT_BLOB_UNALIGNED, FIELD(resource_create_blob, size),
			    "size %U is no multiple of %u", c.size, l->options.blob_alignment);
	if (host)
		lint_need_feature(l, VGPU_F_VIRGL, FIELD(resource_create_blob, blob_mem),
				  "a blob of the host");
	if (host && !c.hdr.ctx_id)
		lint_report(l, VGPU_LINT_BLOB_NO_CONTEXT, FIELD(ctrl_hdr, ctx_id),
			    "blob_mem is %s, ctx_id is 0",
			    vgpu_value_name(VGPU_SET_BLOB_MEM, c.blob_mem));
	else if (c.hdr.ctx_id)
		lint_context(l, c.hdr.ctx_id);
	if (c.blob_mem == VGPU_BLOB_MEM_HOST3D && c.nr_entries)
		lint_report(l, VGPU_LINT_BLOB_ENTRIES, FIELD(resource_create_blob, nr_entries),
			    "HOST3D, and %u entries", c.nr_entries);
	bytes = lint_entries(l, FIELD(resource_create_blob, nr_entries));
	if (c.nr_entries && bytes < c.size && !l->m->cut)
		lint_report(l, VGPU_LINT_BLOB_BACKING_SHORT, FIELD(resource_create_blob, size),
			    "%U bytes in the entries, the blob has %U", bytes, c.size);
}

/* The first other mapped blob that the range meets. */
static const struct vgpu_track_resource *meets(const struct vgpu_lint *l, uint32_t id,
					       uint64_t begin, uint64_t size)
{
	const struct vgpu_track_resource *r = NULL;
	struct vgpu_track_totals totals;

	vgpu_track_totals(l->t, &totals);
	while (totals.mapped && (r = vgpu_track_resource_next(l->t, r))) {
		if (!r->mapped)
			continue;
		totals.mapped--;
		/* The tracked one wraps when it was wrong itself. */
		if (r->id != id && begin < r->map_offset + r->blob_size &&
		    r->map_offset < begin + size && lint_sure(l, r->created))
			return r;
	}
	return NULL;
}

static void map_range(struct vgpu_lint *l, const struct vgpu_resource_map_blob *c,
		      const struct vgpu_track_resource *r)
{
	const struct vgpu_track_resource *other;
	size_t at = FIELD(resource_map_blob, offset);

	if (r->blob_size > UINT64_MAX - c->offset) {
		lint_report(l, VGPU_LINT_MAP_WRAPS, at, "offset %U and %U bytes", c->offset,
			    r->blob_size);
		return;
	}
	other = meets(l, r->id, c->offset, r->blob_size);
	if (other)
		lint_report(l, VGPU_LINT_MAP_OVERLAP, at, "%U to %U meets resource %u at %U",
			    c->offset, c->offset + r->blob_size, other->id, other->map_offset);
}

static void map_blob(struct vgpu_lint *l)
{
	struct vgpu_resource_map_blob c;
	const struct vgpu_track_resource *r;
	size_t id = FIELD(resource_map_blob, resource_id), at = FIELD(resource_map_blob, offset);

	vgpu_decode_resource_map_blob(l->m->wire, l->m->size, &c);
	if (!aligned(l, c.offset))
		lint_report(l, VGPU_LINT_BLOB_UNALIGNED, at, "offset %U is no multiple of %u",
			    c.offset, l->options.blob_alignment);
	else if (c.offset % 4096)
		lint_report(l, VGPU_LINT_MAP_UNALIGNED, at, "offset %U", c.offset);
	r = lint_resource(l, c.resource_id, id);
	if (!r)
		return;
	if (r->kind != VGPU_TRACK_BLOB || r->blob_mem == VGPU_BLOB_MEM_GUEST) {
		lint_report(l, VGPU_LINT_MAP_NOT_BLOB, id, "resource %u is %s", r->id,
			    r->kind == VGPU_TRACK_BLOB ? "a blob of the guest" : "no blob");
		return;
	}
	if (!(r->blob_flags & VGPU_BLOB_FLAG_USE_MAPPABLE))
		lint_report(l, VGPU_LINT_MAP_NOT_MAPPABLE, id,
			    "resource %u was created without USE_MAPPABLE", r->id);
	if (r->mapped && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_MAP_TWICE, id, "resource %u is mapped at %U", r->id,
			    r->map_offset);
	map_range(l, &c, r);
}

static void unmap_blob(struct vgpu_lint *l)
{
	struct vgpu_resource_unmap_blob c;
	const struct vgpu_track_resource *r;

	vgpu_decode_resource_unmap_blob(l->m->wire, l->m->size, &c);
	r = lint_resource(l, c.resource_id, FIELD(resource_unmap_blob, resource_id));
	if (r && !r->mapped && lint_sure(l, r->created))
		lint_report(l, VGPU_LINT_UNMAP_NONE, FIELD(resource_unmap_blob, resource_id),
			    "resource %u is not mapped", r->id);
}

void lint_blobs(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr)
{
	switch (hdr->type) {
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		create_blob(l);
		break;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
		map_blob(l);
		break;
	case VGPU_CMD_RESOURCE_UNMAP_BLOB:
		unmap_blob(l);
		break;
	}
}
