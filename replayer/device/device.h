/* SPDX-License-Identifier: MIT */
/*
 * A virtio-gpu device without a transport: requests in, responses, fences and pictures out.
 * It owns the guest's address space, resources, contexts and scanouts; pixels are made by a
 * backend. What a request does beyond the specification follows a profile, the behaviour of a
 * known VMM. Private to this project for now: linked statically, no stable interface.
 *
 * Requests and memory are untrusted: whatever they hold, the outcome is an error response.
 * Not thread-safe; the virgl backend also wants one thread for the device's whole life, and at
 * most one such device per process (the library behind it has global state).
 */
#ifndef VGPU_DEVICE_H
#define VGPU_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGPU_DEVICE_SCANOUTS 16

struct vgpu_device;

/* How a VMM answers where the specification leaves room, or where the VMM departs from it. */
struct vgpu_profile {
	const char *name;
	/* It knows the first eight 2D commands and GET_EDID, to which it has no data. */
	bool minimal;
	/* The renderer's refusals become error responses; otherwise the answer is OK all the same. */
	bool propagates;
	/* Such an error is always ERR_UNSPEC. */
	bool unspecific;
	/* A command on a resource that does not exist is an error response. */
	bool checks_ids;
	/* SET_SCANOUT wants at least this many pixels each way; 0: not checked. */
	uint32_t scanout_min;
	/* SET_SCANOUT looks at no rectangle: the picture begins in the resource's corner. */
	bool scanout_corner;
	/* More scanouts than that do not exist; 0: as many as the device was made with. */
	uint32_t scanouts;
	/* SET_SCANOUT, RESOURCE_FLUSH and TRANSFER_TO_HOST_2D want backing. */
	bool wants_backing;
	/*
	 * TRANSFER_TO_HOST_2D is only noted; RESOURCE_FLUSH executes the last one. SET_SCANOUT begins
	 * with a black picture.
	 */
	bool defers_transfers;
	/* A response carries its request's fence. */
	bool echoes_fences;
	/* Also an error's, and the fence is made. */
	bool fences_errors;
	/* An UPDATE_CURSOR's picture is where the cursor is; otherwise its hot spot is there. */
	bool cursor_corner;
	/* ATTACH_BACKING, CREATE_BLOB: more entries than this are refused. */
	uint32_t max_entries;
	/* Flags of a resource made by RESOURCE_CREATE_2D. */
	uint32_t create_2d_flags;
	/* Bytes that 2D resources may take on the host, all together. */
	uint64_t max_hostmem;
	/* RESOURCE_ASSIGN_UUID is known, and what it gives ends in the resource's id. */
	bool uuid;
};

/*
 * "qemu" (its virgl device), "qemu-2d", "rutabaga" (crosvm and who else uses that library),
 * "hvisor", "spec"; NULL when there is no such profile. Static.
 */
const struct vgpu_profile *vgpu_profile_find(const char *name);
/* By number, from 0; NULL past the last. */
const struct vgpu_profile *vgpu_profile_at(size_t index);

struct vgpu_device_options {
	const char *backend;                /* "virgl", "soft2d", "null" */
	const struct vgpu_profile *profile; /* NULL: the one that fits the backend */
	uint32_t scanouts;                  /* 1..16; 0: 1 */
	uint32_t width, height;             /* of the display, pixels; 0: 1280 × 800 */
	bool cursors;                       /* keep pictures of cursors */
	const char *gpu;                    /* render node for "virgl"; NULL: EGL's choice */
};

/* What became of one request. Pointers live until the device's next call. */
struct vgpu_device_result {
	const uint8_t *response; /* as the profile's VMM would answer, wire bytes */
	size_t response_size;
	uint32_t type;           /* the request's; 0 when it was too short to say */
	uint32_t response_type;  /* VGPU_RESP_… */
	uint32_t response_flags; /* VGPU_FLAG_…, of its header */
	uint32_t ctx_id;         /* header's */
	uint32_t resource_id;    /* 0: the command names none */
	uint32_t capset_id;      /* of GET_CAPSET and CTX_CREATE; otherwise 0 */
	/*
	 * The executing side's own opinion, whatever the response says: 0, or the number that the
	 * renderer returned or reported inside a stream.
	 */
	int verdict;
	const char *reason; /* for a verdict ≠ 0 or an error response, one line; never NULL */
	/* It wanted a resource or a context that was never created in this device's life. */
	bool unknown;
	/* Bit per scanout: this RESOURCE_FLUSH shows a picture there. */
	uint32_t shown;
	/* For vgpu_device_wait_fence(); 0: no fence was made. */
	uint32_t fence;
};

/* What a scanout shows. */
struct vgpu_device_scanout {
	uint32_t resource_id;         /* 0: off */
	uint32_t x, y, width, height; /* within the resource, pixels */
	uint32_t format;              /* VGPU_FORMAT_… or another of virgl's */
};

#define VGPU_DEVICE_CURSOR_MAX 256 /* pixels each way: a larger one is not kept */

/* A scanout's cursor, as the last UPDATE_CURSOR and MOVE_CURSOR left it. */
struct vgpu_device_cursor {
	uint32_t resource_id; /* 0: hidden */
	int32_t x, y;         /* of its corner on the scanout, pixels */
	/* What the resource held at UPDATE_CURSOR: R, G, B, A, premultiplied; NULL: not kept. */
	const uint8_t *rgba;
	uint32_t width, height;
};

/* A picture: rows from the top, no padding. The device's, to be changed at will until its next call. */
struct vgpu_device_picture {
	uint8_t *rgba; /* width × height × 4 bytes R, G, B, A; A is 255: a scanout is opaque */
	uint32_t width, height;
	size_t size; /* bytes */
};

