/* SPDX-License-Identifier: MIT */
#include <vgpu/error.h>

#include "libc.h"
#include "table.h"

struct value {
	const char *name;
	uint32_t number;
};

#define VGPU_SET(set)                 static const struct value values_##set[] = {
#define VGPU_VALUE(set, name, number) { #name, number },
#define VGPU_SET_END(set) \
	}                 \
	;
#include <vgpu/protocol.def>

#define VGPU_SET(set)                 static const struct value values_##set[] = {
#define VGPU_VALUE(set, name, number) { #name, number },
#define VGPU_SET_END(set) \
	}                 \
	;
#include <vgpu/virgl-values.def>

#define VGPU_SET(set)                      static const struct value values_##set[] = {
#define VGPU_VALUE(set, name, number)      { #name, number },
#define VGPU_VALUE_HIGH(set, name, number) { #name, number },
#define VGPU_SET_END(set) \
	}                 \
	;
#include <vgpu/stream.def>

static const struct value values_CMD[] = {
#define VGPU_CMD(type, name, request, response, feature) { #name, type },
#include <vgpu/protocol.def>
};

static const struct value values_RESP[] = {
#define VGPU_RESP(type, name, response) { #name, type },
#include <vgpu/protocol.def>
};

static const struct value values_FORMAT[] = {
#define VGPU_FORMAT(number, name, width, height, bytes) { #name, number },
#include <vgpu/format.def>
#undef VGPU_FORMAT
};

#define VALUES(set) [VGPU_SET_##set] = { values_##set, sizeof(values_##set) / sizeof(struct value) }

static const struct {
	const struct value *values;
	size_t count;
} sets[VGPU_SET_COUNT] = {
#define VGPU_SET(set) VALUES(set),
#include <vgpu/protocol.def>
	VALUES(CMD),
	VALUES(RESP),
	VALUES(FORMAT),
#define VGPU_SET(set) VALUES(set),
#include <vgpu/virgl-values.def>
#define VGPU_SET(set) VALUES(set),
#include <vgpu/stream.def>
};

static const struct vgpu_cmd_info cmds[] = {
#define VGPU_CMD(type, name, request, response, feature) \
	{                                                \
		#name,                                   \
		type,                                    \
		VGPU_STRUCT_##request,                   \
		VGPU_##request##_SIZE,                   \
		VGPU_RESP_##response,                    \
		VGPU_F_##feature                         \
	},
#include <vgpu/protocol.def>
};

const char *vgpu_value_name(enum vgpu_set_id set, uint32_t number)
{
	if ((unsigned int)set >= VGPU_SET_COUNT)
		return NULL;
	if (set == VGPU_SET_FORMAT)
		return vgpu_format_name(number);
	if (set == VGPU_SET_CMD)
		return vgpu_cmd_name(number);
	/* Most enums count from 0. */
	if (number < sets[set].count && sets[set].values[number].number == number)
		return sets[set].values[number].name;
	for (size_t i = 0; i < sets[set].count; i++)
		if (sets[set].values[i].number == number)
			return sets[set].values[i].name;
	return NULL;
}

int vgpu_value_number(enum vgpu_set_id set, const char *name, uint32_t *number)
{
	if ((unsigned int)set >= VGPU_SET_COUNT)
		return VGPU_ERR_UNKNOWN;
	for (size_t i = 0; i < sets[set].count; i++)
		if (!strcmp(sets[set].values[i].name, name)) {
			*number = sets[set].values[i].number;
			return 0;
		}
	return VGPU_ERR_UNKNOWN;
}

int vgpu_value_at(enum vgpu_set_id set, size_t index, const char **name, uint32_t *number)
{
	if ((unsigned int)set >= VGPU_SET_COUNT || index >= sets[set].count)
		return VGPU_ERR_UNKNOWN;
	*name = sets[set].values[index].name;
	*number = sets[set].values[index].number;
	return 0;
}

/* Where a command stands in the table; what follows is a jump, not a search. */
enum {
#define VGPU_CMD(type, name, request, response, feature) AT_##name,
#include <vgpu/protocol.def>
};

const struct vgpu_cmd_info *vgpu_cmd_info(uint32_t type)
{
	switch (type) {
#define VGPU_CMD(type, name, request, response, feature) \
	case type:                                       \
		return &cmds[AT_##name];
#include <vgpu/protocol.def>
	}
	return NULL;
}

int vgpu_resp_struct(uint32_t type, enum vgpu_struct_id *out)
{
	switch (type) {
#define VGPU_RESP(type, name, response)        \
	case type:                             \
		*out = VGPU_STRUCT_##response; \
		return 0;
#include <vgpu/protocol.def>
	}
	return VGPU_ERR_UNKNOWN;
}

const char *vgpu_cmd_name(uint32_t type)
{
	const struct vgpu_cmd_info *info = vgpu_cmd_info(type);

	return info ? info->name : NULL;
}

const char *vgpu_resp_name(uint32_t type)
{
	return vgpu_value_name(VGPU_SET_RESP, type);
}

const char *vgpu_capset_name(uint32_t capset_id)
{
	return vgpu_value_name(VGPU_SET_CAPSET, capset_id);
}

const char *vgpu_feature_name(uint32_t bit)
{
	return vgpu_value_name(VGPU_SET_F, bit);
}

const char *vgpu_flag_name(uint32_t flag)
{
	return vgpu_value_name(VGPU_SET_FLAG, flag);
}
