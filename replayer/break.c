/* SPDX-License-Identifier: MIT */
#include "break.h"

#include <inttypes.h>
#include <stdio.h>
#include <vgpu/protocol.h>

#include "names.h"
#include "png-save.h"
#include "replay.h"

bool break_none(const struct break_options *o)
{
	return !o->filter && !o->failure && !o->draw;
}

const char *break_why(const struct break_options *o, const struct vgpu_facts *facts,
		      const struct vgpu_device_result *result)
{
	if (o->failure && result &&
	    (result->verdict || result->response_type >= VGPU_RESP_ERR_UNSPEC))
		return result->reason[0] ? result->reason : "it fails";
	/* Before the answer is there, what asks for it would be answered wrongly. */
	if (o->filter && facts && o->answers == !result && vgpu_filter_match(o->filter, facts))
		return "break";
	return NULL;
}

static int break_pictures(struct replay *p, uint64_t command)
{
	struct vgpu_device_picture picture;
	char name[48], scanout[16];
	uint32_t i;
	int ret;

	for (i = 0; i < VGPU_DEVICE_SCANOUTS; i++) {
		if (vgpu_device_read(p->device, i, &picture))
			continue;
		snprintf(scanout, sizeof(scanout), "-s%" PRIu32, i);
		snprintf(name, sizeof(name), "command-%06" PRIu64 "%s.png", command,
			 i ? scanout : "");
		ret = png_save(&p->options->files, FILE_BREAK, name, picture.rgba, picture.width,
			       picture.height);
		if (ret)
			return ret;
	}
	return 0;
}

int break_tell(struct replay *p, const struct vgpu_trace_command *c, const char *why)
{
	const struct files *files = &p->options->files;
	uint64_t command = p->progress->command;
	char name[48], room[NAME_ROOM];
	int ret;

	fprintf(stderr, "vgpu-replay: command %" PRIu64 " %s ctx %" PRIu32 ": %s\n", command,
		name_command(p->options->dialect, p->progress->type, room), p->progress->ctx_id,
		why);
	if (!files->path[FILE_BREAK])
		return 0;
	snprintf(name, sizeof(name), "command-%06" PRIu64 ".json", command);
	ret = state_write(&p->state, files, FILE_BREAK, name, p->report->frames, c);
	if (!ret)
		ret = break_pictures(p, command);
	return ret ? replay_complain(files->path[FILE_BREAK], ret) : 0;
}
