/* SPDX-License-Identifier: MIT */
/*
 * What a driver says to show a picture: create a resource, give it memory, show it on scanout 0,
 * and whenever the picture changed, transfer and flush. Here each request is printed in
 * hexadecimal; a driver would put it into the control queue and wait for the answer.
 *
 *	cc show-picture.c $(pkg-config --cflags --libs libvgpu) -o show-picture
 *	./show-picture | ./decode
 */
#include <stdio.h>
#include <string.h>

#include <vgpu/codec.h>

enum {
	WIDTH = 640,
	HEIGHT = 480,
	PAGE = 4096,
	PAGES = WIDTH * HEIGHT * 4 / PAGE,
	RESOURCE = 1
};

/* The device reads `size` bytes; what it would write back begins with a vgpu_ctrl_hdr. */
static void queue_request(const unsigned char *wire, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", wire[i]);
	putchar('\n');
}

static void create(void)
{
	unsigned char wire[VGPU_RESOURCE_CREATE_2D_SIZE];
	struct vgpu_resource_create_2d c;

	memset(&c, 0, sizeof(c));
	c.hdr.type = VGPU_CMD_RESOURCE_CREATE_2D;
	c.resource_id = RESOURCE;
	c.format = VGPU_FORMAT_B8G8R8X8_UNORM;
	c.width = WIDTH;
	c.height = HEIGHT;
	vgpu_encode_resource_create_2d(&c, wire, sizeof(wire));
	queue_request(wire, sizeof(wire));
}

/* A struct, and behind it as many entries as it says. */
static void attach_backing(const uint64_t *pages)
{
	static unsigned char wire[VGPU_RESOURCE_ATTACH_BACKING_SIZE + PAGES * VGPU_MEM_ENTRY_SIZE];
	struct vgpu_resource_attach_backing c;
	struct vgpu_mem_entry entry;
	unsigned char *p = wire;

	memset(&c, 0, sizeof(c));
	c.hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING;
	c.resource_id = RESOURCE;
	c.nr_entries = PAGES;
	vgpu_encode_resource_attach_backing(&c, p, VGPU_RESOURCE_ATTACH_BACKING_SIZE);
	p += VGPU_RESOURCE_ATTACH_BACKING_SIZE;
	memset(&entry, 0, sizeof(entry));
	for (int i = 0; i < PAGES; i++) {
		entry.addr = pages[i];
		entry.length = PAGE;
		vgpu_encode_mem_entry(&entry, p, VGPU_MEM_ENTRY_SIZE);
		p += VGPU_MEM_ENTRY_SIZE;
	}
	queue_request(wire, sizeof(wire));
}

static void set_scanout(void)
{
	unsigned char wire[VGPU_SET_SCANOUT_SIZE];
	struct vgpu_set_scanout c;

	memset(&c, 0, sizeof(c));
	c.hdr.type = VGPU_CMD_SET_SCANOUT;
	c.r.width = WIDTH;
	c.r.height = HEIGHT;
	c.scanout_id = 0;
	c.resource_id = RESOURCE;
	vgpu_encode_set_scanout(&c, wire, sizeof(wire));
	queue_request(wire, sizeof(wire));
}

/* Part of the picture changed: the device copies it, and shows it. */
static void update(const struct vgpu_rect *r, uint64_t fence_id)
{
	unsigned char wire[VGPU_TRANSFER_TO_HOST_2D_SIZE], flush_wire[VGPU_RESOURCE_FLUSH_SIZE];
	struct vgpu_transfer_to_host_2d transfer;
	struct vgpu_resource_flush flush;

	memset(&transfer, 0, sizeof(transfer));
	transfer.hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D;
	transfer.r = *r;
	transfer.offset = ((uint64_t)r->y * WIDTH + r->x) * 4; /* of the rectangle's first pixel */
	transfer.resource_id = RESOURCE;
	vgpu_encode_transfer_to_host_2d(&transfer, wire, sizeof(wire));
	queue_request(wire, sizeof(wire));

	/* Fenced: its answer comes when it is done, not when it was taken. */
	memset(&flush, 0, sizeof(flush));
	flush.hdr.type = VGPU_CMD_RESOURCE_FLUSH;
	flush.hdr.flags = VGPU_FLAG_FENCE;
	flush.hdr.fence_id = fence_id;
	flush.r = *r;
	flush.resource_id = RESOURCE;
	vgpu_encode_resource_flush(&flush, flush_wire, sizeof(flush_wire));
	queue_request(flush_wire, sizeof(flush_wire));
}

int main(void)
{
	static uint64_t pages[PAGES]; /* where the picture lies, as the device sees addresses */
	struct vgpu_rect all, part;

	for (uint64_t i = 0; i < PAGES; i++)
		pages[i] = UINT64_C(0x40000000) + i * PAGE;
	memset(&all, 0, sizeof(all));
	all.width = WIDTH;
	all.height = HEIGHT;
	part = all;
	part.y = 100;
	part.height = 32;

	create();
	attach_backing(pages);
	set_scanout();
	update(&all, 1);
	update(&part, 2);
	return ferror(stdout) || fflush(stdout);
}
