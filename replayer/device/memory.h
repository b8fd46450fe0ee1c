/* SPDX-License-Identifier: MIT */
/*
 * The guest's physical (or IO-virtual) address space, sparse: windows of anonymous memory come
 * into being where something is written or where a resource's backing lies. Pages that nobody
 * touches cost address space only. Two backings of the same address see the same bytes.
 */
#ifndef VGPU_DEVICE_MEMORY_H
#define VGPU_DEVICE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define MEMORY_WINDOW_SHIFT 26 /* 64 MiB */
#define MEMORY_WINDOW_SIZE  (1ull << MEMORY_WINDOW_SHIFT)
/* 256 GiB of guest addresses in all: more than guests have, little enough for any host. */
#define MEMORY_WINDOWS_MAX  4096u

struct memory_window {
	uint64_t index; /* address >> MEMORY_WINDOW_SHIFT */
	uint8_t *bytes;
};

struct memory {
	struct memory_window *windows; /* ascending by index */
	uint32_t count, room;
	uint32_t last; /* where the last lookup ended: commands stay in one place */
};

void memory_init(struct memory *m);
void memory_finish(struct memory *m);

/* 0, VGPU_ERR_INVALID (the range wraps), VGPU_ERR_TOO_LARGE (too many windows), -ENOMEM. */
int memory_write(struct memory *m, uint64_t address, const void *bytes, size_t size);

/* The bytes there; 0 where nothing is. 0 or VGPU_ERR_INVALID. */
int memory_read(struct memory *m, uint64_t address, void *out, size_t size);

/* A growing list of pieces of the address space. */
struct memory_vec {
	struct iovec *iov;
	uint32_t count, room;
};

/*
 * Append a range to *v, joined with the piece before it where the host memory touches.
 * Errors as memory_write; *v then holds what was appended so far. free(v->iov) when done.
 */
int memory_map(struct memory *m, uint64_t address, uint64_t size, struct memory_vec *v);

/* Copy up to `size` bytes from `offset` of a scattered buffer; returns how many there were. */
size_t memory_vec_read(const struct iovec *iov, uint32_t count, uint64_t offset, void *out,
		       size_t size);

#endif
