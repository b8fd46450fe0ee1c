/* SPDX-License-Identifier: MIT */
/* What the parts of the device share. See device.h for what it is. */
#ifndef VGPU_DEVICE_INTERNAL_H
#define VGPU_DEVICE_INTERNAL_H

#include <vgpu/protocol.h>
#include <vgpu/codec.h>
#include <vgpu/error.h>
#include <vgpu/transfer.h>

#include "device.h"
#include "memory.h"
#include "table.h"

struct resource {
	struct table_node node;
	bool is_2d; /* made by RESOURCE_CREATE_2D */
	uint32_t target, format, bind, width, height, depth, array_size;
	uint32_t last_level, nr_samples, flags;
	uint32_t blob_mem; /* VGPU_BLOB_MEM_…; 0: not a blob */
	uint64_t blob_size;
	bool attached; /* backing is set, be it empty */
	bool mapped;
	struct memory_vec backing;
	uint8_t *pixels; /* soft2d's storage */
	uint32_t stride; /* of it, bytes */
	uint64_t hostmem;
	/* Noted by a profile that defers it. */
	bool pending;
	struct vgpu_rect pending_rect;
	uint64_t pending_offset;
};

struct context {
	struct table_node node;
	uint32_t capset;
	/* Something from before the device's life was attached: failures may be due to that. */
	bool tainted;
};

struct scanout {
	struct vgpu_device_scanout shown;
	bool blob;
	uint32_t stride, offset; /* of a blob's picture */
};

struct cursor {
	uint32_t resource_id, x, y, hot_x, hot_y;
	uint8_t *rgba; /* NULL: none */
	uint32_t width, height;
};

/* Fences on the backend's one timeline, numbered from 1. */
struct fences {
	uint32_t made, signalled;
};

struct request {
	const uint8_t *bytes;
	size_t size;
	struct vgpu_ctrl_hdr hdr;
};

/*
 * What makes the pixels. Functions that return int give 0 or the renderer's error number, of
 * either sign. NULL functions: the backend has no such thing (3D commands are then unknown
 * commands).
 */
struct backend {
	const char *name;
	const char *profile; /* the one to use when none is asked for */
	bool pictures;       /* read works */
	bool contexts;       /* 3D commands work */
	/* 0, -ENODEV, -EBUSY, -ENOMEM; gpu: a render node to use, or NULL */
	int (*start)(struct vgpu_device *d, const char *gpu);
	void (*stop)(struct vgpu_device *d);
	void (*reset)(struct vgpu_device *d);
	void (*begin)(struct vgpu_device *d); /* before every command */
	void (*about)(struct vgpu_device *d, struct vgpu_device_about *out);

	int (*resource_create)(struct vgpu_device *d, struct resource *r);
	int (*blob_create)(struct vgpu_device *d, struct resource *r,
			   const struct vgpu_resource_create_blob *args);
	void (*resource_destroy)(struct vgpu_device *d, struct resource *r);
	int (*attach)(struct vgpu_device *d, struct resource *r);
	void (*detach)(struct vgpu_device *d, struct resource *r);
	int (*transfer_2d)(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
			   uint64_t offset);
	int (*transfer_3d)(struct vgpu_device *d, struct resource *r,
			   const struct vgpu_transfer_host_3d *args, bool to_host);
	int (*context_create)(struct vgpu_device *d, const struct vgpu_ctx_create *args);
	void (*context_destroy)(struct vgpu_device *d, uint32_t ctx_id);
	void (*context_attach)(struct vgpu_device *d, uint32_t ctx_id, struct resource *r,
			       bool attach);
	int (*submit)(struct vgpu_device *d, uint32_t ctx_id, void *stream, uint32_t dwords);
	int (*map)(struct vgpu_device *d, struct resource *r, uint32_t *info);
	int (*unmap)(struct vgpu_device *d, struct resource *r);
	void (*capset_info)(struct vgpu_device *d, uint32_t id, uint32_t *version, uint32_t *size);
	void (*capset)(struct vgpu_device *d, uint32_t id, uint32_t version, void *out);
	/* Rows of the rectangle as they are in r->format, `stride` bytes apart. */
	int (*read)(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
		    uint8_t *out, uint32_t stride);
	/* All of one level and layer, whose shape is in *content; there is room for all layers. */
	int (*read_content)(struct vgpu_device *d, struct resource *r, uint32_t level,
			    uint32_t layer, const struct vgpu_device_content *content, uint8_t *out,
			    size_t room);
	/* The other way. */
	int (*write_content)(struct vgpu_device *d, struct resource *r, uint32_t level,
			     uint32_t layer, const struct vgpu_device_content *content,
			     const uint8_t *bytes);
	int (*fence)(struct vgpu_device *d, uint32_t number);
	void (*poll)(struct vgpu_device *d); /* calls fences_signal */
};

extern const struct backend backend_virgl, backend_soft2d, backend_null;

/* A kind of resource, and whether the renderer gives back what such a one holds. */
struct kind {
	uint32_t target, format, bind, flags;
	bool gives;
};

#define KINDS_MAX    64u

/* The longest response: a capset; virglrenderer's are 1.4 KiB and grow. */
#define RESPONSE_MAX 16384

