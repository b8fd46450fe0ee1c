/* SPDX-License-Identifier: MIT */
#include <vgpu/dialect.h>
#include <vgpu/error.h>

#include "libc.h"

static const char *const names[VGPU_DIALECT_COUNT] = {
#define VGPU_DIALECT(id, name) [VGPU_DIALECT_##id] = (name),
#include <vgpu/dialect.def>

};

static const struct {
	uint8_t dialect, set;
	uint32_t number;
	const char *name;
} values[] = {
#define VGPU_DIALECT_VALUE(id, set, name, number) \
	{ VGPU_DIALECT_##id, VGPU_SET_##set, number, #name },
#define VGPU_DIALECT_CMD(id, type, name, request, response, feature) \
	{ VGPU_DIALECT_##id, VGPU_SET_CMD, type, #name },
#define VGPU_DIALECT_RESP(id, type, name, response) \
	{ VGPU_DIALECT_##id, VGPU_SET_RESP, type, #name },
#include <vgpu/dialect.def>
};

static const struct {
	enum vgpu_dialect dialect;
	struct vgpu_cmd_info info;
} cmds[] = {
#define VGPU_DIALECT_CMD(id, type, name, request, response, feature)                         \
	{ VGPU_DIALECT_##id,                                                                 \
	  { #name, type, VGPU_STRUCT_##request, VGPU_##request##_SIZE, VGPU_RESP_##response, \
	    VGPU_##feature } },
#include <vgpu/dialect.def>
};

static const struct {
	enum vgpu_dialect dialect;
	uint32_t type;
	enum vgpu_struct_id response;
} resps[] = {
#define VGPU_DIALECT_RESP(id, type, name, response) \
	{ VGPU_DIALECT_##id, type, VGPU_STRUCT_##response },
#include <vgpu/dialect.def>
};

static const struct {
	enum vgpu_dialect dialect;
	uint32_t cmd, type;
	const char *name;
	enum vgpu_struct_id response;
} answers[] = {
#define VGPU_DIALECT_ANSWER(id, cmd, type, name, response) \
	{ VGPU_DIALECT_##id, cmd, type, #name, VGPU_STRUCT_##response },
#include <vgpu/dialect.def>
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *vgpu_dialect_name(enum vgpu_dialect dialect)
{
	return (unsigned int)dialect < VGPU_DIALECT_COUNT ? names[dialect] : NULL;
}

int vgpu_dialect_number(const char *name, enum vgpu_dialect *out)
{
	for (unsigned int i = 0; i < VGPU_DIALECT_COUNT; i++)
		if (!strcmp(names[i], name)) {
			*out = (enum vgpu_dialect)i;
			return 0;
		}
	return VGPU_ERR_UNKNOWN;
}

const char *vgpu_dialect_value(enum vgpu_dialect dialect, enum vgpu_set_id set, uint32_t number)
{
	for (size_t i = 0; dialect != VGPU_DIALECT_SPEC && i < COUNT(values); i++)
		if (values[i].dialect == dialect && values[i].set == set &&
		    values[i].number == number)
			return values[i].name;
	return vgpu_value_name(set, number);
}

int vgpu_dialect_value_number(enum vgpu_dialect dialect, enum vgpu_set_id set, const char *name,
			      uint32_t *number)
{
	uint32_t found;

	for (size_t i = 0; i < COUNT(values); i++)
		if (values[i].dialect == dialect && values[i].set == set &&
		    !strcmp(values[i].name, name)) {
			*number = values[i].number;
			return 0;
		}
	/* The specification's name of a number that means something else here is no name. */
	if (vgpu_value_number(set, name, &found) ||
	    strcmp(vgpu_dialect_value(dialect, set, found), name))
		return VGPU_ERR_UNKNOWN;
	*number = found;
	return 0;
}

const struct vgpu_cmd_info *vgpu_dialect_cmd(enum vgpu_dialect dialect, uint32_t type)
{
	for (size_t i = 0; dialect != VGPU_DIALECT_SPEC && i < COUNT(cmds); i++)
		if (cmds[i].dialect == dialect && cmds[i].info.type == type)
			return &cmds[i].info;
	return vgpu_cmd_info(type);
}

static int resp_struct(enum vgpu_dialect dialect, uint32_t type, enum vgpu_struct_id *out)
{
	for (size_t i = 0; dialect != VGPU_DIALECT_SPEC && i < COUNT(resps); i++)
		if (resps[i].dialect == dialect && resps[i].type == type) {
			*out = resps[i].response;
			return 0;
		}
	return vgpu_resp_struct(type, out);
}

int vgpu_dialect_resp(enum vgpu_dialect dialect, uint32_t cmd_type, uint32_t type,
		      struct vgpu_resp_info *out)
{
	const struct vgpu_cmd_info *info = vgpu_dialect_cmd(dialect, cmd_type);
	bool success = type < VGPU_RESP_ERR_UNSPEC;

	out->name = vgpu_dialect_value(dialect, VGPU_SET_RESP, type);
	out->response = VGPU_STRUCT_CTRL_HDR;
	/* Any command may fail; success has mostly one type. */
	out->expected = !info || !success || type == info->response_type;
	for (size_t i = 0; dialect != VGPU_DIALECT_SPEC && i < COUNT(answers); i++)
		if (answers[i].dialect == dialect && answers[i].cmd == cmd_type && success &&
		    (answers[i].type ? answers[i].type == type : type >= VGPU_RESP_OK_NODATA)) {
			out->name = answers[i].name;
			out->response = answers[i].response;
			out->expected = true;
			return 0;
		}
	return resp_struct(dialect, type, &out->response);
}

bool vgpu_feature_missing(const struct vgpu_negotiated *n, int feature)
{
	return n && n->has_features && feature >= 0 && feature < 64 &&
	       !(n->features >> feature & 1);
}

const char *vgpu_private_name(uint32_t type)
{
	switch (type) {
#define VGPU_PRIVATE(type, text) \
	case type:               \
		return text;
#include <vgpu/dialect.def>
	}
	return NULL;
}
