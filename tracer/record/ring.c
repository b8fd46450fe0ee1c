/* SPDX-License-Identifier: MIT */
/*
 * Reading a BPF ring buffer in place. libbpf's own reader hands out records by callback and takes
 * each at once; the two rings here are read against each other, which needs a look ahead. It also
 * maps a ring twice in a row, so that no record is torn at its end: that makes its pages count twice
 * as this process's memory, and takes its time. Here such a record is copied, one of ten thousand.
 * Source: kernel/bpf/ringbuf.c (layout of the mapping, header bits).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drain.h"

size_t record_ring_size(size_t bytes)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	while (size < bytes)
		size *= 2;
	return size;
}

int record_ring_init(struct record_ring *ring, int fd, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map;

	*ring = (struct record_ring) { .fd = fd, .size = size };
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	ring->consumer = map;
	map = mmap(NULL, page + size, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (map == MAP_FAILED) {
		int error = -errno;

		record_ring_finish(ring);
		return error;
	}
	ring->producer = map;
	ring->data = (const uint8_t *)map + page;
	ring->torn = malloc(RECORD_EVENT_MAX);
	if (!ring->torn) {
		record_ring_finish(ring);
		return -ENOMEM;
	}
	return 0;
}

void record_ring_finish(struct record_ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->consumer)
		munmap(ring->consumer, page);
	if (ring->producer)
		munmap((void *)ring->producer, page + ring->size);
	free(ring->torn);
	*ring = (struct record_ring) { .fd = -1 };
}

uint64_t record_ring_consumed(const struct record_ring *ring)
{
	return __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
}

uint64_t record_ring_produced(const struct record_ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

/* What stands behind the header at this position, in one piece. */
static const void *record_at(const struct record_ring *ring, unsigned long pos, size_t length)
{
	size_t at = (pos + BPF_RINGBUF_HDR_SZ) & (ring->size - 1), here = ring->size - at;

	if (length <= here)
		return ring->data + at;
	memcpy(ring->torn, ring->data + at, here);
	memcpy(ring->torn + here, ring->data, length - here);
	return ring->torn;
}

const void *record_ring_peek(struct record_ring *ring, size_t *size)
{
	unsigned long pos = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	while (pos < end) {
		const uint8_t *header = ring->data + (pos & (ring->size - 1));
		uint32_t word = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);
		uint32_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		ring->peeked_end = pos + ((BPF_RINGBUF_HDR_SZ + length + 7ul) & ~7ul);
		if (!(word & BPF_RINGBUF_DISCARD_BIT) && length <= RECORD_EVENT_MAX) {
			*size = length;
			ring->peeked = record_at(ring, pos, length);
			return ring->peeked;
		}
		pos = ring->peeked_end;
		__atomic_store_n(ring->consumer, pos, __ATOMIC_RELEASE);
	}
	return NULL;
}

void record_ring_pop(struct record_ring *ring)
{
	ring->peeked = NULL;
	__atomic_store_n(ring->consumer, ring->peeked_end, __ATOMIC_RELEASE);
}

void record_ring_each(const struct record_ring *ring,
		      void (*visit)(void *data, const void *record, size_t size), void *data)
{
	unsigned long pos = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	while (pos < end) {
		const uint8_t *header = ring->data + (pos & (ring->size - 1));
		uint32_t word = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);
		uint32_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			return;
		if (!(word & BPF_RINGBUF_DISCARD_BIT) && length <= RECORD_EVENT_MAX)
			visit(data, record_at(ring, pos, length), length);
		pos += (BPF_RINGBUF_HDR_SZ + length + 7ul) & ~7ul;
	}
}
