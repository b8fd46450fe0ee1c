/* SPDX-License-Identifier: MIT */
#include <vgpu/capset.h>
#include <vgpu/error.h>
#include <vgpu/protocol.h>

static const struct {
	const char *name;
	uint8_t type, count;
} fields[] = {
#define VGPU_CAPSET_FIELD(name, type, count) { #name, VGPU_CAPSET_##type, count },
#include <vgpu/capset.def>
#undef VGPU_CAPSET_FIELD
};

static const struct {
	const char *name;
	uint8_t type, bit;
} flags[] = {
#define VGPU_CAPSET_FLAG(set, bit, name) { #name, VGPU_CAPSET_FLAGS_##set, bit },
#include <vgpu/capset.def>
#undef VGPU_CAPSET_FLAG
};

int vgpu_capset_field(uint32_t capset_id, size_t index, struct vgpu_capset_field *out)
{
	uint32_t offset = 0, size;

	if (capset_id != VGPU_CAPSET_VIRGL && capset_id != VGPU_CAPSET_VIRGL2)
		return VGPU_ERR_UNKNOWN;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size = fields[i].type == VGPU_CAPSET_TEXT ? fields[i].count : fields[i].count * 4u;
		if (capset_id == VGPU_CAPSET_VIRGL && offset >= VGPU_CAPSET_VIRGL_SIZE)
			break;
		if (i == index) {
			out->name = fields[i].name;
			out->type = (enum vgpu_capset_type)fields[i].type;
			out->count = fields[i].count;
			out->offset = offset;
			out->size = size;
			return 0;
		}
		offset += size;
	}
	return VGPU_ERR_UNKNOWN;
}

const char *vgpu_capset_flag_name(enum vgpu_capset_type type, unsigned int bit)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].type == type && flags[i].bit == bit)
			return flags[i].name;
	}
	return NULL;
}
