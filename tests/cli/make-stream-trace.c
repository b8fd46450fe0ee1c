/* SPDX-License-Identifier: MIT */
/*
 * Writes a trace of one context of a capset that submits what a file holds, once. For DRM the device
 * says before which kernel driver it is.
 * usage: make-stream-trace TRACE CAPSET DRM_CONTEXT STREAM_FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/trace.h>

static struct vgpu_trace_writer *writer;
static uint64_t id, now = 1000000;
static int failed;

/* A request, and a millisecond later its response. */
static void exchange(const void *request, size_t size, const void *response, size_t response_size)
{
	struct vgpu_trace_command c = { .id = ++id,
					.free_slots = 60,
					.response_size = (uint32_t)response_size,
					.request = request,
					.request_size = size };
	struct vgpu_trace_response r = { .id = id,
					 .response = response,
					 .response_size = response_size };

	failed |= vgpu_trace_write_command(writer, now, &c);
	now += 1000000;
	failed |= vgpu_trace_write_response(writer, now, &r);
}

static void acknowledged(const void *request, size_t size)
{
	const struct vgpu_ctrl_hdr ok = { .type = VGPU_RESP_OK_NODATA };
	uint8_t wire[VGPU_CTRL_HDR_SIZE];

	vgpu_encode_ctrl_hdr(&ok, wire, sizeof(wire));
	exchange(request, size, wire, sizeof(wire));
}

static void tell_capset(uint32_t drm_context)
{
	const struct vgpu_get_capset get = { .hdr.type = VGPU_CMD_GET_CAPSET,
					     .capset_id = VGPU_CAPSET_DRM };
	const struct vgpu_ctrl_hdr hdr = { .type = VGPU_RESP_OK_CAPSET };
	const struct vgpu_capset_drm drm = { .wire_format_version = 1,
					     .context_type = drm_context };
	uint8_t request[VGPU_GET_CAPSET_SIZE];
	uint8_t response[VGPU_CTRL_HDR_SIZE + VGPU_CAPSET_DRM_SIZE];

	vgpu_encode_get_capset(&get, request, sizeof(request));
	vgpu_encode_ctrl_hdr(&hdr, response, sizeof(response));
	vgpu_struct_encode(VGPU_STRUCT_CAPSET_DRM, &drm, response + VGPU_CTRL_HDR_SIZE,
			   VGPU_CAPSET_DRM_SIZE);
	exchange(request, sizeof(request), response, sizeof(response));
}

static void create_context(uint32_t capset)
{
	const struct vgpu_ctx_create create = {
		.hdr = { .type = VGPU_CMD_CTX_CREATE, .ctx_id = 1 },
		.nlen = 5,
		.context_init = capset,
		.debug_name = "guest",
	};
	uint8_t wire[VGPU_CTX_CREATE_SIZE];

	vgpu_encode_ctx_create(&create, wire, sizeof(wire));
	acknowledged(wire, sizeof(wire));
}

static void submit_file(FILE *f)
{
	static uint8_t wire[1 << 20];
	struct vgpu_cmd_submit submit = { .hdr = { .type = VGPU_CMD_SUBMIT_3D, .ctx_id = 1 } };

	submit.size = (uint32_t)fread(wire + VGPU_CMD_SUBMIT_SIZE, 1,
				      sizeof(wire) - VGPU_CMD_SUBMIT_SIZE, f);
	vgpu_encode_cmd_submit(&submit, wire, sizeof(wire));
	acknowledged(wire, VGPU_CMD_SUBMIT_SIZE + submit.size);
}

int main(int argc, char **argv)
{
	struct vgpu_trace_header header = { .file_id = "0123456789abcdef" };
	uint32_t drm_context;
	FILE *f;
	int fd;

	if (argc != 5)
		return 2;
	f = fopen(argv[4], "rb");
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!f || fd < 0 || vgpu_trace_writer_create(&writer, fd, NULL)) {
		perror("make-stream-trace");
		return 1;
	}
	failed |= vgpu_trace_write_header(writer, now, &header);
	failed |= vgpu_trace_write_epoch(writer, now, &(struct vgpu_trace_epoch) { 0, 0 });
	drm_context = (uint32_t)strtoul(argv[3], NULL, 0);
	if (drm_context)
		tell_capset(drm_context);
	create_context((uint32_t)strtoul(argv[2], NULL, 0));
	submit_file(f);
	fclose(f);
	failed |= vgpu_trace_writer_finish(writer, now);
	vgpu_trace_writer_destroy(writer);
	return failed;
}
