/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <inttypes.h>
#include <stdio.h>

const char *name_command(enum vgpu_dialect dialect, uint32_t type, char room[NAME_ROOM])
{
	const char *name = vgpu_dialect_value(dialect, VGPU_SET_CMD, type);

	if (name)
		return name;
	snprintf(room, NAME_ROOM, "0x%" PRIx32, type);
	return room;
}

const char *name_answer(enum vgpu_dialect dialect, uint32_t type)
{
	const char *name = type ? vgpu_dialect_value(dialect, VGPU_SET_RESP, type) : "no response";

	return name ? name : "an unknown response";
}