/* One level and layer of a resource; of a buffer or blob all of it, as one row of bytes. */
struct vgpu_device_content {
	const uint8_t *bytes; /* rows of blocks, without padding; the device's, until its next call */
	size_t size;
	uint32_t format;         /* VGPU_FORMAT_…; 0: bytes */
	uint32_t width, height;  /* pixels, of this level; bytes and 1 */
	uint32_t stride;         /* bytes from row to row */
	uint32_t levels, layers; /* that the resource has, layers at this level */
};

/*
 * Read what a resource holds. 0; -ENOENT: there is no such resource; -ENOTSUP: no such level or
 * layer, or nothing that can be read: only levels and layers are told then; -EIO: the renderer
 * refuses; -ENOMEM.
 */
int vgpu_device_read_content(struct vgpu_device *device, uint32_t resource_id, uint32_t level,
			     uint32_t layer, struct vgpu_device_content *out);
/* What was just read as a picture. 0; -ENOTSUP: its format cannot be shown; -ENOMEM. */
int vgpu_device_content_picture(struct vgpu_device *device,
				const struct vgpu_device_content *content,
				struct vgpu_device_picture *out);

/*
 * Can what the resource holds be read, and be put back into one like it, so that nothing of it is
 * lost? Where a renderer is asked, a small resource of the same kind is written and read, once for
 * each kind. Never for several samples a pixel, blobs of the host, and what does not exist. A format
 * that the renderer stores with more bits than the guest's has passes unnoticed: a GPU may do so.
 */
bool vgpu_device_gives_back(struct vgpu_device *device, uint32_t resource_id);

/* It makes no pictures: resources hold nothing. */
bool vgpu_device_is_blind(const struct vgpu_device *device);

/*
 * Put back what vgpu_device_read_content() read of such a resource, one level and layer: of *content
 * the bytes and the size are of interest. 0; -ENOENT; -ENOTSUP: no such level or layer, or another
 * size; -EIO: the renderer refuses; -ENOMEM.
 */
int vgpu_device_write_content(struct vgpu_device *device, uint32_t resource_id, uint32_t level,
			      uint32_t layer, const struct vgpu_device_content *content);

/* Wait until all that was executed is done, at most 10 s. */
void vgpu_device_finish(struct vgpu_device *device);

/* Text about the executing side, "" where there is none to tell. Owned by the device. */
struct vgpu_device_about {
	const char *backend;
	const char *renderer; /* GL_RENDERER */
	const char *version;  /* GL_VERSION */
	const char *library;  /* of the renderer: file name, and what it is known by */
};

/*
 * Make a device. 0; -EINVAL for an unknown backend, or a GPU for
 * one that has no use for it; -ENOMEM; -EBUSY when the backend is in use;
 * -ENODEV when the backend cannot start (no EGL, …); -errno of opening the GPU. `options` are
 * copied.
 */
int vgpu_device_create(struct vgpu_device **out, const struct vgpu_device_options *options);
void vgpu_device_destroy(struct vgpu_device *device); /* NULL is fine */

/* Drop resources, contexts, scanouts and fences, as a device reset does. Guest memory stays. */
void vgpu_device_reset(struct vgpu_device *device);

/*
 * Put bytes into the guest's address space (the one of ATTACH_BACKING). 0, VGPU_ERR_INVALID for
 * a range that wraps, VGPU_ERR_TOO_LARGE beyond the device's limit of memory, -ENOMEM.
 */
int vgpu_device_write_memory(struct vgpu_device *device, uint64_t address, const void *bytes,
			     size_t size);
/* Read bytes of it; what was never written is 0. Errors as above. */
int vgpu_device_read_memory(struct vgpu_device *device, uint64_t address, void *bytes, size_t size);
/* Reset it, and forget all guest memory: resources' backings point into that. */
void vgpu_device_clear_memory(struct vgpu_device *device);

/*
 * Execute one request (`size` bytes, all its readable descriptors in order; extra bytes at its
 * end are ignored). `request` should be 4-byte aligned, else streams are copied. Always fills
 * *result.
 */
void vgpu_device_execute(struct vgpu_device *device, const void *request, size_t size,
			 struct vgpu_device_result *result);

/* The state of scanout `index`; NULL when there is no such scanout. Lives as long as the device. */
const struct vgpu_device_scanout *vgpu_device_scanout(const struct vgpu_device *device,
						      uint32_t index);

/* The cursor of scanout `index`; false when there is no such scanout. Good until the next call. */
bool vgpu_device_cursor(const struct vgpu_device *device, uint32_t index,
			struct vgpu_device_cursor *out);

/*
 * Read what scanout `index` shows. 0; -ENOENT when it is off or its resource is gone; -ENOTSUP
 * when the backend makes no pictures or the format is not one it can convert; -ENOMEM; -EIO when
 * the renderer refuses.
 */
int vgpu_device_read(struct vgpu_device *device, uint32_t index, struct vgpu_device_picture *out);

/*
 * Wait until every fence made so far has signalled, at most `timeout_ns`. Returns how many are
 * still open.
 */
uint64_t vgpu_device_wait_fences(struct vgpu_device *device, uint64_t timeout_ns);

/* The same for one fence, and those made before it; true: it has signalled. */
bool vgpu_device_wait_fence(struct vgpu_device *device, uint32_t fence, uint64_t timeout_ns);

void vgpu_device_about(struct vgpu_device *device, struct vgpu_device_about *out);

#endif
