/* SPDX-License-Identifier: MIT */
/*
 * A recording that began late does not hold the guest's questions about capsets, but its DEVICE says
 * what the driver had been told. Ours are held against that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>

#include "replay.h"

#define CAPSET_MAX 16384u /* bytes */

static void compare(struct replay *p, uint32_t id, uint32_t version, const char *value)
{
	struct vgpu_get_capset get = { .hdr.type = VGPU_CMD_GET_CAPSET,
				       .capset_id = id,
				       .capset_version = version };
	uint8_t wire[VGPU_GET_CAPSET_SIZE], *bytes = malloc(CAPSET_MAX);
	struct vgpu_device_result result;
	size_t size = bytes ? vgpu_trace_text_bytes(value, bytes, CAPSET_MAX) : 0;

	if (size && size <= CAPSET_MAX) {
		vgpu_encode_get_capset(&get, wire, sizeof(wire));
		vgpu_device_execute(p->device, wire, sizeof(wire), &result);
		report_known_capset(p->report, id, bytes, size, &result);
	}
	free(bytes);
}

/* Of another device than the first one, or of a file that was put together. */
static void learn_space(struct replay *p, const struct vgpu_trace_device *d)
{
	const char *space = vgpu_trace_text_get(d->text, d->text_size, "space");

	if (d->device < REPLAY_DEVICES_MAX)
		p->spaces[d->device] = space ? strtoull(space, NULL, 10) : 0;
}

uint64_t replay_space(const struct replay *p)
{
	return p->device_index < REPLAY_DEVICES_MAX ? p->spaces[p->device_index] : 0;
}

void replay_known(struct replay *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device d;
	unsigned int id, version;
	size_t n;

	if (vgpu_trace_parse_device(r, &d))
		return;
	learn_space(p, &d);
	if (!p->report->capsets)
		return;
	if (p->device_index != UINT32_MAX && d.device != p->device_index)
		return;
	for (size_t at = 0; at < d.text_size; at += n + 1) {
		const char *pair = d.text + at, *value;

		n = strnlen(pair, d.text_size - at);
		if (at + n == d.text_size)
			return; /* it does not end */
		value = strchr(pair, '=');
		if (value && sscanf(pair, "capset-%u-v%u=", &id, &version) == 2)
			compare(p, id, version, value + 1);
	}
}
