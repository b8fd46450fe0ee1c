/* SPDX-License-Identifier: MIT */
#include "readback.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "names.h"
#include "replay.h"

static void readback_compare(struct readback *b, const struct vgpu_trace_readback *recorded)
{
	size_t i;

	b->bytes += recorded->size;
	for (i = 0; i < recorded->size; i++) {
		if (b->room[i] == recorded->bytes[i] || b->differ++)
			continue;
		b->address = recorded->address + i;
		b->here = b->room[i];
		b->recorded = recorded->bytes[i];
	}
}

int replay_readback(struct replay *p, const struct vgpu_trace_readback *recorded)
{
	const struct report_open *o = report_find(p->report, recorded->id);
	struct readback *b = &p->readback;

	if (!o || o->verdict || o->response_type >= VGPU_RESP_ERR_UNSPEC ||
	    recorded->space != replay_space(p) || vgpu_device_is_blind(p->device))
		return 0;
	if (b->command != recorded->id) {
		replay_readback_end(p);
		b->command = recorded->id;
		b->type = o->type;
		b->resource_id = o->resource_id;
	}
	if (recorded->size > b->size) {
		free(b->room);
		b->room = malloc(recorded->size);
		b->size = b->room ? recorded->size : 0;
		if (!b->room)
			return replay_complain("readback", -ENOMEM);
	}
	if (vgpu_device_read_memory(p->device, recorded->address, b->room, recorded->size))
		p->report->damaged++; /* no such addresses */
	else
		readback_compare(b, recorded);
	return 0;
}

void replay_readback_end(struct replay *p)
{
	struct readback *b = &p->readback;
	char why[sizeof(b->first_differ)] = "", of[32] = "", room[NAME_ROOM];

	if (!b->command)
		return;
	if (b->resource_id)
		snprintf(of, sizeof(of), ", resource %" PRIu32, b->resource_id);
	if (b->differ)
		snprintf(why, sizeof(why),
			 "command %" PRIu64 " (%s%s): %" PRIu64 " of %" PRIu64
			 " bytes, at 0x%" PRIx64 " %02x, recorded %02x",
			 b->command, name_command(p->options->dialect, b->type, room), of,
			 b->differ, b->bytes, b->address, b->here, b->recorded);
	p->report->readbacks++;
	p->report->readback_bytes += b->bytes;
	if (b->differ && !p->report->readbacks_differ++)
		snprintf(b->first_differ, sizeof(b->first_differ), "%s", why);
	outcome_readback(&p->outcome, b, why);
	b->command = b->bytes = b->differ = 0;
}
