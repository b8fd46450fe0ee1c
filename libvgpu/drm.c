/* SPDX-License-Identifier: MIT */
/* Sizes that virglrenderer's DRM native contexts insist on, beyond what the tables say. */
#include "cursor.h"
#include "stream.h"

/* Linux include/uapi/asm-generic/ioctl.h: 14 bits of size above 8 of number and 8 of type. */
#define IOC_SIZE(ioctl) ((ioctl) >> 16 & 0x3fff)

static int exactly(const struct vgpu_stream_cmd *cmd, uint64_t size)
{
	return cmd->size == size ? 0 : VGPU_ERR_INVALID;
}

/* amdgpu_ccmd_cs_submit(): a chunk lies behind all descriptors, inside the command. */
static int check_chunks(const struct vgpu_stream_cmd *cmd)
{
	uint32_t count = load_le32(cmd->data + VGPU_DRM_REQ_SIZE + 4);
	uint64_t payload = VGPU_AMDGPU_CS_SUBMIT_SIZE + (uint64_t)count * VGPU_AMDGPU_CHUNK_SIZE;

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *d =
			cmd->data + VGPU_AMDGPU_CS_SUBMIT_SIZE + (size_t)i * VGPU_AMDGPU_CHUNK_SIZE;

		if (payload + load_le32(d + 4) + load_le16(d + 2) * 4ull > cmd->size)
			return VGPU_ERR_INVALID;
	}
	return 0;
}

int drm_check(const struct vgpu_stream_cmd *cmd)
{
	const uint8_t *body = cmd->data + VGPU_DRM_REQ_SIZE;

	switch (cmd->stream) {
	case VGPU_STREAM_DRM_MSM:
		if (cmd->opcode == VGPU_DRM_MSM_IOCTL_SIMPLE)
			return exactly(cmd, VGPU_MSM_IOCTL_SIMPLE_SIZE + IOC_SIZE(load_le32(body)));
		return 0;
	case VGPU_STREAM_DRM_I915:
		if (cmd->opcode == VGPU_DRM_I915_IOCTL_SIMPLE)
			return exactly(cmd,
				       VGPU_I915_IOCTL_SIMPLE_SIZE + IOC_SIZE(load_le32(body)));
		if (cmd->opcode == VGPU_DRM_I915_GEM_EXECBUFFER2)
			return exactly(cmd, VGPU_I915_GEM_EXECBUFFER2_SIZE +
						    (uint64_t)load_le32(body + 16) *
							    VGPU_I915_EXEC_OBJECT_SIZE +
						    (uint64_t)load_le32(body + 28) *
							    VGPU_I915_RELOCATION_SIZE);
		return 0;
	case VGPU_STREAM_DRM_ASAHI:
		if (cmd->opcode == VGPU_DRM_ASAHI_IOCTL_SIMPLE)
			return exactly(cmd,
				       VGPU_ASAHI_IOCTL_SIMPLE_SIZE + IOC_SIZE(load_le32(body)));
		if (cmd->opcode == VGPU_DRM_ASAHI_VM_BIND)
			return exactly(cmd,
				       VGPU_ASAHI_VM_BIND_SIZE +
					       (uint64_t)load_le32(body + 4) * load_le32(body + 8));
		return 0;
	case VGPU_STREAM_DRM_AMDGPU:
		return cmd->opcode == VGPU_DRM_AMDGPU_CS_SUBMIT ? check_chunks(cmd) : 0;
	default:
		return 0;
	}
}
