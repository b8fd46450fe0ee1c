/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a guest's doings: each piece is { u16 size in 9 bits and kind in the top 2,
 * u8 address[2] } and its bytes. Kind 3 writes guest memory, the others are requests. First byte of
 * all: the backend. Nothing crashes, every request is answered, a shown picture can be read.
 */
#include <string.h>
#include <vgpu/codec.h>

#include "device.h"
#include "fuzz.h"

/* Fuzzers like huge displays, which only cost time. */
#define PIXELS_MAX (1u << 20)

static struct vgpu_device *fuzz_device(const char *backend)
{
	struct vgpu_device_options options = { .backend = backend, .scanouts = 16 };
	struct vgpu_device *d;

	REQUIRE(!vgpu_device_create(&d, &options));
	return d;
}

static void request(struct vgpu_device *d, const uint8_t *bytes, size_t size, bool pictures)
{
	const struct vgpu_device_scanout *s;
	struct vgpu_device_picture picture;
	struct vgpu_device_result result;
	struct vgpu_ctrl_hdr hdr;
	uint32_t i;

	vgpu_device_execute(d, bytes, size, &result);
	REQUIRE(!vgpu_decode_ctrl_hdr(result.response, result.response_size, &hdr));
	REQUIRE(hdr.type == result.response_type && vgpu_resp_name(hdr.type));
	REQUIRE(!result.verdict || result.reason[0]);
	for (i = 0; i < 16; i++) {
		if (!(result.shown >> i & 1))
			continue;
		s = vgpu_device_scanout(d, i);
		REQUIRE(s && s->resource_id);
		if (!pictures || (uint64_t)s->width * s->height > PIXELS_MAX)
			continue;
		REQUIRE(!vgpu_device_read(d, i, &picture));
		REQUIRE(picture.size == (size_t)picture.width * picture.height * 4);
		REQUIRE(picture.rgba[picture.size - 1] == 255);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vgpu_device *devices[2];
	struct vgpu_device *d;
	uint64_t address;
	uint8_t *copy;
	bool soft2d;
	size_t n;
	int kind;

	if (!devices[0]) {
		devices[0] = fuzz_device("soft2d");
		devices[1] = fuzz_device("null");
	}
	if (!size)
		return 0;
	soft2d = !(*data & 1);
	d = devices[!soft2d];
	data++;
	size--;
	while (size >= 4) {
		n = data[0] | (size_t)(data[1] & 1) << 8;
		kind = data[1] >> 6;
		address = (uint64_t)data[2] << 24 | (uint64_t)data[3] << 10;
		data += 4;
		size -= 4;
		if (n > size)
			n = size;
		/* An allocation of its own shows reads past its end. */
		copy = malloc(n ? n : 1);
		REQUIRE(copy);
		memcpy(copy, data, n);
		if (kind == 3)
			vgpu_device_write_memory(d, address, copy, n);
		else
			request(d, copy, n, soft2d);
		free(copy);
		data += n;
		size -= n;
	}
	vgpu_device_clear_memory(d);
	return 0;
}
