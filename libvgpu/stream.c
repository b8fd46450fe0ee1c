/* SPDX-License-Identifier: MIT */
/* Which streams there are, and stream.def's commands. */
#include <vgpu/codec.h>
#include <vgpu/dialect.h>

#include "libc.h"
#include "stream.h"

#define VGPU_STREAM_CMD(stream, number, name, request, response) \
	{ #name, number, VGPU_STREAM_##stream, VGPU_STRUCT_##request, VGPU_STRUCT_##response },
#define VGPU_STREAM_VARIANT(stream, number, name, request) \
	{ #name, number, VGPU_STREAM_##stream, VGPU_STRUCT_##request, VGPU_STRUCT_NONE },
static const struct stream_row rows[] = {
#include <vgpu/stream.def>
};

_Static_assert(VGPU_STRUCT_COUNT <= UINT8_MAX, "a struct id in a row");

static const char *const names[] = {
	[VGPU_STREAM_VIRGL] = "virgl",
	[VGPU_STREAM_GFXSTREAM] = "gfxstream",
	[VGPU_STREAM_VENUS] = "venus",
	[VGPU_STREAM_CROSS_DOMAIN] = "cross-domain",
	[VGPU_STREAM_DRM] = "drm",
	[VGPU_STREAM_DRM_MSM] = "drm-msm",
	[VGPU_STREAM_DRM_AMDGPU] = "drm-amdgpu",
	[VGPU_STREAM_DRM_I915] = "drm-i915",
	[VGPU_STREAM_DRM_ASAHI] = "drm-asahi",
	[VGPU_STREAM_DRM_PANFROST] = "drm-panfrost",
	[VGPU_STREAM_UNKNOWN] = "unknown",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum vgpu_stream vgpu_stream_of(uint32_t capset, uint32_t drm_context)
{
	switch (capset) {
	case VGPU_CAPSET_NONE:
	case VGPU_CAPSET_VIRGL:
	case VGPU_CAPSET_VIRGL2:
		return VGPU_STREAM_VIRGL;
	case VGPU_CAPSET_GFXSTREAM_VULKAN:
	case VGPU_CHROMIUM_CAPSET_GFXSTREAM_GLES:
	case VGPU_CHROMIUM_CAPSET_GFXSTREAM_COMPOSER:
		return VGPU_STREAM_GFXSTREAM;
	case VGPU_CAPSET_VENUS:
		return VGPU_STREAM_VENUS;
	case VGPU_CAPSET_CROSS_DOMAIN:
		return VGPU_STREAM_CROSS_DOMAIN;
	case VGPU_CAPSET_DRM:
		/* The rows of both are in the same order. */
		if (vgpu_value_name(VGPU_SET_DRM_CONTEXT, drm_context))
			return (enum vgpu_stream)(VGPU_STREAM_DRM + drm_context);
		return VGPU_STREAM_DRM;
	}
	return VGPU_STREAM_UNKNOWN;
}

_Static_assert(VGPU_STREAM_DRM + VGPU_DRM_CONTEXT_MSM == VGPU_STREAM_DRM_MSM &&
		       VGPU_STREAM_DRM + VGPU_DRM_CONTEXT_AMDGPU == VGPU_STREAM_DRM_AMDGPU &&
		       VGPU_STREAM_DRM + VGPU_DRM_CONTEXT_I915 == VGPU_STREAM_DRM_I915 &&
		       VGPU_STREAM_DRM + VGPU_DRM_CONTEXT_ASAHI == VGPU_STREAM_DRM_ASAHI &&
		       VGPU_STREAM_DRM + VGPU_DRM_CONTEXT_PANFROST == VGPU_STREAM_DRM_PANFROST,
	       "streams follow context types");

bool vgpu_drm_context_asked(const void *request, size_t size)
{
	struct vgpu_get_capset get;

	return !vgpu_decode_get_capset(request, size, &get) &&
	       get.hdr.type == VGPU_CMD_GET_CAPSET && get.capset_id == VGPU_CAPSET_DRM;
}

uint32_t vgpu_drm_context_told(const void *response, size_t size)
{
	struct vgpu_capset_drm capset;
	struct vgpu_ctrl_hdr hdr;
	struct vgpu_tail contents;

	if (vgpu_decode_ctrl_hdr(response, size, &hdr) || hdr.type != VGPU_RESP_OK_CAPSET ||
	    vgpu_struct_tail(VGPU_STRUCT_RESP_CAPSET, response, size, &contents))
		return 0;
	/* All zero where it is cut. */
	vgpu_struct_decode(VGPU_STRUCT_CAPSET_DRM, contents.data, contents.size, &capset);
	return capset.context_type;
}

const char *vgpu_stream_name(enum vgpu_stream stream)
{
	return (unsigned int)stream < ARRAY_SIZE(names) ? names[stream] : NULL;
}

int vgpu_stream_by_name(const char *name, enum vgpu_stream *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i])) {
			*stream = (enum vgpu_stream)i;
			return 0;
		}
	return VGPU_ERR_UNKNOWN;
}

const struct stream_row *stream_row(enum vgpu_stream stream, uint32_t opcode, size_t size)
{
	const struct stream_row *first = NULL;

	for (const struct stream_row *r = rows; r < rows + ARRAY_SIZE(rows); r++) {
		if (r->stream != stream || r->opcode != opcode)
			continue;
		if (vgpu_struct_size((enum vgpu_struct_id)r->request) == size)
			return r;
		first = first ? first : r;
	}
	return first;
}

const char *vgpu_stream_cmd_name(enum vgpu_stream stream, uint32_t opcode)
{
	const struct stream_row *r = stream_row(stream, opcode, 0);

	if (stream == VGPU_STREAM_VENUS)
		return venus_cmd_name(opcode);
	return r ? r->name : NULL;
}

enum vgpu_struct_id vgpu_stream_response(enum vgpu_stream stream, uint32_t opcode)
{
	const struct stream_row *r = stream_row(stream, opcode, 0);

	return r ? (enum vgpu_struct_id)r->response : VGPU_STRUCT_NONE;
}

enum vgpu_struct_id vgpu_capset_struct(uint32_t capset_id, uint32_t drm_context)
{
	switch (capset_id) {
	case VGPU_CAPSET_GFXSTREAM_VULKAN:
		return VGPU_STRUCT_CAPSET_GFXSTREAM_VULKAN;
	case VGPU_CHROMIUM_CAPSET_GFXSTREAM_GLES:
	case VGPU_CHROMIUM_CAPSET_GFXSTREAM_COMPOSER:
		return VGPU_STRUCT_CAPSET_GFXSTREAM;
	case VGPU_CAPSET_VENUS:
		return VGPU_STRUCT_CAPSET_VENUS;
	case VGPU_CAPSET_CROSS_DOMAIN:
		return VGPU_STRUCT_CAPSET_CROSS_DOMAIN;
	case VGPU_CAPSET_DRM:
		switch (drm_context) {
		case VGPU_DRM_CONTEXT_MSM:
			return VGPU_STRUCT_CAPSET_DRM_MSM;
		case VGPU_DRM_CONTEXT_AMDGPU:
			return VGPU_STRUCT_CAPSET_DRM_AMDGPU;
		case VGPU_DRM_CONTEXT_I915:
			return VGPU_STRUCT_CAPSET_DRM_I915;
		}
		return VGPU_STRUCT_CAPSET_DRM;
	}
	return VGPU_STRUCT_NONE;
}
