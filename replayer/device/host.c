/* SPDX-License-Identifier: MIT */
/* What a guest asks of the host itself: displays and capability sets. */
#include "internal.h"

#include <string.h>

void host_display_info(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resp_display_info resp = { 0 };

	(void)rq;
	/* As QEMU starts: the first output is on, the others wait for a window. */
	resp.pmodes[0].enabled = 1;
	resp.pmodes[0].r.width = d->width;
	resp.pmodes[0].r.height = d->height;
	d->result.response_type = VGPU_RESP_OK_DISPLAY_INFO;
	d->result.response_size = VGPU_RESP_DISPLAY_INFO_SIZE;
	vgpu_encode_resp_display_info(&resp, d->response, sizeof(d->response));
}

/*
 * A base block (VESA E-EDID 1.4) with one timing: the display's size at 60 Hz and blanking of
 * fixed width, which no virtual display looks at.
 */
static void host_edid_block(uint8_t *e, uint32_t width, uint32_t height)
{
	static const uint8_t magic[8] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	uint32_t blank_x = 160, blank_y = 30, clock; /* 10 kHz */
	uint8_t *t = e + 54, sum = 0;
	int i;

	width &= 0xfff;
	height &= 0xfff;
	clock = (width + blank_x) * (height + blank_y) * 60 / 10000;
	if (clock > 0xffff)
		clock = 0xffff;
	memcpy(e, magic, sizeof(magic));
	e[8] = 0x5a; /* "VGP", five bits a letter */
	e[9] = 0xf0;
	e[17] = 34; /* 2024 */
	e[18] = 1;
	e[19] = 4;
	e[20] = 0xa5; /* digital, 8 bits a channel, DisplayPort */
	e[24] = 0x06; /* sRGB, preferred timing is native */
	for (i = 38; i < 54; i++)
		e[i] = 1; /* standard timing not used */
	t[0] = (uint8_t)clock;
	t[1] = (uint8_t)(clock >> 8);
	t[2] = (uint8_t)width;
	t[3] = (uint8_t)blank_x;
	t[4] = (uint8_t)(width >> 8 << 4);
	t[5] = (uint8_t)height;
	t[6] = (uint8_t)blank_y;
	t[7] = (uint8_t)(height >> 8 << 4);
	t[8] = 48; /* front porch, sync width */
	t[9] = 32;
	t[10] = 0x36;
	t[17] = 0x18; /* digital separate sync */
	for (i = 72; i < 126; i += 18)
		e[i + 3] = 0x10; /* dummy descriptors */
	for (i = 0; i < 127; i++)
		sum += e[i];
	e[127] = (uint8_t)-sum;
}

void host_edid(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_resp_edid resp = { .size = 1024 };
	struct vgpu_cmd_get_edid c;

	if (d->profile.minimal)
		return;
	if (vgpu_decode_cmd_get_edid(rq->bytes, rq->size, &c) || c.scanout >= d->scanout_count) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "there is no scanout %u",
			     c.scanout);
		return;
	}
	host_edid_block(resp.edid, d->width, d->height);
	d->result.response_type = VGPU_RESP_OK_EDID;
	d->result.response_size = VGPU_RESP_EDID_SIZE;
	vgpu_encode_resp_edid(&resp, d->response, sizeof(d->response));
}

void host_capset_info(struct vgpu_device *d, const struct request *rq)
{
	static const uint32_t ids[] = { VGPU_CAPSET_VIRGL, VGPU_CAPSET_VIRGL2 };
	struct vgpu_resp_capset_info resp = { 0 };
	struct vgpu_get_capset_info c;

	if (vgpu_decode_get_capset_info(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	/* As QEMU: beyond the last one, a response without a capset. */
	if (c.capset_index < sizeof(ids) / sizeof(*ids)) {
		resp.capset_id = ids[c.capset_index];
		d->backend->capset_info(d, resp.capset_id, &resp.capset_max_version,
					&resp.capset_max_size);
	}
	d->result.response_type = VGPU_RESP_OK_CAPSET_INFO;
	d->result.response_size = VGPU_RESP_CAPSET_INFO_SIZE;
	vgpu_encode_resp_capset_info(&resp, d->response, sizeof(d->response));
}

void host_capset(struct vgpu_device *d, const struct request *rq)
{
	uint32_t version = 0, size = 0;
	struct vgpu_get_capset c;

	if (vgpu_decode_get_capset(rq->bytes, rq->size, &c)) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "the request is too short");
		return;
	}
	d->result.capset_id = c.capset_id;
	d->backend->capset_info(d, c.capset_id, &version, &size);
	if (!size || size > RESPONSE_MAX / 2) {
		device_error(d, VGPU_RESP_ERR_INVALID_PARAMETER, "there is no capset %u",
			     c.capset_id);
		return;
	}
	/* The library clears its whole newest struct, whatever size it just said: leave room. */
	memset(d->response, 0, sizeof(d->response));
	d->backend->capset(d, c.capset_id, c.capset_version, d->response + VGPU_CTRL_HDR_SIZE);
	d->result.response_type = VGPU_RESP_OK_CAPSET;
	d->result.response_size = VGPU_CTRL_HDR_SIZE + size;
}
