/* SPDX-License-Identifier: MIT */
/* Making a device, and taking a request from its bytes to its response. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
	void (*execute)(struct vgpu_device *d, const struct request *rq);
	bool contexts; /* only a device with 3D knows it */
};

static const struct command commands_2d[] = {
	{ host_display_info, false },
	{ resource_create_2d, false },
	{ resource_unref, false },
	{ scanout_set, false },
	{ scanout_flush, false },
	{ transfer_to_host_2d, false },
	{ resource_attach_backing, false },
	{ resource_detach_backing, false },
	{ host_capset_info, true },
	{ host_capset, true },
	{ host_edid, false },
	{ resource_assign_uuid, false },
	{ resource_create_blob, false },
	{ scanout_set_blob, false },
};

static const struct command commands_3d[] = {
	{ context_create, true },
	{ context_destroy, true },
	{ context_attach_resource, true },
	{ context_detach_resource, true },
	{ resource_create_3d, true },
	{ transfer_to_host_3d, true },
	{ transfer_from_host_3d, true },
	{ context_submit, true },
	{ blob_map, true },
	{ blob_unmap, true },
};

static const struct command commands_cursor[] = {
	{ cursor_update, false },
	{ cursor_move, false },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct command *command_find(uint32_t type)
{
	if (type - VGPU_CMD_GET_DISPLAY_INFO < COUNT(commands_2d))
		return &commands_2d[type - VGPU_CMD_GET_DISPLAY_INFO];
	if (type - VGPU_CMD_CTX_CREATE < COUNT(commands_3d))
		return &commands_3d[type - VGPU_CMD_CTX_CREATE];
	if (type - VGPU_CMD_UPDATE_CURSOR < COUNT(commands_cursor))
		return &commands_cursor[type - VGPU_CMD_UPDATE_CURSOR];
	return NULL;
}

/* As vgpu_profile.minimal says. */
static bool command_known(const struct vgpu_device *d, uint32_t type)
{
	return !d->profile.minimal || type <= VGPU_CMD_RESOURCE_DETACH_BACKING ||
	       type == VGPU_CMD_GET_EDID;
}

static const struct backend *const backends[] = {
	&backend_virgl,
	&backend_soft2d,
	&backend_null,
};

int vgpu_device_create(struct vgpu_device **out, const struct vgpu_device_options *options)
{
	const struct backend *backend = NULL;
	const struct vgpu_profile *profile;
	struct vgpu_device *d;
	size_t i;
	int ret;

	for (i = 0; i < COUNT(backends); i++) {
		if (!strcmp(backends[i]->name, options->backend))
			backend = backends[i];
	}
	if (!backend || options->scanouts > VGPU_DEVICE_SCANOUTS ||
	    (options->gpu && !backend->start))
		return -EINVAL;
	profile = options->profile ? options->profile : vgpu_profile_find(backend->profile);
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->backend = backend;
	d->profile = *profile;
	d->scanout_count = options->scanouts ? options->scanouts : 1;
	if (profile->scanouts && d->scanout_count > profile->scanouts)
		d->scanout_count = profile->scanouts;
	d->keep_cursors = options->cursors;
	d->width = options->width ? options->width : 1280;
	d->height = options->height ? options->height : 800;
	memory_init(&d->memory);
	ret = backend->start ? backend->start(d, options->gpu) : 0;
	if (ret) {
		free(d);
		return ret;
	}
	*out = d;
	return 0;
}

void vgpu_device_reset(struct vgpu_device *d)
{
	if (d->backend->begin)
		d->backend->begin(d);
	context_clear(d);
	resource_clear(d);
	scanout_clear(d);
	cursor_clear(d);
	d->fences.signalled = d->fences.made;
	id_set_clear(&d->seen_resources);
	id_set_clear(&d->seen_contexts);
	if (d->backend->reset)
		d->backend->reset(d);
}

void vgpu_device_destroy(struct vgpu_device *d)
{
	if (!d)
		return;
	vgpu_device_reset(d);
	if (d->backend->stop)
		d->backend->stop(d);
	memory_finish(&d->memory);
	free(d->raw);
	free(d->rgba);
	free(d->stream);
	free(d);
}

int vgpu_device_write_memory(struct vgpu_device *d, uint64_t address, const void *bytes,
			     size_t size)
{
	return memory_write(&d->memory, address, bytes, size);
}

int vgpu_device_read_memory(struct vgpu_device *d, uint64_t address, void *bytes, size_t size)
{
	return memory_read(&d->memory, address, bytes, size);
}

void vgpu_device_clear_memory(struct vgpu_device *d)
{
	vgpu_device_reset(d);
	memory_finish(&d->memory);
}

int device_room(void *buffer, size_t *room, size_t size)
{
	void *bigger;

	if (size <= *room)
		return 0;
	memcpy(&bigger, buffer, sizeof(bigger));
	free(bigger);
	bigger = malloc(size);
	memcpy(buffer, &bigger, sizeof(bigger));
	*room = bigger ? size : 0;
	return bigger ? 0 : -ENOMEM;
}

static bool device_spoken(const struct vgpu_device *d)
{
	return d->result.verdict || d->result.response_type >= VGPU_RESP_ERR_UNSPEC;
}

void device_error(struct vgpu_device *d, uint32_t response, const char *format, ...)
{
	va_list args;

	if (device_spoken(d))
		return;
	va_start(args, format);
	vsnprintf(d->reason, sizeof(d->reason), format, args);
	va_end(args);
	d->result.response_type = response;
	d->result.verdict = EINVAL;
}

void device_refuse(struct vgpu_device *d, int verdict, uint32_t response, const char *format, ...)
{
	va_list args;

	if (device_spoken(d))
		return;
	va_start(args, format);
	vsnprintf(d->reason, sizeof(d->reason), format, args);
	va_end(args);
	d->result.verdict = verdict < 0 ? -verdict : verdict;
	if (d->profile.propagates)
		d->result.response_type = d->profile.unspecific ? VGPU_RESP_ERR_UNSPEC : response;
}

/* The header, before whatever the command has put behind it. */
static void device_respond(struct vgpu_device *d, const struct request *rq)
{
	struct vgpu_ctrl_hdr hdr = { .type = d->result.response_type };

	if (hdr.type >= VGPU_RESP_ERR_UNSPEC || d->result.response_size < VGPU_CTRL_HDR_SIZE)
		d->result.response_size = VGPU_CTRL_HDR_SIZE;
	if (rq->hdr.flags & VGPU_FLAG_FENCE && d->profile.echoes_fences) {
		hdr.flags = VGPU_FLAG_FENCE;
		hdr.fence_id = rq->hdr.fence_id;
		hdr.ctx_id = rq->hdr.ctx_id;
		if (rq->hdr.flags & VGPU_FLAG_INFO_RING_IDX) {
			hdr.flags |= VGPU_FLAG_INFO_RING_IDX;
			hdr.ring_idx = rq->hdr.ring_idx;
		}
	}
	if (rq->hdr.flags & VGPU_FLAG_FENCE &&
	    (hdr.type < VGPU_RESP_ERR_UNSPEC || d->profile.fences_errors))
		fences_make(d);
	d->result.response_flags = hdr.flags;
	vgpu_encode_ctrl_hdr(&hdr, d->response, sizeof(d->response));
	d->result.response = d->response;
}

void vgpu_device_execute(struct vgpu_device *d, const void *bytes, size_t size,
			 struct vgpu_device_result *result)
{
	struct request rq = { .bytes = bytes, .size = size };
	const struct command *command;

	d->reason[0] = '\0';
	d->result = (struct vgpu_device_result) {
		.response_type = VGPU_RESP_OK_NODATA,
		.reason = d->reason,
	};
	if (vgpu_decode_ctrl_hdr(bytes, size, &rq.hdr)) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "the request is shorter than its header");
		goto out;
	}
	d->result.type = rq.hdr.type;
	d->result.ctx_id = rq.hdr.ctx_id;
	command = command_find(rq.hdr.type);
	if (!command || !command_known(d, rq.hdr.type)) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "there is no such command");
	} else if (command->contexts && !d->backend->contexts) {
		device_error(d, VGPU_RESP_ERR_UNSPEC, "backend %s has no 3D", d->backend->name);
	} else {
		if (d->backend->begin)
			d->backend->begin(d);
		command->execute(d, &rq);
	}
out:
	device_respond(d, &rq);
	*result = d->result;
}

void vgpu_device_about(struct vgpu_device *d, struct vgpu_device_about *out)
{
	*out = (struct vgpu_device_about) {
		.backend = d->backend->name,
		.renderer = "",
		.version = "",
		.library = "",
	};
	if (d->backend->about)
		d->backend->about(d, out);
}
