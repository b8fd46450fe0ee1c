/* SPDX-License-Identifier: MIT */
/*
 * How long the decode of a device command takes, in nanoseconds of processor time, beside a switch
 * written by hand that does the same; and what text and JSON of it take. Every command is measured
 * alone and all of them mixed. Ends with status 1 when decoding allocates memory.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#define MESSAGES 4096
#define ROOM     128 /* bytes; the longest fixed part has 96 */

static uint8_t wires[MESSAGES][ROOM];
static volatile uint64_t sum;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* --- by hand ---------------------------------------------------------------------------------- */

static inline uint32_t u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

static inline void hand_hdr(const uint8_t *p, struct vgpu_ctrl_hdr *h)
{
	h->type = u32(p);
	h->flags = u32(p + 4);
	h->fence_id = u64(p + 8);
	h->ctx_id = u32(p + 16);
	h->ring_idx = p[20];
	memcpy(h->padding, p + 21, 3);
}

static inline void hand_rect(const uint8_t *p, struct vgpu_rect *r)
{
	r->x = u32(p);
	r->y = u32(p + 4);
	r->width = u32(p + 8);
	r->height = u32(p + 12);
}

/* `count` dwords from the 25th byte on: most commands are the header and those. */
static inline void hand_dwords(const uint8_t *p, uint32_t *out, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		out[i] = u32(p + 24 + i * 4);
}

#define NEED(bytes)                 \
	do {                        \
		if (size < (bytes)) \
			return -1;  \
	} while (0)

__attribute__((noinline)) static int hand(const uint8_t *p, size_t size, union vgpu_any *out)
{
	NEED(24);
	hand_hdr(p, &out->hdr);
	switch (out->hdr.type) {
	case VGPU_CMD_GET_DISPLAY_INFO:
	case VGPU_CMD_CTX_DESTROY:
		return 0;
	case VGPU_CMD_RESOURCE_CREATE_2D:
		NEED(40);
		hand_dwords(p, &out->resource_create_2d.resource_id, 4);
		return 0;
	case VGPU_CMD_RESOURCE_UNREF:
	case VGPU_CMD_RESOURCE_DETACH_BACKING:
	case VGPU_CMD_RESOURCE_ATTACH_BACKING:
	case VGPU_CMD_GET_CAPSET_INFO:
	case VGPU_CMD_GET_CAPSET:
	case VGPU_CMD_GET_EDID:
	case VGPU_CMD_RESOURCE_ASSIGN_UUID:
	case VGPU_CMD_CTX_ATTACH_RESOURCE:
	case VGPU_CMD_CTX_DETACH_RESOURCE:
	case VGPU_CMD_SUBMIT_3D:
	case VGPU_CMD_RESOURCE_UNMAP_BLOB:
		NEED(32);
		hand_dwords(p, &out->resource_unref.resource_id, 2);
		return 0;
	case VGPU_CMD_SET_SCANOUT:
	case VGPU_CMD_RESOURCE_FLUSH:
		NEED(48);
		hand_rect(p + 24, &out->set_scanout.r);
		out->set_scanout.scanout_id = u32(p + 40);
		out->set_scanout.resource_id = u32(p + 44);
		return 0;
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		NEED(56);
		hand_rect(p + 24, &out->transfer_to_host_2d.r);
		out->transfer_to_host_2d.offset = u64(p + 40);
		out->transfer_to_host_2d.resource_id = u32(p + 48);
		out->transfer_to_host_2d.padding[0] = u32(p + 52);
		return 0;
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		NEED(56);
		hand_dwords(p, &out->resource_create_blob.resource_id, 4);
		out->resource_create_blob.blob_id = u64(p + 40);
		out->resource_create_blob.size = u64(p + 48);
		return 0;
	case VGPU_CMD_SET_SCANOUT_BLOB:
		NEED(96);
		hand_dwords(p, &out->set_scanout_blob.r.x, 18);
		return 0;
	case VGPU_CMD_CTX_CREATE:
		NEED(96);
		hand_dwords(p, &out->ctx_create.nlen, 2);
		memcpy(out->ctx_create.debug_name, p + 32, 64);
		return 0;
	case VGPU_CMD_RESOURCE_CREATE_3D:
		NEED(72);
		hand_dwords(p, &out->resource_create_3d.resource_id, 12);
		return 0;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		NEED(72);
		hand_dwords(p, &out->transfer_host_3d.box.x, 6);
		out->transfer_host_3d.offset = u64(p + 48);
		out->transfer_host_3d.resource_id = u32(p + 56);
		out->transfer_host_3d.level = u32(p + 60);
		out->transfer_host_3d.stride = u32(p + 64);
		out->transfer_host_3d.layer_stride = u32(p + 68);
		return 0;
	case VGPU_CMD_RESOURCE_MAP_BLOB:
		NEED(40);
		hand_dwords(p, &out->resource_map_blob.resource_id, 2);
		out->resource_map_blob.offset = u64(p + 32);
		return 0;
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		NEED(56);
		hand_dwords(p, &out->update_cursor.pos.scanout_id, 8);
		return 0;
	}
	return -1;
}

