/* SPDX-License-Identifier: MIT */
/*
 * In the guest: as many commands as it can give, with ioctls and nothing between.
 *	flood desktop SECONDS	a screen of other pixels each time, and DIRTYFB for all of it
 *	flood ring COUNT	transfers of a screen each, faster than a device can take them, and waits
 *				for the last few
 *	flood streams COUNT	streams that are long, do nothing, and cannot be compressed
 * Says what it did in a line on stdout.
 */
#include <libdrm/drm.h>
#include <libdrm/drm_mode.h>
#include <libdrm/virtgpu_drm.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define WAITS         8 /* for the last ones, each; the device may be quicker than some */

#define STREAM_DWORDS 1000

static int card;

static void call(unsigned long request, void *argument, const char *what)
{
	if (ioctl(card, request, argument)) {
		perror(what);
		exit(1);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A framebuffer of the size of the screen, shown; its memory, and its size in bytes. */
static uint8_t *show(struct drm_mode_fb_cmd2 *fb, uint64_t *size, uint32_t *handle)
{
	uint32_t crtcs[16], connectors[16];
	struct drm_mode_modeinfo mode, modes[64];
	struct drm_mode_card_res resources = { .crtc_id_ptr = (uintptr_t)crtcs,
					       .connector_id_ptr = (uintptr_t)connectors,
					       .count_crtcs = 16,
					       .count_connectors = 16 };
	struct drm_mode_get_connector connector = { 0 };
	struct drm_mode_create_dumb dumb = { .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	struct drm_mode_crtc crtc = { 0 };
	uint8_t *pixels;

	call(DRM_IOCTL_MODE_GETRESOURCES, &resources, "resources");
	connector.connector_id = connectors[0];
	connector.modes_ptr = (uintptr_t)modes;
	connector.count_modes = 64;
	call(DRM_IOCTL_MODE_GETCONNECTOR, &connector, "connector");
	mode = modes[0];
	dumb.width = mode.hdisplay;
	dumb.height = mode.vdisplay;
	call(DRM_IOCTL_MODE_CREATE_DUMB, &dumb, "create");
	*fb = (struct drm_mode_fb_cmd2) { .width = dumb.width,
					  .height = dumb.height,
					  .pixel_format = 0x34325258, /* XR24 */
					  .handles = { dumb.handle },
					  .pitches = { dumb.pitch } };
	call(DRM_IOCTL_MODE_ADDFB2, fb, "framebuffer");
	map.handle = dumb.handle;
	call(DRM_IOCTL_MODE_MAP_DUMB, &map, "map");
	pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
	if (pixels == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	crtc.crtc_id = crtcs[0];
	crtc.fb_id = fb->fb_id;
	crtc.set_connectors_ptr = (uintptr_t)connectors;
	crtc.count_connectors = 1;
	crtc.mode = mode;
	crtc.mode_valid = 1;
	call(DRM_IOCTL_MODE_SETCRTC, &crtc, "show");
	*size = dumb.size;
	*handle = dumb.handle;
	return pixels;
}

/* Bytes a second of plain copies of that size, in memory of our own. */
static double copy_rate(uint8_t *to, const uint8_t *from, uint64_t size)
{
	double begin = now(), end;
	unsigned int n = 0;

	do {
		memcpy(to, from + (n & 1) * 4096, size);
		n++;
		end = now();
	} while (end - begin < 1);
	return (double)size * n / (end - begin);
}

static void desktop(double seconds)
{
	struct drm_mode_fb_dirty_cmd dirty = { 0 };
	struct drm_mode_fb_cmd2 fb;
	double begin, end, rate;
	unsigned int frames = 0;
	uint8_t *pixels, *noise;
	uint32_t handle;
	uint64_t size;

	pixels = show(&fb, &size, &handle);
	noise = malloc(size + 8192);
	if (!noise)
		exit(1);
	for (uint64_t i = 0; i < size + 8192; i++)
		noise[i] = (uint8_t)(i * 2654435761u >> 13);
	rate = copy_rate(malloc(size), noise, size);
	dirty.fb_id = fb.fb_id;
	begin = now();
	do {
		memcpy(pixels, noise + (frames % 1024) * 4, size);
		call(DRM_IOCTL_MODE_DIRTYFB, &dirty, "dirty");
		frames++;
		end = now();
	} while (end - begin < seconds);
	printf("desktop: %u frames of %ux%u in %.2f s, %.1f MB/s; memcpy %.1f MB/s\n", frames,
	       fb.width, fb.height, end - begin, (double)size * frames / (end - begin) / 1e6,
	       rate / 1e6);
}

static void ring(unsigned int count)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = { 0 };
	struct drm_virtgpu_3d_wait wait = { 0 };
	struct drm_mode_fb_cmd2 fb;
	uint64_t size;
	double begin;

	show(&fb, &size, &transfer.bo_handle);
	wait.handle = transfer.bo_handle;
	transfer.box = (struct drm_virtgpu_3d_box) { .w = fb.width, .h = fb.height, .d = 1 };
	begin = now();
	for (unsigned int i = 1; i <= count; i++) {
		call(DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer, "transfer");
		if (i + WAITS > count)
			call(DRM_IOCTL_VIRTGPU_WAIT, &wait, "wait");
	}
	printf("ring: %u transfers in %.2f s\n", count, now() - begin);
}

static void streams(unsigned int count)
{
	static uint32_t dwords[STREAM_DWORDS];
	struct drm_virtgpu_execbuffer run = { .size = sizeof(dwords),
					      .command = (uintptr_t)dwords };
	uint32_t noise = 1;
	double begin = now();

	for (unsigned int i = 0; i < count; i++) {
		for (unsigned int k = 1; k < STREAM_DWORDS; k++)
			dwords[k] = noise = noise * 1664525u + 1013904223u;
		dwords[0] = (STREAM_DWORDS - 1)
			    << 16; /* virgl's NOP, with so many dwords behind it */
		call(DRM_IOCTL_VIRTGPU_EXECBUFFER, &run, "stream");
	}
	printf("streams: %u in %.2f s\n", count, now() - begin);
}

int main(int argc, char **argv)
{
	card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (card < 0 || argc != 3) {
		fprintf(stderr, "usage: flood desktop SECONDS | ring COUNT | streams COUNT; with "
				"/dev/dri/card0\n");
		return 2;
	}
	if (!strcmp(argv[1], "desktop"))
		desktop(atof(argv[2]));
	else if (!strcmp(argv[1], "streams"))
		streams((unsigned int)atoi(argv[2]));
	else
		ring((unsigned int)atoi(argv[2]));
	return 0;
}