struct vgpu_device {
	const struct backend *backend;
	void *data; /* the backend's */
	struct vgpu_profile profile;
	uint32_t scanout_count, width, height;
	bool keep_cursors;
	struct memory memory;
	struct table resources, contexts;
	struct id_set seen_resources, seen_contexts;
	struct scanout scanouts[VGPU_DEVICE_SCANOUTS];
	struct cursor cursors[VGPU_DEVICE_SCANOUTS];
	struct fences fences;
	uint64_t hostmem;
	struct vgpu_device_result result;
	char reason[256];
	uint8_t response[RESPONSE_MAX];
	uint8_t *raw, *rgba;
	size_t raw_room, rgba_room;
	struct kind kinds[KINDS_MAX];
	uint32_t kind_count;
	uint32_t *stream; /* an aligned copy of an unaligned one */
	size_t stream_room;
};

/* device.c: the outcome of the command at hand. The first one to speak is kept. */
__attribute__((format(printf, 3, 4))) void device_error(struct vgpu_device *d, uint32_t response,
							const char *format, ...);
/* The executing side refuses: an error response only where the profile's VMM gives one. */
__attribute__((format(printf, 4, 5))) void
device_refuse(struct vgpu_device *d, int verdict, uint32_t response, const char *format, ...);
/* At least `size` bytes in *buffer. 0 or -ENOMEM. */
int device_room(void *buffer, size_t *room, size_t size);

/* resource.c */
struct resource *resource_find(struct vgpu_device *d, uint32_t id); /* no complaint */
struct resource *resource_need(struct vgpu_device *d, uint32_t id); /* NULL: outcome is set */
/* The same, where it is the renderer that would notice. */
struct resource *resource_need_renderer(struct vgpu_device *d, uint32_t id);
void resource_clear(struct vgpu_device *d);
void resource_create_2d(struct vgpu_device *d, const struct request *rq);
void resource_create_3d(struct vgpu_device *d, const struct request *rq);
void resource_create_blob(struct vgpu_device *d, const struct request *rq);
void resource_unref(struct vgpu_device *d, const struct request *rq);
void resource_attach_backing(struct vgpu_device *d, const struct request *rq);
void resource_detach_backing(struct vgpu_device *d, const struct request *rq);
void resource_assign_uuid(struct vgpu_device *d, const struct request *rq);

/* blob.c */
void blob_map(struct vgpu_device *d, const struct request *rq);
void blob_unmap(struct vgpu_device *d, const struct request *rq);

/* transfer.c */
void transfer_to_host_2d(struct vgpu_device *d, const struct request *rq);
/* The one that was noted, if any. 0 or what the renderer says. */
int transfer_pending(struct vgpu_device *d, struct resource *r);
void transfer_to_host_3d(struct vgpu_device *d, const struct request *rq);
void transfer_from_host_3d(struct vgpu_device *d, const struct request *rq);

/* context.c */
struct context *context_need(struct vgpu_device *d, uint32_t id);
void context_clear(struct vgpu_device *d);
void context_create(struct vgpu_device *d, const struct request *rq);
void context_destroy(struct vgpu_device *d, const struct request *rq);
void context_attach_resource(struct vgpu_device *d, const struct request *rq);
void context_detach_resource(struct vgpu_device *d, const struct request *rq);
void context_submit(struct vgpu_device *d, const struct request *rq);

/* scanout.c */
void scanout_forget(struct vgpu_device *d, uint32_t resource_id);
void scanout_clear(struct vgpu_device *d);
/* Pixels of a resource as they are in `format`, `stride` bytes a row. 0 or what the renderer says. */
int scanout_read_resource(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
			  uint8_t *out, uint32_t stride);
void scanout_set(struct vgpu_device *d, const struct request *rq);
void scanout_set_blob(struct vgpu_device *d, const struct request *rq);
void scanout_flush(struct vgpu_device *d, const struct request *rq);

/* cursor.c */
void cursor_clear(struct vgpu_device *d);
void cursor_update(struct vgpu_device *d, const struct request *rq);
void cursor_move(struct vgpu_device *d, const struct request *rq);

/* content.c: shape and size; false when it has no such level or layer, or none that can be told. */
bool content_shape(const struct resource *r, uint32_t level, uint32_t layer,
		   struct vgpu_device_content *out, struct vgpu_block *block);

/* host.c: what the host is asked about itself */
void host_display_info(struct vgpu_device *d, const struct request *rq);
void host_edid(struct vgpu_device *d, const struct request *rq);
void host_capset_info(struct vgpu_device *d, const struct request *rq);
void host_capset(struct vgpu_device *d, const struct request *rq);

/* fence.c */
void fences_make(struct vgpu_device *d);                    /* its number is in the outcome */
void fences_signal(struct vgpu_device *d, uint32_t number); /* this one and all before it */

/* picture.c: bytes of a pixel of `format`; 0: cannot be converted. */
uint32_t picture_pixel_size(uint32_t format);
/* `count` pixels to R, G, B, 255. */
void picture_convert(uint32_t format, const uint8_t *in, uint8_t *out, size_t count);
/* Where A stands in the 4 bytes of a pixel of `format`; -1: it has none. */
int picture_alpha_byte(uint32_t format);

#endif