/* --- measuring -------------------------------------------------------------------------------- */

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench-device: %s\n", what);
	exit(1);
}

static uint64_t random64(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* The command's index in the table; SIZE_MAX: one at random for each message. */
static void fill(size_t which)
{
	size_t count = 0;
	const char *name;
	uint32_t type;

	while (!vgpu_value_at(VGPU_SET_CMD, count, &name, &type))
		count++;
	for (size_t i = 0; i < MESSAGES; i++) {
		for (size_t b = 0; b < ROOM; b += 8) {
			uint64_t r = random64();

			memcpy(wires[i] + b, &r, 8);
		}
		vgpu_value_at(VGPU_SET_CMD, which == SIZE_MAX ? random64() % count : which, &name,
			      &type);
		for (unsigned int b = 0; b < 4; b++)
			wires[i][b] = (uint8_t)(type >> 8 * b);
	}
}

static void run_hand(void)
{
	static union vgpu_any any;

	for (size_t i = 0; i < MESSAGES; i++)
		sum += (uint64_t)hand(wires[i], ROOM, &any) + any.hdr.ctx_id;
}

static void run_library(void)
{
	static union vgpu_any any;

	for (size_t i = 0; i < MESSAGES; i++)
		sum += (uint64_t)vgpu_request_decode(NULL, wires[i], ROOM, &any) + any.hdr.ctx_id;
}

static int discard(void *data, const char *text, size_t size)
{
	(void)data;
	(void)text;
	sum += size;
	return 0;
}

static const struct vgpu_sink nowhere = { discard, NULL };

static void run_text(void)
{
	for (size_t i = 0; i < MESSAGES; i++)
		vgpu_request_text(wires[i], ROOM, NULL, &nowhere);
}

static void run_json(void)
{
	for (size_t i = 0; i < MESSAGES; i++)
		vgpu_request_json(wires[i], ROOM, NULL, &nowhere);
}

/* Nanoseconds a message; the best of several rounds, as the machine may have other work. */
static double measure(void (*f)(void), int rounds)
{
	double least = 1e18;

	f();
	for (int i = 0; i < rounds; i++) {
		double start = now();

		f();
		start = now() - start;
		least = start < least ? start : least;
	}
	return least / MESSAGES;
}

/* Both read the same. */
static void compare(void)
{
	static union vgpu_any a, b;

	for (size_t i = 0; i < MESSAGES; i++) {
		int id = vgpu_request_decode(NULL, wires[i], ROOM, &a);

		check(id >= 0 && !hand(wires[i], ROOM, &b), "a command that does not decode");
		check(!memcmp(&a, &b, vgpu_struct_size((enum vgpu_struct_id)id)),
		      "the two ways differ");
	}
}

static void line(const char *name)
{
	double by_hand = measure(run_hand, 40), library = measure(run_library, 40);

	printf("%-24s %8.1f ns %8.1f ns   %.2f\n", name, library, by_hand, library / by_hand);
}

int main(void)
{
	const char *name;
	struct mallinfo2 before, after;
	uint32_t type;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%-24s %11s %11s   ratio\n", "decode", "libvgpu", "by hand");
	for (size_t i = 0; !vgpu_value_at(VGPU_SET_CMD, i, &name, &type); i++) {
		fill(i);
		compare();
		line(name);
	}
	fill(SIZE_MAX);
	compare();
	line("all, mixed");
	printf("goal 20 ns, ratio 2\n");
	before = mallinfo2();
	run_library();
	run_text();
	run_json();
	after = mallinfo2();
	printf("allocated meanwhile      %zu bytes\n", after.uordblks - before.uordblks);
	/* Entries and streams of random length would count: only what has none. */
	fill(3);
	printf("text of SET_SCANOUT      %8.0f ns\n", measure(run_text, 10));
	printf("JSON of SET_SCANOUT      %8.0f ns\n", measure(run_json, 10));
	return after.uordblks != before.uordblks || after.hblkhd != before.hblkhd;
}
