/* SPDX-License-Identifier: MIT */
/*
 * Which commands are recorded: by an expression, and by process. A command's process is not only who
 * queued it: the kernel's own threads do so too, so that the owners of contexts and resources count.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/follow.h>

#include "drain.h"

#define PROCESSES_MAX (64u << 10) /* remembered */
#define ANCESTORS_MAX 64

struct record_choice {
	const struct vgpu_filter *filter;
	struct vgpu_follow *follow;
	uint32_t pid;
	struct record_map processes; /* pid -> is it meant */
	struct record_map contexts;  /* record_key of those of a process that is meant */
	struct record_map resources; /* record_key -> is it such a process's */
};

int record_choice_create(struct record_choice **out, const struct vgpu_filter *filter, uint32_t pid)
{
	struct record_choice *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return -ENOMEM;
	c->filter = filter;
	c->pid = pid;
	c->follow = filter ? vgpu_follow_create() : NULL;
	if (!filter || c->follow)
		return 0;
	free(c);
	*out = NULL;
	return -ENOMEM;
}

void record_choice_destroy(struct record_choice *c)
{
	if (!c)
		return;
	vgpu_follow_destroy(c->follow);
	record_map_finish(&c->processes);
	record_map_finish(&c->contexts);
	record_map_finish(&c->resources);
	free(c);
}

/* 0: it is gone, or has none. */
static uint32_t parent_of(uint32_t pid)
{
	char path[64], line[512], *end;
	uint32_t parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* Behind the name, which may hold anything: state, parent. */
	if (fgets(line, sizeof(line), file) && (end = strrchr(line, ')')) &&
	    sscanf(end + 1, " %*c %u", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/* The process itself, or one that it began, or one that those began. 1, 0 or -ENOMEM. */
static int is_meant(struct record_choice *c, uint32_t pid)
{
	uint64_t *known = record_map_get(&c->processes, pid);
	uint32_t at = pid;
	bool meant;

	if (known)
		return (int)*known;
	for (int i = 0; at && at != c->pid && i < ANCESTORS_MAX; i++)
		at = parent_of(at);
	meant = at == c->pid;
	if (c->processes.count >= PROCESSES_MAX)
		record_map_finish(&c->processes);
	return record_map_put(&c->processes, pid, meant) ? -ENOMEM : meant;
}

int record_choice_owner(struct record_choice *c, uint32_t device, uint32_t ctx_id, uint32_t pid)
{
	int meant = c->pid ? is_meant(c, pid) : 0;

	if (meant > 0)
		return record_map_put(&c->contexts, record_key(device, ctx_id), 1);
	return meant;
}

/* The resource stands at the same place in all requests that name just one. */
static uint32_t resource_of(const uint8_t *request, size_t size, uint32_t type)
{
	struct vgpu_resource_unref unref;
	struct vgpu_transfer_to_host_2d transfer;
	struct vgpu_transfer_host_3d transfer_3d;
	struct vgpu_resource_flush flush;

	switch (type) {
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
		return vgpu_decode_transfer_to_host_2d(request, size, &transfer)
			       ? 0
			       : transfer.resource_id;
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
		return vgpu_decode_transfer_host_3d(request, size, &transfer_3d)
			       ? 0
			       : transfer_3d.resource_id;
	case VGPU_CMD_RESOURCE_FLUSH:
		return vgpu_decode_resource_flush(request, size, &flush) ? 0 : flush.resource_id;
	case VGPU_CMD_RESOURCE_CREATE_2D:
	case VGPU_CMD_RESOURCE_CREATE_3D:
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
	case VGPU_CMD_RESOURCE_UNREF:
		return vgpu_decode_resource_unref(request, size, &unref) ? 0 : unref.resource_id;
	}
	return 0;
}

/* What only moves contents; the rest makes and unmakes what they are in. */
static bool may_be_left_out(uint32_t type)
{
	switch (type) {
	case VGPU_CMD_SUBMIT_3D:
	case VGPU_CMD_TRANSFER_TO_HOST_2D:
	case VGPU_CMD_TRANSFER_TO_HOST_3D:
	case VGPU_CMD_TRANSFER_FROM_HOST_3D:
	case VGPU_CMD_RESOURCE_FLUSH:
	case VGPU_CMD_UPDATE_CURSOR:
	case VGPU_CMD_MOVE_CURSOR:
		return true;
	}
	return false;
}

/* Whose the command is; learns whose contexts and resources are. 1, 0 or -ENOMEM. */
static int belongs(struct record_choice *c, uint32_t device, const struct record_command *command,
		   const struct vgpu_ctrl_hdr *hdr, uint32_t resource)
{
	uint64_t context_key = record_key(device, hdr->ctx_id);
	uint64_t resource_key = record_key(device, resource);
	int meant = is_meant(c, command->pid), error = 0;
	uint64_t *owned;

	if (meant < 0)
		return meant;
	switch (hdr->type) {
	case VGPU_CMD_CTX_CREATE:
		if (meant)
			error = record_map_put(&c->contexts, context_key, 1);
		return error ? error : meant;
	case VGPU_CMD_CTX_DESTROY:
		record_map_remove(&c->contexts, context_key, NULL);
		return meant;
	case VGPU_CMD_RESOURCE_CREATE_2D:
	case VGPU_CMD_RESOURCE_CREATE_3D:
	case VGPU_CMD_RESOURCE_CREATE_BLOB:
		error = record_map_put(&c->resources, resource_key, meant);
		return error ? error : meant;
	case VGPU_CMD_RESOURCE_UNREF:
		record_map_remove(&c->resources, resource_key, NULL);
		return meant;
	}
	if (meant || (hdr->ctx_id && record_map_get(&c->contexts, context_key)))
		return 1;
	/* One from before the recording may be its: what is shown is not to be missed. */
	owned = record_map_get(&c->resources, resource_key);
	return owned ? (int)*owned : hdr->type == VGPU_CMD_RESOURCE_FLUSH;
}

static bool fits(struct record_choice *c, uint32_t device, const struct record_command *command,
		 uint64_t number)
{
	struct vgpu_trace_process process = { .pid = command->pid, .tid = command->tid };
	struct vgpu_trace_command trace = {
		.id = number,
		.device = device,
		.queue = command->queue,
		.seqno = command->seqno,
		.free_slots = command->free_slots,
		.pid = command->pid,
		.tid = command->tid,
		.response_size = command->response_size,
		.request = (const uint8_t *)(command + 1),
		.request_size = (size_t)command->head_captured + command->data_captured,
	};

	memcpy(process.comm, command->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	vgpu_follow_process(c->follow, &process);
	return vgpu_filter_match(c->filter,
				 vgpu_follow_command(c->follow, command->event.time_ns, &trace));
}

int record_choose(struct record_choice *c, uint32_t device, const struct record_command *command,
		  uint64_t number)
{
	const uint8_t *request = (const uint8_t *)(command + 1);
	size_t size = (size_t)command->head_captured + command->data_captured;
	struct vgpu_ctrl_hdr hdr;
	int chosen = 1;

	if (vgpu_decode_ctrl_hdr(request, size, &hdr))
		return 1;
	if (c->pid)
		chosen = belongs(c, device, command, &hdr, resource_of(request, size, hdr.type));
	/* The follower sees every command, whatever the process. */
	if (chosen >= 0 && c->filter && !fits(c, device, command, number))
		chosen = 0;
	return chosen < 0 || may_be_left_out(hdr.type) ? chosen : 1;
}
