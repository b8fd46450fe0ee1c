/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <vgpu/error.h>

void memory_init(struct memory *m)
{
	*m = (struct memory) { 0 };
}

void memory_finish(struct memory *m)
{
	uint32_t i;

	for (i = 0; i < m->count; i++)
		munmap(m->windows[i].bytes, MEMORY_WINDOW_SIZE);
	free(m->windows);
	memory_init(m);
}

static int memory_insert(struct memory *m, uint32_t at, uint64_t index)
{
	struct memory_window *windows;
	uint32_t room;
	void *bytes;

	if (m->count == MEMORY_WINDOWS_MAX)
		return VGPU_ERR_TOO_LARGE;
	if (m->count == m->room) {
		room = m->room ? m->room * 2 : 16;
		windows = realloc(m->windows, room * sizeof(*windows));
		if (!windows)
			return -ENOMEM;
		m->windows = windows;
		m->room = room;
	}
	bytes = mmap(NULL, MEMORY_WINDOW_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return -ENOMEM;
	memmove(m->windows + at + 1, m->windows + at, (m->count - at) * sizeof(*m->windows));
	m->windows[at] = (struct memory_window) { .index = index, .bytes = bytes };
	m->count++;
	return 0;
}

/* The first window that is not before `index`. */
static uint32_t memory_find(const struct memory *m, uint64_t index)
{
	uint32_t low = 0, high = m->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (m->windows[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The host address of a guest address; *left is how far it goes on. */
static int memory_at(struct memory *m, uint64_t address, uint8_t **out, uint64_t *left)
{
	uint64_t index = address >> MEMORY_WINDOW_SHIFT;
	uint64_t inside = address & (MEMORY_WINDOW_SIZE - 1);
	uint32_t low;
	int ret;

	if (m->last >= m->count || m->windows[m->last].index != index) {
		low = memory_find(m, index);
		if (low == m->count || m->windows[low].index != index) {
			ret = memory_insert(m, low, index);
			if (ret)
				return ret;
		}
		m->last = low;
	}
	*out = m->windows[m->last].bytes + inside;
	*left = MEMORY_WINDOW_SIZE - inside;
	return 0;
}

int memory_write(struct memory *m, uint64_t address, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	uint64_t left;
	uint8_t *to;
	size_t n;
	int ret;

	if (size && size - 1 > UINT64_MAX - address)
		return VGPU_ERR_INVALID;
	while (size) {
		ret = memory_at(m, address, &to, &left);
		if (ret)
			return ret;
		n = size < left ? size : left;
		memcpy(to, from, n);
		from += n;
		address += n;
		size -= n;
	}
	return 0;
}

int memory_read(struct memory *m, uint64_t address, void *out, size_t size)
{
	uint64_t inside, left;
	uint8_t *to = out;
	uint32_t at;
	size_t n;

	if (size && size - 1 > UINT64_MAX - address)
		return VGPU_ERR_INVALID;
	while (size) {
		inside = address & (MEMORY_WINDOW_SIZE - 1);
		left = MEMORY_WINDOW_SIZE - inside;
		n = size < left ? size : left;
		at = memory_find(m, address >> MEMORY_WINDOW_SHIFT);
		if (at < m->count && m->windows[at].index == address >> MEMORY_WINDOW_SHIFT)
			memcpy(to, m->windows[at].bytes + inside, n);
		else
			memset(to, 0, n);
		to += n;
		address += n;
		size -= n;
	}
	return 0;
}

static int memory_vec_add(struct memory_vec *v, uint8_t *base, size_t size)
{
	struct iovec *iov;
	uint32_t room;

	if (v->count) {
		iov = &v->iov[v->count - 1];
		/* The renderer keeps sizes of a piece in 32 bits. */
		if ((uint8_t *)iov->iov_base + iov->iov_len == base &&
		    iov->iov_len + size <= INT32_MAX) {
			iov->iov_len += size;
			return 0;
		}
	}
	if (v->count == v->room) {
		room = v->room ? v->room * 2 : 8;
		iov = realloc(v->iov, room * sizeof(*iov));
		if (!iov)
			return -ENOMEM;
		v->iov = iov;
		v->room = room;
	}
	v->iov[v->count++] = (struct iovec) { .iov_base = base, .iov_len = size };
	return 0;
}

int memory_map(struct memory *m, uint64_t address, uint64_t size, struct memory_vec *v)
{
	uint64_t left, n;
	uint8_t *base;
	int ret;

	if (size && size - 1 > UINT64_MAX - address)
		return VGPU_ERR_INVALID;
	if (size > MEMORY_WINDOWS_MAX * MEMORY_WINDOW_SIZE)
		return VGPU_ERR_TOO_LARGE;
	while (size) {
		ret = memory_at(m, address, &base, &left);
		if (ret)
			return ret;
		n = size < left ? size : left;
		ret = memory_vec_add(v, base, n);
		if (ret)
			return ret;
		address += n;
		size -= n;
	}
	return 0;
}

size_t memory_vec_read(const struct iovec *iov, uint32_t count, uint64_t offset, void *out,
		       size_t size)
{
	size_t done = 0, n;
	uint32_t i;

	for (i = 0; i < count && done < size; i++) {
		if (offset >= iov[i].iov_len) {
			offset -= iov[i].iov_len;
			continue;
		}
		n = iov[i].iov_len - offset;
		if (n > size - done)
			n = size - done;
		memcpy((uint8_t *)out + done, (uint8_t *)iov[i].iov_base + offset, n);
		done += n;
		offset = 0;
	}
	return done;
}
